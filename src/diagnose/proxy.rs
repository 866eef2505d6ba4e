//! What a proxy did instead of relaying, and what the other way shows.

use time::OffsetDateTime;

use super::{
    Cause, Certainty, Finding, Stage, Verdict, connect,
    judge::{self, Judgement, host_of},
    names, remedy, reply, tls,
};
use crate::{
    catalog::{Expect, Via},
    net::{Ports, Protocol, ProxyScheme},
    observation::{ConnectError, Observation, ProxyFault, Reached},
    plan::{Check, Plan},
    protocol::{Details, End, HttpHead, Looks, Reply, Speaker, tunnel::Refusal},
    site::{Proxy, Route, SHOUTED},
};

/// Why a proxy relays nothing, judged.
pub(super) fn judge(
    check: &Check,
    proxy: &Proxy,
    fault: &ProxyFault,
    now: OffsetDateTime,
) -> Judgement {
    let judgement = match fault {
        ProxyFault::Unresolved(error, lookup) => {
            let host = proxy.url.host.to_string();
            let (cause, why) = names::told(&host, error, lookup);
            unreachable(proxy, &format!("{cause}: {why}"))
        }
        // The proxy's own reset, which came before we had asked anything.
        ProxyFault::NotConnected(_, ConnectError::Reset) => {
            let speaker = Speaker::Ended {
                end: End::Reset,
                spoke: false,
                asked: true,
            };
            no_proxy(check, proxy, &Reply::from(speaker))
        }
        ProxyFault::NotConnected(address, error) => {
            let (cause, why) = connect::told(*address, error);
            unreachable(proxy, &format!("{address}: {cause}: {why}"))
        }
        ProxyFault::Tls(seen) => {
            let judged = tls::judge(check, seen, now);
            let cause = judged.cause.map_or("TLS fails", Cause::code);
            let remedy = format!(
                "ask the proxy team to mend the certificate of {}, or trust its CA here (--ca-file \
                 FILE) and in the product",
                proxy.url
            );
            Judgement {
                remedy: Some(remedy),
                ..unreachable(proxy, cause).and(judged.evidence)
            }
        }
        ProxyFault::Refused { refusal, is_known } => {
            judge_refusal(check, proxy, (refusal, *is_known))
        }
        ProxyFault::NoProxy(reply) => no_proxy(check, proxy, reply),
    };
    settle(check, proxy, judgement)
}

/// What a proxy that was given the request whole answers in its own name.
pub(super) fn own_answer(
    check: &Check,
    proxy: &Proxy,
    observation: &Observation,
) -> Option<Judgement> {
    let seen = match observation {
        Observation::Relayed(seen) => seen,
        Observation::Tried { addresses, .. } => addresses.first()?.ports.first()?,
        Observation::Interrupted | Observation::Unresolved(..) => return None,
    };
    let Reached::Replied { reply, .. } = &seen.reached else {
        return None;
    };
    if check.protocol != Protocol::Http || proxy.url.scheme.is_socks() {
        return None;
    }
    let judgement = match (&reply.details, &reply.speaker) {
        (Details::Http(head), _) if is_its_own(head) => {
            let is_known = proxy.url.credentials.is_some();
            let refusal = Refusal::Http(head.clone());
            judge_refusal(check, proxy, (&refusal, is_known))
        }
        (_, Speaker::Other(_) | Speaker::Ended { .. }) => no_proxy(check, proxy, reply),
        _ => return None,
    };
    Some(settle(check, proxy, judgement))
}

/// Whether the proxy itself answers, not the server behind it.
fn is_its_own(head: &HttpHead) -> bool {
    const PRODUCTS: [&str; 2] = ["tinyproxy", "mitmproxy"];
    let named = fields(head, "server").any(|server| {
        let server = server.to_ascii_lowercase();
        PRODUCTS.iter().any(|product| server.starts_with(product))
    });
    head.status == 407
        || head.status >= 300 && (named || fields(head, "x-squid-error").any(|_| true))
        || matches!(head.status, 502 | 504)
}

/// The judgement at its stage, for what must be seen.
fn settle(check: &Check, proxy: &Proxy, judgement: Judgement) -> Judgement {
    let judgement = Judgement {
        stage: Stage::Proxy,
        who: Some(proxy.url.to_string()),
        ..judgement
    };
    match (check.expect, judgement.cause) {
        (Expect::Service | Expect::Path, _) => judgement,
        (Expect::Blocked, Some(Cause::ProxyDenied)) => Judgement {
            verdict: Verdict::Pass,
            cause: None,
            remedy: None,
            ..judgement
        },
        (Expect::Blocked, _) => Judgement {
            verdict: Verdict::Inconclusive,
            ..judgement
        },
    }
}

