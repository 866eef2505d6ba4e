//! What the findings of a report say about hosts and ports.

use std::collections::HashSet;

use super::names::Names;
use crate::{
    cause::{Area, Cause, Is, Place, Places, ToldBy},
    fact::{Origin, Part, Sentence},
    report::{Certainty, Expect, Finding, PortField, Report, Stage, Verdict},
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
        remedy: remedy(finding, looked.alive(names, finding)),
    })
}

/// A machine that looked.
pub(super) struct Looked<'a> {
    /// Its place.
    pub(super) machine: usize,
    /// The ids of its root causes that are one thing.
    pub(super) kept: HashSet<&'a str>,
    /// The hosts that one of the machines heard.
    pub(super) heard: &'a HashSet<String>,
}

/// The hosts that one of the machines heard.
pub(super) fn heard(names: &Names, reports: &[Report]) -> HashSet<String> {
    let mut heard = HashSet::new();
    for (machine, report) in reports.iter().enumerate() {
        let answered = report.findings.iter().filter(|it| is_heard(it));
        heard.extend(answered.map(|it| names.name(machine, &it.endpoint.host)));
    }
    heard
}

/// Whether the host itself answered: not a refusal, which a firewall may send in its name.
fn is_heard(finding: &Finding) -> bool {
    let is_tried = finding.stage >= Stage::Connect && finding.via.is_none();
    let is_open = match finding.verdict {
        Verdict::Pass => finding.certainty == Certainty::Proven,
        Verdict::Warn => true,
        Verdict::Skip | Verdict::Inconclusive | Verdict::Fail => false,
    };
    is_tried && is_open && finding.expect != Expect::Blocked
}

impl Looked<'_> {
    /// That the host is up, and how that is known.
    fn alive(&self, names: &Names, finding: &Finding) -> Option<&'static str> {
        let host = &finding.endpoint.host;
        let place = names.place(self.machine, host);
        if self.heard.contains(&names.name(self.machine, host)) {
            Some("the host answers other checks")
        } else {
            place.map(|_| "the host is up, a report comes from there")
        }
    }

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
fn remedy(finding: &Finding, alive: Option<&'static str>) -> Remedy {
    let host = &finding.endpoint.host;
    let known = finding.remedy_parts.iter().find(|part| {
        matches!(part.origin, Origin::Host | Origin::Address) && part.text == host.as_str()
    });
    let host = known.cloned().unwrap_or_else(|| Part::host(host));
    let flow = flow(finding, &host);
    let words = match (cause(finding), &finding.remedy) {
        (Some(cause), Some(_)) => {
            let protocol = Part::of(Origin::Number, &finding.protocol);
            let own = Own {
                cause,
                places: Places::new(&host, &flow, &protocol),
            };
            own.words(finding, alive)
        }
        (None, Some(words)) => Part::of(Origin::Stranger, words).into(),
        (_, None) => Sentence::default(),
    };
    Remedy { host, flow, words }
}

/// What the table of causes says of a finding.
struct Own {
    cause: Cause,
    places: Places,
}

impl Own {
    fn words(&self, finding: &Finding, alive: Option<&'static str>) -> Sentence {
        let mut facts = finding.facts.iter();
        let parts = Sentence(finding.remedy_parts.clone());
        let is_walked = facts.any(|fact| WALKED.contains(&fact.kind.as_str()));
        let is_known = !parts.0.is_empty();
        let is_way = self.cause.row().told_by == ToldBy::Ways;
        let is_own = || {
            let seen = self.alive("the host answers on other ports");
            parts == self.cause.remedy(&self.places) || parts == seen
        };
        if is_walked || !is_known && is_way || is_known && is_own() {
            return match alive {
                Some(alive) => self.alive(alive),
                None => self.cause.remedy(&self.places),
            };
        }
        match &finding.remedy {
            Some(words) if !is_known => Part::of(Origin::Stranger, words).into(),
            Some(_) | None => parts,
        }
    }

    /// What to do where the host is known to be up.
    fn alive(&self, alive: &'static str) -> Sentence {
        let places = self.places.clone().with(Place::Alive, &alive);
        self.cause.remedy(&places)
    }
}

/// Its cause, unless it has none or one of a later version.
fn cause(finding: &Finding) -> Option<Cause> {
    finding.cause.as_ref()?.parse().ok()
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
