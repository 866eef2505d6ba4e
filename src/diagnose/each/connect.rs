//! Reaching a port: what a connection, a refusal and silence mean.

use std::{net::IpAddr, time::Duration};

use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    net::Transport,
    observation::{Attempts, ConnectError, IcmpError},
    plan::Check,
    text,
};

/// A connection was accepted, or an answer came.
pub(super) fn connected(check: &Check, whom: &str) -> Judgement {
    match check.expect {
        Expect::Service | Expect::Path => Judgement::works(Stage::Connect, vec!["open".into()]),
        Expect::Blocked => Judgement::of(
            Outcome::Fails(Cause::Reachable),
            Stage::Connect,
            format!("{whom} accepts, and must not be reachable"),
        ),
    }
}

/// What a failed connect to `address` comes to by itself, and the words for it.
pub(super) fn told(address: IpAddr, error: &ConnectError) -> (Cause, String) {
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
        ConnectError::NoReply => format!("no answer in {}", text::duration(elapsed)),
        _ => evidence(address, error),
    };
    let judgement = Judgement {
        who: who(error, address).map(|who| who.to_string()),
        ..Judgement::of(Outcome::Fails(cause), Stage::Connect, seen)
    };
    match check.expect {
        Expect::Path if is_the_hosts_own(cause) => Judgement {
            outcome: Outcome::Works,
            ..judgement.and(["nothing listens yet".to_owned()]).inferred()
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
    if !is_the_hosts_own(cause) {
        return Judgement {
            outcome: Outcome::Unknown(cause),
            ..judgement
        };
    }
    Judgement {
        outcome: Outcome::Fails(Cause::Reachable),
        ..judgement
            .and(["the target itself seems to refuse, so packets get there".to_owned()])
            .inferred()
    }
}

/// Whether the host itself refuses, so that packets get there and back.
const fn is_the_hosts_own(cause: Cause) -> bool {
    matches!(
        cause,
        Cause::TcpRefused
            | Cause::ResetAtOnce
            | Cause::UdpPortUnreachable
            | Cause::ProtocolUnreachable
    )
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
    let evidence = format!("no answer in {}", text::duration(elapsed));
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
        Transport::Udp if !must_answer(check) => judgement
            .inferred()
            .and(["silence over UDP can mean an open port, a closed one or a firewall".to_owned()]),
        Transport::Icmp => judgement
            .inferred()
            .and(["a host may be up and not answer echo requests".to_owned()]),
        Transport::Esp => judgement
            .inferred()
            .and(["a host discards ESP that it has no key for, without a word".to_owned()]),
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
fn evidence(address: Option<IpAddr>, error: &ConnectError) -> String {
    match error {
        ConnectError::NoNeighbour(hop) if Some(*hop) != address => format!(
            "the gateway {hop} is not there: nobody answers for it on this machine's network"
        ),
        _ => words(error),
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

/// What was seen, in words.
pub(super) fn words(error: &ConnectError) -> String {
    let what = match error {
        ConnectError::Refused(_) => "connection refused",
        ConnectError::NoReply => "no answer",
        ConnectError::NoNeighbour(hop) => {
            return format!("nobody answers for {hop} on this machine's own network");
        }
        ConnectError::HostUnreachable(_) => "host unreachable",
        ConnectError::NetworkUnreachable(_) => "network unreachable",
        ConnectError::Prohibited(_) => "rejected as administratively prohibited",
        ConnectError::ProtocolUnreachable(_) => "the host does not take this IP protocol",
        ConnectError::TimeExceeded(_) => "packets go in circles: their time to live ran out",
        ConnectError::Reset => "connection reset",
        ConnectError::NoRoute => "this machine has no route there",
        ConnectError::LinkDown => "no network interface of this machine is up",
        ConnectError::LocalFirewall => "this machine's own firewall does not let it out",
        ConnectError::LocalPolicy => "this machine's own routes prohibit it (EACCES)",
        ConnectError::LocalResources(what) => {
            return format!("this machine ran out of {what}");
        }
        ConnectError::NeedsPrivilege(what) => {
            return format!("this user may not send it: {what}");
        }
        ConnectError::SourceAddress => "the source address is none of this machine's",
        ConnectError::Other(errno) => {
            return format!("the operating system failed with errno {errno}");
        }
    };
    match icmp(error) {
        Some(icmp) => format!(
            "{what} (ICMP type {} code {}{})",
            icmp.kind,
            icmp.code,
            sender(icmp)
        ),
        None => what.to_owned(),
    }
}

fn sender(icmp: &IcmpError) -> String {
    icmp.from
        .map_or_else(String::new, |from| format!(" from {from}"))
}

/// Adds what several attempts showed: some of them failing is a finding of its own.
pub(super) fn with_loss(judgement: Judgement, attempts: Attempts) -> Judgement {
    let failed = attempts.tried.saturating_sub(attempts.succeeded);
    if judgement.outcome != Outcome::Works || failed == 0 || attempts.succeeded == 0 {
        return judgement;
    }
    let (cause, how) = if attempts.silent == failed {
        (Cause::PacketLoss, "the others were not answered")
    } else {
        (Cause::Intermittent, "the others were turned away")
    };
    let tried = text::count(attempts.tried as usize, "attempt");
    Judgement {
        outcome: Outcome::WorksBut(cause),
        evidence: vec![format!("{} of {tried} worked, {how}", attempts.succeeded).into()],
        ..judgement
    }
}
