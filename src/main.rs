//! The command-line program: see the library.

fn main() {}
