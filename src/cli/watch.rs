//! A run that is run again: redrawn in place on a terminal, what changed as lines in a pipe.

use std::io::{self, IsTerminal as _};

use tokio::time::Instant;

use super::{
    failure::{Failure, Fault},
    gate::Watch,
    job::{Job, Runner},
    outlets::{self, Outlets},
    sink,
    terminal::{self, Terminal},
};
use crate::report::{Format, Interrupt, Redactor, Report, changes_since, write, write_ndjson_line};

/// Runs the job until a signal ends it, or until it passes if that is wanted.
///
/// # Errors
/// Options that cannot be used; a file or a stdout that takes no more.
pub(crate) fn watch(
    job: &Job,
    watch: Watch,
    mut redactor: Option<Redactor>,
) -> Result<u8, Failure> {
    let mut prober = job.prober()?;
    let mut runner = Runner::start()?;
    let mut screen = Screen::new(job, watch);
    let mut last: Option<Report> = None;
    let code = loop {
        let outlets = Outlets::open(&job.output)?;
        let began = Instant::now();
        let mut report = job.report(&mut runner, &prober, &mut |_| ());
        let signal = report.interrupted.filter(|cut| *cut != Interrupt::Deadline);
        if signal.is_some() && last.is_some() {
            break report.exit_code;
        }
        if let Some(redactor) = &mut redactor {
            report = redactor.report(report);
        }
        screen.show(last.as_ref(), &report).map_err(Failure::Own)?;
        outlets.write_files(&report).map_err(Failure::Own)?;
        if signal.is_some() || (watch.until_pass && report.exit_code == 0) {
            break report.exit_code;
        }
        if let Some(signal) = runner.pause(watch.every.saturating_sub(began.elapsed())) {
            break signal.exit_code();
        }
        last = Some(report);
        // Names are looked up once a prober.
        prober = job.prober()?;
    };
    runner.end();
    Ok(code)
}

/// Where the runs are shown.
struct Screen {
    format: Format,
    verbose: bool,
    redraws: bool,
    every: std::time::Duration,
    runs: usize,
}

impl Screen {
    fn new(job: &Job, watch: Watch) -> Self {
        let shown = job.output.shown;
        Self {
            format: shown.format,
            verbose: shown.verbose,
            redraws: shown.format == Format::Table && io::stdout().is_terminal(),
            every: watch.every,
            runs: 0,
        }
    }

    fn show(&mut self, last: Option<&Report>, report: &Report) -> Result<(), Fault> {
        self.runs += 1;
        let bytes = if self.redraws {
            self.frame(report)
                .map_err(|error| outlets::unmade(&error))?
        } else if self.format == Format::Ndjson {
            let mut bytes = Vec::new();
            for index in changes_since(last, report) {
                write_ndjson_line(&report.findings[index], &mut bytes)
                    .map_err(|error| outlets::unmade(&error))?;
            }
            bytes
        } else {
            report.transitions(last).into_bytes()
        };
        sink::print(&bytes)
    }

    /// The table over what was drawn before; what does not fit is left out before the verdict.
    fn frame(&self, report: &Report) -> io::Result<Vec<u8>> {
        let style = outlets::style(Terminal::stdout(), self.verbose);
        let mut table = Vec::new();
        write(report, Format::Table, &style, &mut table)?;
        let table = String::from_utf8_lossy(&table);
        let every = crate::text::duration(self.every);
        let footer = format!(
            "run {} began {}, one every {every}; ctrl-c ends",
            self.runs, report.started
        );
        let start = if self.runs == 1 {
            "\x1b[2J\x1b[H"
        } else {
            "\x1b[H"
        };
        let lines = fitting(&table, terminal::height());
        let mut frame = String::from(start);
        for line in lines.iter().map(String::as_str).chain(["", &footer]) {
            frame.push_str(line);
            frame.push_str("\x1b[K\n");
        }
        frame.push_str("\x1b[J");
        Ok(frame.into_bytes())
    }
}

/// The lines that fit with a footer under them: the first ones, and the last, which is the verdict.
fn fitting(table: &str, height: usize) -> Vec<String> {
    // An empty line, the footer, and the line where the cursor stays.
    const BELOW: usize = 3;
    let lines: Vec<&str> = table.lines().collect();
    let room = height.saturating_sub(BELOW).max(3);
    if lines.len() <= room {
        return lines.into_iter().map(str::to_owned).collect();
    }
    let (head, tail) = (room - 2, lines.len() - 1);
    let left = format!("[{} more lines]", tail - head);
    let shown = lines[..head].iter().map(|line| (*line).to_owned());
    shown.chain([left, lines[tail].to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_gives_way_to_the_verdict() {
        let table = "1\n2\n3\n4\n5\nPASS\n";
        assert_eq!(fitting(table, 9), ["1", "2", "3", "4", "5", "PASS"]);
        assert_eq!(fitting(table, 8), ["1", "2", "3", "[2 more lines]", "PASS"]);
        assert_eq!(fitting(table, 0), ["1", "[4 more lines]", "PASS"]);
    }
}
