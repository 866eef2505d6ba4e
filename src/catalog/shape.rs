//! What a file may look like, as data: one table checks a file and tells editors about it.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};
use time::{Date, macros::format_description};

use super::{
    mistakes::{Reporter, Span, meant, quoted},
    rule::Version,
    yaml::{Node, Value},
};
use crate::net::{Host, Port};

/// What a value must look like.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// Text that is not empty.
    Text,
    /// Text that may be empty: a cell of a page.
    Cell,
    /// A name of that form.
    Name(Naming),
    /// `true` or `false`.
    Switch,
    /// A number from 1 to 65535.
    Port,
    /// A day, `2026-11-20`.
    Day,
    /// A release in quotes, `"23.10"`.
    Release,
    /// One of a few words.
    Word(Words),
    /// A list of at least one item.
    List(&'static Shape),
    /// A mapping from names of that form.
    Named(Naming, &'static Shape),
    /// A mapping with these keys.
    Keys(&'static [Key]),
    /// Text or a list of texts: whoever knows what they stand for checks them.
    Texts,
}

/// A key of a mapping.
#[derive(Clone, Copy)]
pub(crate) struct Key {
    /// The key.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) shape: Shape,
    /// Whether it must be there.
    pub(crate) due: bool,
    /// Whether it may be there with nothing behind it: a section whose lines are all comments.
    pub(crate) hollow: bool,
    /// What it means; editors show it.
    pub(crate) about: &'static str,
}

/// A key that must be there.
pub(crate) const fn due(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        shape,
        due: true,
        hollow: false,
        about,
    }
}

/// A key that may be left out.
pub(crate) const fn may(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        name,
        shape,
        due: false,
        hollow: false,
        about,
    }
}

/// A key that may be left out, or be there with nothing behind it.
pub(crate) const fn open(name: &'static str, shape: Shape, about: &'static str) -> Key {
    Key {
        hollow: true,
        ..may(name, shape, about)
    }
}

/// A closed list of words and what they are.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    /// `protocol`.
    pub(crate) noun: &'static str,
    /// The words.
    pub(crate) words: fn() -> Vec<&'static str>,
}

/// The form of a name.
#[derive(Clone, Copy)]
pub(crate) enum Naming {
    /// `dns-servers`.
    Kebab,
    /// `dns_servers`.
    Snake,
    /// `thoughtspot.cluster.egnyte`.
    Dotted,
    /// Either of the first two: a site's file, where both find the same.
    Either,
    /// A rule's id, or a glob over ids: `thoughtspot.cluster.*`.
    Glob,
    /// A host's name or address.
    Host,
}

impl Naming {
    /// The characters that part the words of such a name.
    const fn joints(self) -> &'static [char] {
        match self {
            Self::Kebab => &['-'],
            Self::Snake => &['_'],
            Self::Dotted | Self::Glob | Self::Host => &['-', '.'],
            Self::Either => &['-', '_'],
        }
    }

    pub(crate) fn fits(self, name: &str) -> bool {
        match self {
            Self::Glob => return !name.is_empty() && name.chars().all(is_of_a_glob),
            Self::Host => return name.parse::<Host>().is_ok(),
            Self::Kebab | Self::Snake | Self::Dotted | Self::Either => {}
        }
        let is_word = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        name.split(self.joints()).all(is_word)
    }

    /// What it is, for people.
    const fn described(self) -> &'static str {
        match self {
            Self::Kebab => "lower-case words joined by `-`",
            Self::Snake => "lower-case words joined by `_`",
            Self::Dotted => "lower-case words joined by `.` and `-`",
            Self::Either => "lower-case words joined by `-` or `_`",
            Self::Glob => "a rule's id, in which `*` and `?` may stand as in a shell",
            Self::Host => "a host name or an address",
        }
    }

    /// The regular expression of it. Source: ECMA-262 §22.2, as JSON Schema wants it.
    const fn pattern(self) -> &'static str {
        match self {
            Self::Kebab => "^[a-z0-9]+(-[a-z0-9]+)*$",
            Self::Snake => "^[a-z0-9]+(_[a-z0-9]+)*$",
            Self::Dotted => "^[a-z0-9]+([-.][a-z0-9]+)*$",
            Self::Either => "^[a-z0-9]+([-_][a-z0-9]+)*$",
            Self::Glob => "^[-a-z0-9_.*?]+$",
            Self::Host => "^[-A-Za-z0-9_.:\\[\\]]+$",
        }
    }
}

