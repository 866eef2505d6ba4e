//! The signals that end a run: the first one with a report of what was seen, the second at once.

use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::select_all;
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    flag::{register, register_conditional_shutdown},
};
use tokio::signal::unix::{self, SignalKind};

/// What ended a run. The exit code is 128 and the signal's number. Source: POSIX, sh, "Exit Status
/// for Commands".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGHUP: the terminal is gone, an SSH session that dropped. Exit code 129.
    HangUp,
    /// SIGINT, exit code 130.
    Interrupt,
    /// SIGQUIT, exit code 131.
    Quit,
    /// SIGTERM, exit code 143.
    Terminate,
}

impl Signal {
    const ALL: [Self; 4] = [Self::HangUp, Self::Interrupt, Self::Quit, Self::Terminate];

    const fn number(self) -> i32 {
        match self {
            Self::HangUp => SIGHUP,
            Self::Interrupt => SIGINT,
            Self::Quit => SIGQUIT,
            Self::Terminate => SIGTERM,
        }
    }

    /// Whether whoever started us wants it to be passed over: `nohup` a hangup, a shell Ctrl-\ in
    /// the background.
    fn is_unwanted(self, ignored: u64) -> bool {
        match self {
            Self::HangUp | Self::Quit => ignored & (1 << (self.number() - 1)) != 0,
            // Who starts a run in the background may still end it by name.
            Self::Interrupt | Self::Terminate => false,
        }
    }
}

/// The signals that end a run.
#[derive(Debug)]
pub(crate) struct Signals {
    heard: Vec<Heard>,
    at_once: Arc<AtomicBool>,
}

#[derive(Debug)]
struct Heard {
    signal: Signal,
    arrivals: unix::Signal,
}

impl Signals {
    /// Listens from now on; until then a signal ends the process as it always does.
    /// Needs a tokio runtime around it.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub(crate) fn listen() -> io::Result<Self> {
        let at_once = Arc::new(AtomicBool::new(false));
        let ignored = ignored();
        let mut heard = Vec::new();
        let wanted = Signal::ALL
            .into_iter()
            .filter(|signal| !signal.is_unwanted(ignored));
        for signal in wanted {
            let number = signal.number();
            // In this order: a signal ends the process if one came before it, and else is that one.
            // It does not take the runtime, which may be what hangs.
            register_conditional_shutdown(number, 128 + number, Arc::clone(&at_once))?;
            register(number, Arc::clone(&at_once))?;
            let arrivals = unix::signal(SignalKind::from_raw(number))?;
            heard.push(Heard { signal, arrivals });
        }
        Ok(Self { heard, at_once })
    }

    /// The first signal that arrives; the next one ends the process.
    pub(crate) async fn first(&mut self) -> Signal {
        let arrivals = self.heard.iter_mut().map(|heard| {
            Box::pin(async {
                heard.arrivals.recv().await;
                heard.signal
            })
        });
        select_all(arrivals).await.0
    }

    /// From now on nobody waits for signals: the next one ends the process.
    pub(crate) fn end_at_once(&self) {
        self.at_once.store(true, Ordering::SeqCst);
    }
}

/// The signals that were ignored when the process began, a bit each; none where nobody tells.
/// Source: proc(5), `SigIgn` of `/proc/pid/status`.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mut lines = status.lines();
    let mask = lines.find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}
