//! What goes wrong with UDP, ICMP and ESP.

macro_rules! datagram_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Datagram {
    UdpNoReply "udp-no-reply" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "a datagram is not answered",
        means: "A datagram was sent and nothing came back. A firewall may have dropped it, or the service does not \
                answer such a datagram: silence does not tell which.",
        seen_as: "The datagram was sent several times, and neither an answer nor an ICMP message came.",
        what_to_do: "Run `portcheck respond` on the other side and check again: an answer of ours settles it. \
                     Otherwise ask the network team to look for dropped packets.",
        remedies: &["ask the network team whether {flow} and its answers pass every firewall"],
        source: "RFC 768; udp(7)",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::HostUnheard, Is::KeptOut, Is::ResponderDecides],
    }
    UdpPortUnreachable "udp-port-unreachable" Row {
        about: About::Port, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "the datagram is refused",
        means: "The host was reached, and nothing listens on the UDP port, or a firewall rejects in its name.",
        seen_as: "An ICMP port unreachable.",
        what_to_do: "Start the service, or check that it listens on that port. If it does, ask the network team \
                     about a firewall that rejects.",
        remedies: &["start the service on {host}, or ask the network team whether a firewall rejects {flow}"],
        source: "RFC 1122 §4.1.3.1; udp(7), ECONNREFUSED",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::Refusal, Is::ResponderDecides],
    }
    UdpWrongReply "udp-wrong-reply" Row {
        about: About::Service, acts: &[Actor::Owner, Actor::You],
        headline: "something else answers the datagram",
        means: "Something answers on the UDP port, and it is not the expected service.",
        seen_as: "A datagram came back that is not an answer to ours.",
        what_to_do: "Check which program listens on the port (`ss -lunp` on the host), and that host and port are \
                     right.",
        remedies: &["find out what answers on {flow}"],
        source: "RFC 5452 §9.1; the protocol's own standard",
        told_by: ToldBy::Alone, is: &[],
    }
    ProtocolUnreachable "protocol-unreachable" Row {
        about: About::Host, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "the host does not speak this IP protocol",
        means: "The host was reached and does not speak this IP protocol.",
        seen_as: "An ICMP protocol unreachable.",
        what_to_do: "Ask whoever runs the host to switch the protocol on, IPsec say.",
        remedies: &["switch IPsec on at {host}, or ask the network team to let IP protocol 50 pass"],
        source: "RFC 792; RFC 1122 §3.2.2.1",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::Refusal, Is::ResponderDecides],
    }
    IcmpNoReply "icmp-no-reply" Row {
        about: About::Way, acts: &[Actor::NetworkTeam, Actor::Owner],
        headline: "ping is not answered",
        means: "The host does not answer to ping: it is off, or ICMP is dropped on the way or by the host.",
        seen_as: "Echo requests were sent and no echo reply came.",
        what_to_do: "Ask the network team to allow ICMP echo between the two machines, and check that the host is \
                     up.",
        remedies: &[
            "ask the network team to allow {flow}: {alive}",
            "ask the network team to allow {flow}, and check that {host} is up",
        ],
        source: "RFC 792; RFC 1122 §3.2.2.6",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::HostUnheard],
    }
    EspNoReply "esp-no-reply" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "ESP is not answered",
        means: "ESP packets were sent and nothing came back. A host drops ESP that it has no key for, so silence \
                does not tell whether they arrived.",
        seen_as: "Neither an answer nor an ICMP message.",
        what_to_do: "Check again with a responder on the other side, or once IPsec is set up. Ask the network team \
                     to allow IP protocol 50 between the machines.",
        remedies: &[
            "ask the network team to allow {flow}: {alive}",
            "ask the network team to allow {flow}, and check that {host} is up",
        ],
        source: "RFC 4303 §3.4.2",
        told_by: ToldBy::Ways, is: &[Is::MayBeFiltered, Is::HostUnheard, Is::ResponderDecides],
    }
} } } }
