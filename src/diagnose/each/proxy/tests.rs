use std::{net::IpAddr, sync::Arc};

use time::macros::datetime;

use super::*;
use crate::{
    diagnose,
    net::{Host, Port},
    observation::{Lookup, ResolveError},
    plan::{self, UriCheck},
};

fn told(scheme: &str, fault: &ProxyFault) -> (String, String) {
    let proxy = Arc::new(Proxy {
        url: format!("{scheme}://user:hunter2@proxy.example:3128")
            .parse()
            .unwrap(),
        origin: "--proxy".to_owned(),
    });
    let endpoint: UriCheck = "ssh://github.com".parse().unwrap();
    let catalogs = crate::catalog::Catalogs::default();
    let plan = plan::ad_hoc(&catalogs, &[endpoint], None);
    let now = datetime!(2026-11-20 10:00 UTC);
    let judgement = judge(&plan.checks[0], &proxy, fault, now);
    let shown = format!("{judgement:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(judgement.stage, Stage::Proxy);
    let cause = judgement.outcome.cause().map_or("-", Cause::code);
    (
        format!(
            "{} {cause}: {}",
            diagnose::Verdict::of(judgement.outcome, diagnose::Weight::Gates).word(),
            judgement.evidence[0]
        ),
        judgement.remedy.unwrap().to_string(),
    )
}

fn http(status: u16, reason: &str, fields: &[(&str, &str)]) -> ProxyFault {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ProxyFault::Refused {
        refusal: Refusal::Http(HttpHead {
            status,
            reason: reason.to_owned(),
            fields: fields.collect(),
            sets_cookie: false,
            body: String::new(),
        }),
        is_known: false,
    }
}

fn socks(refusal: Refusal) -> ProxyFault {
    ProxyFault::Refused {
        refusal,
        is_known: true,
    }
}

fn ended(end: End, spoke: bool) -> ProxyFault {
    ProxyFault::NoProxy(Reply::from(Speaker::Ended {
        end,
        spoke,
        asked: true,
    }))
}

#[test]
fn every_fault_of_a_proxy_has_its_cause() {
    let address: IpAddr = "10.0.0.9".parse().unwrap();
    let looks = |looks| ProxyFault::NoProxy(Reply::from(Speaker::Other(looks)));
    let squid = [("x-squid-error", "ERR_ACCESS_DENIED 0")];
    for (scheme, fault, expected) in [
        (
            "http",
            ProxyFault::Unresolved(ResolveError::NoSuchName, Lookup::default()),
            "fail proxy-unreachable: the proxy http://proxy.example:3128 cannot be used: \
             dns-no-such-name: the resolver says that proxy.example does not exist (NXDOMAIN)",
        ),
        (
            "http",
            ProxyFault::NotConnected(address, ConnectError::Refused(None)),
            "fail proxy-unreachable: the proxy http://proxy.example:3128 cannot be used: \
             10.0.0.9: tcp-refused: connection refused",
        ),
        (
            "http",
            http(403, "Forbidden", &squid),
            "fail proxy-denied: the proxy does not allow github.com:22 (HTTP 403 Forbidden)",
        ),
        (
            "http",
            http(405, "Not Allowed", &[("server", "nginx")]),
            "fail wrong-protocol: what answers at http://proxy.example:3128 is a web server, and \
             relays nothing (HTTP 405 Not Allowed)",
        ),
        (
            "http",
            http(500, "Unable to connect", &[]),
            "fail proxy-bad-gateway: the proxy itself does not reach github.com:22 (HTTP 500 Unable \
             to connect)",
        ),
        (
            "socks5h",
            socks(Refusal::Socks(2)),
            "fail proxy-denied: the proxy does not allow github.com:22 (SOCKS reply 2, not allowed \
             by its rules)",
        ),
        (
            "socks5h",
            socks(Refusal::Socks(4)),
            "fail proxy-bad-gateway: the proxy itself does not reach github.com:22 (SOCKS reply 4, \
             host unreachable)",
        ),
        (
            "socks5",
            socks(Refusal::SocksPassword),
            "fail proxy-auth-required: the proxy does not take this user and password",
        ),
        (
            "http",
            ended(End::Silence, false),
            "fail no-answer: the proxy was asked for github.com:22 and never answered",
        ),
        (
            "http",
            ended(End::TooLong, true),
            "fail wrong-protocol: the proxy was asked for github.com:22 and sent too much without \
             an end",
        ),
        (
            "http",
            looks(Looks::Tls),
            "fail wrong-protocol: http://proxy.example:3128 speaks TLS, and was asked in plain text",
        ),
        (
            "socks5",
            looks(Looks::Known(Protocol::Http)),
            "fail wrong-protocol: what answers at socks5://proxy.example:3128 is http",
        ),
    ] {
        assert_eq!(told(scheme, &fault).0, expected);
    }
}

#[test]
fn a_login_that_is_wanted_is_named_and_socks_4_says_little() {
    let basic = [("proxy-authenticate", "Basic realm=\"x\"")];
    let sso = [
        ("proxy-authenticate", "Negotiate"),
        (
            "proxy-authenticate",
            "NTLM, Digest realm=\"Basic, x\", nonce=\"1\"",
        ),
    ];
    for (scheme, fault, expected) in [
        (
            "http",
            http(407, "Who", &basic),
            "fail proxy-auth-required: the proxy demands a login by Basic, and was given none (HTTP \
             407 Who)",
        ),
        (
            "http",
            http(407, "", &sso),
            "fail proxy-auth-required: the proxy demands a login by Negotiate, NTLM or Digest, which \
             portcheck does not speak (HTTP 407)",
        ),
        (
            "socks4a",
            socks(Refusal::Socks4(91)),
            "fail proxy-denied: the proxy does not allow github.com:22 (SOCKS 4 reply 91, rejected \
             or failed)",
        ),
        (
            "socks4",
            socks(Refusal::NoRoom),
            "fail proxy-bad-gateway: SOCKS 4 has no room for an IPv6 address, so the proxy was not \
             asked",
        ),
    ] {
        assert_eq!(told(scheme, &fault).0, expected);
    }
    assert_eq!(
        told("http", &http(407, "", &sso)).1,
        "look whether the product's own proxy settings can log in so: most take no more than a user \
         and a password, which is Basic; if they cannot, ask the proxy team to let this machine \
         through http://proxy.example:3128 without a login or to offer Basic, or let the product go \
         by a relay on this machine that logs in for it (px, cntlm)"
    );
}

#[test]
fn the_change_to_ask_for_names_host_port_and_proxy() {
    assert_eq!(
        told("http", &http(403, "", &[("via", "1.1 squid")])).1,
        "ask the proxy team to allow CONNECT to github.com:22 on http://proxy.example:3128 (port \
         22; squid: acl SSL_ports port 22, acl Safe_ports port 22), or the network team to let tcp \
         to github.com:22 out directly"
    );
    assert_eq!(
        told("socks5", &socks(Refusal::Socks(2))).1,
        "ask the proxy team to allow github.com:22 (port 22) on socks5://proxy.example:3128"
    );
    let host: Host = "github.com".parse().unwrap();
    assert_eq!(host.with_port(Port::new(22).unwrap()), "github.com:22");
}
