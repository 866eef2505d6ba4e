//! What the errors of sockets mean: by errno, by the queued ICMP error, and by whether anything
//! had been sent.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::{AsFd, AsRawFd},
};

use nix::{
    errno::Errno,
    ifaddrs::getifaddrs,
    net::if_::InterfaceFlags,
    sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg},
};

use crate::observation::{ConnectError, IcmpError};

/// The origins of a queued error that are ICMP. Source: linux/errqueue.h, `SO_EE_ORIGIN_ICMP`, `SO_EE_ORIGIN_ICMP6`.
const ICMP_ORIGINS: [u8; 2] = [2, 3];

/// What an error means that a call gave back before anything was sent: this machine itself is at fault.
pub(crate) fn local(error: &io::Error, to: IpAddr) -> ConnectError {
    match errno(error) {
        Errno::EPERM => ConnectError::LocalFirewall,
        Errno::EACCES => ConnectError::LocalPolicy,
        Errno::ENETUNREACH
        | Errno::EHOSTUNREACH
        | Errno::ENETDOWN
        | Errno::EINVAL
        | Errno::EAFNOSUPPORT
        | Errno::EPROTONOSUPPORT => no_route(),
        // IPv6 says so where it has a route and no address of that scope to send from.
        Errno::EADDRNOTAVAIL if to.is_ipv6() => no_route(),
        other => plain(other),
    }
}

/// What an error of `socket` means. Source: socket(2), raw(7), icmp(7).
pub(crate) fn opening(error: &io::Error, to: IpAddr) -> ConnectError {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            ConnectError::NeedsPrivilege("it needs CAP_NET_RAW".to_owned())
        }
        _ => local(error, to),
    }
}

/// What an error of `bind` to the source address means.
pub(crate) fn binding(error: &io::Error) -> ConnectError {
    match errno(error) {
        Errno::EADDRNOTAVAIL | Errno::EINVAL => ConnectError::SourceAddress,
        other => plain(other),
    }
}

/// What an error means that came back after something was sent to `to` from `own`.
pub(crate) fn remote(
    error: &io::Error,
    icmp: Option<IcmpError>,
    to: IpAddr,
    own: Option<IpAddr>,
) -> ConnectError {
    match icmp {
        Some(icmp) => rejected(icmp, to, own).unwrap_or_else(|| plain(errno(error))),
        None => plain(errno(error)),
    }
}

/// The next ICMP error that waits in the socket's queue. Errors of other origins are dropped.
pub(crate) fn queued(socket: &impl AsFd) -> Option<IcmpError> {
    // Each turn takes one entry away, and the queue is bounded by the socket's buffer.
    loop {
        let entry = take_queued(socket)?;
        if entry.icmp.is_some() {
            return entry.icmp;
        }
    }
}

/// One entry of a socket's error queue.
struct Queued {
    /// `None` for an error of another origin.
    icmp: Option<IcmpError>,
}

/// `None` for an empty queue.
fn take_queued(socket: &impl AsFd) -> Option<Queued> {
    // sock_extended_err with an IPv6 sender, twice over for whatever else was asked for.
    let mut control = [0_u8; 256];
    let mut data = [0_u8; 64];
    let mut pieces = [io::IoSliceMut::new(&mut data)];
    let message = recvmsg::<SockaddrStorage>(
        socket.as_fd().as_raw_fd(),
        &mut pieces,
        Some(&mut control),
        MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT,
    )
    .ok()?;
    let icmp = message.cmsgs().ok()?.find_map(|part| match part {
        ControlMessageOwned::Ipv4RecvErr(error, from) => {
            let from = from.map(|from| Ipv4Addr::from(u32::from_be(from.sin_addr.s_addr)));
            icmp_error(error, from)
        }
        ControlMessageOwned::Ipv6RecvErr(error, from) => {
            let from = from.map(|from| Ipv6Addr::from(from.sin6_addr.s6_addr));
            icmp_error(error, from)
        }
        _ => None,
    });
    Some(Queued { icmp })
}

fn icmp_error(
    error: nix::libc::sock_extended_err,
    from: Option<impl Into<IpAddr>>,
) -> Option<IcmpError> {
    let from = from.map(Into::into);
    ICMP_ORIGINS
        .contains(&error.ee_origin)
        .then_some(IcmpError {
            from: from.filter(|from| !from.is_unspecified()),
            kind: error.ee_type,
            code: error.ee_code,
        })
}

