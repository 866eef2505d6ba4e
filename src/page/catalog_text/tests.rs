//! A small catalog as text and as JSON.

use serde_json::{Value, json};

use super::*;
use crate::{
    diagnose::Cause,
    page::{explain_cause, explain_list, explain_rule, export_json},
};

const DEMO: &str = r#"catalog: demo
title: Demo ports
pages:
  ports: {title: Ports, url: "https://docs.example/ports", read: 2026-11-20, updated: 2025-07-22}
sections:
  outside: {page: ports, title: Outside}
groups:
  nodes: {about: cluster nodes, bound-by: nodes}
  vendor: {about: the vendor's services}
variables:
  nodes: {about: the nodes, kind: hosts, flag: --node}
  proxy_host: {about: another host, kind: host}
  release: {about: the release, kind: version}
features:
  ipsec: {about: nodes encrypt what they say, default: false}
profiles:
  demo-node: {about: what a node needs, from: nodes, rules: ["demo.*"], with: [ipsec], alias: demo-all}
rules:
  - id: demo.git
    section: outside
    stated: {host: "*.github.com", port: "9418", protocol: TCP, direction: outbound}
    level: mandatory
    version: {variable: release, from: "23.10"}
    from: nodes
    to: vendor
    host: "*.github.com"
    witness: github.com
    variable: proxy_host
    port: 9418
    transports: [tcp]
    protocol: git
    withdrawn: {by: GitHub, since: 2022-03-15, instead: use https or ssh}
    outside: [{fact: the end of the service, source: github.blog}]
    service: Git
    purpose: Fetches what the marketplace offers, in a sentence that is so long that it has to be wrapped
    note: The page still lists it
  - id: demo.esp
    section: outside
    stated: {protocol: ESP}
    level: optional
    feature: ipsec
    from: nodes
    to: nodes
    transports: [esp]
    protocol: esp
    expect: path
    service: IPsec
    purpose: Carries what nodes encrypt
  - id: demo.range
    section: outside
    stated: {port: "20123 - 32768"}
    level: mandatory
    from: nodes
    to: nodes
    ports: {first: 20123, last: 32768}
    transports: [tcp]
    protocol: tcp
    service: Dynamic ports
    purpose: Serves what changes
"#;

fn demo() -> Catalog {
    Catalog::parse("demo.yaml", DEMO).unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn the_list_says_where_each_profile_is_run_and_what_for() {
    let shown = format!("\n{}", catalog_list(&[&demo()]));
    assert_eq!(
        shown,
        "
demo: Demo ports (3 rules, demo.yaml)
demo-node                         run from nodes                        3 rules
    what a node needs
"
    );
}

#[test]
fn a_profile_shows_its_rules_with_their_conditions() {
    let catalog = demo();
    let profile = catalog.profile("demo-all").unwrap();
    let shown = format!("\n{}", catalog_show_profile(&catalog, profile));
    assert_eq!(
        shown,
        "
demo-node (Demo ports)
what a node needs
run from: nodes (cluster nodes)
also called: demo-all
switches on: ipsec

mandatory, 2 rules
demo.git    *.github.com:9418/tcp, if release >= 23.10
demo.range  nodes:20123-32768/tcp

optional, 1 rule
demo.esp    nodes esp, if --with ipsec

portcheck explain RULE tells more
"
    );
}

#[test]
fn a_rule_is_explained_with_what_its_page_says() {
    let catalog = demo();
    let shown = format!("\n{}", explain_rule(&catalog, &catalog.rules[0]));
    assert_eq!(
        shown,
        r#"
demo.git (mandatory)

service     Git
for         Fetches what the marketplace offers, in a sentence that is so long
            that it has to be wrapped
from        nodes (cluster nodes)
to          vendor (the vendor's services)
endpoint    *.github.com:9418/tcp
checked     git, tried with github.com
if          release >= 23.10
instead     --set proxy_host=HOST[:PORT] replaces the host
withdrawn   by GitHub on 2022-03-15; use https or ssh

page says   host `*.github.com`, port `9418`, protocol `TCP`, direction
            `outbound`
note        The page still lists it
not on page the end of the service, from: github.blog

source      Ports, section "Outside", read 2026-11-20, last changed 2025-07-22
            https://docs.example/ports
catalog     demo.yaml, line 19
profiles    demo-node
"#
    );
}

#[test]
fn a_condition_is_explained_with_its_flag() {
    let catalog = demo();
    let text = explain_rule(&catalog, &catalog.rules[1]);
    assert!(
        text.contains("if          --with ipsec (nodes encrypt what they say; off by default)\n")
    );
    assert!(text.contains("endpoint    nodes esp\n"));
}

#[test]
fn a_cause_is_explained_by_its_row() {
    let shown = format!("\n{}", explain_cause(Cause::TcpRefused));
    assert_eq!(
        shown,
        "
tcp-refused

means       The connection is refused: nothing listens on the port, or a
            firewall answers in the host's name.
seen as     A TCP reset, or an ICMP port unreachable, in answer to the first
            packet (ECONNREFUSED). A closed port and a rejecting firewall look
            the same from here.
about       the port
who acts    the owner of the host or the network team
what to do  Start the service, or check that it listens on that port and on that
            address. If it does, ask the network team whether a firewall on the
            way rejects the connection.
source      RFC 9293 §3.5.2; connect(2), ECONNREFUSED
"
    );
}

#[test]
fn the_list_of_causes_has_every_code_and_fits_the_page() {
    let list = explain_list();
    for cause in Cause::ALL {
        assert!(
            list.contains(&format!("\n  {:<22}", cause.code())),
            "{cause}"
        );
        assert!(
            explain_cause(*cause)
                .lines()
                .all(|line| line.chars().count() <= 80)
        );
    }
    assert!(list.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn an_exported_rule_has_every_field_of_the_contract() {
    let value = export_json(&[&demo()]);
    assert_eq!(
        value[0],
        serde_json::from_str::<Value>(include_str!("tests/rule.json")).unwrap()
    );
    assert_eq!(value[1]["host"], Value::Null);
    assert_eq!(value[1]["port"], Value::Null);
    assert_eq!(value[1]["ports"], Value::Null);
    assert_eq!(value[1]["transports"], json!(["esp"]));
    assert_eq!(value[2]["ports"], json!({"first": 20123, "last": 32768}));
    assert_eq!(value[2]["port"], Value::Null);
}

#[test]
fn every_embedded_rule_is_exported_and_explained() {
    let catalogs = crate::catalog::embedded::catalogs().unwrap();
    let all: Vec<&Catalog> = catalogs.iter().collect();
    let rules: usize = all.iter().map(|catalog| catalog.rules.len()).sum();
    assert_eq!(export_json(&all).as_array().unwrap().len(), rules);
    let mut texts = vec![catalog_list(&all)];
    for catalog in all {
        texts.extend(catalog.rules.iter().map(|rule| explain_rule(catalog, rule)));
        texts.extend(
            catalog
                .profiles
                .iter()
                .map(|it| catalog_show_profile(catalog, it)),
        );
    }
    for line in texts.iter().flat_map(|text| text.lines()) {
        assert!(line.chars().count() <= 80, "{line}");
    }
}
