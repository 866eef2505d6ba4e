//! Where a proxy is, how it is spoken to, and what it may be told of the user.

use std::{fmt, str::FromStr};

use super::{Host, Port};

mod read;

pub use read::ProxyUrlError;

/// The port of a proxy whose URL has none, unless it is an `https` one.
/// Source: curl(1), `--proxy`.
const USUAL_PORT: u16 = 1080;

/// How a proxy is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProxyScheme {
    /// HTTP CONNECT in plain text. Source: RFC 9110 §9.3.6.
    Http,
    /// HTTP CONNECT within TLS.
    Https,
    /// SOCKS 4, the name resolved here; IPv4 only. Source: "SOCKS: A protocol for TCP proxy across
    /// firewalls", Ying-Da Lee.
    Socks4,
    /// SOCKS 4A, the name resolved by the proxy. Source: "SOCKS 4A: A Simple Extension to SOCKS 4
    /// Protocol", Ying-Da Lee.
    Socks4a,
    /// SOCKS 5, the name resolved here. Source: RFC 1928.
    Socks5,
    /// SOCKS 5, the name resolved by the proxy.
    Socks5h,
}

impl ProxyScheme {
    /// Every scheme.
    pub const ALL: [Self; 6] = [
        Self::Http,
        Self::Https,
        Self::Socks4,
        Self::Socks4a,
        Self::Socks5,
        Self::Socks5h,
    ];

    /// The word before `://`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks4 => "socks4",
            Self::Socks4a => "socks4a",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    /// Whether it is one of SOCKS.
    #[must_use]
    pub const fn is_socks(self) -> bool {
        match self {
            Self::Http | Self::Https => false,
            Self::Socks4 | Self::Socks4a | Self::Socks5 | Self::Socks5h => true,
        }
    }

    /// Whether names are resolved here, not by the proxy.
    #[must_use]
    pub const fn resolves_here(self) -> bool {
        match self {
            Self::Socks4 | Self::Socks5 => true,
            Self::Http | Self::Https | Self::Socks4a | Self::Socks5h => false,
        }
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http | Self::Socks4 | Self::Socks4a | Self::Socks5 | Self::Socks5h => USUAL_PORT,
        }
    }
}

/// A word that is never shown.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(String);

impl Secret {
    /// Keeps a word from being shown.
    #[must_use]
    pub const fn new(word: String) -> Self {
        Self(word)
    }

    /// The word itself, for whom it is meant.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Who the user is to a proxy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Credentials {
    /// The name; it is not shown either.
    pub user: Secret,
    /// The password.
    pub password: Secret,
}

impl FromStr for Credentials {
    type Err = ProxyUrlError;

    /// `user:password`, as it stands in a file.
    fn from_str(text: &str) -> Result<Self, ProxyUrlError> {
        let (user, password) = text.split_once(':').ok_or(ProxyUrlError::Credentials)?;
        Ok(Self {
            user: Secret::new(user.to_owned()),
            password: Secret::new(password.to_owned()),
        })
    }
}

/// A proxy's address. Shown without credentials: `http://proxy.example:3128`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProxyUrl {
    /// How it is spoken to.
    pub scheme: ProxyScheme,
    /// Where it is.
    pub host: Host,
    /// Its port.
    pub port: Port,
    /// Who the user is to it.
    pub credentials: Option<Credentials>,
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}://{}",
            self.scheme.word(),
            self.host.with_port(self.port)
        )
    }
}
