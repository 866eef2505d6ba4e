//! What a service said: who it is, whether it is willing, or how the talk ended.

use time::OffsetDateTime;

use super::http;
use crate::{
    catalog::Pki,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Ahead, ServiceFact},
    net::{Protocol, Transport},
    plan::Check,
    protocol::{Complaint, Details, End, Looks, NtpAnswer, Reply, Speaker},
};

/// A clock that is further off than this, in seconds, breaks certificates, tickets and logs.
/// Source: the default clock skew of Kerberos, RFC 4120 §1.6, is 5 minutes.
pub(in crate::diagnose) const CLOCK_SKEW: i64 = 5 * 60;

/// What a reply comes to.
pub(super) fn judge(check: &Check, reply: &Reply) -> Judgement {
    let aside = match &reply.details {
        Details::Http(head) => http::judge(check, head),
        // Who does not know the time cannot contradict anybody.
        Details::Ntp(answer) if reply.speaker == Speaker::Service => clock(answer),
        Details::Ntp(_) | Details::Responder(_) | Details::None => None,
    };
    let judgement = match (aside, &reply.speaker) {
        (Some(aside), Speaker::Service | Speaker::Unwilling(_)) => aside,
        (None, Speaker::Service) => Judgement::works(Stage::Service, Vec::new()),
        (None, Speaker::Unwilling(complaint)) => complain(check, *complaint),
        (_, Speaker::Other(looks)) => other(check, *looks),
        (_, Speaker::BrokeOff(end)) => broke_off(check, *end),
        (_, Speaker::Ended { end, spoke, asked }) => ended(check, *end, *spoke, *asked),
    };
    judgement.and(facts(reply))
}

/// The service's own words, one fragment each.
pub(super) fn facts(reply: &Reply) -> Vec<ServiceFact> {
    reply
        .facts
        .iter()
        .map(|said| {
            let label = said.label;
            if said.is_figure() {
                let figure = said.value.as_str().into();
                ServiceFact::Shows { label, figure }
            } else {
                let words = said.value.as_str().into();
                ServiceFact::Says { label, words }
            }
        })
        .collect()
}

/// By how many seconds this machine's clock is ahead of the one that answered, if that told the time.
pub(in crate::diagnose) fn clock_ahead(reply: &Reply, now: OffsetDateTime) -> Option<i64> {
    match &reply.details {
        Details::Http(head) => http::clock_ahead(head, now),
        Details::Ntp(answer) => answer.offset_ms.map(|offset| offset / 1_000),
        Details::Responder(_) | Details::None => None,
    }
}

/// A time server that contradicts the clock of this machine.
fn clock(answer: &NtpAnswer) -> Option<Judgement> {
    let offset = answer.offset_ms?;
    let is_off = offset.unsigned_abs() > CLOCK_SKEW.unsigned_abs() * 1_000;
    // One clock against another: either may be the wrong one.
    is_off.then(|| {
        skewed(offset / 1_000)
            .inferred()
            .and([ServiceFact::ByItsClock])
    })
}

/// The clock of this machine is `ahead` seconds ahead of the truth.
pub(super) fn skewed(ahead: i64) -> Judgement {
    let evidence = ServiceFact::ClockOff {
        ahead: Ahead(ahead),
    };
    Judgement::of(
        Outcome::WorksBut(Cause::ClockSkew),
        Stage::Service,
        evidence,
    )
}

/// The service is there, and will not or cannot serve. It fails a check only where the product
/// cannot do without.
fn complain(check: &Check, complaint: Complaint) -> Judgement {
    let strict = check.catalog.is_none() || check.pki == Pki::Public;
    let blame = if strict {
        Outcome::Fails
    } else {
        Outcome::WorksBut
    };
    let (outcome, evidence) = match complaint {
        // Who is not let in at the door can do nothing there.
        Complaint::AccessDenied if turns_away(check) => {
            (Outcome::Fails(Cause::AccessDenied), ServiceFact::TurnsAway)
        }
        Complaint::AccessDenied => (
            Outcome::WorksBut(Cause::AccessDenied),
            ServiceFact::RefusesClient,
        ),
        Complaint::RateLimited => (
            Outcome::WorksBut(Cause::RateLimited),
            ServiceFact::LimitsRate,
        ),
        Complaint::NotReady => (Outcome::WorksBut(Cause::NotReady), ServiceFact::NotReady),
        Complaint::NoStartTls => (blame(Cause::NoStarttls), ServiceFact::StarttlsNotOffered),
        Complaint::StartTlsRefused => (blame(Cause::NoStarttls), ServiceFact::StarttlsRefused),
        Complaint::NoTls => (Outcome::Fails(Cause::NoTls), ServiceFact::TlsNotOffered),
        Complaint::HttpError => (
            Outcome::WorksBut(Cause::HttpError),
            ServiceFact::AnswersWithError,
        ),
        Complaint::NtpUnsynchronised => (
            Outcome::WorksBut(Cause::NtpUnsynchronised),
            ServiceFact::NoTimeToGive,
        ),
        Complaint::NtpUncertain => (
            Outcome::WorksBut(Cause::NtpUnsynchronised),
            ServiceFact::UnsureOfTime,
        ),
        Complaint::WantsProxyHeader => (
            Outcome::Fails(Cause::ProxyProtocol),
            ServiceFact::WantsHeader,
        ),
        Complaint::DnsRefused => (
            Outcome::WorksBut(Cause::DnsRefused),
            ServiceFact::RefusesToAnswer,
        ),
        Complaint::DnsServerFailure => (
            Outcome::Fails(Cause::DnsServerFailure),
            ServiceFact::FailsToAnswer,
        ),
        Complaint::Withdrawn => (
            Outcome::WorksBut(Cause::WithdrawnByVendor),
            ServiceFact::OverByProvider,
        ),
    };
    Judgement::of(outcome, Stage::Service, evidence)
}

