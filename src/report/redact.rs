//! A report that can leave the house: addresses and names become pseudonyms, causes stay.
//!
//! What was seen is a map over parts, each of which knows whose words it is; no prose is searched.
//! What the built-in catalogs say stays, it is in the vendors' public pages. What a stranger said
//! is left out whole, and so is every text of which nobody knows any more what it is made of.

use std::{collections::HashMap, net::IpAddr};

use super::{
    Address, Baseline, Certificate, Endpoint, Fact, Finding, Hop, Off, Report, RootCause, Source,
    StageTime, Waived, fact::words,
};
use crate::{
    catalog::Catalogs,
    diagnose::Cause,
    fact::{self, Origin, Part, Said, Sentence},
};

mod pseudonyms;
mod published;
mod typed;

use pseudonyms::{Kind, Pseudonyms};
use published::Published;

/// What stands in the place of what is left out.
const WITHHELD: &str = "[redacted]";

/// Replaces addresses and names by pseudonyms; the same ones as long as it lives.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    published: Published,
    pseudonyms: Pseudonyms,
    /// The new ids of root causes, by the old ones.
    roots: HashMap<String, String>,
}

impl Redactor {
    /// Leaves alone what these catalogs say: their hosts and names are public.
    #[must_use]
    pub fn new(published: &Catalogs) -> Self {
        Self {
            published: Published::new(published),
            ..Self::default()
        }
    }

    /// Learns that a host has this name.
    pub fn learn_host(&mut self, host: &str) {
        self.pseudonyms.take(host);
    }

    /// The report without what must not leave the house.
    #[must_use]
    pub fn report(&mut self, mut report: Report) -> Report {
        self.learn_host(&report.host);
        report.findings.iter().for_each(|it| self.learn(it));
        self.number(&report.root_causes);
        self.replace_report(&mut report);
        report
    }

    /// The finding without what must not leave the house.
    pub fn finding(&mut self, finding: &mut Finding) {
        self.learn(finding);
        self.replace(finding);
    }

    /// What a finding knows of who is who.
    fn learn(&mut self, finding: &Finding) {
        let host = &finding.endpoint.host;
        self.pseudonyms.take(host);
        let names = finding.chain.iter().flat_map(|it| &it.names);
        names.for_each(|name| self.pseudonyms.take(name));
        let is_name = host.parse::<IpAddr>().is_err();
        if is_name && !self.published.has_host(host) && !is_unbound(finding) {
            let addresses = finding.addresses.iter();
            for address in addresses.filter_map(|it| it.address.parse().ok()) {
                self.pseudonyms.belongs(address, host);
            }
        }
    }

    /// Root causes are told apart by numbers: their ids say what they are about.
    fn number(&mut self, roots: &[RootCause]) {
        for root in roots {
            let number = self.roots.len() + 1;
            let id = format!("{}:{number}", cause_of(&root.cause));
            self.roots.entry(root.id.clone()).or_insert(id);
        }
    }

    fn replace_report(&mut self, report: &mut Report) {
        let Report {
            schema: _,
            version: _,
            host,
            started: _,
            elapsed_ms: _,
            profiles,
            verdict: _,
            exit_code: _,
            interrupted: _,
            baseline,
            summary: _,
            root_causes,
            off,
            findings,
        } = report;
        *host = self.host(host);
        for it in profiles {
            self.name(Kind::Profile, it);
        }
        if let Some(it) = baseline {
            self.baseline(it);
        }
        for it in root_causes.iter_mut() {
            self.root(it);
        }
        for it in off {
            self.off(it);
        }
        for it in findings.iter_mut() {
            self.replace(it);
        }
        for root in root_causes {
            let explained = root
                .findings
                .iter()
                .filter_map(|place| findings.get(*place));
            for finding in explained {
                if !root.rules.contains(&finding.rule) {
                    root.rules.push(finding.rule.clone());
                }
            }
        }
    }

