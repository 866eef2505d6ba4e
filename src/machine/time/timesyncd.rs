//! systemd-timesyncd's configuration: one file, and what is dropped in beside it.
//!
//! Source: timesyncd.conf(5), systemd.syntax(7).

use std::collections::BTreeMap;

use super::{Found, TimeServer, host};
use crate::{machine::file::Files, net::Address};

/// Where its files are, the strongest place first.
const PLACES: [&str; 4] = [
    "/etc/systemd",
    "/run/systemd",
    "/usr/local/lib/systemd",
    "/usr/lib/systemd",
];

/// `NTP=`, or else `FallbackNTP=`.
pub(super) fn read(files: &Files) -> Found {
    let (mut main, mut fallback) = (Found::default(), Found::default());
    for path in paths(files) {
        let text = files.read(&path).unwrap_or_default();
        main.saw(&path);
        let mut section = String::new();
        for line in logical_lines(&text) {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                name.clone_into(&mut section);
                continue;
            }
            let Some((key, value)) = line.split_once('=').filter(|_| section == "Time") else {
                continue;
            };
            match key.trim() {
                "NTP" => set(&mut main, value, &path),
                "FallbackNTP" => set(&mut fallback, value, &path),
                _ => {}
            }
        }
    }
    if main.servers.is_empty() && !fallback.servers.is_empty() {
        fallback
    } else {
        main
    }
}

/// The main file of the strongest place, then what is dropped in, by name; of several with one name
/// that of the strongest place.
fn paths(files: &Files<'_>) -> Vec<String> {
    let main = PLACES.map(|place| format!("{place}/timesyncd.conf"));
    let main = main.into_iter().find(|path| files.read(path).is_some());
    let mut dropped = BTreeMap::new();
    for place in PLACES {
        for path in files.matching(&format!("{place}/timesyncd.conf.d/*.conf")) {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            dropped.entry(name).or_insert(path);
        }
    }
    main.into_iter().chain(dropped.into_values()).collect()
}

/// Lines without comments; one that ends in a backslash goes on in the next that is no comment.
fn logical_lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in text.lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) || (line.is_empty() && !goes_on) {
            continue;
        }
        let (line, continues) = match line.strip_suffix('\\') {
            Some(line) => (line, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| goes_on) {
            Some(last) => *last = format!("{last} {line}"),
            None => lines.push(line.to_owned()),
        }
        goes_on = continues;
    }
    lines
}

/// What a line `KEY=a b` does: an empty value takes back what came before.
fn set(found: &mut Found, value: &str, path: &str) {
    let value = value.trim();
    if value.is_empty() {
        found.servers.clear();
    }
    for host in value.split_whitespace().filter_map(host) {
        let address = Address { host, port: None };
        found.add(
            TimeServer {
                address,
                keys: None,
            },
            path,
        );
    }
}
