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
    let mut at_end = End::Closed;
    match step {
        Step::Send(bytes) => match send(stream, &bytes, deadline).await {
            Ok(()) => {}
            Err(End::Silence) => return Err(ended(dialog, End::Silence)),
            Err(end @ (End::Closed | End::Reset | End::TooLong)) => at_end = end,
        },
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
            Ok(Ok(0)) => return Err(ended(dialog, at_end)),
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

/// Sends all of it. Where that fails, what the other side may still have said is there to be read, and
/// at its end stands what is returned here: the kernel tells a socket's error once. Source: socket(7),
/// `SO_ERROR`.
pub(crate) async fn send<S: AsyncWrite + Unpin>(
    stream: &mut S,
    bytes: &[u8],
    deadline: Instant,
) -> Result<(), End> {
    let sending = async {
        stream.write_all(bytes).await?;
        stream.flush().await
    };
    match timeout_at(deadline, sending).await {
        Ok(Ok(())) => Ok(()),
        // EPIPE is what comes of writing to a side that has closed in order.
        Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => Err(End::Closed),
        Ok(Err(error)) => Err(end_of(&error)),
        Err(_) => Err(End::Silence),
    }
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

#[cfg(test)]
mod tests {
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::{
        net::Protocol,
        probe::tcp,
        protocol::{Context, Speaker, dialog},
    };

    #[tokio::test]
    async fn a_reset_that_comes_before_the_question_is_no_mere_close() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let (accepted, _) = listener.accept().await.unwrap();
        tcp::close_at_once(&accepted);
        drop(accepted);
        let mut dialog = dialog(Protocol::Redis, &Context::default()).unwrap();
        let first = dialog.start();
        let patience = Patience::until(Instant::now() + Duration::from_secs(5));
        let Said::Done { reply, .. } = talk(&mut stream, &mut *dialog, first, &patience).await.said
        else {
            panic!("no TLS is asked for")
        };
        assert_eq!(
            reply.speaker,
            Speaker::Ended {
                end: End::Reset,
                spoke: false,
                asked: true,
            }
        );
    }
}
