//! The command line as written: what clap reads, before anything is judged.
//!
//! Every value is kept as typed; [`super::command`] says what it means.

use std::path::PathBuf;

use clap::{
    Args, Parser, Subcommand, ValueEnum, ValueHint,
    builder::{BoolishValueParser, PossibleValuesParser, TypedValueParser},
};

use super::examples;
use crate::diff;

mod agent;
mod gate;
mod mesh;
mod network;
mod output;
mod proxy;
mod request;
mod respond;
mod site;
mod token;

pub(crate) use agent::AgentArguments;
pub(crate) use gate::GateFlags;
pub(crate) use mesh::{MeshArguments, MeshWhat, SessionFlags};
pub(crate) use network::NetworkFlags;
pub(crate) use output::{OutputFlags, PlanFormat, PlanShownFlags, RedactFlag, ShownFlags};
pub(crate) use proxy::ProxyFlags;
pub(crate) use request::RequestArguments;
pub(crate) use respond::{AskFlags, RespondArguments};
pub(crate) use site::{InitArguments, SiteAction, SiteOptions};
pub(crate) use token::TokenFlags;

/// Tell, before an installation, whether the network lets the product work
///
/// Reads the vendor's requirements, tries each from this machine, and says what works, what does
/// not, why, and who must change what.
#[derive(Debug, Parser)]
#[command(
    name = "portcheck",
    version,
    after_help = examples::SHORT,
    after_long_help = examples::LONG,
    arg_required_else_help = true,
    args_override_self = true,
    max_term_width = 100
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) action: Action,
    /// When to use colour
    ///
    /// `auto` means on a terminal, and obeys `NO_COLOR` and `CLICOLOR`.
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        env = "PORTCHECK_COLOR",
        hide_env_values = true
    )]
    pub(crate) color: ColorWhen,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Check what a profile needs, from this machine; the exit code is the verdict
    #[command(after_help = examples::RUN, args_override_self = true)]
    Run(Box<RunArguments>),
    /// Show what `run` would check, from where to where; sends no packet
    #[command(after_help = examples::PLAN, args_override_self = true)]
    Plan(Box<PlanArguments>),
    /// Check endpoints given as URIs
    #[command(after_help = examples::PROBE, after_long_help = examples::PROBE_LONG, args_override_self = true)]
    Probe(Box<ProbeArguments>),
    /// Stand in for services that are not installed yet, and answer the probes of `run --responders`
    #[command(after_help = examples::RESPOND, args_override_self = true)]
    Respond(Box<RespondArguments>),
    /// Check every node from every node, by ssh: one matrix, the fewest sentences
    #[command(after_help = examples::MESH, args_override_self = true)]
    Mesh(Box<MeshArguments>),
    /// Show, check and export the catalogs of requirements
    #[command(subcommand)]
    Catalog(CatalogAction),
    /// Begin and check site files, and tell editors about them
    #[command(subcommand)]
    Site(SiteAction),
    /// Say what a cause means and what to do about it, or what a rule is for
    #[command(after_help = examples::EXPLAIN)]
    Explain(ExplainArguments),
    /// Print a saved JSON report in another format
    #[command(after_help = examples::REPORT)]
    Report(ReportArguments),
    /// Compare two saved reports: what got better, worse, another cause
    #[command(after_help = examples::DIFF)]
    Diff(DiffArguments),
    /// Write the smallest change of a firewall that lets through what a profile needs, or what failed
    #[command(after_help = examples::REQUEST, args_override_self = true)]
    Request(Box<RequestArguments>),
    /// Print the completions of a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = examples::MAN)]
    Man,
    /// Be the far end of a mesh
    #[command(hide = true)]
    Agent(AgentArguments),
}

/// What `catalog` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum CatalogAction {
    /// List the profiles
    List(CatalogFlags),
    /// Show one profile or one rule, with its source
    Show {
        /// A profile's name or a rule's id
        #[arg(value_name = "PROFILE|RULE")]
        name: String,
        #[command(flatten)]
        catalogs: CatalogFlags,
    },
    /// Check catalog files: every mistake, with its place
    Lint {
        /// The files
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
    /// Print a catalog to begin with: an example, or the rules of a table of ports
    Init {
        /// A table with source, destination, port, protocol, service and comment, as CSV; `-` is stdin
        #[arg(long, value_name = "FILE.csv", value_hint = ValueHint::FilePath)]
        from: Option<PathBuf>,
        /// Write it to a file that is not there yet, instead of stdout
        #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
        output: Option<PathBuf>,
    },
    /// Print every rule
    Export {
        /// The format; JSON is the only one
        #[arg(long, short, value_name = "FORMAT", default_value = "json")]
        format: ExportFormat,
        #[command(flatten)]
        catalogs: CatalogFlags,
    },
    /// Print the JSON Schema of a catalog file, for editors
    Schema,
}

/// `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    #[command(flatten)]
    pub(crate) selection: SelectionFlags,
    #[command(flatten)]
    pub(crate) expectation: ExpectFlag,
    #[command(flatten)]
    pub(crate) site: SiteOptions,
    #[command(flatten)]
    pub(crate) sending: SendingFlags,
}

/// `plan`: what `run` takes, without what only matters once packets are sent.
#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) selection: SelectionFlags,
    #[command(flatten)]
    pub(crate) expectation: ExpectFlag,
    #[command(flatten)]
    pub(crate) site: SiteOptions,
    #[command(flatten)]
    pub(crate) proxy: ProxyFlags,
    #[command(flatten)]
    pub(crate) shown: PlanShownFlags,
}

