//! One rule, as meant.

use super::{Lowering, Name, Section};
use crate::{
    catalog::{
        Level, Outside, Reverse, Rule, Source, Target, VariableKind, VersionRange, Withdrawn,
        form::At,
        help,
        mistakes::{meant, quoted},
        value::net_error,
        written::{
            OutsideKeys, PortsKeys, ReadAsKeys, ReverseKeys, RuleKeys, StatedKeys, VersionKeys,
            WithdrawnKeys,
        },
        yaml::Node,
    },
    net::{Host, PortRange, Ports, Protocol, Transport},
};

/// The kinds of variables that stand for something to reach.
const REACHABLE: [VariableKind; 2] = [VariableKind::Hosts, VariableKind::Host];

impl<'n> Lowering<'n, '_, '_> {
    pub(super) fn rule(&mut self, written: &At<'n, RuleKeys<'n>>) -> Rule {
        let At { node, value: rule } = written;
        self.check_id(rule.id.word());
        self.check_names(rule);
        let transports = self.transports(rule);
        Rule {
            id: rule.id.text(),
            catalog: self.catalog.name.clone(),
            source: self.source(node, rule.section.word()),
            stated: rule
                .stated
                .value
                .as_ref()
                .map(StatedKeys::meant)
                .unwrap_or_default(),
            read_as: rule
                .read_as
                .value
                .as_ref()
                .map(ReadAsKeys::meant)
                .unwrap_or_default(),
            level: rule.level.value.unwrap_or(Level::Mandatory),
            feature: rule.feature.maybe(),
            unless: rule.unless.maybe(),
            own: rule.own.maybe(),
            version: rule.version.found().map(|version| self.version(version)),
            from: rule.from.text(),
            to: rule.to.text(),
            target: self.target(rule),
            variable: rule.variable.maybe(),
            ports: self.ports(node, rule, &transports),
            protocol: self.protocol(rule, transports.first().copied()),
            transports,
            expect: rule.expect.value,
            pki: rule.pki.value,
            via: rule.via.value,
            starttls: rule.starttls.value,
            any_of: rule.any_of.maybe(),
            falls_back_to: rule.falls_back_to.maybe(),
            withdrawn: rule.withdrawn.value.as_ref().map(withdrawn),
            outside: rule.outside.items().iter().map(outside).collect(),
            reverse: rule
                .reverse
                .value
                .as_ref()
                .map(|reverse| self.reverse(reverse)),
            service: rule.service.text(),
            purpose: rule.purpose.text(),
            note: rule.note.maybe(),
        }
    }

    fn check_id(&mut self, id: Name<'n>) {
        let Some(At { node, value: id }) = id else {
            return;
        };
        let name = &self.catalog.name;
        let is_own = id
            .strip_prefix(name.as_str())
            .is_some_and(|rest| rest.starts_with('.'));
        if !is_own && !name.is_empty() {
            let message = format!("id {} does not begin with `{name}.`", quoted(id));
            self.reporter.report(node.span, message);
        }
    }

    fn check_names(&mut self, rule: &RuleKeys<'n>) {
        self.known_group(rule.from.word());
        self.known_group(rule.to.word());
        self.known_feature(rule.feature.word());
        self.known_feature(rule.unless.word());
        self.known_feature(rule.own.word());
        self.variable_of_kind(rule.variable.word(), &REACHABLE);
        if let Some(own) = rule.own.node
            && !rule.variable.is_there()
        {
            let message = "`own` needs a `variable` that names the site's own host";
            self.reporter.report(own.span, message);
        }
    }

    fn source(&mut self, rule: &Node<'_>, section: Name<'n>) -> Source {
        let name = section.map(|name| name.value).unwrap_or_default();
        let known = self.sections.get(name);
        // If there are no sections at all, that is the mistake.
        if let Some(at) = section
            && known.is_none()
            && !self.sections.is_empty()
        {
            let names = self.sections.keys().map(String::as_str);
            self.reporter.unknown(at.node.span, "section", name, names);
        }
        let of = |said: fn(&Section) -> &String| known.map(said).cloned();
        Source {
            file: self.catalog.file.clone(),
            line: rule.span.line,
            page: of(|section| &section.page).unwrap_or_default(),
            section: of(|section| &section.title).unwrap_or_default(),
            heading: of(|section| &section.heading).unwrap_or_default(),
            read: of(|section| &section.read).unwrap_or_default(),
        }
    }

