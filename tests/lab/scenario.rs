//! Scenarios: as written in `scenarios.yaml` and its like, and as meant.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::Ipv4Addr,
    path::Path,
};

use anyhow::{Context, Result, bail, ensure};
use portcheck::diagnose::{Cause, Certainty, Verdict};
use serde::Deserialize;

use crate::{
    certificates::Kind,
    connections::Cost,
    peers::Peer,
    topology::{PROXY, Place, SERVER, SERVER6},
};

/// A scenario as written. `scenarios.yaml` says what the keys mean.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(default)]
    needs: Vec<String>,
    cert: Option<String>,
    site: Option<String>,
    #[serde(default)]
    peers: Vec<String>,
    records: Option<String>,
    resolver: Option<String>,
    hosts: Option<String>,
    router: Option<String>,
    servers: Option<String>,
    client: Option<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    from: Option<String>,
    #[serde(default)]
    root: bool,
    clock: Option<String>,
    run: String,
    expect: String,
    #[serde(default)]
    rows: Vec<String>,
    #[serde(default)]
    says: Vec<String>,
    todo: Option<String>,
}

/// A scenario as meant, its variables filled in.
pub(crate) struct Scenario {
    pub(crate) name: String,
    /// The servers it cannot do without.
    pub(crate) needs: Vec<String>,
    /// The certificate of the web site at its address, if it has one.
    pub(crate) cert: Option<Kind>,
    /// What that site's configuration says besides.
    pub(crate) site: Option<String>,
    /// The odd servers.
    pub(crate) peers: Vec<Peer>,
    /// Its lines of the zone `lab.example`.
    pub(crate) records: String,
    /// The lines of `/etc/resolv.conf`.
    pub(crate) resolver: String,
    /// The lines of `/etc/hosts`.
    pub(crate) hosts: String,
    /// Commands that make the fault, each run to its end in a namespace.
    pub(crate) faults: Vec<(Place, String)>,
    /// Where portcheck runs.
    pub(crate) from: Place,
    /// Whether it runs as root; otherwise as nobody.
    pub(crate) root: bool,
    /// How far this machine's clock is off, as faketime(1) writes it.
    pub(crate) clock: Option<String>,
    /// Variables of the environment besides the lab's own.
    pub(crate) env: BTreeMap<String, String>,
    /// The arguments of portcheck.
    pub(crate) arguments: Vec<String>,
    pub(crate) expect: Expectation,
    /// What every row of a port must be.
    pub(crate) rows: Vec<Row>,
    /// What the report must say somewhere.
    pub(crate) says: Vec<String>,
    /// Why it cannot be right yet, if it cannot.
    pub(crate) todo: Option<String>,
    /// Its own addresses among those of the real servers.
    pub(crate) host: Addresses,
    /// Its own addresses among those of the odd ones.
    pub(crate) peer: Addresses,
}

#[derive(Clone)]
pub(crate) struct Addresses {
    pub(crate) v4: String,
    pub(crate) v6: String,
}

/// The truth: `fail tcp-refused proven 1`. `-` is no cause, and any certainty; `a|b` is either,
/// where both would be right, `a+b` both.
pub(crate) struct Expectation {
    text: String,
    verdicts: Vec<&'static str>,
    causes: Vec<Option<String>>,
    certainties: Vec<&'static str>,
    exit: i32,
}

/// The truth of the rows of one port: `22 fail proxy-denied`.
pub(crate) struct Row {
    pub(crate) port: u16,
    pub(crate) verdict: &'static str,
    pub(crate) cause: Option<String>,
}

impl Row {
    fn parse(text: &str) -> Result<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [port, verdict, cause] = words[..] else {
            bail!("got `{text}`, expected port, verdict and cause");
        };
        Ok(Self {
            port: port.parse().context("the port is no number")?,
            verdict: among(&VERDICTS.map(Verdict::word), verdict)?[0],
            cause: parse_cause(cause)?,
        })
    }
}

