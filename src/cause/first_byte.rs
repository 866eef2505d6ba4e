//! What goes wrong between the connection and the service's first byte.

macro_rules! first_byte_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* FirstByte {
    ClosedAtOnce "closed-at-once" Row {
        about: About::Service, acts: &[Actor::NetworkTeam, Actor::Owner],
        headline: "accepted, then closed without a word",
        means: "The connection is accepted and closed again before the service says anything.",
        seen_as: "An orderly end of the stream with no byte in it.",
        what_to_do: "Ask whoever runs the service whether it, or a wrapper in front of it, only accepts certain \
                     clients. If it does not, ask the network team about a proxy or filter on the way.",
        remedies: &[
            "ask the network team whether a device on the way filters {flow}, and look at the service's own log on \
             {host}",
        ],
        source: "RFC 9293 §3.6; hosts_access(5)",
        told_by: ToldBy::Alone, is: &[Is::RestsOnAcceptance, Is::MayWantTls],
    }
    ResetAtOnce "reset-at-once" Row {
        about: About::Service, acts: &[Actor::NetworkTeam, Actor::Owner],
        headline: "accepted, then reset without a word",
        means: "The connection is accepted and reset before the service says anything.",
        seen_as: "A TCP reset (ECONNRESET) with no byte before it.",
        what_to_do: "Ask the network team whether a firewall ends such connections after looking into them; ask \
                     whoever runs the service whether it crashes or rejects this client.",
        remedies: &[
            "ask the network team whether a device on the way filters {flow}, and look at the service's own log on \
             {host}",
        ],
        source: "RFC 9293 §3.5.3",
        told_by: ToldBy::Alone, is: &[Is::RestsOnAcceptance, Is::MayWantTls, Is::Refusal],
    }
    NoGreeting "no-greeting" Row {
        about: About::Service, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "accepted, and never said a word",
        means: "The service should speak first, and says nothing.",
        seen_as: "The connection was accepted, and no greeting came in the time that the protocol leaves.",
        what_to_do: "Check that the expected service listens on this port and is not stuck; a slow reverse lookup \
                     of this machine's address is a usual reason. If it works on the host itself, ask the network \
                     team.",
        remedies: &[
            "ask the network team whether a device on the way filters {flow}, and look at the service's own log on \
             {host}",
        ],
        source: "RFC 5321 §4.5.3.2.1; RFC 4253 §4.2",
        told_by: ToldBy::Alone, is: &[Is::RestsOnAcceptance, Is::MayWantTls],
    }
    SlowAnswer "slow-answer" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the service answers late",
        means: "The service answers as it must, but late.",
        seen_as: "The answer came within the limit and long after the connection stood.",
        what_to_do: "Ask whoever runs the service about its load and about its name service: slow reverse lookups \
                     of clients delay many servers.",
        remedies: &["look at the service on {host}, then run again"],
        source: "RFC 5321 §4.5.3.2",
        told_by: ToldBy::Hosts, is: &[],
    }
    NoAnswer "no-answer" Row {
        about: About::Service, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "the question is never answered",
        means: "The service takes the question and never answers it.",
        seen_as: "The connection was accepted, the question was sent, and nothing came back in time.",
        what_to_do: "Check on the host that the service works: the operating system accepts connections for a \
                     program that hangs. If it answers there, ask the network team about a filter on the way.",
        remedies: &[
            "ask the network team whether a device on the way filters {flow}, and look at the service's own log on \
             {host}",
        ],
        source: "listen(2)",
        told_by: ToldBy::Alone, is: &[Is::RestsOnAcceptance],
    }
    AcceptedButDead "accepted-but-dead" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "something on the way accepts for the host",
        means: "Something on the way accepts connections for a host that is dead or blocked.",
        seen_as: "A port that cannot be open on that host is accepted as well, and nothing behind it answers.",
        what_to_do: "Ask the network team which firewall or load balancer answers in the host's name (a SYN proxy, \
                     say), and whether it lets the connection through to the host.",
        remedies: &[
            "ask the network team what accepts connections in the place of {host} (a SYN proxy, a transparent \
             proxy)",
        ],
        source: "RFC 4987 §3.8",
        told_by: ToldBy::Hosts, is: &[],
    }
    ProxyProtocol "proxy-protocol" Row {
        about: About::Service, acts: &[Actor::You, Actor::Owner],
        headline: "the port is for a load balancer only",
        means: "The service takes connections from a load balancer only, which says first for whom it connects.",
        seen_as: "It hangs up on a client's first words or waits for ever, and answers once the PROXY protocol's \
                  header comes in front of them.",
        what_to_do: "Use the address and port of the load balancer. Otherwise ask whoever runs the service for a \
                     port without the PROXY protocol.",
        remedies: &[
            "use the load balancer in front of {host}, or ask its owner for a port without the PROXY protocol \
             (haproxy: `accept-proxy`, nginx: `proxy_protocol`)",
        ],
        source: "the PROXY protocol, versions 1 and 2, section 2",
        told_by: ToldBy::Hosts, is: &[],
    }
    WrongProtocol "wrong-protocol" Row {
        about: About::Service, acts: &[Actor::Owner, Actor::You],
        headline: "something else answers",
        means: "Something else than the expected service answers on this port.",
        seen_as: "The first bytes are not those of the protocol; where they are another's, the evidence names it.",
        what_to_do: "Check which program listens on the port (`ss -ltnp` on the host), and that host and port are \
                     the right ones.",
        remedies: &["find out what listens at {flow}: it is not {protocol}"],
        source: "RFC 6335; the protocol's own standard",
        told_by: ToldBy::Alone, is: &[],
    }
    TlsNotSpoken "tls-not-spoken" Row {
        about: About::Service, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "plain text where TLS was due",
        means: "TLS was due, and the answer is plain text.",
        seen_as: "The first bytes after our hello are no TLS record.",
        what_to_do: "Ask whoever runs the service to switch TLS on for this port, or check that the port is the \
                     right one. For a public host, ask the network team about a proxy that answers in its place.",
        remedies: &[
            "ask the owner of {host} whether {flow} is the TLS port, and the network team whether something answers \
             in its place",
        ],
        source: "RFC 8446 §5.1",
        told_by: ToldBy::Alone, is: &[],
    }
    TlsUnexpected "tls-unexpected" Row {
        about: About::Service, acts: &[Actor::You, Actor::Owner],
        headline: "TLS where plain text was due",
        means: "Plain text was due, and the service speaks TLS.",
        seen_as: "The first bytes are a TLS record.",
        what_to_do: "Check that the port is the right one; the encrypted form of the service may have to be \
                     configured in the product.",
        remedies: &[
            "let the product speak TLS there, or ask the owner of {host} for the plain-text port of {protocol}",
        ],
        source: "RFC 8446 §5.1",
        told_by: ToldBy::Alone, is: &[],
    }
} } } }
