use std::{
    fs::{self, File},
    path::PathBuf,
};

use proptest::{prelude::*, test_runner::Config};
use serde_json::{Value as Json, json};

use super::*;
use crate::net::{Host, Ports, Protocol, Transport};

/// A catalog with one rule and nothing wrong with it.
const GOOD: &str = r#"catalog: acme
title: Acme
pages:
  ports: {title: Ports, read: 2026-11-20}
sections:
  outbound: {page: ports, title: Outbound, heading: Nodes to the internet}
groups:
  nodes: {about: cluster nodes, bound-by: nodes}
  vendor: {about: the vendor's services}
variables:
  nodes: {about: the cluster's nodes, kind: hosts, flag: --node}
  instance: {about: the instance's name, kind: label}
  release: {about: the release, kind: version}
features:
  ipsec: {about: IPsec between nodes, default: false}
profiles:
  acme-node: {about: what a node needs, from: nodes, rules: ["acme.*"], with: [ipsec], alias: acme-all}
rules:
  - id: acme.updates
    section: outbound
    stated: {host: "*.acme.example", port: "443", protocol: TCP}
    level: mandatory
    version: {variable: release, from: "23.8", before: "23.10"}
    from: nodes
    to: vendor
    host: "*.acme.example"
    witness: Acme.Example
    port: 443
    transports: [tcp, udp]
    protocol: https
    service: Updates
    purpose: Fetches updates
"#;

fn good() -> Catalog {
    Catalog::parse("acme.yaml", GOOD).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

/// What is said of [`GOOD`] with `old` replaced by `new`.
fn said(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    let changed = GOOD.replacen(old, new, 1);
    Catalog::parse("acme.yaml", &changed)
        .unwrap_err()
        .to_string()
}

#[test]
fn the_embedded_catalogs_have_no_mistake() {
    let catalogs = embedded::catalogs().unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let names: Vec<&str> = catalogs.iter().map(|catalog| &*catalog.name).collect();
    assert_eq!(names, ["looker", "thoughtspot"]);
}

#[test]
fn a_product_says_what_it_does_in_a_way_of_its_own() {
    let own = "product: {trust-store: import it there, proxy: \"its own, acme.proxy\"}\ngroups:\n";
    let written = GOOD.replacen("groups:\n", own, 1);
    let catalog = Catalog::parse("acme.yaml", &written).unwrap();
    let expected = Product {
        trust_store: Some("import it there".into()),
        proxy: Some("its own, acme.proxy".into()),
    };
    assert_eq!(*catalog.product, expected);
    assert_eq!(*good().product, Product::default());
}

#[test]
fn a_rule_means_what_it_says() {
    let expected = Rule {
        id: "acme.updates".into(),
        catalog: "acme".into(),
        source: Source {
            file: "acme.yaml".into(),
            page: "ports".into(),
            section: "Outbound".into(),
            heading: "Nodes to the internet".into(),
            read: "2026-11-20".into(),
            line: 19,
        },
        stated: Stated {
            host: "*.acme.example".into(),
            port: "443".into(),
            protocol: "TCP".into(),
            ..Stated::default()
        },
        read_as: ReadAs::default(),
        level: Level::Mandatory,
        feature: None,
        unless: None,
        own: None,
        version: Some(VersionRange {
            variable: "release".into(),
            from: "23.8".parse().ok(),
            before: "23.10".parse().ok(),
        }),
        from: "nodes".into(),
        to: "vendor".into(),
        target: Target::Wildcard {
            pattern: "*.acme.example".into(),
            witness: Host::Name("acme.example".into()),
        },
        variable: None,
        ports: Ports::One("443".parse().unwrap()),
        transports: vec![Transport::Tcp, Transport::Udp],
        protocol: Protocol::Https,
        expect: None,
        pki: None,
        via: None,
        starttls: None,
        any_of: None,
        falls_back_to: None,
        withdrawn: None,
        outside: Vec::new(),
        reverse: None,
        service: "Updates".into(),
        purpose: "Fetches updates".into(),
        note: None,
    };
    assert_eq!(good().rules, [expected]);
}

#[test]
fn a_profile_takes_over_the_rules_and_features_of_those_it_includes() {
    let more = "profiles:\n  acme-more: {about: more, from: nodes, include: [acme-node]}\n";
    let text = GOOD.replacen("profiles:\n", more, 1);
    let catalog = Catalog::parse("acme.yaml", &text).unwrap();
    let profile = catalog.profile("acme-more").unwrap();
    assert_eq!(profile.rules, ["acme.updates"]);
    assert_eq!(profile.with, ["ipsec"]);
    assert_eq!(catalog.profile("acme-all").unwrap().name, "acme-node");
}

/// The head of a bad file: `# LINE:COLUMN: MESSAGE`, and `# help: HELP` where there is one.
fn head(mistake: &Mistake) -> String {
    let place = mistake.place.as_ref();
    let place = place.map_or_else(String::new, |at| format!("{}:{}: ", at.line, at.column));
    let help = mistake.help.as_ref();
    let help = help.map_or_else(String::new, |help| format!("# help: {help}\n"));
    format!("# {place}{}\n{help}", mistake.message)
}

#[test]
fn every_bad_file_has_the_one_mistake_that_its_head_tells() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/catalogs/bad");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let mistakes = Catalog::read_file(&path).unwrap_err();
        let heads: Vec<String> = mistakes.iter().map(head).collect();
        let is_told = heads.len() == 1 && text.starts_with(&heads[0]);
        assert!(is_told, "{}: {heads:#?}", path.display());
        count += 1;
    }
    assert!(count > 70, "{count}");
}

#[test]
fn all_mistakes_of_a_file_are_told_in_its_order() {
    let text = GOOD
        .replace("    port: 443\n", "    prots: 443\n    port: 70000\n")
        .replace("from: \"23.8\"", "from: 23.8")
        .replace("to: vendor", "to: vendr")
        .replace("title: Acme\n", "title: [Acme]\ntitle: Again\n")
        .replace("    service: Updates\n", "");
    let mistakes = Catalog::parse("acme.yaml", &text).unwrap_err();
    assert_eq!(mistakes.count(), 7);
    assert_eq!(
        mistakes.to_string(),
        r#"error: got a list, expected text
 --> acme.yaml:2:8
2 | title: [Acme]
  |        ^

error: duplicate key `title`
 --> acme.yaml:3:1
3 | title: Again
  | ^^^^^
help: it is first given in line 2

error: missing key `service`
 --> acme.yaml:20:5
20 |   - id: acme.updates
   |     ^^

error: the release `23.8` is not quoted, so it reads as the number `23.8`
 --> acme.yaml:24:40
24 |     version: {variable: release, from: 23.8, before: "23.10"}
   |                                        ^^^^
help: quote it: `"23.8"`

error: unknown group `vendr`
 --> acme.yaml:26:9
26 |     to: vendr
   |         ^^^^^
help: did you mean `vendor`?

error: unknown key `prots`
 --> acme.yaml:29:5
29 |     prots: 443
   |     ^^^^^
help: did you mean `ports`?

error: got the number `70000`, expected a port from 1 to 65535
 --> acme.yaml:30:11
30 |     port: 70000
   |           ^^^^^"#
    );
}

#[test]
fn places_are_exact_in_nested_flow_maps_and_behind_odd_characters() {
    let new = "ipsec: {about: \"ü\\n日\", default:   no, x: {a: b}}";
    assert_eq!(
        said("ipsec: {about: IPsec between nodes, default: false}", new),
        "error: got text `no`, expected `true` or `false`
 --> acme.yaml:15:37
15 |   ipsec: {about: \"ü\\n日\", default:   no, x: {a: b}}
   |                                     ^^
help: write `false`

error: unknown key `x`
 --> acme.yaml:15:41
15 |   ipsec: {about: \"ü\\n日\", default:   no, x: {a: b}}
   |                                         ^
help: expected `about`, `default` or `set-by`"
    );
    assert_eq!(
        said("title: Acme\n", "title: \"Ac\n  me\"\nx: 'y\n\n  z'\r\n"),
        "error: unknown key `x`
 --> acme.yaml:4:1
4 | x: 'y
  | ^"
    );
}

#[test]
fn a_hostile_line_is_shown_harmless_and_cut() {
    let long = format!("{}: \u{202e}", "k".repeat(300));
    assert_eq!(
        said("title: Acme\n", &format!("title: Acme\n{long}\n")),
        format!(
            "error: unknown key `{}…`\n --> acme.yaml:3:1\n3 | {}…\n  | {}",
            "k".repeat(200),
            "k".repeat(100),
            "^".repeat(101)
        )
    );
    assert_eq!(
        said(
            "title: Acme\n",
            &format!("title:\t{}\u{202e}\u{1b}[31m\n", "k".repeat(100))
        ),
        format!(
            "error: the character `\\x1b` may not stand here\n --> acme.yaml:2:109\n2 | …{}\\u{{202e}}\\x1b[31m\n  | {}^",
            "k".repeat(99),
            " ".repeat(108)
        )
    );
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let told = |name: &str| {
        let path = folder.path().join(name);
        let shown = Catalog::read_file(&path).unwrap_err().to_string();
        shown.replace(&path.display().to_string(), "FILE")
    };
    assert_eq!(told("none"), "error: there is no such file\n --> FILE");
    assert_eq!(
        told(""),
        "error: got a directory, expected a file\n --> FILE"
    );
    let big = File::create(folder.path().join("big")).unwrap();
    big.set_len(100 * 1024 * 1024).unwrap();
    assert_eq!(
        told("big"),
        "error: the file is too big, expected at most 1048576 bytes (1 MiB)\n --> FILE"
    );
    assert_eq!(
        Catalog::parse("FILE", &" ".repeat(1024 * 1024 + 1))
            .unwrap_err()
            .to_string(),
        told("big")
    );
}

#[test]
fn a_thousand_mistakes_are_shown_and_the_rest_are_counted() {
    let keys: Vec<String> = (0..3_000)
        .map(|number| format!("wrong{number}: x\n"))
        .collect();
    let many = keys.concat();
    let mistakes = Catalog::parse("acme.yaml", &(many + GOOD)).unwrap_err();
    assert_eq!(mistakes.count(), 3_000);
    assert_eq!(mistakes.iter().count(), 1_000);
    assert!(
        mistakes
            .to_string()
            .ends_with("\n\nerror: 2000 more mistakes\n --> acme.yaml")
    );
}

#[test]
fn a_long_chain_of_includes_ends() {
    let link = |number: i32| {
        let next = number + 1;
        format!("  p{number}: {{about: x, from: nodes, include: [p{next}]}}\n")
    };
    let chain: String = (0..5_000).map(link).collect();
    let text = GOOD.replace("  acme-node:", &(chain + "  acme-node:"));
    assert!(Catalog::parse("acme.yaml", &text).is_err());
}

#[test]
fn a_joined_catalog_replaces_what_has_the_same_name_and_keeps_its_place() {
    let mut catalogs = Catalogs::default();
    catalogs.join(good()).unwrap();
    let text = GOOD
        .replace("port: 443\n", "port: 8443\n")
        .replace("acme-node:", "acme-other:")
        .replace("alias: acme-all", "alias: acme-node");
    catalogs
        .join(Catalog::parse("mine.yaml", &text).unwrap())
        .unwrap();
    let rule = catalogs.rule("acme.updates").unwrap();
    assert_eq!(
        (rule.ports.to_string(), &*rule.source.file),
        ("8443".into(), "mine.yaml")
    );
    assert_eq!(
        catalogs
            .iter()
            .map(|catalog| catalog.rules.len())
            .sum::<usize>(),
        1
    );
    let names: Vec<&str> = catalogs.profile_names().collect();
    assert_eq!(names, ["acme-other", "acme-node"]);
    assert_eq!(catalogs.profile("acme-node").unwrap().1.name, "acme-other");
}

#[test]
fn a_joined_catalog_may_not_give_a_variable_another_kind() {
    let mut catalogs = Catalogs::default();
    catalogs.join(good()).unwrap();
    let text = GOOD
        .replace("acme", "evil")
        .replace("Acme.Example", "evil.example")
        .replace(
            "instance: {about: the instance's name, kind: label}",
            "instance: {about: x, kind: host}",
        );
    let mistakes = catalogs
        .join(Catalog::parse("evil.yaml", &text).unwrap())
        .unwrap_err();
    assert_eq!(
        mistakes.to_string(),
        "error: variable `instance` is of kind `host` here and of kind `label` in `acme.yaml`
 --> evil.yaml
help: give the variable another name"
    );
}

#[test]
fn features_and_variables_are_found_with_either_joint() {
    let mut catalogs = Catalogs::default();
    let text = GOOD
        .replace("ipsec", "ip-sec")
        .replace("release", "acme_release");
    catalogs
        .join(Catalog::parse("acme.yaml", &text).unwrap())
        .unwrap();
    assert_eq!(catalogs.feature("ip_sec").unwrap().0, "ip-sec");
    assert_eq!(catalogs.variable("acme-release").unwrap().0, "acme_release");
    assert_eq!(catalogs.variable("acme.release"), None);
}

/// Everything in `value` that the schema does not allow, by the words our schemas use.
fn faults(schema: &Json, value: &Json, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let is_type = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64(),
        _ => false,
    };
    if schema["type"].as_str().is_some_and(|name| !is_type(name)) {
        faults.push(format!("{path}: type"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
    {
        faults.push(format!("{path}: enum"));
    }
    if schema["maximum"]
        .as_u64()
        .is_some_and(|most| value.as_u64().is_some_and(|own| own > most))
    {
        faults.push(format!("{path}: maximum"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        faults.extend(self::faults(
            &schema["items"],
            item,
            &format!("{path}[{index}]"),
        ));
    }
    for (key, item) in value.as_object().into_iter().flatten() {
        let path = format!("{path}.{key}");
        match (&schema["properties"][key], &schema["additionalProperties"]) {
            (Json::Null, Json::Bool(false)) => faults.push(format!("{path}: unknown")),
            (Json::Null, other) => faults.extend(self::faults(other, item, &path)),
            (known, _) => faults.extend(self::faults(known, item, &path)),
        }
    }
    for due in schema["required"].as_array().into_iter().flatten() {
        if value.get(due.as_str().unwrap()).is_none() {
            faults.push(format!("{path}: {due}"));
        }
    }
    faults
}

#[test]
fn the_schema_allows_the_embedded_catalogs_and_tells_wrong_shapes() {
    let schema = json_schema()["else"].take();
    for (file, text) in embedded::FILES {
        let value: Json = serde_saphyr::from_str(text).unwrap();
        assert_eq!(faults(&schema, &value, file), [""; 0]);
    }
    let text = GOOD.replace("port: 443\n", "prot: 70000\n    port: 70000\n");
    let value: Json = serde_saphyr::from_str(&text.replace("    level: mandatory\n", "")).unwrap();
    assert_eq!(
        faults(&schema, &value, ""),
        [
            ".rules[0].port: maximum",
            ".rules[0].prot: unknown",
            ".rules[0]: \"level\""
        ]
    );
    assert_eq!(
        json_schema()["$schema"],
        json!("https://json-schema.org/draft/2020-12/schema")
    );
}

#[test]
fn what_was_probably_meant_is_shown_harmless() {
    let told = said(
        "  nodes: {about: cluster nodes",
        "  \"node\\e[31m\": {about: cluster nodes",
    );
    assert!(
        told.contains(r"help: expected `node\x1b[31m` or `vendor`"),
        "{told}"
    );
    assert!(!told.contains('\u{1b}'), "{told:?}");
}

#[test]
fn every_key_is_written_out_in_a_catalog_that_reads() {
    let text = include_str!("../../tests/catalogs/good/every-key.yaml");
    Catalog::parse("every-key.yaml", text).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let schema = json_schema()["else"].take();
    let value: Json = serde_saphyr::from_str(text).unwrap();
    assert_eq!(
        keys::tests::used(&schema, &value),
        keys::tests::declared(&schema)
    );
}

#[test]
fn every_example_of_a_key_has_the_key_s_form() {
    let text = keys::template(CatalogKeys::KEYS, "");
    let mistakes = yaml::parse("template", &text, |root, reporter| {
        CatalogKeys::of_mapping(root, reporter);
    });
    assert_eq!(mistakes.map_err(|mistakes| mistakes.to_string()), Ok(()));
    let value: Json = serde_saphyr::from_str(&text).unwrap();
    let schema = json_schema()["else"].take();
    assert_eq!(
        keys::tests::used(&schema, &value),
        keys::tests::declared(&schema)
    );
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
        let text = String::from_utf8_lossy(&bytes);
        if let Err(mistakes) = Catalog::parse("f", &text) {
            prop_assert!(mistakes.to_string().starts_with("error: "));
        }
    }

    #[test]
    fn no_scribble_in_yaml_makes_the_reader_panic(text in "[-a:\\[\\]{}&*!|>'\"%@#?, \n\t0.<]{0,60}") {
        let _ = Catalog::parse("f", &text).map_err(|mistakes| mistakes.to_string());
    }

    #[test]
    fn no_scribble_in_a_catalog_makes_the_reader_panic(
        at in 0..GOOD.len(),
        length in 0..40_usize,
        scribble in "[-a:\\[\\]{}&*\"<> \n0.é]{0,6}",
    ) {
        let mut text = GOOD.to_owned();
        text.replace_range(at..(at + length).min(GOOD.len()), &scribble);
        let _ = Catalog::parse("f", &text).map_err(|mistakes| mistakes.to_string());
    }
}
