//! What goes wrong when a name is turned into addresses.

use super::Page;

pub(super) static NO_SUCH_NAME: Page = Page {
    means: "The name server that was asked says that the name does not exist.",
    seen_as: "An answer with RCODE 3 (NXDOMAIN), from a server that otherwise works.",
    remedy: "Check the spelling of the name. If it is right, ask whoever runs the name server to let it \
             resolve names of the Internet, or to forward the name's zone: an internal view may hide it.",
    source: "RFC 1035 §4.1.1; RFC 8020",
};

pub(super) static NO_ADDRESS: Page = Page {
    means: "The name exists, but has no address of the kind that is needed.",
    seen_as: "An answer without error and without any A or AAAA record, even after following aliases.",
    remedy: "Ask the owner of the name to publish an address. With `-4` or `-6`, try without: the name \
             may have addresses of the other family only.",
    source: "RFC 2308 §2.2",
};

pub(super) static SERVER_FAILURE: Page = Page {
    means: "The name server answers, but cannot find out: it failed itself, or the servers it asks do.",
    seen_as: "An answer with RCODE 2 (SERVFAIL), or another one that says the server failed.",
    remedy: "Ask whoever runs the name server to look at its forwarders and its way to the Internet. \
             If one name only is affected, its owner's servers are the likelier fault.",
    source: "RFC 1035 §4.1.1; RFC 8914",
};

pub(super) static BOGUS: Page = Page {
    means: "The name server finds an answer and throws it away because its signatures do not verify.",
    seen_as: "SERVFAIL, while the same question with checking disabled (the CD bit) is answered.",
    remedy: "Ask whoever runs the name server to check its clock and its trust anchors. If those are \
             right, the owner of the zone has to repair the signatures; do not switch validation off.",
    source: "RFC 4035 §3.2.2, §5.5",
};

pub(super) static REFUSED: Page = Page {
    means: "The name server answers, and will not serve this machine.",
    seen_as: "An answer with RCODE 5 (REFUSED).",
    remedy: "Ask whoever runs the name server to allow recursive queries from this machine's address, \
             or configure another server.",
    source: "RFC 1035 §4.1.1",
};

pub(super) static TIMEOUT: Page = Page {
    means: "No configured name server answers in time.",
    seen_as: "Questions were sent to each server, repeated, and nothing came back.",
    remedy: "Ask the network team to allow udp and tcp port 53 from this machine to its name servers, \
             and check that `/etc/resolv.conf` names servers that are alive.",
    source: "RFC 1035 §4.2.1; resolv.conf(5)",
};

pub(super) static UNREACHABLE: Page = Page {
    means: "No configured name server can be reached, and this machine or the network says so.",
    seen_as: "An error instead of an answer: no route, a refusal, or an ICMP unreachable message.",
    remedy: "Check this machine's route to its name servers (`ip route get ADDRESS`). If there is one, \
             ask the network team to allow udp and tcp port 53, and check that the server runs.",
    source: "udp(7); RFC 1812 §5.2.7.1",
};

pub(super) static NO_RESOLVER: Page = Page {
    means: "This machine is configured with no name server, so no name can be looked up.",
    seen_as: "No usable `nameserver` line in `/etc/resolv.conf`.",
    remedy: "Configure a name server on this machine, or name one for this run with `--resolver ADDRESS`.",
    source: "resolv.conf(5)",
};

pub(super) static SINKHOLED: Page = Page {
    means: "A public name resolves to an address that cannot be the service: a filter in the name \
            service answers in its place.",
    seen_as: "An address such as 0.0.0.0, ::, or one of this machine's loopback, or that of a block page.",
    remedy: "Ask whoever runs the name server or its filter to exempt the name.",
    source: "RFC 1122 §3.2.1.3; RFC 8914 §4.16 to §4.18",
};

pub(super) static HOSTS_FILE: Page = Page {
    means: "This machine's hosts file gives the address of a public name, and the name service is not asked.",
    seen_as: "The name stands in `/etc/hosts`.",
    remedy: "Remove the line from `/etc/hosts`, unless it is meant: it stays as it is when the vendor \
             moves the service.",
    source: "hosts(5); nsswitch.conf(5)",
};
