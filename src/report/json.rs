//! The report as JSON: written, read back, and its schema.

use std::io;

use serde::Deserialize;

use super::{Report, SCHEMA};

/// What a schema's name has before its major version.
const SCHEMA_NAME: &str = "portcheck.report/";

/// Writes the report, indented, with a line feed at the end.
pub(super) fn write(report: &Report, mut out: impl io::Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, report)?;
    out.write_all(b"\n")
}

/// The JSON Schema of `portcheck.report/1`.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(Report);
    schema.insert("title".into(), SCHEMA.into());
    schema.to_value()
}

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// It is JSON that ends too early.
    #[error("it ends in the middle of a report")]
    Truncated,
    /// It is no JSON, or not of the report's shape.
    #[error("not a report: {0}")]
    Json(serde_json::Error),
    /// It is JSON of another kind.
    #[error("this is not a portcheck report")]
    Foreign,
    /// It is a report of this later major version.
    #[error("schema `{SCHEMA_NAME}{0}` is newer than this portcheck")]
    Newer(u64),
}

impl From<serde_json::Error> for ReadError {
    fn from(error: serde_json::Error) -> Self {
        if error.is_eof() {
            Self::Truncated
        } else {
            Self::Json(error)
        }
    }
}

/// What every version of a report has.
#[derive(Deserialize)]
struct Header {
    #[serde(default)]
    schema: serde_json::Value,
}

impl Report {
    /// Reads a report that was written as JSON. Fields that are not known are passed over.
    ///
    /// # Errors
    /// If the text is no report, or one of another schema. The schema has the first word: what
    /// another one has in its fields says nothing to the user.
    pub fn from_json(text: &str) -> Result<Self, ReadError> {
        if text.trim_ascii().is_empty() {
            return Err(ReadError::Empty);
        }
        let report = serde_json::from_str::<Self>(text);
        match report {
            Ok(report) if report.schema == SCHEMA => Ok(report),
            Ok(report) => Err(other(Some(&report.schema))),
            Err(error) => {
                let header: Header = serde_json::from_str(text)?;
                Err(match header.schema.as_str() {
                    Some(SCHEMA) => error.into(),
                    schema => other(schema),
                })
            }
        }
    }
}

/// Why a schema is not ours.
fn other(schema: Option<&str>) -> ReadError {
    schema
        .and_then(later_version)
        .map_or(ReadError::Foreign, ReadError::Newer)
}

