//! probe
mod fault;
mod sockets;
mod sweep;
mod tcp;
pub use sockets::raise_descriptor_limit;
