//! One requirement of a vendor, as meant, beside what the vendor's page states.

use std::{fmt, str::FromStr};

use crate::net::{Host, Ports, Protocol, Transport};

/// One requirement: a row of a vendor's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable and unique: `thoughtspot.cluster.egnyte`.
    pub id: String,
    /// The catalog's name.
    pub catalog: String,
    /// Where it comes from.
    pub source: Source,
    /// What the page says, cell by cell.
    pub stated: Stated,
    /// What was read into the page's words where it has no such cell.
    pub read_as: ReadAs,
    /// Whether the product needs it.
    pub level: Level,
    /// The feature that must be on.
    pub feature: Option<String>,
    /// The feature that must be off.
    pub unless: Option<String>,
    /// The feature that puts a host of the site's own, which `variable` names, in the place of the
    /// target.
    pub own: Option<String>,
    /// The releases it holds for.
    pub version: Option<VersionRange>,
    /// The group that opens the connection.
    pub from: String,
    /// The group that is reached.
    pub to: String,
    /// What is reached.
    pub target: Target,
    /// A variable whose value, when the site gives one, replaces the target.
    pub variable: Option<String>,
    /// The ports; [`Ports::None`] exactly when no transport has ports.
    pub ports: Ports,
    /// As stated, without repeats, the decisive one first; never empty.
    pub transports: Vec<Transport>,
    /// What is spoken over the decisive transport.
    pub protocol: Protocol,
    /// What must be seen, where the catalog says so.
    pub expect: Option<Expect>,
    /// Where a certificate's chain must end, where the catalog says so.
    pub pki: Option<Pki>,
    /// Which way the product goes, where the catalog says so.
    pub via: Option<Via>,
    /// Whether STARTTLS is asked for; `None` is the protocol's own habit (smtp yes, ldap no).
    pub starttls: Option<bool>,
    /// The group of alternatives of which one is enough.
    pub any_of: Option<String>,
    /// The rule that does this one's work while it fails.
    pub falls_back_to: Option<String>,
    /// Set where the other side has ended the service.
    pub withdrawn: Option<Withdrawn>,
    /// What the page does not say and the catalog took from elsewhere.
    pub outside: Vec<Outside>,
    /// The second flow of a row that describes two.
    pub reverse: Option<Reverse>,
    /// The service, for people.
    pub service: String,
    /// What the product uses it for, in our own words.
    pub purpose: String,
    /// What is odd about the row and how it is treated.
    pub note: Option<String>,
}

/// Where a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The catalog's file, which for a rule that was replaced is not the catalog's first one.
    pub file: String,
    /// The page's name in the catalog's `pages:`.
    pub page: String,
    /// The title of the page's section.
    pub section: String,
    /// The heading that reports group the rule under; the section's title unless the catalog says
    /// otherwise.
    pub heading: String,
    /// The day the page was read.
    pub read: String,
    /// The line of the rule in the catalog's file, from 1.
    pub line: usize,
}

/// The row's cells as the page has them; empty where the cell is empty or absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stated {
    /// The host, where the page has a cell or words for it.
    pub host: String,
    /// The port cell.
    pub port: String,
    /// The requirement cell, or the words that grade the row.
    pub requirement: String,
    /// The protocol cell.
    pub protocol: String,
    /// The direction cell.
    pub direction: String,
    /// The source cell.
    pub source: String,
    /// The destination cell.
    pub destination: String,
    /// The words that make the row depend on something, or say what may stand in its place.
    pub condition: String,
    /// The footnote that the row is marked with.
    pub mark: String,
}

/// What was read into a page's words, as it has no such cell; empty where it has one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadAs {
    /// The direction.
    pub direction: String,
    /// Who opens the connection.
    pub source: String,
    /// Who is reached.
    pub destination: String,
}

/// Whether the product needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Failing it fails the run.
    Mandatory,
    /// Failing it is shown and does not gate.
    Optional,
}

impl Level {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mandatory => "mandatory",
            Self::Optional => "optional",
        }
    }
}

/// What must be seen (contract §8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Expect {
    /// The service answers as its protocol does.
    Service,
    /// Packets get there and back; a refusal by the target is enough.
    Path,
    /// It must not be reachable.
    Blocked,
}

