//! Rules of which one is enough (`389 or 636`), matched host by host: that one host has a way that
//! works excuses no other host.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diagnose::{Aside, Cause, Certainty, Finding, Outcome, Weight},
    fact::AcrossFact,
    net::Host,
    plan::{Check, CheckStep, Plan},
};

/// Marks what is not needed, because another alternative works. Where none does, each has failed.
pub(in crate::diagnose) fn alternatives(plan: &Plan, findings: &mut [Finding]) {
    let mut families: BTreeMap<Family, Vec<usize>> = BTreeMap::new();
    for (index, finding) in findings.iter().enumerate() {
        if let Some(family) = Family::of(&plan.checks[finding.check]) {
            families.entry(family).or_default().push(index);
        }
    }
    for members in families.values() {
        let ways = ways(plan, findings, members);
        for member in members {
            let finding = &mut findings[*member];
            let check = &plan.checks[finding.check];
            if finding.outcome.works() || is_settled(check) {
                continue;
            }
            if let Some(winner) = winner(&ways, check) {
                give_up(finding, check, winner);
            }
        }
    }
}

/// Rules that name the same alternatives, as one machine uses them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Family<'a> {
    catalog: Option<&'a str>,
    any_of: &'a str,
    from: &'a str,
}

impl<'a> Family<'a> {
    fn of(check: &'a Check) -> Option<Self> {
        Some(Self {
            catalog: check.catalog.as_deref(),
            any_of: check.any_of.as_deref()?,
            from: &check.from,
        })
    }
}

/// One alternative: the hosts that it is for, and those at which it works.
#[derive(Default)]
struct Way<'a> {
    hosts: BTreeSet<&'a Host>,
    working: BTreeSet<&'a Host>,
}

impl Way<'_> {
    fn works_everywhere(&self) -> bool {
        !self.hosts.is_empty() && self.hosts == self.working
    }
}

/// The alternatives by their rules. A rule's further transports neither make it work nor break it.
fn ways<'a>(plan: &'a Plan, findings: &[Finding], members: &[usize]) -> BTreeMap<&'a str, Way<'a>> {
    let mut ways: BTreeMap<&str, Way> = BTreeMap::new();
    for finding in members.iter().map(|member| &findings[*member]) {
        let check = &plan.checks[finding.check];
        let way = ways.entry(&check.rule).or_default();
        if let (Some(host), false) = (check.bound_host(), check.informative) {
            way.hosts.insert(host);
            if finding.outcome.works() {
                way.working.insert(host);
            }
        }
    }
    ways
}

/// The rule that works in the place of the check's own: at the same host; where the two are for
/// other hosts altogether, or nobody named a host for this one, at every host of its own.
fn winner<'a>(ways: &BTreeMap<&'a str, Way<'a>>, check: &Check) -> Option<&'a str> {
    let own = ways.get(check.rule.as_str())?;
    let works = |way: &Way| match check.bound_host() {
        Some(host) if !way.hosts.is_disjoint(&own.hosts) => way.working.contains(host),
        Some(_) | None => way.works_everywhere(),
    };
    let mut others = ways.iter().filter(|(rule, _)| **rule != check.rule);
    others.find(|(_, way)| works(way)).map(|(rule, _)| *rule)
}

/// Whether it is decided already that the check tries nothing.
const fn is_settled(check: &Check) -> bool {
    match check.step {
        CheckStep::NotFromHere { .. } | CheckStep::NotNeeded { .. } | CheckStep::Withdrawn(_) => {
            true
        }
        CheckStep::NotConfigured { .. } | CheckStep::Probe(_) => false,
    }
}

fn give_up(finding: &mut Finding, check: &Check, winner: &str) {
    let rule = winner.into();
    let reason = match check.bound_host() {
        Some(host) => AcrossFact::AlternativeWorksAt {
            rule,
            host: host.clone(),
        },
        None => AcrossFact::AlternativeWorks { rule },
    };
    finding.evidence.insert(0, reason.into());
    if let Outcome::NotTried(_) = finding.outcome {
        finding.outcome = Outcome::NotTried(Cause::NotNeeded);
    }
    finding.weight = Weight::Informs(Aside::NotNeeded);
    finding.certainty = Certainty::Proven;
    finding.remedy = None;
}
