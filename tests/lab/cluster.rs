//! A cluster before anything is installed: four nodes, a router between them, responders on three.
//!
//! ```text
//! n1 10.88.1.2 ─┐           ┌─ n3 10.88.3.2
//!               ├── core ───┤
//! n2 10.88.2.2 ─┘           └─ n4 10.88.4.2, which has a stray nginx and the real memcached
//! ```
//! The commands are those of docs/cluster.md. Each fault of `cluster.yaml` is made, seen by n1, and taken back;
//! once with responders, once without. Between the two the nodes must be as they were before.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use portcheck::report::{Finding, Report};
use serde::Deserialize;

use crate::topology::{Ground, execute};

/// The nodes that responders stand on.
const STANDING: [u8; 3] = [2, 3, 4];

/// How long a responder may take until it is ready, however busy this machine is.
const READY_WITHIN: Duration = Duration::from_secs(20);

const TOKEN: &str = "0123456789abcdef";

const PREFIX: &str = "thoughtspot.intracluster.";

/// A fault, as written. `cluster.yaml` says what the keys mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    name: String,
    node: Option<u8>,
    router: Option<String>,
    n2: Option<String>,
    n3: Option<String>,
    n4: Option<String>,
    undo: Option<String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    evidence: Option<String>,
}

/// What became of a fault.
pub(crate) struct Seen {
    pub(crate) name: String,
    /// What was not as it must be; empty if all was.
    pub(crate) wrong: Vec<String>,
}

/// The cluster, its responders not yet standing.
struct Cluster<'a> {
    ground: &'a Ground,
    portcheck: PathBuf,
    /// The arguments of `respond` and of `run` in docs/cluster.md.
    respond: Vec<String>,
    run: Vec<String>,
}

/// Whether responders stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    With,
    Without,
}

/// Makes every fault whose name has one of these words; all of them if there is none.
///
/// # Errors
/// When the cluster cannot be built, or a responder does not stand.
pub(crate) fn run(ground: &Ground, home: &Path, words: &[String]) -> Result<Vec<Seen>> {
    let text = std::fs::read_to_string(home.join("cluster.yaml"))?;
    let mut faults: Vec<Fault> = serde_saphyr::from_str(&text)?;
    let is_called = |name: &str| {
        words
            .iter()
            .any(|word| format!("cluster {name}").contains(word))
    };
    faults.retain(|fault| words.is_empty() || is_called(&fault.name));
    if faults.is_empty() {
        return Ok(Vec::new());
    }
    let cluster = Cluster::build(ground)?;
    let before = cluster.rulesets()?;
    let responders = cluster.respond()?;
    let with = faults.iter().map(|fault| cluster.see(fault, Phase::With));
    let with: Vec<Seen> = with.collect::<Result<_>>()?;
    for responder in responders {
        end(responder)?;
    }
    let mut seen = vec![Seen {
        name: "the nodes are afterwards as they were before".to_owned(),
        wrong: if cluster.rulesets()? == before {
            Vec::new()
        } else {
            vec!["a ruleset has changed".to_owned()]
        },
    }];
    let without = faults
        .iter()
        .map(|fault| cluster.see(fault, Phase::Without));
    let without: Vec<Seen> = without.collect::<Result<_>>()?;
    seen.extend(with.into_iter().chain(without));
    Ok(seen)
}

impl<'a> Cluster<'a> {
    fn build(ground: &'a Ground) -> Result<Self> {
        let script = ["-ec", include_str!("cluster.sh")];
        execute(
            Command::new("sh")
                .args(script)
                .env("PREFIX", ground.prefix()),
        )?;
        let cluster = Self {
            ground,
            portcheck: PathBuf::from(env!("CARGO_BIN_EXE_portcheck")),
            respond: readme("portcheck respond ")?,
            run: readme("portcheck run --responders ")?,
        };
        cluster.start_strays()?;
        Ok(cluster)
    }

