//! One port of one address, by everything that was seen of it.

use std::net::IpAddr;

use time::OffsetDateTime;

use super::{connect, http, pace, proxy, reply, responder, steadiness, tls};
use crate::{
    catalog::Expect,
    cause::Is,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{ConnectFact, Part, ServiceFact, TlsFact},
    observation::{ClientCertificate, PortObservation, Reached, TlsObservation},
    plan::Check,
    protocol::{Details, Reply},
};

/// What one port of one address comes to, or of a host that a proxy reaches.
pub(super) fn judge_port(
    check: &Check,
    address: Option<IpAddr>,
    seen: &PortObservation,
    now: OffsetDateTime,
) -> Judgement {
    steadiness::judge(check, seen, |one| judge_try(check, address, one, now))
}

/// What one try of it comes to.
pub(super) fn judge_try(
    check: &Check,
    address: Option<IpAddr>,
    seen: &PortObservation,
    now: OffsetDateTime,
) -> Judgement {
    let whom = || address.map_or_else(|| check.whom(), Part::from);
    let judgement = match &seen.reached {
        _ if check.responder => responder::judge(check, address, seen),
        Reached::NotConnected(error) => connect::judge(check, address, error, seen.elapsed),
        Reached::NotRelayed { proxy, fault } => proxy::judge(check, proxy, fault, now),
        Reached::Silence => connect::silence(check, seen.elapsed),
        Reached::Connected => connect::connected(check, whom()),
        Reached::Tls { .. } | Reached::Replied { .. } if !asks_the_service(check) => {
            let words = match &seen.reached {
                Reached::Replied { reply, .. } => reply::facts(reply),
                Reached::NotConnected(_)
                | Reached::NotRelayed { .. }
                | Reached::Silence
                | Reached::Connected
                | Reached::Tls { .. } => Vec::new(),
            };
            connect::connected(check, whom()).and(words)
        }
        Reached::Tls { tls, reply: None } => tls::judge(check, tls, now),
        Reached::Tls {
            tls,
            reply: Some(reply),
        } => judge_behind_tls(check, tls, reply, now),
        Reached::Replied { reply, tls } => {
            let judged = reply::judge(check, reply);
            match tls {
                // What ends a handshake is told by the handshake, not by the words before it.
                Some(tls) if tls.outcome.is_err() => {
                    tls::judge(check, tls, now).and(reply::facts(reply))
                }
                Some(tls) => worse(judged, tls::judge(check, tls, now)),
                None => judged,
            }
        }
    };
    let judgement = unheard(unfinished(judgement, seen), seen);
    let judgement = if seen.others.is_empty() {
        connect::with_loss(judgement, seen.attempts)
    } else {
        judgement
    };
    pace::with_delay(judgement, check, seen)
}

/// How long was waited for what never came whole.
fn unfinished(judgement: Judgement, seen: &PortObservation) -> Judgement {
    match (judgement.outcome.cause(), seen.milestones.waited) {
        (Some(Cause::SlowAnswer), Some(waited)) => {
            judgement.and([ServiceFact::NotWhole { waited }])
        }
        (Some(_) | None, _) => judgement,
    }
}

/// What was never acknowledged has not arrived: whoever accepted the connection would have, however
/// busy the service is. Source: RFC 9293 §3.8.6.3.
fn unheard(judgement: Judgement, seen: &PortObservation) -> Judgement {
    match judgement.outcome.cause() {
        Some(cause @ (Cause::NoAnswer | Cause::TlsStalled)) if seen.milestones.unheard => {
            let outcome = judgement.outcome.because(Cause::AcceptedButDead);
            let dead = Judgement::of(outcome, judgement.stage, ConnectFact::NeverAcknowledged);
            let was = ConnectFact::Otherwise {
                cause: cause.code(),
            };
            dead.inferred().and([was]).and(judgement.evidence)
        }
        Some(_) | None => judgement,
    }
}

/// The server asked for a certificate in the handshake, went on without one, and then refuses.
/// Statuses 495 and 496 are nginx's own. Source: RFC 9110 §15.5.1, §15.5.4; nginx's manual,
/// `ngx_http_ssl_module`, "Error Processing".
fn wants_certificate(tls: &TlsObservation, reply: &Reply) -> Option<Judgement> {
    let Details::Http(head) = &reply.details else {
        return None;
    };
    let outcome = match head.status {
        400 | 495 | 496 => Outcome::Fails(Cause::TlsClientCert),
        403 => Outcome::WorksBut(Cause::TlsClientCert),
        _ => return None,
    };
    let evidence = TlsFact::CertificateMissed {
        status: head.status,
    };
    let asked = tls.client_certificate == ClientCertificate::Requested;
    asked.then(|| Judgement::of(outcome, Stage::Tls, evidence).inferred())
}

/// A handshake and what was said behind it. Dates that do not fit are this machine's fault if the
/// service's own clock says so.
fn judge_behind_tls(
    check: &Check,
    tls: &TlsObservation,
    reply: &Reply,
    now: OffsetDateTime,
) -> Judgement {
    let handshake = tls::judge(check, tls, now);
    let ahead = match &reply.details {
        Details::Http(head) => http::clock_ahead(head, now),
        Details::Ntp(_) | Details::Responder(_) | Details::None => None,
    };
    let cause = handshake.outcome.cause();
    let dated = cause.is_some_and(|cause| cause.is(Is::Dated));
    match ahead {
        Some(ahead) if dated && ahead.abs() > reply::CLOCK_SKEW => Judgement {
            outcome: handshake.outcome.because(Cause::ClockSkew),
            ..reply::skewed(ahead).and(handshake.evidence)
        },
        Some(_) | None => match handshake.outcome {
            Outcome::Fails(_) => handshake,
            Outcome::Works | Outcome::WorksBut(_) | Outcome::Unknown(_) | Outcome::NotTried(_) => {
                let said = match wants_certificate(tls, reply) {
                    Some(wanted) => wanted.and(reply::facts(reply)),
                    None => reply::judge(check, reply),
                };
                worse(handshake, said)
            }
        },
    }
}

/// Whether this check is about what the service says, not only about reaching it.
fn asks_the_service(check: &Check) -> bool {
    check.expect == Expect::Service && check.protocol != crate::net::Protocol::Tcp
}

/// The worse of two judgements of one connection, with the evidence of both; on a tie the first.
fn worse(first: Judgement, second: Judgement) -> Judgement {
    if second.outcome.severity() > first.outcome.severity() {
        second.and(first.evidence)
    } else {
        let stage = first.stage.max(second.stage);
        Judgement {
            stage,
            ..first.and(second.evidence)
        }
    }
}
