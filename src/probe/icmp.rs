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
    protocol::Reply,
};

/// The bytes of an ICMP header. Source: RFC 792, RFC 4443 §4.
const HEADER: usize = 8;

/// Sends echo requests to `to` for at most `limit` and recognises the answer by `nonce`.
pub(crate) async fn echo(
    sockets: &Sockets,
    to: IpAddr,
    nonce: [u8; 16],
    limit: Duration,
) -> Reached {
    let (socket, is_raw) = match open(sockets, to) {
        Ok(opened) => opened,
        Err(error) => return Reached::NotConnected(error),
    };
    let mut echo = Echo {
        is_v4: to.is_ipv4(),
        has_ip_header: is_raw && to.is_ipv4(),
        nonce,
    };
    let answer = match Datagrams::connect(socket, SocketAddr::new(to, 0)) {
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

/// The socket, and whether it is raw. Source: icmp(7), `ping_group_range`.
fn open(sockets: &Sockets, to: IpAddr) -> Result<(Socket, bool), ConnectError> {
    let protocol = match to {
        IpAddr::V4(_) => Protocol::ICMPV4,
        IpAddr::V6(_) => Protocol::ICMPV6,
    };
    sockets
        .open(to, Type::DGRAM, protocol)
        .map(|socket| (socket, false))
        .or_else(|_| {
            let socket = sockets.open(to, Type::RAW, protocol)?;
            Ok((socket, true))
        })
        .map_err(|error| match error {
            ConnectError::NeedsPrivilege(_) => ConnectError::NeedsPrivilege(
                "an echo request needs `net.ipv4.ping_group_range` or CAP_NET_RAW".to_owned(),
            ),
            other => other,
        })
}

struct Echo {
    is_v4: bool,
    /// Raw IPv4 sockets hand over the IP header too. Source: raw(7).
    has_ip_header: bool,
    nonce: [u8; 16],
}

impl Questions for Echo {
    type Answer = ();

    fn next(&mut self, sent: u32) -> Option<Vec<u8>> {
        Some(request(self.is_v4, sent, self.nonce))
    }

    fn heard(&mut self, bytes: &[u8]) -> Heard<()> {
        let message = if self.has_ip_header {
            without_ip_header(bytes)
        } else {
            bytes
        };
        if is_reply(self.is_v4, message, self.nonce) {
            Heard::Answer(())
        } else {
            Heard::Nothing
        }
    }
}

/// An echo request whose data is the nonce. Source: RFC 792, RFC 4443 §4.1.
fn request(is_v4: bool, sequence: u32, nonce: [u8; 16]) -> Vec<u8> {
    let kind = if is_v4 { 8 } else { 128 };
    let [.., high, low] = sequence.to_be_bytes();
    let mut bytes = vec![kind, 0, 0, 0, nonce[0], nonce[1], high, low];
    bytes.extend(nonce);
    if is_v4 {
        // The kernel fills in ICMPv6's, which covers the addresses. Source: RFC 3542 §3.1.
        let sum = checksum(&bytes).to_be_bytes();
        bytes[2..4].copy_from_slice(&sum);
    }
    bytes
}

/// Whether it is the answer to a request with that nonce. The kernel may have changed the identifier.
fn is_reply(is_v4: bool, message: &[u8], nonce: [u8; 16]) -> bool {
    let kind = if is_v4 { 0 } else { 129 };
    message.first() == Some(&kind) && message.get(HEADER..).is_some_and(|data| data == nonce)
}

/// Source: RFC 791 §3.1, IHL.
fn without_ip_header(bytes: &[u8]) -> &[u8] {
    let length = bytes.first().map_or(0, |first| usize::from(first & 0x0f) * 4);
    bytes.get(length..).unwrap_or(&[])
}

/// The Internet checksum of an even number of bytes. Source: RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let sum: u32 = bytes
        .chunks_exact(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        .sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    // Two folds leave 16 bits of a sum of this few terms.
    !u16::try_from(folded).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONCE: [u8; 16] = *b"0123456789abcdef";

    #[test]
    fn the_request_sums_to_zero() {
        let bytes = request(true, 2, NONCE);
        assert_eq!(checksum(&bytes), 0);
        assert_eq!((bytes[0], bytes[7], bytes.len()), (8, 2, 24));
    }

    #[test]
    fn only_the_reply_with_our_nonce_counts() {
        let mut reply = request(true, 0, NONCE);
        assert!(!is_reply(true, &reply, NONCE), "our own request on loopback");
        reply[0] = 0;
        assert!(is_reply(true, &reply, NONCE));
        assert!(!is_reply(true, &reply, [0; 16]));
        assert!(!is_reply(true, &[0; 4], NONCE));
    }

    #[test]
    fn an_ip_header_of_any_length_is_skipped() {
        let mut packet = vec![0x46; 24];
        packet.extend([7, 7]);
        assert_eq!(without_ip_header(&packet), [7, 7]);
        assert_eq!(without_ip_header(&[0x4f]), []);
        assert_eq!(without_ip_header(&[]), []);
    }
}
