//! The report: `portcheck.report/1`, the frozen form of a run that every format is made from.

use std::{collections::BTreeMap, io, path::Path};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fact::Part;

mod baseline;
pub(crate) mod build;
pub(crate) mod csv;
mod endpoint;
mod fact;
mod finding;
pub(crate) mod fold;
mod github;
mod harmless;
pub(crate) mod html;
mod json;
mod junit;
mod layout;
pub(crate) mod markdown;
mod nagios;
mod ndjson;
mod prometheus;
mod redact;
mod sarif;
mod source;
pub(crate) mod summary;
pub(crate) mod table;
mod tap;
mod trace;
mod transition;
mod waived;
mod words;

pub(crate) use baseline::other_profiles;
pub use baseline::{Baseline, Changed};
pub use build::Meta;
pub(crate) use build::timestamp;
pub(crate) use csv::write_all as csv_of;
pub use fact::Fact;
pub(crate) use fold::Tone;
pub(crate) use harmless::harmless;
pub use json::{ReadError, json_schema};
pub(crate) use layout::{Column, Section, Sheet, grid};
pub use nagios::exit_code as nagios_exit_code;
pub use ndjson::write_line as write_ndjson_line;
pub use redact::Redactor;
pub use source::{Source, Sources};
pub use trace::{Certificate, StageTime, Trace};
pub use transition::changes_since;
pub use waived::Waived;
pub use words::{Certainty, Expect, Interrupt, Level, Stage, Transport, Verdict};

/// The schema's name and major version.
pub const SCHEMA: &str = "portcheck.report/1";

/// The format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people.
    Table,
    /// `portcheck.report/1`.
    Json,
    /// A finding a line, as JSON.
    Ndjson,
    /// XML for the test tab of a CI system.
    Junit,
    /// For test harnesses.
    Tap,
    /// For code scanning.
    Sarif,
    /// For tickets and job summaries.
    Markdown,
    /// One page to be mailed.
    Html,
    /// For spreadsheets.
    Csv,
    /// For the textfile collector.
    Prometheus,
    /// One line for a monitoring system.
    Nagios,
    /// Annotations of a workflow run.
    Github,
}

impl Format {
    /// Every format, in the order of the contract.
    pub const ALL: [Self; 12] = [
        Self::Table,
        Self::Json,
        Self::Ndjson,
        Self::Junit,
        Self::Tap,
        Self::Sarif,
        Self::Markdown,
        Self::Html,
        Self::Csv,
        Self::Prometheus,
        Self::Nagios,
        Self::Github,
    ];

    /// The format that the name of a file speaks of: its extension, or the whole of it.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.extension().or(path.file_name())?.to_str()?;
        match name {
            "md" => Some(Self::Markdown),
            "htm" => Some(Self::Html),
            "xml" => Some(Self::Junit),
            "prom" => Some(Self::Prometheus),
            name => Self::ALL.into_iter().find(|format| format.word() == name),
        }
    }

    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Sarif => "sarif",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Prometheus => "prometheus",
            Self::Nagios => "nagios",
            Self::Github => "github",
        }
    }
}

/// How text for people is laid out. Of no effect on JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The columns of the terminal or page; below 60 lines may be longer than it.
    pub width: usize,
    /// Whether escape sequences for colour may be written.
    pub colour: bool,
    /// Whether marks and arrows may be other than ASCII.
    pub unicode: bool,
    /// Whether rows that say the same thing stay apart, and passes show what was seen.
    pub verbose: bool,
}

/// How many bytes are written at once.
const BUFFER: usize = 64 << 10;

/// Writes the report in a format. Ends with a line feed.
///
/// # Errors
/// What `out` says.
pub fn write(
    report: &Report,
    format: Format,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(BUFFER, out);
    write_buffered(report, format, style, &mut out)?;
    io::Write::flush(&mut out)
}

