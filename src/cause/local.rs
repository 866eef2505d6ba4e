//! What goes wrong on this machine, before any packet leaves it.

macro_rules! local_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Local {
    NoRoute "no-route" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "this machine has no route",
        means: "This machine has no route to the address.",
        seen_as: "The connect fails at once with ENETUNREACH, and no packet was sent.",
        what_to_do: "Add a route or a default gateway on this machine (`ip route get ADDRESS` shows what is \
                     missing). If the service has to be reached through a proxy, configure it.",
        remedies: &["give this machine a route to {host} (ip route get {host})"],
        source: "connect(2), ENETUNREACH; ip-route(8)",
        told_by: ToldBy::Machine, is: &[],
    }
    LocalFirewall "local-firewall" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "this machine's own firewall does not let packets out",
        means: "A firewall rule of this machine forbids the packet to leave.",
        seen_as: "The connect or the send fails at once with EPERM, or is refused before the first router; or, with \
                  root, a rule of this machine's own listing decides it.",
        what_to_do: "Allow the connection in this machine's own firewall. With root the rule that decides is quoted; \
                     `nft -a list ruleset` or `iptables -S OUTPUT` shows it.",
        remedies: &[
            "allow {flow} in this machine's own outgoing firewall rules, before {rule}",
            "allow {flow} in this machine's own outgoing firewall rules",
        ],
        source: "connect(2), EPERM; nft(8)",
        told_by: ToldBy::Machine, is: &[Is::MayBeFiltered],
    }
    LocalPolicy "local-policy" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "this machine's own routes prohibit it",
        means: "A policy of this machine forbids the connection: a prohibit route, or a security module.",
        seen_as: "The connect fails at once with EACCES.",
        what_to_do: "Look for a route of type prohibit (`ip route get ADDRESS`) and for denials of SELinux or \
                     AppArmor in this machine's audit log, and lift the one that applies.",
        remedies: &["remove the route or policy on this machine that prohibits {host}"],
        source: "connect(2), EACCES; ip-route(8)",
        told_by: ToldBy::Machine, is: &[],
    }
    LocalResources "local-resources" Row {
        about: About::Machine, acts: &[Actor::You, Actor::Admin],
        headline: "this machine ran out of resources",
        means: "This machine ran out of something that a connection needs: descriptors, memory or local ports.",
        seen_as: "EMFILE, ENFILE, ENOBUFS, or EADDRNOTAVAIL for want of a free port.",
        what_to_do: "Run with a lower `--concurrency`, raise the descriptor limit (`ulimit -n`), or wait until old \
                     connections have left TIME_WAIT.",
        remedies: &["run again with a smaller --concurrency, or raise the limit (ulimit -n)"],
        source: "socket(2); connect(2); ip(7), ip_local_port_range",
        told_by: ToldBy::Machine, is: &[],
    }
    NeedsPrivilege "needs-privilege" Row {
        about: About::Machine, acts: &[Actor::You, Actor::Admin],
        headline: "this user may not send such packets",
        means: "The operating system does not let this user send such packets, so the check was not made.",
        seen_as: "Neither an unprivileged ICMP socket nor a raw socket can be opened.",
        what_to_do: "Run as root or with CAP_NET_RAW; for ICMP it is enough that `net.ipv4.ping_group_range` \
                     includes this user's group.",
        remedies: &["run this as root, or give the binary the right: setcap cap_net_raw+ep"],
        source: "icmp(7); raw(7); capabilities(7)",
        told_by: ToldBy::Machine, is: &[],
    }
    SourceAddress "source-address" Row {
        about: About::Machine, acts: &[Actor::You],
        headline: "the source address is none of this machine's",
        means: "The address given by `--source` does not belong to this machine.",
        seen_as: "Binding to it fails with EADDRNOTAVAIL.",
        what_to_do: "Give one of this machine's own addresses (`ip address` lists them), of the family of the \
                     target.",
        remedies: &["give --source an address of this machine (ip address)"],
        source: "bind(2), EADDRNOTAVAIL",
        told_by: ToldBy::Machine, is: &[],
    }
    LinkDown "link-down" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "no network interface of this machine is up",
        means: "No network interface but loopback is up on this machine.",
        seen_as: "No other interface is up and running, or none has an address.",
        what_to_do: "Bring up this machine's network (`ip link` shows its interfaces) and run again.",
        remedies: &["bring a network interface of this machine up (ip link)"],
        source: "netdevice(7); ip-link(8)",
        told_by: ToldBy::Machine, is: &[],
    }
    EphemeralRange "ephemeral-range" Row {
        about: About::Machine, acts: &[Actor::Admin, Actor::NetworkTeam],
        headline: "this machine gives away ports that are not open between the nodes",
        means: "This machine gives away ports of another range than the one that is open between the nodes, so a \
                service that takes a port from the system may not be reached.",
        seen_as: "The range of `net.ipv4.ip_local_port_range` goes beyond the range of the rule.",
        what_to_do: "Set `net.ipv4.ip_local_port_range` to the range of the rule (sysctl.d(5) keeps it), or ask the \
                     network team to open the system's range between the nodes as well.",
        remedies: &[
            "set net.ipv4.ip_local_port_range to \"{range}\" (sysctl), or ask the network team to open {ports} between the \
             nodes too",
            "set net.ipv4.ip_local_port_range to the range of the rule (sysctl), or ask the network team to open \
             this machine's range between the nodes too",
        ],
        source: "ip(7), ip_local_port_range; the rule's own page, `portcheck explain RULE`",
        told_by: ToldBy::Alone, is: &[],
    }
    DescriptorLimit "descriptor-limit" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "a process may open fewer files than the product has ports",
        means: "A process of this machine may open fewer files and sockets than the product has ports here.",
        seen_as: "The hard limit of RLIMIT_NOFILE, as portcheck was started with, is below the number of ports.",
        what_to_do: "Raise the hard limit in limits.conf(5) or with `LimitNOFILE=` of the service, and start a new \
                     session.",
        remedies: &[
            "raise the hard limit of open files to {needed} or more (limits.conf, or LimitNOFILE= of the service)",
            "raise the hard limit of open files (limits.conf, or LimitNOFILE= of the service)",
        ],
        source: "getrlimit(2), RLIMIT_NOFILE; systemd.exec(5), LimitNOFILE",
        told_by: ToldBy::Alone, is: &[],
    }
} } } }
