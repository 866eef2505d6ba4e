//! Pseudonyms: the same for the same as long as they live, and one for a machine's name and its
//! addresses.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

/// What is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Host,
    Ipv4,
    Ipv6,
    Rule,
    Group,
    Catalog,
    Profile,
    File,
    Program,
    Name,
}

impl Kind {
    /// What its pseudonyms begin with.
    const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Rule => "rule",
            Self::Group => "group",
            Self::Catalog => "catalog",
            Self::Profile => "profile",
            Self::File => "file",
            Self::Program => "program",
            Self::Name => "name",
        }
    }

    const fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::Ipv4,
            IpAddr::V6(_) => Self::Ipv6,
        }
    }
}

/// The pseudonyms that were given so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Pseudonyms {
    /// By kind and what is replaced, in lower case.
    given: HashMap<(Kind, String), String>,
    counts: HashMap<Kind, usize>,
    /// Names that really are somebody's, in lower case: none of them becomes a pseudonym.
    taken: HashSet<String>,
    /// The name of the machine that has an address, in lower case.
    machines: HashMap<IpAddr, String>,
    /// How many addresses of a family a machine has.
    addresses: HashMap<(String, Kind), usize>,
}

impl Pseudonyms {
    /// Learns that somebody has this name.
    pub(super) fn take(&mut self, name: &str) {
        self.taken.insert(name.to_lowercase());
    }

    /// Learns that the machine of that name has this address, unless another one was seen with it
    /// before, or it has been shown on its own already.
    pub(super) fn belongs(&mut self, address: IpAddr, name: &str) {
        let key = (Kind::of(address), address.to_string());
        if !self.given.contains_key(&key) {
            let name = name.to_lowercase();
            self.machines.entry(address).or_insert(name);
        }
    }

    /// `rule-1`.
    pub(super) fn of(&mut self, kind: Kind, name: &str) -> String {
        let key = (kind, name.to_lowercase());
        if let Some(known) = self.given.get(&key) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        let pseudonym = loop {
            *count += 1;
            let pseudonym = format!("{}-{count}", kind.word());
            if !self.taken.contains(&pseudonym) {
                break pseudonym;
            }
        };
        self.given.insert(key, pseudonym.clone());
        pseudonym
    }

    /// `host-1-ipv4` for an address of a machine whose name is known, and `host-1-ipv4-2` for its
    /// next one; else `ipv4-1`.
    pub(super) fn address(&mut self, address: IpAddr) -> String {
        let kind = Kind::of(address);
        let key = (kind, address.to_string());
        if let Some(known) = self.given.get(&key) {
            return known.clone();
        }
        let Some(name) = self.machines.get(&address).cloned() else {
            return self.of(kind, &key.1);
        };
        let machine = self.of(Kind::Host, &name);
        let count = self.addresses.entry((name, kind)).or_default();
        *count += 1;
        let pseudonym = match count {
            1 => format!("{machine}-{}", kind.word()),
            _ => format!("{machine}-{}-{count}", kind.word()),
        };
        self.given.insert(key, pseudonym.clone());
        pseudonym
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_machine_has_one_pseudonym_for_its_name_and_its_addresses() {
        let mut pseudonyms = Pseudonyms::default();
        for own in ["10.0.0.7", "10.0.0.8", "fd00::7"] {
            pseudonyms.belongs(address(own), "DB.corp");
        }
        assert_eq!(pseudonyms.address(address("10.0.0.7")), "host-1-ipv4");
        assert_eq!(pseudonyms.of(Kind::Host, "db.corp"), "host-1");
        assert_eq!(pseudonyms.address(address("fd00::7")), "host-1-ipv6");
        assert_eq!(pseudonyms.address(address("10.0.0.8")), "host-1-ipv4-2");
        assert_eq!(pseudonyms.address(address("10.0.0.9")), "ipv4-1");
    }

    #[test]
    fn what_was_shown_once_keeps_its_pseudonym() {
        let mut pseudonyms = Pseudonyms::default();
        assert_eq!(pseudonyms.address(address("10.0.0.7")), "ipv4-1");
        pseudonyms.belongs(address("10.0.0.7"), "db");
        assert_eq!(pseudonyms.address(address("10.0.0.7")), "ipv4-1");
    }

    #[test]
    fn what_somebody_is_really_called_is_no_pseudonym() {
        let mut pseudonyms = Pseudonyms::default();
        pseudonyms.take("Host-1");
        assert_eq!(pseudonyms.of(Kind::Host, "host-1"), "host-2");
    }
}
