//! What will be checked from here, as data: no packet is sent and nothing is decided yet.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    catalog::{Expect, Level, Pki, Product, Via, Withdrawn},
    fact::{Origin, Part, PlanFact, Sentence},
    machine::Needs,
    net::{Endpoint, Host, Port, Ports, Protocol, Transport},
    site::{Goal, Proxies, ProxyMistake, Role, Route, Waiver},
};

mod ad_hoc;
mod bind;
mod build;
mod error;
mod flow;
pub mod list;
mod needs;
mod probes;
mod responders;
mod sample;
mod select;
mod stands;
#[cfg(test)]
mod tests;
mod turn;
pub mod uri;

pub use ad_hoc::ad_hoc;
pub use build::build;
pub use error::PlanError;
pub use list::PortList;

pub use responders::with_responders;
pub use stands::{Stand, stands};
pub use turn::from_host;
pub use uri::{UriCheck, UriError};

/// How many ports of a range are tried unless all are asked for: enough that a range opened in
/// part shows, few enough that every pair of nodes is done in a second.
pub const DEFAULT_SAMPLES: usize = 16;

/// What of the catalogs is wanted, and how it is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Names or aliases of profiles, as asked for.
    pub profiles: Vec<String>,
    /// Globs over rule ids of which one must match; empty for every rule.
    pub only: Vec<String>,
    /// Globs over rule ids of which none may match.
    pub skip: Vec<String>,
    /// What must be seen, whatever the rule says; `None` leaves it to the rule.
    pub expect: Option<Expect>,
    /// Whether every port of a range is tried.
    pub full_ranges: bool,
    /// How many ports of a range are tried otherwise, at least 2: both ends always are.
    pub samples: usize,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            profiles: Vec::new(),
            only: Vec::new(),
            skip: Vec::new(),
            expect: None,
            full_ranges: false,
            samples: DEFAULT_SAMPLES,
        }
    }
}

/// Everything a run does, in report order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The profiles, as asked for; empty for `probe`.
    pub profiles: Vec<String>,
    /// What is sent; each once, however many checks need it.
    pub probes: Vec<Probe>,
    /// What is judged: catalog order, then host, then port.
    pub checks: Vec<Check>,
    /// Rules of the profiles that a feature or a release switches off, in catalog order.
    pub off: Vec<Off>,
    /// The groups that this machine belongs to, where somebody says so; empty if it is taken for
    /// what the profiles are for.
    pub roles: Vec<Role>,
    /// What is looked at on this machine itself.
    pub needs: Needs,
}

impl Plan {
    /// The same, each probe by the way that `proxies` have for it. A range is swept directly.
    ///
    /// # Errors
    /// Every variable that a probe goes by and that is no proxy's URL, once.
    pub fn routed(mut self, proxies: &Proxies) -> Result<Self, BTreeSet<ProxyMistake>> {
        let mut mistakes = BTreeSet::new();
        for probe in &mut self.probes {
            if probe.ports.len() > 1 {
                continue;
            }
            let goal = Goal {
                host: &probe.host,
                port: probe.ports.first().copied(),
                protocol: probe.protocol,
                via: probe.options.via,
            };
            match proxies.route(goal) {
                Ok(route) => {
                    probe.options.detour = proxies.detour(goal, &route);
                    probe.options.route = route;
                }
                Err(mistake) => drop(mistakes.insert(mistake)),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        if proxies.are_known() {
            self.note_what_no_proxy_relays();
            self.note_slips(proxies);
        }
        Ok(self)
    }

    /// Says of what goes by a proxy that the list of exceptions was meant to keep it from that.
    fn note_slips(&mut self, proxies: &Proxies) {
        for check in &mut self.checks {
            let CheckStep::Probe(id) = &check.step else {
                continue;
            };
            let probe = &self.probes[id.0];
            if probe.options.route.proxy().is_some() {
                check.notes.extend(proxies.slip(&probe.host));
            }
        }
    }

    fn note_what_no_proxy_relays(&mut self) {
        for check in &mut self.checks {
            let CheckStep::Probe(id) = &check.step else {
                continue;
            };
            let probe = &self.probes[id.0];
            if probe.protocol.transport() != Transport::Tcp
                && probe.options.via != Some(Via::Direct)
            {
                check.notes.push(PlanFact::NoProxyRelays);
            }
        }
    }

    /// The way that a check goes; direct where it goes nowhere.
    #[must_use]
    pub fn route(&self, check: &Check) -> &Route {
        self.probe(check)
            .map_or(&Route::Direct, |probe| &probe.options.route)
    }

    /// The other way, where there is one.
    #[must_use]
    pub fn detour(&self, check: &Check) -> Option<&Route> {
        self.probe(check)?.options.detour.as_ref()
    }

    /// What is sent for a check, where anything is.
    #[must_use]
    pub fn probe(&self, check: &Check) -> Option<&Probe> {
        match &check.step {
            CheckStep::Probe(id) => self.probes.get(id.0),
            CheckStep::NotConfigured { .. }
            | CheckStep::NotFromHere { .. }
            | CheckStep::NotNeeded { .. }
            | CheckStep::Withdrawn(_) => None,
        }
    }
}

/// The place of a probe in [`Plan::probes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub usize);

/// What is sent for one or more checks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Probe {
    /// The host; a name is resolved and each of its addresses is tried.
    pub host: Host,
    /// The ports: exactly one unless the transport has none or a range is swept; ascending.
    pub ports: Vec<Port>,
    /// What is spoken. A sweep is always [`Protocol::Tcp`].
    pub protocol: Protocol,
    /// What the dialog needs to know beyond the host.
    pub options: ProbeOptions,
}

/// What a dialog may be told, and which way it goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProbeOptions {
    /// The name a `dns` probe asks for; `None` asks for the root's name servers.
    pub question: Option<String>,
    /// Whether STARTTLS is asked for; `None` is the protocol's own habit (smtp yes, ldap no).
    pub starttls: Option<bool>,
    /// Whether TLS is wanted where a service may do without it; `None` takes it where it is offered.
    pub tls: Option<bool>,
    /// How long one connect may take, where the endpoint says so.
    pub timeout: Option<Duration>,
    /// Whether our responder is asked first, which stands in for the service.
    pub responder: bool,
    /// The port, if its transport has any, that the responder is asked about instead of its own.
    pub about: Option<(Transport, Option<Port>)>,
    /// Which way the product goes, where anybody says so.
    pub via: Option<Via>,
    /// Which way the probe goes.
    pub route: Route,
    /// The other way, worth a try where this one fails.
    pub detour: Option<Route>,
    /// Whether one try is enough: what is a control itself is not tried again.
    pub once: bool,
}

