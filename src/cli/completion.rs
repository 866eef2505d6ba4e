//! The completions of a shell, which know the names of the built-in catalogs.

use clap::{
    Command, CommandFactory as _,
    builder::{PossibleValue, PossibleValuesParser},
};
use clap_complete::Shell;

use super::arguments::Arguments;
use crate::{
    catalog::{Catalogs, embedded},
    diagnose::Cause,
};

/// Where names are completed: the commands, the argument, and which names.
const PLACES: [(&[&str], &str, Names); 14] = [
    (&["run"], "profile", Names::Profiles),
    (&["run"], "only", Names::Rules),
    (&["run"], "skip", Names::Rules),
    (&["run"], "with", Names::Features),
    (&["run"], "without", Names::Features),
    (&["plan"], "profile", Names::Profiles),
    (&["plan"], "only", Names::Rules),
    (&["plan"], "skip", Names::Rules),
    (&["plan"], "with", Names::Features),
    (&["plan"], "without", Names::Features),
    (&["respond"], "profile", Names::Profiles),
    (&["explain"], "subject", Names::CodesAndRules),
    (&["catalog", "show"], "name", Names::ProfilesAndRules),
    (&["site", "init"], "profile", Names::Profiles),
];

/// Which names stand at a place.
#[derive(Clone, Copy, Debug)]
enum Names {
    Profiles,
    Rules,
    Features,
    CodesAndRules,
    ProfilesAndRules,
}

impl Names {
    /// Each name with what it is, for shells that show it.
    fn listed(self, catalogs: &Catalogs) -> Vec<(String, String)> {
        let rules = || {
            let rules = catalogs.iter().flat_map(|catalog| &catalog.rules);
            rules.map(|rule| (rule.id.clone(), rule.service.clone()))
        };
        let profiles = || {
            let profiles = catalogs.iter().flat_map(|catalog| &catalog.profiles);
            profiles.map(|profile| (profile.name.clone(), profile.about.clone()))
        };
        match self {
            Self::Profiles => profiles().collect(),
            Self::Rules => rules().collect(),
            Self::Features => catalogs
                .feature_names()
                .map(|name| {
                    let about = catalogs.feature(name).map(|(_, it)| it.about.clone());
                    (name.to_owned(), about.unwrap_or_default())
                })
                .collect(),
            Self::CodesAndRules => Cause::ALL
                .iter()
                .map(|cause| (cause.code().to_owned(), String::new()))
                .chain(rules())
                .collect(),
            Self::ProfilesAndRules => profiles().chain(rules()).collect(),
        }
    }
}

/// The completions of a shell.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    // The built-in catalogs have no mistakes; without them there are only no names.
    let catalogs = embedded::catalogs().unwrap_or_default();
    let named: Vec<Place> = PLACES
        .iter()
        .map(|(path, argument, names)| Place {
            path,
            argument,
            names: names.listed(&catalogs),
        })
        .collect();
    let mut definition = named.iter().fold(Arguments::command(), with_names);
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut definition, "portcheck", &mut text);
    let text = String::from_utf8_lossy(&text).into_owned();
    match shell {
        Shell::Fish => text + &fish(&named),
        Shell::PowerShell => power_shell(text, &named),
        _ => text,
    }
    .into_bytes()
}

/// One place where names are completed.
struct Place {
    path: &'static [&'static str],
    argument: &'static str,
    names: Vec<(String, String)>,
}

/// The definition in which the argument takes these names, as far as the generator can see.
fn with_names(definition: Command, place: &Place) -> Command {
    let values = place.names.iter().map(|(name, about)| {
        let value = PossibleValue::new(name.clone());
        if about.is_empty() {
            value
        } else {
            value.help(about.clone())
        }
    });
    let parser = PossibleValuesParser::new(values);
    let change = move |command: Command| {
        command.mut_arg(place.argument, move |argument| {
            argument.value_parser(parser)
        })
    };
    match *place.path {
        [command] => definition.mut_subcommand(command, change),
        [outer, inner] => {
            definition.mut_subcommand(outer, |command| command.mut_subcommand(inner, change))
        }
        _ => definition,
    }
}

/// What clap's generator leaves out for fish: the values of arguments without a flag.
fn fish(places: &[Place]) -> String {
    let positional = places.iter().filter(|place| is_positional(place));
    let lines: Vec<String> = positional.map(fish_line).collect();
    lines.join("\n") + "\n"
}

fn fish_line(place: &Place) -> String {
    let names: Vec<&str> = place.names.iter().map(|(name, _)| name.as_str()).collect();
    let condition = match *place.path {
        [outer, inner] => format!(
            "__fish_portcheck_using_subcommand {outer}; and __fish_seen_subcommand_from {inner}"
        ),
        _ => format!("__fish_portcheck_using_subcommand {}", place.path.join(" ")),
    };
    let names = names.join(" ");
    format!("complete -c portcheck -n \"{condition}\" -f -a \"{names}\"")
}

fn is_positional(place: &Place) -> bool {
    matches!(place.argument, "subject" | "name")
}

/// What clap's generator leaves out for `PowerShell`: every value. It completes by the commands that
/// stand before, so the names stand beside a command's flags.
fn power_shell(mut text: String, places: &[Place]) -> String {
    let mut paths: Vec<&[&str]> = places.iter().map(|place| place.path).collect();
    paths.dedup();
    for path in paths {
        let case = format!("'portcheck;{}' {{\n", path.join(";"));
        let mut names: Vec<&(String, String)> = places
            .iter()
            .filter(|place| place.path == path)
            .flat_map(|place| &place.names)
            .collect();
        names.sort();
        names.dedup();
        let lines: String = names.iter().map(|name| power_shell_value(name)).collect();
        text = text.replacen(&case, &format!("{case}{lines}"), 1);
    }
    text
}

fn power_shell_value((name, about): &(String, String)) -> String {
    let about = if about.is_empty() { name } else { about };
    let quoted = |text: &str| text.replace(['\'', '’'], "''");
    format!(
        "            [CompletionResult]::new('{name}', '{name}', \
         [CompletionResultType]::ParameterValue, '{}')\n",
        quoted(about)
    )
}
