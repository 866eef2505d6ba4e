//! `agent`, which `mesh` starts on every node; nobody types it.

use std::path::PathBuf;

use clap::Args;

/// `agent`.
#[derive(Debug, Args)]
pub(crate) struct AgentArguments {
    /// The private folder it was brought in, which goes as soon as it is read
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// What begins each of its lines
    #[arg(long, value_name = "WORD", default_value = "")]
    pub(crate) mark: String,
}