    fn replace(&mut self, finding: &mut Finding) {
        let typed = finding.catalog.is_none();
        let unbound = is_unbound(finding);
        let Finding {
            rule,
            catalog,
            section,
            service,
            level: _,
            from,
            to,
            endpoint,
            protocol: _,
            expect: _,
            any_of,
            verdict: _,
            waived,
            cause,
            certainty: _,
            stage: _,
            explained_by,
            via,
            from_address,
            addresses,
            path,
            evidence,
            facts,
            remedy,
            remedy_parts,
            source,
            stages,
            chain,
            elapsed_ms: _,
            gates: _,
        } = finding;
        self.rule(typed, rule);
        self.names(Kind::Catalog, catalog);
        self.name(Kind::Name, section);
        self.name(Kind::Name, service);
        self.target(to.as_deref(), endpoint, unbound);
        self.names(Kind::Group, from);
        self.names(Kind::Group, to);
        self.names(Kind::Name, any_of);
        self.each(from_address, |it, from| *from = it.host(from));
        self.each(addresses, Self::address);
        self.each(path, Self::hop);
        self.each(stages, Self::stage);
        self.each(chain, Self::certificate);
        self.evidence(evidence, facts);
        if let Some(remedy) = remedy {
            let cause = cause.as_deref().unwrap_or_default();
            self.remedy((remedy, remedy_parts), cause);
        }
        self.each(waived, Self::waived);
        self.each(source, Self::source);
        self.each(explained_by, |it, id| *id = it.root_id(id));
        self.each(via, |it, proxy| *proxy = it.proxy(proxy));
    }

    /// What nobody has named stands there by its group.
    fn target(&mut self, group: Option<&str>, endpoint: &mut Endpoint, unbound: bool) {
        if unbound && group == Some(endpoint.host.as_str()) {
            self.name(Kind::Group, &mut endpoint.host);
        } else {
            self.endpoint(endpoint, unbound);
        }
    }

    fn rule(&mut self, typed: bool, rule: &mut String) {
        if typed {
            *rule = self.uri(rule);
        } else {
            self.name(Kind::Rule, rule);
        }
    }

    /// Each of several things, or of at most one.
    fn each<T>(&mut self, them: impl IntoIterator<Item = T>, replace: fn(&mut Self, T)) {
        for it in them {
            replace(self, it);
        }
    }

    fn hop(&mut self, hop: &mut Hop) {
        hop.address = self.host(&hop.address);
    }

    fn root(&mut self, root: &mut RootCause) {
        let RootCause {
            id,
            cause,
            title,
            title_parts,
            evidence,
            facts,
            remedy,
            remedy_parts,
            explains: _,
            sources,
            hosts,
            ports: _,
            rules,
            findings: _,
            certainty: _,
            fewest: _,
        } = root;
        for host in sources.iter_mut().chain(hosts) {
            *host = self.host(host);
        }
        // A rule is a name or a URI: which, its findings know.
        rules.clear();
        *id = self.root_id(id);
        if !self.parts(title, title_parts) {
            cause_of(cause).clone_into(title);
        }
        self.evidence(evidence, facts);
        self.remedy((remedy, remedy_parts), cause);
    }

    fn root_id(&self, id: &str) -> String {
        let known = self.roots.get(id).cloned();
        known.unwrap_or_else(|| cause_of(id.split(':').next().unwrap_or_default()).to_owned())
    }

    /// Each line by its parts; what has none stays if the words are ours alone.
    fn evidence(&mut self, evidence: &mut Vec<String>, facts: &mut Vec<Fact>) {
        let is_whole = facts.len() == evidence.len();
        if !is_whole {
            facts.clear();
        }
        for (place, line) in evidence.iter_mut().enumerate() {
            let known = facts.get_mut(place);
            let known = known.is_some_and(|fact| self.parts(line, &mut fact.parts));
            if !known && !fact::Fact::is_ours(line) {
                WITHHELD.clone_into(line);
            }
        }
        if !is_whole {
            evidence.dedup_by(|line, before| line == before && line == WITHHELD);
        }
    }

    /// What to do by its parts; where they are not known, where to read it.
    fn remedy(&mut self, (remedy, parts): (&mut String, &mut Vec<Part>), cause: &str) {
        // Words of which nobody knows whose they are say nothing once they are left out.
        let is_unknown = matches!(parts.as_slice(), [only] if only.origin == Origin::Stranger);
        if is_unknown || !self.parts(remedy, parts) {
            parts.clear();
            *remedy = format!("see `portcheck explain {}`", cause_of(cause));
        }
    }

    /// Makes the text of its parts, each without what must not leave the house; `false` where they
    /// are not those of the text.
    fn parts(&mut self, text: &mut String, parts: &mut Vec<Part>) -> bool {
        if parts.is_empty() || words(parts) != *text {
            parts.clear();
            return false;
        }
        for part in &mut *parts {
            self.part(part);
        }
        *text = words(parts);
        true
    }

