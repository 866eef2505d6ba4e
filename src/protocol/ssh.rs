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
            End::Silence | End::TooLong if !heard.is_empty() => Some(stranger(heard)),
            End::Silence | End::TooLong | End::Closed | End::Reset => None,
        }
    }

    fn farewell(&self) -> &'static [u8] {
        IDENTIFICATION.as_bytes()
    }
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
