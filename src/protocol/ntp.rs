//! Network time: one client packet. Source: RFC 5905 §7.3.

use super::{
    Complaint, Context, Details, NtpAnswer, Reply, Speaker,
    datagram::{Answer, Exchange},
    wire::u32_at,
};

/// The shortest packet.
const LENGTH: usize = 48;

/// No leap warning, version 4, client. Modes 6 and 7 control servers and are never sent.
const CLIENT: u8 = 0x23;

/// A server whose time may be further from the truth than this is not taken by chronyd, in
/// milliseconds. Source: chrony.conf(5), `maxdistance`.
const FURTHEST_MS: u32 = 3_000;

/// From 1900, where NTP's first era begins, to 1970, in seconds. Source: RFC 5905 §6.
const ERA_0_TO_UNIX: i64 = 2_208_988_800;

/// One era, 2^32 seconds.
const ERA: i64 = 1 << 32;

/// A time server. The nonce stands where our clock would: the server hands it back unread.
pub(super) struct Ntp {
    nonce: [u8; 8],
}

impl Ntp {
    pub(super) fn new(context: &Context) -> Self {
        Self {
            nonce: context.id(),
        }
    }
}

impl Exchange for Ntp {
    fn question(&self) -> Vec<u8> {
        let mut packet = vec![0; LENGTH];
        packet[0] = CLIENT;
        packet[40..].copy_from_slice(&self.nonce);
        packet
    }

    fn hear(&self, packet: &[u8]) -> Answer {
        let [flags, stratum, ..] = *packet else {
            return Answer::Stranger;
        };
        // Mode 4 is a server, mode 2 one that takes us for a peer.
        if packet.len() < LENGTH || !matches!(flags & 7, 2 | 4) {
            return Answer::Stranger;
        }
        if packet[24..32] != self.nonce {
            return Answer::NotOurs;
        }
        Answer::Ours(reply(packet, flags >> 6, stratum))
    }
}

/// What a packet of at least [`LENGTH`] bytes says.
fn reply(packet: &[u8], leap: u8, stratum: u8) -> Reply {
    let source = &packet[12..16];
    let distance = root_distance_ms(packet);
    let speaker = match speaker(source, leap, stratum) {
        Speaker::Service if distance > FURTHEST_MS => Speaker::Unwilling(Complaint::NtpUncertain),
        speaker => speaker,
    };
    let mut reply = Reply::from(speaker).with("stratum", stratum.to_string());
    if distance > FURTHEST_MS {
        reply = reply.with("root distance", format!("{distance} ms"));
    }
    // Above stratum 1 it is an address of the server's own server.
    if stratum <= 1 {
        let end = source.iter().rposition(|byte| *byte != 0);
        reply = reply.with("reference", &source[..end.map_or(0, |end| end + 1)]);
    }
    reply.details = Details::Ntp(NtpAnswer {
        stratum,
        leap,
        root_distance_ms: distance,
        transmit_unix_ms: unix_ms(packet, 40),
        offset_ms: None,
    });
    reply
}

/// Half the delay to the source of the server's time, and the dispersion. Source: RFC 5905 §11.2.
fn root_distance_ms(packet: &[u8]) -> u32 {
    // Seconds in 16.16 bits. Source: RFC 5905 §6.
    let millis = |at| (u64::from(u32_at(packet, at).unwrap_or_default()) * 1000) >> 16;
    u32::try_from(millis(4) / 2 + millis(8)).unwrap_or(u32::MAX)
}

/// Source: RFC 5905 §7.3 (leap indicator, stratum), §7.4 (kiss codes).
fn speaker(source: &[u8], leap: u8, stratum: u8) -> Speaker {
    match (stratum, source) {
        (0, b"RATE") => Speaker::Unwilling(Complaint::RateLimited),
        (0, b"DENY" | b"RSTR") => Speaker::Unwilling(Complaint::AccessDenied),
        (1..=15, _) if leap != 3 => Speaker::Service,
        _ => Speaker::Unwilling(Complaint::NtpUnsynchronised),
    }
}

