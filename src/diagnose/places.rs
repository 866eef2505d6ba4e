//! What to do about a finding: the remedy of its cause, with the values of its check.

use super::judgement::Judgement;
use crate::{
    cause::{Flow, Place, Places},
    fact::{Named, Said, Sentence},
    plan::{Check, CheckEndpoint, CheckStep},
};

/// What to do about one judged check; `None` when there is nothing to do.
pub(super) fn remedy(check: &Check, judgement: &Judgement) -> Option<Sentence> {
    let cause = judgement.outcome.cause()?;
    if let Some(remedy) = &judgement.remedy {
        return Some(remedy.clone());
    }
    match (&check.step, judgement.beneath) {
        (CheckStep::NotNeeded { .. }, _) => None,
        (_, Some(beneath)) => Some(beneath.remedy(&of_resolver(check, judgement.who.as_ref()))),
        (_, None) => Some(cause.remedy(&of_judged(check, judgement))),
    }
}

/// The values of a check, as far as the plan knows them.
pub(super) fn of(check: &Check) -> Places {
    let places = Places::new(&check.whom(), &flow(check), &check.protocol)
        .with_some(
            Place::TrustStore,
            named(check.product.trust_store.as_ref()).as_ref(),
        )
        .with_some(Place::Setting, setting(check).as_ref());
    match &check.step {
        CheckStep::NotConfigured { flag, .. } => places.with(Place::Flag, flag),
        CheckStep::NotFromHere { command, .. } => places.with(Place::Command, command),
        CheckStep::Withdrawn(ended) => {
            places.with_some(Place::Instead, named(Some(&ended.instead)).as_ref())
        }
        CheckStep::NotNeeded { .. } | CheckStep::Probe(_) => places,
    }
}

/// `tcp to license.looker.com port 443`.
pub(super) fn flow(check: &Check) -> Sentence {
    match &check.endpoint {
        CheckEndpoint::Bound(endpoint) => Flow {
            source: None,
            host: endpoint.host.clone(),
            address: None,
            transport: endpoint.transport,
            ports: endpoint.ports,
        }
        .said(),
        CheckEndpoint::Unbound { .. } => check.whom().into(),
    }
}

/// The same with who is behind it; for a name that is the servers that were asked.
fn of_judged(check: &Check, judgement: &Judgement) -> Places {
    let who = judgement.who.as_ref();
    of(check)
        .with_some(Place::Who, who)
        .with_some(Place::Server, who)
}

/// The same where this machine does not get to its name servers.
fn of_resolver(check: &Check, servers: Option<&Sentence>) -> Places {
    let servers = servers.cloned().unwrap_or_else(|| "its name server".into());
    let flow = Sentence::from("udp and tcp to ")
        .then(servers.clone())
        .then(" port 53");
    Places::new(&servers, &flow, &check.protocol)
}

fn named(words: Option<&String>) -> Option<Named> {
    words.map(|words| Named::from(words.as_str()))
}

/// How the product is told of a proxy, where it is one.
fn setting(check: &Check) -> Option<Sentence> {
    check.catalog.as_ref()?;
    Some(match named(check.product.proxy.as_ref()) {
        Some(own) => own.said(),
        None => "its processes do not read this shell's environment".said(),
    })
}
