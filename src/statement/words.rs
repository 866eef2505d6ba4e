//! How a statement is told.

use std::collections::BTreeSet;

use super::{PortSets, ports::Sample};
use crate::{
    cause::{Cause, Is},
    fact::{Origin, Part, Said as _, Sentence},
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
    /// Who looked; `None` if it is this machine.
    pub(super) sources: Option<String>,
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
    /// Whether nothing was heard between the two at all.
    pub(super) is_whole: bool,
    /// Whether nothing was heard by anybody from anywhere.
    pub(super) nothing_works: bool,
}

/// `a, b and c`, `a, b, c and 9 more`.
pub(super) fn some<T: AsRef<str>>(names: &[T]) -> String {
    if names.len() <= LISTED {
        return text::list(names, "and");
    }
    let first: Vec<&str> = names.iter().take(FIRST).map(AsRef::as_ref).collect();
    format!("{} and {} more", first.join(", "), names.len() - FIRST)
}

/// The same in parts.
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

impl Scope<'_> {
    /// The cause and the host, or a number made of all it is about.
    pub(super) fn id(&self) -> String {
        if let ([host], true, None) = (self.hosts, self.is_whole, &self.sources) {
            return format!("{}:{host}", self.cause);
        }
        let sources = self.sources.as_deref().unwrap_or_default();
        let contents = format!("{sources}>{}:{}", self.hosts.join(","), self.ports.listed());
        format!("{}:{:08x}", self.cause, fingerprint(&contents))
    }

    pub(super) fn title(&self) -> Sentence {
        if self.is_everything() {
            return self
                .everything()
                .said()
                .then(" (")
                .then(some_said(self.hosts))
                .then(")");
        }
        if self.is_whole {
            let checks = text::count(self.checks, "check");
            return self
                .whole()
                .then(": ")
                .then(Part::of(Origin::Number, checks));
        }
        Sentence::from(Part::of(Origin::Number, self.tried.briefly(&self.samples)))
            .then(" ")
            .then(self.ends(""))
            .then(": ")
            .then(self.cause.row().headline)
    }

    /// The remedy of each of the checks, said once for all of them.
    pub(super) fn remedy(&self, template: &str) -> Sentence {
        if self.is_everything() {
            return "ask the network team for the way out of here: a firewall blocks it, or a proxy \
                    is required"
                .into();
        }
        if self.is_whole {
            return self.check_that_they_are_up();
        }
        let mut own = self.cause.row().remedies.iter();
        match own.find(|remedy| **remedy == template) {
            Some(remedy) => self.fill(remedy),
            // It has values of the checks in it, and nobody knows any more whose they are.
            None => Part::of(Origin::Stranger, self.filled(template)).into(),
        }
    }

    fn check_that_they_are_up(&self) -> Sentence {
        let (are, have, them) = match self.hosts {
            [_] => ("is", "has that address", "it"),
            _ => ("are", "have those addresses", "them"),
        };
        let from = self.sources_said().unwrap_or_else(|| "here".into());
        Sentence::fill(
            "check that {hosts} {are} up and {have}, then ask the network team what blocks \
             everything from {from} to {them}",
            &[
                ("hosts", some_said(self.hosts)),
                ("are", are.into()),
                ("have", have.into()),
                ("from", from),
                ("them", them.into()),
            ],
        )
    }

    /// A remedy of the table, with several hosts in the plural.
    fn fill(&self, remedy: &'static str) -> Sentence {
        let (hosts, flow) = (some_said(self.hosts), self.flow());
        let places = [("host", hosts.clone()), ("flow", flow)];
        match (self.hosts, remedy.split_once("{host} is ")) {
            ([_], _) | (_, None) => Sentence::fill(remedy, &places),
            (_, Some((before, behind))) => Sentence::fill(before, &places)
                .then(hosts)
                .then(" are ")
                .then(Sentence::fill(behind, &places)),
        }
    }

    fn filled(&self, template: &str) -> String {
        let template = match self.hosts {
            [_] => template.to_owned(),
            _ => template.replace("{host} is ", "{host} are "),
        };
        let template = template.replace("{flow}", &self.flow().to_string());
        template.replace("{host}", &some(self.hosts))
    }

    /// `tcp 22, 2888-3888 from here to n1 and n2`.
    pub(super) fn flow(&self) -> Sentence {
        Sentence::from(Part::of(Origin::Number, self.ports.listed()))
            .then(" ")
            .then(self.ends("here"))
    }

    /// `to n1 and n2`, `from n3 to n1 and n2`, `between n3 and n1`.
    fn ends(&self, here: &'static str) -> Sentence {
        let hosts = some_said(self.hosts);
        let from = |from: Sentence| Sentence::from("from ").then(from).then(" to ");
        match (self.sources_said(), here) {
            (Some(sources), _) if self.both_ways => Sentence::from("between ")
                .then(sources)
                .then(" and ")
                .then(hosts),
            (Some(sources), _) => from(sources).then(hosts),
            (None, "") => Sentence::from("to ").then(hosts),
            (None, here) => from(here.said()).then(hosts),
        }
    }

    /// Who looked, as one name of the site's own.
    fn sources_said(&self) -> Option<Sentence> {
        let sources = self.sources.as_deref()?;
        Some(Part::of(Origin::Named, sources).into())
    }

    fn is_everything(&self) -> bool {
        self.is_whole
            && self.nothing_works
            && self.sources.is_none()
            && self.cause.is(Is::WayOut)
            && self.hosts.len() >= EVERYTHING
            && self.hosts.len() == self.all_hosts
    }

    fn everything(&self) -> &'static str {
        if self.cause == Cause::RejectedByFirewall {
            "a firewall rejects everything from here"
        } else if self.cause == Cause::TcpNoReply {
            "nothing that is sent from here is answered"
        } else {
            "nothing can be reached from here"
        }
    }

    fn whole(&self) -> Sentence {
        let hosts = some_said(self.hosts);
        let whom = match self.sources_said() {
            Some(sources) if self.both_ways => hosts.then(" and ").then(sources).then(" both ways"),
            Some(sources) => hosts.then(" by ").then(sources),
            None => hosts,
        };
        if self.cause == Cause::RejectedByFirewall {
            return "everything to ".said().then(whom).then(" is rejected");
        }
        let before = if self.cause == Cause::HostUnreachable {
            "there is no way to deliver to "
        } else if self.cause == Cause::NetworkUnreachable {
            "there is no network on the way to "
        } else if self.cause == Cause::RouteLoop {
            "packets go in circles on the way to "
        } else {
            "nothing is heard from "
        };
        before.said().then(whom)
    }
}

/// A number made of a text, the same on every machine. Source: FNV-1a, 32 bits.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
