//! Which rules are wanted, and which of them are switched off.

use std::collections::HashSet;

use wildmatch::WildMatch;

use super::{OffReason, PlanError, Selection, error::meant};
use crate::{
    catalog::{Catalog, Catalogs, Profile, Rule, Version},
    machine::LOCAL_RULES,
    site::{Site, Value},
    text,
};

/// The profiles that were asked for, and what they come to.
pub(super) struct Choice<'a> {
    catalogs: &'a Catalogs,
    site: &'a Site,
    profiles: Vec<(&'a Catalog, &'a Profile)>,
    only: Vec<WildMatch>,
    skip: Vec<WildMatch>,
}

impl<'a> Choice<'a> {
    /// What `selection` asks for.
    ///
    /// # Errors
    /// One for each profile and glob that names nothing; never empty.
    pub(super) fn new(
        catalogs: &'a Catalogs,
        site: &'a Site,
        selection: &Selection,
    ) -> Result<Self, Vec<PlanError>> {
        let globs = |globs: &[String]| globs.iter().map(|glob| WildMatch::new(glob)).collect();
        let choice = Self {
            catalogs,
            site,
            profiles: profiles(catalogs, &selection.profiles)?,
            only: globs(&selection.only),
            skip: globs(&selection.skip),
        };
        let idle = choice
            .idle_globs("--only", &selection.only)
            .chain(choice.idle_globs("--skip", &selection.skip));
        let errors: Vec<PlanError> = idle.collect();
        if errors.is_empty() {
            Ok(choice)
        } else {
            Err(errors)
        }
    }

    /// Every rule of the chosen profiles, once, in the catalogs' order.
    pub(super) fn rules(&self) -> Vec<(&'a Catalog, &'a Rule)> {
        let wanted: HashSet<&str> = self
            .profiles
            .iter()
            .flat_map(|(_, profile)| profile.rules.iter().map(String::as_str))
            .collect();
        self.catalogs
            .iter()
            .flat_map(|catalog| catalog.rules.iter().map(move |rule| (catalog, rule)))
            .filter(|(_, rule)| wanted.contains(rule.id.as_str()))
            .collect()
    }

    /// Whether a rule of that group starts here: by what the site says of this machine, else by the
    /// chosen profiles.
    pub(super) fn starts_here(&self, catalog: &Catalog, group: &str) -> bool {
        let said = self.site.is_in(catalog, group);
        said.unwrap_or_else(|| self.is_profiled(catalog, group))
    }

    /// Whether a profile is chosen that is run from a machine of that group.
    pub(super) fn is_profiled(&self, catalog: &Catalog, group: &str) -> bool {
        self.profiles
            .iter()
            .any(|(other, profile)| other.name == catalog.name && profile.from == group)
    }

