//! What this machine's own firewall denies: the rule of its own listing that decides, quoted; and a
//! silence or a refusal that is nobody else's.

use std::{collections::BTreeSet, net::IpAddr};

use crate::{
    catalog::Expect,
    diagnose::{Cause, Certainty, Finding, Outcome, cause::Place, places},
    fact::{Fact, LocalFact, Said as _, Sentence, Stranger},
    machine::firewall::{Denial, Fate, OwnFirewall, OwnRule},
    net::Port,
    plan::{Check, Plan},
    site::Route,
    text,
};

/// The addresses of what this machine's own firewall may be behind; for none its rules need not be
/// read.
#[must_use]
pub fn addresses(plan: &Plan, findings: &[Finding]) -> BTreeSet<IpAddr> {
    let failing = findings.iter().filter_map(|finding| {
        let failing = failing(plan, finding)?;
        Some(failing.to.into_iter().map(|(address, _)| address))
    });
    failing.flatten().collect()
}

/// Tells each finding which rule of this machine decides, where that is known.
pub(in crate::diagnose) fn apply(plan: &Plan, own: Option<&OwnFirewall>, findings: &mut [Finding]) {
    let Some(own) = own else { return };
    for finding in findings {
        let check = &plan.checks[finding.check];
        let Some(failing) = failing(plan, finding) else {
            continue;
        };
        let Some(denial) = denial(own, check, &failing) else {
            continue;
        };
        if failing.cause == Cause::LocalFirewall {
            quote(check, finding, &denial);
        } else if denial.is_certain && explains(failing.cause, denial.fate) {
            blame(finding, failing.cause);
            quote(check, finding, &denial);
        }
    }
}

/// What of a failure a rule of this machine may be behind.
struct Failing {
    cause: Cause,
    /// All that fails by that cause; never empty.
    to: Vec<(IpAddr, Option<Port>)>,
}

fn failing(plan: &Plan, finding: &Finding) -> Option<Failing> {
    let check = &plan.checks[finding.check];
    let cause = finding.outcome.cause()?;
    let may_be_ours = cause == Cause::LocalFirewall
        || explains(cause, Fate::Dropped)
        || explains(cause, Fate::Rejected);
    let is_direct = *plan.route(check) == Route::Direct;
    if !may_be_ours || !is_direct || !finding.outcome.is_bad() || check.expect == Expect::Blocked {
        return None;
    }
    let swept = finding
        .sweep
        .as_ref()
        .and_then(|sweep| sweep.failed.first());
    let swept = swept.map(|(first, _)| *first);
    let addresses = finding
        .addresses
        .iter()
        .filter(|address| address.outcome.cause() == Some(cause) && !address.address.is_loopback());
    let to: Vec<_> = addresses
        .map(|address| (address.address, address.port.or(swept)))
        .collect();
    (!to.is_empty()).then_some(Failing { cause, to })
}

/// The one rule that denies all of it.
fn denial(own: &OwnFirewall, check: &Check, failing: &Failing) -> Option<Denial> {
    let transport = check.protocol.transport();
    let denials = failing
        .to
        .iter()
        .map(|(to, port)| own.denial(*to, transport, *port));
    let denials: Vec<Denial> = denials.collect::<Option<_>>()?;
    let is_certain = denials.iter().all(|denial| denial.is_certain);
    let first = denials.first()?;
    let is_one = denials.iter().all(|denial| denial.rule == first.rule);
    is_one.then(|| Denial {
        is_certain,
        ..first.clone()
    })
}

/// What looked like the network's, or the host's, is this machine's own.
fn blame(finding: &mut Finding, seen_as: Cause) {
    let own = Outcome::Fails(Cause::LocalFirewall);
    let failing = finding.addresses.iter_mut();
    for address in failing.filter(|address| address.outcome.cause() == Some(seen_as)) {
        address.outcome = own;
    }
    finding.outcome = own;
    finding.certainty = Certainty::Proven;
    finding
        .evidence
        .retain(|fact| !matches!(fact, Fact::Path(_)));
}

/// Whether what becomes of a packet at a rule of this machine looks like that.
const fn explains(cause: Cause, fate: Fate) -> bool {
    match fate {
        Fate::Dropped => matches!(
            cause,
            Cause::TcpNoReply | Cause::UdpNoReply | Cause::IcmpNoReply | Cause::EspNoReply
        ),
        Fate::Rejected => matches!(
            cause,
            Cause::TcpRefused | Cause::UdpPortUnreachable | Cause::RejectedByFirewall
        ),
        Fate::Queued => false,
    }
}

/// Puts the rule first among what was seen, and names it to whoever mends it.
fn quote(check: &Check, finding: &mut Finding, denial: &Denial) {
    finding.evidence.insert(0, words(denial));
    let chain = text::stranger(denial.rule.chain.as_bytes());
    let rule = denial.rule.handle.map(|handle| {
        Sentence::from("handle ")
            .then(handle.said())
            .then(" of ")
            .then(Stranger(chain).said())
    });
    let places = places::of(check).with_some(Place::OwnRule, rule.as_ref());
    finding.remedy = Some(Cause::LocalFirewall.remedy(&places));
}

fn words(denial: &Denial) -> Fact {
    let OwnRule {
        words,
        chain,
        handle,
    } = &denial.rule;
    let stranger = |words: &str| Stranger(text::stranger(words.as_bytes()));
    let (rule, chain) = (stranger(words), stranger(chain));
    let fact = match (*handle, denial.is_certain) {
        (Some(handle), true) => LocalFact::OwnRule {
            rule,
            handle,
            chain,
        },
        (Some(handle), false) => LocalFact::OwnRuleMay {
            rule,
            handle,
            chain,
        },
        (None, true) => LocalFact::OwnPolicy { chain },
        (None, false) => LocalFact::OwnPolicyMay { chain },
    };
    fact.into()
}
