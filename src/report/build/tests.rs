//! Reports of hand-built plans and diagnoses.

use std::net::IpAddr;

use time::macros::datetime;

use super::*;
use crate::{
    catalog::{self, Pki},
    diagnose::{AddressFinding, Aside, Certainty, Outcome, Stage, Sweep},
    fact::{ConnectFact, LocalFact, Sentence},
    net::{Port, PortRange, Protocol, Transport},
    plan::{CheckStep, ProbeId},
    report,
};

fn meta() -> Meta {
    Meta {
        version: "0.1.0".to_owned(),
        host: "node-1".to_owned(),
        started: datetime!(2026-11-20 11:00:00.5 +1),
        elapsed: Duration::from_millis(812),
        interrupted: None,
        strict: false,
    }
}

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn check(level: catalog::Level) -> Check {
    Check {
        rule: "demo.rule".to_owned(),
        catalog: Some("demo".to_owned()),
        section: "Outside".to_owned(),
        service: "HTTPS".to_owned(),
        level,
        from: "nodes".to_owned(),
        to: "vendor".to_owned(),
        endpoint: CheckEndpoint::Bound(crate::net::Endpoint {
            host: "license.example".parse().unwrap(),
            ports: Ports::One(port(443)),
            transport: Transport::Tcp,
        }),
        protocol: Protocol::Https,
        expect: catalog::Expect::Service,
        pki: Pki::Public,
        any_of: None,
        falls_back_to: None,
        waiver: None,
        informative: false,
        responder: false,
        product: std::sync::Arc::default(),
        notes: Vec::new(),
        step: CheckStep::Probe(ProbeId(0)),
    }
}

fn judged(place: usize, outcome: Outcome) -> diagnose::Finding {
    diagnose::Finding {
        check: place,
        outcome,
        weight: Weight::Gates,
        beneath: None,
        certainty: Certainty::Proven,
        stage: Stage::Connect,
        explained_by: None,
        addresses: Vec::new(),
        path: None,
        sweep: None,
        evidence: Vec::new(),
        remedy: None,
        elapsed: Duration::ZERO,
    }
}

/// A check that comes to this.
fn due(level: catalog::Level, seen: Outcome) -> Check {
    let step = match seen {
        Outcome::NotTried(Cause::NotFromHere) => CheckStep::NotFromHere {
            from: "users".to_owned(),
            inbound: true,
            command: Sentence::default(),
        },
        _ => CheckStep::Probe(ProbeId(0)),
    };
    Check {
        step,
        ..check(level)
    }
}

/// Verdict and exit code of a run with these levels and outcomes.
fn outcome(
    findings: &[(catalog::Level, Outcome)],
    interrupted: Option<Interrupt>,
    strict: bool,
) -> (Verdict, u8) {
    let plan = Plan {
        checks: findings
            .iter()
            .map(|(level, seen)| due(*level, *seen))
            .collect(),
        ..Plan::default()
    };
    let judged = |(place, (_, seen)): (usize, &(catalog::Level, Outcome))| diagnose::Finding {
        weight: Weight::of(&plan.checks[place], *seen),
        ..judged(place, *seen)
    };
    let diagnosis = Diagnosis {
        findings: findings.iter().enumerate().map(judged).collect(),
        ..Diagnosis::default()
    };
    let meta = Meta {
        interrupted,
        strict,
        ..meta()
    };
    let report = Report::new(&meta, &plan, &diagnosis);
    (report.verdict, report.exit_code)
}

