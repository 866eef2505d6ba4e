//! One port of one address, by everything that was seen of it.

use std::net::IpAddr;

use time::OffsetDateTime;

use super::{connect, http, pace, proxy, reply, responder, tls};
use crate::{
    catalog::Expect,
    diagnose::{
        Cause, Outcome,
        judgement::{Judgement, host_of},
    },
    observation::{PortObservation, Reached, TlsObservation},
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
    let whom = || address.map_or_else(|| host_of(check), |address| address.to_string());
    let judgement = match &seen.reached {
        _ if check.responder => responder::judge(check, address, seen),
        Reached::NotConnected(error) => connect::judge(check, address, error, seen.elapsed),
        Reached::NotRelayed { proxy, fault } => proxy::judge(check, proxy, fault, now),
        Reached::Silence => connect::silence(check, seen.elapsed),
        Reached::Connected => connect::connected(check, &whom()),
        Reached::Tls { .. } | Reached::Replied { .. } if !asks_the_service(check) => {
            let words = match &seen.reached {
                Reached::Replied { reply, .. } => reply::facts(reply),
                Reached::NotConnected(_)
                | Reached::NotRelayed { .. }
                | Reached::Silence
                | Reached::Connected
                | Reached::Tls { .. } => Vec::new(),
            };
            connect::connected(check, &whom()).and(words)
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
    let judgement = connect::with_loss(judgement, seen.attempts);
    pace::with_delay(judgement, check, seen)
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
    let dated = matches!(
        handshake.outcome.cause(),
        Some(Cause::TlsExpired | Cause::TlsNotYetValid)
    );
    match ahead {
        Some(ahead) if dated && ahead.abs() > reply::CLOCK_SKEW => Judgement {
            outcome: handshake.outcome.because(Cause::ClockSkew),
            ..reply::skewed(ahead).and(handshake.evidence)
        },
        Some(_) | None => match handshake.outcome {
            Outcome::Fails(_) => handshake,
            Outcome::Works | Outcome::WorksBut(_) | Outcome::Unknown(_) | Outcome::NotTried(_) => {
                worse(handshake, reply::judge(check, reply))
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
