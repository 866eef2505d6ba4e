//! Which checks our own responder stands at the other end of.

use super::{Check, CheckStep, Plan, ProbeId, probes::Probes};
use crate::{
    catalog::{Catalogs, Expect, Target},
    net::{Host, Transport},
    site::Route,
};

/// The same plan with responders asked wherever one may stand in for what is not installed yet: at
/// every port that is about the path and belongs to a group of the site's own hosts. A vendor's
/// host is never asked; of `probe`'s endpoints those without a protocol of their own are, too. Nor is
/// a host at which no responder stands, where that is known.
#[must_use]
pub fn with_responders(plan: Plan, catalogs: &Catalogs, stands_at: impl Fn(&Host) -> bool) -> Plan {
    let mut probes = Probes::default();
    let mut checks = plan.checks;
    for check in &mut checks {
        let CheckStep::Probe(ProbeId(place)) = check.step else {
            continue;
        };
        let Some(probe) = plan.probes.get(place) else {
            continue;
        };
        check.responder = asks(check, catalogs) && stands_at(&probe.host);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::embedded,
        plan::{Selection, build},
        site::{Binding, Origin, Site, Value},
    };

    fn plan(profile: &str, stands_at: impl Fn(&Host) -> bool) -> Plan {
        let catalogs = embedded::catalogs().unwrap();
        let mut site = Site::default();
        let hosts = |text: &str| Binding {
            value: Value::Hosts(vec![text.parse().unwrap()]),
            origin: Origin::Default,
        };
        for (name, host) in [("nodes", "10.0.0.2"), ("smtp_relay", "10.0.0.9")] {
            site.values.insert(name.to_owned(), hosts(host));
        }
        let selection = Selection {
            profiles: vec![profile.to_owned()],
            ..Selection::default()
        };
        let plan = build(&catalogs, &site, &selection).unwrap();
        with_responders(plan, &catalogs, stands_at)
    }

    #[test]
    fn responders_are_asked_between_the_nodes_and_nowhere_else() {
        let plan = plan("thoughtspot-cluster", |_| true);
        for check in &plan.checks {
            let CheckStep::Probe(id) = check.step else {
                continue;
            };
            let between = check.to == "nodes" && check.protocol.transport() != Transport::Icmp;
            assert_eq!(check.responder, between, "{}", check.rule);
            assert_eq!(
                plan.probes[id.0].options.responder, between,
                "{}",
                check.rule
            );
        }
    }

    #[test]
    fn a_host_where_no_responder_stands_is_not_asked_for_one() {
        let plan = plan("thoughtspot-cluster", |_| false);
        assert!(plan.checks.iter().all(|check| !check.responder));
    }

    #[test]
    fn every_probe_is_still_sent_once() {
        let plan = plan("thoughtspot-intracluster", |_| true);
        for (place, probe) in plan.probes.iter().enumerate() {
            assert!(!plan.probes[..place].contains(probe), "{probe:?}");
        }
    }
}
