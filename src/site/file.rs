//! The site file: what the flags say, kept.

use std::{collections::BTreeMap, path::Path};

use super::Value;
use crate::catalog::{
    Catalogs, Mistakes, ValueError, VariableKind,
    mistakes::{Reporter, Span, quoted},
    shape::{self, Naming, Shape, may},
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
}

/// A site file's form.
const SITE: Shape = Shape::Keys(&[
    may("site", Shape::Text, "what the site calls itself"),
    may(
        "groups",
        Shape::Named(Naming::Either, &Shape::Any),
        "the hosts of each group",
    ),
    may(
        "variables",
        Shape::Named(Naming::Either, &Shape::Any),
        "the value of each variable",
    ),
    may(
        "features",
        Shape::Named(Naming::Either, &Shape::Switch),
        "whether each feature is on",
    ),
]);

impl SiteFile {
    /// The site file that `text` holds; `file` is what it is called in mistakes.
    ///
    /// # Errors
    /// Every mistake of the text; only a syntax error hides what comes after it.
    pub fn parse(file: &str, text: &str, catalogs: &Catalogs) -> Result<Self, Mistakes> {
        yaml::parse(file, text, |root, reporter| {
            shape::check(root, &SITE, reporter);
            let mut reading = Reading {
                catalogs,
                reporter,
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
            reading.site
        })
    }

    /// The site file at `path`.
    ///
    /// # Errors
    /// A file that cannot be read, is no text or is over 1 MiB; else as [`SiteFile::parse`].
    pub fn read_file(path: &Path, catalogs: &Catalogs) -> Result<Self, Mistakes> {
        let text = yaml::read_text(path)?;
        Self::parse(&path.display().to_string(), &text, catalogs)
    }
}

/// A site file that is being read.
struct Reading<'c, 'r, 't> {
    catalogs: &'c Catalogs,
    reporter: &'r mut Reporter<'t>,
    /// The line that gives each variable its value.
    lines: BTreeMap<String, usize>,
    site: SiteFile,
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
            let Some(variable) = &group.bound_by else {
                let message = format!("nobody lists the hosts of group {}", quoted(&name));
                self.reporter.report(entry.span, message);
                continue;
            };
            self.bind(entry, variable);
        }
    }

    fn variables(&mut self, root: &Node<'_>) {
        for entry in root.entries_at("variables") {
            self.bind(entry, &entry.key);
        }
    }

    fn bind(&mut self, entry: &Entry<'_>, variable: &str) {
        let Some((name, variable)) = self.catalogs.variable(variable) else {
            let known = self.catalogs.variable_names();
            self.reporter
                .unknown(entry.span, ("variable", variable), known);
            return;
        };
        let value = self.value(&entry.value, variable.kind);
        if let Some(line) = self.lines.insert(name.to_owned(), entry.span.line) {
            self.twice(entry.span, name, line);
        } else if let Some(value) = value {
            self.site.values.insert(name.to_owned(), value);
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
        value
            .map_err(|error| self.reporter.report(node.span, error.to_string()))
            .ok()
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
