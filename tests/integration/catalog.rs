//! `catalog`: the mistakes of a file, each with its place; catalogs to begin with; what the
//! documentation says of them.

use std::fs;

use serde_json::Value;

use crate::Portcheck;

const DOCUMENTATION: &str = include_str!("../../docs/catalogs.md");

/// The blocks of the documentation in that language.
fn blocks(language: &str) -> Vec<&'static str> {
    let mut blocks = Vec::new();
    for part in DOCUMENTATION.split("\n```").skip(1).step_by(2) {
        blocks.extend(part.strip_prefix(&format!("{language}\n")));
    }
    blocks
}

/// A folder with a file, and that file.
fn written(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn the_examples_of_the_documentation_have_no_mistake() {
    let examples = blocks("yaml");
    assert_eq!(examples.len(), 3);
    for example in examples {
        let (_folder, path) = written("example.yaml", example);
        let printed = Portcheck::new(&["catalog", "lint", &path])
            .prints_anything()
            .run();
        assert!(printed.stdout.starts_with("ok: "), "{}", printed.stdout);
    }
    let begun = Portcheck::new(&["catalog", "init"]).prints_anything().run();
    let last = blocks("yaml").pop().unwrap();
    assert_eq!(
        begun.stdout.trim_end(),
        last.trim_end(),
        "the one that `init` prints"
    );
}

#[test]
fn the_documentation_explains_every_key() {
    fn keys(schema: &Value, missing: &mut Vec<String>) {
        let entries = schema["properties"].as_object().into_iter().flatten();
        for (name, value) in entries {
            let about = value["description"]
                .as_str()
                .unwrap_or_default()
                .replace('|', "\\|");
            if !DOCUMENTATION.contains(&format!("| `{name}` | {about}")) {
                missing.push(format!("{name}: {about}"));
            }
            for inner in [value, &value["items"], &value["additionalProperties"]] {
                keys(inner, missing);
            }
        }
    }
    let printed = Portcheck::new(&["catalog", "schema"])
        .prints_anything()
        .run();
    let schema: Value = serde_json::from_str(&printed.stdout).unwrap();
    let mut missing = Vec::new();
    keys(&schema["then"], &mut missing);
    keys(&schema["else"], &mut missing);
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn a_table_of_ports_becomes_a_catalog_that_can_be_run() {
    let table = blocks("csv").pop().unwrap();
    let (folder, path) = written("ports.csv", table);
    let made = folder.path().join("made.yaml");
    let made = made.to_str().unwrap();
    Portcheck::new(&["catalog", "init", "--from", &path, "--output", made])
        .tells(&format!(
            "wrote `{made}`; `portcheck catalog lint` checks it once you have filled it in\n"
        ))
        .run();
    Portcheck::new(&["catalog", "lint", made])
        .prints(&format!("ok: {made}: 4 rules, 2 profiles\n"))
        .run();
    let plan = [
        "plan",
        "--catalog",
        made,
        "--format=json",
        "-p",
        "ports-users",
    ];
    let printed = Portcheck::new(&[&plan[..], &["--set", "domain_controllers=dc1,dc2"]].concat())
        .prints_anything()
        .run();
    let plan: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(
        plan["checks"].as_array().unwrap().len(),
        8,
        "two ports over two transports at two hosts"
    );
    let (_folder, path) = written("bad.csv", "a,b,x,tcp\na,,1,tcp\n");
    Portcheck::new(&["catalog", "init", "--from", &path])
        .exits(2)
        .tells(&format!(
            "error: `x` are no ports
 --> {path}:1:1
1 | a,b,x,tcp
  | ^^^^^^^^^
help: write `443`, `80,443` or `8000-8010`

error: the row says no destination
 --> {path}:2:1
2 | a,,1,tcp
  | ^^^^^^^^
"
        ))
        .run();
}

#[test]
fn three_keys_add_a_check_to_a_profile_that_there_is() {
    let text =
        "extend: looker-server\nrules:\n  - host: acme.snowflakecomputing.com\n    port: 443\n";
    let (_folder, path) = written("own.yaml", text);
    Portcheck::new(&["catalog", "lint", &path])
        .prints(&format!("ok: {path}: 1 rule, added to 1 profile\n"))
        .run();
    let plan = [
        "plan",
        "--catalog",
        &path,
        "-p",
        "looker-server",
        "--format=json",
    ];
    let printed = Portcheck::new(&[&plan[..], &["--only", "own.*"]].concat())
        .prints_anything()
        .run();
    let plan: Value = serde_json::from_str(&printed.stdout).unwrap();
    assert_eq!(
        plan["checks"][0]["rule"],
        "own.acme-snowflakecomputing-com.443"
    );
    assert_eq!(plan["probes"][0]["host"], "acme.snowflakecomputing.com");
    let explained = Portcheck::new(&[
        "explain",
        "own.acme-snowflakecomputing-com.443",
        "--catalog",
        &path,
    ])
    .prints_anything()
    .run();
    assert!(
        explained.stdout.contains("acme.snowflakecomputing.com"),
        "{}",
        explained.stdout
    );
    let (_folder, path) = written(
        "own.yaml",
        "extend: looker-sever\nrules: [{host: a.example, port: 1}]\n",
    );
    Portcheck::new(&["catalog", "lint", &path])
        .exits(2)
        .tells(&format!(
            "error: unknown profile `looker-sever`\n --> {path}\nhelp: did you mean `looker-server`?\n"
        ))
        .run();
}

#[test]
fn a_third_product_needs_no_rust() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/catalogs/good/kubernetes.yaml"
    );
    Portcheck::new(&["catalog", "lint", path])
        .prints(&format!("ok: {path}: 6 rules, 2 profiles\n"))
        .run();
    let plan = [
        "plan",
        "--format=json",
        "--catalog",
        path,
        "-p",
        "kubernetes-control-plane",
        "--set=control_plane=cp1,cp2",
        "--set=workers=w1",
    ];
    let printed = Portcheck::new(&plan).prints_anything().run();
    let plan: Value = serde_json::from_str(&printed.stdout).unwrap();
    let checks = plan["checks"].as_array().unwrap().iter();
    let rules: Vec<&str> = checks
        .map(|check| check["rule"].as_str().unwrap())
        .collect();
    assert_eq!(
        rules,
        [
            "kubernetes.control-plane.etcd",
            "kubernetes.control-plane.etcd",
            "kubernetes.control-plane.kubelet",
            "kubernetes.control-plane.kubelet",
            "kubernetes.workers.kubelet",
        ]
    );
}

