//! Secure shell: who it says it is, and whether it goes on to the key exchange. No keys are
//! exchanged and no user is named. Source: RFC 4253 §4.2, §6, §7.1.

use std::time::Duration;

use super::{
    Complaint, End, Fact, Looks, Reply, Speaker,
    looks::looks,
    stream::{Talk, Turn, stranger},
    wire::{line, u32_at},
};
use crate::text;

/// What we say of ourselves.
const IDENTIFICATION: &str = concat!("SSH-2.0-portcheck_", env!("CARGO_PKG_VERSION"), "\r\n");

/// How long the server may take to name itself and to go on: it looks the client up first, and asks
/// name servers that do not answer for as long as that. Source: `sshd_config(5)`, `UseDNS`,
/// `LoginGraceTime` (two minutes); `resolv.conf(5)`, `timeout` and `attempts`.
const PATIENCE: Duration = Duration::from_secs(20);

/// What sshd says to whom it drops before it has named itself: to one too many, and to an address
/// that it punishes. Source: OpenSSH 9.8, sshd.c, `drop_connection`; `sshd_config(5)`, `MaxStartups`,
/// `PerSourcePenalties`.
const DROPPED: [&[u8]; 2] = [b"Exceeded MaxStartups", b"Not allowed at this time"];

/// The longest packet before keys are agreed. Source: RFC 4253 §6.1.
const LONGEST: u32 = 35_000;

/// `SSH_MSG_DISCONNECT`. Source: RFC 4253 §11.1.
const DISCONNECT: u8 = 1;

/// The server speaks first; a few lines of its own may come before its identification.
#[derive(Default)]
pub(super) struct Ssh {
    /// The server's identification, made harmless.
    banner: Option<String>,
}

impl Ssh {
    /// What comes before and with the identification.
    fn greeted(&mut self, heard: &[u8]) -> Turn {
        let mut rest = heard;
        while let Some((line, after)) = line(rest) {
            if is_stranger(heard, line) {
                return Turn::Stranger;
            }
            if line.starts_with(b"SSH-") {
                return self.identified(line, heard.len() - after.len());
            }
            if let Some(reply) = dropped(line) {
                return Turn::Done(reply);
            }
            rest = after;
        }
        if is_stranger(heard, rest) {
            Turn::Stranger
        } else {
            Turn::More
        }
    }

    /// The identification; 1.99 is a server that also speaks version 1. Source: RFC 4253 §5.1.
    fn identified(&mut self, line: &[u8], read: usize) -> Turn {
        if !line.starts_with(b"SSH-2.0-") && !line.starts_with(b"SSH-1.99-") {
            return Turn::Stranger;
        }
        self.banner = Some(text::stranger(line));
        Turn::Say {
            read,
            words: IDENTIFICATION.into(),
        }
    }
}

impl Talk for Ssh {
    fn opening(&self) -> Vec<u8> {
        Vec::new()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        match self.banner {
            None => self.greeted(heard),
            Some(_) => packet(heard),
        }
    }

    fn closed(&self, heard: &[u8], end: End) -> Option<Reply> {
        if self.banner.is_some() {
            return None;
        }
        let last = heard.rsplit(|byte| *byte == b'\n').next();
        // Lines and then the end is how a client is turned away; lines and then nothing is some
        // other service.
        match end {
            End::Closed | End::Reset => last.and_then(dropped),
            End::Silence | End::TooLong => {
                (!heard.is_empty() && !is_begun(heard)).then(|| stranger(heard))
            }
        }
    }

    fn patience(&self) -> Option<Duration> {
        Some(PATIENCE)
    }

    fn learnt(&self) -> Option<Fact> {
        self.banner.clone().map(|value| Fact {
            label: "banner",
            value,
        })
    }
}

/// What it means that sshd drops us with this line; `None` for any other.
fn dropped(line: &[u8]) -> Option<Reply> {
    DROPPED
        .contains(&line)
        .then(|| Reply::from(Speaker::Unwilling(Complaint::RateLimited)).with("answer", line))
}

