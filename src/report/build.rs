//! From plan and diagnosis to the report: a pure function, with the exit code in it.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

mod local;

pub(super) use local::CATALOG as LOCAL;

use time::{OffsetDateTime, UtcOffset};

use super::{
    Address, Endpoint, Finding, Hop, Interrupt, Level, Off, PortField, PortsField, Report,
    RootCause, SCHEMA, Sources, Summary, Transport, Verdict, Waived, fact::told,
};
use crate::{
    diagnose::{self, Cause, Diagnosis, Weight},
    engine::Span,
    net::Ports,
    observation::{Observation, path::Walk},
    plan::{self, Check, CheckEndpoint, OffReason, Plan},
    statement::PortSets,
};

/// What a report says of the run itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meta {
    /// The version of portcheck.
    pub version: String,
    /// The name of this machine.
    pub host: String,
    /// When the run started.
    pub started: OffsetDateTime,
    /// How long it took.
    pub elapsed: Duration,
    /// What cut it short.
    pub interrupted: Option<Interrupt>,
    /// Whether a warning, or a failed optional check, is as good as a failure (`--strict`).
    pub strict: bool,
}

impl Report {
    /// The report of a run. The diagnosis must be of the same plan.
    #[must_use]
    pub fn new(meta: &Meta, plan: &Plan, diagnosis: &Diagnosis) -> Self {
        let verdict = diagnose::Verdict::of_run(diagnosis);
        let mut judged: Vec<&diagnose::Finding> = diagnosis.findings.iter().collect();
        judged.sort_by_key(|finding| finding.check);
        let findings: Vec<Finding> = judged
            .into_iter()
            .map(|judged| finding(plan, judged))
            .chain(diagnosis.local.iter().map(local::finding))
            .collect();
        Self {
            schema: SCHEMA.to_owned(),
            version: meta.version.clone(),
            host: meta.host.clone(),
            started: timestamp(meta.started),
            elapsed_ms: millis(meta.elapsed),
            profiles: plan.profiles.clone(),
            verdict: verdict.into(),
            exit_code: exit_code(verdict, diagnosis, meta),
            interrupted: meta.interrupted,
            baseline: None,
            summary: summary(&findings),
            root_causes: diagnosis
                .roots
                .iter()
                .map(|root| root_cause(meta, plan, diagnosis, root))
                .collect(),
            off: plan.off.iter().map(off).collect(),
            findings,
        }
    }
}

impl Finding {
    /// A finding of a run that still goes on, as its report will have it.
    #[must_use]
    pub fn early(
        plan: &Plan,
        judged: &diagnose::Finding,
        sources: &Sources,
        seen: Option<(&Observation, Span)>,
    ) -> Self {
        let mut finding = finding(plan, judged);
        if let Some((seen, span)) = seen {
            finding.trace(seen, span);
        }
        sources.cite(&mut finding);
        finding
    }
}

/// The exit code of a run: 0, 1 or 3 by its findings, 128 and the signal's number if one ended it.
/// Source for the latter: the POSIX shell's convention, signal(7).
fn exit_code(verdict: diagnose::Verdict, diagnosis: &Diagnosis, meta: &Meta) -> u8 {
    match meta.interrupted {
        Some(signal) if signal != Interrupt::Deadline => return signal.exit_code(),
        Some(_) | None => {}
    }
    match verdict {
        diagnose::Verdict::Fail => 1,
        // A run that could check nothing has shown nothing.
        diagnose::Verdict::Inconclusive | diagnose::Verdict::Skip => 3,
        diagnose::Verdict::Pass | diagnose::Verdict::Warn => {
            u8::from(meta.strict && diagnosis.findings.iter().any(fails_when_strict))
        }
    }
}

/// Whether `--strict` minds the finding: what nobody answers for, and not what is wrong with this
/// machine itself.
fn fails_when_strict(finding: &diagnose::Finding) -> bool {
    match finding.verdict() {
        diagnose::Verdict::Warn | diagnose::Verdict::Fail => finding.weight != Weight::Waived,
        diagnose::Verdict::Pass | diagnose::Verdict::Skip | diagnose::Verdict::Inconclusive => {
            false
        }
    }
}

