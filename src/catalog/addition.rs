//! A short catalog: what a site checks besides, in a profile that there is.

use std::path::Path;

use super::{
    Catalog, Expect, Group, Level, Mistakes, Page, Pki, ReadAs, Rule, Source, Stated, Target,
    form::{Dotted, Form, Kebab, List, OneOf, Text},
    help::Ports as Written,
    joined::Catalogs,
    keys::keys,
    mistakes::{Reporter, quoted},
    yaml::{self, Node},
};
use crate::net::{Host, Ports, Protocol, Transport};

/// What the added hosts belong to.
const GROUP: &str = "added";

keys! {
    /// A short catalog.
    AdditionKeys {
        due "extend" extend: Profiles, "the profiles that the rules are added to, by name", "acme-node";
        may "catalog" catalog: Kebab, "the first part of the rules' ids; `own` if left out", "own";
        may "title" title: Text, "what it is about", "What we check besides";
        due "rules" rules: List<AddedKeys<'static>>, "what is added", "";
    }
}

keys! {
    /// A rule that is added.
    AddedKeys {
        due "host" host: Text, "a name or an address", "acme.warehouse.example";
        may "port" port: PortList, "a port, several or a range; the protocol's own if left out", "443";
        may "protocol" protocol: OneOf<Protocol>, "what is spoken; `tcp`, a bare connection, if left out", "https";
        may "level" level: OneOf<Level>, "whether a failure fails the run; `mandatory` if left out", "mandatory";
        may "expect" expect: OneOf<Expect>, "what must be seen", "service";
        may "pki" pki: OneOf<Pki>, "where a certificate's chain must end", "public";
        may "id" id: Dotted, "its id; made of host and port if left out", "own.warehouse";
        may "service" service: Text, "the service, for people; the host if left out", "Warehouse";
        may "purpose" purpose: Text, "what it is for", "Reads the numbers";
        may "note" note: Text, "what is odd about it", "Ask team 7";
    }
}

/// A name or a list of names.
pub(crate) struct Profiles;

impl Form for Profiles {
    type Read<'n> = Vec<&'n str>;

    const EXPECTED: &'static str = "the name of a profile or a list of names";

    fn of<'n>(node: &'n Node<'n>) -> Option<Vec<&'n str>> {
        match node.text() {
            Some(text) => Some(text.split(',').map(str::trim).collect()),
            None if node.items().is_empty() => None,
            None => node.items().iter().map(Node::text).collect(),
        }
    }

    fn schema() -> serde_json::Value {
        <super::form::Texts as Form>::schema()
    }
}

/// Ports as others write them: `443`, `80,443`, `[80, 443]`, `8000-8010`, `53/udp`.
pub(crate) struct PortList;

impl Form for PortList {
    type Read<'n> = Written;

    const EXPECTED: &'static str = "ports such as `443`, `80,443`, `8000-8010` or `53/udp`";

    fn of<'n>(node: &'n Node<'n>) -> Option<Written> {
        Written::of(node).filter(|ports| !ports.is_empty())
    }

    fn schema() -> serde_json::Value {
        let one = serde_json::json!({"type": ["integer", "string"]});
        serde_json::json!({"oneOf": [one, {"type": "array", "minItems": 1, "items": one}]})
    }
}

/// What a file of `--catalog` has.
#[derive(Clone, Debug)]
pub enum CatalogFile {
    /// A catalog.
    Whole(Catalog),
    /// Rules for profiles that there are.
    Addition(Addition),
}

/// Rules for profiles that there are.
#[derive(Clone, Debug)]
pub struct Addition {
    file: String,
    /// The profiles, as written.
    extends: Vec<String>,
    /// The rules; who starts them is whoever starts the profile.
    rules: Vec<Rule>,
    title: String,
    page: String,
}

