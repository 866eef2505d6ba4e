//! Mail: greeting, EHLO, STARTTLS, and no mail. Source: RFC 5321, RFC 3207.

use std::{net::IpAddr, time::Duration};

use super::{
    Complaint, Context, Fact, Reply, Speaker,
    stream::{Talk, Turn},
    wire::line,
};
use crate::{net::Host, text::stranger};

/// How long a greeting may take: servers make strangers wait on purpose. RFC 5321 §4.5.3.2.1
/// grants five minutes, which nobody needs.
const GREETING: Duration = Duration::from_secs(30);

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
    EhloWithinTls,
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

    /// After STARTTLS.
    fn allowed(&mut self, answer: &Answer<'_>) -> Turn {
        if answer.code == 220 {
            self.awaits = Awaits::EhloWithinTls;
            return Turn::Secure {
                read: answer.length,
            };
        }
        let reply = Reply::from(Speaker::Unwilling(Complaint::NoStartTls));
        Turn::Done(reply.with("answer", answer.last))
    }
}

impl Talk for Smtp {
    fn opening(&self) -> Vec<u8> {
        Vec::new()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let answer = match read(heard) {
            Ok(Some(answer)) => answer,
            Ok(None) => return Turn::More,
            Err(NotSmtp) => return Turn::Stranger,
        };
        match self.awaits {
            Awaits::Greeting => self.greeted(&answer),
            Awaits::Ehlo => self.told(&answer),
            Awaits::GoAhead => self.allowed(&answer),
            Awaits::EhloWithinTls => match answer.code {
                250 => Turn::Done(Reply::service()),
                code => ehlo_refused(code, answer.last),
            },
        }
    }

    fn secured(&mut self) -> Option<Vec<u8>> {
        Some(self.ehlo.clone())
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
        Err(_) => "[127.0.0.1]".to_owned(),
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
