//! Rules as nft 1.0.6 lists them, and packets before them.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::*;

/// A ruleset of one outgoing chain, its rules numbered from 1 on.
fn listing(policy: &str, rules: &[Value]) -> Value {
    let chain = json!({"chain": {
        "family": "inet", "table": "filter", "name": "output", "handle": 100,
        "type": "filter", "hook": "output", "prio": 0, "policy": policy,
    }});
    let rules = rules.iter().zip(1..).map(|(statements, handle)| {
        json!({"rule": {
            "family": "inet", "table": "filter", "chain": "output", "handle": handle, "expr": statements,
        }})
    });
    let objects: Vec<Value> = [chain].into_iter().chain(rules).collect();
    json!({"nftables": objects})
}

fn with(mut listing: Value, objects: Vec<Value>) -> Value {
    listing["nftables"].as_array_mut().unwrap().extend(objects);
    listing
}

fn web() -> Packet {
    packet("10.1.2.3", 443)
}

fn packet(to: &str, port: u16) -> Packet {
    Packet {
        to: to.parse::<IpAddr>().unwrap(),
        transport: Transport::Tcp,
        port: Port::new(port),
        exit: Exit {
            interface: Some("eth0".to_owned()),
            source: None,
        },
        user: Some(0),
    }
}

/// `drop 3`, `drop 3?` where it is not certain, `policy`, or `-`.
fn denial(listing: &Value, packet: &Packet) -> String {
    let rules = Ruleset::read(&listing.to_string(), "").unwrap();
    let Some(denial) = rules.denial(packet) else {
        return "-".to_owned();
    };
    let fate = match denial.fate {
        Fate::Dropped => "drop",
        Fate::Rejected => "reject",
        Fate::Queued => "queue",
    };
    let handle = denial.rule.handle;
    let handle = handle.map_or("policy".to_owned(), |handle| handle.to_string());
    let doubt = if denial.is_certain { "" } else { "?" };
    format!("{fate} {handle}{doubt}")
}

fn matches(left: &Value, op: &str, right: &Value) -> Value {
    json!({"match": {"op": op, "left": left, "right": right}})
}

fn field(protocol: &str, field: &str) -> Value {
    json!({"payload": {"protocol": protocol, "field": field}})
}

fn port(port: u16) -> Value {
    matches(&field("tcp", "dport"), "==", &json!(port))
}

fn word(word: &str) -> Value {
    json!({word: null})
}

fn reset() -> Value {
    json!({"reject": {"type": "tcp reset"}})
}

#[test]
fn the_first_rule_that_denies_it_decides() {
    let rules = [
        json!([port(80), word("drop")]),
        json!([port(443), {"counter": {"packets": 7, "bytes": 9}}, reset()]),
        json!([word("drop")]),
    ];
    assert_eq!(denial(&listing("accept", &rules), &web()), "reject 2");
    assert_eq!(denial(&listing("accept", &rules[..1]), &web()), "-");
    assert_eq!(denial(&listing("drop", &rules[..1]), &web()), "drop policy");
}

