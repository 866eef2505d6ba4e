//! `run` and `plan` of a profile: a catalog of the test's own, all of it on loopback.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::{Portcheck, peer::Peer};

/// A catalog with a service at `PORT`, one that only `--set relay=…` gives a host, a feature, and
/// an optional rule.
const CATALOG: &str = "\
catalog: demo
title: Demo ports
pages:
  page: {title: Ports, read: 2026-11-20}
sections:
  main: {page: page, title: Main}
groups:
  machine: {about: this machine}
  nodes: {about: nodes, bound-by: nodes}
  relay: {about: the relay, bound-by: relay}
variables:
  nodes: {about: the nodes, kind: hosts, flag: --node}
  relay: {about: the relay, kind: host}
features:
  extra: {about: more, default: false}
profiles:
  demo: {about: all of it, from: machine, rules: [\"demo.*\"], skip: [demo.range]}
  demo-range: {about: the range, from: machine, rules: [demo.range]}
rules:
  - id: demo.service
    section: main
    stated: {port: \"1\"}
    level: mandatory
    from: machine
    to: nodes
    port: PORT
    transports: [tcp]
    protocol: tcp
    expect: service
    service: Service
    purpose: Serves
  - id: demo.relay
    section: main
    stated: {port: \"25\"}
    level: mandatory
    from: machine
    to: relay
    port: PORT
    transports: [tcp]
    protocol: tcp
    service: Relay
    purpose: Relays
  - id: demo.extra
    section: main
    stated: {port: \"2\"}
    level: optional
    feature: extra
    from: machine
    to: nodes
    port: PORT
    transports: [tcp]
    protocol: tcp
    service: Extra
    purpose: More
  - id: demo.range
    section: main
    stated: {port: 20000-29999}
    level: mandatory
    from: machine
    to: nodes
    ports: {first: 20000, last: 29999}
    transports: [tcp]
    protocol: tcp
    expect: path
    service: Range
    purpose: Ranges
";

/// The demo catalog in a folder of its own.
struct Demo {
    folder: TempDir,
}

impl Demo {
    fn new(peer: &Peer) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = CATALOG.replace("PORT", &peer.port());
        fs::write(folder.path().join("demo.yaml"), text).unwrap();
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `portcheck COMMAND --catalog demo.yaml …` in the folder.
    fn portcheck(&self, command: &str, arguments: &[&str]) -> Portcheck {
        let common = [command, "--catalog", "demo.yaml", "--profile", "demo"];
        let mut portcheck = Portcheck::new(&[&common, arguments].concat());
        portcheck.command().current_dir(self.folder.path());
        portcheck
    }
}

#[test]
fn a_rule_without_a_host_leaves_the_run_undecided() {
    let peer = Peer::accepting();
    let port = peer.port();
    Demo::new(&peer)
        .portcheck("run", &["--node=127.0.0.1"])
        .exits(3)
        .prints(&format!(
            "\
Main
✓ pass     127.0.0.1:{port}/tcp  Service  open  [time]
- skip     relay:{port}/tcp  not-configured, say who it is: --set relay=HOST[:PORT]

1 rule off: needs --with extra (1)
INCONCLUSIVE: 1 of 2 mandatory checks skipped, 1 passed in [time] (exit 3)
"
        ))
        .run();
}

#[test]
fn a_run_passes_once_every_mandatory_check_does() {
    let peer = Peer::accepting();
    let port = peer.port();
    let demo = Demo::new(&peer);
    fs::write(
        demo.file("site.yaml"),
        "site: here\ngroups: {nodes: [127.0.0.1]}\nvariables: {relay: 127.0.0.1}\n",
    )
    .unwrap();
    demo.portcheck("run", &["--site=site.yaml"])
        .prints(&format!(
            "\
Main
✓ pass     127.0.0.1:{port}/tcp  Service  open  [time]
✓ pass     127.0.0.1:{port}/tcp  Relay    open  [time]

1 rule off: needs --with extra (1)
PASS: 2 of 2 mandatory checks passed in [time] (exit 0)
"
        ))
        .run();
}

#[test]
fn a_failed_mandatory_check_fails_the_run() {
    let peer = Peer::closed();
    let printed = Demo::new(&peer)
        .portcheck(
            "run",
            &["--node=127.0.0.1", "--set=relay=127.0.0.1", "--format=json"],
        )
        .exits(1)
        .prints_anything()
        .run();
    let report: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(report["verdict"], "fail");
    assert_eq!(report["profiles"][0], "demo");
    assert_eq!(report["findings"][0]["rule"], "demo.service");
    assert_eq!(report["off"][0]["rule"], "demo.extra");
}

#[test]
fn a_plan_sends_nothing() {
    let peer = Peer::accepting();
    let port = peer.port();
    Demo::new(&peer)
        .portcheck("plan", &["--node=127.0.0.1"])
        .prints(&format!(
            "\
Main
• probe    127.0.0.1:{port}/tcp  machine → nodes  tcp, service
- skip     relay:{port}/tcp  not-configured: needs --set relay=HOST[:PORT]

1 rule off: needs --with extra (1)
2 checks: 1 to be probed with 1 connection per address, 1 not configured; nothing was sent
"
        ))
        .run();
    assert!(!peer.was_reached());
}

#[test]
fn every_mistake_of_site_and_selection_is_told_at_once() {
    let peer = Peer::accepting();
    let printed = Demo::new(&peer)
        .portcheck("run", &["--set=rely=x", "--with=extr", "--profile=dmo"])
        .exits(2)
        .tells_anything()
        .run();
    let (told, profiles) = printed.stderr.split_once("help: the profiles are").unwrap();
    assert_eq!(
        told,
        "error: `--set rely=x`: unknown variable `rely`\n\
         help: did you mean `relay`?\n\
         error: `--with extr`: unknown feature `extr`\n\
         help: did you mean `extra`?\n\
         error: unknown profile `dmo`\n\
         help: did you mean `demo`?\n"
    );
    assert!(
        profiles.ends_with("`demo` and `demo-range`\n"),
        "{profiles}"
    );
    assert!(!peer.was_reached());
}

#[test]
fn a_mistake_in_the_site_file_has_its_place() {
    let peer = Peer::accepting();
    let demo = Demo::new(&peer);
    fs::write(
        demo.file("site.yaml"),
        "site: here\ngroups: {nods: [127.0.0.1]}\n",
    )
    .unwrap();
    demo.portcheck("run", &["--site=site.yaml"])
        .exits(2)
        .tells(
            "error: unknown group `nods`\n \
             --> site.yaml:2:10\n\
             2 | groups: {nods: [127.0.0.1]}\n  \
             |          ^^^^\n\
             help: did you mean `nodes`?\n",
        )
        .run();
}

#[test]
fn a_selection_that_leaves_nothing_is_a_mistake() {
    let peer = Peer::accepting();
    Demo::new(&peer)
        .portcheck("run", &["--only=demo.extra", "--node=127.0.0.1"])
        .exits(2)
        .tells(
            "error: nothing to check: 1 rule of `demo` is switched off and 2 rules are left out\n\
             help: to switch rules on: `--with extra`\n",
        )
        .run();
}

#[test]
fn an_address_of_this_machine_is_no_target_and_that_is_said() {
    let Some(own) = own_address() else {
        eprintln!("skipped: this machine has no address but loopback");
        return;
    };
    let peer = Peer::accepting();
    let note = format!("note: `{own}` is this machine and is no target\n");
    Demo::new(&peer)
        .portcheck("plan", &["--node", &format!("127.0.0.1,{own}")])
        .prints_anything()
        .tells(&note)
        .run();
}

#[test]
fn ten_thousand_checks_fit_under_a_low_descriptor_limit() {
    let peer = Peer::accepting();
    let demo = Demo::new(&peer);
    // The ports are nobody's in a namespace of its own.
    let script = format!(
        "ip link set lo up && ulimit -n 256 && exec {} run --catalog demo.yaml \
         --profile demo-range --node 127.0.0.1 --full-ranges --format json",
        env!("CARGO_BIN_EXE_portcheck")
    );
    let output = Command::new("unshare")
        .args(["-rn", "sh", "-c", &script])
        .current_dir(demo.folder.path())
        .stdin(Stdio::null())
        .output();
    let Some(output) = output.ok().filter(|output| !output.stdout.is_empty()) else {
        eprintln!("skipped, for want of the right to make a namespace");
        return;
    };
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let ports = &report["findings"][0]["endpoint"]["ports"];
    assert_eq!(ports["checked"], 10_000);
    assert_eq!(ports["failed"], serde_json::json!([]));
}

/// An address of this machine that is not loopback's.
fn own_address() -> Option<String> {
    let output = Command::new("hostname").arg("-I").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().next().map(str::to_owned)
}
