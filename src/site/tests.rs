use std::fs;

use proptest::{prelude::*, test_runner::Config};

use super::*;
use crate::{
    catalog::{Catalog, Catalogs, Expect, embedded, keys},
    fact::PlanFact,
    machine::{Configured, Machine},
};

const CATALOG: &str = r"catalog: acme
title: Acme
pages:
  ports: {title: Ports, read: 2026-11-20}
sections:
  all: {page: ports, title: All}
groups:
  nodes: {about: cluster nodes, bound-by: nodes}
  dns-servers: {about: name servers, bound-by: dns_servers}
  vendor: {about: the vendor's services}
  users: {about: users' machines}
variables:
  nodes: {about: the nodes, kind: hosts, flag: --node}
  dns_servers: {about: name servers, kind: hosts, machine: dns-servers}
  ntp_servers: {about: time servers, kind: hosts, machine: ntp-servers}
  smtp_relay: {about: the relay, kind: host, default: 'mail.example:25'}
  instance_name: {about: the instance, kind: label}
  looker_version: {about: the release, kind: version}
features:
  ipsec: {about: IPsec, default: false}
  consumption-pricing: {about: pricing, default: true}
profiles:
  acme-user: {about: users, from: users, rules: [acme.node]}
rules:
  - id: acme.node
    section: all
    stated: {}
    level: mandatory
    from: nodes
    to: nodes
    port: 443
    transports: [tcp]
    protocol: tcp
    service: Node
    purpose: Lets nodes talk
";

const TODAY: time::Date = time::macros::date!(2026 - 11 - 21);

fn catalogs() -> Catalogs {
    let mut catalogs = Catalogs::default();
    catalogs
        .join(Catalog::parse("acme.yaml", CATALOG).unwrap())
        .unwrap();
    catalogs
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn facts() -> Machine {
    Machine {
        addresses: vec!["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()],
        aliases: Vec::new(),
        name: "Node-1.example".into(),
        dns_servers: Configured {
            servers: vec!["10.0.0.53".parse().unwrap()],
            file: "/etc/resolv.conf".into(),
            ..Configured::default()
        },
        ..Machine::default()
    }
}

/// The values of a site, each as `VALUE from ORIGIN`.
fn values(site: &Site) -> Vec<(&str, String)> {
    let shown = |binding: &Binding| format!("{} from {}", binding.value, binding.origin);
    site.values
        .iter()
        .map(|(name, binding)| (&**name, shown(binding)))
        .collect()
}

fn file(text: &str) -> SiteFile {
    SiteFile::parse("site.yaml", text, &catalogs(), TODAY)
        .unwrap_or_else(|mistakes| panic!("{mistakes}"))
}

#[test]
fn flags_come_before_the_file_before_the_machine_before_the_default() {
    let file =
        file("variables: {smtp_relay: relay, looker_version: \"23.10\"}\ngroups: {nodes: [c]}\n");
    let flags = SiteFlags {
        nodes: texts(&["a,b", "a"]),
        set: texts(&["looker-version=23.8"]),
        ..SiteFlags::default()
    };
    let site = Site::resolve(&flags, Some(&file), &catalogs(), &facts()).unwrap();
    assert_eq!(
        values(&site),
        [
            ("dns_servers", "10.0.0.53 from /etc/resolv.conf".into()),
            ("looker_version", "23.8 from --set looker_version".into()),
            ("nodes", "a,b from --node".into()),
            ("smtp_relay", "relay from site.yaml".into()),
        ]
    );
    assert_eq!(
        site.missing,
        BTreeMap::from([("ntp_servers".into(), PlanFact::NoTimeService)])
    );
    let site = Site::resolve(&SiteFlags::default(), None, &catalogs(), &facts()).unwrap();
    assert_eq!(
        values(&site)[1],
        (
            "smtp_relay",
            "mail.example:25 from the catalog's default".into()
        )
    );
}

#[test]
fn a_site_knows_every_feature_and_which_were_named() {
    let file = file("features: {ipsec: false, consumption_pricing: false}\n");
    let flags = SiteFlags {
        with: texts(&["ipsec"]),
        ..SiteFlags::default()
    };
    let site = Site::resolve(&flags, Some(&file), &catalogs(), &facts()).unwrap();
    let state = [
        ("consumption-pricing".to_owned(), false),
        ("ipsec".to_owned(), true),
    ];
    assert_eq!(site.features, BTreeMap::from(state));
    assert_eq!(site.said.len(), 2);
    let site = Site::resolve(&SiteFlags::default(), None, &catalogs(), &facts()).unwrap();
    let state = [
        ("consumption-pricing".to_owned(), true),
        ("ipsec".to_owned(), false),
    ];
    assert_eq!(site.features, BTreeMap::from(state));
    assert!(site.said.is_empty());
}

#[test]
fn this_machine_is_no_node_and_loopback_is() {
    let nodes =
        "10.0.0.1,::ffff:10.0.0.1,node-1,NODE-1.example,node-1.other,127.0.0.1,::1,localhost,b";
    let flags = SiteFlags {
        nodes: texts(&[nodes]),
        ..SiteFlags::default()
    };
    let site = Site::resolve(&flags, None, &catalogs(), &facts()).unwrap();
    let dropped: Vec<String> = site.dropped.iter().map(ToString::to_string).collect();
    assert_eq!(
        dropped,
        ["10.0.0.1", "::ffff:10.0.0.1", "node-1", "node-1.example"]
    );
    assert_eq!(
        values(&site)[1].1,
        "node-1.other,127.0.0.1,::1,localhost,b from --node"
    );
}

#[test]
fn a_site_of_this_machine_alone_has_no_nodes_and_says_why() {
    let flags = SiteFlags {
        nodes: texts(&["node-1"]),
        ..SiteFlags::default()
    };
    let site = Site::resolve(&flags, None, &catalogs(), &facts()).unwrap();
    assert!(!site.values.contains_key("nodes"));
    assert_eq!(site.missing["nodes"], PlanFact::OnlyThisMachine);
}

#[test]
fn every_wrong_flag_is_told() {
    let flags = SiteFlags {
        nodes: texts(&["a..b"]),
        set: texts(&[
            "smpt_relay=x",
            "smtp_relay",
            "smtp_relay=a,b",
            "instance_name=a.b",
            "looker_version=23",
            "smtp_relay=a",
            "smtp_relay=\u{1b}[2J",
            "smtp-relay=b",
        ]),
        with: texts(&["ipsek,ipsec"]),
        without: texts(&["ipsec"]),
        roles: texts(&["nods"]),
        inventory: None,
    };
    let error = Site::resolve(&flags, None, &catalogs(), &facts()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "error: `--node a..b`: `a..b` is neither a host name nor an address

error: `--set smpt_relay=x`: unknown variable `smpt_relay`
help: did you mean `smtp_relay`?

error: `--set smtp_relay`: got no `=`, expected VARIABLE=VALUE

error: `--set smtp_relay=a,b`: got several hosts, expected one

error: `--set instance_name=a.b`: `a.b` is not one label of a DNS name (letters, digits and `-`)

error: `--set looker_version=23`: `23` is not a release such as `23.10`

error: `--set smtp_relay=\\x1b[2J`: `\\x1b[2J` is neither a host name nor an address

error: `--set smtp-relay=b`: variable `smtp_relay` is given twice
help: keep one of them

error: `--with ipsek`: unknown feature `ipsek`
help: did you mean `ipsec`?

error: `--without ipsec`: feature `ipsec` is both on and off
help: keep `--with` or `--without`

error: `--as nods`: unknown group `nods`
help: did you mean `nodes`?"
    );
}

#[test]
fn every_mistake_of_a_site_file_is_told_at_its_place() {
    let text = "site: [x]
grops: {}
groups: {vendor: [a], nods: [b], dns-servers: [1, 'a b', c]}
variables:
  looker_version: 23.10
  smpt_relay: x
  dns_servers: a
  instance_name: [a]
features: {ipsec: on}
";
    let mistakes = SiteFile::parse("site.yaml", text, &catalogs(), TODAY).unwrap_err();
    let told: Vec<String> = mistakes
        .iter()
        .map(|mistake| {
            let place = mistake.place.as_ref().unwrap();
            let help = mistake.help.as_deref().unwrap_or_default();
            format!(
                "{}:{} {} | {help}",
                place.line, place.column, mistake.message
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "1:7 got a list, expected text | ",
            "2:1 unknown key `grops` | did you mean `groups`?",
            "3:10 nobody lists the hosts of group `vendor` | ",
            "3:23 unknown group `nods` | did you mean `nodes`?",
            "3:48 got the number `1`, expected text | quote it: `\"1\"`",
            "3:51 `a b` is neither a host name nor an address | ",
            "5:19 the release `23.10` is not quoted, so it reads as the number `23.1` | quote it: `\"23.10\"`",
            "6:3 unknown variable `smpt_relay` | did you mean `smtp_relay`?",
            "7:3 variable `dns_servers` is given twice | it is first given in line 3",
            "8:18 got a list, expected text | ",
            "9:19 got text `on`, expected `true` or `false` | write `true`",
        ]
    );
}

/// The head of a bad file: `# LINE:COLUMN: MESSAGE`, and `# help: HELP` where there is one.
fn head(mistake: &crate::catalog::Mistake) -> String {
    let place = mistake.place.as_ref();
    let place = place.map_or_else(String::new, |at| format!("{}:{}: ", at.line, at.column));
    let help = mistake.help.as_ref();
    let help = help.map_or_else(String::new, |help| format!("# help: {help}\n"));
    format!("# {place}{}\n{help}", mistake.message)
}

#[test]
fn every_bad_site_has_the_one_mistake_that_its_head_tells() {
    let catalogs = embedded::catalogs().unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/sites/bad");
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mistakes = SiteFile::read_file(&path, &catalogs, TODAY).unwrap_err();
        let heads: Vec<String> = mistakes.iter().map(head).collect();
        let is_told = heads.len() == 1 && text.starts_with(&heads[0]);
        assert!(is_told, "{}: {heads:#?}", path.display());
        count += 1;
    }
    assert!(count > 45, "{count}");
}

/// A site that says something of everything.
const WHOLE: &str = "site: berlin
groups:
  nodes: [10.0.0.1, node-2]
  users: [10.20.0.0/16, laptop]
variables: {smtp_relay: relay}
features: {ipsec: true}
hosts:
  node-1.example:
    variables: {smtp_relay: own-relay}
  node-2:
    ports: {acme.*: 8000, acme.node: 8443}
expect:
  acme.*: blocked
  acme.node: path
waivers:
  - {rule: acme.*, owner: Jane, reason: ticket 1, until: 2026-11-21, host: node-2}
  - {rule: acme.node, owner: Joe, reason: ticket 2, until: 2100-01-01, host: 10.0.0.1}
";

fn host(text: &str) -> crate::net::Host {
    text.parse().unwrap()
}

#[test]
fn a_site_says_of_a_rule_what_its_last_match_says_and_of_a_host_what_is_its_own() {
    let file = file(WHOLE);
    let site = Site::resolve(&SiteFlags::default(), Some(&file), &catalogs(), &facts()).unwrap();
    assert_eq!(
        values(&site)[2],
        ("smtp_relay", "own-relay from site.yaml".into())
    );
    let of_rule = site.of_rule("acme.node");
    assert_eq!(of_rule.expect, Some(Expect::Path));
    assert_eq!(of_rule.port(&host("node-2")).unwrap().get(), 8443);
    assert_eq!(of_rule.port(&host("node-3")), None);
    let owner = |host: Option<&str>| {
        let host = host.map(self::host);
        let waiver = of_rule.waiver(host.as_ref());
        waiver.map(|waiver| waiver.owner.as_str())
    };
    // The second waiver is this machine's, so it holds wherever it leads.
    assert_eq!(owner(Some("node-2")), Some("Jane"));
    assert_eq!(owner(Some("node-3")), Some("Joe"));
    assert_eq!(owner(None), Some("Joe"));
    assert_eq!(site.of_rule("other.rule"), OfRule::default());
}

/// The roles of a machine with these facts, each as `GROUP by ORIGIN`.
fn roles(flags: &[&str], text: &str, facts: &Machine) -> Vec<String> {
    let flags = SiteFlags {
        roles: texts(flags),
        ..SiteFlags::default()
    };
    let site = Site::resolve(&flags, Some(&file(text)), &catalogs(), facts).unwrap();
    let shown = |role: &Role| format!("{} by {}", role.group, role.origin);
    site.roles.iter().map(shown).collect()
}

#[test]
fn a_machine_is_in_the_groups_that_list_its_name_its_address_or_its_network() {
    let user = Machine {
        addresses: vec!["10.20.3.4".parse().unwrap()],
        ..Machine::default()
    };
    let nobody = Machine::default();
    assert_eq!(roles(&[], WHOLE, &facts()), ["nodes by site.yaml"]);
    assert_eq!(roles(&[], WHOLE, &user), ["users by site.yaml"]);
    assert_eq!(roles(&[], WHOLE, &nobody), [""; 0]);
    assert_eq!(roles(&["users"], WHOLE, &facts()), ["users by --as users"]);
    let all = "groups: {users: 0.0.0.0/0}\n";
    let loopback = Machine {
        addresses: vec!["127.0.0.1".parse().unwrap()],
        ..Machine::default()
    };
    assert_eq!(roles(&[], all, &loopback), [""; 0]);
}

#[test]
fn who_is_a_name_server_is_not_said_to_start_anything() {
    let text = "groups: {dns-servers: [10.0.0.1]}\n";
    assert_eq!(roles(&[], text, &facts()), [""; 0]);
}

#[test]
fn a_group_is_known_in_the_catalogs_that_have_it() {
    let catalogs = catalogs();
    let acme = catalogs.iter().next().unwrap();
    let site = |flags: &[&str], text: &str| {
        let flags = SiteFlags {
            roles: texts(flags),
            ..SiteFlags::default()
        };
        Site::resolve(&flags, Some(&file(text)), &catalogs, &facts()).unwrap()
    };
    assert_eq!(site(&[], "site: x\n").is_in(acme, "nodes"), None);
    assert_eq!(site(&[], WHOLE).is_in(acme, "nodes"), Some(true));
    assert_eq!(site(&[], WHOLE).is_in(acme, "users"), Some(false));
    assert_eq!(site(&["users"], WHOLE).is_in(acme, "nodes"), Some(false));
    let other = Catalog {
        groups: BTreeMap::new(),
        ..acme.clone()
    };
    assert_eq!(site(&[], WHOLE).is_in(&other, "nodes"), None);
}

#[test]
fn a_site_file_to_begin_with_has_no_mistake_with_or_without_its_examples() {
    let catalogs = embedded::catalogs().unwrap();
    for catalog in catalogs.iter() {
        for profile in &catalog.profiles {
            let page = template(&[(catalog, profile)], &facts());
            let read = |text: &str| {
                SiteFile::parse("site.yaml", text, &catalogs, TODAY)
                    .unwrap_or_else(|mistakes| panic!("{}: {mistakes}\n{text}", profile.name))
            };
            assert_eq!(read(&page).values, BTreeMap::new());
            let (values, _) = page.split_once("\n# what is different").unwrap();
            let said: Vec<String> = values.lines().map(uncommented).collect();
            read(&said.join("\n"));
        }
    }
}

#[test]
fn a_site_file_to_begin_with_has_every_key_and_every_example_of_one_has_its_form() {
    let catalogs = catalogs();
    let profile = catalogs.profile("acme-user").unwrap();
    let page = template(&[profile], &facts());
    assert_eq!(
        page,
        "# The site file of portcheck: what is particular to one installation, here for
# acme-user.
# Take away the `# ` before what you know, and put your own in the place of the examples.
# It is the same file for all machines: it also says who a machine is.
#   portcheck site lint FILE
#   portcheck run --profile acme-user --site FILE

# what the site calls itself
site: my-site

# the hosts of each group; of users and the like also networks, `10.20.0.0/16`
groups:
  # the nodes (acme.node)
  # like --node HOST
  # nodes: [node-1.example, 10.0.0.2]

# the value of each variable
variables:

# whether each feature is on
features:

# what is different of single hosts
hosts:
  # node-3.example:
  #   # the value of each variable where this host runs the check; may be left out
  #   variables:
  #     VARIABLE: VALUE
  #   # the port at which this host is reached instead of the rule's, by rule; may be left out
  #   ports:
  #     acme.node: 8443

# what must be seen, by rule: `service`, `path`, `blocked`, or `auto` for its own; the last that matches counts
expect:
  # acme.node: service

# which way the product goes, by rule: `direct`, through a `proxy`, or `either`; the last that matches counts
via:
  # acme.node: direct

# failures that are known and accepted: they show and do not gate
waivers:
  # -
  #   # the rule, or a glob over rule ids: `thoughtspot.cluster.*`
  #   rule: acme.node
  #   # who answers for it
  #   owner: WHO ANSWERS FOR IT
  #   # why it is accepted
  #   reason: WHY
  #   # the last day it holds; after it the file is wrong until somebody looks again
  #   until: YYYY-MM-DD
  #   # only where this host is reached, or runs the check; may be left out
  #   host: node-3.example
"
    );
    let (_, rules) = page.split_once("\n# what is different").unwrap();
    let said = rules
        .replace("\n  # ", "\n  ")
        .replace("YYYY-MM-DD", "2026-12-31");
    let said = format!("# what is different{said}").replace("VARIABLE: VALUE", "smtp_relay: mail");
    let read = file(&said);
    assert_eq!(
        (read.expect.len(), read.ways.len(), read.waivers.len()),
        (1, 1, 1)
    );
    assert_eq!(read.overrides[0].ports.len(), 1);
    let schema = json_schema();
    let value = serde_saphyr::from_str(&said).unwrap();
    let mut used = keys::tests::used(&schema, &value);
    let first = ["site", "groups", "variables", "features"];
    used.extend(first.map(|key| format!(".{key}")));
    assert_eq!(used, keys::tests::declared(&schema));
}

/// The line, and without its `# ` if that leaves `name: value` and no sentence.
fn uncommented(line: &str) -> String {
    let example = line.strip_prefix("  # ").filter(|rest| {
        rest.split_once(": ")
            .is_some_and(|(name, _)| !name.contains(' '))
    });
    example.map_or_else(|| line.to_owned(), |example| format!("  {example}"))
}

#[test]
fn the_schema_of_a_site_knows_every_section() {
    let schema = json_schema();
    let sections: Vec<&String> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(
        sections,
        [
            "expect",
            "features",
            "groups",
            "hosts",
            "site",
            "variables",
            "via",
            "waivers"
        ]
    );
    assert_eq!(schema["properties"]["waivers"]["type"][1], "null");
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(64) })]

    #[test]
    fn no_site_file_makes_the_reader_panic(text in "(site|groups|variables|features|nodes|[-:\\[\\]{} \n\"a1,])*") {
        let _ = SiteFile::parse("f", &text, &catalogs(), TODAY).map_err(|mistakes| mistakes.to_string());
    }
}
