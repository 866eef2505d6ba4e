//! The files of inventories: themselves, those of a directory, and the variables beside them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    FILE_LIMIT,
    raw::{At, Raw, Variables},
    tree,
};
use crate::catalog::{
    Mistakes, form,
    mistakes::{Reporter, Span},
    yaml::{self, Value},
};

/// What no file of hosts ends in, in a directory. Source: Ansible, `INVENTORY_IGNORE_EXTS`.
const IGNORED_ENDS: [&str; 12] = [
    ".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".cfg", ".retry",
];

/// What is no file of hosts in a directory. Source: Ansible, `InventoryManager`.
const IGNORED: [&str; 3] = ["host_vars", "group_vars", "vars_plugins"];

/// The most files of one inventory: its `host_vars` may have one a host.
const FILES_LIMIT: usize = 20_000;

/// The ends of a file of variables, in the order in which they are looked for. Source: Ansible,
/// `YAML_FILENAME_EXTENSIONS`.
const ENDS: [&str; 4] = ["", ".yml", ".yaml", ".json"];

/// The texts that were read, each by its place.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    texts: Vec<Text>,
}

/// A file that was read.
#[derive(Debug)]
pub(super) struct Text {
    /// As it is called in mistakes.
    pub(super) name: String,
    pub(super) text: String,
}

impl Shelf {
    /// Puts a text there; its place. A byte-order mark is none of it.
    pub(super) fn put(&mut self, name: &str, text: &str) -> usize {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        self.texts.push(Text {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        self.texts.len() - 1
    }

    /// Reads a file; its place.
    ///
    /// # Errors
    /// A file that cannot be read, is no text or is too big.
    pub(super) fn read(&mut self, path: &Path) -> Result<usize, Mistakes> {
        let name = path.display().to_string();
        if self.texts.len() == FILES_LIMIT {
            let message = format!("got more than {FILES_LIMIT} files");
            return Err(Mistakes::whole_file(&name, message, None));
        }
        let text = yaml::read_text_up_to(path, FILE_LIMIT)?;
        Ok(self.put(&name, &text))
    }

    pub(super) fn text(&self, place: usize) -> Option<&Text> {
        self.texts.get(place)
    }
}

/// The files of hosts at `path`: itself, or those of the directory and the directories in it.
///
/// # Errors
/// A directory that cannot be read.
pub(super) fn of_hosts(path: &Path) -> Result<Vec<PathBuf>, Mistakes> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for name in entries(path)? {
        let is_ignored = name.starts_with('.')
            || IGNORED.contains(&name.as_str())
            || IGNORED_ENDS.iter().any(|end| name.ends_with(end));
        if !is_ignored {
            files.extend(of_hosts(&path.join(name))?);
        }
        if files.len() > FILES_LIMIT {
            break;
        }
    }
    Ok(files)
}

/// The names in a directory, sorted; one that is no UTF-8 is nobody's.
fn entries(path: &Path) -> Result<Vec<String>, Mistakes> {
    let unreadable = |error: std::io::Error| {
        let message = format!("the directory cannot be read: {}", error.kind());
        Mistakes::whole_file(&path.display().to_string(), message, None)
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(unreadable)? {
        names.extend(entry.map_err(unreadable)?.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

/// Reads `host_vars` and `group_vars` of a folder into each host and group. Every call is one source
/// more. Source: Ansible, plugin `ansible.builtin.host_group_vars`.
///
/// # Errors
/// Every mistake of every file.
pub(super) fn beside(folder: &Path, raw: &mut Raw, shelf: &mut Shelf) -> Result<(), Vec<Mistakes>> {
    let mut wrong = Vec::new();
    let hosts: Vec<String> = raw.hosts().map(|(name, _)| name.to_owned()).collect();
    let mut of_hosts = Beside::of(&folder.join("host_vars"), &mut wrong);
    for name in hosts {
        let variables = of_hosts.variables(&name, shelf, &mut wrong);
        if let Some(known) = raw.known_mut(&name) {
            known.filed.push(variables);
        }
    }
    let mut groups: BTreeSet<String> = raw.groups().map(|(name, _)| name.to_owned()).collect();
    groups.extend([super::raw::ALL, super::raw::UNGROUPED].map(str::to_owned));
    let mut of_groups = Beside::of(&folder.join("group_vars"), &mut wrong);
    for name in groups {
        let variables = of_groups.variables(&name, shelf, &mut wrong);
        // The groups that are always there are only noted if something is said of them.
        if of_groups.has_any || raw.known_group(&name).is_some() {
            raw.group(&name).filed.push(variables);
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// A directory of variables.
struct Beside {
    folder: PathBuf,
    names: BTreeSet<String>,
    has_any: bool,
}

impl Beside {
    fn of(folder: &Path, wrong: &mut Vec<Mistakes>) -> Self {
        let names = if folder.is_dir() {
            entries(folder).unwrap_or_else(|mistakes| {
                wrong.push(mistakes);
                Vec::new()
            })
        } else {
            Vec::new()
        };
        Self {
            folder: folder.to_owned(),
            has_any: !names.is_empty(),
            names: names.into_iter().collect(),
        }
    }

    /// What it says of a host or a group.
    fn variables(&mut self, name: &str, texts: &mut Shelf, wrong: &mut Vec<Mistakes>) -> Variables {
        let mut variables = Variables::default();
        let mut files = Vec::new();
        let ends = ENDS.iter().map(|end| format!("{name}{end}"));
        if let Some(found) = ends.into_iter().find(|file| self.names.contains(file)) {
            let path = self.folder.join(found);
            match within(&path) {
                Ok(found) => files = found,
                Err(mistakes) => wrong.push(mistakes),
            }
        }
        for file in files {
            wrong.extend(take(&file, &mut variables, texts).err());
        }
        variables
    }
}

/// The files of variables of a host: the file, or those of the directory.
fn within(path: &Path) -> Result<Vec<PathBuf>, Mistakes> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for name in entries(path)? {
        let inner = path.join(&name);
        let end = inner.extension().and_then(|end| end.to_str());
        let is_hidden = name.starts_with('.') || name.ends_with('~');
        let is_known = end.is_none_or(|end| matches!(end, "yml" | "yaml" | "json"));
        if is_hidden || !is_known {
            continue;
        }
        if inner.is_dir() {
            if end.is_none() {
                files.extend(within(&inner)?);
            }
        } else {
            files.push(inner);
        }
    }
    Ok(files)
}

fn take(path: &Path, variables: &mut Variables, shelf: &mut Shelf) -> Result<(), Mistakes> {
    let place = shelf.read(path)?;
    let Some(Text { name, text }) = shelf.text(place) else {
        return Ok(());
    };
    if text.trim_start().starts_with(super::VAULT) {
        let span = Span::at(text, 0);
        variables.seal(Some(At { file: place, span }));
        return Ok(());
    }
    if is_blank(text) {
        return Ok(());
    }
    let text = if text.starts_with('{') {
        text.replace('\t', " ")
    } else {
        text.clone()
    };
    yaml::parse_with_tags(name, &text, |root, reporter: &mut Reporter<'_>| {
        if !matches!(root.value, Value::Map(_)) {
            form::wrong(root, "a mapping of variables", reporter);
        }
        tree::take(root, place, variables);
    })
}

/// Whether nothing is said: an empty file, or comments and marks of a document alone.
fn is_blank(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim);
    lines.all(|line| line.is_empty() || line.starts_with('#') || matches!(line, "---" | "..."))
}
