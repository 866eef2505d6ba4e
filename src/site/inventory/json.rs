//! The JSON form, as `ansible-inventory --list` prints it. Source: Ansible, "Developing dynamic
//! inventory", "Inventory scripts".

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::raw::Raw;
use crate::{
    catalog::{
        Mistakes,
        mistakes::{Reporter, Span},
    },
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

/// A group: its hosts alone, or with the groups in it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Group {
    Hosts(Vec<String>),
    Whole {
        #[serde(default)]
        hosts: Vec<String>,
        #[serde(default)]
        children: Vec<String>,
    },
}

/// The hosts and groups of the text.
///
/// # Errors
/// That it is no JSON, not of this form, or has too many hosts.
pub(super) fn read(file: &str, text: &str) -> Result<Raw, Mistakes> {
    let source = text.strip_prefix('\u{feff}').unwrap_or(text);
    let listing: Listing =
        serde_json::from_str(source).map_err(|error| wrong(file, source, &error))?;
    let mut raw = Raw::default();
    for (name, group) in &listing.groups {
        let (hosts, children) = match group {
            Group::Hosts(hosts) => (hosts.as_slice(), &[][..]),
            Group::Whole { hosts, children } => (hosts.as_slice(), children.as_slice()),
        };
        raw.nest(name, None);
        for host in hosts {
            raw.host(host, Some(name));
        }
        for child in children {
            raw.nest(name, Some(child));
        }
    }
    for (name, variables) in &listing.meta.hostvars {
        let known = raw.host(name, None);
        for (key, value) in variables {
            known.set(key, value.as_str().unwrap_or_default());
        }
    }
    Ok(raw)
}

fn wrong(file: &str, source: &str, error: &serde_json::Error) -> Mistakes {
    let message = if error.is_data() {
        // Why repeats values, which may be passwords.
        "this is not what `ansible-inventory --list` prints".to_owned()
    } else {
        format!(
            "this is not JSON: {}",
            text::stranger(error.to_string().as_bytes())
        )
    };
    let mut reporter = Reporter::new(file, source);
    let lines = source
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1));
    let start: usize = lines.map(str::len).sum();
    let at = source.floor_char_boundary(start + error.column().saturating_sub(1));
    reporter.report(Span::at(source, at), message.clone());
    let told: Result<(), Mistakes> = reporter.finish(None);
    told.err()
        .unwrap_or_else(|| Mistakes::whole_file(file, message, None))
}
