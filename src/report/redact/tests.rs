use super::*;
use crate::{
    catalog::embedded,
    report::{
        Format,
        tests::{mixed, text},
    },
};

fn redactor() -> Redactor {
    Redactor::new(&embedded::catalogs().unwrap())
}

#[test]
fn addresses_and_names_are_the_same_pseudonym_everywhere() {
    let mut redactor = redactor();
    redactor.learn_host("relay");
    for (told, shown) in [
        (
            "no answer in 3.0 s from 203.0.113.9",
            "no answer in 3.0 s from ipv4-1",
        ),
        (
            "ask about 203.0.113.9, and db.corp.example.",
            "ask about ipv4-1, and host-1.",
        ),
        ("tcp-no-reply:2001:db8::7", "tcp-no-reply:ipv6-1"),
        ("[2001:db8::7]:443/tcp", "[ipv6-1]:443/tcp"),
        (
            "tcp-refused:DB.corp.example:25/tcp",
            "tcp-refused:host-1:25/tcp",
        ),
        ("udp to relay port 53", "udp to host-2 port 53"),
        ("10.0.0.1-10.0.0.9, 10.0.0.0/8", "ipv4-2-ipv4-3, ipv4-4/8"),
        (
            "tls://me:secret@db.corp.example:1/a?b=c",
            "tls://host-1:1/[redacted]",
        ),
        (
            "dns://203.0.113.9?name=a.corp&timeout=2s",
            "dns://ipv4-1?timeout=2s",
        ),
        ("`*.corp.example` stands", "`*.host-3` stands"),
        ("fe80::1: silent", "ipv6-2: silent"),
    ] {
        assert_eq!(redactor.text(told), shown);
    }
}

#[test]
fn what_is_public_or_no_name_stays() {
    let mut redactor = redactor();
    for told in [
        "license.looker.com:443/tcp",
        "`github.com` stands for every host of `*.github.com`",
        "mend /etc/resolv.conf, or ask",
        "one alternative is enough, and looker.current.licensing passes",
        "TLS 1.3, at 10:00:00, HTTP/1.1",
        "run there: portcheck run --profile looker-browser",
    ] {
        assert_eq!(redactor.text(told), told);
    }
}

#[test]
fn whom_a_certificate_names_is_a_pseudonym() {
    let mut redactor = redactor();
    for (told, shown) in [
        (
            "the certificate is issued by CN=Example Corp Proxy CA, O=Lab (that is Zscaler): this \
             machine trusts it, the public PKI does not",
            "the certificate is issued by name-1 (that is Zscaler): this machine trusts it, the \
             public PKI does not",
        ),
        (
            "certificate CN=a.corp, O=Us, issued by CN=Example Corp Proxy CA, O=Lab, valid until \
             2027-01-01",
            "certificate name-2, issued by name-1, valid until 2027-01-01",
        ),
        (
            "something else about CN=Us, of us",
            "something else about name-3",
        ),
    ] {
        assert_eq!(redactor.evidence(told), shown);
    }
}

#[test]
fn what_a_server_said_of_itself_is_left_out() {
    let mut redactor = redactor();
    for (told, shown) in [
        ("banner: 220 mailhost token=CANARY", "banner: [redacted]"),
        (
            "plain text came where TLS was due: CANARY",
            "plain text came where TLS was due: [redacted]",
        ),
        (
            "a proxy denies it (HTTP 403 CANARY)",
            "a proxy denies it (HTTP 403)",
        ),
        (
            "redirected to http://10.0.0.1/login?CANARY, an address inside this network",
            "redirected to http://ipv4-1/[redacted], an address inside this network",
        ),
        ("10.0.0.1: tcp-no-reply", "ipv4-1: tcp-no-reply"),
        ("stratum: 2", "stratum: 2"),
    ] {
        assert_eq!(redactor.evidence(told), shown);
    }
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
    report.findings[0]
        .evidence
        .push("banner: canary".to_owned());
    report.findings[1].remedy = Some("ask canary-san about it".to_owned());
    report.findings[4].waived = Some(crate::report::Waived {
        owner: "Canary Doe".to_owned(),
        reason: "ask canary".to_owned(),
        until: "2026-12-31".to_owned(),
    });
    let redacted = redactor().report(report.clone());
    let causes = |report: &Report| -> Vec<Option<String>> {
        report
            .findings
            .iter()
            .map(|finding| finding.cause.clone())
            .collect()
    };
    assert_eq!(causes(&redacted), causes(&report));
    for format in Format::ALL {
        let text = text(&redacted, format).to_ascii_lowercase();
        for secret in [
            "canary",
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
fn a_root_cause_and_what_it_explains_keep_their_tie() {
    let redacted = redactor().report(mixed());
    let root = &redacted.root_causes[0];
    let explained = redacted.findings.iter();
    let explained = explained.filter(|finding| finding.explained_by.as_ref() == Some(&root.id));
    assert_eq!(
        (root.id.as_str(), explained.count()),
        ("tcp-no-reply:host-2", 2)
    );
}

#[test]
fn a_bare_name_is_known_from_a_check_that_was_never_made() {
    let mut report = crate::report::tests::interrupted();
    let finding = report.findings.last_mut().unwrap();
    finding.endpoint.host = "canary".to_owned();
    finding.remedy = Some("ask for canary again".to_owned());
    let redacted = redactor().report(report);
    assert!(!text(&redacted, Format::Json).contains("canary"));
}

#[test]
fn a_group_that_nobody_has_named_is_no_name() {
    let mut redactor = redactor();
    let report = redactor.report(mixed());
    assert!(
        report
            .findings
            .iter()
            .any(|finding| finding.endpoint.host == "ldap-servers")
    );
}
