//! The command-line program: see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(portcheck::run(std::env::args_os()))
}
