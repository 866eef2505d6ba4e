//! What fails by hosts and ports: the fewest boxes that hold it, each with the one remedy.

use super::{
    group::Group,
    hops::{Flowing, shared},
};
use crate::{
    catalog::Expect,
    cause::Is,
    diagnose::{Finding, Outcome, across::path::to_whom, places},
    fact::{Fact, Part, PathFact},
    net::{Ports, Transport},
    plan::{Check, CheckStep, Plan},
    statement::{self, Machines, Remedy, Seen, State, Statement, Swept, Tried},
};

/// The statements about what is not explained yet.
pub(super) fn boxes(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let mut places = Vec::new();
    let mut seen = Vec::new();
    for (place, finding) in findings.iter().enumerate() {
        if let Some(it) = seen_of(&plan.checks[finding.check], finding) {
            places.push(place);
            seen.push(it);
        }
    }
    let groups = statement::statements(&seen, Machines::Here)
        .into_iter()
        .map(|statement| group(findings, &places, statement))
        .collect();
    shared(plan, findings, groups)
}

fn group(findings: &[Finding], places: &[usize], statement: Statement) -> Flowing {
    let members: Vec<usize> = statement
        .members
        .iter()
        .map(|member| places[*member])
        .collect();
    let evidence = members
        .iter()
        .flat_map(|member| &findings[*member].evidence);
    let walked = evidence.filter(|fact| to_whom(fact, &statement.flow).is_some());
    // A connection tells more than a datagram.
    let walked = walked.max_by_key(|fact| is_of_tcp(fact));
    let remedy = walked.and_then(|fact| to_whom(fact, &statement.flow));
    let group = Group {
        id: statement.id,
        cause: statement.cause,
        title: statement.title,
        evidence: walked.cloned(),
        remedy: remedy.unwrap_or(statement.remedy),
        fewest: Some(statement.fewest),
        members,
    };
    Flowing {
        group,
        flow: statement.flow,
    }
}

fn is_of_tcp(fact: &Fact) -> bool {
    match fact {
        Fact::Path(
            PathFact::StopsBetween { door, .. }
            | PathFact::ReachesTheLast { door, .. }
            | PathFact::NothingArrives { door, .. },
        ) => door.transport == Transport::Tcp,
        _ => false,
    }
}

/// What a check says about its host and its ports; nothing where it was not about both.
fn seen_of(check: &Check, finding: &Finding) -> Option<Seen> {
    let CheckStep::Probe(_) = &check.step else {
        return None;
    };
    let host = check.bound_host()?;
    Some(Seen {
        source: 0,
        host: host.to_string(),
        transport: check.protocol.transport(),
        tried: tried(check, finding),
        state: state(check, finding),
        remedy: Remedy {
            host: Part::host(host),
            flow: places::flow(check),
            words: finding.remedy.clone().unwrap_or_default(),
        },
    })
}

fn tried(check: &Check, finding: &Finding) -> Tried {
    match (check.ports(), &finding.sweep) {
        (Ports::None, _) => Tried::NoPorts,
        (Ports::One(port), _) => Tried::Port(port.get()),
        (Ports::Range(range), sweep) => {
            let failed = sweep.iter().flat_map(|sweep| &sweep.failed);
            Tried::Range(Swept {
                first: range.first().get(),
                last: range.last().get(),
                checked: sweep.as_ref().map_or(0, |sweep| sweep.checked),
                failed: failed
                    .map(|(first, last)| [first.get(), last.get()])
                    .collect(),
            })
        }
    }
}

/// What must be shut says nothing about a fault, and what is explained already is no sign of another.
fn state(check: &Check, finding: &Finding) -> State {
    match finding.outcome {
        // It is not heard, as it must be; but then nothing of its host is.
        Outcome::Unknown(cause) if check.expect == Expect::Blocked && cause.is(Is::HostUnheard) => {
            State::Fails(cause)
        }
        _ if check.expect == Expect::Blocked => State::Unknown,
        Outcome::Works => State::Works,
        Outcome::WorksBut(_) | Outcome::Fails(_) | Outcome::Unknown(_)
            if finding.explained_by.is_some() || !finding.is_problem() =>
        {
            State::Unknown
        }
        Outcome::WorksBut(cause) | Outcome::Fails(cause) | Outcome::Unknown(cause) => {
            State::Fails(cause)
        }
        Outcome::NotTried(_) => State::Unknown,
    }
}
