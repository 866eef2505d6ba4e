//! A report that can leave the house: addresses and names become pseudonyms, causes stay.
//!
//! The same name is the same pseudonym everywhere in a report. Hosts that the built-in catalogs
//! name stay, they are in the vendors' public pages; what servers said of themselves is left out
//! whole, because it may say anything.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
};

use super::{Address, Baseline, Certificate, Finding, Report, RootCause, Source};
use crate::{
    catalog::{Catalogs, Rule, Target},
    diagnose::Cause,
    net::Host,
};

mod evidence;
mod scan;

use evidence::WITHHELD;

/// Replaces addresses and names by pseudonyms; the same ones as long as it lives.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Hosts and rules that stay as they are, in lower case.
    public: HashSet<String>,
    /// Rules of other catalogs; they have the form of a host's name.
    rules: HashSet<String>,
    /// Names without a dot that are known to be hosts, in lower case.
    bare: HashSet<String>,
    /// By kind and what is replaced, in lower case.
    pseudonyms: HashMap<(Kind, String), String>,
    counts: HashMap<Kind, usize>,
}

/// What is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    /// A host by its name.
    Host,
    /// An address.
    Ipv4,
    /// An address.
    Ipv6,
    /// Whom a certificate names.
    Name,
}

impl Kind {
    /// What its pseudonyms begin with.
    const fn word(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Name => "name",
        }
    }
}

impl Redactor {
    /// Leaves alone what these catalogs say: their hosts and rules are public.
    #[must_use]
    pub fn new(published: &Catalogs) -> Self {
        let mut redactor = Self::default();
        for rule in published.iter().flat_map(|catalog| &catalog.rules) {
            redactor.publish(&rule.id);
            for host in hosts(rule) {
                redactor.publish(&host);
            }
        }
        redactor
    }

    fn publish(&mut self, word: &str) {
        self.public.insert(word.to_ascii_lowercase());
    }

    /// Learns that a host has this name, so that it is known in texts too.
    pub fn learn_host(&mut self, host: &str) {
        let is_address = host.parse::<IpAddr>().is_ok();
        if !is_address && !host.is_empty() && !host.contains(['.', '<', '*', ' ']) {
            self.bare.insert(host.to_ascii_lowercase());
        }
    }

    /// The report without what must not leave the house.
    #[must_use]
    pub fn report(&mut self, mut report: Report) -> Report {
        self.learn(&report);
        report.host = self.host(&report.host);
        report.findings.iter_mut().for_each(|it| self.replace(it));
        report.root_causes.iter_mut().for_each(|it| self.root(it));
        report.baseline.iter_mut().for_each(|it| self.baseline(it));
        report
    }

    /// The finding without what must not leave the house.
    pub fn finding(&mut self, finding: &mut Finding) {
        self.learn_finding(finding);
        self.replace(finding);
    }

    /// What the whole report knows, before any text of it is read.
    fn learn(&mut self, report: &Report) {
        self.learn_host(&report.host);
        for off in &report.off {
            self.rules.insert(off.rule.to_ascii_lowercase());
        }
        for finding in &report.findings {
            self.learn_finding(finding);
        }
    }

    fn learn_finding(&mut self, finding: &Finding) {
        if finding.catalog.is_some() {
            self.rules.insert(finding.rule.to_ascii_lowercase());
        }
        // Of what nobody has configured the host is a group or a variable.
        let host = Some(&finding.endpoint.host);
        let is_unbound = finding.cause.as_deref() == Some(Cause::NotConfigured.code());
        if !is_unbound && host != finding.to.as_ref() {
            self.learn_host(&finding.endpoint.host);
        }
        for name in finding
            .chain
            .iter()
            .flat_map(|certificate| &certificate.names)
        {
            self.learn_host(name);
        }
    }

