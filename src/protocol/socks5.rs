//! A SOCKS proxy: the greeting, and nothing to be relayed. Source: RFC 1928 §3.

use super::{
    Reply,
    stream::{Talk, Turn},
};

/// Version 5, one method: no authentication.
const GREETING: [u8; 3] = [5, 1, 0];

/// A SOCKS 5 proxy.
pub(super) struct Socks5;

impl Talk for Socks5 {
    fn opening(&self) -> Vec<u8> {
        GREETING.to_vec()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        match heard {
            [5] => Turn::More,
            // Which method it takes does not matter for whether it is there.
            [5, 0, ..] => Turn::Done(Reply::service().with("authentication", "none")),
            [5, _, ..] => Turn::Done(Reply::service().with("authentication", "required")),
            _ => Turn::Stranger,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            Looks, Speaker,
            tests::{played, reply},
        },
    };

    #[test]
    fn a_proxy_answers_the_greeting_and_is_asked_no_more() {
        let played = played(Protocol::Socks5, &[&[5, 0]]);
        assert_eq!(
            played.reply,
            Reply::service().with("authentication", "none")
        );
        assert_eq!(played.sent, [GREETING]);
    }

    #[test]
    fn a_proxy_that_wants_a_login_is_there() {
        let expected = Reply::service().with("authentication", "required");
        assert_eq!(reply(Protocol::Socks5, &[&[5, 0xff]]), expected);
    }

    #[test]
    fn a_proxy_of_version_4_is_another_service() {
        let speaker = reply(Protocol::Socks5, &[&[0, 0x5b, 0, 0]]).speaker;
        assert_eq!(speaker, Speaker::Other(Looks::Unknown));
    }
}
