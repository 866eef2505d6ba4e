//! Why a proxy relays nothing: what was seen of it.

use std::net::IpAddr;

use super::{ConnectError, Lookup, ResolveError, TlsObservation};
use crate::protocol::{Reply, tunnel::Refusal};

/// Why a proxy relays nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProxyFault {
    /// Its name has no address.
    Unresolved(ResolveError, Lookup),
    /// None of its addresses took a connection: the first one, and why.
    NotConnected(IpAddr, ConnectError),
    /// It is spoken to within TLS, and the handshake failed or its certificate is not trusted.
    Tls(Box<TlsObservation>),
    /// It answered, and said no.
    Refused {
        /// How.
        refusal: Refusal,
        /// Whether it was told a user and a password.
        is_known: bool,
    },
    /// What answers is no such proxy, or it ended without an answer.
    NoProxy(Reply),
}
