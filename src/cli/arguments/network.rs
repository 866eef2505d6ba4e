//! How the network is reached: the flags of `run` and `probe`.

use std::path::PathBuf;

use clap::{Args, ValueHint, builder::BoolishValueParser};

/// How packets are sent.
#[derive(Debug, Args)]
#[command(next_help_heading = "Network")]
pub(crate) struct NetworkFlags {
    /// How long one connect may take: `3s`, `500ms`, `2` (seconds)
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "3s",
        env = "PORTCHECK_TIMEOUT",
        hide_env_values = true
    )]
    pub(crate) timeout: String,
    /// How long an accepted connection may stay silent; by default as patient as the protocol's real clients
    #[arg(
        long,
        value_name = "DURATION",
        env = "PORTCHECK_ANSWER_TIMEOUT",
        hide_env_values = true
    )]
    pub(crate) answer_timeout: Option<String>,
    /// How often each connect is tried; more than one tells loss from refusal
    #[arg(
        long,
        value_name = "N",
        default_value = "1",
        env = "PORTCHECK_ATTEMPTS",
        hide_env_values = true
    )]
    pub(crate) attempts: String,
    /// How many checks run at the same time
    #[arg(
        long,
        value_name = "N",
        default_value = "4096",
        env = "PORTCHECK_CONCURRENCY",
        hide_env_values = true
    )]
    pub(crate) concurrency: String,
    /// How long the whole run may take; what was seen by then is reported
    #[arg(
        long,
        value_name = "DURATION",
        env = "PORTCHECK_DEADLINE",
        hide_env_values = true
    )]
    pub(crate) deadline: Option<String>,
    /// Certificates (PEM) to trust besides this machine's store
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Certificates (PEM) that count as the public PKI instead of Mozilla's list
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_PUBLIC_ROOTS", hide_env_values = true)]
    pub(crate) public_roots: Option<PathBuf>,
    /// Do not look how far packets to a port that fails get, hop by hop
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_NO_PATH", hide_env_values = true)]
    pub(crate) no_path: bool,
    /// The name server to ask instead of the configured ones
    #[arg(
        long,
        value_name = "ADDR",
        env = "PORTCHECK_RESOLVER",
        hide_env_values = true
    )]
    pub(crate) resolver: Option<String>,
    /// The address of this machine to send from
    #[arg(
        long,
        value_name = "ADDR",
        env = "PORTCHECK_SOURCE",
        hide_env_values = true
    )]
    pub(crate) source: Option<String>,
    /// Use IPv4 only
    #[arg(long, short = '4', conflicts_with = "ipv6", value_parser = BoolishValueParser::new(), env = "PORTCHECK_IPV4", hide_env_values = true)]
    pub(crate) ipv4: bool,
    /// Use IPv6 only
    #[arg(long, short = '6', value_parser = BoolishValueParser::new(), env = "PORTCHECK_IPV6", hide_env_values = true)]
    pub(crate) ipv6: bool,
}
