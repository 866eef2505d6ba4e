//! This machine itself: its ports, its port range, its limits.

use std::net::IpAddr;

use super::{Program, Rule, Sentence, rows::facts, words::with_port};
use crate::net::{Host, Port, PortRange};

facts! {
    /// This machine itself: its ports, its port range, its limits.
    LocalFact {
        ProgramListens { program: Program, pid: u32, place: Sentence } => "{program} (pid {pid}) at {place} listens",
        UnseenListens { place: Sentence } => "a process that this user may not see at {place} listens",
        NeededBy { rules: Vec<Rule> } => "needed by {rules}",
        GivesAway { first: Port, last: Port, open: PortRange } => "this machine gives away ports {first} to {last}; {open} are open between the nodes",
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
