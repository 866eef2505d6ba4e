//! A site file to begin with: what some profiles need to know, each line with its flag.

use std::fmt::Write as _;

use super::{file::SiteKeys, resolve::configured};
use crate::{
    catalog::{Catalog, Feature, Profile, Rule, Target, Variable, VariableKind, keys::Key},
    machine::Machine,
    net::Ports,
    text,
};

/// A site file with everything that the profiles need to know, all of it commented out. It has no
/// mistake as it is. `profiles` is not empty.
#[must_use]
pub fn template(profiles: &[(&Catalog, &Profile)], facts: &Machine) -> String {
    let needs = Needs::of(profiles);
    let names: Vec<&str> = profiles.iter().map(|(_, it)| it.name.as_str()).collect();
    let mut page = format!(
        "# The site file of portcheck: what is particular to one installation, here for\n\
         # {}.\n\
         # Take away the `# ` before what you know, and put your own in the place of the examples.\n\
         # It is the same file for all machines: it also says who a machine is.\n\
         #   portcheck site lint FILE\n\
         #   portcheck run --profile {} --site FILE\n",
        text::list(&names, "and"),
        names.join(",")
    );
    for key in SiteKeys::KEYS {
        let _ = write!(page, "\n# {}\n{}:", key.about, key.name);
        page.push_str(&needs.below(key, facts));
    }
    page
}

/// What some profiles need to know.
struct Needs<'c> {
    groups: Vec<Line<'c>>,
    variables: Vec<Line<'c>>,
    features: Vec<Condition<'c>>,
    /// A rule with one port.
    example: &'c str,
}

/// A feature.
struct Condition<'c> {
    name: &'c str,
    feature: &'c Feature,
}

/// A group or a variable.
struct Line<'c> {
    name: &'c str,
    about: &'c str,
    /// The variable, and its name; none for a group that only starts.
    variable: Option<(&'c str, &'c Variable)>,
    /// The rules that need it.
    rules: Vec<&'c str>,
}

impl<'c> Needs<'c> {
    fn of(profiles: &[(&'c Catalog, &'c Profile)]) -> Self {
        let mut needs = Self {
            groups: Vec::new(),
            variables: Vec::new(),
            features: Vec::new(),
            example: "RULE",
        };
        for (catalog, profile) in profiles {
            let ids = profile.rules.iter();
            for rule in ids.filter_map(|id| catalog.rule(id)) {
                needs.rule(catalog, rule);
            }
        }
        // First those that are reached: they are what a run cannot do without.
        needs.groups.sort_by_key(|line| line.variable.is_none());
        needs
    }

    /// What stands behind a key of the file and below it: what the profiles need, or else an example.
    fn below(&self, key: &Key, facts: &Machine) -> String {
        let mut page = "\n".to_owned();
        match key.name {
            "groups" => self.groups.iter().for_each(|it| it.write(&mut page, facts)),
            "variables" => {
                let variables = self.variables.iter();
                variables.for_each(|it| it.write(&mut page, facts));
            }
            "features" => self.features.iter().for_each(|it| it.write(&mut page)),
            _ => return commented(&key.sample("").replace("{rule}", self.example)),
        }
        page
    }

    fn rule(&mut self, catalog: &'c Catalog, rule: &'c Rule) {
        if self.example == "RULE" && matches!(rule.ports, Ports::One(_)) {
            self.example = &rule.id;
        }
        for name in rule.feature.iter().chain(&rule.unless) {
            if let Some((name, feature)) = catalog.features.get_key_value(name)
                && self.features.iter().all(|known| known.name != name)
            {
                self.features.push(Condition { name, feature });
            }
        }
        self.starter(catalog, rule);
        for name in variables(catalog, rule) {
            self.variable(catalog, rule, name);
        }
    }

    /// The group that starts the rule, where no variable binds it: its hosts only say who they are.
    fn starter(&mut self, catalog: &'c Catalog, rule: &'c Rule) {
        if let Some((name, group)) = catalog.groups.get_key_value(&rule.from)
            && group.bound_by.is_none()
        {
            let line = Line {
                name,
                about: &group.about,
                variable: None,
                rules: vec![&rule.id],
            };
            join(&mut self.groups, line);
        }
    }

