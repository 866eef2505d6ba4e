//! What goes wrong at a proxy.

macro_rules! proxy_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Proxy {
    ProxyUnreachable "proxy-unreachable" Row {
        about: About::Proxy, acts: &[Actor::You, Actor::ProxyTeam],
        headline: "the proxy cannot be used",
        means: "The configured proxy cannot be reached.",
        seen_as: "The proxy's name, the connection to it, or TLS with it failed; the evidence says how.",
        what_to_do: "Check the proxy's host and port in the configuration. If they are right, ask the proxy team to \
                     allow this machine.",
        remedies: &[
            "correct the proxy {proxy} in {origin}, or ask the proxy team to make {door} reachable from this \
             machine",
            "correct the proxy, or ask the proxy team to make it reachable from this machine",
        ],
        source: "RFC 9110 §9.3.6",
        told_by: ToldBy::Proxy, is: &[],
    }
    ProxyAuthRequired "proxy-auth-required" Row {
        about: About::Proxy, acts: &[Actor::You, Actor::ProxyTeam],
        headline: "the proxy demands a login",
        means: "The proxy wants to know who asks.",
        seen_as: "HTTP 407, or SOCKS that takes neither nobody nor this user and password.",
        what_to_do: "Give user and password in a --proxy-auth-file, or ask the proxy team for an account for the \
                     product or for an exemption of this machine.",
        remedies: &[
            "give portcheck, and the product, the user and password for {proxy}: --proxy-auth-file FILE with \
             USER:PASSWORD, or ask the proxy team to exempt this machine",
            "give the proxy's user and password: --proxy-auth-file FILE with USER:PASSWORD",
        ],
        source: "RFC 9110 §15.5.8; RFC 1928 §3; RFC 1929 §2",
        told_by: ToldBy::Proxy, is: &[],
    }
    ProxyDenied "proxy-denied" Row {
        about: About::Proxy, acts: &[Actor::ProxyTeam],
        headline: "the proxy does not allow it",
        means: "The proxy was reached and forbids this host or port.",
        seen_as: "An HTTP status of the 300s or 400s, other than 407, in answer to CONNECT, or SOCKS reply 2.",
        what_to_do: "Ask the proxy team to allow CONNECT to the host and port.",
        remedies: &[
            "ask the proxy team to allow {goal} on {proxy}",
            "ask the proxy team to allow {flow}",
        ],
        source: "RFC 9110 §9.3.6, §15.5.4; RFC 1928 §6",
        told_by: ToldBy::Proxy, is: &[],
    }
    ProxyBadGateway "proxy-bad-gateway" Row {
        about: About::Proxy, acts: &[Actor::ProxyTeam],
        headline: "the proxy itself does not reach it",
        means: "The proxy was reached and could not reach the service itself.",
        seen_as: "An HTTP status of the 500s in answer to CONNECT, or a SOCKS reply of 1, 3 to 6.",
        what_to_do: "Ask the proxy team whether the proxy can resolve and reach the host from where it stands.",
        remedies: &[
            "ask the proxy team why {proxy} does not resolve or reach {goal} from where it stands",
            "ask the proxy team why the proxy does not resolve or reach {host} from where it stands",
        ],
        source: "RFC 9110 §15.6.3, §15.6.5; RFC 1928 §6",
        told_by: ToldBy::Alone, is: &[],
    }
    ProxyRequired "proxy-required" Row {
        about: About::Way, acts: &[Actor::You, Actor::NetworkTeam],
        headline: "directly it is closed, and through the proxy it works",
        means: "The direct way is blocked; through the configured proxy it works.",
        seen_as: "The same endpoint failed directly and passed through the proxy.",
        what_to_do: "Configure the proxy in the product too, or ask the network team to open the direct way.",
        remedies: &[
            "configure the proxy {proxy} in the product ({setting}), or ask the network team to allow {flow} directly",
            "configure the proxy {proxy} in the product, or ask the network team to allow {flow} directly",
            "configure the proxy in the product, or ask the network team to allow {flow} directly",
        ],
        source: "RFC 9110 §3.7",
        told_by: ToldBy::Proxy, is: &[],
    }
} } } }
