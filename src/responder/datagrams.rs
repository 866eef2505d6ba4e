//! Hellos by datagram, over UDP and in ESP: answered from the address that they were sent to.

use std::{
    io::{IoSlice, IoSliceMut},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::AsRawFd as _,
    time::Instant,
};

use nix::{
    libc::{in_pktinfo, in6_pktinfo},
    sys::socket::{
        ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg,
    },
};
use socket2::Socket;

use super::{answer::Voice, way::Way};
use crate::{
    net::Transport,
    protocol::{
        esp,
        responder::{Door, Greeting, LARGEST, greeting},
    },
};

/// Datagrams that are taken from one socket before the others get their turn.
const TURN: usize = 64;

/// The longest datagram that is looked at: a hello, and the headers that a raw socket adds.
const LONGEST: usize = LARGEST + 128;

/// What answers by datagram.
#[derive(Debug)]
pub(super) struct Datagrams {
    buffer: Vec<u8>,
    control: Vec<u8>,
}

/// Which of this machine's addresses a datagram was sent to, as the kernel told it.
enum Local {
    V4(in_pktinfo),
    V6(in6_pktinfo),
}

impl Default for Datagrams {
    fn default() -> Self {
        Self {
            buffer: vec![0; LONGEST],
            control: nix::cmsg_space!(in_pktinfo, in6_pktinfo),
        }
    }
}

impl Datagrams {
    /// Answers what waits at a socket. What is no hello is passed over in silence.
    pub(super) fn hear(&mut self, door: Door, socket: &Socket, voice: &mut Voice) {
        for _ in 0..TURN {
            if self.hear_one(door, socket, voice).is_none() {
                return;
            }
        }
    }

    /// `None` once nothing waits any more.
    fn hear_one(&mut self, door: Door, socket: &Socket, voice: &mut Voice) -> Option<()> {
        let mut pieces = [IoSliceMut::new(&mut self.buffer)];
        self.control.clear();
        self.control.resize(self.control.capacity(), 0);
        let message = recvmsg::<SockaddrStorage>(
            socket.as_raw_fd(),
            &mut pieces,
            Some(&mut self.control),
            MsgFlags::MSG_DONTWAIT,
        );
        let message = match message {
            Ok(message) => message,
            // An ICMP error about an earlier answer is taken off by having been told.
            Err(nix::errno::Errno::ECONNREFUSED | nix::errno::Errno::EINTR) => return Some(()),
            Err(_) => return None,
        };
        let local = message
            .cmsgs()
            .ok()
            .and_then(|mut parts| parts.find_map(|part| local(&part)));
        let (Some(local), Some(from)) = (local, message.address) else {
            return Some(());
        };
        let length = message.bytes;
        let (Some(way), Some(heard)) = (
            way(door, &local, &from),
            said(door.transport, &self.buffer[..length]),
        ) else {
            return Some(());
        };
        let Greeting::Hello(signed) = greeting(heard.words) else {
            return Some(());
        };
        if !voice.hears(way.from.ip()) || heard.words.len() < signed.hello.size {
            return Some(());
        }
        if let Some(words) = voice.answer(&signed, way, Instant::now()) {
            send(socket, [heard.before, words.bytes()], &local, &from);
        }
        Some(())
    }
}

/// What a datagram says, and what stands before it and is sent back as it is.
struct Said<'a> {
    before: &'a [u8],
    words: &'a [u8],
}

/// The words of a datagram: all of it, or the payload of an ESP packet behind the header of IPv4.
fn said(transport: Transport, bytes: &[u8]) -> Option<Said<'_>> {
    match transport {
        Transport::Tcp | Transport::Udp | Transport::Icmp => Some(Said {
            before: &[],
            words: bytes,
        }),
        Transport::Esp => {
            let (before, words) = esp::parts(esp::without_header(bytes))?;
            Some(Said { before, words })
        }
    }
}

fn local(part: &ControlMessageOwned) -> Option<Local> {
    match part {
        ControlMessageOwned::Ipv4PacketInfo(info) => Some(Local::V4(*info)),
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(Local::V6(*info)),
        _ => None,
    }
}

/// The way of a datagram; `None` if it was sent to many, or its source is no address.
fn way(door: Door, local: &Local, from: &SockaddrStorage) -> Option<Way> {
    let at: IpAddr = match local {
        Local::V4(info) => Ipv4Addr::from(u32::from_be(info.ipi_addr.s_addr)).into(),
        Local::V6(info) => IpAddr::from(Ipv6Addr::from(info.ipi6_addr.s6_addr)).to_canonical(),
    };
    let is_own = match local {
        Local::V4(info) => info.ipi_addr.s_addr == info.ipi_spec_dst.s_addr,
        Local::V6(_) => true,
    };
    let is_for_many = at.is_multicast() || at == IpAddr::V4(Ipv4Addr::BROADCAST) || !is_own;
    let from = match (from.as_sockaddr_in(), from.as_sockaddr_in6()) {
        (Some(from), _) => SocketAddr::from(std::net::SocketAddrV4::from(*from)),
        (None, Some(from)) => SocketAddr::from(std::net::SocketAddrV6::from(*from)),
        (None, None) => return None,
    };
    (!is_for_many).then_some(Way {
        door,
        at: SocketAddr::new(at, door.port),
        from,
    })
}

/// Sends an answer. One that finds the buffers full counts as lost on the way.
fn send(socket: &Socket, pieces: [&[u8]; 2], local: &Local, to: &SockaddrStorage) {
    let pieces = pieces.map(IoSlice::new);
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    let descriptor = socket.as_raw_fd();
    let _ = match local {
        Local::V4(info) => {
            let mut info = *info;
            // By the route, whatever interface it came in by.
            info.ipi_ifindex = 0;
            let source = [ControlMessage::Ipv4PacketInfo(&info)];
            sendmsg(descriptor, &pieces, &source, flags, Some(to))
        }
        Local::V6(info) => {
            let mut info = *info;
            if !Ipv6Addr::from(info.ipi6_addr.s6_addr).is_unicast_link_local() {
                info.ipi6_ifindex = 0;
            }
            let source = [ControlMessage::Ipv6PacketInfo(&info)];
            sendmsg(descriptor, &pieces, &source, flags, Some(to))
        }
    };
}
