//! What a run is measured by, and whether it is run again.

use std::{ops::RangeInclusive, time::Duration};

use super::{
    arguments::GateFlags,
    command::{Output, Reader},
    failure::{Failure, Fault},
    inputs,
};
use crate::report::{Format, Report};

/// A run a second is watching; more is load.
const PERIODS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_hours(24);

/// What a run is measured by, and whether it is run again.
#[derive(Debug)]
pub(crate) struct Gate {
    /// The earlier run that it must not be worse than.
    pub(crate) baseline: Option<Report>,
    /// Whether and how it is run again.
    pub(crate) watch: Option<Watch>,
}

/// How a run is run again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watch {
    /// From the start of one run to that of the next.
    pub(crate) every: Duration,
    /// Whether the first one that passes is the last.
    pub(crate) until_pass: bool,
}

impl Gate {
    /// What the flags mean for a run with that output.
    ///
    /// # Errors
    /// A baseline that is no report; flags that do not go together, all of them.
    pub(crate) fn read(flags: &GateFlags, output: &Output) -> Result<Self, Failure> {
        let mut reader = Reader::default();
        let watch = reader.watch(flags, output.shown.format);
        if flags.baseline.is_some() && output.shown.format == Format::Nagios {
            reader.fault(Fault::new(
                "`--baseline` cannot be used with `--format nagios`, whose exit code is the state",
            ));
        }
        let watch = reader.finish(watch)?;
        let baseline = flags.baseline.as_deref();
        let baseline = baseline.map(inputs::report).transpose()?;
        Ok(Self { baseline, watch })
    }
}

impl Reader {
    fn watch(&mut self, flags: &GateFlags, format: Format) -> Option<Watch> {
        let every = self.duration("--every", &flags.every, PERIODS);
        if flags.watch && !matches!(format, Format::Table | Format::Ndjson) {
            let message = format!(
                "`--watch` prints `table` or `ndjson`, got `--format {}`",
                format.word()
            );
            let help = format!(
                "`--output {}=FILE` writes that file anew with every run",
                format.word()
            );
            self.fault(Fault::new(message).help(help));
        }
        flags.watch.then_some(Watch {
            every,
            until_pass: flags.until_pass,
        })
    }
}
