//! Which way out: what flags and environment say of proxies, read as curl reads it.
//! Source: curl(1), `--proxy`, `--noproxy` and "Environment"; everything.curl.dev, "Proxy
//! environment variables".

use std::{collections::BTreeMap, fmt, sync::Arc};

use thiserror::Error;

use crate::{
    catalog::Via,
    fact::{Named, PlanFact, Said, Sentence},
    net::{Credentials, Host, Port, Protocol, ProxyUrl, ProxyUrlError, Transport},
};

mod exceptions;

use exceptions::Exceptions;

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
    https: Option<Choice>,
    http: Option<Choice>,
    /// By [`SHOUTED`], which some programs read and others do not.
    shouted: Option<Choice>,
    exceptions: Exceptions,
}

/// What a variable says: a proxy, or what no proxy's URL is, which matters only to who goes by it.
type Choice = Result<Arc<Proxy>, ProxyMistake>;

impl Proxies {
    /// # Errors
    /// The flag's URL, if it is none. Those of variables are told by [`Proxies::route`].
    pub fn read(settings: &ProxySettings) -> Result<Self, ProxyMistake> {
        if settings.is_off {
            return Ok(Self::default());
        }
        let variable =
            |names: &[&'static str]| settings.set(names).map(|said| settings.proxy(said));
        let flag = settings.flag.as_deref();
        let all = variable(&["all_proxy", "ALL_PROXY"]);
        Ok(Self {
            flag: flag
                .map(|url| settings.proxy(("--proxy", url)))
                .transpose()?,
            https: variable(&["https_proxy", "HTTPS_PROXY"]).or_else(|| all.clone()),
            http: variable(&["http_proxy"]).or(all),
            shouted: variable(&[SHOUTED]),
            exceptions: settings
                .set(&["no_proxy", "NO_PROXY"])
                .map(|(name, list)| Exceptions::read(name, list))
                .unwrap_or_default(),
        })
    }

    /// The way to `goal`. The flag holds for whatever runs over TCP, the environment for HTTP and
    /// TLS to hosts that have a name (contract §1).
    ///
    /// # Errors
    /// The variable that names the proxy to go by, where its value is no proxy's URL.
    pub fn route(&self, goal: Goal<'_>) -> Result<Route, ProxyMistake> {
        let is_wanted = goal.via != Some(Via::Direct)
            && can_be_relayed(goal)
            && !self.exceptions.hold(goal.host);
        if !is_wanted {
            return Ok(Route::Direct);
        }
        if let Some(flag) = &self.flag {
            return Ok(Route::Through(Arc::clone(flag)));
        }
        match self.named_by_environment(goal) {
            Some(Ok(proxy)) => Ok(Route::Through(Arc::clone(proxy))),
            Some(Err(mistake)) => Err(mistake.clone()),
            None => Ok(Route::Direct),
        }
    }

    /// What `NO_PROXY` has of the host in a form that curl does not read, and what to write instead.
    #[must_use]
    pub fn slip(&self, host: &Host) -> Option<PlanFact> {
        self.exceptions.slip(host)
    }

    /// Whether there is any.
    #[must_use]
    pub fn are_known(&self) -> bool {
        self.known().next().is_some()
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
                let shouted = shouted.and_then(|said| said.as_ref()?.as_ref().ok());
                let proxy = self.known().chain(shouted).next()?;
                Some(Route::Through(Arc::clone(proxy)))
            }
        }
    }

    /// The proxies that there are.
    fn known(&self) -> impl Iterator<Item = &Arc<Proxy>> {
        let said = [&self.https, &self.http].into_iter().flatten();
        self.flag
            .iter()
            .chain(said.filter_map(|said| said.as_ref().ok()))
    }

    fn named_by_environment(&self, goal: Goal<'_>) -> Option<&Choice> {
        let is_named = matches!(goal.host, Host::Name(_));
        match goal.protocol {
            Protocol::Https | Protocol::Tls if is_named => self.https.as_ref(),
            Protocol::Http if is_named => self.http.as_ref(),
            _ if goal.via == Some(Via::Proxy) => self.https.as_ref(),
            _ => None,
        }
    }
}

/// Whether it runs over TCP, and is not itself what a proxy is asked by.
fn can_be_relayed(goal: Goal<'_>) -> bool {
    goal.protocol.transport() == Transport::Tcp
        && goal.port.is_some()
        && !matches!(goal.protocol, Protocol::HttpProxy | Protocol::Socks5)
}

impl ProxySettings {
    /// The first of these variables that is set; an empty one counts as none.
    fn set(&self, names: &[&'static str]) -> Option<(&'static str, &str)> {
        names.iter().find_map(|name| {
            let value = self.environment.get(*name)?;
            (!value.is_empty()).then_some((*name, value.as_str()))
        })
    }

    fn proxy(&self, (origin, text): (&str, &str)) -> Choice {
        let origin = origin.to_owned();
        match text.parse::<ProxyUrl>() {
            Ok(mut url) => {
                if url.credentials.is_none() {
                    url.credentials.clone_from(&self.credentials);
                }
                Ok(Arc::new(Proxy { url, origin }))
            }
            Err(fault) => Err(ProxyMistake { origin, fault }),
        }
    }
}

/// A proxy's URL that is none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Error)]
#[error("`{origin}`: {fault}")]
pub struct ProxyMistake {
    /// The flag or variable.
    pub origin: String,
    /// What is wrong.
    pub fault: ProxyUrlError,
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
            Ok(Route::Direct) => "direct".to_owned(),
            Ok(Route::Through(proxy)) => proxy.to_string(),
            Err(mistake) => mistake.to_string(),
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
    fn a_variable_that_is_no_proxy_matters_only_to_who_goes_by_it() {
        let proxies = proxies(
            None,
            &[
                ("https_proxy", "ftp://u:hunter2@h:1"),
                ("no_proxy", "d.example"),
            ],
        );
        for (uri, expected) in [
            ("http://a.example", "direct"),
            ("ssh://a.example", "direct"),
            ("https://d.example", "direct"),
            (
                "https://a.example",
                "`https_proxy`: expected a proxy URL that begins with `http://`, `https://`, \
                 `socks://`, `socks4://`, `socks4a://`, `socks5://` or `socks5h://`",
            ),
        ] {
            assert_eq!(way(&proxies, uri), expected, "{uri}");
        }
        assert!(!proxies.are_known());
    }

    #[test]
    fn the_exceptions_hold_for_the_flag_too() {
        let proxies = proxies(Some("p:1"), &[("NO_PROXY", "10.0.0.0/8")]);
        assert_eq!(way(&proxies, "ssh://10.0.0.7"), "direct");
        assert_eq!(way(&proxies, "ssh://11.0.0.7"), "http://p:1 (--proxy)");
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
    fn a_flag_that_is_no_url_is_told_at_once() {
        let settings = ProxySettings {
            flag: Some("http://x:hunter2@".to_owned()),
            environment: [("ALL_PROXY".to_owned(), "http://".to_owned())].into(),
            ..ProxySettings::default()
        };
        let told = Proxies::read(&settings).unwrap_err().to_string();
        assert_eq!(told, "`--proxy`: the proxy URL has no host");
        let off = ProxySettings {
            is_off: true,
            ..settings
        };
        assert_eq!(Proxies::read(&off), Ok(Proxies::default()));
    }
}
