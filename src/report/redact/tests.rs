use super::*;
use crate::{
    catalog::embedded,
    fact::{
        Asked, ConnectFact, Day, Distinguished, Fact as Seen, Group, HttpStatus, Issuer, LocalFact,
        NameFact, PlanFact, Program, Rule, ServiceFact, Stranger, TlsFact,
    },
    report::{
        Format,
        fact::told,
        tests::{green, interrupted, mixed, text},
    },
};

fn redactor() -> Redactor {
    Redactor::new(&embedded::catalogs().unwrap())
}

/// The lines of these facts once they are redacted.
fn shown(redactor: &mut Redactor, seen: &[Seen]) -> Vec<String> {
    let (mut facts, mut lines) = told(seen);
    redactor.evidence(&mut lines, &mut facts);
    let joined: Vec<String> = facts.iter().map(|fact| words(&fact.parts)).collect();
    assert_eq!(lines, joined);
    lines
}

/// The report of one finding of the mixed report with other evidence.
fn report_of(seen: &[Seen], change: impl FnOnce(&mut Finding)) -> Report {
    let mut report = mixed();
    report.findings.truncate(1);
    report.root_causes.clear();
    let finding = &mut report.findings[0];
    (finding.facts, finding.evidence) = told(seen);
    change(finding);
    report
}

#[test]
fn what_was_seen_is_mapped_part_by_part() {
    let issuer = Distinguished::from("CN=Acme; Project Falcon Holding");
    let seen: [Seen; 9] = [
        NameFact::NoSuchName {
            asked: Asked(vec!["10.0.0.53".parse().unwrap()]),
            host: Part::host("nas.rack2"),
        }
        .into(),
        ConnectFact::GatewayMissing {
            hop: "fd00::1".parse().unwrap(),
        }
        .into(),
        TlsFact::TrustedHereOnly {
            issuer: Issuer {
                name: issuer.clone(),
                product: None,
            },
        }
        .into(),
        TlsFact::Expired {
            subject: issuer,
            day: Day(time::macros::datetime!(2026-11-20 0:00 UTC)),
        }
        .into(),
        ServiceFact::Says {
            label: "banner",
            words: Stranger::from("220 falcon"),
        }
        .into(),
        ServiceFact::PortalOnTheWay {
            status: HttpStatus {
                code: 511,
                reason: Stranger::from("Falcon"),
            },
        }
        .into(),
        LocalFact::ProgramListens {
            program: Program::from("falcond"),
            pid: 7,
            place: LocalFact::place(
                "10.0.0.53".parse().unwrap(),
                crate::net::Port::new(80).unwrap(),
            ),
        }
        .into(),
        LocalFact::NeededBy {
            rules: vec![
                Rule::from("looker.current.licensing"),
                Rule::from("falcon.a"),
            ],
        }
        .into(),
        PlanFact::OpenedElsewhere {
            from: Group::from("falcon-users"),
        }
        .into(),
    ];
    assert_eq!(
        shown(&mut redactor(), &seen),
        [
            "ipv4-1 says that host-1 does not exist (NXDOMAIN)",
            "the gateway ipv6-1 is not there: nobody answers for it on this machine's network",
            "the certificate is issued by name-1: this machine trusts it, the public PKI does not",
            "name-1 expired on 2026-11-20",
            "banner: [redacted]",
            "a portal on the way demands a login (HTTP 511 [redacted])",
            "program-1 (pid 7) at ipv4-1:80 listens",
            "needed by looker.current.licensing and rule-1",
            "the connection is opened by group-1, not by this machine",
        ]
    );
}

#[test]
fn hosts_of_every_form_are_pseudonyms_and_the_vendors_are_not() {
    let mut redactor = redactor();
    for (host, shown) in [
        ("nas.rack2", "host-1"),
        ("node4.dc1", "host-2"),
        ("srv.x", "host-3"),
        ("db.corp-lan", "host-4"),
        ("NAS.rack2", "host-1"),
        ("looker", "host-5"),
        ("*.corp.example", "*.host-6"),
        ("fe80::1%eth0", "ipv6-1"),
        ("license.looker.com", "license.looker.com"),
        ("*.github.com", "*.github.com"),
    ] {
        assert_eq!(redactor.host(host), shown, "{host}");
    }
}