/// The server's first packet, of which the head is enough: any proves that it goes on, but for the
/// one that ends it. Source: RFC 4253 §6, §7.1; RFC 4250 §4.1.2.
fn packet(heard: &[u8]) -> Turn {
    let (Some(length), Some(kind)) = (u32_at(heard, 0), heard.get(5)) else {
        return Turn::More;
    };
    match *kind {
        _ if !(2..=LONGEST).contains(&length) => Turn::Stranger,
        DISCONNECT => disconnected(heard, length),
        2..=49 => Turn::Done(Reply::service()),
        _ => Turn::Stranger,
    }
}

/// The server's own goodbye, with its reason. Source: RFC 4253 §11.1.
fn disconnected(heard: &[u8], length: u32) -> Turn {
    let Some(whole) = heard.get(..4 + length as usize) else {
        return Turn::More;
    };
    let speaker = match u32_at(whole, 6) {
        Some(1) => Speaker::Unwilling(Complaint::AccessDenied),
        Some(7) => Speaker::Unwilling(Complaint::NotReady),
        Some(12) => Speaker::Unwilling(Complaint::RateLimited),
        Some(_) | None => Speaker::BrokeOff(End::Closed),
    };
    let text = u32_at(whole, 10).and_then(|length| whole.get(14..14 + length as usize));
    Turn::Done(Reply::from(speaker).with("answer", text.unwrap_or_default()))
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

    /// The head of the packet that begins the key exchange.
    const KEX_INIT: &[u8] = b"\0\0\x04\x3c\x0a\x14";

    fn ended(pieces: &[&[u8]], end: End) -> Reply {
        let mut dialog = dialog(Protocol::Ssh, &context(Protocol::Ssh)).unwrap();
        play(&mut *dialog, pieces, end).reply
    }

    #[test]
    fn a_banner_alone_is_no_service() {
        let banner = "SSH-2.0-OpenSSH_9.2p1";
        for end in [End::Reset, End::Closed, End::Silence] {
            let expected = Reply::from(Speaker::BrokeOff(end)).with("banner", banner);
            assert_eq!(ended(&[b"SSH-2.0-OpenSSH_9.2p1\r\n"], end), expected);
        }
    }

    #[test]
    fn a_server_that_has_had_enough_of_us_is_still_a_server() {
        for text in ["Exceeded MaxStartups", "Not allowed at this time"] {
            let limited = Speaker::Unwilling(Complaint::RateLimited);
            let expected = Reply::from(limited).with("answer", text);
            let line = format!("{text}\r\n");
            assert_eq!(ended(&[line.as_bytes()], End::Silence), expected);
            assert_eq!(ended(&[text.as_bytes()], End::Reset), expected);
        }
    }

    #[test]
    fn a_goodbye_has_its_reason() {
        let answer = |reason: u8| {
            let text = b"Too many connections";
            let length = [0, 0, 0, u8::try_from(text.len() + 14).unwrap()];
            let packet = [
                &length[..],
                &[4, 1, 0, 0, 0, reason, 0, 0, 0, 20],
                text,
                &[0; 4],
            ];
            let banner = &b"SSH-2.0-x\r\n"[..];
            ended(&[banner, &packet.concat()], End::Closed)
        };
        let expected = |speaker| {
            Reply {
                facts: Vec::new(),
                ..Reply::from(speaker)
            }
            .with("banner", "SSH-2.0-x")
            .with("answer", "Too many connections")
        };
        let unwilling = |complaint| expected(Speaker::Unwilling(complaint));
        assert_eq!(answer(1), unwilling(Complaint::AccessDenied));
        assert_eq!(answer(12), unwilling(Complaint::RateLimited));
        assert_eq!(answer(2), expected(Speaker::BrokeOff(End::Closed)));
    }

    #[test]
    fn the_server_speaks_first_and_may_say_more_than_its_name() {
        let played = played(
            Protocol::Ssh,
            &[
                b"Welcome to the bastion\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n",
                KEX_INIT,
            ],
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
        let closed = Speaker::Ended {
            end: End::Closed,
            spoke: true,
            asked: false,
        };
        let expected = Reply::from(closed).with("answer", "no more today");
        assert_eq!(ended(&[b"no more today\r\n"], End::Closed), expected);
    }
}
