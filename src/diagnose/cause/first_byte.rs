//! What goes wrong between the connection and the service's first byte.

use super::Page;

pub(super) static CLOSED: Page = Page {
    means: "The connection is accepted and closed again before the service says anything.",
    seen_as: "An orderly end of the stream with no byte in it.",
    remedy: "Ask whoever runs the service whether it, or a wrapper in front of it, only accepts certain \
             clients. If it does not, ask the network team about a proxy or filter on the way.",
    source: "RFC 9293 §3.6; hosts_access(5)",
};

pub(super) static RESET: Page = Page {
    means: "The connection is accepted and reset before the service says anything.",
    seen_as: "A TCP reset (ECONNRESET) with no byte before it.",
    remedy: "Ask the network team whether a firewall ends such connections after looking into them; ask \
             whoever runs the service whether it crashes or rejects this client.",
    source: "RFC 9293 §3.5.3",
};

pub(super) static NO_GREETING: Page = Page {
    means: "The service should speak first, and says nothing.",
    seen_as: "The connection was accepted, and no greeting came in the time that the protocol leaves.",
    remedy: "Check that the expected service listens on this port and is not stuck; a slow reverse lookup of \
             this machine's address is a usual reason. If it works on the host itself, ask the network team.",
    source: "RFC 5321 §4.5.3.2.1; RFC 4253 §4.2",
};

pub(super) static SLOW: Page = Page {
    means: "The service answers as it must, but late.",
    seen_as: "The answer came within the limit and long after the connection stood.",
    remedy: "Ask whoever runs the service about its load and about its name service: slow reverse lookups of \
             clients delay many servers.",
    source: "RFC 5321 §4.5.3.2",
};

pub(super) static NO_ANSWER: Page = Page {
    means: "The service takes the question and never answers it.",
    seen_as: "The connection was accepted, the question was sent, and nothing came back in time.",
    remedy: "Check on the host that the service works: the operating system accepts connections for a program \
             that hangs. If it answers there, ask the network team about a filter on the way.",
    source: "listen(2)",
};

pub(super) static DEAD: Page = Page {
    means: "Something on the way accepts connections for a host that is dead or blocked.",
    seen_as: "A port that cannot be open on that host is accepted as well, and nothing behind it answers.",
    remedy: "Ask the network team which firewall or load balancer answers in the host's name (a SYN proxy, \
             say), and whether it lets the connection through to the host.",
    source: "RFC 4987 §3.8",
};

pub(super) static WRONG_PROTOCOL: Page = Page {
    means: "Something else than the expected service answers on this port.",
    seen_as: "The first bytes are not those of the protocol; where they are another's, the evidence names it.",
    remedy: "Check which program listens on the port (`ss -ltnp` on the host), and that host and port are the \
             right ones.",
    source: "RFC 6335; the protocol's own standard",
};

pub(super) static TLS_NOT_SPOKEN: Page = Page {
    means: "TLS was due, and the answer is plain text.",
    seen_as: "The first bytes after our hello are no TLS record.",
    remedy: "Ask whoever runs the service to switch TLS on for this port, or check that the port is the right \
             one. For a public host, ask the network team about a proxy that answers in its place.",
    source: "RFC 8446 §5.1",
};

pub(super) static TLS_UNEXPECTED: Page = Page {
    means: "Plain text was due, and the service speaks TLS.",
    seen_as: "The first bytes are a TLS record.",
    remedy: "Check that the port is the right one; the encrypted form of the service may have to be configured \
             in the product.",
    source: "RFC 8446 §5.1",
};
