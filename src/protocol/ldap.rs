//! LDAP: the root entry, read without a bind; `StartTLS` where asked for. Source: RFC 4511.

use super::{
    Complaint, Context, End, Reply, Speaker,
    stream::{Talk, Turn},
};

/// The longest message that is waited for; of a longer one only the operation is read.
const WHOLE: usize = 4096;

/// The tags of the operations we meet. Source: RFC 4511 §4.5.2, §4.5.3, §4.12.
const ENTRY: u8 = 0x64;
const DONE: u8 = 0x65;
const REFERENCE: u8 = 0x73;
const EXTENDED: u8 = 0x78;

/// An extended request of the name 1.3.6.1.4.1.1466.20037. Source: RFC 4511 §4.14.1.
const START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// A search for the root entry alone, of one attribute, without a bind.
/// Source: RFC 4511 §4.5.1, RFC 4512 §5.1.
const ROOT_ENTRY: &[u8] = b"\x30\x3b\x02\x01\x02\x63\x36\x04\x00\x0a\x01\x00\x0a\x01\x00\
    \x02\x01\x01\x02\x01\x05\x01\x01\x00\x87\x0bobjectClass\
    \x30\x16\x04\x14supportedLDAPVersion";

/// Message 3: goodbye. Source: RFC 4511 §4.3.
const UNBIND: &[u8] = b"\x30\x05\x02\x01\x03\x42\x00";

/// A directory server. Never a bind, never an entry below the root.
pub(super) struct Ldap {
    /// Whether the next answer is the one to `StartTLS`.
    awaits_tls: bool,
    /// Whether `StartTLS` was granted.
    is_known: bool,
}

impl Ldap {
    /// `StartTLS` is wanted only where the context says so.
    pub(super) fn plain(context: &Context) -> Self {
        Self {
            awaits_tls: context.starttls.unwrap_or(false),
            is_known: false,
        }
    }

    /// TLS stands already.
    pub(super) const fn within_tls() -> Self {
        Self {
            awaits_tls: false,
            is_known: false,
        }
    }

    /// What an answer means.
    fn judge(&mut self, message: &Message<'_>) -> Turn {
        let result = message.result_code();
        match message.operation {
            // Message 0 is the server's own initiative: it hangs up. Source: RFC 4511 §4.4.1.
            EXTENDED if message.id == 0 => Turn::Done(told(
                Reply::from(Speaker::Unwilling(Complaint::NotReady)),
                result,
            )),
            EXTENDED if self.awaits_tls && result == Some(0) => {
                (self.awaits_tls, self.is_known) = (false, true);
                Turn::Secure {
                    read: message.length,
                }
            }
            EXTENDED if self.awaits_tls => {
                // protocolError is who does not know the request. Source: RFC 4511 §4.14.1.
                let complaint = match result {
                    Some(2) => Complaint::NoStartTls,
                    Some(_) | None => Complaint::StartTlsRefused,
                };
                Turn::Done(told(Reply::from(Speaker::Unwilling(complaint)), result))
            }
            ENTRY if !self.awaits_tls => {
                Turn::Done(Reply::service().with("version", versions(message.content)))
            }
            DONE if !self.awaits_tls => Turn::Done(told(Reply::service(), result)),
            REFERENCE if !self.awaits_tls => Turn::Done(Reply::service()),
            _ => Turn::Stranger,
        }
    }
}

impl Talk for Ldap {
    fn opening(&self) -> Vec<u8> {
        if self.awaits_tls {
            START_TLS.to_vec()
        } else {
            ROOT_ENTRY.to_vec()
        }
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        match message(heard, self.awaits_tls) {
            Ok(Some(message)) if message.is_decided => self.judge(&message),
            Ok(_) => Turn::More,
            Err(NotLdap) => Turn::Stranger,
        }
    }

    fn secured(&mut self) -> Option<Vec<u8>> {
        Some(ROOT_ENTRY.to_vec())
    }

    fn closed(&self, heard: &[u8], _end: End) -> Option<Reply> {
        let message = message(heard, self.awaits_tls).ok()??;
        let answers = matches!(message.operation, ENTRY | DONE | REFERENCE);
        (answers && !self.awaits_tls).then(Reply::service)
    }

