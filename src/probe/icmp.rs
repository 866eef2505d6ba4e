//! Echo requests, without root where the system allows it.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use socket2::{Protocol, Socket, Type};

use super::{
    datagram::{Datagrams, Heard, Questions},
    sockets::Sockets,
};
use crate::{
    observation::{ConnectError, Reached},
    protocol::{Reply, icmp},
};

/// Sends echo requests to `at`, whose port is 0, for at most `limit` and recognises the answer by `nonce`.
pub(crate) async fn echo(
    sockets: &Sockets,
    at: SocketAddr,
    nonce: [u8; 16],
    limit: Duration,
) -> Reached {
    let to = at.ip();
    let mut echo = Echo { to, nonce, sent: 0 };
    let socket = open(sockets, to).and_then(|socket| Datagrams::connect(socket, at));
    let answer = match socket {
        Ok(socket) => socket.ask(&mut echo, limit).await,
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

/// A datagram socket where this user may have one, else a raw one. Source: icmp(7),
/// `ping_group_range`.
fn open(sockets: &Sockets, to: IpAddr) -> Result<Socket, ConnectError> {
    let protocol = match to {
        IpAddr::V4(_) => Protocol::ICMPV4,
        IpAddr::V6(_) => Protocol::ICMPV6,
    };
    sockets
        .open(to, Type::DGRAM, protocol)
        .or_else(|_| sockets.open(to, Type::RAW, protocol))
        .map_err(|error| match error {
            ConnectError::NeedsPrivilege(_) => ConnectError::NeedsPrivilege(
                "an echo request needs `net.ipv4.ping_group_range` or CAP_NET_RAW".to_owned(),
            ),
            other => other,
        })
}

struct Echo {
    to: IpAddr,
    nonce: [u8; 16],
    /// How many requests have been sent; their sequence numbers count from 0.
    sent: u16,
}

impl Questions for Echo {
    type Answer = ();

    fn next(&mut self, _sent: u32) -> Option<Vec<u8>> {
        let [high, low, ..] = self.nonce;
        let identifier = u16::from_be_bytes([high, low]);
        let request = icmp::echo_request(self.to, identifier, self.sent, &self.nonce);
        self.sent += 1;
        Some(request)
    }

    fn heard(&mut self, bytes: &[u8]) -> Heard<()> {
        let is_ours = |sequence| icmp::is_echo_reply(self.to, bytes, sequence, &self.nonce);
        if (0..self.sent).any(is_ours) {
            Heard::Answer(())
        } else {
            Heard::Nothing
        }
    }
}
