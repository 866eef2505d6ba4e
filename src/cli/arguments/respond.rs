//! `respond`, and the flags of those who ask responders.

use std::path::PathBuf;

use clap::{Args, ValueHint, builder::BoolishValueParser};

use super::{SelectionFlags, SiteOptions, TokenFlags};

/// `respond`.
#[derive(Debug, Args)]
pub(crate) struct RespondArguments {
    #[command(flatten)]
    pub(crate) selection: SelectionFlags,
    #[command(flatten)]
    pub(crate) site: SiteOptions,
    #[command(flatten)]
    pub(crate) token: TokenFlags,
    /// How long to stand: `30m`, `2h`, `90s`
    #[arg(
        long = "for",
        value_name = "DURATION",
        default_value = "30m",
        env = "PORTCHECK_FOR",
        hide_env_values = true,
        help_heading = "Responders"
    )]
    pub(crate) lifetime: String,
    /// The address of this machine to listen at (repeatable); all of them by default
    #[arg(
        long,
        value_name = "ADDRESS",
        value_delimiter = ',',
        env = "PORTCHECK_LISTEN",
        hide_env_values = true,
        help_heading = "Responders"
    )]
    pub(crate) listen: Vec<String>,
    /// The network to answer, `10.0.0.0/8`, or the one address (repeatable); all of them by default
    #[arg(
        long,
        value_name = "NETWORK",
        value_delimiter = ',',
        env = "PORTCHECK_ALLOW",
        hide_env_values = true,
        help_heading = "Responders"
    )]
    pub(crate) allow: Vec<String>,
    /// Also say in a file, as JSON, what is bound, once it is; it goes when the responder does
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_STATUS_FILE", hide_env_values = true, help_heading = "Responders")]
    pub(crate) status_file: Option<PathBuf>,
}

/// Whether responders stand at the other end.
#[derive(Debug, Args)]
#[command(next_help_heading = "Responders")]
pub(crate) struct AskFlags {
    /// `portcheck respond` runs at the other end: only its proof counts as open
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_RESPONDERS", hide_env_values = true)]
    pub(crate) responders: bool,
    #[command(flatten)]
    pub(crate) token: TokenFlags,
}
