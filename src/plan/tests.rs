//! A small catalog with one rule of every kind, and what comes of it.

use std::collections::BTreeMap;

use super::*;
use crate::{
    catalog::{
        Catalog, Catalogs, Feature, Group, Outside, Profile, ReadAs, Reverse, Rule, Source, Stated,
        Target, Variable, VariableKind, Version, VersionRange,
    },
    fact::PlanFact,
    site::{Binding, Expected, Origin, Override, Role, Site, Value, Waiver},
};

const RULES: [&str; 12] = [
    "web", "shell", "files", "wild", "account", "relay", "ldap", "ldaps", "cache", "range", "ping",
    "modern",
];

/// One rule of every kind, from `nodes`, except `shell`, which support starts.
pub(super) fn catalog() -> Catalog {
    Catalog {
        name: "demo".into(),
        title: "Demo".into(),
        file: "demo.yaml".into(),
        product: std::sync::Arc::default(),
        groups: BTreeMap::from([
            group("nodes", Some("nodes")),
            group("support", None),
            group("vendor", None),
            group("smtp-relay", Some("smtp_relay")),
            group("directory", Some("directory")),
        ]),
        variables: BTreeMap::from([
            variable("nodes", VariableKind::Hosts, Some("--node")),
            variable("smtp_relay", VariableKind::Host, None),
            variable("directory", VariableKind::Host, None),
            variable("mirror", VariableKind::Host, None),
            variable("account", VariableKind::Label, None),
            variable("release", VariableKind::Version, None),
        ]),
        features: BTreeMap::from([feature("ldap", true), feature("old", false)]),
        pages: BTreeMap::new(),
        profiles: vec![
            profile("demo-node", "nodes", &RULES),
            Profile {
                with: vec!["old".into()],
                always: Vec::new(),
                ..profile("demo-support", "support", &["shell", "old"])
            },
            Profile {
                alias: Some("demo-relic".into()),
                ..profile("demo-old", "nodes", &["old"])
            },
        ],
        rules: rules(),
    }
}

pub(super) fn catalogs(catalog: Catalog) -> Catalogs {
    let mut catalogs = Catalogs::default();
    catalogs.join(catalog).unwrap();
    catalogs
}

fn rules() -> Vec<Rule> {
    let files = Target::Host("files.vendor.example".parse().unwrap());
    vec![
        rule("web", "nodes", "443 https"),
        Rule {
            from: "support".into(),
            reverse: Some(Reverse {
                from: "nodes".into(),
                to: "vendor".into(),
                host: "tunnel.vendor.example".parse().unwrap(),
                variable: None,
                level: Level::Optional,
            }),
            outside: vec![Outside {
                fact: "host tunnel.vendor.example".into(),
                source: "another page".into(),
            }],
            ..rule("shell", "nodes", "22 ssh")
        },
        Rule {
            target: files,
            variable: Some("mirror".into()),
            pki: Some(Pki::Public),
            ..rule("files", "vendor", "443 https")
        },
        Rule {
            target: Target::Wildcard {
                pattern: "*.wild.example".into(),
                witness: "wild.example".parse().unwrap(),
            },
            pki: Some(Pki::Public),
            ..rule("wild", "vendor", "443 https")
        },
        Rule {
            target: Target::Placeholder {
                template: "<account>.vendor.example".into(),
                variable: "account".into(),
            },
            ..rule("account", "vendor", "443 https")
        },
        rule("relay", "smtp-relay", "25 smtp"),
        directory("ldap", "389 ldap"),
        directory("ldaps", "636 ldaps"),
        Rule {
            transports: vec![Transport::Tcp, Transport::Udp],
            ..rule("cache", "nodes", "11211 memcached")
        },
        Rule {
            ports: Ports::Range(crate::net::PortRange::new(port(20_000), port(20_100)).unwrap()),
            ..rule("range", "nodes", "1 tcp")
        },
        rule("ping", "nodes", "- icmp"),
        Rule {
            version: Some(VersionRange {
                variable: "release".into(),
                from: Some(Version {
                    major: 23,
                    minor: 10,
                }),
                before: None,
            }),
            ..rule("modern", "nodes", "443 tcp")
        },
        Rule {
            feature: Some("old".into()),
            from: "support".into(),
            ..rule("old", "nodes", "80 http")
        },
    ]
}

