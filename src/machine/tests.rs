use std::{fs, path::Path};

use proptest::{prelude::*, test_runner::Config};

use super::*;

/// A root with these files.
fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// Name servers and time servers below a root with these files, each as `SERVERS in FILE`.
fn configured(files: &[(&str, &str)]) -> (String, String) {
    let root = root(files);
    let facts = Machine::read_from(root.path());
    let shown = |configured: Configured| {
        let servers: Vec<String> = configured.servers.iter().map(ToString::to_string).collect();
        format!("{} in {}", servers.join(" "), configured.file)
    };
    (shown(facts.dns_servers), shown(facts.ntp_servers))
}

#[test]
fn name_servers_are_those_of_resolv_conf() {
    let text = "# x\nnameserver 10.0.0.1 # first\nsearch a\n\tnameserver ::2\nnameserver ::1\nnameserver fe80::1%eth0\n\
                nameserver\nnameserver 10.0.0.1\nnameservers 10.9.9.9\n";
    let found = configured(&[("etc/resolv.conf", text)]);
    assert_eq!(found.0, "10.0.0.1 ::1 fe80::1%eth0 in /etc/resolv.conf");
    assert_eq!(configured(&[]).0, " in ");
    assert_eq!(
        configured(&[("etc/resolv.conf", "\u{0}")]).0,
        " in /etc/resolv.conf"
    );
}

#[test]
fn behind_the_stub_of_resolved_stand_its_name_servers() {
    let stub = ("etc/resolv.conf", "nameserver 127.0.0.53\n");
    let path = "run/systemd/resolve/resolv.conf";
    let found = configured(&[stub, (path, "nameserver 10.0.0.9\n")]);
    assert_eq!(found.0, "10.0.0.9 in /run/systemd/resolve/resolv.conf");
    assert_eq!(configured(&[stub]).0, "127.0.0.53 in /etc/resolv.conf");
    assert_eq!(
        configured(&[stub, (path, "")]).0,
        "127.0.0.53 in /etc/resolv.conf"
    );
}

#[test]
fn time_servers_are_those_of_the_first_daemon_that_has_some() {
    let chrony = "! x\n# server no\npool 2.debian.pool.ntp.org iburst\nServer a port 1123 iburst\n\
                  peer b\nserver\nserver a_b!\nallow 10/8\n";
    let all = [
        ("etc/chrony/chrony.conf", chrony),
        (
            "etc/ntp.conf",
            "server -4 c prefer\nserver 127.127.1.0\nrestrict d\n",
        ),
        (
            "etc/systemd/timesyncd.conf",
            "[Time]\n#NTP=x\nFallbackNTP=e f\n",
        ),
    ];
    let found = |files: &[(&str, &str)]| configured(files).1;
    assert_eq!(
        found(&all),
        "2.debian.pool.ntp.org a:1123 b in /etc/chrony/chrony.conf"
    );
    assert_eq!(found(&all[1..]), "c in /etc/ntp.conf");
    assert_eq!(found(&all[2..]), "e f in /etc/systemd/timesyncd.conf");
    assert_eq!(
        found(&[("etc/ntp.conf", "driftfile x\n")]),
        " in /etc/ntp.conf"
    );
}

#[test]
fn time_servers_may_stand_in_the_parts_of_a_configuration() {
    let found = |files: &[(&str, &str)]| configured(files).1;
    let chrony = (
        "etc/chrony/chrony.conf",
        "server z\nsourcedir /run/chrony-dhcp\nsourcedir /etc/chrony/sources.d\nconfdir /etc/chrony/conf.d /usr/share/chrony.d\n\
         include /etc/chrony/more*.conf\nserver y\n",
    );
    let source = (
        "etc/chrony/sources.d/site.sources",
        "server a\nconfdir /x\n",
    );
    let dhcp = ("run/chrony-dhcp/eth0.sources", "server 10.0.0.9 iburst\n");
    let other = ("etc/chrony/sources.d/readme", "server b\n");
    let part = ("etc/chrony/conf.d/b.conf", "server c\n");
    let shadowed = ("usr/share/chrony.d/b.conf", "server d\n");
    let more = ("etc/chrony/more1.conf", "server e\n");
    assert_eq!(
        found(&[chrony, source, dhcp, other, part, shadowed, more]),
        "z c e y 10.0.0.9 a in /etc/chrony/chrony.conf"
    );
    let only_dhcp = ("etc/chrony.conf", "sourcedir /run/chrony-dhcp\r\n");
    assert_eq!(
        found(&[only_dhcp, dhcp]),
        "10.0.0.9 in /run/chrony-dhcp/eth0.sources"
    );
    let round = ("etc/chrony.conf", "include /etc/chrony.conf\nserver a\n");
    assert_eq!(found(&[round]), "a in /etc/chrony.conf");
}

