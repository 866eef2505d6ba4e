//! Mail: greeting, EHLO, STARTTLS, and no mail. Source: RFC 5321, RFC 3207.

use std::{net::IpAddr, time::Duration};

use super::{
    Complaint, Context, End, Fact, Reply, Speaker,
    stream::{Talk, Turn},
    wire::line,
};
use crate::{net::Host, text::stranger};

/// How long a greeting may take: servers make strangers wait on purpose. RFC 5321 §4.5.3.2.1
/// grants five minutes, which nobody needs.
const GREETING: Duration = Duration::from_secs(20);

/// A mail server. It speaks first: who talks before the greeting is taken for a spammer.
pub(super) struct Smtp {
    ehlo: Vec<u8>,
    wants_tls: bool,
    awaits: Awaits,
    /// The first line of the greeting, made harmless.
    banner: Option<String>,
}

/// Which reply comes next.
#[derive(Clone, Copy)]
enum Awaits {
    Greeting,
    Ehlo,
    GoAhead,
}

impl Smtp {
    /// STARTTLS is wanted unless the context says otherwise.
    pub(super) fn plain(context: &Context) -> Self {
        Self::new(context, context.starttls.unwrap_or(true))
    }

    /// TLS stands already. Source: RFC 8314 §3.3.
    pub(super) fn within_tls(context: &Context) -> Self {
        Self::new(context, false)
    }

    fn new(context: &Context, wants_tls: bool) -> Self {
        Self {
            ehlo: format!("EHLO {}\r\n", client_name(&context.client_name)).into_bytes(),
            wants_tls,
            awaits: Awaits::Greeting,
            banner: None,
        }
    }

    fn answered(&mut self, answer: &Answer<'_>) -> Turn {
        match self.awaits {
            Awaits::Greeting => self.greeted(answer),
            Awaits::Ehlo => self.told(answer),
            Awaits::GoAhead => allowed(answer),
        }
    }

    /// After the greeting.
    fn greeted(&mut self, answer: &Answer<'_>) -> Turn {
        if !matches!(answer.code, 220 | 400..=599) {
            return Turn::Stranger;
        }
        self.banner = Some(stranger(answer.first));
        if answer.code != 220 {
            return Turn::Done(Reply::from(refusal(answer.code, answer.last)));
        }
        self.awaits = Awaits::Ehlo;
        Turn::Say {
            read: answer.length,
            words: self.ehlo.clone(),
        }
    }

    /// After EHLO.
    fn told(&mut self, answer: &Answer<'_>) -> Turn {
        match answer.code {
            250 if !self.wants_tls => Turn::Done(Reply::service()),
            250 if !answer.offers_starttls => {
                Turn::Done(Reply::from(Speaker::Unwilling(Complaint::NoStartTls)))
            }
            250 => {
                self.awaits = Awaits::GoAhead;
                Turn::Say {
                    read: answer.length,
                    words: b"STARTTLS\r\n".to_vec(),
                }
            }
            code => ehlo_refused(code, answer.last),
        }
    }
}

/// After STARTTLS. Once TLS stands all is known: what a second EHLO would tell is another round trip
/// away, and mail is not sent.
fn allowed(answer: &Answer<'_>) -> Turn {
    if answer.code == 220 {
        return Turn::Secure {
            read: answer.length,
        };
    }
    let reply = Reply::from(Speaker::Unwilling(Complaint::StartTlsRefused));
    Turn::Done(reply.with("answer", answer.last))
}

impl Talk for Smtp {
    fn opening(&self) -> Vec<u8> {
        Vec::new()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        match read(heard) {
            Ok(Some(answer)) => self.answered(&answer),
            Ok(None) => Turn::More,
            Err(NotSmtp) => Turn::Stranger,
        }
    }

    fn closed(&self, heard: &[u8], _end: End) -> Option<Reply> {
        // Who turns a client away may not take the time for the end of the line.
        let line = [heard, b"\r\n"].concat();
        let answer = read(&line).ok().flatten()?;
        let refused = (400..=599).contains(&answer.code);
        match self.awaits {
            Awaits::Greeting | Awaits::Ehlo if refused => {
                Some(Reply::from(refusal(answer.code, answer.last)).with("answer", answer.last))
            }
            Awaits::Greeting | Awaits::Ehlo | Awaits::GoAhead => None,
        }
    }

    fn learnt(&self) -> Option<Fact> {
        self.banner.clone().map(|value| Fact {
            label: "banner",
            value,
        })
    }

    fn farewell(&self) -> &'static [u8] {
        b"QUIT\r\n"
    }

    fn patience(&self) -> Option<Duration> {
        Some(GREETING)
    }
}

