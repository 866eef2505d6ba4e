//! Who is next on the way, where nobody there answers: a host of the own network that is off, or a
//! dead gateway. The kernel gives up after three seconds, and says so too late for most probes.
//! Source: arp(7), RFC 4861 §7.2, rtnetlink(7).

use std::{io, net::IpAddr};

use crate::machine::firewall::Exit;
use netlink_packet_core::{
    NLM_F_DUMP, NLM_F_REQUEST, NetlinkHeader, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::{
    AddressFamily, RouteNetlinkMessage,
    neighbour::{NeighbourAddress, NeighbourAttribute, NeighbourMessage, NeighbourState},
    route::{RouteAddress, RouteAttribute, RouteMessage, RouteType},
};
use netlink_sys::{Socket, SocketAddr, protocols::NETLINK_ROUTE};

/// How many datagrams a table may fill: each holds some hundred neighbours.
const DATAGRAMS: usize = 256;

/// The next hop on the way to `to`, if nobody answers for it on its network.
pub(crate) fn missing(to: IpAddr) -> Option<IpAddr> {
    if let IpAddr::V6(to) = to
        && to.is_unicast_link_local()
    {
        // Every link has such an address, and which one is meant is not said here.
        return None;
    }
    let hop = next_hop(to)?;
    let entries = entries(&hop).ok()?;
    let is_missing = entries.into_iter().any(|message| match message {
        RouteNetlinkMessage::NewNeighbour(entry) => hop.is_missing_in(&entry),
        _ => false,
    });
    is_missing.then_some(hop.address)
}

/// How packets to `to` leave this machine, as far as the kernel says.
pub(crate) fn exit(to: IpAddr) -> Exit {
    let Some(hop) = next_hop(to) else {
        return Exit::default();
    };
    let interface = nix::net::if_::if_indextoname(hop.interface).ok();
    Exit {
        interface: interface.and_then(|name| name.into_string().ok()),
        source: hop.source,
    }
}

/// What the kernel's table has of a hop. The one entry is asked for, whatever the size of the table;
/// a kernel that cannot, from before Linux 5.0, is asked for all of them.
///
/// # Errors
/// If there is no such entry, or the kernel does not say.
fn entries(hop: &Hop) -> io::Result<Vec<RouteNetlinkMessage>> {
    let mut question = neighbours_of(hop.address);
    question.header.ifindex = hop.interface;
    question
        .attributes
        .push(NeighbourAttribute::Destination(match hop.address {
            IpAddr::V4(address) => NeighbourAddress::Inet(address),
            IpAddr::V6(address) => NeighbourAddress::Inet6(address),
        }));
    match ask(0, RouteNetlinkMessage::GetNeighbour(question)) {
        Err(error) if cannot_ask_for_one(&error) => {
            let all = neighbours_of(hop.address);
            ask(NLM_F_DUMP, RouteNetlinkMessage::GetNeighbour(all))
        }
        answered => answered,
    }
}

/// EOPNOTSUPP or EINVAL: the kernel knows no question for one entry.
fn cannot_ask_for_one(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput
    )
}

/// Where packets are handed to.
struct Hop {
    address: IpAddr,
    /// The interface they leave by.
    interface: u32,
    /// The address they leave from, if the route says so.
    source: Option<IpAddr>,
}

impl Hop {
    fn is_missing_in(&self, entry: &NeighbourMessage) -> bool {
        let state = entry.header.state;
        matches!(state, NeighbourState::Incomplete | NeighbourState::Failed)
            && entry.header.ifindex == self.interface
            && entry.attributes.iter().any(|attribute| match attribute {
                NeighbourAttribute::Destination(NeighbourAddress::Inet(address)) => {
                    self.address == *address
                }
                NeighbourAttribute::Destination(NeighbourAddress::Inet6(address)) => {
                    self.address == *address
                }
                _ => false,
            })
    }
}

