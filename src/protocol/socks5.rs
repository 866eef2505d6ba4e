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