impl Expect {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Path => "path",
            Self::Blocked => "blocked",
        }
    }
}

/// Where a certificate's chain must end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pki {
    /// In the public PKI: Mozilla's list, or the one given by `--public-roots`.
    Public,
    /// In a private one, which this machine trusts.
    Private,
    /// In anything this machine trusts.
    #[default]
    Any,
}

impl Pki {
    /// The contract's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::Any => "any",
        }
    }
}

/// Which way the product itself goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Via {
    /// Without a proxy: it knows none, or the host is one of the site's own.
    Direct,
    /// Through a proxy, whatever is spoken.
    Proxy,
    /// Through a proxy where one is configured, or directly: one way that works is enough.
    Either,
}

impl Via {
    /// The catalog's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Proxy => "proxy",
            Self::Either => "either",
        }
    }
}

/// What a rule reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// The hosts of the rule's `to` group.
    Group,
    /// A host that the page names, or that the catalog takes from elsewhere.
    Host(Host),
    /// Every host of a pattern, tried with one witness.
    Wildcard {
        /// As stated: `*.github.com`.
        pattern: String,
        /// The host that stands for all of them.
        witness: Host,
    },
    /// A name with a blank: `<instance_name>.looker.com`.
    Placeholder {
        /// As stated.
        template: String,
        /// The variable that fills the blank.
        variable: String,
    },
}

/// A service that its provider has ended: no outcome is the site's fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Who ended it.
    pub by: String,
    /// The day, `2022-03-15`.
    pub since: String,
    /// What to use instead, in the imperative.
    pub instead: String,
}

/// A fact that is not on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    /// The fact.
    pub fact: String,
    /// Where it comes from.
    pub source: String,
}

/// The second flow of a row that describes two: checked from the machine the first one reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reverse {
    /// The group that opens it.
    pub from: String,
    /// The group that is reached.
    pub to: String,
    /// The host that is reached.
    pub host: Host,
    /// A variable that replaces it.
    pub variable: Option<String>,
    /// Whether the product needs it.
    pub level: Level,
}

/// A release of a vendor's product, `23.10`: two numbers, compared as numbers (23.10 is after 23.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The number before the dot.
    pub major: u32,
    /// The number after the dot.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (major, minor) = text.split_once('.').ok_or(())?;
        let number = |digits: &str| {
            digits
                .bytes()
                .all(|byte| byte.is_ascii_digit())
                .then(|| digits.parse().ok())
                .flatten()
                .ok_or(())
        };
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }
}

/// The releases a rule holds for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    /// The variable that says which release the site has.
    pub variable: String,
    /// From this release on.
    pub from: Option<Version>,
    /// Before this release.
    pub before: Option<Version>,
}

impl VersionRange {
    /// Whether the rule holds for `release`; a release nobody named is taken for the newest.
    #[must_use]
    pub fn holds_for(&self, release: Option<Version>) -> bool {
        match release {
            None => self.before.is_none(),
            Some(release) => {
                self.from.is_none_or(|from| release >= from)
                    && self.before.is_none_or(|before| release < before)
            }
        }
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.before) {
            (Some(from), Some(before)) => write!(f, ">= {from}, < {before}"),
            (Some(from), None) => write!(f, ">= {from}"),
            (None, Some(before)) => write!(f, "< {before}"),
            (None, None) => f.write_str("any"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn release_23_10_comes_after_23_8() {
        assert!(version("23.10") > version("23.8"));
        for wrong in ["23", "23.", ".1", "23.1.0", "v23.1", "23.-1", "23.+1"] {
            assert_eq!(wrong.parse::<Version>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_release_is_taken_for_the_newest() {
        let range = |from: Option<&str>, before: Option<&str>| VersionRange {
            variable: "looker_version".into(),
            from: from.map(version),
            before: before.map(version),
        };
        assert!(range(Some("23.10"), None).holds_for(None));
        assert!(!range(None, Some("23.10")).holds_for(None));
        assert!(range(None, Some("23.10")).holds_for(Some(version("23.8"))));
        assert!(!range(Some("23.10"), None).holds_for(Some(version("23.8"))));
    }
}
