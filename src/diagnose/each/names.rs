//! A name that has no address: what the name servers said, or that they said nothing.

use std::net::IpAddr;

use super::{connect, suspect};
use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Asked, File, NameFact, Part, Said as _, Sentence},
    machine::Switch,
    observation::{ConnectError, Lookup, ResolveError, ServerSeen},
    plan::Check,
};

/// From how many links on aliases are without an end: all that are followed.
const MANY_LINKS: usize = 16;

/// The name has no address: a failure, unless the host was to be out of reach anyway.
pub(super) fn unresolved(check: &Check, error: &ResolveError, lookup: &Lookup) -> Judgement {
    let (symptom, evidence) = told(check.whom(), error, lookup);
    let cause = not_sent(error).unwrap_or(symptom);
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
        | ResolveError::Truncated(_)
        | ResolveError::NotAsked { .. } => None,
    };
    let remedy = by_udp(error, lookup)
        .or_else(|| by_tcp(error, lookup))
        .or_else(|| links_remedy(check, error, lookup));
    Judgement {
        beneath,
        who: (!lookup.servers.is_empty()).then(|| lookup.servers.said()),
        remedy,
        ..Judgement::of(outcome, Stage::Resolve, evidence)
    }
    .and(suspect::aliases(check, lookup))
    .and(of_links(check, lookup))
    .and(besides(check.whom(), error, lookup))
}

/// Why nothing left this machine for a name server, where that is proven: then the name service is
/// not what is wrong.
fn not_sent(error: &ResolveError) -> Option<Cause> {
    let ResolveError::Unreachable(
        error @ (ConnectError::NoRoute
        | ConnectError::LinkDown
        | ConnectError::LocalFirewall
        | ConnectError::LocalPolicy),
    ) = error
    else {
        return None;
    };
    connect::local_fault(error)
}

/// What is odd about the aliases themselves.
fn of_links(check: &Check, lookup: &Lookup) -> Option<NameFact> {
    let links = &lookup.aliases;
    let (last, before) = links.split_last()?;
    let is_first = check
        .bound_host()
        .is_some_and(|host| host.to_string().eq_ignore_ascii_case(last));
    if is_first || before.contains(last) {
        Some(NameFact::AliasesInCircle)
    } else if links.len() >= MANY_LINKS {
        Some(NameFact::AliasesWithoutEnd { links: links.len() })
    } else {
        None
    }
}

/// What to do about the last alias, where that is what has no address.
fn links_remedy(check: &Check, error: &ResolveError, lookup: &Lookup) -> Option<Sentence> {
    let last = lookup.aliases.last()?;
    let is_about_name = matches!(
        error,
        ResolveError::NoSuchName | ResolveError::NoAddress | ResolveError::ServerFailure { .. }
    );
    let circle = of_links(check, lookup).is_some();
    is_about_name.then(|| {
        let ask = Sentence::from("ask whoever keeps the zone of ").then(check.whom());
        if circle {
            ask.then(" to end its aliases at a name with an address")
        } else {
            ask.then(" to mend its alias: ")
                .then(Part::host(last))
                .then(" has no address")
        }
    })
}

/// What to do where an answer is too long for a datagram and does not come otherwise.
fn by_tcp(error: &ResolveError, lookup: &Lookup) -> Option<Sentence> {
    matches!(error, ResolveError::Truncated(_)).then(|| {
        Sentence::from("ask the network team to allow tcp port 53 from this machine to ")
            .then(lookup.servers.said())
            .then(", and whoever runs it to answer there: the answer for this name is too long for udp")
    })
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
    // What an alias leads to is what has no address.
    let host = lookup.aliases.last().map_or(host, Part::host);
    match error {
        ResolveError::Truncated(error) => {
            let cause = if *error == ConnectError::NoReply {
                Cause::DnsTimeout
            } else {
                Cause::DnsUnreachable
            };
            let why = connect::seen(error).said();
            (cause, NameFact::NameServerTruncates { asked, why })
        }
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
