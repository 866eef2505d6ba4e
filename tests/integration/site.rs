//! The site file, the inventory and who this machine is.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::Portcheck;

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The program in that folder.
fn portcheck(folder: &TempDir, arguments: &[&str]) -> Portcheck {
    let mut portcheck = Portcheck::new(arguments);
    portcheck.command().current_dir(folder.path());
    portcheck
}

/// The plan as JSON, by that command in that folder.
fn plan(folder: &TempDir, arguments: &[&str]) -> Value {
    let common = ["plan", "--format=json"];
    let printed = portcheck(folder, &[&common, arguments].concat())
        .prints_anything()
        .tells_anything()
        .run();
    serde_json::from_str(&printed.stdout).unwrap()
}

/// The hosts that the plan's probes go to, each once, in order.
fn hosts(plan: &Value) -> Vec<&str> {
    let mut hosts: Vec<&str> = plan["probes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|probe| probe["host"].as_str().unwrap())
        .collect();
    hosts.dedup();
    hosts
}

#[test]
fn a_site_file_to_begin_with_is_written_once_and_has_no_mistake() {
    let folder = folder(&[]);
    let init = [
        "site",
        "init",
        "--profile=thoughtspot-cluster,looker-server",
        "--output=site.yaml",
    ];
    portcheck(&folder, &init)
        .tells("wrote `site.yaml`; `portcheck site lint` checks it once you have filled it in\n")
        .run();
    portcheck(&folder, &["site", "lint", "site.yaml"])
        .prints("ok: site.yaml: nothing said yet\n")
        .run();
    let before = fs::read(folder.path().join("site.yaml")).unwrap();
    portcheck(&folder, &init)
        .exits(2)
        .tells(
            "error: `site.yaml` is there already\nhelp: name another file, or move this one away\n",
        )
        .run();
    assert_eq!(fs::read(folder.path().join("site.yaml")).unwrap(), before);
    let printed = portcheck(&folder, &init[..3]).prints_anything().run();
    assert_eq!(printed.stdout.as_bytes(), before);
}

#[test]
fn the_mistakes_of_all_site_files_are_told() {
    let folder = folder(&[
        (
            "good.yaml",
            "groups: {nodes: [a]}\nfeatures: {ipsec: true}\n",
        ),
        ("bad.yaml", "grops: {}\nvariables: {smtp_relay: [a, b]}\n"),
        (
            "old.yaml",
            "waivers:\n  - {rule: looker.*, owner: Jane, reason: x, until: 2020-01-31}\n",
        ),
    ]);
    portcheck(
        &folder,
        &[
            "site",
            "lint",
            "good.yaml",
            "bad.yaml",
            "old.yaml",
            "none.yaml",
        ],
    )
    .exits(2)
    .prints("ok: good.yaml: 1 value, 1 feature\n")
    .tells(
        "error: unknown key `grops`
 --> bad.yaml:1:1
1 | grops: {}
  | ^^^^^
help: did you mean `groups`?

error: got a list, expected text
 --> bad.yaml:2:25
2 | variables: {smtp_relay: [a, b]}
  |                         ^

error: the waiver of `looker.*` ended on 2020-01-31
 --> old.yaml:2:53
2 |   - {rule: looker.*, owner: Jane, reason: x, until: 2020-01-31}
  |                                                     ^^^^^^^^^^
help: ask its owner `Jane` for another day, or remove it

error: there is no such file
 --> none.yaml
",
    )
    .run();
}

#[test]
fn a_huge_file_of_mistakes_ends_soon_and_says_how_many() {
    let line = |number: u32| format!("wrong{number}: [x, y]\n");
    let lines: Vec<String> = (0..50_000).map(line).collect();
    let folder = folder(&[("site.yaml", &lines.concat())]);
    let printed = portcheck(&folder, &["site", "lint", "site.yaml"])
        .exits(2)
        .tells_anything()
        .run();
    assert!(
        printed
            .stderr
            .contains("error: unknown key `wrong0`\n --> site.yaml:1:1\n")
    );
    assert!(
        printed
            .stderr
            .ends_with("error: 49000 more mistakes\n --> site.yaml\n")
    );
    assert!(printed.stderr.len() < 200_000, "{}", printed.stderr.len());
}

#[test]
fn the_schema_of_a_site_file_is_json() {
    let printed = Portcheck::new(&["site", "schema"]).prints_anything().run();
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(schema["title"], "portcheck site");
}

#[test]
fn nodes_come_out_of_an_inventory_by_flag_and_by_environment() {
    let folder = folder(&[
        (
            "hosts",
            "[nodes]\nn[1:2].example ansible_host_x=1\n[db.old]\nd1\n",
        ),
        (
            "site.yaml",
            "groups: {nodes: [other]}\nvariables: {smtp_relay: mail}\n",
        ),
    ]);
    let intracluster = ["--profile=thoughtspot-intracluster", "--only=*.icmp"];
    let by_flag = plan(
        &folder,
        &[
            &intracluster[..],
            &["--inventory=hosts", "--site=site.yaml"],
        ]
        .concat(),
    );
    assert_eq!(hosts(&by_flag), ["n1.example", "n2.example"]);
    let of_group = plan(
        &folder,
        &[&intracluster[..], &["--inventory=db.old=hosts"]].concat(),
    );
    assert_eq!(hosts(&of_group), ["d1"]);
    let printed = portcheck(
        &folder,
        &[&["plan", "--format=json"], &intracluster[..]].concat(),
    )
    .env("PORTCHECK_INVENTORY", "hosts")
    .prints_anything()
    .run();
    let by_environment: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(hosts(&by_environment), ["n1.example", "n2.example"]);
    let typed = plan(
        &folder,
        &[&intracluster[..], &["--inventory=hosts", "--node=typed"]].concat(),
    );
    assert_eq!(hosts(&typed), ["typed"], "a host that is typed comes first");
}

#[test]
fn a_wrong_inventory_is_told_with_its_place() {
    let folder = folder(&[("hosts", "[nodes]\nnode[1:99999999]\n")]);
    let arguments = ["plan", "--profile=thoughtspot-intracluster"];
    portcheck(&folder, &[&arguments[..], &["--inventory=hosts"]].concat())
        .exits(2)
        .tells(
            "error: `node[1:99999999]` stands for 99999999 hosts, expected at most 10000
 --> hosts:2:1
2 | node[1:99999999]
  | ^^^^^^^^^^^^^^^^
",
        )
        .run();
    portcheck(&folder, &[&arguments[..], &["--inventory=none"]].concat())
        .exits(2)
        .tells("error: there is no such file\n --> none\n")
        .run();
}

#[test]
fn nodes_may_be_a_list_or_a_pattern() {
    let folder = folder(&[
        ("nodes", "n1 n2 # two\nm[1:2].x\n"),
        ("bad", "n1 a!b\nn[3:1]\n"),
        (
            "site.yaml",
            "groups: {nodes: [a!b, n1, c!d]}\nvariables: {dns_servers: 'x, e!, f!'}\n",
        ),
    ]);
    let arguments = [
        "plan",
        "--format=json",
        "--profile=thoughtspot-intracluster",
        "--only=*.icmp",
    ];
    let planned = |node: &str| {
        let printed = portcheck(&folder, &[&arguments[..], &["--node", node]].concat())
            .prints_anything()
            .tells_anything()
            .run();
        serde_json::from_str::<Value>(&printed.stdout).unwrap()
    };
    assert_eq!(hosts(&planned("@nodes")), ["n1", "n2", "m1.x", "m2.x"]);
    assert_eq!(hosts(&planned("t,n[08:10]")), ["t", "n08", "n09", "n10"]);
    portcheck(
        &folder,
        &[&arguments[..], &["--node", "n[3:1],n[a", "--node=@bad"]].concat(),
    )
    .exits(2)
    .tells(
        "error: `--node n[3:1]`: got the range `3:1`, expected one such as `[01:16]` or `[a:d]`
error: `--node n[a`: the `[` of `n[a` is never closed
",
    )
    .run();
    portcheck(&folder, &[&arguments[..], &["--node=@bad"]].concat())
        .exits(2)
        .tells(
            "error: `a!b` is neither a host name nor an address
 --> bad:1:4
1 | n1 a!b
  |    ^^^

error: got the range `3:1`, expected one such as `[01:16]` or `[a:d]`
 --> bad:2:1
2 | n[3:1]
  | ^^^^^^
",
        )
        .run();
    let printed = portcheck(&folder, &["site", "lint", "site.yaml"])
        .exits(2)
        .tells_anything()
        .run();
    for host in ["a!b", "c!d", "e!", "f!"] {
        let message = format!("error: `{host}` is neither a host name nor an address\n");
        assert!(printed.stderr.contains(&message), "{}", printed.stderr);
    }
}

#[test]
fn what_an_inventory_leaves_open_is_told() {
    let folder = folder(&[
        ("hosts", "[db]\nd[1:199]\n[web]\nw[1:4]\n"),
        (
            "local",
            "[nodes]\nlocalhost ansible_connection=local\nn1\nn2 ansible_host=n2.example\n",
        ),
        (
            "spread",
            "[nodes]\nn1 ansible_host = 10.0.0.1 ansible_become_pass=x\n",
        ),
    ]);
    let arguments = [
        "plan",
        "--profile=thoughtspot-intracluster",
        "--only=*.icmp",
    ];
    let run = |name: &str| portcheck(&folder, &[&arguments[..], &["--inventory", name]].concat());
    run("hosts")
        .exits(2)
        .tells(
            "error: the inventory has several groups and none is called `nodes`: `db` (199 hosts) and `web` (4 hosts)
 --> hosts
help: name the one with the nodes: `--inventory db=hosts`; `--inventory all=hosts` takes every host
",
        )
        .run();
    run("spread")
        .exits(2)
        .tells(
            "error: word 2 of the line is no `KEY=VALUE`
 --> spread:2:4
2 | … ansible_host …
  |   ^^^^^^^^^^^^
help: write `ansible_host=10.0.0.1`
",
        )
        .run();
    run("local")
        .prints_anything()
        .tells(
            "note: `localhost` is no target: Ansible runs on it, and no `ansible_host` says where others reach it\n",
        )
        .run();
}

#[test]
fn files_may_be_piped_in_once() {
    let folder = folder(&[
        (
            "list",
            r#"{"_meta": {"hostvars": {}}, "nodes": {"hosts": ["n1", "n2"]}}"#,
        ),
        ("site.yaml", "groups: {nodes: [s1]}\n"),
    ]);
    let arguments = [
        "plan",
        "--format=json",
        "--profile=thoughtspot-intracluster",
        "--only=*.icmp",
    ];
    let run = |file: &str, more: &[&str]| {
        let mut run = portcheck(&folder, &[&arguments[..], more].concat());
        let stdin = fs::File::open(folder.path().join(file)).unwrap();
        run.command().stdin(stdin);
        run
    };
    let planned = |file: &str, more: &[&str]| -> Value {
        let printed = run(file, more).prints_anything().tells_anything().run();
        serde_json::from_str(&printed.stdout).unwrap()
    };
    assert_eq!(hosts(&planned("list", &["--inventory=-"])), ["n1", "n2"]);
    assert_eq!(hosts(&planned("site.yaml", &["--site=-"])), ["s1"]);
    run("site.yaml", &["--inventory=-", "--site=-"])
        .exits(2)
        .tells(
            "error: `--inventory -`: stdin is read by `--site` already\nhelp: give one of them a file\n",
        )
        .run();
    run("site.yaml", &["--inventory=-", "--inventory=nodes=-"])
        .exits(2)
        .tells(
            "error: `--inventory -`: stdin can be read once only\nhelp: give one of them a file\n",
        )
        .run();
}

#[test]
fn who_is_said_to_be_somebody_else_is_told_where_to_run_it() {
    let folder = folder(&[]);
    let arguments = [
        "--profile=thoughtspot-end-user",
        "--node=192.0.2.7",
        "--only=thoughtspot.end-user.443",
    ];
    let seen = |plan: &Value| {
        let check = &plan["checks"][0];
        (
            check["status"].as_str().unwrap().to_owned(),
            check["inbound"].as_bool(),
            check["command"].as_str().map(str::to_owned),
        )
    };
    let here = plan(&folder, &arguments);
    assert_eq!(seen(&here), ("probe".into(), None, None));
    let command = "portcheck run --profile thoughtspot-end-user --node 192.0.2.7";
    let elsewhere = ("not-from-here".into(), Some(true), Some(command.into()));
    let by_flag = plan(&folder, &[&arguments[..], &["--as=nodes"]].concat());
    assert_eq!(seen(&by_flag), elsewhere);
    assert_eq!(by_flag["roles"][0]["group"], "nodes");
    let printed = portcheck(
        &folder,
        &[&["run", "--format=json"], &arguments[..]].concat(),
    )
    .env("PORTCHECK_AS", "nodes")
    .prints_anything()
    .tells(
        "note: nothing can be checked from this machine: other machines open these connections\n",
    )
    .exits(3)
    .run();
    let report: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(report["findings"][0]["cause"], "not-from-here");
    assert_eq!(report["verdict"], "skip");
}

/// Runs a shell script in a namespace whose loopback is up; `None` without the right to make one.
fn in_namespace(script: &str, folder: &Path) -> Option<Output> {
    let script = format!("ip link set lo up && {script}");
    let output = Command::new("unshare")
        .args(["-rn", "sh", "-c", &script, env!("CARGO_BIN_EXE_portcheck")])
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    if output.stdout.is_empty() {
        eprintln!("skipped, for want of the right to make a namespace");
        return None;
    }
    Some(output)
}

/// Two nodes, users by their network, and a waiver.
const SITE: &str = "\
groups: {nodes: [10.9.0.1, 10.9.0.2], users: [10.20.0.0/16]}
waivers:
  - {rule: looker.*, owner: Jane, reason: ticket 1, until: 2999-12-31}
  - {rule: thoughtspot.intracluster.icmp, owner: Joe, reason: ticket 2, until: 2999-12-31}
";

#[test]
fn a_machine_knows_itself_by_the_sites_addresses_and_networks() {
    let folder = folder(&[("site.yaml", SITE)]);
    let roles = |address: &str| {
        let script = format!(
            "ip address add {address}/32 dev lo && exec \"$0\" plan --site site.yaml \
             --profile thoughtspot-intracluster --format json"
        );
        let output = in_namespace(&script, folder.path())?;
        let plan: Value = serde_json::from_slice(&output.stdout).unwrap();
        let role = plan["roles"][0]["group"].as_str().unwrap_or("-").to_owned();
        let status = plan["checks"][0]["status"].as_str().unwrap().to_owned();
        Some((role, status))
    };
    let Some(node) = roles("10.9.0.1") else {
        return;
    };
    assert_eq!(node, ("nodes".into(), "probe".into()));
    let user = ("users".into(), "not-from-here".into());
    assert_eq!(roles("10.20.3.4"), Some(user));
    assert_eq!(roles("10.30.0.1"), Some(("-".into(), "probe".into())));
}

#[test]
fn a_waived_failure_shows_and_does_not_gate() {
    let folder = folder(&[("site.yaml", SITE)]);
    let script = "exec \"$0\" run --site site.yaml --profile thoughtspot-intracluster \
                  --only 'thoughtspot.*.icmp' --format json --strict";
    let Some(output) = in_namespace(script, folder.path()) else {
        return;
    };
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let finding = &report["findings"][0];
    assert_eq!(finding["verdict"], "fail");
    assert_eq!(
        finding["waived"],
        serde_json::json!({"owner": "Joe", "reason": "ticket 2", "until": "2999-12-31"})
    );
    assert_eq!(
        (&report["verdict"], &report["exit_code"]),
        (&"warn".into(), &0.into())
    );
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn what_another_program_holds_is_told_of_a_node_and_does_not_gate() {
    let folder = folder(&[]);
    let script = "echo 40000 50000 > /proc/sys/net/ipv4/ip_local_port_range; \
                  python3 -c 'import socket,time; s=socket.create_server((\"127.0.0.1\",8080)); \
                  open(\"ready\",\"w\"); time.sleep(30)' & \
                  timeout 20 sh -c 'while [ ! -e ready ]; do :; done'; \
                  \"$0\" run --profile thoughtspot-intracluster --node 127.0.0.1 --format json; \
                  code=$?; kill $!; exit $code";
    let Some(output) = in_namespace(script, folder.path()) else {
        return;
    };
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let local: Vec<&Value> = findings.filter(|it| it["catalog"] == "local").collect();
    let causes: Vec<&Value> = local.iter().map(|finding| &finding["cause"]).collect();
    assert_eq!(causes, ["port-taken", "ephemeral-range"]);
    let seen = local[0]["evidence"][0].as_str().unwrap();
    assert!(seen.starts_with("python3 (pid "), "{seen}");
    assert!(seen.ends_with(") at 127.0.0.1:8080 listens"), "{seen}");
    assert_eq!(local[0]["endpoint"]["port"], 8080);
    assert_eq!(local[0]["level"], "optional");
}
