//! What goes wrong at a proxy.

use super::Page;

pub(super) static UNREACHABLE: Page = Page {
    means: "The configured proxy cannot be reached.",
    seen_as: "The connection to the proxy itself failed; the evidence says how.",
    remedy: "Check the proxy's host and port in the configuration. If they are right, ask the proxy team to allow \
             this machine.",
    source: "RFC 9110 §9.3.6",
};

pub(super) static AUTH_REQUIRED: Page = Page {
    means: "The proxy wants to know who asks.",
    seen_as: "HTTP 407 in answer to CONNECT.",
    remedy: "Ask the proxy team for an account for the product, or for an exemption of this machine.",
    source: "RFC 9110 §15.5.8",
};

pub(super) static DENIED: Page = Page {
    means: "The proxy was reached and forbids this host or port.",
    seen_as: "An HTTP status of the 400s, other than 407, in answer to CONNECT.",
    remedy: "Ask the proxy team to allow CONNECT to the host and port.",
    source: "RFC 9110 §9.3.6, §15.5.4",
};

pub(super) static BAD_GATEWAY: Page = Page {
    means: "The proxy was reached and could not reach the service itself.",
    seen_as: "HTTP 502, 503 or 504 in answer to CONNECT.",
    remedy: "Ask the proxy team whether the proxy can resolve and reach the host from where it stands.",
    source: "RFC 9110 §15.6.3, §15.6.5",
};

pub(super) static REQUIRED: Page = Page {
    means: "The direct way is blocked; through the configured proxy it works.",
    seen_as: "The same endpoint failed directly and passed through the proxy.",
    remedy: "Configure the proxy in the product too, or ask the network team to open the direct way.",
    source: "RFC 9110 §3.7",
};
