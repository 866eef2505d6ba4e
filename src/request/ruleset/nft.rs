//! What `nft -j list ruleset` says. Source: libnftables-json(5).

use std::collections::BTreeMap;

use ipnet::IpNet;
use serde_json::Value;

use super::rules::{
    Asks, BaseChain, ChainFamily, Hook, Rule, Ruleset, Spans, Test, Verdict, number,
};
use crate::request::flow::{End, Family};

/// The elements of named sets, by family, table and name.
type Sets = BTreeMap<[String; 3], Value>;

/// The chains of such a listing; `None` for what is none.
#[must_use]
pub fn parse(text: &str) -> Option<Ruleset> {
    let listing: Value = serde_json::from_str(text).ok()?;
    let items = listing.get("nftables")?.as_array()?;
    let mut sets = Sets::new();
    let mut chains: Vec<BaseChain> = items
        .iter()
        .filter_map(|item| chain(item.get("chain")?))
        .collect();
    for set in items.iter().filter_map(|item| item.get("set")) {
        let elements = set.get("elem").cloned().unwrap_or(Value::Array(Vec::new()));
        sets.insert(
            ["family", "table", "name"].map(|key| word(set, key)),
            elements,
        );
    }
    for rule in items.iter().filter_map(|item| item.get("rule")) {
        let is_its = |chain: &&mut BaseChain| {
            chain.family.word() == word(rule, "family")
                && chain.table == word(rule, "table")
                && chain.name == word(rule, "chain")
        };
        if let Some(chain) = chains.iter_mut().find(is_its) {
            chain.rules.extend(rules(rule, &sets));
        }
    }
    Some(Ruleset { chains })
}

fn word(value: &Value, key: &str) -> String {
    let word = value.get(key).and_then(Value::as_str);
    word.unwrap_or_default().to_owned()
}

fn chain(chain: &Value) -> Option<BaseChain> {
    let family = ChainFamily::ALL.into_iter();
    let mut family = family.filter(|family| family.word() == word(chain, "family"));
    let filters = word(chain, "type") != "nat";
    Some(BaseChain {
        family: family.next()?,
        table: word(chain, "table"),
        name: word(chain, "name"),
        hook: Hook::from_word(&word(chain, "hook")).filter(|_| filters),
        drops: word(chain, "policy") == "drop",
        rules: Vec::new(),
    })
}

/// One rule, or with a map of verdicts one for each element.
fn rules(rule: &Value, sets: &Sets) -> Vec<Rule> {
    let table = ["family", "table"].map(|key| word(rule, key));
    let named = Named { table, sets };
    let mut tests = Vec::new();
    let mut read = Vec::new();
    let expressions = rule.get("expr").and_then(Value::as_array);
    for (kind, value) in expressions.into_iter().flatten().filter_map(only) {
        match kind {
            "match" => tests.extend(named.tests(value)),
            "vmap" => read.extend(named.map(value, &tests)),
            // How often, or what only the kernel's other modules know.
            "limit" | "ct count" | "xt" => tests.push(Test::of(Asks::Unclear)),
            kind => {
                if let Some(verdict) = verdict(kind, value) {
                    let tests = tests.clone();
                    read.push(Rule { tests, verdict });
                }
            }
        }
    }
    read
}

/// The one key of an object, and its value.
fn only(value: &Value) -> Option<(&str, &Value)> {
    let (key, value) = value.as_object()?.iter().next()?;
    Some((key, value))
}

fn verdict(kind: &str, value: &Value) -> Option<Verdict> {
    Some(match kind {
        "accept" => Verdict::Accept,
        "drop" | "reject" => Verdict::Drop,
        "return" => Verdict::Return,
        "jump" => Verdict::Jump(word(value, "target")),
        "goto" => Verdict::Goto(word(value, "target")),
        "queue" => Verdict::Unclear,
        _ => return None,
    })
}

/// The named sets of a rule's table.
struct Named<'a> {
    table: [String; 2],
    sets: &'a Sets,
}

