//! HTTP: one request for `/`, and the head of the answer. Source: RFC 9112.

use super::{
    Complaint, Context, Details, End, HttpHead, Reply, Speaker,
    stream::{Talk, Turn},
    wire::line,
};
use crate::text::stranger;

/// How we name ourselves. Source: RFC 9110 §10.1.5.
pub(super) const USER_AGENT: &str = concat!("portcheck/", env!("CARGO_PKG_VERSION"));

/// The most fields that are kept; the rest of a head is read and forgotten.
const FIELDS: usize = 64;

/// How much of a body is kept of what came along with the head, before it is made harmless.
const BODY: usize = 1024;

/// One request for `/` of the host itself. Redirects are not followed.
pub(super) struct Http {
    request: Vec<u8>,
}

impl Http {
    /// GET: embedded debug servers refuse HEAD.
    pub(super) fn get(context: &Context) -> Self {
        Self::new("GET", &context.authority(80))
    }

    /// HEAD: the answer behind TLS is wanted, not the page.
    pub(super) fn head(context: &Context) -> Self {
        Self::new("HEAD", &context.authority(443))
    }

    fn new(method: &str, host: &str) -> Self {
        let request = format!(
            "{method} / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n\
             Accept: */*\r\nConnection: close\r\n\r\n"
        );
        Self {
            request: request.into_bytes(),
        }
    }
}

impl Talk for Http {
    fn opening(&self) -> Vec<u8> {
        self.request.clone()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        hear(heard)
    }

    fn closed(&self, heard: &[u8], _end: End) -> Option<Reply> {
        closed(heard)
    }
}

/// What follows from the beginning of an answer. An interim one (1xx) counts like any other: it
/// proves HTTP.
pub(super) fn hear(heard: &[u8]) -> Turn {
    if !is_status_line(heard) {
        return Turn::Stranger;
    }
    match end_of_head(heard) {
        Some(end) => Turn::Done(reply(heard, end)),
        None => Turn::More,
    }
}

/// A status line is proof enough where the rest of the head never came.
pub(super) fn closed(heard: &[u8]) -> Option<Reply> {
    line(heard)?;
    Some(reply(heard, heard.len()))
}

/// Whether `heard` may begin a status line, or does: `HTTP/1.1 200 `.
/// Source: RFC 9112 §4; a missing reason, space included, is tolerated.
fn is_status_line(heard: &[u8]) -> bool {
    heard
        .iter()
        .take(13)
        .enumerate()
        .all(|(at, byte)| match at {
            0..7 => *byte == b"HTTP/1."[at],
            7 => matches!(byte, b'0' | b'1'),
            8 => *byte == b' ',
            9..12 => byte.is_ascii_digit(),
            _ => matches!(byte, b' ' | b'\r' | b'\n'),
        })
}

/// Where the empty line after the head ends. Source: RFC 9112 §2.2, which lets CR be missing.
fn end_of_head(heard: &[u8]) -> Option<usize> {
    let mut rest = heard;
    while let Some((line, after)) = line(rest) {
        if line.is_empty() {
            return Some(heard.len() - after.len());
        }
        rest = after;
    }
    None
}

/// The reply, from the head that ends at `end` and the body that follows.
fn reply(heard: &[u8], end: usize) -> Reply {
    let (lines, body) = heard.split_at(end);
    let (status_line, fields) = line(lines).unwrap_or((lines, &[]));
    let answer = HttpHead {
        status: status(status_line),
        reason: stranger(status_line.get(13..).unwrap_or_default().trim_ascii()),
        fields: fields_of(fields),
        body: stranger(&body[..body.len().min(BODY)]),
    };
    let server = answer.fields.iter().find(|(name, _)| name == "server");
    let mut reply = Reply::from(speaker(answer.status)).with(
        "status",
        status_line.get(9..).unwrap_or_default().trim_ascii(),
    );
    if let Some((_, server)) = server {
        reply = reply.with("server", server);
    }
    reply.details = Details::Http(answer);
    reply
}

/// The status; what is none counts as 500. Source: RFC 9110 §15.
fn status(status_line: &[u8]) -> u16 {
    status_line
        .get(9..12)
        .and_then(|digits| str::from_utf8(digits).ok()?.parse().ok())
        .filter(|status| (100..600).contains(status))
        .unwrap_or(500)
}

/// Any status proves HTTP; three say that nobody is at home behind it.
/// Source: RFC 9110 §15.6.3 to §15.6.5.
const fn speaker(status: u16) -> Speaker {
    match status {
        502 | 504 => Speaker::Unwilling(Complaint::HttpError),
        503 => Speaker::Unwilling(Complaint::NotReady),
        _ => Speaker::Service,
    }
}

/// The fields that are well formed. Cookies are left out: they are nobody's business.
fn fields_of(mut lines: &[u8]) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    while let Some((line, rest)) = line(lines) {
        lines = rest;
        if fields.len() < FIELDS
            && let Some((name, value)) = field(line)
            && name != "set-cookie"
        {
            fields.push((name, value));
        }
    }
    fields
}

/// A field's name in lower case and its value. Source: RFC 9112 §5, RFC 9110 §5.6.2.
fn field(line: &[u8]) -> Option<(String, String)> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at(colon);
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || !name.iter().all(is_token) {
        return None;
    }
    let name = stranger(name).to_ascii_lowercase();
    Some((name, stranger(value[1..].trim_ascii())))
}