fn fail(cause: Cause, evidence: String, remedy: String) -> Judgement {
    Judgement {
        remedy: Some(remedy),
        ..Judgement::of(Verdict::Fail, cause, Stage::Proxy, evidence)
    }
}

fn unreachable(proxy: &Proxy, why: &str) -> Judgement {
    let Proxy { url, origin } = proxy;
    fail(
        Cause::ProxyUnreachable,
        format!("the proxy {url} cannot be used: {why}"),
        format!(
            "correct the proxy {url} in {origin}, or ask the proxy team to make {} reachable from \
             this machine",
            url.host.with_port(url.port)
        ),
    )
}

/// What the proxy is asked for: `github.com:22`.
fn goal(check: &Check) -> String {
    match check.ports() {
        Ports::One(port) => {
            let host = check.bound_host();
            host.map_or_else(|| host_of(check), |host| host.with_port(port))
        }
        Ports::None | Ports::Range(_) => host_of(check),
    }
}

fn judge_refusal(check: &Check, proxy: &Proxy, (refusal, is_known): (&Refusal, bool)) -> Judgement {
    match refusal {
        Refusal::Http(head) if head.status == 407 => demands_login(proxy, head, is_known),
        Refusal::Http(head) => match head.status {
            400 | 404 | 405 | 501 if !is_a_proxys(head) => web_server(proxy, head),
            500..=599 => bad_gateway(check, proxy, &status(head)).and(words(head)),
            _ => denied(check, proxy, &status(head)).and(words(head)),
        },
        Refusal::Socks(code) => match code {
            2 => denied(check, proxy, "SOCKS reply 2, not allowed by its rules"),
            7 | 8 => denied(check, proxy, &socks(*code)),
            _ => bad_gateway(check, proxy, &socks(*code)),
        },
        Refusal::SocksMethod if is_known => fail(
            Cause::ProxyAuthRequired,
            "the proxy takes no login by user and password".to_owned(),
            format!(
                "ask the proxy team how {} is to be logged in to, or to let this machine through \
                 without",
                proxy.url
            ),
        ),
        Refusal::SocksMethod => fail(
            Cause::ProxyAuthRequired,
            "the proxy demands a login, and was given none".to_owned(),
            give_login(proxy),
        ),
        Refusal::SocksPassword => fail(
            Cause::ProxyAuthRequired,
            "the proxy does not take this user and password".to_owned(),
            correct_login(proxy),
        ),
    }
}

/// Source: RFC 9110 §11.7.1, §15.5.8.
fn demands_login(proxy: &Proxy, head: &HttpHead, is_known: bool) -> Judgement {
    let offered: Vec<&str> = fields(head, "proxy-authenticate").collect();
    let is_basic = |scheme: &&str| {
        let scheme = scheme.split([' ', ',']).next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("basic")
    };
    let (evidence, remedy) = if !offered.is_empty() && !offered.iter().any(is_basic) {
        (
            "the proxy demands a login of a kind that portcheck does not speak",
            format!(
                "ask the proxy team to let this machine through {} without a login, or to offer \
                 Basic",
                proxy.url
            ),
        )
    } else if is_known {
        (
            "the proxy does not take this user and password",
            correct_login(proxy),
        )
    } else {
        (
            "the proxy demands a login, and was given none",
            give_login(proxy),
        )
    };
    let offers = offered
        .iter()
        .map(|offered| format!("proxy-authenticate: {offered}"));
    let evidence = format!("{evidence} ({})", status(head));
    fail(Cause::ProxyAuthRequired, evidence, remedy)
        .and(offers)
        .and(words(head))
}

fn give_login(proxy: &Proxy) -> String {
    format!(
        "give portcheck, and the product, the user and password for {}: --proxy-auth-file FILE with \
         USER:PASSWORD, or ask the proxy team to exempt this machine",
        proxy.url
    )
}

fn correct_login(proxy: &Proxy) -> String {
    format!(
        "correct the user and password for {} in {}",
        proxy.url, proxy.origin
    )
}

fn denied(check: &Check, proxy: &Proxy, how: &str) -> Judgement {
    let goal = goal(check);
    fail(
        Cause::ProxyDenied,
        format!("the proxy does not allow {goal} ({how})"),
        allow(check, proxy),
    )
}

