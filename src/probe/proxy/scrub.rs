//! What a proxy says is kept as evidence; what it was told of the user is not, should it say that
//! back.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::{
    net::Credentials,
    observation::{ProxyFault, Reached, TlsError},
    protocol::{Details, HttpHead, Reply, tunnel::Refusal},
};

/// From so many bytes on the beginning of a secret tells something of it.
const LEAST: usize = 4;

/// What stands in place of a secret.
const MASK: &str = "[redacted]";

/// Takes the user's secrets out of what was seen of a proxy.
pub(super) fn scrub(reached: &mut Reached, credentials: Option<&Credentials>) {
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

/// Every form in which they are sent, the longest first; an empty password is none.
fn secrets(credentials: &Credentials) -> Vec<String> {
    let (user, password) = (credentials.user.expose(), credentials.password.expose());
    let pair = format!("{user}:{password}");
    let mut secrets = vec![
        BASE64_STANDARD.encode(&pair),
        pair,
        BASE64_STANDARD.encode(password),
        password.to_owned(),
    ];
    secrets.retain(|secret| !secret.is_empty());
    secrets
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
    for (name, value) in &mut head.fields {
        mask(name, secrets);
        mask(value, secrets);
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
}
