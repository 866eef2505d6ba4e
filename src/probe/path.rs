//! Where on the path: one socket a time to live, and the error queue tells who sent the packet
//! back. Nothing of it needs a privilege. Source: ip(7) `IP_TTL`, `IP_RECVERR`; ipv6(7)
//! `IPV6_UNICAST_HOPS`; RFC 792, RFC 4443 §3.3.
//!
//! Routers limit how often they answer (Linux: six at once, then one a second for each receiver),
//! so each hop is asked seldom, and nothing is told of a silence that a control beside it does not
//! bear out.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    ops::RangeInclusive,
    time::Duration,
};

use futures_util::{
    StreamExt as _,
    future::{join, join_all},
    stream,
};
use socket2::{Protocol, Type};
use tokio::time::{Instant, timeout_at};

use super::{
    datagram::{Datagrams, Heard, Questions},
    sockets::Sockets,
    tcp::{self, Shape},
};
use crate::{
    net::Transport,
    observation::{
        ConnectError,
        path::{End, Flow, Hop, PathAnswer, PathObservation, PathQuestion, Walk},
    },
};

/// How long one question may take altogether: it comes on top of a run that has failed already.
const BUDGET: Duration = Duration::from_millis(1_500);

/// How many hosts are looked at at the same time: most share their first routers, which answer
/// seldom.
const AT_ONCE: usize = 2;

/// How many times to live are asked at once: a host that is near gets few connections too many.
const WINDOW: u8 = 3;

/// The farthest that is looked: ways are rarely longer, and each hop is a packet.
const FARTHEST: u8 = 15;

/// How often a silence is asked again, each time with its control beside it.
const ROUNDS: usize = 3;

/// How long a hop may take to answer, while no round trip is known.
const WAIT: Duration = Duration::from_millis(250);

/// The bounds of that wait once one is known.
const WAITS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_millis(400));

/// Asks how far packets get, for each question, in their order; each inside [`BUDGET`].
pub(crate) async fn walks(sockets: &Sockets, questions: &[PathQuestion]) -> Vec<PathObservation> {
    let mut hosts: BTreeMap<IpAddr, Vec<usize>> = BTreeMap::new();
    for (index, question) in questions.iter().enumerate() {
        hosts
            .entry(question.failing.to.ip())
            .or_default()
            .push(index);
    }
    let asked = hosts
        .values()
        .map(|of_host| host(sockets, questions, of_host));
    let told: Vec<Vec<PathObservation>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
    let mut seen = vec![PathObservation::default(); questions.len()];
    for (index, observation) in hosts
        .into_values()
        .flatten()
        .zip(told.into_iter().flatten())
    {
        seen[index] = observation;
    }
    seen
}

/// The questions about one host, one after the other: its control is walked once, routers answer
/// seldom.
async fn host(
    sockets: &Sockets,
    questions: &[PathQuestion],
    of_host: &[usize],
) -> Vec<PathObservation> {
    let mut told = Vec::new();
    let mut walked: Option<(Flow, Walk)> = None;
    for index in of_host {
        let question = &questions[*index];
        let mut seen = PathObservation {
            control: walked
                .clone()
                .filter(|(flow, _)| Some(*flow) == question.control)
                .map(|(_, walk)| walk),
            ..PathObservation::default()
        };
        let deadline = Instant::now() + BUDGET;
        // What was seen until then stays.
        let _ = timeout_at(deadline, walk_both(sockets, question, deadline, &mut seen)).await;
        walked = question.control.zip(seen.control.clone());
        told.push(seen);
    }
    told
}

async fn walk_both(
    sockets: &Sockets,
    question: &PathQuestion,
    deadline: Instant,
    seen: &mut PathObservation,
) {
    if let (Some(control), None) = (question.control, &seen.control) {
        let walk = seen.control.insert(Walk::default());
        let mut asker = Asker::new(sockets, control, deadline);
        asker.walk(FARTHEST, walk).await;
        asker.confirm(walk).await;
    }
    let end = seen.control.as_ref().and_then(|walk| walk.end);
    let mut asker = Asker::new(sockets, question.failing, deadline);
    asker
        .walk(end.map_or(FARTHEST, |end| end.hop), &mut seen.failing)
        .await;
    if seen.failing.end.is_some() {
        asker.confirm(&mut seen.failing).await;
        seen.alike = alike(sockets, question, deadline, seen).await;
    } else if let (Some(control), Some(walk)) = (question.control, &mut seen.control) {
        let control = Asker::new(sockets, control, deadline);
        seen.is_steady = bear_out(&asker, &mut seen.failing, &control, walk).await;
    }
}

