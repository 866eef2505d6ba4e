//! Oracle's listener: a ping, as `tnsping` sends it. Source: Oracle Net Services Reference; the layout
//! of a CONNECT packet as Wireshark's dissector of TNS has it.

use super::{
    Reply,
    stream::{Talk, Turn},
    wire::u16_at,
};

/// What is asked: no service and no user is named.
const PING: &[u8] = b"(DESCRIPTION=(CONNECT_DATA=(COMMAND=ping)))";

/// Where the data of a CONNECT packet begins.
const DATA: usize = 58;

/// The longest answer that is waited for, in bytes.
const LONGEST: usize = 4096;

/// An Oracle listener.
pub(super) struct Oracle;

impl Talk for Oracle {
    fn opening(&self) -> Vec<u8> {
        let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
        let mut packet = vec![0; DATA];
        packet[0..2].copy_from_slice(&length(DATA + PING.len()));
        packet[4] = 1; // CONNECT
        packet[8..10].copy_from_slice(&0x0136_u16.to_be_bytes()); // our version,
        packet[10..12].copy_from_slice(&0x012c_u16.to_be_bytes()); // and the oldest we take
        packet[14..16].copy_from_slice(&0x0800_u16.to_be_bytes()); // the unit of a session,
        packet[16..18].copy_from_slice(&0x7fff_u16.to_be_bytes()); // and of the transport
        packet[18..20].copy_from_slice(&0x7f08_u16.to_be_bytes()); // what the transport can do
        packet[22..24].copy_from_slice(&0x0001_u16.to_be_bytes()); // our order of bytes
        packet[24..26].copy_from_slice(&length(PING.len()));
        packet[26..28].copy_from_slice(&length(DATA));
        packet.extend_from_slice(PING);
        packet
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let Some(length) = u16_at(heard, 0).map(usize::from) else {
            return Turn::More;
        };
        // Two bytes of a check that is off, the type, and a byte that is reserved.
        let is_head = heard.iter().skip(2).take(2).all(|byte| *byte == 0);
        if !(8..=LONGEST).contains(&length) || !is_head {
            return Turn::Stranger;
        }
        match (heard.get(4), heard.get(8..length)) {
            // ACCEPT, REDIRECT, RESEND; and REFUSE, which is how a ping is answered.
            (None | Some(2 | 4 | 5 | 11), None) => Turn::More,
            (Some(4), Some(body)) => refused(body),
            (Some(2 | 5 | 11), Some(_)) => Turn::Done(Reply::service()),
            (Some(_) | None, _) => Turn::Stranger,
        }
    }
}

/// Two reasons, a length, and a text in brackets; `ERR=0` is the answer to a ping.
fn refused(body: &[u8]) -> Turn {
    match body.get(4..) {
        Some(text) if text.starts_with(b"(") => Turn::Done(Reply::service().with("listener", text)),
        Some(_) | None => Turn::Stranger,
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
    fn a_ping_is_answered_by_a_refusal_without_a_fault() {
        let text = b"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=0)(ALIAS=LISTENER))";
        let length = u8::try_from(12 + text.len()).unwrap();
        let head = [0, length, 0, 0, 4, 0, 0, 0, 0, 0, 0, length - 12];
        let played = played(Protocol::Oracle, &[&[&head[..], text].concat()]);
        let expected = Reply::service().with("listener", &text[..]);
        assert_eq!(played.reply, expected);
        let sent = played.sent.concat();
        assert_eq!(sent.len(), DATA + PING.len());
        assert!(sent.ends_with(PING));
    }

    #[test]
    fn another_answer_is_another_service() {
        let unknown = Speaker::Other(Looks::Unknown);
        assert_eq!(
            reply(Protocol::Oracle, &[b"\0\x08\0\0\x09\0\0\0"]).speaker,
            unknown
        );
        let http = Speaker::Other(Looks::Known(Protocol::Http));
        assert_eq!(
            reply(Protocol::Oracle, &[b"HTTP/1.1 400 Bad Request\r\n"]).speaker,
            http
        );
    }
}
