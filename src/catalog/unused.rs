//! What stands in a catalog in vain.

use std::collections::BTreeSet;

use thiserror::Error;

use super::{Catalog, Rule, Target};

/// Something that nothing uses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unused {
    /// A rule that can never be checked.
    #[error("no profile selects rule `{0}`")]
    Rule(String),
    /// A variable that no rule, group, feature or release asks for.
    #[error("nothing uses variable `{0}`")]
    Variable(String),
    /// A group at no end of a rule, from which no profile is run.
    #[error("nothing uses group `{0}`")]
    Group(String),
    /// A condition that switches nothing.
    #[error("nothing uses feature `{0}`")]
    Feature(String),
}

impl Catalog {
    /// What nothing uses: rules, variables, groups and features, in that order.
    #[must_use]
    pub fn unused(&self) -> Vec<Unused> {
        let profiles = || self.profiles.iter();
        let selected: BTreeSet<&str> = profiles()
            .flat_map(|it| &it.rules)
            .map(String::as_str)
            .collect();
        let rules = self
            .rules
            .iter()
            .filter(|rule| !selected.contains(rule.id.as_str()));
        let mut unused: Vec<Unused> = rules.map(|rule| Unused::Rule(rule.id.clone())).collect();
        let groups: BTreeSet<&str> = self
            .rules
            .iter()
            .flat_map(groups_of)
            .chain(profiles().map(|profile| profile.from.as_str()))
            .collect();
        let variables: BTreeSet<&str> = self.used_variables();
        let features: BTreeSet<&str> = self
            .rules
            .iter()
            .flat_map(|rule| [&rule.feature, &rule.unless, &rule.own])
            .filter_map(Option::as_deref)
            .collect();
        let idle = |names: Vec<&String>, used: &BTreeSet<&str>| -> Vec<String> {
            let idle = names
                .into_iter()
                .filter(|name| !used.contains(name.as_str()));
            idle.cloned().collect()
        };
        let names = self.variables.keys().collect();
        unused.extend(idle(names, &variables).into_iter().map(Unused::Variable));
        let names = self.groups.keys().collect();
        unused.extend(idle(names, &groups).into_iter().map(Unused::Group));
        let names = self.features.keys().collect();
        unused.extend(idle(names, &features).into_iter().map(Unused::Feature));
        unused
    }

    fn used_variables(&self) -> BTreeSet<&str> {
        let rules = self.rules.iter().flat_map(variables_of);
        let groups = self
            .groups
            .values()
            .filter_map(|group| group.bound_by.as_deref());
        let features = self.features.values().filter_map(|it| it.set_by.as_deref());
        rules.chain(groups).chain(features).collect()
    }
}

fn groups_of(rule: &Rule) -> Vec<&str> {
    let reverse = rule
        .reverse
        .iter()
        .flat_map(|it| [it.from.as_str(), it.to.as_str()]);
    [rule.from.as_str(), rule.to.as_str()]
        .into_iter()
        .chain(reverse)
        .collect()
}

fn variables_of(rule: &Rule) -> Vec<&str> {
    let blank = match &rule.target {
        Target::Placeholder { variable, .. } => Some(variable.as_str()),
        Target::Group | Target::Host(_) | Target::Wildcard { .. } => None,
    };
    let version = rule.version.as_ref().map(|range| range.variable.as_str());
    let reverse = rule.reverse.as_ref().and_then(|it| it.variable.as_deref());
    let own = rule.variable.as_deref();
    [blank, version, reverse, own]
        .into_iter()
        .flatten()
        .collect()
}
