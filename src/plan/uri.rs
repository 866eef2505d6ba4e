//! Endpoints as typed for `probe`: `SCHEME://HOST[:PORT][?option=value&…]` (contract §4).

use std::{collections::HashSet, str::FromStr, time::Duration};

use thiserror::Error;

use super::{
    ProbeOptions,
    error::{did_you_mean, meant, ticked},
};
use crate::{
    catalog::{Expect, Pki},
    net::{Address, Host, Port, Ports, Protocol},
    text,
};

/// The options of an endpoint, in the order of the contract.
const OPTIONS: [&str; 6] = ["starttls", "tls", "name", "pki", "expect", "timeout"];

/// The longest connect that can be asked for; more is a typing mistake.
const LONGEST_TIMEOUT: Duration = Duration::from_mins(5);

/// An endpoint as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriCheck {
    /// As typed.
    pub text: String,
    /// The host.
    pub host: Host,
    /// One port, or none if the protocol has none; never a range.
    pub ports: Ports,
    /// What is spoken.
    pub protocol: Protocol,
    /// What the dialog is told.
    pub options: ProbeOptions,
    /// Where the chain must end, if it says.
    pub pki: Option<Pki>,
    /// What must be seen, if it says anything but `auto`.
    pub expect: Option<Expect>,
}

/// What is wrong with an endpoint as typed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("endpoint `{uri}`: {mistake}")]
pub struct UriError {
    /// As typed, made harmless.
    pub uri: String,
    /// The mistake.
    pub mistake: UriMistake,
}

/// What can be wrong with an endpoint; texts in it are made harmless.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum UriMistake {
    /// A scheme that is no protocol.
    #[error("unknown scheme `{scheme}`")]
    Scheme {
        /// As typed.
        scheme: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// No port, and the protocol has no usual one.
    #[error("got no port, expected `{protocol}://HOST:PORT`")]
    NoPort {
        /// The protocol.
        protocol: Protocol,
    },
    /// A port, and the protocol has none.
    #[error("got port `{port}`, expected none: `{protocol}` has no ports")]
    Portless {
        /// The port.
        port: Port,
        /// The protocol.
        protocol: Protocol,
    },
    /// Not a port.
    #[error("got port `{0}`, expected a number from 1 to 65535")]
    Port(String),
    /// Neither a host name nor an address.
    #[error("`{0}` is neither a host name nor an address")]
    Host(String),
    /// A user name or password.
    #[error("got a user name, expected none: portcheck never logs in")]
    User,
    /// A path.
    #[error("got path `{0}`, expected none: portcheck asks for `/` only")]
    Path(String),
    /// An option that does not exist.
    #[error("unknown option `{option}`")]
    Option {
        /// As typed.
        option: String,
        /// The one that was probably meant.
        suggestion: Option<&'static str>,
    },
    /// An option that the protocol has no use for.
    #[error("option `{option}` means nothing to `{protocol}`")]
    Idle {
        /// The option.
        option: &'static str,
        /// The protocol.
        protocol: Protocol,
    },
    /// An option that is given twice.
    #[error("option `{0}` is given twice")]
    Twice(&'static str),
    /// An option with a value that it does not take.
    #[error("option `{option}`: got `{value}`, expected {expected}")]
    Value {
        /// The option.
        option: &'static str,
        /// As typed.
        value: String,
        /// What it takes.
        expected: &'static str,
    },
}

impl UriError {
    /// What to do about it, one line each, without `help:`.
    #[must_use]
    pub fn help(&self) -> Vec<String> {
        match &self.mistake {
            UriMistake::Scheme { suggestion, .. } => {
                let words: Vec<&str> = Protocol::ALL.iter().map(|known| known.word()).collect();
                let all = format!("the schemes are {}", ticked(&words));
                did_you_mean(*suggestion).into_iter().chain([all]).collect()
            }
            UriMistake::Option { suggestion, .. } => {
                let all = format!("the options are {}", ticked(&OPTIONS));
                did_you_mean(*suggestion).into_iter().chain([all]).collect()
            }
            UriMistake::NoPort { .. } | UriMistake::Host(_) if self.uri.contains("::") => {
                vec!["an IPv6 address with a port goes in brackets: `[::1]:443`".to_owned()]
            }
            UriMistake::NoPort { .. } if !self.uri.contains("://") => {
                vec![format!(
                    "did you mean `https://{0}`, or `{0}:PORT`?",
                    self.uri
                )]
            }
            UriMistake::Path(_) if !self.uri.contains("://") && self.uri.contains(":/") => {
                vec!["two slashes stand behind a scheme: `https://HOST`".to_owned()]
            }
            UriMistake::NoPort { .. }
            | UriMistake::Portless { .. }
            | UriMistake::Port(_)
            | UriMistake::Host(_)
            | UriMistake::User
            | UriMistake::Path(_)
            | UriMistake::Idle { .. }
            | UriMistake::Twice(_)
            | UriMistake::Value { .. } => Vec::new(),
        }
    }
}

impl FromStr for UriCheck {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        parse(text).map_err(|mistake| UriError {
            uri: shown(&without_user(text)),
            mistake,
        })
    }
}

