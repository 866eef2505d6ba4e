//! What checks show of each other: a finding is corrected, explained or settled by what else was
//! seen in the run.

mod alive;
mod alternatives;
mod blocked;
mod clock;
mod decoy;
mod detours;
mod follow_ups;
mod hello;
mod own_firewall;
mod path;
mod portal;
mod presence;
mod responder;
mod roots;
mod stand_ins;

pub use follow_ups::follow_ups;
pub use own_firewall::addresses as own_firewall_addresses;
pub use path::path_questions;

pub(super) use alive::alive;
pub(super) use alternatives::alternatives;
pub(super) use blocked::{blocked, explained};
pub(super) use clock::clock;
pub(super) use decoy::shows_the_host;
pub(super) use follow_ups::apply;
pub(super) use own_firewall::apply as apply_own_firewall;
pub(super) use path::{address as address_paths, apply as apply_paths};
pub(super) use presence::hosts as present_hosts;
pub(super) use responder::{compared, settle as settle_responders};
pub(super) use roots::find as find_roots;
pub(super) use stand_ins::stand_ins;
