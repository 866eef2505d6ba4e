//! Several catalogs as one: the embedded ones and those of the user.

use std::collections::{BTreeMap, HashMap};

use super::{
    Catalog, Feature, Group, Mistakes, Product, Profile, Rule, Variable, mistakes::quoted,
};

/// Catalogs, each name once; rule ids, profile names and aliases are unique among all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogs {
    catalogs: Vec<Catalog>,
}

impl Catalogs {
    /// Adds a catalog.
    ///
    /// Where one of that name is there already, its rules, profiles, groups, variables and features
    /// of the same names are replaced and keep their places; new ones come after them. A profile
    /// replaces a profile of the same name in any catalog. What other profiles select stays.
    ///
    /// # Errors
    /// A variable that another catalog has with another kind: one value could not serve both.
    pub fn join(&mut self, catalog: Catalog) -> Result<(), Mistakes> {
        self.check_kinds(&catalog)?;
        for profile in &catalog.profiles {
            self.forget_profile(profile, &catalog.name);
        }
        match self
            .catalogs
            .iter_mut()
            .find(|known| known.name == catalog.name)
        {
            None => self.catalogs.push(catalog),
            Some(known) => replace(known, catalog),
        }
        Ok(())
    }

    fn check_kinds(&self, catalog: &Catalog) -> Result<(), Mistakes> {
        let others = self
            .catalogs
            .iter()
            .filter(|other| other.name != catalog.name);
        for other in others {
            for (name, variable) in &catalog.variables {
                let Some(theirs) = other.variables.get(name) else {
                    continue;
                };
                if theirs.kind.is_hosts() != variable.kind.is_hosts()
                    || (!theirs.kind.is_hosts() && theirs.kind != variable.kind)
                {
                    let message = format!(
                        "variable {} is of kind `{}` here and of kind `{}` in {}",
                        quoted(name),
                        variable.kind.word(),
                        theirs.kind.word(),
                        quoted(&other.file)
                    );
                    let help = Some("give the variable another name".to_owned());
                    return Err(Mistakes::whole_file(&catalog.file, message, help));
                }
            }
        }
        Ok(())
    }

    /// Removes the profiles of other catalogs that answer to a name of `profile`.
    fn forget_profile(&mut self, profile: &Profile, catalog: &str) {
        for other in self
            .catalogs
            .iter_mut()
            .filter(|other| other.name != catalog)
        {
            other.profiles.retain(|theirs| !is_same(theirs, profile));
        }
    }

    /// The catalogs, in the order they came.
    pub fn iter(&self) -> impl Iterator<Item = &Catalog> {
        self.catalogs.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Catalog> {
        self.catalogs.iter_mut()
    }

    /// The catalog of that name.
    #[must_use]
    pub fn catalog(&self, name: &str) -> Option<&Catalog> {
        self.catalogs.iter().find(|catalog| catalog.name == name)
    }

    /// The profile of that name or alias, and its catalog.
    #[must_use]
    pub fn profile(&self, name: &str) -> Option<(&Catalog, &Profile)> {
        self.catalogs
            .iter()
            .find_map(|catalog| Some((catalog, catalog.profile(name)?)))
    }

    /// The rule of that id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.catalogs.iter().find_map(|catalog| catalog.rule(id))
    }

    /// The group of that name in the first catalog that has it.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.catalogs
            .iter()
            .find_map(|catalog| catalog.groups.get(name))
    }

    /// The variable of that name, and its name as the first catalog that has it writes it.
    /// `-` and `_` are the same.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<(&str, &Variable)> {
        self.catalogs
            .iter()
            .find_map(|catalog| loosely(&catalog.variables, name))
    }

    /// The feature of that name, and its name as the first catalog that has it writes it.
    /// `-` and `_` are the same.
    #[must_use]
    pub fn feature(&self, name: &str) -> Option<(&str, &Feature)> {
        self.catalogs
            .iter()
            .find_map(|catalog| loosely(&catalog.features, name))
    }

    /// The names and aliases of all profiles.
    pub fn profile_names(&self) -> impl Iterator<Item = &str> {
        self.catalogs
            .iter()
            .flat_map(|catalog| &catalog.profiles)
            .flat_map(|profile| {
                [Some(profile.name.as_str()), profile.alias.as_deref()]
                    .into_iter()
                    .flatten()
            })
    }

    /// The names of all groups, those of several catalogs repeated.
    pub fn group_names(&self) -> impl Iterator<Item = &str> {
        self.catalogs
            .iter()
            .flat_map(|catalog| catalog.groups.keys().map(String::as_str))
    }

    /// The names of all variables, those of several catalogs repeated.
    pub fn variable_names(&self) -> impl Iterator<Item = &str> {
        self.catalogs
            .iter()
            .flat_map(|catalog| catalog.variables.keys().map(String::as_str))
    }

    /// The names of all features, those of several catalogs repeated.
    pub fn feature_names(&self) -> impl Iterator<Item = &str> {
        self.catalogs
            .iter()
            .flat_map(|catalog| catalog.features.keys().map(String::as_str))
    }
}

/// The entry whose name is `name` if `-` and `_` are the same.
fn loosely<'m, T>(map: &'m BTreeMap<String, T>, name: &str) -> Option<(&'m str, &'m T)> {
    let exact = map.get_key_value(name);
    let found = exact.or_else(|| {
        let name = name.replace('-', "_");
        map.iter()
            .find(|(known, _)| known.replace('-', "_") == name)
    });
    found.map(|(name, value)| (name.as_str(), value))
}

/// Puts what `newer` has over what `known` has.
fn replace(known: &mut Catalog, newer: Catalog) {
    if *newer.product != Product::default() {
        known.product = newer.product;
    }
    known.groups.extend(newer.groups);
    known.variables.extend(newer.variables);
    known.features.extend(newer.features);
    known.pages.extend(newer.pages);
    let ids = known.rules.iter().map(|rule| rule.id.clone());
    let places: HashMap<String, usize> = ids.zip(0..).collect();
    for rule in newer.rules {
        match places.get(&rule.id) {
            Some(place) => known.rules[*place] = rule,
            None => known.rules.push(rule),
        }
    }
    for profile in newer.profiles {
        let place = known.profiles.iter().position(|old| is_same(old, &profile));
        known.profiles.retain(|old| !is_same(old, &profile));
        let place = place.unwrap_or(known.profiles.len());
        known.profiles.insert(place, profile);
    }
}

/// Whether one answers to a name of the other.
fn is_same(old: &Profile, new: &Profile) -> bool {
    old.answers_to(&new.name)
        || new
            .alias
            .as_deref()
            .is_some_and(|alias| old.answers_to(alias))
}
