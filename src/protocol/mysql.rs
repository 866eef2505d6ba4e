//! MySQL and MariaDB: the greeting, to which nothing is said. Source: MySQL's internals manual,
//! "Connection Phase", `Protocol::HandshakeV10`.
//!
//! No user name is ever sent. A server counts a connection that ends here among those that were
//! interrupted, and forgets them with the next one that succeeds.

use super::{
    Complaint, Context, Reply, Speaker,
    stream::{Talk, Turn},
    yes_or_no,
};

/// The version of the protocol that every server of this century greets with.
const VERSION_10: u8 = 10;

/// The first byte of an error.
const ERROR: u8 = 0xff;

/// The bit of the capabilities that offers TLS.
const TLS: u16 = 0x0800;

/// The longest greeting or error that is waited for, in bytes.
const LONGEST: usize = 1024;

/// A MySQL or MariaDB server.
pub(super) struct Mysql {
    wants_tls: bool,
}

impl Mysql {
    pub(super) fn new(context: &Context) -> Self {
        Self {
            wants_tls: context.tls == Some(true),
        }
    }
}

impl Talk for Mysql {
    fn opening(&self) -> Vec<u8> {
        Vec::new()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let [low, middle, high, rest @ ..] = heard else {
            return Turn::More;
        };
        // The first packet has the number 0, and the server's own is small.
        let length = usize::from(*low) + (usize::from(*middle) << 8);
        if *high != 0 || !(4..=LONGEST).contains(&length) || rest.first().is_some_and(|it| *it != 0)
        {
            return Turn::Stranger;
        }
        match rest.get(1) {
            None => Turn::More,
            Some(&(VERSION_10 | ERROR)) => match rest.get(1..=length) {
                None => Turn::More,
                Some([VERSION_10, greeting @ ..]) => greeted(greeting, self.wants_tls),
                Some(error) => refused(&error[1..]),
            },
            Some(_) => Turn::Stranger,
        }
    }
}

/// A version that ends in NUL, the thread's number (4), a salt (8), a NUL and the capabilities.
fn greeted(greeting: &[u8], wants_tls: bool) -> Turn {
    let Some(end) = greeting.iter().position(|byte| *byte == 0) else {
        return Turn::Stranger;
    };
    let (version, rest) = greeting.split_at(end);
    let Some([low, high]) = rest.get(14..16) else {
        return Turn::Stranger;
    };
    let offers_tls = u16::from_le_bytes([*low, *high]) & TLS != 0;
    let reply = Reply::wanting_tls(wants_tls, offers_tls);
    Turn::Done(
        reply
            .with("version", version)
            .with("tls", yes_or_no(offers_tls)),
    )
}

/// A number and a text, before which a newer server puts `#` and five characters.
/// Source: MySQL's reference of server errors.
fn refused(error: &[u8]) -> Turn {
    let [low, high, text @ ..] = error else {
        return Turn::Stranger;
    };
    let complaint = match u16::from_le_bytes([*low, *high]) {
        // Too many connections, out of resources, shutting down.
        1040 | 1041 | 1053 => Complaint::NotReady,
        // This host is blocked, or has no right.
        1129 | 1130 | 1045 => Complaint::AccessDenied,
        _ => return Turn::Done(Reply::service().with("error", text)),
    };
    Turn::Done(Reply::from(Speaker::Unwilling(complaint)).with("error", text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            End, Looks, dialog,
            tests::{context, play, played, reply},
        },
    };

    fn packet(payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        [&[length, 0, 0, 0], payload].concat()
    }

    #[test]
    fn tls_that_is_wanted_and_not_offered_is_a_complaint() {
        let greeting = |flags: [u8; 2]| {
            let head = b"\x0a8.0.36\0\x07\0\0\0saltsalt\0";
            packet(&[&head[..], &flags, &[0; 20]].concat())
        };
        let reply = |tls: Option<bool>, flags: [u8; 2]| {
            let context = Context {
                tls,
                ..context(Protocol::Mysql)
            };
            let mut dialog = dialog(Protocol::Mysql, &context).unwrap();
            play(&mut *dialog, &[&greeting(flags)], End::Closed).reply
        };
        let complaint = Speaker::Unwilling(Complaint::NoTls);
        assert_eq!(reply(Some(true), [0, 0]).speaker, complaint);
        assert_eq!(reply(Some(true), [0, 8]).speaker, Speaker::Service);
        assert_eq!(reply(Some(false), [0, 0]).speaker, Speaker::Service);
        assert_eq!(reply(None, [0, 0]).speaker, Speaker::Service);
    }

    #[test]
    fn a_greeting_tells_version_and_tls_and_is_left_unanswered() {
        for (low, high, tls) in [(0xfe, 0xff, "yes"), (0xfe, 0xf7, "no")] {
            let salt = [1, 0, 0, 0, 2, 2, 2, 2, 2, 2, 2, 2, 0, low, high, 8];
            let payload = [b"\x0a10.11.6-MariaDB\0", &salt[..]].concat();
            let played = played(Protocol::Mysql, &[&packet(&payload)]);
            let expected = Reply::service()
                .with("version", "10.11.6-MariaDB")
                .with("tls", tls);
            assert_eq!(played.reply, expected);
            assert_eq!(played.sent.concat(), b"");
        }
    }

    #[test]
    fn an_error_is_told_by_its_number() {
        let error = |number: u16| {
            let text = b"Host 'x' is not allowed";
            let payload = [&[ERROR], &number.to_le_bytes()[..], text].concat();
            reply(Protocol::Mysql, &[&packet(&payload)]).speaker
        };
        assert_eq!(error(1130), Speaker::Unwilling(Complaint::AccessDenied));
        assert_eq!(error(1040), Speaker::Unwilling(Complaint::NotReady));
        assert_eq!(error(9999), Speaker::Service);
    }

    #[test]
    fn another_greeting_is_another_service() {
        let ssh = Speaker::Other(Looks::Known(Protocol::Ssh));
        assert_eq!(
            reply(Protocol::Mysql, &[b"SSH-2.0-OpenSSH_9.2p1\r\n"]).speaker,
            ssh
        );
    }
}
