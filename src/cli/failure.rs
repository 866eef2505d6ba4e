//! Why a command ends without having done its work, and how that is told.

use std::{fmt, io, path::Path};

use anstyle::{AnsiColor, Style};
use thiserror::Error;

use crate::{catalog::Mistakes, text};

/// The exit codes that portcheck gives to itself (contract §2); a verdict's come with the report.
pub(crate) mod exit {
    /// It worked.
    pub(crate) const DONE: u8 = 0;
    /// The user's input is wrong; no packet was sent.
    pub(crate) const INPUT: u8 = 2;
    /// portcheck could not do its own job.
    pub(crate) const OWN: u8 = 4;
}

const RED: Style = AnsiColor::BrightRed.on_default().bold();
const CYAN: Style = AnsiColor::BrightCyan.on_default().bold();

/// Why a command ends without having done its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The user's input is wrong: one fault a mistake, never empty.
    Input(Vec<Fault>),
    /// Files with mistakes, each with its place; never empty.
    Files(Vec<Mistakes>),
    /// portcheck could not do its own job.
    Own(Fault),
}

impl Failure {
    /// The exit code it comes to.
    pub(crate) const fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) | Self::Files(_) => exit::INPUT,
            Self::Own(_) => exit::OWN,
        }
    }

    /// Tells the user, as `error:` and `help:` lines.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        match self {
            Self::Input(faults) => faults.iter().try_for_each(|fault| fault.write(out)),
            Self::Files(files) => files.iter().enumerate().try_for_each(|(index, mistakes)| {
                let gap = if index > 0 { "\n" } else { "" };
                writeln!(out, "{gap}{mistakes}")
            }),
            Self::Own(fault) => fault.write(out),
        }
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Files(vec![mistakes])
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Input(vec![fault])
    }
}

/// One thing that is wrong, and what would put it right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub(crate) struct Fault {
    message: String,
    help: Vec<String>,
}

impl Fault {
    /// The fault of that message, without help.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            help: Vec::new(),
        }
    }

    /// The same with one more line of help.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.push(help.into());
        self
    }

    /// The same, with the candidate that was probably meant, if there is one.
    pub(crate) fn did_you_mean(self, suggestion: Option<impl fmt::Display>) -> Self {
        match suggestion {
            Some(suggestion) => self.help(format!("did you mean `{suggestion}`?")),
            None => self,
        }
    }

    /// `cannot WHAT FILE: why`, of a file that the system refused.
    pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {what} {}: {}", file(path), reason(error)))
    }

    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{RED}error:{RED:#} {}", self.message)?;
        self.help
            .iter()
            .try_for_each(|help| writeln!(out, "{CYAN}help:{CYAN:#} {help}"))
    }
}

/// What was typed, between backticks and harmless.
pub(crate) fn literal(typed: &str) -> String {
    let typed = text::without_login(typed);
    format!("`{}`", text::stranger(typed.as_bytes()))
}

/// A file's name, between backticks and harmless.
pub(crate) fn file(path: &Path) -> String {
    match path.to_str() {
        Some(name) => literal(name),
        None => format!("`{}`", text::stranger(path.as_os_str().as_encoded_bytes())),
    }
}

/// Why the system refused, in the words of the house where it has some.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or directory".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "it is a directory".into(),
        io::ErrorKind::AlreadyExists => "it is already being written".into(),
        io::ErrorKind::NotADirectory => "a part of the path is not a directory".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the file system is read-only".into(),
        io::ErrorKind::StorageFull => "no space is left on the device".into(),
        io::ErrorKind::InvalidData => "it is not UTF-8".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_told_with_its_help() {
        let failure = Failure::from(
            Fault::new("unknown thing `x`")
                .did_you_mean(Some("y"))
                .help("see the manual"),
        );
        let mut told = Vec::new();
        failure
            .write(&mut anstream::StripStream::new(&mut told))
            .unwrap();
        assert_eq!(
            String::from_utf8(told).unwrap(),
            "error: unknown thing `x`\nhelp: did you mean `y`?\nhelp: see the manual\n"
        );
        assert_eq!(failure.exit_code(), exit::INPUT);
    }

    #[test]
    fn what_was_typed_is_shown_and_not_done() {
        assert_eq!(literal("a\x1b[2J"), "`a\\x1b[2J`");
    }

    #[test]
    fn a_password_in_the_wrong_place_is_not_repeated() {
        for typed in [
            "http://me:pa@ss@h:1",
            "me:pass@h:1",
            "--prox=http:/me:pass@h:1",
        ] {
            assert_eq!(literal(typed), "`[redacted]@h:1`");
            assert_eq!(file(Path::new(typed)), "`[redacted]@h:1`");
        }
        assert_eq!(literal("site@berlin.yaml"), "`site@berlin.yaml`");
    }
}
