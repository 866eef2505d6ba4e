//! Why: one closed list of stable codes (contract §9).

use std::{fmt, str::FromStr};

/// Where in a check a cause belongs: the rows of the contract's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Turning a name into addresses.
    Resolve,
    /// This machine itself.
    Local,
    /// Reaching the port.
    Connect,
    /// Between the connection and the service's first byte.
    FirstByte,
    /// The TLS handshake and the certificates.
    Tls,
    /// The service's own words.
    Service,
    /// A proxy on the way.
    Proxy,
    /// UDP, ICMP and ESP.
    Datagram,
    /// Our own listener.
    Responder,
    /// Not judged.
    NotJudged,
}

/// Declares [`Cause`]: one line a cause.
macro_rules! causes {
    ($($variant:ident $code:literal $area:ident;)*) => {
        /// Why a check came out as it did. `portcheck explain CODE` tells the rest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause { $(
            #[doc = concat!("`", $code, "`")]
            $variant,
        )* }

        impl Cause {
            /// Every cause, in the order of the contract.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Where it belongs.
            #[must_use]
            pub const fn area(self) -> Area {
                match self { $(Self::$variant => Area::$area,)* }
            }
        }
    };
}

causes! {
    DnsNoSuchName "dns-no-such-name" Resolve;
    DnsNoAddress "dns-no-address" Resolve;
    DnsServerFailure "dns-server-failure" Resolve;
    DnssecBogus "dnssec-bogus" Resolve;
    DnsRefused "dns-refused" Resolve;
    DnsTimeout "dns-timeout" Resolve;
    DnsUnreachable "dns-unreachable" Resolve;
    NoResolver "no-resolver" Resolve;
    DnsSinkholed "dns-sinkholed" Resolve;
    HostsFile "hosts-file" Resolve;
    NoRoute "no-route" Local;
    LocalFirewall "local-firewall" Local;
    LocalPolicy "local-policy" Local;
    LocalResources "local-resources" Local;
    NeedsPrivilege "needs-privilege" Local;
    SourceAddress "source-address" Local;
    LinkDown "link-down" Local;
    TcpRefused "tcp-refused" Connect;
    TcpNoReply "tcp-no-reply" Connect;
    RejectedByFirewall "rejected-by-firewall" Connect;
    HostUnreachable "host-unreachable" Connect;
    NetworkUnreachable "network-unreachable" Connect;
    RouteLoop "route-loop" Connect;
    PartialAddresses "partial-addresses" Connect;
    PacketLoss "packet-loss" Connect;
    Intermittent "intermittent" Connect;
    HighLatency "high-latency" Connect;
    ClosedAtOnce "closed-at-once" FirstByte;
    ResetAtOnce "reset-at-once" FirstByte;
    NoGreeting "no-greeting" FirstByte;
    SlowAnswer "slow-answer" FirstByte;
    NoAnswer "no-answer" FirstByte;
    AcceptedButDead "accepted-but-dead" FirstByte;
    WrongProtocol "wrong-protocol" FirstByte;
    TlsNotSpoken "tls-not-spoken" FirstByte;
    TlsUnexpected "tls-unexpected" FirstByte;
    TlsExpired "tls-expired" Tls;
    TlsNotYetValid "tls-not-yet-valid" Tls;
    TlsExpiresSoon "tls-expires-soon" Tls;
    TlsNameMismatch "tls-name-mismatch" Tls;
    TlsUnknownIssuer "tls-unknown-issuer" Tls;
    TlsSelfSigned "tls-self-signed" Tls;
    TlsIncompleteChain "tls-incomplete-chain" Tls;
    TlsWrongPurpose "tls-wrong-purpose" Tls;
    TlsWeakKey "tls-weak-key" Tls;
    TlsIntercepted "tls-intercepted" Tls;
    TlsVersion "tls-version" Tls;
    TlsNoSharedCipher "tls-no-shared-cipher" Tls;
    TlsClientCert "tls-client-cert" Tls;
    TlsNameRejected "tls-name-rejected" Tls;
    TlsAlert "tls-alert" Tls;
    TlsReset "tls-reset" Tls;
    SniFiltered "sni-filtered" Tls;
    TlsStalled "tls-stalled" Tls;
    MtuBlackHole "mtu-black-hole" Tls;
    ClockSkew "clock-skew" Tls;
    NoStarttls "no-starttls" Service;
    NoTls "no-tls" Service;
    AccessDenied "access-denied" Service;
    RateLimited "rate-limited" Service;
    NotReady "not-ready" Service;
    HttpError "http-error" Service;
    RedirectLoop "redirect-loop" Service;
    BlockPage "block-page" Service;
    CaptivePortal "captive-portal" Service;
    NtpUnsynchronised "ntp-unsynchronised" Service;
    WithdrawnByVendor "withdrawn-by-vendor" Service;
    ProxyUnreachable "proxy-unreachable" Proxy;
    ProxyAuthRequired "proxy-auth-required" Proxy;
    ProxyDenied "proxy-denied" Proxy;
    ProxyBadGateway "proxy-bad-gateway" Proxy;
    ProxyRequired "proxy-required" Proxy;
    UdpNoReply "udp-no-reply" Datagram;
    UdpPortUnreachable "udp-port-unreachable" Datagram;
    UdpWrongReply "udp-wrong-reply" Datagram;
    ProtocolUnreachable "protocol-unreachable" Datagram;
    IcmpNoReply "icmp-no-reply" Datagram;
    EspNoReply "esp-no-reply" Datagram;
    NotOurResponder "not-our-responder" Responder;
    WrongToken "wrong-token" Responder;
    PortTaken "port-taken" Responder;
    NotConfigured "not-configured" NotJudged;
    NotFromHere "not-from-here" NotJudged;
    Interrupted "interrupted" NotJudged;
    Explained "explained" NotJudged;
    Reachable "reachable" NotJudged;
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A word that is no cause's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown cause `{0}`")]
pub struct UnknownCause(pub String);

impl FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(text: &str) -> Result<Self, UnknownCause> {
        Self::ALL
            .iter()
            .copied()
            .find(|cause| cause.code() == text)
            .ok_or_else(|| UnknownCause(text.to_owned()))
    }
}