fn directory(name: &str, spoken: &str) -> Rule {
    Rule {
        feature: Some("ldap".into()),
        any_of: Some("demo.directory".into()),
        falls_back_to: None,
        transports: vec![Transport::Tcp, Transport::Udp],
        ..rule(name, "directory", spoken)
    }
}

fn rule(name: &str, to: &str, spoken: &str) -> Rule {
    let (number, protocol) = spoken.split_once(' ').unwrap();
    let protocol: Protocol = protocol.parse().unwrap();
    Rule {
        id: format!("demo.{name}"),
        catalog: "demo".into(),
        source: Source {
            page: "page".into(),
            section: "Section".into(),
            heading: "Heading".into(),
            file: "demo.yaml".into(),
            read: "2026-11-20".into(),
            line: 1,
        },
        stated: Stated::default(),
        read_as: ReadAs::default(),
        level: Level::Mandatory,
        feature: None,
        unless: None,
        own: None,
        version: None,
        from: "nodes".into(),
        to: to.into(),
        target: Target::Group,
        variable: None,
        ports: number.parse().map_or(Ports::None, Ports::One),
        transports: vec![protocol.transport()],
        protocol,
        expect: None,
        pki: None,
        via: None,
        starttls: None,
        any_of: None,
        falls_back_to: None,
        withdrawn: None,
        outside: Vec::new(),
        reverse: None,
        service: name.to_uppercase(),
        purpose: String::new(),
        note: None,
    }
}

fn group(name: &str, bound_by: Option<&str>) -> (String, Group) {
    let group = Group {
        about: name.into(),
        bound_by: bound_by.map(str::to_owned),
    };
    (name.into(), group)
}

fn variable(name: &str, kind: VariableKind, flag: Option<&str>) -> (String, Variable) {
    let variable = Variable {
        about: name.into(),
        kind,
        default: None,
        machine: None,
        flag: flag.map(str::to_owned),
    };
    (name.into(), variable)
}

fn feature(name: &str, default: bool) -> (String, Feature) {
    let about = name.into();
    let set_by = None;
    (
        name.into(),
        Feature {
            about,
            default,
            set_by,
        },
    )
}

fn profile(name: &str, from: &str, rules: &[&str]) -> Profile {
    Profile {
        name: name.into(),
        alias: None,
        about: String::new(),
        from: from.into(),
        rules: rules.iter().map(|rule| format!("demo.{rule}")).collect(),
        with: Vec::new(),
        always: Vec::new(),
    }
}

fn port(number: u16) -> Port {
    Port::new(number).unwrap()
}

fn site(values: &[(&str, &str)]) -> Site {
    let value = |text: &str| match text.parse() {
        Ok(version) => Value::Version(version),
        Err(()) if text == "acme" => Value::Label(text.into()),
        Err(()) => Value::Hosts(text.split(',').map(|host| host.parse().unwrap()).collect()),
    };
    let bind = |text| Binding {
        value: value(text),
        origin: Origin::Default,
    };
    let values = values
        .iter()
        .map(|(name, text)| ((*name).to_owned(), bind(text)));
    Site {
        values: values.collect(),
        ..Site::default()
    }
}

fn select(profiles: &[&str], only: &[&str]) -> Selection {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    Selection {
        profiles: owned(profiles),
        only: owned(only),
        ..Selection::default()
    }
}

fn built(site: &Site, selection: &Selection) -> Plan {
    build(&catalogs(catalog()), site, selection).unwrap()
}

fn refused(selection: &Selection) -> Vec<String> {
    let errors = build(&catalogs(catalog()), &Site::default(), selection).unwrap_err();
    errors
        .iter()
        .flat_map(|error| [error.to_string()].into_iter().chain(error.help()))
        .collect()
}

/// One line a check: rule, endpoint, protocol, expectation, what decides.
fn lines(plan: &Plan) -> Vec<String> {
    plan.checks.iter().map(|check| line(plan, check)).collect()
}