fn is_of_a_glob(character: char) -> bool {
    character.is_ascii_lowercase()
        || character.is_ascii_digit()
        || matches!(character, '-' | '_' | '.' | '*' | '?')
}

/// Reports everything in `node` that does not have the shape.
pub(crate) fn check(node: &Node<'_>, shape: &Shape, reporter: &mut Reporter<'_>) {
    match shape {
        Shape::List(item) => check_list(node, item, reporter),
        Shape::Named(naming, value) => check_named(node, (*naming, value), reporter),
        Shape::Keys(keys) => check_keys(node, keys, reporter),
        Shape::Texts => {}
        Shape::Text
        | Shape::Cell
        | Shape::Name(_)
        | Shape::Switch
        | Shape::Port
        | Shape::Day
        | Shape::Release
        | Shape::Word(_) => check_scalar(node, shape, reporter),
    }
}

fn check_list(node: &Node<'_>, item: &Shape, reporter: &mut Reporter<'_>) {
    let Value::List(items) = &node.value else {
        return wrong(node, "a list", reporter);
    };
    if items.is_empty() {
        reporter.report(node.span, "got an empty list, expected at least one item");
    }
    for node in items {
        check(node, item, reporter);
    }
}

fn check_named(node: &Node<'_>, (naming, value): (Naming, &Shape), reporter: &mut Reporter<'_>) {
    let Value::Map(entries) = &node.value else {
        return wrong(node, "a mapping", reporter);
    };
    check_repeats(node, reporter);
    for entry in entries {
        if !naming.fits(&entry.key) {
            let name = quoted(&entry.key);
            let message = format!("got the name {name}, expected {}", naming.described());
            reporter.report(entry.span, message);
        }
        check(&entry.value, value, reporter);
    }
}

fn check_keys(node: &Node<'_>, keys: &[Key], reporter: &mut Reporter<'_>) {
    let Value::Map(entries) = &node.value else {
        return wrong(node, "a mapping", reporter);
    };
    check_repeats(node, reporter);
    for entry in entries {
        if let Some(key) = keys.iter().find(|key| key.name == entry.key) {
            if !(key.hollow && entry.value.value == Value::Null) {
                check(&entry.value, &key.shape, reporter);
            }
        } else {
            let known = keys.iter().map(|key| key.name);
            reporter.unknown(entry.span, ("key", &entry.key), known);
        }
    }
    let start = entries.first().map_or(node.span, |entry| entry.span);
    for key in keys
        .iter()
        .filter(|key| key.due && node.at(key.name).is_none())
    {
        reporter.report(start, format!("missing key `{}`", key.name));
    }
}

fn check_repeats(node: &Node<'_>, reporter: &mut Reporter<'_>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for entry in node.entries() {
        if let Some(first) = seen.get(&*entry.key) {
            let message = format!("duplicate key {}", quoted(&entry.key));
            let help = format!("it is first given in line {}", first.line);
            reporter.report_with(entry.span, message, help);
        } else {
            seen.insert(&entry.key, entry.span);
        }
    }
}

fn check_scalar(node: &Node<'_>, shape: &Shape, reporter: &mut Reporter<'_>) {
    match (shape, &node.value) {
        (Shape::Text, Value::Text(text)) if !text.trim().is_empty() => {}
        (Shape::Cell, Value::Text(_)) | (Shape::Switch, Value::Bool(_)) => {}
        (Shape::Name(naming), Value::Text(name)) if naming.fits(name) => {}
        (Shape::Port, Value::Number(digits)) if port(digits).is_some() => {}
        (Shape::Day, Value::Text(text)) if day(text).is_some() => {}
        (Shape::Release, Value::Text(text)) if text.parse::<Version>().is_ok() => {}
        (Shape::Release, Value::Number(number)) => unquoted(node, number, reporter),
        (Shape::Word(words), Value::Text(word)) => {
            let known = (words.words)();
            if !known.contains(&&**word) {
                reporter.unknown(node.span, (words.noun, word), known);
            }
        }
        _ => wrong_scalar(node, shape, reporter),
    }
}