/// The address that a socket sends from, once it is known.
pub(crate) fn own_address(socket: &socket2::SockRef<'_>) -> Option<IpAddr> {
    let address = socket.local_addr().ok()?.as_socket()?;
    Some(SocketAddr::ip(&address)).filter(|address| !address.is_unspecified())
}

/// What an ICMP error means. A rejection that this machine sent to itself about a packet to another
/// is its own firewall's. Source: netfilter's REJECT target.
fn rejected(icmp: IcmpError, to: IpAddr, own: Option<IpAddr>) -> Option<ConnectError> {
    let is_ours = icmp.from.is_some() && icmp.from == own && own != Some(to);
    let meant = match to {
        IpAddr::V4(_) => icmp_v4(icmp)?,
        IpAddr::V6(_) => icmp_v6(icmp)?,
    };
    Some(match meant {
        ConnectError::Prohibited(_) | ConnectError::Refused(_) if is_ours => {
            ConnectError::LocalFirewall
        }
        meant => meant,
    })
}

/// Source: RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
const fn icmp_v4(icmp: IcmpError) -> Option<ConnectError> {
    Some(match (icmp.kind, icmp.code) {
        (3, 0 | 5 | 6 | 11) => ConnectError::NetworkUnreachable(Some(icmp)),
        (3, 1 | 7 | 8 | 12) => ConnectError::HostUnreachable(Some(icmp)),
        (3, 2) => ConnectError::ProtocolUnreachable(Some(icmp)),
        (3, 3) => ConnectError::Refused(Some(icmp)),
        (3, 9 | 10 | 13 | 14 | 15) => ConnectError::Prohibited(Some(icmp)),
        (11, _) => ConnectError::TimeExceeded(Some(icmp)),
        _ => return None,
    })
}

/// Source: RFC 4443 §3.
const fn icmp_v6(icmp: IcmpError) -> Option<ConnectError> {
    Some(match (icmp.kind, icmp.code) {
        (1, 0 | 2) => ConnectError::NetworkUnreachable(Some(icmp)),
        (1, 3) => ConnectError::HostUnreachable(Some(icmp)),
        (1, 4) => ConnectError::Refused(Some(icmp)),
        (1, 1 | 5 | 6) => ConnectError::Prohibited(Some(icmp)),
        (3, _) => ConnectError::TimeExceeded(Some(icmp)),
        (4, 1) => ConnectError::ProtocolUnreachable(Some(icmp)),
        _ => return None,
    })
}

/// What an errno means on its own, once packets have left.
fn plain(errno: Errno) -> ConnectError {
    match errno {
        Errno::ECONNREFUSED => ConnectError::Refused(None),
        Errno::ETIMEDOUT => ConnectError::NoReply,
        Errno::EHOSTUNREACH | Errno::EHOSTDOWN => ConnectError::HostUnreachable(None),
        Errno::ENETUNREACH => ConnectError::NetworkUnreachable(None),
        Errno::ECONNRESET | Errno::ECONNABORTED => ConnectError::Reset,
        Errno::ENOPROTOOPT | Errno::EPROTO => ConnectError::ProtocolUnreachable(None),
        // ICMPv6 "administratively prohibited" arrives as EACCES. Source: Linux, icmpv6_err_convert.
        Errno::EACCES => ConnectError::Prohibited(None),
        Errno::EPERM => ConnectError::LocalFirewall,
        Errno::EMFILE => ConnectError::LocalResources("file descriptors (EMFILE)".to_owned()),
        Errno::ENFILE => {
            ConnectError::LocalResources("file descriptors of the system (ENFILE)".to_owned())
        }
        Errno::ENOBUFS => ConnectError::LocalResources("network buffers (ENOBUFS)".to_owned()),
        Errno::ENOMEM => ConnectError::LocalResources("memory (ENOMEM)".to_owned()),
        Errno::EADDRNOTAVAIL | Errno::EADDRINUSE | Errno::EAGAIN => {
            ConnectError::LocalResources("local ports (EADDRNOTAVAIL)".to_owned())
        }
        other => ConnectError::Other(other as i32),
    }
}

