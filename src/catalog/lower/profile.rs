//! The profiles, each with the rules that its globs and its includes select.

use std::collections::HashMap;

use wildmatch::WildMatch;

use super::Lowering;
use crate::catalog::{
    Profile,
    form::{At, Named},
    mistakes::{nearest, quoted},
    written::ProfileKeys,
};

/// The longest chain of profiles that include each other. Two is what the embedded ones need.
const INCLUDE_LIMIT: usize = 16;

/// The most rules that all profiles of a file select together. The embedded ones select about 250.
const SELECTION_LIMIT: usize = 100_000;

/// What a profile selects.
#[derive(Clone)]
struct Selected {
    /// For each rule of the catalog whether it is in.
    rules: Vec<bool>,
    /// The features it switches on, each once.
    with: Vec<String>,
    /// Those that nobody can switch off there, each once.
    always: Vec<String>,
}

/// How far a profile is.
enum Progress {
    /// It is being put together: who includes it now, includes itself.
    Begun,
    Done(Selected),
}

/// A profile as written, with its name.
type Written<'n> = Named<'n, ProfileKeys<'n>>;

/// The profiles of a file by their place in it.
struct Profiles<'n> {
    entries: &'n [Written<'n>],
    places: HashMap<&'n str, usize>,
    progress: HashMap<usize, Progress>,
}

impl<'n> Lowering<'n, '_, '_> {
    pub(super) fn profiles(&mut self) {
        let entries = self.written.profiles.items();
        let mut profiles = Profiles {
            entries,
            places: HashMap::new(),
            progress: HashMap::new(),
        };
        for (place, entry) in entries.iter().enumerate() {
            profiles.places.entry(entry.name).or_insert(place);
        }
        self.check_aliases(&profiles);
        let mut selected = 0;
        for (place, entry) in entries.iter().enumerate() {
            let Some(profile) = self.profile(&mut profiles, place) else {
                continue;
            };
            selected += profile.rules.len();
            if selected > SELECTION_LIMIT {
                let message = format!("the profiles select more than {SELECTION_LIMIT} rules");
                self.reporter.report(entry.span, message);
                return;
            }
            self.catalog.profiles.push(profile);
        }
    }

    fn check_aliases(&mut self, profiles: &Profiles<'n>) {
        let mut aliases: HashMap<&str, usize> = HashMap::new();
        let written = profiles.entries.iter().filter_map(Named::read);
        for At { node, value: alias } in written.filter_map(|profile| profile.alias.word()) {
            let taken = profiles
                .places
                .get(alias)
                .map(|place| profiles.entries[*place].span.line);
            if let Some(line) = taken.or(aliases.insert(alias, node.span.line)) {
                let message = format!("duplicate profile {}", quoted(alias));
                let help = format!("it is first given in line {line}");
                self.reporter.report_with(node.span, message, help);
            }
        }
    }

    fn profile(&mut self, profiles: &mut Profiles<'n>, place: usize) -> Option<Profile> {
        let entry = &profiles.entries[place];
        if profiles.places.get(entry.name) != Some(&place) {
            return None;
        }
        let selected = self.selected(profiles, place, 0)?;
        let written = entry.read()?;
        let rules = self.catalog.rules.iter().zip(&selected.rules);
        Some(Profile {
            name: entry.name.to_owned(),
            alias: written.alias.maybe(),
            about: written.about.text(),
            from: written.from.text(),
            rules: rules
                .filter(|(_, is_in)| **is_in)
                .map(|(rule, _)| rule.id.clone())
                .collect(),
            with: selected.with,
            always: selected.always,
        })
    }

    /// What the profile at `place` selects; `None`, and reported, if it includes itself.
    fn selected(
        &mut self,
        profiles: &mut Profiles<'n>,
        place: usize,
        depth: usize,
    ) -> Option<Selected> {
        match profiles.progress.get(&place) {
            Some(Progress::Done(selected)) => return Some(selected.clone()),
            Some(Progress::Begun) => return None,
            None => {}
        }
        profiles.progress.insert(place, Progress::Begun);
        let entry = &profiles.entries[place];
        let written = entry.read()?;
        self.check_profile(entry, written);
        let mut selected = Selected {
            rules: vec![false; self.catalog.rules.len()],
            with: Vec::new(),
            always: Vec::new(),
        };
        for include in written.include.items() {
            if let Some(other) = self.included(profiles, *include, depth + 1) {
                selected.join(&other);
            }
        }
        self.mark(written.rules.items(), &mut selected.rules, true);
        self.mark(written.skip.items(), &mut selected.rules, false);
        add(
            &mut selected.with,
            written.with.items().iter().map(|it| it.value),
        );
        add(
            &mut selected.always,
            written.always.items().iter().map(|it| it.value),
        );
        profiles
            .progress
            .insert(place, Progress::Done(selected.clone()));
        Some(selected)
    }

    fn check_profile(&mut self, entry: &Written<'_>, written: &ProfileKeys<'_>) {
        self.known_group(written.from.word());
        for feature in written.with.items().iter().chain(written.always.items()) {
            self.known_feature(Some(*feature));
        }
        if !written.rules.is_there() && !written.include.is_there() {
            self.reporter
                .report(entry.span, "missing key `rules` or `include`");
        }
    }

    fn included(
        &mut self,
        profiles: &mut Profiles<'n>,
        At { node, value: name }: At<'_, &str>,
        depth: usize,
    ) -> Option<Selected> {
        let Some(place) = profiles.places.get(name).copied() else {
            let names = profiles.places.keys().copied();
            self.reporter.unknown(node.span, "profile", name, names);
            return None;
        };
        if depth > INCLUDE_LIMIT {
            let message = format!("more than {INCLUDE_LIMIT} profiles include each other");
            self.reporter.report(node.span, message);
            return None;
        }
        let is_begun = matches!(profiles.progress.get(&place), Some(Progress::Begun));
        if is_begun {
            let message = format!("profile {} includes itself", quoted(name));
            self.reporter.report(node.span, message);
            return None;
        }
        self.selected(profiles, place, depth)
    }

    /// Puts the rules that the globs match in or out; a glob that changes nothing is a mistake.
    fn mark(&mut self, globs: &[At<'_, &str>], rules: &mut [bool], is_in: bool) {
        for At { node, value: glob } in globs {
            let pattern = WildMatch::new(glob);
            let mut matched = false;
            for (rule, mark) in self.catalog.rules.iter().zip(rules.iter_mut()) {
                if (is_in || *mark) && pattern.matches(&rule.id) {
                    matched = true;
                    *mark = is_in;
                }
            }
            if !matched && !rules.is_empty() {
                let ids: Vec<&str> = self.catalog.rules.iter().map(|rule| &*rule.id).collect();
                let what = if is_in { "selects" } else { "leaves out" };
                let message = format!("glob {} {what} no rule", quoted(glob));
                let help = nearest(glob, &ids).map(|id| format!("did you mean {}?", quoted(id)));
                self.reporter.report_with(node.span, message, help);
            }
        }
    }
}

impl Selected {
    fn join(&mut self, other: &Self) {
        for (mine, theirs) in self.rules.iter_mut().zip(&other.rules) {
            *mine |= theirs;
        }
        add(&mut self.with, other.with.iter().map(String::as_str));
        add(&mut self.always, other.always.iter().map(String::as_str));
    }
}

/// Adds the features that are not there yet.
fn add<'f>(features: &mut Vec<String>, more: impl IntoIterator<Item = &'f str>) {
    for feature in more {
        if !features.iter().any(|known| known == feature) {
            features.push(feature.to_owned());
        }
    }
}
