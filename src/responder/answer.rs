//! What is said to a hello: pure, and never more than was heard.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use crate::{
    net::{Port, Transport},
    protocol::responder::{Answer, Door, Key, SignedHello, State, other_token},
};

/// Who answers, and what it knows of its machine.
#[derive(Debug)]
pub(super) struct Voice {
    pub(super) keys: Vec<Key>,
    /// One number a process, so that two responders can be told apart.
    pub(super) id: u64,
    /// What became of the doors; the others are unbound.
    pub(super) states: BTreeMap<Door, State>,
    /// Whether a connection to a port of this machine stands half open, by its peer.
    pub(super) is_half_open: fn(Port, IpAddr) -> bool,
}

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

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Words {
    /// To someone with one of the keys, as long as the hello.
    Proof(Vec<u8>),
    /// To anyone else, shorter than the hello.
    OtherToken(Vec<u8>),
}

impl Words {
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Proof(bytes) | Self::OtherToken(bytes) => bytes,
        }
    }
}

impl Voice {
    /// What is said to `signed`, which came on `way`.
    pub(super) fn answer(&self, signed: &SignedHello, way: Way) -> Words {
        let nonce = &signed.hello.nonce;
        let Some(key) = self.keys.iter().find(|key| signed.is_by(key)) else {
            return Words::OtherToken(other_token(nonce));
        };
        let answer = Answer {
            door: way.door,
            id: self.id,
            at: way.at,
            seen: way.from,
            about: self.state(signed.hello.about, way),
            size: signed.hello.size,
        };
        Words::Proof(answer.bytes(nonce, key))
    }

    /// What is known of a door. Only one that is asked about at another one is looked at closely:
    /// who asks at a door itself has reached it.
    fn state(&self, about: Door, way: Way) -> State {
        let state = self.states.get(&about).cloned();
        match (state, Port::new(about.port)) {
            (Some(State::Bound), Some(port))
                if about != way.door
                    && about.transport == Transport::Tcp
                    && (self.is_half_open)(port, way.from.ip()) =>
            {
                State::HalfOpen
            }
            (state, _) => state.unwrap_or(State::Unbound),
        }
    }
}
