//! Inventories as they are read: by Ansible where it is installed, else by our own readers.

use std::path::Path;

use super::{
    Ask, InventorySource, OTHERWISE, files,
    files::{Shelf, Text},
    ini::{self, Reading},
    json,
    raw::Raw,
    tree,
};
use crate::{
    catalog::{
        Mistakes,
        mistakes::{Reporter, quoted},
        yaml::{self, Value},
    },
    machine::ansible::Answer,
};

/// Inventories, read as one.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) raw: Raw,
    pub(super) shelf: Shelf,
    /// What they are called in mistakes.
    pub(super) file: String,
}

impl Read {
    fn of(sources: &[&InventorySource]) -> Self {
        let names = sources.iter().map(|source| source.name());
        Self {
            raw: Raw::default(),
            shelf: Shelf::default(),
            file: names.collect::<Vec<_>>().join(", "),
        }
    }
}

/// What Ansible makes of them; `None` where it is not installed, or has said it already: what
/// `ansible-inventory --list` printed is no file that it reads.
pub(super) fn asked(sources: &[&InventorySource], ask: Ask<'_>) -> Option<Result<Read, Mistakes>> {
    let paths: Vec<&Path> = sources.iter().map(|source| source.path.as_path()).collect();
    if !sources.iter().all(|source| is_for_ansible(source)) {
        return None;
    }
    let mut read = Read::of(sources);
    let refused = || {
        let shown: Vec<String> = paths
            .iter()
            .map(|path| format!("-i {}", path.display()))
            .collect();
        let command = quoted(&format!("ansible-inventory {} --list", shown.join(" ")));
        let help = format!("{command} says why");
        let message = "this machine's Ansible does not read it";
        Mistakes::whole_file(&Read::of(sources).file, message, Some(help))
    };
    match ask(&paths) {
        Answer::NotInstalled => None,
        Answer::Refused => Some(Err(refused())),
        Answer::Listing(text) => Some(match json::read(&text, None, &mut read.raw) {
            Ok(()) => Ok(read),
            Err(_) => Err(refused()),
        }),
    }
}

/// Whether it is a file that can be read twice, or a directory, and no listing.
fn is_for_ansible(source: &InventorySource) -> bool {
    let path = &source.path;
    if source.text.is_some() || !(path.is_dir() || path.is_file()) {
        return false;
    }
    let mut shelf = Shelf::default();
    let place = shelf.read(path).ok().filter(|_| path.is_file());
    let text = place.and_then(|place| shelf.text(place));
    !text.is_some_and(|text| json::is_listing(&text.text))
}

/// What our own readers make of them.
///
/// # Errors
/// Every mistake of every file.
pub(super) fn own(sources: &[&InventorySource]) -> Result<Read, Vec<Mistakes>> {
    let mut read = Read::of(sources);
    let mut wrong = Vec::new();
    for source in sources {
        if let Some(text) = &source.text {
            let place = read.shelf.put(&source.name(), text);
            wrong.extend(one(place, &mut read).err());
            continue;
        }
        match files::of_hosts(&source.path) {
            Err(mistakes) => wrong.push(mistakes),
            Ok(found) => {
                for file in found {
                    let place = read.shelf.read(&file);
                    wrong.extend(place.and_then(|place| one(place, &mut read)).err());
                }
            }
        }
    }
    if wrong.is_empty() {
        wrong.extend(beside(sources, &mut read).err().into_iter().flatten());
    }
    if wrong.is_empty() {
        Ok(read)
    } else {
        Err(wrong)
    }
}

