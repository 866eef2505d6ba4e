//! Which checks our own responder stands at the other end of.

use super::{Check, CheckStep, Plan, ProbeId, probes::Probes};
use crate::{
    catalog::{Catalogs, Expect, Target},
    net::Transport,
    site::Route,
};

/// The same plan with responders asked wherever one may stand in for what is not installed yet: at
/// every port that is about the path and belongs to a group of the site's own hosts. A vendor's
/// host is never asked; of `probe`'s endpoints those without a protocol of their own are, too.
#[must_use]
pub fn with_responders(plan: Plan, catalogs: &Catalogs) -> Plan {
    let mut probes = Probes::default();
    let mut checks = plan.checks;
    for check in &mut checks {
        let CheckStep::Probe(ProbeId(place)) = check.step else {
            continue;
        };
        check.responder = asks(check, catalogs);
        let Some(probe) = plan.probes.get(place) else {
            continue;
        };
        let mut probe = probe.clone();
        probe.options.responder = check.responder;
        if check.responder {
            // A proxy cannot give a responder's proof.
            probe.options.route = Route::Direct;
            probe.options.detour = None;
        }
        check.step = CheckStep::Probe(probes.serve(probe));
    }
    Plan {
        probes: probes.into_list(),
        checks,
        ..plan
    }
}

fn asks(check: &Check, catalogs: &Catalogs) -> bool {
    let is_about_the_path = match check.expect {
        Expect::Path | Expect::Blocked => true,
        Expect::Service => false,
    };
    let has_words = match check.protocol.transport() {
        Transport::Tcp | Transport::Udp | Transport::Esp => true,
        Transport::Icmp => false,
    };
    has_words
        && match &check.catalog {
            Some(_) => is_about_the_path && is_of_a_group(check, catalogs),
            None => is_about_the_path || check.protocol.is_bare(),
        }
}

/// Whether the rule names a group and no host.
fn is_of_a_group(check: &Check, catalogs: &Catalogs) -> bool {
    let mut rules = catalogs.iter().flat_map(|catalog| &catalog.rules);
    rules.any(|rule| rule.id == check.rule && rule.to == check.to && rule.target == Target::Group)
}
