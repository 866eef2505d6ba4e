//! A name that has no address: what the name servers said, or that they said nothing.

use super::connect;
use crate::{
    catalog::Expect,
    diagnose::{
        Cause, Outcome, Stage,
        judgement::{Judgement, host_of},
    },
    observation::{Lookup, ResolveError},
    plan::Check,
    text,
};

/// The name has no address: a failure, unless the host was to be out of reach anyway.
pub(super) fn unresolved(check: &Check, error: &ResolveError, lookup: &Lookup) -> Judgement {
    let (cause, evidence) = told(&host_of(check), error, lookup);
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
        who: (!lookup.servers.is_empty()).then(|| asked(lookup)),
        ..Judgement::of(outcome, Stage::Resolve, evidence)
    }
}

/// Who was asked.
fn asked(lookup: &Lookup) -> String {
    let servers: Vec<String> = lookup.servers.iter().map(ToString::to_string).collect();
    match servers.as_slice() {
        [] => "the resolver".to_owned(),
        [_, ..] => text::list(&servers, "and"),
    }
}

/// Why `host` has no address, and the words for it.
pub(super) fn told(host: &str, error: &ResolveError, lookup: &Lookup) -> (Cause, String) {
    let asked = asked(lookup);
    match error {
        ResolveError::NoSuchName => (
            Cause::DnsNoSuchName,
            format!("{asked} says that {host} does not exist (NXDOMAIN)"),
        ),
        ResolveError::NoAddress => (
            Cause::DnsNoAddress,
            format!("{asked} knows {host} but has no A or AAAA record for it"),
        ),
        ResolveError::ServerFailure { rcode, bogus: true } => (
            Cause::DnssecBogus,
            format!("{asked} answers {rcode} for {host}, and answers it with DNSSEC checking off"),
        ),
        ResolveError::ServerFailure {
            rcode,
            bogus: false,
        } => (
            Cause::DnsServerFailure,
            format!("{asked} answers {rcode} for {host}"),
        ),
        ResolveError::Refused => (
            Cause::DnsRefused,
            format!("{asked} refuses to answer for {host} (REFUSED)"),
        ),
        ResolveError::Timeout => (
            Cause::DnsTimeout,
            format!(
                "no answer from {asked} in {}",
                text::duration(lookup.elapsed)
            ),
        ),
        ResolveError::Unreachable(error) => (
            Cause::DnsUnreachable,
            format!("{asked}: {}", connect::words(error)),
        ),
        ResolveError::NoResolver => (
            Cause::NoResolver,
            "/etc/resolv.conf names no name server".to_owned(),
        ),
        ResolveError::Malformed => (
            Cause::DnsServerFailure,
            format!("what {asked} sends is no DNS answer"),
        ),
    }
}