/// Whether a refusal of the service means that it does nothing for this client: mail and secure
/// shell refuse at the door, others refuse one question.
const fn turns_away(check: &Check) -> bool {
    matches!(
        check.protocol,
        Protocol::Smtp | Protocol::Smtps | Protocol::Ssh
    )
}

/// The service named itself, and then it was over: that is not another service.
fn broke_off(check: &Check, end: End) -> Judgement {
    let protocol = check.protocol;
    let (cause, evidence) = match end {
        End::Closed => (Cause::ClosedAtOnce, ServiceFact::BrokeOff { protocol }),
        End::Reset => (
            Cause::ResetAtOnce,
            ServiceFact::BrokeOffByReset { protocol },
        ),
        End::Silence => (Cause::NoAnswer, ServiceFact::FellSilent { protocol }),
        End::TooLong => (Cause::WrongProtocol, ServiceFact::NeverEnded { protocol }),
    };
    Judgement::of(Outcome::Fails(cause), Stage::Service, evidence)
}

/// Something else answered.
fn other(check: &Check, looks: Looks) -> Judgement {
    let protocol = check.protocol;
    let datagram = check.protocol.transport() == Transport::Udp;
    let (cause, evidence) = match looks {
        _ if datagram => (
            Cause::UdpWrongReply,
            ServiceFact::DatagramIsNot { protocol },
        ),
        Looks::Tls => (Cause::TlsUnexpected, ServiceFact::TlsCame { protocol }),
        Looks::Known(same) if same == protocol => {
            (Cause::WrongProtocol, ServiceFact::IsOldVersion { protocol })
        }
        Looks::Known(other) => (
            Cause::WrongProtocol,
            ServiceFact::IsOther { other, protocol },
        ),
        Looks::Unknown => (Cause::WrongProtocol, ServiceFact::IsNot { protocol }),
    };
    Judgement::of(Outcome::Fails(cause), Stage::Service, evidence)
}

/// The connection was accepted and the talk ended before the service was known.
fn ended(check: &Check, end: End, spoke: bool, asked: bool) -> Judgement {
    let protocol = check.protocol;
    let datagram = check.protocol.transport() == Transport::Udp;
    let (cause, evidence) = match (end, spoke) {
        (_, true) if datagram => (Cause::UdpWrongReply, ServiceFact::DatagramNoAnswer),
        (End::Closed, false) => (Cause::ClosedAtOnce, ServiceFact::ClosedWordless),
        (End::Reset, false) => (Cause::ResetAtOnce, ServiceFact::ResetWordless),
        (End::Silence, false) if asked => (Cause::NoAnswer, ServiceFact::NeverAnswered),
        (End::Silence, false) => (Cause::NoGreeting, ServiceFact::NeverSaidAWord),
        (End::Silence, true) => (Cause::SlowAnswer, ServiceFact::Unfinished),
        (End::Closed | End::Reset, true) => (
            Cause::WrongProtocol,
            ServiceFact::ClosedUnrecognised { protocol },
        ),
        (End::TooLong, _) => (Cause::WrongProtocol, ServiceFact::TooMuch { protocol }),
    };
    let judgement = Judgement::of(Outcome::Fails(cause), Stage::Service, evidence);
    match (end, check.protocol) {
        // Lines before the name are secure shell's too, and so these may be.
        (End::Closed | End::Reset, Protocol::Ssh) if spoke => judgement.inferred(),
        (End::Closed | End::Reset | End::Silence | End::TooLong, _) => judgement,
    }
}
