//! YAML as a tree in which every key and value knows its place.
//!
//! A stricter YAML than the standard's: one document, no tags, no directives, keys are words.
//! The tree is built from the parser's events, for a typed reader stops at its first fault.

use std::{
    borrow::Cow,
    fs::File,
    io::{self, Read as _},
    path::Path,
    string::FromUtf8Error,
};

use super::mistakes::{Mistakes, Reporter, Span, quoted};

mod builder;

/// The most bytes of a file. The larger of the two embedded catalogs has about 60 KiB.
const FILE_LIMIT: usize = 1024 * 1024;

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node<'t> {
    pub(crate) span: Span,
    pub(crate) value: Value<'t>,
}

/// What a value is, before anyone says what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value<'t> {
    /// Text in quotes or as a block, or plain text that is neither of the other kinds.
    Text(Cow<'t, str>),
    /// Plain text that reads as a number: `443`, `23.10`.
    Number(Cow<'t, str>),
    /// Plain `true` or `false`.
    Bool(bool),
    /// Nothing, `~` or `null`.
    Null,
    /// A list.
    List(Vec<Node<'t>>),
    /// A mapping, in the order of the file, repeated keys included.
    Map(Vec<Entry<'t>>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry<'t> {
    pub(crate) key: Cow<'t, str>,
    pub(crate) span: Span,
    pub(crate) value: Node<'t>,
}

impl<'t> Node<'t> {
    /// The value of that key, if this is a mapping that has it.
    pub(crate) fn at(&self, key: &str) -> Option<&Node<'t>> {
        self.entries()
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| &entry.value)
    }

    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => {
                None
            }
        }
    }

    /// The text of what is plain and reads as something else: a number, `true`, `false`.
    pub(crate) fn plain(&self) -> Option<&str> {
        match &self.value {
            Value::Number(digits) => Some(digits),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            Value::Text(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The digits as written, if it is a number.
    pub(crate) fn number(&self) -> Option<&str> {
        match &self.value {
            Value::Number(digits) => Some(digits),
            Value::Text(_) | Value::Bool(_) | Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The items; none if this is no list.
    pub(crate) fn items(&self) -> &[Node<'t>] {
        match &self.value {
            Value::List(items) => items,
            Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null | Value::Map(_) => &[],
        }
    }

    /// The entries; none if this is no mapping.
    pub(crate) fn entries(&self) -> &[Entry<'t>] {
        match &self.value {
            Value::Map(entries) => entries,
            Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null | Value::List(_) => {
                &[]
            }
        }
    }

    /// The value in words: the *X* of *got X, expected Y*.
    pub(crate) fn described(&self) -> String {
        match &self.value {
            Value::Text(text) if text.is_empty() => "empty text".to_owned(),
            Value::Text(text) => format!("text {}", quoted(text)),
            Value::Number(text) => format!("the number {}", quoted(text)),
            Value::Bool(is_true) => format!("`{is_true}`"),
            Value::Null => "nothing".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// The text of the file at `path`.
///
/// # Errors
/// A file that cannot be read, is too big, or is not UTF-8.
pub(crate) fn read_text(path: &Path) -> Result<String, Mistakes> {
    read_text_up_to(path, FILE_LIMIT)
}

/// The text of the file at `path`, of at most `limit` bytes.
///
/// # Errors
/// As [`read_text`].
pub(crate) fn read_text_up_to(path: &Path, limit: usize) -> Result<String, Mistakes> {
    let name = path.display().to_string();
    match read_bytes(path, limit) {
        Ok(Some(bytes)) => String::from_utf8(bytes).or_else(|error| not_utf8(&name, &error)),
        Ok(None) => Err(too_big(&name, limit)),
        Err(error) => Err(unreadable(&name, &error)),
    }
}

/// The file's bytes; `None` if it is too big. One that says so itself is not read at all.
fn read_bytes(path: &Path, limit: usize) -> io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let most = limit as u64;
    if metadata.len() > most {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    // Not everything that can be read knows its length.
    file.take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}

fn unreadable(file: &str, error: &io::Error) -> Mistakes {
    let message = match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::IsADirectory => "got a directory, expected a file".to_owned(),
        io::ErrorKind::PermissionDenied => "this user may not read the file".to_owned(),
        kind => format!("the file cannot be read: {kind}"),
    };
    Mistakes::whole_file(file, message, None)
}

fn too_big(file: &str, limit: usize) -> Mistakes {
    let mebibytes = limit / 1024 / 1024;
    let message = format!("the file is too big, expected at most {limit} bytes ({mebibytes} MiB)");
    Mistakes::whole_file(file, message, None)
}

fn not_utf8(file: &str, error: &FromUtf8Error) -> Result<String, Mistakes> {
    let valid = error.utf8_error().valid_up_to();
    let text = String::from_utf8_lossy(error.as_bytes());
    let mut reporter = Reporter::new(file, &text);
    let help = "save the file as UTF-8".to_owned();
    reporter.report_with(Span::at(&text, valid), "this is not UTF-8", help);
    reporter.finish(None)
}

/// What `meaning` makes of the tree of a file's only document.
///
/// # Errors
/// All mistakes of the file: those of the YAML itself, and those that `meaning` reports.
pub(crate) fn parse<T>(
    file: &str,
    text: &str,
    meaning: impl FnOnce(&Node<'_>, &mut Reporter<'_>) -> T,
) -> Result<T, Mistakes> {
    parse_tagged(file, text, builder::Tags::Refused, meaning)
}

/// The same of a file that others wrote for another program: its tags are passed over, its merge keys
/// are followed, and it may be as long as whoever read it let it be.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_with_tags<T>(
    file: &str,
    text: &str,
    meaning: impl FnOnce(&Node<'_>, &mut Reporter<'_>) -> T,
) -> Result<T, Mistakes> {
    parse_tagged(file, text, builder::Tags::PassedOver, meaning)
}

fn parse_tagged<T>(
    file: &str,
    text: &str,
    tags: builder::Tags,
    meaning: impl FnOnce(&Node<'_>, &mut Reporter<'_>) -> T,
) -> Result<T, Mistakes> {
    if tags == builder::Tags::Refused && text.len() > FILE_LIMIT {
        return Err(too_big(file, FILE_LIMIT));
    }
    // A byte-order mark is no part of the first line. Source: YAML 1.2.2 §5.2.
    let source = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reporter = Reporter::new(file, source);
    let root = builder::read(source, tags, &mut reporter);
    let meant = root.map(|root| meaning(&root, &mut reporter));
    reporter.finish(meant)
}
