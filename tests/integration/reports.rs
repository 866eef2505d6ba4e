//! Runs that are streamed, compared, watched, redacted, and cut short: what comes out of each.

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
};

use ::portcheck::report::{Format, Report};

use crate::{Portcheck, peer::Peer};

fn lines_of(child: &mut Child) -> Lines<BufReader<ChildStdout>> {
    BufReader::new(child.stdout.take().unwrap()).lines()
}

fn started(portcheck: &mut Portcheck) -> Child {
    portcheck
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn interrupt(child: &Child) {
    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(sent.success());
}

fn json(line: &str) -> serde_json::Value {
    serde_json::from_str(line).unwrap()
}

#[test]
fn a_finding_is_a_line_as_soon_as_it_is_decided() {
    let (echo, silent) = (Peer::closed(), Peer::silent());
    let mut portcheck = Portcheck::new(&[
        "probe",
        "--timeout=1m",
        "--format=ndjson",
        &silent.uri("tcp"),
        &format!("{}?expect=path", echo.uri("tcp")),
    ]);
    let mut child = started(&mut portcheck);
    let mut lines = lines_of(&mut child);
    let first = json(&lines.next().unwrap().unwrap());
    assert_eq!(first["endpoint"]["port"].to_string(), echo.port());
    assert_eq!(first["verdict"], "pass");
    interrupt(&child);
    let rest: Vec<_> = lines.map(|line| json(&line.unwrap())).collect();
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0]["cause"], "interrupted");
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn an_interrupted_run_writes_a_whole_document_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = |format: Format| folder.path().join(format.word());
    let (open, silent) = (Peer::accepting(), Peer::silent());
    let mut arguments = vec!["probe".to_owned(), "--timeout=1m".to_owned()];
    arguments.extend([open.uri("tcp"), silent.uri("tcp")]);
    for format in Format::ALL {
        arguments.push(format!(
            "--output={}={}",
            format.word(),
            path(format).display()
        ));
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut portcheck = Portcheck::new(&arguments).exits(130).prints_anything();
    let child = started(&mut portcheck);
    open.wait_for_a_connection();
    interrupt(&child);
    portcheck.judge(&child.wait_with_output().unwrap());
    let saved = fs::read_to_string(path(Format::Json)).unwrap();
    Report::from_json(&saved).unwrap();
    for format in Format::ALL {
        let written = fs::read_to_string(path(format)).unwrap();
        let again = Portcheck::new(&[
            "report",
            path(Format::Json).to_str().unwrap(),
            "--format",
            format.word(),
        ]);
        assert_eq!(again.prints_anything().run().stdout, written, "{format:?}");
    }
}

#[test]
fn with_a_baseline_only_what_got_worse_fails() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("before.json");
    let (open, closed) = (Peer::accepting(), Peer::closed());
    let (good, bad) = (open.uri("tcp"), closed.uri("tcp"));
    let output = format!("json={}", path.display());
    Portcheck::new(&["probe", &bad, "--output", &output])
        .exits(1)
        .prints_anything()
        .run();
    let baseline = path.to_str().unwrap();
    let printed = Portcheck::new(&["probe", &bad, &good, "--baseline", baseline])
        .prints_anything()
        .run();
    let told: Vec<&str> = printed.stdout.lines().rev().take(1).collect();
    assert!(
        told[0].starts_with("FAIL: 1 of 2 mandatory checks failed")
            && told[0].ends_with("(exit 0, no worse than the baseline)"),
        "{told:?}"
    );
    let worse = ["probe", &good, &format!("{bad}?expect=service")];
    let flags = ["--baseline", baseline, "--format", "json"];
    let printed = Portcheck::new(&[&worse[..], &flags[..]].concat())
        .exits(1)
        .prints_anything()
        .run();
    let report = json(&printed.stdout);
    assert_eq!(report["baseline"]["worse"], true);
    assert_eq!(report["baseline"]["counts"], "2 new, 1 gone");
}

#[test]
fn a_baseline_that_is_no_report_is_found_before_the_first_packet() {
    let peer = Peer::accepting();
    Portcheck::new(&["probe", &peer.uri("tcp"), "--baseline", "/no/such.json"])
        .exits(2)
        .tells("error: cannot read `/no/such.json`: there is no such file or directory\n")
        .run();
    assert!(!peer.was_reached());
}