fn parse(text: &str) -> Result<UriCheck, UriMistake> {
    // Before all else: every other message repeats a part of what may be a password.
    if user_end(text).is_some() {
        return Err(UriMistake::User);
    }
    let (endpoint, query) = match text.split_once('?') {
        Some((endpoint, query)) => (endpoint, Some(query)),
        None => (text, None),
    };
    let (protocol, authority) = match endpoint.split_once("://") {
        Some((scheme, authority)) => (self::scheme(scheme)?, authority),
        None => (Protocol::Tcp, endpoint),
    };
    let (host, ports) = place(authority, protocol)?;
    let mut check = UriCheck {
        text: text.to_owned(),
        host,
        ports,
        protocol,
        options: ProbeOptions::default(),
        pki: None,
        expect: None,
    };
    let mut seen = HashSet::new();
    for pair in query.into_iter().flat_map(|query| query.split('&')) {
        let (option, value) = pair.split_once('=').unwrap_or((pair, ""));
        let option = known_option(option)?;
        if !seen.insert(option) {
            return Err(UriMistake::Twice(option));
        }
        set(&mut check, option, value)?;
    }
    Ok(check)
}

/// Schemes do not mind case. Source: RFC 3986 §3.1.
fn scheme(typed: &str) -> Result<Protocol, UriMistake> {
    let word = typed.to_ascii_lowercase();
    word.parse().map_err(|_| UriMistake::Scheme {
        scheme: shown(typed),
        suggestion: meant(&word, Protocol::ALL.iter().map(|known| known.word())),
    })
}

/// Host and port. An empty path, `/`, says nothing and is let pass. Source: RFC 3986 §6.2.3.
fn place(authority: &str, protocol: Protocol) -> Result<(Host, Ports), UriMistake> {
    let (authority, path) = match authority.find('/') {
        Some(slash) => authority.split_at(slash),
        None => (authority, ""),
    };
    if !matches!(path, "" | "/") {
        return Err(UriMistake::Path(shown(path)));
    }
    let address = address(authority)?;
    let ports = match (address.port, protocol.transport().has_ports()) {
        (Some(port), true) => Ports::One(port),
        (Some(port), false) => return Err(UriMistake::Portless { port, protocol }),
        (None, false) => Ports::None,
        (None, true) => {
            let usual = protocol.default_port();
            Ports::One(usual.ok_or(UriMistake::NoPort { protocol })?)
        }
    };
    Ok((address.host, ports))
}

fn address(authority: &str) -> Result<Address, UriMistake> {
    let host = |text: &str| text.parse().map_err(|_| UriMistake::Host(shown(text)));
    if let Ok(alone) = authority.parse::<Host>() {
        return Ok(Address {
            host: alone,
            port: None,
        });
    }
    match authority.rsplit_once(':') {
        Some((before, port)) => Ok(Address {
            host: host(before)?,
            port: Some(port.parse().map_err(|_| UriMistake::Port(shown(port)))?),
        }),
        None => Ok(Address {
            host: host(authority)?,
            port: None,
        }),
    }
}

