//! One cause behind many findings: told once, and counted.

mod hosts;
mod proxies;

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Finding, RootCause, Verdict, cause::Area, remedy};
use crate::{
    net::{Host, Ports, Protocol, Transport},
    plan::{Check, CheckEndpoint, CheckStep, Plan},
    text,
};

/// Finds what explains several findings, marks those, and returns it, the widest first.
pub(super) fn find(plan: &Plan, findings: &mut [Finding]) -> Vec<RootCause> {
    let mut roots = Vec::new();
    for explain in [
        of_names as fn(&Plan, &[Finding]) -> Vec<Group>,
        proxies::relaying,
        of_this_machine,
        of_clocks,
        of_interceptors,
        of_filters,
        hosts::silent,
        of_ports,
        of_everything,
        of_endpoints,
    ] {
        for group in explain(plan, findings) {
            roots.push(mark(findings, group));
        }
    }
    roots.sort_by_key(|root| std::cmp::Reverse(root.explains));
    roots
}

/// Findings that one cause explains, and how it is told.
struct Group {
    id: String,
    cause: Cause,
    title: String,
    remedy: String,
    members: Vec<usize>,
}

fn mark(findings: &mut [Finding], group: Group) -> RootCause {
    let evidence = group
        .members
        .first()
        .map(|first| findings[*first].evidence.iter().take(1).cloned().collect())
        .unwrap_or_default();
    for member in &group.members {
        findings[*member].explained_by = Some(group.id.clone());
    }
    RootCause {
        id: group.id,
        cause: group.cause,
        title: group.title,
        evidence,
        remedy: group.remedy,
        explains: group.members.len(),
    }
}

/// The places of findings that are bad and not explained yet, with their causes.
fn open(findings: &[Finding]) -> impl Iterator<Item = (usize, Cause)> + '_ {
    findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| finding.explained_by.is_none())
        .filter(|(_, finding)| {
            matches!(
                finding.verdict,
                Verdict::Fail | Verdict::Inconclusive | Verdict::Warn
            )
        })
        .filter_map(|(index, finding)| Some((index, finding.cause?)))
        .filter(|(_, cause)| cause.area() != Area::NotJudged)
}

/// Groups by a key, keeping those of at least `least` members.
fn group_by<K: Ord>(
    members: impl Iterator<Item = (K, usize)>,
    least: usize,
) -> impl Iterator<Item = (K, Vec<usize>)> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (key, member) in members {
        groups.entry(key).or_default().push(member);
    }
    groups
        .into_iter()
        .filter(move |(_, members)| members.len() >= least)
}

/// Names that do not resolve because the resolver is at fault, and checks of the resolver itself.
fn of_names(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let fault = open(findings).filter(|(_, cause)| {
        matches!(
            cause,
            Cause::DnsTimeout
                | Cause::DnsUnreachable
                | Cause::NoResolver
                | Cause::DnsRefused
                | Cause::DnsServerFailure
        )
    });
    let fault = fault.filter(|(index, _)| {
        let finding = &findings[*index];
        finding.stage == super::Stage::Resolve && finding.beneath.is_none()
    });
    group_by(fault.map(|(index, cause)| (cause, index)), 2)
        .map(|(cause, mut members)| {
            if matches!(cause, Cause::DnsTimeout | Cause::DnsUnreachable) {
                members.extend(unheard_resolvers(plan, findings));
            }
            let title = match cause {
                Cause::NoResolver => "this machine has no name server",
                Cause::DnsRefused => "the name server refuses to answer",
                Cause::DnsServerFailure => "the name server fails to answer",
                Cause::DnsUnreachable => "the name server cannot be reached",
                _ => "the name server does not answer",
            };
            Group {
                id: cause.code().to_owned(),
                cause,
                title: title.to_owned(),
                remedy: first_remedy(findings, &members),
                members,
            }
        })
        .collect()
}