impl Named<'_> {
    /// What a match asks, with what it implies.
    fn tests(&self, value: &Value) -> Vec<Test> {
        let negated = word(value, "op") == "!=";
        let is_known = ["==", "!=", "in"].contains(&word(value, "op").as_str());
        let asked = value
            .get("left")
            .zip(value.get("right"))
            .filter(|_| is_known);
        let tests = asked.and_then(|(left, right)| self.asks(left, right));
        let Some((asks, implied)) = tests else {
            return vec![Test::of(Asks::Unclear)];
        };
        let mut tests: Vec<Test> = implied.into_iter().map(Test::of).collect();
        tests.push(Test { asks, negated });
        tests
    }

    /// A rule for each element of a map of verdicts.
    fn map(&self, value: &Value, before: &[Test]) -> Vec<Rule> {
        let unclear = || {
            vec![Rule {
                tests: before.to_vec(),
                verdict: Verdict::Unclear,
            }]
        };
        let key = value.get("key");
        let elements = value.get("data").and_then(|data| data.get("set"));
        let (Some(key), Some(elements)) = (key, elements.and_then(Value::as_array)) else {
            return unclear();
        };
        let rule = |element: &Value| {
            let [at, to] = &element.as_array()?[..] else {
                return None;
            };
            let (kind, value) = only(to)?;
            let (asks, implied) = self.asks(key, at)?;
            let asked = implied.into_iter().chain([asks]).map(Test::of);
            Some(Rule {
                tests: before.iter().cloned().chain(asked).collect(),
                verdict: verdict(kind, value)?,
            })
        };
        let rules: Option<Vec<Rule>> = elements.iter().map(rule).collect();
        rules.unwrap_or_else(unclear)
    }

    /// What is asked of the packet, and what asking that implies.
    fn asks(&self, left: &Value, right: &Value) -> Option<(Asks, Vec<Asks>)> {
        let (kind, left) = only(left)?;
        let right = self.elements(right)?;
        let plain = |asks: Asks| Some((asks, Vec::new()));
        let words = || right.iter().map(as_word).collect::<Option<Vec<String>>>();
        let key = word(left, "key");
        match kind {
            "payload" => payload(&word(left, "protocol"), &word(left, "field"), &right),
            "ct" if key == "state" => plain(Asks::State(words()?)),
            "meta" => match key.as_str() {
                "l4proto" => plain(Asks::Transport(words()?)),
                "iif" | "iifname" | "oif" | "oifname" => plain(Asks::Interface(words()?)),
                "nfproto" => match &words()?[..] {
                    [word] if word == "ipv4" => plain(Asks::Family(Family::V4)),
                    [word] if word == "ipv6" => plain(Asks::Family(Family::V6)),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// The values that are compared with; those of a named set are looked up.
    fn elements(&self, right: &Value) -> Option<Vec<Value>> {
        let list = match right {
            Value::String(name) if name.starts_with('@') => {
                let [family, table] = self.table.clone();
                let name = name.trim_start_matches('@').to_owned();
                self.sets.get(&[family, table, name])?
            }
            Value::Object(object) if object.contains_key("set") => object.get("set")?,
            Value::Array(_) => right,
            other => return Some(vec![other.clone()]),
        };
        let elements = list.as_array()?.iter().map(|element| {
            let inner = element.get("elem").and_then(|inner| inner.get("val"));
            inner.unwrap_or(element).clone()
        });
        Some(elements.collect())
    }
}

fn payload(protocol: &str, field: &str, right: &[Value]) -> Option<(Asks, Vec<Asks>)> {
    let words = || right.iter().map(as_word).collect::<Option<Vec<String>>>();
    let carrier = match protocol {
        "th" => Vec::new(),
        carrier => vec![Asks::Transport(vec![carrier.to_owned()])],
    };
    match (protocol, field) {
        ("ip", "saddr") => Some((Asks::Source(addresses(right, Family::V4)?), Vec::new())),
        ("ip", "daddr") => Some((Asks::Destination(addresses(right, Family::V4)?), Vec::new())),
        ("ip6", "saddr") => Some((Asks::Source(addresses(right, Family::V6)?), Vec::new())),
        ("ip6", "daddr") => Some((Asks::Destination(addresses(right, Family::V6)?), Vec::new())),
        ("ip", "protocol") => Some((Asks::Transport(words()?), vec![Asks::Family(Family::V4)])),
        ("ip6", "nexthdr") => Some((Asks::Transport(words()?), vec![Asks::Family(Family::V6)])),
        ("tcp" | "udp" | "th", "dport") => Some((Asks::DestinationPort(ports(right)?), carrier)),
        ("tcp" | "udp" | "th", "sport") => Some((Asks::SourcePort(ports(right)?), carrier)),
        ("icmp" | "icmpv6", "type") => Some((Asks::Echo(words()?), carrier)),
        _ => None,
    }
}

fn as_word(value: &Value) -> Option<String> {
    match value {
        Value::String(word) => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn ports(values: &[Value]) -> Option<Spans> {
    let span = |value: &Value| match value.get("range").and_then(Value::as_array) {
        Some(ends) => match &ends[..] {
            [first, last] => Some([first.as_u64()?.into(), last.as_u64()?.into()]),
            _ => None,
        },
        None => value.as_u64().map(|port| [port.into(); 2]),
    };
    let all: Option<Vec<[u128; 2]>> = values.iter().map(span).collect();
    all.map(Spans::ports)
}

fn addresses(values: &[Value], family: Family) -> Option<Spans> {
    let end = |value: &Value| value.as_str()?.parse::<std::net::IpAddr>().ok();
    let span = |value: &Value| {
        if let Some(ends) = value.get("range").and_then(Value::as_array) {
            return match &ends[..] {
                [first, last] => Some([number(end(first)?), number(end(last)?)]),
                _ => None,
            };
        }
        if let Some(prefix) = value.get("prefix") {
            let length = u8::try_from(prefix.get("len")?.as_u64()?).ok()?;
            let network = IpNet::new(end(prefix.get("addr")?)?, length).ok()?;
            return Spans::of(&End::Network(network))?.all.first().copied();
        }
        end(value).map(|address| [number(address); 2])
    };
    let all: Option<Vec<[u128; 2]>> = values.iter().map(span).collect();
    Some(Spans {
        family: Some(family),
        all: all?,
    })
}
