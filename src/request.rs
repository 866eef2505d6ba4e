//! The smallest change of firewalls that lets through what is needed, or what failed: as flows, and
//! in the words of many firewalls. Pure.
//!
//! A flow is one machine that reaches one other over neighbouring ports. What is written adds and
//! never takes away; what a firewall has no words for is told with its rules, and never left out.

mod aerleon;
mod aws;
mod azure;
mod change;
mod check;
mod cloud;
mod csv;
mod escape;
mod firewalld;
mod flow;
mod gather;
mod gcp;
mod iptables;
mod kubernetes;
mod markdown;
mod merge;
mod nftables;
mod place;
mod platform;
mod render;
mod ruleset;
mod script;
mod squid;
mod table;
mod ufw;
mod zones;

#[cfg(test)]
mod tests;

pub use change::{Change, Unsaid};
pub use check::{Allowed, check, told};
pub use csv::{CsvError, parse as parse_csv};
pub use flow::{Direction, End, Family, Flow, Ports};
pub use gather::{
    Gathered, Left, NoRequest, OfRule, Pattern, Ways, from_plan, from_reports, rules_of,
};
pub use merge::{merged, widened};
pub use place::{Chain, ChainError, Ground};
pub use platform::Platform;
pub use render::{Asked, render};
pub use ruleset::{Ruleset, iptables::parse as parse_iptables, nft::parse as parse_nftables};
pub use zones::{Listed, Zones};