/// The exact change to ask for. A proxy that is asked by HTTP mostly lets 443 through and no other
/// port: that port is what is to be changed.
fn allow(check: &Check, proxy: &Proxy) -> String {
    let (url, goal) = (&proxy.url, goal(check));
    match check.ports() {
        Ports::One(port) if url.scheme.is_socks() => {
            format!("ask the proxy team to allow {goal} (port {port}) on {url}")
        }
        Ports::One(port) if port.get() != 443 => format!(
            "ask the proxy team to allow CONNECT to {goal} on {url} (port {port}; squid: \
             acl SSL_ports port {port}, acl Safe_ports port {port}), or the network team to let \
             tcp to {goal} out directly"
        ),
        Ports::One(_) | Ports::None | Ports::Range(_) => {
            format!("ask the proxy team to allow {goal} on {url}")
        }
    }
}

fn bad_gateway(check: &Check, proxy: &Proxy, how: &str) -> Judgement {
    let goal = goal(check);
    fail(
        Cause::ProxyBadGateway,
        format!("the proxy itself does not reach {goal} ({how})"),
        format!(
            "ask the proxy team why {} does not resolve or reach {goal} from where it stands",
            proxy.url
        ),
    )
}

fn web_server(proxy: &Proxy, head: &HttpHead) -> Judgement {
    let evidence = format!(
        "what answers at {} is a web server, and relays nothing ({})",
        proxy.url,
        status(head)
    );
    fail(Cause::WrongProtocol, evidence, correct(proxy))
        .and(words(head))
        .inferred()
}

fn no_proxy(check: &Check, proxy: &Proxy, reply: &Reply) -> Judgement {
    let url = &proxy.url;
    let (cause, evidence, remedy) = match &reply.speaker {
        Speaker::Other(Looks::Tls) => (
            Cause::WrongProtocol,
            format!("{url} speaks TLS, and was asked in plain text"),
            format!("write https:// in place of {}://", url.scheme.word()),
        ),
        Speaker::Other(Looks::Known(protocol)) => (
            Cause::WrongProtocol,
            format!("what answers at {url} is {protocol}"),
            correct(proxy),
        ),
        Speaker::Ended { end, spoke, .. } => {
            let goal = goal(check);
            let (cause, what) = ended(*end, *spoke);
            let evidence = format!("the proxy was asked for {goal} and {what}");
            let ask = match end {
                End::TooLong => correct(proxy),
                End::Silence | End::Closed | End::Reset => format!(
                    "ask the proxy team what became of the request for {goal} on {url}, and why it \
                     is not answered"
                ),
            };
            (cause, evidence, ask)
        }
        Speaker::Other(Looks::Unknown) | Speaker::Service | Speaker::Unwilling(_) => (
            Cause::WrongProtocol,
            format!("what answers at {url} is no {} proxy", kind(url.scheme)),
            correct(proxy),
        ),
    };
    fail(cause, evidence, remedy).and(reply::facts(reply))
}

const fn ended(end: End, spoke: bool) -> (Cause, &'static str) {
    match (end, spoke) {
        (End::Silence, false) => (Cause::NoAnswer, "never answered"),
        (End::Silence, true) => (Cause::SlowAnswer, "did not finish its answer in time"),
        (End::Closed, false) => (Cause::ClosedAtOnce, "hung up without a word"),
        (End::Reset, false) => (Cause::ResetAtOnce, "reset the connection without a word"),
        (End::Closed | End::Reset, true) => {
            (Cause::WrongProtocol, "hung up in the middle of its answer")
        }
        (End::TooLong, _) => (Cause::WrongProtocol, "sent too much without an end"),
    }
}

fn correct(proxy: &Proxy) -> String {
    format!(
        "correct host, port or scheme of the proxy {} in {}",
        proxy.url, proxy.origin
    )
}

const fn kind(scheme: ProxyScheme) -> &'static str {
    if scheme.is_socks() { "SOCKS 5" } else { "HTTP" }
}

/// Source: RFC 1928 §6.
fn socks(code: u8) -> String {
    let words = match code {
        1 => "general failure",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "time to live expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "a reply of no meaning",
    };
    format!("SOCKS reply {code}, {words}")
}

/// Whether the answer says that a proxy gave it.
fn is_a_proxys(head: &HttpHead) -> bool {
    [
        "via",
        "x-squid-error",
        "x-cache",
        "proxy-agent",
        "proxy-connection",
    ]
    .into_iter()
    .any(|name| fields(head, name).next().is_some())
}

