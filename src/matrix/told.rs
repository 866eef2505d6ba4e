//! What explains the findings of all machines: the fewest statements about hosts and ports, and what
//! is one thing whatever it explains, the same of several machines once.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
};

use super::{
    Shared,
    names::Names,
    seen::{Looked, heard, kept, seen},
};
use crate::{
    cause::Cause,
    fact::{Origin, Part, Sentence},
    report::{Fact, Finding, PortField, Report, RootCause, Transport, Verdict},
    statement::{self, Machines, PortSets, Statement},
};

/// The place of a finding: which machine's, and where in its report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct At {
    /// The machine.
    pub(super) machine: usize,
    /// The finding.
    pub(super) finding: usize,
}

/// What explains what.
pub(super) struct Told {
    /// The statements and other root causes, the worst first, then the one that explains most.
    pub(super) shared: Vec<Shared>,
    /// The id of what explains a finding.
    pub(super) explained: HashMap<At, String>,
}

/// What explains the findings of all reports. `rows` has the row of each of them.
pub(super) fn told(reports: &[Report], names: &Names, rows: &HashMap<At, usize>) -> Told {
    let mut groups = of_each(reports);
    groups.extend(of_hosts(reports, names));
    groups.extend(of_machines(reports));
    let mut told = Told {
        shared: Vec::new(),
        explained: HashMap::new(),
    };
    for mut group in groups {
        group.root.id = unused(&group.root.id, &told.shared);
        for at in &group.members {
            told.explained.insert(*at, group.root.id.clone());
        }
        told.shared.push(group.shared(reports, names, rows));
    }
    told.shared
        .sort_by_key(|shared| (Reverse(shared.verdict), Reverse(shared.root.explains)));
    told
}

/// The id, with a number where another has it already.
fn unused(id: &str, shared: &[Shared]) -> String {
    let is_used = |id: &str| shared.iter().any(|it| it.root.id == id);
    let mut told = id.to_owned();
    for again in 2.. {
        if !is_used(&told) {
            break;
        }
        told = format!("{id}:{again}");
    }
    told
}

/// Findings that one thing explains, and how that is told.
struct Group {
    root: RootCause,
    members: Vec<At>,
}

/// What is one thing, as the reports tell it.
fn of_each(reports: &[Report]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (machine, report) in reports.iter().enumerate() {
        let kept = kept(report);
        for root in report
            .root_causes
            .iter()
            .filter(|it| kept.contains(it.id.as_str()))
        {
            let explained = |it: &Finding| it.explained_by.as_deref() == Some(root.id.as_str());
            let own = places(machine, report, explained);
            let same = groups
                .iter_mut()
                .find(|it| (&it.root.cause, &it.root.title) == (&root.cause, &root.title));
            match same {
                Some(same) => same.members.extend(own),
                None => groups.push(Group {
                    root: root.clone(),
                    members: own.collect(),
                }),
            }
        }
    }
    groups
}

fn places<'a>(
    machine: usize,
    report: &'a Report,
    is_meant: impl Fn(&Finding) -> bool + 'a,
) -> impl Iterator<Item = At> + 'a {
    let findings = report.findings.iter().enumerate();
    findings
        .filter(move |(_, it)| is_meant(it))
        .map(move |(finding, _)| At { machine, finding })
}

/// The fewest statements about hosts and ports.
fn of_hosts(reports: &[Report], names: &Names) -> Vec<Group> {
    let (mut places, mut all) = (Vec::new(), Vec::new());
    let heard = heard(names, reports);
    for (machine, report) in reports.iter().enumerate() {
        let looked = Looked {
            machine,
            kept: kept(report),
            heard: &heard,
        };
        for (finding, it) in report.findings.iter().enumerate() {
            if let Some(seen) = seen(names, &looked, it) {
                places.push(At { machine, finding });
                all.push(seen);
            }
        }
    }
    statement::statements(&all, Machines::Named(&names.names))
        .into_iter()
        .map(|statement| {
            let members = statement.members.iter().map(|place| places[*place]);
            let members: Vec<At> = members.collect();
            Group {
                root: of_statement(statement, reports, names, &members),
                members,
            }
        })
        .collect()
}

fn of_statement(
    statement: Statement,
    reports: &[Report],
    names: &Names,
    members: &[At],
) -> RootCause {
    // What one machine alone saw, and told as one, it may have looked into further.
    let own = own_root(reports, members);
    let (facts, evidence) = match own {
        Some(root) => (root.facts.clone(), root.evidence.clone()),
        None => first_seen(reports, members),
    };
    let remedy = match own {
        Some(root) if !root.remedy_parts.is_empty() => {
            from_there(&root.remedy_parts, &names.names[members[0].machine])
        }
        Some(_) | None => statement.remedy,
    };
    RootCause {
        id: statement.id,
        cause: statement.cause.code().to_owned(),
        title: statement.title.to_string(),
        title_parts: statement.title.0,
        evidence,
        facts,
        remedy: remedy.to_string(),
        remedy_parts: remedy.0,
        explains: members.len(),
        sources: Vec::new(),
        hosts: statement.hosts,
        ports: BTreeMap::new(),
        rules: Vec::new(),
        findings: Vec::new(),
        certainty: None,
        fewest: Some(statement.fewest),
    }
}

