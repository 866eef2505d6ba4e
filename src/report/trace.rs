//! What a check went through: its stages in time, and the certificates it was shown.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Finding, Report, Stage, Verdict,
    build::{millis, timestamp},
};
use crate::{
    engine::Span,
    observation::{self, AddressObservation, Lookup, Observation, PortObservation, Reached},
    plan::{CheckStep, Plan},
};

/// One stage of a check in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageTime {
    /// The stage.
    pub stage: Stage,
    /// The address it was about; absent for the name's lookup.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// When it began, in milliseconds from the start of the run.
    pub start_ms: u64,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// A certificate as a server sent it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// The subject.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// The names it is for.
    #[serde(default)]
    pub names: Vec<String>,
    /// Valid from, RFC 3339 in UTC.
    pub not_before: String,
    /// Valid until, RFC 3339 in UTC.
    pub not_after: String,
}

/// What each probe of a run saw, and when; both in the plan's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// What each saw.
    pub seen: Vec<Observation>,
    /// When each was under way; zero where it never was.
    pub spans: Vec<Span>,
}

impl Report {
    /// Adds to each finding its stages and the certificates it was shown. The plan must be the one
    /// that the report was made of.
    #[must_use]
    pub fn traced(mut self, plan: &Plan, trace: &Trace) -> Self {
        for (finding, check) in self.findings.iter_mut().zip(&plan.checks) {
            let CheckStep::Probe(id) = check.step else {
                continue;
            };
            if let (Some(seen), Some(span)) = (trace.seen.get(id.0), trace.spans.get(id.0)) {
                finding.trace(seen, *span);
            }
        }
        self
    }
}

impl Finding {
    /// Adds the stages and the certificates of one probe.
    pub(super) fn trace(&mut self, seen: &Observation, span: Span) {
        self.stages = stages(seen, span);
        self.chain = self.shown_chain(seen);
    }

    /// The chain of the address that came out worst, of those that sent one.
    fn shown_chain(&self, seen: &Observation) -> Vec<Certificate> {
        let sent = match seen {
            Observation::Interrupted | Observation::Unresolved(..) => None,
            Observation::Relayed(seen) => chain(std::slice::from_ref(seen)),
            Observation::Tried { addresses, .. } => addresses
                .iter()
                .rev()
                .filter_map(|address| Some((self.verdict_of(address), chain(&address.ports)?)))
                .max_by_key(|(verdict, _)| *verdict)
                .map(|(_, chain)| chain),
        };
        sent.unwrap_or_default().iter().map(certificate).collect()
    }

    fn verdict_of(&self, address: &AddressObservation) -> Option<Verdict> {
        let shown = address.address.to_string();
        let judged = self.addresses.iter().find(|judged| judged.address == shown);
        judged.map(|judged| judged.verdict)
    }
}

/// The stages of a probe, the name's lookup first, then address by address.
fn stages(seen: &Observation, span: Span) -> Vec<StageTime> {
    match seen {
        Observation::Interrupted => Vec::new(),
        Observation::Unresolved(..) => vec![stage(Stage::Resolve, None, (span.start, span.end))],
        Observation::Relayed(seen) => relayed(seen, span),
        Observation::Tried { lookup, addresses } => {
            let began = began(addresses, span);
            let lookup = resolve(lookup.as_ref(), span.start, began);
            let mut stages: Vec<StageTime> = lookup.into_iter().collect();
            for address in addresses {
                let name = address.address.to_string();
                match &address.ports[..] {
                    [port] => of_port(port, &name, began, &mut stages),
                    _ => stages.push(stage(Stage::Connect, Some(&name), (began, span.end))),
                }
            }
            stages
        }
    }
}

/// The stages behind a proxy: until it relays, then as ever.
fn relayed(seen: &PortObservation, span: Span) -> Vec<StageTime> {
    let began = span.end.saturating_sub(seen.elapsed).max(span.start);
    let relaying = seen.milestones.connected.unwrap_or(seen.elapsed);
    let mut stages = vec![stage(Stage::Proxy, None, (began, began + relaying))];
    if seen.milestones.connected.is_some() {
        behind_connect(seen, None, began, &mut stages);
    }
    stages
}

/// The lookup of a name: who comes later waits for the rest of it, or not at all.
fn resolve(lookup: Option<&Lookup>, start: Duration, began: Duration) -> Option<StageTime> {
    let lookup = lookup.filter(|lookup| lookup.hosts_file.is_none())?;
    let end = (start + lookup.elapsed).min(began);
    Some(stage(Stage::Resolve, None, (start, end)))
}

/// When the addresses were begun, all at once: the slowest of them ended with the probe.
fn began(addresses: &[AddressObservation], span: Span) -> Duration {
    let single = addresses
        .iter()
        .filter_map(|address| match &address.ports[..] {
            [port] => Some(port.elapsed),
            _ => None,
        });
    match single.max() {
        Some(slowest) => span.end.saturating_sub(slowest).max(span.start),
        None => span.start,
    }
}

/// The stages of one port, each until the next milestone.
fn of_port(port: &PortObservation, name: &str, began: Duration, stages: &mut Vec<StageTime>) {
    if let Some(connected) = port.milestones.connected {
        let connect = (began, began + connected);
        stages.push(stage(Stage::Connect, Some(name), connect));
        return behind_connect(port, Some(name), began, stages);
    }
    let of = match &port.reached {
        Reached::Replied { .. } => Stage::Service,
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Tls { .. }
        | Reached::Silence => Stage::Connect,
    };
    stages.push(stage(of, Some(name), (began, began + port.elapsed)));
}

/// What came once there was a connection.
fn behind_connect(
    port: &PortObservation,
    name: Option<&str>,
    began: Duration,
    stages: &mut Vec<StageTime>,
) {
    let mut from = port.milestones.connected.unwrap_or_default();
    let mut push = |of, to: Duration| {
        let to = to.max(from);
        stages.push(stage(of, name, (began + from, began + to)));
        from = to;
    };
    if let Some(secured) = port.milestones.secured {
        push(Stage::Tls, secured);
    }
    let has_reply = match &port.reached {
        Reached::Replied { .. } => true,
        Reached::Tls { reply, .. } => reply.is_some(),
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Silence => false,
    };
    if has_reply {
        push(Stage::Service, port.elapsed);
    }
}

fn stage(stage: Stage, address: Option<&str>, (from, to): (Duration, Duration)) -> StageTime {
    let (start_ms, end_ms) = (millis(from), millis(to));
    StageTime {
        stage,
        address: address.map(str::to_owned),
        start_ms,
        elapsed_ms: end_ms.saturating_sub(start_ms),
    }
}

/// What an address sent as its chain, unless it sent none.
fn chain(ports: &[PortObservation]) -> Option<&[observation::Certificate]> {
    let mut chains = ports.iter().filter_map(|port| match &port.reached {
        Reached::Tls { tls, .. } | Reached::Replied { tls: Some(tls), .. } => Some(&tls.chain[..]),
        Reached::Replied { tls: None, .. }
        | Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Silence => None,
    });
    chains.find(|chain| !chain.is_empty())
}

fn certificate(sent: &observation::Certificate) -> Certificate {
    Certificate {
        subject: sent.subject.clone(),
        issuer: sent.issuer.clone(),
        names: sent.names.clone(),
        not_before: timestamp(sent.not_before),
        not_after: timestamp(sent.not_after),
    }
}

#[cfg(test)]
mod tests;
