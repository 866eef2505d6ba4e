use serde_json::Value;

use super::*;

fn report(name: &str) -> Report {
    let file = format!("{}/tests/reports/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Report::from_json(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn set(report: &mut Report, rule: &str, verdict: Verdict, cause: Option<&str>) {
    let finding = report
        .findings
        .iter_mut()
        .find(|finding| finding.rule == rule);
    let finding = finding.unwrap();
    finding.verdict = verdict;
    finding.cause = cause.map(str::to_owned);
    finding.explained_by = None;
}

/// A day later: one check broke, one has another cause, one is fixed, one is gone, two are new.
fn later() -> Report {
    let mut report = report("mixed");
    report.started = "2026-11-21T10:00:00Z".to_owned();
    set(
        &mut report,
        "demo.nodes.ping",
        Verdict::Fail,
        Some("icmp-no-reply"),
    );
    set(
        &mut report,
        "demo.updates",
        Verdict::Fail,
        Some("dns-timeout"),
    );
    set(&mut report, "demo.mail", Verdict::Pass, None);
    set(&mut report, "demo.ldap", Verdict::Pass, None);
    let mut added = report.findings[5].clone();
    added.rule = "demo.nodes.added".to_owned();
    report.findings.push(added);
    report.findings.retain(|finding| finding.rule != "demo.git");
    report
}

#[test]
fn what_is_not_needed_any_more_is_fixed_and_never_broken() {
    let fails = report("mixed");
    let mut needless = report("mixed");
    set(
        &mut needless,
        "demo.mail",
        Verdict::Skip,
        Some("not-needed"),
    );
    let mut passes = report("mixed");
    set(&mut passes, "demo.mail", Verdict::Pass, None);
    let told = |old: &Report, new: &Report| -> Vec<Kind> {
        diff(old, new).changes.iter().map(|it| it.kind).collect()
    };
    assert_eq!(told(&fails, &needless), [Kind::Fixed]);
    assert_eq!(told(&passes, &needless), []);
    assert_eq!(told(&needless, &passes), []);
    assert_eq!(told(&needless, &fails), [Kind::Broken]);
}

#[test]
fn a_failure_that_does_not_gate_was_a_warning_in_earlier_versions_and_is_not_broken() {
    let (mut old, mut new) = (report("mixed"), report("mixed"));
    set(&mut old, "demo.mail", Verdict::Warn, Some("tcp-refused"));
    set(&mut new, "demo.mail", Verdict::Fail, Some("tcp-refused"));
    let is_mail = |finding: &&mut Finding| finding.rule == "demo.mail";
    let mail = new.findings.iter_mut().find(is_mail).unwrap();
    mail.gates = Some(false);
    assert_eq!(diff(&old, &new).changes, []);
}

fn text(diff: &Diff, format: Format) -> String {
    let style = Style {
        width: 100,
        colour: false,
        unicode: true,
        verbose: false,
    };
    let mut out = Vec::new();
    write(diff, format, &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn kinds(diff: &Diff) -> Vec<(Kind, &str)> {
    let changes = diff.changes.iter();
    changes
        .map(|change| (change.kind, change.rule.as_str()))
        .collect()
}

#[test]
fn each_change_has_its_kind() {
    let diff = diff(&report("mixed"), &later());
    assert_eq!(
        kinds(&diff),
        [
            (Kind::Broken, "demo.nodes.ping"),
            (Kind::New, "demo.ldap"),
            (Kind::New, "demo.nodes.added"),
            (Kind::OtherCause, "demo.updates"),
            (Kind::Fixed, "demo.mail"),
            (Kind::Gone, "demo.git"),
        ]
    );
    assert_eq!(diff.summary.unchanged, 4);
    assert_eq!(diff.exit_code(), 1);
}

#[test]
fn a_report_is_no_worse_than_itself() {
    for name in ["green", "mixed", "interrupted"] {
        let report = report(name);
        let diff = diff(&report, &report);
        assert_eq!((kinds(&diff), diff.exit_code()), (Vec::new(), 0));
    }
}

#[test]
fn the_way_back_is_the_other_way_round() {
    let back = diff(&later(), &report("mixed"));
    assert_eq!(
        kinds(&back),
        [
            (Kind::Broken, "demo.mail"),
            (Kind::New, "demo.git"),
            (Kind::OtherCause, "demo.updates"),
            (Kind::Fixed, "demo.nodes.ping"),
            (Kind::Gone, "demo.ldap"),
            (Kind::Gone, "demo.nodes.added"),
        ]
    );
}

#[test]
fn what_is_fixed_or_new_and_good_is_not_worse() {
    let (old, mut new) = (report("mixed"), report("mixed"));
    set(&mut new, "demo.mail", Verdict::Pass, None);
    set(&mut new, "demo.ldap", Verdict::Warn, Some("high-latency"));
    assert_eq!(diff(&old, &new).exit_code(), 0);
}

#[test]
fn what_worked_and_is_gone_leaves_the_comparison_open() {
    let (old, mut new) = (report("mixed"), report("mixed"));
    // What failed cannot be worse than that.
    new.findings.retain(|finding| finding.rule != "demo.mail");
    assert_eq!(diff(&old, &new).exit_code(), 0);
    new.findings.retain(|finding| finding.rule != "demo.git");
    let open = diff(&old, &new);
    assert_eq!((open.worse, open.lost, open.exit_code()), (false, 1, 3));
    let gated = new.clone().gated_by(open.baseline());
    assert_eq!(gated.exit_code, 3);
    let table = text(&open, Format::Table);
    assert!(
        table.ends_with(
            "UNKNOWN: 2 gone, 6 unchanged; 1 check that worked was not made again (exit 3)\n"
        ),
        "{table}"
    );
    new.profiles = vec!["demo-other".into()];
    let told = "other profiles: demo-server before, demo-other now\n";
    let table = text(&diff(&old, &new), Format::Table);
    assert!(table.contains(told), "{table}");
    // An alternative that works makes it moot.
    let mut moot = old.clone();
    set(&mut moot, "demo.git", Verdict::Skip, Some("not-needed"));
    assert_eq!(diff(&old, &moot).exit_code(), 0);
}

#[test]
fn the_same_check_twice_is_compared_one_by_one() {
    let (mut old, mut new) = (report("green"), report("green"));
    for report in [&mut old, &mut new] {
        let again = report.findings[0].clone();
        report.findings.push(again);
    }
    new.findings[3].verdict = Verdict::Fail;
    let diff = diff(&old, &new);
    assert_eq!(kinds(&diff), [(Kind::Broken, "demo.licence")]);
    assert_eq!(diff.summary.unchanged, 3);
}

#[test]
fn what_a_root_cause_explains_is_told_once() {
    let mut old = report("mixed");
    set(&mut old, "demo.licence", Verdict::Pass, None);
    set(&mut old, "demo.updates", Verdict::Pass, None);
    assert_eq!(text(&diff(&old, &report("mixed")), Format::Table), "\
✗ tcp-no-reply: nothing is heard from licence.example.com (2 checks)
\x20 no answer in 3.0 s from 203.0.113.9
\x20 → check that licence.example.com is up, then ask the network team what blocks everything from here
\x20   to it

Broken
✗ demo.licence licence.example.com:443/tcp: pass → fail tcp-no-reply
✗ demo.updates licence.example.com:80/tcp: pass → fail tcp-no-reply

from node-1 2026-11-20T10:00:00Z to node-1 2026-11-20T10:00:00Z
WORSE: 2 broken, 6 unchanged (exit 1)
");
}

#[test]
fn the_table_names_what_broke_first_and_sums_up_last() {
    assert_eq!(
        text(&diff(&report("mixed"), &later()), Format::Table),
        "\
Broken
✗ demo.nodes.ping 2001:db8::7 icmp: pass → fail icmp-no-reply
\x20 answered in 2 ms

New
✓ demo.ldap ldap-servers:389/tcp: pass
✗ demo.nodes.added 10.0.0.7:20123-32768/tcp: fail rejected-by-firewall
\x20 10.0.0.1 answers with ICMP administratively prohibited
\x20 → ask the network team to allow tcp from this machine to 10.0.0.7 ports 20123-32768

Other cause
! demo.updates licence.example.com:80/tcp: fail tcp-no-reply → fail dns-timeout
\x20 no answer in 3.0 s from 203.0.113.9
\x20 → ask the network team

Fixed
✓ demo.mail smtp.example.com:587/tcp: fail tcp-refused → pass

Gone
- demo.git github.example.com:443/tcp: warn tls-intercepted

from node-1 2026-11-20T10:00:00Z to node-1 2026-11-21T10:00:00Z
WORSE: 1 broken, 2 new, 1 other cause, 1 fixed, 1 gone, 4 unchanged (exit 1)
"
    );
}

#[test]
fn the_markdown_fits_a_ticket() {
    assert_eq!(
        text(&diff(&report("mixed"), &later()), Format::Markdown),
        "\
## portcheck diff: worse

**1 broken, 2 new, 1 other cause, 1 fixed, 1 gone, 4 unchanged**

from node-1 2026-11-20T10:00:00Z (fail) to node-1 2026-11-21T10:00:00Z (fail)

| | check | before | now | what was seen | what to do |
| --- | --- | --- | --- | --- | --- |
| **broken** | `demo.nodes.ping 2001:db8::7 icmp` | pass | fail `icmp-no-reply` | answered in 2 ms |  |
| new | `demo.ldap ldap-servers:389/tcp` |  | pass |  |  |
| **new** | `demo.nodes.added 10.0.0.7:20123-32768/tcp` |  | fail `rejected-by-firewall` | 10.0.0.1 answers with ICMP administratively prohibited | ask the network team to allow tcp from this machine to 10.0.0.7 ports 20123-32768 |
| other cause | `demo.updates licence.example.com:80/tcp` | fail `tcp-no-reply` | fail `dns-timeout` | no answer in 3.0 s from 203.0.113.9 | ask the network team |
| fixed | `demo.mail smtp.example.com:587/tcp` | fail `tcp-refused` | pass |  |  |
| gone | `demo.git github.example.com:443/tcp` | warn `tls-intercepted` |  |  |  |
"
    );
}

#[test]
fn the_json_has_every_change_with_both_states() {
    let json = text(&diff(&report("mixed"), &later()), Format::Json);
    let value: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["schema"], SCHEMA);
    assert_eq!(
        value["changes"][0],
        serde_json::json!({
            "kind": "broken", "rule": "demo.nodes.ping", "service": "Ping", "level": "mandatory",
            "endpoint": "2001:db8::7 icmp",
            "old": {"verdict": "pass", "cause": null},
            "new": {"verdict": "fail", "cause": "icmp-no-reply"},
            "explained_by": null, "evidence": ["answered in 2 ms"], "remedy": null,
        })
    );
    assert_eq!(
        value["summary"],
        serde_json::json!({
            "broken": 1, "new": 2, "other_cause": 1, "fixed": 1, "gone": 1, "unchanged": 4,
        })
    );
}

#[test]
fn what_a_stranger_sent_acts_in_no_format() {
    let diff = diff(&report("green"), &report("mixed"));
    for format in Format::ALL {
        let text = text(&diff, format);
        assert!(!text.contains(['\u{1b}', '\0', '\u{202e}']), "{format:?}");
        assert!(text.contains("x1b"), "{format:?}");
    }
}

#[test]
fn what_breaks_and_is_waived_is_shown_and_is_not_worse() {
    let mut later = report("mixed");
    set(
        &mut later,
        "demo.nodes.ping",
        Verdict::Fail,
        Some("icmp-no-reply"),
    );
    let broken = |finding: &&mut Finding| finding.rule == "demo.nodes.ping";
    let finding = later.findings.iter_mut().find(broken).unwrap();
    finding.waived = Some(report::Waived {
        owner: "Jane Doe".to_owned(),
        reason: "ticket 4711".to_owned(),
        until: "2026-12-31".to_owned(),
    });
    let diff = diff(&report("mixed"), &later);
    assert_eq!(kinds(&diff), [(Kind::Broken, "demo.nodes.ping")]);
    assert_eq!((diff.exit_code(), diff.baseline().worse), (0, false));
    let now = diff.baseline().changes[0].now.clone();
    assert_eq!(now.as_deref(), Some("fail icmp-no-reply (waived)"));
    assert!(text(&diff, Format::Markdown).contains("fail `icmp-no-reply` (waived)"));
}
