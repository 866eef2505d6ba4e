//! This machine's own look-up: the C library's, which every program here uses, or `getent` where this
//! program brings a library of its own along.
//!
//! It waits on a thread of its own, as long as the system is patient, and cannot be called back: a
//! run that ends first leaves it behind.

use std::{net::IpAddr, process::Command};

use dns_lookup::{AddrFamily, AddrInfoHints, LookupErrorKind, SockType, getaddrinfo};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::probe::Family;

/// What looks names up here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instrument {
    /// getaddrinfo(3) of the system's library.
    Library,
    /// getent(1): this program is linked to a library that reads neither nsswitch.conf nor its modules.
    Getent,
}

/// What this machine's own look-up says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// Addresses.
    Found(Found),
    /// Somebody answered, and there is no such name, or no address of it.
    NoSuchName,
    /// It could not find out.
    Failed,
}

/// What the system knows of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its addresses, at least one, in the order in which programs try them.
    pub(crate) addresses: Vec<IpAddr>,
    /// The name that they belong to in the end, if that was asked and is told.
    pub(crate) canonical: Option<String>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// The name.
    pub(crate) name: String,
    /// Its addresses in this family, or in both.
    pub(crate) family: Option<Family>,
    /// Whether the name that they belong to in the end is asked too. Name servers may only send
    /// letters there; what a file of this machine may hold, the library below cannot take.
    pub(crate) canonical: bool,
}

impl Instrument {
    /// The one there is; `None` where this program is linked statically and there is no `getent`.
    pub(crate) fn find() -> Option<Self> {
        if !cfg!(target_feature = "crt-static") {
            return Some(Self::Library);
        }
        let trial = Command::new("getent").arg("--help").output();
        trial.is_ok().then_some(Self::Getent)
    }

    /// Looks the name up.
    pub(crate) fn ask(self, wanted: Wanted) -> JoinHandle<Says> {
        spawn_blocking(move || match self {
            Self::Library => by_library(&wanted),
            Self::Getent => by_getent(&wanted),
        })
    }
}

/// Source: getaddrinfo(3). Without `AI_ADDRCONFIG`, as most programs ask.
fn by_library(wanted: &Wanted) -> Says {
    /// `AI_CANONNAME`. Source: getaddrinfo(3), netdb.h.
    const CANONICAL: i32 = 2;
    let hints = AddrInfoHints {
        flags: if wanted.canonical { CANONICAL } else { 0 },
        address: wanted.family.map_or(0, |family| match family {
            Family::V4 => AddrFamily::Inet.into(),
            Family::V6 => AddrFamily::Inet6.into(),
        }),
        socktype: SockType::Stream.into(),
        ..AddrInfoHints::default()
    };
    match getaddrinfo(Some(&wanted.name), None, Some(hints)) {
        Ok(found) => {
            let mut canonical = None;
            let found = found.flatten().map(|one| {
                canonical = canonical.take().or(one.canonname);
                one.sockaddr.ip()
            });
            match addresses(found) {
                Says::Found(found) => Says::Found(Found { canonical, ..found }),
                says @ (Says::NoSuchName | Says::Failed) => says,
            }
        }
        Err(error) => match error.kind() {
            LookupErrorKind::NoName | LookupErrorKind::NoData => Says::NoSuchName,
            _ => Says::Failed,
        },
    }
}

/// Source: getent(1): exit code 2 where there is no such name, for whatever reason.
fn by_getent(wanted: &Wanted) -> Says {
    let Wanted { name, family, .. } = wanted;
    let family = *family;
    let database = match family {
        None => "ahosts",
        Some(Family::V4) => "ahostsv4",
        Some(Family::V6) => "ahostsv6",
    };
    let Ok(output) = Command::new("getent")
        .args([database, "--", name.as_str()])
        .output()
    else {
        return Says::Failed;
    };
    if !output.status.success() {
        return Says::Failed;
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let words = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    let is_wanted = |address: &IpAddr| family.is_none_or(|family| family.has(*address));
    addresses(words.filter_map(|word| word.parse().ok()).filter(is_wanted))
}

fn addresses(found: impl Iterator<Item = IpAddr>) -> Says {
    let mut kept = Vec::new();
    for address in found {
        if !kept.contains(&address) {
            kept.push(address);
        }
    }
    if kept.is_empty() {
        return Says::NoSuchName;
    }
    Says::Found(Found {
        addresses: kept,
        canonical: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_say_the_same_of_this_machine() {
        let wanted = |family| Wanted {
            name: "localhost".to_owned(),
            family,
            canonical: false,
        };
        let library = by_library(&wanted(Some(Family::V4)));
        let found = Found {
            addresses: vec![IpAddr::from([127, 0, 0, 1])],
            canonical: None,
        };
        assert_eq!(library, Says::Found(found));
        assert_eq!(by_getent(&wanted(Some(Family::V4))), library);
        assert_eq!(by_getent(&wanted(None)), by_library(&wanted(None)));
    }
}
