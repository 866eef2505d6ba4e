//! HTTP: one request for `/`, and the head of the answer. Source: RFC 9112.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::{
    Complaint, Context, Details, End, HttpHead, Reply, Speaker,
    stream::{Talk, Turn},
    wire::line,
};
use crate::{net::Credentials, text::stranger};

/// How we name ourselves. Source: RFC 9110 §10.1.5.
pub(super) const USER_AGENT: &str = concat!("portcheck/", env!("CARGO_PKG_VERSION"));

/// How long HEAD may stay unanswered before it is asked by GET.
const HEAD_PATIENCE: Duration = Duration::from_secs(5);

/// The most fields that are kept; the rest of a head is read and forgotten.
const FIELDS: usize = 64;

/// How much of a page is read: filters and portals name themselves near its beginning, and the whole
/// comes with the first flight of packets. Source: RFC 6928 §2, ten segments.
const BODY: usize = 8 * 1024;

/// One request for `/` of the host itself. Redirects are not followed.
pub(super) struct Http {
    request: Vec<u8>,
    patience: Option<Duration>,
}

impl Http {
    /// GET: embedded debug servers refuse HEAD.
    pub(super) fn get(context: &Context) -> Self {
        let host = context.authority(80);
        match &context.proxied {
            None => Self::new("GET", "/", &host, ""),
            Some(proxied) => {
                let login = proxied.credentials.as_ref();
                let login = login.map_or_else(String::new, proxy_authorization);
                Self::new("GET", &format!("http://{host}/"), &host, &login)
            }
        }
    }

    /// HEAD: the answer behind TLS is wanted, not the page.
    pub(super) fn head(context: &Context) -> Self {
        Self {
            patience: Some(HEAD_PATIENCE),
            ..Self::new("HEAD", "/", &context.authority(443), "")
        }
    }

    /// GET behind TLS.
    pub(super) fn get_within_tls(context: &Context) -> Self {
        Self::new("GET", "/", &context.authority(443), "")
    }