#[test]
fn each_kind_of_match_is_yes_or_no() {
    let to = || field("ip", "daddr");
    let state = || json!({"ct": {"key": "state"}});
    let meta = |key: &str| json!({"meta": {"key": key}});
    let prefix = |address: &str, length: u8| json!({"prefix": {"addr": address, "len": length}});
    let flags = json!({"&": [field("tcp", "flags"), ["fin", "syn", "rst", "ack"]]});
    let pair = json!({"concat": [to(), field("tcp", "dport")]});
    for (does, left, op, right) in [
        (true, to(), "==", prefix("10.0.0.0", 8)),
        (false, to(), "!=", prefix("10.0.0.0", 8)),
        (false, to(), "==", prefix("10.2.0.0", 16)),
        (true, to(), "==", prefix("0.0.0.0", 0)),
        (true, to(), "==", json!({"range": ["10.1.2.0", "10.1.2.9"]})),
        (true, to(), "==", json!({"set": ["192.0.2.1", "10.1.2.3"]})),
        (false, field("ip6", "daddr"), "!=", json!("2001:db8::1")),
        (false, field("udp", "dport"), "==", json!(443)),
        (
            true,
            field("tcp", "dport"),
            "==",
            json!({"set": [1, {"range": [400, 500]}]}),
        ),
        (true, field("tcp", "dport"), ">=", json!(443)),
        (false, field("tcp", "dport"), "<", json!(443)),
        (true, field("tcp", "flags"), "==", json!("syn")),
        (true, flags.clone(), "==", json!("syn")),
        (false, flags, "!=", json!("syn")),
        (true, state(), "in", json!("new")),
        (false, state(), "in", json!(["established", "related"])),
        (true, state(), "==", json!({"set": ["invalid", "new"]})),
        (true, meta("l4proto"), "==", json!({"set": ["tcp", "udp"]})),
        (true, meta("nfproto"), "==", json!("ipv4")),
        (false, meta("oifname"), "==", json!("lo")),
        (true, meta("oifname"), "==", json!("eth*")),
        (true, meta("skuid"), "==", json!(0)),
        (
            true,
            pair.clone(),
            "==",
            json!({"set": [{"concat": ["10.1.2.3", 443]}]}),
        ),
        (
            false,
            pair,
            "==",
            json!({"set": [{"concat": ["10.1.2.3", 80]}]}),
        ),
        (
            true,
            to(),
            "==",
            json!({"set": [{"elem": {"val": "10.1.2.3", "expires": 9}}]}),
        ),
    ] {
        let rule = json!([matches(&left, op, &right), word("drop")]);
        let expected = if does { "drop 1" } else { "-" };
        assert_eq!(
            denial(&listing("accept", std::slice::from_ref(&rule)), &web()),
            expected,
            "{rule}"
        );
    }
}

#[test]
fn what_is_not_known_makes_no_rule_certain() {
    let mark = || matches(&json!({"meta": {"key": "mark"}}), "==", &json!(1));
    let limit = || json!({"limit": {"rate": 5, "per": "second"}});
    let module = || json!({"xt": {"type": "match", "name": "owner"}});
    for unknown in [mark(), limit(), module(), json!({"of a later version": 1})] {
        let drop = json!([unknown, word("drop")]);
        let accept = json!([unknown, word("accept")]);
        let last = json!([word("drop")]);
        // It may be the only one that denies it, and whether it does is not known.
        assert_eq!(
            denial(&listing("accept", std::slice::from_ref(&drop)), &web()),
            "drop 1?"
        );
        // It may be let out before.
        assert_eq!(
            denial(&listing("accept", &[accept, last.clone()]), &web()),
            "drop 2?"
        );
        // One of two, and nobody knows which.
        assert_eq!(denial(&listing("accept", &[drop, last]), &web()), "-");
    }
}

#[test]
fn chains_are_called_and_left() {
    let sub = |statements: Value| {
        json!({"rule": {
            "family": "inet", "table": "filter", "chain": "sub", "handle": 50, "expr": statements,
        }})
    };
    let jump = json!([{"jump": {"target": "sub"}}]);
    let goto = json!([{"goto": {"target": "sub"}}]);
    let drop = json!([word("drop")]);
    let of = |rules: &[Value], statements| with(listing("accept", rules), vec![sub(statements)]);
    let denies = json!([port(443), reset()]);
    assert_eq!(
        denial(&of(std::slice::from_ref(&jump), denies.clone()), &web()),
        "reject 50"
    );
    let returns = json!([word("return")]);
    assert_eq!(
        denial(&of(&[jump.clone(), drop.clone()], returns.clone()), &web()),
        "drop 2"
    );
    // Whoever goes there does not come back to the next rule.
    assert_eq!(denial(&of(&[goto, drop.clone()], returns), &web()), "-");
    let accepts = json!([word("accept")]);
    assert_eq!(denial(&of(&[jump, drop], accepts), &web()), "-");
}

