//! Into which chains a flow's rules go: those that do not let it through.

use std::{collections::BTreeSet, fmt, net::IpAddr, str::FromStr};

use thiserror::Error;

use super::{
    flow::{End, Flow},
    ruleset::{BaseChain, ChainFamily, Fate, Hook, Packet, Ruleset, State, fate},
    zones::Zones,
};

/// What is known of the machine that the change is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ground {
    /// Its addresses; loopback is its own whether it is listed or not.
    pub own: Vec<IpAddr>,
    /// Its rules; `None` where this user may not list them.
    pub ruleset: Option<Ruleset>,
    /// What firewalld says, where it runs and was asked.
    pub firewalld: Option<Zones>,
    /// The chain that somebody named: then all goes there.
    pub chain: Option<Chain>,
}

impl Ground {
    /// Whether an end is this machine itself.
    #[must_use]
    pub fn is_own(&self, end: &End) -> bool {
        match end {
            End::Address(address) => address.is_loopback() || self.own.contains(address),
            End::Network(_) | End::Name(_) => false,
        }
    }
}

/// A chain by its name: `inet filter input`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chain {
    /// The packets that its table is for.
    pub family: ChainFamily,
    /// The table.
    pub table: String,
    /// The chain.
    pub name: String,
}

impl From<&BaseChain> for Chain {
    fn from(chain: &BaseChain) -> Self {
        Self {
            family: chain.family,
            table: chain.table.clone(),
            name: chain.name.clone(),
        }
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.family, self.table, self.name)
    }
}

impl FromStr for Chain {
    type Err = ChainError;

    fn from_str(text: &str) -> Result<Self, ChainError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let [family, table, name] = words[..] else {
            return Err(ChainError);
        };
        let known = ChainFamily::ALL.into_iter().find(|it| it.word() == family);
        // Source: nft(8), "LEXICAL CONVENTIONS"; no shell sees more in it either.
        let is_name = |word: &str| {
            word.len() <= 64
                && word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                && word
                    .chars()
                    .all(|it| it.is_ascii_alphanumeric() || "/\\_.-".contains(it))
        };
        match known {
            Some(family) if is_name(table) && is_name(name) => Ok(Self {
                family,
                table: table.to_owned(),
                name: name.to_owned(),
            }),
            Some(_) | None => Err(ChainError),
        }
    }
}

/// Words that name no chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("expected `FAMILY TABLE CHAIN`, the family `ip`, `ip6` or `inet`: `inet filter input`")]
pub struct ChainError;

/// Where a rule goes, and whether it lets the flow or its answers through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) chain: Chain,
    pub(super) state: State,
}

/// Where the rules of a flow go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Into these chains, at least one.
    At(Vec<Spot>),
    /// Nowhere: this machine's rules let it through.
    Open,
    /// Into the chain that drops it, whichever that is.
    Somewhere,
    /// Not into the chain that was named, which is for the other family.
    OtherFamily,
}

/// Where the rules of a flow go. Both its ends are addresses of one family.
pub(super) fn place(flow: &Flow, ground: &Ground) -> Place {
    if let Some(chain) = &ground.chain {
        let fits = flow.family().is_some_and(|family| chain.family.has(family));
        let (chain, state) = (chain.clone(), State::New);
        return if fits {
            Place::At(vec![Spot { chain, state }])
        } else {
            Place::OtherFamily
        };
    }
    let Some(ruleset) = &ground.ruleset else {
        return Place::Somewhere;
    };
    let mut spots = BTreeSet::new();
    for state in [State::New, State::Established] {
        let hooks = hooks(flow, state, ground);
        let Some(packet) = Packet::of(flow, state) else {
            continue;
        };
        let on_its_way = ruleset.chains.iter().filter(|chain| {
            chain.family.has(packet.family) && chain.hook.is_some_and(|it| hooks.contains(&it))
        });
        let shut = on_its_way.filter(|chain| fate(ruleset, chain, &packet) != Fate::Accepted);
        spots.extend(shut.map(|chain| Spot {
            chain: Chain::from(chain),
            state,
        }));
    }
    if spots.is_empty() {
        Place::Open
    } else {
        Place::At(spots.into_iter().collect())
    }
}

/// Where the packets of a flow, or its answers, come by on this machine.
fn hooks(flow: &Flow, state: State, ground: &Ground) -> BTreeSet<Hook> {
    const OUT: [Hook; 2] = [Hook::Output, Hook::Postrouting];
    const IN: [Hook; 2] = [Hook::Prerouting, Hook::Input];
    const THROUGH: [Hook; 3] = [Hook::Prerouting, Hook::Forward, Hook::Postrouting];
    let (from, to) = match state {
        State::New => (&flow.source, &flow.destination),
        State::Established => (&flow.destination, &flow.source),
    };
    let mut hooks = BTreeSet::new();
    if ground.is_own(from) {
        hooks.extend(OUT);
    }
    if ground.is_own(to) {
        hooks.extend(IN);
    }
    if hooks.is_empty() {
        hooks.extend(THROUGH);
    }
    hooks
}
