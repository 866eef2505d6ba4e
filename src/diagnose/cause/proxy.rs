//! What goes wrong at a proxy.

use super::Page;

pub(super) static UNREACHABLE: Page = Page {
    means: "The configured proxy cannot be reached.",
    seen_as: "The proxy's name, the connection to it, or TLS with it failed; the evidence says how.",
    remedy: "Check the proxy's host and port in the configuration. If they are right, ask the proxy team to allow \
             this machine.",
    source: "RFC 9110 §9.3.6",
};

pub(super) static AUTH_REQUIRED: Page = Page {
    means: "The proxy wants to know who asks.",
    seen_as: "HTTP 407, or SOCKS that takes neither nobody nor this user and password.",
    remedy: "Give user and password in a --proxy-auth-file, or ask the proxy team for an account for the product \
             or for an exemption of this machine.",
    source: "RFC 9110 §15.5.8; RFC 1928 §3; RFC 1929 §2",
};

pub(super) static DENIED: Page = Page {
    means: "The proxy was reached and forbids this host or port.",
    seen_as: "An HTTP status of the 300s or 400s, other than 407, in answer to CONNECT, or SOCKS reply 2.",
    remedy: "Ask the proxy team to allow CONNECT to the host and port.",
    source: "RFC 9110 §9.3.6, §15.5.4; RFC 1928 §6",
};

pub(super) static BAD_GATEWAY: Page = Page {
    means: "The proxy was reached and could not reach the service itself.",
    seen_as: "An HTTP status of the 500s in answer to CONNECT, or a SOCKS reply of 1, 3 to 6.",
    remedy: "Ask the proxy team whether the proxy can resolve and reach the host from where it stands.",
    source: "RFC 9110 §15.6.3, §15.6.5; RFC 1928 §6",
};

pub(super) static REQUIRED: Page = Page {
    means: "The direct way is blocked; through the configured proxy it works.",
    seen_as: "The same endpoint failed directly and passed through the proxy.",
    remedy: "Configure the proxy in the product too, or ask the network team to open the direct way.",
    source: "RFC 9110 §3.7",
};
