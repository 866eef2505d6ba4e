//! DNS over UDP and TCP: one question. Source: RFC 1035 §4, RFC 7766, RFC 6891.

use hickory_resolver::proto::{
    op::{Edns, Header, Message, MessageType, OpCode, Query, ResponseCode},
    rr::{Name, RecordType},
    serialize::binary::{BinDecodable, BinDecoder},
};

use super::{
    Complaint, Context, Reply, Speaker,
    datagram::{self, Exchange},
    stream::{Talk, Turn},
    wire::u16_at,
};

/// The size that passes everywhere unfragmented. Source: DNS flag day 2020.
const PAYLOAD: u16 = 1232;

/// How much of an answer is read: header and question (12 + 255 + 4 bytes) fit.
const ENOUGH: usize = 512;

/// A name server. Never asked for ANY, a zone, an update or its version.
pub(super) struct Dns {
    id: u16,
    query: Query,
}

impl Dns {
    /// Asks for the context's question, or else for the name servers of the root.
    pub(super) fn new(context: &Context) -> Self {
        let name = context
            .question
            .as_deref()
            .and_then(|name| Name::from_ascii(name).ok());
        let query = match name {
            Some(mut name) => {
                name.set_fqdn(true);
                Query::query(name, RecordType::A)
            }
            None => Query::query(Name::root(), RecordType::NS),
        };
        Self {
            id: u16::from_be_bytes(context.id()),
            query,
        }
    }

    fn message(&self) -> Vec<u8> {
        let mut message = Message::new(self.id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(self.query.clone());
        let mut edns = Edns::new();
        edns.set_max_payload(PAYLOAD);
        message.set_edns(edns);
        // One question with a name that was parsed always encodes.
        message.to_vec().unwrap_or_default()
    }

    /// What a message is. Only header and question are read: records are the resolver's matter.
    fn judge(&self, message: &[u8]) -> datagram::Answer {
        let mut decoder = BinDecoder::new(message);
        let Ok(header) = Header::read(&mut decoder) else {
            return datagram::Answer::Stranger;
        };
        let Header {
            metadata, counts, ..
        } = header;
        let rcode = metadata.response_code;
        let echoes = match counts.queries {
            0 => rcode != ResponseCode::NoError, // some leave it out of their errors
            _ => Query::read(&mut decoder).is_ok_and(|query| query == self.query),
        };
        if metadata.id != self.id || metadata.message_type != MessageType::Response || !echoes {
            return datagram::Answer::NotOurs;
        }
        let mut reply = Reply::from(speaker(rcode))
            .with("rcode", rcode_word(rcode))
            .with("answers", counts.answers.to_string());
        if metadata.truncation {
            reply = reply.with("truncated", "yes");
        }
        datagram::Answer::Ours(reply)
    }
}

impl Exchange for Dns {
    fn question(&self) -> Vec<u8> {
        self.message()
    }

    fn hear(&self, datagram: &[u8]) -> datagram::Answer {
        self.judge(datagram)
    }
}

impl Talk for Dns {
    fn opening(&self) -> Vec<u8> {
        let message = self.message();
        let length = u16::try_from(message.len()).unwrap_or_default(); // at most 282
        [&length.to_be_bytes(), message.as_slice()].concat()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let (Some(length), Some(id)) = (u16_at(heard, 0), u16_at(heard, 2)) else {
            return Turn::More;
        };
        let length = usize::from(length);
        if id != self.id || length < 12 {
            return Turn::Stranger;
        }
        let Some(message) = heard.get(2..2 + length.min(ENOUGH)) else {
            return Turn::More;
        };
        match self.judge(message) {
            datagram::Answer::Ours(reply) => Turn::Done(reply),
            datagram::Answer::NotOurs | datagram::Answer::Stranger => Turn::Stranger,
        }
    }
}

/// NXDOMAIN is an answer; a refusal is for us, the rest is the server's own trouble.
/// Source: RFC 1035 §4.1.1.
const fn speaker(rcode: ResponseCode) -> Speaker {
    match rcode {
        ResponseCode::NoError | ResponseCode::NXDomain => Speaker::Service,
        ResponseCode::Refused => Speaker::Unwilling(Complaint::DnsRefused),
        _ => Speaker::Unwilling(Complaint::DnsServerFailure),
    }
}

/// The RCODE as resolvers and their manuals write it. Source: IANA's DNS parameters.
fn rcode_word(rcode: ResponseCode) -> String {
    match rcode {
        ResponseCode::NoError => "NOERROR".to_owned(),
        ResponseCode::FormErr => "FORMERR".to_owned(),
        ResponseCode::ServFail => "SERVFAIL".to_owned(),
        ResponseCode::NXDomain => "NXDOMAIN".to_owned(),
        ResponseCode::NotImp => "NOTIMP".to_owned(),
        ResponseCode::Refused => "REFUSED".to_owned(),
        other => u16::from(other).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            End, Looks, dialog,
            tests::{context, hex, play, played, reply},
        },
    };

