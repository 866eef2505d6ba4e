//! Names, held to `getent ahosts` in a namespace with files of its own: the same addresses in the same
//! order, or none on both sides.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{answer, skip};

/// One machine's files, and what is looked up there.
struct Ground {
    resolv: &'static str,
    switch: &'static str,
    hosts: &'static str,
}

/// What is looked up on each machine.
const NAMES: [&str; 15] = [
    "one.example",
    "two.example",
    "six.example",
    "both.example",
    "empty.example",
    "nope.example",
    "broken.example",
    "refused.example",
    "db",
    "db.",
    "api.corp.example",
    "api.corp.example.",
    "ts1",
    "written.example",
    "localhost",
];

const USUAL: Ground = Ground {
    resolv: "nameserver 127.0.0.1\n",
    switch: "hosts: files dns\n",
    hosts: "127.0.0.1 localhost\n10.9.2.1 written.example written\nfd99::9 written.example\n10.9.2.2 one.example.\n",
};

/// Machines that differ in one thing each.
fn grounds() -> Vec<Ground> {
    let resolv = [
        USUAL.resolv,
        "nameserver 127.0.0.1\r\n",
        "nameserver 127.0.0.9;main\nnameserver 127.0.0.1 # second\n",
        "nameserver 127.0.0.9\nnameserver 127.0.0.1\n",
        " nameserver 127.0.0.9\nnameserver 127.1\n",
        "search corp.example\nnameserver 127.0.0.1\n",
        "search corp.example\nnameserver 127.0.0.1\noptions ndots:3\n",
        "domain other.example\nsearch corp.example\r\nnameserver 127.0.0.1\n",
        "nameserver 127.0.0.2\noptions use-vc\n",
        "nameserver fe80::1%lo\nnameserver 127.0.0.1\n",
        "nameserver 127.0.0.9\nnameserver 127.0.0.8\nnameserver 127.0.0.7\nnameserver 127.0.0.1\n",
        "",
    ];
    let of_resolv = resolv.into_iter().map(|resolv| Ground { resolv, ..USUAL });
    let switches = [
        "hosts: files\n",
        "hosts: dns\n",
        "hosts: dns files\n",
        "hosts: files [NOTFOUND=return] dns\n",
        "hosts: files nonesuch [!UNAVAIL=return] dns\n",
        "hosts: files nonesuch [UNAVAIL=return] dns\n",
        "# none\n",
    ];
    let of_switch = switches
        .into_iter()
        .map(|switch| Ground { switch, ..USUAL });
    of_resolv.chain(of_switch).collect()
}

