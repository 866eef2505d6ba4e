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

    /// Most services answer nothing to this, however often it is sent.
    fn sends(&self) -> u32 {
        3
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

#[cfg(test)]
mod tests {
    use crate::{
        net::Protocol,
        protocol::{
            Reply,
            tests::{played, reply},
        },
    };

    #[test]
    fn an_empty_datagram_is_sent_and_anything_counts() {
        let played = played(Protocol::Udp, &[b"\x1b[31mhi"]);
        let expected = Reply::service()
            .with("length", "7 bytes")
            .with("answer", "\\x1b[31mhi");
        assert_eq!(played.reply, expected);
        assert_eq!(played.sent, [b""]);
    }

    #[test]
    fn an_empty_answer_counts_too() {
        let expected = Reply::service().with("length", "0 bytes");
        assert_eq!(reply(Protocol::Udp, &[b""]), expected);
    }
}
