//! Reaching a port: what a connection, a refusal and silence mean.

use std::{net::IpAddr, time::Duration};

use crate::{
    catalog::Expect,
    cause::Is,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{ConnectFact, Count, Icmp, Part, Sentence},
    net::Transport,
    observation::{Attempts, ConnectError, IcmpError},
    plan::Check,
};

/// A connection was accepted, or an answer came.
pub(super) fn connected(check: &Check, whom: Part) -> Judgement {
    match check.expect {
        Expect::Service | Expect::Path => {
            Judgement::works(Stage::Connect, vec![ConnectFact::Open.into()])
        }
        Expect::Blocked => Judgement::of(
            Outcome::Fails(Cause::Reachable),
            Stage::Connect,
            ConnectFact::MustNotBeReached { whom },
        ),
    }
}

/// What a failed connect to `address` comes to by itself, and the words for it.
pub(super) fn told(address: IpAddr, error: &ConnectError) -> (Cause, ConnectFact) {
    let cause = match error {
        ConnectError::Refused(Some(_)) | ConnectError::Prohibited(_) => Cause::RejectedByFirewall,
        ConnectError::Refused(None) => Cause::TcpRefused,
        ConnectError::Reset => Cause::ResetAtOnce,
        ConnectError::ProtocolUnreachable(_) => Cause::ProtocolUnreachable,
        ConnectError::NoReply => Cause::TcpNoReply,
        ConnectError::HostUnreachable(_) | ConnectError::NoNeighbour(_) => Cause::HostUnreachable,
        ConnectError::NetworkUnreachable(_) => Cause::NetworkUnreachable,
        ConnectError::TimeExceeded(_) => Cause::RouteLoop,
        ConnectError::NoRoute
        | ConnectError::LinkDown
        | ConnectError::LocalFirewall
        | ConnectError::LocalPolicy
        | ConnectError::LocalResources(_)
        | ConnectError::NeedsPrivilege(_)
        | ConnectError::SourceAddress
        | ConnectError::Other(_) => local_fault(error).unwrap_or(Cause::LocalResources),
    };
    (cause, evidence(Some(address), error))
}

/// No connection to `address`.
pub(super) fn judge(
    check: &Check,
    address: Option<IpAddr>,
    error: &ConnectError,
    elapsed: Duration,
) -> Judgement {
    let cause = classify(check, address, error);
    let seen = match error {
        ConnectError::NoReply => ConnectFact::NoAnswer { elapsed },
        _ => evidence(address, error),
    };
    let judgement = Judgement {
        who: who(error, address).map(Sentence::from),
        ..Judgement::of(Outcome::Fails(cause), Stage::Connect, seen)
    };
    match check.expect {
        Expect::Path if cause.is(Is::Refusal) => Judgement {
            outcome: Outcome::Works,
            ..judgement.and([ConnectFact::NothingListensYet]).inferred()
        },
        Expect::Blocked => judge_blocked(judgement, cause),
        Expect::Service | Expect::Path if !says_anything(cause) => Judgement {
            outcome: Outcome::Unknown(cause),
            ..judgement
        },
        Expect::Service | Expect::Path if is_sure(check, cause, error) => judgement,
        Expect::Service | Expect::Path => judgement.inferred(),
    }
}

/// What was to be out of reach: a target that refuses was reached; silence and rejection are what
/// was wanted, once another port of the host has shown that it is there (see `settle`).
fn judge_blocked(judgement: Judgement, cause: Cause) -> Judgement {
    if !cause.is(Is::Refusal) {
        return Judgement {
            outcome: Outcome::Unknown(cause),
            ..judgement
        };
    }
    Judgement {
        outcome: Outcome::Fails(Cause::Reachable),
        ..judgement.and([ConnectFact::SeemsToRefuse]).inferred()
    }
}

/// Whether the cause says anything of the network or the host: not what this machine lacks to ask.
const fn says_anything(cause: Cause) -> bool {
    !matches!(
        cause,
        Cause::LocalResources | Cause::NeedsPrivilege | Cause::SourceAddress
    )
}

