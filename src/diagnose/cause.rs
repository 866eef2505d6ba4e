//! Why: one closed list of stable codes (contract §9).

use std::{fmt, str::FromStr};

mod connect;
mod datagram;
mod first_byte;
mod local;
mod not_judged;
mod proxy;
mod resolve;
mod responder;
mod service;
mod tls;

/// What `portcheck explain` tells about a cause: sentences, plain text, not wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page {
    /// What is the case.
    pub means: &'static str,
    /// How portcheck sees it.
    pub seen_as: &'static str,
    /// What to do in general, in the imperative, saying who acts.
    pub remedy: &'static str,
    /// Where it is defined: RFC and section, man page.
    pub source: &'static str,
}

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
    /// Not judged, or judged by what must not be.
    NotJudged,
}

impl Area {
    /// Every area, in the order of the contract.
    pub const ALL: [Self; 10] = [
        Self::Resolve,
        Self::Local,
        Self::Connect,
        Self::FirstByte,
        Self::Tls,
        Self::Service,
        Self::Proxy,
        Self::Datagram,
        Self::Responder,
        Self::NotJudged,
    ];

    /// What it is called, for people.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Resolve => "names",
            Self::Local => "this machine",
            Self::Connect => "connection",
            Self::FirstByte => "first byte",
            Self::Tls => "tls",
            Self::Service => "service",
            Self::Proxy => "proxy",
            Self::Datagram => "udp, icmp, esp",
            Self::Responder => "responder",
            Self::NotJudged => "other",
        }
    }
}

/// Declares [`Cause`]: one line a cause, so that code, area and page cannot drift apart.
macro_rules! causes {
    ($($variant:ident $code:literal $area:ident $page:path;)*) => {
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

            /// What `explain` tells about it.
            #[must_use]
            pub fn page(self) -> &'static Page {
                match self { $(Self::$variant => &$page,)* }
            }
        }
    };
}

