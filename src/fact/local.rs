//! This machine itself: its ports, its port range, its limits.

use std::net::IpAddr;

use super::{Program, Rule, Sentence, Stranger, rows::facts, words::with_port};
use crate::net::{Host, Port, PortRange};

facts! {
    /// This machine itself: its ports, its port range, its limits.
    LocalFact {
        ProgramListens { program: Program, pid: u32, place: Sentence } => "{program} (pid {pid}) at {place} listens",
        UnseenListens { place: Sentence } => "a process that this user may not see at {place} listens",
        NeededBy { rules: Vec<Rule> } => "needed by {rules}",
        GivesAway { first: Port, last: Port, open: PortRange } => "this machine gives away ports {first} to {last}; {open} are open between the nodes",
        OwnRule { rule: Stranger, handle: u64, chain: Stranger } => "the rule of this machine that decides: {rule} (handle {handle} of {chain})",
        OwnPolicy { chain: Stranger } => "no rule of this machine lets it out, and the policy of {chain} is drop",
        OwnRuleMay { rule: Stranger, handle: u64, chain: Stranger } => "the only rule of this machine that can deny it: {rule} (handle {handle} of {chain})",
        OwnPolicyMay { chain: Stranger } => "of this machine's rules only the policy of {chain}, drop, can deny it",
        FewFiles { limit: u64, needed: usize } => "a process may open {limit} files at most, and the product has {needed} ports here",
    }
}

impl LocalFact {
    /// `127.0.0.1:8080`, where something listens.
    #[must_use]
    pub fn place(address: IpAddr, port: Port) -> Sentence {
        with_port(&Host::Address(address), port)
    }
}
