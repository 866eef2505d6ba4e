//! What is particular to one installation: the flags of `run` and `plan`, and `site`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::{CatalogFlags, examples};

/// What is particular to this installation.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Site")]
pub(crate) struct SiteOptions {
    /// A YAML file that says what is particular to this installation, `-` for stdin; see `portcheck
    /// site init`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_SITE", hide_env_values = true)]
    pub(crate) site: Option<PathBuf>,
    /// The group this machine belongs to, whatever the site file says: `nodes`, `users`
    #[arg(
        long = "as",
        value_name = "GROUP",
        value_delimiter = ',',
        env = "PORTCHECK_AS",
        hide_env_values = true
    )]
    pub(crate) roles: Vec<String>,
    /// An Ansible inventory with the nodes: a file, a directory, or `-` for stdin; repeatable
    ///
    /// INI, YAML, or what `ansible-inventory --list` prints. Where Ansible is installed, what it makes
    /// of it counts. Groups that are called as ours (`nodes`, `dns_servers`) are these. Without a
    /// group `nodes`, the only other one is the nodes; with `GROUP=`, that group is.
    #[arg(long, value_name = "[GROUP=]PATH", value_hint = ValueHint::AnyPath, env = "PORTCHECK_INVENTORY", hide_env_values = true)]
    pub(crate) inventory: Vec<PathBuf>,
    /// A node of the cluster, by name or address; repeat it or separate several by commas
    ///
    /// `node[1:9]` stands for nine, `node[01:09]` for those with a zero, `@FILE` for those that the
    /// file lists (`@-`: stdin).
    #[arg(long, value_name = "HOST", value_delimiter = ',', value_hint = ValueHint::Hostname, env = "PORTCHECK_NODE", hide_env_values = true)]
    pub(crate) node: Vec<String>,
    /// Give a variable a value; in the environment, separate several by spaces
    #[arg(
        long,
        value_name = "VARIABLE=VALUE",
        env = "PORTCHECK_SET",
        hide_env_values = true
    )]
    pub(crate) set: Vec<String>,
    /// Switch a feature on
    #[arg(
        long,
        value_name = "FEATURE",
        value_delimiter = ',',
        env = "PORTCHECK_WITH",
        hide_env_values = true
    )]
    pub(crate) with: Vec<String>,
    /// Switch a feature off
    #[arg(
        long,
        value_name = "FEATURE",
        value_delimiter = ',',
        env = "PORTCHECK_WITHOUT",
        hide_env_values = true
    )]
    pub(crate) without: Vec<String>,
}

/// What `site` can do.
#[derive(Debug, Subcommand)]
pub(crate) enum SiteAction {
    /// Print a site file to begin with: all that the profiles need, commented
    #[command(after_help = examples::SITE_INIT, args_override_self = true)]
    Init(InitArguments),
    /// Check site files: every mistake, with its place
    Lint {
        /// The files
        #[arg(required = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
        files: Vec<PathBuf>,
        #[command(flatten)]
        catalogs: CatalogFlags,
    },
    /// Print the JSON Schema of a site file, for editors
    Schema,
}

/// `site init`.
#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The profile that the file is for; repeat it or separate several by commas
    #[arg(
        long,
        short,
        value_name = "NAME",
        value_delimiter = ',',
        env = "PORTCHECK_PROFILE",
        hide_env_values = true
    )]
    pub(crate) profile: Vec<String>,
    /// Write it to a file that is not there yet, instead of stdout
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) catalogs: CatalogFlags,
}
