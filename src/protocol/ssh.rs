//! Secure shell: who it says it is. Source: RFC 4253 §4.2.

use super::{
    End, Looks, Reply,
    looks::looks,
    stream::{Talk, Turn, stranger},
    wire::line,
};

/// What we say last. No key exchange follows, and never a user's name.
const IDENTIFICATION: &str = concat!("SSH-2.0-portcheck_", env!("CARGO_PKG_VERSION"), "\r\n");

/// The server speaks first; a few lines of its own may come before its identification.
pub(super) struct Ssh;

impl Talk for Ssh {
    fn opening(&self) -> Vec<u8> {
        Vec::new()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let mut rest = heard;
        while let Some((line, after)) = line(rest) {
            if is_stranger(heard, line) {
                return Turn::Stranger;
            }
            if line.starts_with(b"SSH-") {
                return identified(line);
            }
            rest = after;
        }
        if is_stranger(heard, rest) {
            Turn::Stranger
        } else {
            Turn::More
        }
    }

    fn closed(&self, heard: &[u8], end: End) -> Option<Reply> {
        // Lines and then the end is how OpenSSH turns a client away; lines and then nothing is
        // some other service.
        match end {
            End::Silence | End::TooLong if !heard.is_empty() && !is_begun(heard) => {
                Some(stranger(heard))
            }
            End::Silence | End::TooLong | End::Closed | End::Reset => None,
        }
    }

    fn farewell(&self) -> &'static [u8] {
        IDENTIFICATION.as_bytes()
    }
}

/// Whether an identification had begun: a slow server is no other service.
fn is_begun(heard: &[u8]) -> bool {
    heard.starts_with(&b"SSH-"[..heard.len().min(4)])
}

/// Whether the answer is none of secure shell's: NUL is forbidden up to the end of the
/// identification, and a first line may be known as another protocol's.
fn is_stranger(heard: &[u8], line: &[u8]) -> bool {
    line.contains(&0) || (!heard.starts_with(b"SSH-") && !matches!(looks(heard), Looks::Unknown))
}

/// The identification; 1.99 is a server that also speaks version 1. Source: RFC 4253 §5.1.
fn identified(line: &[u8]) -> Turn {
    if line.starts_with(b"SSH-2.0-") || line.starts_with(b"SSH-1.99-") {
        Turn::Done(Reply::service().with("banner", line))
    } else {
        Turn::Stranger
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            Speaker, dialog,
            tests::{context, play, played, reply},
        },
    };

    #[test]
    fn the_server_speaks_first_and_may_say_more_than_its_name() {
        let played = played(
            Protocol::Ssh,
            &[b"Welcome to the bastion\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n\0\0\x04"],
        );
        let banner = "SSH-2.0-OpenSSH_9.2p1 Debian-2";
        assert_eq!(played.reply, Reply::service().with("banner", banner));
        assert_eq!(played.sent, [IDENTIFICATION.as_bytes()]);
    }

    #[test]
    fn a_server_of_version_1_alone_is_not_taken() {
        let expected =
            Reply::from(Speaker::Other(Looks::Known(Protocol::Ssh))).with("answer", "SSH-1.5-old");
        let played = played(Protocol::Ssh, &[b"SSH-1.5-old\r\n"]);
        assert_eq!(played.reply, expected);
        assert_eq!(played.sent, [b""; 0]);
    }

    #[test]
    fn another_service_is_named_by_its_first_line() {
        let expected = Reply::from(Speaker::Other(Looks::Known(Protocol::Smtp)))
            .with("answer", "220 mx.example ESMTP");
        assert_eq!(
            reply(Protocol::Ssh, &[b"220 mx.example ESMTP\r\n"]),
            expected
        );
        let expected = Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "hello?");
        assert_eq!(reply(Protocol::Ssh, &[b"hello?\r\n"]), expected);
    }

    #[test]
    fn a_server_that_turns_us_away_has_ended_the_connection() {
        let mut dialog = dialog(Protocol::Ssh, &context(Protocol::Ssh)).unwrap();
        let played = play(&mut *dialog, &[b"Exceeded MaxStartups\r\n"], End::Closed);
        let ended = Speaker::Ended {
            end: End::Closed,
            spoke: true,
            asked: false,
        };
        let expected = Reply::from(ended).with("answer", "Exceeded MaxStartups");
        assert_eq!(played.reply, expected);
    }
}
