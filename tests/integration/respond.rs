//! `respond`, and `run --responders` against it: a catalog of the test's own, all of it on loopback.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{Ipv4Addr, TcpListener, UdpSocket},
    path::PathBuf,
    process::{Child, ChildStderr, Command, Stdio},
    thread,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::Portcheck;

const CATALOG: &str = "\
catalog: demo
title: Demo ports
pages:
  page: {title: Ports, read: 2026-11-20}
sections:
  main: {page: page, title: Main}
groups:
  nodes: {about: nodes, bound-by: nodes}
variables:
  nodes: {about: the nodes, kind: hosts, flag: --node}
profiles:
  demo: {about: all of it, from: nodes, rules: [\"demo.*\"]}
rules:
  - id: demo.tcp
    section: main
    stated: {port: \"1\"}
    level: mandatory
    from: nodes
    to: nodes
    port: TCP
    transports: [tcp]
    protocol: http
    service: Service
    purpose: Serves
  - id: demo.udp
    section: main
    stated: {port: \"2\"}
    level: mandatory
    from: nodes
    to: nodes
    port: UDP
    transports: [udp]
    protocol: udp
    service: Datagrams
    purpose: Serves by datagram
";

/// A folder with the catalog, for a TCP port and a UDP port that were free a moment ago.
struct Demo {
    folder: TempDir,
    tcp: u16,
    udp: u16,
}

impl Demo {
    fn new() -> Self {
        let tcp = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        let udp = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        Self::at(
            tcp.local_addr().unwrap().port(),
            udp.local_addr().unwrap().port(),
        )
    }

    fn at(tcp: u16, udp: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = CATALOG
            .replace("TCP", &tcp.to_string())
            .replace("UDP", &udp.to_string());
        fs::write(folder.path().join("demo.yaml"), text).unwrap();
        Self { folder, tcp, udp }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `portcheck COMMAND --catalog demo.yaml --profile demo …` in the folder.
    fn portcheck(&self, command: &str, arguments: &[&str]) -> Portcheck {
        let own = [command, "--catalog", "demo.yaml", "--profile", "demo"];
        let mut portcheck = Portcheck::new(&[&own, arguments].concat());
        portcheck.command().current_dir(self.folder.path());
        portcheck
    }

    /// A file that nobody else can read.
    fn secret(&self, name: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.file(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// `respond`, once it is ready; and what it said until then.
    fn respond(&self, arguments: &[&str]) -> Responder {
        let mut portcheck = self.portcheck("respond", arguments);
        let mut child = portcheck.command().stderr(Stdio::piped()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        while !told.contains("ready") {
            assert_ne!(stderr.read_line(&mut told).unwrap(), 0, "{told}");
        }
        Responder {
            child,
            told,
            stderr,
        }
    }

    /// `run --responders` as JSON.
    fn ask(&self, token: &str, code: i32) -> Value {
        let arguments = [
            "--node=127.0.0.1",
            "--responders",
            "--format=json",
            "--timeout=1s",
        ];
        let printed = self
            .portcheck("run", &arguments)
            .env("PORTCHECK_TOKEN", token)
            .exits(code)
            .prints_anything()
            .run();
        serde_json::from_str(&printed.stdout).unwrap()
    }
}

/// Long enough that nobody guesses it.
const TOKEN: &str = "0123456789abcdef";

const OTHER: &str = "fedcba9876543210";

/// A responder that is ready; ended when dropped.
struct Responder {
    child: Child,
    told: String,
    stderr: BufReader<ChildStderr>,
}

impl Responder {
    /// Ends it by a signal and tells its exit code.
    fn end(mut self, signal: &str) -> Option<i32> {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(status.success());
        let code = self.child.wait().unwrap().code();
        let mut rest = String::new();
        self.stderr.read_line(&mut rest).unwrap();
        assert_eq!(rest, "");
        code
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Verdict, cause and certainty of each finding.
fn said(report: &Value) -> Vec<String> {
    let word = |finding: &Value, key: &str| finding[key].as_str().unwrap_or("-").to_owned();
    let findings = report["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| {
            ["verdict", "cause", "certainty"]
                .map(|key| word(finding, key))
                .join(" ")
        })
        .collect()
}

#[test]
fn what_a_responder_stands_in_for_is_proven_open() {
    let demo = Demo::new();
    let responder = demo.respond(&["--token-file=token"].map(|flag| {
        demo.secret("token", &format!("{TOKEN}\n"));
        flag
    }));
    assert_eq!(
        responder.told,
        "ready: 2 ports bound (1 tcp and 1 udp) for 30 min 0 s\n"
    );
    let report = demo.ask(TOKEN, 0);
    assert_eq!(said(&report), ["pass - proven"; 2]);
    assert_eq!(
        report["findings"][0]["evidence"][0],
        "our responder answers"
    );
    assert_eq!(responder.end("-TERM"), Some(143));
}

#[test]
fn another_token_is_a_cause_of_its_own() {
    let demo = Demo::new();
    let responder = demo.respond(&["--token", TOKEN]);
    assert!(
        responder.told.starts_with(
            "warning: every user of this host can read the token on the command line\n"
        )
    );
    for token in [OTHER, ""] {
        let report = demo.ask(token, 1);
        assert_eq!(said(&report), ["fail wrong-token proven"; 2]);
    }
    assert_eq!(responder.end("-INT"), Some(130));
}

#[test]
fn without_a_token_one_is_made_up_and_who_has_none_is_answered_too() {
    let demo = Demo::new();
    let responder = demo.respond(&[]);
    let line = responder.told.lines().next().unwrap();
    let token = line.strip_prefix("token: ").unwrap();
    assert_eq!(token.len(), 32);
    for token in [token, ""] {
        assert_eq!(said(&demo.ask(token, 0)), ["pass - proven"; 2]);
    }
    assert_eq!(said(&demo.ask(OTHER, 1)), ["fail wrong-token proven"; 2]);
}

#[test]
fn where_no_responder_stands_nothing_is_open() {
    let demo = Demo::new();
    let report = demo.ask("", 3);
    assert_eq!(
        said(&report),
        [
            "inconclusive tcp-refused inferred",
            "inconclusive udp-port-unreachable inferred"
        ]
    );
    assert_eq!(
        report["findings"][0]["remedy"],
        "start `portcheck respond` on 127.0.0.1, then run again"
    );
}

#[test]
fn a_port_that_is_held_is_named_with_its_holder_and_is_not_open() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let free = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let (tcp, udp) = (listener.local_addr().unwrap(), free.local_addr().unwrap());
    drop(free);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            use std::io::Write as _;
            let mut stream = &stream;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nServer: stray/1\r\n\r\n");
        }
    });
    let demo = Demo::at(tcp.port(), udp.port());
    let responder = demo.respond(&["--token-file=token", "--status-file=status"].map(|flag| {
        demo.secret("token", TOKEN);
        flag
    }));
    let (name, pid) = (
        fs::read_to_string("/proc/self/comm").unwrap(),
        std::process::id(),
    );
    let name = name.trim();
    assert_eq!(
        responder.told,
        format!(
            "taken: tcp {} (Service) by {name} (pid {pid}) at {tcp}; it does not answer as that \
             service does; bound to loopback, so no other machine reaches it\n\
             ready: 1 port bound (1 udp) for 30 min 0 s\n",
            tcp.port()
        )
    );
    let status: Value = serde_json::from_slice(&fs::read(demo.file("status")).unwrap()).unwrap();
    assert_eq!(status["state"], "ready");
    assert_eq!(status["bound"], 1);
    assert_eq!(status["ports"]["udp"][0][0], demo.udp);
    assert_eq!(status["taken"][0]["port"], demo.tcp);
    assert_eq!(status["taken"][0]["is_expected"], false);
    let report = demo.ask(TOKEN, 1);
    assert_eq!(
        said(&report),
        [
            "fail not-our-responder proven",
            "pass - proven",
            // What this machine sees of its own ports.
            "warn port-taken proven"
        ]
    );
    let evidence = report["findings"][0]["evidence"].to_string();
    assert!(evidence.contains("holds the port there"), "{evidence}");
    assert_eq!(responder.end("-TERM"), Some(143));
    assert!(!demo.file("status").exists());
}

#[test]
fn it_ends_by_itself() {
    Demo::new()
        .portcheck("respond", &["--for=10ms"])
        .env("PORTCHECK_TOKEN", TOKEN)
        .tells("ready: 2 ports bound (1 tcp and 1 udp) for 10 ms\n")
        .run();
}

#[test]
fn what_cannot_be_meant_is_told_before_anything_is_bound() {
    let demo = Demo::new();
    fs::write(demo.file("empty"), "\n").unwrap();
    for (arguments, told) in [
        (
            &["--as", "users"][..],
            "error: nothing to stand in for: no rule of `demo` reaches `users`\n\
             help: say what this machine is: `--as nodes`\n",
        ),
        (
            &["--token-file=empty"],
            "error: `empty`: the token is empty\n",
        ),
        (&["--token", ""], "error: `--token`: the token is empty\n"),
        (
            &["--token=a", "--token-file=empty"],
            "error: `--token` cannot be used with `--token-file`\n",
        ),
        (
            &["--listen=192.0.2.1", "--listen=localhost"],
            "error: `--listen`: this machine has no address `192.0.2.1`\n\
             help: `ip address` shows those it has\n\
             error: `--listen`: `localhost` is no address\n\
             help: write it as `10.0.0.5` or `2001:db8::5`\n",
        ),
        (
            &["--allow=10.0.0.0/33"],
            "error: `--allow`: `10.0.0.0/33` is no network\n\
             help: write it as `10.0.0.0/8`, or as one address\n",
        ),
        (
            &["--for=1y"],
            "error: `--for`: got `1y`, expected a duration such as `3s`, `500ms` or `2` (seconds)\n",
        ),
    ] {
        demo.portcheck("respond", arguments)
            .exits(2)
            .tells(told)
            .run();
    }
    demo.portcheck("run", &["--token=a"])
        .exits(2)
        .tells("error: `--token` has no use without `--responders`\n")
        .run();
}

#[test]
fn a_token_that_can_be_guessed_or_read_is_told() {
    let demo = Demo::new();
    fs::write(demo.file("token"), "secret").unwrap();
    demo.portcheck("respond", &["--for=10ms", "--token-file=token"])
        .tells(
            "warning: `token`: other users of this host can read the token\n\
             help: chmod 600 `token`\n\
             warning: the token has only 6 bytes: whoever sees one answer can guess it\n\
             help: take at least 16, by chance: `openssl rand -hex 16`\n\
             ready: 2 ports bound (1 tcp and 1 udp) for 10 ms\n",
        )
        .run();
}

#[test]
fn it_listens_where_it_is_told_and_hears_whom_it_is_told() {
    let demo = Demo::new();
    let elsewhere = demo.respond(&["--listen=127.0.0.2"]);
    assert_eq!(
        said(&demo.ask("", 3)),
        [
            "inconclusive tcp-refused inferred",
            "inconclusive udp-port-unreachable inferred"
        ]
    );
    drop(elsewhere);
    let here = demo.respond(&["--listen=127.0.0.1", "--allow=10.0.0.0/8,127.0.0.1"]);
    assert_eq!(said(&demo.ask("", 0)), ["pass - proven"; 2]);
    drop(here);
    let deaf = demo.respond(&["--allow=10.0.0.0/8", "--allow", "::1"]);
    let verdicts = said(&demo.ask("", 1));
    assert!(
        verdicts.iter().all(|verdict| !verdict.starts_with("pass")),
        "{verdicts:?}"
    );
    drop(deaf);
}
