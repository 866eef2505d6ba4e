//! What the findings of a report say about hosts and ports.

use std::collections::HashSet;

use super::names::Names;
use crate::{
    cause::{Area, Cause, Is, Places, ToldBy},
    fact::{Origin, Part, Sentence},
    report::{Expect, Finding, PortField, Report, Verdict},
    statement::{Remedy, Seen, State, Swept, Tried},
};

/// What is seen of a walk, whose remedy is that of one machine: over several the cause has its own.
const WALKED: [&str; 3] = ["stops-between", "reaches-the-last", "nothing-arrives"];

/// The root causes of a report that are one thing, whatever they explain: a name server, a proxy, a
/// clock. The others are told anew over all machines.
pub(super) fn kept(report: &Report) -> HashSet<&str> {
    let roots = report.root_causes.iter();
    let kept = roots.filter(|root| {
        let told_by = root.cause.parse().map(|cause: Cause| cause.row().told_by);
        !told_by.is_ok_and(|told_by| told_by.is_box() || told_by == ToldBy::Alone)
    });
    kept.map(|root| root.id.as_str()).collect()
}

/// What a finding says about its host and its ports; nothing where it is about this machine itself.
pub(super) fn seen(names: &Names, looked: &Looked<'_>, finding: &Finding) -> Option<Seen> {
    if finding.is_of_machine() {
        return None;
    }
    Some(Seen {
        source: looked.machine,
        host: names.name(looked.machine, &finding.endpoint.host),
        transport: finding.endpoint.transport.into(),
        tried: tried(finding),
        state: looked.state(finding),
        remedy: remedy(finding),
    })
}

/// A machine that looked.
pub(super) struct Looked<'a> {
    /// Its place.
    pub(super) machine: usize,
    /// The ids of its root causes that are one thing.
    pub(super) kept: HashSet<&'a str>,
}

impl Looked<'_> {
    /// What must be shut says nothing about a fault, and what is explained already is no sign of
    /// another.
    fn state(&self, finding: &Finding) -> State {
        let Some(cause) = cause(finding) else {
            return match finding.verdict {
                Verdict::Pass if finding.expect != Expect::Blocked => State::Works,
                Verdict::Pass
                | Verdict::Skip
                | Verdict::Warn
                | Verdict::Inconclusive
                | Verdict::Fail => State::Unknown,
            };
        };
        let is_explained = finding.explained_by.as_deref();
        let is_explained = is_explained.is_some_and(|root| self.kept.contains(root));
        let is_undecided = finding.verdict == Verdict::Inconclusive;
        match finding.expect {
            _ if is_explained || !finding.is_problem() => State::Unknown,
            // It is not heard, as it must be; but then nothing of its host is.
            Expect::Blocked if is_undecided && cause.is(Is::HostUnheard) => State::Fails(cause),
            Expect::Blocked => State::Unknown,
            Expect::Service | Expect::Path if cause.area() == Area::NotJudged => State::Unknown,
            Expect::Service | Expect::Path => State::Fails(cause),
        }
    }
}

fn tried(finding: &Finding) -> Tried {
    match (&finding.endpoint.ports, finding.endpoint.port) {
        (Some(ports), _) => Tried::Range(Swept {
            first: ports.first,
            last: ports.last,
            checked: ports.checked,
            failed: ports.failed.clone(),
        }),
        (None, PortField::Port(port)) => Tried::Port(port),
        (None, PortField::Null | PortField::Absent) => Tried::NoPorts,
    }
}

/// What to do. Earlier versions did not keep the parts: of what is mended by letting it pass they
/// are known all the same, of the rest the words stay a stranger's.
fn remedy(finding: &Finding) -> Remedy {
    let host = &finding.endpoint.host;
    let known = finding.remedy_parts.iter().find(|part| {
        matches!(part.origin, Origin::Host | Origin::Address) && part.text == host.as_str()
    });
    let host = known.cloned().unwrap_or_else(|| Part::host(host));
    let flow = flow(finding, &host);
    let is_walked = || {
        let mut facts = finding.facts.iter();
        facts.any(|fact| WALKED.contains(&fact.kind.as_str()))
    };
    let words = match (cause(finding), &finding.remedy) {
        (Some(cause), Some(_)) if is_walked() => of_cause(cause, finding, &host, &flow),
        (_, Some(_)) if !finding.remedy_parts.is_empty() => Sentence(finding.remedy_parts.clone()),
        (Some(cause), Some(_)) if cause.row().told_by == ToldBy::Ways => {
            of_cause(cause, finding, &host, &flow)
        }
        (_, Some(words)) => Part::of(Origin::Stranger, words).into(),
        (_, None) => Sentence::default(),
    };
    Remedy { host, flow, words }
}

/// Its cause, unless it has none or one of a later version.
fn cause(finding: &Finding) -> Option<Cause> {
    finding.cause.as_ref()?.parse().ok()
}

fn of_cause(cause: Cause, finding: &Finding, host: &Part, flow: &Sentence) -> Sentence {
    let protocol = Part::of(Origin::Number, &finding.protocol);
    cause.remedy(&Places::new(host, flow, &protocol))
}

/// `tcp to n1 port 22`, in the parts that a check's remedy has.
fn flow(finding: &Finding, host: &Part) -> Sentence {
    let flow = Sentence::from(finding.endpoint.transport.word());
    let flow = flow.then(" to ").then(host.clone());
    match finding.endpoint.ports_text() {
        Some(ports) => flow.then(" port ").then(Part::of(Origin::Number, ports)),
        None => flow,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_of_a_walk_is_called_as_in_the_table_of_facts() {
        let kinds: Vec<String> = crate::fact::Fact::kinds().collect();
        for kind in WALKED {
            assert!(kinds.iter().any(|known| known == kind), "{kind}");
        }
    }
}