/// Runs a script as root of a namespace of its own, where these files are the machine's.
fn run(ground: &Ground, directory: &Path, script: &str) -> Option<Vec<u8>> {
    let files = [
        ("resolv.conf", ground.resolv),
        ("nsswitch.conf", ground.switch),
        ("hosts", ground.hosts),
        ("names.py", include_str!("names.py")),
    ];
    for (name, text) in files {
        fs::write(directory.join(name), text).unwrap();
    }
    let before = "ip link set lo up
        for file in resolv.conf nsswitch.conf hosts; do mount --bind $DIR/$file /etc/$file; done
        rm -f $DIR/stop; mkfifo $DIR/stop
        python3 $DIR/names.py < $DIR/stop > $DIR/ready & exec 7>$DIR/stop
        until grep -qs ready $DIR/ready; do sleep 0.05; done\n";
    let mut command = Command::new("unshare");
    command
        .args(["-rnm", "sh", "-ec", &format!("{before}{script}")])
        .env("DIR", directory)
        .env("PORTCHECK", env!("CARGO_BIN_EXE_portcheck"));
    let output = answer(&mut command)?;
    if !output.status.success() {
        skip(&format!(
            "no namespace: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
        return None;
    }
    Some(output.stdout)
}

/// What `getent ahosts` says: the addresses of each name, in order.
fn of_getent(directory: &Path, name: usize) -> Vec<String> {
    let text = fs::read_to_string(directory.join(format!("getent-{name}"))).unwrap();
    let mut found: Vec<String> = Vec::new();
    for word in text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
    {
        if !found.iter().any(|known| known == word) {
            found.push(word.to_owned());
        }
    }
    found
}

/// What portcheck tried, by the endpoint as it was typed.
fn of_portcheck(report: &Value, uri: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|it| it["rule"] == uri).unwrap();
    let addresses = finding["addresses"].as_array().unwrap().iter();
    addresses
        .map(|one| one["address"].as_str().unwrap().to_owned())
        .collect()
}

fn directory() -> PathBuf {
    tempfile::tempdir().unwrap().keep()
}

#[test]
fn a_name_has_the_addresses_that_getent_finds_in_the_same_order() {
    let uris = NAMES.map(|name| format!("tcp://{name}:9"));
    let script = format!(
        "index=0
        for name in {}; do
          getent ahosts $name > $DIR/getent-$index || true
          index=$((index + 1))
        done
        $PORTCHECK probe --no-proxy --format json {} 2> $DIR/stderr || true\n",
        NAMES.join(" "),
        uris.join(" ")
    );
    let mut compared = 0;
    for ground in grounds() {
        let directory = directory();
        let Some(stdout) = run(&ground, &directory, &script) else {
            return;
        };
        let report: Value = serde_json::from_slice(&stdout).unwrap();
        for (index, uri) in uris.iter().enumerate() {
            let (found, wanted) = (of_portcheck(&report, uri), of_getent(&directory, index));
            let Ground { resolv, switch, .. } = &ground;
            assert_eq!(found, wanted, "{uri} with {resolv:?} and {switch:?}");
            compared += 1;
        }
        fs::remove_dir_all(directory).unwrap();
    }
    assert!(compared >= 200, "{compared}");
}

/// The cause, the evidence and the remedy of the one finding there.
fn told(ground: &Ground, arguments: &str) -> Option<String> {
    let directory = directory();
    let script = format!("$PORTCHECK probe --no-proxy --format json {arguments} || true\n");
    let stdout = run(ground, &directory, &script)?;
    fs::remove_dir_all(directory).unwrap();
    let report: Value = serde_json::from_slice(&stdout).unwrap();
    let finding = &report["findings"][0];
    let evidence: Vec<&str> = finding["evidence"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    Some(format!(
        "{} {} | {} | {}",
        text("verdict"),
        text("cause"),
        evidence.join("; "),
        text("remedy")
    ))
}

#[test]
fn what_the_name_servers_know_and_this_machine_does_not_ask_is_told() {
    let ground = Ground {
        switch: "passwd: files\nhosts: files\n",
        ..USUAL
    };
    let Some(told) = told(&ground, "tcp://two.example:9") else {
        return;
    };
    assert_eq!(
        told,
        "fail dns-bypassed | this machine's own look-up (getaddrinfo) finds nothing for two.example; asked directly, \
         127.0.0.1 says that two.example is 10.9.0.3 and 10.9.0.2; /etc/nsswitch.conf:2 says `hosts: files` | let \
         the line hosts: of /etc/nsswitch.conf on this machine reach dns (hosts: files dns), and try getent ahosts \
         two.example"
    );
}

#[test]
fn a_server_that_answers_over_tcp_alone_is_told() {
    let ground = Ground {
        resolv: "nameserver 127.0.0.2\noptions timeout:1 attempts:1\n",
        ..USUAL
    };
    let Some(told) = told(&ground, "tcp://one.example:9") else {
        return;
    };
    assert!(told.starts_with("fail dns-timeout | "), "{told}");
    assert!(
        told.contains("127.0.0.2 is silent at udp port 53 and answers at tcp port 53"),
        "{told}"
    );
    assert!(told.contains("until then `options use-vc`"), "{told}");
}

#[test]
fn a_dead_first_server_is_told_with_what_it_costs() {
    let ground = Ground {
        resolv: "nameserver 127.0.0.4\nnameserver 127.0.0.1\noptions timeout:2\n",
        hosts: "127.0.0.1 here\n",
        ..USUAL
    };
    let Some(told) = told(&ground, "tcp://here.example:53") else {
        return;
    };
    assert!(told.starts_with("warn slow-answer | "), "{told}");
    assert!(
        told.contains(
            "127.0.0.4 does not answer, 127.0.0.1 does: each name takes 2.0 s longer here"
        ),
        "{told}"
    );
}

#[test]
fn a_name_that_is_found_after_three_seconds_passes_late() {
    let ground = Ground {
        resolv: "nameserver 127.0.0.3\n",
        ..USUAL
    };
    let Some(told) = told(&ground, "tcp://here.example:53 --timeout 1s") else {
        return;
    };
    assert!(told.starts_with("warn slow-answer | "), "{told}");
    assert!(told.contains("found only after 3.0 s"), "{told}");
    assert!(!told.contains("does not answer"), "{told}");
}

#[test]
fn a_healthy_look_up_sends_what_the_system_sends_and_no_more() {
    let ground = Ground {
        resolv: "nameserver 127.0.0.1\n",
        ..USUAL
    };
    let script = "getent ahosts one.example > $DIR/out
        $PORTCHECK probe --no-proxy --format json tcp://two.example:9 > $DIR/out || true
        cat $DIR/asked\n";
    let directory = directory();
    let Some(asked) = run(&ground, &directory, script) else {
        return;
    };
    fs::remove_dir_all(directory).unwrap();
    let asked = String::from_utf8(asked).unwrap();
    let count = |name: &str| asked.lines().filter(|line| line.contains(name)).count();
    assert_eq!(
        (count("one.example"), count("two.example")),
        (2, 2),
        "{asked}"
    );
}

/// Milliseconds: 2,000 addresses, 2,000 names, and the same names by getent; the best of three.
const SPEED: &str = "
    stamp() { echo $(($(date +%s%N) / 1000000)); }
    best() { if [ $1 -lt $2 ]; then echo $1; else echo $2; fi; }
    for i in $(seq 0 1999); do
      echo tcp://10.9.$((i / 250)).$((i % 250 + 1)):9 >> $DIR/addresses
      echo tcp://many$i.example:9 >> $DIR/names
      echo many$i.example >> $DIR/plain
    done
    try() { xargs -n 2000 $PORTCHECK probe --no-proxy --no-path --quiet --format ndjson < $1 > $DIR/report || true; }
    addresses=999999 names=999999 getent=999999
    for round in 1 2 3; do
      a=$(stamp); try $DIR/addresses
      b=$(stamp); try $DIR/names
      c=$(stamp); xargs -n 2000 getent ahosts < $DIR/plain > $DIR/out || true
      d=$(stamp)
      addresses=$(best $((b - a)) $addresses)
      names=$(best $((c - b)) $names)
      getent=$(best $((d - c)) $getent)
    done
    echo $addresses $names $getent $(grep -c 10.9.1.1 $DIR/report)
";

#[test]
#[ignore = "a measurement: `just bench` makes it"]
fn two_thousand_names_cost_no_more_than_a_fifth_above_what_they_cost_getent() {
    let directory = directory();
    let Some(stdout) = run(&USUAL, &directory, SPEED) else {
        return;
    };
    fs::remove_dir_all(directory).unwrap();
    let text = String::from_utf8(stdout).unwrap();
    let figures: Vec<u64> = text
        .split_whitespace()
        .map(|it| it.parse().unwrap())
        .collect();
    let [addresses, names, getent, found] = figures[..] else {
        panic!("{text}");
    };
    assert!(found >= 2000, "{text}");
    // What a name costs, beside the same check of an address.
    let ours = names.saturating_sub(addresses);
    eprintln!("2,000 names: {ours} ms beside getent's {getent} ms");
    assert!(ours * 10 <= getent * 12, "{ours} ms beside {getent} ms");
}