/// Nothing came back to a datagram.
pub(super) fn silence(check: &Check, elapsed: Duration) -> Judgement {
    let evidence = ConnectFact::NoAnswer { elapsed };
    let outcome = match check.protocol.transport() {
        Transport::Tcp => Outcome::Fails(Cause::TcpNoReply),
        // Contract §8: silence fails only where the protocol must answer.
        Transport::Udp if must_answer(check) => Outcome::Fails(Cause::UdpNoReply),
        Transport::Udp => Outcome::Unknown(Cause::UdpNoReply),
        Transport::Icmp => Outcome::Fails(Cause::IcmpNoReply),
        Transport::Esp => Outcome::Unknown(Cause::EspNoReply),
    };
    let outcome = match (check.expect, outcome.cause()) {
        (Expect::Blocked, Some(cause)) => Outcome::Unknown(cause),
        (Expect::Service | Expect::Path | Expect::Blocked, _) => outcome,
    };
    let judgement = Judgement::of(outcome, Stage::Connect, evidence);
    match check.protocol.transport() {
        Transport::Udp if !must_answer(check) => {
            judgement.inferred().and([ConnectFact::UdpSilence])
        }
        Transport::Icmp => judgement.inferred().and([ConnectFact::EchoSilence]),
        Transport::Esp => judgement.inferred().and([ConnectFact::EspSilence]),
        Transport::Udp | Transport::Tcp => judgement,
    }
}

fn must_answer(check: &Check) -> bool {
    check.expect == Expect::Service && check.protocol.must_answer()
}

/// Why a connect failed.
fn classify(check: &Check, address: Option<IpAddr>, error: &ConnectError) -> Cause {
    match error {
        ConnectError::Refused(icmp) if is_a_firewalls(check, address, icmp.as_ref()) => {
            Cause::RejectedByFirewall
        }
        ConnectError::Refused(_) if check.protocol.transport() == Transport::Tcp => {
            Cause::TcpRefused
        }
        ConnectError::Refused(_) => Cause::UdpPortUnreachable,
        // Before the handshake a reset is a refusal: this one came after it. Source: tcp(7).
        ConnectError::Reset => Cause::ResetAtOnce,
        ConnectError::ProtocolUnreachable(_) => Cause::ProtocolUnreachable,
        ConnectError::NoReply => Cause::TcpNoReply,
        ConnectError::HostUnreachable(_) | ConnectError::NoNeighbour(_) => Cause::HostUnreachable,
        ConnectError::NetworkUnreachable(_) => Cause::NetworkUnreachable,
        ConnectError::Prohibited(_) => Cause::RejectedByFirewall,
        ConnectError::TimeExceeded(_) => Cause::RouteLoop,
        ConnectError::NoRoute
        | ConnectError::LinkDown
        | ConnectError::LocalFirewall
        | ConnectError::LocalPolicy
        | ConnectError::LocalResources(_)
        | ConnectError::NeedsPrivilege(_)
        | ConnectError::SourceAddress
        | ConnectError::Other(_) => local_fault(error).unwrap_or(Cause::LocalResources),
    }
}

/// What is wrong with this machine, where that is why there is no connection.
pub(super) const fn local_fault(error: &ConnectError) -> Option<Cause> {
    match error {
        ConnectError::NoRoute => Some(Cause::NoRoute),
        ConnectError::LinkDown => Some(Cause::LinkDown),
        ConnectError::LocalFirewall => Some(Cause::LocalFirewall),
        ConnectError::LocalPolicy => Some(Cause::LocalPolicy),
        ConnectError::LocalResources(_) | ConnectError::Other(_) => Some(Cause::LocalResources),
        ConnectError::NeedsPrivilege(_) => Some(Cause::NeedsPrivilege),
        ConnectError::SourceAddress => Some(Cause::SourceAddress),
        ConnectError::Refused(_)
        | ConnectError::NoReply
        | ConnectError::NoNeighbour(_)
        | ConnectError::HostUnreachable(_)
        | ConnectError::NetworkUnreachable(_)
        | ConnectError::Prohibited(_)
        | ConnectError::ProtocolUnreachable(_)
        | ConnectError::TimeExceeded(_)
        | ConnectError::Reset => None,
    }
}

/// Whether a refusal comes from a packet filter and not from a port that nobody listens at: a
/// closed TCP port answers with a reset and never with ICMP, a closed UDP port with ICMP of its own
/// host. Source: RFC 9293 §3.10.7.1, RFC 1122 §4.1.3.1.
fn is_a_firewalls(check: &Check, address: Option<IpAddr>, icmp: Option<&IcmpError>) -> bool {
    match (check.protocol.transport(), icmp) {
        (Transport::Tcp, Some(_)) => true,
        (_, Some(icmp)) => icmp.from.is_some_and(|from| Some(from) != address),
        (_, None) => false,
    }
}

/// Whether the error alone leaves no other explanation. EHOSTUNREACH and ENETUNREACH without the
/// ICMP message behind them may be a rejection as well as a dead host; a port unreachable from
/// another address may be the same host's, which has several.
fn is_sure(check: &Check, cause: Cause, error: &ConnectError) -> bool {
    match error {
        ConnectError::Refused(_) if cause == Cause::RejectedByFirewall => {
            check.protocol.transport() == Transport::Tcp
        }
        ConnectError::HostUnreachable(icmp) | ConnectError::NetworkUnreachable(icmp) => {
            icmp.is_some()
        }
        _ => true,
    }
}

