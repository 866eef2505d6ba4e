//! Hosts of which nothing is heard: one of them, or many at once.

use std::collections::BTreeMap;

use super::group::{Group, open, shortened};
use crate::{
    diagnose::{Cause, Finding},
    net::Host,
    plan::{CheckStep, Plan},
    text,
};

/// The fewest checks of a host that can tell the host from one of its ports.
const CHECKS: usize = 3;

/// From this many hosts on, what they have in common is more likely the cause than each of them.
const MANY: usize = 4;

/// A host every check of which fails, what most of them show, and their places.
struct Silent {
    host: Host,
    cause: Cause,
    members: Vec<usize>,
}

/// Hosts every check of which fails without a word from the host; many that fail alike are one.
pub(super) fn silent(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let mut alike: BTreeMap<Cause, Vec<Silent>> = BTreeMap::new();
    for silent in silent_hosts(plan, findings) {
        alike.entry(silent.cause).or_default().push(silent);
    }
    alike
        .into_iter()
        .flat_map(|(cause, hosts)| {
            if hosts.len() < MANY {
                hosts.into_iter().map(one).collect()
            } else {
                vec![many(cause, hosts)]
            }
        })
        .collect()
}

fn silent_hosts(plan: &Plan, findings: &[Finding]) -> Vec<Silent> {
    let unheard: BTreeMap<usize, Cause> = open(findings)
        .filter(|(_, cause)| is_unheard(*cause))
        .collect();
    let mut hosts: BTreeMap<&Host, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        let check = &plan.checks[finding.check];
        if let (Some(host), CheckStep::Probe(_)) = (check.bound_host(), &check.step) {
            hosts.entry(host).or_default().push(index);
        }
    }
    hosts
        .into_iter()
        .filter(|(_, members)| members.len() >= CHECKS)
        .filter_map(|(host, members)| {
            let causes: Option<Vec<Cause>> = members
                .iter()
                .map(|member| unheard.get(member).copied())
                .collect();
            Some(Silent {
                host: host.clone(),
                cause: commonest(&causes?),
                members,
            })
        })
        .collect()
}

/// Whether the host itself has not been heard.
const fn is_unheard(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::TcpNoReply
            | Cause::UdpNoReply
            | Cause::IcmpNoReply
            | Cause::EspNoReply
            | Cause::HostUnreachable
            | Cause::NetworkUnreachable
            | Cause::RejectedByFirewall
            | Cause::RouteLoop
    )
}

fn one(silent: Silent) -> Group {
    let Silent {
        host,
        cause,
        members,
    } = silent;
    Group {
        id: format!("{cause}:{host}"),
        cause,
        title: title(cause, &host.to_string(), members.len()),
        remedy: format!(
            "check that {host} is up and has that address, then ask the network team what blocks \
             everything from here to it"
        ),
        members,
    }
}

fn many(cause: Cause, hosts: Vec<Silent>) -> Group {
    let count = text::count(hosts.len(), "host");
    let names: Vec<String> = hosts.iter().map(|silent| silent.host.to_string()).collect();
    let mut members: Vec<usize> = hosts
        .into_iter()
        .flat_map(|silent| silent.members)
        .collect();
    members.sort_unstable();
    let who = format!("{count} ({})", shortened(&names));
    Group {
        id: format!("{cause}:hosts"),
        cause,
        title: title(cause, &who, members.len()),
        remedy: format!(
            "check that these {count} are up and have those addresses, then ask the network team \
             what blocks everything from here to them"
        ),
        members,
    }
}

fn title(cause: Cause, who: &str, checks: usize) -> String {
    let checks = text::count(checks, "check");
    match cause {
        Cause::RejectedByFirewall => format!("everything to {who} is rejected: {checks}"),
        Cause::HostUnreachable => format!("there is no way to deliver to {who}: {checks}"),
        Cause::NetworkUnreachable => format!("there is no network on the way to {who}: {checks}"),
        Cause::RouteLoop => format!("packets go in circles on the way to {who}: {checks}"),
        _ => format!("nothing is heard from {who}: {checks}"),
    }
}

/// The most frequent cause; of equals the first in the contract's order.
fn commonest(causes: &[Cause]) -> Cause {
    let mut counts: BTreeMap<Cause, usize> = BTreeMap::new();
    for cause in causes {
        *counts.entry(*cause).or_default() += 1;
    }
    counts
        .into_iter()
        .rev()
        .max_by_key(|(_, count)| *count)
        .map_or(Cause::TcpNoReply, |(cause, _)| cause)
}
