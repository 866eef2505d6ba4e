//! Why a node took no part, and its report: one finding.

use crate::{
    cause::{Cause, Place, Places},
    fact::{Fact, Part, Sentence},
    report::{
        Certainty, Endpoint, Expect, Finding, Level, PortField, Report, RootCause, SCHEMA, Stage,
        Summary, Transport, Verdict,
    },
};

/// The rule about a node itself, which no catalog has.
pub const RULE: &str = "mesh.node";

/// The catalog of the rules about the mesh itself, and the heading they stand under.
const CATALOG: &str = "mesh";
const SECTION: &str = "The nodes of the mesh";

/// Why a node took no part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// The cause.
    pub cause: Cause,
    /// How sure that is.
    pub certainty: Certainty,
    /// What was seen.
    pub evidence: Vec<Fact>,
    /// The values of the remedy besides the node.
    pub places: Vec<(Place, Sentence)>,
}

impl Absence {
    /// What is known for certain.
    #[must_use]
    pub fn proven(cause: Cause, evidence: Vec<Fact>) -> Self {
        Self {
            cause,
            certainty: Certainty::Proven,
            evidence,
            places: Vec::new(),
        }
    }

    /// What is likely.
    #[must_use]
    pub fn inferred(cause: Cause, evidence: Vec<Fact>) -> Self {
        Self {
            certainty: Certainty::Inferred,
            ..Self::proven(cause, evidence)
        }
    }

    /// The same, with a value for a place of the remedy.
    #[must_use]
    pub fn with(mut self, place: Place, words: Sentence) -> Self {
        self.places.push((place, words));
        self
    }
}

/// What a report of a node says of the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The node, as the site calls it.
    pub host: String,
    /// The port of its SSH server, where that is known.
    pub port: Option<u16>,
    /// When the mesh began, RFC 3339 in UTC.
    pub started: String,
    /// The profiles.
    pub profiles: Vec<String>,
}

/// The report of a node that took no part: it could not be decided what it sees.
#[must_use]
pub fn report(heading: &Heading, absence: &Absence) -> Report {
    let finding = finding(heading, absence);
    let title = Sentence::from(Part::host(&heading.host))
        .then(" took no part: ")
        .then(absence.cause.row().headline);
    let root = root(&heading.host, absence, title, vec![0]);
    let verdict = finding.verdict;
    let is_warning = verdict == Verdict::Warn;
    Report {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: heading.host.clone(),
        started: heading.started.clone(),
        elapsed_ms: 0,
        profiles: heading.profiles.clone(),
        verdict,
        exit_code: if is_warning { 0 } else { 3 },
        interrupted: None,
        baseline: None,
        summary: Summary {
            warn: usize::from(is_warning),
            inconclusive: usize::from(!is_warning),
            ..Summary::default()
        },
        root_causes: vec![root],
        off: Vec::new(),
        findings: vec![finding],
    }
}

fn remedy(host: &str, absence: &Absence) -> Sentence {
    let host = Sentence::from(Part::host(host));
    let mut places = Places::new(&host, &"ssh", &"ssh");
    for (place, words) in &absence.places {
        places = places.with(*place, words);
    }
    absence.cause.remedy(&places)
}

/// What a root cause about a node is called.
pub(super) fn root_id(cause: Cause, host: &str) -> String {
    format!("{cause}:{host}")
}

/// The root cause of these findings.
pub(super) fn root(
    host: &str,
    absence: &Absence,
    title: Sentence,
    findings: Vec<usize>,
) -> RootCause {
    let remedy = remedy(host, absence);
    let evidence = absence.evidence.iter();
    RootCause {
        id: root_id(absence.cause, host),
        cause: absence.cause.code().to_owned(),
        title: title.to_string(),
        title_parts: title.0,
        evidence: evidence.map(|fact| fact.sentence().to_string()).collect(),
        facts: absence.evidence.iter().map(Into::into).collect(),
        remedy: remedy.to_string(),
        remedy_parts: remedy.0,
        explains: findings.len(),
        sources: Vec::new(),
        hosts: vec![host.to_owned()],
        ports: std::collections::BTreeMap::new(),
        rules: Vec::new(),
        findings,
        certainty: Some(absence.certainty),
        fewest: None,
    }
}

/// The finding that a node took no part.
pub(super) fn finding(heading: &Heading, absence: &Absence) -> Finding {
    let evidence: Vec<String> = absence
        .evidence
        .iter()
        .map(|fact| fact.sentence().to_string())
        .collect();
    let remedy = remedy(&heading.host, absence);
    // A name too many is no node too few.
    let is_warning = absence.cause == Cause::ListedTwice;
    Finding {
        rule: RULE.to_owned(),
        catalog: Some(CATALOG.to_owned()),
        section: SECTION.to_owned(),
        service: "takes part in the mesh".to_owned(),
        level: Level::Mandatory,
        from: None,
        to: None,
        endpoint: Endpoint {
            host: heading.host.clone(),
            port: heading.port.map_or(PortField::Null, PortField::Port),
            ports: None,
            transport: Transport::Tcp,
        },
        protocol: "ssh".to_owned(),
        expect: Expect::Service,
        any_of: None,
        verdict: if is_warning {
            Verdict::Warn
        } else {
            Verdict::Inconclusive
        },
        gates: Some(!is_warning),
        waived: None,
        cause: Some(absence.cause.code().to_owned()),
        certainty: absence.certainty,
        stage: Stage::Connect,
        explained_by: Some(root_id(absence.cause, &heading.host)),
        via: None,
        from_address: None,
        addresses: Vec::new(),
        path: Vec::new(),
        evidence,
        facts: absence.evidence.iter().map(Into::into).collect(),
        remedy: Some(remedy.to_string()),
        remedy_parts: remedy.0,
        source: None,
        stages: Vec::new(),
        chain: Vec::new(),
        elapsed_ms: 0,
    }
}
