//! Each format by its field's own tool, on three saved runs: all green, mixed, interrupted.
//!
//! A tool that is not installed is skipped, aloud; with `PORTCHECK_FORMATS` that is a failure.
//! `tests/formats/packages.txt` has the packages.

use std::{
    env, fs,
    io::ErrorKind,
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::Portcheck;

const PYTHON: &str = "/usr/bin/python3";

const REPORTS: [&str; 3] = ["green", "mixed", "interrupted"];

/// A file of the repository.
pub(crate) fn file(name: &str) -> String {
    format!("{}/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// A saved run in a format.
fn printed(report: &str, format: &str) -> String {
    let saved = file(&format!("tests/reports/{report}.json"));
    Portcheck::new(&["report", &saved, "--format", format])
        .prints_anything()
        .run()
        .stdout
}

/// What a tool answers; `None` where it is not installed.
pub(crate) fn answer(command: &mut Command) -> Option<Output> {
    match command.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let tool = command.get_program().display().to_string();
            assert!(
                env::var_os("PORTCHECK_FORMATS").is_none(),
                "{tool} is not installed"
            );
            eprintln!("skipped: {tool} is not installed");
            None
        }
        output => Some(output.unwrap()),
    }
}

/// Whether the system's own Python has a module: the packages are Debian's.
fn python_has(module: &str) -> bool {
    let script = format!("import {module}");
    let Some(answer) = answer(Command::new(PYTHON).args(["-c", &script])) else {
        return false;
    };
    if !answer.status.success() {
        assert!(
            env::var_os("PORTCHECK_FORMATS").is_none(),
            "{PYTHON} has no module {module}"
        );
        eprintln!("skipped: {PYTHON} has no module {module}");
    }
    answer.status.success()
}

/// Holds a tool to having nothing to say about a format of each run.
fn is_content(tool: &str, arguments: &[&str], format: &str) {
    let folder = tempfile::tempdir().unwrap();
    for report in REPORTS {
        let path = folder.path().join(format!("{report}.{format}"));
        fs::write(&path, printed(report, format)).unwrap();
        let Some(answer) = answer(Command::new(tool).args(arguments).arg(&path)) else {
            return;
        };
        let said = [answer.stdout, answer.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(answer.status.success(), "{tool}, {report}: {said}");
    }
}

#[test]
fn junit_is_valid_by_the_schema_of_jenkins() {
    let schema = file("tests/formats/junit-10.xsd");
    is_content("xmllint", &["--noout", "--schema", &schema], "junit");
}

#[test]
fn sarif_is_valid_by_its_schema() {
    let script = "import json, sys; from jsonschema import Draft7Validator as V; \
        schema, document = (json.load(open(name)) for name in sys.argv[1:]); \
        V.check_schema(schema); V(schema).validate(document)";
    let schema = file("tests/formats/sarif-schema-2.1.0.json");
    if python_has("jsonschema") {
        is_content(PYTHON, &["-c", script, &schema], "sarif");
    }
}

#[test]
fn a_report_is_valid_by_the_schema_that_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("schema.json");
    let schema = Portcheck::new(&["report", "--schema"])
        .prints_anything()
        .run();
    fs::write(&path, schema.stdout).unwrap();
    let script = "import json, sys; from jsonschema import Draft202012Validator as V; \
        schema, document = (json.load(open(name)) for name in sys.argv[1:]); \
        V.check_schema(schema); V(schema).validate(document)";
    let arguments = ["-c", script, path.to_str().unwrap()];
    if python_has("jsonschema") {
        is_content(PYTHON, &arguments, "json");
    }
}

#[test]
fn tap_is_read_by_perls_harness_to_the_last_point() {
    // It knows version 13; what 14 adds are subtests, of which there are none.
    let script = "local $/; my $tap = <>; $tap =~ s/^TAP version 14/TAP version 13/; \
        my $parser = TAP::Parser->new({ tap => $tap }); \
        while (my $part = $parser->next) { die $part->raw if $part->is_unknown } \
        die $parser->parse_errors if $parser->parse_errors; \
        die 'points' unless $parser->tests_run == $parser->tests_planned";
    is_content("perl", &["-MTAP::Parser", "-e", script], "tap");
}

#[test]
fn promtool_has_nothing_to_say_about_the_metrics() {
    let script = "promtool check metrics <\"$0\"";
    if answer(Command::new("promtool").arg("--version")).is_some() {
        is_content("sh", &["-c", script], "prometheus");
    }
}

#[test]
fn tidy_has_nothing_to_say_about_the_page() {
    is_content("tidy", &["-e", "-q", "--drop-empty-elements", "no"], "html");
}

/// The page as Chromium has it once it is loaded.
fn dom(page: &Path) -> Option<String> {
    let profile = tempfile::tempdir().unwrap();
    let mut chromium = Command::new("chromium");
    chromium
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"])
        .args(["--no-first-run", "--enable-logging=stderr"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()));
    let answer = answer(&mut chromium)?;
    // What the page's policy refuses is told on its console.
    let log = String::from_utf8_lossy(&answer.stderr);
    assert!(!log.contains("CONSOLE"), "{log}");
    Some(String::from_utf8(answer.stdout).unwrap())
}

#[test]
fn chromium_shows_every_check_with_scripts_and_without() {
    let folder = tempfile::tempdir().unwrap();
    for (report, checks) in [("green", 3), ("mixed", 10), ("interrupted", 3)] {
        let page = folder.path().join(format!("{report}.html"));
        let whole = printed(report, "html");
        // Chromium dumps no page whose scripts are switched off: one without its script is the same.
        let (still, _) = whole.split_once("<script>").unwrap();
        for (text, has_scripts) in [(whole.as_str(), true), (still, false)] {
            fs::write(&page, text).unwrap();
            let Some(dom) = dom(&page) else { return };
            assert_eq!(dom.matches("<li class=\"").count(), checks, "{report}");
            let shown = format!("{checks} of {checks} shown");
            assert_eq!(dom.contains(&shown), has_scripts, "{report}");
            let hides_tools = dom.contains("id=\"tools\" hidden");
            assert_eq!(hides_tools, !has_scripts, "{report}");
        }
    }
}
