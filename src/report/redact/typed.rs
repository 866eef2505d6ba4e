//! What was typed, or is one text in a report: endpoints, proxies, titles of checks. They are read
//! by what reads them anywhere else, and made anew of what was read.

use super::{Kind, Redactor, WITHHELD};
use crate::{
    net::{Host, Ports, ProxyUrl},
    plan::UriCheck,
};

/// What a `probe` endpoint may say behind its host that names nobody.
const OPTIONS: [&str; 5] = ["expect", "pki", "starttls", "timeout", "tls"];

impl Redactor {
    /// A rule and what it reaches, or an endpoint as typed: the title of a check.
    pub(super) fn check(&mut self, title: &str) -> String {
        let Some((rule, endpoint)) = title.split_once(' ') else {
            return self.uri(title);
        };
        let mut rule = rule.to_owned();
        self.name(Kind::Rule, &mut rule);
        // `host:443/tcp`, or `host icmp`.
        let place = endpoint.rsplit_once('/').and_then(|(place, transport)| {
            let (host, port) = place.rsplit_once(':')?;
            Some((host.trim_matches(['[', ']']), port, transport))
        });
        if let Some((host, port, transport)) = place {
            return format!("{rule} {}:{port}/{transport}", self.host(host));
        }
        match endpoint.rsplit_once(' ') {
            Some((host, transport)) => format!("{rule} {} {transport}", self.host(host)),
            None => rule,
        }
    }

    pub(super) fn proxy(&mut self, proxy: &str) -> String {
        match proxy.parse::<ProxyUrl>() {
            Ok(url) => self.said(&url),
            Err(_) => WITHHELD.to_owned(),
        }
    }

    /// An endpoint as typed: what is spoken, where, and the options that name nobody.
    pub(super) fn uri(&mut self, typed: &str) -> String {
        let Ok(uri) = typed.parse::<UriCheck>() else {
            return WITHHELD.to_owned();
        };
        let scheme = typed.split_once("://");
        let scheme = scheme.map_or_else(String::new, |(scheme, _)| format!("{scheme}://"));
        let host = self.host(&uri.host.to_string());
        let host = match (uri.ports, &uri.host) {
            (Ports::One(port), Host::Name(_) | Host::Address(_) | Host::OnLink(_)) => {
                format!("{host}:{port}")
            }
            (Ports::None | Ports::Range(_), _) => host,
        };
        let options = typed.split_once('?').map_or("", |(_, options)| options);
        let kept: Vec<&str> = options
            .split('&')
            .filter(|option| OPTIONS.contains(&option.split('=').next().unwrap_or_default()))
            .collect();
        let kept = match kept.as_slice() {
            [] => String::new(),
            [_, ..] => format!("?{}", kept.join("&")),
        };
        format!("{scheme}{host}{kept}")
    }
}
