//! What only the one who sees all nodes can say of one: its clock, its address.

use std::net::IpAddr;

use super::{
    absence::{self, Absence, Heading},
    wire::Hello,
};
use crate::{
    cause::Cause,
    fact::{Ahead, Fact, MeshFact, Part, Sentence},
    report::{Finding, Level, Report, Verdict},
};

/// From here on clocks differ: what is between them is more than the way of an answer.
const APART_MS: i64 = 5_000;

/// What the agents said of themselves, a node each; `None` where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The agent's first word.
    pub hello: Option<Hello>,
    /// How far its clock is ahead of ours, in milliseconds.
    pub ahead_ms: Option<i64>,
}

/// Adds to each report what is odd about its node beside the others. Nothing of it gates.
pub fn tell_what_is_odd(reports: &mut [Report], known: &[Known]) {
    let right = middle(known);
    for (report, known) in reports.iter_mut().zip(known) {
        let off = known.ahead_ms.map(|ahead| ahead - right);
        if let Some(off) = off.filter(|off| off.abs() >= APART_MS) {
            let ahead = Ahead(off / 1_000);
            let title = Sentence::from("the clock of ")
                .then(Part::host(&report.host))
                .then(" is not that of most others: ")
                .then(crate::fact::Said::said(&ahead));
            let fact = MeshFact::ClockApart { ahead };
            add(report, "mesh.clock", Cause::ClockSkew, (fact, title));
        }
        if let Some(own) = translated(report, known) {
            let title = Sentence::from(Part::host(&report.host))
                .then(" is no address of the node that answers there");
            let fact = MeshFact::OwnAddresses { own };
            add(report, "mesh.address", Cause::NodeTranslated, (fact, title));
        }
    }
}

/// What most clocks say, ours among them.
fn middle(known: &[Known]) -> i64 {
    let mut clocks: Vec<i64> = known.iter().filter_map(|it| it.ahead_ms).collect();
    clocks.push(0);
    clocks.sort_unstable();
    clocks[clocks.len() / 2]
}

/// The node's own addresses, where the site calls it by another one.
fn translated(report: &Report, known: &Known) -> Option<Vec<IpAddr>> {
    let called: IpAddr = report.host.parse().ok()?;
    let own = &known.hello.as_ref()?.addresses;
    let own: Vec<IpAddr> = own.iter().filter_map(|it| it.parse().ok()).collect();
    let is_own = own
        .iter()
        .any(|it| it.to_canonical() == called.to_canonical());
    (!is_own && !own.is_empty() && !called.is_loopback()).then_some(own)
}

fn add(report: &mut Report, rule: &str, cause: Cause, (fact, title): (MeshFact, Sentence)) {
    let heading = Heading {
        host: report.host.clone(),
        port: None,
        started: String::new(),
        profiles: Vec::new(),
    };
    let absence = Absence::inferred(cause, vec![Fact::from(fact)]);
    let finding = Finding {
        rule: rule.to_owned(),
        service: "is as the other nodes know it".to_owned(),
        level: Level::Optional,
        verdict: Verdict::Warn,
        gates: Some(false),
        ..absence::finding(&heading, &absence)
    };
    let place = report.findings.len();
    report.findings.push(finding);
    report.summary.warn += 1;
    let root = absence::root(&report.host, &absence, title, vec![place]);
    report.root_causes.push(root);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh;

    fn told(nodes: &[(&str, &str, i64)]) -> Vec<String> {
        let heading = |host: &str| Heading {
            host: host.to_owned(),
            port: None,
            started: String::new(),
            profiles: Vec::new(),
        };
        let absence = Absence::proven(Cause::AgentDied, Vec::new());
        let mut reports: Vec<Report> = nodes
            .iter()
            .map(|(host, _, _)| mesh::report(&heading(host), &absence))
            .collect();
        let known: Vec<Known> = nodes
            .iter()
            .map(|(_, own, ahead)| Known {
                hello: Some(Hello {
                    addresses: vec![(*own).to_owned()],
                    ..Hello::default()
                }),
                ahead_ms: Some(*ahead),
            })
            .collect();
        tell_what_is_odd(&mut reports, &known);
        let roots = reports.iter().flat_map(|report| &report.root_causes[1..]);
        roots.map(|root| root.title.clone()).collect()
    }

    #[test]
    fn a_clock_is_off_by_what_most_others_say() {
        let nodes = [
            ("10.0.0.1", "10.0.0.1", 90_000),
            ("10.0.0.2", "10.0.0.2", 89_100),
            ("10.0.0.3", "10.0.0.3", 90_500),
        ];
        assert_eq!(told(&nodes), Vec::<String>::new());
        let one = [("10.0.0.1", "10.0.0.1", 300), ("n2", "10.0.0.2", -60_000)];
        assert_eq!(
            told(&one),
            ["the clock of n2 is not that of most others: 60 s behind"]
        );
    }

    #[test]
    fn a_node_that_is_called_by_an_address_it_does_not_have_is_translated() {
        assert_eq!(
            told(&[("192.0.2.1", "10.0.0.1", 0), ("n2", "10.0.0.2", 0)]),
            ["192.0.2.1 is no address of the node that answers there"]
        );
    }
}