/// The other ports that are refused as near as the failing one, where that is nearer than the host.
async fn alike(
    sockets: &Sockets,
    question: &PathQuestion,
    deadline: Instant,
    seen: &PathObservation,
) -> Vec<u16> {
    let host = seen.control.as_ref().and_then(Walk::distance);
    let hop = seen.failing.distance();
    let Some(hop) = hop.filter(|hop| host.is_some_and(|host| *hop < host)) else {
        return Vec::new();
    };
    let asked = question.others.iter().map(|port| async move {
        let mut flow = question.failing;
        flow.to.set_port(*port);
        let told = Asker::new(sockets, flow, deadline).ask(hop).await;
        matches!(told, Told::Decided(PathAnswer::Refused(_))).then_some(*port)
    });
    join_all(asked).await.into_iter().flatten().collect()
}

/// Whether the failing port stays silent at the control's next hop, each time that this one answers.
async fn bear_out(
    asker: &Asker<'_>,
    failing: &mut Walk,
    other: &Asker<'_>,
    control: &mut Walk,
) -> bool {
    let mut round = 0;
    while round < ROUNDS {
        let last = failing.farthest().map_or(0, |(hop, _)| hop);
        let Some((next, _)) = control.next_behind(last) else {
            // Behind the last router that was heard must be the host alone.
            return last > 0 && control.distance() == Some(last + 1);
        };
        // Each hop up to there: a packet to a nearer one may have been lost before.
        let between = last + 1..=next;
        let (told, beside) = join(asker.ask_each(between.clone()), other.ask_each(between)).await;
        let bears_out = beside
            .last()
            .is_some_and(|(_, told)| matches!(told, Told::Expired { .. }));
        for (hop, told) in beside {
            note(control, hop, told);
        }
        let is_silent = told.iter().all(|(_, told)| *told == Told::Silent);
        for (hop, told) in told {
            note(failing, hop, told);
        }
        if !bears_out || failing.end.is_some() {
            return false;
        }
        // A hop that was lost before is the last one now, and those behind it are asked.
        round = if is_silent { round + 1 } else { 0 };
    }
    true
}

/// What a packet with a certain time to live was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// A router sent it back.
    Expired { from: IpAddr, after: Duration },
    /// It was enough.
    Decided(PathAnswer),
    /// Nothing came back in time.
    Silent,
    /// It never left this machine, or nobody says who sent it back.
    Nothing,
}

/// Asks the way to one port.
struct Asker<'a> {
    sockets: &'a Sockets,
    flow: Flow,
    deadline: Instant,
    /// How long an answer may take.
    wait: Duration,
}

impl<'a> Asker<'a> {
    const fn new(sockets: &'a Sockets, flow: Flow, deadline: Instant) -> Self {
        Self {
            sockets,
            flow,
            deadline,
            wait: WAIT,
        }
    }

    /// Asks a window of hops at a time, until the port is decided, the whole window is silent, or
    /// `far` was asked.
    async fn walk(&mut self, far: u8, walk: &mut Walk) {
        let mut first = 1;
        while first <= far {
            let last = far.min(first + WINDOW - 1);
            let asked = (first..=last).map(|hop| self.ask(hop));
            let told = join_all(asked).await;
            for (hop, told) in (first..=last).zip(&told) {
                note(walk, hop, *told);
            }
            let is_silent = told.iter().all(|told| *told == Told::Silent);
            if walk.end.is_some() || is_silent || told.contains(&Told::Nothing) {
                return;
            }
            self.learn(walk);
            first = last + 1;
        }
    }

    /// A way that is known does not take much longer the next time.
    fn learn(&mut self, walk: &Walk) {
        let slowest = walk.hops.values().map(|hop| hop.round_trip).max();
        if let Some(slowest) = slowest {
            self.wait = (slowest * 4).clamp(WAITS.0, WAITS.1);
        }
    }

