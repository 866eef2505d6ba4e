//! One proxy behind many findings: it relays nothing, does not allow some ports, spoils what it
//! relays, or is required.

use std::collections::BTreeSet;

use super::super::detours::works_only_directly;
use super::group::{Group, first_remedy, group_by, hosts_of, hosts_said, open};
use crate::{
    diagnose::{Cause, Finding, Stage},
    fact::{Said, Sentence, with_port},
    net::Ports,
    plan::Plan,
    site::Proxy,
};

/// Findings of which one proxy is the cause. What it does not reach itself is the target's.
pub(super) fn relaying(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let by_proxy = open(findings).filter_map(|(index, cause)| {
        let finding = &findings[index];
        let check = &plan.checks[finding.check];
        let proxy = match cause {
            Cause::ProxyRequired => plan.detour(check)?.proxy()?,
            Cause::ProxyBadGateway => return None,
            _ if finding.stage == Stage::Proxy || works_only_directly(finding) => {
                plan.route(check).proxy()?
            }
            _ => return None,
        };
        Some(((proxy.as_ref(), cause), index))
    });
    group_by(by_proxy, 2)
        .filter(|((_, cause), members)| {
            *cause != Cause::ProxyDenied || hosts_of(plan, findings, members).len() > 1
        })
        .map(|((proxy, cause), members)| {
            let (title, remedy) = match cause {
                Cause::ProxyDenied => denied(plan, proxy, (findings, &members)),
                Cause::ProxyRequired => required(plan, proxy, (findings, &members)),
                _ if members.iter().any(|it| works_only_directly(&findings[*it])) => {
                    spoiled(plan, proxy, (findings, &members))
                }
                _ => (
                    Sentence::from("the proxy ")
                        .then(proxy.said())
                        .then(" relays nothing"),
                    first_remedy(findings, &members),
                ),
            };
            Group {
                id: format!("{cause}:{}", proxy.url),
                cause,
                title,
                evidence: None,
                fewest: None,
                remedy,
                members,
            }
        })
        .collect()
}

fn spoiled(
    plan: &Plan,
    proxy: &Proxy,
    (findings, members): (&[Finding], &[usize]),
) -> (Sentence, Sentence) {
    let hosts = hosts_said(&hosts_of(plan, findings, members));
    (
        Sentence::from("directly it works, and through the proxy ")
            .then(proxy.said())
            .then(" it does not"),
        Sentence::fill(
            "ask the proxy team what {proxy}, or what is behind it, does to {hosts}; or let these \
             out directly, where it works (NO_PROXY)",
            &[("proxy", proxy.url.said()), ("hosts", hosts)],
        ),
    )
}

fn required(
    plan: &Plan,
    proxy: &Proxy,
    (findings, members): (&[Finding], &[usize]),
) -> (Sentence, Sentence) {
    let hosts = hosts_said(&hosts_of(plan, findings, members));
    (
        Sentence::from("directly it is closed, and through the proxy ")
            .then(proxy.said())
            .then(" it works"),
        Sentence::fill(
            "configure the proxy {proxy} in the product for {hosts}, or ask the network team to \
             let these out directly",
            &[("proxy", proxy.url.said()), ("hosts", hosts)],
        ),
    )
}

fn denied(
    plan: &Plan,
    proxy: &Proxy,
    (findings, members): (&[Finding], &[usize]),
) -> (Sentence, Sentence) {
    let checks = members
        .iter()
        .map(|member| &plan.checks[findings[*member].check]);
    let (mut ports, mut goals) = (BTreeSet::new(), Vec::new());
    for check in checks {
        let (Some(host), Ports::One(port)) = (check.bound_host(), check.ports()) else {
            continue;
        };
        ports.insert(port);
        let goal = with_port(host, port);
        if !goals.contains(&goal) {
            goals.push(goal);
        }
    }
    let noun = if ports.len() == 1 { "port" } else { "ports" };
    let ports = ports.into_iter().collect::<Vec<_>>().said();
    (
        Sentence::fill(
            "the proxy {proxy} does not allow {noun} {ports}",
            &[
                ("proxy", proxy.said()),
                ("noun", noun.into()),
                ("ports", ports.clone()),
            ],
        ),
        Sentence::fill(
            "ask the proxy team to allow CONNECT to {goals} on {proxy} ({noun} {ports}; squid: acl \
             SSL_ports and acl Safe_ports), or the network team to let them out directly",
            &[
                ("goals", goals.said()),
                ("proxy", proxy.url.said()),
                ("noun", noun.into()),
                ("ports", ports),
            ],
        ),
    )
}
