//! Which way out: the flags about proxies.

use std::path::PathBuf;

use clap::{Args, ValueHint, builder::BoolishValueParser};

/// Which way out.
#[derive(Debug, Args)]
#[command(next_help_heading = "Proxy")]
pub(crate) struct ProxyFlags {
    /// The proxy to go through: `http://`, `https://`, `socks4://`, `socks4a://`, `socks5://` or
    /// `socks5h://` and HOST:PORT.
    /// Without it, `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` count for HTTP and TLS,
    /// read as curl reads them
    #[arg(
        long,
        value_name = "URL",
        env = "PORTCHECK_PROXY",
        hide_env_values = true
    )]
    pub(crate) proxy: Option<String>,
    /// Go directly, whatever the environment says; not together with `--proxy`
    #[arg(long, value_parser = BoolishValueParser::new(), env = "PORTCHECK_NO_PROXY", hide_env_values = true)]
    pub(crate) no_proxy: bool,
    /// A proxy auto-configuration file; it is a program, and this build runs none: see the message
    #[arg(
        long,
        value_name = "FILE|URL",
        env = "PORTCHECK_PAC",
        hide_env_values = true
    )]
    pub(crate) pac: Option<String>,
    /// A file with `USER:PASSWORD` for a proxy whose URL has none
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, env = "PORTCHECK_PROXY_AUTH_FILE", hide_env_values = true)]
    pub(crate) proxy_auth_file: Option<PathBuf>,
}
