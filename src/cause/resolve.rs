//! What goes wrong when a name is turned into addresses.

macro_rules! resolve_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Resolve {
    DnsNoSuchName "dns-no-such-name" Row {
        about: About::Name, acts: &[Actor::You, Actor::DnsTeam],
        headline: "the name does not exist",
        means: "The name server that was asked says that the name does not exist.",
        seen_as: "An answer with RCODE 3 (NXDOMAIN), from a server that otherwise works.",
        what_to_do: "Check the spelling of the name. If it is right, ask whoever runs the name server to let it \
                     resolve names of the Internet, or to forward the name's zone: an internal view may hide it.",
        remedies: &["check the spelling of {host}, or ask the DNS team to make it resolvable here"],
        source: "RFC 1035 §4.1.1; RFC 8020",
        told_by: ToldBy::Alone, is: &[],
    }
    DnsNoAddress "dns-no-address" Row {
        about: About::Name, acts: &[Actor::DnsTeam],
        headline: "the name has no address",
        means: "The name exists, but has no address of the kind that is needed.",
        seen_as: "An answer without error and without any A or AAAA record, even after following aliases.",
        what_to_do: "Ask the owner of the name to publish an address. With `-4` or `-6`, try without: the name may \
                     have addresses of the other family only.",
        remedies: &["ask the DNS team for an A or AAAA record of {host}"],
        source: "RFC 2308 §2.2",
        told_by: ToldBy::Alone, is: &[],
    }
    DnsServerFailure "dns-server-failure" Row {
        about: About::Resolver, acts: &[Actor::DnsTeam],
        headline: "the name server fails to answer",
        means: "The name server answers, but cannot find out: it failed itself, or the servers it asks do.",
        seen_as: "An answer with RCODE 2 (SERVFAIL), or another one that says the server failed.",
        what_to_do: "Ask whoever runs the name server to look at its forwarders and its way to the Internet. If one \
                     name only is affected, its owner's servers are the likelier fault.",
        remedies: &["ask the DNS team why {server} cannot answer for {host}"],
        source: "RFC 1035 §4.1.1; RFC 8914",
        told_by: ToldBy::Resolver, is: &[],
    }
    DnssecBogus "dnssec-bogus" Row {
        about: About::Name, acts: &[Actor::DnsTeam],
        headline: "the signatures of the name do not verify",
        means: "The name server finds an answer and throws it away because its signatures do not verify.",
        seen_as: "SERVFAIL, while the same question with checking disabled (the CD bit) is answered.",
        what_to_do: "Ask whoever runs the name server to check its clock and its trust anchors. If those are right, \
                     the owner of the zone has to repair the signatures; do not switch validation off.",
        remedies: &["ask the DNS team to mend DNSSEC validation for {host}"],
        source: "RFC 4035 §3.2.2, §5.5",
        told_by: ToldBy::Alone, is: &[],
    }
    DnsRefused "dns-refused" Row {
        about: About::Resolver, acts: &[Actor::DnsTeam],
        headline: "the name server refuses to answer",
        means: "The name server answers, and will not serve this machine.",
        seen_as: "An answer with RCODE 5 (REFUSED).",
        what_to_do: "Ask whoever runs the name server to allow recursive queries from this machine's address, or \
                     configure another server.",
        remedies: &["ask the DNS team to let {server} answer this machine's queries"],
        source: "RFC 1035 §4.1.1",
        told_by: ToldBy::Resolver, is: &[],
    }
    DnsTimeout "dns-timeout" Row {
        about: About::Resolver, acts: &[Actor::NetworkTeam, Actor::Admin],
        headline: "the name server does not answer",
        means: "No configured name server answers in time.",
        seen_as: "Questions were sent to each server, repeated, and nothing came back.",
        what_to_do: "Ask the network team to allow udp and tcp port 53 from this machine to its name servers, and \
                     check that `/etc/resolv.conf` names servers that are alive.",
        remedies: &[
            "ask the network team to allow udp and tcp port 53 from this machine to {server}, or name a DNS server \
             that answers (/etc/resolv.conf, or --resolver ADDRESS)",
        ],
        source: "RFC 1035 §4.2.1; resolv.conf(5)",
        told_by: ToldBy::Resolver, is: &[Is::ResolverUnheard],
    }
    DnsUnreachable "dns-unreachable" Row {
        about: About::Resolver, acts: &[Actor::NetworkTeam, Actor::Admin],
        headline: "the name server cannot be reached",
        means: "No configured name server can be reached, and the network or the server's machine says so.",
        seen_as: "An error instead of an answer: a refusal, or an ICMP unreachable message. Where this machine \
                  itself sends nothing, its own fault is told (`link-down`, `no-route`).",
        what_to_do: "Check this machine's route to its name servers (`ip route get ADDRESS`). If there is one, ask \
                     the network team to allow udp and tcp port 53, and check that the server runs.",
        remedies: &[
            "ask the network team to allow udp and tcp port 53 from this machine to {server}, or name a DNS server \
             that answers (/etc/resolv.conf, or --resolver ADDRESS)",
        ],
        source: "udp(7); RFC 1812 §5.2.7.1",
        told_by: ToldBy::Resolver, is: &[Is::ResolverUnheard],
    }
    NoResolver "no-resolver" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "this machine has no name server",
        means: "This machine is configured with no name server, so no name can be looked up.",
        seen_as: "No usable `nameserver` line in `/etc/resolv.conf`.",
        what_to_do: "Configure a name server on this machine, or name one for this run with `--resolver ADDRESS`.",
        remedies: &["name a DNS server in /etc/resolv.conf, or give one with --resolver ADDRESS"],
        source: "resolv.conf(5)",
        told_by: ToldBy::Resolver, is: &[],
    }
    DnsBypassed "dns-bypassed" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "this machine's own look-up does not find what its name servers know",
        means: "Every program here looks names up by way of the system (getaddrinfo), and that finds nothing, while \
                the name servers know the name or are not asked at all.",
        seen_as: "The system's own look-up fails, twice; asked directly, a name server answers with an address, or \
                  the line `hosts:` of `/etc/nsswitch.conf` names no service that asks one.",
        what_to_do: "Let the line `hosts:` of `/etc/nsswitch.conf` reach `dns` (`hosts: files dns`; a `[…=return]` \
                     before it ends the search), and try it with `getent ahosts NAME`.",
        remedies: &["let the line hosts: of /etc/nsswitch.conf on this machine reach dns (hosts: files dns), and try \
                     getent ahosts {host}"],
        source: "getaddrinfo(3); nsswitch.conf(5)",
        told_by: ToldBy::Machine, is: &[],
    }
    DnsSinkholed "dns-sinkholed" Row {
        about: About::Name, acts: &[Actor::DnsTeam],
        headline: "a filter answers for the name",
        means: "A public name resolves to an address that cannot be the service: a filter in the name service \
                answers in its place.",
        seen_as: "An address such as 0.0.0.0, ::, or for a public name this machine's loopback; an alias or an \
                  address of a known filter's sinkhole or block page. Whatever answers there.",
        what_to_do: "Ask whoever runs the name server or its filter to exempt the name.",
        remedies: &["ask whoever filters DNS here to let {host} through, unfiltered"],
        source: "RFC 1122 §3.2.1.3; RFC 8914 §4.16 to §4.18",
        told_by: ToldBy::Alone, is: &[],
    }
    HostsFile "hosts-file" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "this machine's hosts file overrides the name",
        means: "This machine's hosts file gives the address of a public name, and the name service is not asked.",
        seen_as: "The name stands in `/etc/hosts`; the evidence has the line. A warning where the service answers there \
                  all the same.",
        what_to_do: "Remove the line from `/etc/hosts`, unless it is meant: it stays as it is when the vendor moves \
                     the service.",
        remedies: &["remove {host} from this machine's hosts file unless it is meant to stand there"],
        source: "hosts(5); nsswitch.conf(5)",
        told_by: ToldBy::Alone, is: &[],
    }
} } } }
