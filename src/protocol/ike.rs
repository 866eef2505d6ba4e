//! IKE on 500 and 4500: a version nobody speaks, so that no half-open association is left behind.
//! Source: RFC 7296 §2.5, §3.1.

use super::{
    Context, Reply,
    datagram::{Answer, Exchange},
    wire::{u16_at, u32_at},
};

/// What is put before IKE on port 4500; without it the datagram is ESP. Source: RFC 3948 §2.2.
const NON_ESP: [u8; 4] = [0; 4];

/// Length of the header.
const HEADER: u8 = 28;

/// The exchange that begins an association. Source: RFC 7296 §3.1.
const SA_INIT: u8 = 34;

/// A security association proposal: AES-CBC 256, HMAC-SHA2-256, MODP 2048; a key exchange payload
/// follows. Source: RFC 7296 §3.3.
const PROPOSAL: [u8; 48] = [
    34, 0, 0, 48, // SA payload
    0, 0, 0, 44, 1, 1, 0, 4, // proposal 1, IKE, four transforms
    3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0, // encryption 12, key length 256
    3, 0, 0, 8, 2, 0, 0, 5, // pseudo-random function 5
    3, 0, 0, 8, 3, 0, 0, 12, // integrity 12
    0, 0, 0, 8, 4, 0, 0, 14, // group 14
];

/// An IKE daemon. No `IKE_AUTH`, no aggressive mode, no DELETE.
pub(super) struct Ike {
    spi: [u8; 8],
    nonce: [u8; 16],
    behind_nat: bool,
}

impl Ike {
    /// On port 500.
    pub(super) fn new(context: &Context) -> Self {
        let mut spi: [u8; 8] = context.id();
        spi[0] |= 1; // an initiator's is never zero
        Self {
            spi,
            nonce: context.nonce,
            behind_nat: false,
        }
    }

    /// On port 4500.
    pub(super) fn behind_nat(context: &Context) -> Self {
        Self {
            behind_nat: true,
            ..Self::new(context)
        }
    }

    fn marker(&self) -> &'static [u8] {
        if self.behind_nat { &NON_ESP } else { &[] }
    }

    /// A header of that major version and the payloads, marked where NAT is.
    fn packet(&self, major: u8, first: u8, payloads: &[u8]) -> Vec<u8> {
        let length = u32::from(HEADER) + u32::try_from(payloads.len()).unwrap_or_default();
        [
            self.marker(),
            &self.spi,
            &[0; 8], // the responder's, not known yet
            &[first, major << 4, SA_INIT, 0x08, 0, 0, 0, 0],
            &length.to_be_bytes(),
            payloads,
        ]
        .concat()
    }

    /// A whole offer, for daemons that leave a wrong version unanswered. Its association is never
    /// completed and expires by itself, so the public value need not have a secret behind it.
    fn offer(&self) -> Vec<u8> {
        let key: Vec<u8> = self
            .nonce
            .iter()
            .copied()
            .cycle()
            .skip(1)
            .take(255)
            .collect();
        let payloads = [
            &PROPOSAL[..],
            &[40, 0, 1, 8, 0, 14, 0, 0, 0x5a], // key exchange, group 14, below its prime
            &key,
            &[0, 0, 0, 36], // nonce
            &self.nonce,
            &self.nonce,
        ]
        .concat();
        self.packet(2, 33, &payloads)
    }
}

impl Exchange for Ike {
    fn question(&self) -> Vec<u8> {
        self.packet(3, 0, &[])
    }

    fn repeat(&self, sent: u32) -> Vec<u8> {
        if sent < 2 {
            self.question()
        } else {
            self.offer()
        }
    }

    fn hear(&self, datagram: &[u8]) -> Answer {
        if self.behind_nat && datagram == [0xff] {
            return Answer::NotOurs; // keeps a NAT mapping; RFC 3948 §2.3
        }
        let Some(message) = datagram.strip_prefix(self.marker()) else {
            return Answer::Stranger;
        };
        let length = u32_at(message, 24).and_then(|length| usize::try_from(length).ok());
        let [
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            next,
            version,
            ..,
        ] = *message
        else {
            return Answer::Stranger;
        };
        if length != Some(message.len()) || !matches!(version >> 4, 1 | 2) {
            return Answer::Stranger;
        }
        if !message.starts_with(&self.spi) {
            return Answer::NotOurs;
        }
        let reply = Reply::service().with("version", format!("{}.{}", version >> 4, version & 15));
        Answer::Ours(match notify(next, message) {
            Some(kind) => reply.with("notify", kind),
            None => reply,
        })
    }
}

/// The kind of the first payload if it is a notification. Source: RFC 7296 §3.10.1.
fn notify(next: u8, message: &[u8]) -> Option<String> {
    let kind = u16_at(message, usize::from(HEADER) + 6).filter(|_| next == 41)?;
    Some(match kind {
        5 => "INVALID_MAJOR_VERSION".to_owned(),
        14 => "NO_PROPOSAL_CHOSEN".to_owned(),
        17 => "INVALID_KE_PAYLOAD".to_owned(),
        16390 => "COOKIE".to_owned(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            Looks, Speaker, dialog,
            tests::{context, hex, played, reply},
        },
    };

    const ANSWER: &str =
        "1112131415161718 0000000000000000 29202220 00000000 00000024 0000000800000005";

    #[test]
    fn the_question_is_a_header_of_a_version_that_nobody_speaks() {
        let header = hex("1112131415161718 0000000000000000 00302208 00000000 0000001c");
        assert_eq!(played(Protocol::Ike, &[]).sent, slice(&header));
        let marked = [hex("00000000"), header].concat();
        assert_eq!(played(Protocol::IkeNatt, &[]).sent, slice(&marked));
    }

    fn slice(bytes: &[u8]) -> [Vec<u8>; 1] {
        [bytes.to_vec()]
    }

    #[test]
    fn the_last_question_is_a_whole_offer_whose_lengths_add_up() {
        let mut dialog = dialog(Protocol::Ike, &context(Protocol::Ike)).unwrap();
        let offer = dialog.again(2).unwrap();
        assert_eq!(u32_at(&offer, 24), Some(376));
        assert_eq!(offer.len(), 376);
        let (mut at, mut next, mut seen) = (28, offer[16], Vec::new());
        while next != 0 {
            seen.push(next);
            next = offer[at];
            at += usize::from(u16_at(&offer, at + 2).unwrap());
        }
        assert_eq!((at, seen), (376, vec![33, 34, 40])); // SA, KE, nonce
    }

    #[test]
    fn a_daemon_names_its_version_and_what_is_wrong() {
        let expected = Reply::service()
            .with("version", "2.0")
            .with("notify", "INVALID_MAJOR_VERSION");
        assert_eq!(reply(Protocol::Ike, &[&hex(ANSWER)]), expected);
        let marked = hex(&format!("00000000 {ANSWER}"));
        assert_eq!(reply(Protocol::IkeNatt, &[&[0xff], &marked]), expected);
    }

    #[test]
    fn on_4500_an_answer_without_the_marker_is_not_ike() {
        let speaker = reply(Protocol::IkeNatt, &[&hex(ANSWER)]).speaker;
        assert_eq!(speaker, Speaker::Other(Looks::Unknown));
    }

    #[test]
    fn an_answer_to_another_initiator_is_left_aside() {
        let mut other = hex(ANSWER);
        other[0] ^= 2;
        assert_eq!(
            reply(Protocol::Ike, &[&other, &hex(ANSWER)]).speaker,
            Speaker::Service
        );
    }
}
