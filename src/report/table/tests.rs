//! Whole tables of hand-built reports.

use super::*;
use crate::report::{PortsField, SCHEMA, Summary, Transport};

const PLAIN: Style = Style {
    width: 80,
    colour: false,
    unicode: true,
    verbose: false,
};

fn report(verdict: Verdict, exit_code: u8, findings: Vec<Finding>) -> Report {
    Report {
        schema: SCHEMA.to_owned(),
        version: "0.1.0".to_owned(),
        host: "node-1".to_owned(),
        started: "2026-11-20T10:00:00Z".to_owned(),
        elapsed_ms: 3040,
        profiles: vec!["looker-server".to_owned()],
        verdict,
        exit_code,
        interrupted: None,
        summary: Summary::default(),
        root_causes: Vec::new(),
        off: Vec::new(),
        findings,
    }
}

/// A check that passes: the service answers.
fn pass(section: &str, host: &str, port: u16, service: &str) -> Finding {
    Finding {
        rule: format!("demo.{host}.{port}"),
        catalog: Some("demo".to_owned()),
        section: section.to_owned(),
        service: service.to_owned(),
        level: Level::Mandatory,
        from: Some("looker-server".to_owned()),
        to: Some("vendor".to_owned()),
        endpoint: Endpoint {
            host: host.to_owned(),
            port: PortField::Port(port),
            ports: None,
            transport: Transport::Tcp,
        },
        protocol: "https".to_owned(),
        expect: Expect::Service,
        any_of: None,
        verdict: Verdict::Pass,
        cause: None,
        certainty: Certainty::Proven,
        stage: Stage::Tls,
        explained_by: None,
        addresses: Vec::new(),
        evidence: vec!["open, TLS 1.3".to_owned()],
        remedy: None,
        notes: Vec::new(),
        source: None,
        stages: Vec::new(),
        chain: Vec::new(),
        elapsed_ms: 41,
    }
}

impl Finding {
    fn judged(mut self, verdict: Verdict, cause: &str, evidence: &str, remedy: &str) -> Self {
        self.verdict = verdict;
        self.cause = Some(cause.to_owned());
        self.stage = Stage::Connect;
        self.evidence = vec![evidence.to_owned()];
        self.remedy = Some(remedy.to_owned());
        self
    }

    fn optional(mut self) -> Self {
        self.level = Level::Optional;
        self
    }
}

const OUT: &str = "Looker server to the internet";
const CLUSTER: &str = "Inside the cluster";

fn mixed() -> Report {
    let mut report = report(
        Verdict::Fail,
        1,
        vec![
            pass(OUT, "license.looker.com", 443, "Licensing"),
            pass(OUT, "ping.looker.com", 443, "Usage reporting").judged(
                Verdict::Fail,
                "tcp-no-reply",
                "203.0.113.9: 3 packets sent to port 443, nothing came back in 3.0 s",
                "ask the network team to allow tcp from node-1 to ping.looker.com (203.0.113.9) port 443 and to look for drops in the firewall's log",
            ),
            pass(OUT, "marketplace-api.looker.com", 443, "Looker Marketplace").judged(
                Verdict::Warn,
                "tls-expires-soon",
                "the certificate expires on 2026-12-01, in 11 days",
                "ask the vendor to renew it",
            ),
            Finding { certainty: Certainty::Inferred, ..pass(OUT, "smtp.sendgrid.net", 587, "Email").judged(
                Verdict::Inconclusive,
                "udp-no-reply",
                "nothing came back",
                "run `portcheck respond` on the other side",
            )},
            pass(OUT, "github.com", 22, "Git").judged(
                Verdict::Fail,
                "tcp-refused",
                "140.82.121.4 refused in 12 ms",
                "ask the network team to allow tcp from node-1 to github.com port 22",
            ).optional(),
        ],
    );
    report.off = vec![
        Off {
            rule: "a".into(),
            reason: "needs --with own-git".into(),
        },
        Off {
            rule: "b".into(),
            reason: "only for looker_version < 23.10".into(),
        },
        Off {
            rule: "c".into(),
            reason: "needs --with own-git".into(),
        },
    ];
    report
}

fn cluster() -> Report {
    let mut findings = Vec::new();
    for port in 2100..2174 {
        findings.push(Finding {
            expect: Expect::Path,
            certainty: Certainty::Inferred,
            stage: Stage::Connect,
            evidence: vec![format!("10.0.0.7 refused port {port}")],
            ..pass(CLUSTER, "10.0.0.7", port, "Cluster service")
        });
    }
    for port in 4000..4003 {
        findings.push(pass(CLUSTER, "10.0.0.7", port, "HDFS").judged(
            Verdict::Fail,
            "tcp-no-reply",
            &format!("10.0.0.7: 3 packets sent to port {port}, nothing came back in 3.0 s"),
            &format!("ask the network team to allow tcp from node-1 to 10.0.0.7 port {port}"),
        ));
    }
    findings.push(Finding {
        endpoint: Endpoint {
            host: "10.0.0.7".into(),
            port: PortField::Absent,
            transport: Transport::Tcp,
            ports: Some(PortsField {
                first: 20123,
                last: 32768,
                checked: 16,
                failed: vec![[20123, 20123], [21000, 21010]],
            }),
        },
        ..pass(CLUSTER, "10.0.0.7", 1, "Dynamic ports").judged(
            Verdict::Fail,
            "tcp-no-reply",
            "4 of 16 ports did not answer",
            "ask the network team to allow tcp 20123-32768 from node-1 to 10.0.0.7",
        )
    });
    report(Verdict::Fail, 1, findings)
}

#[test]
fn show() {
    for style in [
        PLAIN,
        Style {
            width: 60,
            unicode: false,
            ..PLAIN
        },
        Style {
            width: 120,
            verbose: false,
            ..PLAIN
        },
    ] {
        for report in [mixed(), cluster()] {
            println!("{}\n{}\n", "=".repeat(style.width), table(&report, &style));
        }
    }
}
