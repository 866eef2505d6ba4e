//! What `portcheck request` asks for, applied and taken back: see request.sh.

use std::process::Command;

use anyhow::{Context, Result};

use crate::{
    cluster::Seen,
    topology::{Ground, execute},
};

/// Whose words, and whether the machine that opens or the one that is reached applies them.
const CASES: [[&str; 2]; 4] = [
    ["nftables", "near"],
    ["nftables", "far"],
    ["iptables", "near"],
    ["iptables", "far"],
];

/// Applies every change whose name has one of these words; all of them if there is none.
///
/// # Errors
/// When the ground cannot be built.
pub(crate) fn run(ground: &Ground, words: &[String]) -> Result<Vec<Seen>> {
    let named = CASES.map(|[whose, side]| (format!("request, {whose}, {side}"), whose, side));
    let is_called = |name: &str| words.iter().any(|word| name.contains(word.as_str()));
    let mut seen = Vec::new();
    for (name, whose, side) in named {
        if !words.is_empty() && !is_called(&name) {
            continue;
        }
        if seen.is_empty() {
            execute(&mut script(ground, include_str!("request-ground.sh"), &[]))?;
        }
        let mut command = script(ground, include_str!("request.sh"), &[whose, side]);
        let output = command.output().context("no shell")?;
        let said = String::from_utf8_lossy(&output.stdout);
        let wrong = said.lines().map(str::to_owned).collect();
        seen.push(Seen { name, wrong });
    }
    Ok(seen)
}

fn script(ground: &Ground, text: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", text, "sh"])
        .args(arguments)
        .env("PREFIX", ground.prefix())
        .env("DIR", ground.dir())
        .env("PORTCHECK", env!("CARGO_BIN_EXE_portcheck"))
        // What is none of the program's own it warns about.
        .env_remove("PORTCHECK_LAB")
        .env_remove("PORTCHECK_FORMATS");
    command
}
