//! chrony's configuration, held to what `chronyd -p` makes of it: the same servers in the same order.

use std::{fs, path::Path, process::Command};

use portcheck::machine::Machine;

use crate::{answer, skip};

/// The files of a machine below `etc/chrony`, each with its text.
type Tree = &'static [(&'static str, &'static str)];

const TREES: [Tree; 19] = [
    &[("chrony.conf", "server a\nserver b iburst\npool c\npeer d\n")],
    &[("chrony.conf", "Server a\nSERVER b\n  pool\tc  \n")],
    &[("chrony.conf", "server a\r\nserver b\r\n")],
    &[(
        "chrony.conf",
        "# server a\n! server b\n; server c\n% server d\nserver e\n",
    )],
    &[(
        "chrony.conf",
        "\n\n   # x\nserver a port 1123 iburst\nserver 10.0.0.1\nserver fd00::1\n",
    )],
    &[
        ("chrony.conf", "confdir /etc/chrony/conf.d\nserver z\n"),
        ("conf.d/b.conf", "server b\n"),
        ("conf.d/a.conf", "server a\n"),
        ("conf.d/c.txt", "server c\n"),
    ],
    &[
        (
            "chrony.conf",
            "server z\nconfdir /etc/chrony/one /etc/chrony/two\n",
        ),
        ("one/b.conf", "server one-b\n"),
        ("two/b.conf", "server two-b\n"),
        ("two/a.conf", "server two-a\n"),
    ],
    &[
        ("chrony.conf", "confdir /etc/chrony/two /etc/chrony/one\n"),
        ("one/b.conf", "server one-b\n"),
        ("one/c.conf", "server one-c\n"),
        ("two/b.conf", "server two-b\n"),
    ],
    &[
        (
            "chrony.conf",
            "confdir /etc/chrony/one\nconfdir /etc/chrony/two\n",
        ),
        ("one/b.conf", "server one-b\n"),
        ("two/b.conf", "server two-b\n"),
    ],
    &[("chrony.conf", "confdir /etc/chrony/nowhere\nserver a\n")],
    &[
        ("chrony.conf", "include /etc/chrony/more.conf\nserver z\n"),
        ("more.conf", "server a\n"),
    ],
    &[
        ("chrony.conf", "include /etc/chrony/m*.conf\nserver z\n"),
        ("m2.conf", "server b\n"),
        ("m1.conf", "server a\n"),
    ],
    &[
        ("chrony.conf", "include /etc/chrony/m?.conf\nserver z\n"),
        ("m22.conf", "server b\n"),
        ("m1.conf", "server a\n"),
    ],
    &[
        ("chrony.conf", "include /etc/chrony/one.conf\nserver z\n"),
        (
            "one.conf",
            "server one\ninclude /etc/chrony/two.conf\nserver last\n",
        ),
        ("two.conf", "server two\n"),
    ],
    &[
        ("chrony.conf", "include /etc/chrony/*/x.conf\n"),
        ("b/x.conf", "server b\n"),
        ("a/x.conf", "server a\n"),
    ],
    &[
        ("chrony.conf", "confdir /etc/chrony/conf.d\n"),
        ("conf.d/a.conf", "include /etc/chrony/more.conf\nserver a\n"),
        ("more.conf", "pool more\n"),
    ],
    &[
        ("chrony.conf", "confdir /etc/chrony/conf.d/\n"),
        ("conf.d/.hidden.conf", "server hidden\n"),
        ("conf.d/a.conf", "server a\n"),
    ],
    &[(
        "chrony.conf",
        "server a nts\nserver b nts ntsport 4461\nserver c key 1\n",
    )],
    &[(
        "chrony.conf",
        "driftfile /var/lib/chrony/drift\nmakestep 1 3\nrtcsync\n",
    )],
];

#[test]
fn chrony_has_the_servers_that_chronyd_says_it_has() {
    for tree in TREES {
        let root = tempfile::tempdir().unwrap();
        let chrony = root.path().join("etc/chrony");
        for (path, text) in tree {
            let path = chrony.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let Some(wanted) = of_chronyd(&chrony) else {
            return;
        };
        let read = Machine::read_from(root.path()).ntp_servers.servers;
        let found: Vec<String> = read.iter().map(|it| it.host.to_string()).collect();
        assert_eq!(found, wanted, "{tree:?}");
    }
}

/// The servers in what `chronyd -p` prints; `None` where it is not there.
fn of_chronyd(chrony: &Path) -> Option<Vec<String>> {
    let script = "test -x /usr/sbin/chronyd || exit 99
        mkdir -p /etc/chrony; mount --bind \"$0\" /etc/chrony
        /usr/sbin/chronyd -p -f /etc/chrony/chrony.conf";
    let mut command = Command::new("unshare");
    command.args(["-rm", "sh", "-ec", script]).arg(chrony);
    let output = answer(&mut command)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        skip(&format!("chronyd is not installed, or: {said}"));
        return None;
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let servers = text.lines().filter_map(|line| {
        let (keyword, rest) = line.split_once(' ')?;
        let is_server = ["server", "pool", "peer"].contains(&keyword.to_ascii_lowercase().as_str());
        Some(rest.split(' ').next()?.to_owned()).filter(|_| is_server)
    });
    Some(servers.collect())
}
