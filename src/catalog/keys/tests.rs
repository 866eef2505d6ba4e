//! Which keys a schema has, and which of them a file uses.

use std::collections::BTreeSet;

use serde_json::Value as Json;

/// The paths of all keys that a schema has, `*` standing for names and `-` for items.
pub(crate) fn declared(schema: &Json) -> BTreeSet<String> {
    let mut declared = BTreeSet::new();
    collect(schema, "", &mut declared);
    declared
}

fn collect(schema: &Json, path: &str, declared: &mut BTreeSet<String>) {
    for (key, below) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        collect(below, &path, declared);
        declared.insert(path);
    }
    for (inside, step) in [("additionalProperties", "*"), ("items", "-")] {
        if schema[inside].is_object() {
            collect(&schema[inside], &format!("{path}.{step}"), declared);
        }
    }
}

/// The paths of the keys that `value` has, by its schema.
pub(crate) fn used(schema: &Json, value: &Json) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    walk(schema, value, "", &mut used);
    used
}

fn walk(schema: &Json, value: &Json, path: &str, used: &mut BTreeSet<String>) {
    for (key, below) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(key) {
            Some(schema) => {
                let path = format!("{path}.{key}");
                walk(schema, below, &path, used);
                used.insert(path);
            }
            None => walk(
                &schema["additionalProperties"],
                below,
                &format!("{path}.*"),
                used,
            ),
        }
    }
    for item in value.as_array().into_iter().flatten() {
        walk(&schema["items"], item, &format!("{path}.-"), used);
    }
}