/// No route, or no network at all.
fn no_route() -> ConnectError {
    if has_network() {
        ConnectError::NoRoute
    } else {
        ConnectError::LinkDown
    }
}

/// Whether an interface other than loopback is up and has a carrier; `true` where the system does
/// not tell. Source: netdevice(7), `IFF_RUNNING`.
fn has_network() -> bool {
    let needed = InterfaceFlags::IFF_UP | InterfaceFlags::IFF_RUNNING;
    getifaddrs().map_or(true, |mut interfaces| {
        interfaces.any(|interface| {
            interface.flags.contains(needed)
                && !interface.flags.contains(InterfaceFlags::IFF_LOOPBACK)
        })
    })
}

fn errno(error: &io::Error) -> Errno {
    Errno::from_raw(error.raw_os_error().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAR: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    const OWN: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    fn os(errno: Errno) -> io::Error {
        io::Error::from_raw_os_error(errno as i32)
    }

    fn icmp(from: IpAddr, kind: u8, code: u8) -> IcmpError {
        IcmpError {
            from: Some(from),
            kind,
            code,
        }
    }

    #[test]
    fn the_icmp_code_outweighs_the_errno() {
        let sent = icmp(FAR, 3, 13);
        assert_eq!(
            remote(&os(Errno::EHOSTUNREACH), Some(sent), FAR, Some(OWN)),
            ConnectError::Prohibited(Some(sent))
        );
        assert_eq!(
            remote(&os(Errno::EHOSTUNREACH), None, FAR, Some(OWN)),
            ConnectError::HostUnreachable(None)
        );
    }

    /// What makes an error of an ICMP message.
    type Meaning = fn(Option<IcmpError>) -> ConnectError;

    #[test]
    fn every_icmp_code_has_its_meaning() {
        let v6 = IpAddr::V6("2001:db8::7".parse().unwrap());
        let cases: [(IpAddr, u8, u8, Meaning); 12] = [
            (FAR, 3, 0, ConnectError::NetworkUnreachable),
            (FAR, 3, 1, ConnectError::HostUnreachable),
            (FAR, 3, 2, ConnectError::ProtocolUnreachable),
            (FAR, 3, 3, ConnectError::Refused),
            (FAR, 3, 10, ConnectError::Prohibited),
            (FAR, 11, 0, ConnectError::TimeExceeded),
            (v6, 1, 0, ConnectError::NetworkUnreachable),
            (v6, 1, 1, ConnectError::Prohibited),
            (v6, 1, 3, ConnectError::HostUnreachable),
            (v6, 1, 4, ConnectError::Refused),
            (v6, 3, 0, ConnectError::TimeExceeded),
            (v6, 4, 1, ConnectError::ProtocolUnreachable),
        ];
        for (to, kind, code, meant) in cases {
            let sent = icmp(to, kind, code);
            assert_eq!(
                remote(&os(Errno::EHOSTUNREACH), Some(sent), to, None),
                meant(Some(sent)),
                "{kind}/{code}"
            );
        }
    }

    #[test]
    fn a_rejection_from_this_machine_about_another_is_its_own_firewall() {
        let sent = icmp(OWN, 3, 3);
        let error = os(Errno::ECONNREFUSED);
        assert_eq!(
            remote(&error, Some(sent), FAR, Some(OWN)),
            ConnectError::LocalFirewall
        );
        assert_eq!(
            remote(&error, Some(sent), OWN, Some(OWN)),
            ConnectError::Refused(Some(sent))
        );
    }

    #[test]
    fn what_fails_before_a_packet_left_is_this_machine() {
        let cases = [
            (Errno::EPERM, ConnectError::LocalFirewall),
            (Errno::EACCES, ConnectError::LocalPolicy),
            (
                Errno::EMFILE,
                ConnectError::LocalResources("file descriptors (EMFILE)".to_owned()),
            ),
            (
                Errno::EADDRNOTAVAIL,
                ConnectError::LocalResources("local ports (EADDRNOTAVAIL)".to_owned()),
            ),
        ];
        for (errno, meant) in cases {
            assert_eq!(local(&os(errno), FAR), meant);
        }
    }

    #[test]
    fn a_source_that_is_not_ours_is_named() {
        assert_eq!(
            binding(&os(Errno::EADDRNOTAVAIL)),
            ConnectError::SourceAddress
        );
    }
}