#[test]
fn the_worst_mandatory_check_is_the_verdict() {
    use catalog::Level::{Mandatory, Optional};
    let pass = (Mandatory, Outcome::Works);
    let warn = (Mandatory, Outcome::WorksBut(Cause::TlsExpiresSoon));
    let fail = (Mandatory, Outcome::Fails(Cause::TcpRefused));
    let unknown = (Mandatory, Outcome::Unknown(Cause::UdpNoReply));
    let unbound = (Mandatory, Outcome::NotTried(Cause::NotConfigured));
    let elsewhere = (Mandatory, Outcome::NotTried(Cause::NotFromHere));
    let broken = (Optional, Outcome::Fails(Cause::TcpRefused));
    let works = (Optional, Outcome::Works);
    let unbound_option = (Optional, Outcome::NotTried(Cause::NotConfigured));
    let table = [
        (vec![], (Verdict::Pass, 0)),
        (vec![pass, pass], (Verdict::Pass, 0)),
        (vec![pass, warn], (Verdict::Warn, 0)),
        (vec![warn, unknown], (Verdict::Inconclusive, 3)),
        (vec![pass, unbound], (Verdict::Inconclusive, 3)),
        (vec![unbound, fail, unknown], (Verdict::Fail, 1)),
        (vec![pass, elsewhere], (Verdict::Pass, 0)),
        (vec![pass, broken, unbound_option], (Verdict::Pass, 0)),
        (vec![works, elsewhere], (Verdict::Pass, 0)),
        (vec![broken, elsewhere], (Verdict::Warn, 0)),
        (vec![unbound_option], (Verdict::Skip, 3)),
        (vec![elsewhere], (Verdict::Skip, 3)),
    ];
    for (findings, expected) in table {
        assert_eq!(outcome(&findings, None, false), expected, "{findings:?}");
    }
}

#[test]
fn strict_minds_warnings_and_failed_options_where_all_else_is_well() {
    use catalog::Level::{Mandatory, Optional};
    let pass = (Mandatory, Outcome::Works);
    let warn = (Mandatory, Outcome::WorksBut(Cause::TlsExpiresSoon));
    let unknown = (Mandatory, Outcome::Unknown(Cause::UdpNoReply));
    let broken = (Optional, Outcome::Fails(Cause::TcpRefused));
    let undecided = (Optional, Outcome::Unknown(Cause::UdpNoReply));
    assert_eq!(outcome(&[pass], None, true), (Verdict::Pass, 0));
    assert_eq!(outcome(&[pass, undecided], None, true), (Verdict::Pass, 0));
    assert_eq!(outcome(&[pass, broken], None, true), (Verdict::Pass, 1));
    assert_eq!(outcome(&[pass, warn], None, true), (Verdict::Warn, 1));
    assert_eq!(
        outcome(&[warn, unknown], None, true),
        (Verdict::Inconclusive, 3)
    );
}

#[test]
fn a_signal_decides_the_exit_code_and_the_deadline_does_not() {
    use catalog::Level::Mandatory;
    let undone = [(Mandatory, Outcome::Unknown(Cause::Interrupted))];
    let failed = [undone[0], (Mandatory, Outcome::Fails(Cause::TcpRefused))];
    let table = [
        (&undone[..], Interrupt::Sigint, (Verdict::Inconclusive, 130)),
        (&failed[..], Interrupt::Sigterm, (Verdict::Fail, 143)),
        (&undone[..], Interrupt::Deadline, (Verdict::Inconclusive, 3)),
        (&failed[..], Interrupt::Deadline, (Verdict::Fail, 1)),
    ];
    for (findings, interrupt, expected) in table {
        assert_eq!(outcome(findings, Some(interrupt), false), expected);
    }
}

/// A range that was swept, a portless endpoint, an unbound one and a typed one.
fn plan() -> Plan {
    use catalog::Level::{Mandatory, Optional};
    let endpoint = |ports, transport| {
        CheckEndpoint::Bound(crate::net::Endpoint {
            host: "10.0.0.7".parse().unwrap(),
            ports,
            transport,
        })
    };
    let range = PortRange::new(port(20123), port(32768)).unwrap();
    Plan {
        profiles: vec!["demo".to_owned()],
        checks: vec![
            Check {
                endpoint: endpoint(Ports::Range(range), Transport::Tcp),
                ..check(Mandatory)
            },
            Check {
                endpoint: endpoint(Ports::None, Transport::Icmp),
                ..check(Optional)
            },
            Check {
                endpoint: CheckEndpoint::Unbound {
                    host: "nodes".to_owned(),
                    ports: Ports::One(port(22)),
                    transport: Transport::Tcp,
                },
                ..check(Mandatory)
            },
            Check {
                rule: "tcp://license.example:443".to_owned(),
                catalog: None,
                from: String::new(),
                to: String::new(),
                ..check(Mandatory)
            },
        ],
        off: vec![
            plan::Off {
                rule: "demo.off".to_owned(),
                reason: OffReason::Without("ipsec".to_owned()),
            },
            plan::Off {
                rule: "demo.old".to_owned(),
                reason: OffReason::Version("release".to_owned(), "< 23.10".to_owned()),
            },
        ],
        ..Plan::default()
    }
}

