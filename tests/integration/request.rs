//! The change to ask for.

use std::fs;

use crate::{Portcheck, peer::Peer};

/// The report of a probe of a port that refuses, in a file.
struct Failed {
    _folder: tempfile::TempDir,
    path: String,
    port: String,
}

impl Failed {
    fn new(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        let peer = Peer::closed();
        let uri = format!("tcp://127.0.0.1:{}", peer.port());
        let probe = ["probe", &uri, "--expect", "service", "--format", "json"];
        let probe = Portcheck::new(&[&probe, options].concat());
        let report = probe.exits(1).prints_anything().run().stdout;
        fs::write(&path, report).unwrap();
        Self {
            path: path.to_str().unwrap().to_owned(),
            port: peer.port(),
            _folder: folder,
        }
    }
}

#[test]
fn what_failed_is_a_flow_from_the_address_that_its_packets_left_from() {
    let failed = Failed::new(&[]);
    let port = &failed.port;
    Portcheck::new(&["request", &failed.path, "--for", "csv"])
        .prints(&format!(
            "source,destination,transport,ports,direction,purpose,rules,page\r\n\
             127.0.0.1,127.0.0.1,tcp,{port},outbound,tcp,tcp://127.0.0.1:{port},\r\n"
        ))
        .run();
}

#[test]
fn a_named_chain_gets_the_rule_and_the_undo_takes_it_back() {
    let failed = Failed::new(&[]);
    let undo = format!("{}.undo", failed.path);
    let chain = ["--chain", "inet site out", "--undo", &undo];
    let request = ["request", &failed.path, "--for", "nftables"];
    let printed = Portcheck::new(&[&request[..], &chain].concat())
        .prints_anything()
        .run();
    let rule = format!(
        "insert rule inet site out ip saddr 127.0.0.1 ip daddr 127.0.0.1 tcp dport {} accept comment \"",
        failed.port
    );
    assert!(printed.stdout.contains(&rule), "{}", printed.stdout);
    let undo = fs::read_to_string(undo).unwrap();
    assert!(undo.ends_with("take_back 'inet' 'site' 'out'\n"), "{undo}");
}

#[test]
fn where_nothing_failed_there_is_nothing_to_ask_for() {
    let green = format!("{}/tests/reports/green.json", env!("CARGO_MANIFEST_DIR"));
    Portcheck::new(&["request", &green, "--for", "nftables"])
        .tells("note: nothing to ask for\n")
        .run();
}

#[test]
fn a_redacted_report_says_of_nobody_where_he_is() {
    let failed = Failed::new(&["--redact"]);
    let printed = Portcheck::new(&["request", &failed.path])
        .exits(2)
        .tells_anything()
        .run();
    let help = "help: make the request from the report that was not redacted\n";
    assert!(printed.stderr.ends_with(help), "{}", printed.stderr);
}

#[test]
fn every_mistake_is_told_at_once() {
    let options = ["--chain", "filter input", "--undo", "u", "--source", "eth0"];
    Portcheck::new(&[&["request"][..], &options].concat())
        .exits(2)
        .tells(
            "error: `--chain`: got `filter input`, expected `FAMILY TABLE CHAIN`, the family `ip`, \
             `ip6` or `inet`: `inet filter input`\n\
             error: `--undo`: a table changes nothing that could be taken back\n\
             help: `--for nftables`, say, does\n\
             error: nothing says what is needed\n\
             help: give a saved report, or `--profile NAME`\n\
             error: `--source`: got `eth0`, expected an address such as `10.0.0.7`\n",
        )
        .run();
}

#[test]
fn a_plan_is_asked_for_whole_and_names_stay_names() {
    let request = [
        "request",
        "--profile",
        "looker-server",
        "--for",
        "squid",
        "--source",
        "10.0.0.7",
    ];
    let printed = Portcheck::new(&request)
        .prints_anything()
        .tells_anything()
        .run();
    assert!(
        printed.stdout.contains("dstdomain -n license.looker.com\n"),
        "{}",
        printed.stdout
    );
    assert!(
        printed
            .stderr
            .contains("nobody has said who is reached: --set databases=")
    );
}

#[test]
fn a_site_is_asked_for_from_each_of_its_machines() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site.yaml");
    fs::write(&site, "groups: {nodes: [10.9.0.1, 10.9.0.2]}\n").unwrap();
    let site = site.to_str().unwrap();
    let only = "thoughtspot.intracluster.9042";
    let request = [
        "request",
        "--profile",
        "thoughtspot-intracluster",
        "--only",
        only,
    ];
    let options = ["--site", site, "--source", "10.9.0.9", "--for", "csv"];
    let printed = Portcheck::new(&[&request[..], &options].concat())
        .prints_anything()
        .tells_anything()
        .run();
    for pair in ["10.9.0.1,10.9.0.2,tcp,9042,", "10.9.0.2,10.9.0.1,tcp,9042,"] {
        assert!(printed.stdout.contains(pair), "{}", printed.stdout);
    }
}

#[test]
fn every_platform_has_words_for_a_plan() {
    let platforms = [
        "table",
        "csv",
        "markdown",
        "nftables",
        "iptables",
        "firewalld",
        "ufw",
        "aws",
        "terraform-aws",
        "azure",
        "gcp",
        "kubernetes",
        "cilium",
        "squid",
        "aerleon",
    ];
    let node = ["--node", "10.9.0.2,10.9.0.3", "--source", "10.9.0.1"];
    for platform in platforms {
        let request = [
            "request",
            "--profile",
            "thoughtspot-intracluster",
            "--for",
            platform,
        ];
        let printed = Portcheck::new(&[&request[..], &node].concat())
            .prints_anything()
            .tells_anything()
            .run();
        assert!(
            printed.stdout.contains("10.9.0.2"),
            "{platform}: {}",
            printed.stdout
        );
        if ["aws", "azure"].contains(&platform) {
            let read: Result<serde_json::Value, _> = serde_json::from_str(&printed.stdout);
            assert!(read.is_ok(), "{platform}");
        }
        let over = "do not fit one security group, whose quota is 60";
        assert_eq!(
            printed.stderr.contains(over),
            platform.ends_with("aws"),
            "{platform}"
        );
    }
}
