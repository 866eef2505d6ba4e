//! Which machines there are, and which of the hosts that were looked at each of them is.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
};

use crate::report::{Finding, Report};

/// The machines by their names.
pub(super) struct Names {
    /// What each machine is called, no two alike.
    pub(super) names: Vec<String>,
    known_as: HashMap<String, usize>,
}

impl Names {
    /// `known_as` has for each machine, as far as it is known, what others may call it.
    pub(super) fn of(reports: &[Report], known_as: &[Vec<String>]) -> Self {
        let names = told_apart(reports);
        let mut names = Self {
            known_as: HashMap::new(),
            names,
        };
        for (machine, others) in known_as.iter().enumerate().take(reports.len()) {
            for other in others {
                names.known_as.entry(other.clone()).or_insert(machine);
            }
        }
        for (machine, report) in reports.iter().enumerate() {
            names.know(&report.host, machine);
        }
        for (address, machine) in left_from(reports) {
            names.know(&address, machine);
        }
        for (host, machine) in left_out(reports) {
            names.know(&host, machine);
        }
        names
    }

    fn know(&mut self, host: &str, machine: usize) {
        self.known_as.entry(host.to_owned()).or_insert(machine);
    }

    /// Which machine a host is, as one of them sees it.
    pub(super) fn place(&self, machine: usize, host: &str) -> Option<usize> {
        if is_itself(host) {
            return Some(machine);
        }
        self.known_as.get(host).copied()
    }

    /// What a host is called, as one of the machines sees it.
    pub(super) fn name(&self, machine: usize, host: &str) -> String {
        let place = self.place(machine, host);
        place.map_or_else(|| host.to_owned(), |place| self.names[place].clone())
    }
}

/// Whether every machine means itself by it. Source: RFC 1122 §3.2.1.3, RFC 6761 §6.3.
fn is_itself(host: &str) -> bool {
    let is_loopback = |address: IpAddr| address.is_loopback();
    host == "localhost" || host.parse().is_ok_and(is_loopback)
}

/// The names as the reports have them, with a number where one is there twice.
fn told_apart(reports: &[Report]) -> Vec<String> {
    let mut times: HashMap<&str, usize> = HashMap::new();
    let told = reports.iter().map(|report| {
        let times = times.entry(&report.host).or_default();
        *times += 1;
        match *times {
            1 => report.host.clone(),
            again => format!("{} ({again})", report.host),
        }
    });
    told.collect()
}

/// The addresses that packets of one machine left from, and of no other: one that several have is a
/// bridge of their own.
fn left_from(reports: &[Report]) -> Vec<(String, usize)> {
    let mut owners: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for (machine, report) in reports.iter().enumerate() {
        let addresses = report.findings.iter().flat_map(|it| &it.from_address);
        for address in addresses.filter(|address| !is_itself(address)) {
            owners.entry(address).or_default().insert(machine);
        }
    }
    only_one(owners)
}

/// What only one machine claims.
fn only_one(owners: BTreeMap<&str, BTreeSet<usize>>) -> Vec<(String, usize)> {
    let owned = owners.into_iter().filter_map(|(host, machines)| {
        let mut machines = machines.into_iter();
        match (machines.next(), machines.next()) {
            (Some(only), None) => Some((host.to_owned(), only)),
            (Some(_) | None, _) => None,
        }
    });
    owned.collect()
}

/// A machine does not check itself as one of its group: of all hosts that the group's machines look
/// at, the only one that it leaves out is itself.
fn left_out(reports: &[Report]) -> Vec<(String, usize)> {
    let mut looked: BTreeMap<&str, BTreeMap<usize, BTreeSet<&str>>> = BTreeMap::new();
    for (machine, report) in reports.iter().enumerate() {
        for finding in &report.findings {
            if let Some(group) = within(finding) {
                let own = looked.entry(group).or_default().entry(machine).or_default();
                own.insert(&finding.endpoint.host);
            }
        }
    }
    let mut left_out: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for by_machine in looked.values() {
        let all: BTreeSet<&str> = by_machine.values().flatten().copied().collect();
        for (machine, own) in by_machine {
            let mut others = all.difference(own);
            if let (Some(only), None) = (others.next(), others.next()) {
                left_out.entry(only).or_default().insert(*machine);
            }
        }
    }
    only_one(left_out)
}

/// The group in which a check was made, where both ends belong to the same.
fn within(finding: &Finding) -> Option<&str> {
    let group = finding.from.as_deref()?;
    (finding.to.as_deref() == Some(group) && group != finding.endpoint.host).then_some(group)
}
