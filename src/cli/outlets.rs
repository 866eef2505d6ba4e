//! Where a report goes: stdout, and the files of `--output`.

use std::{
    env, io,
    path::{Path, PathBuf},
};

use super::{
    command::{FileTarget, Output, Shown},
    failure::{Failure, Fault},
    sink::{self, FileSink},
    terminal::Terminal,
};
use crate::{
    matrix,
    report::{self, Format, Report, Style},
};

/// Stdout and the files, open before the first packet is sent.
#[derive(Debug)]
pub(crate) struct Outlets {
    shown: Shown,
    files: Vec<(FileSink, Format)>,
}

impl Outlets {
    /// Opens every file.
    ///
    /// # Errors
    /// Every file that cannot be written.
    pub(crate) fn open(output: &Output) -> Result<Self, Failure> {
        let mut files = Vec::new();
        let mut faults = Vec::new();
        for FileTarget { format, path } in &output.files {
            match FileSink::open(path) {
                Ok(sink) => files.push((sink, *format)),
                Err(fault) => faults.push(fault),
            }
        }
        if faults.is_empty() {
            Ok(Self {
                shown: output.shown,
                files,
            })
        } else {
            Err(Failure::Input(faults))
        }
    }

    /// Writes the report to every file.
    ///
    /// # Errors
    /// The first one that took no more; the others have the report.
    pub(crate) fn write_files(self, report: &Report) -> Result<(), Fault> {
        let style = style(Terminal::file(), self.shown.verbose);
        let mut failed: Option<Fault> = None;
        for (sink, format) in self.files {
            let written = render(report, format, &style).and_then(|bytes| sink.commit(&bytes));
            failed = failed.or(written.err());
        }
        failed.map_or(Ok(()), Err)
    }
}

/// Prints the report to stdout; GitHub's annotations have the job's summary beside them.
///
/// # Errors
/// When stdout or the summary takes no more; the other has the report.
pub(crate) fn print(report: &Report, shown: Shown) -> Result<(), Fault> {
    let summarized = match job_summary().filter(|_| shown.format == Format::Github) {
        Some(path) => summarize(report, &path),
        None => Ok(()),
    };
    let style = style(Terminal::stdout(), shown.verbose);
    let printed = render(report, shown.format, &style).and_then(|bytes| sink::print(&bytes));
    summarized.and(printed)
}

/// The file that GitHub shows as the job's summary; an empty name counts as none.
/// Source: GitHub Docs, "Workflow commands for GitHub Actions", "Adding a job summary".
fn job_summary() -> Option<PathBuf> {
    env::var_os("GITHUB_STEP_SUMMARY")
        .filter(|name| !name.is_empty())
        .map(PathBuf::from)
}

/// Appends the report to a file, as Markdown.
fn summarize(report: &Report, path: &Path) -> Result<(), Fault> {
    let style = style(Terminal::file(), false);
    sink::append(path, &render(report, Format::Markdown, &style)?)
}

/// How text is laid out there.
pub(crate) const fn style(terminal: Terminal, verbose: bool) -> Style {
    Style {
        width: terminal.width,
        colour: terminal.colour,
        unicode: terminal.unicode,
        verbose,
    }
}

fn render(report: &Report, format: Format, style: &Style) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    report::write(report, format, style, &mut bytes).map_err(|error| unmade(&error))?;
    Ok(bytes)
}

/// The format of a matrix.
///
/// # Errors
/// One that only a single report has.
pub(crate) fn matrix_format(flag: &'static str, format: Format) -> Result<matrix::Format, Fault> {
    match format {
        Format::Table => Ok(matrix::Format::Table),
        Format::Json => Ok(matrix::Format::Json),
        Format::Markdown => Ok(matrix::Format::Markdown),
        Format::Html => Ok(matrix::Format::Html),
        Format::Csv => Ok(matrix::Format::Csv),
        Format::Ndjson
        | Format::Junit
        | Format::Tap
        | Format::Sarif
        | Format::Prometheus
        | Format::Nagios
        | Format::Github => {
            let message = format!(
                "`{flag}`: got `{}`, expected `table`, `json`, `markdown`, `html` or `csv`: \
                 several reports are one matrix",
                format.word()
            );
            Err(Fault::new(message))
        }
    }
}

/// A report that cannot even be made in memory.
pub(crate) fn unmade(error: &io::Error) -> Fault {
    Fault::new(format!("cannot make the report: {error}"))
}