fn line(plan: &Plan, check: &Check) -> String {
    let endpoint = match &check.endpoint {
        CheckEndpoint::Bound(endpoint) => endpoint.to_string(),
        CheckEndpoint::Unbound { host, ports, .. } => format!("({host}) {ports}"),
    };
    let step = match &check.step {
        CheckStep::Probe(id) => format!("#{} {}", id.0, plan.probes[id.0].protocol),
        CheckStep::NotConfigured { flag, reason } => {
            let reason = reason.as_ref().map(|reason| format!(" ({reason})"));
            format!("needs {flag}{}", reason.unwrap_or_default())
        }
        CheckStep::NotFromHere {
            from,
            inbound,
            command,
        } => {
            let inbound = if *inbound { "inbound, " } else { "" };
            format!("{inbound}{from}: {command}")
        }
        CheckStep::NotNeeded { chosen } => format!("{chosen} is chosen"),
        CheckStep::Withdrawn(ended) => format!("withdrawn by {}", ended.by),
    };
    let informs = if check.informative { " informs" } else { "" };
    let (rule, expect) = (&check.rule["demo.".len()..], check.expect.word());
    format!(
        "{rule} {endpoint} {} {expect}{informs}: {step}",
        check.protocol
    )
}

#[test]
fn a_plan_is_every_rule_at_every_host_with_each_probe_once() {
    let site = site(&[
        ("nodes", "10.0.0.8,node-2"),
        ("smtp_relay", "mail.example"),
        ("directory", "dc.example"),
        ("account", "acme"),
    ]);
    let plan = built(&site, &select(&["demo-node"], &[]));
    assert_eq!(
        lines(&plan),
        [
            "web 10.0.0.8:443/tcp https path: #0 https",
            "web node-2:443/tcp https path: #1 https",
            "shell (nodes) 22 ssh path: inbound, support: portcheck run --profile demo-support --node HOST",
            "shell tunnel.vendor.example:22/tcp ssh service: #2 ssh",
            "files files.vendor.example:443/tcp https service: #3 https",
            "wild wild.example:443/tcp https service: #4 https",
            "account acme.vendor.example:443/tcp https service: #5 https",
            "relay mail.example:25/tcp smtp service: #6 smtp",
            "ldap dc.example:389/tcp ldap service: #7 ldap",
            "ldaps dc.example:636/tcp ldaps service: #8 ldaps",
            "cache 10.0.0.8:11211/tcp memcached path: #9 memcached",
            "cache 10.0.0.8:11211/udp memcached+udp path informs: #10 memcached+udp",
            "cache node-2:11211/tcp memcached path: #11 memcached",
            "cache node-2:11211/udp memcached+udp path informs: #12 memcached+udp",
            "range 10.0.0.8:20000-20100/tcp tcp path: #13 tcp",
            "range node-2:20000-20100/tcp tcp path: #14 tcp",
            "ping 10.0.0.8 icmp icmp path: #15 icmp",
            "ping node-2 icmp icmp path: #16 icmp",
            "modern 10.0.0.8:443/tcp tcp path: #0 https",
            "modern node-2:443/tcp tcp path: #1 https",
        ]
    );
    assert_eq!(plan.profiles, ["demo-node"]);
    assert_eq!(plan.off, []);
    assert_eq!(plan.probes.len(), 17);
    assert_eq!(plan.probes[13].ports.len(), DEFAULT_SAMPLES);
    assert_eq!(plan.probes[15].ports, []);
}

#[test]
fn a_check_carries_what_the_rule_says() {
    let site = site(&[("directory", "dc.example")]);
    let plan = built(&site, &select(&["demo-node"], &["demo.ldap"]));
    let expected = Check {
        rule: "demo.ldap".into(),
        catalog: Some("demo".into()),
        section: "Heading".into(),
        service: "LDAP".into(),
        level: Level::Mandatory,
        from: "nodes".into(),
        to: "directory".into(),
        endpoint: CheckEndpoint::Bound(Endpoint {
            host: "dc.example".parse().unwrap(),
            ports: Ports::One(port(389)),
            transport: Transport::Tcp,
        }),
        protocol: Protocol::Ldap,
        expect: Expect::Service,
        pki: Pki::Any,
        any_of: Some("demo.directory".into()),
        falls_back_to: None,
        waiver: None,
        informative: false,
        responder: false,
        product: std::sync::Arc::default(),
        notes: vec![PlanFact::NoForm {
            protocol: Protocol::Ldap,
            other: "UDP".into(),
            decisive: "TCP".into(),
        }],
        step: CheckStep::Probe(ProbeId(0)),
    };
    assert_eq!(plan.checks, [expected]);
}

