//! Which protocol an unexpected answer is, by its first bytes.

use super::{
    Looks,
    wire::{u16_at, u32_at},
};
use crate::net::Protocol;

/// How much of an answer is looked at, and shown: its first line, or this many bytes of it.
/// A line with a host name of ordinary length in front of the telling word fits.
const WINDOW: usize = 128;

/// What an answer looks like by its first line, or its first bytes where it has no lines.
///
/// POP3 and FTP greet like Redis (`+OK`) and SMTP (`220`) do; they are unknown to us, not those.
#[must_use]
pub fn looks(bytes: &[u8]) -> Looks {
    let bytes = window(bytes);
    if is_tls(bytes) {
        return Looks::Tls;
    }
    RECOGNISERS
        .iter()
        .find(|(_, is)| is(bytes))
        .map_or(Looks::Unknown, |(protocol, _)| Looks::Known(*protocol))
}

/// What it looks like if more bytes cannot change that, `None` if they can.
pub(super) fn settled(bytes: &[u8]) -> Option<Looks> {
    let window = window(bytes);
    let whole = window.len() == WINDOW || window.ends_with(b"\n");
    (whole || is_tls(window)).then(|| looks(window))
}

/// The part of an answer that is looked at.
pub(super) fn window(bytes: &[u8]) -> &[u8] {
    let end = bytes
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |at| at + 1);
    &bytes[..end.min(WINDOW)]
}

/// A protocol, and whether the first bytes are its.
type Recogniser = (Protocol, fn(&[u8]) -> bool);

/// The protocols that can be told by the first bytes.
const RECOGNISERS: [Recogniser; 9] = [
    (Protocol::Ssh, |bytes| bytes.starts_with(b"SSH-")),
    (Protocol::Http, |bytes| bytes.starts_with(b"HTTP/1.")),
    (Protocol::Smtp, is_smtp),
    (Protocol::Redis, is_redis),
    (Protocol::Memcached, |bytes| bytes.starts_with(b"VERSION ")),
    (Protocol::Git, is_git),
    (Protocol::Postgres, is_postgres),
    (Protocol::Ldap, is_ldap),
    (Protocol::Cassandra, is_cassandra),
];

/// A record of type 20 to 23 and a version 3.0 to 3.4. Source: RFC 8446 §5.1.
fn is_tls(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 3, 0..=4, ..])
}

/// A greeting that names SMTP or ESMTP. Source: RFC 5321 §4.2.
fn is_smtp(bytes: &[u8]) -> bool {
    matches!(bytes, [b'2', b'2', b'0', b' ' | b'-', ..])
        && bytes
            .windows(4)
            .any(|word| word.eq_ignore_ascii_case(b"SMTP"))
}

/// A simple string or error that Redis gives to what it does not understand. Source: RESP.
fn is_redis(bytes: &[u8]) -> bool {
    [
        &b"+PONG"[..],
        b"-ERR ",
        b"-NOAUTH ",
        b"-DENIED ",
        b"-LOADING ",
    ]
    .iter()
    .any(|prefix| bytes.starts_with(prefix))
}

/// A pkt-line with an error or the first ref. Source: gitprotocol-pack(5).
fn is_git(bytes: &[u8]) -> bool {
    let is_hex = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_hexdigit);
    let Some((length, rest)) = bytes.split_at_checked(4) else {
        return false;
    };
    is_hex(length)
        && (rest.starts_with(b"ERR ")
            || rest
                .split_at_checked(40)
                .is_some_and(|(name, rest)| is_hex(name) && rest.starts_with(b" ")))
}

/// An `ErrorResponse`, or the error of the protocol before version 3 that is given to strangers.
/// Source: PostgreSQL's manual, "Message Formats".
fn is_postgres(bytes: &[u8]) -> bool {
    let modern = || matches!(bytes, [b'E', 0, 0, _, _, b'S', ..]);
    bytes.starts_with(b"EFATAL:") || bytes.starts_with(b"EERROR:") || modern()
}

/// A message with an id of one byte and an application tag. Source: RFC 4511 §4.1.1.
fn is_ldap(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0..0x80, 2, 1, _, 0x60..=0x79, ..])
}

/// A response frame of version 3 to 5: SUPPORTED or ERROR. Source: CQL binary protocol v4 §2.
fn is_cassandra(bytes: &[u8]) -> bool {
    matches!(bytes, [0x83..=0x85, ..])
        && matches!(bytes.get(4), Some(0 | 6))
        && u16_at(bytes, 2).is_some_and(|stream| stream == 0)
        && u32_at(bytes, 5).is_some_and(|length| length < 0x1000_0000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_told_by_its_first_bytes() {
        let known = |protocol| Looks::Known(protocol);
        let cases: [(&[u8], Looks); 16] = [
            (b"\x16\x03\x03\x00\x7a\x02", Looks::Tls),
            (b"\x15\x03\x01\x00\x02\x02\x28", Looks::Tls),
            (b"SSH-2.0-OpenSSH_9.2p1\r\n", known(Protocol::Ssh)),
            (b"HTTP/1.1 400 Bad Request\r\n", known(Protocol::Http)),
            (b"220-mx.example ESMTP\r\n", known(Protocol::Smtp)),
            (b"220 (vsFTPd 3.0.3)\r\n", Looks::Unknown),
            (b"+OK POP3 ready\r\n", Looks::Unknown),
            (b"-ERR unknown command\r\n", known(Protocol::Redis)),
            (b"VERSION 1.6.18\r\n", known(Protocol::Memcached)),
            (b"0045ERR access denied", known(Protocol::Git)),
            (b"EFATAL:  unsupported\0", known(Protocol::Postgres)),
            (b"E\0\0\0\x8bSFATAL\0", known(Protocol::Postgres)),
            (
                b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0",
                known(Protocol::Ldap),
            ),
            (
                b"\x84\0\0\0\0\0\0\0\x04\0\0\0\x0a",
                known(Protocol::Cassandra),
            ),
            (b"J\0\0\0\x0a8.0.36\0", Looks::Unknown),
            (b"", Looks::Unknown),
        ];
        for (bytes, expected) in cases {
            assert_eq!(looks(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_is_settled_stays_so_whatever_follows() {
        for bytes in [&b"\x16\x03\x01"[..], b"HTTP/1.1 200\n", &[b'x'; WINDOW]] {
            let longer = [bytes, b"SSH-2.0-x\r\n"].concat();
            assert_eq!(settled(bytes), Some(looks(&longer)));
        }
        assert_eq!(settled(b"HTTP/1.1 200"), None);
    }
}