impl CatalogFile {
    /// What `text` has: an addition if it has the key `extend`; `file` is what it is called in mistakes.
    ///
    /// # Errors
    /// Every mistake of the text.
    pub fn parse(file: &str, text: &str) -> Result<Self, Mistakes> {
        let mut is_addition = false;
        let read = yaml::parse(file, text, |root, reporter| {
            is_addition = root.at("extend").is_some() && root.at("profiles").is_none();
            is_addition.then(|| addition(file, root, reporter))
        });
        match read {
            Ok(Some(addition)) => Ok(Self::Addition(addition)),
            Err(mistakes) if is_addition => Err(mistakes),
            Ok(None) | Err(_) => Catalog::parse(file, text).map(Self::Whole),
        }
    }

    /// What the file at `path` has.
    ///
    /// # Errors
    /// A file that cannot be read, is no text or is over 1 MiB; else as [`CatalogFile::parse`].
    pub fn read_file(path: &Path) -> Result<Self, Mistakes> {
        let text = yaml::read_text(path)?;
        Self::parse(&path.display().to_string(), &text)
    }

    /// How many rules it has.
    #[must_use]
    pub fn rules(&self) -> usize {
        match self {
            Self::Whole(catalog) => catalog.rules.len(),
            Self::Addition(addition) => addition.rules.len(),
        }
    }
}

fn addition(file: &str, root: &Node<'_>, reporter: &mut Reporter<'_>) -> Addition {
    let keys = AdditionKeys::of_mapping(root, reporter);
    let name = keys.catalog.maybe().unwrap_or_else(|| "own".to_owned());
    let mut rules: Vec<Rule> = Vec::new();
    for at in keys.rules.items() {
        let line = at.node.span.line;
        for rule in added(&name, &at.value, reporter) {
            if rules.iter().any(|known| known.id == rule.id) {
                let message = format!("duplicate id {}", quoted(&rule.id));
                let help = "give one of them an `id`".to_owned();
                reporter.report_with(at.node.span, message, help);
            }
            let source = Source {
                file: file.to_owned(),
                line,
                ..rule.source
            };
            rules.push(Rule { source, ..rule });
        }
    }
    let extends = keys.extend.value.unwrap_or_default();
    Addition {
        file: file.to_owned(),
        extends: extends.into_iter().map(str::to_owned).collect(),
        rules,
        title: keys
            .title
            .maybe()
            .unwrap_or_else(|| "What this site checks besides".to_owned()),
        page: name,
    }
}

/// One rule a port or range.
fn added(name: &str, keys: &AddedKeys<'_>, reporter: &mut Reporter<'_>) -> Vec<Rule> {
    let Some(written) = keys.host.word() else {
        return Vec::new();
    };
    let Ok(host) = written.value.parse::<Host>() else {
        let message = format!(
            "{} is neither a host name nor an address",
            quoted(written.value)
        );
        let help = super::help::of_host(written.value);
        reporter.report_with(written.node.span, message, help);
        return Vec::new();
    };
    let listed = keys.port.value.as_ref();
    let transport = listed
        .and_then(Written::transport)
        .unwrap_or(Transport::Tcp);
    let bare = match transport {
        Transport::Udp => Protocol::Udp,
        Transport::Icmp => Protocol::Icmp,
        Transport::Esp => Protocol::Esp,
        Transport::Tcp => Protocol::Tcp,
    };
    let protocol = keys.protocol.value.unwrap_or(bare);
    let ports = match listed {
        Some(listed) => listed.all(),
        None if !protocol.transport().has_ports() => vec![Ports::None],
        None => protocol
            .default_port()
            .map(Ports::One)
            .into_iter()
            .collect(),
    };
    if ports.is_empty() && keys.port.node.is_none() {
        let message = "missing key `port`, which nothing else says".to_owned();
        reporter.report(written.node.span, message);
    }
    let is_one = ports.len() == 1;
    let rule = |ports: Ports| Rule {
        id: id(name, &host, ports, keys.id.maybe().map(|id| (id, is_one))),
        service: keys.service.maybe().unwrap_or_else(|| host.to_string()),
        purpose: keys
            .purpose
            .maybe()
            .unwrap_or_else(|| "This site checks it besides".to_owned()),
        level: keys.level.value.unwrap_or(Level::Mandatory),
        expect: keys.expect.value,
        pki: keys.pki.value,
        note: keys.note.maybe(),
        transports: vec![protocol.transport()],
        ..bare_rule(name, Target::Host(host.clone()), ports, protocol)
    };
    ports.into_iter().map(rule).collect()
}

