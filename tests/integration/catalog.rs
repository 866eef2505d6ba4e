//! `catalog lint`: the mistakes of a file, each with its place.

use std::fs;

use crate::Portcheck;

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
