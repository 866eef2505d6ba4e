//! Redis: PING. Source: Redis protocol specification.

use super::{
    Complaint, Reply, Speaker,
    stream::{Talk, Turn},
    wire::{agrees, line},
};

/// As an array, so that it is never taken for an inline command.
const PING: &[u8] = b"*1\r\n$4\r\nPING\r\n";

/// A Redis server. No command but PING, and no password.
pub(super) struct Redis;

impl Talk for Redis {
    fn opening(&self) -> Vec<u8> {
        PING.to_vec()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        if heard[0] != b'-' {
            return match line(heard) {
                Some((b"+PONG", _)) => Turn::Done(Reply::service()),
                None if agrees(heard, b"+PONG\r\n") => Turn::More,
                Some(_) | None => Turn::Stranger,
            };
        }
        let code = heard[1..].split(u8::is_ascii_whitespace).next();
        if !code.unwrap_or_default().iter().all(u8::is_ascii_uppercase) {
            return Turn::Stranger;
        }
        match line(heard) {
            Some((error, _)) => {
                Turn::Done(Reply::from(speaker(&error[1..])).with("error", &error[1..]))
            }
            None => Turn::More,
        }
    }
}

/// What an error's first word says, which is its code. A server that is full has none of its own:
/// its words stand in for one. Source: Redis protocol specification, "Simple errors".
fn speaker(error: &[u8]) -> Speaker {
    let code = error.split(|byte| *byte == b' ').next();
    let complaint = match code.unwrap_or_default() {
        b"DENIED" => Complaint::AccessDenied,
        b"LOADING" | b"MASTERDOWN" | b"CLUSTERDOWN" | b"BUSY" => Complaint::NotReady,
        b"ERR" if error.starts_with(b"ERR max number of clients") => Complaint::NotReady,
        _ => return Speaker::Service,
    };
    Speaker::Unwilling(complaint)
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

    #[test]
    fn ping_is_answered() {
        let played = played(Protocol::Redis, &[b"+PONG\r\n"]);
        assert_eq!(played.reply, Reply::service());
        assert_eq!(played.sent, [PING]);
    }

    #[test]
    fn an_error_is_told_by_its_code() {
        let unwilling = Speaker::Unwilling;
        let cases = [
            ("NOAUTH Authentication required.", Speaker::Service),
            ("ERR unknown command 'PING'", Speaker::Service),
            (
                "DENIED Redis is running in protected mode",
                unwilling(Complaint::AccessDenied),
            ),
            ("LOADING Redis is loading", unwilling(Complaint::NotReady)),
            (
                "MASTERDOWN Link with MASTER is down",
                unwilling(Complaint::NotReady),
            ),
            (
                "ERR max number of clients reached",
                unwilling(Complaint::NotReady),
            ),
        ];
        for (error, speaker) in cases {
            let expected = Reply::from(speaker).with("error", error);
            let answer = format!("-{error}\r\n");
            assert_eq!(reply(Protocol::Redis, &[answer.as_bytes()]), expected);
        }
    }

    #[test]
    fn another_simple_string_is_another_service() {
        let expected = Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "+OK POP3");
        assert_eq!(reply(Protocol::Redis, &[b"+OK POP3\r\n"]), expected);
    }

    #[test]
    fn a_server_with_tls_only_just_closes() {
        let mut dialog = dialog(Protocol::Redis, &context(Protocol::Redis)).unwrap();
        let ended = Speaker::Ended {
            end: End::Closed,
            spoke: false,
            asked: true,
        };
        assert_eq!(
            play(&mut *dialog, &[], End::Closed).reply,
            Reply::from(ended)
        );
    }
}