/// `own.acme-warehouse-example.443`: what may stand in an id, and no more.
fn id(name: &str, host: &Host, ports: Ports, given: Option<(String, bool)>) -> String {
    let port = match ports {
        Ports::None => String::new(),
        Ports::One(_) | Ports::Range(_) => format!(".{ports}"),
    };
    match given {
        Some((id, true)) => id,
        Some((id, false)) => format!("{id}{port}"),
        None => {
            let plain = |it: char| if it.is_ascii_alphanumeric() { it } else { '-' };
            let host: String = host.to_string().chars().map(plain).collect();
            format!("{name}.{}{port}", host.trim_matches('-'))
        }
    }
}

fn bare_rule(name: &str, target: Target, ports: Ports, protocol: Protocol) -> Rule {
    Rule {
        id: String::new(),
        catalog: name.to_owned(),
        source: Source {
            file: String::new(),
            page: name.to_owned(),
            section: "Rules".to_owned(),
            heading: "Added".to_owned(),
            read: String::new(),
            line: 0,
        },
        stated: Stated::default(),
        read_as: ReadAs::default(),
        level: Level::Mandatory,
        feature: None,
        unless: None,
        own: None,
        version: None,
        from: String::new(),
        to: GROUP.to_owned(),
        target,
        variable: None,
        ports,
        transports: Vec::new(),
        protocol,
        expect: None,
        pki: None,
        via: None,
        starttls: None,
        any_of: None,
        falls_back_to: None,
        withdrawn: None,
        outside: Vec::new(),
        reverse: None,
        service: String::new(),
        purpose: String::new(),
        note: None,
    }
}

impl Catalogs {
    /// Adds what a file has: a catalog as [`Catalogs::join`] does; the rules of an addition to the
    /// profiles that it names, and to no other one.
    ///
    /// # Errors
    /// As [`Catalogs::join`]; a profile that there is not.
    pub fn take(&mut self, file: CatalogFile) -> Result<(), Mistakes> {
        match file {
            CatalogFile::Whole(catalog) => self.join(catalog),
            CatalogFile::Addition(addition) => self.add(&addition),
        }
    }

    fn add(&mut self, addition: &Addition) -> Result<(), Mistakes> {
        for name in &addition.extends {
            if self.profile(name).is_none() {
                let message = format!("unknown profile {}", quoted(name));
                let near = crate::text::suggestion(name, self.profile_names());
                let help = near.map_or_else(
                    || "`portcheck catalog list` lists the profiles".to_owned(),
                    |near| format!("did you mean {}?", quoted(near)),
                );
                return Err(Mistakes::whole_file(&addition.file, message, Some(help)));
            }
        }
        for name in &addition.extends {
            let known = self.iter_mut();
            for catalog in known.filter(|catalog| catalog.profile(name).is_some()) {
                addition.extend(catalog, name);
            }
        }
        Ok(())
    }
}

impl Addition {
    /// The profiles that it is added to, as written.
    #[must_use]
    pub fn extends(&self) -> &[String] {
        &self.extends
    }

