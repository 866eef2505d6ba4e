//! SARIF 2.1.0, for code scanning: the location is the rule's line in its catalog.
//!
//! Results are what somebody should look at; what was not configured is a notification. What passed
//! is left out: most viewers show every result as an alert.
//! Source: OASIS, Static Analysis Results Interchange Format (SARIF) Version 2.1.0.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::{self, Write},
};

use serde::{Serialize, Serializer};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Finding, Level, Report, Source, Verdict, Waived};
use crate::catalog::embedded::is_built_in;

mod schema;

use schema::{
    ArtifactLocation, Configuration, Driver, Invocation, Location, Log, LogicalLocation, Message,
    Notification, PhysicalLocation, Region, ResultProperties, Rule, Run, RunProperties,
    SarifResult, Suppression, Tool,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

/// Writes a log of one run.
pub(super) fn write(report: &Report, out: &mut impl Write) -> io::Result<()> {
    let (rules, places) = rules(report);
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "portcheck",
                    version: &report.version,
                    information_uri: HOME,
                    rules,
                },
            },
            invocations: [invocation(report)],
            results: Results::new(report, places),
            column_kind: "unicodeCodePoints",
            properties: RunProperties {
                profiles: &report.profiles,
                verdict: report.verdict.word(),
                summary: report.summary,
            },
        }],
    };
    write_pretty(&log, out)
}

/// The results, made one at a time: of ten thousand there is never more than one.
struct Results<'a> {
    report: &'a Report,
    places: HashMap<&'a str, usize>,
    titles: HashMap<&'a str, &'a str>,
}

impl<'a> Results<'a> {
    fn new(report: &'a Report, places: HashMap<&'a str, usize>) -> Self {
        let titles = report
            .root_causes
            .iter()
            .map(|root| (root.id.as_str(), root.title.as_str()))
            .collect();
        Self {
            report,
            places,
            titles,
        }
    }

    fn result(&self, finding: &'a Finding) -> SarifResult<'a> {
        let place = self.places.get(finding.rule.as_str()).copied();
        let root = finding.explained_by.as_deref();
        let title = root.and_then(|id| self.titles.get(id)).copied();
        result(finding, place, title)
    }
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let findings = self.report.findings.iter();
        let problems = findings.filter(|finding| finding.is_shown_first());
        serializer.collect_seq(problems.map(|finding| self.result(finding)))
    }
}

fn write_pretty(value: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Every rule once, and its place.
fn rules(report: &Report) -> (Vec<Rule<'_>>, HashMap<&str, usize>) {
    let mut rules = Vec::new();
    let mut places = HashMap::new();
    for finding in &report.findings {
        places.entry(finding.rule.as_str()).or_insert_with(|| {
            rules.push(rule(finding));
            rules.len() - 1
        });
    }
    (rules, places)
}

fn rule(finding: &Finding) -> Rule<'_> {
    let service = if finding.service.is_empty() {
        &finding.rule
    } else {
        &finding.service
    };
    Rule {
        id: &finding.rule,
        short_description: message(service.clone()),
        help_uri: finding
            .source
            .as_ref()
            .and_then(|source| source.url.as_deref())
            .filter(|url| is_web(url)),
        default_configuration: Configuration {
            level: if finding.level == Level::Mandatory {
                "error"
            } else {
                "warning"
            },
        },
    }
}

fn is_web(url: &str) -> bool {
    url.starts_with("https://") || url.starts_with("http://")
}

fn result<'a>(finding: &'a Finding, place: Option<usize>, root: Option<&str>) -> SarifResult<'a> {
    let (kind, level) = match (finding.verdict, finding.gates()) {
        (Verdict::Fail | Verdict::Skip, true) => ("fail", "error"),
        (Verdict::Fail, false) | (Verdict::Warn, _) => ("fail", "warning"),
        (Verdict::Inconclusive, _) => ("open", "none"),
        (Verdict::Pass, _) | (Verdict::Skip, false) => ("pass", "none"),
    };
    let mut text = format!("{}: {}", finding.endpoint, finding.headline());
    if let Some(root) = root {
        text.push_str("\nroot cause: ");
        text.push_str(root);
    }
    let story = finding.story();
    if !story.is_empty() {
        text.push('\n');
        text.push_str(&story);
    }
    SarifResult {
        rule_id: &finding.rule,
        rule_index: place,
        kind,
        level,
        message: message(text),
        locations: [location(finding)],
        partial_fingerprints: [("portcheck/v1", finding.title().into_owned())].into(),
        suppressions: finding.waived.iter().map(suppression).collect(),
        properties: ResultProperties {
            cause: finding.cause.as_deref(),
            certainty: finding.certainty.word(),
            stage: finding.stage.word(),
            explained_by: finding.explained_by.as_deref(),
        },
    }
}

