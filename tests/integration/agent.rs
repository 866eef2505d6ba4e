//! The far end of a mesh, by its pipes: what it says, and that nothing of it stays.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

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
    port: PORT
    transports: [tcp]
    protocol: http
    service: Service
    purpose: Serves
";

struct Agent {
    process: Child,
    words: BufReader<ChildStdout>,
}

impl Agent {
    fn start(folder: &std::path::Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_portcheck"))
            .args(["agent", "--mark", "@m "])
            .arg("--folder")
            .arg(folder)
            .env("PORTCHECK_TIMEOUT", "no duration")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let words = BufReader::new(process.stdout.take().unwrap());
        Self { process, words }
    }

    fn order(&mut self, order: &Value) {
        let stdin = self.process.stdin.as_mut().unwrap();
        writeln!(stdin, "{order}").unwrap();
    }

    /// The next word that is no beat.
    fn word(&mut self) -> Value {
        loop {
            let mut line = String::new();
            self.words.read_line(&mut line).unwrap();
            let word: Value = serde_json::from_str(line.strip_prefix("@m ").unwrap()).unwrap();
            if word["tell"] != "beat" {
                return word;
            }
        }
    }

    fn end(mut self) {
        drop(self.process.stdin.take());
        assert_eq!(self.process.wait().unwrap().code(), Some(0));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn task(port: u16) -> Value {
    json!({
        "say": "prepare", "names": ["10.0.0.1"], "token": "secret",
        "files": {
            "demo.yaml": CATALOG.replace("PORT", &port.to_string()),
            "site.yaml": "groups: {nodes: [10.0.0.1, 127.0.0.1]}",
        },
        "arguments": ["--profile=demo", "--catalog=demo.yaml", "--site=site.yaml"],
    })
}

#[test]
fn an_agent_opens_its_doors_checks_and_is_gone_with_its_stdin() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("portcheck");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("portcheck"), "the program").unwrap();
    let port = free_port();
    let mut agent = Agent::start(&folder);
    assert_eq!(agent.word()["version"], env!("CARGO_PKG_VERSION"));
    agent.order(&task(port));
    let ready = agent.word();
    assert_eq!(
        (&ready["tell"], &ready["bound"], &ready["missing"]),
        (&json!("ready"), &json!(1), &json!([])),
        "{ready}"
    );
    assert!(!folder.exists(), "what was sent goes once it is read");
    agent.order(&json!({"say": "probe", "standing": ["127.0.0.1"], "first": "127.0.0.1"}));
    let word = agent.word();
    let report = &word["report"];
    assert_eq!(report["host"], "10.0.0.1", "{word}");
    assert_eq!(report["verdict"], "pass");
    let finding = &report["findings"][0];
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&finding["endpoint"]["host"], &finding["certainty"]),
        (&json!("127.0.0.1"), &json!("proven"))
    );
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    agent.end();
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap_err();
}

#[test]
fn a_node_where_no_responder_stands_is_not_asked_for_its_proof() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("portcheck");
    std::fs::create_dir(&folder).unwrap();
    let mut agent = Agent::start(&folder);
    agent.word();
    agent.order(&task(free_port()));
    agent.word();
    agent.order(&json!({"say": "probe", "standing": [], "first": null}));
    let word = agent.word();
    let evidence = word["report"]["findings"][0]["evidence"].to_string();
    assert!(!evidence.contains("responder"), "{word}");
    agent.end();
}

#[test]
fn what_a_node_cannot_do_is_told_as_on_a_terminal() {
    let mut agent = Agent::start(std::path::Path::new("/nonexistent/portcheck"));
    agent.word();
    agent.order(&json!({
        "say": "prepare", "names": [], "token": "x", "files": {}, "arguments": ["--profile=none"],
    }));
    let word = agent.word();
    assert_eq!(word["tell"], "failed");
    agent.end();
}
