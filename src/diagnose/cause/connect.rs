//! What goes wrong between this machine and the port.

use super::Page;

pub(super) static REFUSED: Page = Page {
    means: "The connection is refused: nothing listens on the port, or a firewall answers in the host's name.",
    seen_as: "A TCP reset, or an ICMP port unreachable, in answer to the first packet (ECONNREFUSED). \
              A closed port and a rejecting firewall look the same from here.",
    remedy: "Start the service, or check that it listens on that port and on that address. If it does, \
             ask the network team whether a firewall on the way rejects the connection.",
    source: "RFC 9293 §3.5.2; connect(2), ECONNREFUSED",
};

pub(super) static NO_REPLY: Page = Page {
    means: "Packets to the port get no answer at all: most often a firewall drops them, else the host is off.",
    seen_as: "The first packet was repeated until the time was up, and nothing came back.",
    remedy: "Ask the network team to allow the connection from this machine to the host and port, and to \
             look for dropped packets in the firewall's log. Check that the host is up.",
    source: "RFC 9293 §3.8.3; tcp(7), ETIMEDOUT",
};

pub(super) static REJECTED: Page = Page {
    means: "A firewall rejects the connection and says so.",
    seen_as: "An ICMP message `administratively prohibited`; or a reset that another observation shows \
              not to be the host's own.",
    remedy: "Ask the network team, or whoever runs the machine that sent the ICMP message, to allow the \
             connection from this machine to the host and port.",
    source: "RFC 1812 §5.2.7.1; RFC 4443 §3.1",
};

pub(super) static HOST_UNREACHABLE: Page = Page {
    means: "The last router, or this machine itself, cannot reach the host in its own network.",
    seen_as: "An ICMP host unreachable, or nobody answers ARP or neighbour discovery for the next hop.",
    remedy: "Check that the host is up and that its address is right. If it is, ask the network team about \
             the router that sent the message.",
    source: "RFC 1812 §5.2.7.1; arp(7)",
};

pub(super) static NETWORK_UNREACHABLE: Page = Page {
    means: "A router on the way has no route to the host's network.",
    seen_as: "An ICMP network unreachable came back after packets were sent (ENETUNREACH).",
    remedy: "Ask the network team to add the route on the router that sent the message.",
    source: "RFC 1812 §5.2.7.1; RFC 4443 §3.1",
};

pub(super) static ROUTE_LOOP: Page = Page {
    means: "Packets go in circles between routers until they expire.",
    seen_as: "An ICMP time exceeded came back.",
    remedy: "Ask the network team to repair the routing to this address, at the router that sent the message.",
    source: "RFC 792; RFC 1812 §5.3.1",
};

pub(super) static PARTIAL_ADDRESSES: Page = Page {
    means: "The name has several addresses, and some of them do not work. Programs will fail now and then, \
            depending on the address they get.",
    seen_as: "Each address was tried on its own: some passed, some did not.",
    remedy: "Ask the network team to allow every address of the name; a rule for a fixed address breaks when \
             the vendor changes it. If the bad ones are the vendor's fault, tell the vendor.",
    source: "RFC 8305 §1",
};

pub(super) static PACKET_LOSS: Page = Page {
    means: "Packets get lost on the way: some attempts are answered, others meet silence.",
    seen_as: "Some of the attempts had an answer, the rest had none.",
    remedy: "Ask the network team to look for an overloaded or faulty link or firewall on the way.",
    source: "RFC 7680; RFC 6298",
};

pub(super) static INTERMITTENT: Page = Page {
    means: "The same attempt sometimes works and sometimes is refused or reset.",
    seen_as: "Some of the attempts worked, and the others had an answer that ended them.",
    remedy: "Ask whoever runs the service whether it restarts, or whether a load balancer in front of it \
             sends connections to members that do not work.",
    source: "RFC 9293 §3.5.2; connect(2)",
};

pub(super) static HIGH_LATENCY: Page = Page {
    means: "It works, and the way there and back takes so long that the product may suffer.",
    seen_as: "The connection took much longer than a round trip should, without loss.",
    remedy: "Ask the network team why the way is that long: a tunnel, a proxy, or a distant site.",
    source: "RFC 2681; RFC 6298 §2",
};
