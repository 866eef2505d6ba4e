//! The other way, one that a proxy has or none, for what failed by its own; and what it shows.

use time::OffsetDateTime;

use crate::{
    catalog::{Expect, Via},
    diagnose::{
        Cause, Certainty, Controls, Finding, Outcome, Stage,
        cause::{About, Area},
        each,
        judgement::host_of,
    },
    fact::{Fact, Part, ProxyFact, Said as _, Sentence},
    net::ProxyScheme,
    observation::{Observation, Reached, Trust},
    plan::{Check, CheckStep, Plan, Probe, ProbeOptions},
    protocol::{Reply, Speaker},
    site::{Proxy, Route, SHOUTED},
};

/// The other way, for what failed by its own: one that a proxy has, or none.
pub(super) fn probes<'a>(
    plan: &'a Plan,
    seen: &'a [Observation],
) -> impl Iterator<Item = Probe> + 'a {
    let failed = plan
        .probes
        .iter()
        .zip(seen)
        .filter(|(_, seen)| has_failed(seen));
    failed.filter_map(|(probe, _)| {
        let route = probe.options.detour.clone()?;
        Some(Probe {
            options: ProbeOptions {
                route,
                detour: None,
                ..probe.options.clone()
            },
            ..probe.clone()
        })
    })
}

/// Whether the way may be why there was no answer, or not the right one.
fn has_failed(seen: &Observation) -> bool {
    match seen {
        Observation::Interrupted => false,
        Observation::Unresolved(..) => true,
        Observation::Tried { addresses, .. } => {
            let mut ports = addresses.iter().flat_map(|address| &address.ports);
            ports.any(|port| has_not_arrived(&port.reached))
        }
        Observation::Relayed(seen) => has_not_arrived(&seen.reached),
    }
}

fn has_not_arrived(reached: &Reached) -> bool {
    match reached {
        Reached::NotConnected(_) | Reached::NotRelayed { .. } => true,
        Reached::Connected | Reached::Silence => false,
        Reached::Tls { tls, reply } => {
            tls.outcome.is_err()
                || tls.machine != Trust::Trusted
                || tls.name_mismatch.is_some()
                || reply.as_ref().is_some_and(|reply| !is_the_service(reply))
        }
        Reached::Replied { reply, .. } => !is_the_service(reply),
    }
}

fn is_the_service(reply: &Reply) -> bool {
    matches!(reply.speaker, Speaker::Service)
}

/// Applies what the other ways showed.
pub(super) fn apply(
    plan: &Plan,
    controls: &Controls,
    findings: &mut [Finding],
    now: OffsetDateTime,
) {
    for finding in findings {
        if let Some(tried) = detour(plan, controls, finding) {
            compare(plan, finding, &tried, now);
        }
    }
}

/// The other way, and what was seen by it.
struct Detour<'a> {
    route: &'a Route,
    seen: &'a Observation,
}

/// What was seen of a finding's probe by the other way.
fn detour<'a>(plan: &'a Plan, controls: &'a Controls, finding: &Finding) -> Option<Detour<'a>> {
    let CheckStep::Probe(id) = &plan.checks[finding.check].step else {
        return None;
    };
    let own = plan.probes.get(id.0)?;
    let other = own.options.detour.as_ref()?;
    let mut seen = controls.plan.probes.iter().zip(&controls.seen);
    let (_, seen) = seen.find(|(probe, _)| {
        probe.options.route == *other
            && probe.host == own.host
            && probe.ports == own.ports
            && probe.protocol == own.protocol
    })?;
    Some(Detour { route: other, seen })
}

/// What the other way shows, `seen`, of a check that failed by its own.
fn compare(plan: &Plan, finding: &mut Finding, tried: &Detour<'_>, now: OffsetDateTime) {
    let Detour { route, seen } = *tried;
    let check = &plan.checks[finding.check];
    match finding.outcome {
        Outcome::Fails(_) | Outcome::WorksBut(_) => {}
        Outcome::Works | Outcome::Unknown(_) | Outcome::NotTried(_) => return,
    }
    if let (Some(proxy), Stage::Resolve) = (plan.route(check).proxy(), finding.stage) {
        finding.remedy = Some(resolve_there(check, proxy));
    }
    let (other, _) = each::judge(check, route, seen, now);
    // What is odd both ways is not the way's.
    if other.outcome == finding.outcome {
        return;
    }
    if other.outcome.works() {
        works(plan, finding, route);
    } else {
        let why = other.evidence.first();
        let evidence = ProxyFact::OtherWayFails {
            way: way(route),
            why: why.map(Fact::sentence).unwrap_or_default(),
        };
        finding.evidence.push(evidence.into());
    }
}

/// The other way works.
fn works(plan: &Plan, finding: &mut Finding, route: &Route) {
    let check = &plan.checks[finding.check];
    match route {
        Route::Through(proxy) if proxy.origin == SHOUTED => shout(finding, proxy),
        Route::Through(_) | Route::Direct if goes_either_way(plan, check) => {
            if let Outcome::Fails(cause) = finding.outcome {
                finding.outcome = Outcome::WorksBut(cause);
            }
            let evidence = ProxyFact::EitherWay { way: way(route) };
            finding.evidence.push(evidence.into());
        }
        Route::Through(proxy) if is_blocked(finding) => require(check, finding, proxy),
        Route::Through(_) => finding
            .evidence
            .push(ProxyFact::OtherWayWorks { way: way(route) }.into()),
        Route::Direct => {
            if let Some(proxy) = plan.route(check).proxy() {
                accuse(check, finding, proxy);
            }
            if !works_only_directly(finding) {
                finding.evidence.push(ProxyFact::DirectlyWorks.into());
            }
        }
    }
}