    fn is_known(&self) -> bool {
        self.is_known
    }

    fn farewell(&self) -> &'static [u8] {
        UNBIND
    }
}

/// The beginning of a message. Source: RFC 4511 §4.1.1.
struct Message<'a> {
    id: u8,
    /// The tag of its operation.
    operation: u8,
    /// What is in the operation; empty if the message has not come whole or is too long.
    content: &'a [u8],
    /// Whether the message is whole, or too long to be waited for.
    is_decided: bool,
    /// How many bytes it says it takes.
    length: usize,
}

impl Message<'_> {
    /// The result code that an answer begins with. Source: RFC 4511 §4.1.9.
    fn result_code(&self) -> Option<u8> {
        match self.content {
            [0x0a, 1, code, ..] => Some(*code),
            _ => None,
        }
    }
}

/// What came is no message of LDAP, or answers nothing we asked.
struct NotLdap;

/// The message at the beginning of `heard`; `None` while its operation has not come. Its id must
/// be that of our question, or 0.
fn message(heard: &[u8], awaits_tls: bool) -> Result<Option<Message<'_>>, NotLdap> {
    let Some(Element {
        tag,
        header,
        length,
    }) = element(heard)?
    else {
        return match heard.first() {
            Some(0x30) | None => Ok(None),
            Some(_) => Err(NotLdap),
        };
    };
    let ours = if awaits_tls { 1 } else { 2 };
    let body = &heard[header..];
    for (at, byte) in body.iter().take(4).enumerate() {
        let agrees = match at {
            0 => *byte == 2,
            1 => *byte == 1,
            2 => *byte == ours || *byte == 0,
            _ => matches!(*byte, ENTRY | DONE | REFERENCE | EXTENDED),
        };
        if !agrees {
            return Err(NotLdap);
        }
    }
    if tag != 0x30 || length < 5 {
        return Err(NotLdap);
    }
    let [_, _, id, operation, ..] = *body else {
        return Ok(None);
    };
    let total = header.saturating_add(length);
    let content = heard
        .get(header + 3..total)
        .filter(|_| total <= WHOLE)
        .and_then(|body| content(body, operation));
    Ok(Some(Message {
        id,
        operation,
        content: content.map(|(content, _)| content).unwrap_or_default(),
        is_decided: heard.len() >= total || total > WHOLE,
        length: total,
    }))
}

/// The tag of a BER element, how many bytes tag and length take, and the length.
struct Element {
    tag: u8,
    header: usize,
    length: usize,
}

/// The element at the beginning of `bytes`, whose content may be missing; `None` while its length
/// has not come. The indefinite form is forbidden. Source: RFC 4511 §5.1, X.690 §8.1.3.
fn element(bytes: &[u8]) -> Result<Option<Element>, NotLdap> {
    let [tag, length, rest @ ..] = bytes else {
        return Ok(None);
    };
    let (octets, length) = match length {
        0..0x80 => (0, usize::from(*length)),
        0x81..=0x84 => {
            let octets = usize::from(length & 0x7f);
            let Some(digits) = rest.get(..octets) else {
                return Ok(None);
            };
            let add = |sum: usize, digit: &u8| (sum << 8) | usize::from(*digit);
            (octets, digits.iter().fold(0, add))
        }
        0x80 | 0x85.. => return Err(NotLdap),
    };
    Ok(Some(Element {
        tag: *tag,
        header: 2 + octets,
        length,
    }))
}

/// The content of the element at the beginning of `bytes` if it has that tag and is whole, and
/// what follows it.
fn content(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let element = element(bytes).ok()??;
    let content = bytes.get(element.header..)?;
    (element.tag == tag).then_some(())?;
    content.split_at_checked(element.length)
}