#[test]
fn what_nobody_named_is_a_check_that_tells_the_flag() {
    let mut site = Site::default();
    site.missing
        .insert("nodes".into(), PlanFact::OnlyThisMachine);
    site.missing
        .insert("smtp_relay".into(), PlanFact::NoTimeService);
    let plan = built(
        &site,
        &select(
            &["demo-node"],
            &[
                "demo.web",
                "demo.a*",
                "demo.relay",
                "demo.ldap",
                "demo.cache",
            ],
        ),
    );
    assert_eq!(
        lines(&plan),
        [
            "web (nodes) 443 https path: needs --node HOST (no other node given: what is given is this machine itself)",
            "account (<account>.vendor.example) 443 https service: needs --set account=NAME",
            "relay (smtp-relay) 25 smtp service: needs --set smtp_relay=HOST[:PORT] (neither chrony nor ntp nor systemd-timesyncd is configured here)",
            "ldap (directory) 389 ldap service: needs --set directory=HOST[:PORT], or --without ldap if there is none",
            "cache (nodes) 11211 memcached path: needs --node HOST (no other node given: what is given is this machine itself)",
        ]
    );
    assert_eq!(plan.probes, []);
}

#[test]
fn the_sites_host_and_port_replace_the_rules() {
    let site = site(&[
        ("mirror", "mirror.example:8443"),
        ("smtp_relay", "mail.example:465"),
    ]);
    let plan = built(
        &site,
        &select(&["demo-node"], &["demo.files", "demo.relay"]),
    );
    assert_eq!(
        lines(&plan),
        [
            "files mirror.example:8443/tcp https service: #0 https",
            "relay mail.example:465/tcp smtps service: #1 smtps",
        ]
    );
    // Nobody knows who signs for the mirror.
    assert_eq!(plan.checks[0].pki, Pki::Any);
}

#[test]
fn a_hosts_port_belongs_to_its_first_service_and_its_alternatives() {
    let only = select(
        &["demo-node"],
        &["demo.web", "demo.ldap*", "demo.modern", "demo.cache"],
    );
    let told = |values: &[(&str, &str)]| -> Vec<String> {
        let plan = built(&site(values), &only);
        let ends = plan.checks.iter().map(|check| match &check.endpoint {
            CheckEndpoint::Bound(endpoint) => endpoint.to_string(),
            CheckEndpoint::Unbound { .. } => "-".into(),
        });
        ends.collect()
    };
    let odd = told(&[("nodes", "n:8443"), ("directory", "dc:3269")]);
    assert_eq!(
        odd,
        [
            "n:8443/tcp",
            "dc:3269/tcp",
            "dc:3269/tcp",
            "n:11211/tcp",
            "n:11211/udp",
            "n:8443/tcp"
        ]
    );
    let usual = told(&[("nodes", "n"), ("directory", "dc:636")]);
    assert_eq!(usual[1..3], ["dc:389/tcp", "dc:636/tcp"]);
}

#[test]
fn the_port_of_one_alternative_chooses_it_for_that_host_and_no_packet_goes_to_the_other() {
    let only = select(&["demo-node"], &["demo.ldap*"]);
    let site = site(&[("directory", "a:636,b,c:389,d:3269")]);
    let plan = built(&site, &only);
    assert_eq!(
        lines(&plan),
        [
            "ldap a:389/tcp ldap service: demo.ldaps is chosen",
            "ldap b:389/tcp ldap service: #0 ldap",
            "ldap c:389/tcp ldap service: #1 ldap",
            "ldap d:3269/tcp ldap service: #2 ldap",
            "ldaps a:636/tcp ldaps service: #3 ldaps",
            "ldaps b:636/tcp ldaps service: #4 ldaps",
            "ldaps c:636/tcp ldaps service: demo.ldap is chosen",
            "ldaps d:3269/tcp ldaps service: #5 ldaps",
        ]
    );
}

