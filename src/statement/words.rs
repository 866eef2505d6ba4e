//! How a statement is told.

use std::collections::BTreeSet;

use super::{
    PortSets,
    field::{End, Ends},
    kin::Slot,
    ports::Sample,
};
use crate::{
    cause::{Cause, Is},
    fact::{Origin, Part, Said, Sentence},
    text,
};

/// So many names are listed; of more the first few and how many more there are.
const LISTED: usize = 8;
/// How many of them then.
const FIRST: usize = 3;
/// So many hosts of which nothing is heard have more in common than each its own fault.
const EVERYTHING: usize = 3;

/// What a statement is about.
pub(super) struct Scope<'a> {
    pub(super) cause: Cause,
    /// What the two ends are called.
    pub(super) ends: &'a Ends,
    pub(super) both_ways: bool,
    pub(super) hosts: &'a [String],
    /// How many hosts something was sent to.
    pub(super) all_hosts: usize,
    pub(super) ports: PortSets,
    /// The same without ranges of which only some ports were tried.
    pub(super) tried: PortSets,
    /// Those ranges.
    pub(super) samples: BTreeSet<Sample>,
    pub(super) checks: usize,
    pub(super) silence: Silence,
    /// Whether one of the hosts looked itself, so that it is up.
    pub(super) looked: bool,
}

/// `a, b and c`, `a, b, c and 9 more`.
fn some_said(names: &[String]) -> Sentence {
    let part = |name: &String| Part::host(name);
    if names.len() <= LISTED {
        return names.iter().map(part).collect::<Vec<_>>().said();
    }
    let mut said = Sentence::default();
    for (place, name) in names.iter().take(FIRST).enumerate() {
        said = said
            .then(if place == 0 { "" } else { ", " })
            .then(part(name));
    }
    said.then(" and ")
        .then((names.len() - FIRST).said())
        .then(" more")
}

impl End {
    /// Whether it is a machine by its name.
    const fn is_one(&self) -> bool {
        match self {
            Self::These(names) => names.len() == 1,
            Self::All(_) | Self::AllOthers | Self::AllBut(_) => false,
        }
    }
}

impl Said for End {
    fn said(&self) -> Sentence {
        match self {
            Self::These(names) => some_said(names),
            Self::All(count) => Sentence::from("all ").then(count.said()).then(" machines"),
            Self::AllOthers => "every other machine".into(),
            Self::AllBut(names) => Sentence::from("all machines but ").then(some_said(names)),
        }
    }
}

/// Where nothing at all is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Silence {
    /// Nowhere: other ports answer.
    Nowhere,
    /// Between the two ends.
    Between,
    /// Wherever those that looked turn.
    Everywhere,
}

