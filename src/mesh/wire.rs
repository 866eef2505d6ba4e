//! What coordinator and agent say to each other: a line a message, as JSON.
//!
//! What the agent says has a mark before it, which the coordinator made up: whatever else comes on
//! stdout (a message of the day, the echo of a start-up file) is not it.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Read as _},
};

use serde::{Deserialize, Serialize};

use crate::report::Report;

/// The longest line, in bytes: a report of some ten thousand findings has a quarter of it.
pub const LONGEST_LINE: usize = 64 << 20;

/// What the coordinator says. The end of stdin says: clean up and go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "kebab-case")]
pub enum Order {
    /// Read what is to be checked, and open the doors.
    Prepare(Box<Task>),
    /// Every responder that will stand does: check.
    Probe(Round),
    /// End the checks, and report what was seen so far.
    Stop,
    /// The coordinator is still there.
    Beat,
}

/// What a node is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What the site calls the node, the name that the report gets first.
    pub names: Vec<String>,
    /// What responders and those who ask them share, this time only.
    pub token: String,
    /// The files that the arguments name, by their names there.
    pub files: BTreeMap<String, String>,
    /// The arguments of `portcheck run`.
    pub arguments: Vec<String>,
}

/// How a node is to check.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// The hosts at which a responder stands, as the site calls them.
    pub standing: Vec<String>,
    /// The host that is looked at first, so that no node is everybody's first.
    pub first: Option<String>,
}

/// What the agent says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "tell", rename_all = "kebab-case")]
pub enum Word {
    /// It runs, and this is where.
    Hello(Box<Hello>),
    /// What is to be checked makes sense here, and its doors are open.
    Ready(Box<Doors>),
    /// What came of the checks.
    Report {
        /// The report.
        report: Box<Report>,
    },
    /// Another portcheck stands where its own responder would.
    Busy {
        /// Its process.
        pid: u32,
        /// How many ports it holds.
        doors: usize,
    },
    /// It cannot do what it was told to.
    Failed {
        /// Why, in the words of the same failure on a terminal.
        why: String,
    },
    /// It is still there.
    Beat,
}

/// Who the agent is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The version of portcheck.
    pub version: String,
    /// The processor, as `uname -m` names it.
    pub arch: String,
    /// What the machine calls itself.
    pub host: String,
    /// The same for two logins that end on one machine: its boot and its network.
    pub identity: String,
    /// Its addresses, without loopback.
    pub addresses: Vec<String>,
    /// Its clock, in milliseconds since 1970 (UTC).
    pub clock_ms: i64,
}

/// What its responder stands at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doors {
    /// At how many ports.
    pub bound: usize,
    /// What is missing, a line a fact.
    pub missing: Vec<String>,
}

/// A message as a line, with a line feed.
#[must_use]
pub fn line(mark: &str, message: &impl Serialize) -> Vec<u8> {
    let mut line = mark.as_bytes().to_vec();
    // What is written here has nothing that JSON could not hold.
    let _ = serde_json::to_writer(&mut line, message);
    line.push(b'\n');
    line
}

/// The next line of a stream, without its line feed; `None` at its end.
///
/// # Errors
/// What the stream says; a line that is longer than [`LONGEST_LINE`].
pub fn read_line(stream: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut some = stream.take(LONGEST_LINE as u64 + 1);
    some.read_until(b'\n', &mut line)?;
    if line.len() > LONGEST_LINE {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    if line.is_empty() {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(Some(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line_behind_its_mark() {
        let word = Word::Failed {
            why: "two\nlines".to_owned(),
        };
        let line = line("@m ", &word);
        assert_eq!(
            String::from_utf8_lossy(&line),
            "@m {\"tell\":\"failed\",\"why\":\"two\\nlines\"}\n"
        );
        let read = read_line(&mut &line[..]).unwrap().unwrap();
        let body = read.strip_prefix(b"@m ").unwrap();
        assert_eq!(serde_json::from_slice::<Word>(body).unwrap(), word);
    }

    #[test]
    fn a_stream_that_ends_has_no_more_lines() {
        let mut stream = &b"a\nb"[..];
        let mut next = || read_line(&mut stream).unwrap();
        assert_eq!(next(), Some(b"a".to_vec()));
        assert_eq!(next(), Some(b"b".to_vec()));
        assert_eq!(next(), None);
    }
}
