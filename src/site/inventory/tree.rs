//! The YAML form: groups with `hosts`, `children` and `vars`. Source: Ansible, plugin
//! `ansible.builtin.yaml`.

use super::{ini::without_port, range::expand, raw::Raw};
use crate::catalog::{
    form,
    mistakes::Reporter,
    yaml::{Entry, Node, Value},
};

/// The hosts and groups of the file; what is wrong is reported.
pub(super) fn read(root: &Node<'_>, reporter: &mut Reporter<'_>) -> Raw {
    let mut raw = Raw::default();
    if !matches!(root.value, Value::Map(_)) {
        form::wrong(root, "a mapping from groups to their hosts", reporter);
    }
    for entry in root.entries() {
        group(entry, &mut raw, reporter);
    }
    raw
}

/// A group; the depth of the file is bounded by its reader.
fn group(entry: &Entry<'_>, raw: &mut Raw, reporter: &mut Reporter<'_>) {
    let name = &*entry.key;
    raw.nest(name, None);
    if !matches!(entry.value.value, Value::Map(_) | Value::Null) {
        let expected = "a mapping with `hosts`, `children` or `vars`";
        return form::wrong(&entry.value, expected, reporter);
    }
    for part in entry.value.entries() {
        let is_mapping = matches!(part.value.value, Value::Map(_) | Value::Null);
        match &*part.key {
            "hosts" | "children" if !is_mapping => {
                form::wrong(&part.value, "a mapping", reporter);
            }
            "hosts" => {
                for entry in part.value.entries() {
                    host(entry, name, (raw, reporter));
                }
            }
            "children" => {
                for child in part.value.entries() {
                    raw.nest(name, Some(&child.key));
                    group(child, raw, reporter);
                }
            }
            "vars" => {}
            other => {
                let known = ["hosts", "children", "vars"];
                reporter.unknown(part.span, "key", other, known);
            }
        }
    }
}

fn host(entry: &Entry<'_>, group: &str, (raw, reporter): (&mut Raw, &mut Reporter<'_>)) {
    match expand(without_port(&entry.key), raw.room()) {
        Ok(names) => {
            for name in names {
                let known = raw.host(&name, Some(group));
                known.span.get_or_insert(entry.span);
                for variable in entry.value.entries() {
                    if let Some(value) = variable.value.text() {
                        known.set(&variable.key, value);
                    }
                }
            }
        }
        Err(message) => reporter.report(entry.span, message),
    }
}
