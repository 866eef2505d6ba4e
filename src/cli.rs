//! The command line: what was typed, what it means, and doing it.
//!
//! Three steps, three kinds of type: `arguments` is what clap reads, `command` what it means, and
//! the rest does it. Nothing else in the crate knows clap, the terminal, or stdout and stderr.

use std::{env, ffi::OsString};

use clap::{CommandFactory as _, FromArgMatches as _, error::ErrorKind};

mod agent;
mod arguments;
mod check;
mod closed;
mod command;
mod completion;
mod environment;
mod examples;
mod failure;
mod gate;
mod generated;
mod hint;
mod inputs;
mod interrupt;
mod job;
mod lists;
mod mesh;
mod once;
mod outlets;
mod pager;
mod prober;
mod progress;
mod proxies;
mod quantity;
mod reference;
mod request;
mod respond;
mod sending;
mod sink;
mod site;
mod stdin;
mod stream;
mod terminal;
mod token;
mod usage;
mod walk;
mod watch;

use arguments::{Action, Arguments};
use environment::Environment;
use failure::{Failure, Fault, exit};

/// Does what the command line says and returns the exit code (contract: 0 to 4, 128 and a signal's number).
///
/// `typed` begins with the name of the program. The report goes to stdout, everything else to
/// stderr.
pub fn run(typed: impl IntoIterator<Item = OsString>) -> u8 {
    let typed: Vec<OsString> = typed.into_iter().collect();
    let environment = Environment::read(&typed);
    let done = match read(&typed) {
        Ok(arguments) => {
            terminal::set_colour(arguments.color);
            environment.warn();
            environment.check().and_then(|()| act(arguments.action))
        }
        Err(error) => answer(&error, &typed),
    };
    done.unwrap_or_else(|failure| tell(&failure.named_by(&|option| environment.gives(option))))
}

fn act(action: Action) -> Result<u8, Failure> {
    match action {
        Action::Completions { shell } => print_bytes(&completion::completions(shell)),
        Action::Man => manual(),
        Action::Catalog(action) => reference::catalog(&action),
        Action::Site(action) => site::site(&action),
        Action::Explain(arguments) => reference::explain(&arguments),
        Action::Report(arguments) => reference::report(&arguments),
        Action::Request(arguments) => request::request(&arguments),
        Action::Diff(arguments) => reference::diff(&arguments),
        Action::Run(arguments) => check::run(*arguments),
        Action::Plan(arguments) => check::plan(&arguments),
        Action::Probe(arguments) => check::probe(*arguments),
        Action::Respond(arguments) => respond::respond(&arguments),
        Action::Mesh(arguments) => mesh::mesh(*arguments),
        Action::Agent(arguments) => agent::agent(&arguments),
    }
}

/// The command line as written.
fn read(typed: &[OsString]) -> Result<Arguments, clap::Error> {
    let mut definition = definition(typed);
    let matches = definition.try_get_matches_from_mut(typed)?;
    Arguments::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))
}

/// The definition of the command line, in which an empty environment variable counts as unset, and
/// so does one that says the contrary of what is typed. The short help leaves the environment to
/// the long one.
fn definition(typed: &[OsString]) -> clap::Command {
    let is_short_help = typed.iter().any(|word| word == "-h");
    let is_typed = |flag: &str| {
        let mut words = typed.iter().filter_map(|word| word.to_str());
        words.any(|word| word.split('=').next() == Some(flag))
    };
    let is_contradicted = |argument: &clap::Arg| match argument.get_id().as_str() {
        "proxy" => is_typed("--no-proxy"),
        "no_proxy" => is_typed("--proxy"),
        _ => false,
    };
    let adapt = |argument: clap::Arg| {
        let is_empty = |name| env::var_os(name).is_some_and(|value| value.is_empty());
        if argument.get_env().is_some_and(is_empty) || is_contradicted(&argument) {
            argument.env(clap::builder::Resettable::Reset)
        } else {
            argument.hide_env(is_short_help)
        }
    };
    Arguments::command()
        .mut_args(adapt)
        .mut_subcommands(|command| {
            command
                .mut_args(adapt)
                .mut_subcommands(|inner| inner.mut_args(adapt))
        })
}

/// Help and version are asked for and go to stdout; the rest is a mistake.
fn answer(error: &clap::Error, typed: &[OsString]) -> Result<u8, Failure> {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render();
            let terminal = terminal::Terminal::stdout();
            let text = if terminal.colour {
                text.ansi().to_string()
            } else {
                text.to_string()
            };
            print(&text)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            complain(&short_help(typed));
            Ok(exit::INPUT)
        }
        _ => Err(usage::fault(error, typed).into()),
    }
}

/// What `-h` would have shown, for a command that cannot stand alone.
fn short_help(typed: &[OsString]) -> String {
    let asked = [typed, &["-h".into()]].concat();
    read(&asked)
        .err()
        .map_or_else(String::new, |error| error.render().ansi().to_string())
}

fn manual() -> Result<u8, Failure> {
    let page = generated::manual().map_err(|error| {
        Failure::Own(Fault::new(format!("cannot make the manual page: {error}")))
    })?;
    print_bytes(&page)
}

fn print(text: &str) -> Result<u8, Failure> {
    print_bytes(format!("{}\n", text.trim_end_matches('\n')).as_bytes())
}

fn print_json(value: &serde_json::Value) -> Result<u8, Failure> {
    print(&format!("{value:#}"))
}

fn print_bytes(bytes: &[u8]) -> Result<u8, Failure> {
    sink::print(bytes).map_err(Failure::Own)?;
    Ok(exit::DONE)
}

/// Tells on stderr why it ends, and with which code.
fn tell(failure: &Failure) -> u8 {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = failure.write(&mut text);
    complain(&String::from_utf8_lossy(&text));
    failure.exit_code()
}

/// Writes to stderr, as far as it takes it.
fn complain(text: &str) {
    use std::io::Write as _;
    let _ = anstream::stderr().lock().write_all(text.as_bytes());
}
