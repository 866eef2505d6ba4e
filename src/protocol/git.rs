//! The git protocol: a repository that does not exist is asked for. Source: gitprotocol-pack(5).

use super::{
    Context, End, Reply,
    stream::{Talk, Turn},
};

/// How much of the first packet is waited for: an error, or the first ref and the capabilities.
const ENOUGH: usize = 1000;

/// A git daemon.
pub(super) struct Git {
    request: Vec<u8>,
}

impl Git {
    /// Asks `host` for a repository to read. Nothing is ever pushed, wanted or had.
    pub(super) fn new(context: &Context) -> Self {
        let host = context.authority(9418);
        let payload = format!("git-upload-pack /portcheck/none.git\0host={host}\0");
        Self {
            request: format!("{:04x}{payload}", payload.len() + 4).into_bytes(),
        }
    }
}

impl Talk for Git {
    fn opening(&self) -> Vec<u8> {
        self.request.clone()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        if !heard.iter().take(4).all(u8::is_ascii_hexdigit) {
            return Turn::Stranger;
        }
        let Some((length, rest)) = heard.split_at_checked(4) else {
            return Turn::More;
        };
        let length = str::from_utf8(length)
            .ok()
            .and_then(|digits| usize::from_str_radix(digits, 16).ok());
        match length {
            Some(0) => Turn::Done(Reply::service()),
            Some(length @ 5..) => {
                let wanted = (length - 4).min(ENOUGH);
                match rest.get(..wanted) {
                    Some(payload) => recognise(payload),
                    None => Turn::More,
                }
            }
            Some(_) | None => Turn::Stranger,
        }
    }

    fn closed(&self, heard: &[u8], _end: End) -> Option<Reply> {
        match recognise(heard.get(4..)?) {
            Turn::Done(reply) => Some(reply),
            Turn::More | Turn::Stranger | Turn::Say { .. } | Turn::Secure { .. } => None,
        }
    }
}

/// The first packet: an error, or the first of the refs. Its text is for people; what it means
/// that a provider refuses is not told from it.
fn recognise(payload: &[u8]) -> Turn {
    if let Some(error) = payload.strip_prefix(b"ERR ") {
        return Turn::Done(Reply::service().with("error", error));
    }
    let name = payload.iter().take_while(|byte| byte.is_ascii_hexdigit());
    let is_ref = matches!(name.count(), 40 | 64);
    if !is_ref && !payload.starts_with(b"version ") {
        return Turn::Stranger;
    }
    Turn::Done(Reply::service().with("version", agent(payload).unwrap_or_default()))
}

/// The capability that names the server's software. Source: gitprotocol-capabilities(5).
fn agent(payload: &[u8]) -> Option<&[u8]> {
    let capabilities = payload.splitn(2, |byte| *byte == 0).nth(1)?;
    capabilities
        .split(u8::is_ascii_whitespace)
        .find_map(|word| word.strip_prefix(b"agent="))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            Looks, Speaker, dialog,
            tests::{context, play, played, reply},
        },
    };

    #[test]
    fn the_request_says_its_own_length() {
        let expected = b"0039git-upload-pack /portcheck/none.git\0host=server.example\0";
        let sent = played(Protocol::Git, &[]).sent.concat();
        assert_eq!(
            sent,
            [
                &format!("{:04x}", expected.len()).into_bytes(),
                &expected[4..]
            ]
            .concat()
        );
    }

    #[test]
    fn an_error_is_an_answer() {
        let text = "access denied or repository not exported: /portcheck/none.git";
        let answer = format!("{:04x}ERR {text}", text.len() + 8);
        let expected = Reply::service().with("error", text);
        assert_eq!(reply(Protocol::Git, &[answer.as_bytes()]), expected);
    }

    #[test]
    fn a_packet_that_is_longer_than_it_is_decides_at_its_end() {
        let mut dialog = dialog(Protocol::Git, &context(Protocol::Git)).unwrap();
        let played = play(&mut *dialog, &[b"ffffERR no"], End::Closed);
        assert_eq!(played.reply, Reply::service().with("error", "no"));
    }

    #[test]
    fn an_advertisement_names_the_software() {
        let name = "a".repeat(40);
        let payload = format!("{name} HEAD\0multi_ack agent=git/2.47.0 ofs-delta\n");
        let answer = format!("{:04x}{payload}0000", payload.len() + 4);
        let expected = Reply::service().with("version", "git/2.47.0");
        assert_eq!(reply(Protocol::Git, &[answer.as_bytes()]), expected);
        assert_eq!(reply(Protocol::Git, &[b"0000"]), Reply::service());
    }

    #[test]
    fn four_digits_alone_are_no_packet() {
        let speaker = |answer: &[u8]| reply(Protocol::Git, &[answer]).speaker;
        assert_eq!(speaker(b"0001"), Speaker::Other(Looks::Unknown));
        assert_eq!(speaker(b"000cbeefcake"), Speaker::Other(Looks::Unknown));
    }
}
