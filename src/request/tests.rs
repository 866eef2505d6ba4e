use std::{collections::BTreeMap, net::IpAddr};

use proptest::prelude::*;

use super::*;
use crate::{
    net::Transport,
    report::{Report, Style},
};

const STYLE: Style = Style {
    width: 100,
    colour: false,
    unicode: true,
    verbose: false,
};

fn flow(source: &str, destination: &str, what: &str) -> Flow {
    let (transport, ports) = what.split_once(' ').unwrap_or((what, ""));
    Flow {
        source: source.parse().unwrap(),
        destination: destination.parse().unwrap(),
        transport: transport.parse().unwrap(),
        ports: ports.parse().ok(),
        direction: Direction::Outbound,
        purpose: "licence".to_owned(),
        rules: vec!["demo.licence".to_owned()],
        page: "Ports".to_owned(),
    }
}

fn rendered(platform: Platform, flows: &[Flow], ground: &Ground) -> Change {
    let style = &STYLE;
    render(
        platform,
        Asked {
            flows,
            ground,
            style,
        },
    )
}

/// A machine of this address, with these rules as nft lists them.
fn ground(rules: &str) -> Ground {
    Ground {
        own: vec!["10.0.0.1".parse().unwrap()],
        ruleset: Some(parse_nftables(rules).unwrap()),
        ..Ground::default()
    }
}

/// A listing of one chain of that hook and policy with these rules.
fn listing(hook: &str, policy: &str, rules: &[&str]) -> String {
    let chain = format!(
        r#"{{"chain": {{"family": "inet", "table": "site", "name": "c", "type": "filter",
            "hook": "{hook}", "prio": 0, "policy": "{policy}"}}}}"#
    );
    let rules = rules.iter().map(|expressions| {
        format!(
            r#"{{"rule": {{"family": "inet", "table": "site", "chain": "c", "expr": [{expressions}]}}}}"#
        )
    });
    let items: Vec<String> = [chain].into_iter().chain(rules).collect();
    format!(r#"{{"nftables": [{}]}}"#, items.join(","))
}

/// Whether the rules of one chain on the way out let a flow through.
fn allowed(rules: &[&str], what: &str) -> bool {
    let ground = ground(&listing("output", "drop", rules));
    check(&[flow("10.0.0.1", "10.0.0.2", what)], &ground) == [Allowed::Yes]
}

const ACCEPT: &str = r#"{"accept": null}"#;

fn dport(right: &str) -> String {
    let left = r#"{"payload": {"protocol": "tcp", "field": "dport"}}"#;
    format!(r#"{{"match": {{"op": "==", "left": {left}, "right": {right}}}}}, {ACCEPT}"#)
}

#[test]
fn what_a_rule_accepts_is_allowed_and_its_neighbour_is_not() {
    assert!(allowed(&[&dport("443")], "tcp 443"));
    assert!(!allowed(&[&dport("443")], "tcp 444"));
    assert!(!allowed(&[&dport("443")], "udp 443"));
    let set = dport(r#"{"set": [80, {"range": [440, 445]}]}"#);
    assert!(allowed(&[&set], "tcp 441-444"));
    assert!(!allowed(&[&set], "tcp 441-446"));
}

#[test]
fn what_is_not_understood_is_never_taken_for_open() {
    let limit = format!(r#"{{"limit": {{"rate": 1, "per": "second"}}}}, {ACCEPT}"#);
    assert!(!allowed(&[&limit], "tcp 443"));
    let iif = r#"{"match": {"op": "==", "left": {"meta": {"key": "oifname"}}, "right": "eth0"}}"#;
    assert!(!allowed(&[&format!("{iif}, {ACCEPT}")], "tcp 443"));
    // Whatever the first comes to, the second accepts.
    assert!(allowed(&[&limit, ACCEPT], "tcp 443"));
}

#[test]
fn a_map_of_verdicts_is_a_rule_for_each_of_its_elements() {
    let state = r#"{"vmap": {"key": {"ct": {"key": "state"}}, "data": {"set":
        [["established", {"accept": null}], ["new", {"drop": null}]]}}}"#;
    assert!(!allowed(&[state, ACCEPT], "tcp 443"));
    assert!(allowed(&[&dport("443"), state], "tcp 443"));
}

