//! Scenarios: as written in `scenarios.yaml`, and as meant.

use std::{fmt, net::Ipv4Addr};

use anyhow::{Context, Result, bail, ensure};
use portcheck::diagnose::{Cause, Certainty, Verdict};
use serde::Deserialize;

use crate::{
    certificates::Kind,
    connections::Cost,
    peers::Peer,
    topology::{Place, SERVER, SERVER6},
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
    from: Option<String>,
    #[serde(default)]
    root: bool,
    clock: Option<String>,
    run: String,
    expect: String,
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
    /// The arguments of portcheck.
    pub(crate) arguments: Vec<String>,
    pub(crate) expect: Expectation,
    /// Why it cannot be right yet, if it cannot.
    pub(crate) todo: Option<String>,
    /// Its own addresses among those of the real servers.
    pub(crate) host: Addresses,
    /// Its own addresses among those of the odd ones.
    pub(crate) peer: Addresses,
}

pub(crate) struct Addresses {
    pub(crate) v4: String,
    pub(crate) v6: String,
}

/// The truth: `fail tcp-refused proven 1`. `-` is no cause, and any certainty; `a|b` is either,
/// where both would be right.
pub(crate) struct Expectation {
    text: String,
    verdicts: Vec<&'static str>,
    causes: Vec<Option<&'static str>>,
    certainties: Vec<&'static str>,
    exit: i32,
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
        let causes = cause.split('|').map(|cause| match cause {
            "-" => Ok(None),
            code => Ok(Some(code.parse::<Cause>()?.code())),
        });
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
            && self.causes.contains(&said.cause.as_deref())
            && (any_certainty || self.certainties.contains(&said.certainty.as_str()))
            && self.exit == said.exit
    }
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

/// Reads the scenarios; each gets an address by its place in the file. `dir` is the lab's.
///
/// # Errors
/// At the first mistake, with the scenario's name.
pub(crate) fn parse(text: &str, dir: &str) -> Result<Vec<Scenario>> {
    let written: Vec<Written> = serde_saphyr::from_str(text)?;
    let mut names = std::collections::BTreeSet::new();
    let mut scenarios = Vec::new();
    for (index, written) in written.into_iter().enumerate() {
        ensure!(
            names.insert(written.name.clone()),
            "two are called `{}`",
            written.name
        );
        let name = written.name.clone();
        let scenario = mean(written, index, dir).with_context(|| format!("scenario `{name}`"))?;
        scenarios.push(scenario);
    }
    Ok(scenarios)
}

fn mean(written: Written, index: usize, dir: &str) -> Result<Scenario> {
    let number = u8::try_from(index + 10).context("too many scenarios")?;
    let [host, peer] = [2, 4].map(|network| Addresses {
        v4: Ipv4Addr::new(10, 77, network, number).to_string(),
        v6: format!("fd77:{network}::{number:x}"),
    });
    let values = [
        ("$HOST6", host.v6.as_str()),
        ("$HOST", &host.v4),
        ("$PEER6", &peer.v6),
        ("$PEER", &peer.v4),
        ("$NAME", &format!("s{number}.lab.example")),
        ("$SERVER6", SERVER6),
        ("$SERVER", SERVER),
        ("$TABLE", &number.to_string()),
        ("$DIR", dir),
    ];
    let fill = |text: &str| fill(text, &values);
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
        arguments: fill(&written.run)
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        expect: Expectation::parse(&written.expect)?,
        name: written.name,
        needs: written.needs,
        todo: written.todo,
        host,
        peer,
    })
}

/// The text with its variables filled in.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
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
