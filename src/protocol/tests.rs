//! What holds for every dialog, and the means to play one through without a socket.

use proptest::prelude::*;

use super::{
    Complaint, Context, Details, Dialog, End, Looks, READ_LIMIT, Reply, SEND_LIMIT, Speaker, Step,
    dialog, looks,
};
use crate::{
    net::{Protocol, Transport},
    text::STRANGER_LIMIT,
};

/// The nonce of every test.
pub(super) const NONCE: [u8; 16] = [
    0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x91, 0x92, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
];

/// What a dialog did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Played {
    /// Everything it sent, in order; the farewell last, if there is one.
    pub(super) sent: Vec<Vec<u8>>,
    /// Whether it asked for TLS on the way.
    pub(super) secured: bool,
    /// How many bytes were left when it had decided.
    pub(super) unread: usize,
    /// What it learnt.
    pub(super) reply: Reply,
}

/// The context of every test.
pub(super) fn context(protocol: Protocol) -> Context {
    Context {
        host: "server.example".into(),
        port: protocol.default_port().map_or(7, crate::net::Port::get),
        client_name: "client.example".into(),
        nonce: NONCE,
        question: None,
        starttls: None,
        tls: None,
        proxied: None,
    }
}

/// Plays `dialog` with these pieces, each handed over when it waits, and then that end.
pub(super) fn play(dialog: &mut dyn Dialog, pieces: &[&[u8]], end: End) -> Played {
    let (mut sent, mut secured) = (Vec::new(), false);
    let mut pieces = pieces.iter();
    let mut step = dialog.start();
    let reply = loop {
        step = match step {
            Step::Done(reply) => break reply,
            Step::StartTls => {
                secured = true;
                dialog.secured()
            }
            Step::Send(_) | Step::NeedMore => {
                sent.extend(match step {
                    Step::Send(bytes) => Some(bytes),
                    _ => None,
                });
                match pieces.next() {
                    Some(piece) => dialog.receive(piece),
                    None => Step::Done(dialog.end(end)),
                }
            }
        };
    };
    if !dialog.farewell().is_empty() {
        sent.push(dialog.farewell().to_vec());
    }
    Played {
        sent,
        secured,
        unread: pieces.map(|piece| piece.len()).sum(),
        reply,
    }
}

/// What the dialog of `protocol` makes of these answers and then silence.
pub(super) fn played(protocol: Protocol, pieces: &[&[u8]]) -> Played {
    let mut dialog = dialog(protocol, &context(protocol)).unwrap();
    play(&mut *dialog, pieces, End::Silence)
}

/// As [`played`], the reply alone.
pub(super) fn reply(protocol: Protocol, pieces: &[&[u8]]) -> Reply {
    played(protocol, pieces).reply
}

/// The bytes of hexadecimal digits; blanks are skipped.
pub(super) fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u8> = digits.bytes().filter(|byte| *byte != b' ').collect();
    let byte = |pair: &[u8]| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// What a right server says, turn by turn, as it was seen.