#[test]
fn an_endpoint_as_typed_keeps_what_names_nobody() {
    let mut redactor = redactor();
    for (typed, shown) in [
        ("nas.rack2:80", "host-1:80"),
        ("https://nas.rack2/?expect=path&name=falcon", WITHHELD),
        (
            "https://nas.rack2?expect=path&timeout=2s",
            "https://host-1:443?expect=path&timeout=2s",
        ),
        ("dns://nas.rack2?name=falcon.corp", "dns://host-1:53"),
        ("icmp://10.0.0.7", "icmp://ipv4-1"),
        ("tls://[fd00::1]:1", "tls://ipv6-1:1"),
        ("no endpoint", WITHHELD),
    ] {
        assert_eq!(redactor.uri(typed), shown, "{typed}");
    }
}

#[test]
fn the_title_of_a_check_keeps_its_port() {
    let mut redactor = redactor();
    for (title, shown) in [
        ("falcon.a nas.rack2:443/tcp", "rule-1 host-1:443/tcp"),
        ("falcon.a [fd00::1]:443/tcp", "rule-1 ipv6-1:443/tcp"),
        ("falcon.b nas.rack2 icmp", "rule-2 host-1 icmp"),
        ("tcp://nas.rack2:1", "tcp://host-1:1"),
    ] {
        assert_eq!(redactor.check(title), shown, "{title}");
    }
}

#[test]
fn a_machines_name_and_addresses_have_one_pseudonym() {
    let seen = [NameFact::SomeAddressesFail { bad: 1, all: 2 }.into()];
    let redacted = redactor().report(report_of(&seen, |_| {}));
    let finding = &redacted.findings[0];
    let addresses = finding.addresses.iter().map(|it| it.address.as_str());
    assert_eq!(finding.endpoint.host, "host-2");
    assert_eq!(
        addresses.collect::<Vec<_>>(),
        ["host-2-ipv4", "host-2-ipv6"]
    );
}

#[test]
fn of_a_report_without_facts_only_what_is_provably_ours_stays() {
    let redacted = redactor().report(mixed());
    for (finding, before) in redacted.findings.iter().zip(&mixed().findings) {
        assert_eq!(finding.cause, before.cause);
        assert_eq!(finding.verdict, before.verdict);
        assert!(
            finding
                .evidence
                .iter()
                .all(|line| line == WITHHELD || Seen::is_ours(line)),
            "{:?}",
            finding.evidence
        );
    }
    assert_eq!(redacted.findings[0].evidence, [WITHHELD]);
    assert_eq!(
        redacted.findings[0].remedy.as_deref(),
        Some("see `portcheck explain tcp-no-reply`")
    );
    let root = &redacted.root_causes[0];
    assert_eq!((root.title.as_str(), root.explains), ("tcp-no-reply", 2));
}

#[test]
fn a_line_that_its_parts_do_not_say_is_left_out() {
    let seen = [ConnectFact::Open.into()];
    let report = report_of(&seen, |finding| {
        finding.evidence = vec!["falcon".to_owned()];
    });
    assert_eq!(redactor().report(report).findings[0].evidence, [WITHHELD]);
}

#[test]
fn what_is_redacted_twice_names_nobody_either() {
    let seen = [
        ServiceFact::Says {
            label: "banner",
            words: Stranger::from("falcon"),
        }
        .into(),
        ConnectFact::Open.into(),
    ];
    let once = redactor().report(report_of(&seen, |_| {}));
    let twice = redactor().report(once.clone());
    assert_eq!(twice.findings[0].evidence, ["banner: [redacted]", "open"]);
    assert_eq!(twice.findings[0].facts, once.findings[0].facts);
}

