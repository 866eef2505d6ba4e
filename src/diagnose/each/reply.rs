//! What a service said: who it is, whether it is willing, or how the talk ended.

use time::OffsetDateTime;

use super::http;
use crate::{
    catalog::Pki,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
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
pub(super) fn facts(reply: &Reply) -> Vec<String> {
    reply
        .facts
        .iter()
        .map(|fact| format!("{}: {}", fact.label, fact.value))
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
            .and(["by the server's clock, which may be the wrong one"])
    })
}

/// The clock of this machine is `ahead` seconds ahead of the truth.
pub(super) fn skewed(ahead: i64) -> Judgement {
    let direction = if ahead > 0 { "ahead" } else { "behind" };
    let evidence = format!(
        "this machine's clock is {} s {direction}",
        ahead.unsigned_abs()
    );
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
        Complaint::AccessDenied if turns_away(check) => (
            Outcome::Fails(Cause::AccessDenied),
            "it turns this client away",
        ),
        Complaint::AccessDenied => (
            Outcome::WorksBut(Cause::AccessDenied),
            "it refuses this client",
        ),
        Complaint::RateLimited => (
            Outcome::WorksBut(Cause::RateLimited),
            "it limits this client's rate",
        ),
        Complaint::NotReady => (
            Outcome::WorksBut(Cause::NotReady),
            "it answers that it is not ready",
        ),
        Complaint::NoStartTls => (blame(Cause::NoStarttls), "STARTTLS is not offered"),
        Complaint::StartTlsRefused => (
            blame(Cause::NoStarttls),
            "STARTTLS is offered, and refused when it is asked for",
        ),
        Complaint::NoTls => (
            Outcome::Fails(Cause::NoTls),
            "TLS is wanted and not offered",
        ),
        Complaint::HttpError => (
            Outcome::WorksBut(Cause::HttpError),
            "it answers with an error",
        ),
        Complaint::NtpUnsynchronised => (
            Outcome::WorksBut(Cause::NtpUnsynchronised),
            "it answers, and has no time to give",
        ),
        Complaint::NtpUncertain => (
            Outcome::WorksBut(Cause::NtpUnsynchronised),
            "it answers, and is too unsure of its time for a client to take it",
        ),
        Complaint::WantsProxyHeader => (
            Outcome::Fails(Cause::ProxyProtocol),
            "it answers once the header of the PROXY protocol comes first, and not without",
        ),
        Complaint::DnsRefused => (
            Outcome::WorksBut(Cause::DnsRefused),
            "it refuses to answer us",
        ),
        Complaint::DnsServerFailure => (
            Outcome::Fails(Cause::DnsServerFailure),
            "it fails to answer",
        ),
        Complaint::Withdrawn => (
            Outcome::WorksBut(Cause::WithdrawnByVendor),
            "its provider says that the service is over",
        ),
    };
    Judgement::of(outcome, Stage::Service, evidence.to_owned())
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
    let (cause, then) = match end {
        End::Closed => (
            Cause::ClosedAtOnce,
            "closed the connection when it was spoken to",
        ),
        End::Reset => (
            Cause::ResetAtOnce,
            "reset the connection when it was spoken to",
        ),
        End::Silence => (Cause::NoAnswer, "never answered what it was told"),
        End::TooLong => (
            Cause::WrongProtocol,
            "sent too much without coming to an end",
        ),
    };
    let evidence = format!("it answered as {}, and then {then}", check.protocol);
    Judgement::of(Outcome::Fails(cause), Stage::Service, evidence)
}

/// Something else answered.
fn other(check: &Check, looks: Looks) -> Judgement {
    let datagram = check.protocol.transport() == Transport::Udp;
    let (cause, evidence) = match looks {
        _ if datagram => (
            Cause::UdpWrongReply,
            format!("what came back is not {}", check.protocol),
        ),
        Looks::Tls => (
            Cause::TlsUnexpected,
            format!("TLS came where plain {} was due", check.protocol),
        ),
        Looks::Known(protocol) => (
            Cause::WrongProtocol,
            format!("this is {protocol}, not {}", check.protocol),
        ),
        Looks::Unknown => (
            Cause::WrongProtocol,
            format!("what came is not {}", check.protocol),
        ),
    };
    Judgement::of(Outcome::Fails(cause), Stage::Service, evidence)
}

/// The connection was accepted and the talk ended before the service was known.
fn ended(check: &Check, end: End, spoke: bool, asked: bool) -> Judgement {
    let datagram = check.protocol.transport() == Transport::Udp;
    let (cause, evidence) = match (end, spoke) {
        (_, true) if datagram => (Cause::UdpWrongReply, "what came back was no answer"),
        (End::Closed, false) => (Cause::ClosedAtOnce, "accepted, then closed without a word"),
        (End::Reset, false) => (Cause::ResetAtOnce, "accepted, then reset without a word"),
        (End::Silence, false) if asked => {
            (Cause::NoAnswer, "accepted, and never answered the question")
        }
        (End::Silence, false) => (Cause::NoGreeting, "accepted, and never said a word"),
        (End::Silence, true) => (
            Cause::SlowAnswer,
            "began to answer and did not finish in time",
        ),
        (End::Closed | End::Reset, true) => (
            Cause::WrongProtocol,
            "said something and closed before it was recognised",
        ),
        (End::TooLong, _) => (
            Cause::WrongProtocol,
            "sent too much without being recognised",
        ),
    };
    let evidence = match cause {
        Cause::WrongProtocol => format!("{evidence} as {}", check.protocol),
        _ => evidence.to_owned(),
    };
    let judgement = Judgement::of(Outcome::Fails(cause), Stage::Service, evidence);
    match (end, check.protocol) {
        // Lines before the name are secure shell's too, and so these may be.
        (End::Closed | End::Reset, Protocol::Ssh) if spoke => judgement.inferred(),
        (End::Closed | End::Reset | End::Silence | End::TooLong, _) => judgement,
    }
}