    fn version(
        &mut self,
        At {
            node,
            value: version,
        }: At<'n, &VersionKeys<'n>>,
    ) -> VersionRange {
        self.variable_of_kind(version.variable.word(), &[VariableKind::Version]);
        let (from, before) = (version.from.value, version.before.value);
        if !version.from.is_there() && !version.before.is_there() {
            self.reporter
                .report(node.span, "missing key `from` or `before`");
        }
        if let (Some(from), Some(before)) = (from, before)
            && from >= before
        {
            let message = format!("no release is from {from} on and before {before}");
            let span = version.before.node.unwrap_or(node).span;
            self.reporter.report(span, message);
        }
        VersionRange {
            variable: version.variable.text(),
            from,
            before,
        }
    }

    fn target(&mut self, rule: &RuleKeys<'n>) -> Target {
        let host = rule.host.word();
        if let Some(pattern) = host
            && pattern.value.contains('*')
        {
            return self.wildcard(pattern, rule.witness.word());
        }
        if let Some(witness) = rule.witness.node {
            let message = "a witness stands for a wildcard, and `host` is none";
            self.reporter.report(witness.span, message);
        }
        match host {
            None => self.group_target(rule),
            Some(host) if host.value.contains(['<', '>']) => self.placeholder(host),
            Some(host) => self
                .host(host, help::of_host)
                .map_or(Target::Group, Target::Host),
        }
    }

    /// The hosts of the `to` group, which somebody must be able to list.
    fn group_target(&mut self, rule: &RuleKeys<'n>) -> Target {
        if let Some(At { node, value: name }) = rule.to.word()
            && let Some(group) = self.catalog.groups.get(name)
            && group.bound_by.is_none()
            && !rule.host.is_there()
            && !rule.variable.is_there()
        {
            let message = format!("nobody lists the hosts of group {}", quoted(name));
            let help = "give the rule a `host`, or the group a `bound-by`".to_owned();
            self.reporter.report_with(node.span, message, help);
        }
        Target::Group
    }

    fn wildcard(&mut self, host: At<'n, &'n str>, witness: Name<'n>) -> Target {
        let At {
            node,
            value: pattern,
        } = host;
        let suffix = pattern.strip_prefix("*.").unwrap_or("*");
        let Ok(Host::Name(suffix)) = suffix.parse() else {
            let message = format!(
                "got the wildcard {}, expected `*.` and a name",
                quoted(pattern)
            );
            self.reporter
                .report_with(node.span, message, help::of_host(pattern));
            return Target::Group;
        };
        let Some(witness_at) = witness else {
            let message = format!("wildcard {} has no witness", quoted(pattern));
            let help =
                format!("add `witness: {suffix}`, or another host that stands for all of them");
            self.reporter.report_with(node.span, message, help);
            return Target::Group;
        };
        let Some(witness) = self.host(witness_at, help::of_host_alone) else {
            return Target::Group;
        };
        let name = witness.to_string();
        if name
            .strip_suffix(&suffix)
            .is_none_or(|rest| !rest.is_empty() && !rest.ends_with('.'))
        {
            let message = format!("witness `{name}` does not match {}", quoted(pattern));
            let help = format!("name `{suffix}` or a host below it");
            self.reporter
                .report_with(witness_at.node.span, message, help);
        }
        Target::Wildcard {
            pattern: pattern.to_owned(),
            witness,
        }
    }

