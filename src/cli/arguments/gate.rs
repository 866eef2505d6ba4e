//! What a run is measured by, and whether it is run again: the flags of `run` and `probe`.

use std::path::PathBuf;

use clap::{Args, ValueHint, builder::BoolishValueParser};

/// What a run is measured by, and whether it is run again.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct GateFlags {
    /// Fail only for what got worse than in this saved JSON report
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_BASELINE", hide_env_values = true)]
    pub(crate) baseline: Option<PathBuf>,
    /// Run again and again: redraws on a terminal, prints what changed in a pipe
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_WATCH", hide_env_values = true)]
    pub(crate) watch: bool,
    /// End the watch with the first run that would exit with 0
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_UNTIL_PASS", hide_env_values = true)]
    pub(crate) until_pass: bool,
    /// From the start of a watched run to that of the next
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "30s",
        env = "PORTCHECK_EVERY",
        hide_env_values = true
    )]
    pub(crate) every: String,
}
