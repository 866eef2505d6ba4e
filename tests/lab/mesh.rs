//! A mesh over real sshds: eight nodes in two racks, an administrator's machine beside them.
//!
//! ```text
//! m1-m4 10.89.1.11-14 ─ rack1 ─┐
//!                              ├─ mcore ─ rack3 ─ admin 10.89.3.2
//! m5-m8 10.89.2.15-18 ─ rack2 ─┘
//! ```
//! Each node has its own /tmp, /var/tmp and /root, so that what stays there is seen. The machines
//! share one kernel, and with it the name; the site calls them by their addresses.

use std::{
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{
    cluster::Seen,
    topology::{Ground, execute},
};

const NODES: [&str; 8] = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"];

/// How long anything of ours may stay on a node once the mesh has ended, in whatever way.
const GONE_WITHIN: Duration = Duration::from_secs(20);

/// What is told of every machine here, whatever is wrong between them.
const OF_THE_MACHINES: &str = "ephemeral-range";

struct Mesh<'a> {
    ground: &'a Ground,
    dir: PathBuf,
}

/// What a fault is, and what must be told of it.
struct Fault {
    name: &'static str,
    /// Commands by place; `$DIR` has the keys.
    make: &'static [(&'static str, &'static str)],
    undo: &'static [(&'static str, &'static str)],
    /// Each root cause: its code, and what its title begins with.
    told: &'static [&'static str],
    code: i32,
}

const TABLE: &str = "table inet fault {
  chain input { type filter hook input priority filter; }
  chain forward { type filter hook forward priority filter; }
}";

const FAULTS: [Fault; 6] = [
    Fault {
        name: "nothing is wrong",
        make: &[],
        undo: &[],
        told: &[],
        code: 0,
    },
    Fault {
        name: "one node's firewall, a filter between the racks, and a node that is down",
        make: &[
            (
                "m3",
                "nft add rule inet fault input tcp dport '{ 2181, 2888-3888 }' drop",
            ),
            (
                "mcore",
                "nft add rule inet fault forward ip saddr 10.89.1.0/24 ip daddr 10.89.2.0/24 udp dport 11211 drop
                 nft add rule inet fault forward ip saddr 10.89.2.0/24 ip daddr 10.89.1.0/24 udp dport 11211 drop",
            ),
            ("m7", "ip link set eth0 down"),
        ],
        undo: &[(
            "m7",
            "ip link set eth0 up; ip route add default via 10.89.2.1",
        )],
        told: &[
            "tcp-no-reply: tcp 2181, 2888, 3181, 3888 from all machines but",
            "udp-no-reply: udp 11211 between ",
            "node-unreachable: 10.89.2.17 is down: nothing of it is heard",
        ],
        code: 1,
    },
    Fault {
        name: "a host key that is another one",
        make: &[(
            "admin",
            "sed -i.right \"s#^10.89.1.14 .*#10.89.1.14 $(cut -d' ' -f1,2 $DIR/id.pub)#\" $DIR/known_hosts",
        )],
        undo: &[("admin", "mv $DIR/known_hosts.right $DIR/known_hosts")],
        told: &["host-key: 10.89.1.14 took no part: "],
        code: 3,
    },
    Fault {
        name: "a login that is refused, and a shell that lets nobody in",
        make: &[
            ("admin", "echo 10.89.2.16 > $DIR/refused"),
            ("m8", "touch /root/closed"),
        ],
        undo: &[("admin", "rm $DIR/refused"), ("m8", "rm /root/closed")],
        told: &[
            "login-refused: 10.89.2.16 took no part: ",
            "login-refused: 10.89.2.18 took no part: ",
        ],
        code: 3,
    },
    Fault {
        name: "no folder to run from, and a full disk",
        make: &[
            (
                "m2",
                "for it in /tmp /var/tmp /root; do mount -o remount,noexec $it; done",
            ),
            (
                "m5",
                "for it in /tmp /var/tmp /root; do mount -o remount,size=1m $it; done",
            ),
        ],
        undo: &[(
            "m2",
            "for it in /tmp /var/tmp /root; do mount -o remount,exec $it; done",
        ), (
            "m5",
            "for it in /tmp /var/tmp /root; do mount -o remount,size=50% $it; done",
        )],
        told: &[
            "no-place-to-run: 10.89.1.12 took no part: ",
            "disk-full: 10.89.2.15 took no part: ",
        ],
        code: 3,
    },
    Fault {
        name: "a node that is listed twice",
        make: &[
            ("m1", "ip address add 10.89.1.21/24 dev eth0"),
            (
                "admin",
                "sed -i.right 's/10.89.2.18/10.89.2.18, 10.89.1.21/' $DIR/mesh.yaml
                 sed -n 's/^10.89.1.11 /10.89.1.21 /p' $DIR/known_hosts >> $DIR/known_hosts",
            ),
        ],
        undo: &[
            ("m1", "ip address del 10.89.1.21/24 dev eth0"),
            ("admin", "mv $DIR/mesh.yaml.right $DIR/mesh.yaml"),
        ],
        told: &["listed-twice: 10.89.1.21 took no part: "],
        code: 0,
    },
];

