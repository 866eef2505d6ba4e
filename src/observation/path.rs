//! How far packets get on their way, hop by hop: what sockets of small times to live were told.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use super::IcmpError;
use crate::net::Transport;

/// What is asked of the way to one port, and which port of the same host it is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathQuestion {
    /// The port that fails.
    pub failing: Flow,
    /// A port of the same address at which the host itself was heard; `None` if none is known.
    pub control: Option<Flow>,
    /// Other TCP ports of the same address that are refused as the failing one is.
    pub others: Vec<u16>,
}

/// Where packets go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Flow {
    /// TCP or UDP.
    pub transport: Transport,
    /// The address and the port.
    pub to: SocketAddr,
}

/// What became of a [`PathQuestion`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PathObservation {
    /// How far packets to the failing port get.
    pub failing: Walk,
    /// How far packets to the control get, where there is one.
    pub control: Option<Walk>,
    /// Whether the last hop of the failing port held each time that it was asked again, with the
    /// control's next hop answering beside it each time.
    pub is_steady: bool,
    /// Which of the other ports are refused at the same hop.
    pub alike: Vec<u16>,
}

/// One port, asked with one time to live after the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// The routers that sent a packet back because its time was over, by the time to live that the
    /// packet had; a hop that never answered is left out.
    pub hops: BTreeMap<u8, Hop>,
    /// The smallest time to live at which the port was decided, and how; `None` for silence.
    pub end: Option<End>,
}

/// A router that was heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// The addresses it answered from: several if the way forks, or the router has many faces.
    pub addresses: BTreeSet<IpAddr>,
    /// The shortest time from packet to answer.
    pub round_trip: Duration,
}

/// Where a port was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The time to live that was enough.
    pub hop: u8,
    /// What was answered there.
    pub answer: PathAnswer,
    /// Whether the same hop was enough, and the one before it was not, when asked once more.
    pub is_confirmed: bool,
}

/// What decides a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PathAnswer {
    /// A connection.
    Accepted,
    /// A reset, or an ICMP port unreachable.
    Refused(Option<IcmpError>),
    /// Another ICMP error than that the time was over.
    Rejected(IcmpError),
}

impl Walk {
    /// The farthest router that was heard, and its distance.
    #[must_use]
    pub fn farthest(&self) -> Option<(u8, &Hop)> {
        let (hop, router) = self.hops.last_key_value()?;
        Some((*hop, router))
    }

    /// The first router behind `hop` that was heard, and its distance.
    #[must_use]
    pub fn next_behind(&self, hop: u8) -> Option<(u8, &Hop)> {
        let (next, router) = self.hops.range(hop.saturating_add(1)..).next()?;
        Some((*next, router))
    }

    /// How far away the port was decided, where that held when it was asked again.
    #[must_use]
    pub fn distance(&self) -> Option<u8> {
        let end = self.end.filter(|end| end.is_confirmed)?;
        Some(end.hop)
    }

    /// Whether a hop answered from several addresses: there is more than one way.
    #[must_use]
    pub fn is_forked(&self) -> bool {
        self.hops.values().any(|hop| hop.addresses.len() > 1)
    }
}
