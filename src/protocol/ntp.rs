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
    let mut reply =
        Reply::from(speaker(source, leap, stratum)).with("stratum", stratum.to_string());
    // Above stratum 1 it is an address of the server's own server.
    if stratum <= 1 {
        let end = source.iter().rposition(|byte| *byte != 0);
        reply = reply.with("reference", &source[..end.map_or(0, |end| end + 1)]);
    }
    reply.details = Details::Ntp(NtpAnswer {
        stratum,
        leap,
        transmit_unix_ms: unix_ms(packet, 40),
        offset_ms: None,
    });
    reply
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