/// Runs what has one of these words in its name; all if there is none.
///
/// # Errors
/// When the ground cannot be built.
pub(crate) fn run(ground: &Ground, words: &[String]) -> Result<Vec<Seen>> {
    let is_called = |name: &str| {
        let name = format!("mesh: {name}");
        words.is_empty() || words.iter().any(|word| name.contains(word))
    };
    let faults: Vec<&Fault> = FAULTS.iter().filter(|it| is_called(it.name)).collect();
    let endings = ENDINGS.iter().filter(|it| is_called(it.name));
    let endings: Vec<&End> = endings.collect();
    if faults.is_empty() && endings.is_empty() {
        return Ok(Vec::new());
    }
    let mesh = Mesh::build(ground)?;
    let mut seen = Vec::new();
    for fault in faults {
        seen.push(Seen {
            name: format!("mesh: {}", fault.name),
            wrong: mesh.see(fault).with_context(|| fault.name)?,
        });
    }
    for end in endings {
        seen.push(Seen {
            name: format!("mesh: {}", end.name),
            wrong: mesh.end(end).with_context(|| end.name)?,
        });
    }
    Ok(seen)
}

/// A mesh that is ended in the middle.
struct End {
    name: &'static str,
    signal: &'static str,
    /// What it ends with; a process that is killed has none.
    code: Option<i32>,
    /// The line of stderr after which the signal comes.
    after: &'static str,
}

const ENDINGS: [End; 3] = [
    End {
        name: "ctrl-C while the nodes check",
        signal: "INT",
        code: Some(130),
        after: "responders stand",
    },
    End {
        name: "kill -9 while the nodes check",
        signal: "KILL",
        code: None,
        after: "responders stand",
    },
    End {
        name: "kill -9 while the programs are on their way",
        signal: "KILL",
        code: None,
        after: "",
    },
];

impl<'a> Mesh<'a> {
    fn build(ground: &'a Ground) -> Result<Self> {
        let dir = ground.dir().join("mesh");
        std::fs::create_dir(&dir)?;
        execute(
            Command::new("sh")
                .args(["-ec", include_str!("mesh.sh")])
                .env("PREFIX", ground.prefix())
                .env("DIR", &dir),
        )?;
        Ok(Self { ground, dir })
    }

    /// A script in that place, where a node has its own files.
    fn at(&self, place: &str, script: &str) -> Command {
        let name = format!("{}-{place}", self.ground.prefix());
        let within = if NODES.contains(&place) {
            format!("exec nsenter -m -n -t $(ip netns pids {name} | head -n 1) sh -ec \"$SCRIPT\"")
        } else {
            format!("exec ip netns exec {name} sh -ec \"$SCRIPT\"")
        };
        let mut command = Command::new("sh");
        command
            .args(["-ec", &within])
            .env("SCRIPT", script)
            .env("DIR", &self.dir)
            .stdin(Stdio::null());
        command
    }

