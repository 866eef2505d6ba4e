//! What stops at one hop is one matter, whatever its cause and its statements: whoever runs that hop
//! is asked once.

use std::collections::BTreeMap;

use super::group::{Group, open};
use crate::{
    diagnose::{Cause, Finding, across::path::to_whom, places},
    fact::{Fact, Origin, Part, PathFact, Router, Said as _, Sentence},
    plan::Plan,
    text,
};

/// A statement, and what must get through for it.
pub(super) struct Flowing {
    pub(super) group: Group,
    pub(super) flow: Sentence,
}

/// What one hop is asked for.
struct Stop {
    fact: Fact,
    cause: Cause,
    flows: Vec<Sentence>,
    members: Vec<usize>,
    /// The statements it is made of, by their places.
    of: Vec<usize>,
}

/// The same statements; those, and what stands alone, that stop at one hop as one.
pub(super) fn shared(plan: &Plan, findings: &[Finding], groups: Vec<Flowing>) -> Vec<Group> {
    let mut stops: BTreeMap<(Router, Router), Stop> = BTreeMap::new();
    for (place, it) in groups.iter().enumerate() {
        if let Some((key, fact)) = it.group.evidence.as_ref().and_then(stop) {
            let stop = stops
                .entry(key)
                .or_insert_with(|| Stop::at(fact, it.group.cause));
            stop.flows.push(it.flow.clone());
            stop.members.extend(&it.group.members);
            stop.of.push(place);
        }
    }
    for (index, cause) in open(findings) {
        let is_told = groups.iter().any(|it| it.group.members.contains(&index));
        let walked = findings[index].evidence.iter().find_map(stop);
        if let (Some((key, fact)), false) = (walked, is_told) {
            let stop = stops.entry(key).or_insert_with(|| Stop::at(fact, cause));
            stop.flows
                .push(places::flow(&plan.checks[findings[index].check]));
            stop.members.push(index);
        }
    }
    stops.retain(|_, stop| stop.flows.len() > 1);
    let of: Vec<usize> = stops.values().flat_map(|stop| stop.of.clone()).collect();
    let rest = groups.into_iter().enumerate();
    let rest = rest.filter(|(place, _)| !of.contains(place));
    let rest: Vec<Group> = rest.map(|(_, it)| it.group).collect();
    let told = stops.into_iter().map(|(key, stop)| stop.group(key));
    told.chain(rest).collect()
}

/// Between which two hops a walk ends.
fn stop(fact: &Fact) -> Option<((Router, Router), &Fact)> {
    match fact {
        Fact::Path(PathFact::StopsBetween { last, beyond, .. }) => Some(((*last, *beyond), fact)),
        _ => None,
    }
}

impl Stop {
    fn at(fact: &Fact, cause: Cause) -> Self {
        Self {
            fact: fact.clone(),
            cause,
            flows: Vec::new(),
            members: Vec::new(),
            of: Vec::new(),
        }
    }

    fn group(mut self, (last, beyond): (Router, Router)) -> Group {
        self.members.sort_unstable();
        self.members.dedup();
        let checks = text::count(self.members.len(), "check");
        let title = Sentence::fill(
            "packets get as far as {last} and not to {beyond}: {checks}",
            &[
                ("last", last.said()),
                ("beyond", beyond.said()),
                ("checks", Part::of(Origin::Number, checks).into()),
            ],
        );
        let remedy = to_whom(&self.fact, &flows_said(&self.flows));
        Group {
            id: format!("{}:{}", self.cause, last.address),
            cause: self.cause,
            title,
            evidence: Some(self.fact),
            remedy: remedy.unwrap_or_default(),
            fewest: None,
            members: self.members,
        }
    }
}

/// The first few, and how many more there are.
fn flows_said(flows: &[Sentence]) -> Sentence {
    /// So many are named.
    const NAMED: usize = 3;
    let Some((named, more @ [_, ..])) = flows.split_at_checked(NAMED) else {
        return flows.to_vec().said();
    };
    let mut listed = named.to_vec();
    listed.push(more.len().said().then(" more"));
    listed.said()
}
