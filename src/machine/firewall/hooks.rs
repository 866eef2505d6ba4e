//! A packet's way through the chains, with every branch that is not known taken.

use serde_json::Value;

use super::{
    ChainName, Denier, Ends, Fate, Packet, Place,
    listing::{Base, Rule, Ruleset},
    matching::{Known, Truth},
    verdict::{Verdict, only},
};

/// The hooks that what this machine sends comes through, in their order. Source: nft(8), hooks.
const HOOKS: [&str; 2] = ["output", "postrouting"];

/// How deep a chain may be called. Source: Linux, `NFT_JUMP_STACK_SIZE`.
const DEPTH: usize = 16;

/// How many rules are looked at: chains that call each other may be long without end.
const RULES: usize = 200_000;

/// One packet before the rules.
pub(super) struct Walk<'a> {
    rules: &'a Ruleset,
    known: Known<'a>,
    left: usize,
}

/// Where a packet may be after a rule, or after a chain.
#[derive(Default)]
struct Ways {
    ends: Ends,
    /// Whether the next rule may see it.
    goes_on: bool,
    /// Whether the rest of this chain may be left out, and who called it goes on.
    returns: bool,
}

impl Ways {
    fn on() -> Self {
        Self {
            goes_on: true,
            ..Self::default()
        }
    }
}

impl Ends {
    fn add(&mut self, other: Self) {
        self.passes |= other.passes;
        self.denials.extend(other.denials);
    }
}

impl<'a> Walk<'a> {
    pub(super) const fn new(rules: &'a Ruleset, packet: &'a Packet) -> Self {
        Self {
            rules,
            known: Known::new(packet),
            left: RULES,
        }
    }

    /// Where the packet may end; `None` if that was too much to look at.
    pub(super) fn leave(mut self) -> Option<Ends> {
        let rules = self.rules;
        let mut all = Ends::default();
        for hook in HOOKS {
            let mut bases = rules
                .bases
                .iter()
                .filter(|base| base.hook == hook)
                .peekable();
            while let Some(base) = bases.next() {
                let mut ends = self.base(base);
                // Of chains of one priority it is not told which comes first.
                while let Some(beside) = bases.next_if(|next| next.priority == base.priority) {
                    let other = self.base(beside);
                    ends.passes &= other.passes;
                    ends.denials.extend(other.denials);
                }
                all.denials.append(&mut ends.denials);
                if !ends.passes {
                    return (self.left > 0).then_some(all);
                }
            }
        }
        all.passes = true;
        (self.left > 0).then_some(all)
    }

    fn base(&mut self, base: &Base) -> Ends {
        if !self.known.is_of(&base.name.family) {
            return Ends {
                passes: true,
                ..Ends::default()
            };
        }
        let Ways {
            mut ends, goes_on, ..
        } = self.chain(&base.name, 0);
        if goes_on && base.drops {
            ends.denials.insert(Denier {
                place: Place {
                    chain: base.name.clone(),
                    handle: None,
                },
                fate: Fate::Dropped,
            });
        } else if goes_on {
            ends.passes = true;
        }
        ends
    }

    /// The whole chain; it goes on where its end may be reached.
    fn chain(&mut self, name: &ChainName, depth: usize) -> Ways {
        let rules = self.rules;
        let mut ways = Ways::default();
        if depth > DEPTH {
            self.left = 0;
        }
        for rule in rules.rules.get(name).into_iter().flatten() {
            self.left = self.left.saturating_sub(1);
            if self.left == 0 {
                break;
            }
            let after = self.rule(name, rule, depth);
            ways.ends.add(after.ends);
            ways.goes_on |= after.returns;
            if !after.goes_on {
                return ways;
            }
        }
        ways.goes_on = true;
        ways
    }

    /// One rule: its statements in their order, until one does not match or gives a verdict.
    fn rule(&mut self, chain: &ChainName, rule: &Rule, depth: usize) -> Ways {
        let mut truth = Truth::Yes;
        for statement in &rule.statements {
            let Some((kind, body)) = only(statement) else {
                truth = truth.and(Truth::Maybe);
                continue;
            };
            let at = At {
                chain,
                handle: rule.handle,
                depth,
            };
            match effect(kind, body) {
                Effect::None => {}
                Effect::Match => truth = truth.and(self.known.holds(self.rules, chain, body)),
                Effect::Perhaps => truth = truth.and(Truth::Maybe),
                Effect::Changes => self.known.forget(),
                Effect::Untracks => self.known.untrack(),
                Effect::Map => {
                    let verdicts = self.known.verdicts(self.rules, chain, body);
                    return self.branch(&at, truth, verdicts);
                }
                Effect::Verdict(verdict) => {
                    return self.branch(&at, truth, vec![(verdict, Truth::Yes)]);
                }
            }
            if truth == Truth::No {
                break;
            }
        }
        Ways::on()
    }