#[test]
fn keys_are_agreed_on_at_a_port_of_their_own() {
    let text = "server a nts\nserver b nts ntsport 4461 port 11123\nserver c iburst\n";
    let root = root(&[("etc/chrony/chrony.conf", text)]);
    let facts = Machine::read_from(root.path());
    let keys: Vec<String> = facts
        .ntp_servers
        .keys
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(keys, ["a:4460", "b:4461"]);
}

#[test]
fn timesyncd_is_read_by_section_with_continued_lines_and_what_is_dropped_in() {
    let found = |files: &[(&str, &str)]| configured(files).1;
    let main = (
        "etc/systemd/timesyncd.conf",
        "NTP=x\n[Time]\nNTP=a \\\n# not this\n  b\nFallbackNTP=z\n[Other]\nNTP=y\n",
    );
    assert_eq!(found(&[main]), "a b in /etc/systemd/timesyncd.conf");
    let part = (
        "etc/systemd/timesyncd.conf.d/site.conf",
        "[Time]\nNTP=\nNTP=c\n",
    );
    let same = (
        "usr/lib/systemd/timesyncd.conf.d/site.conf",
        "[Time]\nNTP=d\n",
    );
    let late = ("run/systemd/timesyncd.conf.d/zz.conf", "[Time]\nNTP=e\n");
    assert_eq!(
        found(&[main, part, same, late]),
        "c e in /etc/systemd/timesyncd.conf.d/site.conf"
    );
}

#[test]
fn what_is_no_file_is_not_read() {
    let root = root(&[]);
    fs::create_dir_all(root.path().join("etc/resolv.conf")).unwrap();
    assert_eq!(Machine::read_from(root.path()), Machine::default());
    assert_eq!(
        Machine::read_from(Path::new("/nowhere")),
        Machine::default()
    );
}

#[test]
fn of_a_huge_file_the_beginning_counts() {
    let text =
        "nameserver 10.0.0.1\n".to_owned() + &"#\n".repeat(1_000_000) + "nameserver 10.0.0.2\n";
    assert_eq!(
        configured(&[("etc/resolv.conf", &text)]).0,
        "10.0.0.1 in /etc/resolv.conf"
    );
}

#[test]
fn this_machine_says_something_of_itself() {
    let facts = Machine::read();
    assert!(
        facts
            .addresses
            .iter()
            .all(|address| !address.is_unspecified())
    );
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(64) })]

    #[test]
    fn no_configuration_makes_the_reader_panic(bytes: Vec<u8>, text in "(server|pool|nameserver|NTP=|[ \n.:0-9a])*") {
        let files = ["etc/resolv.conf", "etc/ntp.conf", "etc/systemd/timesyncd.conf"];
        let root = root(&files.map(|path| (path, "")));
        for path in files {
            fs::write(root.path().join(path), [&bytes, text.as_bytes()].concat()).unwrap();
        }
        let _ = Machine::read_from(root.path());
    }
}

#[test]
fn this_machine_is_known_by_its_long_and_short_names() {
    let machine = |name: &str, names: &[&str]| Machine {
        name: name.to_owned(),
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        ..Machine::default()
    };
    let own = |machine: &Machine, name: &str| machine.is_own_host(&name.parse().unwrap());
    let short = machine("ts1", &[]);
    for (name, is_own) in [
        ("ts1", true),
        ("TS1.", true),
        ("ts1.corp", true),
        ("ts10.corp", false),
        ("ts2", false),
        ("corp", false),
    ] {
        assert_eq!(own(&short, name), is_own, "{name}");
    }
    let long = machine("ts1.corp", &[]);
    for (name, is_own) in [("ts1", true), ("ts1.corp", true), ("ts1.other", false)] {
        assert_eq!(own(&long, name), is_own, "{name}");
    }
    let written = machine("ts1", &["ts1.corp", "ts1", "loader.corp"]);
    for (name, is_own) in [
        ("ts1.corp", true),
        ("ts1.other", false),
        ("loader", true),
        ("loader.corp", true),
        ("loader.other", false),
    ] {
        assert_eq!(own(&written, name), is_own, "{name}");
    }
    let told = Machine {
        aliases: vec!["ts1.dc1".parse().unwrap()],
        ..machine("ts1", &[])
    };
    for (name, is_own) in [("ts1.dc1", true), ("ts1", true), ("ts1.dc2", false)] {
        assert_eq!(own(&told, name), is_own, "{name}");
    }
    assert!(!own(&machine("localhost", &[]), "localhost"));
    assert!(!own(&machine("", &[]), "a"));
}

#[test]
fn the_hosts_file_says_which_names_are_this_machines() {
    let text = "127.0.0.1 localhost\n127.0.1.1 TS1.corp ts1\n10.0.0.1 loader.corp # own\n10.0.0.2 ts2.corp\n::1 ip6-localhost\n";
    let root = root(&[("etc/hosts", text)]);
    let own = Machine {
        name: "ts1".into(),
        addresses: vec!["10.0.0.1".parse().unwrap()],
        ..Machine::default()
    };
    let names = own.below(root.path()).names;
    assert_eq!(names, ["ts1.corp", "ts1", "loader.corp"]);
}
