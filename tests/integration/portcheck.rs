//! One run of the program, and what it must come to: exit code, whole stdout, whole stderr.

use std::{
    process::{Command, Output},
    str,
};

/// One run of the program. Unless told otherwise it must exit with 0 and print nothing.
#[must_use]
pub(crate) struct Portcheck {
    command: Command,
    code: i32,
    stdout: Option<String>,
    stderr: Option<String>,
}

/// What a run printed.
pub(crate) struct Printed {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Portcheck {
    /// With these arguments, in an environment that says nothing: UTF-8, no colour, 100 columns.
    pub(crate) fn new(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcheck"));
        command
            .args(arguments)
            .env_clear()
            .env("LC_ALL", "C.UTF-8")
            .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin");
        Self {
            command,
            code: 0,
            stdout: Some(String::new()),
            stderr: Some(String::new()),
        }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn exits(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    /// The whole of stdout, durations as `[time]`.
    pub(crate) fn prints(mut self, stdout: &str) -> Self {
        self.stdout = Some(stdout.to_owned());
        self
    }

    /// Stdout is looked at by the test itself.
    pub(crate) fn prints_anything(mut self) -> Self {
        self.stdout = None;
        self
    }

    /// The whole of stderr.
    pub(crate) fn tells(mut self, stderr: &str) -> Self {
        self.stderr = Some(stderr.to_owned());
        self
    }

    /// Stderr is looked at by the test itself.
    pub(crate) fn tells_anything(mut self) -> Self {
        self.stderr = None;
        self
    }

    /// Runs it and compares all three.
    #[track_caller]
    pub(crate) fn run(mut self) -> Printed {
        let output = self.command.output().unwrap();
        self.judge(&output)
    }

    /// The command, for a test that feeds and watches it itself; see [`Portcheck::judge`].
    pub(crate) fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Compares all three, and says of each how it differs.
    #[track_caller]
    pub(crate) fn judge(self, output: &Output) -> Printed {
        let stdout = str::from_utf8(&output.stdout).unwrap();
        let stderr = str::from_utf8(&output.stderr).unwrap();
        let mut wrong = Vec::new();
        if output.status.code() != Some(self.code) {
            wrong.push(format!(
                "exit: got {}, expected {}",
                output.status, self.code
            ));
        }
        let stdout_seen = timeless(stdout);
        for (name, got, expected) in [
            ("stdout", stdout_seen.as_str(), &self.stdout),
            ("stderr", stderr, &self.stderr),
        ] {
            if let Some(expected) = expected
                && got != expected
            {
                wrong.push(format!("{name}: got\n{got}\nexpected\n{expected}"));
            }
        }
        assert!(
            wrong.is_empty(),
            "{:?}\n{}\nstderr:\n{stderr}\nstdout:\n{stdout}",
            self.command,
            wrong.join("\n")
        );
        Printed {
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        }
    }
}

/// The text with each duration as `[time]`: the one thing that differs between two runs.
pub(crate) fn timeless(text: &str) -> String {
    text.split_inclusive('\n').map(timeless_line).collect()
}

fn timeless_line(line: &str) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        shown.push_str(before);
        let end = from
            .find(|character: char| !character.is_ascii_digit() && character != '.')
            .unwrap_or(from.len());
        let (number, after) = from.split_at(end);
        let is_word =
            before.ends_with(|character: char| character.is_alphanumeric() || character == '-');
        match unit(after) {
            Some(unit) if !is_word => {
                shown.push_str("[time]");
                rest = &after[unit.len()..];
            }
            _ => {
                shown.push_str(number);
                rest = after;
            }
        }
    }
    shown + rest
}

/// ` ms` or ` s`, as a word.
fn unit(text: &str) -> Option<&'static str> {
    [" ms", " s"].into_iter().find(|unit| {
        text.strip_prefix(unit)
            .is_some_and(|rest| !rest.starts_with(|character: char| character.is_alphanumeric()))
    })
}

#[test]
fn durations_are_the_only_thing_that_is_hidden() {
    assert_eq!(
        timeless("in 3.0 s, 12 ms\n443/tcp 7 seconds x1 s"),
        "in [time], [time]\n443/tcp 7 seconds x1 s"
    );
}
