//! Where a proxy is, how it is spoken to, and what it may be told of the user.

use std::{fmt, str::FromStr};

use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::{Address, Host, NetError, Port};

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
    /// SOCKS 5, the name resolved here. Source: RFC 1928.
    Socks5,
    /// SOCKS 5, the name resolved by the proxy.
    Socks5h,
}

impl ProxyScheme {
    /// Every scheme.
    pub const ALL: [Self; 4] = [Self::Http, Self::Https, Self::Socks5, Self::Socks5h];

    /// The word before `://`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    /// Whether it is one of SOCKS.
    #[must_use]
    pub const fn is_socks(self) -> bool {
        matches!(self, Self::Socks5 | Self::Socks5h)
    }

    const fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http | Self::Socks5 | Self::Socks5h => USUAL_PORT,
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

impl FromStr for ProxyUrl {
    type Err = ProxyUrlError;

    /// `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/]`, as curl reads it: without a scheme it is
    /// `http`, user and password are percent-decoded, and what follows the host is passed over.
    /// Source: curl(1), `--proxy`; RFC 3986 §3.2.
    fn from_str(text: &str) -> Result<Self, ProxyUrlError> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (read_scheme(scheme)?, rest),
            None => (ProxyScheme::Http, text),
        };
        // A password may hold a slash that nobody encoded: the host begins after the last `@`.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let Address { host, port } = authority.parse().map_err(ProxyUrlError::Host)?;
        let port = port.or_else(|| Port::new(scheme.default_port()));
        Ok(Self {
            scheme,
            host,
            port: port.ok_or(ProxyUrlError::Scheme)?,
            credentials: user.map(decode),
        })
    }
}

fn read_scheme(word: &str) -> Result<ProxyScheme, ProxyUrlError> {
    let known = ProxyScheme::ALL.into_iter();
    let mut known = known.filter(|scheme| word.eq_ignore_ascii_case(scheme.word()));
    known.next().ok_or(ProxyUrlError::Scheme)
}

/// `USER[:PASSWORD]`, each percent-decoded.
fn decode(text: &str) -> Credentials {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = |text| Secret::new(percent_decode_str(text).decode_utf8_lossy().into_owned());
    Credentials {
        user: decoded(user),
        password: decoded(password),
    }
}

/// What is wrong with a proxy's URL or a file of credentials. Never repeats what may be a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProxyUrlError {
    /// Another scheme.
    #[error(
        "expected a proxy URL that begins with `http://`, `https://`, `socks5://` or `socks5h://`"
    )]
    Scheme,
    /// No host, or none that is one.
    #[error("{}", shown(.0))]
    Host(NetError),
    /// No colon.
    #[error("expected `USER:PASSWORD`")]
    Credentials,
}

/// What is wrong with the host: a word is repeated only if it cannot be a part of a password.
fn shown(error: &NetError) -> String {
    match error {
        NetError::Port(_) => "the port of the proxy is not a number from 1 to 65535".to_owned(),
        NetError::Host(word) if word.is_empty() => "the proxy URL has no host".to_owned(),
        NetError::Host(_) | NetError::Transport(_) | NetError::Protocol(_) => {
            "the host of the proxy is neither a name nor an address".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match text.parse::<ProxyUrl>() {
            Ok(url) => {
                let credentials = url.credentials.as_ref().map_or_else(String::new, |known| {
                    format!(" {} {}", known.user.expose(), known.password.expose())
                });
                format!("{url}{credentials}")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn a_proxy_is_read_as_curl_reads_it() {
        for (text, expected) in [
            ("proxy.example", "http://proxy.example:1080"),
            ("proxy.example:3128", "http://proxy.example:3128"),
            ("HTTP://Proxy.Example:3128/", "http://proxy.example:3128"),
            ("https://proxy.example", "https://proxy.example:443"),
            ("socks5://[2001:db8::1]:1080", "socks5://[2001:db8::1]:1080"),
            ("socks5h://10.0.0.9", "socks5h://10.0.0.9:1080"),
            ("http://u:p%40ss%3A@h:1", "http://h:1 u p@ss:"),
            ("u:p@ss/w@h:1", "http://h:1 u p@ss/w"),
            ("http://u@h:1", "http://h:1 u "),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn no_message_repeats_what_may_be_a_password() {
        for text in [
            "ftp://u:hunter2@h:1",
            "hunter2://h",
            "http://u:hunter2@",
            "http://u:hunter2",
            "http://u:hunter2@h:port",
            "http://u:hunter2@a b",
            "",
        ] {
            let error = text.parse::<ProxyUrl>().unwrap_err();
            assert!(!format!("{error} {error}").contains("hunter2"), "{error}");
        }
        let url: ProxyUrl = "http://u:hunter2@h:1".parse().unwrap();
        assert!(!format!("{url} {url:?}").contains("hunter2"));
    }
}
