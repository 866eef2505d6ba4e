//! Facts: what was seen, as data. A fact is a row of a closed table: its kind, its typed fields, and
//! one template of words, which are made from it in one place.
//!
//! The words are parts that know where they come from: a sentence is printed by joining them,
//! redacted by mapping over them, and grouped by comparing them. So no prose is ever searched for a
//! name.

mod across;
mod connect;
mod local;
mod mesh;
mod name;
mod path;
mod plan;
mod proxy;
mod responder;
mod rows;
mod sentence;
mod service;
mod tls;
mod words;

pub use across::AcrossFact;
pub use connect::{ConnectFact, Icmp};
pub use local::LocalFact;
pub use mesh::MeshFact;
pub use name::NameFact;
pub use path::{Door, Hops, PathFact, Router};
pub use plan::PlanFact;
pub use proxy::ProxyFact;
pub use responder::ResponderFact;
pub use sentence::{Origin, Part, Sentence};
pub use service::{HttpStatus, ServiceFact};
pub use tls::{Issuer, TlsFact};
pub use words::{
    Ahead, Asked, Count, Day, Distinguished, Figure, File, Group, Links, Named, Names, Program,
    Rule, Said, Stranger, with_port,
};

use rows::{Row, kind_of};

/// Declares [`Fact`]: a room of the table a line.
macro_rules! rooms {
    ($($(#[$about:meta])* $room:ident($facts:ident),)*) => {
        /// What was seen.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Fact {
            $($(#[$about])* $room($facts),)*
        }

        impl Fact {
            /// The words: a sentence fragment without a full stop.
            #[must_use]
            pub fn sentence(&self) -> Sentence {
                match self {
                    $(Self::$room(fact) => fact.said(),)*
                }
            }

            /// What it is, for machines: `no-answer`. Unique among all facts.
            #[must_use]
            pub fn kind(&self) -> String {
                match self {
                    $(Self::$room(fact) => kind_of(fact.name()),)*
                }
            }

            /// The kinds of all facts, in the order of the table.
            pub fn kinds() -> impl Iterator<Item = String> {
                Self::rows().map(|row| kind_of(row.name))
            }

            /// The whole table.
            fn rows() -> impl Iterator<Item = &'static Row> {
                [$($facts::ROWS,)*].into_iter().flatten()
            }
        }

        $(impl From<$facts> for Fact {
            fn from(fact: $facts) -> Self {
                Self::$room(fact)
            }
        })*
    };
}

rooms! {
    /// Of the plan: what it chose, and what it could not.
    Plan(PlanFact),
    /// Of a name and its addresses.
    Name(NameFact),
    /// Of reaching a port.
    Connect(ConnectFact),
    /// Of the path to a port.
    Path(PathFact),
    /// Of a TLS handshake and its certificates.
    Tls(TlsFact),
    /// Of what a service said.
    Service(ServiceFact),
    /// Of a proxy.
    Proxy(ProxyFact),
    /// Of our responder.
    Responder(ResponderFact),
    /// Of several checks beside each other.
    Across(AcrossFact),
    /// Of this machine itself.
    Local(LocalFact),
    /// Of a node of a mesh.
    Mesh(MeshFact),
}

impl Fact {
    /// Whether the words are ours alone, the same in every report: `open`.
    #[must_use]
    pub fn is_ours(words: &str) -> bool {
        Self::rows().any(|row| row.template == words && row.fields.is_empty())
    }
}

impl std::fmt::Display for Fact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.sentence().fmt(f)
    }
}

#[cfg(test)]
impl PartialEq<&str> for Fact {
    /// Tests expect words.
    fn eq(&self, words: &&str) -> bool {
        let own = self.to_string();
        own == *words
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_places_of_every_template_are_the_fields_of_its_row() {
        for row in Fact::rows() {
            let places: Vec<&str> = row
                .template
                .split('{')
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('}')?.0))
                .collect();
            assert_eq!(places, row.fields, "{}", row.name);
        }
    }

    #[test]
    fn every_fact_has_a_kind_of_its_own_and_words_without_a_full_stop() {
        let mut kinds = BTreeSet::new();
        for row in Fact::rows() {
            let kind = kind_of(row.name);
            assert!(kinds.insert(kind.clone()), "{kind} is there twice");
            assert!(!row.template.ends_with('.'), "{kind}: {}", row.template);
        }
    }

    #[test]
    fn words_are_ours_where_a_row_has_no_place() {
        assert!(Fact::is_ours("open"));
        assert!(!Fact::is_ours("no answer in {elapsed}"));
        assert!(!Fact::is_ours("nas.rack2 is down"));
    }
}