fn diagnosis() -> Diagnosis {
    let address: IpAddr = "10.0.0.7".parse().unwrap();
    Diagnosis {
        findings: vec![
            judged(3, Outcome::Works),
            judged(2, Outcome::NotTried(Cause::NotConfigured)),
            diagnose::Finding {
                weight: Weight::Informs(Aside::Optional),
                ..judged(1, Outcome::Unknown(Cause::IcmpNoReply))
            },
            diagnose::Finding {
                explained_by: Some("tcp-no-reply:10.0.0.7".to_owned()),
                addresses: vec![AddressFinding {
                    address,
                    from: Some("10.0.0.9".parse().unwrap()),
                    port: None,
                    outcome: Outcome::Fails(Cause::TcpNoReply),
                    elapsed: Duration::from_secs(3),
                }],
                sweep: Some(Sweep {
                    range: PortRange::new(port(20123), port(32768)).unwrap(),
                    checked: 16,
                    failed: vec![(port(21000), port(21010))],
                }),
                evidence: vec![ConnectFact::Unanswered.into()],
                remedy: Some("ask".into()),
                elapsed: Duration::from_millis(3001),
                ..judged(0, Outcome::Fails(Cause::TcpNoReply))
            },
        ],
        local: Vec::new(),
        roots: vec![diagnose::RootCause {
            id: "tcp-no-reply:10.0.0.7".to_owned(),
            cause: Cause::TcpNoReply,
            title: "10.0.0.7 is silent".into(),
            evidence: vec![ConnectFact::Unanswered.into()],
            remedy: "ask".into(),
            explains: 1,
            findings: vec![0],
            certainty: diagnose::Certainty::Proven,
            fewest: None,
        }],
    }
}

#[test]
fn a_report_has_everything_in_the_plans_order() {
    assert_eq!(written(), include_str!("tests/report.json"));
}

#[test]
fn what_is_off_says_what_would_switch_it_on() {
    let table = [
        (OffReason::Without("ipsec".into()), "needs --with ipsec"),
        (
            OffReason::With("own-git".into()),
            "moot with own-git, --without own-git brings it back",
        ),
        (
            OffReason::Version("release".into(), "< 23.10".into()),
            "only for release < 23.10",
        ),
        (OffReason::Selection, "left out by --only or --skip"),
    ];
    for (reason, text) in table {
        assert_eq!(off_reason(&reason), text);
    }
}

#[test]
fn a_report_reads_back_as_it_was_written() {
    assert_eq!(
        Report::from_json(&written()).unwrap(),
        Report::new(&meta(), &plan(), &diagnosis())
    );
}

#[test]
fn a_report_that_does_not_say_what_gates_is_read_by_level_waiver_and_cause() {
    use catalog::Level::{Mandatory, Optional};
    let finding = |level, seen| {
        let plan = Plan {
            checks: vec![due(level, seen)],
            ..Plan::default()
        };
        Finding {
            gates: None,
            ..super::finding(&plan, &judged(0, seen))
        }
    };
    let fails = Outcome::Fails(Cause::TcpRefused);
    for (level, seen, gates) in [
        (Mandatory, fails, true),
        (Optional, fails, false),
        (Mandatory, Outcome::NotTried(Cause::NotConfigured), true),
        (Mandatory, Outcome::NotTried(Cause::NotFromHere), false),
    ] {
        assert_eq!(finding(level, seen).gates(), gates, "{level:?} {seen:?}");
    }
    let waived = Report::new(&meta(), &plan(), &diagnosis());
    let waived = Finding {
        gates: None,
        waived: Some(Waived::from(&waiver())),
        ..waived.findings[0].clone()
    };
    assert!(!waived.gates());
}