    /// The profile by which somebody in that group checks the rule: a chosen one if there is one.
    pub(super) fn profile_of(
        &self,
        catalog: &'a Catalog,
        group: &str,
        id: &str,
    ) -> Option<&'a Profile> {
        let chosen = self.profiles.iter();
        let chosen = chosen.filter(|(other, _)| other.name == catalog.name);
        let mut known = chosen.map(|(_, profile)| *profile).chain(&catalog.profiles);
        known.find(|profile| profile.from == group && profile.rules.iter().any(|rule| rule == id))
    }

    /// Why the rule is not checked, if it is not.
    pub(super) fn off(&self, catalog: &Catalog, rule: &Rule) -> Option<OffReason> {
        if !self.selects(&rule.id) {
            return Some(OffReason::Selection);
        }
        self.switched_off(catalog, rule)
    }

    /// Why a feature or a release switches the rule off, if one does.
    pub(super) fn switched_off(&self, catalog: &Catalog, rule: &Rule) -> Option<OffReason> {
        if let Some(feature) = &rule.feature
            && !self.is_on(catalog, feature)
        {
            return Some(OffReason::Without(feature.clone()));
        }
        if let Some(feature) = &rule.unless
            && self.is_on(catalog, feature)
        {
            return Some(OffReason::With(feature.clone()));
        }
        let range = rule.version.as_ref()?;
        let holds = range.holds_for(self.release(&range.variable));
        (!holds).then(|| OffReason::Version(range.variable.clone(), range.to_string()))
    }

    /// The chosen profiles, by their own names, each once.
    pub(super) fn names(&self) -> Vec<String> {
        let names = self.profiles.iter().map(|(_, profile)| &profile.name);
        names.cloned().collect()
    }

    /// Whether `--only` and `--skip` leave the rule of that id in.
    pub(super) fn selects(&self, id: &str) -> bool {
        let among = |globs: &[WildMatch]| globs.iter().any(|glob| glob.matches(id));
        (self.only.is_empty() || among(&self.only)) && !among(&self.skip)
    }

    /// The feature's state: on if a chosen profile leaves no choice, else what the user said, else on if a chosen profile brings it along, else
    /// the site's.
    pub(super) fn is_on(&self, catalog: &Catalog, feature: &str) -> bool {
        let mut profiles = self.profiles.iter();
        if profiles.any(|(_, profile)| profile.always.iter().any(|always| always == feature)) {
            return true;
        }
        let brought = self
            .profiles
            .iter()
            .any(|(_, profile)| profile.with.iter().any(|with| with == feature));
        let known = catalog.features.get(feature);
        let variable = known.and_then(|known| known.set_by.as_ref());
        let is_set = variable.is_some_and(|name| self.site.values.contains_key(name));
        if (brought || is_set) && !self.site.said.contains(feature) {
            return true;
        }
        let habit = || known.is_some_and(|of| of.default);
        self.site
            .features
            .get(feature)
            .copied()
            .unwrap_or_else(habit)
    }

    fn release(&self, variable: &str) -> Option<Version> {
        match &self.site.values.get(variable)?.value {
            Value::Version(version) => Some(*version),
            Value::Hosts(_) | Value::Label(_) | Value::Endpoints(_) => None,
        }
    }

    /// An error for each glob that matches no rule of the chosen profiles.
    fn idle_globs<'b>(
        &'b self,
        flag: &'static str,
        globs: &'b [String],
    ) -> impl Iterator<Item = PlanError> + 'b {
        let rules = self.rules();
        let ids = rules.iter().map(|(_, rule)| rule.id.as_str());
        let ids: Vec<&str> = ids.chain(LOCAL_RULES).collect();
        globs.iter().filter_map(move |typed| {
            let glob = WildMatch::new(typed);
            let idle = !ids.iter().any(|id| glob.matches(id));
            idle.then(|| PlanError::NoSuchRule {
                flag,
                glob: text::stranger(typed.as_bytes()),
                profiles: self.names(),
                suggestion: meant(typed, ids.iter().copied()).map(str::to_owned),
                elsewhere: self.elsewhere(&glob),
            })
        })
    }

    /// The profiles with a rule that the glob matches.
    fn elsewhere(&self, glob: &WildMatch) -> Vec<String> {
        self.catalogs
            .iter()
            .flat_map(|catalog| &catalog.profiles)
            .filter(|profile| profile.rules.iter().any(|id| glob.matches(id)))
            .map(|profile| profile.name.clone())
            .collect()
    }
}

/// The profiles of those names or aliases, each once, in the order asked for.
fn profiles<'a>(
    catalogs: &'a Catalogs,
    names: &[String],
) -> Result<Vec<(&'a Catalog, &'a Profile)>, Vec<PlanError>> {
    if names.is_empty() {
        let known = profile_names(catalogs);
        return Err(vec![PlanError::NoProfile { known }]);
    }
    let mut found: Vec<(&Catalog, &Profile)> = Vec::new();
    let mut errors = Vec::new();
    for name in names {
        match catalogs.profile(name) {
            Some((_, profile)) if found.iter().any(|(_, other)| other.name == profile.name) => {}
            Some(profile) => found.push(profile),
            None => errors.push(unknown_profile(catalogs, name)),
        }
    }
    if errors.is_empty() {
        Ok(found)
    } else {
        Err(errors)
    }
}

fn unknown_profile(catalogs: &Catalogs, name: &str) -> PlanError {
    let known = profile_names(catalogs);
    PlanError::UnknownProfile {
        name: text::stranger(name.as_bytes()),
        suggestion: meant(name, catalogs.profile_names()).map(str::to_owned),
        known,
    }
}

fn profile_names(catalogs: &Catalogs) -> Vec<String> {
    catalogs
        .iter()
        .flat_map(|catalog| &catalog.profiles)
        .map(|profile| profile.name.clone())
        .collect()
}
