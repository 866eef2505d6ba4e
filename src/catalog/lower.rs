//! From a catalog as written to a catalog as meant: names are looked up, what belongs together is
//! held together, and everything that does not fit is reported.
//!
//! The file's shape has been checked before. What was wrong with it is known, so anything that is
//! missing or of the wrong type is passed over here in silence, and a plain value stands in for it:
//! of a file with a mistake nothing is kept but its mistakes.

use std::collections::{BTreeMap, HashMap};

use super::{
    Catalog, Feature, Group, MachineDefault, Page, Value, Variable, VariableKind,
    mistakes::{Reporter, quoted},
    yaml::{Node, Value as Yaml},
};

mod profile;
mod rule;

/// A section of a page.
struct Section {
    page: String,
    read: String,
    title: String,
    heading: String,
}

/// The catalog that `root` describes; worth nothing once a mistake has been reported.
pub(super) fn catalog(file: &str, root: &Node<'_>, reporter: &mut Reporter<'_>) -> Catalog {
    let mut lowering = Lowering {
        root,
        catalog: Catalog {
            name: root.text_at("catalog").unwrap_or_default(),
            title: root.text_at("title").unwrap_or_default(),
            file: file.to_owned(),
            groups: named(root, "groups", group),
            variables: named(root, "variables", variable),
            features: named(root, "features", feature),
            pages: named(root, "pages", page),
            profiles: Vec::new(),
            rules: Vec::new(),
        },
        sections: BTreeMap::new(),
        reporter,
    };
    lowering.check_variables();
    lowering.check_groups();
    lowering.sections();
    lowering.rules();
    lowering.profiles();
    lowering.catalog
}

/// A catalog that is being put together.
struct Lowering<'n, 'r, 't> {
    root: &'n Node<'n>,
    catalog: Catalog,
    sections: BTreeMap<String, Section>,
    reporter: &'r mut Reporter<'t>,
}

