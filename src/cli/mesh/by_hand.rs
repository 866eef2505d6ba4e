//! What the same mesh is without `ssh` between the machines, and what it would run with it.

use std::fmt::Write as _;

use super::task;
use crate::mesh::{Ssh, wire::Task};

/// What to run where.
pub(super) fn plan(hosts: &[String], task: &Task) -> String {
    let arguments: Vec<String> = task.arguments.iter().map(|word| quoted(word)).collect();
    let arguments = arguments.join(" ");
    let selection: Vec<String> = task
        .arguments
        .iter()
        .filter(|word| is_of_respond(word))
        .map(|word| quoted(word))
        .collect();
    let selection = selection.join(" ");
    let mut text = String::from(
        "1. Make up a token, once, and give it to every node in a file that nobody else can read:\n\n",
    );
    text.push_str("   (umask 077; head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \\n' > token)\n");
    let files = task::names(task);
    if !files.is_empty() {
        let files: Vec<String> = files.iter().map(|it| it.display().to_string()).collect();
        let _ = writeln!(
            text,
            "\n   Bring these files there, too: {}",
            files.join(", ")
        );
    }
    text.push_str("\n2. On every node, and leave it there until 3 is done on all of them:\n\n");
    let _ = writeln!(
        text,
        "   portcheck respond --token-file token --for 2h {selection}"
    );
    text.push_str("\n3. Once every responder has printed `ready`, on every node:\n\n");
    for host in hosts {
        let _ = writeln!(
            text,
            "   {host}: portcheck run --responders --token-file token {arguments} --output json={host}.json"
        );
    }
    let reports: Vec<String> = hosts.iter().map(|host| format!("{host}.json")).collect();
    text.push_str("\n4. Bring the reports to one machine:\n\n");
    let _ = writeln!(text, "   portcheck report {}", reports.join(" "));
    text
}

/// Whether `respond` has the option, too.
fn is_of_respond(word: &str) -> bool {
    let flag = word.split('=').next().unwrap_or(word);
    [
        "--profile",
        "--only",
        "--skip",
        "--full-ranges",
        "--catalog",
        "--site",
        "--as",
        "--inventory",
        "--node",
        "--set",
        "--with",
        "--without",
    ]
    .contains(&flag)
}

/// The commands of a mesh, one a node, and what they feed.
pub(super) fn commands(hosts: &[String], ssh: &Ssh) -> String {
    let mut text = String::new();
    for host in hosts {
        let words: Vec<String> = ssh.arguments(host).iter().map(|it| quoted(it)).collect();
        let _ = writeln!(text, "ssh {}", words.join(" "));
    }
    text.push_str("\n# Each gets this on its stdin, then the program if it is not there, then orders as JSON:\n");
    text.push_str(crate::mesh::SCRIPT);
    text
}

/// The word as a POSIX shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-_=./,:@%+".contains(it);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_split_it() {
        assert_eq!(quoted("--set=a=b"), "--set=a=b");
        assert_eq!(quoted("it's"), "'it'\\''s'");
        assert_eq!(quoted(""), "''");
    }
}
