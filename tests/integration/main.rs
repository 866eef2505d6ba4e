//! The program from outside: what is typed, what is printed, and the exit code.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod agent;
mod peer;
mod portcheck;

mod action;
mod arguments;
mod canary;
mod catalog;
mod completions;
mod ending;
mod formats;
mod probe;
mod readme;
mod recipes;
mod reports;
mod request;
mod respond;
mod run;
mod saved;
mod site;
mod validators;
mod ways;

use portcheck::Portcheck;