/// The variables in files of their own, of each folder once.
fn beside(sources: &[&InventorySource], read: &mut Read) -> Result<(), Vec<Mistakes>> {
    let mut folders = Vec::new();
    for source in sources.iter().filter(|source| source.text.is_none()) {
        let path = source.path.as_path();
        let folder = if path.is_dir() {
            path
        } else {
            path.parent().unwrap_or(path)
        };
        if !folders.contains(&folder) {
            folders.push(folder);
        }
    }
    let mut wrong = Vec::new();
    for folder in folders {
        let taken = files::beside(folder, &mut read.raw, &mut read.shelf);
        wrong.extend(taken.err().into_iter().flatten());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Reads one file in the form that it has.
fn one(place: usize, read: &mut Read) -> Result<(), Mistakes> {
    let Read { raw, shelf, .. } = read;
    let Some(Text { name, text }) = shelf.text(place) else {
        return Ok(());
    };
    if let Some(foreign) = foreign(name, text) {
        return Err(foreign);
    }
    match Form::of(name, text) {
        Form::Listing => json::read(text, Some(place), raw).map_err(|wrong| {
            let mut reporter = Reporter::new(name, text);
            wrong.report(text, &mut reporter);
            mistakes(reporter)
        }),
        Form::Yaml => {
            // JSON may be indented with tabs, which YAML may not. In its texts there is none.
            let source = if text.starts_with('{') {
                text.replace('\t', " ")
            } else {
                text.clone()
            };
            yaml::parse_with_tags(name, &source, |root, reporter| {
                let file = place;
                tree::read(
                    root,
                    &mut Reading {
                        raw,
                        reporter,
                        file,
                    },
                );
            })
        }
        Form::Ini => {
            let mut reporter = Reporter::new(name, text);
            let file = place;
            ini::read(
                text,
                &mut Reading {
                    raw,
                    reporter: &mut reporter,
                    file,
                },
            );
            reporter.finish(Some(()))
        }
    }
}

fn mistakes(reporter: Reporter<'_>) -> Mistakes {
    let told: Result<(), Mistakes> = reporter.finish(None);
    told.err()
        .unwrap_or_else(|| Mistakes::whole_file("", "", None))
}

/// What looks like an inventory and is not read here.
fn foreign(name: &str, text: &str) -> Option<Mistakes> {
    let ending = Path::new(name).extension().and_then(|it| it.to_str());
    let mut headings = text
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with('['));
    let first = headings.clone().next();
    let is_toml = ending == Some("toml")
        || headings.any(|line| line.ends_with(".hosts]") || line.ends_with(".vars]"));
    let told = |what: &str, help: &str| {
        let message = format!("got {what}, expected a file of hosts");
        Some(Mistakes::whole_file(name, message, Some(help.to_owned())))
    };
    if text.starts_with("#!") {
        told("a program", OTHERWISE)
    } else if is_toml {
        told("TOML", OTHERWISE)
    } else if text.starts_with(super::VAULT) {
        told("an encrypted file", OTHERWISE)
    } else if first == Some("[defaults]") {
        let help = "name the file that its line `inventory =` names";
        told("the configuration of Ansible", help)
    } else {
        None
    }
}

/// How an inventory is written.
enum Form {
    Listing,
    Yaml,
    Ini,
}

impl Form {
    /// As Ansible tries them: what is a mapping of YAML is that, unless the file's ending says
    /// otherwise. What is neither is told as what it looks like.
    fn of(name: &str, text: &str) -> Self {
        let ending = Path::new(name).extension().and_then(|it| it.to_str());
        let lines = text.lines().map(str::trim);
        let mut telling = lines.filter(|line| !line.is_empty() && !line.starts_with(['#', ';']));
        let first = telling.next().unwrap_or_default();
        let looks_so = first.starts_with("---") || first.starts_with('{') || first.ends_with(':');
        let is_yaml = match ending {
            Some("yml" | "yaml" | "json") | None => looks_so || is_mapping(text),
            Some(_) => looks_so,
        };
        let is_broken = || serde_json::from_str::<serde::de::IgnoredAny>(text).is_err();
        if json::is_listing(text) || (first.starts_with('{') && is_broken() && !is_mapping(text)) {
            Self::Listing
        } else if is_yaml {
            Self::Yaml
        } else {
            Self::Ini
        }
    }
}

fn is_mapping(text: &str) -> bool {
    let is_map = yaml::parse_with_tags("", text, |root, _| matches!(root.value, Value::Map(_)));
    is_map.unwrap_or(false)
}
