//! The site file: what the flags say, kept.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use serde_json::Value as Json;
use time::Date;
use wildmatch::WildMatch;

use super::{
    Member, Override, Value, Waiver,
    expected::{self, Expected},
    members, overrides, waivers,
    ways::{self, Way},
};
use crate::catalog::{
    Catalogs, Mistakes, ValueError, VariableKind,
    mistakes::{Reporter, Span, quoted},
    shape::{self, Naming, Shape, may, open},
    yaml::{self, Entry, Node, Value as Yaml},
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

/// A site file's form.
const SITE: Shape = Shape::Keys(&[
    may("site", Shape::Text, "what the site calls itself"),
    open(
        "groups",
        Shape::Named(Naming::Either, &Shape::Texts),
        "the hosts of each group; of users and the like also networks, `10.20.0.0/16`",
    ),
    open(
        "variables",
        Shape::Named(Naming::Either, &Shape::Texts),
        "the value of each variable",
    ),
    open(
        "features",
        Shape::Named(Naming::Either, &Shape::Switch),
        "whether each feature is on",
    ),
    open(
        "hosts",
        Shape::Named(Naming::Host, &overrides::HOST),
        "what is different of single hosts",
    ),
    open(
        "expect",
        Shape::Named(Naming::Glob, &expected::WHAT),
        "what must be seen, by rule; of several that match the last counts",
    ),
    open(
        "via",
        Shape::Named(Naming::Glob, &ways::WAY),
        "which way the product goes, by rule; of several that match the last counts",
    ),
    open(
        "waivers",
        Shape::List(&waivers::WAIVER),
        "failures that are known and accepted: they show and do not gate",
    ),
]);

/// The JSON Schema of a site file, for editors. Whatever loads without a mistake is valid by it; it
/// does not know the catalogs' names, so not everything that is valid by it loads.
#[must_use]
pub fn json_schema() -> Json {
    let mut schema = shape::json_schema(&SITE);
    if let Json::Object(schema) = &mut schema {
        let draft = "https://json-schema.org/draft/2020-12/schema";
        schema.insert("$schema".to_owned(), draft.into());
        schema.insert("title".to_owned(), "portcheck site".into());
    }
    schema
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
            shape::check(root, &SITE, reporter);
            let rules = catalogs.iter().flat_map(|catalog| &catalog.rules);
            let mut reading = Reading {
                catalogs,
                ids: rules.map(|rule| &*rule.id).collect(),
                reporter,
                today,
                lines: BTreeMap::new(),
                site: Self {
                    file: file.to_owned(),
                    site: root.text_at("site"),
                    ..Self::default()
                },
            };
            reading.groups(root);
            reading.variables(root);
            reading.features(root);
            reading.overrides(root);
            reading.expect(root);
            reading.ways(root);
            reading.waivers(root);
            reading.site
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
}

/// A site file that is being read.
pub(super) struct Reading<'c, 'r, 't> {
    pub(super) catalogs: &'c Catalogs,
    /// The ids of all rules.
    ids: BTreeSet<&'c str>,
    pub(super) reporter: &'r mut Reporter<'t>,
    pub(super) today: Date,
    /// The line that gives each variable its value.
    lines: BTreeMap<String, usize>,
    pub(super) site: SiteFile,
}