causes! {
    DnsNoSuchName "dns-no-such-name" Resolve resolve::NO_SUCH_NAME;
    DnsNoAddress "dns-no-address" Resolve resolve::NO_ADDRESS;
    DnsServerFailure "dns-server-failure" Resolve resolve::SERVER_FAILURE;
    DnssecBogus "dnssec-bogus" Resolve resolve::BOGUS;
    DnsRefused "dns-refused" Resolve resolve::REFUSED;
    DnsTimeout "dns-timeout" Resolve resolve::TIMEOUT;
    DnsUnreachable "dns-unreachable" Resolve resolve::UNREACHABLE;
    NoResolver "no-resolver" Resolve resolve::NO_RESOLVER;
    DnsSinkholed "dns-sinkholed" Resolve resolve::SINKHOLED;
    HostsFile "hosts-file" Resolve resolve::HOSTS_FILE;
    NoRoute "no-route" Local local::NO_ROUTE;
    LocalFirewall "local-firewall" Local local::FIREWALL;
    LocalPolicy "local-policy" Local local::POLICY;
    LocalResources "local-resources" Local local::RESOURCES;
    NeedsPrivilege "needs-privilege" Local local::PRIVILEGE;
    SourceAddress "source-address" Local local::SOURCE_ADDRESS;
    LinkDown "link-down" Local local::LINK_DOWN;
    EphemeralRange "ephemeral-range" Local local::EPHEMERAL_RANGE;
    DescriptorLimit "descriptor-limit" Local local::DESCRIPTOR_LIMIT;
    TcpRefused "tcp-refused" Connect connect::REFUSED;
    TcpNoReply "tcp-no-reply" Connect connect::NO_REPLY;
    RejectedByFirewall "rejected-by-firewall" Connect connect::REJECTED;
    HostUnreachable "host-unreachable" Connect connect::HOST_UNREACHABLE;
    NetworkUnreachable "network-unreachable" Connect connect::NETWORK_UNREACHABLE;
    RouteLoop "route-loop" Connect connect::ROUTE_LOOP;
    PartialAddresses "partial-addresses" Connect connect::PARTIAL_ADDRESSES;
    PacketLoss "packet-loss" Connect connect::PACKET_LOSS;
    Intermittent "intermittent" Connect connect::INTERMITTENT;
    HighLatency "high-latency" Connect connect::HIGH_LATENCY;
    ClosedAtOnce "closed-at-once" FirstByte first_byte::CLOSED;
    ResetAtOnce "reset-at-once" FirstByte first_byte::RESET;
    NoGreeting "no-greeting" FirstByte first_byte::NO_GREETING;
    SlowAnswer "slow-answer" FirstByte first_byte::SLOW;
    NoAnswer "no-answer" FirstByte first_byte::NO_ANSWER;
    AcceptedButDead "accepted-but-dead" FirstByte first_byte::DEAD;
    WrongProtocol "wrong-protocol" FirstByte first_byte::WRONG_PROTOCOL;
    TlsNotSpoken "tls-not-spoken" FirstByte first_byte::TLS_NOT_SPOKEN;
    TlsUnexpected "tls-unexpected" FirstByte first_byte::TLS_UNEXPECTED;
    TlsExpired "tls-expired" Tls tls::EXPIRED;
    TlsNotYetValid "tls-not-yet-valid" Tls tls::NOT_YET_VALID;
    TlsExpiresSoon "tls-expires-soon" Tls tls::EXPIRES_SOON;
    TlsNameMismatch "tls-name-mismatch" Tls tls::NAME_MISMATCH;
    TlsUnknownIssuer "tls-unknown-issuer" Tls tls::UNKNOWN_ISSUER;
    TlsSelfSigned "tls-self-signed" Tls tls::SELF_SIGNED;
    TlsIncompleteChain "tls-incomplete-chain" Tls tls::INCOMPLETE_CHAIN;
    TlsWrongPurpose "tls-wrong-purpose" Tls tls::WRONG_PURPOSE;
    TlsWeakKey "tls-weak-key" Tls tls::WEAK_KEY;
    TlsIntercepted "tls-intercepted" Tls tls::INTERCEPTED;
    TlsVersion "tls-version" Tls tls::VERSION;
    TlsNoSharedCipher "tls-no-shared-cipher" Tls tls::NO_SHARED_CIPHER;
    TlsClientCert "tls-client-cert" Tls tls::CLIENT_CERT;
    TlsNameRejected "tls-name-rejected" Tls tls::NAME_REJECTED;
    TlsAlert "tls-alert" Tls tls::ALERT;
    TlsReset "tls-reset" Tls tls::RESET;
    SniFiltered "sni-filtered" Tls tls::SNI_FILTERED;
    TlsStalled "tls-stalled" Tls tls::STALLED;
    MtuBlackHole "mtu-black-hole" Tls tls::MTU;
    ClockSkew "clock-skew" Tls tls::CLOCK;
    NoStarttls "no-starttls" Service service::NO_STARTTLS;
    NoTls "no-tls" Service service::NO_TLS;
    AccessDenied "access-denied" Service service::ACCESS_DENIED;
    RateLimited "rate-limited" Service service::RATE_LIMITED;
    NotReady "not-ready" Service service::NOT_READY;
    HttpError "http-error" Service service::HTTP_ERROR;
    RedirectLoop "redirect-loop" Service service::REDIRECT_LOOP;
    BlockPage "block-page" Service service::BLOCK_PAGE;
    CaptivePortal "captive-portal" Service service::CAPTIVE_PORTAL;
    NtpUnsynchronised "ntp-unsynchronised" Service service::NTP_UNSYNCHRONISED;
    WithdrawnByVendor "withdrawn-by-vendor" Service service::WITHDRAWN;
    ProxyUnreachable "proxy-unreachable" Proxy proxy::UNREACHABLE;
    ProxyAuthRequired "proxy-auth-required" Proxy proxy::AUTH_REQUIRED;
    ProxyDenied "proxy-denied" Proxy proxy::DENIED;
    ProxyBadGateway "proxy-bad-gateway" Proxy proxy::BAD_GATEWAY;
    ProxyRequired "proxy-required" Proxy proxy::REQUIRED;
    UdpNoReply "udp-no-reply" Datagram datagram::NO_REPLY;
    UdpPortUnreachable "udp-port-unreachable" Datagram datagram::PORT_UNREACHABLE;
    UdpWrongReply "udp-wrong-reply" Datagram datagram::WRONG_REPLY;
    ProtocolUnreachable "protocol-unreachable" Datagram datagram::PROTOCOL_UNREACHABLE;
    IcmpNoReply "icmp-no-reply" Datagram datagram::ICMP;
    EspNoReply "esp-no-reply" Datagram datagram::ESP;
    NotOurResponder "not-our-responder" Responder responder::NOT_OURS;
    WrongToken "wrong-token" Responder responder::TOKEN;
    PortTaken "port-taken" Responder responder::TAKEN;
    NotConfigured "not-configured" NotJudged not_judged::NOT_CONFIGURED;
    NotFromHere "not-from-here" NotJudged not_judged::NOT_FROM_HERE;
    Interrupted "interrupted" NotJudged not_judged::INTERRUPTED;
    Explained "explained" NotJudged not_judged::EXPLAINED;
    Reachable "reachable" NotJudged not_judged::REACHABLE;
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_reads_back() {
        for cause in Cause::ALL {
            assert_eq!(cause.code().parse(), Ok(*cause));
        }
        assert_eq!(
            "tcp-timeout".parse::<Cause>(),
            Err(UnknownCause("tcp-timeout".into()))
        );
    }

    #[test]
    fn every_page_is_written_out_in_sentences() {
        for cause in Cause::ALL {
            let page = cause.page();
            for text in [page.means, page.seen_as, page.remedy] {
                assert!(text.ends_with('.'), "{cause}: {text}");
                assert!(text.starts_with(char::is_uppercase), "{cause}: {text}");
                assert!(!text.contains("  "), "{cause}: {text}");
            }
            assert!(!page.source.is_empty(), "{cause}");
        }
    }

    #[test]
    fn no_two_causes_share_a_page() {
        let unique = |part: fn(&Page) -> &'static str| {
            let texts: BTreeSet<_> = Cause::ALL.iter().map(|cause| part(cause.page())).collect();
            assert_eq!(texts.len(), Cause::ALL.len());
        };
        unique(|page| page.means);
        unique(|page| page.seen_as);
        unique(|page| page.remedy);
    }

    #[test]
    fn every_area_has_a_cause() {
        for area in Area::ALL {
            assert!(Cause::ALL.iter().any(|cause| cause.area() == area));
        }
    }
}
