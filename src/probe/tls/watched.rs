//! A stream whose first bytes are written down.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{link::Link, recorder::Recorder};

/// A connection that tells the recorder its first bytes.
#[derive(Debug)]
pub(crate) struct Watched {
    link: Link,
    recorder: Arc<Recorder>,
    is_known: bool,
}

impl Watched {
    pub(crate) const fn new(link: Link, recorder: Arc<Recorder>) -> Self {
        Self {
            link,
            recorder,
            is_known: false,
        }
    }

    /// The connection itself.
    pub(crate) const fn link(&self) -> &Link {
        &self.link
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.link).poll_read(context, buffer))?;
        if !self.is_known {
            self.is_known = self.recorder.heard(&buffer.filled()[before..]);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watched {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.link).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.link).poll_shutdown(context)
    }
}