    fn placeholder(
        &mut self,
        At {
            node,
            value: template,
        }: At<'n, &'n str>,
    ) -> Target {
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
            self.reporter
                .report_with(node.span, message, help::of_host(template));
            return Target::Group;
        };
        let name = At {
            node,
            value: variable,
        };
        self.variable_of_kind(Some(name), &[VariableKind::Label]);
        Target::Placeholder {
            template: template.to_owned(),
            variable: variable.to_owned(),
        }
    }

    fn host(
        &mut self,
        At { node, value: text }: At<'n, &'n str>,
        help: fn(&str) -> Option<String>,
    ) -> Option<Host> {
        match text.parse() {
            Ok(host) => Some(host),
            Err(error) => {
                let help = help(text);
                self.reporter
                    .report_with(node.span, net_error(&error), help);
                None
            }
        }
    }

    fn transports(&mut self, rule: &RuleKeys<'n>) -> Vec<Transport> {
        let mut transports = Vec::new();
        for At {
            node,
            value: transport,
        } in rule.transports.items()
        {
            if transports.contains(transport) {
                let message = format!("duplicate transport `{transport}`");
                self.reporter.report(node.span, message);
            } else {
                transports.push(*transport);
            }
        }
        transports
    }

    fn ports(&mut self, node: &Node<'n>, rule: &RuleKeys<'n>, transports: &[Transport]) -> Ports {
        let (one, range) = (rule.port.node, rule.ports.node);
        let has_ports = transports.iter().any(|transport| transport.has_ports());
        let is_given = self.gives_ports(rule.to.value.unwrap_or_default());
        let start = node.entries().first().map_or(node.span, |entry| entry.span);
        let mistake = match (one.or(range), transports.first()) {
            (Some(_), _) if one.is_some() && range.is_some() => {
                let message = "got both `port` and `ports`, expected one of them".to_owned();
                range.map(|range| (range.span, message))
            }
            (Some(ports), Some(transport)) if !has_ports => {
                Some((ports.span, format!("`{transport}` has no ports")))
            }
            (Some(ports), _) if is_given => {
                let message = "the endpoints of the group in `to` have ports of their own";
                Some((ports.span, message.to_owned()))
            }
            (None, Some(transport)) if has_ports && !is_given => {
                let message = format!("missing key `port` or `ports`, which `{transport}` needs");
                Some((start, message))
            }
            (Some(_) | None, _) => None,
        };
        if let Some((span, message)) = mistake {
            self.reporter.report(span, message);
            return Ports::None;
        }
        let range = rule.ports.found().and_then(|range| self.range(range));
        rule.port
            .value
            .map(Ports::One)
            .or(range)
            .unwrap_or(Ports::None)
    }

    /// Whether the hosts of the group are given as endpoints, with their ports.
    fn gives_ports(&self, group: &str) -> bool {
        let group = self.catalog.groups.get(group);
        let variable = group.and_then(|group| group.bound_by.as_ref());
        let variable = variable.and_then(|name| self.catalog.variables.get(name));
        variable.is_some_and(|variable| variable.kind == VariableKind::Endpoints)
    }

    fn range(&mut self, At { node, value: range }: At<'n, &PortsKeys<'n>>) -> Option<Ports> {
        let (first, last) = (range.first.value?, range.last.value?);
        let read = PortRange::new(first, last).map(Ports::Range);
        if read.is_none() {
            let message = format!("`first: {first}` is not below `last: {last}`");
            let span = range.first.node.unwrap_or(node).span;
            self.reporter.report(span, message);
        }
        read
    }

    fn protocol(&mut self, rule: &RuleKeys<'n>, decisive: Option<Transport>) -> Protocol {
        let Some(At {
            node,
            value: protocol,
        }) = rule.protocol.found()
        else {
            return Protocol::Tcp;
        };
        if let Some(decisive) = decisive
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
        *protocol
    }

    fn reverse(&mut self, reverse: &ReverseKeys<'n>) -> Reverse {
        self.known_group(reverse.from.word());
        self.known_group(reverse.to.word());
        self.variable_of_kind(reverse.variable.word(), &REACHABLE);
        let host = reverse
            .host
            .word()
            .and_then(|host| self.host(host, help::of_host_alone));
        Reverse {
            from: reverse.from.text(),
            to: reverse.to.text(),
            host: host.unwrap_or_else(|| Host::Name(String::new())),
            variable: reverse.variable.maybe(),
            level: reverse.level.value.unwrap_or(Level::Mandatory),
        }
    }
}

fn withdrawn(withdrawn: &WithdrawnKeys<'_>) -> Withdrawn {
    let since = withdrawn.since.value.map(|day| day.to_string());
    Withdrawn {
        by: withdrawn.by.text(),
        since: since.unwrap_or_default(),
        instead: withdrawn.instead.text(),
    }
}

fn outside(outside: &At<'_, OutsideKeys<'_>>) -> Outside {
    Outside {
        fact: outside.value.fact.text(),
        source: outside.value.source.text(),
    }
}
