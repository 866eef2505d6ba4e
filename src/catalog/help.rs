//! What was meant where a port, a host or a word is written as another program would have it.

use ipnet::IpNet;

use super::{
    mistakes::{meant, quoted},
    yaml::Node,
};
use crate::{
    net::{self, Address, Host, Port, PortRange, Protocol, Transport},
    text,
};

/// Ports and transports in one text: `443/tcp`, `80,443`, `8000-8010`, `tcp/udp`.
#[derive(Clone, Default)]
pub(crate) struct Ports {
    single: Vec<Port>,
    ranges: Vec<PortRange>,
    transports: Vec<Transport>,
}

impl Ports {
    /// What the text says; `None` if anything in it is neither.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut read = Self::default();
        let text = text.replace(" - ", "-");
        let is_joint = |joint: char| ",;/|+ ".contains(joint);
        for word in text.split(is_joint).filter(|word| !word.is_empty()) {
            if let Ok(port) = word.parse() {
                read.single.push(port);
            } else if let Some(range) = range(word) {
                read.ranges.push(range);
            } else {
                read.transports
                    .push(word.to_ascii_lowercase().parse().ok()?);
            }
        }
        Some(read)
    }

    /// What a value of a file says, in one text or in a list.
    pub(super) fn of(node: &Node<'_>) -> Option<Self> {
        Self::read(&scalars(node)?.join(","))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.single.is_empty() && self.ranges.is_empty()
    }

    /// The first transport that is named.
    pub(super) fn transport(&self) -> Option<Transport> {
        self.transports.first().copied()
    }

    /// The ports, then the ranges.
    pub(super) fn all(&self) -> Vec<net::Ports> {
        let single = self.single.iter().copied().map(net::Ports::One);
        let ranges = self.ranges.iter().copied().map(net::Ports::Range);
        single.chain(ranges).collect()
    }

    /// The ports as keys of a rule; of several, each needs a rule of its own.
    fn keys(&self) -> Vec<String> {
        let ports = self.single.iter().map(|port| format!("`port: {port}`"));
        let range = |range: &PortRange| {
            let (first, last) = (range.first(), range.last());
            format!("`ports: {{first: {first}, last: {last}}}`")
        };
        ports.chain(self.ranges.iter().map(range)).collect()
    }
}

/// `8000-8010`, `8000:8010`, `8000..8010`.
fn range(word: &str) -> Option<PortRange> {
    let mut joints = ["..", "-", ":", "–"].iter();
    let (first, last) = joints.find_map(|joint| word.split_once(joint))?;
    PortRange::new(first.parse().ok()?, last.parse().ok()?)
}

/// What to write for the `port` or the `ports` of a rule.
pub(super) fn of_ports(node: &Node<'_>) -> Option<String> {
    let written = scalars(node)?.join(",");
    if let Some(protocol) = named(&written) {
        let port = protocol.default_port()?;
        return Some(format!("write the number: `port: {port}`"));
    }
    let read = Ports::read(&written)?;
    let mut keys = read.keys();
    if keys.len() > 1 {
        let each = text::list(&keys, "and");
        return Some(
            format!("write a rule for each: one with {each}").replace(" and ", ", one with "),
        );
    }
    if !read.transports.is_empty() {
        let words: Vec<&str> = read.transports.iter().map(|it| it.word()).collect();
        keys.push(format!("`transports: [{}]`", words.join(", ")));
    }
    (!keys.is_empty()).then(|| format!("write {}", text::list(&keys, "and")))
}

/// What to write for a port where nothing else can be said.
pub(super) fn of_port(node: &Node<'_>) -> Option<String> {
    let read = Ports::read(node.text()?)?;
    match read.single[..] {
        [port] if read.ranges.is_empty() => Some(format!("write the number alone: `{port}`")),
        _ => None,
    }
}

fn named(word: &str) -> Option<Protocol> {
    let word = word.trim().to_ascii_lowercase();
    let mut known = Protocol::ALL.iter().copied();
    known.find(|protocol| protocol.word() == word)
}

/// The texts and numbers of a value or of a list of them.
fn scalars<'n>(node: &'n Node<'_>) -> Option<Vec<&'n str>> {
    match node.items() {
        [] => Some(vec![node.text().or(node.number())?]),
        items => items
            .iter()
            .map(|item| item.text().or(item.number()))
            .collect(),
    }
}

/// The same words of a closed list as a list, whatever case they are in and whatever joins them.
pub(super) fn of_words(written: &str, known: &[&'static str]) -> Option<Vec<&'static str>> {
    let is_joint = |joint: char| ",;/|+ ".contains(joint);
    let words = written.split(is_joint).filter(|word| !word.is_empty());
    let meant = words.map(|word| {
        let mut known = known.iter().copied();
        known.find(|known| known.eq_ignore_ascii_case(word))
    });
    meant
        .collect::<Option<Vec<_>>>()
        .filter(|words| !words.is_empty())
}

/// A host with what does not belong to it: `https://x/path`, `x:443`.
struct Located {
    scheme: Option<Protocol>,
    /// A host, a wildcard or a name with a blank.
    host: String,
    port: Option<Port>,
}

impl Located {
    /// What the text says, unless it is a host alone or cannot be made one.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (named(scheme), rest),
            None => (None, text),
        };
        let authority = rest.split(['/', '?', '#']).next()?;
        // A login stands before the host, and is shown to nobody.
        let place = authority.rsplit('@').next()?;
        // What a wildcard or a blank leaves open, a letter stands for.
        let filled = place.replace(['*', '<', '>'], "x");
        let address: Address = filled.parse().ok()?;
        let host = match address.port {
            Some(_) => place.rsplit_once(':')?.0,
            None => place,
        };
        (host != text).then(|| Self {
            scheme,
            host: host.to_owned(),
            port: address.port,
        })
    }
}

