//! Lines of a table, and how those that say the same thing become one.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use crate::text;

/// So many different ports of lines that fold are said.
const FEW: usize = 3;

/// One line of a table, with what stands under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// What it comes to: the mark and the colour.
    pub(crate) tone: Tone,
    /// The word beside the mark.
    pub(crate) word: &'static str,
    /// The host that is reached.
    pub(crate) host: String,
    /// The transport and the port that are reached, where it is one port.
    pub(crate) port: Option<(&'static str, u16)>,
    /// The rule's id; empty for `probe`.
    pub(crate) rule: String,
    /// What is reached, or for a folded line how many.
    pub(crate) endpoint: String,
    /// The service, for people.
    pub(crate) service: String,
    /// The rest of the line.
    pub(crate) rest: Rest,
    /// What stands under it.
    pub(crate) details: Vec<Detail>,
    /// With which lines it folds.
    pub(crate) alike: Alike,
}

/// What a line comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Warning,
    Bad,
    /// It fails, and does not gate.
    Aside,
    Unknown,
    Quiet,
    Planned,
}

/// The rest of a line, after the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Service, result and time, each in its column.
    Columns {
        result: String,
        time: Option<Duration>,
    },
    /// One text over all of them.
    Wide(String),
}

/// A text under a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) lead: Lead,
    pub(crate) text: String,
}

/// What a text under a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    /// What was seen.
    Evidence,
    /// What to do.
    Remedy,
}

/// With which lines a line folds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alike {
    /// What all of them say.
    pub(crate) key: String,
    /// From how many on they fold.
    pub(crate) least: usize,
    /// Whether those of one rule fold by themselves, on a few hosts already.
    pub(crate) by_rule: bool,
}

/// On so many hosts one rule folds.
const HOSTS: usize = 3;

/// The text without what differs between ports, counts and times: each number is `#`.
pub(crate) fn shape(text: &str) -> String {
    let mut shape = String::new();
    for character in text.chars() {
        if !character.is_ascii_digit() {
            shape.push(character);
        } else if !shape.ends_with('#') {
            shape.push('#');
        }
    }
    shape
}

/// The lines in their order, those that say the same thing as one, at the place of the first.
pub(crate) fn fold(lines: Vec<Line>) -> Vec<Line> {
    let mut groups: Vec<Vec<Line>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let counts = Counts::of(&lines);
    for line in lines {
        let key = counts.key(&line);
        let known = key.as_ref().and_then(|key| places.get(key));
        if let Some(place) = known {
            groups[*place].push(line);
            continue;
        }
        if let Some(key) = key {
            places.insert(key, groups.len());
        }
        groups.push(vec![line]);
    }
    share_details(groups.into_iter().map(merged).collect())
}

/// How many lines say the same thing.
struct Counts {
    alike: HashMap<String, usize>,
    of_rule: HashMap<String, usize>,
}

impl Counts {
    fn of(lines: &[Line]) -> Self {
        let (mut alike, mut of_rule) = (HashMap::new(), HashMap::new());
        for line in lines {
            *alike.entry(line.alike.key.clone()).or_default() += 1;
            *of_rule.entry(rule_key(line)).or_default() += 1;
        }
        Self { alike, of_rule }
    }

    /// By what a line folds, if it does.
    fn key(&self, line: &Line) -> Option<String> {
        let key = &line.alike.key;
        let of_rule = rule_key(line);
        if self
            .alike
            .get(key)
            .is_some_and(|it| *it >= line.alike.least)
        {
            Some(key.clone())
        } else if line.alike.by_rule && self.of_rule.get(&of_rule).is_some_and(|it| *it >= HOSTS) {
            Some(of_rule)
        } else {
            None
        }
    }
}

fn rule_key(line: &Line) -> String {
    format!("{} {}", line.rule, line.alike.key)
}

/// One line for all of a group, which is never empty.
fn merged(group: Vec<Line>) -> Line {
    let total = group.len();
    let what = what(&group);
    let same_service = group.iter().all(|line| line.service == group[0].service);
    let same_result = group.iter().all(|line| result(line) == result(&group[0]));
    let worst = worst(&group);
    let slowest = group.iter().filter_map(time).max();
    let others = others(&group);
    let mut lines = group.into_iter();
    #[expect(clippy::expect_used, reason = "a group begins with its first line")]
    let mut line = lines.next().expect("a group has a line");
    if total == 1 {
        return line;
    }
    line.endpoint = what;
    if !same_service {
        line.service.clear();
    }
    (line.tone, line.word) = worst;
    if let Rest::Columns { time, result } = &mut line.rest {
        *time = slowest;
        if !same_result {
            "explained above".clone_into(result);
        }
    }
    line.details.extend(others);
    line
}

