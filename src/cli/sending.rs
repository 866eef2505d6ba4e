//! What `run` and `probe` have in common, as meant: how packets are sent, by which way, and what
//! becomes of what they saw.

use super::{
    arguments::{AskFlags, SendingFlags},
    command::{Network, Output, Reader},
    failure::Failure,
    gate::Gate,
    inputs::{self, Ground},
    job::Job,
    proxies::{proxies, routed},
    token,
};
use crate::{
    fact::PlanFact,
    net::Host,
    plan::{Check, CheckStep, Plan, with_responders},
    protocol::responder::Key,
    report::{Redactor, Sources},
    site::Proxies,
};

/// How packets are sent, by which way, and what becomes of what they saw.
#[derive(Debug)]
pub(crate) struct Sending {
    network: Network,
    proxies: Proxies,
    output: Output,
    gate: Gate,
}

impl Sending {
    /// What the flags mean.
    ///
    /// # Errors
    /// Every value that is wrong; else flags that do not go together.
    pub(crate) fn read(flags: SendingFlags) -> Result<Self, Failure> {
        let mut reader = Reader::default();
        let mut network = reader.network(flags.network);
        let output = reader.output(flags.output);
        reader.finish(())?;
        network.responders = responders(&flags.ask)?;
        Ok(Self {
            network,
            proxies: proxies(&flags.proxy)?,
            gate: Gate::read(&flags.gate, &output)?,
            output,
        })
    }

    /// Whether nothing but mistakes is told on the way.
    pub(crate) const fn is_quiet(&self) -> bool {
        self.output.quiet
    }

    /// What is to be done with a plan.
    ///
    /// # Errors
    /// Every variable that is to be gone by and is no proxy's URL; as [`inputs::redactor`].
    pub(crate) fn job(self, ground: Ground, plan: Plan) -> Result<Job, Failure> {
        let mut plan = routed(plan, &self.proxies)?;
        if self.network.responders.is_some() {
            plan = with_responders(plan, &ground.catalogs, |_| true);
        }
        if let Some(server) = &self.network.resolver {
            let named = plan.checks.iter_mut().filter(|check| {
                let is_tried = matches!(check.step, CheckStep::Probe(_));
                is_tried && matches!(check.bound_host(), Some(Host::Name(_)))
            });
            for check in named {
                let server = server.clone();
                check.notes.push(PlanFact::ByResolver { server });
            }
        }
        let host = ground.machine.name;
        let redactor = inputs::redactor(self.output.redact)?;
        Ok(Job {
            sources: Sources::of(&inputs::all(&ground.catalogs)),
            redactor: redactor.map(|redactor| learned(redactor, &host, &plan)),
            plan,
            host,
            network: self.network,
            output: self.output,
            gate: self.gate,
        })
    }
}

/// The key of the responders, where `--responders` says that they stand there.
fn responders(flags: &AskFlags) -> Result<Option<Key>, Failure> {
    if !flags.responders {
        return Ok(None);
    }
    let token = token::token(&flags.token)?.unwrap_or_default();
    Ok(Some(Key::new(&token)))
}

/// The redactor that knows this machine and every host of the plan.
fn learned(mut redactor: Redactor, host: &str, plan: &Plan) -> Redactor {
    redactor.learn_host(host);
    for bound in plan.checks.iter().filter_map(Check::bound_host) {
        redactor.learn_host(&bound.to_string());
    }
    redactor
}
