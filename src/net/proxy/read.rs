//! A proxy's URL, read as curl reads it: what curl refuses is refused.
//! Source: curl(1), `--proxy`; libcurl 7.88, `urlapi.c` and `url.c` (`parse_proxy`).

use std::{net::Ipv4Addr, str::FromStr};

use percent_encoding::percent_decode_str;
use thiserror::Error;

use super::{
    super::{Host, Port},
    Credentials, ProxyScheme, ProxyUrl, Secret,
};

/// A host without a scheme that begins so is taken for a server of that protocol, which is no
/// proxy. Source: libcurl, `CURLU_GUESS_SCHEME`.
const GUESSED: [&str; 6] = ["ftp.", "dict.", "ldap.", "imap.", "smtp.", "pop3."];

/// What curl finds in no host. Source: libcurl, `hostname_check`.
const NO_HOST: &str = " \r\n\t/:#?!@{}[]\\$'\"^`*<>=;,+&()";

impl FromStr for ProxyUrl {
    type Err = ProxyUrlError;

    /// `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT][/…]`: without a scheme it is `http`, `socks` is
    /// SOCKS 4, and what follows the host is passed over.
    fn from_str(text: &str) -> Result<Self, ProxyUrlError> {
        if text.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return Err(ProxyUrlError::Blank);
        }
        let (scheme, rest) = match scheme_of(text) {
            Some((word, rest)) => (Some(word), after_slashes(rest)?),
            None => (None, text),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at(end);
        let (login, place) = match authority.split_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, authority),
        };
        if place.contains('@') {
            return Err(ProxyUrlError::At);
        }
        let (host, port) = host_and_port(place, scheme.is_some()).map_err(|error| {
            // `http://u:p/w@h`: curl finds a port of `p` and no `@`.
            if login.is_none() && behind.contains('@') {
                ProxyUrlError::Slash
            } else {
                error
            }
        })?;
        let scheme = match scheme {
            Some(word) => known_scheme(word)?,
            None if GUESSED.iter().any(|word| begins_with(&host, word)) => {
                return Err(ProxyUrlError::Guessed);
            }
            None => ProxyScheme::Http,
        };
        // libcurl takes what follows this host for the path of a socket.
        if scheme.is_socks() && host.eq_ignore_ascii_case("localhost") && behind.len() > 1 {
            return Err(ProxyUrlError::Socket);
        }
        let port = port.or_else(|| Port::new(scheme.default_port()));
        Ok(Self {
            scheme,
            host: as_host(&host)?,
            port: port.ok_or(ProxyUrlError::Port)?,
            credentials: login.map(decode).transpose()?,
        })
    }
}

/// The word before the first `:/`, and what stands behind the colon.
fn scheme_of(text: &str) -> Option<(&str, &str)> {
    let (word, rest) = text.split_once(':')?;
    let is_scheme = word.starts_with(|first: char| first.is_ascii_alphabetic())
        && word
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    (is_scheme && rest.starts_with('/')).then_some((word, rest))
}

/// One to three slashes are taken for the two that are due.
fn after_slashes(text: &str) -> Result<&str, ProxyUrlError> {
    let rest = text.trim_start_matches('/');
    if text.len() - rest.len() > 3 {
        return Err(ProxyUrlError::EmptyHost);
    }
    Ok(rest)
}

fn known_scheme(word: &str) -> Result<ProxyScheme, ProxyUrlError> {
    if word.eq_ignore_ascii_case("socks") {
        return Ok(ProxyScheme::Socks4);
    }
    let mut known = ProxyScheme::ALL.into_iter();
    known
        .find(|scheme| word.eq_ignore_ascii_case(scheme.word()))
        .ok_or(ProxyUrlError::Scheme)
}

fn begins_with(host: &str, word: &str) -> bool {
    let beginning = host.get(..word.len());
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(word))
}

