//! What a service says against itself, and who speaks in its place.

macro_rules! service_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Service {
    NoStarttls "no-starttls" Row {
        about: About::Service, acts: &[Actor::Owner, Actor::NetworkTeam],
        headline: "STARTTLS is not offered",
        means: "The service does not offer STARTTLS, or fails when it is asked for.",
        seen_as: "The capability is missing from its answer, or the command is refused. Some firewalls strip it.",
        what_to_do: "Ask whoever runs the service to switch STARTTLS on. If it is on, ask the network team about a \
                     firewall that inspects mail and removes it.",
        remedies: &["switch STARTTLS on at {host}, or ask the network team whether a device strips it"],
        source: "RFC 3207 §4; RFC 4511 §4.14",
        told_by: ToldBy::Hosts, is: &[],
    }
    NoTls "no-tls" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "TLS is not offered",
        means: "The service works, but does not offer TLS.",
        seen_as: "It was asked for TLS in its own protocol and said no.",
        what_to_do: "Ask whoever runs the service to switch TLS on.",
        remedies: &["switch TLS on at {host}"],
        source: "PostgreSQL manual, \"SSL Session Encryption\"; RFC 8446",
        told_by: ToldBy::Hosts, is: &[],
    }
    AccessDenied "access-denied" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the service refuses this machine",
        means: "The service was reached and will not serve this machine.",
        seen_as: "It says so in its own protocol: the evidence has its words.",
        what_to_do: "Ask whoever runs the service to allow this machine's address.",
        remedies: &["ask the owner of {host} to accept this machine"],
        source: "RFC 9110 §15.5.4; RFC 5321 §4.2.2",
        told_by: ToldBy::Hosts, is: &[],
    }
    RateLimited "rate-limited" Row {
        about: About::Service, acts: &[Actor::You, Actor::Owner],
        headline: "the service limits this machine's rate",
        means: "The service was reached and has had enough of this client for now.",
        seen_as: "HTTP 429, a time server's kiss code RATE, or the like.",
        what_to_do: "Wait and run again. If it stays, other machines behind the same address may use it up: ask \
                     whoever runs the service to raise the limit.",
        remedies: &["wait, then run again with fewer checks of {host}"],
        source: "RFC 6585 §4; RFC 5905 §7.4",
        told_by: ToldBy::Hosts, is: &[],
    }
    NotReady "not-ready" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the service is not ready",
        means: "The service was reached and says that it is not ready: it starts, is full, or has no leader.",
        seen_as: "HTTP 503, SMTP 421, or its own protocol's words for it.",
        what_to_do: "Wait and run again; if it stays, ask whoever runs the service to look at its state.",
        remedies: &["look at the service on {host}, then run again"],
        source: "RFC 9110 §15.6.4; RFC 5321 §4.2.2",
        told_by: ToldBy::Hosts, is: &[],
    }
    HttpError "http-error" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the service answers with an error",
        means: "The service was reached and answers that it does not work.",
        seen_as: "An HTTP status of 500 and above.",
        what_to_do: "Ask whoever runs the service to look at its log; for the vendor's, look at the vendor's status \
                     page.",
        remedies: &["ask the owner of {host} why it answers with an error"],
        source: "RFC 9110 §15.6",
        told_by: ToldBy::Hosts, is: &[],
    }
    RedirectLoop "redirect-loop" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the service redirects in a circle",
        means: "The service sends the client in a circle.",
        seen_as: "A redirect to a place that redirects back.",
        what_to_do: "Ask whoever runs the service, or the proxy in front of it, to repair the redirect.",
        remedies: &["ask the owner of {host} to mend the redirect"],
        source: "RFC 9110 §15.4",
        told_by: ToldBy::Hosts, is: &[],
    }
    RedirectedElsewhere "redirected-elsewhere" Row {
        about: About::Service, acts: &[Actor::You, Actor::NetworkTeam],
        headline: "plain HTTP leads to another domain",
        means: "What answers in plain HTTP sends the client to another registrable domain. The owner may have moved \
                there, or something on the way answers in its place: plain HTTP does not tell.",
        seen_as: "A redirect, by status, refresh or script, whose target shares no registrable domain with the name \
                  that was asked for, and shows no mark of a portal or filter.",
        what_to_do: "Look at the target. If it is not the owner's, ask the network team what answers there; if it is, \
                     nothing has to be done.",
        remedies: &["look whose the target of the redirect is; if not {host}'s owner's, ask the network team what answers"],
        source: "RFC 9110 §15.4; publicsuffix.org",
        told_by: ToldBy::Hosts, is: &[],
    }
    BlockPage "block-page" Row {
        about: About::Way, acts: &[Actor::ProxyTeam],
        headline: "a web filter answers in its place",
        means: "A web filter answers in the place of the service and forbids it.",
        seen_as: "An answer that is not the service's: by its issuer, its header fields, the words of its page or the \
                  target of its redirect.",
        what_to_do: "Ask the proxy team to allow the host in the web filter.",
        remedies: &["ask the proxy team to allow {host} in the web filter"],
        source: "RFC 9110 §3.7; RFC 7725",
        told_by: ToldBy::Hosts, is: &[],
    }
    CaptivePortal "captive-portal" Row {
        about: About::Way, acts: &[Actor::You, Actor::NetworkTeam],
        headline: "the network wants a log-in first",
        means: "The network wants somebody to log in before it lets anything through.",
        seen_as: "HTTP 511, a redirect to a log-in page of the network or of another domain, or a known portal's own \
                  page. HTTPS that shows a stranger's certificate is told so where plain HTTP shows the portal.",
        what_to_do: "Log in to the network from this machine, or ask the network team to exempt it.",
        remedies: &[
            "log in to the network from this machine, or ask the network team to let {flow} through without",
        ],
        source: "RFC 8952; RFC 6585 §6",
        told_by: ToldBy::Alone, is: &[],
    }
    NtpUnsynchronised "ntp-unsynchronised" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the time server has no time to give",
        means: "The time server answers, and does not know the time itself.",
        seen_as: "Leap indicator 3, or stratum 16 or 0.",
        what_to_do: "Ask whoever runs the time server to give it a source of time, or configure another server.",
        remedies: &["mend the time service on {host}, or use another"],
        source: "RFC 5905 §7.3",
        told_by: ToldBy::Hosts, is: &[],
    }
    WithdrawnByVendor "withdrawn-by-vendor" Row {
        about: About::Service, acts: &[],
        headline: "its provider has ended the service",
        means: "Whoever provided the service has ended it, so it can not work for anybody.",
        seen_as: "The catalog's rule says so, with the day; the outcome of the check is nobody's fault here.",
        what_to_do: "Use what the rule names instead. Nothing has to be opened for it.",
        remedies: &[
            "{instead}",
            "use what the provider offers instead",
        ],
        source: "the rule's own source: `portcheck explain RULE`",
        told_by: ToldBy::Alone, is: &[],
    }
} } } }