fn answers(protocol: Protocol) -> Vec<Vec<u8>> {
    let text = |turns: &[&str]| turns.iter().map(|turn| turn.as_bytes().to_vec()).collect();
    let ehlo = "250-mx.example\r\n250-PIPELINING\r\n250-STARTTLS\r\n250 8BITMIME\r\n";
    match protocol {
        Protocol::Tcp | Protocol::Tls | Protocol::Icmp | Protocol::Esp => Vec::new(),
        Protocol::Udp => text(&["hello"]),
        Protocol::Http | Protocol::Https => text(&[
            "HTTP/1.1 301 Moved Permanently\r\nServer: nginx/1.22.1\r\nLocation: https://server.example/\r\n\r\n",
        ]),
        Protocol::HttpProxy => {
            text(&["HTTP/1.0 400 Bad Request\r\nServer: tinyproxy/1.11.1\r\n\r\n"])
        }
        Protocol::Ssh => vec![
            b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".to_vec(),
            hex("0000043c 0a14"),
        ],
        Protocol::Smtp => text(&[
            "220 mx.example ESMTP Postfix\r\n",
            ehlo,
            "220 2.0.0 Ready to start TLS\r\n",
            ehlo,
        ]),
        Protocol::Smtps => text(&["220 mx.example ESMTP Postfix\r\n", ehlo]),
        Protocol::Git => {
            text(&["0045ERR access denied or repository not exported: /portcheck/none.git"])
        }
        Protocol::Dns => vec![hex("1112 8180 0001 0000 0000 0000 00 0002 0001")],
        Protocol::DnsTcp => vec![hex("0011 1112 8180 0001 0000 0000 0000 00 0002 0001")],
        Protocol::Ntp => vec![hex(
            "240200e7 00000a00 00000b00 0a000001 ec00000000000000 1112131415161718 ec00000000000000 ec00000080000000",
        )],
        Protocol::Ldap | Protocol::Ldaps => vec![hex(
            "3028 020102 6423 0400 301f 301d 0414737570706f727465644c44415056657273696f6e 3105 040133 0400",
        )],
        Protocol::Nfs => vec![hex(
            "80000018 11121314 00000001 00000000 00000000 00000000 00000000",
        )],
        Protocol::NfsUdp => vec![hex("11121314 00000001 00000000 00000000 00000000 00000000")],
        Protocol::Ipmi => vec![hex(
            "0600ff06000011be40110010000011be000000008100000000000000",
        )],
        Protocol::Ike => vec![hex(
            "1112131415161718 0000000000000000 29202220 00000000 00000024 0000000800000005",
        )],
        Protocol::IkeNatt => vec![hex(
            "00000000 1112131415161718 0000000000000000 29202220 00000000 00000024 0000000800000005",
        )],
        Protocol::Postgres => text(&["S"]),
        Protocol::Mysql => vec![hex(
            "21000000 0a 382e302e333600 08000000 0102030405060708 00 ffff ff 0200 ffdf 15 00000000",
        )],
        Protocol::Mssql => vec![hex(
            "0401001a00000100 00 000b 0006 01 0011 0001 ff 10000fa10000 00",
        )],
        Protocol::Oracle => vec![hex("0014 0000 04 00 0000 0000 0008 284552523d302929")],
        Protocol::Redis => text(&["+PONG\r\n"]),
        Protocol::Memcached => text(&["VERSION 1.6.18\r\n"]),
        Protocol::MemcachedUdp => vec![hex("1112000000010000 56455253494f4e20312e362e31380d0a")],
        Protocol::Zookeeper => text(&[
            "Zookeeper version: 3.8.0-5a02a05, built on 2022-02-25\nLatency min/avg/max: 0/0.0/0\nMode: leader\nNode count: 5\n",
        ]),
        Protocol::Cassandra => vec![hex(
            "84 00 0000 06 00000018 0001 000b43514c5f56455253494f4e 0001 0005332e342e35",
        )],
        Protocol::Socks5 => vec![hex("0500")],
    }
}

/// The protocols that have a dialog.
fn spoken() -> impl Iterator<Item = Protocol> {
    Protocol::ALL
        .iter()
        .copied()
        .filter(|protocol| !answers(*protocol).is_empty())
}

/// Those of them over a stream.
fn streams() -> impl Iterator<Item = Protocol> {
    spoken().filter(|protocol| protocol.transport() == Transport::Tcp)
}