fn wrong_scalar(node: &Node<'_>, shape: &Shape, reporter: &mut Reporter<'_>) {
    let Shape::Word(words) = shape else {
        return wrong(node, expected(shape), reporter);
    };
    let message = format!("got {}, expected a {}", node.described(), words.noun);
    reporter.report_with(node.span, message, meant("", (words.words)()));
}

/// The *Y* of *got X, expected Y*.
fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Cell | Shape::Word(_) => "text",
        Shape::Name(naming) => naming.described(),
        Shape::Switch => "`true` or `false`",
        Shape::Port => "a port from 1 to 65535",
        Shape::Day => "a day such as `2026-11-20`",
        Shape::Release => "a release such as `\"23.10\"`",
        Shape::List(_) => "a list",
        Shape::Named(..) | Shape::Keys(_) => "a mapping",
        Shape::Texts => "text or a list of texts",
    }
}

/// Reports a value of the wrong type.
pub(crate) fn wrong(node: &Node<'_>, expected: &str, reporter: &mut Reporter<'_>) {
    let message = format!("got {}, expected {expected}", node.described());
    let wants_text = expected.starts_with("text");
    let help = match &node.value {
        Value::Number(text) if wants_text => Some(format!("quote it: `\"{text}\"`")),
        Value::Bool(is_true) if wants_text => Some(format!("quote it: `\"{is_true}\"`")),
        Value::Text(text) if expected.starts_with("a port") && port(text).is_some() => {
            Some(format!("write it without quotes: `{text}`"))
        }
        Value::Text(_)
        | Value::Number(_)
        | Value::Bool(_)
        | Value::Null
        | Value::List(_)
        | Value::Map(_) => None,
    };
    reporter.report_with(node.span, message, help);
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

/// The port that `digits` stand for: decimal, without sign or leading zero.
pub(crate) fn port(digits: &str) -> Option<Port> {
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    plain.then(|| digits.parse().ok()).flatten()
}

/// The day that `text` names: `2026-11-20`.
pub(crate) fn day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// The JSON Schema of a shape. Source: JSON Schema draft 2020-12.
pub(crate) fn json_schema(shape: &Shape) -> Json {
    match shape {
        Shape::Text => json!({"type": "string", "pattern": "\\S"}),
        Shape::Cell => json!({"type": "string"}),
        Shape::Name(naming) => json!({"type": "string", "pattern": naming.pattern()}),
        Shape::Switch => json!({"type": "boolean"}),
        Shape::Port => json!({"type": "integer", "minimum": 1, "maximum": 65535}),
        Shape::Day => json!({"type": "string", "format": "date"}),
        Shape::Release => json!({"type": "string", "pattern": "^[0-9]+\\.[0-9]+$"}),
        Shape::Word(words) => json!({"type": "string", "enum": (words.words)()}),
        Shape::List(item) => json!({"type": "array", "minItems": 1, "items": json_schema(item)}),
        Shape::Named(naming, value) => json!({
            "type": "object",
            "propertyNames": {"pattern": naming.pattern()},
            "additionalProperties": json_schema(value),
        }),
        Shape::Keys(keys) => json_object(keys),
        Shape::Texts => json!({"oneOf": [
            {"type": "string", "pattern": "\\S"},
            {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "\\S"}},
        ]}),
    }
}

fn json_object(keys: &[Key]) -> Json {
    let mut properties = Map::new();
    for key in keys {
        let mut schema = json_schema(&key.shape);
        if let Json::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), key.about.into());
            if key.hollow {
                let shaped = schema.get("type").cloned();
                schema.insert("type".to_owned(), json!([shaped, "null"]));
            }
        }
        properties.insert(key.name.to_owned(), schema);
    }
    let due: Vec<&str> = keys
        .iter()
        .filter(|key| key.due)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": due,
        "properties": properties,
    })
}
