//! Whole tables of hand-built reports.

use super::*;
use crate::report::{Interrupt, Off, PortsField, RootCause, SCHEMA, Summary, Transport};

const PLAIN: Style = Style {
    width: 80,
    colour: false,
    unicode: true,
    verbose: false,
};

const OUT: &str = "Looker server to the internet";
const CLUSTER: &str = "Inside the cluster";

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
        baseline: None,
        summary: Summary::default(),
        root_causes: Vec::new(),
        off: Vec::new(),
        findings,
    }
}

/// A mandatory check that passes.
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
        gates: None,
        waived: None,
        cause: None,
        certainty: Certainty::Proven,
        stage: Stage::Tls,
        explained_by: None,
        via: None,
        path: Vec::new(),
        from_address: None,
        addresses: Vec::new(),
        evidence: vec!["TLS 1.3".to_owned(), "expires 2027-03-01".to_owned()],
        facts: Vec::new(),
        remedy: None,
        remedy_parts: Vec::new(),
        source: None,
        stages: Vec::new(),
        chain: Vec::new(),
        elapsed_ms: 41,
    }
}

/// What a finding is instead of a pass.
struct Told<'a>(Verdict, &'a str, &'a str, &'a str);

impl Finding {
    fn judged(self, Told(verdict, cause, evidence, remedy): Told<'_>) -> Self {
        Self {
            verdict,
            cause: Some(cause.to_owned()),
            stage: if verdict == Verdict::Skip {
                Stage::Plan
            } else {
                Stage::Connect
            },
            evidence: vec![evidence.to_owned()],
            remedy: Some(remedy.to_owned()),
            elapsed_ms: if verdict == Verdict::Skip { 0 } else { 3001 },
            ..self
        }
    }

    fn optional(self) -> Self {
        Self {
            level: Level::Optional,
            ..self
        }
    }

    fn inferred(self) -> Self {
        Self {
            certainty: Certainty::Inferred,
            ..self
        }
    }
}

fn all_green() -> Report {
    report(
        Verdict::Pass,
        0,
        vec![
            pass(OUT, "license.looker.com", 443, "Licensing"),
            Finding {
                stage: Stage::Connect,
                evidence: vec!["open".to_owned()],
                ..pass(OUT, "errorssentry.looker.com", 9000, "System error reports")
            },
        ],
    )
}

fn mixed() -> Report {
    let silent = Told(
        Verdict::Fail,
        "tcp-no-reply",
        "no answer in 3.0 s",
        "ask the network team to allow tcp to ping.looker.com port 443, and check that \
         ping.looker.com is up",
    );
    let late = Told(
        Verdict::Warn,
        "tls-expires-soon",
        "the certificate expires on 2026-12-01, in 11 days",
        "ask the owner of marketplace-api.looker.com to renew the certificate",
    );
    let unsure = Told(
        Verdict::Inconclusive,
        "udp-no-reply",
        "no answer in 3.0 s",
        "ask the network team whether udp to 10.0.0.53 port 53 passes",
    );
    let refused = Told(
        Verdict::Fail,
        "tcp-refused",
        "140.82.121.4 refused in 12 ms",
        "ask the network team whether a firewall rejects tcp to github.com port 22",
    );
    let unbound = Told(
        Verdict::Skip,
        "not-configured",
        "/etc/resolv.conf names no server",
        "say who it is: --set dns_servers=HOST",
    );
    let findings = vec![
        pass(OUT, "license.looker.com", 443, "Licensing"),
        pass(OUT, "github.com", 22, "Git")
            .judged(refused)
            .optional(),
        pass(OUT, "ping.looker.com", 443, "Usage reporting").judged(silent),
        pass(OUT, "marketplace-api.looker.com", 443, "Marketplace").judged(late),
        pass("Names", "10.0.0.53", 53, "DNS")
            .judged(unsure)
            .inferred(),
        pass("Names", "dns-servers", 53, "DNS").judged(unbound),
    ];
    let off = |rule: &str, reason: &str| Off {
        rule: rule.to_owned(),
        reason: reason.to_owned(),
    };
    Report {
        off: vec![
            off("a", "needs --with own-git"),
            off("b", "only for looker_version < 23.10"),
            off("c", "needs --with own-git"),
        ],
        ..report(Verdict::Fail, 1, findings)
    }
}

