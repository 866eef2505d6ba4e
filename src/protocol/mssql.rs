//! SQL Server: PRELOGIN, which asks for version and encryption. Source: MS-TDS §2.2.6.5.

use super::{
    Context, Reply,
    stream::{Talk, Turn},
    wire::u16_at,
    yes_or_no,
};

/// A packet of type 0x12 with the options VERSION, ENCRYPTION (we could), INSTOPT, THREADID and
/// MARS. No user name is ever sent.
const PRELOGIN: [u8; 47] = [
    0x12, 1, 0, 47, 0, 0, 1, 0, // type, last packet, length, process, number, window
    0, 0, 26, 0, 6, // VERSION
    1, 0, 32, 0, 1, // ENCRYPTION
    2, 0, 33, 0, 1, // INSTOPT
    3, 0, 34, 0, 4, // THREADID
    4, 0, 38, 0, 1,    // MARS
    0xff, // the end of the options
    0, 0, 0, 0, 0, 0, // our version
    0, // encryption is off and possible
    0, // any instance
    0, 0, 0, 0, // no thread
    0, // one result at a time
];

/// The bytes of a packet's head.
const HEAD: usize = 8;

/// The longest answer that is waited for, in bytes.
const LONGEST: usize = 1024;

/// A SQL Server.
pub(super) struct Mssql {
    wants_tls: bool,
}

impl Mssql {
    pub(super) fn new(context: &Context) -> Self {
        Self {
            wants_tls: context.tls == Some(true),
        }
    }
}

impl Talk for Mssql {
    fn opening(&self) -> Vec<u8> {
        PRELOGIN.to_vec()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        // An answer is of type 4, and the first packet the only one.
        if heard[0] != 4 || heard.get(1).is_some_and(|status| *status != 1) {
            return Turn::Stranger;
        }
        let Some(length) = u16_at(heard, 2).map(usize::from) else {
            return Turn::More;
        };
        if !(HEAD + 1..=LONGEST).contains(&length) {
            return Turn::Stranger;
        }
        match heard.get(HEAD..length) {
            None => Turn::More,
            Some(options) => told(options, self.wants_tls),
        }
    }
}

/// VERSION is the first option; ENCRYPTION says 2 where there is none.
fn told(options: &[u8], wants_tls: bool) -> Turn {
    let Some([major, minor, build @ ..]) = option(options, 0) else {
        return Turn::Stranger;
    };
    let Some(build) = u16_at(build, 0) else {
        return Turn::Stranger;
    };
    let version = format!("{major}.{minor}.{build}");
    let offers_tls = !matches!(option(options, 1), Some([2, ..]) | None);
    let reply = Reply::wanting_tls(wants_tls, offers_tls);
    Turn::Done(
        reply
            .with("version", version)
            .with("tls", yes_or_no(offers_tls)),
    )
}

/// What an option says, of which each has its number, an offset and a length.
fn option(options: &[u8], number: u8) -> Option<&[u8]> {
    let mut entries = options.chunks_exact(5);
    let entry = entries
        .by_ref()
        .take_while(|entry| entry[0] != 0xff)
        .find(|entry| entry[0] == number)?;
    let start = usize::from(u16_at(entry, 1)?);
    let length = usize::from(u16_at(entry, 3)?);
    options.get(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            Looks, Speaker,
            tests::{hex, played, reply},
        },
    };

    #[test]
    fn the_answer_tells_version_and_encryption() {
        let answer = |encryption: &str| {
            let head = "0401 0019 0000 0100 00 000b 0006 01 0011 0001 ff";
            hex(&format!("{head} 10000fa10000 {encryption}"))
        };
        for (encryption, tls) in [("00", "yes"), ("02", "no"), ("03", "yes")] {
            let bytes = answer(encryption);
            assert_eq!(bytes.len(), 26);
            let mut bytes = bytes;
            bytes[3] = 26;
            let played = played(Protocol::Mssql, &[&bytes]);
            let expected = Reply::service()
                .with("version", "16.0.4001")
                .with("tls", tls);
            assert_eq!(played.reply, expected);
            assert_eq!(played.sent, [PRELOGIN]);
        }
    }

    #[test]
    fn another_answer_is_another_service() {
        let unknown = Speaker::Other(Looks::Unknown);
        assert_eq!(
            reply(Protocol::Mssql, &[b"\x04\x01\0\x03\0\0\0\0"]).speaker,
            unknown
        );
        assert_eq!(reply(Protocol::Mssql, &[b"what?\r\n"]).speaker, unknown);
    }
}