/// The host, percent-decoded, and its port. An empty port is none where a scheme is written.
fn host_and_port(place: &str, has_scheme: bool) -> Result<(String, Option<Port>), ProxyUrlError> {
    let is_bracketed = place.starts_with('[');
    let end = match place.find(']') {
        Some(end) if is_bracketed => end + 1,
        Some(_) | None if is_bracketed || place.matches(':').count() > 1 => {
            return Err(ProxyUrlError::Brackets);
        }
        Some(_) | None => place.find(':').unwrap_or(place.len()),
    };
    let (host, port) = place.split_at(end);
    let port = match port {
        "" => None,
        ":" if has_scheme => None,
        written => Some(port_of(written).ok_or(ProxyUrlError::Port)?),
    };
    if host.is_empty() {
        return Err(ProxyUrlError::EmptyHost);
    }
    let host = percent_decode_str(host)
        .decode_utf8()
        .map_err(|_| ProxyUrlError::Host)?;
    Ok((host.into_owned(), port))
}

/// The number behind the colon; zeros before it count for nothing.
fn port_of(written: &str) -> Option<Port> {
    let digits = written.strip_prefix(':')?;
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = digits.parse::<u64>().ok().filter(|_| is_number)?;
    Port::new(u16::try_from(number).ok()?)
}

/// The host as one of ours.
fn as_host(host: &str) -> Result<Host, ProxyUrlError> {
    if let Some(inner) = host.strip_prefix('[') {
        // A zone's `%` may be written as what it is or, in a URL, as `%25`, which is decoded by now.
        return inner
            .strip_suffix(']')
            .and_then(|inner| inner.parse().ok())
            .filter(|host| {
                matches!(
                    host,
                    Host::Address(std::net::IpAddr::V6(_)) | Host::OnLink(_)
                )
            })
            .ok_or(ProxyUrlError::Brackets);
    }
    if let Some(address) = short_address(host) {
        return Ok(Host::Address(address.into()));
    }
    if host.contains(|character| NO_HOST.contains(character)) {
        return Err(ProxyUrlError::Host);
    }
    host.parse().map_err(|_| ProxyUrlError::Host)
}

/// `127.1`, `0x7f000001`, `017700000001`: an address as the oldest of programs write it.
/// Source: inet(3); libcurl, `ipv4_normalize`.
fn short_address(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, bytes) = parts.split_last()?;
    let left = 4_usize.checked_sub(bytes.len()).filter(|left| *left > 0)?;
    if bytes.iter().any(|byte| *byte > 255) || u64::from(*last) >= 1 << (8 * left) {
        return None;
    }
    let above = bytes.iter().zip([24, 16, 8]);
    let above: u32 = above.map(|(byte, shift)| byte << shift).sum();
    Some(Ipv4Addr::from(above + last))
}

/// As C writes it: hexadecimal behind `0x`, octal behind `0`.
fn number(text: &str) -> Option<u32> {
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match (hexadecimal, text.strip_prefix('0')) {
        (Some(digits), _) => u32::from_str_radix(digits, 16).ok(),
        (None, Some(digits)) if !digits.is_empty() => u32::from_str_radix(digits, 8).ok(),
        (None, _) => text.parse().ok(),
    }
}

/// `USER[:PASSWORD]`, each percent-decoded.
fn decode(text: &str) -> Result<Credentials, ProxyUrlError> {
    let (user, password) = text.split_once(':').unwrap_or((text, ""));
    let decoded = |text| {
        let word = percent_decode_str(text).decode_utf8_lossy().into_owned();
        if word.bytes().any(|byte| byte < b' ') {
            return Err(ProxyUrlError::Blank);
        }
        Ok(Secret::new(word))
    };
    Ok(Credentials {
        user: decoded(user)?,
        password: decoded(password)?,
    })
}

