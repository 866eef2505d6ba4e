//! What the product needs ready on this machine itself, which is looked at without a packet.

use crate::net::{Port, PortRange, Protocol, Transport};

/// The rules about this machine itself, which no catalog has: ports that are taken, the range that
/// the system takes ports from, the descriptor limit.
pub const LOCAL_RULES: [&str; 3] = ["local.ports", "local.port-range", "local.descriptors"];

/// What is looked at on this machine itself; empty unless it is a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// The ports at which the product's own services will listen, without ranges, ascending.
    pub ports: Vec<NeededPort>,
    /// The range that is open between the nodes for ports that the system gives away.
    pub range: Option<NeededRange>,
    /// At how many ports, those of ranges included, the product is reached here.
    pub descriptors: Option<usize>,
}

/// A port that must be free for the product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededPort {
    /// TCP or UDP.
    pub transport: Transport,
    /// The port.
    pub port: Port,
    /// What will be spoken there.
    pub protocol: Protocol,
    /// The rules that need it, in the catalogs' order.
    pub rules: Vec<String>,
    /// The service of the first of them, for people.
    pub service: String,
}

/// A range that is open between the nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededRange {
    /// The range.
    pub range: PortRange,
    /// The rule.
    pub rule: String,
    /// Its service, for people.
    pub service: String,
}

impl Needs {
    /// Whether nothing is looked at.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.ports.is_empty() && self.range.is_none() && self.descriptors.is_none()
    }
}