#[test]
fn a_watch_prints_what_changed_and_ends_with_the_first_pass() {
    let peer = Peer::closed();
    let uri = peer.uri("tcp");
    let mut portcheck = Portcheck::new(&["probe", &uri, "--watch", "--until-pass", "--every=1s"]);
    let mut child = started(&mut portcheck);
    let mut lines = lines_of(&mut child).map(|line| {
        let line = line.unwrap();
        line.split_once(' ').unwrap().1.to_owned()
    });
    assert_eq!(
        lines.next().unwrap(),
        format!("{uri}: fail tcp-refused (connection refused)")
    );
    let verdict = lines.next().unwrap();
    assert!(
        verdict.starts_with("FAIL: 1 of 1 mandatory check failed"),
        "{verdict}"
    );
    let address = format!("127.0.0.1:{}", peer.port());
    drop(peer);
    let _listener = TcpListener::bind(address).unwrap();
    assert_eq!(
        lines.next().unwrap(),
        format!("{uri}: fail tcp-refused -> pass")
    );
    let verdict = lines.next().unwrap();
    assert!(
        verdict.starts_with("PASS: 1 of 1 mandatory check passed"),
        "{verdict}"
    );
    assert_eq!(lines.next(), None);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_signal_ends_a_watch_at_any_time() {
    let peer = Peer::accepting();
    let mut portcheck = Portcheck::new(&["probe", &peer.uri("tcp"), "--watch", "--format=ndjson"]);
    let mut child = started(&mut portcheck);
    let mut lines = lines_of(&mut child);
    assert_eq!(json(&lines.next().unwrap().unwrap())["verdict"], "pass");
    interrupt(&child);
    assert!(lines.next().is_none());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_watch_prints_no_documents() {
    Portcheck::new(&["probe", "127.0.0.1:1", "--watch", "--format=junit"])
        .exits(2)
        .tells(
            "error: `--watch` prints `table` or `ndjson`, got `--format junit`\nhelp: `--output \
             junit=FILE` writes that file anew with every run\n",
        )
        .run();
}

#[test]
fn a_redacted_run_names_nobody_in_any_format() {
    let (peer, certificate) = Peer::tls(&["canary.corp.example"]);
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    fs::write(&authority, certificate).unwrap();
    let closed = Peer::closed();
    for format in Format::ALL {
        let printed = Portcheck::new(&[
            "probe",
            &peer.uri("tls"),
            &closed.uri("tcp"),
            "--redact",
            "--verbose",
            "--format",
            format.word(),
            "--ca-file",
            authority.to_str().unwrap(),
        ])
        .exits(if format == Format::Nagios { 2 } else { 1 })
        .prints_anything()
        .run();
        for secret in ["canary", "corp.example", "127.0.0.1"] {
            assert!(
                !printed.stdout.contains(secret),
                "{format:?}: {}",
                printed.stdout
            );
        }
    }
}

/// A catalog, a site file and an inventory of somebody's own; every name in them is a canary.
struct Own {
    folder: tempfile::TempDir,
}

impl Own {
    fn new(peer: &Peer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        let (port, rule) = (
            peer.port(),
            "level: mandatory, transports: [tcp], protocol: tls",
        );
        write(
            "canary-catalog.yaml",
            &format!(
                "catalog: canary\ntitle: The canary\npages:\n  canary-page: {{title: Canary ports, url: \
                 https://canary.example/, read: 2026-11-20}}\nsections:\n  canary-section: {{page: \
                 canary-page, title: Canary section}}\ngroups:\n  canary-here: {{about: here}}\n  \
                 canary-there: {{about: there, bound-by: canary_hosts}}\n  canary-nobody: {{about: nobody, \
                 bound-by: canary_nobody}}\nvariables:\n  canary_hosts: {{about: hosts, kind: hosts}}\n  \
                 canary_nobody: {{about: hosts, kind: hosts}}\nfeatures:\n  canary-feature: {{about: a \
                 feature, default: false}}\nprofiles:\n  canary-profile: {{about: it, from: canary-here, \
                 rules: ['canary.*']}}\nrules:\n  - {{id: canary.ssh, section: canary-section, stated: {{}}, \
                 {rule}, from: canary-here, to: canary-there, port: {port}, service: Canary shell, \
                 purpose: Sings}}\n  - {{id: canary.nobody, section: canary-section, stated: {{}}, {rule}, \
                 from: canary-here, to: canary-nobody, port: {port}, service: Canary nobody, purpose: \
                 Sings}}\n  - {{id: canary.off, section: canary-section, stated: {{}}, {rule}, from: \
                 canary-here, to: canary-there, port: {port}, feature: canary-feature, service: Canary \
                 off, purpose: Sings}}\n  - {{id: canary.inbound, section: canary-section, stated: {{}}, \
                 {rule}, from: canary-nobody, to: canary-there, port: {port}, service: Canary in, purpose: \
                 Sings}}\n"
            ),
        );
        write(
            "canary-site.yaml",
            "site: canary\ngroups:\n  canary-there: [127.0.0.1, canary-host.invalid]\nwaivers:\n  - {rule: \
             canary.nobody, owner: Jane Canary, reason: ask the canary, until: 2999-12-31}\n",
        );
        Self { folder }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }
}

/// What no redacted report may say.
fn assert_names_nobody(text: &str, format: Format) {
    let lower = text.to_lowercase();
    for secret in ["canary", "127.0.0.1"] {
        assert!(!lower.contains(secret), "{format:?}: {text}");
    }
}

#[test]
fn a_redacted_run_of_ones_own_catalog_names_nobody() {
    let (peer, _) = Peer::tls(&["canary.corp.example"]);
    let own = Own::new(&peer);
    let (catalog, site) = (
        own.path("canary-catalog.yaml"),
        own.path("canary-site.yaml"),
    );
    let saved = own.path("canary.json");
    let output = format!("json={saved}");
    let run = [
        "run",
        "--profile",
        "canary-profile",
        "--catalog",
        &catalog,
        "--site",
        &site,
        "--resolver",
        "127.0.0.1",
        "--timeout",
        "200ms",
        "--verbose",
    ];
    let mut whole = run.to_vec();
    whole.extend(["--output", &output, "--format", "json"]);
    let printed = Portcheck::new(&whole)
        .exits(1)
        .prints_anything()
        .tells_anything()
        .run();
    assert!(
        printed.stdout.contains("canary-host.invalid"),
        "{}",
        printed.stdout
    );
    for format in Format::ALL {
        let nagios = format == Format::Nagios;
        let mut arguments = run.to_vec();
        arguments.extend(["--redact", "--format", format.word()]);
        let printed = Portcheck::new(&arguments)
            .exits(if nagios { 2 } else { 1 })
            .prints_anything()
            .tells_anything()
            .run();
        assert_names_nobody(&printed.stdout, format);
        let printed = Portcheck::new(&["report", &saved, "--redact", "--format", format.word()])
            .prints_anything()
            .run();
        assert_names_nobody(&printed.stdout, format);
    }
}

#[test]
fn a_saved_report_is_redacted_on_its_way_out() {
    let saved = format!("{}/tests/reports/mixed.json", env!("CARGO_MANIFEST_DIR"));
    let printed = Portcheck::new(&["report", &saved, "--redact", "--format", "json"])
        .prints_anything()
        .run();
    let report = Report::from_json(&printed.stdout).unwrap();
    assert_eq!(report.findings[0].cause.as_deref(), Some("tcp-no-reply"));
    assert_eq!(report.findings[0].endpoint.host, "host-2");
    assert!(!printed.stdout.contains("licence.example.com"));
}

#[test]
fn a_file_that_is_no_report_is_told_at_once_however_long_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.json");
    let name = path.to_str().unwrap();
    let file = fs::File::create(&path).unwrap();
    file.set_len(1 << 30).unwrap();
    Portcheck::new(&["report", name])
        .exits(2)
        .tells(&format!(
            "error: `{name}`: it is larger than 256 MiB, no report is\n"
        ))
        .run();
}

#[test]
fn a_report_that_was_cut_off_is_the_users_mistake() {
    let saved = format!("{}/tests/reports/green.json", env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.json");
    let whole = fs::read_to_string(saved).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let name = path.to_str().unwrap();
    Portcheck::new(&["report", name])
        .exits(2)
        .tells(&format!(
            "error: `{name}`: it ends in the middle of a report\n"
        ))
        .run();
}

#[test]
fn on_a_full_disk_the_exit_code_is_4_and_the_report_is_printed() {
    let peer = Peer::accepting();
    let printed = Portcheck::new(&["probe", &peer.uri("tcp"), "--output=/dev/full"])
        .exits(4)
        .prints_anything()
        .tells("error: cannot write `/dev/full`: no space is left on the device\n")
        .run();
    assert!(printed.stdout.contains("PASS: "), "{}", printed.stdout);
}

/// A server whose greeting has a secret.
fn talkative() -> Peer {
    let (peer, _) = Peer::tls(&["banner-canary.example"]);
    peer
}

#[test]
fn no_credential_is_in_any_format() {
    let (closed, server) = (Peer::closed(), talkative());
    for format in Format::ALL {
        let proxy = format!(
            "http://user-canary:password-canary@127.0.0.1:{}",
            closed.port()
        );
        for redact in [false, true] {
            let mut arguments = vec!["probe", "https://localhost:1", "-v"];
            let uri = server.uri("tls");
            arguments.push(&uri);
            arguments.extend(["--format", format.word()]);
            arguments.extend(redact.then_some("--redact"));
            let printed = Portcheck::new(&arguments)
                .env("HTTPS_PROXY", &proxy)
                .env("NO_PROXY", "127.0.0.1")
                .env("PORTCHECK_TIMEOUT", "1s")
                .exits(if format == Format::Nagios { 2 } else { 1 })
                .prints_anything()
                .tells_anything()
                .run();
            let all = printed.stdout + &printed.stderr;
            assert!(!all.contains("user-canary"), "{all}");
            assert!(!all.contains("password-canary"), "{all}");
            assert!(!redact || !all.contains("canary"), "{all}");
            assert!(!redact || !all.contains("127.0.0.1"), "{all}");
            let tells_all = format == Format::Json && !redact;
            assert!(!tells_all || all.contains("http://127.0.0.1:"), "{all}");
        }
    }
}