#[test]
fn no_format_of_a_redacted_report_has_a_name_or_an_address() {
    let mut report = mixed();
    report.findings[0].chain = vec![Certificate {
        subject: "CN=canary-subject, O=Canary".to_owned(),
        issuer: "CN=canary-issuer".to_owned(),
        names: vec!["canary-san".to_owned(), "*.example.com".to_owned()],
        not_before: "2026-01-01T00:00:00Z".to_owned(),
        not_after: "2027-01-01T00:00:00Z".to_owned(),
    }];
    report.findings[1].remedy = Some("ask canary-san about it".to_owned());
    report.findings[4].waived = Some(Waived {
        owner: "Canary Doe".to_owned(),
        reason: "ask canary".to_owned(),
        until: "2026-12-31".to_owned(),
    });
    report.findings[0].source = Some(Source {
        file: "canary/canary.yaml".to_owned(),
        line: 7,
        page: "Canary's ports".to_owned(),
        section: "Canary".to_owned(),
        url: Some("https://canary.example/".to_owned()),
    });
    report.off = vec![Off {
        rule: "canary.off".to_owned(),
        reason: "needs --with canary".to_owned(),
    }];
    let redacted = redactor().report(report);
    for format in Format::ALL {
        let text = text(&redacted, format).to_ascii_lowercase();
        for secret in [
            "canary",
            "demo",
            "example.com",
            "node-1",
            "203.0.113",
            "10.0.0",
            "2001:db8",
        ] {
            assert!(!text.contains(secret), "{format:?} has {secret}");
        }
    }
}

#[test]
fn what_the_built_in_catalogs_say_stays() {
    let catalogs = embedded::catalogs().unwrap();
    let catalog = catalogs.iter().next().unwrap();
    let rule = &catalog.rules[0];
    let mut report = green();
    report.findings.truncate(1);
    let finding = &mut report.findings[0];
    finding.rule.clone_from(&rule.id);
    finding.catalog = Some(catalog.name.clone());
    finding.section.clone_from(&rule.source.heading);
    finding.service.clone_from(&rule.service);
    finding.from = Some(rule.from.clone());
    finding.to = Some(rule.to.clone());
    let page = &catalog.pages[&rule.source.page];
    finding.source = Some(Source {
        file: catalog.file.clone(),
        line: rule.source.line,
        page: page.title.clone(),
        section: rule.source.section.clone(),
        url: page.url.clone(),
    });
    let expected = report.findings[0].clone();
    let redacted = redactor().report(report);
    let finding = &redacted.findings[0];
    assert_eq!(
        (
            &finding.rule,
            &finding.catalog,
            &finding.section,
            &finding.service
        ),
        (
            &expected.rule,
            &expected.catalog,
            &expected.section,
            &expected.service
        )
    );
    assert_eq!((&finding.from, &finding.to), (&expected.from, &expected.to));
    assert_eq!(finding.source, expected.source);
}

#[test]
fn a_root_cause_and_what_it_explains_keep_their_tie() {
    let redacted = redactor().report(mixed());
    let root = &redacted.root_causes[0];
    let explained = redacted.findings.iter();
    let explained = explained.filter(|finding| finding.explained_by.as_ref() == Some(&root.id));
    assert_eq!((root.id.as_str(), explained.count()), ("tcp-no-reply:1", 2));
}

#[test]
fn a_name_of_a_check_that_was_never_made_is_one() {
    let mut report = interrupted();
    let finding = report.findings.last_mut().unwrap();
    finding.endpoint.host = "canary".to_owned();
    finding.remedy = Some("ask for canary again".to_owned());
    let redacted = redactor().report(report);
    assert!(!text(&redacted, Format::Json).contains("canary"));
}

#[test]
fn a_group_that_nobody_has_named_is_a_group() {
    let report = redactor().report(mixed());
    let unbound = report
        .findings
        .iter()
        .find(|it| it.cause.as_deref() == Some(Cause::NotConfigured.code()));
    let unbound = unbound.unwrap();
    assert_eq!(Some(&unbound.endpoint.host), unbound.to.as_ref());
    assert!(unbound.endpoint.host.starts_with("group-"));
}
