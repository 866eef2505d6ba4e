//! Every address of a name on its own, and what they come to together.

use super::suspect::{self, suspect};
use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::NameFact,
    observation::{AddressObservation, ConnectError, Lookup, Reached},
    plan::Check,
};

type Judged<'a> = (&'a AddressObservation, Judgement);

/// What the addresses of one host come to together; `judged` is not empty.
pub(super) fn merge(check: &Check, lookup: Option<&Lookup>, judged: &[Judged]) -> Judgement {
    let (unrouted, tried): (Vec<&Judged>, Vec<&Judged>) = judged
        .iter()
        .partition(|(seen, _)| is_unrouted_family(seen, judged));
    let note = unrouted.first().map(|(seen, _)| {
        let family = if seen.address.is_ipv6() {
            "IPv6"
        } else {
            "IPv4"
        };
        match unrouted.as_slice() {
            [(only, _)] => NameFact::FamilyUnrouted {
                family,
                address: only.address,
            },
            several => NameFact::FamilyUnroutedMany {
                family,
                count: several.len(),
            },
        }
    });
    let merged = combine(check, &tried).and(note);
    match lookup {
        Some(lookup) => suspect(check, lookup, judged, merged).and(suspect::aliases(check, lookup)),
        None => merged,
    }
}

/// Whether this address failed only because this machine has no route for its family, while
/// another family got somewhere.
fn is_unrouted_family(seen: &AddressObservation, judged: &[Judged]) -> bool {
    let no_route = |seen: &AddressObservation| {
        seen.ports.iter().all(|port| {
            matches!(
                port.reached,
                Reached::NotConnected(ConnectError::NoRoute | ConnectError::LinkDown)
            )
        })
    };
    no_route(seen)
        && judged
            .iter()
            .any(|(other, _)| other.address.is_ipv4() != seen.address.is_ipv4() && !no_route(other))
}

/// All alike: that. Some bad: `partial-addresses`, with k of n and who failed how.
fn combine(check: &Check, tried: &[&Judged]) -> Judgement {
    let bad: Vec<&&Judged> = tried
        .iter()
        .filter(|(_, judged)| !judged.outcome.works())
        .collect();
    let worst = tried
        .iter()
        .rev()
        .max_by_key(|(_, judged)| judged.outcome.severity())
        .map(|(_, judged)| judged.clone());
    let Some(worst) = worst else {
        return Judgement::of(
            Outcome::Unknown(Cause::DnsNoAddress),
            Stage::Resolve,
            NameFact::NoAddressTried,
        );
    };
    if bad.is_empty() || bad.len() == tried.len() || check.expect == Expect::Blocked {
        return worst;
    }
    let Outcome::Fails(_) = worst.outcome else {
        return worst;
    };
    let failures = bad.iter().map(|(seen, judged)| {
        let cause = judged.outcome.cause().map_or("", Cause::code);
        let address = seen.address;
        NameFact::AddressFails { address, cause }
    });
    let evidence = NameFact::SomeAddressesFail {
        bad: bad.len(),
        all: tried.len(),
    };
    Judgement {
        outcome: Outcome::Fails(Cause::PartialAddresses),
        evidence: vec![evidence.into()],
        ..worst.clone()
    }
    .and(failures)
    .and(worst.evidence)
}
