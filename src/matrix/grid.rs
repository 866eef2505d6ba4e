//! Who sees whom: a row a machine, a column a host, the worst verdict of all checks between them.

use std::collections::HashMap;

use serde::Serialize;

use super::names::Names;
use crate::report::{Report, Verdict};

/// Who sees whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Grid {
    /// The hosts: the machines in their order, as far as anybody looks at them, then the others in the order of the
    /// findings.
    pub hosts: Vec<String>,
    /// How many of the hosts are machines.
    pub machines: usize,
    /// For each machine the worst verdict of its checks of each host; null where there is none.
    pub cells: Vec<Vec<Option<Verdict>>>,
}

/// The grid of these reports.
pub(super) fn grid(reports: &[Report], names: &Names) -> Grid {
    let mut columns: HashMap<String, usize> = HashMap::new();
    let mut hosts: Vec<String> = names.names.clone();
    for (place, name) in hosts.iter().enumerate() {
        columns.insert(name.clone(), place);
    }
    let mut cells: Vec<HashMap<usize, Verdict>> = Vec::with_capacity(reports.len());
    for (machine, report) in reports.iter().enumerate() {
        let mut row: HashMap<usize, Verdict> = HashMap::new();
        for finding in report.findings.iter().filter(|it| it.is_of_pair()) {
            let host = names.name(machine, &finding.endpoint.host);
            let column = *columns.entry(host).or_insert_with_key(|host| {
                hosts.push(host.clone());
                hosts.len() - 1
            });
            let worst = row.entry(column).or_insert(finding.verdict);
            *worst = worse(*worst, finding.verdict);
        }
        cells.push(row);
    }
    let is_looked_at = |place: &usize| cells.iter().any(|row| row.contains_key(place));
    let kept: Vec<usize> = (0..hosts.len()).filter(is_looked_at).collect();
    Grid {
        machines: kept
            .iter()
            .filter(|place| **place < names.names.len())
            .count(),
        cells: cells
            .iter()
            .map(|row| kept.iter().map(|place| row.get(place).copied()).collect())
            .collect(),
        hosts: kept.into_iter().map(|place| hosts[place].clone()).collect(),
    }
}

/// The worse of two; what was not judged says nothing beside what was.
pub(super) fn worse(one: Verdict, other: Verdict) -> Verdict {
    match (one, other) {
        (Verdict::Skip, told) | (told, Verdict::Skip) => told,
        (one, other) => one.max(other),
    }
}
