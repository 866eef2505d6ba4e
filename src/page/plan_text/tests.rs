//! A hand-built plan as text and as JSON.

use super::*;
use crate::{
    catalog::{Expect, Pki, Withdrawn},
    fact::PlanFact,
    net::{Endpoint, Port, PortRange, Ports, Protocol, Transport},
    page::plan_json,
    plan::{self, CheckEndpoint, OffReason, Probe, ProbeId, ProbeOptions},
};

const PLAIN: Style = Style {
    width: 80,
    colour: false,
    unicode: true,
    verbose: false,
};

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn bound(host: &str, ports: Ports) -> CheckEndpoint {
    CheckEndpoint::Bound(Endpoint {
        host: host.parse().unwrap(),
        ports,
        transport: Transport::Tcp,
    })
}

fn check(section: &str, endpoint: CheckEndpoint, step: CheckStep) -> Check {
    Check {
        rule: "demo.rule".to_owned(),
        catalog: Some("demo".to_owned()),
        section: section.to_owned(),
        service: "HTTPS".to_owned(),
        level: Level::Mandatory,
        from: "nodes".to_owned(),
        to: "nodes".to_owned(),
        endpoint,
        protocol: Protocol::Tcp,
        expect: Expect::Path,
        pki: Pki::Any,
        any_of: None,
        falls_back_to: None,
        waiver: None,
        informative: false,
        responder: false,
        product: std::sync::Arc::default(),
        notes: vec![PlanFact::NoProxyRelays],
        step,
    }
}

fn probe(host: &str, ports: Vec<Port>) -> Probe {
    Probe {
        host: host.parse().unwrap(),
        ports,
        protocol: Protocol::Tcp,
        options: ProbeOptions::default(),
    }
}

fn plan() -> Plan {
    let unbound = CheckEndpoint::Unbound {
        host: "smtp-relay".to_owned(),
        ports: Ports::One(port(25)),
        transport: Transport::Tcp,
    };
    let needs = CheckStep::NotConfigured {
        flag: "--set smtp_relay=HOST[:PORT]".into(),
        reason: None,
    };
    let elsewhere = CheckStep::NotFromHere {
        inbound: false,
        from: "support".to_owned(),
        command: "portcheck run --profile support".into(),
    };
    let range = PortRange::new(port(20123), port(32768)).unwrap();
    let mut checks = vec![
        Check {
            to: "vendor".to_owned(),
            protocol: Protocol::Git,
            expect: Expect::Service,
            ..check(
                "Outside",
                bound("github.com", Ports::One(port(9418))),
                CheckStep::Withdrawn(Withdrawn {
                    by: "GitHub".to_owned(),
                    since: "2022-03-15".to_owned(),
                    instead: "use https".to_owned(),
                }),
            )
        },
        Check {
            to: "smtp-relay".to_owned(),
            ..check("Outside", unbound, needs)
        },
        check(
            "Inside",
            bound("10.0.0.7", Ports::Range(range)),
            CheckStep::Probe(ProbeId(1)),
        ),
        check("Inside", bound("10.0.0.7", Ports::One(port(22))), elsewhere),
        Check {
            level: Level::Optional,
            ..check(
                "Outside",
                bound("10.0.0.7", Ports::One(port(80))),
                CheckStep::Probe(ProbeId(0)),
            )
        },
    ];
    checks.extend((4000..4010).map(|number| {
        check(
            "Inside",
            bound("10.0.0.7", Ports::One(port(number))),
            CheckStep::Probe(ProbeId(0)),
        )
    }));
    Plan {
        profiles: vec!["demo".to_owned()],
        probes: vec![
            probe("github.com", vec![port(9418)]),
            probe("10.0.0.7", vec![port(20123), port(32768)]),
        ],
        checks,
        off: vec![plan::Off {
            rule: "demo.off".to_owned(),
            reason: OffReason::Selection,
        }],
        ..Plan::default()
    }
}

#[test]
fn a_plan_says_what_would_be_tried_from_where_to_where() {
    let shown = format!("\n{}", plan_text(&plan(), &PLAIN));
    assert_eq!(
        shown,
        "
Outside
- skip     github.com:9418/tcp  withdrawn-by-vendor: GitHub ended it on
                                2022-03-15, use https
- skip     smtp-relay:25/tcp    not-configured: needs --set
                                smtp_relay=HOST[:PORT]

Outside (optional): nodes → nodes
• probe    10.0.0.7:80/tcp           HTTPS  tcp, path

Inside: nodes → nodes
• probe    10.0.0.7:20123-32768/tcp  HTTPS  tcp, path, 2 ports
- skip     10.0.0.7:22/tcp      not-from-here: on support, run `portcheck run
                                --profile support`
• probe    10.0.0.7, 10 checks       HTTPS  tcp, path

1 rule off: left out by --only or --skip (1)
-v shows 9 more lines, folded above
15 checks: 12 to be probed with 3 connections per address, 1 not configured, 1
not from here, 1 withdrawn; nothing was sent
"
    );
}

#[test]
fn a_verbose_plan_names_rules_and_notes() {
    let verbose = Style {
        verbose: true,
        ..PLAIN
    };
    let text = plan_text(&plan(), &verbose);
    assert_eq!(text.matches("rule demo.rule").count(), 15);
    assert_eq!(
        text.matches("note: no proxy relays this, so it goes directly")
            .count(),
        15
    );
}

#[test]
fn no_line_of_a_plan_is_wider_than_the_page() {
    for width in [60, 80, 120] {
        for line in plan_text(&plan(), &Style { width, ..PLAIN }).lines() {
            assert!(line.chars().count() <= width, "{line}");
        }
    }
}

#[test]
fn a_plan_is_json_too() {
    let value = plan_json(&plan());
    let of = |index: usize, key: &str| value["checks"][index][key].clone();
    assert_eq!(value["schema"], "portcheck.plan/1");
    assert_eq!(
        value["probes"][1],
        serde_json::json!({
            "host": "10.0.0.7", "ports": [20123, 32768], "protocol": "tcp", "via": null
        })
    );
    assert_eq!(
        value["off"],
        serde_json::json!([{"rule": "demo.off", "reason": "left out by --only or --skip"}])
    );
    assert_eq!(
        value["checks"][0],
        serde_json::json!({
            "rule": "demo.rule", "catalog": "demo", "section": "Outside", "service": "HTTPS",
            "level": "mandatory", "from": "nodes", "to": "vendor",
            "endpoint": {"host": "github.com", "port": 9418, "transport": "tcp"},
            "protocol": "git", "expect": "service", "pki": "any", "any_of": null,
            "notes": ["no proxy relays this, so it goes directly"], "status": "withdrawn-by-vendor", "by": "GitHub",
            "since": "2022-03-15", "instead": "use https"
        })
    );
    assert_eq!(of(1, "status"), "not-configured");
    assert_eq!(of(1, "flag"), "--set smtp_relay=HOST[:PORT]");
    assert_eq!(
        of(2, "endpoint"),
        serde_json::json!({
            "host": "10.0.0.7", "ports": {"first": 20123, "last": 32768}, "transport": "tcp"
        })
    );
    assert_eq!(of(3, "status"), "not-from-here");
    assert_eq!(of(3, "command"), "portcheck run --profile support");
}
