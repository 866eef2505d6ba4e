//! A firewall's rules as a listing has them, and what becomes of a flow in them.
//!
//! What a rule asks that is not understood may hold or not: then several ends are possible, and
//! only a flow with one possible end is said to be let through.

pub(super) mod iptables;
mod judge;
pub(super) mod nft;
mod rules;

pub(super) use judge::{Fate, fate};
pub use rules::Ruleset;
pub(super) use rules::{BaseChain, ChainFamily, Hook, Packet, State};
