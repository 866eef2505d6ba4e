//! ICMP echo, for a driver with a socket for it. Source: RFC 792, RFC 4443 §4.

use std::net::IpAddr;

use super::wire::u16_at;

/// The most that is sent along, in bytes.
pub const PAYLOAD_LIMIT: usize = 64;

/// An echo request to an address of that family, ready for a datagram or raw socket.
///
/// For IPv4 the checksum is filled in; for IPv6 it covers addresses that only the kernel knows and
/// the kernel fills it in (RFC 3542 §3.1). `payload` is cut to [`PAYLOAD_LIMIT`].
#[must_use]
pub fn echo_request(to: IpAddr, identifier: u16, sequence: u16, payload: &[u8]) -> Vec<u8> {
    let kind = if to.is_ipv4() { 8 } else { 128 };
    let mut packet = vec![kind, 0, 0, 0];
    packet.extend(identifier.to_be_bytes());
    packet.extend(sequence.to_be_bytes());
    packet.extend(&payload[..payload.len().min(PAYLOAD_LIMIT)]);
    if to.is_ipv4() {
        let checksum = checksum(&packet);
        packet[2..4].copy_from_slice(&checksum.to_be_bytes());
    }
    packet
}

/// Whether a packet that `from` sent answers the request with that sequence and payload.
///
/// The identifier is the kernel's on a datagram socket, so it is not compared. A raw IPv4 socket
/// delivers the IP header as well; it is skipped.
#[must_use]
pub fn is_echo_reply(from: IpAddr, packet: &[u8], sequence: u16, payload: &[u8]) -> bool {
    let kind = if from.is_ipv4() { 0 } else { 129 };
    let message = if from.is_ipv4() {
        without_ip_header(packet)
    } else {
        packet
    };
    let payload = &payload[..payload.len().min(PAYLOAD_LIMIT)];
    message.starts_with(&[kind, 0])
        && u16_at(message, 6) == Some(sequence)
        && message.get(8..) == Some(payload)
}

/// The message in an IPv4 packet; the packet itself if it has no such header. Source: RFC 791 §3.1.
fn without_ip_header(packet: &[u8]) -> &[u8] {
    match packet.first() {
        Some(first @ 0x45..=0x4f) => packet
            .get(usize::from(first & 15) * 4..)
            .unwrap_or_default(),
        Some(_) | None => packet,
    }
}

/// The Internet checksum. Source: RFC 1071 §1.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| match pair {
        [high, low] => u16::from_be_bytes([*high, *low]),
        [high] => u16::from_be_bytes([*high, 0]),
        _ => 0,
    });
    !words.fold(0, |sum: u16, word| {
        let (sum, carry) = sum.overflowing_add(word);
        sum + u16::from(carry)
    })
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    #[test]
    fn an_ipv4_request_carries_its_checksum() {
        let request = echo_request(V4, 0x1234, 1, b"abc");
        assert_eq!(request, b"\x08\x00\x21\x68\x12\x34\x00\x01abc");
        assert_eq!(checksum(&request), 0);
    }

    #[test]
    fn an_ipv6_request_leaves_the_checksum_to_the_kernel() {
        assert_eq!(echo_request(V6, 0, 2, b"a"), b"\x80\0\0\0\0\0\0\x02a");
    }

    #[test]
    fn no_more_than_64_bytes_are_sent_along() {
        assert_eq!(echo_request(V4, 0, 0, &[1; 1000]).len(), 8 + PAYLOAD_LIMIT);
    }

    #[test]
    fn a_reply_has_our_sequence_and_payload_whatever_its_identifier() {
        let reply = b"\0\0\xff\xff\x99\x99\0\x07abc";
        assert!(is_echo_reply(V4, reply, 7, b"abc"));
        assert!(!is_echo_reply(V4, reply, 8, b"abc"));
        assert!(!is_echo_reply(V4, reply, 7, b"abd"));
        assert!(!is_echo_reply(V6, reply, 7, b"abc"));
        assert!(is_echo_reply(V6, b"\x81\0\0\0\0\0\0\x07abc", 7, b"abc"));
        assert!(!is_echo_reply(V4, b"", 7, b"abc"));
    }

    #[test]
    fn the_ip_header_of_a_raw_socket_is_skipped() {
        let mut packet = vec![0x46; 24];
        packet.extend(b"\0\0\xff\xff\x99\x99\0\x07abc");
        assert!(is_echo_reply(V4, &packet, 7, b"abc"));
        assert!(!is_echo_reply(V4, &[0x4f], 7, b"abc"));
    }
}