#[test]
fn a_port_in_the_site_file_chooses_its_alternative_too() {
    let only = select(&["demo-node"], &["demo.ldap*"]);
    let moved = |rules: &[&str]| {
        let ports = rules.iter().map(|rule| ((*rule).to_owned(), port(1636)));
        let site = Site {
            overrides: vec![Override {
                host: "dc".parse().unwrap(),
                values: BTreeMap::new(),
                ports: ports.collect(),
            }],
            ..site(&[("directory", "dc")])
        };
        lines(&built(&site, &only))
    };
    assert_eq!(
        moved(&["demo.ldaps"]),
        [
            "ldap dc:389/tcp ldap service: demo.ldaps is chosen",
            "ldaps dc:1636/tcp ldaps service: #0 ldaps",
        ]
    );
    assert_eq!(
        moved(&["demo.ldap*"]),
        [
            "ldap dc:1636/tcp ldap service: #0 ldap",
            "ldaps dc:1636/tcp ldaps service: #1 ldaps",
        ]
    );
}

#[test]
fn what_its_vendor_has_withdrawn_is_not_sent() {
    let mut catalog = catalog();
    let files = catalog
        .rules
        .iter_mut()
        .find(|rule| rule.id == "demo.files");
    files.unwrap().withdrawn = Some(crate::catalog::Withdrawn {
        by: "the vendor".into(),
        since: "2022-03-15".into(),
        instead: "use the mirror".into(),
    });
    let only = select(&["demo-node"], &["demo.files"]);
    let plan = build(&catalogs(catalog), &Site::default(), &only).unwrap();
    assert_eq!(
        lines(&plan),
        ["files files.vendor.example:443/tcp https service: withdrawn by the vendor"]
    );
    assert_eq!(plan.probes, []);
}

#[test]
fn what_the_page_does_not_name_is_noted() {
    let plan = built(
        &Site::default(),
        &select(&["demo-node"], &["demo.shell", "demo.wild"]),
    );
    let notes: Vec<String> = plan
        .checks
        .iter()
        .map(|check| {
            let notes: Vec<String> = check.notes.iter().map(ToString::to_string).collect();
            notes.join("; ")
        })
        .collect();
    assert_eq!(
        notes,
        [
            "",
            "the page does not name `tunnel.vendor.example`; from: another page",
            "`wild.example` stands for every host of `*.wild.example`, which does not cover it itself",
        ]
    );
    assert_eq!(plan.checks[1].level, Level::Optional);
}

#[test]
fn switched_off_rules_are_listed_with_their_reason() {
    let mut site = site(&[("release", "23.8"), ("nodes", "n")]);
    site.features.insert("ldap".into(), false);
    let mut selection = select(&["demo-node", "demo-old"], &[]);
    selection.skip = vec!["demo.web".into()];
    let plan = built(&site, &selection);
    let off: Vec<(&str, &OffReason)> = plan
        .off
        .iter()
        .map(|off| (&off.rule[5..], &off.reason))
        .collect();
    assert_eq!(
        off,
        [
            ("web", &OffReason::Selection),
            ("ldap", &OffReason::Without("ldap".into())),
            ("ldaps", &OffReason::Without("ldap".into())),
            (
                "modern",
                &OffReason::Version("release".into(), ">= 23.10".into())
            ),
            ("old", &OffReason::Without("old".into())),
        ]
    );
}

#[test]
fn a_profile_brings_its_features_unless_the_user_said_otherwise() {
    let mut site = site(&[("nodes", "n")]);
    site.features.insert("old".into(), false);
    let selection = select(&["demo-support"], &[]);
    let both = [
        "shell n:22/tcp ssh path: #0 ssh",
        "old n:80/tcp http path: #1 http",
    ];
    assert_eq!(lines(&built(&site, &selection)), both);
    site.said.insert("old".into());
    assert_eq!(lines(&built(&site, &selection)), both[..1]);
}

#[test]
fn a_rule_of_two_profiles_is_checked_once_and_both_of_its_flows_are() {
    let site = site(&[("nodes", "n")]);
    let selection = select(&["demo-support", "demo-node", "demo-node"], &["demo.shell"]);
    assert_eq!(
        lines(&built(&site, &selection)),
        [
            "shell n:22/tcp ssh path: #0 ssh",
            "shell tunnel.vendor.example:22/tcp ssh service: #1 ssh",
        ]
    );
}

#[test]
fn what_is_expected_can_be_said_for_all() {
    let mut selection = select(&["demo-node"], &["demo.files", "demo.ping"]);
    selection.expect = Some(Expect::Blocked);
    let plan = built(&site(&[("nodes", "n")]), &selection);
    assert!(
        plan.checks
            .iter()
            .all(|check| check.expect == Expect::Blocked)
    );
}