    fn part(&mut self, part: &mut Part) {
        let text = part.text.as_ref();
        let kind = match part.origin {
            Origin::Ours | Origin::Number => return,
            Origin::Host | Origin::Address => {
                part.text = self.host(text).into();
                return;
            }
            Origin::Stranger => {
                part.text = WITHHELD.into();
                return;
            }
            Origin::Path => Kind::File,
            Origin::Program => Kind::Program,
            Origin::Rule => Kind::Rule,
            Origin::Group => Kind::Group,
            Origin::Certificate | Origin::Named => Kind::Name,
        };
        let mut name = text.to_owned();
        self.name(kind, &mut name);
        part.text = name.into();
    }

    /// A sentence of ours without what must not leave the house.
    fn said(&mut self, said: &impl Said) -> String {
        let Sentence(mut parts) = said.said();
        for part in &mut *parts {
            self.part(part);
        }
        words(&parts)
    }

    /// A name of something that is no host.
    fn name(&mut self, kind: Kind, name: &mut String) {
        if !name.is_empty() && !self.published.has_name(name) {
            *name = self.pseudonyms.of(kind, name);
        }
    }

    fn names(&mut self, kind: Kind, name: &mut Option<String>) {
        for name in name.iter_mut() {
            self.name(kind, name);
        }
    }

    /// What is known to be a host: an address, a name, or a pattern of names.
    fn host(&mut self, host: &str) -> String {
        let bare = host.split('%').next().unwrap_or_default();
        if let Ok(address) = bare.parse::<IpAddr>() {
            return self.pseudonyms.address(address);
        }
        if host.is_empty() || self.published.has_host(host) {
            return host.to_owned();
        }
        match host.strip_prefix("*.") {
            Some(domain) => format!("*.{}", self.host(domain)),
            None => self.pseudonyms.of(Kind::Host, host),
        }
    }

    fn endpoint(&mut self, endpoint: &mut Endpoint, unbound: bool) {
        let host = &mut endpoint.host;
        if unbound && (self.published.has_name(host) || self.published.has_host(host)) {
            return;
        }
        *host = self.host(host);
    }

    fn address(&mut self, address: &mut Address) {
        address.address = self.host(&address.address);
        self.each(&mut address.from_address, |it, from| *from = it.host(from));
    }

    fn stage(&mut self, stage: &mut StageTime) {
        if let Some(address) = &mut stage.address {
            *address = self.host(address);
        }
    }

    fn certificate(&mut self, certificate: &mut Certificate) {
        for name in [&mut certificate.subject, &mut certificate.issuer] {
            *name = self.pseudonyms.of(Kind::Name, name);
        }
        for name in &mut certificate.names {
            *name = self.host(name);
        }
    }

    fn waived(&mut self, waived: &mut Waived) {
        waived.owner = self.pseudonyms.of(Kind::Name, &waived.owner);
        WITHHELD.clone_into(&mut waived.reason);
    }

    /// Where a rule of somebody's own catalog comes from may name whose it is.
    fn source(&mut self, source: &mut Source) {
        self.name(Kind::File, &mut source.file);
        self.name(Kind::Name, &mut source.page);
        self.name(Kind::Name, &mut source.section);
        let is_public = |url: &String| self.published.has_name(url);
        source.url = source.url.take().filter(is_public);
    }

    fn off(&mut self, off: &mut Off) {
        self.name(Kind::Rule, &mut off.rule);
        if !self.published.has_name(&off.reason) {
            WITHHELD.clone_into(&mut off.reason);
        }
    }

    fn baseline(&mut self, baseline: &mut Baseline) {
        baseline.host = self.host(&baseline.host);
        for it in baseline.profiles.iter_mut().flatten() {
            self.name(Kind::Profile, it);
        }
        for change in &mut baseline.changes {
            change.check = self.check(&change.check);
        }
    }
}

/// The code, if it is one: what stands in its place in a file may be anything.
fn cause_of(code: &str) -> &str {
    match code.parse::<Cause>() {
        Ok(cause) => cause.code(),
        Err(_) => "unknown",
    }
}

/// Whether nobody has said which host is reached: what stands for it is a group or a blank.
fn is_unbound(finding: &Finding) -> bool {
    let unbound = [Cause::NotConfigured, Cause::NotFromHere];
    unbound
        .iter()
        .any(|cause| finding.cause.as_deref() == Some(cause.code()))
}

#[cfg(test)]
mod planted;
#[cfg(test)]
mod tests;