fn known_option(typed: &str) -> Result<&'static str, UriMistake> {
    OPTIONS
        .into_iter()
        .find(|option| *option == typed)
        .ok_or_else(|| UriMistake::Option {
            option: shown(typed),
            suggestion: meant(typed, OPTIONS),
        })
}

fn set(check: &mut UriCheck, option: &'static str, value: &str) -> Result<(), UriMistake> {
    let protocol = check.protocol;
    if !applies(option, protocol) {
        return Err(UriMistake::Idle { option, protocol });
    }
    let options = &mut check.options;
    let taken = match option {
        "starttls" => yes_or_no(value).map(|yes| options.starttls = Some(yes)),
        "tls" => yes_or_no(value).map(|yes| options.tls = Some(yes)),
        // The root is what is asked for anyway.
        "name" if value == "." => Some(()),
        "name" => name(value).map(|name| options.question = Some(name)),
        "pki" => pki(value).map(|pki| check.pki = Some(pki)),
        "expect" if value == "auto" => Some(()),
        "expect" => expect(value).map(|expect| check.expect = Some(expect)),
        _ => timeout(value).map(|timeout| options.timeout = Some(timeout)),
    };
    taken.ok_or_else(|| UriMistake::Value {
        option,
        value: shown(value),
        expected: expected(option),
    })
}

/// What the option takes, for people.
fn expected(option: &str) -> &'static str {
    match option {
        "starttls" | "tls" => "`yes` or `no`",
        "name" => "a host name",
        "pki" => "`public`, `private` or `any`",
        "expect" => "`auto`, `service`, `path` or `blocked`",
        _ => "a duration up to 5 min such as `3s`, `500ms` or `2` (seconds)",
    }
}

/// Whether the protocol has a use for the option.
fn applies(option: &str, protocol: Protocol) -> bool {
    let may_start_tls = matches!(protocol, Protocol::Smtp | Protocol::Ldap);
    let may_do_without = protocol == Protocol::Postgres;
    let tells = matches!(protocol, Protocol::Mysql | Protocol::Mssql);
    match option {
        "starttls" => may_start_tls,
        "tls" => may_do_without || tells,
        "name" => matches!(protocol, Protocol::Dns | Protocol::DnsTcp),
        "pki" => may_start_tls || may_do_without || protocol.starts_with_tls(),
        _ => true,
    }
}

fn yes_or_no(value: &str) -> Option<bool> {
    match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn name(value: &str) -> Option<String> {
    match value.parse().ok()? {
        Host::Name(name) => Some(name.trim_end_matches('.').to_owned()),
        Host::Address(_) | Host::OnLink(_) => None,
    }
}

fn pki(value: &str) -> Option<Pki> {
    let all = [Pki::Public, Pki::Private, Pki::Any];
    all.into_iter().find(|pki| pki.word() == value)
}

fn expect(value: &str) -> Option<Expect> {
    let all = [Expect::Service, Expect::Path, Expect::Blocked];
    all.into_iter().find(|expect| expect.word() == value)
}

/// `3s`, `500ms`, `1.5` (seconds), `1m`: above zero, at most [`LONGEST_TIMEOUT`].
fn timeout(value: &str) -> Option<Duration> {
    let at = value
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(value.len());
    let (number, unit) = value.split_at(at);
    let unit = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        _ => return None,
    };
    let seconds: f64 = number.parse().ok()?;
    let timeout = Duration::try_from_secs_f64(seconds * unit).ok()?;
    (!timeout.is_zero() && timeout <= LONGEST_TIMEOUT).then_some(timeout)
}

fn shown(text: &str) -> String {
    text::stranger(text.as_bytes())
}

/// The endpoint as typed, but for a user and password, which nobody should read again.
fn without_user(text: &str) -> String {
    let Some(end) = user_end(text) else {
        return text.to_owned();
    };
    let is_known = |scheme: &&str| scheme.parse::<Protocol>().is_ok();
    let scheme = text.split_once("://").map(|(scheme, _)| scheme);
    match scheme.filter(is_known) {
        Some(scheme) => format!("{scheme}://[redacted]@{}", &text[end..]),
        None => format!("[redacted]@{}", &text[end..]),
    }
}

