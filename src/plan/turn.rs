//! Which host is looked at first.

use std::collections::HashMap;

use super::{CheckStep, Plan, ProbeId};
use crate::net::Host;

/// The same plan, whose probes of `first` are sent first, those of the hosts after it next, and
/// those of the hosts before it last: where many machines run one plan, none is everybody's first.
#[must_use]
pub fn from_host(mut plan: Plan, first: &Host) -> Plan {
    let mut ranks: HashMap<Host, usize> = HashMap::new();
    for probe in &plan.probes {
        let next = ranks.len();
        ranks.entry(probe.host.clone()).or_insert(next);
    }
    let Some(begin) = ranks.get(first).copied() else {
        return plan;
    };
    let turned = |host: &Host| (ranks[host] + ranks.len() - begin) % ranks.len();
    let mut order: Vec<usize> = (0..plan.probes.len()).collect();
    order.sort_by_key(|place| turned(&plan.probes[*place].host));
    let mut places = vec![0; order.len()];
    for (new, old) in order.iter().enumerate() {
        places[*old] = new;
    }
    plan.probes = order
        .iter()
        .map(|place| plan.probes[*place].clone())
        .collect();
    for check in &mut plan.checks {
        if let CheckStep::Probe(ProbeId(place)) = &mut check.step {
            *place = places[*place];
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::ad_hoc;

    #[test]
    fn every_host_can_be_the_first_and_each_check_keeps_its_probe() {
        let catalogs = crate::catalog::embedded::catalogs().unwrap();
        let checks = ["tcp://a:1", "tcp://b:1", "tcp://a:2", "tcp://c:1"];
        let checks: Vec<_> = checks.iter().map(|it| it.parse().unwrap()).collect();
        let plan = ad_hoc(&catalogs, &checks, None);
        let hosts = |plan: &Plan| -> Vec<String> {
            let probes = plan.probes.iter();
            probes
                .map(|probe| format!("{}:{}", probe.host, probe.ports[0].get()))
                .collect()
        };
        let turned = from_host(plan.clone(), &"b".parse().unwrap());
        assert_eq!(hosts(&turned), ["b:1", "c:1", "a:1", "a:2"]);
        for (old, new) in plan.checks.iter().zip(&turned.checks) {
            assert_eq!(plan.probe(old), turned.probe(new));
        }
        assert_eq!(from_host(plan.clone(), &"d".parse().unwrap()), plan);
    }
}
