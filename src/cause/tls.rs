//! What goes wrong with TLS: certificates, handshakes, and those who meddle with them.

macro_rules! tls_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* Tls {
    TlsExpired "tls-expired" Row {
        about: About::Certificate, acts: &[Actor::Owner],
        headline: "the certificate has expired",
        means: "The server's certificate, or one above it, has expired.",
        seen_as: "Its end of validity is in the past by this machine's clock.",
        what_to_do: "Ask whoever runs the server to renew the certificate. Check this machine's clock first.",
        remedies: &["ask the owner of {host} to renew the certificate"],
        source: "RFC 5280 §4.1.2.5",
        told_by: ToldBy::Hosts, is: &[Is::Dated],
    }
    TlsNotYetValid "tls-not-yet-valid" Row {
        about: About::Certificate, acts: &[Actor::Admin, Actor::Owner],
        headline: "the certificate is not valid yet",
        means: "The server's certificate, or one above it, is not valid yet.",
        seen_as: "Its begin of validity is in the future by this machine's clock.",
        what_to_do: "Check this machine's clock. If it is right, ask whoever runs the server to install a \
                     certificate that is valid now.",
        remedies: &["set this machine's clock right (timedatectl, chronyc tracking)"],
        source: "RFC 5280 §4.1.2.5",
        told_by: ToldBy::Hosts, is: &[Is::Dated],
    }
    TlsExpiresSoon "tls-expires-soon" Row {
        about: About::Certificate, acts: &[Actor::Owner],
        headline: "the certificate expires soon",
        means: "The server's certificate is valid and will expire within 30 days.",
        seen_as: "Its end of validity is near by this machine's clock.",
        what_to_do: "Ask whoever runs the server to renew the certificate in time.",
        remedies: &["ask the owner of {host} to renew the certificate"],
        source: "RFC 5280 §4.1.2.5",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsNameMismatch "tls-name-mismatch" Row {
        about: About::Certificate, acts: &[Actor::Owner, Actor::You],
        headline: "the certificate is for other names",
        means: "The certificate is for other names than the one that was asked for.",
        seen_as: "None of the certificate's names matches the host.",
        what_to_do: "Check that the name is right and resolves to the right address. If it does, ask whoever runs \
                     the server to install a certificate for this name.",
        remedies: &["ask the owner of {host} for a certificate with that name, or correct the name"],
        source: "RFC 9525 §6",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsUnknownIssuer "tls-unknown-issuer" Row {
        about: About::Certificate, acts: &[Actor::Admin, Actor::NetworkTeam],
        headline: "the issuer is not trusted here",
        means: "The certificate comes from an authority that this machine does not trust.",
        seen_as: "The chain is whole and ends in a root that is in no trust store used here. As a warning: it is \
                  signed by a trusted root, and a rule of portcheck's own verifier, named in the evidence, \
                  refuses it.",
        what_to_do: "If the authority is your own, install its root on this machine or give it by `--ca-file FILE`, \
                     and tell the product too. For a public host, ask the network team who issues certificates on \
                     the way.",
        remedies: &[
            "if it is the right server, trust its CA: --ca-file FILE here, and the same in the product's trust \
             store",
        ],
        source: "RFC 5280 §6.1",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsSelfSigned "tls-self-signed" Row {
        about: About::Certificate, acts: &[Actor::Owner, Actor::Admin],
        headline: "the certificate is signed by itself",
        means: "The server's certificate is signed by itself, so nobody vouches for it.",
        seen_as: "One certificate, whose issuer is its subject and which is not trusted here.",
        what_to_do: "Ask whoever runs the server to install a certificate of a trusted authority; if it is yours \
                     and meant, give it by `--ca-file FILE`.",
        remedies: &[
            "if it is the right server, trust its CA: --ca-file FILE here, and the same in the product's trust \
             store",
        ],
        source: "RFC 5280 §3.2",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsIncompleteChain "tls-incomplete-chain" Row {
        about: About::Certificate, acts: &[Actor::Owner],
        headline: "the chain is incomplete",
        means: "The server does not send the certificates between its own and the root.",
        seen_as: "The issuer of the last certificate sent is neither sent nor trusted.",
        what_to_do: "Ask whoever runs the server to configure the full chain. Browsers may hide this, since some \
                     fetch the missing certificate; Java and most programs do not.",
        remedies: &["ask the owner of {host} to send the intermediate certificates too"],
        source: "RFC 8446 §4.4.2; RFC 5280 §4.2.2.1",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsWrongPurpose "tls-wrong-purpose" Row {
        about: About::Certificate, acts: &[Actor::Owner],
        headline: "the certificate is not a server's",
        means: "The certificate is not meant for a server.",
        seen_as: "Its extended key usage does not include server authentication. As a warning: it is an \
                  authority's, which portcheck's verifier refuses and Java and OpenSSL may accept.",
        what_to_do: "Ask whoever runs the server to install a certificate that was issued for server \
                     authentication.",
        remedies: &["ask the owner of {host} for a certificate that is issued for server authentication"],
        source: "RFC 5280 §4.2.1.12",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsWeakKey "tls-weak-key" Row {
        about: About::Certificate, acts: &[Actor::Owner],
        headline: "the key or signature is too weak",
        means: "The certificate's key or signature is too weak, or of a kind that is no longer accepted.",
        seen_as: "A short RSA key, a SHA-1 or MD5 signature, or an algorithm that is not supported.",
        what_to_do: "Ask whoever runs the server to install a certificate with an RSA key of 2048 bits or more, or \
                     an elliptic-curve key, signed with SHA-256 or better.",
        remedies: &["ask the owner of {host} for a certificate with a stronger key, signed with SHA-256 or better"],
        source: "RFC 9155; CA/Browser Forum Baseline Requirements §6.1.5",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsIntercepted "tls-intercepted" Row {
        about: About::Way, acts: &[Actor::ProxyTeam, Actor::Admin],
        headline: "something on the way puts its own certificate in",
        means: "Something on the way opens the connection and puts its own certificate in place of the service's.",
        seen_as: "The chain of a public host ends in an authority that is not in the public PKI: one that only this \
                  machine trusts, or that nobody does.",
        what_to_do: "Ask the proxy team to exempt the host from TLS inspection. Otherwise install the inspecting \
                     authority's root in the product's own trust store (Java has one of its own).",
        remedies: &[
            "ask the proxy team to exempt {host} from TLS inspection by {who}; {trust_store}",
            "ask the proxy team to exempt {host} from TLS inspection by {who}",
            "ask the proxy team to exempt {host} from TLS inspection; {trust_store}",
            "ask the proxy team to exempt {host} from TLS inspection",
        ],
        source: "RFC 5280 §6.1; Mozilla's list of public roots",
        told_by: ToldBy::Issuer, is: &[],
    }
    TlsVersion "tls-version" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the server is too old for TLS 1.2",
        means: "Server and client have no TLS version in common: the server is too old.",
        seen_as: "The alert `protocol_version`, or an answer in a version below TLS 1.2.",
        what_to_do: "Ask whoever runs the server, or the proxy on the way, to switch on TLS 1.2 or 1.3.",
        remedies: &["ask the owner of {host} to speak TLS 1.2 or later with current ciphers"],
        source: "RFC 8996; RFC 8446 §6.2",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsNoSharedCipher "tls-no-shared-cipher" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "no cipher in common",
        means: "Server and client have no cipher suite or key exchange in common.",
        seen_as: "The alert `handshake_failure` or `insufficient_security`, or a choice that was not offered.",
        what_to_do: "Ask whoever runs the server to allow the suites with ECDHE and AES-GCM or ChaCha20.",
        remedies: &["ask the owner of {host} to speak TLS 1.2 or later with current ciphers"],
        source: "RFC 8446 §4.1.1; RFC 9325 §4",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsClientCert "tls-client-cert" Row {
        about: About::Service, acts: &[Actor::Owner, Actor::You],
        headline: "a client certificate is wanted",
        means: "The server only talks to clients that show a certificate.",
        seen_as: "The server asked for one, and ended the connection when none came.",
        what_to_do: "Nothing is wrong with the network. Configure the client certificate in the product, if the \
                     vendor asks for one; otherwise check that this is the right server.",
        remedies: &["ask the owner of {host} for a client certificate, or for an exemption"],
        source: "RFC 8446 §4.3.2, §6.2",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsNameRejected "tls-name-rejected" Row {
        about: About::Name, acts: &[Actor::You, Actor::Owner],
        headline: "the server does not serve the name",
        means: "The server itself says that it does not serve this name.",
        seen_as: "The alert `unrecognized_name`.",
        what_to_do: "Check the name, and that it resolves to the right address. Ask whoever runs the server to \
                     serve it.",
        remedies: &["check the name {host}: the server does not serve it"],
        source: "RFC 6066 §3",
        told_by: ToldBy::Alone, is: &[],
    }
    TlsAlert "tls-alert" Row {
        about: About::Service, acts: &[Actor::Owner],
        headline: "the server ends the handshake with an alert",
        means: "The server ended the handshake with an alert of its own.",
        seen_as: "A TLS alert; the evidence has its name.",
        what_to_do: "Ask whoever runs the server to look the alert up in its log at the time of the check.",
        remedies: &["ask the owner of {host} what its log says of the TLS alert"],
        source: "RFC 8446 §6",
        told_by: ToldBy::Hosts, is: &[],
    }
    TlsReset "tls-reset" Row {
        about: About::Way, acts: &[Actor::NetworkTeam, Actor::Owner],
        headline: "the TLS handshake is cut",
        means: "The connection is cut in the middle of the TLS handshake.",
        seen_as: "A reset or an early end after our hello; leaving out or changing the name or the size of it does \
                  not help.",
        what_to_do: "Ask the network team whether a firewall ends TLS connections to this host; ask whoever runs \
                     the server whether it does.",
        remedies: &["ask the network team whether a device on the way inspects or filters {flow}"],
        source: "RFC 8446 §6.1; RFC 9293 §3.5.3",
        told_by: ToldBy::Alone, is: &[Is::RestsOnAcceptance],
    }
    SniFiltered "sni-filtered" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "a filter on the way cuts TLS by the name that is asked for",
        means: "A filter on the way ends TLS connections by the server name that they ask for.",
        seen_as: "The handshake dies with this name, and the same address answers when another name or none is \
                  sent.",
        what_to_do: "Ask the network team to allow the name in the filter that looks at TLS server names.",
        remedies: &["ask the network team to let TLS that asks for {host} pass their filter"],
        source: "RFC 6066 §3; RFC 8744 §2",
        told_by: ToldBy::Filter, is: &[],
    }
    TlsStalled "tls-stalled" Row {
        about: About::Way, acts: &[Actor::NetworkTeam, Actor::Owner],
        headline: "the TLS handshake never ends",
        means: "The TLS handshake begins and never ends.",
        seen_as: "The connection stands, our hello was sent, and the rest did not come in time; smaller packets and \
                  other names do not help.",
        what_to_do: "Ask the network team whether a firewall holds TLS connections to this host; check on the host \
                     that the service works.",
        remedies: &["ask the network team whether a device on the way inspects or filters {flow}"],
        source: "RFC 8446 §2",
        told_by: ToldBy::Alone, is: &[Is::RestsOnAcceptance],
    }
    MtuBlackHole "mtu-black-hole" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "large packets are lost on the way",
        means: "Large packets vanish on the way, and the messages that should say so are dropped.",
        seen_as: "The handshake stalls, and works when segments are kept small.",
        what_to_do: "Ask the network team to let ICMP `fragmentation needed` and `packet too big` through, or to \
                     clamp the MSS on the tunnel. Lowering this machine's MTU helps until then.",
        remedies: &[
            "ask the network team to let ICMP `fragmentation needed` back, or to clamp the TCP MSS on the way to \
             {host}",
        ],
        source: "RFC 2923 §2.1; RFC 4821",
        told_by: ToldBy::Filter, is: &[],
    }
    LargeHello "large-hello" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "a device drops large TLS hellos",
        means: "A device on the way, or the server, drops TLS hellos that do not fit into one packet; products \
                with small ones do not notice yet.",
        seen_as: "The handshake dies with a hello of more than 1,400 bytes, also where it is sent in small packets, \
                  and works with a small one. Hellos with a post-quantum key share are large.",
        what_to_do: "Ask whoever runs the firewall, load balancer or server to install the version that reads a \
                     hello in several packets: browsers and new versions of Java and OpenSSL send such hellos.",
        remedies: &[
            "ask the network team which device before {host} reads a TLS hello from one packet only, and to update \
             it: newer clients send larger hellos",
        ],
        source: "tldr.fail; draft-ietf-tls-ecdhe-mlkem",
        told_by: ToldBy::Filter, is: &[],
    }
    ClockSkew "clock-skew" Row {
        about: About::Clock, acts: &[Actor::Admin],
        headline: "this machine's clock is wrong",
        means: "This machine's clock is wrong, so certificates look expired or not yet valid.",
        seen_as: "HTTP `Date` fields, time servers, or several certificates agree that it is another time.",
        what_to_do: "Set this machine's clock and let it be kept by a time service (`timedatectl` or `chronyc \
                     tracking` shows its state).",
        remedies: &["set this machine's clock right (timedatectl, chronyc tracking)"],
        source: "RFC 9110 §6.6.1; RFC 5905",
        told_by: ToldBy::Machine, is: &[],
    }
} } } }
