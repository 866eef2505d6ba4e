//! How far packets get, hop by hop.

use std::net::IpAddr;

use super::{Part, Said, Sentence, rows::facts};
use crate::{net::Transport, text};

/// A port and what carries it: `tcp 443`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Door {
    /// TCP or UDP.
    pub transport: Transport,
    /// The port.
    pub port: u16,
}

impl Said for Door {
    fn said(&self) -> Sentence {
        self.transport.said().then(" ").then(self.port.said())
    }
}

/// A router and how far away it is: `10.0.0.1 (hop 2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Router {
    /// Its address, the only one it has shown.
    pub address: IpAddr,
    /// How many hops away, from 1 on.
    pub hop: u8,
}

impl Said for Router {
    fn said(&self) -> Sentence {
        let hop = self.address.said().then(" (hop ").then(self.hop.said());
        hop.then(")")
    }
}

/// A distance: `1 hop`, `3 hops`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hops(pub u8);

impl Said for Hops {
    fn said(&self) -> Sentence {
        Part::of(super::Origin::Number, text::count(self.0.into(), "hop")).into()
    }
}

facts! {
    /// How far packets get, hop by hop.
    PathFact {
        RefusedNearer { hop: Hops, host: Hops } => "refused {hop} away, and the host is {host} away: a firewall answers for it",
        RefusedHere => "refused before the first router, and the host is behind it: this machine's own firewall answers for it",
        AcceptedNearer { hop: Hops, host: Hops } => "accepted {hop} away, and the host is {host} away: something on the way accepts for it",
        StopsBetween { door: Door, last: Router, beside: Door, beyond: Router } => "packets to {door} get as far as {last}, nothing answers behind it; {beside} of the same host goes on to {beyond}: the filter is on the first or between the two",
        GetsAtLeast { door: Door, last: Router } => "packets to {door} get at least as far as {last}",
        ReachesTheLast { door: Door, last: Router } => "packets to {door} reach the last router, {last}: the host's own firewall drops them, or the answer is lost",
        NothingArrives { door: Door, last: Router } => "packets to {door} reach the last router, {last}, and none arrives at the responder: the host's own firewall drops them",
        NoRouterBetween { door: Door } => "no router is between: the host's own firewall drops {door}, or the answer is lost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_never_put_on_one_router() {
        let router = |last, hop| Router {
            address: IpAddr::from([10, 0, last, 2]),
            hop,
        };
        let door = |port| Door {
            transport: Transport::Tcp,
            port,
        };
        let fact = PathFact::StopsBetween {
            door: door(443),
            last: router(2, 2),
            beside: door(80),
            beyond: router(3, 3),
        };
        assert_eq!(
            fact.said().to_string(),
            "packets to tcp 443 get as far as 10.0.2.2 (hop 2), nothing answers behind it; tcp 80 of \
             the same host goes on to 10.0.3.2 (hop 3): the filter is on the first or between the two"
        );
    }
}
