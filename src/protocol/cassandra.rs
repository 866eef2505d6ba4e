//! Cassandra's native protocol: OPTIONS. Source: CQL binary protocol v4 §2, §4.1.3, §4.2.4.

use super::{
    Complaint, End, Reply, Speaker,
    stream::{Talk, Turn},
    wire::{u16_at, u32_at},
};

/// Version 4, no flags, stream 0, OPTIONS, empty. It needs no STARTUP, so no login.
const OPTIONS: [u8; 9] = [4, 0, 0, 0, 5, 0, 0, 0, 0];

/// The answers. Source: §2.4.
const ERROR: u8 = 0;
const SUPPORTED: u8 = 6;

/// The longest body that is waited for; a longer one is not read.
const LONGEST: u32 = 4096;

/// A Cassandra node.
pub(super) struct Cassandra;

impl Talk for Cassandra {
    fn opening(&self) -> Vec<u8> {
        OPTIONS.to_vec()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let Some(frame) = Frame::at(heard) else {
            return Turn::Stranger;
        };
        let Some(length) = u32_at(heard, frame.header - 4) else {
            return Turn::More;
        };
        if length > LONGEST {
            return Turn::Done(reply(frame.opcode, &[]));
        }
        match heard[frame.header..].get(..length as usize) {
            Some(body) => Turn::Done(reply(frame.opcode, body)),
            None => Turn::More,
        }
    }

    fn closed(&self, heard: &[u8], _end: End) -> Option<Reply> {
        let frame = Frame::at(heard)?;
        u32_at(heard, frame.header - 4)?;
        Some(reply(frame.opcode, &[]))
    }
}

/// The beginning of a frame.
struct Frame {
    opcode: u8,
    /// How long the header is: 9 bytes, 8 before version 3.
    header: usize,
}

impl Frame {
    /// The frame that `heard` begins or may begin; `None` if it cannot. A server of other versions
    /// answers in one of its own.
    fn at(heard: &[u8]) -> Option<Self> {
        let header = match heard.first()? {
            0x81..=0x82 => 8,
            0x83..=0x86 => 9,
            _ => return None,
        };
        let opcode = heard.get(header - 5).copied().unwrap_or(ERROR);
        let stream = &heard[heard.len().min(2)..heard.len().min(header - 5)];
        let agrees = matches!(opcode, ERROR | SUPPORTED) && stream.iter().all(|byte| *byte == 0);
        agrees.then_some(Self { opcode, header })
    }
}

/// What a frame with that body says; the body may be cut or missing.
fn reply(opcode: u8, body: &[u8]) -> Reply {
    if opcode == SUPPORTED {
        return Reply::service().with("version", version(body).unwrap_or_default());
    }
    let speaker = match u32_at(body, 0) {
        // Overloaded, or still joining. Source: §9.
        Some(0x1001 | 0x1002) => Speaker::Unwilling(Complaint::NotReady),
        Some(_) | None => Speaker::Service,
    };
    let text = body.get(4..).and_then(string);
    Reply::from(speaker).with("error", text.map(|(text, _)| text).unwrap_or_default())
}

/// The first of the versions of CQL, out of a map from texts to lists of texts. Source: §3.
fn version(body: &[u8]) -> Option<&[u8]> {
    let mut rest = body.get(2..)?;
    loop {
        let (key, list) = string(rest)?;
        rest = list.get(2..)?;
        for _ in 0..u16_at(list, 0)? {
            let (value, after) = string(rest)?;
            if key == b"CQL_VERSION" {
                return Some(value);
            }
            rest = after;
        }
    }
}

/// A text of the length that stands before it, and what follows.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u16_at(bytes, 0)?;
    bytes.get(2..)?.split_at_checked(usize::from(length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::tests::{hex, played, reply},
    };

    #[test]
    fn a_node_tells_its_version() {
        let answer = hex(
            "84 00 0000 06 0000002c 0002 000b434f4d5052455353494f4e 0001 0003 6c7a34 \
             000b43514c5f56455253494f4e 0001 0005332e342e35",
        );
        let played = played(Protocol::Cassandra, &[&answer]);
        assert_eq!(played.reply, Reply::service().with("version", "3.4.5"));
        assert_eq!(played.sent, [OPTIONS]);
    }

    #[test]
    fn a_node_of_other_versions_answers_in_its_own() {
        let error = "0000000a 0004 6e6f7065";
        let expected = Reply::service().with("error", "nope");
        for header in ["82 00 00 00 0000000a", "85 00 0000 00 0000000a"] {
            let answer = hex(&format!("{header} {error}"));
            assert_eq!(reply(Protocol::Cassandra, &[&answer]), expected, "{header}");
        }
    }

    #[test]
    fn a_node_may_be_overloaded_or_still_joining() {
        for code in ["00001001", "00001002"] {
            let answer = hex(&format!("84 00 0000 00 00000006 {code} 0000"));
            let expected = Reply::from(Speaker::Unwilling(Complaint::NotReady));
            assert_eq!(reply(Protocol::Cassandra, &[&answer]), expected);
        }
    }

    #[test]
    fn an_absurd_length_is_not_waited_for() {
        let answer = hex("84 00 0000 06 ffffffff");
        assert_eq!(reply(Protocol::Cassandra, &[&answer]), Reply::service());
        let absurd_texts = hex("84 00 0000 06 00000006 ffff ffff 0000");
        assert_eq!(
            reply(Protocol::Cassandra, &[&absurd_texts]),
            Reply::service()
        );
    }
}