/// A node before the installation: most ports are refused, some are dropped.
fn before_installation() -> Report {
    let path = |port: u16| {
        Finding {
            expect: Expect::Path,
            stage: Stage::Connect,
            evidence: vec![
                "10.0.0.7 refused".to_owned(),
                "nothing listens yet".to_owned(),
            ],
            ..pass(CLUSTER, "10.0.0.7", port, "HDFS")
        }
        .inferred()
    };
    let dropped = |port: u16| {
        let remedy = format!("ask the network team to allow tcp to 10.0.0.7 port {port}");
        path(port).judged(Told(
            Verdict::Fail,
            "tcp-no-reply",
            "no answer in 3.0 s",
            &remedy,
        ))
    };
    let mut findings: Vec<Finding> = (2100..2174).map(path).collect();
    findings.extend((4000..4003).map(dropped));
    findings.push(Finding {
        endpoint: Endpoint {
            host: "10.0.0.7".to_owned(),
            port: PortField::Absent,
            ports: Some(PortsField {
                first: 20123,
                last: 32768,
                checked: 16,
                failed: vec![[20123, 20123], [21000, 21010]],
            }),
            transport: Transport::Tcp,
        },
        certainty: Certainty::Proven,
        ..dropped(20123)
    });
    report(Verdict::Fail, 1, findings)
}

/// As in a network namespace of its own: no name can be looked up.
fn offline() -> Report {
    let explained = |host: &str| Finding {
        explained_by: Some("no-route".to_owned()),
        stage: Stage::Resolve,
        ..pass(OUT, host, 443, "Something").judged(Told(
            Verdict::Fail,
            "dns-unreachable",
            "no way to 10.0.0.53",
            "mend it",
        ))
    };
    let findings = ["license.looker.com", "ping.looker.com", "auth.looker.com"]
        .map(explained)
        .to_vec();
    Report {
        root_causes: vec![RootCause {
            id: "no-route".to_owned(),
            cause: "dns-unreachable".to_owned(),
            title: "no name server can be reached (10.0.0.53)".to_owned(),
            title_parts: Vec::new(),
            facts: Vec::new(),
            remedy_parts: Vec::new(),
            evidence: vec!["10.0.0.53: no route".to_owned()],
            remedy: "mend /etc/resolv.conf, or ask the network team to allow udp and tcp port 53 \
                     from this machine to 10.0.0.53"
                .to_owned(),
            explains: 3,
            sources: Vec::new(),
            hosts: Vec::new(),
            ports: std::collections::BTreeMap::new(),
            rules: Vec::new(),
            findings: Vec::new(),
            certainty: None,
            fewest: None,
        }],
        elapsed_ms: 12,
        ..report(Verdict::Fail, 1, findings)
    }
}

fn unbound() -> Report {
    let told = || {
        Told(
            Verdict::Skip,
            "not-configured",
            "needs --node HOST",
            "say who it is: --node HOST",
        )
    };
    let mut findings = vec![pass(OUT, "thoughtspot.egnyte.com", 443, "HTTPS")];
    findings.extend((2100..2176).map(|port| pass(CLUSTER, "nodes", port, "HDFS").judged(told())));
    report(Verdict::Inconclusive, 3, findings)
}

fn interrupted() -> Report {
    let undone = |host: &str| Finding {
        stage: Stage::Plan,
        elapsed_ms: 0,
        remedy: None,
        ..pass(OUT, host, 443, "Something").judged(Told(
            Verdict::Inconclusive,
            "interrupted",
            "the run ended before this was decided",
            "",
        ))
    };
    Report {
        interrupted: Some(Interrupt::Sigint),
        ..report(
            Verdict::Inconclusive,
            130,
            vec![
                pass(OUT, "license.looker.com", 443, "Licensing"),
                undone("ping.looker.com"),
                undone("auth.looker.com"),
            ],
        )
    }
}