    /// What may come of the verdicts, where the packet is given them or sees the next rule.
    fn branch(&mut self, at: &At<'_>, truth: Truth, verdicts: Vec<(Verdict, Truth)>) -> Ways {
        let mut ways = Ways::default();
        let mut is_sure = false;
        for (verdict, held) in verdicts {
            let after = self.verdict(at, verdict);
            ways.ends.add(after.ends);
            ways.goes_on |= after.goes_on;
            ways.returns |= after.returns;
            is_sure |= truth.and(held) == Truth::Yes;
        }
        ways.goes_on |= !is_sure;
        ways
    }

    fn verdict(&mut self, at: &At<'_>, verdict: Verdict) -> Ways {
        let mut ways = Ways::default();
        match verdict {
            Verdict::Accept => ways.ends.passes = true,
            Verdict::Translate => {
                self.known.forget();
                ways.ends.passes = true;
            }
            Verdict::Continue => ways.goes_on = true,
            Verdict::Return => ways.returns = true,
            Verdict::Deny(fate) => {
                ways.ends.denials.insert(at.denier(fate));
                ways.ends.passes = fate == Fate::Queued;
            }
            Verdict::Unknown => {
                ways.ends.denials.insert(at.denier(Fate::Queued));
                ways.ends.passes = true;
                ways.goes_on = true;
            }
            Verdict::Jump(chain) => {
                let after = self.chain(&at.beside(chain), at.depth + 1);
                ways.goes_on = after.goes_on;
                ways.ends = after.ends;
            }
            Verdict::Goto(chain) => {
                let after = self.chain(&at.beside(chain), at.depth + 1);
                ways.returns = after.goes_on;
                ways.ends = after.ends;
            }
        }
        ways
    }
}

/// A rule's place, and how deep it was called.
struct At<'a> {
    chain: &'a ChainName,
    handle: u64,
    depth: usize,
}

impl At<'_> {
    fn denier(&self, fate: Fate) -> Denier {
        Denier {
            place: Place {
                chain: self.chain.clone(),
                handle: Some(self.handle),
            },
            fate,
        }
    }

    fn beside(&self, chain: String) -> ChainName {
        ChainName {
            chain,
            ..self.chain.clone()
        }
    }
}

/// What a statement does.
enum Effect {
    /// Nothing to whether the packet leaves.
    None,
    /// It asks what can be looked at.
    Match,
    /// It asks what is not known.
    Perhaps,
    /// The packet is another one from then on.
    Changes,
    /// Its connection is not tracked.
    Untracks,
    /// A verdict for each of many values.
    Map,
    Verdict(Verdict),
}

/// What is not known asks for something, so that it never makes a rule certain.
fn effect(kind: &str, body: &Value) -> Effect {
    if let Some(verdict) = Verdict::of(kind, body) {
        return Effect::Verdict(verdict);
    }
    match kind {
        "match" => Effect::Match,
        "vmap" => Effect::Map,
        "notrack" => Effect::Untracks,
        "mangle" if body.pointer("/key/payload").is_some() => Effect::Changes,
        "counter" | "log" | "mangle" | "comment" | "set" | "map" | "dup" | "last" | "secmark"
        | "ct helper" | "ct timeout" | "ct expectation" => Effect::None,
        "xt" => module(body),
        _ => Effect::Perhaps,
    }
}

/// A module of iptables, whose words this listing does not have. Source: iptables-extensions(8).
fn module(body: &Value) -> Effect {
    let word = |key| body.get(key).and_then(Value::as_str).unwrap_or_default();
    match (word("type"), word("name")) {
        ("target", "REJECT") => Effect::Verdict(Verdict::Deny(Fate::Rejected)),
        ("target", "CT" | "NOTRACK") => Effect::Untracks,
        ("target", "MASQUERADE" | "SNAT") => Effect::Verdict(Verdict::Accept),
        ("target", "DNAT" | "REDIRECT") => Effect::Verdict(Verdict::Translate),
        (
            "target",
            "LOG" | "NFLOG" | "AUDIT" | "MARK" | "CONNMARK" | "TCPMSS" | "SET" | "CHECKSUM"
            | "CLASSIFY",
        )
        | ("watcher", _) => Effect::None,
        ("target", _) => Effect::Verdict(Verdict::Unknown),
        _ => Effect::Perhaps,
    }
}
