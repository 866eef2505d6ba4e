//! One UDP service, asked by its dialog.

use std::{
    net::SocketAddr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

use super::{
    datagram::{Datagrams, Heard, Questions},
    sockets::Sockets,
};
use crate::{
    observation::Reached,
    protocol::{Details, Dialog, End, Reply, Step},
};

/// Asks the service at `to` for at most `limit`.
pub(crate) async fn exchange(
    sockets: &Sockets,
    to: SocketAddr,
    dialog: Box<dyn Dialog>,
    limit: Duration,
) -> Reached {
    let limit = dialog.patience().unwrap_or(limit).max(limit);
    let mut talk = Talk {
        dialog,
        spoke: false,
        asked: Instant::now(),
    };
    let answer = match Datagrams::udp(sockets, to) {
        Ok(socket) => socket.ask(&mut talk, limit).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(Some(reply)) => replied(reply),
        Ok(None) if talk.spoke => replied(talk.dialog.end(End::Silence)),
        Ok(None) => Reached::Silence,
        Err(error) => Reached::NotConnected(error),
    }
}

const fn replied(reply: Reply) -> Reached {
    Reached::Replied { reply, tls: None }
}

/// A dialog as questions by datagram.
struct Talk {
    dialog: Box<dyn Dialog>,
    /// Whether any datagram has come.
    spoke: bool,
    /// When the last question was sent.
    asked: Instant,
}

impl Questions for Talk {
    type Answer = Reply;

    fn sends(&self) -> u32 {
        self.dialog.sends()
    }

    fn next(&mut self, sent: u32) -> Option<Vec<u8>> {
        self.asked = Instant::now();
        if sent > 0 {
            return self.dialog.again(sent);
        }
        match self.dialog.start() {
            Step::Send(bytes) => Some(bytes),
            Step::NeedMore | Step::StartTls | Step::Done(_) => None,
        }
    }

    fn heard(&mut self, bytes: &[u8]) -> Heard<Reply> {
        self.spoke = true;
        match self.dialog.receive(bytes) {
            Step::Send(bytes) => {
                self.asked = Instant::now();
                Heard::Send(bytes)
            }
            Step::NeedMore | Step::StartTls => Heard::Nothing,
            Step::Done(reply) => Heard::Answer(with_offset(reply, self.asked.elapsed())),
        }
    }
}

/// Sets by how much our clock is ahead of a time server's: its answer is half a round trip old.
/// Source: RFC 5905 §8.
fn with_offset(mut reply: Reply, round_trip: Duration) -> Reply {
    if let Details::Ntp(answer) = &mut reply.details {
        answer.offset_ms = answer.transmit_unix_ms.and_then(|theirs| {
            let half = i64::try_from(round_trip.as_millis() / 2).ok()?;
            unix_ms()?.checked_sub(half)?.checked_sub(theirs)
        });
    }
    reply
}

fn unix_ms() -> Option<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}
