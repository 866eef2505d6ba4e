//! The recipes for CI systems, in the README and under `.github`: their YAML, their scripts, and
//! every option that they give.

use std::{fs, path::Path, process::Command};

use crate::{
    Portcheck,
    readme::blocks,
    validators::{answer, file},
};

pub(crate) const ACTION: &str = ".github/actions/portcheck/action.yml";
pub(crate) const RUN: &str = ".github/actions/portcheck/run.sh";
pub(crate) const INSTALL: &str = ".github/actions/portcheck/install.sh";

const FILES: [&str; 8] = [
    ACTION,
    ".github/workflows/ci.yml",
    ".github/workflows/example.yml",
    ".github/workflows/release.yml",
    "deploy/azure/portcheck.yml",
    "deploy/gitlab/portcheck.yml",
    "deploy/kubernetes/cronjob.yml",
    "deploy/kubernetes/job.yml",
];

const SCRIPTS: [&str; 4] = [RUN, INSTALL, "install.sh", "deploy/release"];

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

#[test]
fn shellcheck_has_nothing_to_say_about_the_scripts() {
    let scripts = SCRIPTS.map(file);
    if let Some(answer) = answer(Command::new("shellcheck").args(scripts)) {
        let said = String::from_utf8_lossy(&answer.stdout);
        assert!(answer.status.success(), "{said}");
    }
}

/// The words of each `portcheck run` within a text.
fn commands(text: &str) -> Vec<Vec<String>> {
    let joined = text.replace("\\\n", " ");
    let lines = joined
        .lines()
        .filter(|line| !line.contains("description:"))
        .filter_map(|line| line.split_once("portcheck run"));
    lines
        .map(|(_, rest)| {
            let end = rest.find(['\'', '|']).unwrap_or(rest.len());
            let words = rest[..end].split_whitespace();
            // What a shell or a template puts in is no option.
            let words = words.take_while(|word| !word.contains("${") && !word.contains("$[["));
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
    let texts = texts.map(|block| block.text);
    let files = [RUN, "deploy/jenkins/Jenkinsfile"].into_iter().chain(FILES);
    let texts = texts.chain(files.map(|name| fs::read_to_string(file(name)).unwrap()));
    let commands: Vec<Vec<String>> = texts.flat_map(|text| commands(&text)).collect();
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        Portcheck::new(&[&["run"], &words[..], &["--help"]].concat())
            .prints_anything()
            .run();
    }
}

/// The schema that a system's own people keep, and the files that it judges.
const SCHEMAS: [(&str, &[&str]); 5] = [
    ("vendor.github-actions", &[ACTION]),
    (
        "vendor.github-workflows",
        &[
            ".github/workflows/ci.yml",
            ".github/workflows/example.yml",
            ".github/workflows/release.yml",
        ],
    ),
    (
        "vendor.github-issue-forms",
        &[
            ".github/ISSUE_TEMPLATE/other.yml",
            ".github/ISSUE_TEMPLATE/wrong-answer.yml",
        ],
    ),
    (
        "vendor.github-issue-config",
        &[".github/ISSUE_TEMPLATE/config.yml"],
    ),
    ("vendor.azure-pipelines", &["deploy/azure/portcheck.yml"]),
];

fn judge(command: &mut Command) {
    if let Some(answer) = answer(command) {
        let said = String::from_utf8_lossy(&answer.stdout);
        let more = String::from_utf8_lossy(&answer.stderr);
        assert!(answer.status.success(), "{said}{more}");
    }
}

#[test]
fn recipes_are_what_the_schemas_of_their_systems_say() {
    for (schema, files) in SCHEMAS {
        let files = files.iter().map(|name| file(name));
        let schema = ["--builtin-schema", schema];
        judge(Command::new("check-jsonschema").args(schema).args(files));
    }
}

#[test]
fn the_job_of_the_gitlab_component_is_what_the_schema_of_gitlab_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("job.yml");
    let component = fs::read_to_string(file("deploy/gitlab/portcheck.yml")).unwrap();
    let (_, job) = component.split_once("\n---\n").unwrap();
    fs::write(&path, job).unwrap();
    let schema = ["--builtin-schema", "vendor.gitlab-ci"];
    judge(Command::new("check-jsonschema").args(schema).arg(path));
}

#[test]
fn the_jobs_for_kubernetes_are_what_its_own_schema_says() {
    let files = ["cronjob", "job"].map(|name| file(&format!("deploy/kubernetes/{name}.yml")));
    judge(
        Command::new("kubernetes-validate")
            .arg("--strict")
            .args(files),
    );
}
