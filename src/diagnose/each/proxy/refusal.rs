//! A proxy that answers, and says no.

use super::{
    super::http::status,
    words::{correct, fail, goal, places_with},
};
use crate::{
    cause::Place,
    diagnose::{Cause, judgement::Judgement},
    fact::{ProxyFact, Said as _, Sentence, ServiceFact},
    net::Ports,
    plan::Check,
    protocol::{HttpHead, tunnel::Refusal},
    site::Proxy,
    text,
};

pub(super) fn judge_refusal(
    check: &Check,
    proxy: &Proxy,
    refusal: &Refusal,
    is_known: bool,
) -> Judgement {
    match refusal {
        Refusal::Http(head) if head.status == 407 => demands_login(check, proxy, (head, is_known)),
        Refusal::Http(head) => match head.status {
            400 | 404 | 405 | 501 if !is_a_proxys(head) => web_server(check, proxy, head),
            500..=599 => bad_gateway(check, proxy, status(head).said()).and(words(head)),
            _ => denied(check, proxy, status(head).said()).and(words(head)),
        },
        Refusal::Socks(code) => match code {
            2 => denied(
                check,
                proxy,
                "SOCKS reply 2, not allowed by its rules".said(),
            ),
            7 | 8 => denied(check, proxy, socks(*code)),
            _ => bad_gateway(check, proxy, socks(*code)),
        },
        Refusal::SocksMethod if is_known => fail(
            Cause::ProxyAuthRequired,
            ProxyFact::NoPassword,
            places_with(check, proxy).fill(
                "ask the proxy team how {proxy} is to be logged in to, or to let this machine \
                 through without",
            ),
        ),
        Refusal::SocksMethod => fail(
            Cause::ProxyAuthRequired,
            ProxyFact::LoginDemanded,
            give_login(check, proxy),
        ),
        Refusal::SocksPassword => fail(
            Cause::ProxyAuthRequired,
            ProxyFact::LoginWrong,
            correct_login(check, proxy),
        ),
        Refusal::Socks4(code) => denied(check, proxy, socks4(*code)),
        Refusal::NoRoom => fail(
            Cause::ProxyBadGateway,
            ProxyFact::NoRoom,
            places_with(check, proxy)
                .fill("write socks5h:// in place of socks4:// for {proxy}, if it speaks SOCKS 5"),
        ),
    }
}

/// Source: RFC 9110 §11.7.1, §15.5.8.
fn demands_login(check: &Check, proxy: &Proxy, (head, is_known): (&HttpHead, bool)) -> Judgement {
    let offered: Vec<&str> = fields(head, "proxy-authenticate").collect();
    let schemes: Vec<String> = offered.iter().copied().flat_map(schemes).collect();
    let is_basic = |scheme: &String| scheme.eq_ignore_ascii_case("basic");
    let by = text::list(&schemes, "or");
    let by = by.as_str();
    let status = status(head);
    let (evidence, remedy) = if !schemes.is_empty() && !schemes.iter().any(is_basic) {
        (
            ProxyFact::LoginUnspoken {
                schemes: by.into(),
                status,
            },
            log_in_otherwise(check, proxy),
        )
    } else if is_known {
        (
            ProxyFact::LoginWrongOver { status },
            correct_login(check, proxy),
        )
    } else if schemes.is_empty() {
        (
            ProxyFact::LoginDemandedOver { status },
            give_login(check, proxy),
        )
    } else {
        let schemes = by.into();
        (
            ProxyFact::LoginDemandedBy { schemes, status },
            give_login(check, proxy),
        )
    };
    let offers = offered.iter().map(|offered| ServiceFact::Says {
        label: "proxy-authenticate",
        words: (*offered).into(),
    });
    fail(Cause::ProxyAuthRequired, evidence, remedy)
        .and(offers)
        .and(words(head))
}

/// The schemes of one field, in its order. A comma parts challenges and their parameters alike.
/// Source: RFC 9110 §11.3, §11.7.1.
fn schemes(offered: &str) -> Vec<String> {
    let mut is_quoted = false;
    let parts = offered.split(|character| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    });
    let mut schemes: Vec<String> = Vec::new();
    for part in parts {
        let word = part.split_whitespace().next().unwrap_or_default();
        let is_new = !schemes.iter().any(|known| known == word);
        if !word.is_empty() && !word.contains('=') && is_new {
            schemes.push(word.to_owned());
        }
    }
    schemes
}