fn way(route: &Route) -> Sentence {
    match route {
        Route::Direct => "directly".into(),
        Route::Through(proxy) => Sentence::from("through ").then(proxy.said()),
    }
}

fn resolve_there(check: &Check, proxy: &Proxy) -> Sentence {
    each::places_with(check, proxy).fill(match proxy.url.scheme {
        ProxyScheme::Socks4 | ProxyScheme::Socks4a => {
            "let the proxy resolve {host}: write socks4a:// in place of socks4:// for {proxy}"
        }
        ProxyScheme::Http | ProxyScheme::Https | ProxyScheme::Socks5 | ProxyScheme::Socks5h => {
            "let the proxy resolve {host}: write socks5h:// in place of socks5:// for {proxy}"
        }
    })
}

/// Who reads the variable gets through, and who does not does not: see [`SHOUTED`].
fn shout(finding: &mut Finding, proxy: &Proxy) {
    finding.certainty = Certainty::Inferred;
    finding.remedy = None;
    let why = finding.outcome.cause().map_or("it fails", Cause::code);
    finding.outcome = Outcome::Works;
    finding.evidence = vec![
        only_through(proxy, why).into(),
        ProxyFact::ShoutedUnread {
            variable: SHOUTED.into(),
            other: SHOUTED.to_ascii_lowercase().into(),
        }
        .into(),
    ];
}

fn only_through(proxy: &Proxy, cause: &'static str) -> ProxyFact {
    ProxyFact::OnlyThrough {
        proxy: proxy.said(),
        cause,
    }
}

/// What the proxy has to do with it, as without it all is well.
fn accuse(check: &Check, finding: &mut Finding, proxy: &Proxy) {
    let ask = match finding.stage {
        Stage::Proxy => finding.remedy.take(),
        Stage::Connect | Stage::Tls | Stage::Service => inside(check, finding, proxy),
        Stage::Plan | Stage::Resolve => return,
    };
    if let Some(ask) = ask {
        let either = "; or let it out directly, where it works: NO_PROXY=";
        finding.remedy = Some(ask.then(either).then(Part::host(host_of(check))));
    }
}

/// Who is to be asked about what goes wrong behind the proxy's consent: neither the owner nor the
/// network, to whom the direct way bears witness.
fn inside(check: &Check, finding: &mut Finding, proxy: &Proxy) -> Option<Sentence> {
    let cause = finding.outcome.cause()?;
    if check.expect == Expect::Blocked || cause.area() == Area::Local {
        return finding.remedy.take();
    }
    let places = each::places_with(check, proxy);
    // An inspection has said who inspects: that stays the first that is told.
    if cause == Cause::TlsIntercepted {
        let ask = finding.remedy.take()?;
        return Some(ask.then(places.fill(" (the proxy is {proxy})")));
    }
    finding.evidence.insert(0, only_directly(proxy).into());
    let ask = if cause == Cause::TlsNameMismatch {
        "ask the proxy team why {proxy} relays {goal} to another host"
    } else if cause.row().about == About::Certificate {
        "ask the proxy team why {proxy} shows another certificate for {goal} than the host does"
    } else {
        "ask the proxy team what {proxy}, or what is behind it, does to {goal}, and to let it pass \
         untouched"
    };
    Some(places.fill(ask))
}

fn only_directly(proxy: &Proxy) -> ProxyFact {
    ProxyFact::OnlyDirectly {
        proxy: proxy.said(),
    }
}

/// Whether it fails behind the proxy's consent, and works without the proxy.
pub(super) fn works_only_directly(finding: &Finding) -> bool {
    let mut evidence = finding.evidence.iter();
    evidence.any(|fact| matches!(fact, Fact::Proxy(ProxyFact::OnlyDirectly { .. })))
}

/// Whether the catalog says that either way is good.
fn goes_either_way(plan: &Plan, check: &Check) -> bool {
    let probe = plan.probe(check);
    probe.is_some_and(|probe| probe.options.via == Some(Via::Either))
}

/// Whether the direct way is closed, as far as was seen.
fn is_blocked(finding: &Finding) -> bool {
    let Outcome::Fails(cause) = finding.outcome else {
        return false;
    };
    matches!(
        cause.area(),
        Area::Resolve | Area::Local | Area::Connect | Area::FirstByte
    )
}

fn require(check: &Check, finding: &mut Finding, proxy: &Proxy) {
    if let Some(cause) = finding.outcome.cause() {
        let evidence = only_through(proxy, cause.code());
        finding.evidence.insert(0, evidence.into());
    }
    finding.outcome = Outcome::Fails(Cause::ProxyRequired);
    finding.certainty = Certainty::Proven;
    finding.beneath = None;
    let places = each::places_with(check, proxy);
    finding.remedy = Some(Cause::ProxyRequired.remedy(&places));
}
