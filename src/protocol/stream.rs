//! What all dialogs over a stream share: what was heard, its limit, strangers, and the end.

use std::time::Duration;

use super::{
    Complaint, Dialog, End, Fact, Looks, READ_LIMIT, Reply, Speaker, Step,
    looks::{looks, settled, window},
};

/// One protocol over a stream. What it makes of what was heard must not depend on how that was
/// cut: once decided, more bytes change nothing.
pub(super) trait Talk: Send {
    /// The first words; empty where the service speaks first.
    fn opening(&self) -> Vec<u8>;

    /// What comes next, given everything heard and not read yet; never empty.
    fn hear(&mut self, heard: &[u8]) -> Turn;

    /// The words after the TLS handshake that [`Turn::Secure`] asked for; `None` if it was all.
    fn secured(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// What the end means where it decides something; what was heard and not read may be empty.
    fn closed(&self, heard: &[u8], end: End) -> Option<Reply> {
        let _ = (heard, end);
        None
    }

    /// What the service has said in earlier turns, by which it was recognised.
    fn learnt(&self) -> Option<Fact> {
        None
    }

    /// Whether the service has been recognised in earlier turns.
    fn is_known(&self) -> bool {
        self.learnt().is_some()
    }

    /// The last words to a service that was recognised.
    fn farewell(&self) -> &'static [u8] {
        &[]
    }

    /// See [`Dialog::patience`].
    fn patience(&self) -> Option<Duration> {
        None
    }
}

/// What a protocol does after what it heard.
pub(super) enum Turn {
    /// It cannot tell yet.
    More,
    /// This is not the protocol.
    Stranger,
    /// The first bytes are read; the answer to them.
    Say {
        /// How many bytes are read.
        read: usize,
        /// What to say.
        words: Vec<u8>,
    },
    /// The first bytes are read and are the go-ahead for TLS.
    Secure {
        /// How many bytes are read.
        read: usize,
    },
    /// It is decided.
    Done(Reply),
}

/// The dialog of a protocol over a stream.
pub(super) fn dialog(talk: impl Talk + 'static) -> Box<dyn Dialog> {
    Box::new(Stream {
        talk,
        heard: Vec::new(),
        total: 0,
        asked: false,
        recognised: false,
    })
}

/// A conversation: the protocol and what has been heard.
struct Stream<T> {
    talk: T,
    /// What was heard and not read.
    heard: Vec<u8>,
    /// How many bytes have arrived, read ones included, up to [`READ_LIMIT`].
    total: usize,
    asked: bool,
    recognised: bool,
}

impl<T: Talk> Dialog for Stream<T> {
    fn start(&mut self) -> Step {
        self.say(self.talk.opening())
    }

    fn receive(&mut self, bytes: &[u8]) -> Step {
        let room = READ_LIMIT - self.total;
        let bytes = &bytes[..bytes.len().min(room)];
        self.heard.extend_from_slice(bytes);
        self.total += bytes.len();
        match self.listen() {
            Step::Done(reply) => Step::Done(reply),
            _ if self.total == READ_LIMIT => Step::Done(self.end(End::TooLong)),
            step => step,
        }
    }

    fn secured(&mut self) -> Step {
        match self.talk.secured() {
            Some(words) => self.say(words),
            None => self.decide(Reply::service()),
        }
    }

    fn end(&mut self, end: End) -> Reply {
        let reply = self.ended(end);
        self.conclude(reply)
    }

    fn again(&mut self, _sent: u32) -> Option<Vec<u8>> {
        None // TCP repeats by itself
    }

    fn farewell(&self) -> &[u8] {
        // Nothing is said to what is not known to understand it.
        if self.recognised {
            self.talk.farewell()
        } else {
            &[]
        }
    }

    fn patience(&self) -> Option<Duration> {
        self.talk.patience()
    }
}

impl<T: Talk> Stream<T> {
    /// Sends `words`, or waits where there are none.
    fn say(&mut self, words: Vec<u8>) -> Step {
        if words.is_empty() {
            return Step::NeedMore;
        }
        self.asked = true;
        Step::Send(words)
    }

    /// Lets the protocol read as far as it can.
    fn listen(&mut self) -> Step {
        let mut words = Vec::new();
        while !self.heard.is_empty() {
            match self.talk.hear(&self.heard) {
                Turn::More => break,
                Turn::Stranger if settled(&self.heard).is_none() => break,
                Turn::Stranger => return self.decide(stranger(&self.heard)),
                Turn::Say { read, words: more } => {
                    self.heard.drain(..read);
                    words.extend(more);
                }
                Turn::Secure { read } => {
                    self.heard.drain(..read);
                    return if self.heard.is_empty() && words.is_empty() {
                        Step::StartTls
                    } else {
                        self.decide(injected(&self.heard))
                    };
                }
                Turn::Done(reply) => return self.decide(reply),
            }
        }
        self.say(words)
    }

    /// What it means that it ended before it was decided.
    fn ended(&mut self, end: End) -> Reply {
        if !self.heard.is_empty() && matches!(self.talk.hear(&self.heard), Turn::Stranger) {
            return stranger(&self.heard);
        }
        self.talk.closed(&self.heard, end).unwrap_or_else(|| {
            let speaker = if self.talk.is_known() {
                Speaker::BrokeOff(end)
            } else {
                Speaker::Ended {
                    end,
                    spoke: self.total > 0,
                    asked: self.asked,
                }
            };
            Reply::from(speaker).with("answer", window(&self.heard))
        })
    }

    fn decide(&mut self, reply: Reply) -> Step {
        Step::Done(self.conclude(reply))
    }

    /// The reply, with what was learnt earlier in front.
    fn conclude(&mut self, mut reply: Reply) -> Reply {
        self.recognised = reply.is_recognised();
        if let Some(fact) = self.talk.learnt() {
            reply.facts.insert(0, fact);
        }
        reply
    }
}

/// Something else answered; its first words, unless they are TLS.
pub(super) fn stranger(heard: &[u8]) -> Reply {
    let looks = looks(heard);
    let reply = Reply::from(Speaker::Other(looks));
    match looks {
        Looks::Tls => reply,
        Looks::Known(_) | Looks::Unknown => reply.with("answer", window(heard)),
    }
}

/// Plain text came along with the go-ahead for TLS, or the go-ahead before it was asked for: a
/// broken server, or commands injected on the way. No TLS is started on top of that.
/// Source: RFC 3207 §6, CVE-2011-0411.
fn injected(rest: &[u8]) -> Reply {
    Reply::from(Speaker::Unwilling(Complaint::NoStartTls)).with("injected", window(rest))
}
