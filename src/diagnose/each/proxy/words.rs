//! What is said of a proxy, and of what it was asked for.

use crate::{
    cause::{Place, Places},
    diagnose::{Cause, Outcome, Stage, judgement::Judgement, places},
    fact::{Fact, Named, Sentence, with_port},
    net::Ports,
    plan::Check,
    site::Proxy,
};

pub(super) fn fail(cause: Cause, evidence: impl Into<Fact>, remedy: Sentence) -> Judgement {
    Judgement {
        remedy: Some(remedy),
        ..Judgement::of(Outcome::Fails(cause), Stage::Proxy, evidence)
    }
}

/// What the proxy is asked for: `github.com:22`.
pub(super) fn goal(check: &Check) -> Sentence {
    match check.ports() {
        Ports::One(port) => {
            let host = check.bound_host();
            host.map_or_else(|| check.whom().into(), |host| with_port(host, port))
        }
        Ports::None | Ports::Range(_) => check.whom().into(),
    }
}

/// The values of a check and of the proxy that it goes through.
pub(in crate::diagnose) fn places_with(check: &Check, proxy: &Proxy) -> Places {
    let Proxy { url, origin } = proxy;
    places::of(check)
        .with(Place::Proxy, url)
        .with(Place::Door, &with_port(&url.host, url.port))
        .with(Place::Origin, &Named::from(origin.as_str()))
        .with(Place::Goal, &goal(check))
}

pub(super) fn correct(places: &Places) -> Sentence {
    places.fill("correct host, port or scheme of the proxy {proxy} in {origin}")
}
