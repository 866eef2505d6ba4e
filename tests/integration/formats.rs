//! Every format of a real run, and what comes with it.

use std::fs;

use ::portcheck::report::Format;

use crate::{Portcheck, peer::Peer};

/// What the first line of a format begins with, and the exit code of a run that failed.
fn told(format: Format, uri: &str) -> (String, i32) {
    let (start, code) = match format {
        Format::Table => ("Endpoints\n".into(), 1),
        Format::Json | Format::Sarif => ("{".into(), 1),
        Format::Ndjson => (format!("{{\"rule\":\"{uri}\","), 1),
        Format::Junit => ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>".into(), 1),
        Format::Tap => ("TAP version 14".into(), 1),
        Format::Markdown => ("## portcheck on ".into(), 1),
        Format::Html => ("<!DOCTYPE html>".into(), 1),
        Format::Csv => ("machine,started,rule,".into(), 1),
        Format::Prometheus => ("# HELP portcheck_".into(), 1),
        Format::Nagios => ("PORTCHECK CRITICAL - 1 failed; ".into(), 2),
        Format::Github => ("::error title=".into(), 1),
    };
    (start, code)
}

#[test]
fn every_format_begins_as_it_must_and_keeps_its_exit_code() {
    let peer = Peer::closed();
    let uri = peer.uri("tcp");
    let mut wrong = Vec::new();
    for format in Format::ALL {
        let (start, code) = told(format, &uri);
        let printed = Portcheck::new(&["probe", &uri, "--format", format.word()])
            .exits(code)
            .prints_anything()
            .run();
        if !printed.stdout.starts_with(&start) || !printed.stdout.ends_with('\n') {
            wrong.push(format!("{}: {:.300}", format.word(), printed.stdout));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_workflow_gets_the_markdown_behind_what_its_summary_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("summary.md");
    let report = format!("{}/tests/reports/green", env!("CARGO_MANIFEST_DIR"));
    let saved = format!("{report}.json");
    let markdown = Portcheck::new(&["report", &saved, "--format", "markdown"])
        .prints_anything()
        .run()
        .stdout;
    fs::write(&path, "before\n").unwrap();
    for format in ["github", "table"] {
        Portcheck::new(&["report", &saved, "--format", format])
            .env("GITHUB_STEP_SUMMARY", path.to_str().unwrap())
            .prints_anything()
            .run();
    }
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        format!("before\n{markdown}")
    );
}

#[test]
fn a_summary_that_cannot_be_written_is_exit_code_4_and_the_annotations_are_there() {
    let peer = Peer::accepting();
    let probe = ["probe", &peer.uri("tcp"), "--format", "github"];
    let printed = Portcheck::new(&probe)
        .env("GITHUB_STEP_SUMMARY", "/no/such/summary.md")
        .exits(4)
        .prints_anything()
        .tells("error: cannot write `/no/such/summary.md`: there is no such file or directory\n")
        .run();
    assert!(
        printed
            .stdout
            .starts_with("::notice title=portcheck::pass: "),
        "{}",
        printed.stdout
    );
}

#[test]
fn an_empty_name_of_a_summary_is_none() {
    let peer = Peer::accepting();
    Portcheck::new(&["probe", &peer.uri("tcp"), "--format", "github"])
        .env("GITHUB_STEP_SUMMARY", "")
        .prints_anything()
        .run();
}
