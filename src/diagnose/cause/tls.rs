//! What goes wrong with TLS: certificates, handshakes, and those who meddle with them.

use super::Page;

pub(super) static EXPIRED: Page = Page {
    means: "The server's certificate, or one above it, has expired.",
    seen_as: "Its end of validity is in the past by this machine's clock.",
    remedy: "Ask whoever runs the server to renew the certificate. Check this machine's clock first.",
    source: "RFC 5280 §4.1.2.5",
};

pub(super) static NOT_YET_VALID: Page = Page {
    means: "The server's certificate, or one above it, is not valid yet.",
    seen_as: "Its begin of validity is in the future by this machine's clock.",
    remedy: "Check this machine's clock. If it is right, ask whoever runs the server to install a certificate \
             that is valid now.",
    source: "RFC 5280 §4.1.2.5",
};

pub(super) static EXPIRES_SOON: Page = Page {
    means: "The server's certificate is valid and will expire within 30 days.",
    seen_as: "Its end of validity is near by this machine's clock.",
    remedy: "Ask whoever runs the server to renew the certificate in time.",
    source: "RFC 5280 §4.1.2.5",
};

pub(super) static NAME_MISMATCH: Page = Page {
    means: "The certificate is for other names than the one that was asked for.",
    seen_as: "None of the certificate's names matches the host.",
    remedy: "Check that the name is right and resolves to the right address. If it does, ask whoever runs the \
             server to install a certificate for this name.",
    source: "RFC 9525 §6",
};

pub(super) static UNKNOWN_ISSUER: Page = Page {
    means: "The certificate comes from an authority that this machine does not trust.",
    seen_as: "The chain is whole and ends in a root that is in no trust store used here.",
    remedy: "If the authority is your own, install its root on this machine or give it by `--ca-file FILE`, and \
             tell the product too. For a public host, ask the network team who issues certificates on the way.",
    source: "RFC 5280 §6.1",
};

pub(super) static SELF_SIGNED: Page = Page {
    means: "The server's certificate is signed by itself, so nobody vouches for it.",
    seen_as: "One certificate, whose issuer is its subject and which is not trusted here.",
    remedy: "Ask whoever runs the server to install a certificate of a trusted authority; if it is yours and \
             meant, give it by `--ca-file FILE`.",
    source: "RFC 5280 §3.2",
};

pub(super) static INCOMPLETE_CHAIN: Page = Page {
    means: "The server does not send the certificates between its own and the root.",
    seen_as: "The issuer of the last certificate sent is neither sent nor trusted.",
    remedy: "Ask whoever runs the server to configure the full chain. Browsers may hide this, since some fetch \
             the missing certificate; Java and most programs do not.",
    source: "RFC 8446 §4.4.2; RFC 5280 §4.2.2.1",
};

pub(super) static WRONG_PURPOSE: Page = Page {
    means: "The certificate is not meant for a server.",
    seen_as: "Its extended key usage does not include server authentication.",
    remedy: "Ask whoever runs the server to install a certificate that was issued for server authentication.",
    source: "RFC 5280 §4.2.1.12",
};

pub(super) static WEAK_KEY: Page = Page {
    means: "The certificate's key or signature is too weak, or of a kind that is no longer accepted.",
    seen_as: "A short RSA key, a SHA-1 or MD5 signature, or an algorithm that is not supported.",
    remedy: "Ask whoever runs the server to install a certificate with an RSA key of 2048 bits or more, or an \
             elliptic-curve key, signed with SHA-256 or better.",
    source: "RFC 9155; CA/Browser Forum Baseline Requirements §6.1.5",
};

pub(super) static INTERCEPTED: Page = Page {
    means: "Something on the way opens the connection and puts its own certificate in place of the service's.",
    seen_as: "The chain of a public host ends in an authority that is not in the public PKI: one that only \
              this machine trusts, or that nobody does.",
    remedy: "Ask the proxy team to exempt the host from TLS inspection. Otherwise install the inspecting \
             authority's root in the product's own trust store (Java has one of its own).",
    source: "RFC 5280 §6.1; Mozilla's list of public roots",
};