impl Scope<'_> {
    /// The cause and the host, or a number made of all it is about.
    pub(super) fn id(&self) -> String {
        if let ([host], true, None) = (self.hosts, self.is_whole(), &self.ends.sources) {
            return format!("{}:{host}", self.cause);
        }
        let sources = self.sources_said().unwrap_or_default();
        let contents = format!("{sources}>{}:{}", self.hosts.join(","), self.ports.listed());
        format!("{}:{:08x}", self.cause, fingerprint(&contents))
    }

    pub(super) fn title(&self) -> Sentence {
        if self.is_everything() {
            return self
                .everything()
                .then(" (")
                .then(some_said(self.hosts))
                .then(")");
        }
        if self.is_whole() {
            let checks = text::count(self.checks, "check");
            return self
                .whole()
                .then(": ")
                .then(Part::of(Origin::Number, checks));
        }
        Sentence::from(Part::of(Origin::Number, self.tried.briefly(&self.samples)))
            .then(" ")
            .then(self.ways(""))
            .then(": ")
            .then(self.cause.row().headline)
    }

    /// The remedy of each of the checks, said once for all of them.
    pub(super) fn remedy(&self, mould: &[Slot]) -> Sentence {
        if self.is_everything() {
            return Sentence::fill(
                "ask the network team for the way out of {here}: a firewall blocks it, or a proxy \
                 is required",
                &[("here", self.here())],
            );
        }
        if self.is_whole() && self.looked {
            return self.ask_what_blocks();
        }
        if self.is_whole() {
            return self.check_that_they_are_up();
        }
        self.poured(mould)
    }

    /// They are up, since they looked themselves. Whoever stands alone at one end has most to do with
    /// it.
    fn ask_what_blocks(&self) -> Sentence {
        let (sources, targets) = (self.ends.sources.as_ref(), self.ends.targets.as_ref());
        let alone = [targets, sources]
            .into_iter()
            .flatten()
            .find(|end| end.is_one());
        let whom = alone.map_or_else(Sentence::default, |one| {
            Sentence::from(", or whoever runs ")
                .then(one.said())
                .then(",")
        });
        Sentence::fill(
            "ask the network team{whom} what blocks everything {ways}: both ends are up, a report \
             comes from each",
            &[("whom", whom), ("ways", self.ways("here"))],
        )
    }

    fn check_that_they_are_up(&self) -> Sentence {
        let (have, them) = if self.is_one_host() {
            ("has that address", "it")
        } else {
            ("have those addresses", "them")
        };
        Sentence::fill(
            "check that {hosts} {are} up and {have}, then ask the network team what blocks \
             everything from {from} to {them}",
            &[
                ("hosts", self.hosts_said()),
                ("are", self.are().into()),
                ("have", have.into()),
                ("from", self.here()),
                ("them", them.into()),
            ],
        )
    }

    /// The remedy of the family for all of its hosts, in the plural where they are several.
    fn poured(&self, mould: &[Slot]) -> Sentence {
        let mut said = Sentence::default();
        for slot in mould {
            let more = match slot {
                Slot::Host => self.hosts_said(),
                Slot::Flow => self.flow(),
                Slot::Said(part) => self.agreeing(part).into(),
            };
            said = said.then(more);
        }
        said
    }

    /// ` is up` of one host, ` are up` of several: our words that begin so stand behind the host.
    fn agreeing(&self, part: &Part) -> Part {
        let plural = [
            (" is ", " are "),
            ("the host answers ", "the hosts answer "),
            ("the host is ", "the hosts are "),
        ];
        let mut verbs = plural.into_iter().filter_map(|(one, several)| {
            let rest = part.text.strip_prefix(one)?;
            Some(format!("{several}{rest}"))
        });
        match verbs.next() {
            Some(text) if part.origin == Origin::Ours && !self.is_one_at(&part.text) => Part {
                origin: Origin::Ours,
                text: text.into(),
            },
            Some(_) | None => part.clone(),
        }
    }

    /// `tcp 22, 2888-3888 from here to n1 and n2`.
    pub(super) fn flow(&self) -> Sentence {
        Sentence::from(Part::of(Origin::Number, self.ports.listed()))
            .then(" ")
            .then(self.ways("here"))
    }

    /// `to n1 and n2`, `from n3 to n1 and n2`, `between n3 and n1`.
    fn ways(&self, here: &'static str) -> Sentence {
        let hosts = self.hosts_said();
        let from = |from: Sentence| Sentence::from("from ").then(from).then(" to ");
        match (self.sources_said(), here) {
            (Some(sources), _) if self.is_mutual() => {
                Sentence::from("between ").then(self.between(sources, hosts))
            }
            (Some(sources), _) => from(sources).then(hosts),
            (None, "") => Sentence::from("to ").then(hosts),
            (None, here) => from(here.said()).then(hosts),
        }
    }

    /// Whether it is so in both directions.
    fn is_mutual(&self) -> bool {
        self.both_ways || self.are_same()
    }

    /// Whether those that looked are those that were looked at.
    fn are_same(&self) -> bool {
        match (&self.ends.sources, &self.ends.targets) {
            (Some(End::All(_)), Some(End::AllOthers)) => true,
            (sources, targets) => sources.is_some() && sources == targets,
        }
    }

    /// `n3 and n1`, `all 4 machines`, `n1, n2 on one side and n3, n4 on the other`.
    fn between(&self, sources: Sentence, hosts: Sentence) -> Sentence {
        let is_list = |end: &Option<End>| match end {
            Some(End::These(names) | End::AllBut(names)) => names.len() > 1,
            Some(End::All(_) | End::AllOthers) | None => false,
        };
        if self.are_same() {
            sources
        } else if is_list(&self.ends.sources) || is_list(&self.ends.targets) {
            let one = sources.then(" on the one side and ");
            one.then(hosts).then(" on the other")
        } else {
            sources.then(" and ").then(hosts)
        }
    }

    /// Who looked, unless it is this machine.
    fn sources_said(&self) -> Option<Sentence> {
        self.ends.sources.as_ref().map(Said::said)
    }

    /// Who looked.
    fn here(&self) -> Sentence {
        self.sources_said().unwrap_or_else(|| "here".into())
    }

    /// Who was looked at.
    fn hosts_said(&self) -> Sentence {
        let named = self.ends.targets.as_ref();
        named.map_or_else(|| some_said(self.hosts), Said::said)
    }

    fn is_one_host(&self) -> bool {
        match &self.ends.targets {
            Some(end) => end.is_one() || *end == End::AllOthers,
            None => self.hosts.len() == 1,
        }
    }

    /// The same for our words that speak of the hosts without naming them.
    fn is_one_at(&self, words: &str) -> bool {
        let is_named = words.starts_with(' ');
        let named = self.ends.targets.as_ref();
        self.is_one_host() && (is_named || named.is_none_or(End::is_one))
    }

    fn are(&self) -> &'static str {
        if self.is_one_host() { "is" } else { "are" }
    }

    fn is_whole(&self) -> bool {
        self.silence != Silence::Nowhere
    }

    fn is_everything(&self) -> bool {
        self.silence == Silence::Everywhere
            && !self.looked
            && self.ends.sources.as_ref().is_none_or(End::is_one)
            && self.cause.is(Is::WayOut)
            && self.hosts.len() >= EVERYTHING
            && self.hosts.len() == self.all_hosts
    }

    fn everything(&self) -> Sentence {
        let template = if self.cause == Cause::RejectedByFirewall {
            "a firewall rejects everything from {here}"
        } else if self.cause == Cause::TcpNoReply {
            "nothing that is sent from {here} is answered"
        } else {
            "nothing can be reached from {here}"
        };
        Sentence::fill(template, &[("here", self.here())])
    }

    fn whole(&self) -> Sentence {
        let template = if self.cause == Cause::RejectedByFirewall {
            "everything {ways} is rejected"
        } else if self.cause == Cause::HostUnreachable {
            "there is no way to deliver {ways}"
        } else if self.cause == Cause::NetworkUnreachable {
            "there is no network on the way {ways}"
        } else if self.cause == Cause::RouteLoop {
            "packets go in circles on the way {ways}"
        } else if self.ends.sources.is_none() {
            "nothing is heard from {hosts}"
        } else {
            "nothing gets through {ways}"
        };
        let places = [("ways", self.ways("")), ("hosts", self.hosts_said())];
        Sentence::fill(template, &places)
    }
}

/// A number made of a text, the same on every machine. Source: FNV-1a, 32 bits.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
