//! What goes wrong with UDP, ICMP and ESP.

use super::Page;

pub(super) static NO_REPLY: Page = Page {
    means: "A datagram was sent and nothing came back. A firewall may have dropped it, or the service does not \
            answer such a datagram: silence does not tell which.",
    seen_as: "The datagram was sent several times, and neither an answer nor an ICMP message came.",
    remedy: "Run `portcheck respond` on the other side and check again: an answer of ours settles it. Otherwise \
             ask the network team to look for dropped packets.",
    source: "RFC 768; udp(7)",
};

pub(super) static PORT_UNREACHABLE: Page = Page {
    means: "The host was reached, and nothing listens on the UDP port, or a firewall rejects in its name.",
    seen_as: "An ICMP port unreachable.",
    remedy: "Start the service, or check that it listens on that port. If it does, ask the network team about a \
             firewall that rejects.",
    source: "RFC 1122 §4.1.3.1; udp(7), ECONNREFUSED",
};

pub(super) static WRONG_REPLY: Page = Page {
    means: "Something answers on the UDP port, and it is not the expected service.",
    seen_as: "A datagram came back that is not an answer to ours.",
    remedy: "Check which program listens on the port (`ss -lunp` on the host), and that host and port are right.",
    source: "RFC 5452 §9.1; the protocol's own standard",
};

pub(super) static PROTOCOL_UNREACHABLE: Page = Page {
    means: "The host was reached and does not speak this IP protocol.",
    seen_as: "An ICMP protocol unreachable.",
    remedy: "Ask whoever runs the host to switch the protocol on, IPsec say.",
    source: "RFC 792; RFC 1122 §3.2.2.1",
};

pub(super) static ICMP: Page = Page {
    means: "The host does not answer to ping: it is off, or ICMP is dropped on the way or by the host.",
    seen_as: "Echo requests were sent and no echo reply came.",
    remedy: "Ask the network team to allow ICMP echo between the two machines, and check that the host is up.",
    source: "RFC 792; RFC 1122 §3.2.2.6",
};

pub(super) static ESP: Page = Page {
    means: "ESP packets were sent and nothing came back. A host drops ESP that it has no key for, so silence does \
            not tell whether they arrived.",
    seen_as: "Neither an answer nor an ICMP message.",
    remedy: "Check again with a responder on the other side, or once IPsec is set up. Ask the network team to allow \
             IP protocol 50 between the machines.",
    source: "RFC 4303 §3.4.2",
};
