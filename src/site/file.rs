//! The site file: what the flags say, kept.

use std::{collections::BTreeMap, path::Path};

use serde_json::Value as Json;
use time::Date;

use super::{
    Member, Override, Value, Waiver,
    expected::{self, Expected},
    members,
    overrides::{self, HostKeys},
    reading::{Given, Reading},
    waivers::{self, WaiverKeys},
    ways::{self, Way},
};
use crate::catalog::{
    Catalogs, Expect, Mistakes, Via,
    form::{Either, Glob, Hollow, HostName, List, Map, Named, OneOf, Switch, Text, Texts},
    keys::{file_schema, keys},
    mistakes::quoted,
    yaml::{self, Node},
};

/// A site file, as meant: names as the catalogs write them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SiteFile {
    /// The file, as the user named it.
    pub file: String,
    /// What the site calls itself.
    pub site: Option<String>,
    /// The values it gives, by variable; those of `groups:` too.
    pub values: BTreeMap<String, Value>,
    /// The features it switches on or off, by name.
    pub features: BTreeMap<String, bool>,
    /// Who stands in the groups that no variable binds, by group: whose machines they are.
    pub members: BTreeMap<String, Vec<Member>>,
    /// What is different of single hosts, in the file's order.
    pub overrides: Vec<Override>,
    /// What must be seen of which rules, in the file's order; of several that match the last counts.
    pub expect: Vec<Expected>,
    /// Which way the product goes for which rules, in the file's order; the last that matches counts.
    pub ways: Vec<Way>,
    /// What is known and accepted, in the file's order; none has ended.
    pub waivers: Vec<Waiver>,
}

keys! {
    /// A site file.
    SiteKeys {
        may "site" site: Text, "what the site calls itself", "my-site";
        may "groups" groups: Hollow<Map<Either, Texts>>, "the hosts of each group; of users and the like also networks, `10.20.0.0/16`", "nodes: [node-1.example, 10.0.0.2]";
        may "variables" variables: Hollow<Map<Either, Texts>>, "the value of each variable", "smtp_relay: mail.example:25";
        may "features" features: Hollow<Map<Either, Switch>>, "whether each feature is on", "ipsec: true";
        may "hosts" hosts: Hollow<Map<HostName, HostKeys<'static>>>, "what is different of single hosts", "node-3.example";
        may "expect" expect: Hollow<Map<Glob, OneOf<Option<Expect>>>>, "what must be seen, by rule: `service`, `path`, `blocked`, or `auto` for its own; the last that matches counts", "{rule}: service";
        may "via" via: Hollow<Map<Glob, OneOf<Via>>>, "which way the product goes, by rule: `direct`, through a `proxy`, or `either`; the last that matches counts", "{rule}: direct";
        may "waivers" waivers: Hollow<List<WaiverKeys<'static>>>, "failures that are known and accepted: they show and do not gate", "";
    }
}

/// The JSON Schema of a site file, for editors. Whatever loads without a mistake is valid by it; it
/// does not know the catalogs' names, so not everything that is valid by it loads.
#[must_use]
pub fn json_schema() -> Json {
    file_schema(SiteKeys::KEYS, "portcheck site")
}

impl SiteFile {
    /// The site file that `text` holds; `file` is what it is called in mistakes. A waiver whose last
    /// day is before `today` is a mistake.
    ///
    /// # Errors
    /// Every mistake of the text; only a syntax error hides what comes after it.
    pub fn parse(
        file: &str,
        text: &str,
        catalogs: &Catalogs,
        today: Date,
    ) -> Result<Self, Mistakes> {
        yaml::parse(file, text, |root, reporter| {
            let keys = SiteKeys::of_mapping(root, reporter);
            let mut reading = Reading::new(catalogs, today, reporter);
            let mut site = Self {
                file: file.to_owned(),
                site: keys.site.maybe(),
                overrides: overrides::read(keys.hosts.items(), &mut reading),
                expect: expected::read(keys.expect.items(), &mut reading),
                ways: ways::read(keys.via.items(), &mut reading),
                waivers: waivers::read(keys.waivers.items(), &mut reading),
                ..Self::default()
            };
            site.bind(&keys, &mut reading);
            site.switch(keys.features.items(), &mut reading);
            site
        })
    }

    /// The site file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read, is no text or is over 1 MiB; else as [`SiteFile::parse`].
    pub fn read_file(path: &Path, catalogs: &Catalogs, today: Date) -> Result<Self, Mistakes> {
        let text = yaml::read_text(path)?;
        Self::parse(&path.display().to_string(), &text, catalogs, today)
    }

    /// Gives groups their hosts and variables their values.
    fn bind(&mut self, keys: &SiteKeys<'_>, reading: &mut Reading<'_, '_, '_>) {
        let mut given = Vec::new();
        for entry in keys.groups.items() {
            let name = entry.name.replace('_', "-");
            let Some(group) = reading.catalogs.group(&name) else {
                let known = reading.catalogs.group_names();
                reading
                    .reporter
                    .unknown(entry.span, "group", entry.name, known);
                continue;
            };
            if let Some(variable) = &group.bound_by {
                given.extend(reading.given(entry, variable).map(|given| (entry, given)));
            } else if members::starts_something(&name, reading.catalogs) {
                let listed = members::read(entry.node, reading.reporter);
                self.members.insert(name, listed);
            } else {
                let message = format!("nobody lists the hosts of group {}", quoted(&name));
                reading.reporter.report(entry.span, message);
            }
        }
        for entry in keys.variables.items() {
            given.extend(reading.given(entry, entry.name).map(|given| (entry, given)));
        }
        self.take(given, reading);
    }

    /// Takes the values over, each variable's once.
    fn take(
        &mut self,
        given: Vec<(&Named<'_, &Node<'_>>, Given)>,
        reading: &mut Reading<'_, '_, '_>,
    ) {
        let mut lines = BTreeMap::new();
        for (entry, Given { variable, value }) in given {
            if let Some(line) = lines.insert(variable.clone(), entry.span.line) {
                let message = format!("variable `{variable}` is given twice");
                let help = format!("it is first given in line {line}");
                reading.reporter.report_with(entry.span, message, help);
            } else if let Some(value) = value {
                self.values.insert(variable, value);
            }
        }
    }

    fn switch(&mut self, features: &[Named<'_, bool>], reading: &mut Reading<'_, '_, '_>) {
        for entry in features {
            let Some((name, _)) = reading.catalogs.feature(entry.name) else {
                let known = reading.catalogs.feature_names();
                reading
                    .reporter
                    .unknown(entry.span, "feature", entry.name, known);
                continue;
            };
            let is_on = entry.value.unwrap_or_default();
            self.features.insert(name.to_owned(), is_on);
        }
    }
}
