//! A TLS hello, tried where a plain question ended without a word: many TLS servers just hang up.

use std::collections::BTreeSet;

use crate::{
    catalog::Expect,
    cause::Is,
    diagnose::{Cause, Controls, Finding, Outcome, places},
    fact::ServiceFact,
    net::{Host, Port, Protocol},
    observation::{Observation, Reached},
    plan::{Check, Plan, Probe, ProbeOptions},
    protocol::{Details, End, Speaker},
};

/// A TLS hello to each service that may have been waiting for one.
pub(super) fn probes<'a>(
    plan: &'a Plan,
    seen: &'a [Observation],
) -> impl Iterator<Item = Probe> + 'a {
    let hung_up = plan.probes.iter().zip(seen).filter(|(_, observation)| {
        let Observation::Tried { addresses, .. } = observation else {
            return false;
        };
        let mut ports = addresses.iter().flat_map(|address| &address.ports);
        ports.any(|port| hung_up(&port.reached))
    });
    hung_up.map(|(probe, _)| Probe {
        protocol: Protocol::Tls,
        options: ProbeOptions {
            timeout: probe.options.timeout,
            route: probe.options.route.clone(),
            once: true,
            ..ProbeOptions::default()
        },
        ..probe.clone()
    })
}

/// Whether a service of TLS would do so, spoken to in plain text: it hangs up on a question, or is a
/// web server that finds the request bad.
fn hung_up(reached: &Reached) -> bool {
    let Reached::Replied { reply, tls: None } = reached else {
        return false;
    };
    match (&reply.speaker, &reply.details) {
        (Speaker::Ended { end, spoke, asked }, _) => match end {
            End::Closed | End::Reset => !spoke && *asked,
            // Who waits for the client has been asked already, while nothing was heard.
            End::Silence | End::TooLong => false,
        },
        (Speaker::Service, Details::Http(head)) => head.status == 400,
        (
            Speaker::Service | Speaker::Unwilling(_) | Speaker::BrokeOff(_) | Speaker::Other(_),
            _,
        ) => false,
    }
}

/// The ports that answered a hello, by host.
pub(super) fn secured<'a>(plan: &Plan, controls: &'a Controls) -> BTreeSet<(&'a Host, &'a [Port])> {
    let tried = controls.plan.probes.iter().zip(&controls.seen);
    tried
        .filter(|(probe, seen)| is_hello(plan, probe) && speaks_tls(seen))
        .map(|(probe, _)| (&probe.host, probe.ports.as_slice()))
        .collect()
}

/// Whether a control is a TLS hello to what was asked in plain text.
fn is_hello(plan: &Plan, control: &Probe) -> bool {
    control.protocol == Protocol::Tls
        && plan.probes.iter().any(|probe| {
            probe.host == control.host
                && probe.ports == control.ports
                && probe.protocol != Protocol::Tls
        })
}

/// The service hung up on plain text, and answers TLS.
pub(super) fn speak_tls(check: &Check, finding: &mut Finding) {
    let cause = Cause::TlsUnexpected;
    finding.outcome = match finding.outcome.cause() {
        Some(hung_up) if hung_up.is(Is::MayWantTls) => finding.outcome.because(cause),
        None if check.protocol == Protocol::Http && check.expect == Expect::Service => {
            Outcome::Fails(cause)
        }
        Some(_) | None => return,
    };
    let protocol = check.protocol;
    let evidence = ServiceFact::TlsWherePlain { protocol };
    finding.evidence.insert(0, evidence.into());
    finding.remedy = Some(cause.remedy(&places::of(check)));
}

fn speaks_tls(observation: &Observation) -> bool {
    let Observation::Tried { addresses, .. } = observation else {
        return false;
    };
    let mut ports = addresses.iter().flat_map(|address| &address.ports);
    ports.any(|port| match &port.reached {
        Reached::Tls { tls, .. } => tls.is_spoken(),
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Replied { .. }
        | Reached::Silence => false,
    })
}
