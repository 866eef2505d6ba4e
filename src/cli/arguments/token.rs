//! The secret that a responder and those who ask it share.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// The token.
#[derive(Debug, Args)]
#[command(next_help_heading = "Responders")]
pub(crate) struct TokenFlags {
    /// The secret that a responder and those who ask it share
    ///
    /// Every user of a host can read its command lines: better give it by the environment, or by
    /// `--token-file`.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "PORTCHECK_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: Option<String>,
    /// A file that holds the token
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_TOKEN_FILE", hide_env_values = true)]
    pub(crate) token_file: Option<PathBuf>,
}
