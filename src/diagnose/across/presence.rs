//! Whether a host is there at all: without that, a port that keeps silent is not blocked.

use std::collections::BTreeSet;

use super::decoy;
use crate::{
    catalog::Expect,
    diagnose::Controls,
    net::{Host, Port, Protocol},
    observation::{ConnectError, Observation, PortObservation, Reached},
    plan::{CheckStep, Plan, Probe, ProbeOptions},
};

/// What is worth trying at hosts that must not be reachable and of which nothing was heard: an echo
/// request, and a port that nobody uses, at which a host that is there refuses.
pub(super) fn probes(plan: &Plan, seen: &[Observation], unused: Port) -> Vec<Probe> {
    let heard = heard(plan.probes.iter().zip(seen));
    let mut asked: BTreeSet<&Host> = BTreeSet::new();
    for check in &plan.checks {
        if let (Expect::Blocked, CheckStep::Probe(id)) = (check.expect, &check.step)
            && let Some(host) = check.bound_host()
            && !heard.contains(host)
            && matches!(seen.get(id.0), Some(Observation::Tried { .. }))
        {
            asked.insert(host);
        }
    }
    let probe = |host: &Host, ports: Vec<Port>, protocol| Probe {
        host: host.clone(),
        ports,
        protocol,
        options: ProbeOptions {
            once: true,
            ..ProbeOptions::default()
        },
    };
    asked
        .into_iter()
        .flat_map(|host| {
            [
                probe(host, Vec::new(), Protocol::Icmp),
                probe(host, vec![unused], Protocol::Tcp),
            ]
        })
        .collect()
}

/// The hosts of which something was heard, by a check or a control; not those that something on the
/// way accepts every connection for.
pub(in crate::diagnose) fn hosts<'a>(
    plan: &'a Plan,
    seen: &'a [Observation],
    controls: &'a Controls,
) -> BTreeSet<&'a Host> {
    let checks = plan.probes.iter().zip(seen);
    let tried = controls.plan.probes.iter().zip(&controls.seen);
    let mut heard = heard(checks.chain(tried));
    for host in decoy::fooled(plan, controls) {
        heard.remove(host);
    }
    heard
}

fn heard<'a>(seen: impl Iterator<Item = (&'a Probe, &'a Observation)>) -> BTreeSet<&'a Host> {
    seen.filter(|(_, observation)| {
        let Observation::Tried { addresses, .. } = observation else {
            return false;
        };
        let ports = |of: &'a [PortObservation]| of.iter();
        addresses
            .iter()
            .flat_map(|address| ports(&address.ports))
            .any(|port| is_heard(&port.reached))
    })
    .map(|(probe, _)| &probe.host)
    .collect()
}

/// Whether the host itself answered: an answer, or a refusal that no packet filter signed.
fn is_heard(reached: &Reached) -> bool {
    match reached {
        Reached::Connected | Reached::NotConnected(ConnectError::Reset) => true,
        Reached::NotConnected(ConnectError::Refused(icmp)) => icmp.is_none(),
        Reached::NotConnected(_) | Reached::NotRelayed { .. } | Reached::Silence => false,
        Reached::Replied { reply, .. } => reply.has_words(),
        Reached::Tls { tls, .. } => tls.has_answer(),
    }
}