/// What must never be sent, by protocol.
fn forbidden(protocol: Protocol) -> &'static [&'static [u8]] {
    match protocol {
        Protocol::Tcp
        | Protocol::Tls
        | Protocol::Icmp
        | Protocol::Esp
        | Protocol::Udp
        | Protocol::Ntp
        | Protocol::Nfs
        | Protocol::NfsUdp => &[],
        Protocol::Http | Protocol::Https | Protocol::HttpProxy => &[
            b"POST",
            b"PUT",
            b"DELETE",
            b"CONNECT",
            b"Cookie",
            b"Authorization",
            b"://",
        ],
        Protocol::Ssh => &[b"ssh-userauth", b"none", b"password"],
        Protocol::Smtp | Protocol::Smtps => &[
            b"MAIL", b"RCPT", b"DATA", b"AUTH", b"VRFY", b"EXPN", b"HELO",
        ],
        Protocol::Git => &[b"receive-pack", b"want ", b"have "],
        // ANY, AXFR, IXFR and the class CHAOS.
        Protocol::Dns | Protocol::DnsTcp => &[
            b"\0\xff\0\x01",
            b"\0\xfc\0\x01",
            b"\0\xfb\0\x01",
            b"\0\x10\0\x03",
        ],
        // Bind, modify, add, delete.
        Protocol::Ldap | Protocol::Ldaps => &[
            b"\x01\x60",
            b"\x02\x60",
            b"\x01\x66",
            b"\x01\x68",
            b"\x01\x4a",
        ],
        // Get Session Challenge, Activate Session, RMCP+ Open Session, chassis control.
        Protocol::Ipmi => &[b"\x81\0\x39", b"\x81\0\x3a", b"\x07\x06\x10", b"\x20\0\xe0"],
        // IKE_AUTH, INFORMATIONAL, aggressive mode.
        Protocol::Ike | Protocol::IkeNatt => &[b"\x20\x23\x08", b"\x20\x25\x08", b"\x10\x04"],
        // StartupMessage, CancelRequest.
        Protocol::Postgres => &[b"\0\x03\0\0", b"\x04\xd2\x16\x2e", b"user"],
        // A response to the greeting; LOGIN7 and a batch; anything but a ping.
        Protocol::Mysql => &[b"\0\0\x01", b"root"],
        Protocol::Mssql => &[b"\x10\x01\0", b"\x01\x01\0"],
        Protocol::Oracle => &[b"SERVICE_NAME", b"SID=", b"USER=", b"status", b"stop"],
        Protocol::Redis => &[
            b"AUTH",
            b"INFO",
            b"CONFIG",
            b"KEYS",
            b"EVAL",
            b"SHUTDOWN",
            b"HTTP",
            b"GET",
        ],
        Protocol::Memcached | Protocol::MemcachedUdp => &[b"stats", b"get", b"set", b"flush"],
        Protocol::Zookeeper => &[b"kill", b"crst", b"srst", b"dump", b"wch", b"mntr"],
        // STARTUP, QUERY, AUTH_RESPONSE.
        Protocol::Cassandra => &[b"\x04\0\0\0\x01", b"\x04\0\0\0\x07", b"\x04\0\0\0\x0f"],
        // CONNECT, BIND, UDP ASSOCIATE.
        Protocol::Socks5 => &[b"\x05\x01\0\x01", b"\x05\x02\0", b"\x05\x03\0"],
    }
}

/// Everything the dialog can send when these pieces arrive, repeats included.
fn everything_sent(protocol: Protocol, pieces: &[&[u8]], end: End) -> (Vec<u8>, Played) {
    let mut dialog = dialog(protocol, &context(protocol)).unwrap();
    let repeats: Vec<Vec<u8>> = (1..20).map_while(|sent| dialog.again(sent)).collect();
    let played = play(&mut *dialog, pieces, end);
    let sent = [repeats.concat(), played.sent.concat()].concat();
    (sent, played)
}

/// The reply without what depends on how the answer was cut, as documented: what came along with
/// the head of HTTP, or with the go-ahead for TLS.
fn without_company(mut reply: Reply) -> Reply {
    reply.facts.retain(|fact| fact.label != "injected");
    if let Details::Http(head) = &mut reply.details {
        head.body.clear();
    }
    reply
}

#[test]
fn only_connects_and_raw_packets_have_no_dialog() {
    let without: Vec<&str> = Protocol::ALL
        .iter()
        .filter(|protocol| dialog(**protocol, &context(**protocol)).is_none())
        .map(|protocol| protocol.word())
        .collect();
    assert_eq!(without, ["tcp", "tls", "icmp", "esp"]);
}

#[test]
fn a_right_server_is_recognised_whole_and_byte_by_byte() {
    for protocol in spoken() {
        let turns = answers(protocol);
        let turns: Vec<&[u8]> = turns.iter().map(Vec::as_slice).collect();
        let whole = played(protocol, &turns);
        assert_eq!(whole.reply.speaker, Speaker::Service, "{protocol}");
        if protocol.transport() == Transport::Tcp {
            let bytes: Vec<&[u8]> = turns.iter().flat_map(|turn| turn.chunks(1)).collect();
            let cut = played(protocol, &bytes);
            assert_eq!(
                (cut.reply, cut.sent),
                (whole.reply, whole.sent),
                "{protocol}"
            );
        }
    }
}

