//! One rule, as meant.

use super::{Lowering, word};
use crate::{
    catalog::{
        Expect, Level, Outside, Pki, Reverse, Rule, Source, Stated, Target, VariableKind,
        VersionRange, Via, Withdrawn,
        mistakes::{meant, quoted},
        schema::{EXPECTS, LEVELS, PKIS, VIAS},
        shape,
        value::net_error,
        yaml::{Node, Value},
    },
    net::{Host, Port, PortRange, Ports, Protocol, Transport},
};

/// The kinds of variables that stand for something to reach.
const REACHABLE: [VariableKind; 2] = [VariableKind::Hosts, VariableKind::Host];

impl Lowering<'_, '_, '_> {
    pub(super) fn rule(&mut self, node: &Node<'_>) -> Rule {
        self.check_id(node);
        self.check_names(node);
        let text = |key: &str| node.text_at(key).unwrap_or_default();
        let transports = self.transports(node);
        Rule {
            id: text("id"),
            catalog: self.catalog.name.clone(),
            source: self.source(node),
            stated: stated(node.at("stated")),
            level: level(node),
            feature: node.text_at("feature"),
            unless: node.text_at("unless"),
            version: node.at("version").map(|version| self.version(version)),
            from: text("from"),
            to: text("to"),
            target: self.target(node),
            variable: node.text_at("variable"),
            ports: self.ports(node, &transports),
            protocol: self.protocol(node, transports.first().copied()),
            transports,
            expect: word(node.at("expect"), &EXPECTS, Expect::word),
            pki: word(node.at("pki"), &PKIS, Pki::word),
            via: word(node.at("via"), &VIAS, Via::word),
            starttls: node.at("starttls").and_then(switch),
            any_of: node.text_at("any-of"),
            withdrawn: node.at("withdrawn").map(withdrawn),
            outside: node.items_at("outside").iter().map(outside).collect(),
            reverse: node.at("reverse").map(|reverse| self.reverse(reverse)),
            service: text("service"),
            purpose: text("purpose"),
            note: node.text_at("note"),
        }
    }

    fn check_id(&mut self, rule: &Node<'_>) {
        let Some(node) = rule.at("id") else { return };
        let Some(id) = node.text() else { return };
        let name = &self.catalog.name;
        let is_own = id
            .strip_prefix(name.as_str())
            .is_some_and(|rest| rest.starts_with('.'));
        if !is_own && !name.is_empty() {
            let message = format!("id {} does not begin with `{name}.`", quoted(id));
            self.reporter.report(node.span, message);
        }
    }

    fn check_names(&mut self, rule: &Node<'_>) {
        self.known_group(rule.at("from"));
        self.known_group(rule.at("to"));
        self.known_feature(rule.at("feature"));
        self.known_feature(rule.at("unless"));
        self.variable_of_kind(rule.at("variable"), &REACHABLE);
    }

    fn source(&mut self, rule: &Node<'_>) -> Source {
        let name = rule.text_at("section").unwrap_or_default();
        if let Some(section) = self.sections.get(&name) {
            return Source {
                file: self.catalog.file.clone(),
                line: rule.span.line,
                page: section.page.clone(),
                section: section.title.clone(),
                heading: section.heading.clone(),
                read: section.read.clone(),
            };
        }
        // If there are no sections at all, that is the mistake.
        if let Some(node) = rule.at("section")
            && node.text().is_some()
            && !self.sections.is_empty()
        {
            let names = self.sections.keys().map(String::as_str);
            self.reporter.unknown(node.span, ("section", &name), names);
        }
        Source {
            file: self.catalog.file.clone(),
            line: rule.span.line,
            page: String::new(),
            section: name.clone(),
            heading: name,
            read: String::new(),
        }
    }

    fn version(&mut self, node: &Node<'_>) -> VersionRange {
        self.variable_of_kind(node.at("variable"), &[VariableKind::Version]);
        let bound = |key: &str| {
            node.at(key)
                .and_then(Node::text)
                .and_then(|text| text.parse().ok())
        };
        let (from, before) = (bound("from"), bound("before"));
        if node.at("from").is_none() && node.at("before").is_none() {
            self.reporter
                .report(node.span, "missing key `from` or `before`");
        }
        if let (Some(from), Some(before)) = (from, before)
            && from >= before
        {
            let message = format!("no release is from {from} on and before {before}");
            self.reporter
                .report(node.at("before").unwrap_or(node).span, message);
        }
        VersionRange {
            variable: node.text_at("variable").unwrap_or_default(),
            from,
            before,
        }
    }

    fn target(&mut self, rule: &Node<'_>) -> Target {
        let host = rule.at("host").and_then(|node| Some((node, node.text()?)));
        if let Some((node, text)) = host
            && text.contains('*')
        {
            return self.wildcard(rule, node, text);
        }
        if let Some(witness) = rule.at("witness") {
            let message = "a witness stands for a wildcard, and `host` is none";
            self.reporter.report(witness.span, message);
        }
        match host {
            None => self.group_target(rule),
            Some((node, text)) if text.contains(['<', '>']) => self.placeholder(node, text),
            Some((node, _)) => self.host(node).map_or(Target::Group, Target::Host),
        }
    }

    /// The hosts of the `to` group, which somebody must be able to list.
    fn group_target(&mut self, rule: &Node<'_>) -> Target {
        if let Some(node) = rule.at("to")
            && let Some(name) = node.text()
            && let Some(group) = self.catalog.groups.get(name)
            && group.bound_by.is_none()
            && rule.at("host").is_none()
            && rule.at("variable").is_none()
        {
            let message = format!("nobody lists the hosts of group {}", quoted(name));
            let help = "give the rule a `host`, or the group a `bound-by`".to_owned();
            self.reporter.report_with(node.span, message, help);
        }
        Target::Group
    }

    fn wildcard(&mut self, rule: &Node<'_>, node: &Node<'_>, pattern: &str) -> Target {
        let suffix = pattern.strip_prefix("*.").unwrap_or("*");
        let Ok(Host::Name(suffix)) = suffix.parse() else {
            let message = format!(
                "got the wildcard {}, expected `*.` and a name",
                quoted(pattern)
            );
            self.reporter.report(node.span, message);
            return Target::Group;
        };
        let Some(witness_node) = rule.at("witness") else {
            let message = format!("wildcard {} has no witness", quoted(pattern));
            let help =
                format!("add `witness: {suffix}`, or another host that stands for all of them");
            self.reporter.report_with(node.span, message, help);
            return Target::Group;
        };
        let Some(witness) = self.host(witness_node) else {
            return Target::Group;
        };
        let name = witness.to_string();
        if name
            .strip_suffix(&suffix)
            .is_none_or(|rest| !rest.is_empty() && !rest.ends_with('.'))
        {
            let message = format!("witness `{name}` does not match {}", quoted(pattern));
            let help = format!("name `{suffix}` or a host below it");
            self.reporter.report_with(witness_node.span, message, help);
        }
        Target::Wildcard {
            pattern: pattern.to_owned(),
            witness,
        }
    }

    fn placeholder(&mut self, node: &Node<'_>, template: &str) -> Target {
        let parts = template
            .split_once('<')
            .and_then(|(before, rest)| Some((before, rest.split_once('>')?)));
        let filled = parts.map(|(before, (_, after))| format!("{before}x{after}"));
        let (Some((_, (variable, _))), Some(Ok(Host::Name(_)))) =
            (parts, filled.map(|filled| filled.parse()))
        else {
            let message = format!(
                "got {}, expected one `<variable>` in a name",
                quoted(template)
            );
            self.reporter.report(node.span, message);
            return Target::Group;
        };
        let name = Node {
            span: node.span,
            value: Value::Text(variable.into()),
        };
        self.variable_of_kind(Some(&name), &[VariableKind::Label]);
        Target::Placeholder {
            template: template.to_owned(),
            variable: variable.to_owned(),
        }
    }

    /// The host at `node`.
    fn host(&mut self, node: &Node<'_>) -> Option<Host> {
        match node.text()?.parse() {
            Ok(host) => Some(host),
            Err(error) => {
                self.reporter.report(node.span, net_error(&error));
                None
            }
        }
    }

    fn transports(&mut self, rule: &Node<'_>) -> Vec<Transport> {
        let mut transports = Vec::new();
        for node in rule.items_at("transports") {
            let Some(transport) = word(Some(node), &Transport::ALL, Transport::word) else {
                continue;
            };
            if transports.contains(&transport) {
                let message = format!("duplicate transport `{transport}`");
                self.reporter.report(node.span, message);
            } else {
                transports.push(transport);
            }
        }
        transports
    }

    fn ports(&mut self, rule: &Node<'_>, transports: &[Transport]) -> Ports {
        let (one, range) = (rule.at("port"), rule.at("ports"));
        let has_ports = transports.iter().any(|transport| transport.has_ports());
        let start = rule.entries().first().map_or(rule.span, |entry| entry.span);
        match (one, range, transports.first()) {
            (Some(_), Some(node), _) => {
                let message = "got both `port` and `ports`, expected one of them";
                self.reporter.report(node.span, message);
                Ports::None
            }
            (Some(node), None, Some(transport)) | (None, Some(node), Some(transport))
                if !has_ports =>
            {
                self.reporter
                    .report(node.span, format!("`{transport}` has no ports"));
                Ports::None
            }
            (None, None, Some(transport)) if has_ports => {
                let message = format!("missing key `port` or `ports`, which `{transport}` needs");
                self.reporter.report(start, message);
                Ports::None
            }
            (Some(node), None, _) => port(node).map_or(Ports::None, Ports::One),
            (None, Some(node), _) => self.range(node),
            (None, None, _) => Ports::None,
        }
    }

    fn range(&mut self, node: &Node<'_>) -> Ports {
        let bound = |key: &str| node.at(key).and_then(port);
        let (Some(first), Some(last)) = (bound("first"), bound("last")) else {
            return Ports::None;
        };
        PortRange::new(first, last).map_or_else(
            || {
                let message = format!("`first: {first}` is not below `last: {last}`");
                self.reporter
                    .report(node.at("first").unwrap_or(node).span, message);
                Ports::None
            },
            Ports::Range,
        )
    }

    fn protocol(&mut self, rule: &Node<'_>, decisive: Option<Transport>) -> Protocol {
        let node = rule.at("protocol");
        let Some(protocol) = word(node, Protocol::ALL, Protocol::word) else {
            return Protocol::Tcp;
        };
        if let (Some(node), Some(decisive)) = (node, decisive)
            && protocol.transport() != decisive
        {
            let message = format!(
                "protocol `{protocol}` runs over `{}`, and the first transport is `{decisive}`",
                protocol.transport()
            );
            let other = protocol.over(decisive).map(Protocol::word);
            self.reporter
                .report_with(node.span, message, meant("", other));
        }
        protocol
    }

    fn reverse(&mut self, node: &Node<'_>) -> Reverse {
        self.known_group(node.at("from"));
        self.known_group(node.at("to"));
        self.variable_of_kind(node.at("variable"), &REACHABLE);
        let host = node.at("host").and_then(|host| self.host(host));
        Reverse {
            from: node.text_at("from").unwrap_or_default(),
            to: node.text_at("to").unwrap_or_default(),
            host: host.unwrap_or_else(|| Host::Name(String::new())),
            variable: node.text_at("variable"),
            level: level(node),
        }
    }
}

