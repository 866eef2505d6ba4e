//! The program from outside: what is typed, what is printed, and the exit code.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod peer;
mod portcheck;

mod arguments;
mod catalog;
mod ending;
mod readme;

use portcheck::Portcheck;
