//! What clap finds wrong with the command line, in the words of the house.

use std::ffi::OsString;

use clap::{
    Command, CommandFactory as _,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    arguments::Arguments,
    environment::typed_command,
    failure::{Fault, literal},
};
use crate::{catalog::embedded, text};

/// The mistake that clap found in `typed`, the whole command line.
pub(crate) fn fault(error: &clap::Error, typed: &[OsString]) -> Fault {
    let invalid = flag(&string(error, ContextKind::InvalidArg));
    match error.kind() {
        ErrorKind::UnknownArgument => unknown_argument(error, typed, &invalid),
        ErrorKind::InvalidSubcommand => {
            unknown_command(&string(error, ContextKind::InvalidSubcommand), typed)
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => invalid_value(error, &invalid),
        ErrorKind::MissingRequiredArgument => {
            let missing = strings(error, ContextKind::InvalidArg);
            let missing: Vec<String> = missing.iter().map(|name| literal(name)).collect();
            let is = if missing.len() == 1 { "is" } else { "are" };
            Fault::new(format!("{} {is} missing", text::list(&missing, "and")))
                .help(see_help(typed, "shows the usage"))
        }
        ErrorKind::ArgumentConflict => {
            let prior = flag(&string(error, ContextKind::PriorArg));
            Fault::new(format!(
                "{} cannot be used with {}",
                literal(&invalid),
                literal(&prior)
            ))
        }
        ErrorKind::InvalidUtf8 => Fault::new("an argument is not UTF-8"),
        kind => Fault::new(kind.as_str().unwrap_or("the command line is wrong"))
            .help(see_help(typed, "shows the usage")),
    }
}

/// With the nearest of the commands that there are there: clap's own suggestion is the last of those
/// that are near enough.
fn unknown_command(word: &str, typed: &[OsString]) -> Fault {
    let definition = Arguments::command();
    let (_, command) = typed_command(&definition, typed);
    let names: Vec<&str> = command
        .get_subcommands()
        .filter(|it| !it.is_hide_set())
        .map(Command::get_name)
        .collect();
    let ticked: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Fault::new(format!("unknown command {}", literal(word)))
        .near_or(text::suggestion(word, names), || {
            format!("the commands are {}", text::list(&ticked, "and"))
        })
        .help(see_help(typed, "lists the commands"))
}

fn unknown_argument(error: &clap::Error, typed: &[OsString], invalid: &str) -> Fault {
    let what = if invalid.starts_with('-') {
        "unknown option"
    } else {
        "unexpected argument"
    };
    Fault::new(format!("{what} {}", literal(invalid)))
        .did_you_mean(first(error, ContextKind::SuggestedArg).or_else(|| profile(invalid)))
        .help(see_help(typed, "lists the options"))
}

/// `--profile looker-server`, where the name of a profile is typed alone.
fn profile(typed: &str) -> Option<String> {
    let catalogs = embedded::catalogs().ok()?;
    let (_, profile) = catalogs.profile(typed)?;
    Some(format!("--profile {}", profile.name))
}

fn invalid_value(error: &clap::Error, invalid: &str) -> Fault {
    let value = string(error, ContextKind::InvalidValue);
    let values: Vec<String> = strings(error, ContextKind::ValidValue)
        .iter()
        .map(|value| format!("`{value}`"))
        .collect();
    let got = if value.is_empty() {
        "got nothing".to_owned()
    } else {
        format!("got {}", literal(&value))
    };
    let expected = if values.is_empty() {
        // Whatever else has no list of values is read later.
        let is_boolean = error.kind() == ErrorKind::ValueValidation;
        let what = if is_boolean {
            "`true` or `false`"
        } else {
            "a value"
        };
        format!("expected {what}")
    } else {
        format!("expected {}", text::list(&values, "or"))
    };
    Fault::of(invalid, format!("{got}, {expected}"))
        .did_you_mean(first(error, ContextKind::SuggestedValue))
}

/// `portcheck run --help` lists the options: of the command that was typed.
fn see_help(typed: &[OsString], what: &str) -> String {
    let (path, _) = typed_command(&Arguments::command(), typed);
    format!("`{path} --help` {what}")
}

/// `--format` out of `--format <FORMAT>`.
fn flag(usage: &str) -> String {
    usage.split(' ').next().unwrap_or_default().to_owned()
}

fn string(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    }
}

fn strings(error: &clap::Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::Strings(texts)) => texts.clone(),
        Some(ContextValue::String(text)) => vec![text.clone()],
        _ => Vec::new(),
    }
}

fn first(error: &clap::Error, kind: ContextKind) -> Option<String> {
    strings(error, kind).into_iter().next()
}
