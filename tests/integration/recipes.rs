//! The recipes for CI systems, in the README and under `.github`: their YAML, their scripts, and
//! every option that they give.

use std::{fs, path::Path, process::Command};

use crate::{
    Portcheck,
    readme::blocks,
    validators::{answer, file},
};

const FILES: [&str; 2] = [
    ".github/actions/portcheck/action.yml",
    ".github/workflows/example.yml",
];

fn written(folder: &Path) -> Vec<String> {
    let recipes = blocks().into_iter().filter(|block| block.language == "yml");
    let recipes = recipes.enumerate().map(|(number, block)| {
        let path = folder.join(format!("{number}.yml"));
        fs::write(&path, block.text).unwrap();
        path.to_str().unwrap().to_owned()
    });
    recipes.chain(FILES.map(file)).collect()
}

#[test]
fn yamllint_has_nothing_to_say() {
    let folder = tempfile::tempdir().unwrap();
    let rules = "{extends: default, rules: {line-length: {max: 110}, document-start: disable}}";
    let mut command = Command::new("yamllint");
    command
        .args(["-s", "-d", rules])
        .args(written(folder.path()));
    if let Some(answer) = answer(&mut command) {
        let said = String::from_utf8_lossy(&answer.stdout);
        assert!(answer.status.success(), "{said}");
    }
}

/// The scripts of the action, as a shell reads them.
fn scripts() -> Vec<String> {
    let text = fs::read_to_string(file(FILES[0])).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let starts = (0..lines.len()).filter(|line| lines[*line].starts_with("      run: "));
    starts
        .map(|start| {
            let first = lines[start].trim_start_matches("      run: ");
            let rest = lines[start + 1..]
                .iter()
                .take_while(|line| line.starts_with("        "));
            let rest: Vec<&str> = rest.map(|line| line.trim_start()).collect();
            format!("{}\n{}\n", first.trim_matches('|'), rest.join("\n"))
        })
        .collect()
}

#[test]
fn shellcheck_has_nothing_to_say_about_the_scripts() {
    let scripts = scripts();
    assert_eq!(scripts.len(), 2);
    for script in scripts {
        // What GitHub puts in for an expression is no shell, so there must be none.
        assert!(!script.contains("${{"), "{script}");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("script.sh");
        fs::write(&path, script).unwrap();
        let Some(answer) = answer(Command::new("shellcheck").args(["-s", "bash"]).arg(&path))
        else {
            return;
        };
        let said = String::from_utf8_lossy(&answer.stdout);
        assert!(answer.status.success(), "{said}");
    }
}

/// The words of each `portcheck run` within a text.
fn commands(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let lines = joined
        .lines()
        .filter_map(|line| line.split_once("portcheck run"));
    lines
        .map(|(_, rest)| {
            let end = rest.find(['\'', '|']).unwrap_or(rest.len());
            let words = rest[..end].split_whitespace();
            words
                .map(|word| word.trim_matches('"').to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn every_option_of_a_recipe_exists() {
    let texts = blocks()
        .into_iter()
        .filter(|it| ["yml", "groovy"].contains(&it.language.as_str()));
    let texts: Vec<String> = texts.map(|block| block.text).chain(scripts()).collect();
    let commands: Vec<Vec<String>> = texts.iter().flat_map(|text| commands(text)).collect();
    assert_eq!(commands.len(), 3);
    for command in commands {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        Portcheck::new(&[&["run"], &words[..], &["--help"]].concat())
            .prints_anything()
            .run();
    }
}

#[test]
fn the_action_passes_only_options_that_exist() {
    let text = fs::read_to_string(file(FILES[0])).unwrap();
    let help = Portcheck::new(&["run", "--help"])
        .prints_anything()
        .run()
        .stdout;
    let names: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().split_once(": ")?.0.strip_prefix("PORTCHECK_"))
        .collect();
    assert_eq!(names.len(), 6);
    for name in names {
        assert!(help.contains(&format!("[env: PORTCHECK_{name}")), "{name}");
    }
}
