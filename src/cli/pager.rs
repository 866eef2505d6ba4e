//! A long page for people: through their pager, on a terminal only.

use std::{
    env,
    ffi::OsString,
    io::{self, IsTerminal as _, Write as _},
    process::{Command, Stdio},
};

use super::{Failure, print, terminal};

/// Prints a text, through the pager if it is longer than the terminal.
///
/// # Errors
/// When stdout takes no more.
pub(crate) fn page(text: &str) -> Result<u8, Failure> {
    let is_long = text.lines().count() >= terminal::height();
    if is_long && io::stdout().is_terminal() && paged(text).unwrap_or(false) {
        return Ok(super::exit::DONE);
    }
    print(text)
}

/// Whether a pager has shown the text.
fn paged(text: &str) -> io::Result<bool> {
    let Some(pager) = pager() else {
        return Ok(false);
    };
    // A pager is a command line. Source: POSIX, man, "PAGER".
    let mut shown = Command::new("sh")
        .arg("-c")
        .arg(pager)
        .env("LESS", env::var_os("LESS").unwrap_or_else(|| "FRX".into()))
        .stdin(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = shown.stdin.take() {
        // Who has read enough closes it.
        let _ = input.write_all(format!("{}\n", text.trim_end_matches('\n')).as_bytes());
    }
    // The shell ends so when there is no such command. Source: POSIX, sh, "Exit Status".
    Ok(!matches!(shown.wait()?.code(), Some(126 | 127)))
}

/// `PAGER`, or else `less`; none where `PAGER` is empty.
fn pager() -> Option<OsString> {
    match env::var_os("PAGER") {
        Some(pager) => (!pager.is_empty()).then_some(pager),
        None => Some("less".into()),
    }
}
