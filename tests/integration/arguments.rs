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
fn what_a_variable_says_is_told_in_its_name() {
    let probe = ["probe", "127.0.0.1:1"];
    let plan = ["plan", "--profile", "looker-server"];
    let told: [(&[&str], &str, &str, &str); 7] = [
        (
            &probe,
            "TIMEOUT",
            "soon",
            "`PORTCHECK_TIMEOUT`: got `soon`, expected a duration such as `3s`, `500ms` or `2` (seconds)\n",
        ),
        (
            &probe,
            "STRICT",
            "maybe",
            "`PORTCHECK_STRICT`: got `maybe`, expected `true` or `false`\n",
        ),
        (
            &plan,
            "FORMAT",
            "jsn",
            "`PORTCHECK_FORMAT`: got `jsn`, expected `table` or `json`\nhelp: did you mean `json`?\n",
        ),
        (
            &plan,
            "ONLY",
            "smpt",
            "`PORTCHECK_ONLY`: no rule of `looker-server` matches `smpt`\n",
        ),
        (
            &plan,
            "NODE",
            "a b",
            "`PORTCHECK_NODE=a b`: `a b` is neither a host name nor an address\n",
        ),
        (
            &probe,
            "PROXY",
            "ftp://p:1",
            "`PORTCHECK_PROXY`: expected a proxy URL that begins with `http://`, `https://`, \
             `socks://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`\n",
        ),
        (
            &["plan", "--profile", "looker-server", "--only=smpt"],
            "ONLY",
            "other",
            "`--only`: no rule of `looker-server` matches `smpt`\n",
        ),
    ];
    for (arguments, variable, value, message) in told {
        Portcheck::new(arguments)
            .env(&format!("PORTCHECK_{variable}"), value)
            .exits(2)
            .tells(&format!("error: {message}"))
            .run();
    }
    let printed = Portcheck::new(&["plan"])
        .env("PORTCHECK_PROFILE", "lookr")
        .exits(2)
        .tells_anything()
        .run();
    assert!(
        printed
            .stderr
            .ends_with("help: `PORTCHECK_PROFILE` gives it\n"),
        "{}",
        printed.stderr
    );
}

#[test]
fn a_variable_that_is_none_is_warned_about() {
    Portcheck::new(&["catalog", "schema"])
        .env("PORTCHECK_NODES", "10.0.0.1")
        .env("PORTCHECK_NODE", "10.0.0.1")
        .prints_anything()
        .tells(
            "warning: unknown environment variable `PORTCHECK_NODES`\n\
             help: did you mean `PORTCHECK_NODE`?\n",
        )
        .run();
}

#[test]
fn what_is_near_nothing_is_told_with_all_there_is() {
    Portcheck::new(&["catalog", "schema"])
        .env("PORTCHECK_LAB", "1")
        .prints_anything()
        .tells(
            "warning: unknown environment variable `PORTCHECK_LAB`\n\
             help: the variables of `portcheck catalog schema` are `PORTCHECK_COLOR`\n",
        )
        .run();
    Portcheck::new(&["scrutinise"])
        .exits(2)
        .tells(
            "error: unknown command `scrutinise`\n\
             help: the commands are `run`, `plan`, `probe`, `respond`, `mesh`, `catalog`, `site`, \
             `explain`, `report`, `diff`, `request`, `completions` and `man`\n\
             help: `portcheck --help` lists the commands\n",
        )
        .run();
}

#[test]
fn a_boolean_variable_says_yes_or_no() {
    for (value, code) in [
        ("1", 1),
        ("yes", 1),
        ("true", 1),
        ("0", 0),
        ("off", 0),
        ("", 0),
    ] {
        let peer = crate::peer::Peer::accepting();
        Portcheck::new(&["probe", "--expect", "blocked", &peer.uri("tcp"), "--quiet"])
            .env("PORTCHECK_NO_PROXY", value)
            .env("PORTCHECK_PROXY", "ftp://p:1")
            .exits(if code == 1 { 1 } else { 2 })
            .prints_anything()
            .tells_anything()
            .run();
    }
}

#[test]
fn an_option_that_needs_another_one_names_both() {
    for (option, value, needed) in [
        ("--until-pass", None, "`--watch`"),
        ("--every", Some("3s"), "`--watch`"),
        ("--token", Some("x"), "`--responders`"),
        ("--token-file", Some("x"), "`--responders`"),
        (
            "--proxy-auth-file",
            Some("x"),
            "`--proxy`, or a variable such as `HTTPS_PROXY`",
        ),
    ] {
        let mut arguments = vec!["probe", "127.0.0.1:1", option];
        arguments.extend(value);
        Portcheck::new(&arguments)
            .exits(2)
            .tells(&format!("error: `{option}` has no use without {needed}\n"))
            .run();
    }
    // In the profile of a shell it is for the runs that have the other one.
    let peer = crate::peer::Peer::accepting();
    Portcheck::new(&["probe", &peer.uri("tcp")])
        .env("PORTCHECK_EVERY", "3s")
        .prints_anything()
        .run();
}

