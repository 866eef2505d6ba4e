//! A run that is run once.

use super::{
    failure::Failure,
    hint,
    job::{Job, Runner},
    outlets::{self, Outlets},
    progress::Progress,
    stream::Stream,
};
use crate::report::{self, Format, Redactor};

/// Sends the job's probes, judges what they saw and reports it; the exit code is the verdict, in
/// the words of whom the format is for.
///
/// # Errors
/// Options that cannot be used, before the first packet; files or a stdout that take no more.
pub(crate) fn once(job: &Job, mut redactor: Option<Redactor>) -> Result<u8, Failure> {
    let prober = job.prober()?;
    let outlets = Outlets::open(&job.output)?;
    hint::of_files(&job.output);
    let mut runner = Runner::start()?;
    let shown = job.output.shown;
    let mut stream =
        (shown.format == Format::Ndjson).then(|| Stream::start(job, redactor.as_mut()));
    let progress = Progress::start(job.plan.probes.len(), job.output.quiet);
    let mut report = job.report(&mut runner, &prober, &mut |done| {
        progress.step();
        if let Some(stream) = &mut stream {
            stream.learn(done, redactor.as_mut());
        }
    });
    drop(progress);
    runner.end();
    if let Some(redactor) = &mut redactor {
        report = redactor.report(report);
    }
    // The files first: they do not wait for a reader.
    let written = outlets.write_files(&report);
    let printed = match stream {
        Some(stream) => stream.finish(&report),
        None => outlets::print(&report, shown),
    };
    written.and(printed).map_err(Failure::Own)?;
    Ok(if shown.format == Format::Nagios {
        report::nagios_exit_code(&report)
    } else {
        report.exit_code
    })
}
