//! The command line itself: what is refused, and in which words.

use crate::Portcheck;

#[test]
fn a_near_miss_is_put_right() {
    Portcheck::new(&["rum"])
        .exits(2)
        .tells(
            "error: unknown command `rum`\n\
             help: did you mean `run`?\n\
             help: `portcheck --help` lists the commands\n",
        )
        .run();
    Portcheck::new(&["run", "--profil", "x"])
        .exits(2)
        .tells(
            "error: unknown option `--profil`\n\
             help: did you mean `--profile`?\n\
             help: `portcheck run --help` lists the options\n",
        )
        .run();
}

#[test]
fn a_format_that_is_not_there_names_those_that_are() {
    Portcheck::new(&["probe", "--format", "pdf", "127.0.0.1:1"])
        .exits(2)
        .tells(
            "error: `--format`: got `pdf`, expected `table`, `json`, `ndjson`, `junit`, `tap`, `sarif`, \
             `markdown`, `html`, `csv`, `prometheus`, `nagios` or `github`\n",
        )
        .run();
    Portcheck::new(&["probe", "--output", "pdf=x.pdf", "127.0.0.1:1"])
        .exits(2)
        .tells(
            "error: `--output`: unknown format `pdf`, expected `table`, `json`, `ndjson`, `junit`, `tap`, `sarif`, \
             `markdown`, `html`, `csv`, `prometheus`, `nagios` or `github`\n\
             help: a file with `=` in its name is written `./name=rest`\n",
        )
        .run();
}

#[test]
fn every_wrong_value_is_told_at_once() {
    let arguments = [
        "probe",
        "127.0.0.1:1",
        "--timeout=0",
        "--deadline=-1s",
        "--attempts=1000",
        "--concurrency=many",
        "--resolver=dns.example",
        "--source=eth0",
        "--output=json=",
    ];
    Portcheck::new(&arguments)
        .exits(2)
        .tells(
            "error: `--source`: got `eth0`, expected an address of this machine such as `10.0.0.7`\n\
             error: `--timeout`: got `0`, expected 1 ms to 5 min 0 s\n\
             error: `--attempts`: got `1000`, expected a number from 1 to 100\n\
             error: `--concurrency`: got `many`, expected a number from 1 to 65535\n\
             error: `--deadline`: got `-1s`, expected a duration such as `3s`, `500ms` or `2` (seconds)\n\
             error: `--resolver`: got `dns.example`, expected an address such as `10.0.0.53` or `[::1]:5353`\n\
             error: `--output`: the name of the file is empty\n",
        )
        .run();
}

#[test]
fn nothing_typed_is_answered_by_the_short_help() {
    let printed = Portcheck::new(&["--help"]).prints_anything().run();
    assert!(printed.stdout.contains("Exit codes:"), "{}", printed.stdout);
    let short = Portcheck::new(&["-h"]).prints_anything().run();
    assert!(!short.stdout.contains("[env:"), "{}", short.stdout);
    Portcheck::new(&[]).exits(2).tells(&short.stdout).run();
}

#[test]
fn an_empty_environment_variable_counts_as_unset() {
    Portcheck::new(&["--version"])
        .env("PORTCHECK_COLOR", "")
        .prints(concat!("portcheck ", env!("CARGO_PKG_VERSION"), "\n"))
        .run();
}

#[test]
fn an_environment_variable_stands_for_its_option() {
    Portcheck::new(&["probe", "127.0.0.1:1"])
        .env("PORTCHECK_TIMEOUT", "soon")
        .exits(2)
        .tells("error: `--timeout`: got `soon`, expected a duration such as `3s`, `500ms` or `2` (seconds)\n")
        .run();
}

#[test]
fn completions_and_the_manual_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let printed = Portcheck::new(&["completions", shell])
            .prints_anything()
            .run();
        assert!(printed.stdout.contains("full-ranges"), "{shell}");
    }
    let page = Portcheck::new(&["man"]).prints_anything().run().stdout;
    for heading in ["RUN", "PLAN", "PROBE", "CATALOG LINT", "EXPLAIN", "REPORT"] {
        assert!(
            page.contains(&format!(".SH \"PORTCHECK {heading}\"")),
            "{heading}"
        );
    }
}

#[test]
fn what_was_typed_is_shown_and_not_done() {
    Portcheck::new(&["probe", "127.0.0.1:1", "--timeout", "\x1b[2J"])
        .exits(2)
        .tells("error: `--timeout`: got `\\x1b[2J`, expected a duration such as `3s`, `500ms` or `2` (seconds)\n")
        .run();
}

#[test]
fn the_usual_first_mistakes_are_hinted_at() {
    Portcheck::new(&["run", "looker-server"])
        .exits(2)
        .tells(
            "error: unexpected argument `looker-server`\nhelp: did you mean `--profile \
             looker-server`?\nhelp: `portcheck run --help` lists the options\n",
        )
        .run();
    Portcheck::new(&["plan", "--profile", "thoughtspot-intracluster"])
        .prints_anything()
        .tells("hint: 74 of 75 checks are skipped for want of `--node HOST`\n")
        .run();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let path = path.to_str().unwrap();
    let peer = crate::peer::Peer::accepting();
    let told =
        format!("hint: `{path}` is written as `table`; `--output html=FILE` writes `html`\n");
    Portcheck::new(&["probe", &peer.uri("tcp"), "--output", path])
        .prints_anything()
        .tells(&told)
        .run();
}

/// What a terminal of so many rows is shown, with its carriage returns.
fn on_a_terminal(command: &str, pager: &str) -> Option<String> {
    let line = format!(
        "stty rows 24; {} {command}",
        env!("CARGO_BIN_EXE_portcheck")
    );
    let mut script = std::process::Command::new("script");
    script
        .args(["-qec", &line, "/dev/null"])
        .env("PAGER", pager)
        .env("LC_ALL", "C.UTF-8");
    let answer = crate::validators::answer(&mut script)?;
    Some(String::from_utf8(answer.stdout).unwrap())
}

#[test]
fn a_long_explanation_goes_through_the_pager_of_a_terminal() {
    let Some(paged) = on_a_terminal("explain", "sed s/^/paged:/") else {
        return;
    };
    assert!(
        paged.lines().all(|line| line.starts_with("paged:")),
        "{paged}"
    );
    for (command, pager) in [
        ("explain", ""),
        ("explain", "no-such-pager 2>/dev/null"),
        ("explain tcp-no-reply", "sed s/^/paged:/"),
        ("explain | cat", "sed s/^/paged:/"),
    ] {
        let shown = on_a_terminal(command, pager).unwrap();
        assert!(
            shown.contains("tcp-no-reply") && !shown.contains("paged:"),
            "{command}, {pager}"
        );
    }
}
