//! PostgreSQL: whether it speaks TLS, and the handshake if it does. Source: its manual, "SSL Session Encryption".

use super::{
    Complaint, Context, Fact, Reply, Speaker,
    stream::{Talk, Turn},
    wire::u32_at,
};

/// `SSLRequest`: eight bytes, version 1234.5679. No user name is ever sent.
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f];

/// The longest error that is waited for.
const LONGEST: u32 = 4096;

/// A PostgreSQL server, or one that speaks like it (Redshift).
pub(super) struct Postgres {
    wanted: Option<bool>,
    offers_tls: bool,
}

impl Postgres {
    /// TLS is taken where it is offered, unless the context says otherwise.
    pub(super) fn new(context: &Context) -> Self {
        Self {
            wanted: context.tls,
            offers_tls: false,
        }
    }

    /// After `N`.
    fn without_tls(&self) -> Reply {
        Reply::wanting_tls(self.wanted == Some(true), false).with("tls", "no")
    }
}

impl Talk for Postgres {
    fn opening(&self) -> Vec<u8> {
        SSL_REQUEST.to_vec()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        match heard {
            // The answer is one byte alone. With more it is another service's text, or commands
            // put in before TLS. Source: CVE-2021-23222.
            [b'S'] if self.wanted == Some(false) => Turn::Done(Reply::service().with("tls", "yes")),
            [b'S'] => {
                self.offers_tls = true;
                Turn::Secure { read: 1 }
            }
            [b'N'] => Turn::Done(self.without_tls()),
            [b'E'] => Turn::More,
            [b'E', 0, ..] => error(heard),
            [b'E', ..] => old_error(heard),
            _ => Turn::Stranger,
        }
    }

    fn learnt(&self) -> Option<Fact> {
        self.offers_tls.then(|| Fact {
            label: "tls",
            value: "yes".to_owned(),
        })
    }
}

/// An `ErrorResponse`: length, then fields of a letter and a text that ends in NUL.
/// Source: the manual, "Error and Notice Message Fields".
fn error(heard: &[u8]) -> Turn {
    let Some(length) = u32_at(heard, 1) else {
        return Turn::More;
    };
    if !(8..=LONGEST).contains(&length) {
        return Turn::Stranger;
    }
    let Some(fields) = heard.get(5..=length as usize) else {
        return Turn::More;
    };
    let field = |letter: u8| {
        fields
            .split(|byte| *byte == 0)
            .find_map(|field| field.strip_prefix(&[letter]))
    };
    let Some(code) = field(b'C') else {
        return Turn::Stranger;
    };
    let text = field(b'M').unwrap_or_default();
    Turn::Done(Reply::from(speaker(code)).with("error", text))
}

/// What the class of an SQLSTATE says: 28 is about who asks, 53 resources, 57 an operator.
/// Source: the manual, "PostgreSQL Error Codes".
fn speaker(code: &[u8]) -> Speaker {
    match code.get(..2) {
        Some(b"28") => Speaker::Unwilling(Complaint::AccessDenied),
        Some(b"53" | b"57") => Speaker::Unwilling(Complaint::NotReady),
        Some(_) | None => Speaker::Service,
    }
}

/// An error of the protocol before version 3, a text that ends in NUL: so answers a server that
/// cannot even start a process for us.
fn old_error(heard: &[u8]) -> Turn {
    let text = &heard[1..];
    let end = text.iter().position(|byte| *byte == 0);
    if text[..end.unwrap_or(text.len())].contains(&b'\r') {
        return Turn::Stranger; // a line of some text protocol
    }
    match end {
        Some(end) => Turn::Done(
            Reply::from(Speaker::Unwilling(Complaint::NotReady)).with("error", &text[..end]),
        ),
        None => Turn::More,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            End, Looks, dialog,
            tests::{Played, context, play, played, reply},
        },
    };

    fn error(code: &str) -> Reply {
        let fields = format!("SFATAL\0VFATAL\0C{code}\0Mtext\0\0");
        let length = u32::try_from(fields.len()).unwrap() + 4;
        let answer = [b"E", &length.to_be_bytes()[..], fields.as_bytes()].concat();
        reply(Protocol::Postgres, &[&answer])
    }

    #[test]
    fn one_byte_says_whether_tls_is_spoken() {
        let played = played(Protocol::Postgres, &[b"S"]);
        assert_eq!(played.reply, Reply::service().with("tls", "yes"));
        assert_eq!(played.sent, [SSL_REQUEST]);
        assert!(played.secured);
        let expected = Reply::service().with("tls", "no");
        assert_eq!(reply(Protocol::Postgres, &[b"N"]), expected);
    }

    fn reply_wanting(tls: bool, answer: &[u8]) -> Played {
        let context = Context {
            tls: Some(tls),
            ..context(Protocol::Postgres)
        };
        let mut dialog = dialog(Protocol::Postgres, &context).unwrap();
        play(&mut *dialog, &[answer], End::Closed)
    }

    #[test]
    fn a_server_without_tls_is_a_complaint_where_tls_is_wanted() {
        let complaint = Reply::from(Speaker::Unwilling(Complaint::NoTls)).with("tls", "no");
        assert_eq!(reply_wanting(true, b"N").reply, complaint);
        let content = Reply::service().with("tls", "no");
        assert_eq!(reply_wanting(false, b"N").reply, content);
    }

    #[test]
    fn tls_that_is_not_wanted_is_not_begun() {
        let played = reply_wanting(false, b"S");
        assert!(!played.secured);
        assert_eq!(played.reply, Reply::service().with("tls", "yes"));
    }

    #[test]
    fn a_text_that_begins_with_the_right_byte_is_another_service() {
        let speaker = |answer: &[u8]| reply(Protocol::Postgres, &[answer]).speaker;
        let ssh = Speaker::Other(Looks::Known(Protocol::Ssh));
        assert_eq!(speaker(b"SSH-2.0-OpenSSH_9.2p1\r\n"), ssh);
        assert_eq!(speaker(b"ERROR\r\n"), Speaker::Other(Looks::Unknown));
        assert_eq!(speaker(b"S\x16\x03\x03"), Speaker::Other(Looks::Unknown));
    }

    #[test]
    fn an_error_is_told_by_its_code() {
        let with_text = |speaker| Reply::from(speaker).with("error", "text");
        let unwilling = |complaint| with_text(Speaker::Unwilling(complaint));
        assert_eq!(error("53300"), unwilling(Complaint::NotReady));
        assert_eq!(error("57P03"), unwilling(Complaint::NotReady));
        assert_eq!(error("28000"), unwilling(Complaint::AccessDenied));
        assert_eq!(error("0A000"), with_text(Speaker::Service));
    }

    #[test]
    fn an_error_of_the_old_protocol_is_a_server_in_trouble() {
        let expected = Reply::from(Speaker::Unwilling(Complaint::NotReady))
            .with("error", "could not fork new process");
        let answer = b"Ecould not fork new process\n\0";
        assert_eq!(reply(Protocol::Postgres, &[answer]), expected);
    }
}
