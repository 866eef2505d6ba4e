//! What goes wrong between this machine and the port.

macro_rules! connect_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Connect {
    TcpRefused "tcp-refused" Row {
        about: About::Port, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "the connection is refused",
        means: "The connection is refused: nothing listens on the port, or a firewall answers in the host's name.",
        seen_as: "A TCP reset, or an ICMP port unreachable, in answer to the first packet (ECONNREFUSED). A closed \
                  port and a rejecting firewall look the same from here.",
        what_to_do: "Start the service, or check that it listens on that port and on that address. If it does, ask \
                     the network team whether a firewall on the way rejects the connection.",
        remedies: &["start the service on {host}, or ask the network team whether a firewall rejects {flow}"],
        source: "RFC 9293 §3.5.2; connect(2), ECONNREFUSED",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::Refusal, Is::ResponderDecides, Is::WayOut],
    }
    TcpNoReply "tcp-no-reply" Row {
        about: About::Way, acts: &[Actor::NetworkTeam, Actor::Owner],
        headline: "nothing is answered",
        means: "Packets to the port get no answer at all: most often a firewall drops them, else the host is off.",
        seen_as: "The first packet was repeated until the time was up, and nothing came back.",
        what_to_do: "Ask the network team to allow the connection from this machine to the host and port, and to \
                     look for dropped packets in the firewall's log. Check that the host is up.",
        remedies: &[
            "ask the network team to allow {flow}: {alive}",
            "ask the network team to allow {flow}, and check that {host} is up",
        ],
        source: "RFC 9293 §3.8.3; tcp(7), ETIMEDOUT",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::HostUnheard, Is::KeptOut, Is::WayOut],
    }
    RejectedByFirewall "rejected-by-firewall" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "a firewall rejects it",
        means: "A firewall rejects the connection and says so.",
        seen_as: "An ICMP message `administratively prohibited`; or a reset that another observation shows not to \
                  be the host's own.",
        what_to_do: "Ask the network team, or whoever runs the machine that sent the ICMP message, to allow the \
                     connection from this machine to the host and port.",
        remedies: &[
            "ask the owner of {who}, which rejects it, to allow {flow}",
            "ask the network team to allow {flow}: a firewall rejects it",
        ],
        source: "RFC 1812 §5.2.7.1; RFC 4443 §3.1",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::HostUnheard, Is::KeptOut, Is::WayOut],
    }
    HostUnreachable "host-unreachable" Row {
        about: About::Host, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "nothing delivers to the host",
        means: "The last router, or this machine itself, cannot reach the host in its own network.",
        seen_as: "An ICMP host unreachable, or nobody answers ARP or neighbour discovery for the next hop.",
        what_to_do: "Check that the host is up and that its address is right. If it is, ask the network team about \
                     the router that sent the message.",
        remedies: &[
            "ask the owner of {who} why {flow} gets no further: {alive}",
            "ask the network team why nothing delivers {flow}: {alive}",
            "check that {host} is on, and ask the owner of {who} why nothing gets beyond there",
            "switch {host} on, or ask the network team why nothing delivers to it",
        ],
        source: "RFC 1812 §5.2.7.1; arp(7)",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::HostUnheard, Is::KeptOut, Is::WayOut],
    }
    NetworkUnreachable "network-unreachable" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "there is no network on the way",
        means: "A router on the way has no route to the host's network.",
        seen_as: "An ICMP network unreachable came back after packets were sent (ENETUNREACH).",
        what_to_do: "Ask the network team to add the route on the router that sent the message.",
        remedies: &["ask the network team for a route from here to {host}"],
        source: "RFC 1812 §5.2.7.1; RFC 4443 §3.1",
        told_by: ToldBy::Ways, is: &[Is::HostUnheard, Is::KeptOut, Is::WayOut],
    }
    RouteLoop "route-loop" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "packets go in circles",
        means: "Packets go in circles between routers until they expire.",
        seen_as: "An ICMP time exceeded came back.",
        what_to_do: "Ask the network team to repair the routing to this address, at the router that sent the \
                     message.",
        remedies: &["ask the network team to mend the routing loop towards {host}"],
        source: "RFC 792; RFC 1812 §5.3.1",
        told_by: ToldBy::Ways, is: &[Is::HostUnheard],
    }
    PartialAddresses "partial-addresses" Row {
        about: About::Name, acts: &[Actor::NetworkTeam, Actor::Vendor],
        headline: "some addresses of the name do not work",
        means: "The name has several addresses, and some of them do not work. Programs will fail now and then, \
                depending on the address they get.",
        seen_as: "Each address was tried on its own: some passed, some did not.",
        what_to_do: "Ask the network team to allow every address of the name; a rule for a fixed address breaks \
                     when the vendor changes it. If the bad ones are the vendor's fault, tell the vendor.",
        remedies: &["ask the network team to allow {flow} for every address of the name"],
        source: "RFC 8305 §1",
        told_by: ToldBy::Alone, is: &[Is::MayBeFiltered],
    }
    PacketLoss "packet-loss" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "packets get lost on the way",
        means: "Packets get lost on the way: some attempts are answered, others meet silence.",
        seen_as: "Some of the attempts had an answer, the rest had none.",
        what_to_do: "Ask the network team to look for an overloaded or faulty link or firewall on the way.",
        remedies: &["ask the network team which link or firewall on the path to {host} loses packets"],
        source: "RFC 7680; RFC 6298",
        told_by: ToldBy::Hosts, is: &[],
    }
    Intermittent "intermittent" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "it works now and then",
        means: "The same attempt sometimes works and sometimes does not: it is refused, reset, left without an answer, \
                or answered by somebody else.",
        seen_as: "Of several attempts some worked and others did not. What comes to grief is tried again by itself; \
                  no experiment counts where the plain attempt works beside it.",
        what_to_do: "Ask whoever runs the service whether it restarts, or whether a load balancer in front of it \
                     sends connections to members that do not work. --attempts 20 tells how often it happens.",
        remedies: &["ask whoever runs {host} which member behind it does not work, or what restarts"],
        source: "RFC 9293 §3.5.2; connect(2)",
        told_by: ToldBy::Hosts, is: &[],
    }
    HighLatency "high-latency" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "the way takes long",
        means: "It works, and the way there and back takes so long that the product may suffer.",
        seen_as: "The connection took much longer than a round trip should, without loss.",
        what_to_do: "Ask the network team why the way is that long: a tunnel, a proxy, or a distant site.",
        remedies: &["ask the network team why the way to {host} takes that long"],
        source: "RFC 2681; RFC 6298 §2",
        told_by: ToldBy::Hosts, is: &[],
    }
} } } }
