//! Stands in for services that are not installed yet: listens where they will, and answers probes
//! with proof that it was this responder.
//!
//! One thread, one epoll: a listener costs a descriptor and a few bytes. It sends nothing that it
//! was not asked for and never more than it received, holds at most a few thousand connections for
//! a few seconds each, and is silent to whatever is no hello (see [`crate::protocol::responder`]).

mod answer;
mod bind;
mod connections;
mod datagrams;
mod descriptors;
mod limit;
mod replay;
mod serve;
mod taken;
#[cfg(test)]
mod tests;
mod way;

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use ipnet::IpNet;

pub use bind::{Bound, bind, has_address};
pub use serve::{Ending, Signals};
pub use taken::{Taken, Verdict};

use crate::protocol::responder::{Door, Key};

/// How a responder behaves once it is bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manner {
    /// The keys of those it answers; the empty one is everybody's.
    pub keys: Vec<Key>,
    /// Whom it hears; empty for everybody.
    pub allowed: Vec<IpNet>,
    /// How long it stands.
    pub lifetime: Duration,
}

/// What a responder could not bind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unbound {
    /// Doors that another program holds, with the addresses that could not be bound there.
    pub taken: BTreeMap<Door, Vec<IpAddr>>,
    /// Doors that this user may not bind.
    pub forbidden: Vec<Door>,
    /// Doors for which no descriptor was left.
    pub no_room: Vec<Door>,
    /// Doors that the system refused for another reason, by its errno.
    pub refused: Vec<(Door, i32)>,
}
