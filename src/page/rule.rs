//! What a rule is for: what the vendor states, and what was made of it.

use super::explanation::{PAGE, define};
use crate::{
    catalog::{Catalog, Pki, Rule, Target, embedded},
    net::{Ports, Transport},
    report::Sheet,
};

/// What a rule of the catalog is for, what the vendor states and what was made of it; 80 columns
/// wide, with a line feed at the end.
#[must_use]
pub fn explain_rule(catalog: &Catalog, rule: &Rule) -> String {
    let mut sheet = Sheet::new(&PAGE);
    sheet.paragraph("", &format!("{} ({})", rule.id, rule.level.word()));
    sheet.blank();
    meant(&mut sheet, catalog, rule);
    sheet.blank();
    stated(&mut sheet, rule);
    sheet.blank();
    origin(&mut sheet, catalog, rule);
    sheet.into_text()
}

fn meant(sheet: &mut Sheet<'_>, catalog: &Catalog, rule: &Rule) {
    define(sheet, "service", &rule.service);
    define(sheet, "for", &rule.purpose);
    define(sheet, "from", &group(catalog, &rule.from));
    define(sheet, "to", &group(catalog, &rule.to));
    define(sheet, "endpoint", &endpoint(rule));
    define(sheet, "checked", &checked(rule));
    for (flag, feature) in conditions(rule) {
        define(sheet, "if", &condition(catalog, &flag, feature));
    }
    if let Some(variable) = &rule.variable {
        let own = match &rule.own {
            Some(own) => format!("; with --with {own} there is no other"),
            None => String::new(),
        };
        let text = format!("--set {variable}=HOST[:PORT] replaces the host{own}");
        define(sheet, "instead", &text);
    }
    if let Some(alternatives) = &rule.any_of {
        define(
            sheet,
            "one of",
            &format!("{alternatives}: one of its rules is enough"),
        );
    }
    if let Some(stand_in) = &rule.falls_back_to {
        let text = format!("{stand_in} while this fails: less well, and it works");
        define(sheet, "stand-in", &text);
    }
    if let Some(withdrawn) = &rule.withdrawn {
        let text = format!(
            "by {} on {}; {}",
            withdrawn.by, withdrawn.since, withdrawn.instead
        );
        define(sheet, "withdrawn", &text);
    }
    if let Some(reverse) = &rule.reverse {
        let text = format!(
            "{} to {} at {} ({})",
            group(catalog, &reverse.from),
            group(catalog, &reverse.to),
            reverse.host,
            reverse.level.word()
        );
        define(sheet, "other flow", &text);
    }
}

/// `nodes (cluster nodes)`.
fn group(catalog: &Catalog, name: &str) -> String {
    match catalog.groups.get(name) {
        Some(group) => format!("{name} ({})", group.about),
        None => name.to_owned(),
    }
}

/// What a rule reaches, as the catalog has it: `thoughtspot.egnyte.com:443/tcp`, `nodes esp`.
pub(super) fn endpoint(rule: &Rule) -> String {
    let host = match &rule.target {
        Target::Group => rule.to.clone(),
        Target::Host(host) => host.to_string(),
        Target::Wildcard { pattern, .. } => pattern.clone(),
        Target::Placeholder { template, .. } => template.clone(),
    };
    let transports: Vec<&str> = rule
        .transports
        .iter()
        .map(|it| Transport::word(*it))
        .collect();
    let transports = transports.join("+");
    match rule.ports {
        Ports::None => format!("{host} {transports}"),
        ports @ (Ports::One(_) | Ports::Range(_)) => format!("{host}:{ports}/{transports}"),
    }
}

/// `https, expects service, tried with github.com`.
fn checked(rule: &Rule) -> String {
    let mut parts = vec![rule.protocol.word().to_owned()];
    parts.extend(
        rule.expect
            .map(|expect| format!("expects {}", expect.word())),
    );
    match rule.pki {
        Some(pki @ (Pki::Public | Pki::Private)) => {
            parts.push(format!("certificate of the {} PKI", pki.word()));
        }
        Some(Pki::Any) | None => {}
    }
    match &rule.target {
        Target::Wildcard { witness, .. } => parts.push(format!("tried with {witness}")),
        Target::Placeholder { variable, .. } => parts.push(format!("needs --set {variable}=NAME")),
        Target::Group | Target::Host(_) => {}
    }
    parts.join(", ")
}

