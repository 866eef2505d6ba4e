//! IP protocol 50: whether it gets through, as far as silence and ICMP errors tell.

use std::{net::SocketAddr, time::Duration};

use socket2::{Protocol, Type};

use super::{
    datagram::{Datagrams, Heard, Questions},
    sockets::Sockets,
};
use crate::{
    observation::{ConnectError, Reached},
    protocol::{Dialog, Reply, Step, esp},
};

/// Source: IANA, Assigned Internet Protocol Numbers.
const ESP: i32 = 50;

/// Sends ESP packets of an unknown association to `to`, whose port is 0, for at most `limit`.
pub(crate) async fn knock(
    sockets: &Sockets,
    to: SocketAddr,
    nonce: [u8; 16],
    limit: Duration,
) -> Reached {
    let answer = match open(sockets, to) {
        Ok(socket) => socket.ask(&mut Knock { nonce }, limit).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(Some(())) => Reached::Replied {
            reply: Reply::service(),
            tls: None,
        },
        Ok(None) => Reached::Silence,
        Err(error) => Reached::NotConnected(error),
    }
}

fn open(sockets: &Sockets, to: SocketAddr) -> Result<Datagrams, ConnectError> {
    let socket = sockets
        .open(to.ip(), Type::RAW, Protocol::from(ESP))
        .map_err(|error| match error {
            ConnectError::NeedsPrivilege(_) => {
                ConnectError::NeedsPrivilege("ESP needs CAP_NET_RAW".to_owned())
            }
            other => other,
        })?;
    Datagrams::connect(socket, to)
}

struct Knock {
    nonce: [u8; 16],
}

impl Questions for Knock {
    type Answer = ();

    fn next(&mut self, _sent: u32) -> Option<Vec<u8>> {
        Some(esp::packet(self.nonce))
    }

    /// Whatever comes back by this protocol got through, unless loopback handed us our own packet.
    fn heard(&mut self, bytes: &[u8]) -> Heard<()> {
        if bytes
            .windows(self.nonce.len())
            .any(|window| window == self.nonce)
        {
            Heard::Nothing
        } else {
            Heard::Answer(())
        }
    }
}

/// Sends ESP packets that carry the hello of a dialog, for at most `limit`.
pub(crate) async fn hello(
    sockets: &Sockets,
    to: SocketAddr,
    mut asking: Asking,
    limit: Duration,
) -> Reached {
    let answer = match open(sockets, to) {
        Ok(socket) => socket.ask(&mut asking, limit).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(Some(reply)) => Reached::Replied { reply, tls: None },
        Ok(None) => Reached::Silence,
        Err(error) => Reached::NotConnected(error),
    }
}

/// A dialog whose datagrams travel in ESP.
pub(crate) struct Asking {
    pub(crate) nonce: [u8; 16],
    pub(crate) dialog: Box<dyn Dialog>,
}

impl Questions for Asking {
    type Answer = Reply;

    fn next(&mut self, _sent: u32) -> Option<Vec<u8>> {
        match self.dialog.start() {
            Step::Send(hello) => Some(esp::carrying(self.nonce, &hello)),
            Step::NeedMore | Step::StartTls | Step::Done(_) => None,
        }
    }

    /// Whatever is no answer to the hello is somebody else's, and is passed over.
    fn heard(&mut self, bytes: &[u8]) -> Heard<Reply> {
        let Some((_, words)) = esp::parts(esp::without_header(bytes)) else {
            return Heard::Nothing;
        };
        match self.dialog.receive(words) {
            Step::Done(reply) if reply.responder().is_some() => Heard::Answer(reply),
            Step::Done(_) | Step::Send(_) | Step::NeedMore | Step::StartTls => Heard::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_packet_is_no_answer() {
        let mut knock = Knock { nonce: [9; 16] };
        let own = esp::packet([9; 16]);
        assert!(matches!(knock.heard(&own), Heard::Nothing));
        assert!(matches!(knock.heard(&[1, 2, 3, 4]), Heard::Answer(())));
    }
}