#[test]
fn a_full_range_is_every_port_of_it() {
    let mut selection = select(&["demo-node"], &["demo.range"]);
    selection.full_ranges = true;
    let plan = built(&site(&[("nodes", "n")]), &selection);
    let all: Vec<Port> = (20_000..=20_100).map(port).collect();
    assert_eq!(plan.probes[0].ports, all);
}

#[test]
fn a_name_server_is_asked_for_a_name_that_the_machine_needs() {
    let mut catalog = catalog();
    catalog.rules.push(rule("dns", "nodes", "53 dns"));
    catalog
        .profiles
        .push(profile("demo-dns", "nodes", &["dns"]));
    let plan = build(
        &catalogs(catalog),
        &site(&[("nodes", "n")]),
        &select(&["demo-dns"], &[]),
    )
    .unwrap();
    let question = plan.probes[0].options.question.as_deref();
    assert_eq!(question, Some("files.vendor.example"));
}

#[test]
fn starttls_is_asked_for_as_the_rule_says_unless_tls_comes_first_anyway() {
    let mut catalog = catalog();
    let relay = catalog
        .rules
        .iter_mut()
        .find(|rule| rule.id == "demo.relay");
    relay.unwrap().starttls = Some(false);
    let catalogs = catalogs(catalog);
    let asked = |relay: &str| {
        let selection = select(&["demo-node"], &["demo.relay"]);
        let plan = build(&catalogs, &site(&[("smtp_relay", relay)]), &selection).unwrap();
        (plan.probes[0].protocol, plan.probes[0].options.starttls)
    };
    assert_eq!(asked("mail"), (Protocol::Smtp, Some(false)));
    assert_eq!(asked("mail:465"), (Protocol::Smtps, None));
}

#[test]
fn what_names_nothing_is_told_with_what_was_meant() {
    let known = "the profiles are `demo-node`, `demo-support` and `demo-old`";
    assert_eq!(refused(&select(&[], &[])), ["no profile is given", known]);
    assert_eq!(
        refused(&select(&["demo-nodes", "x\x1b"], &[])),
        [
            "unknown profile `demo-nodes`",
            "did you mean `demo-node`?",
            known,
            "unknown profile `x\\x1b`",
            known
        ]
    );
    let mut selection = select(&["demo-old"], &["demo.web"]);
    selection.skip = vec!["demo.odl".into()];
    assert_eq!(
        refused(&selection),
        [
            "no rule of `demo-old` matches `demo.web`",
            "it matches rules of `demo-node`",
            "no rule of `demo-old` matches `demo.odl`",
            "did you mean `demo.old`?",
        ]
    );
}

#[test]
fn nothing_to_check_is_a_mistake_that_tells_the_way_out() {
    assert_eq!(
        refused(&select(&["demo-relic"], &[])),
        [
            "nothing to check: 1 rule of `demo-old` is switched off",
            "to switch rules on: `--with old`",
        ]
    );
    let mut selection = select(&["demo-node"], &[]);
    selection.skip = vec!["*".into()];
    assert_eq!(
        refused(&selection),
        [
            "nothing to check: 12 rules of `demo-node` are left out",
            "`portcheck catalog show` tells the rules of a profile",
        ]
    );
}

#[test]
fn the_same_input_is_the_same_plan() {
    let site = site(&[("nodes", "n,m")]);
    let selection = select(&["demo-node"], &[]);
    assert_eq!(built(&site, &selection), built(&site, &selection));
}

/// A site at which this machine is in these groups, by its file.
fn known_as(groups: &[&str]) -> Site {
    let role = |group: &&str| Role {
        group: (*group).to_owned(),
        origin: Origin::File("site.yaml".into()),
    };
    Site {
        roles: groups.iter().map(role).collect(),
        file: Some("my site.yaml".into()),
        ..site(&[("nodes", "10.0.0.8")])
    }
}

#[test]
fn who_is_known_to_be_somebody_else_starts_nothing_and_is_told_where_to() {
    let choice = select(&["demo-node"], &["demo.web", "demo.shell"]);
    let plan = built(&known_as(&["vendor"]), &choice);
    assert_eq!(
        lines(&plan),
        [
            "web (nodes) 443 https path: nodes: portcheck run --profile demo-node --site 'my site.yaml'",
            "shell (nodes) 22 ssh path: support: portcheck run --profile demo-support --site 'my site.yaml'",
        ]
    );
    assert_eq!(plan.probes, []);
    assert!(plan.needs.is_empty());
    assert_eq!(plan.roles[0].group, "vendor");
}

