//! `NO_PROXY` as curl reads it, and what of it curl does not.
//! Source: libcurl 7.88, `noproxy.c`; curl(1), `--noproxy`.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use crate::{fact::PlanFact, net::Host, text};

/// The most bytes of a word that is compared with an address. Source: libcurl, `noproxy.c`.
const LONGEST: usize = 128;

/// The list of hosts that are reached directly.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Exceptions {
    /// The variable.
    name: &'static str,
    /// Whether the whole list is `*`.
    is_everything: bool,
    /// Its words, in order.
    words: Vec<String>,
}

impl Exceptions {
    /// The words of `list`, parted by commas and blanks.
    pub(super) fn read(name: &'static str, list: &str) -> Self {
        let words = list.split([',', ' ', '\t']);
        Self {
            name,
            is_everything: list == "*",
            words: words
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
        }
    }

    /// Whether the host is reached directly.
    pub(super) fn hold(&self, host: &Host) -> bool {
        self.is_everything || self.words.iter().any(|word| holds(word, host))
    }

    /// What seems to be meant for the host, and is not read so.
    pub(super) fn slip(&self, host: &Host) -> Option<PlanFact> {
        if self.hold(host) {
            return None;
        }
        self.words.iter().find_map(|word| {
            let instead = meant(word).find(|instead| instead == "*" || holds(instead, host))?;
            let variable = self.name.into();
            Some(if instead == "*" {
                PlanFact::StarAmongOthers { variable }
            } else {
                let word = text::stranger(word.as_bytes()).into();
                let instead = instead.into();
                PlanFact::Unread {
                    variable,
                    word,
                    instead,
                }
            })
        })
    }
}

/// Whether one word of the list is the host's.
fn holds(word: &str, host: &Host) -> bool {
    match host {
        Host::Name(name) => is_or_ends(name.strip_suffix('.').unwrap_or(name), word),
        Host::Address(IpAddr::V4(address)) => word.len() < LONGEST && is_in(*address, word),
        // The URL's brackets are gone when the list is read, so the address is taken for a name.
        Host::Address(IpAddr::V6(address)) => is_or_ends(&address.to_string(), word),
        Host::OnLink(here) => is_or_ends(&here.address.to_string(), word),
    }
}

/// Whether the name is the word or lies below it.
fn is_or_ends(name: &str, word: &str) -> bool {
    let word = word.strip_suffix('.').unwrap_or(word);
    let word = word.strip_prefix('.').unwrap_or(word).to_ascii_lowercase();
    let above = name.strip_suffix(word.as_str());
    above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

/// Whether the address is the word or in its network. A network of no bits is an address, as it is
/// for curl; what follows the number is passed over.
fn is_in(address: Ipv4Addr, word: &str) -> bool {
    let (network, bits) = word.split_once('/').unwrap_or((word, ""));
    let digits = bits.bytes().take_while(u8::is_ascii_digit).count();
    let Ok(network) = network.parse::<Ipv4Addr>() else {
        return false;
    };
    let bits = match bits[..digits].parse::<u8>() {
        _ if bits.starts_with(['-', '+']) => return false,
        Ok(0) | Err(_) => 32,
        Ok(bits) => bits,
    };
    Ipv4Net::new(network, bits).is_ok_and(|network| network.contains(&address))
}

/// What other programs read into a word, in the form that curl reads.
fn meant(word: &str) -> impl Iterator<Item = String> {
    let bare = word.split_once("://").map_or(word, |(_, rest)| rest);
    let bare = bare.trim_end_matches('/');
    let star = (word == "*").then(|| "*".to_owned());
    let below = bare
        .strip_prefix('*')
        .map(|below| format!(".{}", below.trim_start_matches('.')))
        .filter(|below| below.len() > 1);
    let dots = bare
        .starts_with("..")
        .then(|| format!(".{}", bare.trim_start_matches('.')));
    let portless = bare
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|(host, _)| host.trim_start_matches('*').to_owned());
    let inner = |text: &str| Some(text.strip_prefix('[')?.split(']').next()?.to_owned());
    let unbracketed = inner(bare).or_else(|| inner(portless.as_deref()?));
    let scheme = (bare != word).then(|| bare.to_owned());
    [
        star,
        below,
        dots,
        unbracketed,
        portless,
        network(bare),
        scheme,
    ]
    .into_iter()
    .flatten()
}

