//! The ground: namespaces joined by a router, taken down again whatever becomes of this process.
//!
//! ```text
//! client    10.77.0.2 ─┐            ┌─ servers 10.77.1.2, and all of 10.77.2.0/24: the real ones
//! v4only    10.77.5.2 ─┼── router ──┤
//! stranded  10.77.6.2 ─┤            └─ peers   10.77.3.2, and all of 10.77.4.0/24: the odd ones
//! noports   10.77.7.2 ─┘ (joined as well)      island has no cable, its loopback is down
//! proxies   10.77.8.2    (joined as well)      the proxies, and a name server that knows every name
//! inside   10.77.11.2    (joined as well)      reaches nothing but the proxies
//! ```
//! Scenarios of proxies have the networks 10.77.12.0/24 and 10.77.14.0/24 for 2 and 4, those of
//! dialogs 16 and 18, those of profiles 26 and 28, those of pages 30 and 32.
//! IPv6 likewise: `fd77:0::2`, `fd77:1::2`, `fd77:2::/64` and so on. `v4only` and `inside`
//! have no IPv6, `stranded` no default route, `noports` no local port left to connect from.

use std::{
    fmt,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};

/// Where the servers are at home. Datagram servers answer from there and from nowhere else.
pub(crate) const SERVER: &str = "10.77.1.2";
/// The same over IPv6.
pub(crate) const SERVER6: &str = "fd77:1::2";
/// Where the proxies are.
pub(crate) const PROXY: &str = "10.77.8.2";

/// A namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Client,
    V4only,
    Stranded,
    Noports,
    Island,
    Router,
    Servers,
    Peers,
    Proxies,
    Inside,
}

impl Place {
    const ALL: [Self; 10] = [
        Self::Client,
        Self::V4only,
        Self::Stranded,
        Self::Noports,
        Self::Island,
        Self::Router,
        Self::Servers,
        Self::Peers,
        Self::Proxies,
        Self::Inside,
    ];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|place| place.to_string() == word)
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::V4only => "v4only",
            Self::Stranded => "stranded",
            Self::Noports => "noports",
            Self::Island => "island",
            Self::Router => "router",
            Self::Servers => "servers",
            Self::Peers => "peers",
            Self::Proxies => "proxies",
            Self::Inside => "inside",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The namespaces and a directory, both of this process alone. Gone when dropped.
pub(crate) struct Ground {
    prefix: String,
    dir: PathBuf,
    janitor: Child,
}

impl Ground {
    /// # Errors
    /// When this user may not make namespaces.
    pub(crate) fn build() -> Result<Self> {
        let prefix = format!("pc-{}", std::process::id());
        let dir = std::env::temp_dir().join(&prefix);
        std::fs::create_dir(&dir).with_context(|| format!("no `{}`", dir.display()))?;
        let janitor = janitor(&prefix, &dir)?;
        let ground = Self {
            prefix,
            dir,
            janitor,
        };
        for place in Place::ALL {
            let name = ground.name(place);
            execute(Command::new("ip").args(["netns", "add", &name]))?;
        }
        execute(
            Command::new("sh")
                .args(["-ec", include_str!("topology.sh")])
                .env("PREFIX", &ground.prefix),
        )?;
        Ok(ground)
    }

    /// The directory for whatever the lab writes; servers may read it.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the names of its namespaces begin with; whatever has such a name goes with it.
    pub(crate) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// `program`, to be run in a namespace with a mount namespace of its own.
    pub(crate) fn command(&self, place: Place, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command
            .args(["netns", "exec", &self.name(place)])
            .arg(program)
            .env("DIR", &self.dir)
            .stdin(Stdio::null());
        command
    }

    fn name(&self, place: Place) -> String {
        format!("{}-{place}", self.prefix)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        drop(self.janitor.stdin.take());
        let _ = self.janitor.wait();
    }
}

/// Waits, out of reach of this terminal's signals, until this process has ended in whatever way;
/// then ends what runs in the namespaces, by its id, and removes them and the directory.
fn janitor(prefix: &str, dir: &Path) -> Result<Child> {
    let script = r#"
        cat > /dev/null
        for name in $(ip netns list | cut -d' ' -f1); do
          case $name in
            "$PREFIX"-*) ip netns pids "$name" | xargs -r kill -9; ip netns del "$name" ;;
          esac
        done
        rm -rf "$DIR"
    "#;
    Command::new("sh")
        .args(["-c", script])
        .env("PREFIX", prefix)
        .env("DIR", dir)
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("no janitor")
}

/// Runs a command to its end.
///
/// # Errors
/// When it fails, with what it said.
pub(crate) fn execute(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", shown(command)))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or_default();
    bail!("{} failed: {said}", shown(command))
}

/// The program and the arguments that fit on a line.
fn shown(command: &Command) -> String {
    let words = command.get_args().map(|word| word.to_string_lossy());
    let words: Vec<_> = words.filter(|word| !word.contains('\n')).collect();
    format!("`{} {}`", command.get_program().display(), words.join(" "))
}

/// Why the lab cannot be built here, if it is known beforehand.
///
/// # Errors
/// Says what is missing.
pub(crate) fn possible() -> Result<()> {
    let asked = std::env::var_os("PORTCHECK_LAB").is_some_and(|value| value == "1");
    ensure!(asked, "set PORTCHECK_LAB=1 and be root");
    let trial = format!("pc-{}-trial", std::process::id());
    execute(Command::new("ip").args(["netns", "add", &trial]))?;
    execute(Command::new("ip").args(["netns", "del", &trial]))
}
