//! Proofs beside each other: which of them were given by another machine than the one asked.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use crate::{
    observation::{Observation, PortObservation, Reached},
    plan::Plan,
    protocol::{
        Details,
        responder::{Proof, Responder},
    },
};

/// What was seen, with every proof marked that another machine gave than was asked. An address that
/// differs may be that of a NAT in front of the very machine: it is another one if it is asked
/// itself in this run, or if the same address gives proofs of its own or mostly of a third.
pub(in crate::diagnose) fn compared<'a>(
    plan: &Plan,
    seen: &'a [Observation],
) -> Cow<'a, [Observation]> {
    let proofs: Vec<(IpAddr, &Proof)> = seen.iter().flat_map(proofs).collect();
    if proofs
        .iter()
        .all(|(asked, proof)| proof.answer.at.ip() == *asked)
    {
        return Cow::Borrowed(seen);
    }
    let machines = Machines::new(plan, seen, &proofs);
    let mut seen = seen.to_vec();
    for observation in &mut seen {
        let Observation::Tried { addresses, .. } = observation else {
            continue;
        };
        for address in addresses {
            for port in &mut address.ports {
                if let Some(proof) = proof_mut(port) {
                    proof.is_redirected = machines.is_other(address.address, proof);
                }
            }
        }
    }
    Cow::Owned(seen)
}

struct Machines {
    /// Every address that was asked.
    asked: BTreeSet<IpAddr>,
    /// Addresses that gave a proof of their own.
    own: BTreeSet<IpAddr>,
    /// The responder that gave most of the proofs of an address.
    usual: BTreeMap<IpAddr, u64>,
}

impl Machines {
    fn new(plan: &Plan, seen: &[Observation], proofs: &[(IpAddr, &Proof)]) -> Self {
        let tried = plan
            .probes
            .iter()
            .zip(seen)
            .filter_map(|(_, seen)| match seen {
                Observation::Tried { addresses, .. } => Some(addresses),
                Observation::Interrupted
                | Observation::Unresolved(..)
                | Observation::Relayed { .. } => None,
            });
        let own = proofs
            .iter()
            .filter(|(asked, proof)| proof.answer.at.ip() == *asked);
        Self {
            asked: tried.flatten().map(|address| address.address).collect(),
            own: own.map(|(asked, _)| *asked).collect(),
            usual: usual(proofs),
        }
    }

    fn is_other(&self, asked: IpAddr, proof: &Proof) -> bool {
        let at = proof.answer.at.ip();
        let usual = self.usual.get(&asked);
        let is_unusual = usual.is_some_and(|id| *id != proof.answer.id);
        // One responder that proves itself at both: it is the machine's other address.
        let is_same = self.own.contains(&asked) && usual == Some(&proof.answer.id);
        let is_known = self.asked.contains(&at) || self.own.contains(&asked);
        at != asked && !is_same && (is_known || is_unusual)
    }
}

/// Who gave most of the proofs of each address.
fn usual(proofs: &[(IpAddr, &Proof)]) -> BTreeMap<IpAddr, u64> {
    let mut counts: BTreeMap<IpAddr, BTreeMap<u64, usize>> = BTreeMap::new();
    for (asked, proof) in proofs {
        let by_id = counts.entry(*asked).or_default();
        *by_id.entry(proof.answer.id).or_default() += 1;
    }
    let most = |by_id: BTreeMap<u64, usize>| by_id.into_iter().max_by_key(|(_, count)| *count);
    counts
        .into_iter()
        .filter_map(|(asked, by_id)| Some((asked, most(by_id)?.0)))
        .collect()
}

/// The proofs of an observation, each with the address that was asked.
pub(super) fn proofs(seen: &Observation) -> Vec<(IpAddr, &Proof)> {
    let Observation::Tried { addresses, .. } = seen else {
        return Vec::new();
    };
    addresses
        .iter()
        .flat_map(|address| address.ports.iter().map(|port| (address.address, port)))
        .filter_map(|(address, port)| Some((address, proof(port)?)))
        .collect()
}

/// The proof that a port gave, if it did.
pub(super) fn proof(port: &PortObservation) -> Option<&Proof> {
    let Reached::Replied { reply, .. } = &port.reached else {
        return None;
    };
    match reply.responder()? {
        Responder::Proven(proof) => Some(proof),
        Responder::OtherToken => None,
    }
}

fn proof_mut(port: &mut PortObservation) -> Option<&mut Proof> {
    let Reached::Replied { reply, .. } = &mut port.reached else {
        return None;
    };
    let Details::Responder(responder) = &mut reply.details else {
        return None;
    };
    match &mut **responder {
        Responder::Proven(proof) => Some(proof),
        Responder::OtherToken => None,
    }
}