/// What must hold for the rule to be checked, in the words of the flag that says so, and the
/// feature it is about.
pub(super) fn conditions(rule: &Rule) -> Vec<(String, Option<&str>)> {
    let mut conditions = Vec::new();
    if let Some(feature) = &rule.feature {
        conditions.push((format!("--with {feature}"), Some(feature.as_str())));
    }
    if let Some(feature) = &rule.unless {
        conditions.push((format!("--without {feature}"), Some(feature.as_str())));
    }
    if let Some(range) = &rule.version {
        conditions.push((format!("{} {range}", range.variable), None));
    }
    conditions
}

/// `--with ipsec (nodes encrypt what they say to each other; off by default)`.
fn condition(catalog: &Catalog, flag: &str, feature: Option<&str>) -> String {
    match feature.and_then(|name| catalog.features.get(name)) {
        Some(feature) => {
            let default = if feature.default { "on" } else { "off" };
            format!("{flag} ({}; {default} by default)", feature.about)
        }
        None => flag.to_owned(),
    }
}

fn stated(sheet: &mut Sheet<'_>, rule: &Rule) {
    let stated = &rule.stated;
    let cells = [
        ("host", &stated.host),
        ("port", &stated.port),
        ("protocol", &stated.protocol),
        ("requirement", &stated.requirement),
        ("direction", &stated.direction),
        ("source", &stated.source),
        ("destination", &stated.destination),
        ("condition", &stated.condition),
        ("mark", &stated.mark),
    ];
    cited(sheet, "page says", &cells);
    let read = &rule.read_as;
    let cells = [
        ("direction", &read.direction),
        ("source", &read.source),
        ("destination", &read.destination),
    ];
    cited(sheet, "read as", &cells);
    if let Some(note) = &rule.note {
        define(sheet, "note", note);
    }
    for outside in &rule.outside {
        define(
            sheet,
            "not on page",
            &format!("{}, from: {}", outside.fact, outside.source),
        );
    }
}

/// The cells that are not empty, each with its name.
fn cited(sheet: &mut Sheet<'_>, title: &str, cells: &[(&str, &String)]) {
    let cells = cells.iter().filter(|(_, cell)| !cell.is_empty());
    let cells: Vec<String> = cells
        .map(|(name, cell)| format!("{name} `{cell}`"))
        .collect();
    if !cells.is_empty() {
        define(sheet, title, &cells.join(", "));
    }
}

fn origin(sheet: &mut Sheet<'_>, catalog: &Catalog, rule: &Rule) {
    let source = &rule.source;
    let page = catalog.pages.get(&source.page);
    let title = page.map_or(source.page.as_str(), |page| &page.title);
    let updated = page.and_then(|page| page.updated.as_ref());
    let updated = updated.map_or(String::new(), |day| format!(", last changed {day}"));
    let edition = page.and_then(|page| page.edition.as_ref());
    let edition = edition.map_or(String::new(), |edition| format!(" ({edition})"));
    let section = &source.section;
    let text = format!(
        "{title}{edition}, section \"{section}\", read {}{updated}",
        source.read
    );
    define(sheet, "source", &text);
    if let Some(url) = page.and_then(|page| page.url.as_ref()) {
        define(sheet, "", url);
    }
    // A line of a catalog that is built in is nothing that a user could open.
    if !embedded::is_built_in(&source.file) {
        let place = format!("{}, line {}", source.file, source.line);
        define(sheet, "catalog", &place);
    }
    define(sheet, "profiles", &profiles(catalog, &rule.id).join(", "));
}

/// The profiles of the catalog that a rule is in, in their order.
pub(super) fn profiles(catalog: &Catalog, rule: &str) -> Vec<String> {
    catalog
        .profiles
        .iter()
        .filter(|profile| profile.rules.iter().any(|id| id == rule))
        .map(|profile| profile.name.clone())
        .collect()
}