fn summary(findings: &[Finding]) -> Summary {
    let mut summary = Summary::default();
    for finding in findings {
        *match finding.verdict {
            Verdict::Pass => &mut summary.pass,
            Verdict::Warn => &mut summary.warn,
            Verdict::Fail => &mut summary.fail,
            Verdict::Inconclusive => &mut summary.inconclusive,
            Verdict::Skip => &mut summary.skip,
        } += 1;
    }
    summary
}

fn finding(plan: &Plan, judged: &diagnose::Finding) -> Finding {
    let check = &plan.checks[judged.check];
    let proxy = plan.route(check).proxy();
    let side = |group: &String| (!group.is_empty()).then(|| group.clone());
    let (facts, evidence) = told(&judged.evidence);
    Finding {
        rule: check.rule.clone(),
        catalog: check.catalog.clone(),
        section: check.section.clone(),
        service: check.service.clone(),
        level: check.level.into(),
        from: side(&check.from),
        to: side(&check.to),
        endpoint: endpoint(check, judged.sweep.as_ref()),
        protocol: check.protocol.word().to_owned(),
        expect: check.expect.into(),
        any_of: check.any_of.clone(),
        verdict: judged.verdict().into(),
        gates: Some(judged.weight.gates()),
        waived: check
            .waiver
            .as_ref()
            .filter(|_| judged.weight == Weight::Waived)
            .map(Waived::from),
        cause: judged.cause().map(code),
        certainty: judged.certainty.into(),
        stage: judged.stage.into(),
        explained_by: judged.explained_by.clone(),
        via: proxy.map(|proxy| proxy.url.to_string()),
        from_address: judged
            .addresses
            .iter()
            .find_map(|it| it.from)
            .map(|from| from.to_string()),
        addresses: judged.addresses.iter().map(address).collect(),
        path: judged.path.iter().flat_map(hops).collect(),
        evidence,
        facts,
        remedy: judged.remedy.as_ref().map(ToString::to_string),
        remedy_parts: judged.remedy.clone().map_or_else(Vec::new, |it| it.0),
        source: None,
        stages: Vec::new(),
        chain: Vec::new(),
        elapsed_ms: millis(judged.elapsed),
    }
}

/// The routers of a walk, one entry an address.
fn hops(walk: &Walk) -> impl Iterator<Item = Hop> + '_ {
    walk.hops.iter().flat_map(|(distance, hop)| {
        hop.addresses.iter().map(|address| Hop {
            hop: *distance,
            address: address.to_string(),
            rtt_us: u32::try_from(hop.round_trip.as_micros()).unwrap_or(u32::MAX),
        })
    })
}

/// What a check reaches, and for a range what became of it.
pub(crate) fn endpoint(check: &Check, sweep: Option<&diagnose::Sweep>) -> Endpoint {
    let (host, ports, transport) = match &check.endpoint {
        CheckEndpoint::Bound(endpoint) => (
            endpoint.host.to_string(),
            endpoint.ports,
            endpoint.transport,
        ),
        CheckEndpoint::Unbound {
            host,
            ports,
            transport,
        } => (host.clone(), *ports, *transport),
    };
    let (port, ports) = ports_fields(ports, sweep);
    Endpoint {
        host,
        port,
        ports,
        transport: transport.into(),
    }
}

/// The port, or the range and what became of it.
fn ports_fields(ports: Ports, sweep: Option<&diagnose::Sweep>) -> (PortField, Option<PortsField>) {
    match ports {
        Ports::None => (PortField::Null, None),
        Ports::One(port) => (PortField::Port(port.get()), None),
        Ports::Range(range) => (
            PortField::Absent,
            Some(PortsField {
                first: range.first().get(),
                last: range.last().get(),
                checked: sweep.map_or(0, |sweep| sweep.checked),
                failed: sweep.map_or_else(Vec::new, |sweep| {
                    let pair = |(first, last): &(crate::net::Port, crate::net::Port)| {
                        [first.get(), last.get()]
                    };
                    sweep.failed.iter().map(pair).collect()
                }),
            }),
        ),
    }
}

