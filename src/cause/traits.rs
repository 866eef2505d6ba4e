//! The words that a row of the table is made of.

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
    /// The nodes of a mesh.
    Mesh,
    /// Not judged, or judged by what must not be.
    NotJudged,
}

impl Area {
    /// Every area, in the order of the contract.
    pub const ALL: [Self; 11] = [
        Self::Resolve,
        Self::Local,
        Self::Connect,
        Self::FirstByte,
        Self::Tls,
        Self::Service,
        Self::Proxy,
        Self::Datagram,
        Self::Responder,
        Self::Mesh,
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
            Self::Mesh => "mesh",
            Self::NotJudged => "other",
        }
    }
}

/// What a cause says is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// One name, or its addresses.
    Name,
    /// The name servers that this machine asks.
    Resolver,
    /// This machine.
    Machine,
    /// This machine's clock.
    Clock,
    /// What lies between this machine and the host.
    Way,
    /// A proxy that this machine is told to use.
    Proxy,
    /// The host at the other end.
    Host,
    /// One port of it.
    Port,
    /// The program behind the port.
    Service,
    /// The service's certificate.
    Certificate,
    /// Our own listener in the service's place.
    Responder,
    /// What portcheck was told of the site.
    Site,
    /// The run.
    Run,
}

impl About {
    /// What it is called, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Name => "the name",
            Self::Resolver => "this machine's name servers",
            Self::Machine => "this machine",
            Self::Clock => "this machine's clock",
            Self::Way => "the way between this machine and the host",
            Self::Proxy => "the proxy",
            Self::Host => "the host",
            Self::Port => "the port",
            Self::Service => "the service",
            Self::Certificate => "the service's certificate",
            Self::Responder => "the responder",
            Self::Site => "what is known of the site",
            Self::Run => "the run",
        }
    }
}

/// Who can do something about a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// Whoever runs portcheck.
    You,
    /// Who administers this machine.
    Admin,
    /// Who runs firewalls, routers and links.
    NetworkTeam,
    /// Who runs the name servers.
    DnsTeam,
    /// Who runs the proxies and web filters.
    ProxyTeam,
    /// Who runs the host at the other end and its services.
    Owner,
    /// Who sells the product or the service on the Internet.
    Vendor,
}

impl Actor {
    /// What they are called, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::You => "whoever runs portcheck",
            Self::Admin => "this machine's administrator",
            Self::NetworkTeam => "the network team",
            Self::DnsTeam => "the DNS team",
            Self::ProxyTeam => "the proxy team",
            Self::Owner => "the owner of the host",
            Self::Vendor => "the vendor",
        }
    }
}

/// By what several findings of one cause are told as one statement: what they must share, so that
/// the one remedy is right for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ToldBy {
    /// By the ways that are closed: any hosts and ports in whose reach nothing passes. Causes told
    /// so are told together where hosts and ports are the same.
    Ways,
    /// By the cause, over the hosts that have it: each owner is asked for the same.
    Hosts,
    /// By the cause: one device on the way does it, whatever the host.
    Filter,
    /// By the authority that signs in the place of others.
    Issuer,
    /// By the cause: the name servers are the same for every name.
    Resolver,
    /// By the cause: this machine is the same for every check.
    Machine,
    /// By the proxy.
    Proxy,
    /// By the endpoint alone: several rules about one.
    Alone,
    /// By nothing: it is no fault.
    Never,
}

impl ToldBy {
    /// Whether hosts and ports say where it holds, and nothing else does.
    #[must_use]
    pub const fn is_box(self) -> bool {
        match self {
            Self::Ways | Self::Hosts => true,
            Self::Filter
            | Self::Issuer
            | Self::Resolver
            | Self::Machine
            | Self::Proxy
            | Self::Alone
            | Self::Never => false,
        }
    }
}

/// What the rest of the crate asks of a cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Is {
    /// Nothing came after the connection was accepted, so something on the way may have done that.
    RestsOnAcceptance,
    /// The service went without a word, as one that waits for TLS does.
    MayWantTls,
    /// The target itself seems to say no, so packets get there.
    Refusal,
    /// Nothing was heard from the host itself.
    HostUnheard,
    /// What shuts out, where a host must be shut out.
    KeptOut,
    /// One closed way out of here would look like this at every host.
    WayOut,
    /// A responder on the other side would decide it.
    ResponderDecides,
    /// A firewall's rule may be what is missing.
    MayBeFiltered,
    /// No name server was heard.
    ResolverUnheard,
    /// The dates of a certificate do not fit this machine's clock: one of the two is wrong.
    Dated,
}
