//! NDJSON: a finding a line, each a finding of `portcheck.report/1`.

use std::io::{self, Write};

use super::{Finding, Report};

/// Writes every finding, a line each.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    report
        .findings
        .iter()
        .try_for_each(|finding| write_line(finding, out))
}

/// Writes one finding as a line, so that a run can show it as it is decided.
///
/// # Errors
/// What `out` says.
pub fn write_line(finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, finding)?;
    out.write_all(b"\n")
}
