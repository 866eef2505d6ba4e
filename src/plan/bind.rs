//! Who is reached: the rule's target with the site's values filled in.

use super::flow::Flow;
use crate::{
    catalog::{Catalog, Group, Rule, Target},
    net::{Host, Port, Ports},
    site::{Origin, Site, Value},
};

/// The most hosts that are put into a command for somebody else: more fill the screen.
const COPIED_HOSTS: usize = 8;

/// Who a flow reaches.
pub(super) enum Aim {
    /// These hosts, at least one.
    At(Vec<Peer>),
    /// Hosts that the site has not named.
    Unbound {
        /// The group, or the name with its blank.
        host: String,
        /// What would name them.
        flag: String,
        /// Why there is no default.
        reason: Option<String>,
    },
}

/// One host that a flow reaches.
pub(super) struct Peer {
    /// The host.
    pub(super) host: Host,
    /// The port that replaces the rule's.
    pub(super) port: Option<Port>,
    /// Whether the site named another host than the catalog does.
    pub(super) replaced: bool,
    /// What to know about the choice of the host.
    pub(super) notes: Vec<String>,
}

impl Peer {
    fn named(host: &Host, notes: Vec<String>) -> Self {
        Self {
            host: host.clone(),
            port: None,
            replaced: false,
            notes,
        }
    }
}

/// Who `flow` reaches at `site`.
pub(super) fn aim(flow: &Flow, site: &Site) -> Aim {
    let given = flow
        .variable
        .and_then(|variable| hosts(flow, site, variable));
    if let Some(peers) = given {
        return Aim::At(peers);
    }
    match flow.target {
        Target::Group => group(flow, site),
        Target::Host(host) => Aim::At(vec![Peer::named(host, inferred(flow.rule, host))]),
        Target::Wildcard { pattern, witness } => {
            let note = format!("`{witness}` stands for every host of `{pattern}`");
            let mut notes = vec![note];
            notes.extend(inferred(flow.rule, witness));
            Aim::At(vec![Peer::named(witness, notes)])
        }
        Target::Placeholder { template, variable } => {
            placeholder(flow, site, &Blank { template, variable })
        }
    }
}

/// The flags that name who `flow` reaches, for somebody who runs it elsewhere: ` --node HOST`, or
/// the site file, which says it there too.
pub(super) fn flags_elsewhere(flow: &Flow, site: &Site) -> String {
    let files = [("--site", &site.file), ("--inventory", &site.inventory)];
    let files = files.iter().filter_map(|(flag, file)| {
        let file = shell_word(file.as_deref()?);
        Some(format!(" {flag} {file}"))
    });
    let files: String = files.collect();
    if !files.is_empty() {
        return files;
    }
    let variable = match flow.target {
        Target::Group => group_variable(flow),
        Target::Placeholder { variable, .. } => Some(flow.variable.unwrap_or(variable)),
        Target::Host(_) | Target::Wildcard { .. } => None,
    };
    let typed = |name| {
        let flag = flag(flow.catalog, name);
        match known(name, &flag, site) {
            Some(hosts) => flag.replace("HOST[:PORT]", &hosts).replace("HOST", &hosts),
            None => flag,
        }
    };
    variable.map_or_else(String::new, |name| format!(" {}", typed(name)))
}

/// The hosts that a flag gave for `variable` here, this machine among them, if they fit into a
/// command that somebody copies.
fn known(variable: &str, flag: &str, site: &Site) -> Option<String> {
    let binding = site.values.get(variable)?;
    let (Value::Hosts(hosts), Origin::Flag(_)) = (&binding.value, &binding.origin) else {
        return None;
    };
    let own = site.dropped.iter().filter(|_| flag.starts_with("--node "));
    let hosts: Vec<String> = own.chain(hosts).map(ToString::to_string).collect();
    (hosts.len() <= COPIED_HOSTS).then(|| hosts.join(","))
}

/// The word as a POSIX shell takes it for itself.
fn shell_word(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./,:+@%=".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The hosts of the flow's group.
fn group(flow: &Flow, site: &Site) -> Aim {
    let variable = group_variable(flow).or(flow.variable);
    if let Some(peers) = variable.and_then(|variable| hosts(flow, site, variable)) {
        return Aim::At(peers);
    }
    let unbindable = || {
        let reason = format!(
            "no variable of the catalog names the hosts of `{}`",
            flow.to
        );
        Aim::Unbound {
            host: flow.to.to_owned(),
            flag: "--catalog FILE".to_owned(),
            reason: Some(reason),
        }
    };
    variable.map_or_else(unbindable, |variable| Aim::Unbound {
        host: flow.to.to_owned(),
        flag: with_way_out(flow, flag(flow.catalog, variable)),
        reason: site.missing.get(variable).cloned(),
    })
}

fn group_variable<'a>(flow: &Flow<'a>) -> Option<&'a str> {
    let group = flow.catalog.groups.get(flow.to);
    group.and_then(|group: &Group| group.bound_by.as_deref())
}

/// A name with a blank, and the variable that fills it.
struct Blank<'a> {
    template: &'a str,
    variable: &'a str,
}

