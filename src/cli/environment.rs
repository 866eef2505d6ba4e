//! What the environment says in the place of options, and what it says in vain.

use std::{
    collections::BTreeSet,
    env,
    ffi::{OsStr, OsString},
};

use clap::{Arg, Command, CommandFactory as _};

use super::{
    arguments::Arguments,
    complain,
    failure::{Failure, Fault, literal},
};
use crate::{site::PROXY_VARIABLES, text};

/// What every variable of ours begins with.
const PREFIX: &str = "PORTCHECK_";

/// The command that was typed, and which of its options have their values from where.
pub(crate) struct Environment {
    /// `portcheck run`.
    path: String,
    /// The variables that stand for options of it, by name.
    variables: Vec<Variable>,
    /// The variables of any command.
    known: Vec<String>,
}

/// A variable that stands for an option.
struct Variable {
    name: String,
    /// `--timeout`.
    option: String,
    /// Whether the option stands on the command line.
    is_typed: bool,
}

/// An option that says nothing without another one. Its variable then is no mistake: it may stand
/// in the profile of a shell, for all runs.
struct Need {
    option: &'static str,
    needed: &'static str,
    /// Variables that do as well, for people.
    or: &'static str,
    /// The same, for us.
    variables: &'static [&'static str],
}

impl Need {
    const fn of(option: &'static str, needed: &'static str) -> Self {
        Self {
            option,
            needed,
            or: "",
            variables: &[],
        }
    }
}

const NEEDS: [Need; 5] = [
    Need::of("--every", "--watch"),
    Need::of("--until-pass", "--watch"),
    Need::of("--token", "--responders"),
    Need::of("--token-file", "--responders"),
    Need {
        or: ", or a variable such as `HTTPS_PROXY`",
        variables: &PROXY_VARIABLES,
        ..Need::of("--proxy-auth-file", "--proxy")
    },
];

impl Environment {
    /// What it says to the command line.
    pub(crate) fn read(typed: &[OsString]) -> Self {
        let definition = Arguments::command();
        let mut known = Vec::new();
        collect(&definition, &mut known);
        let (path, command) = typed_command(&definition, typed);
        let arguments = command.get_arguments();
        let global = definition.get_arguments().filter(|it| it.is_global_set());
        Self {
            path,
            variables: arguments
                .chain(global)
                .filter_map(|argument| variable(argument, typed))
                .collect(),
            known,
        }
    }

    /// The variable that gives the option its value, if one does.
    pub(crate) fn gives(&self, option: &str) -> Option<String> {
        let found = self.variables.iter().find(|it| it.option == option)?;
        (!found.is_typed && is_set(&found.name)).then(|| found.name.clone())
    }

    /// Warns of what begins like ours and is none: it was meant to say something.
    pub(crate) fn warn(&self) {
        let mut text = Vec::new();
        for fault in self.unknown() {
            // Writing to memory does not fail.
            let _ = fault.warn(&mut text);
        }
        complain(&String::from_utf8_lossy(&text));
    }

    fn unknown(&self) -> Vec<Fault> {
        let mut names: Vec<String> = env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| name.starts_with(PREFIX) && !self.known.contains(name))
            .collect();
        names.sort();
        names
            .iter()
            .map(|name| self.unknown_variable(name))
            .collect()
    }

    fn unknown_variable(&self, name: &str) -> Fault {
        // What all of them begin with says nothing of how near they are.
        let known = self
            .known
            .iter()
            .filter_map(|name| name.strip_prefix(PREFIX));
        let near = text::suggestion(name.trim_start_matches(PREFIX), known);
        let near = near.map(|rest| format!("{PREFIX}{rest}"));
        let own: BTreeSet<&str> = self.variables.iter().map(|it| it.name.as_str()).collect();
        let own: Vec<String> = own.iter().map(|name| format!("`{name}`")).collect();
        Fault::new(format!("unknown environment variable {}", literal(name))).near_or(near, || {
            format!(
                "the variables of `{}` are {}",
                self.path,
                text::list(&own, "and")
            )
        })
    }

    /// Whether each option on the command line has the one that it says nothing without.
    ///
    /// # Errors
    /// Those that have not.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let faults = self.needy();
        if faults.is_empty() {
            Ok(())
        } else {
            Err(Failure::Input(faults))
        }
    }

    fn needy(&self) -> Vec<Fault> {
        let has = |option| self.variables.iter().any(|it| it.option == option);
        let wanting = NEEDS
            .iter()
            .filter(|need| has(need.needed) && self.is_typed(need.option))
            .filter(|need| !self.is_said(need.needed) && !need.variables.iter().any(is_set));
        wanting
            .map(
                |Need {
                     option, needed, or, ..
                 }| {
                    Fault::new(format!("`{option}` has no use without `{needed}`{or}"))
                },
            )
            .collect()
    }

    fn is_typed(&self, option: &str) -> bool {
        let mut variables = self.variables.iter();
        variables.any(|it| it.option == option && it.is_typed)
    }

    fn is_said(&self, option: &str) -> bool {
        self.is_typed(option) || self.gives(option).is_some()
    }
}

/// The command that the words name, and how it is called: `portcheck catalog list`.
pub(crate) fn typed_command<'c>(
    definition: &'c Command,
    typed: &[OsString],
) -> (String, &'c Command) {
    let mut command = definition;
    let mut path = String::from("portcheck");
    for word in typed.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(inner) = command.find_subcommand(word) {
            path.push(' ');
            path.push_str(inner.get_name());
            command = inner;
        }
    }
    (path, command)
}

/// The variables of a command and of those below it.
fn collect(command: &Command, names: &mut Vec<String>) {
    let own = command.get_arguments().filter_map(Arg::get_env);
    names.extend(own.filter_map(OsStr::to_str).map(str::to_owned));
    for inner in command.get_subcommands() {
        collect(inner, names);
    }
}

fn variable(argument: &Arg, typed: &[OsString]) -> Option<Variable> {
    let option = format!("--{}", argument.get_long()?);
    let words = typed.iter().skip(1).filter_map(|word| word.to_str());
    let mut words = words.take_while(|word| *word != "--");
    let short = argument.get_short();
    let is_this = |word: &str| {
        let rest = word.strip_prefix(option.as_str());
        let is_long = rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
        let is_cluster = word.starts_with('-') && !word.starts_with("--");
        is_long || (is_cluster && short.is_some_and(|short| word.contains(short)))
    };
    Some(Variable {
        name: argument.get_env()?.to_str()?.to_owned(),
        is_typed: words.any(is_this),
        option,
    })
}

/// An empty variable counts as none.
fn is_set(name: impl AsRef<OsStr>) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}
