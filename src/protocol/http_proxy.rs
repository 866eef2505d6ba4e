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

#[cfg(test)]
mod tests {
    use crate::{
        net::Protocol,
        protocol::{Speaker, tests::played},
    };

    #[test]
    fn a_proxy_is_given_nothing_to_relay() {
        let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\nVia: 1.1 squid\r\n\r\n";
        let played = played(Protocol::HttpProxy, &[answer]);
        let request = String::from_utf8(played.sent.concat()).unwrap();
        assert!(request.starts_with("GET / HTTP/1.0\r\n"));
        assert!(!request.contains("Host"), "{request}");
        assert_eq!(played.reply.speaker, Speaker::Service);
    }
}