/// The name with its blank filled in.
fn placeholder(flow: &Flow, site: &Site, blank: &Blank<'_>) -> Aim {
    let Blank { template, variable } = *blank;
    let label = match site.values.get(variable).map(|binding| &binding.value) {
        Some(Value::Label(label)) => Some(label),
        Some(Value::Hosts(_) | Value::Version(_)) | None => None,
    };
    let filled = label.map(|label| template.replace(&format!("<{variable}>"), label));
    let host = filled.as_ref().map(|name| name.parse());
    if let Some(Ok(host)) = host {
        return Aim::At(vec![Peer::named(&host, Vec::new())]);
    }
    let own = flag(flow.catalog, variable);
    let flag = match flow.variable {
        Some(other) => format!("{own}, or {}", flag(flow.catalog, other)),
        None => own,
    };
    Aim::Unbound {
        host: template.to_owned(),
        flag: with_way_out(flow, flag),
        reason: filled.map(|name| format!("`{name}` is no host name")),
    }
}

/// The hosts that the site gives for `variable`, if it does.
fn hosts(flow: &Flow, site: &Site, variable: &str) -> Option<Vec<Peer>> {
    let addresses = match &site.values.get(variable)?.value {
        Value::Hosts(addresses) => addresses,
        Value::Label(_) | Value::Version(_) => return None,
    };
    let peer = |address: &crate::net::Address| Peer {
        host: address.host.clone(),
        port: address
            .port
            .filter(|port| takes_port(flow, variable, *port)),
        replaced: match flow.target {
            Target::Host(host) | Target::Wildcard { witness: host, .. } => *host != address.host,
            Target::Group | Target::Placeholder { .. } => false,
        },
        notes: Vec::new(),
    };
    Some(addresses.iter().map(peer).collect())
}

/// Whether a port that comes with the variable's host is meant for this rule: a host is given one
/// port, so it belongs to the first service that the catalog reaches there, or to its alternatives
/// unless it is the usual port of another of them.
fn takes_port(flow: &Flow, variable: &str, port: Port) -> bool {
    let rules = || flow.catalog.rules.iter();
    let Some(first) = rules().find(|rule| uses(flow.catalog, rule, variable)) else {
        return false;
    };
    if first.any_of.is_some() && first.any_of == flow.rule.any_of {
        return !rules()
            .filter(|rule| rule.any_of == first.any_of)
            .any(|rule| rule.ports == Ports::One(port));
    }
    first.ports == flow.rule.ports
}

/// The alternative to the flow's rule that the site has chosen for `host`, by giving the port of
/// that one and not of this one. Alternatives whose port nobody gives are all tried.
pub(super) fn chosen(flow: &Flow, site: &Site, host: &Host) -> Option<String> {
    let any_of = flow.rule.any_of.as_ref()?;
    if is_chosen(flow, flow.rule, site, host) {
        return None;
    }
    let mut others = flow.catalog.rules.iter();
    let other = others.find(|rule| {
        rule.any_of.as_ref() == Some(any_of)
            && rule.id != flow.rule.id
            && is_chosen(flow, rule, site, host)
    });
    other.map(|rule| rule.id.clone())
}

/// Whether the site gives the port at which `host` has the service of an alternative: in a file for
/// the rule, or with the host, and it is the rule's own.
fn is_chosen(flow: &Flow, rule: &Rule, site: &Site, host: &Host) -> bool {
    let is_own = |address: &crate::net::Address| {
        let given = address.port.map(Ports::One);
        address.host == *host && given == Some(rule.ports)
    };
    let variable = rule.variable.as_deref().or_else(|| {
        let group = flow.catalog.groups.get(&rule.to)?;
        group.bound_by.as_deref()
    });
    let given = match variable.and_then(|name| Some(&site.values.get(name)?.value)) {
        Some(Value::Hosts(addresses)) => addresses.iter().any(is_own),
        Some(Value::Label(_) | Value::Version(_)) | None => false,
    };
    given || site.of_rule(&rule.id).port(host).is_some()
}

fn uses(catalog: &Catalog, rule: &Rule, variable: &str) -> bool {
    let group = catalog.groups.get(&rule.to);
    let of_group = || group.is_some_and(|group| group.bound_by.as_deref() == Some(variable));
    let reverse = rule.reverse.as_ref();
    rule.variable.as_deref() == Some(variable)
        || rule.target == Target::Group && of_group()
        || reverse.is_some_and(|reverse| reverse.variable.as_deref() == Some(variable))
}

/// What the catalog says of a host that the page does not name.
fn inferred(rule: &Rule, host: &Host) -> Vec<String> {
    let fact = format!("host {host}");
    rule.outside
        .iter()
        .filter(|outside| outside.fact == fact)
        .map(|outside| format!("the page does not name `{host}`; from: {}", outside.source))
        .collect()
}

/// The flag that gives `variable`, as it would be typed.
fn flag(catalog: &Catalog, variable: &str) -> String {
    let known = catalog.variables.get(variable);
    known.map_or_else(
        || format!("--set {variable}=HOST[:PORT]"),
        |known| known.flag_text(variable),
    )
}

/// The flag, and the feature to switch off where there is nothing to name.
fn with_way_out(flow: &Flow, flag: String) -> String {
    let feature = flow.rule.feature.as_deref();
    let habitual = feature.filter(|name| {
        let known = flow.catalog.features.get(*name);
        known.is_some_and(|feature| feature.default)
    });
    match habitual {
        Some(feature) => format!("{flag}, or --without {feature} if there is none"),
        None => flag,
    }
}
