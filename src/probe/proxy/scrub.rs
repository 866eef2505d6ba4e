//! What a proxy says is kept as evidence; what it was told of the user is not, should it say that
//! back.

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{
    net::Credentials,
    observation::{ProxyFault, Reached, TlsError},
    protocol::{Details, HttpHead, Reply, tunnel::Refusal},
    text,
};

/// From so many bytes on the beginning of a secret tells something of it.
const LEAST: usize = 4;

/// What a URL writes as it is. Source: RFC 3986 §2.3.
const UNRESERVED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The same within a path.
const IN_A_PATH: AsciiSet = UNRESERVED.remove(b'/');

/// The ways to log in, which are told whatever the user's name is.
/// Source: the IANA registry of HTTP authentication schemes.
const SCHEMES: [&str; 5] = ["basic", "bearer", "digest", "negotiate", "ntlm"];

/// What stands in place of a secret.
const MASK: &str = "[redacted]";

/// Takes the user's secrets out of what was seen of a proxy.
pub(crate) fn scrub(reached: &mut Reached, credentials: Option<&Credentials>) {
    let Some(credentials) = credentials else {
        return;
    };
    let secrets = secrets(credentials);
    match reached {
        Reached::NotRelayed { fault, .. } => match &mut **fault {
            ProxyFault::Refused {
                refusal: Refusal::Http(head),
                ..
            } => scrub_head(head, &secrets),
            ProxyFault::NoProxy(reply) => scrub_reply(reply, &secrets),
            ProxyFault::Refused { .. }
            | ProxyFault::Unresolved(..)
            | ProxyFault::NotConnected(..)
            | ProxyFault::Tls(_) => {}
        },
        Reached::Replied { reply, .. } => scrub_reply(reply, &secrets),
        Reached::Tls { tls, reply } => {
            if let Err(TlsError::NotTls(words)) = &mut tls.outcome {
                mask(words, &secrets);
            }
            if let Some(reply) = reply {
                scrub_reply(reply, &secrets);
            }
        }
        Reached::NotConnected(_) | Reached::Connected | Reached::Silence => {}
    }
}

/// Every form in which they are sent, or in which a page or an address would say them, the longest
/// first. An empty password is none, and a user of few letters is a part of too many words.
fn secrets(credentials: &Credentials) -> Vec<String> {
    let (user, password) = (credentials.user.expose(), credentials.password.expose());
    let pair = format!("{user}:{password}");
    let mut secrets = forms(&pair);
    secrets.extend(forms(password));
    if user.len() >= LEAST {
        secrets.extend(forms(user));
    }
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by(|one, other| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
    secrets.dedup();
    secrets
}

/// A secret as it is, as it is kept, and encoded. Base64 without its padding is found with it too.
fn forms(secret: &str) -> Vec<String> {
    let escaped = secret
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    let quoted = escaped.replace('"', "&quot;");
    let mut forms = vec![
        secret.to_owned(),
        text::harmless(secret),
        BASE64_STANDARD_NO_PAD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
        quoted.replace('\'', "&#39;"),
        quoted.replace('\'', "&#x27;"),
        quoted,
        escaped,
    ];
    for kept in [NON_ALPHANUMERIC, &UNRESERVED, &IN_A_PATH] {
        let encoded = utf8_percent_encode(secret, kept);
        forms.push(encoded.to_string());
        forms.push(encoded.map(in_lower_case).collect());
    }
    forms
}

/// A piece of percent-encoding with its digits in lower case: `%2f` for `%2F`.
fn in_lower_case(piece: &str) -> String {
    if piece.starts_with('%') {
        piece.to_ascii_lowercase()
    } else {
        piece.to_owned()
    }
}

fn scrub_reply(reply: &mut Reply, secrets: &[String]) {
    for fact in &mut reply.facts {
        mask(&mut fact.value, secrets);
    }
    if let Details::Http(head) = &mut reply.details {
        scrub_head(head, secrets);
    }
}

fn scrub_head(head: &mut HttpHead, secrets: &[String]) {
    mask(&mut head.reason, secrets);
    mask(&mut head.body, secrets);
    // The names of fields are only compared, never shown: `p` may be the whole of a password.
    for (_, value) in &mut head.fields {
        let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
        if SCHEMES
            .iter()
            .any(|known| scheme.eq_ignore_ascii_case(known))
        {
            let mut rest = rest.to_owned();
            mask(&mut rest, secrets);
            *value = if rest.is_empty() {
                scheme.to_owned()
            } else {
                format!("{scheme} {rest}")
            };
        } else {
            mask(value, secrets);
        }
    }
}

fn mask(text: &mut String, secrets: &[String]) {
    for secret in secrets {
        if text.contains(secret.as_str()) {
            *text = text.replace(secret.as_str(), MASK);
        }
        if let Some(cut) = cut_off(text, secret) {
            text.truncate(cut);
            text.push_str(MASK);
        }
    }
}

/// Where the text ends with the beginning of a secret that was cut off.
fn cut_off(text: &str, secret: &str) -> Option<usize> {
    let end = text.trim_end_matches('…');
    let lengths = (LEAST..secret.len()).rev();
    let starts = lengths.filter_map(|length| secret.get(..length));
    let cut = starts
        .into_iter()
        .find_map(|start| end.strip_suffix(start))?;
    Some(cut.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Reply, Speaker};

    #[test]
    fn a_proxy_that_says_back_what_it_was_told_tells_nobody_else() {
        let credentials: Credentials = "jane:hunter2".parse().unwrap();
        let said = "Basic amFuZTpodW50ZXIy, that is jane:hunter2, or hunter2";
        let reply = Reply::from(Speaker::Service).with("server", said);
        let mut reached = Reached::Replied { reply, tls: None };
        scrub(&mut reached, Some(&credentials));
        let Reached::Replied { reply, .. } = reached else {
            panic!("another one");
        };
        assert_eq!(
            reply.facts[0].value,
            "Basic [redacted], that is [redacted], or [redacted]"
        );
        let mut cut = "it says hunte…".to_owned();
        mask(&mut cut, &["hunter2".to_owned()]);
        assert_eq!(cut, "it says [redacted]");
    }
    #[test]
    fn no_encoding_hides_it() {
        let credentials: Credentials = "jane.doe:a&\"b' /<é%".parse().unwrap();
        let secrets = secrets(&credentials);
        for said in [
            "jane.doe",
            "jane%2Edoe",
            "a&\"b' /<é%",
            "a%26%22b%27%20%2F%3C%C3%A9%25",
            "a%26%22b%27%20%2f%3c%c3%a9%25",
            "a%26%22b%27%20/%3C%C3%A9%25",
            "a&amp;&quot;b&#39; /&lt;é%",
            "a&amp;\"b' /&lt;é%",
            "amFuZS5kb2U6YSYiYicgLzzDqSU",
        ] {
            let mut told = format!("<{said}>");
            mask(&mut told, &secrets);
            assert_eq!(told, "<[redacted]>", "{said}");
        }
    }

    #[test]
    fn no_user_or_password_changes_what_a_proxy_demands() {
        let credentials: Credentials = "basic:p".parse().unwrap();
        let mut head = HttpHead {
            fields: vec![("proxy-authenticate".into(), "Basic realm=\"basic\"".into())],
            ..HttpHead::default()
        };
        scrub_head(&mut head, &secrets(&credentials));
        let shown = "Basic realm=\"[redacted]\"".to_owned();
        assert_eq!(head.fields, [("proxy-authenticate".to_owned(), shown)]);
    }
}
