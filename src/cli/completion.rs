//! The completions of a shell: what clap generates from the definition, in which the arguments that
//! take names of the catalogs list those of the built-in ones.

use clap::{
    Arg, Command, CommandFactory as _,
    builder::{PossibleValue, PossibleValuesParser},
};
use clap_complete::Shell;

use super::arguments::Arguments;
use crate::{
    catalog::{Catalogs, embedded},
    diagnose::Cause,
};

/// The completions of a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    // The built-in catalogs have no mistakes; without them there are only no names.
    let catalogs = embedded::catalogs().unwrap_or_default();
    let mut definition = with_names(Arguments::command(), &catalogs);
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut definition, "portcheck", &mut text);
    text
}

/// The same command, each argument of it and of its own commands with the names it takes. Only here:
/// whoever runs it may have catalogs of their own.
fn with_names(command: Command, catalogs: &Catalogs) -> Command {
    let name = command.get_name().to_owned();
    command
        .mut_args(
            |argument| match Names::of(&name, argument.get_id().as_str()) {
                Some(names) => listing(argument, names.listed(catalogs)),
                None => argument,
            },
        )
        .mut_subcommands(|inner| with_names(inner, catalogs))
}

fn listing(argument: Arg, names: Vec<Name>) -> Arg {
    let values = names.into_iter().map(|Name { name, about }| {
        let value = PossibleValue::new(name);
        if about.is_empty() {
            value
        } else {
            value.help(about)
        }
    });
    argument.value_parser(PossibleValuesParser::new(values))
}

/// Which names an argument takes.
#[derive(Clone, Copy, Debug)]
enum Names {
    Profiles,
    Rules,
    Features,
    CodesAndRules,
    ProfilesAndRules,
}

/// A name, and what it is, for shells that show it.
struct Name {
    name: String,
    about: String,
}

impl Names {
    /// Those of an argument, by its id, of a command.
    fn of(command: &str, argument: &str) -> Option<Self> {
        match (command, argument) {
            (_, "profile") => Some(Self::Profiles),
            (_, "only" | "skip") => Some(Self::Rules),
            (_, "with" | "without") => Some(Self::Features),
            ("explain", "subject") => Some(Self::CodesAndRules),
            ("show", "name") => Some(Self::ProfilesAndRules),
            _ => None,
        }
    }

    fn listed(self, catalogs: &Catalogs) -> Vec<Name> {
        match self {
            Self::Profiles => profiles(catalogs).collect(),
            Self::Rules => rules(catalogs).collect(),
            Self::Features => features(catalogs).collect(),
            Self::CodesAndRules => codes().chain(rules(catalogs)).collect(),
            Self::ProfilesAndRules => profiles(catalogs).chain(rules(catalogs)).collect(),
        }
    }
}

fn profiles(catalogs: &Catalogs) -> impl Iterator<Item = Name> {
    let profiles = catalogs.iter().flat_map(|catalog| &catalog.profiles);
    profiles.map(|profile| Name {
        name: profile.name.clone(),
        about: profile.about.clone(),
    })
}

fn rules(catalogs: &Catalogs) -> impl Iterator<Item = Name> {
    let rules = catalogs.iter().flat_map(|catalog| &catalog.rules);
    rules.map(|rule| Name {
        name: rule.id.clone(),
        about: rule.service.clone(),
    })
}

fn features(catalogs: &Catalogs) -> impl Iterator<Item = Name> {
    catalogs.feature_names().map(|name| Name {
        name: name.to_owned(),
        about: catalogs
            .feature(name)
            .map(|(_, feature)| feature.about.clone())
            .unwrap_or_default(),
    })
}

fn codes() -> impl Iterator<Item = Name> {
    Cause::ALL.iter().map(|cause| Name {
        name: cause.code().to_owned(),
        about: String::new(),
    })
}
