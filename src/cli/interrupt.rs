//! SIGINT and SIGTERM: the first ends the run with a report of what was seen, the second at once.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use signal_hook::{
    consts::{SIGINT, SIGTERM},
    flag::register_conditional_shutdown,
};
use tokio::signal::unix::{self, SignalKind};

/// What ended a run. The exit code is 128 and the signal's number. Source: POSIX, sh, "Exit Status
/// for Commands".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGINT, exit code 130.
    Interrupt,
    /// SIGTERM, exit code 143.
    Terminate,
}

/// The signals that end a run.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: unix::Signal,
    terminate: unix::Signal,
    at_once: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from now on; until then a signal ends the process as it always does.
    /// Needs a tokio runtime around it.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub(crate) fn listen() -> io::Result<Self> {
        let at_once = Arc::new(AtomicBool::new(false));
        register_conditional_shutdown(SIGINT, 130, Arc::clone(&at_once))?;
        register_conditional_shutdown(SIGTERM, 143, Arc::clone(&at_once))?;
        Ok(Self {
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
            at_once,
        })
    }

    /// The first signal that arrives; the next one ends the process.
    pub(crate) async fn first(&mut self) -> Signal {
        let signal = tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        };
        self.end_at_once();
        signal
    }

    /// From now on nobody waits for signals: the next one ends the process.
    pub(crate) fn end_at_once(&self) {
        self.at_once.store(true, Ordering::SeqCst);
    }
}
