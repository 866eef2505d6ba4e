//! ZooKeeper: the four-letter word that is always allowed. Source: ZooKeeper Administrator's Guide.

use super::{
    Complaint, End, Reply, Speaker,
    stream::{Talk, Turn},
    wire::{agrees, line},
};

/// No session is opened, and no word that changes or costs anything is said.
const WORD: &[u8] = b"srvr";

/// How an answer begins, in lower case.
const VERSION: &[u8] = b"zookeeper version: ";
/// The word is not on the server's list: still ZooKeeper.
const NOT_LISTED: &[u8] = b"srvr is not executed";
/// It has lost its leader.
const NOT_SERVING: &[u8] = b"this zookeeper instance is not currently serving requests";

/// A server's client port. It answers and closes; with TLS only it just closes.
pub(super) struct Zookeeper;

impl Talk for Zookeeper {
    fn opening(&self) -> Vec<u8> {
        WORD.to_vec()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let begins = heard.iter().take(NOT_SERVING.len());
        let begins: Vec<u8> = begins.map(u8::to_ascii_lowercase).collect();
        if begins.starts_with(NOT_LISTED) {
            return Turn::Done(Reply::service().with("answer", "srvr is not on its list"));
        }
        if begins == NOT_SERVING {
            return Turn::Done(Reply::from(Speaker::Unwilling(Complaint::NotReady)));
        }
        let agrees = |answer: &&[u8]| agrees(&begins, answer);
        if ![VERSION, NOT_LISTED, NOT_SERVING].iter().any(agrees) {
            return Turn::Stranger;
        }
        let is_told = begins.starts_with(VERSION) && value(heard, b"Mode: ").is_some();
        if is_told {
            Turn::Done(told(heard))
        } else {
            Turn::More
        }
    }

    fn closed(&self, heard: &[u8], _end: End) -> Option<Reply> {
        let (first, _) = line(heard)?;
        let is_version = first.to_ascii_lowercase().starts_with(VERSION);
        is_version.then(|| told(heard))
    }
}

/// The version and, where it came, whether it leads, follows or stands alone.
fn told(heard: &[u8]) -> Reply {
    let version = line(heard).and_then(|(line, _)| line.get(VERSION.len()..));
    Reply::service()
        .with("version", version.unwrap_or_default())
        .with("mode", value(heard, b"Mode: ").unwrap_or_default())
}

/// The rest of the first whole line that begins with `label`.
fn value<'a>(mut lines: &'a [u8], label: &[u8]) -> Option<&'a [u8]> {
    while let Some((line, rest)) = line(lines) {
        if let Some(value) = line.strip_prefix(label) {
            return Some(value);
        }
        lines = rest;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            dialog,
            tests::{context, play, played, reply},
        },
    };

    const ANSWER: &[u8] = b"Zookeeper version: 3.8.0-5a02a05, built on 2022\nLatency: 0\n";

    #[test]
    fn a_server_tells_its_version_and_its_role() {
        let expected = Reply::service()
            .with("version", "3.8.0-5a02a05, built on 2022")
            .with("mode", "follower");
        let answer = [ANSWER, b"Mode: follower\nNode count: 5\n"].concat();
        let played = played(Protocol::Zookeeper, &[&answer]);
        assert_eq!(
            (played.reply, played.sent.concat()),
            (expected, WORD.to_vec())
        );
    }

    #[test]
    fn a_word_that_is_not_allowed_proves_it_too() {
        let answer = b"srvr is not executed because it is not in the whitelist.\n";
        let expected = Reply::service().with("answer", "srvr is not on its list");
        assert_eq!(reply(Protocol::Zookeeper, &[answer]), expected);
    }

    #[test]
    fn a_server_without_a_leader_is_not_ready() {
        let answer = b"This ZooKeeper instance is not currently serving requests\n";
        let expected = Reply::from(Speaker::Unwilling(Complaint::NotReady));
        assert_eq!(reply(Protocol::Zookeeper, &[answer]), expected);
    }

    #[test]
    fn the_end_decides_what_was_said() {
        let play = |pieces: &[&[u8]]| {
            let mut dialog = dialog(Protocol::Zookeeper, &context(Protocol::Zookeeper)).unwrap();
            play(&mut *dialog, pieces, End::Closed).reply
        };
        let expected = Reply::service().with("version", "3.8.0-5a02a05, built on 2022");
        assert_eq!(play(&[ANSWER]), expected);
        let ended = Speaker::Ended {
            end: End::Closed,
            spoke: false,
            asked: true,
        };
        assert_eq!(play(&[]), Reply::from(ended));
    }
}