#[test]
fn a_rule_goes_to_the_head_of_the_chain_that_drops_and_the_undo_finds_it() {
    let flows = [flow("10.0.0.1", "10.0.0.2", "tcp 443")];
    let rule = "insert rule inet site c ip saddr 10.0.0.1 ip daddr 10.0.0.2 tcp dport 443 accept \
                comment \"MARK demo.licence, Ports\"\n";
    for rules in [&["{\"drop\": null}"][..], &[]] {
        let policy = if rules.is_empty() { "drop" } else { "accept" };
        let change = rendered(
            Platform::Nftables,
            &flows,
            &ground(&listing("output", policy, rules)),
        );
        let mark = change.text.split_once("comment \"").unwrap().1;
        let mark = mark.split(' ').next().unwrap();
        assert!(
            change.text.ends_with(&rule.replace("MARK", mark)),
            "{}",
            change.text
        );
        let undo = change.undo.unwrap();
        assert!(undo.ends_with("\ntake_back 'inet' 'site' 'c'\n"), "{undo}");
        assert!(undo.contains(mark), "{undo}");
    }
}

#[test]
fn answers_that_a_chain_drops_get_a_rule_of_their_own() {
    let flows = [flow("10.0.0.1", "10.0.0.2", "tcp 443")];
    let change = rendered(
        Platform::Nftables,
        &flows,
        &ground(&listing("input", "drop", &[])),
    );
    let rule = "insert rule inet site c ip saddr 10.0.0.2 ip daddr 10.0.0.1 tcp sport 443 \
                ct state established accept";
    assert!(change.text.contains(rule), "{}", change.text);
}

#[test]
fn without_a_chain_that_drops_a_place_is_left_that_no_firewall_takes() {
    let flows = [flow("10.0.0.1", "10.0.0.2", "tcp 443")];
    for ground in [Ground::default(), ground(r#"{"nftables": []}"#)] {
        let text = rendered(Platform::Nftables, &flows, &ground).text;
        assert!(
            text.contains("insert rule <FAMILY> <TABLE> <CHAIN> ip saddr"),
            "{text}"
        );
        let text = rendered(Platform::Iptables, &flows, &ground).text;
        assert!(
            text.contains("iptables -w -I '<CHAIN>' -s 10.0.0.1"),
            "{text}"
        );
    }
}

#[test]
fn names_stay_names_and_are_told_where_addresses_are_needed() {
    let flows = [
        flow("10.0.0.1", "*.looker.com", "tcp 443"),
        flow("10.0.0.1", "license.looker.com", "tcp 443"),
        flow("10.0.0.1", "10.0.0.2", "esp"),
    ];
    let squid = rendered(Platform::Squid, &flows, &Ground::default());
    assert!(
        squid.text.contains("dstdomain -n license.looker.com\n"),
        "{}",
        squid.text
    );
    assert!(
        squid.text.contains("dstdom_regex -n -i \\.looker\\.com$\n"),
        "{}",
        squid.text
    );
    assert_eq!(squid.unsaid.len(), 1);
    let nftables = rendered(Platform::Nftables, &flows, &Ground::default());
    assert_eq!(nftables.unsaid.len(), 2);
    let told =
        "#   demo.licence: tcp 443 from 10.0.0.1 to license.looker.com: needs a name-aware device";
    assert!(nftables.text.contains(told), "{}", nftables.text);
}

#[test]
fn nothing_that_a_file_says_leaves_its_line_or_its_quotes() {
    let hostile = Flow {
        purpose: "x\nflush ruleset\n".to_owned(),
        rules: vec!["a\"; drop; '$(reboot)`".to_owned()],
        page: "\u{1b}[2J\nP\\".to_owned(),
        ..flow("10.0.0.1", "10.0.0.2", "tcp 443")
    };
    for platform in Platform::ALL {
        let change = rendered(platform, std::slice::from_ref(&hostile), &Ground::default());
        if platform != Platform::Csv {
            assert!(
                !change.text.contains("\nflush"),
                "{platform:?}: {}",
                change.text
            );
            assert!(!change.text.contains('\u{1b}'), "{platform:?}");
        }
        let code = change.text.lines().filter(|line| !line.starts_with('#'));
        if platform.is_applied() {
            for line in code {
                assert!(!line.contains("$(reboot)"), "{platform:?}: {line}");
            }
        }
    }
}

#[test]
fn only_what_a_firewall_may_have_done_is_asked_for() {
    let text = include_str!("../../tests/reports/mixed.json");
    let report = Report::from_json(text).unwrap();
    let towards = |_: &End| Vec::new();
    let from: [IpAddr; 1] = ["10.0.0.1".parse().unwrap()];
    let mut ways = Ways {
        host: "elsewhere",
        given: &from,
        towards: &towards,
    };
    let gathered = from_reports(std::slice::from_ref(&report), &BTreeMap::new(), &ways).unwrap();
    assert!(!gathered.flows.is_empty());
    let failed = |rule: &str| {
        let mut findings = report.findings.iter();
        findings.any(|it| it.rule == rule && it.verdict == crate::report::Verdict::Fail)
    };
    assert!(gathered.flows.iter().all(|flow| failed(&flow.rules[0])));
    ways.given = &[];
    let faults = from_reports(&[report], &BTreeMap::new(), &ways).unwrap_err();
    assert!(matches!(faults.first(), Some(NoRequest::NoSource { .. })));
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        any::<IpAddr>().prop_map(|it| End::Address(it.to_canonical())),
        "[a-z][a-z0-9]{0,8}(\\.[a-z]{2,5}){1,2}".prop_map(End::Name),
        "[a-z]{3,8}\\.[a-z]{2,5}".prop_map(|name| End::Name(format!("*.{name}"))),
    ]
}