/// JSON is written in small pieces, which cost most where each is a call through a trait object.
fn write_buffered(
    report: &Report,
    format: Format,
    style: &Style,
    out: &mut io::BufWriter<&mut dyn io::Write>,
) -> io::Result<()> {
    let shown = || harmless(report);
    match format {
        Format::Json => json::write(report, out),
        Format::Ndjson => ndjson::write(report, out),
        Format::Table => io::Write::write_all(out, table::table(report, style).as_bytes()),
        Format::Junit => junit::write(&shown(), out),
        Format::Tap => tap::write(&shown(), out),
        Format::Sarif => sarif::write(&shown(), out),
        Format::Markdown => markdown::write(&shown(), out),
        Format::Html => html::write(&shown(), out),
        Format::Csv => csv::write(&shown(), out),
        Format::Prometheus => prometheus::write(&shown(), out),
        Format::Nagios => nagios::write(&shown(), out),
        Format::Github => github::write(&shown(), out),
    }
}

/// A run as reported. Fields may be added, never renamed or given another meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always `portcheck.report/1`.
    pub schema: String,
    /// The version of portcheck that wrote it.
    pub version: String,
    /// The name of the machine it ran on.
    pub host: String,
    /// When it started, RFC 3339 in UTC.
    pub started: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// The profiles; empty for `probe`.
    pub profiles: Vec<String>,
    /// The worst verdict of a mandatory check.
    pub verdict: Verdict,
    /// The exit code of the run.
    pub exit_code: u8,
    /// What cut the run short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<Interrupt>,
    /// What it comes to against an earlier run, if it was to be compared with one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// How many findings have each verdict.
    pub summary: Summary,
    /// What explains several findings at once, the one that explains most first.
    #[serde(default)]
    pub root_causes: Vec<RootCause>,
    /// Rules that a feature or a release switches off.
    #[serde(default)]
    pub off: Vec<Off>,
    /// The findings: catalog order, then host, then port.
    pub findings: Vec<Finding>,
}

/// How many findings have each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// As it must be.
    pub pass: usize,
    /// Works, and something should be looked at.
    pub warn: usize,
    /// Not as it must be.
    pub fail: usize,
    /// Could not be decided.
    pub inconclusive: usize,
    /// Not judged.
    pub skip: usize,
}

/// One cause behind several findings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RootCause {
    /// What `explained_by` of a finding refers to.
    pub id: String,
    /// The cause's code.
    pub cause: String,
    /// What is wrong.
    pub title: String,
    /// The title in parts; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub title_parts: Vec<Part>,
    /// What was seen.
    pub evidence: Vec<String>,
    /// The evidence as facts, one a line; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// What to do.
    pub remedy: String,
    /// What to do in parts; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedy_parts: Vec<Part>,
    /// How many findings it explains.
    pub explains: usize,
    /// The machines that saw it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// The hosts it is about, in the order of the findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// The ports it is about by transport, as pairs of first and last, ascending; a transport without
    /// ports has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub ports: BTreeMap<Transport, Vec<[u16; 2]>>,
    /// The rules it is about, in the order of the findings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<String>,
    /// The places of the findings it explains, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<usize>,
    /// How sure it is: as the least sure of them; absent in older reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certainty: Option<Certainty>,
    /// Whether it is proved that fewer statements do not explain as much; absent where the cause is
    /// one thing, whatever it explains.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fewest: Option<bool>,
}

/// A rule that is switched off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Off {
    /// The rule's id.
    pub rule: String,
    /// Why, with what would switch it on.
    pub reason: String,
}

