//! Saved reports: printed again in another format, and compared.

use std::fs;

use crate::{Portcheck, peer::Peer};

/// The path of a report of the fixtures.
fn saved(name: &str) -> String {
    format!("{}/tests/reports/{name}.json", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn a_saved_report_is_printed_in_every_format() {
    for format in ["csv", "junit", "prometheus", "sarif", "tap"] {
        let approved = fs::read_to_string(saved("green").replace(".json", &format!(".{format}")));
        Portcheck::new(&["report", &saved("green"), "--format", format])
            .prints(&approved.unwrap())
            .run();
    }
}

#[test]
fn a_saved_report_may_be_piped_in() {
    let mut piped = Portcheck::new(&["report", "-", "--format", "nagios"]).prints_anything();
    piped
        .command()
        .stdin(std::fs::File::open(saved("green")).unwrap());
    let piped = piped.run();
    let named = Portcheck::new(&["report", &saved("green"), "--format", "nagios"])
        .prints_anything()
        .run();
    assert_eq!(piped.stdout, named.stdout);
    Portcheck::new(&["diff", "-", "-"])
        .exits(2)
        .tells_anything()
        .run();
}

#[test]
fn a_report_compared_with_itself_is_no_worse() {
    let green = saved("green");
    let printed = Portcheck::new(&["diff", &green, &green])
        .prints_anything()
        .run();
    let verdict = printed.stdout.lines().last().unwrap().to_owned();
    assert!(verdict.starts_with("NO WORSE: "), "{verdict}");
    assert!(verdict.ends_with("unchanged (exit 0)"), "{verdict}");
}

#[test]
fn a_check_that_broke_makes_the_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let peer = Peer::closed();
    let uri = format!("tcp://127.0.0.1:{}", peer.port());
    let probe = |expect: &str, code: i32| {
        let options = ["probe", &uri, "--expect", expect, "--format", "json"];
        let probe = Portcheck::new(&options).exits(code).prints_anything();
        probe.run().stdout
    };
    fs::write(path("old"), probe("path", 0)).unwrap();
    fs::write(path("new"), probe("service", 1)).unwrap();
    let diff = ["diff", &path("old"), &path("new"), "--format", "json"];
    let printed = Portcheck::new(&diff).exits(1).prints_anything().run();
    let diff: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(diff["schema"], "portcheck.diff/1");
    assert_eq!(diff["changes"][0]["rule"], uri.as_str());
    assert_eq!(diff["changes"][0]["kind"], "broken");
}

#[test]
fn what_is_no_report_is_the_users_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no.json");
    fs::write(&path, "{]").unwrap();
    let path = path.to_str().unwrap();
    let printed = Portcheck::new(&["diff", path, path])
        .exits(2)
        .tells_anything()
        .run();
    assert!(
        printed
            .stderr
            .starts_with(&format!("error: `{path}`: not a report: ")),
        "{}",
        printed.stderr
    );
}

#[test]
fn a_newer_report_is_told_from_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.json");
    let name = path.to_str().unwrap();
    for (text, why) in [
        (
            r#"{"schema": "portcheck.report/2"}"#,
            "schema `portcheck.report/2` is newer than this portcheck",
        ),
        (
            r#"{"schema": "portcheck.diff/1"}"#,
            "this is not a portcheck report",
        ),
    ] {
        fs::write(&path, text).unwrap();
        Portcheck::new(&["report", name])
            .exits(2)
            .tells(&format!("error: `{name}`: {why}\n"))
            .run();
    }
}

#[test]
fn what_a_file_has_instead_of_a_report_is_shown_and_not_done() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hostile.json");
    let green = fs::read_to_string(saved("green")).unwrap();
    let hostile = green.replacen(r#""verdict": "pass""#, r#""verdict": "\u001b[2J""#, 1);
    assert_ne!(hostile, green);
    fs::write(&path, hostile).unwrap();
    let printed = Portcheck::new(&["report", path.to_str().unwrap()])
        .exits(2)
        .tells_anything()
        .run();
    assert!(!printed.stderr.contains('\x1b'), "{:?}", printed.stderr);
    assert!(printed.stderr.contains(r"`\x1b[2J`"), "{}", printed.stderr);
}

#[test]
fn nagios_has_exit_codes_of_its_own() {
    let peer = Peer::closed();
    let uri = format!("tcp://127.0.0.1:{}", peer.port());
    let printed = Portcheck::new(&["probe", &uri, "--format", "nagios"])
        .exits(2)
        .prints_anything()
        .run();
    assert!(
        printed
            .stdout
            .starts_with("PORTCHECK CRITICAL - 1 failed; "),
        "{}",
        printed.stdout
    );
}

#[test]
fn several_reports_are_one_matrix() {
    let (green, mixed) = (saved("green"), saved("mixed"));
    let printed = Portcheck::new(&["report", &green, &mixed, "--format", "json"])
        .prints_anything()
        .run();
    let matrix: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(matrix["schema"], "portcheck.matrix/1");
    let cells = &matrix["rows"][0]["cells"];
    assert_eq!(cells[0]["verdict"], "pass");
    assert_eq!(cells[1]["cause"], "tcp-no-reply");
    Portcheck::new(&["report", &green, &mixed, "--format", "tap"])
        .exits(2)
        .tells(
            "error: `--format`: got `tap`, expected `table`, `json`, `markdown`, `html` or `csv`: \
             several reports are one matrix\n",
        )
        .run();
    let missing = Portcheck::new(&["report", &green, "/no/1", "/no/2"]).exits(2);
    missing
        .tells(
            "error: cannot read `/no/1`: there is no such file or directory\nerror: cannot read \
             `/no/2`: there is no such file or directory\n",
        )
        .run();
}