/// Where the host begins behind a user and password: no endpoint has an `@` otherwise.
fn user_end(text: &str) -> Option<usize> {
    ["@", "%40", "\u{ff20}"]
        .into_iter()
        .filter_map(|at| Some(text.rfind(at)? + at.len()))
        .max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> UriCheck {
        text.parse().unwrap()
    }

    fn told(text: &str) -> String {
        let error = text.parse::<UriCheck>().unwrap_err();
        let lines = [error.to_string()].into_iter().chain(error.help());
        lines.collect::<Vec<_>>().join("\nhelp: ")
    }

    #[test]
    fn an_endpoint_is_scheme_host_port_and_options() {
        assert_eq!(
            read("smtp://Mail.example:2525?starttls=no&expect=path&timeout=1500ms"),
            UriCheck {
                text: "smtp://Mail.example:2525?starttls=no&expect=path&timeout=1500ms".into(),
                host: Host::Name("mail.example".into()),
                ports: Ports::One(Port::new(2525).unwrap()),
                protocol: Protocol::Smtp,
                options: ProbeOptions {
                    question: None,
                    starttls: Some(false),
                    timeout: Some(Duration::from_millis(1500)),
                    ..ProbeOptions::default()
                },
                pki: None,
                expect: Some(Expect::Path),
            }
        );
    }

    #[test]
    fn the_port_defaults_to_the_schemes() {
        for (text, port) in [
            ("https://a.example", Some(443)),
            ("HTTPS://a.example/", Some(443)),
            ("https://a.example:9000", Some(9000)),
            ("dns+tcp://[::1]", Some(53)),
            ("dns://::1", Some(53)),
            ("tcp://[fe80::1]:80", Some(80)),
            ("10.0.0.7:22", Some(22)),
            ("[::1]:22", Some(22)),
            ("icmp://10.0.0.7", None),
            ("esp://node-1", None),
        ] {
            let expected = port.and_then(Port::new).map_or(Ports::None, Ports::One);
            assert_eq!(read(text).ports, expected, "{text}");
        }
    }

    #[test]
    fn a_bare_host_and_port_is_tcp() {
        assert_eq!(read("node-1:443").protocol, Protocol::Tcp);
        assert_eq!(
            read("node-1:443?expect=blocked").expect,
            Some(Expect::Blocked)
        );
    }

    #[test]
    fn options_are_read_where_they_mean_something() {
        assert_eq!(
            read("dns://h?name=A.example").options.question,
            Some("a.example".into())
        );
        assert_eq!(read("dns://h?name=.").options.question, None);
        assert_eq!(read("https://h?pki=private").pki, Some(Pki::Private));
        assert_eq!(read("https://h?expect=auto").expect, None);
        assert_eq!(read("ldap://h?starttls=yes").options.starttls, Some(true));
        assert_eq!(read("postgres://h?tls=yes").options.tls, Some(true));
        assert_eq!(read("postgres://h?pki=private").pki, Some(Pki::Private));
        for (value, millis) in [("2", 2_000), ("0.5", 500), ("1m", 60_000), ("7ms", 7)] {
            let timeout = read(&format!("tcp://h:1?timeout={value}")).options.timeout;
            assert_eq!(timeout, Some(Duration::from_millis(millis)), "{value}");
        }
    }

    #[test]
    fn each_mistake_is_told_with_its_way_out() {
        let schemes = "the schemes are `tcp`, `udp`, `tls`, `https`, `http`, `ssh`, `smtp`, `smtps`, \
            `git`, `dns`, `dns+tcp`, `ntp`, `ldap`, `ldaps`, `nfs`, `nfs+udp`, `ipmi`, `ike`, \
            `ike-natt`, `postgres`, `mysql`, `mssql`, `oracle`, `redis`, `memcached`, `memcached+udp`, `zookeeper`, `cassandra`, \
            `http-proxy`, `socks5`, `icmp` and `esp`";
        let options = "the options are `starttls`, `tls`, `name`, `pki`, `expect` and `timeout`";
        let brackets = "an IPv6 address with a port goes in brackets: `[::1]:443`";
        for (text, expected) in [
            ("htps://h", format!("unknown scheme `htps`\nhelp: did you mean `https`?\nhelp: {schemes}")),
            ("gopher://h", format!("unknown scheme `gopher`\nhelp: {schemes}")),
            ("h", "got no port, expected `tcp://HOST:PORT`\nhelp: did you mean `https://h`, or `h:PORT`?".into()),
            ("https:/h", "got path `/h`, expected none: portcheck asks for `/` only\nhelp: two slashes stand behind a scheme: `https://HOST`".into()),
            ("udp://h", "got no port, expected `udp://HOST:PORT`".into()),
            ("tcp://::1", format!("got no port, expected `tcp://HOST:PORT`\nhelp: {brackets}")),
            ("tcp://[::1", format!("`[:` is neither a host name nor an address\nhelp: {brackets}")),
            ("icmp://h:7", "got port `7`, expected none: `icmp` has no ports".into()),
            ("tcp://h:0", "got port `0`, expected a number from 1 to 65535".into()),
            ("tcp://h:70000", "got port `70000`, expected a number from 1 to 65535".into()),
            ("tcp://h:", "got port ``, expected a number from 1 to 65535".into()),
            ("https://", "`` is neither a host name nor an address".into()),
            ("https://*.github.com", "`*.github.com` is neither a host name nor an address".into()),
            ("https://me:secret@h", "got a user name, expected none: portcheck never logs in".into()),
            ("https://h/login", "got path `/login`, expected none: portcheck asks for `/` only".into()),
            ("https://h?pkl=any", format!("unknown option `pkl`\nhelp: did you mean `pki`?\nhelp: {options}")),
            ("https://h?", format!("unknown option ``\nhelp: {options}")),
            ("ssh://h?pki=any", "option `pki` means nothing to `ssh`".into()),
            ("https://h?pki=any&pki=any", "option `pki` is given twice".into()),
            ("https://h?pki=corporate", "option `pki`: got `corporate`, expected `public`, `private` or `any`".into()),
            ("smtp://h?starttls", "option `starttls`: got ``, expected `yes` or `no`".into()),
            ("dns://h?name=10.0.0.7", "option `name`: got `10.0.0.7`, expected a host name".into()),
            ("ssh://h?expect=open", "option `expect`: got `open`, expected `auto`, `service`, `path` or `blocked`".into()),
            ("ssh://h?timeout=0", "option `timeout`: got `0`, expected a duration up to 5 min such as `3s`, `500ms` or `2` (seconds)".into()),
        ] {
            let shown = text.replace("me:secret", "[redacted]");
            assert_eq!(told(text), format!("endpoint `{shown}`: {expected}"));
        }
    }

    #[test]
    fn no_endpoint_with_a_password_is_repeated() {
        let got = "got a user name, expected none: portcheck never logs in";
        for (text, shown) in [
            ("https://me:pa?ss@h", "https://[redacted]@h"),
            ("https://me:pa/ss#x@h:1", "https://[redacted]@h:1"),
            ("https://me%3Apass%40h", "https://[redacted]@h"),
            ("https:/me:pass@h", "[redacted]@h"),
            ("//me:pass@h", "[redacted]@h"),
            ("me:pass://x@h", "[redacted]@h"),
            ("gopher://me:pass@h", "[redacted]@h"),
            ("https://h?name=me:pass@h", "https://[redacted]@h"),
        ] {
            assert_eq!(told(text), format!("endpoint `{shown}`: {got}"), "{text}");
        }
    }

    #[test]
    fn a_hostile_endpoint_is_shown_and_not_done() {
        assert_eq!(
            told("https://\x1b[31m"),
            "endpoint `https://\\x1b[31m`: `\\x1b[31m` is neither a host name nor an address"
        );
        for timeout in [
            "1e9",
            "9999999999999999999999",
            "-1",
            "NaN",
            ".",
            "6m",
            "1h",
        ] {
            assert!(
                format!("ssh://h?timeout={timeout}")
                    .parse::<UriCheck>()
                    .is_err(),
                "{timeout}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in "\\PC{0,60}", scheme in "(tcp|https|dns|icmp)?(://)?") {
            let _ = format!("{scheme}{text}").parse::<UriCheck>();
        }
    }
}