/// The major version of a report's schema that is not known yet.
fn later_version(schema: &str) -> Option<u64> {
    let version = schema.strip_prefix(SCHEMA_NAME)?.parse().ok()?;
    (version > 1).then_some(version)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::report::{PortField, Verdict};

    /// The example of the outside contract, with a range, a portless and a `probe` row beside it.
    fn example() -> Value {
        let finding = json!({
            "rule": "thoughtspot.cluster.egnyte", "catalog": "thoughtspot", "service": "HTTPS",
            "level": "mandatory", "from": "nodes", "to": "vendor",
            "endpoint": {"host": "thoughtspot.egnyte.com", "port": 443, "transport": "tcp"},
            "protocol": "https", "expect": "service",
            "verdict": "fail", "cause": "tcp-no-reply", "certainty": "proven", "stage": "connect",
            "explained_by": null,
            "addresses": [{"address": "203.0.113.9", "port": 443, "verdict": "fail",
                           "cause": "tcp-no-reply", "elapsed_ms": 3001}],
            "evidence": ["no answer"], "remedy": "ask",
        });
        let mut range = finding.clone();
        range["endpoint"] = json!({"host": "10.0.0.7", "transport": "tcp",
            "ports": {"first": 20123, "last": 32768, "checked": 64, "failed": [[21000, 21010]]}});
        let mut portless = finding.clone();
        portless["endpoint"] = json!({"host": "10.0.0.7", "port": null, "transport": "icmp"});
        let mut probe = finding.clone();
        probe["rule"] = json!("tcp://10.0.0.7:22");
        probe["catalog"] = Value::Null;
        json!({
            "schema": "portcheck.report/1", "version": "0.1.0", "host": "node-1",
            "started": "2026-11-20T10:00:00Z", "elapsed_ms": 812, "profiles": ["thoughtspot-cluster"],
            "verdict": "fail", "exit_code": 1,
            "summary": {"pass": 70, "warn": 2, "fail": 1, "inconclusive": 3, "skip": 4},
            "findings": [finding, range, portless, probe],
        })
    }

    /// Whether `whole` says everything that `part` says.
    fn contains(whole: &Value, part: &Value) -> bool {
        match (whole, part) {
            (Value::Object(whole), Value::Object(part)) => part
                .iter()
                .all(|(key, part)| whole.get(key).is_some_and(|whole| contains(whole, part))),
            (Value::Array(whole), Value::Array(part)) => {
                whole.len() == part.len()
                    && whole
                        .iter()
                        .zip(part)
                        .all(|(whole, part)| contains(whole, part))
            }
            (whole, part) => whole == part,
        }
    }

    #[test]
    fn the_contracts_example_reads_and_writes_back() {
        let report = Report::from_json(&example().to_string()).unwrap();
        assert_eq!(report.verdict, Verdict::Fail);
        let mut written = Vec::new();
        write(&report, &mut written).unwrap();
        assert!(written.ends_with(b"}\n"));
        let text = String::from_utf8(written).unwrap();
        assert_eq!(Report::from_json(&text).unwrap(), report);
        let value: Value = serde_json::from_str(&text).unwrap();
        assert!(contains(&value, &example()), "{text}");
    }

    #[test]
    fn a_port_is_a_number_or_null_or_not_there() {
        let report = Report::from_json(&example().to_string()).unwrap();
        let ports: Vec<_> = report
            .findings
            .iter()
            .map(|finding| finding.endpoint.port)
            .collect();
        assert_eq!(
            ports,
            [
                PortField::Port(443),
                PortField::Absent,
                PortField::Null,
                PortField::Port(443)
            ]
        );
        let endpoint = |index: usize| {
            let value = serde_json::to_value(&report.findings[index].endpoint).unwrap();
            value.get("port").cloned()
        };
        assert_eq!(endpoint(0), Some(json!(443)));
        assert_eq!(endpoint(1), None);
        assert_eq!(endpoint(2), Some(Value::Null));
    }

    #[test]
    fn what_every_earlier_version_saved_still_reads() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reports");
        let versions = std::fs::read_dir(folder).unwrap();
        let versions = versions.map(|entry| entry.unwrap().path());
        let mut read = 0;
        for version in versions.filter(|path| path.is_dir()) {
            for report in std::fs::read_dir(version).unwrap() {
                let path = report.unwrap().path();
                let text = std::fs::read_to_string(&path).unwrap();
                let report = Report::from_json(&text);
                let report = report.unwrap_or_else(|why| panic!("{}: {why}", path.display()));
                assert!(!report.findings.is_empty());
                read += 1;
            }
        }
        assert!(read >= 4);
    }

    #[test]
    fn what_is_no_report_is_refused() {
        let refusal = |text: &str| Report::from_json(text).unwrap_err().to_string();
        assert_eq!(refusal(" \n"), "it is empty");
        assert_eq!(refusal("{"), "it ends in the middle of a report");
        assert!(refusal("{]").starts_with("not a report: "));
        assert!(refusal("7").starts_with("not a report: "));
        let foreign = [
            json!([]),
            json!({}),
            json!({"schema": 1}),
            json!({"schema": "portcheck.diff/1"}),
            json!({"schema": "portcheck.report/0"}),
            json!({"schema": "portcheck.report/\u{1b}[2J"}),
        ];
        for other in foreign {
            assert_eq!(
                refusal(&other.to_string()),
                "this is not a portcheck report",
                "{other}"
            );
        }
    }

    #[test]
    fn a_newer_schema_is_named_whatever_its_fields_are() {
        let newer = json!({"schema": "portcheck.report/2", "findings": "elsewhere"});
        assert_eq!(
            Report::from_json(&newer.to_string())
                .unwrap_err()
                .to_string(),
            "schema `portcheck.report/2` is newer than this portcheck"
        );
    }

    #[test]
    fn the_schema_lists_the_words_and_lets_a_port_be_absent() {
        let schema = json_schema();
        assert_eq!(schema["title"], "portcheck.report/1");
        let endpoint = &schema["$defs"]["Endpoint"];
        assert_eq!(endpoint["required"], json!(["host", "transport"]));
        assert_eq!(
            endpoint["properties"]["port"]["type"],
            json!(["integer", "null"])
        );
    }
}
