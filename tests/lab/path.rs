//! Where on the path: a chain of four routers, and what an unprivileged run says of each fault.
//!
//! ```text
//! a 10.89.1.1 ─── w1 ─── w2 ─── w3 ─── w4 ─── z 10.89.5.2
//! ```
//! A router answers from its near side: `10.89.2.2` is w2. IPv6 likewise, `fd89:2::2`.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result};
use portcheck::report::{Finding, Report};
use serde::Deserialize;

use crate::{
    cluster::Seen,
    topology::{Ground, execute},
};

/// A fault, as written. `path.yaml` says what the keys mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fault {
    name: String,
    #[serde(default)]
    at: BTreeMap<String, String>,
    #[serde(default)]
    undo: BTreeMap<String, String>,
    /// Where something accepts port 4443 and says nothing.
    listens: Option<String>,
    probe: Option<String>,
    times: Option<u32>,
    #[serde(default)]
    as_root: bool,
    cause: String,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
}

/// The families, as the addresses of the chain are written in each.
#[derive(Clone, Copy)]
enum Family {
    V4,
    V6,
}

impl Family {
    const fn word(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// The near side of that link's far end.
    fn address(self, link: u8) -> String {
        match self {
            Self::V4 => format!("10.89.{link}.2"),
            Self::V6 => format!("fd89:{link}::2"),
        }
    }

    fn host(self) -> String {
        match self {
            Self::V4 => self.address(5),
            Self::V6 => format!("[{}]", self.address(5)),
        }
    }

    /// The text with the addresses of the chain.
    fn fill(self, text: &str) -> String {
        let text = (1..=4).fold(text.to_owned(), |text, router| {
            text.replace(&format!("{{w{router}}}"), &self.address(router))
        });
        text.replace("{z}", &self.address(5))
    }
}

/// The chain, built.
struct Chain<'a> {
    ground: &'a Ground,
    portcheck: PathBuf,
}

const PLACES: [&str; 6] = ["a", "w1", "w2", "w3", "w4", "z"];

/// The chains that faults are put into.
const TABLE: &str = "nft -f - <<END
table inet fault {
  chain raw { type filter hook prerouting priority raw; }
  chain prerouting { type nat hook prerouting priority dstnat; }
  chain input { type filter hook input priority filter; }
  chain forward { type filter hook forward priority filter; }
  chain output { type filter hook output priority filter; }
}
END";

const FORGET: &str = "nft delete table inet fault 2>/dev/null || true; ip route flush cache";

/// Makes every fault whose name has one of these words; all of them if there is none.
///
/// # Errors
/// When the chain cannot be built, or a run gives no report.
pub(crate) fn run(ground: &Ground, home: &Path, words: &[String]) -> Result<Vec<Seen>> {
    let text = std::fs::read_to_string(home.join("path.yaml"))?;
    let mut faults: Vec<Fault> = serde_saphyr::from_str(&text)?;
    let is_called = |name: &str| {
        words
            .iter()
            .any(|word| format!("path {name}").contains(word))
    };
    faults.retain(|fault| words.is_empty() || is_called(&fault.name));
    if faults.is_empty() {
        return Ok(Vec::new());
    }
    let chain = Chain::build(ground)?;
    let mut seen = Vec::new();
    for fault in &faults {
        for family in [Family::V4, Family::V6] {
            seen.push(chain.see(fault, family)?);
        }
    }
    Ok(seen)
}

impl<'a> Chain<'a> {
    fn build(ground: &'a Ground) -> Result<Self> {
        let script = ["-ec", include_str!("path.sh")];
        let prefix = ground.prefix();
        execute(Command::new("sh").args(script).env("PREFIX", prefix))?;
        let chain = Self {
            ground,
            portcheck: PathBuf::from(env!("CARGO_BIN_EXE_portcheck")),
        };
        chain.listen("z", 80, "HTTP/1.0 204 No Content\\r\\n\\r\\n")?;
        Ok(chain)
    }

    /// `program`, to be run in that place.
    fn at(&self, place: &str, program: &str) -> Command {
        let mut command = Command::new("ip");
        let name = format!("{}-{place}", self.ground.prefix());
        command.args(["netns", "exec", &name, program]);
        command
            .env("PREFIX", self.ground.prefix())
            .stdin(Stdio::null());
        command
    }