/// What was seen of a connect to `address`, in words.
fn evidence(address: Option<IpAddr>, error: &ConnectError) -> ConnectFact {
    match error {
        ConnectError::NoNeighbour(hop) if Some(*hop) != address => {
            ConnectFact::GatewayMissing { hop: *hop }
        }
        _ => seen(error),
    }
}

/// Who says it, or is not there.
fn who(error: &ConnectError, address: Option<IpAddr>) -> Option<IpAddr> {
    match error {
        ConnectError::NoNeighbour(hop) => (Some(*hop) != address).then_some(*hop),
        _ => icmp(error)?.from,
    }
}

fn icmp(error: &ConnectError) -> Option<&IcmpError> {
    match error {
        ConnectError::Refused(icmp)
        | ConnectError::HostUnreachable(icmp)
        | ConnectError::NetworkUnreachable(icmp)
        | ConnectError::Prohibited(icmp)
        | ConnectError::ProtocolUnreachable(icmp)
        | ConnectError::TimeExceeded(icmp) => icmp.as_ref(),
        ConnectError::NoReply
        | ConnectError::NoNeighbour(_)
        | ConnectError::Reset
        | ConnectError::NoRoute
        | ConnectError::LinkDown
        | ConnectError::LocalFirewall
        | ConnectError::LocalPolicy
        | ConnectError::LocalResources(_)
        | ConnectError::NeedsPrivilege(_)
        | ConnectError::SourceAddress
        | ConnectError::Other(_) => None,
    }
}

/// What was seen.
pub(super) fn seen(error: &ConnectError) -> ConnectFact {
    match error {
        ConnectError::Refused(icmp) => ConnectFact::Refused {
            icmp: told_by(icmp.as_ref()),
        },
        ConnectError::NoReply => ConnectFact::Unanswered,
        ConnectError::NoNeighbour(hop) => ConnectFact::NoNeighbour { hop: *hop },
        ConnectError::HostUnreachable(icmp) => ConnectFact::HostUnreachable {
            icmp: told_by(icmp.as_ref()),
        },
        ConnectError::NetworkUnreachable(icmp) => ConnectFact::NetworkUnreachable {
            icmp: told_by(icmp.as_ref()),
        },
        ConnectError::Prohibited(icmp) => ConnectFact::Prohibited {
            icmp: told_by(icmp.as_ref()),
        },
        ConnectError::ProtocolUnreachable(icmp) => ConnectFact::ProtocolUnreachable {
            icmp: told_by(icmp.as_ref()),
        },
        ConnectError::TimeExceeded(icmp) => ConnectFact::TimeExceeded {
            icmp: told_by(icmp.as_ref()),
        },
        ConnectError::Reset => ConnectFact::Reset,
        ConnectError::NoRoute => ConnectFact::NoRoute,
        ConnectError::LinkDown => ConnectFact::LinkDown,
        ConnectError::LocalFirewall => ConnectFact::LocalFirewall,
        ConnectError::LocalPolicy => ConnectFact::LocalPolicy,
        ConnectError::LocalResources(what) => ConnectFact::RanOut {
            what: what.as_str().into(),
        },
        ConnectError::NeedsPrivilege(what) => ConnectFact::MayNotSend {
            what: what.as_str().into(),
        },
        ConnectError::SourceAddress => ConnectFact::SourceAddress,
        ConnectError::Other(errno) => ConnectFact::SystemFailed { errno: *errno },
    }
}

/// The ICMP error behind it, where there is one.
fn told_by(icmp: Option<&IcmpError>) -> Option<Icmp> {
    icmp.map(|icmp| Icmp {
        kind: icmp.kind,
        code: icmp.code,
        from: icmp.from,
    })
}

/// Adds what several attempts showed: some of them failing is a finding of its own.
pub(super) fn with_loss(judgement: Judgement, attempts: Attempts) -> Judgement {
    let failed = attempts.tried.saturating_sub(attempts.succeeded);
    if judgement.outcome != Outcome::Works || failed == 0 || attempts.succeeded == 0 {
        return judgement;
    }
    let worked = attempts.succeeded;
    let tried = Count {
        number: attempts.tried as usize,
        noun: "attempt",
    };
    let (cause, fact) = if attempts.silent == failed {
        (
            Cause::PacketLoss,
            ConnectFact::SomeUnanswered { worked, tried },
        )
    } else {
        (
            Cause::Intermittent,
            ConnectFact::SomeTurnedAway { worked, tried },
        )
    };
    Judgement {
        outcome: Outcome::WorksBut(cause),
        evidence: vec![fact.into()],
        ..judgement
    }
}