/// A waiver stands in the site file, not in the code that is scanned. Source: SARIF §3.35.2.
fn suppression(waived: &Waived) -> Suppression {
    Suppression {
        kind: "external",
        justification: waived.to_string(),
    }
}

fn location(finding: &Finding) -> Location {
    Location {
        physical_location: finding.source.as_ref().and_then(physical_location),
        logical_locations: [LogicalLocation {
            fully_qualified_name: finding.endpoint.to_string(),
            kind: "resource",
        }],
    }
}

/// The rule's line in the user's own catalog; of one that is built in the vendor's page.
fn physical_location(source: &Source) -> Option<PhysicalLocation> {
    let (uri, start_line) = if is_built_in(&source.file) {
        (source.url.clone()?, 1)
    } else {
        (file_uri(&source.file), source.line.max(1))
    };
    Some(PhysicalLocation {
        artifact_location: ArtifactLocation { uri },
        region: Region { start_line },
    })
}

/// The file as a URI reference. Source: RFC 3986 §2.3, §4.2; RFC 8089 for an absolute one.
fn file_uri(file: &str) -> String {
    let mut uri = String::from(if file.starts_with('/') { "file://" } else { "" });
    for byte in file.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

fn invocation(report: &Report) -> Invocation<'_> {
    let started = OffsetDateTime::parse(&report.started, &Rfc3339).ok();
    let elapsed = Duration::milliseconds(i64::try_from(report.elapsed_ms).unwrap_or(i64::MAX));
    let ended = started.and_then(|started| started.checked_add(elapsed));
    let moment = |moment: Option<OffsetDateTime>| moment.and_then(|it| it.format(&Rfc3339).ok());
    Invocation {
        execution_successful: report.interrupted.is_none(),
        exit_code: report.exit_code,
        start_time_utc: moment(started),
        end_time_utc: moment(ended),
        machine: &report.host,
        tool_execution_notifications: report
            .interrupted
            .iter()
            .map(|interrupt| Notification {
                level: "error",
                message: message(format!("cut short by {}", interrupt.word())),
            })
            .collect(),
        tool_configuration_notifications: report.findings.iter().filter_map(not_judged).collect(),
    }
}

/// What nobody configured, or another machine has to check.
fn not_judged(finding: &Finding) -> Option<Notification> {
    (finding.verdict == Verdict::Skip).then(|| Notification {
        level: if finding.gates() { "warning" } else { "note" },
        message: message(format!(
            "{}: {}\n{}",
            finding.title(),
            finding.headline(),
            finding.story()
        )),
    })
}

/// A message in which nothing is a placeholder or a link. Source: SARIF §3.11.5, §3.11.6.
fn message(text: String) -> Message {
    if !text.contains(['{', '}', ']']) {
        return Message { text };
    }
    let text = text
        .replace('{', "{{")
        .replace('}', "}}")
        .replace("](", "] (");
    Message { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_a_uri_reference() {
        assert_eq!(file_uri("catalogs/demo.yaml"), "catalogs/demo.yaml");
        assert_eq!(file_uri("my catalogs/a:b.yaml"), "my%20catalogs/a%3Ab.yaml");
        assert_eq!(file_uri("/etc/é.yaml"), "file:///etc/%C3%A9.yaml");
    }

    #[test]
    fn nothing_in_a_message_is_a_placeholder_or_a_link() {
        assert_eq!(message("{0} [x](y)".to_owned()).text, "{{0}} [x] (y)");
    }
}
