//! Holds the sources to the table of layers in `ARCHITECTURE.md`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

#[test]
fn a_module_uses_only_modules_of_earlier_layers() {
    let layers = layers();
    let mut wrong = Vec::new();
    for path in sources(&root().join("src")) {
        let module = module(&path);
        let Some(own) = layers.get(&module) else {
            wrong.push(format!("`{module}` is in no layer"));
            continue;
        };
        for used in uses(&code(&path)) {
            match layers.get(&used) {
                Some(layer) if layer < own || used == module => {}
                Some(_) => wrong.push(format!("{}: `{module}` uses `{used}`", path.display())),
                None => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_crate_names_its_modules_in_the_order_of_their_layers() {
    let layers = layers();
    let text = code(&root().join("src/lib.rs"));
    let modules: Vec<&str> = text
        .lines()
        .filter_map(|line| {
            line.trim_start_matches("pub ")
                .strip_prefix("mod ")?
                .strip_suffix(';')
        })
        .collect();
    let mut sorted = modules.clone();
    sorted.sort_by_key(|module| layers.get(*module));
    assert_eq!(modules, sorted);
    let named: BTreeSet<&str> = modules.into_iter().collect();
    let tabled: BTreeSet<&str> = layers
        .keys()
        .map(String::as_str)
        .filter(|module| !["lib", "main"].contains(module))
        .collect();
    assert_eq!(named, tabled);
}

#[test]
fn what_a_source_uses_is_read_from_every_form_of_path() {
    let text = "use crate::{a::{b, c}, d};\nuse crate::e::f;\nfn g() -> crate::h::I {}\n";
    let used: BTreeSet<String> = ["a", "d", "e", "h"].map(str::to_owned).into();
    assert_eq!(uses(text), used);
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The place of each module's layer, from the rows `| 3 | `catalog` | … |` of the table.
fn layers() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let mut layers = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, layer, modules, ..] = cells[..] else {
            continue;
        };
        let Ok(layer) = layer.parse::<usize>() else {
            continue;
        };
        for module in modules.split('`').skip(1).step_by(2) {
            assert_eq!(
                layers.insert(module.to_owned(), layer),
                None,
                "`{module}` is there twice"
            );
        }
    }
    layers
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `catalog` of `src/catalog/rule.rs`.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str();
    first.to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// A source without comments, and without its tests, which stand last.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules after `crate::`, alone or in braces.
fn uses(text: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for path in text.split("crate::").skip(1) {
        match path.strip_prefix('{') {
            Some(group) => used.extend(group_heads(group)),
            None => used.extend(head(path)),
        }
    }
    used
}

/// The first name of each path of a group: `a` and `d` of `a::{b, c}, d}`.
fn group_heads(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut heads = Vec::new();
    let mut at_start = true;
    for (index, character) in group.char_indices() {
        match character {
            '}' if depth == 0 => break,
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => at_start = true,
            _ if at_start && depth == 0 && !character.is_whitespace() => {
                heads.extend(head(&group[index..]));
                at_start = false;
            }
            _ => {}
        }
    }
    heads
}

fn head(path: &str) -> Option<String> {
    let name: String = path
        .chars()
        .take_while(|character| character.is_ascii_lowercase() || *character == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}
