//! The program from outside: what is typed, what is printed, and the exit code.

mod peer;
mod portcheck;

mod arguments;
mod catalog;
mod ending;
mod readme;

use portcheck::Portcheck;
