//! A connection, and the right to have it.

use super::{sockets::Permit, tls::Link};

/// A connection and the right to have it.
pub(crate) struct Connection<'a> {
    pub(crate) link: Link,
    pub(crate) _permit: Permit<'a>,
}
