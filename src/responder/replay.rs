//! Hellos that were heard before: each is answered once. A datagram whose answer was lost is sent
//! again from the same address and port, and only there it is answered again.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, RandomState},
    mem,
};

use super::way::Way;
use crate::net::Transport;

/// Hellos of each of the two generations that are remembered, some 25 MB in all: every port of a
/// large profile, asked by twenty machines.
const GENERATION: usize = 250_000;

/// The hellos with our token that were heard so far, the youngest of them. Whoever has no token adds
/// nothing to it.
#[derive(Debug, Default)]
pub(super) struct Heard {
    young: HashMap<[u8; 16], u64>,
    old: HashMap<[u8; 16], u64>,
    state: RandomState,
}

impl Heard {
    /// Whether a hello of this nonce, which came on `way`, is to be answered.
    pub(super) fn allows(&mut self, nonce: [u8; 16], way: Way) -> bool {
        let from = self.state.hash_one((way.from, way.door));
        if let Some(before) = self.young.get(&nonce).or_else(|| self.old.get(&nonce)) {
            return *before == from && way.door.transport != Transport::Tcp;
        }
        if self.young.len() >= GENERATION {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(nonce, from);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;
    use crate::protocol::responder::Door;

    fn way(transport: Transport, from: &str) -> Way {
        Way {
            door: Door { transport, port: 7 },
            at: SocketAddr::from(([10, 0, 0, 1], 7)),
            from: from.parse().unwrap(),
        }
    }

    #[test]
    fn a_hello_is_answered_once_and_a_datagram_again_to_whoever_sent_it() {
        let mut heard = Heard::default();
        let (one, other) = ("10.0.0.2:40000", "10.0.0.9:40000");
        let tcp = way(Transport::Tcp, one);
        assert!(heard.allows([1; 16], tcp));
        assert!(!heard.allows([1; 16], tcp));
        assert!(heard.allows([2; 16], way(Transport::Udp, one)));
        assert!(heard.allows([2; 16], way(Transport::Udp, one)));
        assert!(!heard.allows([2; 16], way(Transport::Udp, other)));
        assert!(!heard.allows([2; 16], tcp));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut heard = Heard::default();
        let way = way(Transport::Tcp, "10.0.0.2:40000");
        for number in 0..u128::from(2 * GENERATION as u64 + 10) {
            assert!(heard.allows(number.to_be_bytes(), way));
        }
        assert!(heard.young.len() <= GENERATION && heard.old.len() <= GENERATION);
        let last = u128::from(2 * GENERATION as u64 + 9);
        assert!(!heard.allows(last.to_be_bytes(), way));
    }
}
