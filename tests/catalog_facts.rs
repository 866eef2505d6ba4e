//! The embedded catalogs, held to the audited facts of the vendors' pages, cell by cell.
//!
//! `facts.tsv` has a line for each requirement: what the page states, how it is graded
//! (`mandatory`, `optional`, or `conditional` on something a site says), and its profiles.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use portcheck::{
    catalog::{Catalog, Catalogs, Expect, Level, Pki, Rule, Target, VariableKind},
    net::Ports,
    plan::{CheckStep, Selection, build},
    site::{Binding, Origin, Site, Value},
};

const FACTS: &str = include_str!("facts.tsv");

struct Fact {
    cells: BTreeMap<&'static str, &'static str>,
}

impl Fact {
    fn cell(&self, column: &str) -> &'static str {
        self.cells[column]
    }
}

fn facts() -> Vec<Fact> {
    let mut lines = FACTS.lines();
    let header: Vec<&str> = lines.next().unwrap().split('\t').collect();
    let fact = |line: &'static str| {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), header.len(), "{line}");
        Fact {
            cells: header.iter().copied().zip(cells).collect(),
        }
    };
    lines.map(fact).collect()
}

fn catalogs() -> [Catalog; 2] {
    ["looker", "thoughtspot"].map(|name| {
        let file = format!("catalogs/{name}.yaml");
        let text = std::fs::read_to_string(&file).unwrap();
        Catalog::parse(&file, &text).unwrap_or_else(|mistakes| panic!("{mistakes}"))
    })
}

fn joined() -> Catalogs {
    let mut joined = Catalogs::default();
    for catalog in catalogs() {
        joined.join(catalog).unwrap();
    }
    joined
}

/// Calls `check` with each fact and its rule.
fn each(check: impl Fn(&Fact, &Rule)) {
    let catalogs = catalogs();
    for fact in facts() {
        let id = fact.cell("id");
        let mut rules = catalogs.iter().filter_map(|catalog| catalog.rule(id));
        check(
            &fact,
            rules.next().unwrap_or_else(|| panic!("no rule {id}")),
        );
    }
}

#[test]
fn every_fact_is_a_rule_and_every_rule_a_fact() {
    let facts = facts();
    assert_eq!(facts.len(), 138);
    let facts: BTreeSet<&str> = facts.iter().map(|fact| fact.cell("id")).collect();
    let catalogs = catalogs();
    let rules = catalogs.iter().flat_map(|catalog| &catalog.rules);
    let rules: BTreeSet<&str> = rules.map(|rule| rule.id.as_str()).collect();
    assert_eq!(rules, facts);
}

#[test]
fn what_a_page_states_is_kept_as_it_states_it() {
    each(|fact, rule| {
        let stated = &rule.stated;
        let kept = [
            &rule.source.page,
            &stated.host,
            &stated.requirement,
            &stated.protocol,
            &stated.direction,
            &stated.source,
            &stated.destination,
            &stated.condition,
            &stated.mark,
        ];
        let columns = "page host stated_requirement stated_protocol direction source destination \
                       condition mark";
        let columns: Vec<&str> = columns.split(' ').collect();
        let expected: Vec<&str> = columns.iter().map(|column| fact.cell(column)).collect();
        assert_eq!(kept.map(String::as_str).as_slice(), expected, "{}", rule.id);
        let beyond = rule.id.starts_with("looker.beyond.");
        let read = if beyond { "2026-11-25" } else { "2026-11-20" };
        assert_eq!(rule.source.read, read);
        // A page without a cell has none here either: what was read into it stands apart.
        assert!(stated.direction.is_empty() || rule.read_as.direction.is_empty());
        assert!(stated.source.is_empty() || rule.read_as.source.is_empty());
        assert!(stated.destination.is_empty() || rule.read_as.destination.is_empty());
    });
}

#[test]
fn ports_and_transports_are_those_of_the_facts() {
    each(|fact, rule| {
        let (first, last) = match rule.ports {
            Ports::None => (String::new(), String::new()),
            Ports::One(port) => (port.to_string(), port.to_string()),
            Ports::Range(range) => (range.first().to_string(), range.last().to_string()),
        };
        let expected = [fact.cell("port_first"), fact.cell("port_last")];
        if expected == ["", ""] && rule.ports != Ports::None {
            // The page writes none: it came from elsewhere, and the rule says so.
            let fact = format!("port {first}");
            assert!(
                rule.outside.iter().any(|outside| outside.fact == fact),
                "{}",
                rule.id
            );
        } else {
            assert_eq!([first.as_str(), last.as_str()], expected, "{}", rule.id);
        }
        let transports: Vec<&str> = rule.transports.iter().map(|one| one.word()).collect();
        assert_eq!(transports.join("+"), fact.cell("transports"), "{}", rule.id);
    });
}

