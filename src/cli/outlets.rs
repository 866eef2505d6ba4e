//! Where a report goes: stdout, and the files of `--output`.

use super::{
    command::{FileTarget, Output, Shown},
    failure::{Failure, Fault},
    sink::{self, FileSink},
    terminal::Terminal,
};
use crate::report::{self, Format, Report, Style};

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

    /// Writes the report to every place, the files first: they do not wait for a reader.
    ///
    /// # Errors
    /// The first place that took no more; the others have the report.
    pub(crate) fn write(self, report: &Report) -> Result<(), Failure> {
        let style = style(Terminal::file(), self.shown.verbose);
        let mut failed: Option<Fault> = None;
        for (sink, format) in self.files {
            let written = render(report, format, &style).and_then(|bytes| sink.commit(&bytes));
            failed = failed.or(written.err());
        }
        let printed = print(report, self.shown);
        failed
            .or(printed.err())
            .map_or(Ok(()), |fault| Err(Failure::Own(fault)))
    }
}

/// Prints the report to stdout.
///
/// # Errors
/// When stdout takes no more.
pub(crate) fn print(report: &Report, shown: Shown) -> Result<(), Fault> {
    let style = style(Terminal::stdout(), shown.verbose);
    sink::print(&render(report, shown.format, &style)?)
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
    report::write(report, format, style, &mut bytes)
        .map_err(|error| Fault::new(format!("cannot make the report: {error}")))?;
    Ok(bytes)
}
