//! Holds the sources to the table of layers in `ARCHITECTURE.md`, and the files of each module to
//! having no circle.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// A module by its path from the crate on: `["diagnose", "each", "tls"]`; empty for the crate.
type Module = Vec<String>;

#[test]
fn a_module_uses_only_modules_of_earlier_layers() {
    let layers = layers();
    let mut wrong = Vec::new();
    for (module, used) in uses_of_files() {
        let top = module.first().map_or("lib", String::as_str);
        let Some(own) = layers.get(top) else {
            wrong.push(format!("`{top}` is in no layer"));
            continue;
        };
        for used in used.iter().filter_map(|used| used.first()) {
            match layers.get(used) {
                Some(layer) if layer < own || used == top => {}
                Some(_) => wrong.push(format!("`{}` uses `{used}`", module.join("::"))),
                None => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A file may name what the file above it holds: types that they share. Any other way back is a
/// circle.
#[test]
fn no_file_of_a_module_uses_one_that_uses_it_back() {
    let files = uses_of_files();
    let edges: BTreeMap<&Module, BTreeSet<&Module>> = files
        .iter()
        .map(|(module, used)| {
            let used = used.iter().filter(|used| !module.starts_with(used));
            let inside = used.filter(|used| used.first() == module.first());
            (module, inside.collect())
        })
        .collect();
    let circles = circles(&edges);
    let told: Vec<String> = circles.iter().map(|circle| circle.join(" -> ")).collect();
    assert!(told.is_empty(), "{}", told.join("\n"));
}

#[test]
fn the_crate_names_its_modules_in_the_order_of_their_layers() {
    let layers = layers();
    let text = code(&root().join("src/lib.rs"));
    let modules = declared(&text);
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
    let text = "use crate::{a::{b, c as x}, d};\nuse crate::e::f;\nuse super::g;\nmod child;\n\
                fn h() -> crate::i::J { super::super::k::l(self::child::m) }\n";
    let here: Module = ["top", "low", "here"].map(str::to_owned).into();
    let used: BTreeSet<String> = uses(&here, text)
        .iter()
        .map(|path| path.join("::"))
        .collect();
    let expected = [
        "a::b",
        "a::c",
        "d",
        "e::f",
        "i::J",
        "top::low::g",
        "top::k::l",
        "top::low::here::child",
        "top::low::here::child::m",
    ];
    assert_eq!(used, expected.map(str::to_owned).into());
}

#[test]
fn a_circle_is_found_through_any_number_of_files() {
    let module = |name: &str| vec!["top".to_owned(), name.to_owned()];
    let modules = ["a", "b", "c", "d"].map(module);
    let [a, b, c, d] = &modules;
    let edges = BTreeMap::from([
        (a, BTreeSet::from([b])),
        (b, BTreeSet::from([c])),
        (c, BTreeSet::from([a, d])),
        (d, BTreeSet::new()),
    ]);
    assert_eq!(circles(&edges), [["top::a", "top::b", "top::c"]]);
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

/// What each file of the crate uses, as modules that have a file of their own.
fn uses_of_files() -> BTreeMap<Module, BTreeSet<Module>> {
    let sources = sources(&root().join("src"));
    let files: BTreeMap<Module, String> = sources
        .iter()
        .map(|path| (module(path), code(path)))
        .collect();
    let with_a_file = |path: &Module| {
        let known = (1..=path.len()).rev().map(|length| &path[..length]);
        known
            .into_iter()
            .find(|path| files.contains_key(*path))
            .map(<[String]>::to_vec)
    };
    files
        .iter()
        .map(|(module, text)| {
            let used = uses(module, text);
            (
                module.clone(),
                used.iter().filter_map(with_a_file).collect(),
            )
        })
        .collect()
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            found.extend(sources(&path));
        } else if !is_test && path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `["catalog", "rule"]` of `src/catalog/rule.rs`.
fn module(path: &Path) -> Module {
    let inside = path.strip_prefix(root().join("src")).unwrap();
    let names = inside.with_extension("");
    let names = names.iter().map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name != "lib").collect()
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

/// The modules that a source declares.
fn declared(text: &str) -> Vec<&str> {
    let names = text.lines().filter_map(|line| {
        let line = line
            .trim_start_matches("pub(crate) ")
            .trim_start_matches("pub ");
        line.strip_prefix("mod ")?.strip_suffix(';')
    });
    names.filter(|name| *name != "tests").collect()
}

/// Every path of a source that begins with `crate`, `super` or `self`, and the modules that it
/// declares, from the crate on.
fn uses(module: &Module, text: &str) -> BTreeSet<Module> {
    let mut used: BTreeSet<Module> = declared(text)
        .into_iter()
        .map(|child| [module.as_slice(), &[child.to_owned()]].concat())
        .collect();
    let mut rest = text;
    while let Some(start) = ["crate::", "super::", "self::"]
        .iter()
        .filter_map(|head| rest.find(head))
        .min()
    {
        let mut at = &rest[start..];
        let mut above = module.clone();
        loop {
            if let Some(behind) = at.strip_prefix("crate::") {
                above.clear();
                at = behind;
            } else if let Some(behind) = at.strip_prefix("super::") {
                above.pop();
                at = behind;
            } else if let Some(behind) = at.strip_prefix("self::") {
                at = behind;
            } else {
                break;
            }
        }
        let paths = tree(&mut at);
        used.extend(paths.into_iter().map(|path| [above.clone(), path].concat()));
        rest = at;
    }
    used
}

/// The paths of a use tree, `a::{b, c::d}`, which is taken off the text.
fn tree(text: &mut &str) -> Vec<Module> {
    let mut above = Module::new();
    loop {
        *text = text.trim_start();
        if let Some(behind) = text.strip_prefix('{') {
            *text = behind;
            let below = group(text);
            return below
                .into_iter()
                .map(|path| [above.clone(), path].concat())
                .collect();
        }
        let is_name = |character: char| character.is_alphanumeric() || character == '_';
        let end = text
            .find(|character| !is_name(character))
            .unwrap_or(text.len());
        above.push(text[..end].to_owned());
        *text = &text[end..];
        match text.strip_prefix("::") {
            Some(behind) => *text = behind,
            None => return vec![above],
        }
    }
}

/// The paths between braces, up to the closing one.
fn group(text: &mut &str) -> Vec<Module> {
    let mut paths = Vec::new();
    loop {
        *text = text
            .trim_start_matches(|character: char| character.is_whitespace() || character == ',');
        if let Some(behind) = text.strip_prefix('}') {
            *text = behind;
            return paths;
        }
        paths.extend(tree(text));
        let end = text.find([',', '}']).unwrap_or(text.len());
        *text = &text[end..];
        if text.is_empty() {
            return paths;
        }
    }
}

/// The sets of files each of which uses the others, if only by way of further ones.
fn circles(edges: &BTreeMap<&Module, BTreeSet<&Module>>) -> Vec<Vec<String>> {
    let behind: BTreeMap<&Module, BTreeSet<&Module>> = edges
        .keys()
        .map(|module| (*module, reached(module, edges)))
        .collect();
    let reaches = |from: &Module, to: &Module| behind.get(from).is_some_and(|it| it.contains(to));
    let circles: BTreeSet<Vec<String>> = edges
        .keys()
        .filter(|module| reaches(module, module))
        .map(|module| {
            let round = edges.keys();
            round
                .filter(|other| reaches(module, other) && reaches(other, module))
                .map(|other| other.join("::"))
                .collect()
        })
        .collect();
    circles.into_iter().collect()
}

fn reached<'a>(
    from: &Module,
    edges: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&Module> = edges[from].iter().copied().collect();
    while let Some(next) = open.pop() {
        if found.insert(next) {
            open.extend(edges.get(next).into_iter().flatten());
        }
    }
    found
}