#[test]
fn hosts_are_those_of_the_facts_or_marked_as_taken_from_elsewhere() {
    each(|fact, rule| {
        let host = match &rule.target {
            Target::Group => String::new(),
            Target::Host(host) => host.to_string(),
            Target::Wildcard { pattern, .. } => pattern.clone(),
            Target::Placeholder { template, .. } => template.clone(),
        };
        if host != fact.cell("host") {
            let fact = format!("host {host}");
            assert!(
                rule.outside.iter().any(|outside| outside.fact == fact),
                "{}",
                rule.id
            );
        }
    });
}

#[test]
fn levels_are_the_pages_and_conditions_are_features_or_releases() {
    each(|fact, rule| {
        let id = rule.id.as_str();
        let conditional = [&rule.feature, &rule.unless, &rule.own]
            .iter()
            .any(|condition| condition.is_some())
            || rule.version.is_some();
        let level = match fact.cell("requirement") {
            "mandatory" => Level::Mandatory,
            "optional" => Level::Optional,
            "conditional" => {
                assert!(conditional, "{id} has no condition");
                Level::Mandatory
            }
            other => panic!("{id}: {other}"),
        };
        assert_eq!(rule.level, level, "{id}");
    });
}

#[test]
fn profiles_are_those_of_the_facts() {
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for fact in facts() {
        for profile in fact.cell("profiles").split(' ') {
            let rules = expected.entry(profile.to_owned()).or_default();
            rules.insert(fact.cell("id").to_owned());
        }
    }
    let catalogs = catalogs();
    let profiles = catalogs.iter().flat_map(|catalog| &catalog.profiles);
    let profiles: BTreeMap<String, BTreeSet<String>> = profiles
        .map(|profile| {
            (
                profile.name.clone(),
                profile.rules.iter().cloned().collect(),
            )
        })
        .collect();
    assert_eq!(profiles.len(), 13);
    assert_eq!(profiles, expected);
}

#[test]
fn a_profile_starts_what_it_checks_except_the_row_with_two_flows() {
    for catalog in catalogs() {
        for profile in &catalog.profiles {
            for rule in profile.rules.iter().filter_map(|id| catalog.rule(id)) {
                let reverse = rule.reverse.as_ref().map(|reverse| reverse.from.as_str());
                let starts = rule.from == profile.from || reverse == Some(&profile.from);
                assert!(starts, "{}: {}", profile.name, rule.id);
            }
        }
    }
}

#[test]
fn a_plan_tells_what_becomes_of_every_rule_of_its_profile() {
    let catalogs = joined();
    for profile in catalogs.iter().flat_map(|catalog| &catalog.profiles) {
        let selection = Selection {
            profiles: vec![profile.name.clone()],
            ..Selection::default()
        };
        let plan = build(&catalogs, &Site::default(), &selection).unwrap();
        let checked = plan.checks.iter().map(|check| check.rule.as_str());
        let told: BTreeSet<&str> = checked
            .chain(plan.off.iter().map(|off| off.rule.as_str()))
            .collect();
        let rules: BTreeSet<&str> = profile.rules.iter().map(String::as_str).collect();
        assert_eq!(told, rules, "{}", profile.name);
    }
}

/// What becomes of a rule in a plan: the endpoint that is tried, the flag that is asked for, or why
/// it is off.
fn becomes(profile: &str, id: &str, site: &Site) -> String {
    let selection = Selection {
        profiles: vec![profile.to_owned()],
        ..Selection::default()
    };
    let plan = build(&joined(), site, &selection).unwrap();
    if let Some(off) = plan.off.iter().find(|off| off.rule == id) {
        return format!("{:?}", off.reason);
    }
    let check = plan.checks.iter().find(|check| check.rule == id).unwrap();
    match &check.step {
        CheckStep::NotConfigured { flag, .. } => flag.to_string(),
        _ => check.bound_host().unwrap().to_string(),
    }
}

/// A site that says of features whether they are on.
fn site_with(features: &[(&str, bool)]) -> Site {
    let mut site = Site::default();
    for (feature, is_on) in features {
        site.features.insert((*feature).to_owned(), *is_on);
        site.said.insert((*feature).to_owned());
    }
    site
}