#[test]
fn a_map_gives_the_verdict_of_its_element() {
    let map = json!({"set": [[80, {"accept": null}], [443, {"drop": null}]]});
    let rule = json!([{"vmap": {"key": field("tcp", "dport"), "data": map}}]);
    let rules = listing("accept", &[rule]);
    assert_eq!(denial(&rules, &web()), "drop 1");
    assert_eq!(denial(&rules, &packet("10.1.2.3", 80)), "-");
    assert_eq!(denial(&rules, &packet("10.1.2.3", 22)), "-");
    let named = json!([{"vmap": {"key": field("tcp", "dport"), "data": "@ports"}}]);
    let ports = json!({"map": {
        "family": "inet", "table": "filter", "name": "ports", "type": "inet_service", "map": "verdict",
        "elem": [[443, {"reject": null}]],
    }});
    assert_eq!(
        denial(&with(listing("accept", &[named]), vec![ports]), &web()),
        "reject 1"
    );
}

#[test]
fn what_is_accepted_in_one_chain_still_comes_to_the_others() {
    let base = |name: &str, hook: &str, priority: i64| {
        json!({"chain": {
            "family": "ip", "table": "late", "name": name, "handle": 7, "type": "filter", "hook": hook,
            "prio": priority, "policy": "accept",
        }})
    };
    let late = |chain: &str, handle: u64| {
        json!({"rule": {
            "family": "ip", "table": "late", "chain": chain, "handle": handle, "expr": [word("drop")],
        }})
    };
    let first = || listing("accept", &[json!([word("accept")])]);
    let later = with(first(), vec![base("o", "output", 10), late("o", 9)]);
    assert_eq!(denial(&later, &web()), "drop 9");
    assert_eq!(denial(&later, &packet("2001:db8::1", 443)), "-");
    let leaving = with(first(), vec![base("p", "postrouting", 0), late("p", 9)]);
    assert_eq!(denial(&leaving, &web()), "drop 9");
    // Of two at the same place it is not told which comes first.
    let denies = listing("accept", &[json!([word("drop")])]);
    let beside = with(denies, vec![base("o", "output", 0), late("o", 9)]);
    assert_eq!(denial(&beside, &web()), "-");
    let incoming = with(first(), vec![base("i", "input", 0), late("i", 9)]);
    assert_eq!(denial(&incoming, &web()), "-");
}

#[test]
fn a_packet_that_may_have_been_changed_is_not_known_any_more() {
    let translate = json!([{"dnat": {"addr": "192.0.2.9", "port": 80}}]);
    let nat = json!({"chain": {
        "family": "inet", "table": "filter", "name": "nat", "handle": 9, "type": "nat", "hook": "output",
        "prio": -100, "policy": "accept",
    }});
    let rule = json!({"rule": {
        "family": "inet", "table": "filter", "chain": "nat", "handle": 90, "expr": translate,
    }});
    let rules = listing("accept", &[json!([port(443), word("drop")])]);
    assert_eq!(denial(&with(rules, vec![nat, rule]), &web()), "drop 1?");
}

#[test]
fn chains_that_call_each_other_without_end_are_given_up() {
    let itself = json!([{"jump": {"target": "output"}}]);
    assert_eq!(denial(&listing("drop", &[itself]), &web()), "-");
}

#[test]
fn a_rule_is_quoted_from_the_listing_for_people() {
    let json = listing("accept", &[json!([port(443), reset()])]).to_string();
    let words = "table inet filter { # handle 1\n\
        \tset bad { # handle 9\n\t\telements = { 10.0.0.1 }\n\t}\n\
        \tchain output { # handle 100\n\
        \t\ttype filter hook output priority filter; policy accept;\n\
        \t\ttcp dport 443 reject with tcp reset comment \"no # handle 7\" # handle 1\n\t}\n}\n";
    let rules = Ruleset::read(&json, words).unwrap();
    let denial = rules.denial(&web()).unwrap();
    let rule = OwnRule {
        words: "tcp dport 443 reject with tcp reset comment \"no # handle 7\"".to_owned(),
        chain: "inet filter output".to_owned(),
        handle: Some(1),
    };
    assert_eq!(denial.rule, rule);
}

#[test]
fn what_is_no_listing_says_nothing() {
    for text in [
        "",
        "{",
        "[]",
        "{\"nftables\": 7}",
        "{\"nftables\": [{\"rule\": {}}]}",
    ] {
        assert_eq!(Ruleset::read(text, ""), None, "{text}");
    }
}
