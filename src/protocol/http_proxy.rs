//! An HTTP proxy, asked for nothing it could relay. Source: RFC 9112 §3.2.

use super::{
    End, Reply, http,
    stream::{Talk, Turn},
};

/// A request in origin form without a host: a proxy has to answer it itself (400, 403, 407).
/// With a host of someone else's it would be relayed there.
const REQUEST: &str = concat!(
    "GET / HTTP/1.0\r\nUser-Agent: portcheck/",
    env!("CARGO_PKG_VERSION"),
    "\r\n\r\n"
);

/// Any HTTP answer is the proxy.
pub(super) struct HttpProxy;

impl Talk for HttpProxy {
    fn opening(&self) -> Vec<u8> {
        REQUEST.into()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        http::hear(heard)
    }

    fn closed(&self, heard: &[u8], _end: End) -> Option<Reply> {
        http::closed(heard)
    }
}
