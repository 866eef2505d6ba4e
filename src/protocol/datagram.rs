//! What all dialogs by datagram share: repeats, limits, and answers that are not for us.

use super::{Dialog, End, READ_LIMIT, Reply, Speaker, Step, stream::stranger};

/// How often a datagram is sent at most: where three in ten are lost each way, one in three thousand
/// such questions stays without an answer. Clients ask several times too, several servers, and again.
/// Source: `resolv.conf(5)`, `attempts`; RFC 7296 §2.4.
const SENDS: u32 = 12;

/// One protocol by datagram.
pub(super) trait Exchange: Send {
    /// The question.
    fn question(&self) -> Vec<u8>;

    /// The question after `sent` were not answered; by default the same, with the same id.
    fn repeat(&self, sent: u32) -> Vec<u8> {
        let _ = sent;
        self.question()
    }

    /// How often it is asked at most.
    fn sends(&self) -> u32 {
        SENDS
    }

    /// What a datagram is; it may be empty.
    fn hear(&self, datagram: &[u8]) -> Answer;
}

/// What a datagram is.
pub(super) enum Answer {
    /// The answer to our question.
    Ours(Reply),
    /// The right protocol and not our question: forged, or late. It is left aside.
    NotOurs,
    /// This is not the protocol.
    Stranger,
}

/// The dialog of a protocol by datagram.
pub(super) fn dialog(exchange: impl Exchange + 'static) -> Box<dyn Dialog> {
    Box::new(Datagrams {
        exchange,
        asked: false,
        spoke: false,
        total: 0,
    })
}

/// An exchange of datagrams: the protocol and how much has come that was not for us.
struct Datagrams<E> {
    exchange: E,
    asked: bool,
    spoke: bool,
    total: usize,
}

impl<E: Exchange> Dialog for Datagrams<E> {
    fn start(&mut self) -> Step {
        self.asked = true;
        Step::Send(self.exchange.question())
    }

    fn receive(&mut self, datagram: &[u8]) -> Step {
        self.spoke = true;
        match self.exchange.hear(datagram) {
            Answer::Ours(reply) => return Step::Done(reply),
            Answer::Stranger => return Step::Done(stranger(datagram)),
            Answer::NotOurs => {}
        }
        self.total = self.total.saturating_add(datagram.len());
        if self.total < READ_LIMIT {
            Step::NeedMore
        } else {
            Step::Done(self.end(End::TooLong))
        }
    }

    fn end(&mut self, end: End) -> Reply {
        Reply::from(Speaker::Ended {
            end,
            spoke: self.spoke,
            asked: self.asked,
        })
    }

    fn sends(&self) -> u32 {
        self.exchange.sends()
    }

    fn again(&mut self, sent: u32) -> Option<Vec<u8>> {
        (sent < self.exchange.sends()).then(|| self.exchange.repeat(sent))
    }
}