    fn new(method: &str, target: &str, host: &str, more: &str) -> Self {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n\
             Accept: */*\r\n{more}Connection: close\r\n\r\n"
        );
        Self {
            request: request.into_bytes(),
            patience: None,
        }
    }
}

/// The field that says who the user is to a proxy. Source: RFC 7617 §2.
pub(super) fn proxy_authorization(credentials: &Credentials) -> String {
    let Credentials { user, password } = credentials;
    let pair = format!("{}:{}", user.expose(), password.expose());
    let word = BASE64_STANDARD.encode(pair);
    format!("Proxy-Authorization: Basic {word}\r\n")
}

impl Talk for Http {
    fn opening(&self) -> Vec<u8> {
        self.request.clone()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let last = past_interim(heard);
        match end_of_head(last) {
            Some(end) if is_status_line(last) && !is_page_whole(last, end) => Turn::More,
            Some(_) | None => hear(last),
        }
    }

    fn closed(&self, heard: &[u8], end: End) -> Option<Reply> {
        let reply = closed(heard)?;
        Some(match end {
            End::Silence if end_of_head(heard).is_none() => {
                reply.with("head", "it did not end in time")
            }
            End::Silence | End::Closed | End::Reset | End::TooLong => reply,
        })
    }

    fn patience(&self) -> Option<Duration> {
        self.patience
    }
}

/// What follows from the beginning of an answer, an interim one (1xx) like any other.
pub(super) fn hear(heard: &[u8]) -> Turn {
    if !is_status_line(heard) {
        return Turn::Stranger;
    }
    match end_of_head(heard) {
        Some(end) => Turn::Done(reply(heard, end)),
        None => Turn::More,
    }
}

/// What comes after interim answers, which say nothing of the last one; 101 is none of them.
/// Source: RFC 9110 §15.2.
fn past_interim(mut heard: &[u8]) -> &[u8] {
    while let Some(end) = end_of_head(heard)
        && is_status_line(heard)
        && heard.len() > 11
        && matches!(status(heard), 100 | 102..=199)
    {
        heard = &heard[end..];
    }
    heard
}

/// A status line is proof enough where the rest of the head never came, even an interim one's.
pub(super) fn closed(heard: &[u8]) -> Option<Reply> {
    let last = past_interim(heard);
    let heard = if last.is_empty() { heard } else { last };
    line(heard)?;
    Some(reply(heard, end_of_head(heard).unwrap_or(heard.len())))
}

/// Whether so much of a page is here as is read of it, or all; what is no page is not waited for.
/// Source: RFC 9112 §6.3.
fn is_page_whole(heard: &[u8], end: usize) -> bool {
    let (lines, body) = heard.split_at(end);
    let (status_line, fields) = line(lines).unwrap_or((lines, &[]));
    let fields = fields_of(fields);
    let has = |name: &str, words: &str| {
        let mut fields = fields.iter();
        fields.any(|(field, value)| field == name && value.to_ascii_lowercase().contains(words))
    };
    let length = fields.iter().find(|(field, _)| field == "content-length");
    let length = length.and_then(|(_, value)| value.parse::<usize>().ok());
    let is_page =
        matches!(status(status_line), 200..=203 | 400..=599) && has("content-type", "text/html");
    let is_last_chunk = has("transfer-encoding", "chunked") && body.ends_with(b"0\r\n\r\n");
    !is_page
        || is_last_chunk
        || body.len() >= BODY
        || length.is_some_and(|length| body.len() >= length)
}

/// A page as text, without what steers terminals.
fn page(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(&body[..body.len().min(BODY)]);
    let harmless = |one: char| if one.is_control() { ' ' } else { one };
    text.chars().map(harmless).collect()
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

/// Where the empty line after the head ends; `None` before it has come. Source: RFC 9112 §2.2, which lets CR be missing.
pub(super) fn end_of_head(heard: &[u8]) -> Option<usize> {
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
        sets_cookie: sets_cookie(fields),
        body: page(body),
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

fn sets_cookie(mut lines: &[u8]) -> bool {
    while let Some((line, rest)) = line(lines) {
        if field(line).is_some_and(|(name, _)| name == "set-cookie") {
            return true;
        }
        lines = rest;
    }
    false
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::{
            dialog,
            tests::{context, play, played, reply},
        },
    };

    fn answered(status: u16, reason: &str, fields: &[(&str, &str)], body: &str) -> Details {
        let fields = fields
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()));
        Details::Http(HttpHead {
            status,
            reason: reason.into(),
            fields: fields.collect(),
            sets_cookie: false,
            body: body.into(),
        })
    }

    #[test]
    fn http_is_asked_with_get_and_https_with_head() {
        let rest = concat!(
            " / HTTP/1.1\r\nHost: server.example\r\nUser-Agent: portcheck/",
            env!("CARGO_PKG_VERSION"),
            "\r\nAccept: */*\r\nConnection: close\r\n\r\n"
        );
        let sent = |protocol| played(protocol, &[]).sent.concat();
        assert_eq!(sent(Protocol::Http), format!("GET{rest}").into_bytes());
        assert_eq!(sent(Protocol::Https), format!("HEAD{rest}").into_bytes());
    }

    #[test]
    fn the_host_has_brackets_and_a_port_where_they_belong() {
        let host = |host: &str, port| {
            let context = Context {
                host: host.into(),
                port,
                ..context(Protocol::Http)
            };
            let request = String::from_utf8(Http::get(&context).request).unwrap();
            request.lines().nth(1).unwrap().to_owned()
        };
        assert_eq!(host("::1", 80), "Host: [::1]");
        assert_eq!(host("::1", 8080), "Host: [::1]:8080");
        assert_eq!(host("Web.Example", 8080), "Host: web.example:8080");
        assert_eq!(host("a\r\nb", 80), "Host: ");
    }

    #[test]
    fn the_head_is_kept_and_cookies_are_not() {
        let answer = b"HTTP/1.1 401 Unauthorized\r\nServer: nginx/1.22.1\r\n\
            Via: 1.1 proxy\r\nSET-COOKIE: secret=1\r\nbad name: x\r\nx-odd:\x1b[2J\r\n\r\n<html>";
        let mut expected = Reply::service()
            .with("status", "401 Unauthorized")
            .with("server", "nginx/1.22.1");
        expected.details = answered(
            401,
            "Unauthorized",
            &[
                ("server", "nginx/1.22.1"),
                ("via", "1.1 proxy"),
                ("x-odd", "\\x1b[2J"),
            ],
            "<html>",
        );
        let Details::Http(head) = &mut expected.details else {
            panic!("no head");
        };
        head.sets_cookie = true;
        assert_eq!(reply(Protocol::Http, &[answer]), expected);
    }

    #[test]
    fn any_status_proves_http_and_three_say_that_nobody_is_at_home() {
        let speaker = |status: &str| {
            let answer = format!("HTTP/1.1 {status}\r\n\r\n");
            reply(Protocol::Https, &[answer.as_bytes()]).speaker
        };
        for status in [
            "100",
            "200 OK",
            "301 Moved",
            "403",
            "404",
            "407",
            "500",
            "999 Denied",
        ] {
            assert_eq!(speaker(status), Speaker::Service, "{status}");
        }
        assert_eq!(speaker("503"), Speaker::Unwilling(Complaint::NotReady));
        assert_eq!(speaker("502"), Speaker::Unwilling(Complaint::HttpError));
        assert_eq!(speaker("504"), Speaker::Unwilling(Complaint::HttpError));
    }

    #[test]
    fn a_head_that_never_ends_still_proves_http() {
        let mut dialog = dialog(Protocol::Http, &context(Protocol::Http)).unwrap();
        let played = play(
            &mut *dialog,
            &[b"HTTP/1.1 200 OK\nServer: x\nDate"],
            End::Reset,
        );
        let mut expected = Reply::service()
            .with("status", "200 OK")
            .with("server", "x");
        expected.details = answered(200, "OK", &[("server", "x")], "");
        assert_eq!(played.reply, expected);
        assert_eq!(dialog.farewell(), b"");
    }

    #[test]
    fn a_page_is_waited_for_to_its_end_and_other_bodies_are_not() {
        let body = |pieces: &[&[u8]]| match reply(Protocol::Http, pieces).details {
            Details::Http(head) => head.body,
            other => panic!("{other:?}"),
        };
        let head = b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\n";
        let with = |more: &[u8]| [head, more].concat();
        let whole = with(b"Content-Length: 6\r\n\r\n");
        assert_eq!(body(&[&whole, b"<p>", b"\x1bno"]), "<p> no");
        let chunked = with(b"Transfer-Encoding: chunked\r\n\r\n");
        assert_eq!(
            body(&[&chunked, b"2\r\nno\r\n", b"0\r\n\r\n"]),
            "2  no  0    "
        );
        let closed = with(b"\r\n");
        assert_eq!(body(&[&closed, b"a", b"b"]), "ab");
        let plain = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n";
        assert_eq!(body(&[plain, b"later"]), "");
    }

    #[test]
    fn an_interim_answer_says_nothing_of_the_last_one() {
        let interim: &[u8] =
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        let last: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\r\n";
        for pieces in [&[interim, last][..], &[&[interim, last].concat()]] {
            let heard = reply(Protocol::Http, pieces);
            assert_eq!(heard.speaker, Speaker::Unwilling(Complaint::NotReady));
        }
        assert_eq!(reply(Protocol::Http, &[interim]).speaker, Speaker::Service);
    }

    #[test]
    fn no_more_than_64_fields_are_kept() {
        let fields = "a: b\r\n".repeat(100);
        let answer = format!("HTTP/1.1 200 OK\r\n{fields}\r\n");
        let Details::Http(head) = reply(Protocol::Http, &[answer.as_bytes()]).details else {
            panic!("no head");
        };
        assert_eq!(head.fields.len(), FIELDS);
    }
}