    /// Starts what is there on node 4 before any responder.
    fn start_strays(&self) -> Result<()> {
        let dir = self.ground.dir();
        let conf = dir.join("stray.conf");
        let text = format!(
            "pid {0}/stray.pid; error_log /dev/null; events {{}}\n\
             http {{ access_log off; server {{ listen 8080; }} }}\n",
            dir.display()
        );
        std::fs::write(&conf, text)?;
        for (words, port) in [
            (format!("nginx -c {}", conf.display()), 8080),
            (
                "memcached -u nobody -l 0.0.0.0 -p 11211 -U 0".to_owned(),
                11211,
            ),
        ] {
            let mut command = self.at("n4", "sh");
            command.args(["-c", &format!("exec {words}")]);
            command
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            let listens =
                format!("until ss -Htln sport = :{port} | grep -q .; do sleep 0.05; done");
            execute(self.at("n4", "timeout").args(["20", "sh", "-c", &listens]))
                .with_context(|| format!("`{words}` does not listen"))?;
        }
        Ok(())
    }

    /// `program`, to be run in that place.
    fn at(&self, place: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        let name = format!("{}-{place}", self.ground.prefix());
        command.args(["netns", "exec", &name, program]);
        command.stdin(Stdio::null());
        command
    }

    /// The rulesets of all nodes.
    fn rulesets(&self) -> Result<Vec<Vec<u8>>> {
        let list = |node: u8| {
            let mut command = self.at(&format!("n{node}"), "nft");
            Ok(command.args(["list", "ruleset"]).output()?.stdout)
        };
        STANDING.into_iter().map(list).collect()
    }

    /// Starts the responders and waits until they are ready.
    fn respond(&self) -> Result<Vec<Child>> {
        let mut responders = Vec::new();
        for node in STANDING {
            let status = self.ground.dir().join(format!("n{node}.status"));
            let mut command = self.at(&format!("n{node}"), &self.portcheck.to_string_lossy());
            command
                .args(&self.respond)
                .arg("--status-file")
                .arg(&status)
                .env("PORTCHECK_TOKEN", TOKEN)
                .stderr(Stdio::null());
            responders.push((command.spawn()?, status));
        }
        let since = Instant::now();
        for (responder, status) in &mut responders {
            while !status.exists() {
                ensure!(responder.try_wait()?.is_none(), "a responder has ended");
                ensure!(since.elapsed() < READY_WITHIN, "a responder is not ready");
                thread::sleep(Duration::from_millis(20));
            }
        }
        Ok(responders
            .into_iter()
            .map(|(responder, _)| responder)
            .collect())
    }

    /// Makes a fault, sees it from node 1, takes it back.
    fn see(&self, fault: &Fault, phase: Phase) -> Result<Seen> {
        let node = format!("10.88.{}.2", fault.node.unwrap_or(2));
        self.make(fault, &node)?;
        let report = self.report(&node, phase);
        self.take_back(fault)?;
        let report = report.with_context(|| fault.name.clone())?;
        let how = match phase {
            Phase::With => "with responders",
            Phase::Without => "without",
        };
        Ok(Seen {
            name: format!("cluster, {how}: {}", fault.name),
            wrong: wrong(fault, &report, phase),
        })
    }

    fn make(&self, fault: &Fault, node: &str) -> Result<()> {
        let places = [
            ("core", &fault.router),
            ("n2", &fault.n2),
            ("n3", &fault.n3),
            ("n4", &fault.n4),
        ];
        for (place, script) in places {
            let Some(script) = script else { continue };
            let script = script.replace("$NODE", node).replace("$SELF", "10.88.1.2");
            execute(
                self.at(place, "sh")
                    .args(["-ec", &format!("{TABLE}\n{script}")]),
            )?;
        }
        Ok(())
    }

    fn take_back(&self, fault: &Fault) -> Result<()> {
        let undo = fault.undo.as_deref().unwrap_or_default();
        let script = format!("nft delete table inet fault 2>/dev/null || true\n{undo}");
        for place in ["core", "n2", "n3", "n4"] {
            let script = if place == "core" {
                script.as_str()
            } else {
                FORGET
            };
            execute(self.at(place, "sh").args(["-ec", script]))?;
        }
        // What was learnt of the way is forgotten.
        execute(self.at("n1", "ip").args(["route", "flush", "cache"]))
    }

