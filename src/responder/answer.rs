//! What is said to a hello: pure, and never more than was heard.

use std::{collections::BTreeMap, net::IpAddr, time::Instant};

use ipnet::IpNet;

use super::{limit::Limits, replay::Heard, way::Way};
use crate::{
    net::{Port, Transport},
    protocol::responder::{Answer, Door, Hello, Key, SignedHello, State, other_token},
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
    /// Who is heard at all; empty for everybody.
    pub(super) allowed: Vec<IpNet>,
    /// How many answers each source gets.
    pub(super) limits: Limits,
    /// The hellos that were answered.
    pub(super) heard: Heard,
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
    /// Whether whoever comes from there is heard at all.
    pub(super) fn hears(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        self.allowed.is_empty() || self.allowed.iter().any(|network| network.contains(&from))
    }

    /// What is said to `signed`, which came on `way` at `now`; `None` for nothing.
    pub(super) fn answer(&mut self, signed: &SignedHello, way: Way, now: Instant) -> Option<Words> {
        let (hello, from) = (&signed.hello, way.from.ip());
        let is_datagram = way.door.transport != Transport::Tcp;
        let Some(place) = self.keys.iter().position(|key| signed.is_by(key)) else {
            let words = || Words::OtherToken(other_token(&hello.nonce));
            return self.limits.allow_wrong(from, now).then(words);
        };
        let is_open = !self.keys[place].is_secret();
        let may_have = match (is_open, is_datagram) {
            (true, true) => self.limits.allow_open(from, now),
            // A connection shows that its source is no forged one.
            (true, false) => true,
            (false, true) => {
                self.limits.allow_proof(from, now) && self.heard.allows(hello.nonce, way)
            }
            (false, false) => self.heard.allows(hello.nonce, way),
        };
        may_have.then(|| self.proof(hello, way, &self.keys[place]))
    }

    fn proof(&self, hello: &Hello, way: Way, key: &Key) -> Words {
        let answer = Answer {
            door: way.door,
            id: self.id,
            at: way.at,
            seen: way.from,
            about: self.state(hello.about, way),
            size: hello.size,
        };
        Words::Proof(answer.bytes(hello, key))
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
