//! The table of causes: why a check came out as it did, one row a cause (contract §9).
//!
//! A row says everything that is known of a cause besides what one check saw: where it belongs,
//! what it is about, who can act, what it means, how it is seen, what to do, and what the rest of
//! the crate asks of it. Each stage has its rows in a file of its own; the enum, its codes and its
//! pages are made from them, so that nothing else has to be written to add a cause.

use std::{fmt, str::FromStr};

use crate::fact::Sentence;

mod places;
mod traits;
#[macro_use]
mod resolve;
#[macro_use]
mod local;
#[macro_use]
mod connect;
#[macro_use]
mod first_byte;
#[macro_use]
mod tls;
#[macro_use]
mod service;
#[macro_use]
mod proxy;
#[macro_use]
mod datagram;
#[macro_use]
mod responder;
#[macro_use]
mod mesh;
#[macro_use]
mod not_judged;

#[cfg(test)]
mod tests;

pub use places::{Flow, Place, Places};
pub use traits::{About, Actor, Area, Is, ToldBy};

/// What is known of a cause, whatever the check. All texts are plain and not wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row {
    /// What is wrong, as a thing.
    pub about: About,
    /// Who can do something about it, the likeliest first; empty where nobody has to.
    pub acts: &'static [Actor],
    /// What is wrong, as a clause: lower case, no full stop, no values.
    pub headline: &'static str,
    /// What is the case, in sentences.
    pub means: &'static str,
    /// How portcheck sees it, in sentences.
    pub seen_as: &'static str,
    /// What to do in general, in sentences in the imperative, saying who acts.
    pub what_to_do: &'static str,
    /// What to do at one check: clauses in the imperative with places for its values, see
    /// [`Place`]. The first is taken of which every place is known; of the last all always are.
    pub remedies: &'static [&'static str],
    /// Where it is defined: RFC and section, man page.
    pub source: &'static str,
    /// By what several findings of it are told as one.
    pub told_by: ToldBy,
    /// What the rest of the crate asks of it.
    pub is: &'static [Is],
}

/// Declares [`Cause`] from the rows of all stages.
macro_rules! table {
    ($($area:ident { $($variant:ident $code:literal $row:expr)* })*) => {
        /// Why a check came out as it did. `portcheck explain CODE` tells the rest.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Cause { $($(
            #[doc = concat!("`", $code, "`")]
            $variant,
        )*)* }

        impl Cause {
            /// Every cause, in the order of the contract.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $($(Self::$variant => $code,)*)* }
            }

            /// Where it belongs.
            #[must_use]
            pub const fn area(self) -> Area {
                match self { $($(Self::$variant => Area::$area,)*)* }
            }

            /// All that is known of it.
            #[must_use]
            pub const fn row(self) -> &'static Row {
                match self { $($(Self::$variant => const { &$row },)*)* }
            }
        }
    };
}

// Each stage hands its rows on to the next; the last one hands all of them to the table.
resolve_rows! { local_rows connect_rows first_byte_rows tls_rows service_rows proxy_rows
datagram_rows responder_rows mesh_rows not_judged_rows table }

impl Cause {
    /// Whether it has a property.
    #[must_use]
    pub fn is(self, property: Is) -> bool {
        self.row().is.contains(&property)
    }

    /// What to do where the values of the check at hand are `places`: a clause in the imperative,
    /// lower case, without a full stop.
    #[must_use]
    pub fn remedy(self, places: &Places) -> Sentence {
        let remedies = self.row().remedies;
        let known = remedies.iter().find(|remedy| places.know(remedy));
        known
            .or_else(|| remedies.last())
            .map_or_else(Sentence::default, |remedy| places.fill(remedy))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// A word that is no cause's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown cause `{0}`")]
pub struct UnknownCause(pub String);

impl FromStr for Cause {
    type Err = UnknownCause;

    fn from_str(text: &str) -> Result<Self, UnknownCause> {
        Self::ALL
            .iter()
            .copied()
            .find(|cause| cause.code() == text)
            .ok_or_else(|| UnknownCause(text.to_owned()))
    }
}