    fn report(&self, node: &str, phase: Phase) -> Result<Report> {
        let mut command = self.at("n1", &self.portcheck.to_string_lossy());
        let run = self
            .run
            .iter()
            .filter(|word| phase == Phase::With || word.as_str() != "--responders");
        command
            .args(run)
            .args(["--node", node, "--timeout", "1s", "--format", "json"])
            .env("PORTCHECK_TOKEN", TOKEN);
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).context(said)
    }
}

/// The chains that faults are put into.
const TABLE: &str = "nft -f - <<END
table inet fault {
  chain prerouting { type nat hook prerouting priority dstnat; }
  chain postrouting { type nat hook postrouting priority srcnat; }
  chain input { type filter hook input priority filter; }
  chain forward { type filter hook forward priority filter; }
  chain output { type filter hook output priority filter; }
}
END";

const FORGET: &str = "nft delete table inet fault 2>/dev/null || true; ip route flush cache";

/// Ends a responder as an administrator would, and sees that it ends well.
fn end(mut responder: Child) -> Result<()> {
    execute(Command::new("kill").arg(responder.id().to_string()))?;
    let status = responder.wait()?;
    ensure!(
        status.code() == Some(143),
        "a responder ended with {status}"
    );
    Ok(())
}

/// The arguments of the command of docs/cluster.md that begins so, its nodes left out.
fn readme(begin: &str) -> Result<Vec<String>> {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cluster.md"))?;
    let line = text.lines().find(|line| line.starts_with(begin));
    let line = line.with_context(|| format!("docs/cluster.md has no line `{begin}…`"))?;
    let words = line.split_whitespace().skip(1).map(str::to_owned);
    Ok(words.filter(|word| !word.starts_with("--node=")).collect())
}

/// Prints a line a fault; how many are wrong.
pub(crate) fn print(seen: &[Seen]) -> usize {
    for Seen { name, wrong } in seen {
        let mark = if wrong.is_empty() { "ok" } else { "FAIL" };
        println!("{mark:4} {name}");
        for line in wrong.iter().take(5) {
            println!("       {line}");
        }
        if wrong.len() > 5 {
            println!("       and {} more", wrong.len() - 5);
        }
    }
    let failed = seen.iter().filter(|seen| !seen.wrong.is_empty()).count();
    println!("cluster: {} passed, {failed} failed", seen.len() - failed);
    failed
}

/// What of the report is not as the fault says.
fn wrong(fault: &Fault, report: &Report, phase: Phase) -> Vec<String> {
    let expected = match phase {
        Phase::With => &fault.with,
        Phase::Without => &fault.without,
    };
    let mut wrong: Vec<String> = report
        .findings
        .iter()
        // What node 1 says of itself is no matter of the network.
        .filter(|finding| finding.rule.starts_with(PREFIX))
        .filter_map(|finding| {
            let said = said(finding);
            let rule = said.split(' ').next().unwrap_or_default();
            let begins = |line: &&String| line.split(' ').next() == Some(rule);
            let rest = |line: &&String| line.starts_with("* ");
            let line = expected
                .iter()
                .find(begins)
                .or_else(|| expected.iter().find(rest));
            let right = match line {
                Some(line) => said == line.replacen('*', rule, 1),
                None if phase == Phase::With => said == format!("{rule} pass - proven"),
                None => said.starts_with(&format!("{rule} pass -")),
            };
            let first = finding.evidence.first().cloned().unwrap_or_default();
            (!right).then(|| format!("{said}: {first}"))
        })
        .collect();
    if let (Some(evidence), Phase::With) = (&fault.evidence, phase) {
        let mut all = report.findings.iter().flat_map(|finding| &finding.evidence);
        if !all.any(|words| words.contains(evidence)) {
            wrong.push(format!("no evidence says `{evidence}`"));
        }
    }
    if report.findings.len() < 70 {
        wrong.push(format!("{} findings only", report.findings.len()));
    }
    wrong
}

/// `9042/tcp fail tcp-no-reply proven`
fn said(finding: &Finding) -> String {
    let rule = finding.rule.strip_prefix(PREFIX).unwrap_or(&finding.rule);
    let transport = &finding.endpoint.transport;
    let cause = finding.cause.as_deref().unwrap_or("-");
    let (verdict, certainty) = (finding.verdict.word(), finding.certainty.word());
    format!("{rule}/{transport} {verdict} {cause} {certainty}")
}
