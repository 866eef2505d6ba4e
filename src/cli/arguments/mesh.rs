//! `mesh`: every node to every node.

use clap::{Args, ValueEnum, builder::BoolishValueParser};

use super::{
    ExpectFlag, GateFlags, NetworkFlags, OutputFlags, ProxyFlags, SelectionFlags, SiteOptions,
};

/// `mesh`.
#[derive(Debug, Args)]
pub(crate) struct MeshArguments {
    /// `plan` prints what to run where by hand, and sends nothing
    pub(crate) what: Option<MeshWhat>,
    #[command(flatten)]
    pub(crate) selection: SelectionFlags,
    #[command(flatten)]
    pub(crate) expectation: ExpectFlag,
    #[command(flatten)]
    pub(crate) site: SiteOptions,
    #[command(flatten)]
    pub(crate) sessions: SessionFlags,
    #[command(flatten)]
    pub(crate) network: NetworkFlags,
    #[command(flatten)]
    pub(crate) proxy: ProxyFlags,
    #[command(flatten)]
    pub(crate) output: OutputFlags,
    #[command(flatten)]
    pub(crate) gate: GateFlags,
}

/// How the nodes are reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sessions")]
pub(crate) struct SessionFlags {
    /// An option for `ssh`, as in its configuration: `User=admin`, `IdentityFile=~/.ssh/cluster`
    #[arg(
        long,
        value_name = "KEY=VALUE",
        env = "PORTCHECK_SSH_OPTION",
        hide_env_values = true
    )]
    pub(crate) ssh_option: Vec<String>,
    /// Run on the nodes as root, by `sudo -n`: ports below 1024 are stood in for, too
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_SUDO", hide_env_values = true)]
    pub(crate) sudo: bool,
    /// The program for nodes of another processor, as `uname -m` names it: `aarch64=FILE`
    #[arg(
        long,
        value_name = "ARCH=FILE",
        env = "PORTCHECK_BINARY",
        hide_env_values = true
    )]
    pub(crate) binary: Vec<String>,
    /// Print every command, and run none
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_DRY_RUN", hide_env_values = true)]
    pub(crate) dry_run: bool,
}

/// What `mesh` does instead of running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MeshWhat {
    /// Print what to run where.
    Plan,
}
