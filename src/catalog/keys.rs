//! The keys of a file that users write, each declared once: from its line in a `keys!` table come
//! the reading, the JSON Schema, the help for a misspelt key and the commented template.

use std::fmt::Write as _;

use serde_json::{Map as JsonMap, Value as Json, json};

use super::{
    form::{At, Form, check_repeats, wrong_with},
    mistakes::Reporter,
    yaml::{Node, Value},
};

/// Declares the keys of a mapping: whether each is due, its name, its form, what it means, and an
/// example. A key that nobody reads does not compile, nor does reading one that is not declared.
macro_rules! keys {
    ($(#[$doc:meta])* $table:ident $(helped by $help:path)? {
        $($need:ident $name:literal $field:ident: $form:ty, $about:literal, $example:literal;)*
    }) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub(crate) struct $table<'n> {
            $(#[doc = $about] pub(crate) $field: $crate::catalog::keys::Field<
                'n,
                <$form as $crate::catalog::form::Form>::Read<'n>,
            >,)*
        }

        impl $table<'_> {
            /// The keys, in the order of the documentation.
            pub(crate) const KEYS: &'static [$crate::catalog::keys::Key] = &[$(
                $crate::catalog::keys::Key::$need::<$form>($name, $about, $example),
            )*];

            /// What the mapping holds: nothing, and that is reported, if it is none.
            pub(crate) fn of_mapping<'n>(
                node: &'n $crate::catalog::yaml::Node<'n>,
                reporter: &mut $crate::catalog::mistakes::Reporter<'_>,
            ) -> $table<'n> {
                let help = None$(.or($help(node)))?;
                $crate::catalog::keys::check(node, Self::KEYS, help, reporter);
                $table {
                    $($field: $crate::catalog::keys::Field::read::<$form>(node, $name, reporter),)*
                }
            }
        }

        impl $crate::catalog::form::Form for $table<'_> {
            type Read<'n> = $table<'n>;

            const EXPECTED: &'static str = "a mapping";

            fn read<'n>(
                node: &'n $crate::catalog::yaml::Node<'n>,
                reporter: &mut $crate::catalog::mistakes::Reporter<'_>,
            ) -> Option<Self::Read<'n>> {
                Some(Self::of_mapping(node, reporter))
            }

            fn schema() -> serde_json::Value {
                $crate::catalog::keys::schema(Self::KEYS)
            }

            fn sample(_: &str, indent: &str) -> String {
                format!("\n{}", $crate::catalog::keys::template(Self::KEYS, &format!("{indent}  ")))
            }
        }
    };
}
pub(crate) use keys;

/// A key of a mapping, as declared.
pub(crate) struct Key {
    /// The key.
    pub(crate) name: &'static str,
    /// Whether it must be there.
    due: bool,
    /// What it means; editors and templates show it.
    pub(crate) about: &'static str,
    /// A value, or of a mapping by names a name, as YAML on one line.
    example: &'static str,
    schema: fn() -> Json,
    sample: fn(&str, &str) -> String,
}

impl Key {
    /// A key that may be left out.
    pub(crate) const fn may<F: Form>(
        name: &'static str,
        about: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            name,
            due: false,
            about,
            example,
            schema: F::schema,
            sample: F::sample,
        }
    }

    /// A key that must be there.
    pub(crate) const fn due<F: Form>(
        name: &'static str,
        about: &'static str,
        example: &'static str,
    ) -> Self {
        Self {
            due: true,
            ..Self::may::<F>(name, about, example)
        }
    }

    /// Its value in a template: the rest of its line, and the lines below it.
    pub(crate) fn sample(&self, indent: &str) -> String {
        (self.sample)(self.example, indent)
    }
}

/// What stands at a key.
#[derive(Clone)]
pub(crate) struct Field<'n, T> {
    /// The value's place; `None` if the key is not there.
    pub(crate) node: Option<&'n Node<'n>>,
    /// What it reads as; `None` if it is not there, or has been reported.
    pub(crate) value: Option<T>,
}

