//! Completions, asked for in the shells themselves. A shell that is not installed is skipped, aloud.

use std::{fs, process::Command};

use crate::{Portcheck, validators::answer};

/// What is typed, and what it is completed to.
const TYPED: [(&str, &[&str]); 7] = [
    (
        "run --profile looker-s",
        &["looker-server", "looker-support-inbound"],
    ),
    (
        "plan --only looker.current.l",
        &["looker.current.licensing", "looker.current.lookml"],
    ),
    ("run --with ip", &["ipsec"]),
    ("explain tcp-r", &["tcp-refused"]),
    ("explain looker.current.lo", &["looker.current.lookml"]),
    ("catalog show looker-le", &["looker-legacy"]),
    ("site init --profile looker-le", &["looker-legacy"]),
];

fn completions(shell: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    let printed = Portcheck::new(&["completions", shell])
        .prints_anything()
        .run();
    fs::write(file.path(), printed.stdout).unwrap();
    file
}

/// Has a shell complete each of what is typed by a script of its language, `$FILE` and `$TYPED`.
fn completes(shell: &str, script: &str) {
    let file = completions(shell);
    for (typed, expected) in TYPED {
        let mut command = Command::new(shell);
        command
            .env("FILE", file.path())
            .env("TYPED", typed)
            .args(["-c", script]);
        let Some(answer) = answer(&mut command) else {
            return;
        };
        let told = String::from_utf8(answer.stdout).unwrap();
        let told = told.split_whitespace().collect::<Vec<&str>>();
        assert_eq!(told, expected, "{shell}: {typed}");
    }
}

#[test]
fn bash_completes_the_names_of_the_catalogs() {
    completes(
        "bash",
        r#"source "$FILE"; COMP_WORDS=(portcheck $TYPED); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
           _portcheck portcheck "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; echo "${COMPREPLY[@]}""#,
    );
}

#[test]
fn fish_completes_the_names_of_the_catalogs() {
    completes(
        "fish",
        r#"source $FILE; complete -C "portcheck $TYPED" | string replace -r '\t.*' ''"#,
    );
}

#[test]
fn zsh_completes_the_name_of_a_profile() {
    // Only an interactive shell completes: one behind a terminal of its own, told to quit after.
    let script = r#"
        zmodload zsh/zpty; zpty inner zsh -f -i
        zpty -w inner "PS1=; autoload -U compinit; compinit -D -u; source $FILE; print BE''GIN"
        zpty -r -m inner out '*BEGIN*'
        zpty -w -n inner $'portcheck run --profile looker-serv\t'
        zpty -r -m inner out '*looker-server*'
        zpty -d inner; print looker-server"#;
    let file = completions("zsh");
    let mut command = Command::new("timeout");
    command
        .args(["20", "zsh", "-fc", script])
        .env("FILE", file.path());
    if answer(Command::new("zsh").arg("--version")).is_some() {
        let told = answer(&mut command).unwrap();
        assert_eq!(String::from_utf8_lossy(&told.stdout), "looker-server\n");
    }
}

#[test]
fn power_shell_knows_the_names_beside_the_flags_of_a_command() {
    let printed = Portcheck::new(&["completions", "powershell"])
        .prints_anything()
        .run();
    let (_, run) = printed.stdout.split_once("'portcheck;run' {").unwrap();
    let (run, _) = run.split_once("break").unwrap();
    for (typed, name) in [
        ("profile", "looker-server"),
        ("rule", "looker.current.lookml"),
    ] {
        let line = format!("[CompletionResult]::new('{name}', '{name}', ");
        assert_eq!(run.matches(&line).count(), 1, "{typed}");
    }
}
