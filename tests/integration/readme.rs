//! The README and the pages in docs/ keep their word: their commands run, and what they show is what
//! is printed.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::{portcheck::timeless, validators::file};

/// A fenced block: its language and its text.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

#[test]
fn every_command_runs_and_prints_what_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    for block in blocks() {
        match block.language.as_str() {
            "sh" => {
                for command in block.text.lines() {
                    run(command, folder.path());
                }
            }
            "console" => {
                for (command, shown) in transcripts(&block.text) {
                    let Some(printed) = run(&command, folder.path()) else {
                        continue;
                    };
                    assert_eq!(timeless(&printed), timeless(&shown), "{command}");
                }
            }
            "yaml" => site(&block.text, folder.path()),
            // Recipes are tested on their own; what the lab saw needs root.
            "yml" | "groovy" | "text" => {}
            other => panic!("nobody tests a block of `{other}`"),
        }
    }
}

#[test]
fn every_profile_is_in_the_table() {
    let text = readme();
    let section = text
        .split("\n## ")
        .find(|part| part.starts_with("Profiles"))
        .unwrap();
    let tabled: BTreeSet<&str> = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    let catalogs = portcheck::catalog::embedded::catalogs().unwrap();
    let known: BTreeSet<&str> = catalogs
        .iter()
        .flat_map(|catalog| &catalog.profiles)
        .map(|profile| profile.name.as_str())
        .collect();
    assert_eq!(tabled, known);
}

fn readme() -> String {
    fs::read_to_string(file(PAGES[0])).unwrap()
}

/// In this order: what an earlier one writes, a later one reads.
const PAGES: [&str; 7] = [
    "README.md",
    "docs/cluster.md",
    "docs/ci.md",
    "docs/support.md",
    "docs/proxies.md",
    "docs/how-it-decides.md",
    "docs/security.md",
];

pub(crate) fn blocks() -> Vec<Block> {
    let texts = PAGES.map(|page| fs::read_to_string(file(page)).unwrap());
    texts.iter().flat_map(|text| blocks_of(text)).collect()
}

fn blocks_of(text: &str) -> Vec<Block> {
    let fenced = text.split("\n```").collect::<Vec<_>>();
    // Fences open and close in turn.
    fenced[1..]
        .iter()
        .step_by(2)
        .map(|block| {
            let (language, text) = block.split_once('\n').unwrap();
            Block {
                language: language.to_owned(),
                text: format!("{text}\n"),
            }
        })
        .collect()
}

/// Each `$ command` with the lines under it.
fn transcripts(text: &str) -> Vec<(String, String)> {
    format!("\n{text}")
        .split("\n$ ")
        .skip(1)
        .map(|part| {
            let (command, shown) = part.split_once('\n').unwrap();
            (command.to_owned(), shown.trim_end().to_owned() + "\n")
        })
        .collect()
}

/// Runs a command in a namespace that has loopback and no network; it must accept what was typed.
/// `None` if it is not ours to run.
fn run(command: &str, folder: &Path) -> Option<String> {
    let arguments = command
        .strip_prefix("cargo run --release -- ")
        .or_else(|| command.strip_prefix("portcheck "))?;
    let sends = ["run ", "probe ", "respond ", "mesh "]
        .iter()
        .any(|word| arguments.starts_with(word));
    let mut program = if sends {
        if !namespaces_are_allowed() {
            eprintln!("skipped, for want of the right to make a namespace: {command}");
            return None;
        }
        let mut unshare = Command::new("unshare");
        let script = "ip link set lo up && exec \"$0\" \"$@\"";
        unshare.args(["-rn", "sh", "-c", script, env!("CARGO_BIN_EXE_portcheck")]);
        unshare
    } else {
        Command::new(env!("CARGO_BIN_EXE_portcheck"))
    };
    let words = arguments.split(' ').map(|word| word.trim_matches('\''));
    let output = program
        .args(words)
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .env("PORTCHECK_FOR", "10ms")
        .env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
        .current_dir(folder)
        .output()
        .unwrap();
    let code = output.status.code();
    assert!(
        matches!(code, Some(0 | 1 | 3)),
        "{command}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(String::from_utf8(output.stdout).unwrap())
}

fn namespaces_are_allowed() -> bool {
    Command::new("unshare")
        .args(["-rn", "ip", "link", "set", "lo", "up"])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// A site file must be one.
fn site(text: &str, folder: &Path) {
    fs::write(folder.join("site.yaml"), text).unwrap();
    run(
        "portcheck plan --profile thoughtspot-cluster --site site.yaml",
        folder,
    );
}
