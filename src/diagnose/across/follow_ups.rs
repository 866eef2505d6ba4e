//! Controls before blame, and before praise: what is worth trying once the checks have been seen,
//! and what it showed.

use time::OffsetDateTime;

use super::{decoy, detours, hello, portal, presence, responder};
use crate::{
    diagnose::{Controls, Finding},
    net::Transport,
    observation::Observation,
    plan::{CheckStep, Plan},
};

/// What is worth trying after `seen`. The plan has probes only, and is empty where there is no
/// doubt: a healthy run of services that speak sends nothing more.
#[must_use]
pub fn follow_ups(plan: &Plan, seen: &[Observation]) -> Plan {
    let mut probes = decoy::probes(plan, seen);
    probes.extend(hello::probes(plan, seen));
    probes.extend(responder::questions(plan, seen));
    probes.extend(detours::probes(plan, seen));
    probes.extend(portal::probes(plan, seen));
    let signs = decoy::unused_port(plan).map(|port| presence::probes(plan, seen, port));
    probes.extend(signs.into_iter().flatten());
    Plan {
        probes,
        ..Plan::default()
    }
}

/// Applies what the controls showed.
pub(in crate::diagnose) fn apply(
    plan: &Plan,
    controls: &Controls,
    findings: &mut [Finding],
    now: OffsetDateTime,
) {
    detours::apply(plan, controls, findings, now);
    portal::apply(plan, controls, findings, now);
    let fooled = decoy::fooled(plan, controls);
    let secured = hello::secured(plan, controls);
    for finding in findings {
        let check = &plan.checks[finding.check];
        let (Some(host), CheckStep::Probe(id)) = (check.bound_host(), &check.step) else {
            continue;
        };
        let ports = plan.probes.get(id.0).map_or(&[][..], |probe| &probe.ports);
        if secured.contains(&(host, ports)) {
            hello::speak_tls(check, finding);
        } else if fooled.contains(host) && check.protocol.transport() == Transport::Tcp {
            decoy::take_back(check, finding);
        }
    }
}
