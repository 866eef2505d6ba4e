//! Findings that share a cause.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    diagnose::{Cause, Finding, cause::Area},
    fact::{Fact, Part, Said, Sentence},
    net::Host,
    plan::Plan,
};

/// Findings that one cause explains, and how it is told.
pub(super) struct Group {
    pub id: String,
    pub cause: Cause,
    pub title: Sentence,
    /// What was seen besides the first of them, where that says more.
    pub evidence: Option<Fact>,
    pub remedy: Sentence,
    /// Whether it is proved that fewer statements do not explain as much; `None` where the cause is
    /// one thing, whatever it explains.
    pub fewest: Option<bool>,
    pub members: Vec<usize>,
}

/// The places of findings that are bad and not explained yet, with their causes.
pub(super) fn open(findings: &[Finding]) -> impl Iterator<Item = (usize, Cause)> + '_ {
    findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| finding.explained_by.is_none() && finding.is_problem())
        .filter_map(|(index, finding)| Some((index, finding.cause()?)))
        .filter(|(_, cause)| cause.area() != Area::NotJudged)
}

/// Groups by a key, keeping those of at least `least` members.
pub(super) fn group_by<K: Ord>(
    members: impl Iterator<Item = (K, usize)>,
    least: usize,
) -> impl Iterator<Item = (K, Vec<usize>)> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (key, member) in members {
        groups.entry(key).or_default().push(member);
    }
    groups
        .into_iter()
        .filter(move |(_, members)| members.len() >= least)
}

pub(super) fn first_remedy(findings: &[Finding], members: &[usize]) -> Sentence {
    members
        .iter()
        .find_map(|member| findings[*member].remedy.clone())
        .unwrap_or_default()
}

/// The hosts of these findings, each once, sorted.
pub(super) fn hosts_of(plan: &Plan, findings: &[Finding], members: &[usize]) -> Vec<String> {
    let hosts: BTreeSet<&Host> = members
        .iter()
        .filter_map(|member| plan.checks[findings[*member].check].bound_host())
        .collect();
    hosts.into_iter().map(ToString::to_string).collect()
}

/// `a, b and 7 more`, in parts.
pub(super) fn hosts_said(hosts: &[String]) -> Sentence {
    let part = |host: &String| Part::host(host);
    match hosts {
        [first, second, _, ..] => Sentence::from(part(first))
            .then(", ")
            .then(part(second))
            .then(" and ")
            .then((hosts.len() - 2).said())
            .then(" more"),
        few => few.iter().map(part).collect::<Vec<_>>().said(),
    }
}