fn typed() -> Report {
    let typed = |uri: &str, host: &str| Finding {
        rule: uri.to_owned(),
        catalog: None,
        section: "Endpoints".to_owned(),
        from: None,
        to: None,
        ..pass("", host, 443, "")
    };
    report(
        Verdict::Pass,
        0,
        vec![
            typed("tls://[::1]:8443?pki=private", "::1"),
            typed("127.0.0.1:22", "127.0.0.1"),
        ],
    )
}

fn every() -> Vec<Report> {
    vec![
        all_green(),
        mixed(),
        before_installation(),
        offline(),
        unbound(),
        interrupted(),
        typed(),
    ]
}

/// The table, after a line feed so that it can be written as it looks.
fn shown(report: &Report, style: &Style) -> String {
    format!("\n{}", table(report, style))
}

#[test]
fn a_green_run_is_a_line_a_check_and_a_verdict() {
    assert_eq!(
        shown(&all_green(), &PLAIN),
        "
Looker server to the internet
✓ pass     license.looker.com:443/tcp        Licensing           TLS 1.3  41 ms
✓ pass     errorssentry.looker.com:9000/tcp  System error repo…  open     41 ms

PASS: 2 of 2 mandatory checks passed in 3.0 s (exit 0)
"
    );
}

#[test]
fn each_trouble_stands_with_what_was_seen_and_what_to_do() {
    assert_eq!(
        shown(&mixed(), &PLAIN),
        "
Looker server to the internet
✓ pass          license.looker.com:443/tcp          TLS 1.3           41 ms
✗ FAIL          ping.looker.com:443/tcp             tcp-no-reply      3.0 s
                no answer in 3.0 s
                → ask the network team to allow tcp to ping.looker.com port 443,
                  and check that ping.looker.com is up
! warn          marketplace-api.looker.com:443/tcp  tls-expires-soon  3.0 s
                the certificate expires on 2026-12-01, in 11 days
                → ask the owner of marketplace-api.looker.com to renew the
                  certificate

Looker server to the internet (optional)
✗ fail          github.com:22/tcp                   tcp-refused       3.0 s
                140.82.121.4 refused in 12 ms
                → ask the network team whether a firewall rejects tcp to
                  github.com port 22

Names
? inconclusive  10.0.0.53:53/tcp                    udp-no-reply      3.0 s
                inferred from: no answer in 3.0 s
                → ask the network team whether udp to 10.0.0.53 port 53 passes
- skip          dns-servers:53/tcp  not-configured, say who it is: --set
                                    dns_servers=HOST
                /etc/resolv.conf names no server

3 rules off: needs --with own-git (2); only for looker_version < 23.10 (1)
portcheck explain tcp-no-reply (or tcp-refused, udp-no-reply) tells more
FAIL: 1 of 5 mandatory checks failed, 1 inconclusive, 1 skipped, 1 warned, 1
passed; optional: 1 failed in 3.0 s (exit 1)
"
    );
}

#[test]
fn passes_that_are_alike_are_one_line_and_failures_are_not() {
    assert_eq!(
        shown(&before_installation(), &PLAIN),
        "
Inside the cluster
✓ pass     10.0.0.7, 74 rules        path open, nothing listens yet  41 ms
✗ FAIL     10.0.0.7:4000/tcp         tcp-no-reply                    3.0 s
✗ FAIL     10.0.0.7:4001/tcp         tcp-no-reply                    3.0 s
✗ FAIL     10.0.0.7:4002/tcp         tcp-no-reply                    3.0 s
           inferred from: no answer in 3.0 s
           → ask the network team to allow tcp to 10.0.0.7 port 4002
           likewise the 2 above
✗ FAIL     10.0.0.7:20123-32768/tcp  tcp-no-reply                    3.0 s
           no answer in 3.0 s
           16 ports tried, failed: 20123, 21000-21010
           → ask the network team to allow tcp to 10.0.0.7 port 20123

portcheck explain tcp-no-reply tells more
-v shows 73 more lines, folded above
FAIL: 4 of 78 mandatory checks failed, 74 passed in 3.0 s (exit 1)
"
    );
}

