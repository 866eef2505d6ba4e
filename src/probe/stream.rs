//! Drives a dialog over a stream: what it may read, and for how long, is bounded here.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, timeout, timeout_at},
};

use crate::protocol::{Dialog, End, Reply, Step};

/// How much is read at a time, in bytes.
const CHUNK: usize = 4096;

/// How long a farewell may take: it is a courtesy, and nobody waits for it.
const FAREWELL: Duration = Duration::from_millis(200);

/// Where a dialog ended.
#[derive(Debug)]
pub(crate) enum Said {
    /// It is decided, or nothing more will come.
    Done {
        /// What was learned.
        reply: Reply,
        /// The error that ended the stream, if one did.
        failure: Option<io::Error>,
    },
    /// TLS is to be started on the stream.
    StartTls,
}

/// A dialog that ended, and how slow the other side was.
#[derive(Debug)]
pub(crate) struct Talked {
    pub(crate) said: Said,
    /// The longest that an answer took, from the question to its end; zero if there was none.
    pub(crate) waited: Duration,
}

/// How long a dialog may take, and whether it has heard anything.
#[derive(Debug)]
pub(crate) struct Patience {
    deadline: Instant,
    heard: AtomicBool,
}

impl Patience {
    /// It has heard nothing yet.
    pub(crate) const fn until(deadline: Instant) -> Self {
        Self {
            deadline,
            heard: AtomicBool::new(false),
        }
    }

    /// When it ends.
    pub(crate) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Whether a byte has come.
    pub(crate) fn has_heard(&self) -> bool {
        self.heard.load(Ordering::Relaxed)
    }
}

/// Does what `step` says, and goes on with what comes until the dialog is decided or its time is up.
pub(crate) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    dialog: &mut dyn Dialog,
    mut step: Step,
    patience: &Patience,
) -> Talked {
    let mut waited = Duration::ZERO;
    let mut asked = Instant::now();
    loop {
        let turn = turn(stream, dialog, step, patience).await;
        if patience.has_heard() {
            waited = waited.max(asked.elapsed());
        }
        match turn {
            Ok(next) => step = next,
            Err(said) => return Talked { said, waited },
        }
        asked = Instant::now();
    }
}

/// One question, and all that comes until there is another one or it is over.
async fn turn<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    dialog: &mut dyn Dialog,
    step: Step,
    patience: &Patience,
) -> Result<Step, Said> {
    let deadline = patience.deadline;
    match step {
        Step::Send(bytes) => {
            if !send(stream, &bytes, deadline).await {
                return Err(ended(dialog, End::Silence));
            }
        }
        Step::NeedMore => {}
        Step::StartTls => return Err(Said::StartTls),
        Step::Done(reply) => {
            part(stream, dialog.farewell()).await;
            return Err(Said::Done {
                reply,
                failure: None,
            });
        }
    }
    let mut buffer = vec![0; CHUNK];
    loop {
        match timeout_at(deadline, stream.read(&mut buffer)).await {
            Err(_) => return Err(ended(dialog, End::Silence)),
            Ok(Ok(0)) => return Err(ended(dialog, End::Closed)),
            Ok(Ok(length)) => {
                patience.heard.store(true, Ordering::Relaxed);
                match dialog.receive(&buffer[..length]) {
                    Step::NeedMore => {}
                    next @ (Step::Send(_) | Step::StartTls | Step::Done(_)) => return Ok(next),
                }
            }
            Ok(Err(error)) => return Err(failed(dialog, error)),
        }
    }
}

/// Sends all of it; `false` if time ran out. Another error shows when reading, after what the other
/// side may still have said.
async fn send<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8], deadline: Instant) -> bool {
    let sending = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    timeout_at(deadline, sending).await.is_ok()
}

/// Says goodbye, where that takes no time.
async fn part<S: AsyncWrite + Unpin>(stream: &mut S, farewell: &[u8]) {
    let parting = async {
        stream.write_all(farewell).await?;
        stream.shutdown().await
    };
    let _ = timeout(FAREWELL, parting).await;
}

fn ended(dialog: &mut dyn Dialog, end: End) -> Said {
    Said::Done {
        reply: dialog.end(end),
        failure: None,
    }
}

fn failed(dialog: &mut dyn Dialog, error: io::Error) -> Said {
    Said::Done {
        reply: dialog.end(end_of(&error)),
        failure: Some(error),
    }
}

/// How a stream ended that ended with an error.
pub(crate) fn end_of(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => End::Reset,
        _ => End::Closed,
    }
}
