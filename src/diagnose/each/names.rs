//! A name that has no address: what the name servers said, or that they said nothing.

use std::net::IpAddr;

use super::connect;
use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Asked, File, NameFact, Part, Said as _, Sentence},
    machine::Switch,
    observation::{Lookup, ResolveError, ServerSeen},
    plan::Check,
};

/// The name has no address: a failure, unless the host was to be out of reach anyway.
pub(super) fn unresolved(check: &Check, error: &ResolveError, lookup: &Lookup) -> Judgement {
    let (cause, evidence) = told(check.whom(), error, lookup);
    let outcome = match check.expect {
        Expect::Service | Expect::Path => Outcome::Fails(cause),
        Expect::Blocked => Outcome::Unknown(cause),
    };
    let beneath = match error {
        ResolveError::Unreachable(error) => connect::local_fault(error),
        ResolveError::NoSuchName
        | ResolveError::NoAddress
        | ResolveError::ServerFailure { .. }
        | ResolveError::Refused
        | ResolveError::Timeout
        | ResolveError::NoResolver
        | ResolveError::Malformed
        | ResolveError::NotAsked { .. } => None,
    };
    Judgement {
        beneath,
        who: (!lookup.servers.is_empty()).then(|| lookup.servers.said()),
        remedy: by_udp(error, lookup),
        ..Judgement::of(outcome, Stage::Resolve, evidence)
    }
    .and(besides(check.whom(), error, lookup))
}

/// What is to be known besides why there is no address: how the servers behaved, what of its files
/// this machine passes over.
fn besides(host: Part, error: &ResolveError, lookup: &Lookup) -> Vec<NameFact> {
    let mut facts: Vec<NameFact> = silent_by_udp(lookup)
        .map(|server| NameFact::NameServerSilentByUdp { server })
        .collect();
    if let ResolveError::NotAsked { addresses, switch } = error {
        if !addresses.is_empty() {
            facts.push(NameFact::ServersKnow {
                asked: Asked(lookup.servers.clone()),
                host,
                addresses: addresses.clone(),
            });
        }
        facts.extend(switch.as_ref().map(|switch| NameFact::SwitchSays {
            file: File::from(Switch::FILE),
            line: switch.line,
            text: switch.text.as_str().into(),
        }));
    }
    for ignored in &lookup.ignored {
        let line = ignored.line;
        facts.push(NameFact::LineIgnored {
            line,
            text: ignored.text.as_str().into(),
            why: ignored.why,
        });
        facts.extend(
            ignored
                .instead
                .as_deref()
                .map(|instead| NameFact::LineInstead {
                    line,
                    instead: instead.into(),
                }),
        );
    }
    facts
}

/// What to do where only datagrams do not get through.
fn by_udp(error: &ResolveError, lookup: &Lookup) -> Option<Sentence> {
    let servers: Vec<IpAddr> = silent_by_udp(lookup).collect();
    (*error == ResolveError::Timeout && !servers.is_empty()).then(|| {
        Sentence::from("ask the network team to allow udp port 53 from this machine to ")
            .then(servers.said())
            .then(", as tcp port 53 is; until then `options use-vc` in /etc/resolv.conf lets this machine ask over tcp")
    })
}

fn silent_by_udp(lookup: &Lookup) -> impl Iterator<Item = IpAddr> {
    let told = lookup.told.iter();
    told.filter(|server| server.seen == ServerSeen::SilentByUdp)
        .map(|server| server.address)
}

/// Why `host` has no address, and what shows it.
pub(super) fn told(host: Part, error: &ResolveError, lookup: &Lookup) -> (Cause, NameFact) {
    let asked = Asked(lookup.servers.clone());
    match error {
        ResolveError::NoSuchName => (Cause::DnsNoSuchName, NameFact::NoSuchName { asked, host }),
        ResolveError::NoAddress => (
            Cause::DnsNoAddress,
            NameFact::NoAddressRecord { asked, host },
        ),
        ResolveError::ServerFailure { rcode, bogus } => {
            let rcode = rcode.as_str().into();
            if *bogus {
                let fact = NameFact::DnssecBogus { asked, rcode, host };
                (Cause::DnssecBogus, fact)
            } else {
                let fact = NameFact::NameServerFails { asked, rcode, host };
                (Cause::DnsServerFailure, fact)
            }
        }
        ResolveError::Refused => (
            Cause::DnsRefused,
            NameFact::NameServerRefuses { asked, host },
        ),
        ResolveError::Timeout => {
            let elapsed = lookup.elapsed;
            (
                Cause::DnsTimeout,
                NameFact::NameServerSilent { asked, elapsed },
            )
        }
        ResolveError::Unreachable(error) => {
            let why = connect::seen(error).said();
            (
                Cause::DnsUnreachable,
                NameFact::NameServerUnreachable { asked, why },
            )
        }
        ResolveError::NoResolver => (Cause::NoResolver, NameFact::NoNameServer),
        ResolveError::NotAsked { .. } => {
            (Cause::DnsBypassed, NameFact::SystemFindsNothing { host })
        }
        ResolveError::Malformed => (Cause::DnsServerFailure, NameFact::NoDnsAnswer { asked }),
    }
}