fn any_flow() -> impl Strategy<Value = Flow> {
    let ports = (1..=u16::MAX, 1..=u16::MAX)
        .prop_map(|(one, other)| Ports::new(one.min(other), one.max(other)));
    let words = ("\\PC{0,20}", "[a-z.]{1,20}", "\\PC{0,20}");
    (end(), end(), 0..4_usize, ports, words).prop_map(
        |(source, destination, transport, ports, words)| {
            let transport = Transport::ALL[transport];
            Flow {
                source,
                destination,
                transport,
                ports: ports.filter(|_| transport.has_ports()),
                direction: Direction::Inbound,
                purpose: words.0,
                rules: vec![words.1],
                page: words.2,
            }
        },
    )
}

proptest! {
    #[test]
    fn what_csv_says_reads_back(flows in prop::collection::vec(any_flow(), 0..5)) {
        let text = rendered(Platform::Csv, &flows, &Ground::default()).text;
        prop_assert_eq!(parse_csv(&text).unwrap(), flows);
    }

    #[test]
    fn what_iptables_is_told_is_allowed_then_and_not_before(flow in any_flow()) {
        let flow = Flow { source: "10.0.0.1".parse().unwrap(), ..flow };
        let family = Family::V4;
        prop_assume!(flow.family() == Some(family) && flow.is_by_address());
        let head = "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT DROP [0:0]\n";
        let with = |rules: &str| Ground {
            ruleset: parse_iptables(&format!("{head}{rules}COMMIT\n"), family),
            ..ground(r#"{"nftables": []}"#)
        };
        let flows = [flow];
        prop_assert!(matches!(check(&flows, &with(""))[..], [Allowed::No(_)]));
        let change = rendered(Platform::Iptables, &flows, &with("")).text;
        let rules = change.lines().filter_map(|line| line.strip_prefix("iptables -w -I"));
        let rules: Vec<String> = rules.map(|rule| format!("-A{}\n", rule.replace('\'', "\""))).collect();
        let rules = rules.concat();
        prop_assert_eq!(check(&flows, &with(&rules)), [Allowed::Yes]);
    }
}

#[test]
fn firewalld_gets_what_comes_in_into_its_zone_and_what_goes_out_into_the_policy_that_drops() {
    let listed = Listed {
        default: "public\n",
        active: "internal\n  sources: 10.0.0.0/24\npublic\n  interfaces: eth0\n",
        policies: "out (active)\n  priority: -1\n  target: DROP\n  ingress-zones: HOST\n  \
                   egress-zones: ANY\n\nallow-host-ipv6 (active)\n  target: CONTINUE\n  \
                   ingress-zones: ANY\n",
    };
    let ground = Ground {
        firewalld: Some(listed.read()),
        ..ground(r#"{"nftables": []}"#)
    };
    let flows = [
        flow("10.0.0.1", "10.0.0.2", "tcp 443"),
        flow("10.0.0.2", "10.0.0.1", "tcp 22"),
        flow("192.0.2.1", "10.0.0.1", "tcp 25"),
    ];
    let text = rendered(Platform::Firewalld, &flows, &ground).text;
    let options: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("firewall-cmd '")?.split('\'').next())
        .collect();
    assert_eq!(
        options,
        ["--policy=out", "--zone=internal", "--zone=public"]
    );
}

#[test]
fn what_is_opened_besides_is_told_and_is_the_narrowest_gap() {
    let ports = ["tcp 10", "tcp 12", "tcp 20-30", "tcp 100"];
    let flows = ports.map(|ports| flow("10.0.0.1", "10.0.0.2", ports));
    let (wider, extra) = widened(&flows, 2);
    let told = |flows: &[Flow]| flows.iter().map(Flow::what).collect::<Vec<_>>();
    assert_eq!(told(&wider), ["tcp 10-30", "tcp 100"]);
    assert_eq!(told(&extra), ["tcp 11", "tcp 13-19"]);
}

#[test]
fn terraform_takes_nothing_of_a_file_for_its_own_language() {
    assert_eq!(escape::hcl("a\"${b}\\%{c}"), "\"a\\\"$${b}\\\\%%{c}\"");
}
