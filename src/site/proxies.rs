//! Which way out: what flags and environment say of proxies, read as curl reads it.
//! Source: curl(1), `--proxy`, `--noproxy` and "Environment"; everything.curl.dev, "Proxy
//! environment variables".

use std::{collections::BTreeMap, fmt, net::IpAddr, sync::Arc};

use ipnet::IpNet;
use thiserror::Error;

use crate::{
    catalog::Via,
    fact::{Named, Said, Sentence},
    net::{Credentials, Host, Port, Protocol, ProxyUrl, ProxyUrlError, Transport},
};

/// The environment variables that speak of proxies. A name in lower case comes before its twin.
pub const PROXY_VARIABLES: [&str; 8] = [
    "https_proxy",
    "HTTPS_PROXY",
    "http_proxy",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// The name that curl does not read, because a web server gives it to its CGI programs with what a
/// stranger asked for; others do read it. So it is no more than the other way.
/// Source: curl(1), "Environment"; CVE-2016-5385.
pub const SHOUTED: &str = "HTTP_PROXY";

/// What is said of proxies, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProxySettings {
    /// `--proxy URL`.
    pub flag: Option<String>,
    /// `--no-proxy`: everything goes directly.
    pub is_off: bool,
    /// The credentials of `--proxy-auth-file`, for a proxy whose URL has none.
    pub credentials: Option<Credentials>,
    /// The variables of [`PROXY_VARIABLES`] that are set, by name.
    pub environment: BTreeMap<String, String>,
}

/// A proxy, and who said so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proxy {
    /// The proxy.
    pub url: ProxyUrl,
    /// `--proxy`, or the variable's name.
    pub origin: String,
}

impl fmt::Display for Proxy {
    /// `http://proxy.example:3128 (https_proxy)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.url, self.origin)
    }
}

impl Said for Proxy {
    fn said(&self) -> Sentence {
        self.url
            .said()
            .then(" (")
            .then(Named::from(self.origin.as_str()).said())
            .then(")")
    }
}

/// Which way a probe goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// To the host itself.
    #[default]
    Direct,
    /// Through a proxy.
    Through(Arc<Proxy>),
}

impl Route {
    /// The proxy, where there is one.
    #[must_use]
    pub const fn proxy(&self) -> Option<&Arc<Proxy>> {
        match self {
            Self::Direct => None,
            Self::Through(proxy) => Some(proxy),
        }
    }
}

/// What is reached, as far as it decides the way.
#[derive(Clone, Copy, Debug)]
pub struct Goal<'a> {
    /// The host.
    pub host: &'a Host,
    /// The port.
    pub port: Option<Port>,
    /// What is spoken.
    pub protocol: Protocol,
    /// Which way the product goes, where anybody says so.
    pub via: Option<Via>,
}

/// What flags and environment mean.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    flag: Option<Arc<Proxy>>,
    https: Option<Arc<Proxy>>,
    http: Option<Arc<Proxy>>,
    /// By [`SHOUTED`], which some programs read and others do not.
    shouted: Option<Arc<Proxy>>,
    exceptions: Vec<Exception>,
}

impl Proxies {
    /// # Errors
    /// Every URL that is none.
    pub fn read(settings: &ProxySettings) -> Result<Self, Vec<ProxyMistake>> {
        if settings.is_off {
            return Ok(Self::default());
        }
        let mut reading = Reading {
            settings,
            mistakes: Vec::new(),
        };
        let flag = settings.flag.as_deref().map(|url| ("--proxy", url));
        let flag = flag.and_then(|flag| reading.proxy(flag));
        let all = reading.variable(["all_proxy", "ALL_PROXY"]);
        let proxies = Self {
            flag,
            https: reading
                .variable(["https_proxy", "HTTPS_PROXY"])
                .or_else(|| all.clone()),
            http: reading.variable(["http_proxy"]).or(all),
            shouted: reading.variable([SHOUTED]),
            exceptions: reading
                .set(["no_proxy", "NO_PROXY"])
                .map(|(_, list)| exceptions(list))
                .unwrap_or_default(),
        };
        if reading.mistakes.is_empty() {
            Ok(proxies)
        } else {
            Err(reading.mistakes)
        }
    }

    /// The way to `goal`. The flag holds for whatever runs over TCP, the environment for HTTP and
    /// TLS to hosts that have a name (contract §1).
    #[must_use]
    pub fn route(&self, goal: Goal<'_>) -> Route {
        let wanted =
            goal.via != Some(Via::Direct) && !self.is_exception(goal) && can_be_relayed(goal);
        let proxy = self
            .flag
            .as_ref()
            .or_else(|| self.named_by_environment(goal));
        match proxy {
            Some(proxy) if wanted => Route::Through(Arc::clone(proxy)),
            Some(_) | None => Route::Direct,
        }
    }

    /// Whether there is any.
    #[must_use]
    pub fn are_known(&self) -> bool {
        [&self.flag, &self.https, &self.http]
            .into_iter()
            .any(Option::is_some)
    }

