//! What a diagnosis is made of.

use std::{net::IpAddr, time::Duration};

use super::{Aside, Cause, Outcome, Verdict, Weight};
use crate::{
    fact::{Fact, Sentence},
    net::{Port, PortRange, Ports, Transport},
    observation::path::Walk,
};

/// A judged check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's place in [`crate::plan::Plan::checks`].
    pub check: usize,
    /// What was seen.
    pub outcome: Outcome,
    /// Whether that counts.
    pub weight: Weight,
    /// The fault of this machine beneath the cause: why the name server cannot be reached.
    pub beneath: Option<Cause>,
    /// How sure that is.
    pub certainty: Certainty,
    /// How far the probe went.
    pub stage: Stage,
    /// The id of the root cause that explains it, one of [`Diagnosis::roots`].
    pub explained_by: Option<String>,
    /// Each address on its own, in the order of the answer; empty if none was tried.
    pub addresses: Vec<AddressFinding>,
    /// How far packets to its port get, where that was looked at.
    pub path: Option<Walk>,
    /// For a range: what was checked and what failed.
    pub sweep: Option<Sweep>,
    /// What was seen, most telling first; each a sentence fragment without a full stop.
    pub evidence: Vec<Fact>,
    /// What to do, in the imperative; `None` when there is nothing to do.
    pub remedy: Option<Sentence>,
    /// How long the check took.
    pub elapsed: Duration,
}

impl Finding {
    /// What it comes to.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        Verdict::of(self.outcome, self.weight)
    }

    /// Why it comes to that; `None` when nothing is wrong. What is not needed is told as that,
    /// whatever was seen.
    #[must_use]
    pub const fn cause(&self) -> Option<Cause> {
        match (self.weight, self.outcome) {
            (Weight::Informs(Aside::NotNeeded), Outcome::Works) => None,
            (Weight::Informs(Aside::NotNeeded), _) => Some(Cause::NotNeeded),
            (Weight::Gates | Weight::Informs(_) | Weight::Waived, outcome) => outcome.cause(),
        }
    }

    /// Whether anything was sent for it.
    #[must_use]
    pub const fn is_tried(&self) -> bool {
        match self.outcome {
            Outcome::NotTried(_) => false,
            Outcome::Works | Outcome::WorksBut(_) | Outcome::Fails(_) | Outcome::Unknown(_) => true,
        }
    }

    /// Whether it counts as one whose cause is to be told and cured.
    #[must_use]
    pub const fn is_problem(&self) -> bool {
        match self.verdict() {
            Verdict::Warn | Verdict::Inconclusive | Verdict::Fail => true,
            Verdict::Pass | Verdict::Skip => false,
        }
    }
}

/// One address of a check, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressFinding {
    /// The address.
    pub address: IpAddr,
    /// The address of this machine that packets to it leave from, where that is known.
    pub from: Option<IpAddr>,
    /// The port; `None` for ICMP and ESP, and for a range.
    pub port: Option<Port>,
    /// What was seen of it.
    pub outcome: Outcome,
    /// How long it took.
    pub elapsed: Duration,
}

/// What became of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// The range that the rule names.
    pub range: PortRange,
    /// How many of its ports were tried.
    pub checked: usize,
    /// Those that failed, all of them tried, as ranges of consecutive ports, ascending; a port alone
    /// is a pair of itself.
    pub failed: Vec<(Port, Port)>,
}

/// Something about this machine itself that is not as the product needs it. It never gates: only
/// the installation would tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalFinding {
    /// One of [`crate::machine::LOCAL_RULES`].
    pub rule: &'static str,
    /// What needs it, for people.
    pub service: String,
    /// What carries it.
    pub transport: Transport,
    /// The ports it is about.
    pub ports: Ports,
    /// Why.
    pub cause: Cause,
    /// What was seen, most telling first.
    pub evidence: Vec<Fact>,
    /// What to do, in the imperative.
    pub remedy: Sentence,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Certainty {
    /// What was seen leaves no other explanation.
    Proven,
    /// The likeliest explanation of what was seen.
    Inferred,
}

impl Certainty {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proven => "proven",
            Self::Inferred => "inferred",
        }
    }
}

/// How far a probe went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Nothing was sent.
    Plan,
    /// Turning the name into addresses.
    Resolve,
    /// Being relayed by a proxy.
    Proxy,
    /// Reaching the port, or sending the datagram.
    Connect,
    /// The TLS handshake.
    Tls,
    /// The service's own words.
    Service,
}

impl Stage {
    /// The word of the report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Resolve => "resolve",
            Self::Proxy => "proxy",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Service => "service",
        }
    }
}

/// Everything a run comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// One a check, in the plan's order.
    pub findings: Vec<Finding>,
    /// What explains several findings at once, the one that explains most first.
    pub roots: Vec<RootCause>,
    /// What is not as it must be on this machine itself.
    pub local: Vec<LocalFinding>,
}

/// One cause behind several findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootCause {
    /// Unique within a report: `dns-unreachable`, `tcp-no-reply:10.0.0.7`.
    pub id: String,
    /// The cause.
    pub cause: Cause,
    /// What is wrong, in one sentence fragment: `no name server answers (10.0.0.53)`.
    pub title: Sentence,
    /// What was seen.
    pub evidence: Vec<Fact>,
    /// What to do, in one imperative sentence.
    pub remedy: Sentence,
    /// How many findings it explains, at least 1.
    pub explains: usize,
    /// Their places among the findings, ascending.
    pub findings: Vec<usize>,
    /// The least sure of them.
    pub certainty: Certainty,
    /// Whether it is proved that fewer statements do not explain as much; `None` where the cause is
    /// one thing, whatever it explains.
    pub fewest: Option<bool>,
}