    fn replace(&mut self, finding: &mut Finding) {
        if finding.catalog.is_none() {
            finding.rule = self.text(&finding.rule);
        }
        finding.section = self.text(&finding.section);
        finding.service = self.text(&finding.service);
        finding.endpoint.host = self.text(&finding.endpoint.host);
        finding.addresses.iter_mut().for_each(|it| self.address(it));
        for line in &mut finding.evidence {
            *line = self.evidence(line);
        }
        for text in [
            &mut finding.remedy,
            &mut finding.explained_by,
            &mut finding.via,
        ]
        .into_iter()
        .flatten()
        {
            *text = self.text(text);
        }
        for address in finding
            .stages
            .iter_mut()
            .filter_map(|stage| stage.address.as_mut())
        {
            *address = self.text(address);
        }
        finding.chain.iter_mut().for_each(|it| self.certificate(it));
        if let Some(waived) = &mut finding.waived {
            waived.owner = self.pseudonym(Kind::Name, &waived.owner);
            WITHHELD.clone_into(&mut waived.reason);
        }
        if !self.public.contains(&finding.rule.to_ascii_lowercase()) {
            finding.source.iter_mut().for_each(|it| self.source(it));
        }
    }

    /// Where a rule of somebody's own catalog comes from: the folders and the page's address may
    /// name whose it is.
    fn source(&mut self, source: &mut Source) {
        if let Some((_, name)) = source.file.rsplit_once(['/', '\\']) {
            source.file = name.to_owned();
        }
        source.page = self.text(&source.page);
        source.section = self.text(&source.section);
        source.url = None;
    }

    fn address(&mut self, address: &mut Address) {
        address.address = self.text(&address.address);
    }

    fn certificate(&mut self, certificate: &mut Certificate) {
        for name in [&mut certificate.subject, &mut certificate.issuer] {
            *name = self.pseudonym(Kind::Name, name);
        }
        for name in &mut certificate.names {
            *name = self.text(name);
        }
    }

    fn root(&mut self, root: &mut RootCause) {
        for text in [&mut root.id, &mut root.title, &mut root.remedy] {
            *text = self.text(text);
        }
        for line in &mut root.evidence {
            *line = self.evidence(line);
        }
    }

    fn baseline(&mut self, baseline: &mut Baseline) {
        baseline.host = self.host(&baseline.host);
        for change in &mut baseline.changes {
            change.check = self.text(&change.check);
        }
    }

    /// A name that is known to be a host's.
    fn host(&mut self, host: &str) -> String {
        match host.parse() {
            Ok(address) => self.ip(address),
            Err(_) => self.pseudonym(Kind::Host, host),
        }
    }

    fn ip(&mut self, address: IpAddr) -> String {
        let kind = match address {
            IpAddr::V4(_) => Kind::Ipv4,
            IpAddr::V6(_) => Kind::Ipv6,
        };
        self.pseudonym(kind, &address.to_string())
    }

    /// The same for the same, whatever its case: `host-1`, `ipv4-2`.
    fn pseudonym(&mut self, kind: Kind, name: &str) -> String {
        let name = name.to_ascii_lowercase();
        if name.is_empty() || self.public.contains(&name) {
            return name;
        }
        if let Some(known) = self.pseudonyms.get(&(kind, name.clone())) {
            return known.clone();
        }
        let count = self.counts.entry(kind).or_default();
        *count += 1;
        // A host may really have such a name.
        while self.bare.contains(&format!("{}-{count}", kind.word())) {
            *count += 1;
        }
        let pseudonym = format!("{}-{count}", kind.word());
        self.pseudonyms.insert((kind, name), pseudonym.clone());
        pseudonym
    }
}

/// The hosts that a rule names.
fn hosts(rule: &Rule) -> Vec<String> {
    let mut hosts: Vec<String> = match &rule.target {
        Target::Host(host) => vec![host.to_string()],
        Target::Wildcard { pattern, witness } => {
            let suffix = pattern.trim_start_matches("*.").to_owned();
            vec![suffix, witness.to_string()]
        }
        Target::Group | Target::Placeholder { .. } => Vec::new(),
    };
    hosts.extend(rule.reverse.iter().map(|reverse| reverse.host.to_string()));
    hosts.retain(|host| matches!(host.parse(), Ok(Host::Name(_))));
    hosts
}

#[cfg(test)]
mod tests;