    /// The way that `route` is not, where there is one: worth a try where `route` fails.
    #[must_use]
    pub fn detour(&self, goal: Goal<'_>, route: &Route) -> Option<Route> {
        if !can_be_relayed(goal) {
            return None;
        }
        match route {
            Route::Through(_) => Some(Route::Direct),
            Route::Direct => {
                let shouted = (goal.protocol == Protocol::Http).then_some(&self.shouted);
                let known = [&self.flag, &self.https, &self.http];
                let proxy = known.into_iter().chain(shouted).flatten().next()?;
                Some(Route::Through(Arc::clone(proxy)))
            }
        }
    }

    fn named_by_environment(&self, goal: Goal<'_>) -> Option<&Arc<Proxy>> {
        let is_named = matches!(goal.host, Host::Name(_));
        match goal.protocol {
            Protocol::Https | Protocol::Tls if is_named => self.https.as_ref(),
            Protocol::Http if is_named => self.http.as_ref(),
            _ if goal.via == Some(Via::Proxy) => self.https.as_ref(),
            _ => None,
        }
    }

    fn is_exception(&self, goal: Goal<'_>) -> bool {
        self.exceptions
            .iter()
            .any(|exception| exception.matches(goal.host, goal.port))
    }
}

/// Whether it runs over TCP, and is not itself what a proxy is asked by.
fn can_be_relayed(goal: Goal<'_>) -> bool {
    goal.protocol.transport() == Transport::Tcp
        && goal.port.is_some()
        && !matches!(goal.protocol, Protocol::HttpProxy | Protocol::Socks5)
}

/// Settings that are being read.
struct Reading<'s> {
    settings: &'s ProxySettings,
    mistakes: Vec<ProxyMistake>,
}

