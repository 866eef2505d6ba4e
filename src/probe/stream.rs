//! Drives a dialog over a stream: what it may read, and for how long, is bounded here.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    time::{Instant, timeout, timeout_at},
};

use crate::protocol::{Dialog, End, READ_LIMIT, Reply, Step};

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

/// Does what `step` says, and goes on with what comes until the dialog is decided or `deadline`.
pub(crate) async fn talk<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    dialog: &mut dyn Dialog,
    mut step: Step,
    deadline: Instant,
) -> Said {
    let mut buffer = vec![0; CHUNK];
    let mut room = READ_LIMIT;
    loop {
        match step {
            Step::Send(bytes) => {
                if !send(stream, &bytes, deadline).await {
                    return ended(dialog, End::Silence);
                }
            }
            Step::NeedMore => {}
            Step::StartTls => return Said::StartTls,
            Step::Done(reply) => {
                part(stream, dialog.farewell()).await;
                return Said::Done {
                    reply,
                    failure: None,
                };
            }
        }
        if room == 0 {
            return ended(dialog, End::TooLong);
        }
        let piece = room.min(CHUNK);
        match timeout_at(deadline, stream.read(&mut buffer[..piece])).await {
            Err(_) => return ended(dialog, End::Silence),
            Ok(Ok(0)) => return ended(dialog, End::Closed),
            Ok(Ok(length)) => {
                room -= length;
                step = dialog.receive(&buffer[..length]);
            }
            Ok(Err(error)) => return failed(dialog, error),
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