/// The timestamp at `at` in milliseconds since 1970; `None` for zero, which says there is none.
/// With the top bit clear it is of the next era, after 2036. Source: RFC 4330 §3.
fn unix_ms(packet: &[u8], at: usize) -> Option<i64> {
    let (seconds, fraction) = (u32_at(packet, at)?, u32_at(packet, at + 4)?);
    if (seconds, fraction) == (0, 0) {
        return None;
    }
    let era = if seconds >> 31 == 1 { 0 } else { ERA };
    let millis = (i64::from(fraction) * 1000) >> 32;
    Some((i64::from(seconds) + era - ERA_0_TO_UNIX) * 1000 + millis)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            End, Looks,
            tests::{NONCE, hex, played, reply},
        },
    };

    /// A packet of that first byte, stratum and reference, which answers our question.
    fn packet(flags: u8, stratum: u8, reference: [u8; 4]) -> Vec<u8> {
        let mut packet = vec![0; LENGTH];
        packet[0] = flags;
        packet[1] = stratum;
        packet[12..16].copy_from_slice(&reference);
        packet[24..32].copy_from_slice(&NONCE[..8]);
        packet[40..].copy_from_slice(&hex("ec00000080000000"));
        packet
    }

    fn speaker(flags: u8, stratum: u8, reference: [u8; 4]) -> Speaker {
        reply(Protocol::Ntp, &[&packet(flags, stratum, reference)]).speaker
    }

    #[test]
    fn the_question_is_a_clients_and_carries_no_time_of_ours() {
        let expected = [&[0x23][..], &[0; 39], &NONCE[..8]].concat();
        assert_eq!(played(Protocol::Ntp, &[]).sent, [expected]);
    }

    #[test]
    fn a_server_tells_its_stratum_and_its_time() {
        let mut expected = Reply::service()
            .with("stratum", "1")
            .with("reference", "GPS");
        expected.details = Details::Ntp(NtpAnswer {
            stratum: 1,
            leap: 0,
            root_distance_ms: 0,
            transmit_unix_ms: Some(1_750_434_176_500),
            offset_ms: None,
        });
        assert_eq!(
            reply(Protocol::Ntp, &[&packet(0x24, 1, *b"GPS\0")]),
            expected
        );
    }

    #[test]
    fn a_kiss_of_death_says_why() {
        let unwilling = Speaker::Unwilling;
        assert_eq!(
            speaker(0xe4, 0, *b"RATE"),
            unwilling(Complaint::RateLimited)
        );
        assert_eq!(
            speaker(0xe4, 0, *b"DENY"),
            unwilling(Complaint::AccessDenied)
        );
        assert_eq!(
            speaker(0xe4, 0, *b"RSTR"),
            unwilling(Complaint::AccessDenied)
        );
        assert_eq!(
            speaker(0xe4, 0, *b"INIT"),
            unwilling(Complaint::NtpUnsynchronised)
        );
    }

    #[test]
    fn a_server_without_time_says_so_by_leap_or_stratum() {
        let without_time = Speaker::Unwilling(Complaint::NtpUnsynchronised);
        assert_eq!(speaker(0xe4, 3, [10, 0, 0, 1]), without_time);
        assert_eq!(speaker(0x24, 16, [0; 4]), without_time);
        assert_eq!(speaker(0x24, 15, [0; 4]), Speaker::Service);
    }

    #[test]
    fn a_server_that_is_unsure_of_its_time_is_not_taken() {
        let distant = |delay: u32, dispersion: u32| {
            let mut packet = packet(0x24, 1, *b"LOCL");
            packet[4..8].copy_from_slice(&delay.to_be_bytes());
            packet[8..12].copy_from_slice(&dispersion.to_be_bytes());
            reply(Protocol::Ntp, &[&packet])
        };
        let uncertain = distant(0, 11 << 16);
        assert_eq!(
            uncertain.speaker,
            Speaker::Unwilling(Complaint::NtpUncertain)
        );
        let facts: Vec<&str> = uncertain.facts.iter().map(|fact| &*fact.value).collect();
        assert_eq!(facts, ["1", "11000 ms", "LOCL"]);
        assert_eq!(distant(4 << 16, 1 << 15).speaker, Speaker::Service);
        let unsure = Speaker::Unwilling(Complaint::NtpUncertain);
        assert_eq!(distant(4 << 16, 2 << 16).speaker, unsure);
    }

    #[test]
    fn an_answer_to_another_question_is_left_aside() {
        let mut forged = packet(0x24, 1, *b"GPS\0");
        forged[24] ^= 1;
        let silent = Speaker::Ended {
            end: End::Silence,
            spoke: true,
            asked: true,
        };
        assert_eq!(reply(Protocol::Ntp, &[&forged]), Reply::from(silent));
    }

    #[test]
    fn our_own_packet_echoed_is_no_server() {
        let echo = played(Protocol::Ntp, &[]).sent.concat();
        let speaker = reply(Protocol::Ntp, &[&echo]).speaker;
        assert_eq!(speaker, Speaker::Other(Looks::Unknown));
    }

    #[test]
    fn time_goes_on_after_2036() {
        assert_eq!(
            unix_ms(&hex("ffffffff00000000"), 0),
            Some(2_085_978_495_000)
        );
        assert_eq!(
            unix_ms(&hex("0000000100000000"), 0),
            Some(2_085_978_497_000)
        );
        assert_eq!(unix_ms(&[0; 8], 0), None);
    }
}