#[test]
fn an_answer_that_is_cut_short_is_no_other_protocols() {
    for protocol in streams() {
        let first = answers(protocol).remove(0);
        for length in 0..first.len() {
            for end in [End::Closed, End::Reset] {
                let mut dialog = dialog(protocol, &context(protocol)).unwrap();
                let pieces: &[&[u8]] = if length == 0 {
                    &[]
                } else {
                    &[&first[..length]]
                };
                let speaker = play(&mut *dialog, pieces, end).reply.speaker;
                let silent = Speaker::Ended {
                    end,
                    spoke: length > 0,
                    asked: !matches!(
                        protocol,
                        Protocol::Ssh | Protocol::Smtp | Protocol::Smtps | Protocol::Mysql
                    ),
                };
                assert!(
                    speaker == silent || speaker == Speaker::Service,
                    "{protocol} cut at {length}: {speaker:?}"
                );
            }
        }
    }
}

#[test]
fn no_protocol_takes_another_ones_answer_for_its_own() {
    let kin = |protocol| match protocol {
        Protocol::Https | Protocol::HttpProxy => Protocol::Http,
        Protocol::Smtps => Protocol::Smtp,
        Protocol::Ldaps => Protocol::Ldap,
        other => other,
    };
    for protocol in streams() {
        // One byte (PostgreSQL) or two (SOCKS) may still become anything.
        let others = streams().filter(|other| answers(*other)[0].len() > 2);
        for other in others.filter(|other| kin(*other) != kin(protocol)) {
            let first = answers(other).remove(0);
            let speaker = reply(protocol, &[&first]).speaker;
            let expected = match looks(&first) {
                Looks::Tls | Looks::Unknown => None,
                known @ Looks::Known(_) => Some(Speaker::Other(known)),
            };
            match expected {
                Some(expected) => assert_eq!(speaker, expected, "{protocol} hears {other}"),
                None => assert!(
                    matches!(speaker, Speaker::Other(Looks::Unknown)),
                    "{protocol} hears {other}: {speaker:?}"
                ),
            }
        }
    }
}

#[test]
fn tls_where_plain_text_was_due_is_named_whole_and_byte_by_byte() {
    for protocol in streams() {
        for record in [
            &b"\x15\x03\x01\0\x02\x02\x28"[..],
            b"\x16\x03\x03\0\x7a\x02",
        ] {
            let bytes: Vec<&[u8]> = record.chunks(1).collect();
            let expected = Reply::from(Speaker::Other(Looks::Tls));
            assert_eq!(reply(protocol, &bytes), expected, "{protocol}");
            assert_eq!(reply(protocol, &[record]), expected, "{protocol}");
        }
    }
}

#[test]
fn nobody_is_listened_to_beyond_the_limit() {
    for protocol in streams() {
        let first = answers(protocol).remove(0);
        for length in [0, 1, first.len() - 1, first.len()] {
            let mut flood = first[..length].to_vec();
            flood.resize(2 * READ_LIMIT, b'a');
            let pieces: Vec<&[u8]> = flood.chunks(1000).collect();
            let played = played(protocol, &pieces);
            assert!(played.unread + 1000 >= READ_LIMIT, "{protocol}");
            let facts = played.reply.facts.iter();
            let longest = facts.map(|fact| fact.value.chars().count()).max();
            assert!(longest <= Some(STRANGER_LIMIT + 1), "{protocol}");
        }
    }
}

#[test]
fn forged_datagrams_do_not_keep_a_dialog_busy() {
    for protocol in [
        Protocol::Dns,
        Protocol::Ntp,
        Protocol::Ike,
        Protocol::NfsUdp,
    ] {
        let mut forged = answers(protocol).remove(0);
        for byte in &mut forged {
            *byte = if NONCE.contains(byte) { 0x99 } else { *byte };
        }
        let flood = vec![forged.as_slice(); 10_000];
        let expected = Reply::from(Speaker::Ended {
            end: End::TooLong,
            spoke: true,
            asked: true,
        });
        assert_eq!(reply(protocol, &flood), expected, "{protocol}");
    }
}

#[test]
fn a_datagram_is_sent_a_dozen_times_at_most() {
    for protocol in spoken() {
        let mut dialog = dialog(protocol, &context(protocol)).unwrap();
        let sends = (1..20).map_while(|sent| dialog.again(sent)).count();
        let expected = match (protocol, protocol.transport()) {
            (Protocol::Udp, _) => 2,
            (_, Transport::Udp) => 11,
            (_, Transport::Tcp | Transport::Icmp | Transport::Esp) => 0,
        };
        assert_eq!(sends, expected, "{protocol}");
    }
}

