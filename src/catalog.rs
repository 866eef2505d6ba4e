//! A vendor's requirements as meant: typed, checked, with the source of every rule.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use self::written::CatalogKeys;
use crate::fact::{Named, Said as _, Sentence};

mod addition;
pub mod begin;
pub mod embedded;
pub(crate) mod form;
mod help;
mod joined;
pub(crate) mod keys;
mod lower;
pub(crate) mod mistakes;
pub mod rule;
mod unused;
pub(crate) mod value;
mod written;
pub(crate) mod yaml;

pub use addition::{Addition, CatalogFile};
pub use joined::Catalogs;
pub use mistakes::{Mistake, Mistakes, Place};
pub use rule::{
    Expect, Level, Outside, Pki, ReadAs, Reverse, Rule, Source, Stated, Target, Version,
    VersionRange, Via, Withdrawn,
};
pub use unused::Unused;
pub use value::{Service, Value, ValueError};
pub use written::json_schema;

/// One product's requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog {
    /// The catalog's name, `looker`; also the first part of its rules' ids.
    pub name: String,
    /// What it is about, for people.
    pub title: String,
    /// The file it was read from, as the user named it; for an embedded one `catalogs/looker.yaml`.
    pub file: String,
    /// What the product does in a way of its own; every check of it knows.
    pub product: Arc<Product>,
    /// Who stands at the ends of the rules, by name.
    pub groups: BTreeMap<String, Group>,
    /// What a site may or must say, by name.
    pub variables: BTreeMap<String, Variable>,
    /// The conditions that switch rules on, by name.
    pub features: BTreeMap<String, Feature>,
    /// The vendor's pages, by name.
    pub pages: BTreeMap<String, Page>,
    /// The named selections, in the file's order.
    pub profiles: Vec<Profile>,
    /// The rules, in the file's order; ids are unique.
    pub rules: Vec<Rule>,
}

/// What a product does in a way of its own, where remedies would go wrong without it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// What to do about an authority that only the machine trusts, in the imperative.
    pub trust_store: Option<String>,
    /// How it is told of a proxy.
    pub proxy: Option<String>,
}

/// Who stands at an end of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group, for people: `cluster nodes`.
    pub about: String,
    /// The variable whose value is the group's hosts; `None` for a group nobody lists (users, vendor).
    pub bound_by: Option<String>,
}

/// Something that a site says: `--set NAME=VALUE`, or the site file's `variables:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// What it means, for people.
    pub about: String,
    /// What its values look like.
    pub kind: VariableKind,
    /// Its value when nobody gives one, in the form `--set` takes.
    pub default: Option<String>,
    /// Where this machine's own configuration gives the value.
    pub machine: Option<MachineDefault>,
    /// The flag that binds it, where there is a shorter one than `--set`: `--node`.
    pub flag: Option<String>,
}

impl Variable {
    /// The flag that gives it a value, as it would be typed; `name` is its own.
    #[must_use]
    pub fn flag_text(&self, name: &str) -> Sentence {
        self.flag_lead(name).then(self.blank())
    }

    /// The flag up to the value: `--node `, `--set smtp_relay=`.
    #[must_use]
    pub fn flag_lead(&self, name: &str) -> Sentence {
        match &self.flag {
            Some(short) => Named::from(short.as_str()).said().then(" "),
            None => set(name),
        }
    }

    /// What stands for the value: `HOST`.
    #[must_use]
    pub const fn blank(&self) -> &'static str {
        match self.kind {
            _ if self.flag.is_some() => "HOST",
            VariableKind::Label => "NAME",
            VariableKind::Version => "RELEASE",
            VariableKind::Endpoints => "ENDPOINT",
            VariableKind::Host | VariableKind::Hosts => "HOST[:PORT]",
        }
    }
}

/// `--set NAME=`, which gives any variable a value.
#[must_use]
pub fn set(name: &str) -> Sentence {
    Sentence::from("--set ")
        .then(Named::from(name).said())
        .then("=")
}

/// What a variable's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VariableKind {
    /// One or more hosts, each with an optional port, separated by commas.
    Hosts,
    /// One host with an optional port.
    Host,
    /// One label of a DNS name.
    Label,
    /// A release, `23.10`.
    Version,
    /// One or more endpoints, `postgres://db-1:5432` or `db-2:1521`, separated by commas.
    Endpoints,
}

impl VariableKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 5] = [
        Self::Hosts,
        Self::Host,
        Self::Label,
        Self::Version,
        Self::Endpoints,
    ];

    /// The word for it in a catalog.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hosts => "hosts",
            Self::Host => "host",
            Self::Label => "label",
            Self::Version => "version",
            Self::Endpoints => "endpoints",
        }
    }

    /// Whether its values are hosts.
    #[must_use]
    pub const fn is_hosts(self) -> bool {
        matches!(self, Self::Hosts | Self::Host)
    }
}

/// A default that is read from this machine once, before anything is planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineDefault {
    /// The `nameserver` lines of `/etc/resolv.conf`. Source: resolv.conf(5).
    DnsServers,
    /// The servers and pools of chrony, ntp or systemd-timesyncd.
    NtpServers,
}

impl MachineDefault {
    /// Every machine default.
    pub const ALL: [Self; 2] = [Self::DnsServers, Self::NtpServers];

    /// The word for it in a catalog.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::DnsServers => "dns-servers",
            Self::NtpServers => "ntp-servers",
        }
    }
}

/// A condition that switches rules on: `--with NAME`, `--without NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feature {
    /// What it means, for people.
    pub about: String,
    /// Whether it is on when nobody says.
    pub default: bool,
    /// The variable that switches it on by having a value.
    pub set_by: Option<String>,
}

/// A vendor's page as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Where it stands, if known.
    pub url: Option<String>,
    /// Which edition of it was read, where there are several.
    pub edition: Option<String>,
    /// The day it was read, `2026-11-20`.
    pub read: String,
    /// The day its author says it was last changed.
    pub updated: Option<String>,
}

/// A named selection of rules, as run from one kind of machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name, unique among all catalogs.
    pub name: String,
    /// Another name it answers to.
    pub alias: Option<String>,
    /// What it is for, for people.
    pub about: String,
    /// The group this machine belongs to when the profile is run.
    pub from: String,
    /// The ids of its rules, in the catalog's order, each once.
    pub rules: Vec<String>,
    /// Features that choosing this profile switches on.
    pub with: Vec<String>,
    /// Features that are on whatever a site says.
    pub always: Vec<String>,
}

impl Profile {
    /// Whether `name` is its name or its alias.
    #[must_use]
    pub fn answers_to(&self, name: &str) -> bool {
        self.name == name || self.alias.as_deref() == Some(name)
    }
}

impl Catalog {
    /// The catalog that `text` describes; `file` is what it is called in mistakes.
    ///
    /// # Errors
    /// Every mistake of the text; only a syntax error hides what comes after it.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistakes> {
        yaml::parse(file, text, |root, reporter| {
            let written = CatalogKeys::of_mapping(root, reporter);
            lower::catalog(file, &written, reporter)
        })
    }

    /// The catalog in the file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read, is no text or is over 1 MiB; else as [`Catalog::parse`].
    pub fn read_file(path: &Path) -> Result<Self, Mistakes> {
        let text = yaml::read_text(path)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// The profile of that name or alias.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles
            .iter()
            .find(|profile| profile.answers_to(name))
    }

    /// The rule of that id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }
}

#[cfg(test)]
mod tests;
