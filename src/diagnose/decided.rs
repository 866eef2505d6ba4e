//! What is decided while a run still goes on: no probe to come can change it.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use super::{Finding, Outcome, across, each};
use crate::{
    catalog::Expect,
    net::{Host, Transport},
    observation::Observation,
    plan::{Check, CheckStep, Plan},
};

/// Follows a run and tells each finding once it is decided.
///
/// That is what passes, and what is not judged from here. A failure waits for the whole run: what
/// else fails tells why. So does a connection of which nothing but its acceptance is known, until
/// its host has shown more: something on the way may accept for every port.
#[derive(Debug)]
pub struct Decider<'a> {
    plan: &'a Plan,
    now: OffsetDateTime,
    /// The checks that wait, by the probe that they wait for.
    waiting: BTreeMap<usize, Vec<usize>>,
    /// Hosts that have shown more than an accepted connection.
    known: BTreeSet<&'a Host>,
    /// What passes for now, by the host that it waits for.
    doubtful: BTreeMap<&'a Host, Vec<Finding>>,
}

impl<'a> Decider<'a> {
    /// At the start of a run, by this machine's clock at `now`.
    #[must_use]
    pub fn new(plan: &'a Plan, now: OffsetDateTime) -> Self {
        let mut waiting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, check) in plan.checks.iter().enumerate() {
            if let CheckStep::Probe(id) = check.step {
                waiting.entry(id.0).or_default().push(index);
            }
        }
        Self {
            plan,
            now,
            waiting,
            known: BTreeSet::new(),
            doubtful: BTreeMap::new(),
        }
    }

    /// What is decided before the first packet, in the plan's order.
    #[must_use]
    pub fn at_once(&self) -> Vec<Finding> {
        let is_judged = |check: &Check| matches!(check.step, CheckStep::Probe(_));
        (0..self.plan.checks.len())
            .filter(|index| !is_judged(&self.plan.checks[*index]))
            .map(|index| each::finding(self.plan, index, &[], self.now))
            .collect()
    }

    /// What is decided now that this probe is done.
    pub fn learn(&mut self, probe: usize, seen: &Observation) -> Vec<Finding> {
        let mut decided = Vec::new();
        let Some(sent) = self.plan.probes.get(probe) else {
            return decided;
        };
        if sent.protocol.transport() == Transport::Tcp && across::shows_the_host(seen) {
            self.known.insert(&sent.host);
            decided.extend(self.doubtful.remove(&sent.host).unwrap_or_default());
        }
        for index in self.waiting.remove(&probe).unwrap_or_default() {
            let finding = each::finding_of(self.plan, index, seen, self.now);
            let check = &self.plan.checks[index];
            if finding.outcome != Outcome::Works || check.expect == Expect::Blocked {
                continue;
            }
            let is_relayed = matches!(seen, Observation::Relayed { .. });
            let is_tcp = check.protocol.transport() == Transport::Tcp;
            if is_tcp && !is_relayed && !self.known.contains(&sent.host) {
                self.doubtful.entry(&sent.host).or_default().push(finding);
            } else {
                decided.push(finding);
            }
        }
        decided
    }
}
