//! Where the addresses of a name came from: an answer that a public name cannot have, the hosts file,
//! and the aliases on the way.

use std::net::IpAddr;

use super::sinkholes;
use crate::{
    catalog::{Expect, Pki},
    cause::About,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Asked, ConnectFact, Fact, File, Links, NameFact, Part},
    observation::{AddressObservation, HostsFile, Lookup},
    plan::Check,
};

/// What the addresses come to together, in the light of where they came from.
pub(super) fn suspect(
    check: &Check,
    lookup: &Lookup,
    judged: &[(&AddressObservation, Judgement)],
    merged: Judgement,
) -> Judgement {
    if check.expect == Expect::Blocked {
        return merged;
    }
    match &lookup.hosts_file {
        Some(file) => overridden(check, file, judged, merged),
        None => sunk(check, lookup, judged, merged),
    }
}

/// By which links the name led to its addresses; `None` where it is no alias.
pub(super) fn aliases(check: &Check, lookup: &Lookup) -> Option<NameFact> {
    if lookup.aliases.is_empty() {
        return None;
    }
    let targets = lookup.aliases.iter().map(Part::host);
    let links = Links([check.whom()].into_iter().chain(targets).collect());
    Some(NameFact::Alias { links })
}

/// The hosts file says where the host is.
fn overridden(
    check: &Check,
    file: &HostsFile,
    judged: &[(&AddressObservation, Judgement)],
    merged: Judgement,
) -> Judgement {
    let whence = NameFact::HostsFile {
        file: File(file.path.clone()),
        lines: file.lines.clone(),
        host: check.whom(),
        addresses: judged.iter().map(|(seen, _)| seen.address).collect(),
    };
    let is_public = check.pki == Pki::Public;
    match merged.outcome {
        Outcome::Works if is_public => {
            instead(Outcome::WorksBut(Cause::HostsFile), whence.into(), merged)
        }
        Outcome::Works => merged,
        Outcome::Fails(cause) if is_public && follows_from_address(cause) => {
            let is_nowhere = |(seen, _): &(&AddressObservation, _)| {
                seen.address.is_loopback() || seen.address.is_unspecified()
            };
            let judgement = instead(
                Outcome::Fails(Cause::HostsFile),
                whence.into(),
                merged.and([otherwise(cause)]),
            );
            // The line may be right, and the host down.
            if judged.iter().all(is_nowhere) {
                judgement
            } else {
                judgement.inferred()
            }
        }
        Outcome::WorksBut(_) | Outcome::Fails(_) | Outcome::Unknown(_) | Outcome::NotTried(_) => {
            merged.and([whence])
        }
    }
}

/// The name service says that the host is where it cannot be.
fn sunk(
    check: &Check,
    lookup: &Lookup,
    judged: &[(&AddressObservation, Judgement)],
    merged: Judgement,
) -> Judgement {
    let own = check.bound_host().map(ToString::to_string);
    let is_filters_own = own.is_some_and(|own| sinkholes::by_name(&own).is_some());
    let by_alias = lookup
        .aliases
        .iter()
        .find_map(|name| Some((name, sinkholes::by_name(name)?)))
        .filter(|_| !is_filters_own);
    let is_sunk = |address: IpAddr| {
        by_alias.is_some()
            || address.is_unspecified()
            || (check.pki == Pki::Public && address.is_loopback())
            || (sinkholes::by_address(address).is_some() && !is_filters_own)
    };
    let addresses: Vec<IpAddr> = judged
        .iter()
        .map(|(seen, _)| seen.address)
        .filter(|address| is_sunk(*address))
        .collect();
    let are_the_bad_ones = judged
        .iter()
        .all(|(seen, one)| one.outcome.works() || is_sunk(seen.address));
    if addresses.is_empty() || !are_the_bad_ones || is_local(&merged, &addresses) {
        return merged;
    }
    let known = by_alias
        .map(|(name, product)| NameFact::SinkholeName {
            name: Part::host(name),
            product,
        })
        .or_else(|| known_address(&addresses));
    let evidence = NameFact::Sinkholed {
        asked: Asked(lookup.servers.clone()),
        host: check.whom(),
        addresses,
    };
    let was = merged.outcome.cause().map(otherwise);
    // Who has the certificate of the name is the service, or hands on to it.
    let is_vouched_for = merged.outcome.works() && check.protocol.starts_with_tls();
    let outcome = if is_vouched_for {
        Outcome::WorksBut(Cause::DnsSinkholed)
    } else {
        Outcome::Fails(Cause::DnsSinkholed)
    };
    let judgement = Judgement::of(outcome, Stage::Resolve, evidence)
        .and(known)
        .and(merged.evidence)
        .and(was);
    if is_vouched_for {
        judgement.inferred()
    } else {
        judgement
    }
}

/// Whose sinkhole the first of the addresses is.
fn known_address(addresses: &[IpAddr]) -> Option<NameFact> {
    let address = addresses.first().copied()?;
    let product = sinkholes::by_address(address)?;
    Some(NameFact::SinkholeAddress { address, product })
}

/// Whether this machine could not even try the addresses, and would not get to others either.
fn is_local(merged: &Judgement, addresses: &[IpAddr]) -> bool {
    let may_be_tried = |address: &IpAddr| address.is_unspecified() || address.is_loopback();
    let fails_here = match merged.outcome {
        Outcome::Fails(cause) | Outcome::Unknown(cause) => !follows_from_address(cause),
        Outcome::Works | Outcome::WorksBut(_) | Outcome::NotTried(_) => false,
    };
    fails_here && !addresses.iter().all(may_be_tried)
}

/// Whether a wrong address may be why: what is wrong with this machine or its proxy is not.
fn follows_from_address(cause: Cause) -> bool {
    match cause.row().about {
        About::Name
        | About::Way
        | About::Host
        | About::Port
        | About::Service
        | About::Certificate => true,
        About::Resolver
        | About::Machine
        | About::Clock
        | About::Proxy
        | About::Responder
        | About::Site
        | About::Run => false,
    }
}

fn otherwise(cause: Cause) -> ConnectFact {
    let cause = cause.code();
    ConnectFact::Otherwise { cause }
}

/// The same with another outcome, whose reason stands first.
fn instead(outcome: Outcome, reason: Fact, was: Judgement) -> Judgement {
    let Judgement { evidence, .. } = was;
    Judgement::of(outcome, Stage::Resolve, reason).and(evidence)
}