/// Checks of name servers that are not heard.
fn unheard_resolvers(plan: &Plan, findings: &[Finding]) -> Vec<usize> {
    let silent = open(findings).filter(|(index, cause)| {
        let protocol = plan.checks[findings[*index].check].protocol;
        matches!(protocol, Protocol::Dns | Protocol::DnsTcp)
            && matches!(cause.area(), Area::Connect | Area::Datagram)
    });
    silent.map(|(index, _)| index).collect()
}

/// Faults of this machine: the same one everywhere.
fn of_this_machine(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let fault = open(findings)
        .map(|(index, cause)| (findings[index].beneath.unwrap_or(cause), index))
        .filter(|(cause, _)| cause.area() == Area::Local);
    group_by(fault, 2)
        .map(|(cause, members)| {
            let title = match cause {
                Cause::NoRoute => "this machine has no route",
                Cause::LinkDown => "no network interface of this machine is up",
                Cause::LocalFirewall => "this machine's own firewall does not let packets out",
                Cause::LocalPolicy => "this machine's own routes prohibit it",
                Cause::NeedsPrivilege => "this user may not send such packets",
                Cause::SourceAddress => "the source address is none of this machine's",
                _ => "this machine ran out of resources",
            };
            let is_resolver = |member: &usize| findings[*member].beneath.is_some();
            let whom = if members.iter().all(is_resolver) {
                "its name server is out of reach".to_owned()
            } else {
                shortened(&hosts_of(plan, findings, &members))
            };
            Group {
                id: cause.code().to_owned(),
                cause,
                title: format!("{title} ({whom})"),
                remedy: first_remedy(findings, &members),
                members,
            }
        })
        .collect()
}

/// A clock that is wrong, as several hosts show.
fn of_clocks(_: &Plan, findings: &[Finding]) -> Vec<Group> {
    let skewed = open(findings).filter(|(_, cause)| *cause == Cause::ClockSkew);
    group_by(skewed.map(|(index, cause)| (cause, index)), 2)
        .map(|(cause, members)| Group {
            id: cause.code().to_owned(),
            cause,
            title: "this machine's clock is wrong".to_owned(),
            remedy: first_remedy(findings, &members),
            members,
        })
        .collect()
}

/// One authority that signs for names of others.
fn of_interceptors(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let intercepted = open(findings).filter(|(_, cause)| *cause == Cause::TlsIntercepted);
    let by_issuer = intercepted.map(|(index, _)| {
        let evidence = findings[index]
            .evidence
            .first()
            .cloned()
            .unwrap_or_default();
        (evidence, index)
    });
    group_by(by_issuer, 2)
        .enumerate()
        .map(|(number, (evidence, members))| Group {
            id: format!("{}:{}", Cause::TlsIntercepted, number + 1),
            cause: Cause::TlsIntercepted,
            title: evidence,
            remedy: remedy_of_tls(plan, findings, &members),
            members,
        })
        .collect()
}

/// One device on the way that cuts TLS short, whatever the host or port.
fn of_filters(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let cut = open(findings)
        .filter(|(_, cause)| matches!(cause, Cause::SniFiltered | Cause::MtuBlackHole));
    group_by(cut.map(|(index, cause)| (cause, index)), 2)
        .map(|(cause, members)| {
            let title = match cause {
                Cause::MtuBlackHole => "large packets are lost on the way",
                _ => "a filter on the way cuts TLS by the name that is asked for",
            };
            Group {
                id: cause.code().to_owned(),
                cause,
                title: title.to_owned(),
                remedy: remedy_of_tls(plan, findings, &members),
                members,
            }
        })
        .collect()
}

/// What to do about a fault of TLS that these findings share.
fn remedy_of_tls(plan: &Plan, findings: &[Finding], members: &[usize]) -> String {
    let first = members.first().map(|first| &findings[*first]);
    let Some((finding, cause)) = first.and_then(|first| Some((first, first.cause?))) else {
        return String::new();
    };
    let hosts = shortened(&hosts_of(plan, findings, members));
    remedy::for_tls_of(&hosts, &plan.checks[finding.check], cause)
}

