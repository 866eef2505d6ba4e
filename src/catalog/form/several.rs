//! Values that hold others: lists, and mappings by names.

use std::{collections::HashMap, marker::PhantomData};

use serde_json::{Value as Json, json};

use super::{Form, Naming, wrong, wrong_with};
use crate::catalog::{
    mistakes::{Reporter, Span, quoted},
    yaml::{Node, Value},
};

/// What was read, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct At<'n, T> {
    pub(crate) node: &'n Node<'n>,
    pub(crate) value: T,
}

/// An entry of a mapping by names.
#[derive(Clone)]
pub(crate) struct Named<'n, T> {
    pub(crate) name: &'n str,
    /// The name's place.
    pub(crate) span: Span,
    pub(crate) node: &'n Node<'n>,
    /// What it reads as, unless that has been reported.
    pub(crate) value: Option<T>,
}

impl<T> Named<'_, T> {
    /// What it reads as, unless that has been reported.
    pub(crate) const fn read(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

/// A list of at least one item; items that have been reported are left out.
pub(crate) struct List<F>(PhantomData<F>);

impl<F: Form> Form for List<F> {
    type Read<'n> = Vec<At<'n, F::Read<'n>>>;

    const EXPECTED: &'static str = "a list";

    fn read<'n>(node: &'n Node<'n>, reporter: &mut Reporter<'_>) -> Option<Self::Read<'n>> {
        let Value::List(items) = &node.value else {
            let items = node.text().and_then(F::in_a_list);
            let help =
                items.map(|items| format!("write it as a list: {}", quoted(&format!("[{items}]"))));
            wrong_with(node, Self::EXPECTED, help, reporter);
            return None;
        };
        if items.is_empty() {
            reporter.report(node.span, "got an empty list, expected at least one item");
        }
        let mut read = |node: &'n Node<'n>| {
            let value = F::read(node, reporter)?;
            Some(At { node, value })
        };
        Some(items.iter().filter_map(&mut read).collect())
    }

    fn schema() -> Json {
        json!({"type": "array", "minItems": 1, "items": F::schema()})
    }

    fn sample(example: &str, indent: &str) -> String {
        let item = F::sample(example, &format!("{indent}  "));
        match item.split_once('\n') {
            // A mapping begins in the line of its dash.
            Some(("", keys)) => format!("\n{indent}  -\n{keys}"),
            Some(_) | None => format!(" [{}]\n", item.trim()),
        }
    }
}

/// A mapping from names of that form.
pub(crate) struct Map<N, F>(PhantomData<(N, F)>);

impl<N: Naming, F: Form> Form for Map<N, F> {
    type Read<'n> = Vec<Named<'n, F::Read<'n>>>;

    const EXPECTED: &'static str = "a mapping";

    fn read<'n>(node: &'n Node<'n>, reporter: &mut Reporter<'_>) -> Option<Self::Read<'n>> {
        let Value::Map(entries) = &node.value else {
            wrong(node, Self::EXPECTED, reporter);
            return None;
        };
        check_repeats(node, reporter);
        let mut read = Vec::new();
        for entry in entries {
            if !N::fits(&entry.key) {
                let name = quoted(&entry.key);
                let message = format!("got the name {name}, expected {}", N::DESCRIBED);
                reporter.report_with(entry.span, message, N::help(&entry.key));
            }
            read.push(Named {
                name: &entry.key,
                span: entry.span,
                node: &entry.value,
                value: F::read(&entry.value, reporter),
            });
        }
        Some(read)
    }

    fn schema() -> Json {
        json!({
            "type": "object",
            "propertyNames": {"pattern": N::PATTERN},
            "additionalProperties": F::schema(),
        })
    }

    /// The example is a name, and behind a colon what stands there unless that has keys.
    fn sample(example: &str, indent: &str) -> String {
        let (name, value) = example.split_once(": ").unwrap_or((example, ""));
        let value = F::sample(value, &format!("{indent}  "));
        format!("\n{indent}  {name}:{value}")
    }
}

/// Nothing, where a section's lines are all comments.
pub(crate) struct Hollow<F>(PhantomData<F>);

impl<F: Form> Form for Hollow<F> {
    type Read<'n> = F::Read<'n>;

    const EXPECTED: &'static str = F::EXPECTED;

    fn read<'n>(node: &'n Node<'n>, reporter: &mut Reporter<'_>) -> Option<F::Read<'n>> {
        match node.value {
            Value::Null => None,
            Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::List(_) | Value::Map(_) => {
                F::read(node, reporter)
            }
        }
    }

    fn schema() -> Json {
        let mut schema = F::schema();
        if let Json::Object(schema) = &mut schema {
            let shaped = schema.get("type").cloned();
            schema.insert("type".to_owned(), json!([shaped, "null"]));
        }
        schema
    }

    fn sample(example: &str, indent: &str) -> String {
        F::sample(example, indent)
    }
}

/// Text or a list of texts: whoever knows what they stand for checks them.
pub(crate) struct Texts;

impl Form for Texts {
    type Read<'n> = &'n Node<'n>;

    const EXPECTED: &'static str = "text or a list of texts";

    fn of<'n>(node: &'n Node<'n>) -> Option<&'n Node<'n>> {
        Some(node)
    }

    fn schema() -> Json {
        json!({"oneOf": [
            {"type": "string", "pattern": "\\S"},
            {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": "\\S"}},
        ]})
    }
}

/// Reports each key that was there before.
pub(crate) fn check_repeats(node: &Node<'_>, reporter: &mut Reporter<'_>) {
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