fn level(node: &Node<'_>) -> Level {
    word(node.at("level"), &LEVELS, Level::word).unwrap_or(Level::Mandatory)
}

fn port(node: &Node<'_>) -> Option<Port> {
    match &node.value {
        Value::Number(digits) => shape::port(digits),
        Value::Text(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn switch(node: &Node<'_>) -> Option<bool> {
    match &node.value {
        Value::Bool(on) => Some(*on),
        Value::Text(_) | Value::Number(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
    }
}

fn stated(node: Option<&Node<'_>>) -> Stated {
    let cell = |key: &str| node.and_then(|node| node.text_at(key)).unwrap_or_default();
    Stated {
        host: cell("host"),
        port: cell("port"),
        requirement: cell("requirement"),
        protocol: cell("protocol"),
        direction: cell("direction"),
        source: cell("source"),
        destination: cell("destination"),
    }
}

fn withdrawn(node: &Node<'_>) -> Withdrawn {
    Withdrawn {
        by: node.text_at("by").unwrap_or_default(),
        since: node.text_at("since").unwrap_or_default(),
        instead: node.text_at("instead").unwrap_or_default(),
    }
}

fn outside(node: &Node<'_>) -> Outside {
    Outside {
        fact: node.text_at("fact").unwrap_or_default(),
        source: node.text_at("source").unwrap_or_default(),
    }
}
