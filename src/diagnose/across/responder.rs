//! What our responders show of each other, and of the ports that gave no proof.

mod compare;
mod settle;
#[cfg(test)]
mod tests;

pub(in crate::diagnose) use compare::compared;
pub(super) use settle::questions;
pub(in crate::diagnose) use settle::settle;