/// What the proxy says of itself.
fn words(head: &HttpHead) -> Option<String> {
    let said: Vec<String> = ["server", "via", "x-squid-error", "location"]
        .into_iter()
        .filter_map(|name| Some(format!("{name}: {}", fields(head, name).next()?)))
        .collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn fields<'a>(head: &'a HttpHead, name: &'a str) -> impl Iterator<Item = &'a str> {
    let found = head.fields.iter().filter(move |(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}

fn status(head: &HttpHead) -> String {
    format!("HTTP {} {}", head.status, head.reason)
        .trim_end()
        .to_owned()
}

/// What the other way shows, `seen`, of a check that failed by its own.
pub(super) fn compare(
    plan: &Plan,
    finding: &mut Finding,
    (route, seen): (&Route, &Observation),
    now: OffsetDateTime,
) {
    let check = &plan.checks[finding.check];
    if !matches!(finding.verdict, Verdict::Fail | Verdict::Warn) {
        return;
    }
    if let (Some(proxy), Stage::Resolve) = (plan.route(check).proxy(), finding.stage) {
        let host = host_of(check);
        finding.remedy = Some(format!(
            "let the proxy resolve {host}: write socks5h:// in place of socks5:// for {}",
            proxy.url
        ));
    }
    let (other, _) = judge::judge(check, route, seen, now);
    let works = matches!(other.verdict, Verdict::Pass | Verdict::Warn);
    match (route, works) {
        (Route::Through(proxy), true) if proxy.origin == SHOUTED => {
            finding.verdict = Verdict::Pass;
            finding.certainty = Certainty::Inferred;
            finding.remedy = None;
            let why = finding.cause.take().map_or("it fails", Cause::code);
            finding.evidence = vec![
                format!("through {proxy} it works, directly it does not: {why}"),
                format!("curl and others do not read {SHOUTED}: write http_proxy"),
            ];
        }
        (_, true) if goes_either_way(plan, check) => {
            finding.verdict = Verdict::Warn;
            let way = match route {
                Route::Direct => "directly".to_owned(),
                Route::Through(proxy) => format!("through {proxy}"),
            };
            let evidence = format!("{way} it works, and the product goes either way");
            finding.evidence.push(evidence);
        }
        (Route::Through(proxy), true) if is_blocked(finding) => {
            require(check, finding, proxy);
        }
        (Route::Through(proxy), true) => {
            finding.evidence.push(format!("through {proxy} it works"));
        }
        (Route::Direct, true) => {
            finding.evidence.push("directly it works".to_owned());
            if let (Some(proxy), Some(Cause::TlsNameMismatch)) =
                (plan.route(check).proxy(), finding.cause)
            {
                finding.remedy = Some(format!(
                    "ask the proxy team why {} relays {} to another host",
                    proxy.url,
                    goal(check)
                ));
            }
            if let (Some(remedy), Stage::Proxy) = (&mut finding.remedy, finding.stage) {
                remedy.push_str("; or let it out directly, where it works: NO_PROXY=");
                remedy.push_str(&host_of(check));
            }
        }
        (route, false) => {
            let why = other
                .evidence
                .first()
                .map_or("it fails too", String::as_str);
            let way = match route {
                Route::Direct => "directly".to_owned(),
                Route::Through(proxy) => format!("through {proxy}"),
            };
            finding.evidence.push(format!("{way} it fails too: {why}"));
        }
    }
}

/// Whether the catalog says that either way is good.
fn goes_either_way(plan: &Plan, check: &Check) -> bool {
    let probe = plan.probe(check);
    probe.is_some_and(|probe| probe.options.via == Some(Via::Either))
}

/// Whether the direct way is closed, as far as was seen.
fn is_blocked(finding: &Finding) -> bool {
    finding.verdict == Verdict::Fail
        && matches!(
            finding.cause.map(Cause::area),
            Some(
                super::cause::Area::Resolve
                    | super::cause::Area::Local
                    | super::cause::Area::Connect
                    | super::cause::Area::FirstByte
            )
        )
}

fn require(check: &Check, finding: &mut Finding, proxy: &Proxy) {
    if let Some(cause) = finding.cause {
        let evidence = format!("through {proxy} it works, directly it does not: {cause}");
        finding.evidence.insert(0, evidence);
    }
    finding.cause = Some(Cause::ProxyRequired);
    finding.certainty = Certainty::Proven;
    finding.beneath = None;
    let own = match check.catalog.as_deref() {
        Some("looker") => " (Looker's JVM takes its own: -Dhttps.proxyHost and -Dhttps.proxyPort)",
        Some(_) => " (its processes do not read this shell's environment)",
        None => "",
    };
    finding.remedy = Some(format!(
        "configure the proxy {} in the product{own}, or ask the network team to allow {} directly",
        proxy.url,
        remedy::flow(check)
    ));
}
