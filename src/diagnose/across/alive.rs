//! Nobody is asked whether a host is up that was heard.

use std::collections::BTreeSet;

use crate::{
    cause::{Cause, Is, Place, Places},
    diagnose::{Finding, places},
    fact::{Origin, Part, Sentence},
    net::Host,
    plan::Plan,
};

/// Of hosts of which something was heard the remedies say so, in place of asking whether they are up.
pub(in crate::diagnose) fn alive(plan: &Plan, heard: &BTreeSet<&Host>, findings: &mut [Finding]) {
    for finding in findings {
        let check = &plan.checks[finding.check];
        let (Some(cause), Some(host)) = (finding.outcome.cause(), check.bound_host()) else {
            continue;
        };
        if cause.is(Is::HostUnheard) && heard.contains(host) {
            let places = places::of(check);
            let alive = "the host answers on other ports".into();
            finding.remedy = finding
                .remedy
                .take()
                .map(|old| told(cause, &places, &alive, old));
        }
    }
}

/// The remedy of a host that is up, unless the old one is not of the cause alone: it knows more.
fn told(cause: Cause, places: &Places, alive: &Sentence, old: Sentence) -> Sentence {
    let is_somebody = |part: &&Part| matches!(part.origin, Origin::Host | Origin::Address);
    let somebody = old.0.iter().filter(is_somebody).cloned();
    let known = somebody.map(|who| places.clone().with(Place::Who, &who));
    let same = [places.clone()]
        .into_iter()
        .chain(known)
        .find(|places| cause.remedy(places) == old);
    same.map_or(old, |places| {
        cause.remedy(&places.with(Place::Alive, alive))
    })
}