/// The values of the entry's first attribute, the one we asked for: `2, 3`.
fn versions(entry: &[u8]) -> String {
    let values = || {
        let (_name, rest) = content(entry, 0x04)?;
        let (attributes, _) = content(rest, 0x30)?;
        let (attribute, _) = content(attributes, 0x30)?;
        let (_type, values) = content(attribute, 0x04)?;
        Some(content(values, 0x31)?.0)
    };
    let mut rest = values().unwrap_or_default();
    let mut versions = Vec::new();
    while let Some((value, after)) = content(rest, 0x04) {
        versions.push(String::from_utf8_lossy(value));
        rest = after;
    }
    versions.join(", ")
}

/// The reply with the result code, where one came.
fn told(reply: Reply, result: Option<u8>) -> Reply {
    match result {
        Some(code) => reply.with("result", code.to_string()),
        None => reply,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            Looks, dialog,
            tests::{Played, context, hex, play, played, reply},
        },
    };

    /// The root entry with versions 2 and 3, and the result, as they were seen.
    const ENTRY_AND_DONE: &str = "302b 020102 6426 0400 3022 3020 0414737570706f727465644c44415056657273696f6e \
         3108 040132 0403332e30 300c 020102 6507 0a0100 0400 0400";

    fn starttls(pieces: &[&[u8]]) -> Played {
        let context = Context {
            starttls: Some(true),
            ..context(Protocol::Ldap)
        };
        play(
            &mut *dialog(Protocol::Ldap, &context).unwrap(),
            pieces,
            End::Silence,
        )
    }

    #[test]
    fn the_root_entry_is_asked_for_without_a_bind() {
        let played = played(Protocol::Ldap, &[&hex(ENTRY_AND_DONE)]);
        let search = hex(
            "303b020102633604000a01000a0100020101020105010100870b6f626a656374436c61737330160414737570706f727465644c44415056657273696f6e",
        );
        assert_eq!(played.sent, [search, hex("30050201034200")]);
        assert_eq!(played.reply, Reply::service().with("version", "2, 3.0"));
    }

    #[test]
    fn any_result_is_an_answer() {
        let insufficient = hex("300c 020102 6507 0a0132 0400 0400");
        let expected = Reply::service().with("result", "50");
        assert_eq!(reply(Protocol::Ldaps, &[&insufficient]), expected);
    }

    #[test]
    fn a_server_that_hangs_up_says_so_unasked() {
        let notice = hex(
            "3024 020100 781f 0a0134 0400 0400 8a16 312e332e362e312e342e312e313436362e3230303336",
        );
        let expected = Reply::from(Speaker::Unwilling(Complaint::NotReady)).with("result", "52");
        assert_eq!(reply(Protocol::Ldap, &[&notice]), expected);
    }

    #[test]
    fn starttls_comes_first_where_it_is_wanted() {
        let played = starttls(&[&hex("300c020101780 70a010004000400"), &hex(ENTRY_AND_DONE)]);
        assert_eq!(
            (played.secured, played.reply),
            (true, Reply::service().with("version", "2, 3.0"))
        );
        assert_eq!(
            played.sent[0],
            hex("301d02010177188016312e332e362e312e342e312e313436362e3230303337")
        );
    }

    #[test]
    fn starttls_that_is_not_there_is_a_complaint() {
        let played = starttls(&[&hex("300c 020101 7807 0a0102 0400 0400")]);
        let expected = Reply::from(Speaker::Unwilling(Complaint::NoStartTls)).with("result", "2");
        assert_eq!((played.secured, played.reply), (false, expected));
    }

    #[test]
    fn an_absurd_length_is_not_waited_for() {
        let speaker = |digits: &str| reply(Protocol::Ldap, &[&hex(digits)]).speaker;
        assert_eq!(speaker("3084ffffffff 020102 64"), Speaker::Service);
        assert_eq!(speaker("3080 020102 64 00"), Speaker::Other(Looks::Unknown));
        let played = starttls(&[&hex("3084ffffffff 020101 78 84ffffff00 0a0100")]);
        assert!(!played.secured);
    }

    #[test]
    fn an_answer_to_no_question_of_ours_is_none() {
        let done = hex("300c 020107 6507 0a0100 0400 0400");
        let speaker = reply(Protocol::Ldap, &[&done]).speaker;
        assert_eq!(speaker, Speaker::Other(Looks::Known(Protocol::Ldap)));
    }
}
