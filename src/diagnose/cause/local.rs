//! What goes wrong on this machine, before any packet leaves it.

use super::Page;

pub(super) static NO_ROUTE: Page = Page {
    means: "This machine has no route to the address.",
    seen_as: "The connect fails at once with ENETUNREACH, and no packet was sent.",
    remedy: "Add a route or a default gateway on this machine (`ip route get ADDRESS` shows what is \
             missing). If the service has to be reached through a proxy, configure it.",
    source: "connect(2), ENETUNREACH; ip-route(8)",
};

pub(super) static FIREWALL: Page = Page {
    means: "A firewall rule of this machine forbids the packet to leave.",
    seen_as: "The connect or the send fails at once with EPERM.",
    remedy: "Allow the connection in this machine's own firewall: `nft list ruleset` or `iptables -S OUTPUT` \
             shows the rule.",
    source: "connect(2), EPERM; nft(8)",
};

pub(super) static POLICY: Page = Page {
    means: "A policy of this machine forbids the connection: a prohibit route, or a security module.",
    seen_as: "The connect fails at once with EACCES.",
    remedy: "Look for a route of type prohibit (`ip route get ADDRESS`) and for denials of SELinux or \
             AppArmor in this machine's audit log, and lift the one that applies.",
    source: "connect(2), EACCES; ip-route(8)",
};

pub(super) static RESOURCES: Page = Page {
    means: "This machine ran out of something that a connection needs: descriptors, memory or local ports.",
    seen_as: "EMFILE, ENFILE, ENOBUFS, or EADDRNOTAVAIL for want of a free port.",
    remedy: "Run with a lower `--concurrency`, raise the descriptor limit (`ulimit -n`), or wait until \
             old connections have left TIME_WAIT.",
    source: "socket(2); connect(2); ip(7), ip_local_port_range",
};

pub(super) static PRIVILEGE: Page = Page {
    means: "The operating system does not let this user send such packets, so the check was not made.",
    seen_as: "Neither an unprivileged ICMP socket nor a raw socket can be opened.",
    remedy: "Run as root or with CAP_NET_RAW; for ICMP it is enough that `net.ipv4.ping_group_range` \
             includes this user's group.",
    source: "icmp(7); raw(7); capabilities(7)",
};

pub(super) static SOURCE_ADDRESS: Page = Page {
    means: "The address given by `--source` does not belong to this machine.",
    seen_as: "Binding to it fails with EADDRNOTAVAIL.",
    remedy: "Give one of this machine's own addresses (`ip address` lists them), of the family of the target.",
    source: "bind(2), EADDRNOTAVAIL",
};

pub(super) static LINK_DOWN: Page = Page {
    means: "No network interface but loopback is up on this machine.",
    seen_as: "No other interface is up and running, or none has an address.",
    remedy: "Bring up this machine's network (`ip link` shows its interfaces) and run again.",
    source: "netdevice(7); ip-link(8)",
};

pub(super) static EPHEMERAL_RANGE: Page = Page {
    means: "This machine gives away ports of another range than the one that is open between the nodes, so a \
            service that takes a port from the system may not be reached.",
    seen_as: "The range of `net.ipv4.ip_local_port_range` goes beyond the range of the rule.",
    remedy: "Set `net.ipv4.ip_local_port_range` to the range of the rule (sysctl.d(5) keeps it), or ask the network \
             team to open the system's range between the nodes as well.",
    source: "ip(7), ip_local_port_range; the rule's own page, `portcheck explain RULE`",
};

pub(super) static DESCRIPTOR_LIMIT: Page = Page {
    means: "A process of this machine may open fewer files and sockets than the product has ports here.",
    seen_as: "The hard limit of RLIMIT_NOFILE, as portcheck was started with, is below the number of ports.",
    remedy: "Raise the hard limit in limits.conf(5) or with `LimitNOFILE=` of the service, and start a new session.",
    source: "getrlimit(2), RLIMIT_NOFILE; systemd.exec(5), LimitNOFILE",
};
