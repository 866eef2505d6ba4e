//! CSV, a row a finding, for spreadsheets. Source: RFC 4180.

use std::io::{self, Write};

use super::{Finding, Report, harmless};

const COLUMNS: [&str; 23] = [
    "machine",
    "started",
    "rule",
    "catalog",
    "section",
    "service",
    "level",
    "from",
    "to",
    "host",
    "port",
    "transport",
    "protocol",
    "expect",
    "verdict",
    "cause",
    "certainty",
    "stage",
    "explained_by",
    "addresses",
    "evidence",
    "remedy",
    "elapsed_ms",
];

/// Writes a heading and a row a finding. Several values of one cell are separated by `; `.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    row(&COLUMNS, out)?;
    rows(report, out)
}

/// The same for several reports, under one heading.
pub(crate) fn write_all(reports: &[Report], out: &mut dyn Write) -> io::Result<()> {
    row(&COLUMNS, out)?;
    reports
        .iter()
        .try_for_each(|report| rows(&harmless(report), out))
}

fn rows(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut findings = report.findings.iter();
    findings.try_for_each(|finding| finding_row(report, finding, out))
}

fn finding_row(report: &Report, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let addresses: Vec<&str> = finding
        .addresses
        .iter()
        .map(|address| address.address.as_str())
        .collect();
    row(
        &[
            &report.host,
            &report.started,
            &finding.rule,
            &text(&finding.catalog),
            &finding.section,
            &finding.service,
            finding.level.word(),
            &text(&finding.from),
            &text(&finding.to),
            &finding.endpoint.host,
            &finding.endpoint.ports_text().unwrap_or_default(),
            finding.endpoint.transport.word(),
            &finding.protocol,
            finding.expect.word(),
            finding.verdict.word(),
            &text(&finding.cause),
            finding.certainty.word(),
            finding.stage.word(),
            &text(&finding.explained_by),
            &addresses.join("; "),
            &evidence(finding),
            &text(&finding.remedy),
            &finding.elapsed_ms.to_string(),
        ],
        out,
    )
}

fn evidence(finding: &Finding) -> String {
    let mut evidence = finding.evidence.clone();
    evidence.extend(finding.waived.iter().map(ToString::to_string));
    let failed = finding.endpoint.failed_text();
    if !failed.is_empty() {
        evidence.push(format!("failed ports: {failed}"));
    }
    evidence.join("; ")
}

pub(crate) fn row(cells: &[&str], out: &mut dyn Write) -> io::Result<()> {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        write_cell(cell, out)?;
    }
    out.write_all(b"\r\n")
}

/// A cell, quoted where it must be. One that a spreadsheet would take for a formula gets a leading
/// apostrophe. Source: OWASP, CSV injection.
fn write_cell(cell: &str, out: &mut dyn Write) -> io::Result<()> {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !formula && !cell.contains(['"', ',', '\r', '\n']) {
        return out.write_all(cell.as_bytes());
    }
    let guard = if formula { "'" } else { "" };
    write!(out, "\"{guard}{}\"", cell.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_is_no_formula() {
        let mut out = Vec::new();
        row(&["a b", "a,b", "a\"b", "=1+1", "@x", ""], &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "a b,\"a,b\",\"a\"\"b\",\"'=1+1\",\"'@x\",\r\n"
        );
    }
}