/// The root cause of a machine that explains these findings and no others.
fn own_root<'a>(reports: &'a [Report], members: &[At]) -> Option<&'a RootCause> {
    let first = members.first()?;
    let report = &reports[first.machine];
    let id = report.findings[first.finding].explained_by.as_ref()?;
    let root = report.root_causes.iter().find(|root| root.id == *id)?;
    let is_own = |at: &At| {
        at.machine == first.machine && report.findings[at.finding].explained_by.as_ref() == Some(id)
    };
    (members.len() == root.explains && members.iter().all(is_own)).then_some(root)
}

/// The words of one machine, said elsewhere: its "here" is its name.
fn from_there(parts: &[Part], machine: &str) -> Sentence {
    let here = Part::ours("here");
    let parts = parts.iter();
    parts
        .map(|part| {
            if *part == here {
                Part::host(machine)
            } else {
                part.clone()
            }
        })
        .collect()
}

/// What was seen first.
fn first_seen(reports: &[Report], members: &[At]) -> (Vec<Fact>, Vec<String>) {
    let mut all = members.iter().map(|at| finding(reports, *at));
    let Some(first) = all.find(|it| !it.evidence.is_empty()) else {
        return (Vec::new(), Vec::new());
    };
    let few = |len: usize| len.min(1);
    (
        first.facts[..few(first.facts.len())].to_vec(),
        first.evidence[..few(first.evidence.len())].to_vec(),
    )
}

/// What is wrong with the machines themselves, the same of several once.
fn of_machines(reports: &[Report]) -> Vec<Group> {
    let mut alike: BTreeMap<(&str, &str), Vec<At>> = BTreeMap::new();
    for (machine, report) in reports.iter().enumerate() {
        let own = places(machine, report, |it| it.is_of_machine() && it.is_problem());
        for at in own {
            let it = &report.findings[at.finding];
            if let (Some(cause), Some(remedy)) = (&it.cause, &it.remedy) {
                alike.entry((cause, remedy)).or_default().push(at);
            }
        }
    }
    alike
        .into_values()
        .map(|members| Group {
            root: of_machine(finding(reports, members[0])),
            members,
        })
        .collect()
}

fn of_machine(finding: &Finding) -> RootCause {
    let cause = finding.cause.clone().unwrap_or_default();
    let title = match cause.parse::<Cause>() {
        Ok(cause) => Part::ours(cause.row().headline),
        Err(_) => Part::of(Origin::Stranger, &finding.service),
    };
    RootCause {
        id: cause.clone(),
        cause,
        title: title.text.to_string(),
        title_parts: vec![title],
        evidence: finding.evidence.clone(),
        facts: finding.facts.clone(),
        remedy: finding.remedy.clone().unwrap_or_default(),
        remedy_parts: finding.remedy_parts.clone(),
        explains: 0,
        sources: Vec::new(),
        hosts: Vec::new(),
        ports: BTreeMap::new(),
        rules: Vec::new(),
        findings: Vec::new(),
        certainty: None,
        fewest: None,
    }
}

fn finding(reports: &[Report], at: At) -> &Finding {
    &reports[at.machine].findings[at.finding]
}

impl Group {
    /// With all that its members say.
    fn shared(self, reports: &[Report], names: &Names, rows: &HashMap<At, usize>) -> Shared {
        let Self { mut root, members } = self;
        let all = || members.iter().map(|at| (*at, finding(reports, *at)));
        let machines: BTreeSet<usize> = members.iter().map(|at| at.machine).collect();
        let own: BTreeSet<usize> = members
            .iter()
            .filter_map(|at| rows.get(at).copied())
            .collect();
        root.explains = members.len();
        root.sources = machines.iter().map(|at| names.names[*at].clone()).collect();
        root.hosts = each_once(all().map(|(at, it)| names.name(at.machine, &it.endpoint.host)));
        root.ports = ports(all().map(|(_, it)| it));
        root.rules = each_once(all().map(|(_, it)| it.rule.clone()));
        root.findings = own.into_iter().collect();
        root.certainty = all().map(|(_, it)| it.certainty).max();
        Shared {
            verdict: all()
                .map(|(_, it)| it.verdict)
                .max()
                .unwrap_or(Verdict::Skip),
            gates: all().any(|(_, it)| it.gates()),
            machines: machines.into_iter().collect(),
            root,
        }
    }
}

/// The words in their order, each once.
fn each_once(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut told = HashSet::new();
    words.filter(|word| told.insert(word.clone())).collect()
}

/// The ports of findings by transport, those that touch as one; of a range those that failed.
fn ports<'a>(findings: impl Iterator<Item = &'a Finding>) -> BTreeMap<Transport, Vec<[u16; 2]>> {
    let shut = findings.map(|it| {
        let ports = match (&it.endpoint.ports, it.endpoint.port) {
            (Some(range), _) if range.failed.is_empty() => vec![[range.first, range.last]],
            (Some(range), _) => range.failed.clone(),
            (None, PortField::Port(port)) => vec![[port; 2]],
            (None, PortField::Null | PortField::Absent) => Vec::new(),
        };
        (it.endpoint.transport.into(), ports)
    });
    let sets: PortSets = shut.collect();
    let sets = sets.0.into_iter();
    sets.map(|(transport, ports)| (transport.into(), ports))
        .collect()
}
