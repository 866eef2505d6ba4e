//! What becomes of a report: its formats and files.

use std::path::PathBuf;

use clap::{
    Args, ValueEnum, ValueHint,
    builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser},
};

use crate::report::Format;

/// What becomes of the report.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputFlags {
    #[command(flatten)]
    pub(crate) shown: ShownFlags,
    /// Also write the report to a file, in the format given or the one of its name; repeatable
    ///
    /// `report.html` is HTML, `.json`, `.csv`, `.md`, `.xml` (`JUnit`) and so on likewise; any other
    /// name has the format of `--format`. `FORMAT=-` is what is printed.
    #[arg(long, short, value_name = "[FORMAT=]FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_OUTPUT", hide_env_values = true)]
    pub(crate) output: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) redaction: RedactFlag,
    /// Let warnings and failed optional checks fail the run
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_STRICT", hide_env_values = true)]
    pub(crate) strict: bool,
    /// Show no progress
    #[arg(long, short, value_parser = BoolishValueParser::new(), env = "PORTCHECK_QUIET", hide_env_values = true)]
    pub(crate) quiet: bool,
}

impl OutputFlags {
    /// The flags of one who says nothing.
    pub(crate) const fn nothing() -> Self {
        Self {
            shown: ShownFlags {
                format: Format::Table,
                verbose: false,
            },
            output: Vec::new(),
            redaction: RedactFlag { redact: false },
            strict: false,
            quiet: false,
        }
    }
}

/// Whether a report may leave the house.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct RedactFlag {
    /// Replace addresses and names by pseudonyms, to mail the report
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_REDACT", hide_env_values = true)]
    pub(crate) redact: bool,
}

/// How something is printed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ShownFlags {
    /// The format of what is printed
    #[arg(
        long,
        short,
        value_name = "FORMAT",
        default_value = "table", value_parser = formats(),
        env = "PORTCHECK_FORMAT",
        hide_env_values = true
    )]
    pub(crate) format: Format,
    /// Show every row, and all that was seen
    #[arg(long, short, value_parser = BoolishValueParser::new(), env = "PORTCHECK_VERBOSE", hide_env_values = true)]
    pub(crate) verbose: bool,
}

/// How a plan is printed, which has no results.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct PlanShownFlags {
    /// The format of what is printed
    #[arg(
        long,
        short,
        value_name = "FORMAT",
        default_value = "table",
        env = "PORTCHECK_FORMAT",
        hide_env_values = true
    )]
    pub(crate) format: PlanFormat,
    /// Show every row
    #[arg(long, short, value_parser = BoolishValueParser::new(), env = "PORTCHECK_VERBOSE", hide_env_values = true)]
    pub(crate) verbose: bool,
}

/// `--format` of `plan`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people.
    Table,
    /// `portcheck.plan/1`.
    Json,
}

/// The words of the formats there are, and what they mean.
fn formats() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::word)).try_map(|word| {
        // The parser before this one lets only these words through.
        Format::ALL
            .into_iter()
            .find(|format| format.word() == word)
            .ok_or("unknown format")
    })
}
