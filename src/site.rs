//! What is particular to one installation: who stands behind each group, variables, features.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    fact::PlanFact,
    net::{Address, Host},
};

mod expected;
mod file;
mod flags;
mod inventory;
mod members;
mod no_node;
pub mod nodes;
mod of_rule;
mod overrides;
mod proxies;
mod reading;
mod resolve;
mod roles;
mod template;
mod waivers;
mod ways;

pub use crate::catalog::Value;
pub use expected::Expected;
pub use file::{SiteFile, json_schema};
pub use flags::{FlagFault, FlagMistake, SiteError, SiteFlags};
pub use inventory::{Ask, Inventory, InventorySource};
pub use members::Member;
pub use no_node::NoNode;
pub use of_rule::OfRule;
pub use overrides::Override;
pub use proxies::{
    Goal, PROXY_VARIABLES, Proxies, Proxy, ProxyMistake, ProxySettings, Route, SHOUTED,
};
pub use roles::Role;
pub use template::template;
pub use waivers::Waiver;
pub use ways::Way;

/// One installation, as meant: flags over site file over this machine over the catalogs' defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    /// The value of every variable that has one, by name; never an empty list of hosts.
    pub values: BTreeMap<String, Binding>,
    /// The state of every feature of the catalogs, by name.
    pub features: BTreeMap<String, bool>,
    /// The features that a flag or the site file names, whichever way.
    pub said: BTreeSet<String>,
    /// Where this machine's time servers agree on keys before they are asked, over TLS.
    pub time_keys: Vec<Address>,
    /// Whether the site file lists the nodes, and this machine is none of them by any of its names and
    /// addresses.
    pub is_stranger: bool,
    /// Hosts that were given as nodes and are this machine itself, so are no targets.
    pub dropped: Vec<Address>,
    /// Nodes of an inventory that are no targets: Ansible runs there, and nobody says under which
    /// address.
    pub left_out: Vec<String>,
    /// Why a variable has no value that this machine's configuration could give, or whose hosts are
    /// all this machine itself, by name.
    pub missing: BTreeMap<String, PlanFact>,
    /// The groups that this machine belongs to; empty if nobody says.
    pub roles: Vec<Role>,
    /// What must be seen of which rules; of several that match the last counts.
    pub expect: Vec<Expected>,
    /// Which way the product goes for which rules; of several that match the last counts.
    pub ways: Vec<Way>,
    /// What is known and accepted; one for this machine itself names no host.
    pub waivers: Vec<Waiver>,
    /// The hosts among them that are this machine.
    pub own: Vec<Host>,
    /// What is different of single hosts.
    pub overrides: Vec<Override>,
    /// The site file, as the user named it.
    pub file: Option<String>,
    /// The inventories, each as `FILE` or `GROUP=FILE`.
    pub inventories: Vec<String>,
}

/// A variable's value and who gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The value.
    pub value: Value,
    /// Who gave it.
    pub origin: Origin,
}

/// Who gave a value, strongest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag or its environment variable, as typed: `--set smtp_relay`.
    Flag(String),
    /// The site file, by its name.
    File(String),
    /// This machine's configuration, by its path.
    Machine(String),
    /// The catalog's default.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(text) | Self::File(text) | Self::Machine(text) => f.write_str(text),
            Self::Default => f.write_str("the catalog's default"),
        }
    }
}

#[cfg(test)]
mod tests;
