//! A connection to the other side: by itself, or what a proxy relays.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use super::Watched;

/// A stream of bytes to the other side, whatever carries it.
#[derive(Debug)]
pub(crate) struct Link {
    carrier: Carrier,
    /// What was read before it was asked for.
    ahead: Vec<u8>,
}

#[derive(Debug)]
enum Carrier {
    Tcp(TcpStream),
    /// A proxy that is spoken to within TLS.
    Tls(Box<TlsStream<Watched>>),
}

impl From<TcpStream> for Link {
    fn from(stream: TcpStream) -> Self {
        Self {
            carrier: Carrier::Tcp(stream),
            ahead: Vec::new(),
        }
    }
}

impl From<TlsStream<Watched>> for Link {
    fn from(stream: TlsStream<Watched>) -> Self {
        Self {
            carrier: Carrier::Tls(Box::new(stream)),
            ahead: Vec::new(),
        }
    }
}

impl Link {
    /// The same, with bytes that are read first.
    pub(crate) fn with_ahead(mut self, ahead: Vec<u8>) -> Self {
        self.ahead = ahead;
        self
    }

    /// The connection that carries it.
    pub(crate) fn tcp(&self) -> &TcpStream {
        match &self.carrier {
            Carrier::Tcp(stream) => stream,
            Carrier::Tls(stream) => stream.get_ref().0.link().tcp(),
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.ahead.is_empty() {
            let length = self.ahead.len().min(buffer.remaining());
            buffer.put_slice(&self.ahead[..length]);
            self.ahead.drain(..length);
            return Poll::Ready(Ok(()));
        }
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_read(context, buffer),
            Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_write(context, bytes),
            Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_write(context, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_flush(context),
            Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.carrier {
            Carrier::Tcp(stream) => Pin::new(stream).poll_shutdown(context),
            Carrier::Tls(stream) => Pin::new(stream.as_mut()).poll_shutdown(context),
        }
    }
}