impl Reading<'_, '_, '_> {
    fn groups(&mut self, root: &Node<'_>) {
        for entry in root.entries_at("groups") {
            let name = entry.key.replace('_', "-");
            let Some(group) = self.catalogs.group(&name) else {
                let known = self.catalogs.group_names();
                self.reporter
                    .unknown(entry.span, ("group", &entry.key), known);
                continue;
            };
            if let Some(variable) = &group.bound_by {
                self.bind(entry, variable);
            } else if members::starts_something(&name, self.catalogs) {
                let listed = members::read(&entry.value, self.reporter);
                self.site.members.insert(name, listed);
            } else {
                let message = format!("nobody lists the hosts of group {}", quoted(&name));
                self.reporter.report(entry.span, message);
            }
        }
    }

    fn variables(&mut self, root: &Node<'_>) {
        for entry in root.entries_at("variables") {
            self.bind(entry, &entry.key);
        }
    }

    fn bind(&mut self, entry: &Entry<'_>, variable: &str) {
        let Some((name, value)) = self.given(entry, variable) else {
            return;
        };
        if let Some(line) = self.lines.insert(name.clone(), entry.span.line) {
            self.twice(entry.span, &name, line);
        } else if let Some(value) = value {
            self.site.values.insert(name, value);
        }
    }

    /// The variable's own name, and its value unless that is a mistake; `None` if there is no such
    /// variable.
    pub(super) fn given(
        &mut self,
        entry: &Entry<'_>,
        variable: &str,
    ) -> Option<(String, Option<Value>)> {
        let Some((name, variable)) = self.catalogs.variable(variable) else {
            let known = self.catalogs.variable_names();
            self.reporter
                .unknown(entry.span, ("variable", variable), known);
            return None;
        };
        let value = self.value(&entry.value, variable.kind);
        Some((name.to_owned(), value))
    }

    /// Reports a glob that matches no rule.
    pub(super) fn check_glob(&mut self, span: Span, glob: &str) {
        if !Naming::Glob.fits(glob) {
            return; // which the form has reported
        }
        let is_known = if glob.contains(['*', '?']) {
            let pattern = WildMatch::new(glob);
            self.ids.iter().any(|id| pattern.matches(id))
        } else {
            self.ids.contains(glob)
        };
        if !is_known {
            let message = format!("no rule matches {}", quoted(glob));
            let known = self.ids.iter().copied();
            self.reporter.mistaken(span, message, (glob, known));
        }
    }

    fn twice(&mut self, span: Span, name: &str, line: usize) {
        let message = format!("variable `{name}` is given twice");
        let help = format!("it is first given in line {line}");
        self.reporter.report_with(span, message, help);
    }

    fn value(&mut self, node: &Node<'_>, kind: VariableKind) -> Option<Value> {
        let value = match (&node.value, kind) {
            (Yaml::Text(text), kind) => Value::parse(kind, text),
            (Yaml::List(items), VariableKind::Hosts) => return self.hosts(node, items),
            (Yaml::Number(number), VariableKind::Version) => {
                shape::unquoted(node, number, self.reporter);
                return None;
            }
            (_, VariableKind::Hosts) => {
                shape::wrong(node, "text or a list of texts", self.reporter);
                return None;
            }
            (_, VariableKind::Host | VariableKind::Label | VariableKind::Version) => {
                shape::wrong(node, "text", self.reporter);
                return None;
            }
        };
        self.valued(node, value)
    }

    fn hosts(&mut self, list: &Node<'_>, items: &[Node<'_>]) -> Option<Value> {
        let mut texts = Vec::new();
        for item in items {
            match item.text() {
                Some(text) => {
                    self.valued(item, Value::hosts([text]))?;
                    texts.push(text);
                }
                None => shape::wrong(item, "text", self.reporter),
            }
        }
        if texts.len() == items.len() {
            self.valued(list, Value::hosts(texts))
        } else {
            None
        }
    }

    fn valued(&mut self, node: &Node<'_>, value: Result<Value, ValueError>) -> Option<Value> {
        let told = |error: ValueError| {
            let is_network = node.text().is_some_and(members::is_network);
            let help = is_network.then(|| "a network is no target: list its hosts".to_owned());
            self.reporter
                .report_with(node.span, error.to_string(), help);
        };
        value.map_err(told).ok()
    }

    fn features(&mut self, root: &Node<'_>) {
        for entry in root.entries_at("features") {
            let Some((name, _)) = self.catalogs.feature(&entry.key) else {
                let known = self.catalogs.feature_names();
                self.reporter
                    .unknown(entry.span, ("feature", &entry.key), known);
                continue;
            };
            let is_on = entry.value.value == Yaml::Bool(true);
            self.site.features.insert(name.to_owned(), is_on);
        }
    }
}
