//! What goes wrong with our own listener.

macro_rules! responder_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Responder {
    NotOurResponder "not-our-responder" Row {
        about: About::Responder, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "something else than the responder answers",
        means: "Something answers on the port, and it is not the responder that was started.",
        seen_as: "The answer does not carry the proof that the responder gives.",
        what_to_do: "Check on the other side which program holds the port, and that `portcheck respond` says it is \
                     bound. If it is, ask the network team what answers in its place.",
        remedies: &[
            "see on {host} which program holds the port and whether it should; if `portcheck respond` does, ask the \
             network team what answers {flow} in its place",
        ],
        source: "`portcheck respond --help`",
        told_by: ToldBy::Alone, is: &[],
    }
    WrongToken "wrong-token" Row {
        about: About::Responder, acts: &[Actor::You],
        headline: "the responder has another token",
        means: "A responder answers, with another token than this run's.",
        seen_as: "The proof is well formed and does not match.",
        what_to_do: "Start the responder and this run with the same `--token`.",
        remedies: &["give this run the token of the responder on {host}: PORTCHECK_TOKEN, or --token-file"],
        source: "`portcheck respond --help`, `--token`",
        told_by: ToldBy::Hosts, is: &[],
    }
    Relayed "relayed" Row {
        about: About::Way, acts: &[Actor::NetworkTeam, Actor::Owner],
        headline: "something on the way passes it on to another address",
        means: "The responder that was meant answers, and it stands at another address than the one that was asked: a \
                relay, a load balancer or address translation is between the two machines.",
        seen_as: "The responder's proof names the address at which it was reached, and that is not the address that \
                  this machine asked.",
        what_to_do: "Ask the network team what stands between the two machines. The machines of a cluster tell each \
                     other their own addresses, and must reach each other at these.",
        remedies: &[
            "ask the network team what stands between here and {host} and passes it on to {who}: the product's machines \
             must reach each other at their own addresses",
            "ask the network team what stands between here and {host}: the product's machines must reach each other at \
             their own addresses",
        ],
        source: "RFC 2663 §2.3; RFC 3027 §2.1",
        told_by: ToldBy::Hosts, is: &[],
    }
    PortTaken "port-taken" Row {
        about: About::Machine, acts: &[Actor::Admin],
        headline: "another program holds the port",
        means: "Another program of this machine listens on a port that the product needs, or the responder in its \
                place.",
        seen_as: "The kernel's table of sockets has a listener at the port, or binding fails with EADDRINUSE; the \
                  evidence names the holder where it can be known.",
        what_to_do: "If the holder is the product itself, the port needs no responder. Otherwise stop the program, \
                     or move it to another port before the installation.",
        remedies: &[
            "stop {program}, or move it to another port before the installation, unless it is the product itself",
            "stop the program on {host} that holds the port, or move it, unless it is the product",
        ],
        source: "bind(2), EADDRINUSE; proc(5), /proc/net/tcp",
        told_by: ToldBy::Alone, is: &[],
    }
} } } }