/// `probe`.
#[derive(Debug, Args)]
pub(crate) struct ProbeArguments {
    /// What to check: `SCHEME://HOST[:PORT][?option=value]`, or `HOST:PORT` for a bare TCP connect
    #[arg(required_unless_present = "from", value_name = "ENDPOINT", value_hint = ValueHint::Url)]
    pub(crate) endpoints: Vec<String>,
    /// Also what a list names, `-` for stdin; repeatable
    ///
    /// A line is `HOST PORT`, `HOST:PORT`, `HOST,PORT[/PROTOCOL]` or a URI; instead of a port several
    /// (`80,443`) or a range (`8000-8010`). `#` begins a comment.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_FROM", hide_env_values = true)]
    pub(crate) from: Vec<PathBuf>,
    /// The ports of the hosts that are given without one: `80,443`, `8000-8010`, `53/udp`
    #[arg(
        long,
        value_name = "PORTS",
        env = "PORTCHECK_PORTS",
        hide_env_values = true
    )]
    pub(crate) ports: Option<String>,
    #[command(flatten)]
    pub(crate) catalogs: CatalogFlags,
    #[command(flatten)]
    pub(crate) expectation: ExpectFlag,
    #[command(flatten)]
    pub(crate) sending: SendingFlags,
}

/// What only matters once packets are sent.
#[derive(Debug, Args)]
pub(crate) struct SendingFlags {
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
    #[command(flatten)]
    pub(crate) proxy: ProxyFlags,
    #[command(flatten)]
    pub(crate) ask: AskFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlags,
    #[command(flatten)]
    pub(crate) gate: GateFlags,
}

/// `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A cause's code or a rule's id; without one, every code is listed
    #[arg(value_name = "CODE|RULE")]
    pub(crate) subject: Option<String>,
    #[command(flatten)]
    pub(crate) catalogs: CatalogFlags,
}

/// `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// A report that `--format json` wrote, `-` for stdin; several become one matrix, a column each
    #[arg(required_unless_present = "schema", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) files: Vec<PathBuf>,
    /// Print the JSON Schema of a report instead
    #[arg(long, conflicts_with = "files")]
    pub(crate) schema: bool,
    #[command(flatten)]
    pub(crate) shown: ShownFlags,
    /// Also write it to a file, in the format given or the one of its name; repeatable
    #[arg(long, short, value_name = "[FORMAT=]FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) redaction: RedactFlag,
}

/// `diff`.
#[derive(Debug, Args)]
pub(crate) struct DiffArguments {
    /// The earlier report, as `--format json` wrote it; `-` for stdin
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) old: PathBuf,
    /// The later report
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) new: PathBuf,
    /// `table`, `json` or `markdown`
    #[arg(long, short, value_name = "FORMAT", default_value = "table", value_parser = diff_formats())]
    pub(crate) format: diff::Format,
}

/// Which rules.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct SelectionFlags {
    /// The profile to check; repeat it or separate several by commas
    #[arg(
        long,
        short,
        value_name = "NAME",
        value_delimiter = ',',
        env = "PORTCHECK_PROFILE",
        hide_env_values = true
    )]
    pub(crate) profile: Vec<String>,
    /// Only rules whose id matches; `*` and `?` match as in a shell
    #[arg(
        long,
        value_name = "RULE-GLOB",
        value_delimiter = ',',
        env = "PORTCHECK_ONLY",
        hide_env_values = true
    )]
    pub(crate) only: Vec<String>,
    /// Not rules whose id matches
    #[arg(
        long,
        value_name = "RULE-GLOB",
        value_delimiter = ',',
        env = "PORTCHECK_SKIP",
        hide_env_values = true
    )]
    pub(crate) skip: Vec<String>,
    /// Try every port of a range instead of a sample
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_FULL_RANGES", hide_env_values = true)]
    pub(crate) full_ranges: bool,
    #[command(flatten)]
    pub(crate) catalogs: CatalogFlags,
}

/// Which catalogs.
#[derive(Debug, Args)]
pub(crate) struct CatalogFlags {
    /// A catalog file that joins the built-in ones; the same id replaces
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_CATALOG", hide_env_values = true)]
    pub(crate) catalog: Vec<PathBuf>,
}

/// What must be seen.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub(crate) struct ExpectFlag {
    /// What must be seen for a check to pass
    #[arg(
        long,
        value_name = "WHAT",
        default_value = "auto",
        env = "PORTCHECK_EXPECT",
        hide_env_values = true
    )]
    pub(crate) expect: ExpectWhat,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal.
    Auto,
    /// In pipes and files too.
    Always,
    /// Nowhere.
    Never,
}

/// `--expect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExpectWhat {
    /// The service of a named host, the path between nodes
    Auto,
    /// The service itself answers as its protocol does
    Service,
    /// Packets get there and back; a refusal by the target is enough
    Path,
    /// It is not reachable
    Blocked,
}

/// `--format` of `catalog export`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// An array of rules.
    Json,
}

/// The formats of a diff.
fn diff_formats() -> impl TypedValueParser<Value = diff::Format> {
    PossibleValuesParser::new(diff::Format::ALL.map(diff::Format::word)).try_map(|word| {
        diff::Format::ALL
            .into_iter()
            .find(|format| format.word() == word)
            .ok_or("unknown format")
    })
}