    fn portcheck(&self, arguments: &[&str]) -> Command {
        let name = format!("{}-admin", self.ground.prefix());
        let dir = self.dir.display();
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &name, env!("CARGO_BIN_EXE_portcheck")])
            .args(["mesh", "--profile=thoughtspot-intracluster"])
            .arg(format!("--site={dir}/mesh.yaml"))
            .args(arguments);
        for option in [
            "User=root".to_owned(),
            "IdentitiesOnly=yes".to_owned(),
            "GlobalKnownHostsFile=/dev/null".to_owned(),
            format!("IdentityFile={dir}/id"),
            format!("UserKnownHostsFile={dir}/known_hosts"),
        ] {
            command.arg(format!("--ssh-option={option}"));
        }
        command.stdin(Stdio::null());
        command
    }

    fn see(&self, fault: &Fault) -> Result<Vec<String>> {
        for place in NODES.iter().chain(&["mcore"]) {
            let script = format!("nft -f - <<END\n{TABLE}\nEND");
            execute(&mut self.at(place, &script))?;
        }
        for (place, script) in fault.make {
            execute(&mut self.at(place, script))?;
        }
        let output = self.portcheck(&["--format=json"]).output()?;
        let mut wrong = self.stays(Duration::ZERO)?;
        for (place, script) in fault.undo {
            execute(&mut self.at(place, script))?;
        }
        for place in NODES.iter().chain(&["mcore"]) {
            execute(&mut self.at(place, "nft delete table inet fault"))?;
        }
        if output.status.code() != Some(fault.code) {
            wrong.push(format!("it ended with {}", output.status));
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let report: Value = serde_json::from_slice(&output.stdout).context(said)?;
        wrong.extend(differing(fault, &report));
        Ok(wrong)
    }

    fn end(&self, end: &End) -> Result<Vec<String>> {
        let mut mesh = self
            .portcheck(&["--format=json"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = mesh.stderr.take().context("no stderr")?;
        if end.after.is_empty() {
            self.wait_for_a_folder()?;
        } else {
            let mut lines = BufReader::new(stderr).lines();
            let told = lines.any(|line| line.is_ok_and(|line| line.starts_with(end.after)));
            ensure!(told, "`{}` is not told", end.after);
        }
        let pid = mesh.id().to_string();
        execute(Command::new("kill").args(["-s", end.signal, &pid]))?;
        let status = mesh.wait()?;
        let mut wrong = self.stays(GONE_WITHIN)?;
        if status.code() != end.code {
            wrong.push(format!("it ended with {status}"));
        }
        Ok(wrong)
    }

    /// Until the script has found a place on some node.
    fn wait_for_a_folder(&self) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < GONE_WITHIN {
            for node in NODES {
                if !self.files(node)?.is_empty() {
                    return Ok(());
                }
            }
        }
        anyhow::bail!("no folder was made on any node")
    }

    /// What of ours is on the nodes once that time is over, or as soon as nothing is.
    fn stays(&self, within: Duration) -> Result<Vec<String>> {
        let since = Instant::now();
        loop {
            let mut left = Vec::new();
            for node in NODES {
                let processes = self.processes(node)?;
                left.extend(processes.into_iter().chain(self.files(node)?));
            }
            if left.is_empty() || since.elapsed() >= within {
                return Ok(left);
            }
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn files(&self, node: &str) -> Result<Vec<String>> {
        let find = "find /tmp /var/tmp /root -xdev -name '*portcheck*'";
        self.lines(node, find)
    }

    /// Whatever runs there besides the sshd that listens.
    fn processes(&self, node: &str) -> Result<Vec<String>> {
        let name = format!("{}-{node}", self.ground.prefix());
        let script = format!(
            "for pid in $(ip netns pids {name}); do tr '\\0' ' ' < /proc/$pid/cmdline; echo; done 2>/dev/null || true"
        );
        let output = Command::new("sh").args(["-c", &script]).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines = text.lines().filter(|line| line.contains("portcheck"));
        Ok(lines
            .map(|line| format!("{node} still runs {line}"))
            .collect())
    }

    fn lines(&self, node: &str, script: &str) -> Result<Vec<String>> {
        let output = self.at(node, script).output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text
            .lines()
            .map(|line| format!("{node} has {line}"))
            .collect())
    }
}

/// What is told and is not planted, and what is planted and not told.
fn differing(fault: &Fault, report: &Value) -> Vec<String> {
    let roots = report["root_causes"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let text = |root: &Value, key: &str| root[key].as_str().unwrap_or_default().to_owned();
    let told: Vec<String> = roots
        .iter()
        .filter(|root| root["cause"] != OF_THE_MACHINES)
        .map(|root| format!("{}: {}", text(root, "cause"), text(root, "title")))
        .collect();
    let planted = |it: &&String| fault.told.iter().any(|begin| it.starts_with(begin));
    let heard = |begin: &&&str| told.iter().any(|it| it.starts_with(**begin));
    let extra = told.iter().filter(|it| !planted(it));
    let missing = fault.told.iter().filter(|begin| !heard(begin));
    let mut wrong: Vec<String> = extra.map(|it| format!("it tells `{it}`")).collect();
    wrong.extend(missing.map(|begin| format!("it does not tell `{begin}…`")));
    if report["reports"].as_array().map(Vec::len) < Some(8) {
        wrong.push("some node has no report".to_owned());
    }
    wrong
}
