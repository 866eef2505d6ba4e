//! What a service says against itself, and who speaks in its place.

use super::Page;

pub(super) static NO_STARTTLS: Page = Page {
    means: "The service does not offer STARTTLS, or fails when it is asked for.",
    seen_as: "The capability is missing from its answer, or the command is refused. Some firewalls strip it.",
    remedy: "Ask whoever runs the service to switch STARTTLS on. If it is on, ask the network team about a \
             firewall that inspects mail and removes it.",
    source: "RFC 3207 §4; RFC 4511 §4.14",
};

pub(super) static NO_TLS: Page = Page {
    means: "The service works, but does not offer TLS.",
    seen_as: "It was asked for TLS in its own protocol and said no.",
    remedy: "Ask whoever runs the service to switch TLS on.",
    source: "PostgreSQL manual, \"SSL Session Encryption\"; RFC 8446",
};

pub(super) static ACCESS_DENIED: Page = Page {
    means: "The service was reached and will not serve this machine.",
    seen_as: "It says so in its own protocol: the evidence has its words.",
    remedy: "Ask whoever runs the service to allow this machine's address.",
    source: "RFC 9110 §15.5.4; RFC 5321 §4.2.2",
};

pub(super) static RATE_LIMITED: Page = Page {
    means: "The service was reached and has had enough of this client for now.",
    seen_as: "HTTP 429, a time server's kiss code RATE, or the like.",
    remedy: "Wait and run again. If it stays, other machines behind the same address may use it up: ask \
             whoever runs the service to raise the limit.",
    source: "RFC 6585 §4; RFC 5905 §7.4",
};

pub(super) static NOT_READY: Page = Page {
    means: "The service was reached and says that it is not ready: it starts, is full, or has no leader.",
    seen_as: "HTTP 503, SMTP 421, or its own protocol's words for it.",
    remedy: "Wait and run again; if it stays, ask whoever runs the service to look at its state.",
    source: "RFC 9110 §15.6.4; RFC 5321 §4.2.2",
};

pub(super) static HTTP_ERROR: Page = Page {
    means: "The service was reached and answers that it does not work.",
    seen_as: "An HTTP status of 500 and above.",
    remedy: "Ask whoever runs the service to look at its log; for the vendor's, look at the vendor's status page.",
    source: "RFC 9110 §15.6",
};

pub(super) static REDIRECT_LOOP: Page = Page {
    means: "The service sends the client in a circle.",
    seen_as: "A redirect to a place that redirects back.",
    remedy: "Ask whoever runs the service, or the proxy in front of it, to repair the redirect.",
    source: "RFC 9110 §15.4",
};

pub(super) static BLOCK_PAGE: Page = Page {
    means: "A web filter answers in the place of the service and forbids it.",
    seen_as: "An answer that is not the service's: by its issuer, its header fields or the target of its redirect.",
    remedy: "Ask the proxy team to allow the host in the web filter.",
    source: "RFC 9110 §3.7; RFC 7725",
};

pub(super) static CAPTIVE_PORTAL: Page = Page {
    means: "The network wants somebody to log in before it lets anything through.",
    seen_as: "HTTP 511, or a redirect to a log-in page of the network.",
    remedy: "Log in to the network from this machine, or ask the network team to exempt it.",
    source: "RFC 8952; RFC 6585 §6",
};

pub(super) static NTP_UNSYNCHRONISED: Page = Page {
    means: "The time server answers, and does not know the time itself.",
    seen_as: "Leap indicator 3, or stratum 16 or 0.",
    remedy: "Ask whoever runs the time server to give it a source of time, or configure another server.",
    source: "RFC 5905 §7.3",
};

pub(super) static WITHDRAWN: Page = Page {
    means: "Whoever provided the service has ended it, so it can not work for anybody.",
    seen_as: "The catalog's rule says so, with the day; the outcome of the check is nobody's fault here.",
    remedy: "Use what the rule names instead. Nothing has to be opened for it.",
    source: "the rule's own source: `portcheck explain RULE`",
};
