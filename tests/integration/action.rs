//! The steps of the GitHub action and the installer, run as a runner would: in an environment with
//! nothing of this machine's own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Command, Output},
};

use crate::{
    Portcheck,
    recipes::{ACTION, INSTALL, RUN},
    validators::file,
};

/// A runner's machine: a folder of its own, and the files that GitHub reads afterwards.
struct Runner {
    folder: tempfile::TempDir,
}

impl Runner {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        Self { folder }
    }

    /// A program on the PATH, in place of portcheck.
    fn has(&self, script: &str) -> &Self {
        self.program("bin/portcheck", script);
        self
    }

    fn program(&self, name: &str, script: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A step of the action, with nothing of this machine's own environment.
    fn step(&self, script: &str, inputs: &[(&str, &str)]) -> Output {
        let folder = self.folder.path();
        let path = format!("{}/bin:/usr/bin:/bin", folder.display());
        Command::new("bash")
            .arg(file(script))
            .env_clear()
            .env("PATH", path)
            .env("RUNNER_TEMP", folder)
            .env("GITHUB_OUTPUT", folder.join("output"))
            .env("GITHUB_PATH", folder.join("path"))
            .envs(inputs.iter().copied())
            .current_dir(folder)
            .output()
            .unwrap()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    /// A release as the release page has it: the archive of a program, and `SHA256SUMS`.
    fn release(&self, digest: &str) -> String {
        let machine = std::env::consts::ARCH;
        let name = format!("portcheck-{VERSION}-{machine}-linux");
        let script = format!("echo 'portcheck {VERSION}'");
        self.program(&format!("release/{name}/bin/portcheck"), &script);
        self.program(&format!("release/{name}/share/man/man1/portcheck.1"), "");
        let build = format!(
            "tar -czf {name}.tar.gz {name} && sha256sum {name}.tar.gz >SHA256SUMS && rm -r {name} && {digest}"
        );
        let release = self.folder.path().join("release");
        let mut shell = Command::new("sh");
        shell.args(["-c", &build]).current_dir(&release);
        assert!(shell.status().unwrap().success());
        release.display().to_string()
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const SHOW: &str = "printf '%s\\n' \"$@\"; env | grep ^PORTCHECK_ | sort";

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn inputs_are_lists_by_lines_or_commas_and_an_empty_one_blanks_no_variable_of_the_job() {
    let runner = Runner::new();
    let output = runner.has(SHOW).step(
        RUN,
        &[
            ("INPUT_PROFILE", "looker-server\n"),
            ("INPUT_NODE", "\n  10.0.0.2\n  10.0.0.3 , 10.0.0.4\n"),
            ("INPUT_SET", "smtp_relay=mail:25\nldap_server=dir\n"),
            ("INPUT_REDACT", ""),
            ("INPUT_SITE", ""),
            ("INPUT_ARGS", "--attempts 3\n--no-path\n"),
            ("PORTCHECK_REDACT", "true"),
        ],
    );
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stdout).lines().skip(11).collect::<Vec<_>>(),
        [
            "--attempts",
            "3",
            "--no-path",
            "PORTCHECK_NODE=10.0.0.2,10.0.0.3,10.0.0.4",
            "PORTCHECK_PROFILE=looker-server",
            "PORTCHECK_REDACT=true",
            "PORTCHECK_SET=smtp_relay=mail:25 ldap_server=dir",
        ]
    );
    assert_eq!(
        runner.read("output"),
        "exit-code=0\nreports=portcheck-reports\n"
    );
}

#[test]
fn the_exit_code_of_the_run_is_that_of_the_step() {
    let runner = Runner::new();
    let output = runner.has("exit 3").step(RUN, &[("INPUT_REPORTS", "r")]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(runner.read("output"), "exit-code=3\nreports=r\n");
}

#[test]
fn what_is_on_the_path_is_used_only_when_it_is_that_version() {
    let runner = Runner::new();
    let here = runner.has("echo portcheck 9.9.9");
    let output = here.step(INSTALL, &[("INPUT_VERSION", "v9.9.9")]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(runner.read("path"), "");

    let release = runner.release("true");
    let inputs = [("INPUT_VERSION", VERSION), ("INPUT_DOWNLOAD", &release)];
    let output = runner.step(INSTALL, &inputs);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let to = format!("{}/portcheck-{VERSION}", runner.folder.path().display());
    assert_eq!(runner.read("path"), format!("{to}/bin\n"));
    let man = format!("portcheck-{VERSION}/share/man/man1/portcheck.1");
    assert!(runner.folder.path().join(man).exists());
}

#[test]
fn nothing_is_installed_whose_digest_is_another() {
    let runner = Runner::new();
    let release = runner.release("truncate -s +1 portcheck-*.tar.gz");
    let inputs = [("INPUT_VERSION", VERSION), ("INPUT_DOWNLOAD", &release)];
    let output = runner.step(INSTALL, &inputs);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("is not what it should be"), "{said}");
    assert_eq!(runner.read("path"), "");
    assert!(
        !runner
            .folder
            .path()
            .join(format!("portcheck-{VERSION}"))
            .exists()
    );
}

#[test]
fn the_action_and_the_installer_are_of_this_version() {
    let action = fs::read_to_string(file(ACTION)).unwrap();
    assert!(action.contains(&format!("default: {VERSION}\n")));
    let installer = fs::read_to_string(file("install.sh")).unwrap();
    assert!(installer.contains(&format!("\nversion={VERSION}\n")));
}

#[test]
fn the_action_passes_only_variables_that_exist() {
    let script = fs::read_to_string(file(RUN)).unwrap();
    let help = Portcheck::new(&["run", "--help"])
        .prints_anything()
        .run()
        .stdout;
    let lists = script
        .lines()
        .filter_map(|line| line.strip_prefix("for name in "));
    let names: Vec<&str> = lists
        .flat_map(|names| names.trim_end_matches("; do").split(' '))
        .chain(["SET"])
        .collect();
    assert_eq!(names.len(), 13);
    for name in names {
        assert!(help.contains(&format!("[env: PORTCHECK_{name}")), "{name}");
    }
}
