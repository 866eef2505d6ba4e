//! Plain UDP: an empty datagram, which every service may ignore and none misunderstands.

use super::{
    Reply,
    datagram::{Answer, Exchange},
    looks::window,
};

/// One empty datagram; whatever comes back is the service.
pub(super) struct Udp;

impl Exchange for Udp {
    fn question(&self) -> Vec<u8> {
        Vec::new()
    }

    fn hear(&self, datagram: &[u8]) -> Answer {
        let length = format!("{} bytes", datagram.len());
        Answer::Ours(
            Reply::service()
                .with("length", length)
                .with("answer", window(datagram)),
        )
    }
}
