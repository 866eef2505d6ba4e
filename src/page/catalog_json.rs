//! Catalogs as JSON.

use serde_json::{Value, json};

use super::rule::profiles;
use crate::{
    catalog::{Catalog, Rule, Target},
    net::{Ports, Transport},
};

/// Every rule of the catalogs, in their order, as `catalog export` prints them: one object a row of
/// a vendor's page. `host` is null where the rule reaches a group, and a pattern or a template where
/// the page has one (see `witness` and `placeholder`); `port` is null for a range and where the
/// transports have none; `ports` is `{first, last}` for a range, else null.
#[must_use]
pub fn export_json(catalogs: &[&Catalog]) -> Value {
    catalogs
        .iter()
        .flat_map(|catalog| catalog.rules.iter().map(|rule| export(catalog, rule)))
        .collect()
}

fn export(catalog: &Catalog, rule: &Rule) -> Value {
    let mut value = json!({
        "id": rule.id,
        "catalog": rule.catalog,
        "source": source(catalog, rule),
        "level": rule.level.word(),
        "feature": rule.feature,
        "unless": rule.unless,
        "own": rule.own,
        "version": version(rule),
        "from": rule.from,
        "to": rule.to,
        "stated": stated(rule),
        "read_as": {
            "direction": rule.read_as.direction,
            "source": rule.read_as.source,
            "destination": rule.read_as.destination,
        },
    });
    let transports: Vec<&str> = rule
        .transports
        .iter()
        .map(|it| Transport::word(*it))
        .collect();
    let (host, witness, placeholder) = target(rule);
    let (port, ports) = ports(rule.ports);
    let rest = json!({
        "host": host,
        "witness": witness,
        "placeholder": placeholder,
        "variable": rule.variable,
        "port": port,
        "ports": ports,
        "transports": transports,
        "protocol": rule.protocol.word(),
        "expect": rule.expect.map(crate::catalog::Expect::word),
        "pki": rule.pki.map(crate::catalog::Pki::word),
        "via": rule.via.map(crate::catalog::Via::word),
        "any_of": rule.any_of,
        "falls_back_to": rule.falls_back_to,
        "withdrawn": withdrawn(rule),
        "outside": outside(rule),
        "reverse": reverse(rule),
        "service": rule.service,
        "purpose": rule.purpose,
        "note": rule.note,
        "profiles": profiles(catalog, &rule.id),
    });
    if let (Value::Object(value), Value::Object(rest)) = (&mut value, rest) {
        value.extend(rest);
    }
    value
}

fn source(catalog: &Catalog, rule: &Rule) -> Value {
    let page = catalog.pages.get(&rule.source.page);
    json!({
        "page": rule.source.page,
        "title": page.map(|page| &page.title),
        "section": rule.source.section,
        "read": rule.source.read,
        "updated": page.and_then(|page| page.updated.as_ref()),
        "edition": page.and_then(|page| page.edition.as_ref()),
        "url": page.and_then(|page| page.url.as_ref()),
    })
}

fn version(rule: &Rule) -> Option<Value> {
    rule.version.as_ref().map(|range| {
        json!({
            "variable": range.variable,
            "from": range.from.map(|release| release.to_string()),
            "before": range.before.map(|release| release.to_string()),
        })
    })
}

fn stated(rule: &Rule) -> Value {
    json!({
        "direction": rule.stated.direction,
        "source": rule.stated.source,
        "destination": rule.stated.destination,
        "protocol": rule.stated.protocol,
        "port": rule.stated.port,
        "requirement": rule.stated.requirement,
        "host": rule.stated.host,
        "condition": rule.stated.condition,
        "mark": rule.stated.mark,
    })
}

/// The host as the catalog has it, the host that stands for a pattern, the variable of a blank.
fn target(rule: &Rule) -> (Option<String>, Option<String>, Option<String>) {
    match &rule.target {
        Target::Group => (None, None, None),
        Target::Host(host) => (Some(host.to_string()), None, None),
        Target::Wildcard { pattern, witness } => {
            (Some(pattern.clone()), Some(witness.to_string()), None)
        }
        Target::Placeholder { template, variable } => {
            (Some(template.clone()), None, Some(variable.clone()))
        }
    }
}

fn ports(ports: Ports) -> (Option<u16>, Option<Value>) {
    match ports {
        Ports::None => (None, None),
        Ports::One(port) => (Some(port.get()), None),
        Ports::Range(range) => (
            None,
            Some(json!({"first": range.first().get(), "last": range.last().get()})),
        ),
    }
}

fn withdrawn(rule: &Rule) -> Option<Value> {
    rule.withdrawn
        .as_ref()
        .map(|gone| json!({"by": gone.by, "since": gone.since, "instead": gone.instead}))
}

fn outside(rule: &Rule) -> Vec<Value> {
    rule.outside
        .iter()
        .map(|outside| json!({"fact": outside.fact, "source": outside.source}))
        .collect()
}

fn reverse(rule: &Rule) -> Option<Value> {
    rule.reverse.as_ref().map(|reverse| {
        json!({
            "from": reverse.from,
            "to": reverse.to,
            "host": reverse.host.to_string(),
            "variable": reverse.variable,
            "level": reverse.level.word(),
        })
    })
}
