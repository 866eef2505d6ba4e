//! What a proxy did instead of relaying.

mod refusal;
#[cfg(test)]
mod tests;
mod words;

pub(in crate::diagnose) use words::places_with;

use time::OffsetDateTime;

use refusal::{fields, judge_refusal};
use words::{correct, fail, goal};

use super::{connect, names, port, reply, steadiness, tls};
use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{NameFact, Part, ProxyFact, Said as _, Sentence},
    net::{Protocol, ProxyScheme},
    observation::{ConnectError, Observation, PortObservation, ProxyFault, Reached},
    plan::Check,
    protocol::{Details, End, HttpHead, Looks, Reply, Speaker, tunnel::Refusal},
    site::Proxy,
};

/// Why a proxy relays nothing, judged.
pub(super) fn judge(
    check: &Check,
    proxy: &Proxy,
    fault: &ProxyFault,
    now: OffsetDateTime,
) -> Judgement {
    let judgement = match fault {
        ProxyFault::Unresolved(error, lookup) => {
            let host = Part::host(&proxy.url.host);
            let (cause, why) = names::told(host, error, lookup);
            let why = Sentence::from(cause.code()).then(": ").then(why.said());
            unreachable(check, proxy, why)
        }
        // The proxy's own reset, which came before we had asked anything.
        ProxyFault::NotConnected(_, ConnectError::Reset) => {
            let speaker = Speaker::Ended {
                end: End::Reset,
                spoke: false,
                asked: true,
            };
            no_proxy(check, proxy, &Reply::from(speaker))
        }
        ProxyFault::NotConnected(address, error) => {
            let (cause, why) = connect::told(*address, error);
            let cause = NameFact::AddressFails {
                address: *address,
                cause: cause.code(),
            };
            unreachable(check, proxy, cause.said().then(": ").then(why.said()))
        }
        ProxyFault::Tls(seen) => {
            let judged = tls::judge(check, seen, now);
            let cause = judged.outcome.cause().map_or("TLS fails", Cause::code);
            let remedy = places_with(check, proxy).fill(
                "ask the proxy team to mend the certificate of {proxy}, or trust its CA here \
                 (--ca-file FILE) and in the product",
            );
            Judgement {
                remedy: Some(remedy),
                ..unreachable(check, proxy, cause.said()).and(judged.evidence)
            }
        }
        ProxyFault::Refused { refusal, is_known } => {
            judge_refusal(check, proxy, refusal, *is_known)
        }
        ProxyFault::NoProxy(reply) => no_proxy(check, proxy, reply),
    };
    settle(check, proxy, judgement)
}

/// What a proxy that was given the request whole answers in its own name.
pub(super) fn own_answer(
    check: &Check,
    proxy: &Proxy,
    observation: &Observation,
    now: OffsetDateTime,
) -> Option<Judgement> {
    let seen = match observation {
        Observation::Relayed(seen) => seen,
        Observation::Tried { addresses, .. } => addresses.first()?.ports.first()?,
        Observation::Interrupted | Observation::Unresolved(..) => return None,
    };
    if check.protocol != Protocol::Http || proxy.url.scheme.is_socks() {
        return None;
    }
    let own = |one: &PortObservation| signed_answer(check, proxy, one);
    seen.tries().find_map(own)?;
    let judge = |one: &_| own(one).unwrap_or_else(|| port::judge_try(check, None, one, now));
    Some(steadiness::judge(check, seen, judge))
}

/// The same of one try.
fn signed_answer(check: &Check, proxy: &Proxy, seen: &PortObservation) -> Option<Judgement> {
    let Reached::Replied { reply, .. } = &seen.reached else {
        return None;
    };
    let judgement = match (&reply.details, &reply.speaker) {
        (Details::Http(head), _) if is_its_own(head) => {
            let is_known = proxy.url.credentials.is_some();
            let refusal = Refusal::Http(head.clone());
            let judged = judge_refusal(check, proxy, &refusal, is_known);
            if is_relayed(head) {
                may_be_relayed(check, judged)
            } else {
                judged
            }
        }
        (_, Speaker::Other(_) | Speaker::Ended { .. }) => no_proxy(check, proxy, reply),
        _ => return None,
    };
    Some(settle(check, proxy, judgement))
}

/// Whether the proxy itself answers, not the server behind it, as far as that can be told.
fn is_its_own(head: &HttpHead) -> bool {
    head.status == 407 || head.status >= 300 && is_signed(head) || matches!(head.status, 502 | 504)
}

/// Whether a proxy has put its name to the answer.
fn is_signed(head: &HttpHead) -> bool {
    const PRODUCTS: [&str; 2] = ["tinyproxy", "mitmproxy"];
    let named = fields(head, "server").any(|server| {
        let server = server.to_ascii_lowercase();
        PRODUCTS.iter().any(|product| server.starts_with(product))
    });
    named || fields(head, "x-squid-error").any(|_| true)
}