/// What to write where a rule's `host` is a URL, or has a port.
pub(super) fn of_host(written: &str) -> Option<String> {
    if written.trim().parse::<IpNet>().is_ok() {
        let instead = "leave `host` out and have the group in `to` bound by a variable";
        return Some(format!("a network is no host: {instead}"));
    }
    let located = Located::read(written)?;
    let mut keys = vec![format!("`host: {}`", located.host)];
    keys.extend(located.port.map(|port| format!("`port: {port}`")));
    keys.extend(located.scheme.map(|scheme| format!("`protocol: {scheme}`")));
    Some(format!("write {}", text::list(&keys, "and")))
}

/// What to write where only a host may stand.
pub(super) fn of_host_alone(written: &str) -> Option<String> {
    let host = Located::read(written)?.host;
    host.parse::<Host>().ok()?;
    Some(format!("write {}", quoted(&host)))
}

/// What to write where a host may stand, with its port or without.
pub(super) fn of_address(written: &str) -> Option<String> {
    let located = Located::read(written)?;
    let host: Host = located.host.parse().ok()?;
    let port = located.port;
    let address = Address { host, port };
    Some(format!("write `{address}`"))
}

/// What to write where an endpoint has a scheme that is nobody's, or no port.
pub(super) fn of_endpoint(
    written: &str,
    databases: impl Iterator<Item = &'static str>,
) -> Option<String> {
    let (scheme, _) = written.split_once("://").unwrap_or(("tcp", written));
    match named(scheme) {
        Some(protocol) if protocol.default_port().is_some() => None,
        Some(_) => Some("give its port".to_owned()),
        None => {
            let words = Protocol::ALL.iter().map(|known| known.word());
            meant(scheme, words.chain(databases))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{mistakes::Span, yaml::Value};

    fn port_help(written: &str) -> Option<String> {
        let span = Span::at("", 0);
        let value = Value::Text(written.into());
        of_ports(&Node { span, value })
    }

    #[test]
    fn a_port_as_others_write_it_is_told_as_keys() {
        for (written, help) in [
            ("443/tcp", "write `port: 443` and `transports: [tcp]`"),
            ("UDP/53", "write `port: 53` and `transports: [udp]`"),
            (
                "53 tcp/udp",
                "write `port: 53` and `transports: [tcp, udp]`",
            ),
            (
                "80,443",
                "write a rule for each: one with `port: 80`, one with `port: 443`",
            ),
            ("8000-8010", "write `ports: {first: 8000, last: 8010}`"),
            ("8000 - 8010", "write `ports: {first: 8000, last: 8010}`"),
            (
                "8000:8010/udp",
                "write `ports: {first: 8000, last: 8010}` and `transports: [udp]`",
            ),
            (
                "22, 8000-8010",
                "write a rule for each: one with `port: 22`, one with `ports: {first: 8000, last: 8010}`",
            ),
            ("HTTPS", "write the number: `port: 443`"),
        ] {
            assert_eq!(port_help(written).as_deref(), Some(help), "{written}");
        }
        for written in ["", "0", "70000", "8010-8000", "any", "443x", "-"] {
            assert_eq!(port_help(written), None, "{written}");
        }
    }

    #[test]
    fn a_host_as_others_write_it_is_told_as_keys_and_without_its_login() {
        for (written, help) in [
            (
                "https://acme.example",
                "write `host: acme.example` and `protocol: https`",
            ),
            (
                "https://bob:secret@acme.example:8443/updates?x=1",
                "write `host: acme.example`, `port: 8443` and `protocol: https`",
            ),
            (
                "acme.example:443",
                "write `host: acme.example` and `port: 443`",
            ),
            (
                "[2001:db8::1]:443",
                "write `host: [2001:db8::1]` and `port: 443`",
            ),
            (
                "*.acme.example:443",
                "write `host: *.acme.example` and `port: 443`",
            ),
            (
                "<name>.acme.example:443",
                "write `host: <name>.acme.example` and `port: 443`",
            ),
            ("acme.example/updates", "write `host: acme.example`"),
            (
                "10.0.0.0/8",
                "a network is no host: leave `host` out and have the group in `to` bound by a variable",
            ),
        ] {
            assert_eq!(of_host(written).as_deref(), Some(help), "{written}");
        }
        for written in [
            "acme example",
            "acme.example",
            "a:0",
            "https://",
            "\u{1b}://x y",
        ] {
            assert_eq!(of_host(written), None, "{written}");
        }
    }

    #[test]
    fn an_address_keeps_its_port_and_a_host_alone_does_not() {
        let url = "ldap://dir.example:3268/dc=example";
        assert_eq!(of_address(url).as_deref(), Some("write `dir.example:3268`"));
        assert_eq!(of_host_alone(url).as_deref(), Some("write `dir.example`"));
        assert_eq!(of_address("smtp://mail").as_deref(), Some("write `mail`"));
        assert_eq!(of_address("<x>:25"), None);
    }
}
