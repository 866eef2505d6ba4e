//! What is said of a proxy, and of what it was asked for.

use crate::{
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Fact, Sentence, with_port},
    net::Ports,
    plan::Check,
    site::Proxy,
};

pub(super) fn fail(cause: Cause, evidence: impl Into<Fact>, remedy: String) -> Judgement {
    Judgement {
        remedy: Some(remedy),
        ..Judgement::of(Outcome::Fails(cause), Stage::Proxy, evidence)
    }
}

/// What the proxy is asked for: `github.com:22`.
pub(in crate::diagnose) fn goal(check: &Check) -> Sentence {
    match check.ports() {
        Ports::One(port) => {
            let host = check.bound_host();
            host.map_or_else(|| check.whom().into(), |host| with_port(host, port))
        }
        Ports::None | Ports::Range(_) => check.whom().into(),
    }
}

pub(super) fn correct(proxy: &Proxy) -> String {
    format!(
        "correct host, port or scheme of the proxy {} in {}",
        proxy.url, proxy.origin
    )
}
