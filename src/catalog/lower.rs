//! From a catalog as written to a catalog as meant: names are looked up, what belongs together is
//! held together, and everything that does not fit is reported.
//!
//! The file's shape has been checked before. What was wrong with it is known, so anything that is
//! missing or of the wrong type is passed over here in silence, and a plain value stands in for it:
//! of a file with a mistake nothing is kept but its mistakes.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use super::{
    Catalog, Feature, Group, Page, Product, Value, Variable, VariableKind,
    form::{At, Named},
    keys::Field,
    mistakes::{Reporter, quoted},
    written::{CatalogKeys, FeatureKeys, GroupKeys, PageKeys, ProductKeys, VariableKeys},
};
use crate::text;

mod profile;
mod rule;

/// A section of a page.
struct Section {
    page: String,
    read: String,
    title: String,
    heading: String,
}

/// The catalog that was written; worth nothing once a mistake has been reported.
pub(super) fn catalog<'n>(
    file: &str,
    written: &'n CatalogKeys<'n>,
    reporter: &mut Reporter<'_>,
) -> Catalog {
    let mut lowering = Lowering {
        written,
        catalog: Catalog {
            name: written.catalog.text(),
            title: written.title.text(),
            file: file.to_owned(),
            product: Arc::new(product(&written.product)),
            groups: named(&written.groups, group),
            variables: named(&written.variables, variable),
            features: named(&written.features, feature),
            pages: named(&written.pages, page),
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
    written: &'n CatalogKeys<'n>,
    catalog: Catalog,
    sections: BTreeMap<String, Section>,
    reporter: &'r mut Reporter<'t>,
}

/// A name that should be known, with its place.
type Name<'n> = Option<At<'n, &'n str>>;

impl<'n> Lowering<'n, '_, '_> {
    fn check_variables(&mut self) {
        for entry in self.written.variables.items() {
            if let Some(variable) = &entry.value {
                self.check_variable(variable);
            }
        }
    }

    fn check_variable(&mut self, variable: &VariableKeys<'n>) {
        let kind = variable.kind.value.unwrap_or(VariableKind::Hosts);
        if let Some(text) = variable.default.word()
            && let Err(error) = Value::parse(kind, text.value)
        {
            self.reporter
                .report_with(text.node.span, error.to_string(), error.help());
        }
        if let Some(node) = variable.machine.node
            && kind != VariableKind::Hosts
        {
            let message = "a machine default is a list of hosts, and this variable is none";
            let help = "say `kind: hosts`".to_owned();
            self.reporter.report_with(node.span, message, help);
        }
        if let Some(flag) = variable.flag.word()
            && !flag.value.starts_with("--")
        {
            let flag_shown = quoted(flag.value);
            let message = format!("got the flag {flag_shown}, expected one like `--node`");
            self.reporter.report(flag.node.span, message);
        }
    }

    fn check_groups(&mut self) {
        let hosts = [
            VariableKind::Hosts,
            VariableKind::Host,
            VariableKind::Endpoints,
        ];
        for feature in self.written.features.items().iter().filter_map(Named::read) {
            self.variable_of_kind(feature.set_by.word(), &VariableKind::ALL);
        }
        for group in self.written.groups.items().iter().filter_map(Named::read) {
            self.variable_of_kind(group.bound_by.word(), &hosts);
        }
    }

    fn sections(&mut self) {
        for entry in self.written.sections.items() {
            let Some(keys) = &entry.value else { continue };
            self.known(keys.page.word(), "page", |catalog| &catalog.pages);
            let page = keys.page.text();
            let known = self.catalog.pages.get(&page);
            let title = keys.title.text();
            let section = Section {
                read: known.map(|page| page.read.clone()).unwrap_or_default(),
                page,
                heading: keys.heading.maybe().unwrap_or_else(|| title.clone()),
                title,
            };
            let sections = self.sections.entry(entry.name.to_owned());
            sections.or_insert(section);
        }
    }

    fn rules(&mut self) {
        let mut lines: HashMap<&str, usize> = HashMap::new();
        for written in self.written.rules.items() {
            let rule = self.rule(written);
            if let Some(id) = written.value.id.word()
                && let Some(line) = lines.insert(id.value, id.node.span.line)
            {
                let message = format!("duplicate id {}", quoted(id.value));
                let help = format!("it is first given in line {line}");
                self.reporter.report_with(id.node.span, message, help);
                lines.insert(id.value, line);
            }
            self.catalog.rules.push(rule);
        }
        let ids: Vec<&str> = lines.into_keys().collect();
        for written in self.written.rules.items() {
            if let Some(At { node, value: id }) = written.value.falls_back_to.word()
                && !ids.contains(&id)
            {
                self.reporter
                    .unknown(node.span, "rule", id, ids.iter().copied());
            }
        }
    }

    /// Reports a name that the catalog does not know.
    ///
    /// If it lacks all pages or all groups, of which it must have some, that is the mistake, and
    /// not each name.
    fn known<T>(
        &mut self,
        name: Name<'_>,
        noun: &str,
        names: impl Fn(&Catalog) -> &BTreeMap<String, T>,
    ) {
        let Some(At { node, value: name }) = name else {
            return;
        };
        let names = names(&self.catalog);
        let is_due = matches!(noun, "page" | "group");
        if names.contains_key(name) || (is_due && names.is_empty()) {
            return;
        }
        let names = names.keys().map(String::as_str);
        self.reporter.unknown(node.span, noun, name, names);
    }

    fn known_group(&mut self, name: Name<'_>) {
        self.known(name, "group", |catalog| &catalog.groups);
    }

    fn known_feature(&mut self, name: Name<'_>) {
        self.known(name, "feature", |catalog| &catalog.features);
    }

    /// Reports a variable that the catalog does not know, or that is of none of the kinds.
    fn variable_of_kind(&mut self, name: Name<'_>, kinds: &[VariableKind]) {
        let Some(at) = name else { return };
        match self.catalog.variables.get(at.value) {
            None => self.known(name, "variable", |catalog| &catalog.variables),
            Some(variable) if kinds.contains(&variable.kind) => {}
            Some(variable) => {
                let kinds = kinds.iter().map(|kind| format!("`{}`", kind.word()));
                let message = format!(
                    "variable {} is of kind `{}`, expected {}",
                    quoted(at.value),
                    variable.kind.word(),
                    text::list(&kinds.collect::<Vec<_>>(), "or")
                );
                self.reporter.report(at.node.span, message);
            }
        }
    }
}

/// The entries of a mapping, each turned into what it means; the first of a repeated key counts.
fn named<T, U>(
    field: &Field<'_, Vec<Named<'_, T>>>,
    meant: impl Fn(&T) -> U,
) -> BTreeMap<String, U> {
    let mut named = BTreeMap::new();
    for entry in field.items() {
        if let Some(value) = &entry.value {
            let named = named.entry(entry.name.to_owned());
            named.or_insert_with(|| meant(value));
        }
    }
    named
}

fn page(page: &PageKeys<'_>) -> Page {
    let day = |day: time::Date| day.to_string();
    Page {
        title: page.title.text(),
        url: page.url.maybe(),
        edition: page.edition.maybe(),
        read: page.read.value.map(day).unwrap_or_default(),
        updated: page.updated.value.map(day),
    }
}

fn product(product: &Field<'_, ProductKeys<'_>>) -> Product {
    let said = |key: fn(&ProductKeys<'_>) -> Option<String>| key(product.value.as_ref()?);
    Product {
        trust_store: said(|product| product.trust_store.maybe()),
        proxy: said(|product| product.proxy.maybe()),
    }
}

fn group(group: &GroupKeys<'_>) -> Group {
    Group {
        about: group.about.text(),
        bound_by: group.bound_by.maybe(),
    }
}

fn variable(variable: &VariableKeys<'_>) -> Variable {
    Variable {
        about: variable.about.text(),
        kind: variable.kind.value.unwrap_or(VariableKind::Hosts),
        default: variable.default.maybe(),
        machine: variable.machine.value,
        flag: variable.flag.maybe(),
    }
}

fn feature(feature: &FeatureKeys<'_>) -> Feature {
    Feature {
        about: feature.about.text(),
        default: feature.default.value.unwrap_or_default(),
        set_by: feature.set_by.maybe(),
    }
}