impl<'s> Reading<'s> {
    /// The first of these variables that is set; an empty one counts as none.
    fn set<const N: usize>(&self, names: [&'static str; N]) -> Option<(&'static str, &'s str)> {
        names.into_iter().find_map(|name| {
            let value = self.settings.environment.get(name)?;
            (!value.is_empty()).then_some((name, value.as_str()))
        })
    }

    fn variable<const N: usize>(&mut self, names: [&'static str; N]) -> Option<Arc<Proxy>> {
        let set = self.set(names)?;
        self.proxy(set)
    }

    fn proxy(&mut self, (origin, text): (&str, &str)) -> Option<Arc<Proxy>> {
        match text.parse::<ProxyUrl>() {
            Ok(mut url) => {
                if url.credentials.is_none() {
                    url.credentials.clone_from(&self.settings.credentials);
                }
                let origin = origin.to_owned();
                Some(Arc::new(Proxy { url, origin }))
            }
            Err(fault) => {
                let origin = origin.to_owned();
                self.mistakes.push(ProxyMistake { origin, fault });
                None
            }
        }
    }
}

/// A proxy's URL that is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{origin}`: {fault}")]
pub struct ProxyMistake {
    /// The flag or variable.
    pub origin: String,
    /// What is wrong.
    pub fault: ProxyUrlError,
}

/// One word of `NO_PROXY`.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Exception {
    /// `*`: everything.
    Everything,
    /// A name and all below it, and a port if one is written.
    Name(String, Option<Port>),
    /// An address or a network, and a port if one is written.
    Network(IpNet, Option<Port>),
}

impl Exception {
    fn matches(&self, host: &Host, port: Option<Port>) -> bool {
        let same_port = |wanted: &Option<Port>| wanted.is_none() || *wanted == port;
        match (self, host) {
            (Self::Everything, _) => true,
            (Self::Name(name, wanted), Host::Name(host)) => {
                let below = host.strip_suffix(name.as_str());
                below.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
                    && same_port(wanted)
            }
            (Self::Network(network, wanted), Host::Address(address)) => {
                network.contains(address) && same_port(wanted)
            }
            (Self::Name(..), Host::Address(_)) | (Self::Network(..), Host::Name(_)) => false,
        }
    }
}

/// The words of `NO_PROXY`, parted by commas or blanks. What is none is passed over, as curl does.
fn exceptions(list: &str) -> Vec<Exception> {
    list.split([',', ' ', '\t'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .filter_map(exception)
        .collect()
}

fn exception(word: &str) -> Option<Exception> {
    if word == "*" {
        return Some(Exception::Everything);
    }
    if let Some(network) = network(word) {
        return Some(Exception::Network(network, None));
    }
    let (host, port) = match word.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (word, None),
    };
    if let Some(network) = network(host) {
        return Some(Exception::Network(network, port));
    }
    let name = host.trim_start_matches("*.").trim_start_matches('.');
    match name.parse().ok()? {
        Host::Name(name) => Some(Exception::Name(name, port)),
        Host::Address(address) => Some(Exception::Network(address.into(), port)),
    }
}

/// An address, with brackets or without, or a network.
fn network(word: &str) -> Option<IpNet> {
    let bare = word
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(word);
    bare.parse::<IpAddr>()
        .map(IpNet::from)
        .or_else(|_| bare.parse())
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(flag: Option<&str>, environment: &[(&str, &str)]) -> Proxies {
        let settings = ProxySettings {
            flag: flag.map(str::to_owned),
            environment: environment
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..ProxySettings::default()
        };
        Proxies::read(&settings).unwrap()
    }

    /// The way to an endpoint: `direct`, or the proxy and who said so.
    fn way(proxies: &Proxies, uri: &str) -> String {
        let (protocol, address) = uri.split_once("://").unwrap();
        let protocol: Protocol = protocol.parse().unwrap();
        let address: crate::net::Address = address.parse().unwrap();
        let goal = Goal {
            host: &address.host,
            port: address.port.or(protocol.default_port()),
            protocol,
            via: None,
        };
        match proxies.route(goal) {
            Route::Direct => "direct".to_owned(),
            Route::Through(proxy) => proxy.to_string(),
        }
    }

    #[test]
    fn the_environment_holds_for_http_and_tls_to_named_hosts() {
        let proxies = proxies(
            None,
            &[
                ("HTTPS_PROXY", "http://upper:1"),
                ("https_proxy", "http://lower:2"),
                ("http_proxy", "plain:3"),
                ("ALL_PROXY", "socks5h://all:4"),
            ],
        );
        for (uri, expected) in [
            ("https://a.example", "http://lower:2 (https_proxy)"),
            ("tls://a.example:8443", "http://lower:2 (https_proxy)"),
            ("http://a.example", "http://plain:3 (http_proxy)"),
            ("ssh://a.example", "direct"),
            ("https://10.0.0.7", "direct"),
            ("dns://a.example", "direct"),
        ] {
            assert_eq!(way(&proxies, uri), expected, "{uri}");
        }
    }

    #[test]
    fn a_proxy_for_all_stands_in_and_an_empty_variable_is_none() {
        let proxies = proxies(None, &[("https_proxy", ""), ("all_proxy", "socks5://s:1")]);
        let all = "socks5://s:1 (all_proxy)";
        assert_eq!(way(&proxies, "https://a.example"), all);
        assert_eq!(way(&proxies, "http://a.example"), all);
    }

    #[test]
    fn the_flag_holds_for_whatever_runs_over_tcp() {
        let proxies = proxies(Some("p:3128"), &[("https_proxy", "http://other:2")]);
        let flag = "http://p:3128 (--proxy)";
        for (uri, expected) in [
            ("https://a.example", flag),
            ("ssh://10.0.0.7", flag),
            ("smtp://mail.example:587", flag),
            ("ntp://a.example", "direct"),
            ("icmp://a.example", "direct"),
            ("http-proxy://p:3128", "direct"),
        ] {
            assert_eq!(way(&proxies, uri), expected, "{uri}");
        }
    }

    #[test]
    fn exceptions_are_suffixes_ports_networks_or_everything() {
        let goes = |list: &str, uri: &str| {
            let proxies = proxies(Some("p:1"), &[("no_proxy", list)]);
            way(&proxies, uri) == "direct"
        };
        for (list, uri, is_direct) in [
            ("example.com", "https://example.com", true),
            ("example.com", "https://a.example.com", true),
            (".example.com", "https://example.com", true),
            ("*.example.com", "https://a.example.com", true),
            ("example.com", "https://badexample.com", false),
            ("a.example:8443", "https://a.example:8443", true),
            ("a.example:8443", "https://a.example", false),
            ("x, ,a.example b.example", "https://b.example", true),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("10.1.2.3", "https://10.1.2.3", true),
            ("[fd00::1]:443", "https://[fd00::1]:443", true),
            ("fd00::/8", "https://[fd00::1]:443", true),
            ("*", "https://a.example", true),
            ("%%%", "https://a.example", false),
        ] {
            assert_eq!(goes(list, uri), is_direct, "{list} {uri}");
        }
    }

    #[test]
    fn credentials_of_a_file_join_a_url_without_any() {
        let settings = ProxySettings {
            flag: Some("p:1".to_owned()),
            credentials: Some("u:w".parse().unwrap()),
            ..ProxySettings::default()
        };
        let proxies = Proxies::read(&settings).unwrap();
        let credentials = proxies.flag.unwrap().url.credentials.clone().unwrap();
        assert_eq!(credentials.password.expose(), "w");
    }

    #[test]
    fn every_url_that_is_none_is_told_by_its_name() {
        let settings = ProxySettings {
            flag: Some("gopher://x:hunter2@p".to_owned()),
            environment: [("ALL_PROXY".to_owned(), "http://".to_owned())].into(),
            ..ProxySettings::default()
        };
        let told: Vec<String> = Proxies::read(&settings)
            .unwrap_err()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            told,
            [
                "`--proxy`: expected a proxy URL that begins with `http://`, `https://`, \
                 `socks5://` or `socks5h://`",
                "`ALL_PROXY`: the proxy URL has no host",
            ]
        );
        let off = ProxySettings {
            is_off: true,
            ..settings
        };
        assert_eq!(Proxies::read(&off), Ok(Proxies::default()));
    }
}