#[test]
fn failures_of_one_host_that_are_alike_are_one_line_with_their_ports() {
    let mut report = before_installation();
    let template = report.findings[75].clone();
    for number in 5000..5003 {
        let mut more = template.clone();
        more.rule = format!("demo.{number}");
        more.endpoint.port = PortField::Port(number);
        more.remedy = more
            .remedy
            .map(|it| it.replace("4001", &number.to_string()));
        report.findings.push(more);
    }
    assert_eq!(
        shown(&report, &PLAIN),
        "
Inside the cluster
✓ pass     10.0.0.7, 74 rules        path open, nothing listens yet  41 ms
✗ FAIL     10.0.0.7, 6 rules         tcp-no-reply                    3.0 s
           inferred from: no answer in 3.0 s
           → ask the network team to allow tcp to 10.0.0.7 port 4000
           likewise all of tcp 4000, 4001, 4002, 5000, 5001, 5002
✗ FAIL     10.0.0.7:20123-32768/tcp  tcp-no-reply                    3.0 s
           no answer in 3.0 s
           16 ports tried, failed: 20123, 21000-21010
           → ask the network team to allow tcp to 10.0.0.7 port 20123

portcheck explain tcp-no-reply tells more
-v shows 78 more lines, folded above
FAIL: 7 of 81 mandatory checks failed, 74 passed in 3.0 s (exit 1)
"
    );
}

#[test]
fn one_root_cause_is_said_once_and_first() {
    assert_eq!(
        shown(&offline(), &PLAIN),
        "
✗ dns-unreachable: no name server can be reached (10.0.0.53)
  10.0.0.53: no route
  → mend /etc/resolv.conf, or ask the network team to allow udp and tcp port 53
    from this machine to 10.0.0.53
  explains 3 checks

Looker server to the internet
✗ FAIL     3 hosts:443/tcp  Something  dns-unreachable  3.0 s

portcheck explain dns-unreachable tells more
-v shows 2 more lines, folded above
FAIL: 3 of 3 mandatory checks failed in 12 ms (exit 1)
"
    );
}

#[test]
fn rules_that_need_the_same_flag_are_one_line() {
    assert_eq!(
        shown(&unbound(), &PLAIN),
        "
Looker server to the internet
✓ pass     thoughtspot.egnyte.com:443/tcp  HTTPS  TLS 1.3  41 ms

Inside the cluster
- skip     nodes, 76 rules  not-configured, say who it is: --node HOST

-v shows 75 more lines, folded above
INCONCLUSIVE: 76 of 77 mandatory checks skipped, 1 passed in 3.0 s (exit 3)
"
    );
}

#[test]
fn an_interrupted_run_says_so() {
    assert_eq!(
        shown(&interrupted(), &PLAIN),
        "
Looker server to the internet
✓ pass          license.looker.com:443/tcp  Licensing  TLS 1.3      41 ms
? inconclusive  2 hosts:443/tcp             Something  interrupted
                the run ended before this was decided

portcheck explain interrupted tells more
-v shows 1 more line, folded above
INCONCLUSIVE: 2 of 3 mandatory checks inconclusive, 1 passed in 3.0 s, cut short
by SIGINT (exit 130)
"
    );
}

#[test]
fn an_endpoint_is_shown_as_it_was_typed() {
    assert_eq!(
        shown(&typed(), &PLAIN),
        "
Endpoints
✓ pass     tls://[::1]:8443?pki=private  TLS 1.3  41 ms
✓ pass     127.0.0.1:22                  TLS 1.3  41 ms

PASS: 2 of 2 mandatory checks passed in 3.0 s (exit 0)
"
    );
}

#[test]
fn typed_endpoints_stay_apart_although_one_root_cause_explains_them() {
    let mut report = typed();
    for finding in &mut report.findings {
        finding.verdict = Verdict::Fail;
        finding.cause = Some("tcp-refused".to_owned());
        finding.explained_by = Some("root".to_owned());
    }
    let text = table(&report, &PLAIN);
    assert_eq!(text.matches("FAIL  ").count(), 2, "{text}");
}

#[test]
fn verbose_folds_nothing_and_names_the_rules() {
    let verbose = Style {
        verbose: true,
        ..PLAIN
    };
    assert_eq!(
        shown(&all_green(), &verbose),
        "
Looker server to the internet
✓ pass     license.looker.com:443/tcp        Licensing           TLS 1.3  41 ms
           expires 2027-03-01
           rule demo.license.looker.com.443
✓ pass     errorssentry.looker.com:9000/tcp  System error repo…  open     41 ms
           rule demo.errorssentry.looker.com.9000

PASS: 2 of 2 mandatory checks passed in 3.0 s (exit 0)
"
    );
    let whole = table(&unbound(), &verbose);
    assert_eq!(whole.matches("- skip     nodes:").count(), 76);
    assert_eq!(whole.matches("rule demo.nodes.").count(), 76);
}

