//! What this machine's own programs say, and what portcheck says: on the same input, the same.
//!
//! A program that is not installed is skipped, aloud; with `PORTCHECK_FORMATS` that is a failure.
//! `tests/formats/packages.txt` has the packages.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod inventories;
mod names;
mod time;
mod trust;
mod ways;

use std::{
    env,
    io::ErrorKind,
    process::{Command, Output, Stdio},
};

/// What a program answers, asked in an environment of its own; `None` where it is not installed.
fn answer(command: &mut Command) -> Option<Output> {
    match command.stdin(Stdio::null()).output() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let program = command.get_program().display().to_string();
            skip(&format!("{program} is not installed"));
            None
        }
        output => Some(output.unwrap()),
    }
}

/// Says that a test is skipped, which is a failure where everything must be there.
fn skip(why: &str) {
    assert!(env::var_os("PORTCHECK_FORMATS").is_none(), "{why}");
    eprintln!("skipped: {why}");
}
