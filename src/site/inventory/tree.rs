//! The YAML form: groups with `hosts`, `children` and `vars`. Source: Ansible, plugin
//! `ansible.builtin.yaml`.

use super::{
    ini::{Reading, without_port},
    range::expand,
    raw::{At, Said, Variable, Variables},
};
use crate::catalog::{
    form,
    mistakes::Span,
    yaml::{Entry, Node, Value},
};

/// The hosts and groups of the file; what is wrong is reported.
pub(super) fn read(root: &Node<'_>, reading: &mut Reading<'_, '_>) {
    if !matches!(root.value, Value::Map(_)) {
        form::wrong(
            root,
            "a mapping from groups to their hosts",
            reading.reporter,
        );
    }
    if let Some(plugin) = root.entries().iter().find(|entry| entry.key == "plugin") {
        let message = "got the configuration of a plugin, expected hosts";
        let help = super::OTHERWISE.to_owned();
        reading.reporter.report_with(plugin.span, message, help);
        return;
    }
    for entry in root.entries() {
        group(entry, reading);
    }
}

/// A group; the depth of the file is bounded by its reader.
fn group(entry: &Entry<'_>, reading: &mut Reading<'_, '_>) {
    let name = &*entry.key;
    reading.raw.group(name);
    if !matches!(entry.value.value, Value::Map(_) | Value::Null) {
        let expected = "a mapping with `hosts`, `children` or `vars`";
        return form::wrong(&entry.value, expected, reading.reporter);
    }
    for part in entry.value.entries() {
        match (&*part.key, &part.value.value) {
            // One name alone is that, with nothing said of it.
            ("hosts", Value::Text(host)) => hosts(host, part, name, reading),
            ("children", Value::Text(child)) => {
                let at = Some(place(reading.file, part.value.span));
                reading.raw.nest(name, child, at);
                reading.raw.group(child);
            }
            ("hosts" | "children" | "vars", value)
                if !matches!(value, Value::Map(_) | Value::Null) =>
            {
                form::wrong(&part.value, "a mapping", reading.reporter);
            }
            ("hosts", _) => {
                for entry in part.value.entries() {
                    hosts(&entry.key, entry, name, reading);
                }
            }
            ("children", _) => {
                for child in part.value.entries() {
                    group(child, reading);
                    let at = Some(place(reading.file, child.span));
                    reading.raw.nest(name, &child.key, at);
                }
            }
            ("vars", _) => {
                let file = reading.file;
                take(&part.value, file, &mut reading.raw.group(name).own);
            }
            (other, _) => {
                let known = ["hosts", "children", "vars"];
                reading.reporter.unknown(part.span, "key", other, known);
            }
        }
    }
}

fn hosts(pattern: &str, entry: &Entry<'_>, group: &str, reading: &mut Reading<'_, '_>) {
    if !matches!(
        entry.value.value,
        Value::Map(_) | Value::Null | Value::Text(_)
    ) {
        return form::wrong(&entry.value, "a mapping of variables", reading.reporter);
    }
    match expand(without_port(pattern), reading.raw.room()) {
        Ok(names) => {
            let at = place(reading.file, entry.span);
            for name in names {
                let known = reading.raw.host(&name, Some(group), Some(at));
                take(&entry.value, at.file, &mut known.own);
            }
        }
        Err(message) => reading.reporter.report(entry.span, message),
    }
}

/// Takes in variables.
pub(super) fn take(node: &Node<'_>, file: usize, variables: &mut Variables) {
    for entry in node.entries() {
        let said = match &entry.value.value {
            Value::Text(text) if text.trim_start().starts_with(super::VAULT) => Said::Sealed,
            Value::Text(text) => Said::Text(text.to_string()),
            Value::Number(_) | Value::Bool(_) => {
                Said::Text(entry.value.plain().unwrap_or_default().to_owned())
            }
            Value::Null | Value::List(_) | Value::Map(_) => Said::Nothing,
        };
        let at = Some(place(file, entry.span));
        variables.set(&entry.key, Variable { said, at });
    }
}

fn place(file: usize, span: Span) -> At {
    At { file, span }
}