    fn extend(&self, catalog: &mut Catalog, profile: &str) {
        let found = catalog
            .profiles
            .iter()
            .position(|it| it.answers_to(profile));
        let Some(place) = found else {
            return;
        };
        let from = catalog.profiles[place].from.clone();
        for rule in &self.rules {
            let mut rule = Rule {
                catalog: catalog.name.clone(),
                from: from.clone(),
                ..rule.clone()
            };
            // The same from another kind of machine is another rule.
            if catalog
                .rule(&rule.id)
                .is_some_and(|known| known.from != from)
            {
                rule.id = format!("{}.{from}", rule.id);
            }
            let selected = &mut catalog.profiles[place].rules;
            if !selected.contains(&rule.id) {
                selected.push(rule.id.clone());
            }
            if catalog.rule(&rule.id).is_none() {
                catalog.rules.push(rule);
            }
        }
        catalog
            .pages
            .entry(self.page.clone())
            .or_insert_with(|| Page {
                title: self.title.clone(),
                url: None,
                edition: None,
                read: String::new(),
                updated: None,
            });
        catalog
            .groups
            .entry(GROUP.to_owned())
            .or_insert_with(|| Group {
                about: "hosts that the site checks besides".to_owned(),
                bound_by: None,
            });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::embedded;

    fn taken(text: &str) -> Result<Catalogs, String> {
        let mut catalogs = embedded::catalogs().unwrap();
        let file = CatalogFile::parse("own.yaml", text).map_err(|wrong| wrong.to_string())?;
        catalogs.take(file).map_err(|wrong| wrong.to_string())?;
        Ok(catalogs)
    }

    fn added(catalogs: &Catalogs, profile: &str) -> Vec<String> {
        let (catalog, profile) = catalogs.profile(profile).unwrap();
        let rules = profile.rules.iter().filter(|id| id.starts_with("own."));
        let rules = rules.map(|id| catalog.rule(id).unwrap());
        let told = |rule: &Rule| {
            let (id, from, protocol) = (&rule.id, &rule.from, rule.protocol);
            format!("{id}: {from} {} {protocol}", rule.ports)
        };
        rules.map(told).collect()
    }

    #[test]
    fn three_keys_add_a_host_to_a_profile_that_there_is() {
        let text = "extend: looker-server\nrules:\n  - {host: acme.snowflake.example, port: 443}\n";
        let catalogs = taken(text).unwrap();
        assert_eq!(
            added(&catalogs, "looker-server"),
            ["own.acme-snowflake-example.443: looker-server 443 tcp"]
        );
        assert_eq!(added(&catalogs, "looker-hosted"), Vec::<String>::new());
    }

    #[test]
    fn ports_may_be_listed_and_profiles_too() {
        let text = "extend: [looker-server, thoughtspot-cluster]\nrules:\n  - {host: 10.0.0.5, port: [80, 443]}\n  \
                    - {host: a.example, port: 8000-8010/udp}\n  - {host: b.example, protocol: https}\n";
        let catalogs = taken(text).unwrap();
        let rules = |from: &str| {
            [
                format!("own.10-0-0-5.80: {from} 80 tcp"),
                format!("own.10-0-0-5.443: {from} 443 tcp"),
                format!("own.a-example.8000-8010: {from} 8000-8010 udp"),
                format!("own.b-example.443: {from} 443 https"),
            ]
        };
        assert_eq!(added(&catalogs, "looker-server"), rules("looker-server"));
        assert_eq!(added(&catalogs, "thoughtspot-cluster"), rules("nodes"));
    }

    #[test]
    fn every_mistake_of_an_addition_is_told() {
        let text = "extend: looker-server\nrules:\n  - {host: 'https://x.example', port: 443}\n  - {host: a.example}\n  \
                    - {host: b.example, port: 70000}\n  - {hots: c.example, port: 1}\n";
        let wrong = taken(text).unwrap_err();
        for part in [
            "3:12\n",
            "help: write `host: x.example` and `protocol: https`",
            "4:12\n",
            "missing key `port`, which nothing else says",
            "5:29\n",
            "unknown key `hots`",
            "did you mean `host`?",
        ] {
            assert!(wrong.contains(part), "{part}\n{wrong}");
        }
        assert_eq!(
            taken("extend: looker-sever\nrules: [{host: a.example, port: 1}]\n").unwrap_err(),
            "error: unknown profile `looker-sever`\n --> own.yaml\nhelp: did you mean `looker-server`?"
        );
    }
}