    /// Asks the hop that was enough once more, and the one before it; one that was enough after all,
    /// whose first packet was lost, takes its place.
    async fn confirm(&self, walk: &mut Walk) {
        while let Some(end) = walk.end {
            let before = end.hop - 1;
            let (told, nearer) = if before == 0 {
                (self.ask_again(end.hop).await, Told::Silent)
            } else {
                join(self.ask_again(end.hop), self.ask(before)).await
            };
            if before > 0 {
                note(walk, before, nearer);
            }
            if walk.end.is_some_and(|now| now.hop == end.hop) {
                let is_same = told == Told::Decided(end.answer);
                walk.end = Some(End {
                    is_confirmed: is_same && nearer != Told::Nothing,
                    ..end
                });
                return;
            }
        }
    }

    /// Asks until something is told, a few times: a silence says nothing against what was answered.
    async fn ask_again(&self, hops: u8) -> Told {
        for _ in 1..ROUNDS {
            let told = self.ask(hops).await;
            if told != Told::Silent {
                return told;
            }
        }
        self.ask(hops).await
    }

    /// The same question for several hops, at the same time.
    async fn ask_each(&self, hops: RangeInclusive<u8>) -> Vec<(u8, Told)> {
        let asked = hops.map(|hop| async move { (hop, self.ask(hop).await) });
        join_all(asked).await
    }

    /// Sends a packet that lives for `hops` routers and waits for what becomes of it.
    async fn ask(&self, hops: u8) -> Told {
        let begun = Instant::now();
        let until = self.deadline.min(begun + self.wait);
        let _permit = self.sockets.permit().await;
        let outcome = match self.flow.transport {
            Transport::Udp => self.ask_udp(hops, until).await,
            Transport::Tcp | Transport::Icmp | Transport::Esp => self.ask_tcp(hops, until).await,
        };
        told(&outcome, begun.elapsed())
    }

    async fn ask_tcp(&self, hops: u8, until: Instant) -> Result<(), ConnectError> {
        let shape = Shape {
            hop_limit: Some(hops),
            ..Shape::default()
        };
        let stream = tcp::connect(self.sockets, self.flow.to, shape, until).await?;
        tcp::close_at_once(&stream);
        Ok(())
    }

    /// An empty datagram: no service is told anything, and none has to answer.
    async fn ask_udp(&self, hops: u8, until: Instant) -> Result<(), ConnectError> {
        let to = self.flow.to;
        let socket = self.sockets.open(to.ip(), Type::DGRAM, Protocol::UDP)?;
        tcp::limit_hops(&socket, to.ip(), hops);
        let socket = Datagrams::connect(socket, to)?;
        let limit = until.saturating_duration_since(Instant::now());
        match socket.ask(&mut Empty, limit).await? {
            Some(()) => Ok(()),
            None => Err(ConnectError::NoReply),
        }
    }
}

/// One empty datagram; whatever comes back is an answer.
struct Empty;

impl Questions for Empty {
    type Answer = ();

    fn next(&mut self, sent: u32) -> Option<Vec<u8>> {
        (sent == 0).then(Vec::new)
    }

    fn heard(&mut self, _: &[u8]) -> Heard<()> {
        Heard::Answer(())
    }
}