/// Our own name, or an address in brackets where there is no name.
/// Source: RFC 5321 §4.1.1.1, §4.1.3.
fn client_name(name: &str) -> String {
    match name.parse::<Host>() {
        Ok(Host::Name(name)) => name,
        Ok(Host::Address(IpAddr::V4(address))) => format!("[{address}]"),
        Ok(Host::Address(IpAddr::V6(address))) => format!("[IPv6:{address}]"),
        Ok(Host::OnLink(_)) | Err(_) => "[127.0.0.1]".to_owned(),
    }
}

/// A whole reply, of one line or more. Source: RFC 5321 §4.2.1.
struct Answer<'a> {
    code: u16,
    first: &'a [u8],
    last: &'a [u8],
    offers_starttls: bool,
    /// How many bytes it takes.
    length: usize,
}

/// What came is no reply of SMTP.
struct NotSmtp;

/// The reply at the beginning of `heard`; `None` while it is not whole.
fn read(heard: &[u8]) -> Result<Option<Answer<'_>>, NotSmtp> {
    let (mut rest, mut first, mut offers_starttls) = (heard, None, false);
    while let Some((line, after)) = line(rest) {
        let code = code_of(line).ok_or(NotSmtp)?;
        rest = after;
        offers_starttls |= is_starttls(line);
        let (first_code, first) = *first.get_or_insert((code, line));
        if first_code != code {
            return Err(NotSmtp);
        }
        if line.get(3) != Some(&b'-') {
            let (last, length) = (line, heard.len() - rest.len());
            return Ok(Some(Answer {
                code,
                first,
                last,
                offers_starttls,
                length,
            }));
        }
    }
    if begins_line(rest) {
        Ok(None)
    } else {
        Err(NotSmtp)
    }
}

/// The code of a whole line: `250-SIZE 1000`, `250 OK`, `250`.
fn code_of(line: &[u8]) -> Option<u16> {
    if line.len() < 3 || !begins_line(line) {
        return None;
    }
    str::from_utf8(&line[..3]).ok()?.parse().ok()
}

/// Whether a line may begin so: a digit from 2 to 5, two more, then a space or a hyphen.
fn begins_line(line: &[u8]) -> bool {
    line.iter().take(4).enumerate().all(|(at, byte)| match at {
        0 => matches!(byte, b'2'..=b'5'),
        1 | 2 => byte.is_ascii_digit(),
        _ => matches!(byte, b' ' | b'-' | b'\r'),
    })
}

/// Whether a line of the answer to EHLO offers STARTTLS. Source: RFC 3207 §2.
fn is_starttls(line: &[u8]) -> bool {
    line.get(4..)
        .is_some_and(|keyword| keyword.trim_ascii().eq_ignore_ascii_case(b"STARTTLS"))
}

/// Why a server turns us away: for good (5yz), for too much of us (its enhanced code has the
/// subject policy), or for now. Source: RFC 5321 §4.2.1, RFC 3463 §3.8.
fn refusal(code: u16, line: &[u8]) -> Speaker {
    let policy = matches!(line.get(4..8), Some([b'4', b'.', b'7', b'.']));
    Speaker::Unwilling(match code {
        500.. => Complaint::AccessDenied,
        _ if policy => Complaint::RateLimited,
        _ => Complaint::NotReady,
    })
}