    /// Variables of many hosts stand with the groups that they bind.
    fn variable(&mut self, catalog: &'c Catalog, rule: &'c Rule, name: &str) {
        let Some((name, variable)) = catalog.variables.get_key_value(name) else {
            return;
        };
        let mut groups = catalog.groups.iter();
        let group = groups
            .find(|(_, group)| group.bound_by.as_deref() == Some(name))
            .filter(|_| variable.kind == VariableKind::Hosts);
        let line = Line {
            name: group.map_or(name, |(group, _)| group),
            about: &variable.about,
            variable: Some((name, variable)),
            rules: vec![&rule.id],
        };
        let lines = match group {
            Some(_) => &mut self.groups,
            None => &mut self.variables,
        };
        join(lines, line);
    }
}

/// The variables that say where a rule leads, or whether it holds.
fn variables<'c>(catalog: &'c Catalog, rule: &'c Rule) -> Vec<&'c str> {
    let group = catalog.groups.get(&rule.to);
    let of_group = group.and_then(|group| group.bound_by.as_deref());
    let of_blank = match &rule.target {
        Target::Placeholder { variable, .. } => Some(variable.as_str()),
        Target::Group | Target::Host(_) | Target::Wildcard { .. } => None,
    };
    let of_reverse = rule.reverse.as_ref();
    [
        of_group.filter(|_| rule.target == Target::Group),
        of_blank,
        rule.variable.as_deref(),
        of_reverse.and_then(|reverse| reverse.variable.as_deref()),
        rule.version.as_ref().map(|range| range.variable.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn join<'c>(lines: &mut Vec<Line<'c>>, line: Line<'c>) {
    match lines.iter_mut().find(|known| known.name == line.name) {
        Some(known) => known.rules.extend(line.rules),
        None => lines.push(line),
    }
}

/// The lines below the first one as comments in the file's first column of sections.
fn commented(sample: &str) -> String {
    let (first, below) = sample.split_once('\n').unwrap_or((sample, ""));
    let mut page = format!("{first}\n");
    for line in below.lines() {
        let _ = writeln!(page, "  # {}", line.strip_prefix("  ").unwrap_or(line));
    }
    page
}

impl Condition<'_> {
    /// What it means, then its other state.
    fn write(&self, page: &mut String) {
        let Feature { about, default, .. } = self.feature;
        let flag = if *default { "--without" } else { "--with" };
        let name = self.name;
        let _ = writeln!(
            page,
            "  # {about}\n  # like {flag} {name}\n  # {name}: {}",
            !default
        );
    }
}

impl Line<'_> {
    /// What it is for, then an example of it.
    fn write(&self, page: &mut String, facts: &Machine) {
        let rules = match self.rules.as_slice() {
            [only] => (*only).to_owned(),
            many => text::count(many.len(), "rule"),
        };
        let name = self.name;
        let Some((variable_name, variable)) = self.variable else {
            let _ = writeln!(
                page,
                "  # {}: hosts or networks ({rules}, started there)\n  \
                 # like --as {name}\n  # {name}: [10.20.0.0/16]",
                self.about
            );
            return;
        };
        let _ = writeln!(
            page,
            "  # {} ({rules})\n  # like {}",
            self.about,
            variable.flag_text(variable_name)
        );
        if let Some(default) = &variable.default {
            let _ = writeln!(page, "  # if left out: {default}");
        }
        let example = example(variable, facts, page);
        let _ = writeln!(page, "  # {name}: {example}");
    }
}

/// A value such as the variable takes; what this machine would give is told before it.
fn example(variable: &Variable, facts: &Machine, page: &mut String) -> String {
    let machine = variable.machine.map(|machine| configured(facts, machine));
    if let Some(configured) = machine.filter(|configured| !configured.servers.is_empty()) {
        let servers = configured.servers.iter();
        let servers: Vec<String> = servers.map(ToString::to_string).collect();
        let file = &configured.file;
        let _ = writeln!(page, "  # if left out: those of {file}, here as follows");
        return format!("[{}]", servers.join(", "));
    }
    match variable.kind {
        VariableKind::Hosts => "[node-1.example, 10.0.0.2]".to_owned(),
        VariableKind::Host => "host.example".to_owned(),
        VariableKind::Label => "NAME".to_owned(),
        VariableKind::Endpoints => {
            "[\"postgres://db-1.example:5432\", \"db-2.example:1521\"]".to_owned()
        }
        VariableKind::Version => "\"23.10\"".to_owned(),
    }
}