pub(super) static VERSION: Page = Page {
    means: "Server and client have no TLS version in common: the server is too old.",
    seen_as: "The alert `protocol_version`, or an answer in a version below TLS 1.2.",
    remedy: "Ask whoever runs the server, or the proxy on the way, to switch on TLS 1.2 or 1.3.",
    source: "RFC 8996; RFC 8446 §6.2",
};

pub(super) static NO_SHARED_CIPHER: Page = Page {
    means: "Server and client have no cipher suite or key exchange in common.",
    seen_as: "The alert `handshake_failure` or `insufficient_security`, or a choice that was not offered.",
    remedy: "Ask whoever runs the server to allow the suites with ECDHE and AES-GCM or ChaCha20.",
    source: "RFC 8446 §4.1.1; RFC 9325 §4",
};

pub(super) static CLIENT_CERT: Page = Page {
    means: "The server only talks to clients that show a certificate.",
    seen_as: "The server asked for one, and ended the connection when none came.",
    remedy: "Nothing is wrong with the network. Configure the client certificate in the product, if the vendor \
             asks for one; otherwise check that this is the right server.",
    source: "RFC 8446 §4.3.2, §6.2",
};

pub(super) static NAME_REJECTED: Page = Page {
    means: "The server itself says that it does not serve this name.",
    seen_as: "The alert `unrecognized_name`.",
    remedy: "Check the name, and that it resolves to the right address. Ask whoever runs the server to serve it.",
    source: "RFC 6066 §3",
};

pub(super) static ALERT: Page = Page {
    means: "The server ended the handshake with an alert of its own.",
    seen_as: "A TLS alert; the evidence has its name.",
    remedy: "Ask whoever runs the server to look the alert up in its log at the time of the check.",
    source: "RFC 8446 §6",
};

pub(super) static RESET: Page = Page {
    means: "The connection is cut in the middle of the TLS handshake.",
    seen_as: "A reset or an early end after our hello; leaving out or changing the name or the size of it \
              does not help.",
    remedy: "Ask the network team whether a firewall ends TLS connections to this host; ask whoever runs the \
             server whether it does.",
    source: "RFC 8446 §6.1; RFC 9293 §3.5.3",
};

pub(super) static SNI_FILTERED: Page = Page {
    means: "A filter on the way ends TLS connections by the server name that they ask for.",
    seen_as: "The handshake dies with this name, and the same address answers when another name or none is sent.",
    remedy: "Ask the network team to allow the name in the filter that looks at TLS server names.",
    source: "RFC 6066 §3; RFC 8744 §2",
};

pub(super) static STALLED: Page = Page {
    means: "The TLS handshake begins and never ends.",
    seen_as: "The connection stands, our hello was sent, and the rest did not come in time; smaller packets \
              and other names do not help.",
    remedy: "Ask the network team whether a firewall holds TLS connections to this host; check on the host that \
             the service works.",
    source: "RFC 8446 §2",
};

pub(super) static MTU: Page = Page {
    means: "Large packets vanish on the way, and the messages that should say so are dropped.",
    seen_as: "The handshake stalls, and works when segments are kept small.",
    remedy: "Ask the network team to let ICMP `fragmentation needed` and `packet too big` through, or to clamp \
             the MSS on the tunnel. Lowering this machine's MTU helps until then.",
    source: "RFC 2923 §2.1; RFC 4821",
};

pub(super) static CLOCK: Page = Page {
    means: "This machine's clock is wrong, so certificates look expired or not yet valid.",
    seen_as: "HTTP `Date` fields, time servers, or several certificates agree that it is another time.",
    remedy: "Set this machine's clock and let it be kept by a time service (`timedatectl` or `chronyc tracking` \
             shows its state).",
    source: "RFC 9110 §6.6.1; RFC 5905",
};
