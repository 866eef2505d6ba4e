//! The protocols by the contract's words: what carries each, and where it is registered.

use std::{fmt, str::FromStr};

use super::{NetError, Port, Transport};

/// Declares [`Protocol`]: one line a protocol, so that word, transport and port cannot drift apart.
macro_rules! protocols {
    ($($(#[$doc:meta])* $variant:ident $word:literal $transport:ident $port:expr;)*) => {
        /// What is spoken at an endpoint: the schemes of `probe` and the `protocol:` of a catalog rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Protocol { $($(#[$doc])* $variant,)* }

        impl Protocol {
            /// Every protocol, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The contract's word, which is also the URI scheme.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// What carries it.
            #[must_use]
            pub const fn transport(self) -> Transport {
                match self { $(Self::$variant => Transport::$transport,)* }
            }

            /// The port it is registered at; `None` where there is no such port.
            #[must_use]
            pub const fn default_port(self) -> Option<Port> {
                let number: Option<u16> = match self { $(Self::$variant => $port,)* };
                match number {
                    Some(number) => Port::new(number),
                    None => None,
                }
            }
        }
    };
}

protocols! {
    /// A TCP connection and not one byte.
    Tcp "tcp" Tcp None;
    /// One empty datagram; whatever comes back counts.
    Udp "udp" Udp None;
    /// A TLS handshake. Source: RFC 8446.
    Tls "tls" Tcp Some(443);
    /// HTTP over TLS. Source: RFC 9110 §4.2.2.
    Https "https" Tcp Some(443);
    /// HTTP. Source: RFC 9110 §4.2.1.
    Http "http" Tcp Some(80);
    /// Secure shell. Source: RFC 4253 §4.2.
    Ssh "ssh" Tcp Some(22);
    /// Mail with STARTTLS. Source: RFC 5321, RFC 3207.
    Smtp "smtp" Tcp Some(25);
    /// Mail over TLS from the first byte. Source: RFC 8314 §7.3.
    Smtps "smtps" Tcp Some(465);
    /// The git protocol. Source: gitprotocol-pack(5).
    Git "git" Tcp Some(9418);
    /// DNS over UDP. Source: RFC 1035 §4.2.1.
    Dns "dns" Udp Some(53);
    /// DNS over TCP. Source: RFC 7766.
    DnsTcp "dns+tcp" Tcp Some(53);
    /// Network time. Source: RFC 5905.
    Ntp "ntp" Udp Some(123);
    /// LDAP. Source: RFC 4511.
    Ldap "ldap" Tcp Some(389);
    /// LDAP over TLS from the first byte.
    Ldaps "ldaps" Tcp Some(636);
    /// NFS over TCP. Source: RFC 8881 §2.9.1.
    Nfs "nfs" Tcp Some(2049);
    /// NFS over UDP. Source: RFC 1813.
    NfsUdp "nfs+udp" Udp Some(2049);
    /// IPMI over RMCP. Source: IPMI v2.0 §13.
    Ipmi "ipmi" Udp Some(623);
    /// IKE. Source: RFC 7296 §2.
    Ike "ike" Udp Some(500);
    /// IKE behind NAT. Source: RFC 3948 §2.2.
    IkeNatt "ike-natt" Udp Some(4500);
    /// PostgreSQL. Source: its manual, "Message Flow".
    Postgres "postgres" Tcp Some(5432);
    /// MySQL. Source: its internals manual, "Connection Phase".
    Mysql "mysql" Tcp Some(3306);
    /// SQL Server. Source: MS-TDS §2.2.6.5.
    Mssql "mssql" Tcp Some(1433);
    /// Oracle's listener. Source: Oracle Net Services Reference.
    Oracle "oracle" Tcp Some(1521);
    /// Redis. Source: Redis protocol specification.
    Redis "redis" Tcp Some(6379);
    /// memcached over TCP. Source: memcached's protocol.txt.
    Memcached "memcached" Tcp Some(11211);
    /// memcached over UDP. Source: memcached's protocol.txt, "UDP protocol".
    MemcachedUdp "memcached+udp" Udp Some(11211);
    /// ZooKeeper's client port. Source: ZooKeeper Administrator's Guide.
    Zookeeper "zookeeper" Tcp Some(2181);
    /// Cassandra's native protocol. Source: CQL binary protocol v4.
    Cassandra "cassandra" Tcp Some(9042);
    /// An HTTP proxy. Source: RFC 9110 §9.3.6.
    HttpProxy "http-proxy" Tcp Some(3128);
    /// A SOCKS proxy. Source: RFC 1928.
    Socks5 "socks5" Tcp Some(1080);
    /// Echo request. Source: RFC 792, RFC 4443.
    Icmp "icmp" Icmp None;
    /// IP protocol 50. Source: RFC 4303.
    Esp "esp" Esp None;
}

impl Protocol {
    /// The same service over another transport: `memcached` over UDP is `memcached+udp`.
    /// `None` where the service has no such form (LDAP over UDP, say).
    #[must_use]
    pub fn over(self, transport: Transport) -> Option<Self> {
        if self.transport() == transport {
            return Some(self);
        }
        match (self, transport) {
            (Self::Dns, Transport::Tcp) => Some(Self::DnsTcp),
            (Self::DnsTcp, Transport::Udp) => Some(Self::Dns),
            (Self::Nfs, Transport::Udp) => Some(Self::NfsUdp),
            (Self::NfsUdp, Transport::Tcp) => Some(Self::Nfs),
            (Self::Memcached, Transport::Udp) => Some(Self::MemcachedUdp),
            (Self::MemcachedUdp, Transport::Tcp) => Some(Self::Memcached),
            (Self::Tcp, Transport::Udp) => Some(Self::Udp),
            (Self::Udp, Transport::Tcp) => Some(Self::Tcp),
            _ => None,
        }
    }

    /// Whether it is the transport alone, without a service's words.
    #[must_use]
    pub const fn is_bare(self) -> bool {
        matches!(self, Self::Tcp | Self::Udp | Self::Esp)
    }

    /// Whether TLS comes before the first byte of the protocol itself.
    #[must_use]
    pub const fn starts_with_tls(self) -> bool {
        matches!(self, Self::Tls | Self::Https | Self::Smtps | Self::Ldaps)
    }

    /// Whether a healthy server always answers the datagram sent, so that silence is a failure
    /// (contract §8).
    #[must_use]
    pub const fn must_answer(self) -> bool {
        matches!(
            self,
            Self::Dns | Self::Ntp | Self::Ike | Self::IkeNatt | Self::Ipmi
        )
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Protocol {
    type Err = NetError;

    fn from_str(text: &str) -> Result<Self, NetError> {
        Self::ALL
            .iter()
            .copied()
            .find(|protocol| protocol.word() == text)
            .ok_or_else(|| NetError::Protocol(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_word_reads_back() {
        for protocol in Protocol::ALL {
            assert_eq!(protocol.word().parse(), Ok(*protocol));
        }
    }

    #[test]
    fn ldap_has_no_udp_form_and_memcached_has() {
        assert_eq!(Protocol::Ldap.over(Transport::Udp), None);
        assert_eq!(
            Protocol::Memcached.over(Transport::Udp),
            Some(Protocol::MemcachedUdp)
        );
    }
}
