//! A name that has no address: what the name servers said, or that they said nothing.

use super::connect;
use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{Asked, NameFact, Part, Said as _},
    observation::{Lookup, ResolveError},
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
        | ResolveError::Malformed => None,
    };
    Judgement {
        beneath,
        who: (!lookup.servers.is_empty()).then(|| lookup.servers.said()),
        ..Judgement::of(outcome, Stage::Resolve, evidence)
    }
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
        ResolveError::Malformed => (Cause::DnsServerFailure, NameFact::NoDnsAnswer { asked }),
    }
}
