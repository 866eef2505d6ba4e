//! Which way a hello came.

use std::net::SocketAddr;

use crate::protocol::responder::Door;

/// The addresses of a hello.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    /// The door it came to.
    pub(super) door: Door,
    /// The address that it was sent to.
    pub(super) at: SocketAddr,
    /// The address that it came from.
    pub(super) from: SocketAddr,
}