impl<'n, T> Field<'n, T> {
    /// What stands at the key; of a key that is repeated the first counts, and all are read.
    pub(crate) fn read<F: Form<Read<'n> = T>>(
        node: &'n Node<'n>,
        name: &str,
        reporter: &mut Reporter<'_>,
    ) -> Self {
        let mut field = Self {
            node: None,
            value: None,
        };
        for entry in node.entries().iter().filter(|entry| entry.key == name) {
            let value = F::read(&entry.value, reporter);
            if field.node.is_none() {
                field = Self {
                    node: Some(&entry.value),
                    value,
                };
            }
        }
        field
    }

    /// Whether the key is there, whatever its value.
    pub(crate) const fn is_there(&self) -> bool {
        self.node.is_some()
    }

    /// What was read, with its place.
    pub(crate) fn found(&self) -> Option<At<'n, &T>> {
        let (node, value) = self.node.zip(self.value.as_ref())?;
        Some(At { node, value })
    }
}

impl<'n> Field<'n, &'n str> {
    /// The text; empty where there is none.
    pub(crate) fn text(&self) -> String {
        self.value.unwrap_or_default().to_owned()
    }

    /// The text, if there is one.
    pub(crate) fn maybe(&self) -> Option<String> {
        self.value.map(str::to_owned)
    }

    /// The text with its place, to be looked up.
    pub(crate) fn word(&self) -> Option<At<'n, &'n str>> {
        let (node, value) = self.node.zip(self.value)?;
        Some(At { node, value })
    }
}

impl<T> Field<'_, Vec<T>> {
    /// What the list or the mapping holds; nothing where there is none.
    pub(crate) fn items(&self) -> &[T] {
        self.value.as_deref().unwrap_or_default()
    }
}

/// Reports what is no mapping, and of a mapping the keys that are unknown, repeated or missing.
/// `help` is for what is none.
pub(crate) fn check(
    node: &Node<'_>,
    keys: &[Key],
    help: Option<String>,
    reporter: &mut Reporter<'_>,
) {
    let Value::Map(entries) = &node.value else {
        return wrong_with(node, "a mapping", help, reporter);
    };
    check_repeats(node, reporter);
    for entry in entries {
        if keys.iter().all(|key| key.name != entry.key) {
            let known = keys.iter().map(|key| key.name);
            reporter.unknown(entry.span, "key", &entry.key, known);
        }
    }
    let start = entries.first().map_or(node.span, |entry| entry.span);
    let missing = |key: &&Key| key.due && node.at(key.name).is_none();
    for key in keys.iter().filter(missing) {
        reporter.report(start, format!("missing key `{}`", key.name));
    }
}

/// The JSON Schema of a mapping with these keys. Source: JSON Schema draft 2020-12.
pub(crate) fn schema(keys: &[Key]) -> Json {
    let mut properties = JsonMap::new();
    for key in keys {
        let mut schema = (key.schema)();
        if let Json::Object(schema) = &mut schema {
            schema.insert("description".to_owned(), key.about.into());
        }
        properties.insert(key.name.to_owned(), schema);
    }
    let due = keys.iter().filter(|key| key.due).map(|key| key.name);
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": due.collect::<Vec<_>>(),
        "properties": properties,
    })
}

/// The JSON Schema of a whole file, for editors. Whatever loads without a mistake is valid by it;
/// it does not know names, so not everything that is valid by it loads.
pub(crate) fn file_schema(keys: &[Key], title: &str) -> Json {
    let mut schema = schema(keys);
    if let Json::Object(schema) = &mut schema {
        let draft = "https://json-schema.org/draft/2020-12/schema";
        schema.insert("$schema".to_owned(), draft.into());
        schema.insert("title".to_owned(), title.into());
    }
    schema
}

/// Every key with its example, below a comment that says what it means.
pub(crate) fn template(keys: &[Key], indent: &str) -> String {
    let mut page = String::new();
    for key in keys {
        let left_out = if key.due { "" } else { "; may be left out" };
        let sample = key.sample(indent);
        let _ = writeln!(page, "{indent}# {}{left_out}", key.about);
        let _ = writeln!(page, "{indent}{}:{}", key.name, sample.trim_end());
    }
    page
}

#[cfg(test)]
pub(crate) mod tests;
