//! The listing, read: `nft -j -a list ruleset` for what the rules mean, `nft -a list ruleset` for
//! their words.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ChainName, OwnRule, Place};

/// The chains, rules and sets of this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ruleset {
    pub(super) bases: Vec<Base>,
    pub(super) rules: BTreeMap<ChainName, Vec<Rule>>,
    /// The elements of the named sets and maps, by family, table and name.
    sets: BTreeMap<[String; 3], Vec<Value>>,
    words: BTreeMap<Place, String>,
}

/// A chain that packets come to by themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base {
    pub(super) name: ChainName,
    pub(super) hook: String,
    pub(super) priority: i64,
    pub(super) drops: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) handle: u64,
    pub(super) statements: Vec<Value>,
}

impl Ruleset {
    /// Reads both listings of the same rules; `None` for what is no such listing.
    #[must_use]
    pub fn read(json: &str, words: &str) -> Option<Self> {
        let listing: Value = serde_json::from_str(json).ok()?;
        let mut rules = Self {
            words: words_of(words),
            ..Self::default()
        };
        for object in listing.get("nftables")?.as_array()? {
            let (kind, object) = object.as_object()?.iter().next()?;
            match kind.as_str() {
                "chain" => rules.add_chain(object)?,
                "rule" => rules.add_rule(object)?,
                "set" | "map" => rules.add_set(object)?,
                _ => {}
            }
        }
        rules.bases.sort_by_key(|base| base.priority);
        Some(rules)
    }

    fn add_chain(&mut self, chain: &Value) -> Option<()> {
        let name = chain_name(chain, "name")?;
        if let Some(hook) = word(chain, "hook") {
            self.bases.push(Base {
                name,
                hook,
                priority: chain.get("prio")?.as_i64()?,
                drops: word(chain, "policy").as_deref() == Some("drop"),
            });
        }
        Some(())
    }

    fn add_rule(&mut self, rule: &Value) -> Option<()> {
        let rules = self.rules.entry(chain_name(rule, "chain")?).or_default();
        rules.push(Rule {
            handle: rule.get("handle")?.as_u64()?,
            statements: rule.get("expr")?.as_array()?.clone(),
        });
        Some(())
    }

    fn add_set(&mut self, set: &Value) -> Option<()> {
        let key = [
            word(set, "family")?,
            word(set, "table")?,
            word(set, "name")?,
        ];
        let elements = set.get("elem").and_then(Value::as_array).cloned();
        self.sets.insert(key, elements.unwrap_or_default());
        Some(())
    }

    /// The elements of a set of that table.
    pub(super) fn set(&self, of: &ChainName, name: &str) -> Option<&[Value]> {
        let key = [of.family.clone(), of.table.clone(), name.to_owned()];
        self.sets.get(&key).map(Vec::as_slice)
    }

    /// Whether rules of a network device may deny what the others let out.
    pub(super) fn filters_devices(&self) -> bool {
        self.bases.iter().any(|base| base.hook == "egress")
    }

    /// A rule as people know it.
    pub(super) fn rule(&self, place: &Place) -> OwnRule {
        let ChainName {
            family,
            table,
            chain,
        } = &place.chain;
        let words = match place.handle {
            None => "policy drop".to_owned(),
            Some(_) => self.words.get(place).cloned().unwrap_or_default(),
        };
        OwnRule {
            words,
            chain: format!("{family} {table} {chain}"),
            handle: place.handle,
        }
    }
}

fn chain_name(object: &Value, chain: &str) -> Option<ChainName> {
    Some(ChainName {
        family: word(object, "family")?,
        table: word(object, "table")?,
        chain: word(object, chain)?,
    })
}

fn word(object: &Value, key: &str) -> Option<String> {
    Some(object.get(key)?.as_str()?.to_owned())
}

/// The words of each rule: a line in a block of a chain, in a block of a table.
fn words_of(listing: &str) -> BTreeMap<Place, String> {
    let mut words = BTreeMap::new();
    let (mut table, mut chain) = (None, None);
    for line in listing.lines() {
        let mut each = line.split_whitespace();
        match (each.next(), each.next(), each.next()) {
            (Some("table"), Some(family), Some(name)) if !line.starts_with('\t') => {
                table = Some((family.to_owned(), name.to_owned()));
            }
            (Some("chain"), Some(name), _) if is_deep(line, 1) => chain = Some(name.to_owned()),
            (Some("}"), None, None) if is_deep(line, 1) => chain = None,
            _ => {}
        }
        let (Some((family, table)), Some(chain)) = (&table, &chain) else {
            continue;
        };
        let Some((rule, handle)) = line.rsplit_once(" # handle ").filter(|_| is_deep(line, 2))
        else {
            continue;
        };
        let Ok(handle) = handle.trim().parse() else {
            continue;
        };
        let chain = ChainName {
            family: family.clone(),
            table: table.clone(),
            chain: chain.clone(),
        };
        let place = Place {
            chain,
            handle: Some(handle),
        };
        words.insert(place, rule.trim().to_owned());
    }
    words
}

/// Whether a line stands in as many blocks.
fn is_deep(line: &str, depth: usize) -> bool {
    line.bytes().take_while(|byte| *byte == b'\t').count() == depth
}