impl Lowering<'_, '_, '_> {
    fn check_variables(&mut self) {
        for entry in self.root.entries_at("variables") {
            let Some(variable) = self.catalog.variables.get(&*entry.key) else {
                continue;
            };
            if let Some(node) = entry.value.at("default")
                && let Some(text) = node.text()
                && let Err(error) = Value::parse(variable.kind, text)
            {
                self.reporter.report(node.span, error.to_string());
            }
            if let Some(node) = entry.value.at("machine")
                && variable.kind != VariableKind::Hosts
            {
                let message = "a machine default is a list of hosts, and this variable is none";
                let help = "say `kind: hosts`".to_owned();
                self.reporter.report_with(node.span, message, help);
            }
            if let Some(node) = entry.value.at("flag")
                && let Some(flag) = node.text()
                && !flag.starts_with("--")
            {
                let message = format!("got the flag {}, expected one like `--node`", quoted(flag));
                self.reporter.report(node.span, message);
            }
        }
    }

    fn check_groups(&mut self) {
        let hosts = [VariableKind::Hosts, VariableKind::Host];
        for entry in self.root.entries_at("groups") {
            self.variable_of_kind(entry.value.at("bound-by"), &hosts);
        }
    }

    fn sections(&mut self) {
        for entry in self.root.entries_at("sections") {
            let node = &entry.value;
            let title = node.text_at("title").unwrap_or_default();
            self.known(node.at("page"), "page", "pages", |catalog| &catalog.pages);
            let page = node.text_at("page").unwrap_or_default();
            let section = Section {
                read: self
                    .catalog
                    .pages
                    .get(&page)
                    .map(|page| page.read.clone())
                    .unwrap_or_default(),
                page,
                heading: node.text_at("heading").unwrap_or_else(|| title.clone()),
                title,
            };
            self.sections
                .entry(entry.key.to_string())
                .or_insert(section);
        }
    }

    fn rules(&mut self) {
        let mut lines: HashMap<&str, usize> = HashMap::new();
        for node in self.root.items_at("rules") {
            let rule = self.rule(node);
            if let Some(id) = node.at("id")
                && let Some(text) = id.text()
                && let Some(line) = lines.insert(text, id.span.line)
            {
                let message = format!("duplicate id {}", quoted(text));
                let help = format!("it is first given in line {line}");
                self.reporter.report_with(id.span, message, help);
                lines.insert(text, line);
            }
            self.catalog.rules.push(rule);
        }
    }

    /// Reports the name at `node` unless the catalog knows it.
    ///
    /// If the catalog lacks the whole mapping `key` though it must have one, that is the mistake,
    /// and not each name.
    fn known<T>(
        &mut self,
        node: Option<&Node<'_>>,
        noun: &str,
        key: &str,
        names: impl Fn(&Catalog) -> &BTreeMap<String, T>,
    ) {
        let Some(node) = node else { return };
        let Some(name) = node.text() else { return };
        let names = names(&self.catalog);
        let is_due = matches!(key, "pages" | "groups");
        if names.contains_key(name) || (is_due && self.root.entries_at(key).is_empty()) {
            return;
        }
        let names = names.keys().map(String::as_str);
        self.reporter.unknown(node.span, (noun, name), names);
    }

    fn known_group(&mut self, node: Option<&Node<'_>>) {
        self.known(node, "group", "groups", |catalog| &catalog.groups);
    }

    fn known_feature(&mut self, node: Option<&Node<'_>>) {
        self.known(node, "feature", "features", |catalog| &catalog.features);
    }

    /// Reports the variable at `node` unless the catalog knows it and it is of one of the kinds.
    fn variable_of_kind(&mut self, node: Option<&Node<'_>>, kinds: &[VariableKind]) {
        let Some(node) = node else { return };
        let Some(name) = node.text() else { return };
        match self.catalog.variables.get(name) {
            None => self.known(Some(node), "variable", "variables", |catalog| {
                &catalog.variables
            }),
            Some(variable) if kinds.contains(&variable.kind) => {}
            Some(variable) => {
                let kind = variable.kind.word();
                let words: Vec<String> = kinds
                    .iter()
                    .map(|kind| format!("`{}`", kind.word()))
                    .collect();
                let message = format!(
                    "variable {} is of kind `{kind}`, expected {}",
                    quoted(name),
                    crate::text::list(&words, "or")
                );
                self.reporter.report(node.span, message);
            }
        }
    }
}

/// The entries of a mapping, each turned into what it means; the first of a repeated key counts.
fn named<T>(root: &Node<'_>, key: &str, meant: impl Fn(&Node<'_>) -> T) -> BTreeMap<String, T> {
    let mut named = BTreeMap::new();
    for entry in root.entries_at(key) {
        named
            .entry(entry.key.to_string())
            .or_insert_with(|| meant(&entry.value));
    }
    named
}

fn page(node: &Node<'_>) -> Page {
    Page {
        title: node.text_at("title").unwrap_or_default(),
        url: node.text_at("url"),
        read: node.text_at("read").unwrap_or_default(),
        updated: node.text_at("updated"),
    }
}

fn group(node: &Node<'_>) -> Group {
    Group {
        about: node.text_at("about").unwrap_or_default(),
        bound_by: node.text_at("bound-by"),
    }
}

fn variable(node: &Node<'_>) -> Variable {
    let kinds = VariableKind::ALL;
    Variable {
        about: node.text_at("about").unwrap_or_default(),
        kind: word(node.at("kind"), &kinds, VariableKind::word).unwrap_or(VariableKind::Hosts),
        default: node.text_at("default"),
        machine: word(
            node.at("machine"),
            &MachineDefault::ALL,
            MachineDefault::word,
        ),
        flag: node.text_at("flag"),
    }
}

fn feature(node: &Node<'_>) -> Feature {
    let default = node.at("default").map(|default| &default.value);
    Feature {
        about: node.text_at("about").unwrap_or_default(),
        default: default == Some(&Yaml::Bool(true)),
    }
}

/// The value that the word at `node` stands for.
fn word<T: Copy>(
    node: Option<&Node<'_>>,
    all: &[T],
    word: impl Fn(T) -> &'static str,
) -> Option<T> {
    let text = node?.text()?;
    all.iter().copied().find(|value| word(*value) == text)
}