fn address(judged: &diagnose::AddressFinding) -> Address {
    Address {
        address: judged.address.to_string(),
        from_address: judged.from.map(|from| from.to_string()),
        port: judged.port.map(crate::net::Port::get),
        verdict: diagnose::Verdict::of(judged.outcome, Weight::Gates).into(),
        cause: judged.outcome.cause().map(code),
        elapsed_ms: millis(judged.elapsed),
    }
}

fn root_cause(
    meta: &Meta,
    plan: &Plan,
    diagnosis: &Diagnosis,
    root: &diagnose::RootCause,
) -> RootCause {
    let (facts, evidence) = told(&root.evidence);
    let explained = || {
        root.findings
            .iter()
            .map(|place| &diagnosis.findings[*place])
    };
    let checks = || explained().map(|finding| &plan.checks[finding.check]);
    let hosts = checks().filter_map(Check::bound_host);
    RootCause {
        id: root.id.clone(),
        cause: code(root.cause),
        title: root.title.to_string(),
        title_parts: root.title.0.clone(),
        evidence,
        facts,
        remedy: root.remedy.to_string(),
        remedy_parts: root.remedy.0.clone(),
        explains: root.explains,
        sources: vec![meta.host.clone()],
        hosts: each_once(hosts.map(ToString::to_string)),
        ports: ports_of(plan, explained()),
        rules: each_once(checks().map(|check| check.rule.clone())),
        findings: root.findings.clone(),
        certainty: Some(root.certainty.into()),
        fewest: root.fewest,
    }
}

/// The words in their order, each once.
fn each_once(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut told = HashSet::new();
    words.filter(|word| told.insert(word.clone())).collect()
}

/// The ports of findings by transport, those that touch as one; of a range those that failed.
fn ports_of<'a>(
    plan: &Plan,
    findings: impl Iterator<Item = &'a diagnose::Finding>,
) -> BTreeMap<Transport, Vec<[u16; 2]>> {
    let shut = findings.map(|finding| {
        let check = &plan.checks[finding.check];
        let failed = |sweep: &diagnose::Sweep| {
            let failed = sweep.failed.iter();
            failed
                .map(|(first, last)| [first.get(), last.get()])
                .collect()
        };
        let ports = match (check.ports(), &finding.sweep) {
            (Ports::None, _) => Vec::new(),
            (Ports::One(port), _) => vec![[port.get(); 2]],
            (Ports::Range(_), Some(sweep)) => failed(sweep),
            (Ports::Range(range), None) => vec![[range.first().get(), range.last().get()]],
        };
        (check.protocol.transport(), ports)
    });
    let sets: PortSets = shut.collect();
    let sets = sets.0.into_iter();
    sets.map(|(transport, ports)| (transport.into(), ports))
        .collect()
}

fn off(off: &plan::Off) -> Off {
    Off {
        rule: off.rule.clone(),
        reason: off_reason(&off.reason),
    }
}

/// Why a rule is off, with what would switch it on.
pub(crate) fn off_reason(reason: &OffReason) -> String {
    match reason {
        OffReason::Without(feature) => format!("needs --with {feature}"),
        OffReason::With(feature) => {
            format!("moot with {feature}, --without {feature} brings it back")
        }
        OffReason::Version(variable, releases) => format!("only for {variable} {releases}"),
        OffReason::Selection => "left out by --only or --skip".to_owned(),
    }
}

fn code(cause: Cause) -> String {
    cause.code().to_owned()
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// RFC 3339 in UTC, to the second.
pub(crate) fn timestamp(moment: OffsetDateTime) -> String {
    let moment = moment.to_offset(UtcOffset::UTC);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        moment.year(),
        u8::from(moment.month()),
        moment.day(),
        moment.hour(),
        moment.minute(),
        moment.second()
    )
}

#[cfg(test)]
mod tests;