/// Whether a gateway behind the proxy may have said so: any may, unless the proxy signs.
fn is_relayed(head: &HttpHead) -> bool {
    matches!(head.status, 502 | 504) && !is_signed(head)
}

/// The same, where a gateway in front of the service may be the one that says so.
fn may_be_relayed(check: &Check, judgement: Judgement) -> Judgement {
    let either = ProxyFact::EitherSaysSo { host: check.whom() };
    judgement.and([either]).inferred()
}

/// The judgement at its stage, for what must be seen.
fn settle(check: &Check, proxy: &Proxy, judgement: Judgement) -> Judgement {
    let judgement = Judgement {
        stage: Stage::Proxy,
        who: Some(proxy.url.said()),
        ..judgement
    };
    match (check.expect, judgement.outcome.cause()) {
        (Expect::Blocked, Some(Cause::ProxyDenied)) => Judgement {
            outcome: Outcome::Works,
            remedy: None,
            ..judgement
        },
        (Expect::Blocked, Some(cause)) => Judgement {
            outcome: Outcome::Unknown(cause),
            ..judgement
        },
        (Expect::Service | Expect::Path, _) | (Expect::Blocked, None) => judgement,
    }
}

fn unreachable(check: &Check, proxy: &Proxy, why: Sentence) -> Judgement {
    let cause = Cause::ProxyUnreachable;
    let evidence = ProxyFact::Unusable {
        url: proxy.url.clone(),
        why,
    };
    fail(cause, evidence, cause.remedy(&places_with(check, proxy)))
}

fn no_proxy(check: &Check, proxy: &Proxy, reply: &Reply) -> Judgement {
    let url = &proxy.url;
    let at = || url.clone();
    let places = places_with(check, proxy);
    let (cause, evidence, remedy) = match &reply.speaker {
        Speaker::Other(Looks::Tls) => (
            Cause::WrongProtocol,
            ProxyFact::SpeaksTls { url: at() },
            Sentence::from("write https:// in place of ")
                .then(url.scheme.word())
                .then("://"),
        ),
        Speaker::Other(Looks::Known(protocol)) => (
            Cause::WrongProtocol,
            ProxyFact::SpeaksOther {
                url: at(),
                protocol: *protocol,
            },
            correct(&places),
        ),
        // SOCKS is answered before the goal is named: nobody there knows it.
        Speaker::Ended {
            end: End::Silence,
            spoke: false,
            ..
        } if url.scheme.is_socks() => (
            Cause::NoAnswer,
            ProxyFact::NoGreeting { url: at() },
            correct(&places).then(", or write http:// if it is an HTTP proxy"),
        ),
        Speaker::Ended { end, spoke, .. } => {
            let goal = goal(check);
            let (cause, evidence) = ended(*end, *spoke, goal.clone());
            let ask = match end {
                End::TooLong => correct(&places),
                End::Silence | End::Closed | End::Reset => places.fill(
                    "ask the proxy team what became of the request for {goal} on {proxy}, and why \
                     it is not answered",
                ),
            };
            (cause, evidence, ask)
        }
        Speaker::Other(Looks::Unknown)
        | Speaker::Service
        | Speaker::Unwilling(_)
        | Speaker::BrokeOff(_) => (
            Cause::WrongProtocol,
            ProxyFact::NoProxy {
                url: at(),
                kind: kind(url.scheme),
            },
            correct(&places),
        ),
    };
    fail(cause, evidence, remedy).and(reply::facts(reply))
}

fn ended(end: End, spoke: bool, goal: Sentence) -> (Cause, ProxyFact) {
    match (end, spoke) {
        (End::Silence, false) => (Cause::NoAnswer, ProxyFact::AskedAndSilent { goal }),
        (End::Silence, true) => (Cause::SlowAnswer, ProxyFact::AskedAndUnfinished { goal }),
        (End::Closed, false) => (Cause::ClosedAtOnce, ProxyFact::AskedAndHungUp { goal }),
        (End::Reset, false) => (Cause::ResetAtOnce, ProxyFact::AskedAndReset { goal }),
        (End::Closed | End::Reset, true) => {
            (Cause::WrongProtocol, ProxyFact::AskedAndCutShort { goal })
        }
        (End::TooLong, _) => (Cause::WrongProtocol, ProxyFact::AskedAndEndless { goal }),
    }
}

const fn kind(scheme: ProxyScheme) -> &'static str {
    match scheme {
        ProxyScheme::Http | ProxyScheme::Https => "HTTP",
        ProxyScheme::Socks4 | ProxyScheme::Socks4a => "SOCKS 4",
        ProxyScheme::Socks5 | ProxyScheme::Socks5h => "SOCKS 5",
    }
}