/// What the outcome of a connect with a small time to live means.
fn told(outcome: &Result<(), ConnectError>, after: Duration) -> Told {
    match outcome {
        Ok(()) => Told::Decided(PathAnswer::Accepted),
        Err(ConnectError::TimeExceeded(Some(icmp))) => match icmp.from {
            Some(from) => Told::Expired { from, after },
            None => Told::Nothing,
        },
        Err(ConnectError::Refused(icmp)) => Told::Decided(PathAnswer::Refused(*icmp)),
        Err(
            ConnectError::HostUnreachable(Some(icmp))
            | ConnectError::NetworkUnreachable(Some(icmp))
            | ConnectError::Prohibited(Some(icmp))
            | ConnectError::ProtocolUnreachable(Some(icmp)),
        ) => Told::Decided(PathAnswer::Rejected(*icmp)),
        Err(ConnectError::NoReply) => Told::Silent,
        // An old kernel leaves the queue empty; the errno alone names nobody.
        Err(
            ConnectError::TimeExceeded(None)
            | ConnectError::HostUnreachable(None)
            | ConnectError::NetworkUnreachable(None)
            | ConnectError::Prohibited(None)
            | ConnectError::ProtocolUnreachable(None)
            | ConnectError::NoNeighbour(_)
            | ConnectError::Reset
            | ConnectError::NoRoute
            | ConnectError::LinkDown
            | ConnectError::LocalFirewall
            | ConnectError::LocalPolicy
            | ConnectError::LocalResources(_)
            | ConnectError::NeedsPrivilege(_)
            | ConnectError::SourceAddress
            | ConnectError::Other(_),
        ) => Told::Nothing,
    }
}

/// Adds what a hop was told.
fn note(walk: &mut Walk, hop: u8, told: Told) {
    match told {
        Told::Expired { from, after } => {
            let known = walk.hops.entry(hop).or_insert_with(|| Hop {
                addresses: BTreeSet::new(),
                round_trip: after,
            });
            known.addresses.insert(from);
            known.round_trip = known.round_trip.min(after);
        }
        Told::Decided(answer) if walk.end.is_none_or(|end| hop < end.hop) => {
            walk.end = Some(End {
                hop,
                answer,
                is_confirmed: false,
            });
        }
        Told::Decided(_) | Told::Silent | Told::Nothing => {}
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr, TcpListener};

    use super::*;
    use crate::observation::IcmpError;

    const ROUTER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    const AFTER: Duration = Duration::from_millis(7);

    fn icmp(kind: u8, code: u8) -> IcmpError {
        IcmpError {
            from: Some(ROUTER),
            kind,
            code,
        }
    }

    #[test]
    fn a_packet_that_came_back_names_the_router_and_one_that_nobody_signed_names_none() {
        let expired = |icmp| told(&Err(ConnectError::TimeExceeded(icmp)), AFTER);
        let router = Told::Expired {
            from: ROUTER,
            after: AFTER,
        };
        assert_eq!(expired(Some(icmp(11, 0))), router);
        assert_eq!(expired(None), Told::Nothing);
        let unsigned = Err(ConnectError::HostUnreachable(None));
        assert_eq!(told(&unsigned, AFTER), Told::Nothing);
    }

    #[test]
    fn the_nearest_hop_that_was_enough_is_the_end() {
        let mut walk = Walk::default();
        for (hop, told) in [
            (4, Told::Decided(PathAnswer::Accepted)),
            (3, Told::Decided(PathAnswer::Refused(None))),
            (5, Told::Decided(PathAnswer::Accepted)),
            (1, Told::Silent),
        ] {
            note(&mut walk, hop, told);
        }
        let end = walk.end.map(|end| (end.hop, end.answer));
        assert_eq!(end, Some((3, PathAnswer::Refused(None))));
        assert!(walk.hops.is_empty());
    }

    #[test]
    fn a_hop_of_two_addresses_is_a_fork() {
        let mut walk = Walk::default();
        for last in [1, 2] {
            let from = IpAddr::from([192, 0, 2, last]);
            note(&mut walk, 1, Told::Expired { from, after: AFTER });
        }
        assert!(walk.is_forked());
    }

    #[tokio::test]
    async fn a_port_of_this_machine_has_no_router_before_it() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let open = listener.local_addr().unwrap();
        let closed = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let flow = |to| Flow {
            transport: Transport::Tcp,
            to,
        };
        let question = PathQuestion {
            failing: flow(closed),
            control: Some(flow(open)),
            others: Vec::new(),
        };
        let seen = walks(&Sockets::new(64, None), &[question]).await;
        let end = |answer| {
            Some(End {
                hop: 1,
                answer,
                is_confirmed: true,
            })
        };
        assert_eq!(seen[0].failing.end, end(PathAnswer::Refused(None)));
        let control = seen[0].control.as_ref().unwrap();
        assert_eq!(control.end, end(PathAnswer::Accepted));
        assert!(seen[0].failing.hops.is_empty() && control.hops.is_empty());
    }
}