/// For whom else the first one's details hold, unless all say the same word for word.
fn others(group: &[Line]) -> Option<Detail> {
    let differs = group.iter().any(|line| line.details != group[0].details);
    let one_host = group.iter().all(|line| line.host == group[0].host);
    let ports: Option<Vec<_>> = group.iter().map(|line| line.port).collect();
    differs.then(|| match ports {
        Some(ports) if one_host => Detail {
            lead: Lead::Evidence,
            text: format!("likewise all of {}", listed(&ports)),
        },
        Some(_) | None => likewise(group.len() - 1, "others folded here"),
    })
}

/// `10.0.0.7, 74 rules`, `64 hosts, 4736 checks`, `3 hosts:2181/tcp`: of few ports each is said.
fn what(group: &[Line]) -> String {
    let distinct = |part: fn(&Line) -> &str| {
        let mut parts: Vec<&str> = group.iter().map(part).collect();
        parts.sort_unstable();
        parts.dedup();
        parts.len()
    };
    let hosts = match distinct(|line| &line.host) {
        1 => group[0].host.clone(),
        many => text::count(many, "host"),
    };
    if let Some(doors) = few_doors(group) {
        return format!("{hosts}{doors}");
    }
    let noun = if distinct(|line| &line.rule) == group.len() {
        "rule"
    } else {
        "check"
    };
    format!("{hosts}, {}", text::count(group.len(), noun))
}

/// `:2181,2888/tcp` where all have a port, and few different ones of one transport; ` icmp` where none
/// has one.
fn few_doors(group: &[Line]) -> Option<String> {
    let suffix = |line: &Line| Some(line.endpoint.strip_prefix(&line.host)?.to_owned());
    let ports: Option<BTreeSet<_>> = group.iter().map(|line| line.port).collect();
    let Some(ports) = ports else {
        let suffixes: Option<BTreeSet<String>> = group.iter().map(suffix).collect();
        let mut suffixes = suffixes?.into_iter();
        return suffixes.next().filter(|_| suffixes.next().is_none());
    };
    let (transport, _) = ports.first()?;
    let is_one = ports.iter().all(|(own, _)| own == transport);
    let told: Vec<String> = ports.iter().map(|(_, port)| port.to_string()).collect();
    (is_one && told.len() <= FEW).then(|| format!(":{}/{transport}", told.join(",")))
}

/// `tcp 443, 2100; udp 11211`.
fn listed(ports: &[(&'static str, u16)]) -> String {
    let mut transports: Vec<(&str, Vec<String>)> = Vec::new();
    for (transport, port) in ports {
        let known = transports.iter_mut().find(|(word, _)| word == transport);
        match known {
            Some((_, ports)) => ports.push(port.to_string()),
            None => transports.push((transport, vec![port.to_string()])),
        }
    }
    let words: Vec<String> = transports
        .iter()
        .map(|(transport, ports)| format!("{transport} {}", ports.join(", ")))
        .collect();
    words.join("; ")
}

/// Mark and word of the worst, the first of those.
fn worst(group: &[Line]) -> (Tone, &'static str) {
    let marks = group.iter().rev().map(|line| (line.tone, line.word));
    marks
        .max_by_key(|(tone, _)| match tone {
            Tone::Bad => 3,
            Tone::Aside => 2,
            Tone::Unknown => 1,
            Tone::Good | Tone::Warning | Tone::Quiet | Tone::Planned => 0,
        })
        .unwrap_or((Tone::Quiet, ""))
}

/// What a line comes to, without its figures.
fn result(line: &Line) -> Option<String> {
    match &line.rest {
        Rest::Columns { result, .. } => Some(shape(result)),
        Rest::Wide(_) => None,
    }
}

fn time(line: &Line) -> Option<Duration> {
    match &line.rest {
        Rest::Columns { time, .. } => *time,
        Rest::Wide(_) => None,
    }
}

fn likewise(others: usize, which: &str) -> Detail {
    Detail {
        lead: Lead::Evidence,
        text: format!("likewise the {others} {which}"),
    }
}

/// Among neighbours that say the same thing only the last one says it.
fn share_details(mut lines: Vec<Line>) -> Vec<Line> {
    let mut silent = 0;
    for index in 0..lines.len() {
        let says = !lines[index].details.is_empty();
        let next_says_it = lines
            .get(index + 1)
            .is_some_and(|next| next.alike.key == lines[index].alike.key);
        if says && next_says_it {
            lines[index].details.clear();
            silent += 1;
        } else {
            if silent > 0 {
                lines[index].details.push(likewise(silent, "above"));
            }
            silent = 0;
        }
    }
    lines
}
