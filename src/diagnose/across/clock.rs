//! This machine's clock, as the certificates of others show it.

use std::collections::BTreeSet;

use time::OffsetDateTime;

use crate::{
    diagnose::{Cause, Certainty, Finding, Outcome, Stage, each, places},
    fact::AcrossFact,
    net::Host,
    observation::{Certificate, Observation, Reached, TlsObservation},
    plan::Plan,
    protocol::Reply,
};

/// Certificates of several hosts that are all too old, or all too young, and none that is right:
/// this machine's clock is what they have in common, unless they have a certificate in common, or
/// anybody's clock agrees with it.
pub(in crate::diagnose) fn clock(
    plan: &Plan,
    seen: &[Observation],
    now: OffsetDateTime,
    findings: &mut [Finding],
) {
    for dated in [Cause::TlsNotYetValid, Cause::TlsExpired] {
        let hosts: BTreeSet<&Host> = findings
            .iter()
            .filter(|finding| finding.outcome.cause() == Some(dated))
            .filter_map(|finding| plan.checks[finding.check].bound_host())
            .collect();
        let is_right = |finding: &Finding| {
            finding.outcome == Outcome::Works
                && finding.stage >= Stage::Tls
                && plan.checks[finding.check].protocol.starts_with_tls()
        };
        if hosts.len() < 2
            || findings.iter().any(is_right)
            || somebody_agrees(seen, now)
            || misdated(seen, now).len() < hosts.len()
        {
            continue;
        }
        let count = hosts.len();
        for finding in findings
            .iter_mut()
            .filter(|finding| finding.outcome.cause() == Some(dated))
        {
            finding.outcome = finding.outcome.because(Cause::ClockSkew);
            finding.certainty = Certainty::Inferred;
            finding
                .evidence
                .push(AcrossFact::NoDateIsRight { count }.into());
            let check = &plan.checks[finding.check];
            finding.remedy = Some(Cause::ClockSkew.remedy(&places::of(check)));
        }
    }
}

/// Whether the clock of anyone who was asked shows the same time as this machine's.
fn somebody_agrees(seen: &[Observation], now: OffsetDateTime) -> bool {
    let ahead = replies(seen).filter_map(|reply| each::clock_ahead(reply, now));
    ahead.map(i64::abs).any(|ahead| ahead <= each::CLOCK_SKEW)
}

/// The certificates that do not fit the time by this machine's clock, each once: hosts behind one
/// authority share its fault.
fn misdated(seen: &[Observation], now: OffsetDateTime) -> BTreeSet<(String, OffsetDateTime)> {
    let is_misdated =
        |one: &&Certificate| one.is_used && (one.not_after < now || now < one.not_before);
    handshakes(seen)
        .flat_map(|tls| tls.chain.iter().filter(is_misdated))
        .map(|one| (one.subject.clone(), one.not_after))
        .collect()
}

fn replies(seen: &[Observation]) -> impl Iterator<Item = &Reply> {
    reached(seen).filter_map(|reached| match reached {
        Reached::Tls { reply, .. } => reply.as_ref(),
        Reached::Replied { reply, .. } => Some(reply),
        Reached::NotConnected(_)
        | Reached::Connected
        | Reached::Silence
        | Reached::NotRelayed { .. } => None,
    })
}

fn handshakes(seen: &[Observation]) -> impl Iterator<Item = &TlsObservation> {
    reached(seen).filter_map(|reached| match reached {
        Reached::Tls { tls, .. } => Some(&**tls),
        Reached::Replied { tls, .. } => tls.as_deref(),
        Reached::NotConnected(_)
        | Reached::Connected
        | Reached::Silence
        | Reached::NotRelayed { .. } => None,
    })
}

fn reached(seen: &[Observation]) -> impl Iterator<Item = &Reached> {
    seen.iter()
        .flat_map(|seen| match seen {
            Observation::Tried { addresses, .. } => addresses
                .iter()
                .flat_map(|address| &address.ports)
                .collect(),
            Observation::Relayed(port) => vec![port],
            Observation::Interrupted | Observation::Unresolved(..) => Vec::new(),
        })
        .map(|port| &port.reached)
}
