//! The forms that values have in the files that users write: how each is read, what is said of what
//! is none, and what editors are told.

use serde_json::{Value as Json, json};
use time::{Date, macros::format_description};

use super::{
    help,
    mistakes::Reporter,
    rule::Version,
    yaml::{Node, Value},
};
use crate::net::Port;

mod name;
mod several;

pub(crate) use name::{Dotted, Either, Glob, HostName, Kebab, Naming, OneOf, Snake, Words, words};
pub(crate) use several::{At, Hollow, List, Map, Named, Texts, check_repeats};

/// What a value must look like.
pub(crate) trait Form {
    /// What it reads as.
    type Read<'n>;

    /// The *Y* of *got X, expected Y*.
    const EXPECTED: &'static str;

    /// What stands at `node`, if it has the form; asked by [`Form::read`].
    fn of<'n>(_node: &'n Node<'n>) -> Option<Self::Read<'n>> {
        None
    }

    /// What stands at `node`; `None`, and reported, if it has not the form.
    fn read<'n>(node: &'n Node<'n>, reporter: &mut Reporter<'_>) -> Option<Self::Read<'n>> {
        let read = Self::of(node);
        if read.is_none() {
            wrong_with(node, Self::EXPECTED, Self::help(node), reporter);
        }
        read
    }

    /// What to write instead of what has not the form, where that is known.
    fn help(_node: &Node<'_>) -> Option<String> {
        None
    }

    /// The value in a list's place, as YAML in one line, if `text` could stand for one.
    fn in_a_list(_text: &str) -> Option<String> {
        None
    }

    /// The JSON Schema of it. Source: JSON Schema draft 2020-12.
    fn schema() -> Json;

    /// What stands behind a key and below it in a template, `indent` being the key's own.
    fn sample(example: &str, _indent: &str) -> String {
        format!(" {example}\n")
    }
}

/// Text that is not empty.
pub(crate) struct Text;

impl Form for Text {
    type Read<'n> = &'n str;

    const EXPECTED: &'static str = "text";

    fn of<'n>(node: &'n Node<'n>) -> Option<&'n str> {
        node.text().filter(|text| !text.trim().is_empty())
    }

    fn in_a_list(text: &str) -> Option<String> {
        Some(Json::from(text).to_string())
    }

    fn schema() -> Json {
        json!({"type": "string", "pattern": "\\S"})
    }
}

/// Text that may be empty: a cell of a page.
pub(crate) struct Cell;

impl Form for Cell {
    type Read<'n> = &'n str;

    const EXPECTED: &'static str = "text";

    fn of<'n>(node: &'n Node<'n>) -> Option<&'n str> {
        node.text()
    }

    fn schema() -> Json {
        json!({"type": "string"})
    }
}

/// `true` or `false`.
pub(crate) struct Switch;

impl Form for Switch {
    type Read<'n> = bool;

    const EXPECTED: &'static str = "`true` or `false`";

    fn of<'n>(node: &'n Node<'n>) -> Option<bool> {
        match node.value {
            Value::Bool(is_on) => Some(is_on),
            Value::Text(_) | Value::Number(_) | Value::Null | Value::List(_) | Value::Map(_) => {
                None
            }
        }
    }

    fn help(node: &Node<'_>) -> Option<String> {
        let is_on = match &*node.text()?.to_ascii_lowercase() {
            "yes" | "on" | "true" => true,
            "no" | "off" | "false" => false,
            _ => return None,
        };
        Some(format!("write `{is_on}`"))
    }

    fn schema() -> Json {
        json!({"type": "boolean"})
    }
}

impl Form for Port {
    type Read<'n> = Self;

    const EXPECTED: &'static str = "a port from 1 to 65535";

    fn of<'n>(node: &'n Node<'n>) -> Option<Self> {
        node.number().and_then(port)
    }

    fn help(node: &Node<'_>) -> Option<String> {
        unquoted_port(node).or_else(|| help::of_port(node))
    }

    fn schema() -> Json {
        json!({"type": "integer", "minimum": 1, "maximum": 65535})
    }
}

/// The port that `digits` stand for: decimal, without sign or leading zero.
fn port(digits: &str) -> Option<Port> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}

/// What to write where a port stands in quotes.
fn unquoted_port(node: &Node<'_>) -> Option<String> {
    let port = port(node.text()?)?;
    Some(format!("write it without quotes: `{port}`"))
}

/// The port of a rule, which has other keys for all else that people write there.
pub(crate) struct RulePort;

impl Form for RulePort {
    type Read<'n> = Port;

    const EXPECTED: &'static str = Port::EXPECTED;

    fn of<'n>(node: &'n Node<'n>) -> Option<Port> {
        Port::of(node)
    }

    fn help(node: &Node<'_>) -> Option<String> {
        unquoted_port(node).or_else(|| help::of_ports(node))
    }

    fn schema() -> Json {
        Port::schema()
    }
}

/// A day, `2026-11-20`.
impl Form for Date {
    type Read<'n> = Self;

    const EXPECTED: &'static str = "a day such as `2026-11-20`";

    fn of<'n>(node: &'n Node<'n>) -> Option<Self> {
        Self::parse(node.text()?, format_description!("[year]-[month]-[day]")).ok()
    }

    fn schema() -> Json {
        json!({"type": "string", "format": "date"})
    }
}

/// A release in quotes, `"23.10"`.
impl Form for Version {
    type Read<'n> = Self;

    const EXPECTED: &'static str = "a release such as `\"23.10\"`";

    fn of<'n>(node: &'n Node<'n>) -> Option<Self> {
        node.text()?.parse().ok()
    }

    fn read<'n>(node: &'n Node<'n>, reporter: &mut Reporter<'_>) -> Option<Self> {
        let read = Self::of(node);
        match node.number() {
            Some(number) => unquoted(node, number, reporter),
            None if read.is_none() => wrong(node, Self::EXPECTED, reporter),
            None => {}
        }
        read
    }

    fn schema() -> Json {
        json!({"type": "string", "pattern": "^[0-9]+\\.[0-9]+$"})
    }
}

/// Reports a value of the wrong type.
pub(crate) fn wrong(node: &Node<'_>, expected: &str, reporter: &mut Reporter<'_>) {
    wrong_with(node, expected, None, reporter);
}

/// Reports a value of the wrong type, with what to do about it.
pub(super) fn wrong_with(
    node: &Node<'_>,
    expected: &str,
    help: Option<String>,
    reporter: &mut Reporter<'_>,
) {
    let message = format!("got {}, expected {expected}", node.described());
    let plain = node.plain().filter(|_| expected.starts_with("text"));
    let quote = plain.map(|plain| format!("quote it: `\"{plain}\"`"));
    reporter.report_with(node.span, message, help.or(quote));
}

/// Reports a release that YAML takes for a number: 23.10 would be 23.1.
pub(crate) fn unquoted(node: &Node<'_>, number: &str, reporter: &mut Reporter<'_>) {
    let read = number
        .parse::<f64>()
        .map_or_else(|_| number.to_owned(), |number| number.to_string());
    let message =
        format!("the release `{number}` is not quoted, so it reads as the number `{read}`");
    let help = format!("quote it: `\"{number}\"`");
    reporter.report_with(node.span, message, help);
}
