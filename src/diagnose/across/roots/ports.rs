//! One port, or one transport, that fails alike wherever it is tried.

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Group, group_by, hosts_of, open, shortened};
use crate::{
    diagnose::{Cause, Finding, cause::Area},
    net::{Host, Ports, Transport},
    plan::{Check, CheckEndpoint, CheckStep, Plan},
    text,
};

/// One port that fails alike on most hosts of several, and on three at least.
pub(super) fn of_ports(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let endpoint = |index: usize| match &plan.checks[findings[index].check].endpoint {
        CheckEndpoint::Bound(endpoint) => Some((endpoint.ports, endpoint.transport)),
        CheckEndpoint::Unbound { .. } => None,
    };
    let mut hosts: BTreeMap<(Ports, Transport), BTreeSet<&Host>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let host = plan.checks[finding.check].bound_host();
        if let (Some(endpoint), Some(host)) = (endpoint(index), host) {
            hosts.entry(endpoint).or_default().insert(host);
        }
    }
    let failing = open(findings)
        .filter(|(index, _)| is_of_group(&plan.checks[findings[*index].check]))
        .filter_map(|(index, cause)| Some(((endpoint(index)?, cause), index)));
    group_by(failing, 3)
        .filter(|((endpoint, _), members)| {
            let failing = hosts_of(plan, findings, members).len();
            failing >= 3 && failing * 2 > hosts[endpoint].len()
        })
        .map(|(((ports, transport), cause), members)| {
            let names = hosts_of(plan, findings, &members);
            let all = hosts[&(ports, transport)].len();
            let count = text::count(names.len(), "host");
            let what = match ports {
                Ports::None => transport.to_string(),
                ports => format!("{transport} port {ports}"),
            };
            Group {
                id: format!("{cause}:{transport}/{ports}"),
                cause,
                title: if names.len() == all {
                    format!("{what} fails alike on all {count}")
                } else {
                    format!(
                        "{what} fails alike on {} of {all} hosts ({})",
                        names.len(),
                        shortened(&names)
                    )
                },
                remedy: if names.len() == all {
                    format!("ask the network team to allow {what} to all {count}")
                } else {
                    format!(
                        "ask the network team to allow {what} to these {count} as to the others"
                    )
                },
                members,
            }
        })
        .collect()
}

/// A transport besides TCP of which everything fails alike, where TCP passes: three checks of two
/// hosts at least.
pub(super) fn of_transports(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let transport = |index: usize| plan.checks[findings[index].check].protocol.transport();
    let mut tried: BTreeMap<Transport, usize> = BTreeMap::new();
    let mut passing: BTreeSet<Transport> = BTreeSet::new();
    for (index, finding) in findings.iter().enumerate() {
        if matches!(plan.checks[finding.check].step, CheckStep::Probe(_)) {
            *tried.entry(transport(index)).or_default() += 1;
        }
        if finding.outcome.works() {
            passing.insert(transport(index));
        }
    }
    if !passing.contains(&Transport::Tcp) {
        return Vec::new();
    }
    let failing = open(findings)
        .filter(|(index, cause)| {
            transport(*index) != Transport::Tcp
                && matches!(cause.area(), Area::Connect | Area::Datagram)
        })
        .map(|(index, cause)| ((transport(index), cause), index));
    group_by(failing, 3)
        .filter(|((transport, _), members)| {
            members.len() == tried[transport] && hosts_of(plan, findings, members).len() > 1
        })
        .map(|((transport, cause), members)| {
            let hosts = shortened(&hosts_of(plan, findings, &members));
            Group {
                id: format!("{cause}:{transport}"),
                cause,
                title: match cause {
                    Cause::RejectedByFirewall => {
                        format!(
                            "over {transport} everything is rejected, over tcp it is not ({hosts})"
                        )
                    }
                    _ => format!("over {transport} nothing is answered, over tcp it is ({hosts})"),
                },
                remedy: format!(
                    "ask the network team whether {transport} from this machine, and the answers \
                     to it, pass every firewall"
                ),
                members,
            }
        })
        .collect()
}

/// Whether the check is of a host that the site lists, beside others of its kind.
fn is_of_group(check: &Check) -> bool {
    check.catalog.is_some() && !check.to.is_empty()
}
