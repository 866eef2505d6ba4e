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

/// What an error's first word says, which is its code. One that is full has no code of its own,
/// and PING has no other reason to fail. Source: Redis protocol specification, "Simple errors".
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