/// The product's own settings are not this shell's, and it may well log in where portcheck cannot.
fn log_in_otherwise(check: &Check, proxy: &Proxy) -> Sentence {
    places_with(check, proxy).fill(
        "look whether the product's own proxy settings can log in so: most take no more than a user \
         and a password, which is Basic; if they cannot, ask the proxy team to let this machine \
         through {proxy} without a login or to offer Basic, or let the product go by a relay on this \
         machine that logs in for it (px, cntlm)",
    )
}

fn give_login(check: &Check, proxy: &Proxy) -> Sentence {
    Cause::ProxyAuthRequired.remedy(&places_with(check, proxy))
}

fn correct_login(check: &Check, proxy: &Proxy) -> Sentence {
    places_with(check, proxy).fill("correct the user and password for {proxy} in {origin}")
}

fn denied(check: &Check, proxy: &Proxy, how: Sentence) -> Judgement {
    let goal = goal(check);
    fail(
        Cause::ProxyDenied,
        ProxyFact::Denies { goal, how },
        allow(check, proxy),
    )
}

/// The exact change to ask for. A proxy that is asked by HTTP mostly lets 443 through and no other
/// port: that port is what is to be changed.
fn allow(check: &Check, proxy: &Proxy) -> Sentence {
    let places = places_with(check, proxy);
    match check.ports() {
        Ports::One(port) if proxy.url.scheme.is_socks() => places
            .with(Place::Ports, &port)
            .fill("ask the proxy team to allow {goal} (port {ports}) on {proxy}"),
        Ports::One(port) if port.get() != 443 => places.with(Place::Ports, &port).fill(
            "ask the proxy team to allow CONNECT to {goal} on {proxy} (port {ports}; squid: acl \
             SSL_ports port {ports}, acl Safe_ports port {ports}), or the network team to let tcp \
             to {goal} out directly",
        ),
        Ports::One(_) | Ports::None | Ports::Range(_) => Cause::ProxyDenied.remedy(&places),
    }
}

fn bad_gateway(check: &Check, proxy: &Proxy, how: Sentence) -> Judgement {
    let goal = goal(check);
    fail(
        Cause::ProxyBadGateway,
        ProxyFact::DoesNotReach { goal, how },
        Cause::ProxyBadGateway.remedy(&places_with(check, proxy)),
    )
}

fn web_server(check: &Check, proxy: &Proxy, head: &HttpHead) -> Judgement {
    let evidence = ProxyFact::WebServer {
        url: proxy.url.clone(),
        status: status(head),
    };
    fail(
        Cause::WrongProtocol,
        evidence,
        correct(&places_with(check, proxy)),
    )
    .and(words(head))
    .inferred()
}

/// Source: RFC 1928 §6.
fn socks(code: u8) -> Sentence {
    let words = match code {
        1 => "general failure",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "a reply of no meaning",
    };
    Sentence::from("SOCKS reply ")
        .then(code.said())
        .then(", ")
        .then(words)
}

/// Source: Ying-Da Lee, "SOCKS: A protocol for TCP proxy across firewalls".
fn socks4(code: u8) -> Sentence {
    let words = match code {
        92 => "it finds no ident server on this machine",
        93 => "the ident server of this machine names another user",
        _ => "rejected or failed",
    };
    Sentence::from("SOCKS 4 reply ")
        .then(code.said())
        .then(", ")
        .then(words)
}

/// Whether the answer says that a proxy gave it.
fn is_a_proxys(head: &HttpHead) -> bool {
    [
        "via",
        "x-squid-error",
        "x-cache",
        "proxy-agent",
        "proxy-connection",
    ]
    .into_iter()
    .any(|name| fields(head, name).next().is_some())
}

/// What the proxy says of itself.
fn words(head: &HttpHead) -> Option<ProxyFact> {
    let mut said = Sentence::default();
    for label in ["server", "via", "x-squid-error", "location"] {
        let Some(value) = fields(head, label).next() else {
            continue;
        };
        let words = value.into();
        let next = if said.0.is_empty() { "" } else { "; " };
        said = said
            .then(next)
            .then(ServiceFact::Says { label, words }.said());
    }
    (!said.0.is_empty()).then_some(ProxyFact::SaysOfItself { said })
}

pub(super) fn fields<'a>(head: &'a HttpHead, name: &'a str) -> impl Iterator<Item = &'a str> {
    let found = head.fields.iter().filter(move |(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}