/// What portcheck said, in the same words.
pub(crate) struct Said {
    pub(crate) verdict: String,
    pub(crate) cause: Option<String>,
    /// `-` where there are several findings.
    pub(crate) certainty: String,
    pub(crate) exit: i32,
    /// The first evidence, for whoever reads the table.
    pub(crate) evidence: String,
    /// What it cost, where nothing is wrong.
    pub(crate) cost: Option<Cost>,
}

impl Expectation {
    fn parse(text: &str) -> Result<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [verdict, cause, certainty, exit] = words[..] else {
            bail!("got `{text}`, expected verdict, cause, certainty and exit code");
        };
        let causes = cause.split('|').map(parse_cause);
        Ok(Self {
            text: text.to_owned(),
            verdicts: among(&VERDICTS.map(Verdict::word), verdict)?,
            causes: causes.collect::<Result<_>>()?,
            certainties: match certainty {
                "-" => Vec::new(),
                words => among(&CERTAINTIES.map(Certainty::word), words)?,
            },
            exit: exit.parse().context("the exit code is no number")?,
        })
    }

    pub(crate) fn is_met_by(&self, said: &Said) -> bool {
        let any_certainty = self.certainties.is_empty();
        self.verdicts.contains(&said.verdict.as_str())
            && self.causes.contains(&said.cause)
            && (any_certainty || self.certainties.contains(&said.certainty.as_str()))
            && self.exit == said.exit
    }
}

/// `-`, a cause, or several of several findings: `no-route+dns-timeout`.
fn parse_cause(word: &str) -> Result<Option<String>> {
    if word == "-" {
        return Ok(None);
    }
    for code in word.split('+') {
        code.parse::<Cause>()?;
    }
    Ok(Some(word.to_owned()))
}

const VERDICTS: [Verdict; 5] = [
    Verdict::Pass,
    Verdict::Skip,
    Verdict::Warn,
    Verdict::Inconclusive,
    Verdict::Fail,
];
const CERTAINTIES: [Certainty; 2] = [Certainty::Proven, Certainty::Inferred];

