//! `probe` against peers on loopback: each outcome has its name.

use std::{collections::BTreeSet, fs};

use serde_json::Value;

use crate::{
    Portcheck,
    peer::{Days, Peer},
};

/// The JSON report of endpoints, all in one run.
fn report(arguments: &[&str], code: i32) -> Value {
    let common = ["probe", "--format=json", "--timeout=500ms"];
    let printed = Portcheck::new(&[&common, arguments].concat())
        .exits(code)
        .prints_anything()
        .run();
    serde_json::from_str(&printed.stdout).unwrap()
}

/// Verdict and cause of the only finding.
fn outcome(arguments: &[&str], code: i32) -> (String, Option<String>) {
    let report = report(arguments, code);
    let finding = &report["findings"][0];
    let word = |value: &Value| value.as_str().map(str::to_owned);
    (word(&finding["verdict"]).unwrap(), word(&finding["cause"]))
}

fn seen(verdict: &str, cause: &str) -> (String, Option<String>) {
    (verdict.to_owned(), Some(cause.to_owned()))
}

#[test]
fn an_open_port_passes() {
    let peer = Peer::accepting();
    let (verdict, cause) = outcome(&[&peer.uri("tcp")], 0);
    assert_eq!((verdict.as_str(), cause), ("pass", None));
}

#[test]
fn a_closed_port_is_refused_and_its_path_is_open() {
    let peer = Peer::closed();
    assert_eq!(outcome(&[&peer.uri("tcp")], 1), seen("fail", "tcp-refused"));
    let (verdict, _) = outcome(&["--expect=path", &peer.uri("tcp")], 0);
    assert_eq!(verdict, "pass");
}

#[test]
fn a_silent_port_fails_and_a_silent_datagram_is_not_decided() {
    let peer = Peer::silent();
    assert_eq!(
        outcome(&[&peer.uri("tcp")], 1),
        seen("fail", "tcp-no-reply")
    );
    let peer = Peer::udp_silent();
    assert_eq!(
        outcome(&[&peer.uri("udp")], 3),
        seen("inconclusive", "udp-no-reply")
    );
}

#[test]
fn an_echo_answers_and_a_closed_udp_port_is_unreachable() {
    let peer = Peer::udp_echo();
    let (verdict, cause) = outcome(&[&peer.uri("udp")], 0);
    assert_eq!((verdict.as_str(), cause), ("pass", None));
    let peer = Peer::udp_closed();
    assert_eq!(
        outcome(&[&peer.uri("udp")], 1),
        seen("fail", "udp-port-unreachable")
    );
}

#[test]
fn a_certificate_of_ones_own_is_trusted_once_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let (peer, certificate) = Peer::tls(&["127.0.0.1"]);
    let uri = peer.uri("tls");
    assert_eq!(outcome(&[&uri], 1), seen("fail", "tls-self-signed"));
    let file = folder.path().join("ca.pem");
    fs::write(&file, certificate).unwrap();
    let (verdict, cause) = outcome(&["--ca-file", file.to_str().unwrap(), &uri], 0);
    assert_eq!((verdict.as_str(), cause), ("pass", None));
}

#[test]
fn a_certificate_for_another_name_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (peer, certificate) = Peer::tls(&["other.example"]);
    let file = folder.path().join("ca.pem");
    fs::write(&file, certificate).unwrap();
    assert_eq!(
        outcome(&["--ca-file", file.to_str().unwrap(), &peer.uri("tls")], 1),
        seen("fail", "tls-name-mismatch")
    );
}

#[test]
fn a_file_that_holds_no_certificate_is_found_before_the_first_packet() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    fs::write(&file, "").unwrap();
    let peer = Peer::accepting();
    let path = file.display();
    Portcheck::new(&[
        "probe",
        &peer.uri("tcp"),
        "--public-roots=/no/such.pem",
        &format!("--ca-file={path}"),
    ])
    .exits(2)
    .tells(&format!(
        "error: `{path}` holds no certificate, expected `-----BEGIN CERTIFICATE-----`\n\
         error: cannot read `/no/such.pem`: there is no such file or directory\n"
    ))
    .run();
    assert!(!peer.was_reached());
}

#[test]
fn a_warning_fails_only_a_strict_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let (peer, certificate) = Peer::tls_for(&["127.0.0.1"], Days(10));
    fs::write(&file, certificate).unwrap();
    let uri = peer.uri("tls");
    let arguments = ["--ca-file", file.to_str().unwrap(), &uri];
    assert_eq!(outcome(&arguments, 0), seen("warn", "tls-expires-soon"));
    let strict = [&arguments[..], &["--strict"]].concat();
    assert_eq!(outcome(&strict, 1), seen("warn", "tls-expires-soon"));
}