/// The report as JSON.
fn written() -> String {
    let report = Report::new(&meta(), &plan(), &diagnosis());
    let mut written = Vec::new();
    let style = report::Style {
        width: 80,
        colour: false,
        unicode: true,
        verbose: false,
    };
    report::write(&report, report::Format::Json, &style, &mut written).unwrap();
    String::from_utf8(written).unwrap()
}

fn waiver() -> crate::site::Waiver {
    crate::site::Waiver {
        rule: "demo.*".to_owned(),
        owner: "Jane".to_owned(),
        reason: "ticket 1".to_owned(),
        until: time::macros::date!(2026 - 12 - 31),
        host: None,
    }
}

/// The report of one mandatory check that is waived.
fn waived(seen: Outcome) -> Report {
    let plan = Plan {
        checks: vec![Check {
            waiver: Some(waiver()),
            ..due(catalog::Level::Mandatory, seen)
        }],
        ..Plan::default()
    };
    let diagnosis = Diagnosis {
        findings: vec![diagnose::Finding {
            weight: Weight::of(&plan.checks[0], seen),
            ..judged(0, seen)
        }],
        ..Diagnosis::default()
    };
    let strict = Meta {
        strict: true,
        ..meta()
    };
    Report::new(&strict, &plan, &diagnosis)
}

#[test]
fn what_is_waived_keeps_its_verdict_and_does_not_gate() {
    for (seen, verdict) in [
        (Outcome::Fails(Cause::TcpNoReply), Verdict::Fail),
        (Outcome::WorksBut(Cause::TlsExpiresSoon), Verdict::Warn),
        (Outcome::Unknown(Cause::UdpNoReply), Verdict::Inconclusive),
        (Outcome::NotTried(Cause::NotConfigured), Verdict::Skip),
    ] {
        let report = waived(seen);
        assert_eq!((report.verdict, report.exit_code), (Verdict::Warn, 0));
        let [finding] = &report.findings[..] else {
            panic!("one check, one finding");
        };
        assert_eq!((finding.verdict, finding.gates), (verdict, Some(false)));
        assert_eq!(
            finding.waived.as_ref().map(ToString::to_string),
            Some("waived by Jane until 2026-12-31: ticket 1".to_owned())
        );
    }
}

#[test]
fn nothing_is_waived_where_nothing_is_wrong_or_the_run_was_cut_short() {
    assert_eq!(waived(Outcome::Works).findings[0].waived, None);
    let cut = waived(Outcome::Unknown(Cause::Interrupted));
    assert_eq!((&cut.findings[0].waived, cut.exit_code), (&None, 3));
    let elsewhere = waived(Outcome::NotTried(Cause::NotFromHere));
    assert_eq!(elsewhere.findings[0].waived, None);
}

#[test]
fn what_is_wrong_with_this_machine_itself_is_a_warning_that_never_gates() {
    let plan = Plan {
        checks: vec![check(catalog::Level::Mandatory)],
        ..Plan::default()
    };
    let listens = || {
        LocalFact::ProgramListens {
            program: "nginx".into(),
            pid: 77,
            place: LocalFact::place("0.0.0.0".parse().unwrap(), port(8080)),
        }
        .into()
    };
    let local = diagnose::LocalFinding {
        rule: crate::machine::LOCAL_RULES[0],
        service: "Tomcat".to_owned(),
        transport: Transport::Tcp,
        ports: Ports::One(port(8080)),
        cause: Cause::PortTaken,
        evidence: vec![listens()],
        remedy: "stop it".into(),
    };
    let diagnosis = Diagnosis {
        findings: vec![judged(0, Outcome::Works)],
        local: vec![local],
        ..Diagnosis::default()
    };
    let strict = Meta {
        strict: true,
        ..meta()
    };
    let report = Report::new(&strict, &plan, &diagnosis);
    assert_eq!((report.verdict, report.exit_code), (Verdict::Pass, 0));
    assert_eq!((report.summary.pass, report.summary.warn), (1, 1));
    let finding = &report.findings[1];
    assert_eq!(finding.title(), "local.ports this machine:8080/tcp");
    assert_eq!(finding.level, Level::Optional);
    assert_eq!(
        finding.headline(),
        "port-taken: nginx (pid 77) at 0.0.0.0:8080 listens"
    );
}
