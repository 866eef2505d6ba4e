//! What a diagnosis is made of.

use std::{net::IpAddr, time::Duration};

use super::Cause;
use crate::{
    fact::Fact,
    net::{Port, PortRange, Ports, Transport},
    observation::path::Walk,
};

/// A judged check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The check's place in [`crate::plan::Plan::checks`].
    pub check: usize,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why; `None` when nothing is wrong.
    pub cause: Option<Cause>,
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
    pub remedy: Option<String>,
    /// How long the check took.
    pub elapsed: Duration,
}

impl Finding {
    /// Whether it is not as it must be, or could not be decided.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        match self.verdict {
            Verdict::Fail | Verdict::Inconclusive => true,
            Verdict::Pass | Verdict::Skip | Verdict::Warn => false,
        }
    }
}

/// One address of a check, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressFinding {
    /// The address.
    pub address: IpAddr,
    /// The port; `None` for ICMP and ESP, and for a range.
    pub port: Option<Port>,
    /// What it comes to.
    pub verdict: Verdict,
    /// Why; `None` when nothing is wrong.
    pub cause: Option<Cause>,
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
    /// Those that failed, as ranges of neighbours among the tried ones, ascending; a port alone
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
    pub remedy: String,
}

/// What a check comes to (contract §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As it must be.
    Pass,
    /// Not judged.
    Skip,
    /// It works, and something should be looked at.
    Warn,
    /// It could not be decided.
    Inconclusive,
    /// Not as it must be.
    Fail,
}

impl Verdict {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Inconclusive => "inconclusive",
            Self::Skip => "skip",
        }
    }
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
    pub title: String,
    /// What was seen.
    pub evidence: Vec<Fact>,
    /// What to do, in one imperative sentence.
    pub remedy: String,
    /// How many findings it explains, at least 1.
    pub explains: usize,
}