    fn answered(speaker: Speaker, rcode: &str, answers: u16) -> Reply {
        let reply = Reply::from(speaker).with("rcode", rcode);
        reply.with("answers", answers.to_string())
    }

    fn refused() -> Speaker {
        Speaker::Unwilling(Complaint::DnsRefused)
    }

    #[test]
    fn a_name_is_asked_for_with_recursion_and_room() {
        let context = Context {
            question: Some("ab.example".into()),
            ..context(Protocol::Dns)
        };
        let played = play(
            &mut *dialog(Protocol::Dns, &context).unwrap(),
            &[],
            End::Silence,
        );
        let expected = hex(
            "1112 0100 0001 0000 0000 0001 026162 076578616d706c65 00 0001 0001 00 0029 04d0 00000000 0000",
        );
        assert_eq!(played.sent, [expected]);
    }

    #[test]
    fn over_tcp_the_length_comes_first() {
        let message = hex("1112 0100 0001 0000 0000 0001 00 0002 0001 00 0029 04d0 00000000 0000");
        let udp = played(Protocol::Dns, &[]).sent.concat();
        assert_eq!(udp, message);
        let tcp = played(Protocol::DnsTcp, &[]).sent.concat();
        assert_eq!(tcp, [vec![0, 28], message].concat());
    }

    #[test]
    fn an_rcode_is_the_answer() {
        let unable = Speaker::Unwilling(Complaint::DnsServerFailure);
        let cases = [
            ("8180 0001 0002", answered(Speaker::Service, "NOERROR", 2)),
            ("8183 0001 0000", answered(Speaker::Service, "NXDOMAIN", 0)),
            ("8182 0001 0000", answered(unable.clone(), "SERVFAIL", 0)),
            ("8184 0001 0000", answered(unable, "NOTIMP", 0)),
            ("8185 0001 0000", answered(refused(), "REFUSED", 0)),
            (
                "8380 0001 0000",
                answered(Speaker::Service, "NOERROR", 0).with("truncated", "yes"),
            ),
        ];
        for (header, expected) in cases {
            let datagram = hex(&format!("1112 {header} 0000 0000 00 0002 0001"));
            assert_eq!(reply(Protocol::Dns, &[&datagram]), expected);
        }
    }

    #[test]
    fn a_refusal_may_leave_the_question_out_and_an_answer_may_not() {
        let refusal = hex("1112 8185 0000 0000 0000 0000");
        assert_eq!(
            reply(Protocol::Dns, &[&refusal]),
            answered(refused(), "REFUSED", 0)
        );
        let silent = Speaker::Ended {
            end: End::Silence,
            spoke: true,
            asked: true,
        };
        let empty = hex("1112 8180 0000 0000 0000 0000");
        assert_eq!(reply(Protocol::Dns, &[&empty]), Reply::from(silent));
    }

    #[test]
    fn an_answer_with_another_id_or_question_is_left_aside() {
        let other_id = hex("9999 8180 0001 0000 0000 0000 00 0002 0001");
        let other_question = hex("1112 8180 0001 0000 0000 0000 0161 00 0001 0001");
        let echo = hex("1112 0100 0001 0000 0000 0000 00 0002 0001");
        let right = hex("1112 8180 0001 0000 0000 0000 00 0002 0001");
        assert_eq!(
            reply(Protocol::Dns, &[&other_id, &other_question, &echo, &right]),
            answered(Speaker::Service, "NOERROR", 0)
        );
    }

    #[test]
    fn a_datagram_without_a_header_is_no_dns() {
        let expected = Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "hello");
        assert_eq!(reply(Protocol::Dns, &[b"hello"]), expected);
    }
}