#[test]
fn who_is_in_two_groups_starts_what_either_starts() {
    let choice = select(&["demo-node"], &["demo.web", "demo.shell"]);
    let plan = built(&known_as(&["nodes", "support"]), &choice);
    assert_eq!(
        lines(&plan),
        [
            "web 10.0.0.8:443/tcp https path: #0 https",
            "shell 10.0.0.8:22/tcp ssh path: #1 ssh",
            "shell tunnel.vendor.example:22/tcp ssh service: #2 ssh",
        ]
    );
}

#[test]
fn a_reverse_is_only_checked_where_its_profile_is_run() {
    let choice = select(&["demo-support"], &["demo.shell"]);
    let plan = built(&known_as(&["nodes"]), &choice);
    assert_eq!(
        lines(&plan),
        [
            "shell (nodes) 22 ssh path: inbound, support: portcheck run --profile demo-support \
             --site 'my site.yaml'"
        ]
    );
}

#[test]
fn a_site_moves_ports_says_what_must_be_seen_and_waives() {
    let waiver = Waiver {
        rule: "demo.*".into(),
        owner: "Jane".into(),
        reason: "ticket 1".into(),
        until: time::macros::date!(2100 - 01 - 01),
        host: "node-2".parse().ok(),
    };
    let site = Site {
        expect: vec![Expected {
            rule: "demo.w*".into(),
            expect: Some(Expect::Blocked),
        }],
        waivers: vec![waiver.clone()],
        overrides: vec![Override {
            host: "node-2".parse().unwrap(),
            values: BTreeMap::new(),
            ports: vec![("demo.web".into(), port(8443))],
        }],
        ..site(&[("nodes", "10.0.0.8,node-2")])
    };
    let plan = built(&site, &select(&["demo-node"], &["demo.web", "demo.range"]));
    assert_eq!(
        lines(&plan),
        [
            "web 10.0.0.8:443/tcp https blocked: #0 https",
            "web node-2:8443/tcp https blocked: #1 https",
            "range 10.0.0.8:20000-20100/tcp tcp path: #2 tcp",
            "range node-2:20000-20100/tcp tcp path: #3 tcp",
        ]
    );
    let held: Vec<bool> = plan
        .checks
        .iter()
        .map(|check| check.waiver.is_some())
        .collect();
    assert_eq!(held, [false, true, false, true]);
    assert_eq!(plan.checks[1].waiver, Some(waiver));
    let choice = Selection {
        expect: Some(Expect::Service),
        ..select(&["demo-node"], &["demo.web"])
    };
    let expected: Vec<Expect> = built(&site, &choice)
        .checks
        .iter()
        .map(|check| check.expect)
        .collect();
    assert_eq!(
        expected,
        [Expect::Service; 2],
        "the run comes before the site"
    );
}

#[test]
fn a_node_looks_at_itself_as_far_as_it_is_selected() {
    let site = site(&[("nodes", "10.0.0.8")]);
    let needs = |only: &[&str]| built(&site, &select(&["demo-node"], only)).needs;
    let all = needs(&[]);
    let ports: Vec<String> = all
        .ports
        .iter()
        .map(|needed| {
            format!(
                "{}/{} {}",
                needed.port,
                needed.transport,
                needed.rules.join(" ")
            )
        })
        .collect();
    assert_eq!(
        ports,
        [
            "22/tcp demo.shell",
            "443/tcp demo.web demo.modern",
            "11211/tcp demo.cache",
            "11211/udp demo.cache",
        ]
    );
    assert_eq!(
        all.range.map(|needed| needed.rule),
        Some("demo.range".into())
    );
    assert_eq!(all.descriptors, Some(4 + 101));
    assert_eq!(needs(&["demo.web"]), Needs::default());
    let limit = Needs {
        descriptors: Some(4 + 101),
        ..Needs::default()
    };
    assert_eq!(needs(&["local.descriptors"]), limit);
    let support = built(&site, &select(&["demo-support"], &[])).needs;
    assert_eq!(support, Needs::default());
}