    /// Accepts at a port of a place, and says this to whoever has said something.
    fn listen(&self, place: &str, port: u16, words: &str) -> Result<()> {
        let script = format!(
            "import socket, threading\n\
             def talk(peer):\n\
             \x20   try:\n\
             \x20       peer.recv(4096); peer.sendall(b'{words}'); peer.recv(1)\n\
             \x20   except OSError: pass\n\
             \x20   peer.close()\n\
             server = socket.create_server(('::', {port}), family=socket.AF_INET6, \
             dualstack_ipv6=True, backlog=256)\n\
             while True: threading.Thread(target=talk, args=(server.accept()[0],), daemon=True).start()\n"
        );
        let mut server = self.at(place, "python3");
        server
            .args(["-c", &script])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        server.spawn()?;
        let listens = format!("until ss -Htln sport = :{port} | grep -q .; do sleep 0.05; done");
        execute(self.at(place, "timeout").args(["20", "sh", "-c", &listens]))
    }

    /// Makes a fault, sees it, takes it back.
    fn see(&self, fault: &Fault, family: Family) -> Result<Seen> {
        if let Some(place) = &fault.listens
            && matches!(family, Family::V4)
        {
            self.listen(place, 4443, "")?;
        }
        for place in PLACES {
            let script = fault.at.get(place).map_or("", String::as_str);
            let script = format!("{TABLE}\n{script}");
            execute(self.at(place, "sh").args(["-ec", &script]))?;
        }
        let mut wrong = Vec::new();
        for _ in 0..fault.times.unwrap_or(1) {
            let report = self.report(fault, family);
            wrong.extend(
                report
                    .map(|report| wrong_of(fault, family, &report))
                    .with_context(|| fault.name.clone())?,
            );
        }
        for place in PLACES {
            let script = fault.undo.get(place).map_or("", String::as_str);
            let script = format!("{FORGET}\n{script}");
            execute(self.at(place, "sh").args(["-ec", &script]))?;
        }
        Ok(Seen {
            name: format!("path, {}: {}", family.word(), fault.name),
            wrong,
        })
    }

    fn report(&self, fault: &Fault, family: Family) -> Result<Report> {
        let host = family.host();
        let probe = fault.probe.as_deref().unwrap_or("tcp://{z}:443");
        let user = if fault.as_root {
            ["--bounding-set", "+all"].as_slice()
        } else {
            &[
                "--reuid",
                "nobody",
                "--clear-groups",
                "--bounding-set",
                "-all",
            ]
        };
        let mut command = self.at("a", "setpriv");
        command
            .args(user)
            .arg(&self.portcheck)
            .args(["probe", &format!("http://{host}:80")])
            .args(probe.replace("{z}", &host).split(' '))
            .args(["--timeout", "1s", "--format", "json"]);
        let output = command.output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        serde_json::from_slice(&output.stdout).context(said)
    }
}

/// What a report says that it must not, or does not say that it must.
fn wrong_of(fault: &Fault, family: Family, report: &Report) -> Vec<String> {
    let Some(finding) = report.findings.last() else {
        return vec!["there is no finding".to_owned()];
    };
    let said = said(report, finding);
    let mut wrong = Vec::new();
    if finding.cause.as_deref() != Some(&fault.cause) {
        wrong.push(format!("expected {}, got {:?}", fault.cause, finding.cause));
    }
    for says in fault.says.iter().map(|says| family.fill(says)) {
        if !said.contains(&says) {
            wrong.push(format!("`{says}` is missing in `{said}`"));
        }
    }
    for never in fault.never.iter().map(|never| family.fill(never)) {
        if said.contains(&never) {
            wrong.push(format!("`{never}` is in `{said}`"));
        }
    }
    wrong
}

/// What is told of a finding, and of all of them.
fn said(report: &Report, finding: &Finding) -> String {
    let remedy = finding.remedy.clone().unwrap_or_default();
    let mut said = finding.evidence.clone();
    said.push(remedy);
    for root in &report.root_causes {
        said.extend([root.title.clone(), root.remedy.clone()]);
    }
    said.join("; ")
}