#[test]
fn a_name_that_is_none_is_told_with_those_there_are() {
    let told: [(&[&str], &str); 4] = [
        (
            &["--set", "smpt_relay=x"],
            "help: did you mean `smtp_relay`?\n",
        ),
        (&["--set", "quux=x"], "help: the variables are `"),
        (&["--with", "quux"], "help: the features are `"),
        (&["--as", "quux"], "help: the groups are `"),
    ];
    for (flags, help) in told {
        let arguments = [&["plan", "--profile", "looker-server"], flags].concat();
        let printed = Portcheck::new(&arguments).exits(2).tells_anything().run();
        assert!(printed.stderr.contains(help), "{}", printed.stderr);
    }
    for (arguments, near) in [
        (&["diff", "a", "b", "-f", "jsn"][..], "json"),
        (&["plan", "-p", "looker-server", "-f", "jsn"], "json"),
        (&["probe", "a:1", "-o", "jsn=x"], "json"),
        (&["catalog", "lnt"], "lint"),
    ] {
        let printed = Portcheck::new(arguments).exits(2).tells_anything().run();
        let help = format!("help: did you mean `{near}`?\n");
        assert!(printed.stderr.contains(&help), "{}", printed.stderr);
    }
}

#[test]
fn nodes_that_are_this_machine_alone_leave_no_other() {
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let own = own.trim();
    Portcheck::new(&["plan", "-p", "thoughtspot-intracluster", "--node", own])
        .prints_anything()
        .tells(&format!(
            "hint: 76 of 77 checks are skipped for want of `--node HOST`: no other node given: what \
             is given is this machine itself\nnote: `{own}` is this machine and is no target\n"
        ))
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
        .tells("hint: 76 of 77 checks are skipped for want of `--node HOST`\n")
        .run();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.html");
    let path = path.to_str().unwrap();
    let peer = crate::peer::Peer::accepting();
    Portcheck::new(&["probe", &peer.uri("tcp"), "--output", path])
        .prints_anything()
        .run();
    let page = std::fs::read_to_string(path).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
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
        // What the tests themselves are told by is no variable of the program's.
        .env_remove("PORTCHECK_FORMATS")
        .env_remove("PORTCHECK_LAB")
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

/// A word that stands for a password.
const SECRET: &str = "hunter7secret";

#[test]
fn no_message_about_a_file_or_a_flag_repeats_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text.replace("PW", SECRET)).unwrap();
        path.display().to_string()
    };
    let site = file(
        "site.yaml",
        "variables:\n  smtp_relay: smtp://bob:PW@mail:25\n  ldap_server: bob:PW@ldap:389\n  \
         nfs_server: {password: PW}\n  smtp_password: |\n    PW\n",
    );
    let ini = file(
        "a.ini",
        "[nodes]\nweb ansible_host=a!b ansible_become_pass=PW\nx!y PW\n",
    );
    let list = file(
        "a.json",
        r#"{"_meta": {"hostvars": {"h": {"ansible_password": "PW", "ansible_host": "a b"}}},
            "all": {"hosts": ["h"]}}"#,
    );
    let wrong = file("b.json", r#"{"_meta": {"hostvars": "PW"}, "all": 1}"#);
    let yaml = file(
        "a.yml",
        "all:\n  hosts:\n    h: {ansible_password: PW, ansible_host: 'a b'}\n",
    );
    let typed = format!("smtp_relay=bob:{SECRET}@mail");
    let named = format!("smtp_password={SECRET}");
    for flags in [
        ["--site", &site],
        ["--inventory", &ini],
        ["--inventory", &list],
        ["--inventory", &wrong],
        ["--inventory", &yaml],
        ["--set", &typed],
        ["--set", &named],
    ] {
        let arguments = [&["plan", "-p", "thoughtspot-cluster"][..], &flags].concat();
        let printed = Portcheck::new(&arguments).exits(2).tells_anything().run();
        assert!(!printed.stderr.contains(SECRET), "{}", printed.stderr);
        assert!(printed.stderr.starts_with("error: "), "{}", printed.stderr);
    }
}

#[test]
fn a_password_of_a_proxy_on_the_command_line_is_warned_about() {
    let warning = "warning: every user of this host can read the password on the command line\n\
                   help: give it by PORTCHECK_PROXY or by `--proxy-auth-file FILE`\n";
    let plan = ["plan", "-p", "looker-hosted"];
    for (url, told) in [("http://u:pw@h:1", warning), ("http://h:1", "")] {
        Portcheck::new(&[&plan[..], &["--proxy", url]].concat())
            .prints_anything()
            .tells(told)
            .run();
        Portcheck::new(&plan)
            .env("PORTCHECK_PROXY", url)
            .prints_anything()
            .run();
    }
}
