//! IPMI: a baseboard management controller, without a session. Source: IPMI v2.0 §13, ASF 2.0 §3.2.4.

use super::{
    Context, Looks, Reply, Speaker,
    datagram::{Answer, Exchange},
};

/// RMCP version 1, no sequence number, so no acknowledgement. Source: IPMI v2.0 §13.1.3.
const RMCP: [u8; 3] = [6, 0, 0xff];

/// The class of the ASF ping and pong.
const ASF: u8 = 6;

/// The class of IPMI messages.
const IPMI: u8 = 7;

/// ASF's own number among enterprises. Source: IANA, 4542.
const ASF_ENTERPRISE: [u8; 4] = [0, 0, 0x11, 0xbe];

/// Get Channel Authentication Capabilities: no session, this channel (0x8e), privilege 4.
/// It may be asked before any login. Source: IPMI v2.0 §13.6, §22.13.
const CAPABILITIES: [u8; 23] = [
    6, 0, 0xff, IPMI, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, // session header, 9 bytes follow
    0x20, 0x18, 0xc8, 0x81, 0, 0x38, 0x8e, 4, 0xb5,
];

/// A management controller. No session, no challenge, no chassis command, never a broadcast.
pub(super) struct Ipmi {
    tag: u8,
}

impl Ipmi {
    pub(super) fn new(context: &Context) -> Self {
        let [tag] = context.id();
        // 255 would ask for no answer. Source: ASF 2.0 §3.2.3.
        Self { tag: tag & 0x7f }
    }
}

impl Exchange for Ipmi {
    fn question(&self) -> Vec<u8> {
        let [a, b, c, d] = ASF_ENTERPRISE;
        [&RMCP[..], &[ASF, a, b, c, d, 0x80, self.tag, 0, 0]].concat()
    }

    /// Controllers that leave the ping unanswered answer the question of IPMI itself.
    fn repeat(&self, _sent: u32) -> Vec<u8> {
        CAPABILITIES.to_vec()
    }

    fn hear(&self, datagram: &[u8]) -> Answer {
        match datagram {
            [6, _, 0xff, ASF, body @ ..] => self.pong(body),
            [6, _, 0xff, IPMI, body @ ..] => capabilities(body),
            // An acknowledgement, which nobody asked for.
            [6, _, _, 0x86 | 0x87, ..] => Answer::NotOurs,
            _ => Answer::Stranger,
        }
    }
}

impl Ipmi {
    /// A pong with our tag. Bit 7 of the supported entities says IPMI. Source: ASF 2.0 §3.2.4.3.
    fn pong(&self, body: &[u8]) -> Answer {
        let (Some(head), Some(entities)) = (body.first_chunk::<6>(), body.get(16)) else {
            return Answer::Stranger;
        };
        if head[..5] != [0, 0, 0x11, 0xbe, 0x40] || head[5] != self.tag {
            return Answer::NotOurs;
        }
        Answer::Ours(if entities & 0x80 == 0 {
            Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "RMCP without IPMI")
        } else {
            Reply::service()
        })
    }
}

/// The answer to [`CAPABILITIES`], outside of any session. Source: IPMI v2.0 §13.8, §22.13.
fn capabilities(body: &[u8]) -> Answer {
    let [0, _, _, _, _, 0, 0, 0, 0, _length, message @ ..] = body else {
        return Answer::Stranger;
    };
    let [0x81, 0x1c, _, _, _, 0x38, completion, data @ ..] = message else {
        return Answer::NotOurs;
    };
    let reply = match (*completion, data) {
        (0, [_channel, kinds, _status, extended, ..]) => {
            let is_2 = kinds & 0x80 != 0 && extended & 2 != 0;
            Reply::service().with("version", if is_2 { "2.0" } else { "1.5" })
        }
        (code, _) => Reply::service().with("completion", format!("{code:#04x}")),
    };
    Answer::Ours(reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            dialog,
            tests::{context, hex, played, reply},
        },
    };

    #[test]
    fn a_ping_comes_first_and_the_question_of_ipmi_after_it() {
        let ping = hex("0600ff06000011be80110000");
        assert_eq!(played(Protocol::Ipmi, &[]).sent, [ping]);
        let mut dialog = dialog(Protocol::Ipmi, &context(Protocol::Ipmi)).unwrap();
        let question = hex("0600ff07000000000000000000092018c88100388e04b5");
        assert_eq!(dialog.again(1), Some(question));
    }

    #[test]
    fn the_answer_to_the_question_of_ipmi_tells_its_version() {
        let answer = hex("0600ff0700000000000000000010811c632000380001850503000000001a");
        let expected = Reply::service().with("version", "2.0");
        assert_eq!(reply(Protocol::Ipmi, &[&answer]), expected);
        let error = hex("0600ff0700000000000000000008811c63200038c100");
        let expected = Reply::service().with("completion", "0xc1");
        assert_eq!(reply(Protocol::Ipmi, &[&error]), expected);
    }

    #[test]
    fn a_pong_without_ipmi_is_another_service() {
        let pong = hex("0600ff06000011be40110010000011be000000000100000000000000");
        let expected =
            Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "RMCP without IPMI");
        assert_eq!(reply(Protocol::Ipmi, &[&pong]), expected);
    }

    #[test]
    fn another_ones_pong_is_left_aside() {
        let other = hex("0600ff06000011be40220010000011be000000008100000000000000");
        let ours = hex("0600ff06000011be40110010000011be000000008100000000000000");
        assert_eq!(reply(Protocol::Ipmi, &[&other, &ours]), Reply::service());
    }
}