/// The words of `a|b`, each one of `known`.
fn among(known: &[&'static str], words: &str) -> Result<Vec<&'static str>> {
    let find = |word| {
        let found = known.iter().copied().find(|known| *known == word);
        found.with_context(|| format!("unknown word `{word}`"))
    };
    words.split('|').map(find).collect()
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.cause.as_deref().unwrap_or("-");
        let Self {
            verdict,
            certainty,
            exit,
            evidence,
            ..
        } = self;
        write!(f, "{verdict} {cause} {certainty} {exit}: {evidence}")
    }
}

/// A file of scenarios and where these are at home.
struct Sheet {
    file: &'static str,
    /// The networks of the real servers and of the odd ones.
    networks: [u8; 2],
    /// What the hosts' names begin with.
    letter: char,
    /// The first number of their routing tables.
    tables: u16,
}

const SHEETS: [Sheet; 5] = [
    Sheet {
        file: "scenarios.yaml",
        networks: [2, 4],
        letter: 's',
        tables: 0,
    },
    Sheet {
        file: "proxies.yaml",
        networks: [12, 14],
        letter: 'p',
        tables: 300,
    },
    Sheet {
        file: "dialogs.yaml",
        networks: [16, 18],
        letter: 'd',
        tables: 600,
    },
    Sheet {
        file: "profiles.yaml",
        networks: [26, 28],
        letter: 'f',
        tables: 900,
    },
    Sheet {
        file: "pages.yaml",
        networks: [30, 32],
        letter: 'g',
        tables: 1200,
    },
];

/// What a proxy of the lab wants to know; no report may tell.
pub(crate) const SECRET: &str = "canary-5ecret";

/// Reads the scenarios; each gets an address by its place in its file. `dir` is the lab's.
///
/// # Errors
/// At the first mistake, with the scenario's name.
pub(crate) fn read(home: &Path, dir: &str) -> Result<Vec<Scenario>> {
    let mut names = BTreeSet::new();
    let mut scenarios = Vec::new();
    for sheet in &SHEETS {
        let text = std::fs::read_to_string(home.join(sheet.file))?;
        let written: Vec<Written> = serde_saphyr::from_str(&text)?;
        for (index, written) in written.into_iter().enumerate() {
            let name = written.name.clone();
            ensure!(names.insert(name.clone()), "two are called `{name}`");
            let number = u8::try_from(index + 10).context("too many scenarios")?;
            let meant = mean(written, &values(sheet, number, dir));
            scenarios.push(meant.with_context(|| format!("scenario `{name}`"))?);
        }
    }
    Ok(scenarios)
}

/// What a scenario's variables stand for.
struct Values {
    host: Addresses,
    peer: Addresses,
    /// Each variable and its value; one that begins as another does comes before it.
    texts: Vec<(&'static str, String)>,
}

fn values(sheet: &Sheet, number: u8, dir: &str) -> Values {
    let [host, peer] = sheet.networks.map(|network| Addresses {
        v4: Ipv4Addr::new(10, 77, network, number).to_string(),
        v6: format!("fd77:{network}::{number:x}"),
    });
    let name = format!("{}{number}.lab.example", sheet.letter);
    let table = sheet.tables + u16::from(number);
    let texts = [
        ("$HOST6", host.v6.as_str()),
        ("$HOST", &host.v4),
        ("$PEER6", &peer.v6),
        ("$PEER", &peer.v4),
        ("$NAME", &name),
        ("$SERVER6", SERVER6),
        ("$SERVER", SERVER),
        ("$PROXY", PROXY),
        ("$SECRET", SECRET),
        ("$TABLE", &table.to_string()),
        ("$DIR", dir),
    ];
    let texts = texts.map(|(name, value)| (name, value.to_owned())).to_vec();
    Values { host, peer, texts }
}

fn mean(written: Written, values: &Values) -> Result<Scenario> {
    let fill = |text: &str| fill(text, &values.texts);
    let faults = [
        (Place::Router, &written.router),
        (Place::Servers, &written.servers),
        (Place::Client, &written.client),
    ];
    let faults = faults.into_iter();
    let record = if written.peers.is_empty() {
        "$NAME. A $HOST"
    } else {
        "$NAME. A $PEER"
    };
    let records = written.records.as_deref().unwrap_or(record);
    let resolver = written.resolver.as_deref().unwrap_or("nameserver $SERVER");
    Ok(Scenario {
        cert: written.cert.as_deref().map(str::parse).transpose()?,
        site: written.site.as_deref().map(fill),
        peers: written
            .peers
            .iter()
            .map(|peer| Peer::parse(&fill(peer)))
            .collect::<Result<_>>()?,
        records: fill(records),
        resolver: fill(resolver),
        hosts: fill(written.hosts.as_deref().unwrap_or_default()),
        faults: faults
            .filter_map(|(place, script)| Some((place, fill(script.as_deref()?))))
            .collect(),
        from: place(written.from.as_deref())?,
        root: written.root,
        clock: written.clock,
        env: written
            .env
            .iter()
            .map(|(name, value)| (name.clone(), fill(value)))
            .collect(),
        arguments: fill(&written.run)
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        expect: Expectation::parse(&written.expect)?,
        rows: written
            .rows
            .iter()
            .map(|row| Row::parse(row))
            .collect::<Result<_>>()?,
        says: written.says.iter().map(|text| fill(text)).collect(),
        name: written.name,
        needs: written.needs,
        todo: written.todo,
        host: values.host.clone(),
        peer: values.peer.clone(),
    })
}

/// The text with its variables filled in.
fn fill(text: &str, values: &[(&str, String)]) -> String {
    let text = text.to_owned();
    values
        .iter()
        .fold(text, |text, (name, value)| text.replace(name, value))
}

fn place(word: Option<&str>) -> Result<Place> {
    let Some(word) = word else {
        return Ok(Place::Client);
    };
    Place::from_word(word).with_context(|| format!("unknown place `{word}`"))
}
