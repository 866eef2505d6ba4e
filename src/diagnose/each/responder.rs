//! What our responder's answer means, and what it means that there is none: only its proof counts
//! as open.

use std::net::IpAddr;

use super::{connect, reply};
use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Part, ResponderFact, Said as _},
    observation::{PortObservation, Reached},
    plan::Check,
    protocol::{
        End, Reply, Speaker,
        responder::{Proof, Responder, SMALLEST},
    },
};

/// What one port of a check comes to at whose other end a responder was asked.
pub(super) fn judge(check: &Check, address: Option<IpAddr>, seen: &PortObservation) -> Judgement {
    let whom = || address.map_or_else(|| check.whom(), Part::from);
    match &seen.reached {
        Reached::Replied { reply, .. } => match (reply.responder(), check.expect) {
            (_, Expect::Blocked) => connect::connected(check, whom()),
            (Some(Responder::Proven(proof)), _) => passed_on(check, address, seen, proof)
                .unwrap_or_else(|| proven(address, seen, proof)),
            (Some(Responder::OtherToken), _) => other_token(),
            (None, _) => someone_else(check, reply),
        },
        Reached::Tls { .. } | Reached::Connected if check.expect == Expect::Blocked => {
            connect::connected(check, whom())
        }
        Reached::Tls { tls, reply } => {
            let words = reply.as_ref();
            let is_expected = words.is_none_or(|reply| reply.is_of(&check.service));
            held(tls.is_spoken() && is_expected, words)
        }
        Reached::Connected => held(false, None),
        Reached::NotConnected(error) => {
            let judged = connect::judge(check, address, error, seen.elapsed);
            match (check.expect, judged.outcome) {
                // A refusal shows that packets get there, and not that anybody is there.
                (Expect::Path, Outcome::Works) => refused(check, judged),
                (Expect::Path | Expect::Service | Expect::Blocked, _) => judged,
            }
        }
        Reached::Silence | Reached::NotRelayed { .. } => {
            silence(check, connect::silence(check, seen.elapsed))
        }
    }
}

/// A responder proved itself: that it is the one that was meant, and that long packets arrive,
/// has still to be looked at.
fn proven(address: Option<IpAddr>, seen: &PortObservation, proof: &Proof) -> Judgement {
    let answer = &proof.answer;
    let fail = |cause, evidence| Judgement::of(Outcome::Fails(cause), Stage::Service, evidence);
    let asked = seen.port.map_or(0, crate::net::Port::get);
    let judgement = if answer.door.port != asked {
        let port = answer.door.port;
        let evidence = ResponderFact::OtherPortAnswers { port };
        fail(Cause::NotOurResponder, evidence)
    } else if proof.is_redirected {
        let address = answer.at.ip();
        let evidence = ResponderFact::OtherMachineAnswers { address };
        fail(Cause::NotOurResponder, evidence)
    } else if let Some(lost) = proof.lost {
        let evidence = ResponderFact::LargePacketsLost {
            small: SMALLEST,
            large: lost,
        };
        fail(Cause::MtuBlackHole, evidence)
    } else {
        Judgement::works(Stage::Service, vec![ResponderFact::ResponderAnswers.into()])
    };
    judgement.and(translations(address, proof))
}

/// The responder that was meant, at another address than was asked: between machines of one group
/// that is worth a look.
fn passed_on(
    check: &Check,
    address: Option<IpAddr>,
    seen: &PortObservation,
    proof: &Proof,
) -> Option<Judgement> {
    let at = proof.answer.at.ip();
    let asked = seen.port.map_or(0, crate::net::Port::get);
    let is_meant = proof.answer.door.port == asked && !proof.is_redirected && proof.lost.is_none();
    let is_inside = check.from == check.to;
    address.filter(|asked| *asked != at && is_meant && is_inside)?;
    let mut evidence: Vec<ResponderFact> = translations(address, proof).collect();
    let first = (!evidence.is_empty()).then(|| evidence.remove(0))?;
    let outcome = Outcome::WorksBut(Cause::Relayed);
    Some(
        Judgement {
            who: Some(at.said()),
            ..Judgement::of(outcome, Stage::Service, first)
        }
        .and([ResponderFact::ResponderAnswers])
        .and(evidence),
    )
}

/// What address translation shows: addresses that differ from end to end.
fn translations(address: Option<IpAddr>, proof: &Proof) -> impl Iterator<Item = ResponderFact> {
    let (at, seen) = (proof.answer.at.ip(), proof.answer.seen.ip());
    let there = address
        .filter(|address| *address != at && !proof.is_redirected)
        .map(|asked| ResponderFact::TranslatedThere { asked, there: at });
    let own = proof.own.map(|own| own.ip().to_canonical());
    let here = own
        .filter(|own| *own != seen)
        .map(|own| ResponderFact::TranslatedHere { own, seen });
    there.into_iter().chain(here)
}

fn other_token() -> Judgement {
    let evidence = ResponderFact::OtherToken;
    Judgement::of(Outcome::Fails(Cause::WrongToken), Stage::Service, evidence)
}

/// Something answered that is no responder: the service itself, or what should not be there.
fn someone_else(check: &Check, reply: &Reply) -> Judgement {
    if reply.is_of(&check.service) {
        return held(true, Some(reply));
    }
    match reply.speaker {
        Speaker::Ended {
            end: End::Silence,
            spoke: false,
            ..
        } => {
            let evidence = ResponderFact::QuestionUnanswered;
            Judgement::of(Outcome::Fails(Cause::NoAnswer), Stage::Service, evidence).inferred()
        }
        Speaker::Ended { spoke: false, .. } => held(false, Some(reply)).inferred(),
        Speaker::Service
        | Speaker::Unwilling(_)
        | Speaker::BrokeOff(_)
        | Speaker::Other(_)
        | Speaker::Ended { spoke: true, .. } => held(false, Some(reply)),
    }
}

/// The port is held by another program: by the service, or by something else.
fn held(is_the_service: bool, reply: Option<&Reply>) -> Judgement {
    let words = reply.map(reply::facts).unwrap_or_default();
    if is_the_service {
        let evidence = ResponderFact::ServiceItself;
        return Judgement::works(Stage::Service, vec![evidence.into()])
            .inferred()
            .and(words);
    }
    let evidence = ResponderFact::NotOurs;
    Judgement::of(
        Outcome::Fails(Cause::NotOurResponder),
        Stage::Service,
        evidence,
    )
    .and(words)
}

/// A refusal: nobody is there, or a firewall says so.
fn refused(check: &Check, judged: Judgement) -> Judgement {
    let cause = match check.protocol.transport() {
        crate::net::Transport::Tcp => Cause::TcpRefused,
        crate::net::Transport::Esp => Cause::ProtocolUnreachable,
        crate::net::Transport::Udp | crate::net::Transport::Icmp => Cause::UdpPortUnreachable,
    };
    let evidence = judged.evidence.into_iter().take(1).collect();
    Judgement {
        outcome: Outcome::Unknown(cause),
        evidence,
        ..judged
    }
    .inferred()
}

/// Silence, where a responder has to answer.
fn silence(check: &Check, judged: Judgement) -> Judgement {
    let is_udp = check.protocol.transport() == crate::net::Transport::Udp;
    if !is_udp || check.expect == Expect::Blocked {
        return judged;
    }
    let evidence = judged.evidence.into_iter().take(1).collect();
    Judgement {
        outcome: Outcome::Fails(Cause::UdpNoReply),
        evidence,
        ..judged
    }
    .and([ResponderFact::MustAnswer])
    .inferred()
}
