//! The prober's end: a hello, and what comes back told from everything else.

use super::{Answer, Hello, Key, MAGIC, Proof, Responder, SMALLEST, other_token};
use crate::{
    net::Transport,
    protocol::{
        Details, Dialog, Reply,
        datagram::{self, Answer as Heard, Exchange},
        stream::{self, Talk, Turn},
    },
};

/// The dialog of a probe with a responder: that hello over its door's transport, and no other.
#[must_use]
pub fn dialog(hello: Hello, key: &Key) -> Box<dyn Dialog> {
    let asking = Asking {
        hello,
        key: key.clone(),
    };
    match hello.door.transport {
        Transport::Tcp => stream::dialog(asking),
        Transport::Udp | Transport::Icmp | Transport::Esp => datagram::dialog(asking),
    }
}

struct Asking {
    hello: Hello,
    key: Key,
}

/// What came back so far.
enum Said {
    Incomplete,
    Ours(Responder),
    /// A responder's words, and not to this hello.
    Forged,
    Other,
}

impl Asking {
    fn read(&self, heard: &[u8]) -> Said {
        let known = heard.len().min(MAGIC.len());
        if heard[..known] != MAGIC.as_bytes()[..known] {
            return Said::Other;
        }
        if heard == other_token(&self.hello.nonce) {
            return Said::Ours(Responder::OtherToken);
        }
        let Some(line) = heard.get(..SMALLEST) else {
            return Said::Incomplete;
        };
        match Answer::read(line, &self.hello, &self.key) {
            None => Said::Forged,
            Some(answer) if answer.size != self.hello.size() => Said::Forged,
            Some(answer) if heard.len() < answer.size => Said::Incomplete,
            Some(answer) => Said::Ours(Responder::Proven(Proof {
                answer,
                is_secret: self.key.is_secret(),
                lost: None,
                own: None,
                is_redirected: false,
            })),
        }
    }
}

fn reply(responder: Responder) -> Reply {
    Reply {
        details: Details::Responder(Box::new(responder)),
        ..Reply::service()
    }
}

impl Talk for Asking {
    fn opening(&self) -> Vec<u8> {
        self.hello.bytes(&self.key)
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        match self.read(heard) {
            Said::Incomplete => Turn::More,
            Said::Ours(responder) => Turn::Done(reply(responder)),
            Said::Forged | Said::Other => Turn::Stranger,
        }
    }
}

impl Exchange for Asking {
    fn question(&self) -> Vec<u8> {
        self.hello.bytes(&self.key)
    }

    fn hear(&self, datagram: &[u8]) -> Heard {
        match self.read(datagram) {
            Said::Ours(responder) => Heard::Ours(reply(responder)),
            // Cut, late, or somebody else's: the right one may still come.
            Said::Incomplete | Said::Forged => Heard::NotOurs,
            Said::Other => Heard::Stranger,
        }
    }
}

/// The responder's words in a reply, if they are any.
impl Reply {
    /// What was learned of a responder.
    #[must_use]
    pub const fn responder(&self) -> Option<&Responder> {
        match &self.details {
            Details::Responder(responder) => Some(responder),
            Details::None | Details::Http(_) | Details::Ntp(_) => None,
        }
    }
}