#[test]
fn nothing_in_the_context_slips_into_a_request() {
    let evil = "x.example\r\nRCPT TO:<a@b>\r\nEVIL";
    for protocol in spoken() {
        let context = Context {
            host: evil.into(),
            client_name: evil.into(),
            question: Some(evil.into()),
            ..context(protocol)
        };
        let turns = answers(protocol);
        let turns: Vec<&[u8]> = turns.iter().map(Vec::as_slice).collect();
        let mut dialog = dialog(protocol, &context).unwrap();
        let sent = play(&mut *dialog, &turns, End::Silence).sent.concat();
        assert!(
            !contains(&sent, b"\nRCPT"),
            "{protocol}: {}",
            sent.escape_ascii()
        );
    }
}

#[test]
fn the_longest_names_stay_below_the_send_limit() {
    let name = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
    for protocol in spoken() {
        let context = Context {
            host: name.clone(),
            client_name: name.clone(),
            question: Some(name.clone()),
            port: 65535,
            ..context(protocol)
        };
        let turns = answers(protocol);
        let turns: Vec<&[u8]> = turns.iter().map(Vec::as_slice).collect();
        let mut dialog = dialog(protocol, &context).unwrap();
        let repeats: usize = (1..20)
            .map_while(|sent| dialog.again(sent))
            .map(|datagram| datagram.len())
            .sum();
        let sent = play(&mut *dialog, &turns, End::Silence).sent.concat();
        assert!(
            sent.len() + repeats <= SEND_LIMIT,
            "{protocol}: {}",
            sent.len()
        );
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Bytes at random, or a right answer with some of its bytes changed and more behind it.
fn hostile(protocol: Protocol) -> impl Strategy<Value = Vec<u8>> {
    let right = answers(protocol).concat();
    let changed = (
        prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        prop::collection::vec(any::<u8>(), 0..300),
    );
    let mutated = changed.prop_map(move |(changes, tail)| {
        let mut bytes = right.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.extend(tail);
        bytes
    });
    prop_oneof![prop::collection::vec(any::<u8>(), 1..600), mutated]
}

/// A protocol out of those, hostile bytes for it, where they are cut, and the end.
fn conversation(
    protocols: Vec<Protocol>,
) -> impl Strategy<Value = (Protocol, Vec<u8>, Vec<usize>, End)> {
    let end = prop::sample::select(vec![End::Closed, End::Reset, End::Silence]);
    (
        prop::sample::select(protocols),
        prop::collection::vec(1_usize..60, 1..20),
        end,
    )
        .prop_flat_map(|(protocol, cuts, end)| {
            (Just(protocol), hostile(protocol), Just(cuts), Just(end))
        })
}

/// `bytes` in pieces of these lengths, over and over; never empty ones.
fn pieces<'a>(mut bytes: &'a [u8], lengths: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    for length in lengths.iter().cycle() {
        if bytes.is_empty() {
            break;
        }
        let (piece, rest) = bytes.split_at((*length).min(bytes.len()));
        pieces.push(piece);
        bytes = rest;
    }
    pieces
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_arrives_little_is_sent_and_nothing_forbidden(
        (protocol, bytes, cuts, end) in conversation(spoken().collect()),
    ) {
        let (sent, played) = everything_sent(protocol, &pieces(&bytes, &cuts), end);
        prop_assert!(sent.len() <= SEND_LIMIT, "{protocol} sends {}", sent.len());
        for verb in forbidden(protocol) {
            prop_assert!(!contains(&sent, verb), "{protocol} sends {}", verb.escape_ascii());
        }
        for fact in &played.reply.facts {
            prop_assert!(!fact.value.contains(|c: char| c.is_control()));
            prop_assert!(!fact.value.is_empty());
        }
    }

    #[test]
    fn how_a_stream_is_cut_changes_nothing(
        (protocol, bytes, cuts, end) in conversation(
            // PostgreSQL's answer is one byte alone, so there it does.
            streams().filter(|protocol| *protocol != Protocol::Postgres).collect(),
        ),
    ) {
        let (_, whole) = everything_sent(protocol, &[&bytes], end);
        let (_, cut) = everything_sent(protocol, &pieces(&bytes, &cuts), end);
        // What comes with the go-ahead for TLS is an injection; what comes after it is TLS.
        let expected = if cut.secured {
            Speaker::Unwilling(Complaint::NoStartTls)
        } else {
            prop_assert_eq!(without_company(whole.reply.clone()), without_company(cut.reply.clone()));
            cut.reply.speaker
        };
        prop_assert_eq!(whole.reply.speaker, expected);
    }
}
