//! memcached over TCP and UDP: its version. Source: memcached's protocol.txt.

use super::{
    Complaint, Context, Reply, Speaker,
    datagram::{Answer, Exchange},
    stream::{Talk, Turn},
    wire::{agrees, line},
};

/// The one command we know. Nothing is read or written, no statistics.
const COMMAND: &[u8] = b"version\r\n";

/// A memcached server.
pub(super) struct Memcached {
    id: [u8; 2],
}

impl Memcached {
    pub(super) fn new(context: &Context) -> Self {
        Self { id: context.id() }
    }
}

impl Talk for Memcached {
    fn opening(&self) -> Vec<u8> {
        COMMAND.to_vec()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        match line(heard) {
            Some((line, _)) => recognise(line).map_or(Turn::Stranger, Turn::Done),
            None if ANSWERS.iter().any(|(answer, _)| agrees(heard, answer)) => Turn::More,
            None => Turn::Stranger,
        }
    }
}

impl Exchange for Memcached {
    /// Request id, first of one datagram, reserved. Source: protocol.txt, "UDP protocol".
    fn question(&self) -> Vec<u8> {
        let [high, low] = self.id;
        [&[high, low, 0, 0, 0, 1, 0, 0], COMMAND].concat()
    }

    fn hear(&self, datagram: &[u8]) -> Answer {
        let Some((header, text)) = datagram.split_at_checked(8) else {
            return Answer::Stranger;
        };
        let reply = line(text).and_then(|(line, _)| recognise(line));
        match reply {
            None => Answer::Stranger,
            Some(_) if !header.starts_with(&self.id) => Answer::NotOurs,
            Some(reply) => Answer::Ours(reply),
        }
    }
}

/// How an answer begins, and who says so. A server without free connections says ERROR, one that
/// wants a login `CLIENT_ERROR`.
const ANSWERS: [(&[u8], Speaker); 4] = [
    (b"VERSION ", Speaker::Service),
    (b"CLIENT_ERROR ", Speaker::Service),
    (b"SERVER_ERROR ", Speaker::Unwilling(Complaint::NotReady)),
    (b"ERROR ", Speaker::Unwilling(Complaint::NotReady)),
];

/// What a line of memcached's says; `None` if it is none.
fn recognise(line: &[u8]) -> Option<Reply> {
    let (answer, speaker) = ANSWERS
        .iter()
        .find(|(answer, _)| line.starts_with(answer))?;
    let label = if answer.starts_with(b"VERSION") {
        "version"
    } else {
        "error"
    };
    Some(Reply::from(speaker.clone()).with(label, &line[answer.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            Looks,
            tests::{hex, played, reply},
        },
    };

    #[test]
    fn the_version_is_asked_for() {
        let expected = Reply::service().with("version", "1.6.18");
        let tcp = played(Protocol::Memcached, &[b"VERSION 1.6.18\r\n"]);
        assert_eq!(
            (tcp.reply, tcp.sent.concat()),
            (expected.clone(), COMMAND.to_vec())
        );
        let answer = [&hex("1112000000010000"), &b"VERSION 1.6.18\r\n"[..]].concat();
        let udp = played(Protocol::MemcachedUdp, &[&answer]);
        let question = [&hex("1112000000010000"), COMMAND].concat();
        assert_eq!((udp.reply, udp.sent.concat()), (expected, question));
    }

    #[test]
    fn a_full_server_says_error_and_one_that_wants_a_login_client_error() {
        let full = Reply::from(Speaker::Unwilling(Complaint::NotReady))
            .with("error", "Too many open connections");
        let answer = b"ERROR Too many open connections\r\n";
        assert_eq!(reply(Protocol::Memcached, &[answer]), full);
        let locked = Reply::service().with("error", "unauthenticated");
        let answer = b"CLIENT_ERROR unauthenticated\r\n";
        assert_eq!(reply(Protocol::Memcached, &[answer]), locked);
    }

    #[test]
    fn a_bare_error_could_be_anybodys() {
        let expected = Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "ERROR");
        assert_eq!(reply(Protocol::Memcached, &[b"ERROR\r\n"]), expected);
    }

    #[test]
    fn a_datagram_for_another_request_is_left_aside() {
        let other = [&hex("9999000000010000"), &b"VERSION 1\r\n"[..]].concat();
        let ours = [&hex("1112000000010000"), &b"VERSION 2\r\n"[..]].concat();
        let expected = Reply::service().with("version", "2");
        assert_eq!(reply(Protocol::MemcachedUdp, &[&other, &ours]), expected);
    }
}