/// One rule at one endpoint from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The rule's id; for `probe` the URI as typed.
    pub rule: String,
    /// The rule's catalog; `None` for `probe`.
    pub catalog: Option<String>,
    /// The heading it is shown under: the section of the page, or the host for `probe`.
    pub section: String,
    /// The service, for people.
    pub service: String,
    /// Whether it gates.
    pub level: Level,
    /// The group that opens the connection; empty for `probe`.
    pub from: String,
    /// The group that is reached; empty for `probe`.
    pub to: String,
    /// What is reached. For an unbound rule the host is the group or the template it stands for.
    pub endpoint: CheckEndpoint,
    /// What is spoken.
    pub protocol: Protocol,
    /// What must be seen.
    pub expect: Expect,
    /// Where the chain must end.
    pub pki: Pki,
    /// The alternatives it belongs to.
    pub any_of: Option<String>,
    /// The rule that does this one's work while it fails.
    pub falls_back_to: Option<String>,
    /// Who answers for its failure, where the site waives it.
    pub waiver: Option<Waiver>,
    /// Whether it only informs: the rule's other transport decides.
    pub informative: bool,
    /// Whether only our responder's proof counts as open.
    pub responder: bool,
    /// What the product does in a way of its own.
    pub product: Arc<Product>,
    /// What the catalog warns about: an inferred host, a wildcard's witness.
    pub notes: Vec<PlanFact>,
    /// How it is decided.
    pub step: CheckStep,
}

impl Check {
    /// The host that is reached, once it is known.
    #[must_use]
    pub const fn bound_host(&self) -> Option<&Host> {
        match &self.endpoint {
            CheckEndpoint::Bound(endpoint) => Some(&endpoint.host),
            CheckEndpoint::Unbound { .. } => None,
        }
    }

    /// Who is reached, as it is told.
    #[must_use]
    pub fn whom(&self) -> Part {
        match &self.endpoint {
            CheckEndpoint::Bound(endpoint) => Part::host(&endpoint.host),
            CheckEndpoint::Unbound { host, .. } => Part::of(Origin::Group, host),
        }
    }

    /// The ports that are reached.
    #[must_use]
    pub const fn ports(&self) -> Ports {
        match &self.endpoint {
            CheckEndpoint::Bound(endpoint) => endpoint.ports,
            CheckEndpoint::Unbound { ports, .. } => *ports,
        }
    }
}

/// What a check reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckEndpoint {
    /// A host that is known.
    Bound(Endpoint),
    /// Hosts that the site has not named: the group, or the name with its blank.
    Unbound {
        /// `nodes`, `<instance_name>.looker.com`.
        host: String,
        /// The ports.
        ports: Ports,
        /// The transport.
        transport: Transport,
    },
}

/// How a check is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckStep {
    /// By what these probes see; one, unless a range is split.
    Probe(ProbeId),
    /// Not at all: the site has not said who is reached. The text is the flag that says it.
    NotConfigured {
        /// The flag, as it would be typed: `--node HOST`.
        flag: Sentence,
        /// Why there is no default, where this machine's configuration could have given one.
        reason: Option<PlanFact>,
    },
    /// Not from here: the other side starts the connection.
    NotFromHere {
        /// The group that starts it.
        from: String,
        /// Whether this machine is what is reached.
        inbound: bool,
        /// The command to run there.
        command: Sentence,
    },
    /// Not at all: the site has chosen another of the alternatives.
    NotNeeded {
        /// The rule that it has chosen.
        chosen: String,
    },
    /// Not at all: the other side has ended the service.
    Withdrawn(Withdrawn),
}

/// A rule of the chosen profiles that is switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Off {
    /// The rule's id.
    pub rule: String,
    /// Why.
    pub reason: OffReason,
}

/// Why a rule is switched off.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OffReason {
    /// A feature it needs is off: `--with NAME` switches it on.
    Without(String),
    /// A feature that makes it moot is on.
    With(String),
    /// It holds for other releases: the variable, and the releases it holds for.
    Version(String, String),
    /// The selection (`--only`, `--skip`) leaves it out.
    Selection,
}
