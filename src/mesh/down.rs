//! Nodes that nobody hears: one statement each, in the place of what every machine says of its own
//! checks of them.

use super::absence;
use crate::{
    cause::{Area, Cause, Is},
    fact::{Count, Fact, MeshFact, Part, Sentence},
    report::{Expect, Finding, Report, RootCause, Verdict},
};

/// Explains what the reports say of nodes that `ssh` does not reach and none of the machines hears.
pub fn tell_who_is_down(reports: &mut [Report]) {
    let unreached: Vec<String> = reports
        .iter()
        .filter(|report| is_unreached(report))
        .map(|report| report.host.clone())
        .collect();
    for host in unreached {
        let looked: Vec<&Report> = reports
            .iter()
            .filter(|report| of_host(report, &host).any(fails))
            .collect();
        let machines = looked.len();
        let is_heard = reports
            .iter()
            .any(|report| of_host(report, &host).any(shows_life));
        if machines == 0 || is_heard {
            continue;
        }
        for report in reports.iter_mut() {
            explain(report, &host, machines);
        }
    }
}

fn is_unreached(report: &Report) -> bool {
    let own = report.findings.iter().find(|it| it.rule == absence::RULE);
    own.is_some_and(|it| it.cause.as_deref() == Some(Cause::NodeUnreachable.code()))
}

/// What a machine says of a host, its own login left out.
fn of_host<'a>(report: &'a Report, host: &'a str) -> impl Iterator<Item = &'a Finding> {
    let findings = report.findings.iter();
    findings.filter(move |it| it.endpoint.host == host && it.rule != absence::RULE)
}

fn cause(finding: &Finding) -> Option<Cause> {
    finding.cause.as_ref()?.parse().ok()
}

fn fails(finding: &Finding) -> bool {
    finding.expect != Expect::Blocked
        && cause(finding).is_some_and(|cause| cause.is(Is::HostUnheard))
}

/// Whether something came from the host.
fn shows_life(finding: &Finding) -> bool {
    if finding.expect == Expect::Blocked || finding.verdict == Verdict::Skip {
        return false;
    }
    match cause(finding) {
        None => finding.verdict == Verdict::Pass,
        Some(cause) if cause.is(Is::HostUnheard) => false,
        Some(cause) => match cause.area() {
            Area::Connect
            | Area::Datagram
            | Area::FirstByte
            | Area::Tls
            | Area::Service
            | Area::Responder => true,
            Area::Resolve | Area::Local | Area::Proxy | Area::Mesh | Area::NotJudged => false,
        },
    }
}

/// Puts what a report says of the host under one root cause.
fn explain(report: &mut Report, host: &str, machines: usize) {
    let id = absence::root_id(Cause::NodeUnreachable, host);
    report.root_causes.retain(|root| root.id != id);
    let mut members = Vec::new();
    for (place, finding) in report.findings.iter_mut().enumerate() {
        let is_login = finding.rule == absence::RULE && finding.endpoint.host == host;
        if finding.endpoint.host == host && (is_login || fails(finding)) {
            finding.explained_by = Some(id.clone());
            members.push(place);
        }
    }
    if members.is_empty() {
        return;
    }
    forget(report, &members);
    let fact = Fact::from(MeshFact::NobodyHears {
        machines: Count {
            number: machines,
            noun: "machine",
        },
    });
    let title = Sentence::from(Part::host(host)).then(" is down: nothing of it is heard");
    let absence = absence::Absence::inferred(Cause::NodeUnreachable, vec![fact]);
    let root = absence::root(host, &absence, title, members);
    report.root_causes.push(root);
}

/// Takes the findings out of the root causes that explained them before; of one that explained
/// nothing else nothing is left.
fn forget(report: &mut Report, members: &[usize]) {
    for root in &mut report.root_causes {
        let before = root.findings.len();
        root.findings.retain(|place| !members.contains(place));
        root.explains -= (before - root.findings.len()).min(root.explains);
    }
    let is_left = |root: &RootCause, findings: &[Finding]| {
        findings
            .iter()
            .any(|it| it.explained_by.as_deref() == Some(root.id.as_str()))
    };
    let findings = &report.findings;
    report.root_causes.retain(|root| is_left(root, findings));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mesh::{Absence, Heading, report};

    /// The report of a machine whose checks of `n2` came to these causes.
    fn machine(host: &str, causes: &[Option<&str>]) -> Report {
        let mut whole = absent(host, Cause::AgentDied);
        let like = whole.findings.remove(0);
        whole.findings = causes
            .iter()
            .map(|cause| Finding {
                rule: "demo".to_owned(),
                cause: cause.map(str::to_owned),
                verdict: cause.map_or(Verdict::Pass, |_| Verdict::Fail),
                explained_by: None,
                endpoint: crate::report::Endpoint {
                    host: "n2".to_owned(),
                    ..like.endpoint.clone()
                },
                ..like.clone()
            })
            .collect();
        whole.root_causes.clear();
        whole
    }

    fn absent(host: &str, cause: Cause) -> Report {
        let heading = Heading {
            host: host.to_owned(),
            port: Some(22),
            started: String::new(),
            profiles: Vec::new(),
        };
        report(&heading, &Absence::inferred(cause, Vec::new()))
    }

    fn titles(reports: &[Report]) -> Vec<&str> {
        let roots = reports.iter().flat_map(|report| &report.root_causes);
        roots.map(|root| root.title.as_str()).collect()
    }

    #[test]
    fn a_node_that_nobody_hears_is_down_whatever_each_machine_sees_of_it() {
        let mut reports = vec![
            machine("n1", &[Some("tcp-no-reply"), Some("host-unreachable")]),
            absent("n2", Cause::NodeUnreachable),
            machine("n3", &[Some("host-unreachable")]),
        ];
        tell_who_is_down(&mut reports);
        assert_eq!(titles(&reports), ["n2 is down: nothing of it is heard"; 3]);
        let explained: Vec<usize> = reports
            .iter()
            .map(|report| report.root_causes[0].explains)
            .collect();
        assert_eq!(explained, [2, 1, 1]);
    }

    #[test]
    fn a_node_that_anybody_hears_is_not_down() {
        let mut reports = vec![
            machine("n1", &[Some("tcp-no-reply")]),
            absent("n2", Cause::NodeUnreachable),
            machine("n3", &[Some("tcp-no-reply"), None]),
        ];
        tell_who_is_down(&mut reports);
        assert_eq!(
            titles(&reports),
            ["n2 took no part: ssh does not reach the node"]
        );
    }

    #[test]
    fn a_node_that_refuses_the_login_is_not_down() {
        let mut reports = vec![
            machine("n1", &[Some("tcp-no-reply")]),
            absent("n2", Cause::LoginRefused),
        ];
        tell_who_is_down(&mut reports);
        assert_eq!(
            titles(&reports),
            ["n2 took no part: the node refuses the login"]
        );
    }
}