/// EHLO is refused for our name or by policy, or is not understood, which no mail server does
/// (an FTP server, say, that greets with 220 too). Source: RFC 5321 §4.1.4, §4.2.2.
fn ehlo_refused(code: u16, line: &[u8]) -> Turn {
    match code {
        400..=499 | 501 | 504 | 521 | 550 | 554 => {
            Turn::Done(Reply::from(refusal(code, line)).with("answer", line))
        }
        _ => Turn::Stranger,
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

    const GREETING_LINE: &[u8] = b"220 mx.example ESMTP Postfix\r\n";
    const WITH_TLS: &[u8] =
        b"250-mx.example\r\n250-SIZE 10240000\r\n250-StartTLS\r\n250 SMTPUTF8\r\n";
    const WITHOUT_TLS: &[u8] = b"250-mx.example\r\n250 X-STARTTLS-NOT\r\n";

    fn told(speaker: Speaker) -> Reply {
        Reply::from(speaker).with("banner", "220 mx.example ESMTP Postfix")
    }

    fn unwilling(complaint: Complaint) -> Speaker {
        Speaker::Unwilling(complaint)
    }

    fn without_starttls(pieces: &[&[u8]]) -> Played {
        let context = Context {
            starttls: Some(false),
            ..context(Protocol::Smtp)
        };
        play(
            &mut *dialog(Protocol::Smtp, &context).unwrap(),
            pieces,
            End::Silence,
        )
    }

    #[test]
    fn the_whole_dialogue_with_starttls() {
        let pieces = [GREETING_LINE, WITH_TLS, b"220 2.0.0 Ready\r\n"];
        let expected = Played {
            sent: ["EHLO client.example", "STARTTLS", "QUIT"]
                .map(|line| format!("{line}\r\n").into_bytes())
                .into(),
            secured: true,
            unread: 0,
            reply: told(Speaker::Service),
        };
        assert_eq!(played(Protocol::Smtp, &pieces), expected);
    }

    #[test]
    fn the_greeting_may_take_thirty_seconds() {
        let dialog = dialog(Protocol::Smtp, &context(Protocol::Smtp)).unwrap();
        assert_eq!(dialog.patience(), Some(Duration::from_secs(20)));
    }

    #[test]
    fn a_server_without_starttls_is_fine_only_where_none_is_wanted() {
        let pieces: [&[u8]; 2] = [GREETING_LINE, WITHOUT_TLS];
        let wanted = played(Protocol::Smtp, &pieces);
        assert_eq!(wanted.reply, told(unwilling(Complaint::NoStartTls)));
        assert_eq!(wanted.sent.concat(), b"EHLO client.example\r\nQUIT\r\n");
        assert_eq!(without_starttls(&pieces).reply, told(Speaker::Service));
        assert_eq!(reply(Protocol::Smtps, &pieces), told(Speaker::Service));
    }

    #[test]
    fn starttls_may_be_offered_and_refused() {
        let pieces = [GREETING_LINE, WITH_TLS, b"454 TLS not available\r\n"];
        let expected =
            told(unwilling(Complaint::StartTlsRefused)).with("answer", "454 TLS not available");
        assert_eq!(reply(Protocol::Smtp, &pieces), expected);
    }

    #[test]
    fn no_tls_is_started_on_top_of_injected_commands() {
        let pieces = [GREETING_LINE, WITH_TLS, b"220 Ready\r\n250 injected\r\n"];
        let played = played(Protocol::Smtp, &pieces);
        let expected = told(unwilling(Complaint::NoStartTls)).with("injected", "250 injected");
        assert_eq!((played.reply, played.secured), (expected, false));
    }

    #[test]
    fn a_server_may_turn_us_away_at_the_door() {
        let cases: [(&[u8], Complaint); 4] = [
            (b"554 no SMTP service here\r\n", Complaint::AccessDenied),
            (
                b"421 4.7.0 too many connections\r\n",
                Complaint::RateLimited,
            ),
            (b"421 4.3.2 shutting down\r\n", Complaint::NotReady),
            (b"421-busy\r\n421 later\r\n", Complaint::NotReady),
        ];
        for (greeting, complaint) in cases {
            let reply = reply(Protocol::Smtp, &[greeting]);
            assert_eq!(reply.speaker, unwilling(complaint), "{reply:?}");
        }
    }

    #[test]
    fn what_does_not_know_ehlo_is_no_mail_server() {
        let pieces: [&[u8]; 2] = [b"220 (vsFTPd 3.0.3)\r\n", b"530 Please login.\r\n"];
        let expected = Reply::from(Speaker::Other(Looks::Unknown))
            .with("banner", "220 (vsFTPd 3.0.3)")
            .with("answer", "530 Please login.");
        let played = played(Protocol::Smtp, &pieces);
        assert_eq!(played.reply, expected);
        assert_eq!(played.sent.concat(), b"EHLO client.example\r\n");
    }

    #[test]
    fn a_name_that_is_refused_is_a_refusal() {
        let pieces = [GREETING_LINE, b"550 5.7.1 bad name\r\n"];
        let expected =
            told(unwilling(Complaint::AccessDenied)).with("answer", "550 5.7.1 bad name");
        assert_eq!(reply(Protocol::Smtp, &pieces), expected);
    }

    #[test]
    fn a_machine_without_a_name_gives_its_address() {
        assert_eq!(client_name("192.0.2.1"), "[192.0.2.1]");
        assert_eq!(client_name("2001:db8::1"), "[IPv6:2001:db8::1]");
        assert_eq!(client_name(""), "[127.0.0.1]");
    }

    #[test]
    fn what_is_said_counts_before_the_close_that_follows() {
        let ended = |pieces: &[&[u8]]| {
            let mut dialog = dialog(Protocol::Smtp, &context(Protocol::Smtp)).unwrap();
            play(&mut *dialog, pieces, End::Closed).reply
        };
        let banner = "220 mx.example ESMTP";
        let broke_off = Reply::from(Speaker::BrokeOff(End::Closed)).with("banner", banner);
        assert_eq!(ended(&[b"220 mx.example ESMTP\r\n"]), broke_off);
        let denied = Speaker::Unwilling(Complaint::AccessDenied);
        let expected = Reply::from(denied).with("answer", "554 go away");
        assert_eq!(ended(&[b"554 go away"]), expected);
    }
}