/// A judged check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The rule's id; for `probe` the URI as typed.
    pub rule: String,
    /// The rule's catalog; null for `probe`.
    pub catalog: Option<String>,
    /// The heading it is shown under.
    #[serde(default)]
    pub section: String,
    /// The service, for people.
    pub service: String,
    /// Whether it gates.
    pub level: Level,
    /// The group that opens the connection; null for `probe`.
    pub from: Option<String>,
    /// The group that is reached; null for `probe`.
    pub to: Option<String>,
    /// What is reached.
    pub endpoint: Endpoint,
    /// What is spoken.
    pub protocol: String,
    /// What must be seen.
    pub expect: Expect,
    /// The alternatives it belongs to, of which one is enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any_of: Option<String>,
    /// What it comes to.
    pub verdict: Verdict,
    /// Whether it decides the exit code; what fails and does not has failed all the same. Absent
    /// in reports of earlier versions, where the level and the cause say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "bool")]
    pub gates: Option<bool>,
    /// Who answers for it, where the site waives what is not as it must be: then it does not gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
    /// The cause's code; null when nothing is wrong.
    pub cause: Option<String>,
    /// How sure that is.
    pub certainty: Certainty,
    /// How far the probe went.
    pub stage: Stage,
    /// The id of the root cause that explains it.
    pub explained_by: Option<String>,
    /// The proxy it went through, without credentials; absent where it went directly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// The address of the machine that its packets left from, of several addresses to the first;
    /// absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_address: Option<String>,
    /// Each address on its own.
    pub addresses: Vec<Address>,
    /// The routers on the way to its port that were heard, where that was looked at, nearest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Hop>,
    /// What was seen.
    pub evidence: Vec<String>,
    /// The evidence as facts, one a line; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<Fact>,
    /// What to do; null when there is nothing to do.
    pub remedy: Option<String>,
    /// What to do in parts; empty where they are not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remedy_parts: Vec<Part>,
    /// Where the rule comes from; absent for `probe`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// Its stages in time, in the order they began; empty where they were not timed apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<StageTime>,
    /// The certificates as the server sent them, its own first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chain: Vec<Certificate>,
    /// How long the check took, in milliseconds.
    #[serde(default)]
    pub elapsed_ms: u64,
}

/// What is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Endpoint {
    /// A name, an address, or for an unbound rule the group.
    pub host: String,
    /// The port; null for ICMP and ESP; absent for a range.
    #[serde(default, skip_serializing_if = "PortField::is_absent")]
    #[schemars(with = "Option<u16>")]
    pub port: PortField,
    /// The range and what became of it; absent for a single port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<PortsField>,
    /// What carries it.
    pub transport: Transport,
}

/// The `port` of an endpoint: a number, null, or not there at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<u16>", into = "Option<u16>")]
pub enum PortField {
    /// Not there: the endpoint has a range.
    #[default]
    Absent,
    /// Null: the transport has no ports.
    Null,
    /// A port.
    Port(u16),
}

impl PortField {
    /// Whether the field is left out.
    #[must_use]
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl From<Option<u16>> for PortField {
    fn from(port: Option<u16>) -> Self {
        port.map_or(Self::Null, Self::Port)
    }
}

impl From<PortField> for Option<u16> {
    fn from(field: PortField) -> Self {
        match field {
            PortField::Absent | PortField::Null => None,
            PortField::Port(port) => Some(port),
        }
    }
}

/// A range of ports and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PortsField {
    /// The lowest port.
    pub first: u16,
    /// The highest port.
    pub last: u16,
    /// How many were tried.
    pub checked: usize,
    /// Those that failed, as pairs of first and last, ascending.
    pub failed: Vec<[u16; 2]>,
}

/// One address of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Address {
    /// The address.
    pub address: String,
    /// The address of the machine that packets to it left from; absent where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_address: Option<String>,
    /// The port; null for ICMP, ESP and ranges.
    pub port: Option<u16>,
    /// What it comes to.
    pub verdict: Verdict,
    /// The cause's code; null when nothing is wrong.
    pub cause: Option<String>,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
}

/// A router on the way that sent a packet back because its time to live was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hop {
    /// How many hops away it is, from 1 on.
    pub hop: u8,
    /// An address of it; where the way forks, a hop has several.
    pub address: String,
    /// How long its fastest answer took, in microseconds here and in milliseconds in JSON.
    #[serde(rename = "rtt_ms", with = "thousandths")]
    #[schemars(with = "f64")]
    pub rtt_us: u32,
}

/// Microseconds as milliseconds with a fraction.
mod thousandths {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde asks for a reference"
    )]
    pub(super) fn serialize<S: Serializer>(micros: &u32, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_f64(f64::from(*micros) / 1_000.0)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        let millis = f64::deserialize(from)?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest number that there is"
        )]
        Ok((millis * 1_000.0).round() as u32)
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod worlds;
