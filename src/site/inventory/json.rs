//! What `ansible-inventory --list` and other inventory scripts print. Source: Ansible, "Developing
//! dynamic inventory", "Inventory scripts".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::raw::{At, Raw, Said, Variable, Variables};
use crate::{
    catalog::mistakes::{Reporter, Span},
    text,
};

/// The whole.
#[derive(Deserialize)]
struct Listing {
    #[serde(default, rename = "_meta")]
    meta: Meta,
    #[serde(flatten)]
    groups: BTreeMap<String, Group>,
}

/// What is known of hosts.
#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    hostvars: BTreeMap<String, BTreeMap<String, Value>>,
}

/// A group: its hosts alone, or with the groups in it and its variables.
#[derive(Deserialize)]
#[serde(untagged)]
enum Group {
    Hosts(Vec<String>),
    Whole {
        #[serde(default)]
        hosts: Vec<String>,
        #[serde(default)]
        children: Vec<String>,
        #[serde(default)]
        vars: BTreeMap<String, Value>,
    },
}

/// Whether the text is such a listing, and not the YAML form written as JSON: there hosts are no lists.
pub(super) fn is_listing(text: &str) -> bool {
    let Ok(Value::Object(groups)) = serde_json::from_str(text) else {
        return false;
    };
    let is_list = |group: &Value, key: &str| group.get(key).is_some_and(Value::is_array);
    groups.contains_key("_meta")
        || groups
            .values()
            .any(|group| group.is_array() || is_list(group, "hosts") || is_list(group, "children"))
}

/// Takes in the hosts and groups of the text. `file` is its place among those that were read, if
/// somebody could look there.
///
/// # Errors
/// Why it is no JSON or not of this form, with the place.
pub(super) fn read(text: &str, file: Option<usize>, raw: &mut Raw) -> Result<(), Wrong> {
    let listing: Listing = serde_json::from_str(text).map_err(|error| Wrong::of(text, &error))?;
    let place = |name: &str| {
        let at = text.find(&format!("\"{name}\"")).map_or(0, |at| at + 1);
        file.map(|file| At {
            file,
            span: Span::at(text, at),
        })
    };
    for (name, group) in &listing.groups {
        raw.group(name);
        let (hosts, children) = match group {
            Group::Hosts(hosts) => (hosts.as_slice(), &[][..]),
            Group::Whole {
                hosts,
                children,
                vars,
            } => {
                take(vars, &mut raw.group(name).own);
                (hosts.as_slice(), children.as_slice())
            }
        };
        for host in hosts {
            raw.host(host, Some(name), None);
        }
        for child in children {
            raw.nest(name, child, None);
        }
    }
    for (name, variables) in &listing.meta.hostvars {
        take(variables, &mut raw.host(name, None, None).own);
    }
    // Looked for once a host: a listing of thousands is one line to nobody.
    let unplaced: Vec<String> = raw
        .hosts()
        .filter(|(name, known)| known.at.is_none() && name.parse::<crate::net::Host>().is_err())
        .map(|(name, _)| name.to_owned())
        .collect();
    for name in unplaced {
        raw.host(&name, None, place(&name));
    }
    Ok(())
}

fn take(given: &BTreeMap<String, Value>, variables: &mut Variables) {
    for (name, value) in given {
        let said = match value {
            Value::String(text) if text.starts_with(super::VAULT) => Said::Sealed,
            Value::String(text) => Said::Text(text.clone()),
            Value::Number(number) => Said::Text(number.to_string()),
            Value::Bool(is_true) => Said::Text(is_true.to_string()),
            // Source: Ansible, `AnsibleJSONEncoder`.
            Value::Object(tagged) if tagged.contains_key("__ansible_vault") => Said::Sealed,
            Value::Object(tagged) => match tagged.get("__ansible_unsafe") {
                Some(Value::String(text)) => Said::Text(text.clone()),
                Some(_) | None => Said::Nothing,
            },
            Value::Null | Value::Array(_) => Said::Nothing,
        };
        variables.set(name, Variable { said, at: None });
    }
}

/// Why a text is no listing.
pub(super) struct Wrong {
    at: usize,
    message: String,
}

impl Wrong {
    fn of(text: &str, error: &serde_json::Error) -> Self {
        let message = if error.is_data() {
            // Why repeats values, which may be passwords.
            "this is not what `ansible-inventory --list` prints".to_owned()
        } else {
            let why = text::stranger(error.to_string().as_bytes());
            format!("this is not JSON: {why}")
        };
        let lines = text.split_inclusive('\n');
        let start: usize = lines
            .take(error.line().saturating_sub(1))
            .map(str::len)
            .sum();
        let at = text.floor_char_boundary(start + error.column().saturating_sub(1));
        Self { at, message }
    }

    pub(super) fn report(self, text: &str, reporter: &mut Reporter<'_>) {
        reporter.report(Span::at(text, self.at), self.message);
    }
}