/// One port that fails alike on every host of several.
fn of_ports(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
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
            hosts_of(plan, findings, members).len() == hosts[endpoint].len()
        })
        .map(|(((ports, transport), cause), members)| {
            let count = text::count(hosts_of(plan, findings, &members).len(), "host");
            let what = match ports {
                Ports::None => transport.to_string(),
                ports => format!("{transport} port {ports}"),
            };
            Group {
                id: format!("{cause}:{transport}/{ports}"),
                cause,
                title: format!("{what} fails alike on all {count}"),
                remedy: format!("ask the network team to allow {what} to all {count}"),
                members,
            }
        })
        .collect()
}

/// Whether the check is of a host that the site lists, beside others of its kind.
fn is_of_group(check: &Check) -> bool {
    check.catalog.is_some() && !check.to.is_empty()
}

/// Everything that leaves this machine fails alike, and nothing passes: three hosts or more.
fn of_everything(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let passes = findings.iter().any(|finding| {
        matches!(finding.verdict, Verdict::Pass | Verdict::Warn)
            && matches!(plan.checks[finding.check].step, CheckStep::Probe(_))
    });
    if passes {
        return Vec::new();
    }
    let network = open(findings).filter(|(_, cause)| {
        matches!(
            cause,
            Cause::TcpNoReply
                | Cause::TcpRefused
                | Cause::RejectedByFirewall
                | Cause::HostUnreachable
                | Cause::NetworkUnreachable
        )
    });
    group_by(network.map(|(index, cause)| (cause, index)), 3)
        .filter(|(_, members)| hosts_of(plan, findings, members).len() >= 3)
        .map(|(cause, members)| {
            let hosts = hosts_of(plan, findings, &members);
            let title = match cause {
                Cause::TcpRefused => "every connection from here is refused",
                Cause::RejectedByFirewall => "a firewall rejects everything from here",
                Cause::TcpNoReply => "nothing that is sent from here is answered",
                _ => "nothing can be reached from here",
            };
            Group {
                id: cause.code().to_owned(),
                cause,
                title: format!("{title} ({})", shortened(&hosts)),
                remedy: "ask the network team for the way out of here: a firewall blocks it, or a \
                         proxy is required"
                    .to_owned(),
                members,
            }
        })
        .collect()
}

/// Several rules about one endpoint. Endpoints typed twice are shown twice.
fn of_endpoints(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let by_endpoint = open(findings).filter_map(|(index, cause)| {
        let check = &plan.checks[findings[index].check];
        match (&check.endpoint, check.ports()) {
            (CheckEndpoint::Bound(endpoint), Ports::One(_)) if check.catalog.is_some() => {
                Some(((endpoint.clone(), cause), index))
            }
            (CheckEndpoint::Bound(_) | CheckEndpoint::Unbound { .. }, _) => None,
        }
    });
    group_by(by_endpoint, 2)
        .map(|((endpoint, cause), members)| Group {
            id: format!("{cause}:{endpoint}"),
            cause,
            title: format!("{endpoint}: {cause}"),
            remedy: first_remedy(findings, &members),
            members,
        })
        .collect()
}

fn first_remedy(findings: &[Finding], members: &[usize]) -> String {
    members
        .iter()
        .find_map(|member| findings[*member].remedy.clone())
        .unwrap_or_default()
}

/// The hosts of these findings, each once, sorted.
fn hosts_of(plan: &Plan, findings: &[Finding], members: &[usize]) -> Vec<String> {
    let hosts: BTreeSet<&Host> = members
        .iter()
        .filter_map(|member| plan.checks[findings[*member].check].bound_host())
        .collect();
    hosts.into_iter().map(ToString::to_string).collect()
}

/// `a, b and 7 more`.
fn shortened(hosts: &[String]) -> String {
    match hosts {
        [first, second, _, ..] => format!("{first}, {second} and {} more", hosts.len() - 2),
        _ => text::list(hosts, "and"),
    }
}