#[test]
fn a_terminal_without_unicode_gets_ascii() {
    let ascii = Style {
        unicode: false,
        ..PLAIN
    };
    for report in every() {
        assert!(table(&report, &ascii).is_ascii());
    }
    assert_eq!(
        shown(&offline(), &ascii),
        "
x dns-unreachable: no name server can be reached (10.0.0.53)
  10.0.0.53: no route
  -> mend /etc/resolv.conf, or ask the network team to allow udp and tcp port 53
     from this machine to 10.0.0.53
  explains 3 checks

Looker server to the internet
x FAIL     3 hosts:443/tcp  Something  dns-unreachable  3.0 s

portcheck explain dns-unreachable tells more
-v shows 2 more lines, folded above
FAIL: 3 of 3 mandatory checks failed in 12 ms (exit 1)
"
    );
}

#[test]
fn colour_adds_to_the_words_and_changes_none() {
    let colour = Style {
        colour: true,
        ..PLAIN
    };
    for report in every() {
        let coloured = table(&report, &colour);
        assert!(coloured.contains('\u{1b}'));
        let mut bare = String::new();
        for (index, part) in coloured.split('\u{1b}').enumerate() {
            bare.push_str(if index == 0 {
                part
            } else {
                part.split_once('m').unwrap().1
            });
        }
        assert_eq!(bare, table(&report, &PLAIN));
    }
}

#[test]
fn no_line_is_wider_than_the_page() {
    for width in [60, 72, 80, 100, 200] {
        for verbose in [false, true] {
            let style = Style {
                width,
                verbose,
                ..PLAIN
            };
            for report in every() {
                for line in table(&report, &style).lines() {
                    assert!(line.chars().count() <= width, "{width}: {line}");
                }
            }
        }
    }
}

#[test]
fn what_strangers_sent_is_shown_and_not_done() {
    let mut report = mixed();
    for finding in &mut report.findings {
        finding.evidence = vec!["\u{1b}[2Jgone\n".to_owned()];
        finding.service = "a\u{202e}b".to_owned();
        finding.section = "x\u{7}".to_owned();
        finding.endpoint.host = "h\r".to_owned();
    }
    let text = table(&report, &PLAIN);
    assert!(text.chars().all(|it| it == '\n' || !it.is_control()));
    assert!(text.contains("\\x1b[2Jgone\\x0a"));
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn a_strict_run_says_why_it_fails_without_a_failure() {
    let strict = Report {
        exit_code: 1,
        ..report(Verdict::Warn, 1, Vec::new())
    };
    assert_eq!(
        table(&strict, &PLAIN),
        "WARN: no mandatory check in 3.0 s (exit 1 by --strict)\n"
    );
}

#[test]
fn what_is_waived_is_marked_and_counted_apart() {
    let waived = Finding {
        waived: Some(crate::report::Waived {
            owner: "Jane".to_owned(),
            reason: "ticket 1".to_owned(),
            until: "2026-12-31".to_owned(),
        }),
        ..pass("Outside", "b.example", 443, "Files").judged(Told(
            Verdict::Fail,
            "tcp-refused",
            "connection refused",
            "start it",
        ))
    };
    let good = pass("Outside", "a.example", 443, "Web");
    let report = report(Verdict::Warn, 0, vec![good, waived]);
    let text = table(&report, &PLAIN);
    assert_eq!(
        text,
        "\
Outside
✓ pass     a.example:443/tcp  Web    TLS 1.3              41 ms
✗ fail     b.example:443/tcp  Files  tcp-refused, waived  3.0 s
           connection refused
           → start it
           waived by Jane until 2026-12-31: ticket 1

portcheck explain tcp-refused tells more
WARN: 1 of 2 mandatory checks passed, 1 waived in 3.0 s (exit 0)
"
    );
}