/// The gateway, or `to` itself where it is in a network of this machine's; `None` without a route
/// that leaves this machine.
fn next_hop(to: IpAddr) -> Option<Hop> {
    let mut question = RouteMessage::default();
    question.header.address_family = family(to);
    question.header.destination_prefix_length = if to.is_ipv4() { 32 } else { 128 };
    question
        .attributes
        .push(RouteAttribute::Destination(to.into()));
    let answers = ask(0, RouteNetlinkMessage::GetRoute(question)).ok()?;
    let route = answers.into_iter().find_map(|message| match message {
        RouteNetlinkMessage::NewRoute(route) => Some(route),
        _ => None,
    })?;
    if route.header.kind != RouteType::Unicast {
        return None;
    }
    let mut hop = Hop {
        address: to,
        interface: 0,
        source: None,
    };
    for attribute in route.attributes {
        match attribute {
            RouteAttribute::Gateway(RouteAddress::Inet(address)) => hop.address = address.into(),
            RouteAttribute::Gateway(RouteAddress::Inet6(address)) => hop.address = address.into(),
            RouteAttribute::PrefSource(RouteAddress::Inet(address)) => {
                hop.source = Some(address.into());
            }
            RouteAttribute::PrefSource(RouteAddress::Inet6(address)) => {
                hop.source = Some(address.into());
            }
            RouteAttribute::Oif(interface) => hop.interface = interface,
            _ => {}
        }
    }
    Some(hop)
}

fn neighbours_of(address: IpAddr) -> NeighbourMessage {
    let mut question = NeighbourMessage::default();
    question.header.family = family(address);
    question
}

const fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

/// What the kernel answers. It has answered once the question is sent: nothing is waited for.
///
/// # Errors
/// If the kernel does not answer, says no, or in a way that cannot be read.
fn ask(flags: u16, question: RouteNetlinkMessage) -> io::Result<Vec<RouteNetlinkMessage>> {
    let mut socket = Socket::new(NETLINK_ROUTE)?;
    socket.bind_auto()?;
    socket.connect(&SocketAddr::new(0, 0))?;
    socket.set_non_blocking(true)?;
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | flags;
    let mut message = NetlinkMessage::new(header, NetlinkPayload::from(question));
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    socket.send(&bytes, 0)?;
    let mut answers = Vec::new();
    for _ in 0..DATAGRAMS {
        let (bytes, _) = socket.recv_from_full()?;
        let is_last = read(&bytes, &mut answers)?;
        if is_last || flags != NLM_F_DUMP {
            break;
        }
    }
    Ok(answers)
}

/// Adds the messages of a datagram to `answers`; whether the last of them was among these.
fn read(mut bytes: &[u8], answers: &mut Vec<RouteNetlinkMessage>) -> io::Result<bool> {
    while !bytes.is_empty() {
        let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(bytes)
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidData))?;
        // Messages are aligned to four bytes. Source: netlink(7), `NLMSG_ALIGN`.
        let length = (message.header.length as usize).next_multiple_of(4);
        match message.payload {
            NetlinkPayload::InnerMessage(answer) => answers.push(answer),
            NetlinkPayload::Error(error) if error.code.is_some() => return Err(error.to_io()),
            NetlinkPayload::Done(_) | NetlinkPayload::Error(_) => return Ok(true),
            _ => {}
        }
        bytes = bytes.get(length.max(4)..).unwrap_or_default();
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn this_machine_is_never_missing() {
        assert_eq!(missing(Ipv4Addr::LOCALHOST.into()), None);
        assert_eq!(missing(Ipv6Addr::LOCALHOST.into()), None);
    }

    #[test]
    fn an_entry_counts_by_its_state_address_and_interface() {
        let address = Ipv4Addr::new(192, 0, 2, 7);
        let hop = Hop {
            address: address.into(),
            interface: 3,
            source: None,
        };
        let entry = |state, interface, address| {
            let mut entry = NeighbourMessage::default();
            entry.header.state = state;
            entry.header.ifindex = interface;
            let destination = NeighbourAddress::Inet(address);
            entry.attributes = vec![NeighbourAttribute::Destination(destination)];
            entry
        };
        let other = Ipv4Addr::new(192, 0, 2, 8);
        for (entry, is_missing) in [
            (entry(NeighbourState::Failed, 3, address), true),
            (entry(NeighbourState::Incomplete, 3, address), true),
            (entry(NeighbourState::Reachable, 3, address), false),
            (entry(NeighbourState::Stale, 3, address), false),
            (entry(NeighbourState::Failed, 4, address), false),
            (entry(NeighbourState::Failed, 3, other), false),
        ] {
            assert_eq!(hop.is_missing_in(&entry), is_missing, "{entry:?}");
        }
    }

    #[test]
    fn what_is_no_netlink_is_an_error() {
        assert!(read(&[1, 2, 3], &mut Vec::new()).is_err());
        assert!(read(&[0; 64], &mut Vec::new()).is_err());
    }
}
