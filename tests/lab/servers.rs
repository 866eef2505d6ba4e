//! The real servers: one script each in `servers/`, run in the namespace `servers` or where its
//! head says.

use std::{
    fmt::Write as _,
    fs::File,
    path::{Path, PathBuf},
    process::Child,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    certificates::Kind,
    peers::Peer,
    scenario::{Addresses, Scenario},
    topology::{Ground, Place},
};

/// How long a server may take until it listens. ZooKeeper takes some seconds.
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// What a server finds around it.
const SURROUNDINGS: &str = r#"
    echo nameserver 127.0.0.1 > "$0.resolv"
    mount --bind "$0.resolv" /etc/resolv.conf
    mount -t tmpfs -o mode=755 tmpfs /run
    exec sh -e "$1"
"#;

/// A server's script and what its head says.
pub(crate) struct Server {
    pub(crate) name: String,
    path: PathBuf,
    /// The programs it cannot do without, by their paths, and other servers, by their names.
    needs: Vec<String>,
    /// Where it runs.
    place: Place,
    /// Where it listens once it is ready.
    listens: Vec<Port>,
}

struct Port {
    /// `tcp` or `udp`.
    transport: String,
    number: u16,
}

/// Every script of that directory.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn read(dir: &Path) -> Result<Vec<Server>> {
    let mut servers = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        servers.push(Server::read(entry?.path())?);
    }
    Ok(servers)
}

impl Server {
    fn read(path: PathBuf) -> Result<Self> {
        let text = std::fs::read_to_string(&path)?;
        let said = |word: &str| -> Vec<&str> {
            let mark = format!("# {word} ");
            let lines = text.lines().filter_map(|line| line.strip_prefix(&mark));
            lines.flat_map(|line| line.split(", ")).collect()
        };
        let name = path.file_stem().context("no name")?;
        let place = said("at").first().copied().unwrap_or("servers");
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            needs: said("needs").into_iter().map(str::to_owned).collect(),
            place: Place::from_word(place).with_context(|| format!("unknown place `{place}`"))?,
            listens: said("listens")
                .into_iter()
                .map(Port::parse)
                .collect::<Result<_>>()?,
            path,
        })
    }

    /// The first program that is not there.
    pub(crate) fn missing(&self) -> Option<&Path> {
        let mut programs = self.needs.iter().filter(|need| need.starts_with('/'));
        let missing = programs.find(|program| !Path::new(program).exists());
        missing.map(Path::new)
    }

    /// The other servers that it needs.
    pub(crate) fn companions(&self) -> impl Iterator<Item = &str> {
        let needs = self.needs.iter().map(String::as_str);
        needs.filter(|need| !need.starts_with('/'))
    }

    /// Starts it and waits until it listens. The ground ends it.
    ///
    /// # Errors
    /// When it ends before or does not listen in time, with the last it said.
    pub(crate) fn start(&self, ground: &Ground) -> Result<()> {
        let log = ground.dir().join(format!("{}.log", self.name));
        let out = File::create(&log)?;
        let mut command = ground.command(self.place, "sh");
        // Sockets and locks in /run are this server's alone, and its own names come from here too.
        command
            .args(["-ec", SURROUNDINGS])
            .arg(&log)
            .arg(&self.path)
            .current_dir("/")
            .stderr(out.try_clone()?)
            .stdout(out);
        wait(&mut command.spawn()?, &self.listens).with_context(|| {
            let said = std::fs::read_to_string(&log).unwrap_or_default();
            let last = said.lines().last().unwrap_or_default();
            format!("`{}` does not start: {last}", self.name)
        })
    }
}

impl Port {
    fn parse(text: &str) -> Result<Self> {
        let (transport, number) = text.split_once(' ').context("expected `tcp 22`")?;
        Ok(Self {
            transport: transport.to_owned(),
            number: number.parse()?,
        })
    }

    /// Whether something in the process's namespace listens there.
    /// Source: `proc_net_tcp`, state 0A is LISTEN; a bound UDP socket is 07.
    fn is_open(&self, pid: u32) -> bool {
        ["", "6"].into_iter().any(|family| {
            let table = format!("/proc/{pid}/net/{}{family}", self.transport);
            let table = std::fs::read_to_string(table).unwrap_or_default();
            let local = format!(":{:04X}", self.number);
            table.lines().any(|line| {
                let fields: Vec<&str> = line.split_whitespace().collect();
                matches!(fields[..], [_, at, _, "0A" | "07", ..] if at.ends_with(&local))
            })
        })
    }
}

fn wait(child: &mut Child, ports: &[Port]) -> Result<()> {
    let since = Instant::now();
    while !ports.iter().all(|port| port.is_open(child.id())) {
        if let Some(status) = child.try_wait()? {
            bail!("it ended with {status}");
        }
        ensure!(since.elapsed() < STARTS_WITHIN, "it does not listen");
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

/// Starts the odd servers of these scenarios.
///
/// # Errors
/// When one of them cannot listen.
pub(crate) fn start_peers(ground: &Ground, scenarios: &[Scenario]) -> Result<()> {
    let peers = scenarios.iter().flat_map(|scenario| {
        let addresses = [&scenario.peer.v4, &scenario.peer.v6];
        let of_peer = move |peer: &Peer| addresses.map(|address| peer.argument(address));
        scenario.peers.iter().flat_map(of_peer)
    });
    let peers: Vec<String> = peers.collect();
    if peers.is_empty() {
        return Ok(());
    }
    let ready = ground.dir().join("peers.ready");
    let mut command = ground.command(Place::Peers, std::env::current_exe()?);
    let mut child = command.arg("--peers").arg(&ready).args(peers).spawn()?;
    while !ready.exists() {
        ensure!(child.try_wait()?.is_none(), "the peers do not start");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Writes what the scenarios add to the servers' configurations: their names and their web sites.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn configure(ground: &Ground, scenarios: &[Scenario]) -> Result<()> {
    let mut zone =
        "$TTL 60\n@ SOA ns hostmaster 1 60 60 60 1\n@ NS ns\nns A 10.77.1.2\n".to_owned();
    let mut sites = String::new();
    for scenario in scenarios {
        writeln!(zone, "{}", scenario.records)?;
        if scenario.cert.is_some() || scenario.site.is_some() {
            sites += &site(scenario, ground.dir());
        }
    }
    std::fs::write(ground.dir().join("lab.example.zone"), zone)?;
    std::fs::write(ground.dir().join("sites.conf"), sites)?;
    Ok(())
}

fn site(scenario: &Scenario, dir: &Path) -> String {
    let Addresses { v4, v6 } = &scenario.host;
    let cert = scenario.cert.unwrap_or(Kind::Good).word();
    let dir = dir.display();
    let lines = scenario.site.as_deref().unwrap_or_default();
    format!(
        "server {{
  listen {v4}:80; listen [{v6}]:80; listen {v4}:443 ssl; listen [{v6}]:443 ssl;
  ssl_certificate {dir}/{cert}.pem; ssl_certificate_key {dir}/{cert}.key;
  {lines}
  location / {{ return 200 \"well\\n\"; }}
}}\n"
    )
}