/// `10.0.0.0/8` of `10.*`, `10.`, `10.0.0.0/255.0.0.0`.
fn network(word: &str) -> Option<String> {
    if let Some((address, mask)) = word.split_once('/') {
        let (address, mask) = (address.parse().ok()?, mask.parse().ok()?);
        let network = Ipv4Net::with_netmask(address, mask).ok()?;
        return Some(network.trunc().to_string());
    }
    let written = word.trim_end_matches(['*', '.']);
    if written == word {
        return None;
    }
    let mut octets = [0; 4];
    let parts: Vec<u8> = written
        .split('.')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    octets.get_mut(..parts.len())?.copy_from_slice(&parts);
    Some(match parts.len() {
        4 => Ipv4Addr::from(octets).to_string(),
        count => format!("{}/{}", Ipv4Addr::from(octets), 8 * count),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Said as _;

    fn host(text: &str) -> Host {
        text.parse().unwrap()
    }

    #[test]
    fn what_curl_reads_holds() {
        for (list, direct, by_proxy) in [
            ("example.com", "example.com", "badexample.com"),
            ("example.com", "a.example.com", "com"),
            (".Example.com.", "example.com", "ample.com"),
            ("x,,b.example y.example", "y.example", "z.example"),
            ("10.0.0.0/8,x", "10.1.2.3", "11.1.2.3"),
            ("10.0.0.0/08x", "10.1.2.3", "11.1.2.3"),
            ("10.1.2.3/0", "10.1.2.3", "10.1.2.4"),
            ("fd00::1", "fd00::1", "fd00::2"),
        ] {
            let list = Exceptions::read("NO_PROXY", list);
            assert!(list.hold(&host(direct)), "{list:?} {direct}");
            assert!(!list.hold(&host(by_proxy)), "{list:?} {by_proxy}");
        }
        assert!(Exceptions::read("NO_PROXY", "*").hold(&host("a.example")));
    }

    #[test]
    fn what_others_read_and_curl_does_not_is_told_with_what_to_write() {
        let told = |list: &str, of: &str| {
            let slip = Exceptions::read("no_proxy", list).slip(&host(of));
            slip.map(|slip| slip.said().to_string())
        };
        for (list, of, word, instead) in [
            (
                "*.example.com",
                "a.example.com",
                "*.example.com",
                ".example.com",
            ),
            (
                "x,*example.com",
                "example.com",
                "*example.com",
                ".example.com",
            ),
            ("a.example:443", "a.example", "a.example:443", "a.example"),
            (
                "https://a.example/",
                "a.example",
                "https://a.example/",
                "a.example",
            ),
            ("..b.example", "b.example", "..b.example", ".b.example"),
            ("[fd00::1]", "fd00::1", "[fd00::1]", "fd00::1"),
            ("[fd00::1]:443", "fd00::1", "[fd00::1]:443", "fd00::1"),
            ("10.*", "10.1.2.3", "10.*", "10.0.0.0/8"),
            ("192.168.", "192.168.7.7", "192.168.", "192.168.0.0/16"),
            (
                "10.0.0.0/255.0.0.0",
                "10.1.2.3",
                "10.0.0.0/255.0.0.0",
                "10.0.0.0/8",
            ),
        ] {
            let expected =
                format!("no_proxy has `{word}`, which curl does not read: write `{instead}`");
            assert_eq!(told(list, of), Some(expected), "{list} {of}");
        }
        assert_eq!(
            told("localhost,*", "a.example").as_deref(),
            Some("no_proxy has `*` beside others, which curl does not read: write `*` alone")
        );
        assert_eq!(told("*.example.com", "example.org"), None);
        assert_eq!(told("*.a.example,a.example", "b.a.example"), None);
    }
}