#[test]
fn a_service_of_ones_own_is_asked_for_and_not_dropped() {
    let own = site_with(&[("own-smtp", true), ("own-git", true)]);
    for (profile, id, flag, host) in [
        (
            "looker-server",
            "looker.current.email",
            "smtp_relay",
            "smtp.sendgrid.net",
        ),
        (
            "looker-server",
            "looker.current.lookml",
            "git_host",
            "github.com",
        ),
        (
            "looker-legacy",
            "looker.legacy.email",
            "smtp_relay",
            "smtp.sendgrid.net",
        ),
        (
            "looker-legacy",
            "looker.legacy.github",
            "git_host",
            "github.com",
        ),
    ] {
        assert_eq!(becomes(profile, id, &Site::default()), host);
        let asked = format!("--set {flag}=HOST[:PORT]");
        assert_eq!(becomes(profile, id, &own), asked);
        let mut known = own.clone();
        let binding = Binding {
            value: Value::parse(VariableKind::Host, "mine.example:2222").unwrap(),
            origin: Origin::Default,
        };
        known.values.insert(flag.to_owned(), binding);
        assert_eq!(becomes(profile, id, &known), "mine.example");
    }
}

#[test]
fn only_who_hosts_looker_can_do_without_its_content_network() {
    let without = site_with(&[("cdn", false)]);
    for id in ["looker.current.cdn-a", "looker.current.cdn-b"] {
        assert!(becomes("looker-hosted", id, &without).ends_with(".lookercdn.com"));
        assert_eq!(becomes("looker-browser", id, &without), r#"Without("cdn")"#);
    }
    let asked = "--set instance_name=NAME, or --set looker_public_host=HOST[:PORT]";
    for profile in ["looker-hosted", "looker-browser"] {
        assert_eq!(
            becomes(profile, "looker.beyond.instance", &Site::default()),
            asked
        );
    }
}

#[test]
fn nothing_is_expected_to_listen_on_nodes_and_vendors_show_public_chains() {
    for rule in catalogs().iter().flat_map(|catalog| &catalog.rules) {
        if rule.to == "nodes" {
            let path = rule.from == "nodes" || rule.expect == Some(Expect::Path);
            assert!(path, "{}", rule.id);
        }
        if rule.protocol.starts_with_tls() {
            let expected = if rule.to == "vendor" {
                Pki::Public
            } else {
                Pki::Any
            };
            assert_eq!(rule.pki, Some(expected), "{}", rule.id);
        }
    }
}

#[test]
fn the_rows_that_need_care_get_it() {
    let joined = joined();
    let rule = |id: &str| joined.rule(id).unwrap_or_else(|| panic!("no rule {id}"));
    let any_of = |id: &str| rule(id).any_of.as_deref();
    assert_eq!(
        any_of("thoughtspot.cluster.389"),
        Some("thoughtspot.cluster.ldap")
    );
    assert_eq!(
        any_of("thoughtspot.cluster.636"),
        Some("thoughtspot.cluster.ldap")
    );
    // A relay of the site need not offer TLS.
    assert_eq!(rule("thoughtspot.cluster.25").starttls, Some(false));
    let git = rule("looker.current.marketplace.github-git");
    assert_eq!(
        git.withdrawn.as_ref().map(|over| over.since.as_str()),
        Some("2022-03-15")
    );
    let release = |id: &str| rule(id).version.as_ref().map(ToString::to_string);
    assert_eq!(
        release("looker.current.marketplace.cdn").as_deref(),
        Some(">= 23.10")
    );
    assert_eq!(
        release("looker.current.marketplace.api").as_deref(),
        Some("< 23.10")
    );
    let tunnel = rule("thoughtspot.cluster.22").reverse.as_ref().unwrap();
    assert_eq!(
        (tunnel.from.as_str(), tunnel.level),
        ("nodes", Level::Optional)
    );
    for (id, feature) in [
        ("thoughtspot.admin.12345", "simba"),
        ("thoughtspot.cluster.pricing", "consumption-pricing"),
        ("thoughtspot.cluster.5439", "consumption-pricing"),
        ("thoughtspot.cluster.2049", "nfs"),
        ("thoughtspot.cluster.389", "ldap"),
        ("thoughtspot.ipmi.80", "appliance"),
        ("thoughtspot.intracluster.esp", "ipsec"),
        ("looker.current.actions", "action-hub"),
        ("looker.current.support.auth", "support-access"),
    ] {
        assert_eq!(rule(id).feature.as_deref(), Some(feature), "{id}");
    }
    assert_eq!(
        rule("looker.current.email").own.as_deref(),
        Some("own-smtp")
    );
    assert_eq!(
        rule("looker.current.lookml").own.as_deref(),
        Some("own-git")
    );
}
