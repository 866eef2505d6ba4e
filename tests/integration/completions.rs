//! Completions, asked for in the shells themselves. A shell that is not installed is skipped, aloud.

use std::{fs, process::Command};

use crate::{Portcheck, validators::answer};

/// What is typed, and what it is completed to.
type Typed = (&'static str, &'static [&'static str]);

/// Values of options.
const OPTIONS: [Typed; 4] = [
    (
        "run --profile looker-s",
        &["looker-server", "looker-support-inbound"],
    ),
    (
        "plan --only looker.current.l",
        &["looker.current.licensing", "looker.current.lookml"],
    ),
    ("run --with ip", &["ipsec"]),
    ("site init --profile looker-le", &["looker-legacy"]),
];

/// Values without an option, which clap's generators for fish and PowerShell leave out.
const POSITIONS: [Typed; 3] = [
    ("explain tcp-r", &["tcp-refused"]),
    ("explain looker.current.lo", &["looker.current.lookml"]),
    ("catalog show looker-le", &["looker-legacy"]),
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
fn completes(shell: &str, script: &str, typed: &[Typed]) {
    let file = completions(shell);
    for (typed, expected) in typed {
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
        assert_eq!(told, *expected, "{shell}: {typed}");
    }
}

#[test]
fn bash_completes_the_names_of_the_catalogs() {
    completes(
        "bash",
        r#"source "$FILE"; COMP_WORDS=(portcheck $TYPED); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
           _portcheck portcheck "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"; echo "${COMPREPLY[@]}""#,
        &[&OPTIONS[..], &POSITIONS].concat(),
    );
}

#[test]
fn fish_completes_the_names_of_the_catalogs_after_an_option() {
    completes(
        "fish",
        r#"source $FILE; complete -C "portcheck $TYPED" | string replace -r '\t.*' ''"#,
        &OPTIONS,
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