#[test]
fn what_stands_in_a_catalog_in_vain_is_warned_of() {
    let example = Portcheck::new(&["catalog", "init"]).prints_anything().run();
    let text = example
        .stdout
        .replace("rules: [\"acme.*\"]", "rules: [\"acme.o*\"]")
        .replace("  vendor: {", "  idle: {about: nobody}\n  vendor: {")
        .replace(
            "  nodes: {about: the nodes of a cluster, kind",
            "  idle: {about: x, kind: host}\n  nodes: {about: the nodes of a cluster, kind",
        );
    let (_folder, path) = written("a.yaml", &text);
    Portcheck::new(&["catalog", "lint", &path])
        .prints(&format!("ok: {path}: 3 rules, 1 profile\n"))
        .tells(&format!(
            "warning: {path}: no profile selects rule `acme.cluster.gossip`
warning: {path}: nothing uses variable `idle`
warning: {path}: nothing uses group `idle`
"
        ))
        .run();
}

#[test]
fn the_built_in_catalogs_have_no_mistake() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/catalogs");
    let looker = format!("{folder}/looker.yaml");
    let thoughtspot = format!("{folder}/thoughtspot.yaml");
    Portcheck::new(&["catalog", "lint", &looker, &thoughtspot])
        .prints(&format!(
            "ok: {looker}: 34 rules, 5 profiles\nok: {thoughtspot}: 104 rules, 8 profiles\n"
        ))
        .run();
}

#[test]
fn each_mistake_is_shown_at_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.yaml");
    fs::write(&path, "catalog: bad\nprots: 1\n").unwrap();
    let path = path.to_str().unwrap();
    let printed = Portcheck::new(&["catalog", "lint", path])
        .exits(2)
        .tells_anything()
        .run();
    assert!(
        printed
            .stderr
            .contains(&format!("error: unknown key `prots`\n --> {path}:2:1\n")),
        "{}",
        printed.stderr
    );
}

#[test]
fn a_file_that_is_not_there_is_a_mistake() {
    Portcheck::new(&["catalog", "lint", "/no/such.yaml"])
        .exits(2)
        .tells("error: there is no such file\n --> /no/such.yaml\n")
        .run();
}

#[test]
fn the_schema_is_json() {
    let printed = Portcheck::new(&["catalog", "schema"])
        .prints_anything()
        .run();
    let schema: serde_json::Value = serde_json::from_str(&printed.stdout).unwrap();
    assert!(schema.is_object());
}
