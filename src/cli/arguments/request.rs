//! `request`.

use std::path::PathBuf;

use clap::{
    Args, ValueHint,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{SelectionFlags, SiteOptions};
use crate::request::Platform;

/// `request`.
#[derive(Debug, Args)]
pub(crate) struct RequestArguments {
    /// A report that `--format json` wrote: only what failed in it is asked for; repeatable, and what
    /// `mesh` wrote will do. Without one, all that `--profile` needs is
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    pub(crate) reports: Vec<PathBuf>,
    /// What to write it for
    #[arg(long = "for", value_name = "PLATFORM", default_value = "table", value_parser = platforms(), help_heading = "Request")]
    pub(crate) platform: Platform,
    /// Write it to a file instead of stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Request")]
    pub(crate) output: Option<PathBuf>,
    /// Also write what takes the change back
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Request")]
    pub(crate) undo: Option<PathBuf>,
    /// The chain that drops, for `nftables` and `iptables`; by default it is looked for in the rules
    /// of this machine, which root alone may list
    #[arg(long, value_name = "FAMILY TABLE CHAIN", help_heading = "Request")]
    pub(crate) chain: Option<String>,
    /// The address that packets leave from, where it is not the one that the system would choose, or
    /// that the report tells; of each IP version one
    #[arg(
        long,
        value_name = "ADDR",
        env = "PORTCHECK_SOURCE",
        hide_env_values = true,
        help_heading = "Request"
    )]
    pub(crate) source: Vec<String>,
    /// Look names up and ask for the addresses that they have now, which may be others tomorrow
    #[arg(long, help_heading = "Request")]
    pub(crate) resolve_now: bool,
    /// Where a platform's quota is exceeded, open ports between others as well, and say which
    #[arg(long, help_heading = "Request")]
    pub(crate) allow_wider: bool,
    /// Say instead which flows these rules of this machine allow already: what `nft list ruleset`,
    /// `nft -j list ruleset` or `iptables-save` printed
    #[arg(long, value_name = "RULES", value_hint = ValueHint::FilePath, help_heading = "Request")]
    pub(crate) check: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: SelectionFlags,
    #[command(flatten)]
    pub(crate) site: SiteOptions,
}

/// The words of the platforms there are.
fn platforms() -> impl TypedValueParser<Value = Platform> {
    PossibleValuesParser::new(Platform::ALL.map(Platform::word)).try_map(|word| {
        // The parser before this one lets only these words through.
        Platform::ALL
            .into_iter()
            .find(|platform| platform.word() == word)
            .ok_or("unknown platform")
    })
}
