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
const YELLOW: Style = AnsiColor::BrightYellow.on_default().bold();
const CYAN: Style = AnsiColor::BrightCyan.on_default().bold();

/// The variable that gives an option its value, if one does.
pub(crate) type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

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

    /// The same, each fault in the name of what says it: an option, or its variable.
    pub(crate) fn named_by(self, gives: Variables<'_>) -> Self {
        match self {
            Self::Input(faults) => {
                let faults = faults.into_iter();
                Self::Input(faults.map(|fault| fault.named_by(gives)).collect())
            }
            Self::Own(fault) => Self::Own(fault.named_by(gives)),
            Self::Files(_) => self,
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
#[error("{}{message}", prefix(.option.as_ref()))]
pub(crate) struct Fault {
    option: Option<Said>,
    message: String,
    help: Vec<String>,
}

/// The option that says what is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// It is told before the message, as typed: `--set smpt_relay=mail`.
    Before(String),
    /// The message tells it, or does without.
    Within(&'static str),
}

fn prefix(option: Option<&Said>) -> String {
    match option {
        Some(Said::Before(option)) => format!("{}: ", literal(option)),
        Some(Said::Within(_)) | None => String::new(),
    }
}

impl Fault {
    /// The fault of that message, without help.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            option: None,
            message: message.into(),
            help: Vec::new(),
        }
    }

    /// The fault of what an option says, which is told with it.
    pub(crate) fn of(option: impl Into<String>, message: impl fmt::Display) -> Self {
        Self {
            option: Some(Said::Before(option.into())),
            ..Self::new(message.to_string())
        }
    }

    /// The same, of what an option says that the message does not begin with.
    pub(crate) fn said_by(self, option: &'static str) -> Self {
        Self {
            option: Some(Said::Within(option)),
            ..self
        }
    }

    /// The same, in the name of the variable where the environment says it and no option does.
    fn named_by(mut self, gives: Variables<'_>) -> Self {
        match self.option.take() {
            Some(Said::Before(option)) => {
                let (word, value) = option.split_once(' ').unwrap_or((&option, ""));
                let named = match gives(word) {
                    Some(variable) if value.is_empty() => variable,
                    Some(variable) => format!("{variable}={value}"),
                    None => option,
                };
                self.option = Some(Said::Before(named));
                self
            }
            Some(Said::Within(option)) => match gives(option) {
                Some(variable) => self.help(format!("`{variable}` gives it")),
                None => self,
            },
            None => self,
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

    /// The same with the candidate that was probably meant, or else with all there are.
    pub(crate) fn near_or(
        self,
        suggestion: Option<impl fmt::Display>,
        all: impl FnOnce() -> String,
    ) -> Self {
        match suggestion {
            Some(_) => self.did_you_mean(suggestion),
            None => self.help(all()),
        }
    }

    /// `cannot WHAT FILE: why`, of a file that the system refused.
    pub(crate) fn file(what: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {what} {}: {}", file(path), reason(error)))
    }

    fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{RED}error:{RED:#} {self}")?;
        self.write_help(out)
    }

    /// The same as a warning: nothing ends for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn warn(&self, out: &mut dyn io::Write) -> io::Result<()> {
        writeln!(out, "{YELLOW}warning:{YELLOW:#} {self}")?;
        self.write_help(out)
    }

    fn write_help(&self, out: &mut dyn io::Write) -> io::Result<()> {
        self.help
            .iter()
            .try_for_each(|help| writeln!(out, "{CYAN}help:{CYAN:#} {help}"))
    }
}

/// What was typed, between backticks and harmless.
pub(crate) fn literal(typed: &str) -> String {
    format!(
        "`{}`",
        text::stranger(text::without_secrets(typed).as_bytes())
    )
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