#[test]
fn lists_of_endpoints_are_read_and_every_mistake_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write(
        "good",
        "# ours\n127.0.0.1 1,2\n127.0.0.1:2\ntcp://127.0.0.1:3\n",
    );
    write("bad", "127.0.0.1\n127.0.0.1 443/tpc\n");
    let run = |arguments: &[&str]| {
        let mut run = Portcheck::new(&[&["probe"], arguments].concat());
        run.command().current_dir(folder.path());
        run
    };
    let rules = |arguments: &[&str]| -> Vec<String> {
        let printed = run(&[&["--no-path", "-o", "json=-"], arguments].concat())
            .exits(1)
            .prints_anything()
            .run();
        let report: Value = serde_json::from_str(&printed.stdout).unwrap();
        let findings = report["findings"].as_array().unwrap().iter();
        let rule = |finding: &Value| finding["rule"].as_str().unwrap().to_owned();
        findings.map(rule).collect()
    };
    let three = [
        "tcp://127.0.0.1:1",
        "tcp://127.0.0.1:2",
        "tcp://127.0.0.1:3",
    ];
    assert_eq!(rules(&["--from", "good"]), three);
    assert_eq!(rules(&["--ports", "1-3", "127.0.0.1"]), three);
    assert_eq!(rules(&["--from=good", "--ports=1", "127.0.0.1"]), three);
    run(&["--from", "bad"])
        .exits(2)
        .tells(
            "error: got no port
 --> bad:1:1
1 | 127.0.0.1
  | ^^^^^^^^^
help: write `HOST PORT`, `HOST:PORT`, or a URI such as `https://HOST`

error: unknown protocol `tpc`
 --> bad:2:11
2 | 127.0.0.1 443/tpc
  |           ^^^^^^^
help: did you mean `tcp`?
",
        )
        .run();
    run(&["--ports", "80:90,x", "h:1", "b!"])
        .exits(2)
        .tells(
            "error: `--ports`: `80:90` is no port
help: a range is written `80-90`
error: `--ports`: unknown protocol `x`
",
        )
        .run();
    run(&["--ports", "80", "h:1", "b!"])
        .exits(2)
        .tells(
            "error: `ENDPOINT h:1`: `h:1` has a port of its own beside `--ports`
help: take it away, or give the endpoint without `--ports`
error: `ENDPOINT b!`: `b!` is neither a host name nor an address
",
        )
        .run();
}

#[test]
fn endpoints_that_are_none_are_all_told() {
    Portcheck::new(&["probe", "tcp://a", "//", "tcp://127.0.0.1:1?expct=path"])
        .exits(2)
        .tells(
            "error: endpoint `tcp://a`: got no port, expected `tcp://HOST:PORT`\n\
             error: endpoint `//`: got path `//`, expected none: portcheck asks for `/` only\n\
             error: endpoint `tcp://127.0.0.1:1?expct=path`: unknown option `expct`\n\
             help: did you mean `expect`?\n\
             help: the options are `starttls`, `tls`, `name`, `pki`, `expect` and `timeout`\n",
        )
        .run();
}

#[test]
fn each_endpoint_has_a_row_with_its_cause_and_what_to_do() {
    let (open, closed) = (Peer::accepting(), Peer::closed());
    let (first, second) = (open.uri("tcp"), closed.uri("tcp"));
    let port = second.rsplit(':').next().unwrap();
    Portcheck::new(&["probe", &first, &second])
        .exits(1)
        .prints(&format!(
            "\
Endpoints
✓ pass     {first}  tcp  open  [time]
✗ FAIL     {second}  tcp  tcp-refused  [time]
           connection refused
           → start the service on 127.0.0.1, or ask the network team whether a firewall rejects tcp
             to 127.0.0.1 port {port}

portcheck explain tcp-refused tells more
FAIL: 1 of 2 mandatory checks failed, 1 passed in [time] (exit 1)
"
        ))
        .run();
}

/// The report has exactly the fields that its schema names, and every one that it demands.
#[test]
fn the_report_keeps_to_its_schema() {
    let (open, closed) = (Peer::accepting(), Peer::closed());
    let report = report(&[&open.uri("tcp"), &closed.uri("tcp")], 1);
    let printed = Portcheck::new(&["report", "--schema"])
        .prints_anything()
        .run();
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap();
    hold(&report, &schema, &schema);
}

/// Holds an object to the properties of its schema, and what is in it likewise.
fn hold(value: &Value, schema: &Value, root: &Value) {
    let schema = schema["$ref"]
        .as_str()
        .map_or(schema, |path| root.pointer(&path[1..]).unwrap());
    if let (Some(object), Some(properties)) = (value.as_object(), schema["properties"].as_object())
    {
        let names: BTreeSet<&String> = object.keys().collect();
        let known: BTreeSet<&String> = properties.keys().collect();
        assert!(names.is_subset(&known), "{names:?} {known:?}");
        for required in schema["required"].as_array().into_iter().flatten() {
            assert!(
                object.contains_key(required.as_str().unwrap()),
                "{required}"
            );
        }
        for (name, inner) in object {
            hold(inner, &properties[name], root);
        }
    }
    for item in value.as_array().into_iter().flatten() {
        hold(item, &schema["items"], root);
    }
}
