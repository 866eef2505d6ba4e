//! How a statement is told.

use super::PortSets;
use crate::{
    cause::{Cause, Is},
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

    pub(super) fn title(&self) -> String {
        let checks = text::count(self.checks, "check");
        if self.is_everything() {
            return format!("{} ({})", self.everything(), some(self.hosts));
        }
        if self.is_whole {
            return format!("{}: {checks}", self.whole());
        }
        let (ports, headline) = (self.ports.briefly(), self.cause.row().headline);
        format!("{ports} {}: {headline}", self.ends(""))
    }

    /// The remedy of each of the checks, said once for all of them.
    pub(super) fn remedy(&self, template: &str) -> String {
        let hosts = some(self.hosts);
        if self.is_everything() {
            return "ask the network team for the way out of here: a firewall blocks it, or a \
                    proxy is required"
                .to_owned();
        }
        if self.is_whole {
            let (are, have, them) = match self.hosts {
                [_] => ("is", "has that address", "it"),
                _ => ("are", "have those addresses", "them"),
            };
            let from = self.sources.as_deref().unwrap_or("here");
            return format!(
                "check that {hosts} {are} up and {have}, then ask the network team what blocks \
                 everything from {from} to {them}"
            );
        }
        let flow = self.flow();
        let template = match self.hosts {
            [_] => template.to_owned(),
            _ => template.replace("{host} is ", "{host} are "),
        };
        template.replace("{flow}", &flow).replace("{host}", &hosts)
    }

    /// `tcp 22, 2888-3888 from here to n1 and n2`.
    pub(super) fn flow(&self) -> String {
        format!("{} {}", self.ports.listed(), self.ends("here"))
    }

    /// `to n1 and n2`, `from n3 to n1 and n2`, `between n3 and n1`.
    fn ends(&self, here: &str) -> String {
        let hosts = some(self.hosts);
        match (self.sources.as_deref(), here) {
            (Some(sources), _) if self.both_ways => format!("between {sources} and {hosts}"),
            (Some(sources), _) => format!("from {sources} to {hosts}"),
            (None, "") => format!("to {hosts}"),
            (None, here) => format!("from {here} to {hosts}"),
        }
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

    fn whole(&self) -> String {
        let hosts = some(self.hosts);
        let whom = match (&self.sources, self.both_ways) {
            (Some(sources), true) => format!("{hosts} and {sources} both ways"),
            (Some(sources), false) => format!("{hosts} by {sources}"),
            (None, _) => hosts.clone(),
        };
        if self.cause == Cause::RejectedByFirewall {
            format!("everything to {whom} is rejected")
        } else if self.cause == Cause::HostUnreachable {
            format!("there is no way to deliver to {whom}")
        } else if self.cause == Cause::NetworkUnreachable {
            format!("there is no network on the way to {whom}")
        } else if self.cause == Cause::RouteLoop {
            format!("packets go in circles on the way to {whom}")
        } else {
            format!("nothing is heard from {whom}")
        }
    }
}

/// A number made of a text, the same on every machine. Source: FNV-1a, 32 bits.
fn fingerprint(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
