//! What anybody can read: the built-in catalogs' words, and our own.

use std::collections::HashSet;

use crate::{
    catalog::{Catalog, Catalogs, Rule, Target},
    machine::LOCAL_RULES,
    net::{Host, Protocol},
    plan::OffReason,
    report::build::off_reason,
    site::PROXY_VARIABLES,
};

/// Names of ours that stand where a catalog's would.
const OWN: [&str; 7] = [
    "--proxy",
    "/etc/resolv.conf",
    "Endpoints",
    "This machine itself",
    "local",
    "open files",
    "this machine",
];

/// What stands in the place of a host where this machine itself is what is looked at.
const HERE: &str = "this machine";

/// Hosts and names that identify nobody.
#[derive(Clone, Debug, Default)]
pub(super) struct Published {
    /// Names of hosts, in lower case.
    hosts: HashSet<String>,
    /// Everything else: rules, groups, services, headings, pages, files.
    names: HashSet<String>,
}

impl Published {
    /// What these catalogs and we say.
    pub(super) fn new(catalogs: &Catalogs) -> Self {
        let mut published = Self::default();
        let own = OWN.into_iter().chain(LOCAL_RULES).chain(PROXY_VARIABLES);
        published.names.extend(own.map(str::to_owned));
        published.hosts.insert(HERE.to_owned());
        let protocols = Protocol::ALL.iter().map(|protocol| protocol.word());
        published.names.extend(protocols.map(str::to_owned));
        for catalog in catalogs.iter() {
            published.names.extend(names(catalog));
            for rule in &catalog.rules {
                published.hosts.extend(hosts(rule));
                published.names.extend(words(rule));
            }
        }
        published
    }

    /// Whether a host of this name is the vendors'.
    pub(super) fn has_host(&self, host: &str) -> bool {
        self.hosts.contains(&host.to_ascii_lowercase())
    }

    /// Whether something is called so in public.
    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}

/// What a catalog calls its parts.
fn names(catalog: &Catalog) -> impl Iterator<Item = String> {
    let Catalog {
        name,
        title,
        file,
        product,
        groups,
        variables,
        features,
        pages,
        profiles,
        rules: _,
    } = catalog;
    let pages = pages.iter().flat_map(|(id, page)| {
        let url = page.url.clone();
        [id.clone(), page.title.clone()].into_iter().chain(url)
    });
    let profiles = profiles
        .iter()
        .flat_map(|profile| std::iter::once(profile.name.clone()).chain(profile.alias.clone()));
    let own = [&product.trust_store, &product.proxy];
    [name, title, file]
        .into_iter()
        .chain(own.into_iter().flatten())
        .chain(groups.keys())
        .chain(variables.keys())
        .chain(features.keys())
        .chain(variables.values().filter_map(|it| it.flag.as_ref()))
        .cloned()
        .chain(pages)
        .chain(profiles)
}

/// What a rule says beside the hosts that it names.
fn words(rule: &Rule) -> Vec<String> {
    let mut words = vec![
        rule.id.clone(),
        rule.from.clone(),
        rule.to.clone(),
        rule.service.clone(),
        rule.source.heading.clone(),
        rule.source.section.clone(),
    ];
    words.extend(rule.any_of.clone());
    words.extend(off_reasons(rule));
    words.extend(rule.outside.iter().map(|outside| outside.source.clone()));
    if let Some(withdrawn) = &rule.withdrawn {
        words.extend([withdrawn.by.clone(), withdrawn.instead.clone()]);
    }
    if let Target::Placeholder { template, .. } = &rule.target {
        words.push(template.clone());
    }
    words
}

/// Why a rule may be off.
fn off_reasons(rule: &Rule) -> impl Iterator<Item = String> {
    let version = rule.version.as_ref();
    let reasons = [
        Some(OffReason::Selection),
        rule.feature.clone().map(OffReason::Without),
        rule.unless.clone().map(OffReason::With),
        version.map(|range| OffReason::Version(range.variable.clone(), range.to_string())),
    ];
    reasons
        .into_iter()
        .flatten()
        .map(|reason| off_reason(&reason))
}

/// The hosts that a rule names, and the domain of all those that it has a pattern for.
fn hosts(rule: &Rule) -> Vec<String> {
    let named = |host: &Host| matches!(host, Host::Name(_)).then(|| host.to_string());
    let mut hosts: Vec<String> = match &rule.target {
        Target::Host(host) => named(host).into_iter().collect(),
        Target::Wildcard { pattern, witness } => {
            let domain = pattern.trim_start_matches("*.").to_owned();
            let pattern = pattern.clone();
            named(witness)
                .into_iter()
                .chain([domain, pattern])
                .collect()
        }
        Target::Group | Target::Placeholder { .. } => Vec::new(),
    };
    hosts.extend(rule.reverse.iter().filter_map(|it| named(&it.host)));
    hosts
}