/// What is wrong with a proxy's URL or a file of credentials. Never repeats what may be a password.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum ProxyUrlError {
    /// Another scheme.
    #[error(
        "expected a proxy URL that begins with `http://`, `https://`, `socks://`, `socks4://`, \
         `socks4a://`, `socks5://` or `socks5h://`"
    )]
    Scheme,
    /// No scheme, and a host by which curl guesses another one.
    #[error(
        "curl takes a host that begins with `ftp.`, `dict.`, `ldap.`, `imap.`, `smtp.` or `pop3.` \
         for a server of that protocol, not for a proxy"
    )]
    Guessed,
    /// A blank or a control character.
    #[error("got a blank or a control character, which curl refuses in a proxy URL")]
    Blank,
    /// A second `@`.
    #[error("got a second `@`: curl refuses one within a user or password")]
    At,
    /// What ends the host stands in a password.
    #[error("got `/`, `?` or `#` within a user or password: there curl ends the host")]
    Slash,
    /// An address of IPv6 that does not stand in brackets, or brackets around none.
    #[error("the host of the proxy has colons, and is no IPv6 address in brackets")]
    Brackets,
    /// Not a port.
    #[error("the port of the proxy is not a number from 1 to 65535")]
    Port,
    /// No host.
    #[error("the proxy URL has no host")]
    EmptyHost,
    /// Neither a name nor an address.
    #[error("the host of the proxy is neither a name nor an address")]
    Host,
    /// A socket in the file system.
    #[error("got a socket's path, expected HOST:PORT: portcheck asks proxies over TCP only")]
    Socket,
    /// No colon.
    #[error("expected `USER:PASSWORD`")]
    Credentials,
}

impl ProxyUrlError {
    /// What to write instead, where that is not said already.
    #[must_use]
    pub const fn help(&self) -> Option<&'static str> {
        match self {
            Self::Guessed => Some("write the scheme too: `http://HOST:PORT`"),
            Self::Blank => Some("write no blank; in a user or password write `%20` for one"),
            Self::At => Some("write `%40` for an `@` in a user or password"),
            Self::Slash => Some("write `%2F` for a `/`, `%3F` for a `?` and `%23` for a `#`"),
            Self::Brackets => Some("an IPv6 address goes in brackets: `http://[::1]:3128`"),
            Self::Scheme
            | Self::Port
            | Self::EmptyHost
            | Self::Host
            | Self::Socket
            | Self::Credentials => None,
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
            ("socks://127.0.0.1:1080/", "socks4://127.0.0.1:1080"),
            ("socks4a://h", "socks4a://h:1080"),
            ("socks5://[2001:db8::1]:1080", "socks5://[2001:db8::1]:1080"),
            ("socks5h://10.0.0.9", "socks5h://10.0.0.9:1080"),
            ("http:/10.0.0.9:1", "http://10.0.0.9:1"),
            ("http:///10.0.0.9:", "http://10.0.0.9:1080"),
            ("127.1:0009", "http://127.0.0.1:9"),
            ("0x7f000001:9", "http://127.0.0.1:9"),
            ("0177.0.0.1:9?x", "http://127.0.0.1:9"),
            ("http://h%41.example:9", "http://ha.example:9"),
            ("http://u:p%40ss%3A@h:1", "http://h:1 u p@ss:"),
            ("http://u@h:1", "http://h:1 u "),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_curl_refuses_is_refused() {
        use ProxyUrlError as Wrong;
        for (text, expected) in [
            ("u:p@ss@h:1", Wrong::At),
            ("http://u:p/w@h:1", Wrong::Slash),
            (" h:1", Wrong::Blank),
            ("http://h:1\n", Wrong::Blank),
            ("http://u%0a@h:1", Wrong::Blank),
            ("::1:9", Wrong::Brackets),
            ("[h]:9", Wrong::Brackets),
            ("[::1", Wrong::Brackets),
            ("[::1]9", Wrong::Port),
            ("h:", Wrong::Port),
            ("http:h", Wrong::Port),
            ("http://h:+9", Wrong::Port),
            ("http://h:65536", Wrong::Port),
            ("//h:9", Wrong::EmptyHost),
            ("http:////h:9", Wrong::EmptyHost),
            ("", Wrong::EmptyHost),
            ("smtp.example:9", Wrong::Guessed),
            ("FTP.example", Wrong::Guessed),
            ("http1.0://h", Wrong::Scheme),
            ("ftp://h", Wrong::Scheme),
            ("a,b:9", Wrong::Host),
            ("http://h%2f:9", Wrong::Host),
            ("socks5h://localhost/run/x", Wrong::Socket),
        ] {
            assert_eq!(text.parse::<ProxyUrl>(), Err(expected), "{text}");
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

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,40}", scheme in "(http|socks|https)?(:/{0,4})?") {
            let _ = format!("{scheme}{text}").parse::<ProxyUrl>();
        }
    }
}
