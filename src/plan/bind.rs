//! Who is reached: the rule's target with the site's values filled in.

use super::flow::Flow;
use crate::{
    catalog::{self, Catalog, Group, Rule, Service, Target},
    fact::{self, File, Named, Part, PlanFact, Said as _, Sentence},
    net::{Address, Host, Port, Ports, Protocol},
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
        flag: Sentence,
        /// Why there is no default.
        reason: Option<PlanFact>,
    },
}

/// One host that a flow reaches.
pub(super) struct Peer {
    /// The host.
    pub(super) host: Host,
    /// What is spoken there, where the site says it.
    pub(super) protocol: Option<Protocol>,
    /// The port that replaces the rule's.
    pub(super) port: Option<Port>,
    /// Whether the site named another host than the catalog does.
    pub(super) replaced: bool,
    /// What to know about the choice of the host.
    pub(super) notes: Vec<PlanFact>,
}

impl Peer {
    /// The host of a service, with what is spoken there.
    fn serving(service: &Service) -> Self {
        Self {
            protocol: Some(service.protocol),
            port: Some(service.port),
            ..Self::named(&service.host, Vec::new())
        }
    }

    fn named(host: &Host, notes: Vec<PlanFact>) -> Self {
        Self {
            host: host.clone(),
            protocol: None,
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
    if let Some(variable) = flow.variable.filter(|_| flow.own) {
        return own(flow, site, variable);
    }
    match flow.target {
        Target::Group => group(flow, site),
        Target::Host(host) => Aim::At(vec![Peer::named(host, inferred(flow.rule, host))]),
        Target::Wildcard { pattern, witness } => {
            let mut notes = vec![stands_for(pattern, witness)];
            notes.extend(inferred(flow.rule, witness));
            Aim::At(vec![Peer::named(witness, notes)])
        }
        Target::Placeholder { template, variable } => {
            placeholder(flow, site, &Blank { template, variable })
        }
    }
}

/// What is said of a wildcard's witness, which may be the name that the wildcard is below.
fn stands_for(pattern: &str, witness: &Host) -> PlanFact {
    let covers_itself = pattern
        .strip_prefix("*.")
        .is_none_or(|suffix| suffix != witness.to_string());
    let pattern = Part::host(pattern);
    let witness = witness.clone();
    if covers_itself {
        PlanFact::Witness { witness, pattern }
    } else {
        PlanFact::WitnessApart { witness, pattern }
    }
}

/// A host of the site's own that nobody has named.
fn own(flow: &Flow, site: &Site, variable: &str) -> Aim {
    Aim::Unbound {
        host: format!("<{variable}>"),
        flag: flag(flow.catalog, variable).whole(),
        reason: site.missing.get(variable).cloned(),
    }
}

/// The flags that name who `flow` reaches, for somebody who runs it elsewhere: ` --node HOST`, or
/// the site file, which says it there too.
pub(super) fn flags_elsewhere(flow: &Flow, site: &Site) -> Sentence {
    let site_file = site.file.iter().map(|file| (" --site ", file));
    let inventories = site.inventories.iter().map(|file| (" --inventory ", file));
    let files: Vec<Sentence> = site_file
        .chain(inventories)
        .map(|(flag, file)| Sentence::from(flag).then(File(shell_word(file)).said()))
        .collect();
    if !files.is_empty() {
        return files.into_iter().fold(Sentence::default(), Sentence::then);
    }
    let variable = match flow.target {
        Target::Group => group_variable(flow),
        Target::Placeholder { variable, .. } => Some(flow.variable.unwrap_or(variable)),
        Target::Host(_) | Target::Wildcard { .. } => None,
    };
    let Some(name) = variable else {
        return Sentence::default();
    };
    let Flag { lead, blank } = flag(flow.catalog, name);
    let hosts = known(name, &lead.to_string(), site);
    Sentence::from(" ")
        .then(lead)
        .then(hosts.unwrap_or_else(|| blank.said()))
}

/// The hosts that a flag gave for `variable` here, this machine among them, if they fit into a
/// command that somebody copies.
fn known(variable: &str, flag: &str, site: &Site) -> Option<Sentence> {
    let binding = site.values.get(variable)?;
    let (Value::Hosts(hosts), Origin::Flag(_)) = (&binding.value, &binding.origin) else {
        return None;
    };
    let own = site.dropped.iter().filter(|_| flag.starts_with("--node "));
    let hosts: Vec<&Address> = own.chain(hosts).collect();
    let listed = |said: Sentence, (place, address): (usize, &&Address)| {
        let comma = if place == 0 { "" } else { "," };
        said.then(comma).then(address.said())
    };
    (hosts.len() <= COPIED_HOSTS)
        .then(|| hosts.iter().enumerate().fold(Sentence::default(), listed))
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
        let group = fact::Group::from(flow.to);
        Aim::Unbound {
            host: flow.to.to_owned(),
            flag: "--catalog FILE".said(),
            reason: Some(PlanFact::NoVariableForGroup { group }),
        }
    };
    variable.map_or_else(unbindable, |variable| Aim::Unbound {
        host: flow.to.to_owned(),
        flag: with_way_out(flow, flag(flow.catalog, variable).whole()),
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
        Some(Value::Hosts(_) | Value::Version(_) | Value::Endpoints(_)) | None => None,
    };
    let filled = label.map(|label| template.replace(&format!("<{variable}>"), label));
    let host = filled.as_ref().map(|name| name.parse());
    if let Some(Ok(host)) = host {
        return Aim::At(vec![Peer::named(&host, Vec::new())]);
    }
    let own = flag(flow.catalog, variable).whole();
    let flag = match flow.variable {
        Some(other) => own.then(", or ").then(flag(flow.catalog, other).whole()),
        None => own,
    };
    Aim::Unbound {
        host: template.to_owned(),
        flag: with_way_out(flow, flag),
        reason: filled.map(|name| PlanFact::NoHostName {
            name: Part::host(name),
        }),
    }
}

/// The hosts that the site gives for `variable`, if it does.
fn hosts(flow: &Flow, site: &Site, variable: &str) -> Option<Vec<Peer>> {
    let addresses = match &site.values.get(variable)?.value {
        Value::Hosts(addresses) => addresses,
        Value::Endpoints(services) => return Some(services.iter().map(Peer::serving).collect()),
        Value::Label(_) | Value::Version(_) => return None,
    };
    let peer = |address: &crate::net::Address| Peer {
        host: address.host.clone(),
        protocol: None,
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
    // One listener may be reached by several: users and support both come to the product's own URL.
    let is_same_listener = first.to == flow.rule.to && first.protocol == flow.rule.protocol;
    first.ports == flow.rule.ports || is_same_listener
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
        Some(Value::Label(_) | Value::Version(_) | Value::Endpoints(_)) | None => false,
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
fn inferred(rule: &Rule, host: &Host) -> Vec<PlanFact> {
    let fact = format!("host {host}");
    rule.outside
        .iter()
        .filter(|outside| outside.fact == fact)
        .map(|outside| PlanFact::NotOnPage {
            host: host.clone(),
            source: Named::from(outside.source.as_str()),
        })
        .collect()
}

/// A flag as it would be typed.
struct Flag {
    /// Up to its value.
    lead: Sentence,
    /// What stands for the value.
    blank: &'static str,
}

impl Flag {
    fn whole(self) -> Sentence {
        self.lead.then(self.blank)
    }
}

/// The flag that gives `variable`.
fn flag(catalog: &Catalog, variable: &str) -> Flag {
    match catalog.variables.get(variable) {
        Some(known) => Flag {
            lead: known.flag_lead(variable),
            blank: known.blank(),
        },
        None => Flag {
            lead: catalog::set(variable),
            blank: "HOST[:PORT]",
        },
    }
}

/// The flag, and the feature to switch off where there is nothing to name.
fn with_way_out(flow: &Flow, flag: Sentence) -> Sentence {
    let feature = flow.rule.feature.as_deref();
    let habitual = feature.filter(|name| {
        let known = flow.catalog.features.get(*name);
        known.is_some_and(|feature| feature.default)
    });
    match habitual {
        Some(feature) => flag
            .then(", or --without ")
            .then(Named::from(feature).said())
            .then(" if there is none"),
        None => flag,
    }
}
