//! Where on the path: which failures are worth a walk, and what the walk showed.
//!
//! Only five sentences are honest. A silence is never put on one router: what is known is the last
//! one that was heard, and the next one that a control went on to.

mod questions;
mod sentences;

pub use questions::path_questions;

pub(in crate::diagnose) use sentences::{address, apply, to_whom};
