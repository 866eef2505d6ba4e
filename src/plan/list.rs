//! Endpoints out of lists as people keep them: a host and its ports a line, or a URI.

use thiserror::Error;

use super::{UriCheck, UriError};
use crate::{
    catalog::{
        Mistakes,
        mistakes::{Reporter, Span, meant, quoted},
    },
    net::{Host, Port, Protocol},
};

/// The most endpoints of a list; more is a port scan.
const LIMIT: usize = 10_000;

/// Ports, each with what is spoken there if it says so: `80,443`, `8000-8010/udp`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortList {
    items: Vec<Item>,
    /// What is spoken at those that do not say.
    protocol: Option<Protocol>,
}

/// Ports from one to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item {
    first: Port,
    last: Port,
    protocol: Option<Protocol>,
}

/// What is wrong with a list; texts in it are as typed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ListMistake {
    /// Neither a port nor a protocol.
    #[error("{} is no port", quoted(.0))]
    Port(String),
    /// A range that does not ascend.
    #[error("got the range {}, expected one that ascends", quoted(.0))]
    Range(String),
    /// A word behind a `/` that is no protocol.
    #[error("unknown protocol {}", quoted(.0))]
    Protocol(String),
    /// Nothing says which port, and the protocol has no usual one.
    #[error("got no port")]
    NoPort,
    /// A port of its own where a list gives them.
    #[error("{} has a port of its own beside `--ports`", quoted(.0))]
    OwnPort(String),
    /// Neither a host name nor an address.
    #[error("{} is neither a host name nor an address", quoted(.0))]
    Host(String),
    /// More than one endpoint.
    #[error("got something behind an endpoint")]
    Behind,
    /// More endpoints than are checked.
    #[error("got more than {LIMIT} endpoints")]
    TooMany,
    /// A URI that is none.
    #[error(transparent)]
    Uri(#[from] UriError),
}

impl ListMistake {
    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::Port(text) if text.contains(':') => {
                format!("a range is written {}", quoted(&text.replace(':', "-")))
            }
            Self::Port(_) => {
                "write ports such as `443`, `80,443`, `8000-8010` or `53/udp`".to_owned()
            }
            Self::Range(text) => {
                let (first, last) = text.split_once('-')?;
                format!("write {}", quoted(&format!("{last}-{first}")))
            }
            Self::Protocol(text) => {
                let text = text.to_ascii_lowercase();
                return meant(&text, Protocol::ALL.iter().map(|known| known.word()));
            }
            Self::NoPort => {
                "write `HOST PORT`, `HOST:PORT`, or a URI such as `https://HOST`".to_owned()
            }
            Self::OwnPort(_) => "take it away, or give the endpoint without `--ports`".to_owned(),
            Self::Host(text) if text.contains('/') => {
                "a network is no target: list its hosts".to_owned()
            }
            Self::Behind => {
                "give every endpoint a line of its own; a comment begins with `#`".to_owned()
            }
            Self::Uri(error) => return error.help().into_iter().next(),
            Self::Host(_) | Self::TooMany => return None,
        };
        Some(text)
    }
}

/// A mistake, and the piece of the text that it is about.
struct Wrong<'t> {
    part: &'t str,
    mistake: ListMistake,
}

type Read<'t, T> = Result<T, Vec<Wrong<'t>>>;

/// The endpoints of a list, each once, in its order: a line `HOST PORT`, `HOST:PORT`,
/// `HOST,PORT[/PROTOCOL]` or a URI; instead of a port several (`80,443`) or a range (`8000-8010`); `#`
/// begins a comment. A line without a port takes those of `ports`. `file` is what the list is called
/// in mistakes.
///
/// # Errors
/// Every mistake of the list, or that it is empty.
pub fn endpoints(
    file: &str,
    text: &str,
    ports: Option<&PortList>,
) -> Result<Vec<UriCheck>, Mistakes> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reporter = Reporter::new(file, text);
    let mut all = Vec::new();
    let mut seen = std::collections::HashSet::new();
    let mut start = 0;
    let mut is_first = true;
    for (index, whole) in text.split_inclusive('\n').enumerate() {
        let content = without_comment(whole);
        let line = Line {
            number: index + 1,
            start,
            whole,
        };
        start += whole.len();
        if content.is_empty() || (std::mem::take(&mut is_first) && is_heading(content)) {
            continue;
        }
        match endpoint(content, ports) {
            Ok(checks) => all.extend(
                checks
                    .into_iter()
                    .filter(|check| seen.insert(check.text.clone())),
            ),
            Err(wrong) => {
                for Wrong { part, mistake } in wrong {
                    let help = mistake.help();
                    reporter.report_with(line.span(part), mistake.to_string(), help);
                }
            }
        }
        if all.len() > LIMIT {
            let mistake = ListMistake::TooMany;
            reporter.report_with(line.span(content), mistake.to_string(), mistake.help());
            break;
        }
    }
    let is_any = !all.is_empty();
    reporter.finish(is_any.then_some(all))
}

/// A line of the list.
struct Line<'t> {
    number: usize,
    start: usize,
    whole: &'t str,
}

impl Line<'_> {
    /// The place of a piece of the line.
    fn span(&self, part: &str) -> Span {
        let offset = part
            .as_ptr()
            .addr()
            .saturating_sub(self.whole.as_ptr().addr());
        let head = self.whole.get(..offset).unwrap_or_default();
        Span {
            line: self.number,
            column: head.chars().count() + 1,
            start: self.start + offset,
            end: self.start + offset + part.len(),
        }
    }
}

/// The line up to a `#` that begins a word.
fn without_comment(line: &str) -> &str {
    let is_start = |at: usize| {
        line[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace)
    };
    let mut signs = line.match_indices('#').map(|(at, _)| at);
    let end = signs.find(|at| is_start(*at)).unwrap_or(line.len());
    line[..end].trim()
}

/// `host,port,protocol`: the first line of a table.
fn is_heading(content: &str) -> bool {
    let mut words = content.split(is_gap).filter(|word| !word.is_empty());
    let is_word =
        |word: Option<&str>, known: &str| word.is_some_and(|word| word.eq_ignore_ascii_case(known));
    is_word(words.next(), "host") && (is_word(words.next(), "port") || content.contains("ports"))
}

fn is_gap(character: char) -> bool {
    character.is_whitespace() || matches!(character, ',' | ';')
}

/// One endpoint as typed, with these ports at a host that has none.
///
/// # Errors
/// The first mistake.
pub fn with_ports(text: &str, ports: &PortList) -> Result<Vec<UriCheck>, ListMistake> {
    let first = |wrong: Vec<Wrong<'_>>| wrong.into_iter().next().map(|wrong| wrong.mistake);
    let uri = Uri::of(text);
    if uri.host.parse::<Host>().is_err() && uri.host.contains(':') {
        return Err(ListMistake::OwnPort(text.to_owned()));
    }
    endpoint(text, Some(ports)).map_err(|wrong| first(wrong).unwrap_or(ListMistake::NoPort))
}

/// The endpoints of one line.
fn endpoint<'t>(content: &'t str, ports: Option<&PortList>) -> Read<'t, Vec<UriCheck>> {
    if content.contains("://") {
        return of_uri(content, ports);
    }
    let (host, rest) = parted(content);
    let named = host.parse::<Host>();
    let read = PortList::read(rest);
    match (named, read) {
        (Ok(named), Ok(list)) => list.at(&named, ports, content),
        (named, read) => {
            let mut wrong: Vec<Wrong<'_>> =
                named.err().map(|_| no_host(host)).into_iter().collect();
            wrong.extend(read.err().into_iter().flatten());
            Err(wrong)
        }
    }
}

fn no_host(host: &str) -> Wrong<'_> {
    let mistake = ListMistake::Host(host.to_owned());
    Wrong {
        part: host,
        mistake,
    }
}

/// The host, and what says its ports. A colon parts them too, unless it is an address's own.
fn parted(content: &str) -> (&str, &str) {
    let end = content.find(is_gap).unwrap_or(content.len());
    let (head, rest) = content.split_at(end);
    if head.parse::<Host>().is_ok() {
        return (head, rest);
    }
    match head.rsplit_once(':') {
        Some((host, _)) => (host, &content[host.len() + 1..]),
        None => (head, rest),
    }
}

/// A URI in its pieces.
struct Uri<'t> {
    scheme: Option<&'t str>,
    /// Host and port.
    host: &'t str,
    query: Option<&'t str>,
}

impl<'t> Uri<'t> {
    fn of(text: &'t str) -> Self {
        let (rest, query) = match text.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (text, None),
        };
        let (scheme, host) = match rest.split_once("://") {
            Some((scheme, host)) => (Some(scheme), host),
            None => (None, rest),
        };
        let host = host.strip_suffix('/').unwrap_or(host);
        Self {
            scheme,
            host,
            query,
        }
    }
}

/// A URI; with several ports it stands for several.
fn of_uri<'t>(content: &'t str, ports: Option<&PortList>) -> Read<'t, Vec<UriCheck>> {
    let wrong = |mistake: ListMistake| {
        vec![Wrong {
            part: content,
            mistake,
        }]
    };
    if content.contains(char::is_whitespace) {
        return Err(wrong(ListMistake::Behind));
    }
    let uri = Uri::of(content);
    let scheme: Option<Protocol> = uri
        .scheme
        .and_then(|it| it.to_ascii_lowercase().parse().ok());
    let alone = uri.host.parse::<Host>();
    let (host, list) = match (alone, ports, uri.host.rsplit_once(':')) {
        (Ok(host), Some(ports), _) => (host, ports.clone()),
        (Err(_), _, Some((host, list))) if list.contains([',', '-']) => {
            let host = host.parse().map_err(|_| vec![no_host(host)])?;
            (host, PortList::read(list)?)
        }
        _ => {
            return content
                .parse()
                .map(|uri| vec![uri])
                .map_err(|error| wrong(ListMistake::Uri(error)));
        }
    };
    let Some(protocol) = scheme else {
        // It says which schemes there are.
        let error = content.parse::<UriCheck>().err();
        return Err(error.map_or_else(Vec::new, |error| wrong(ListMistake::Uri(error))));
    };
    list.spoken(protocol).checks(&host, uri.query, content)
}

impl PortList {
    /// Ports, parted by commas: `80,443`, `8000-8010`, `53/udp`, `443/https`.
    ///
    /// # Errors
    /// Every part that is none.
    pub fn parse(text: &str) -> Result<Self, Vec<ListMistake>> {
        let mistakes =
            |wrong: Vec<Wrong<'_>>| wrong.into_iter().map(|wrong| wrong.mistake).collect();
        match Self::read(text) {
            Ok(list) if list.items.is_empty() => Err(vec![ListMistake::NoPort]),
            Ok(list) => Ok(list),
            Err(wrong) => Err(mistakes(wrong)),
        }
    }

    fn read(text: &str) -> Read<'_, Self> {
        let mut list = Self::default();
        let mut wrong = Vec::new();
        for part in text.split(is_gap).filter(|part| !part.is_empty()) {
            let (ports, protocol) = match part.split_once('/') {
                Some((ports, protocol)) => (ports, Some(protocol)),
                None => (part, None),
            };
            let is_word = part.starts_with(|it: char| it.is_ascii_alphabetic());
            let read = if is_word {
                word(part).map(|protocol| list.protocol = Some(protocol))
            } else {
                item(ports, protocol).map(|item| list.items.push(item))
            };
            wrong.extend(read.err().map(|mistake| Wrong { part, mistake }));
        }
        if wrong.is_empty() {
            Ok(list)
        } else {
            Err(wrong)
        }
    }

    /// The same, with what is spoken where none says.
    fn spoken(self, protocol: Protocol) -> Self {
        Self {
            protocol: self.protocol.or(Some(protocol)),
            ..self
        }
    }

    /// The endpoints at a host; where there is no port, those of another list.
    fn at<'t>(
        self,
        host: &Host,
        others: Option<&Self>,
        content: &'t str,
    ) -> Read<'t, Vec<UriCheck>> {
        match (self.items.is_empty(), others) {
            (true, Some(others)) => {
                let others = others.clone();
                match self.protocol {
                    Some(protocol) => others.spoken(protocol).checks(host, None, content),
                    None => others.checks(host, None, content),
                }
            }
            (_, _) => self.checks(host, None, content),
        }
    }

    fn checks<'t>(
        &self,
        host: &Host,
        query: Option<&str>,
        content: &'t str,
    ) -> Read<'t, Vec<UriCheck>> {
        let wrong = |mistake: ListMistake| {
            vec![Wrong {
                part: content,
                mistake,
            }]
        };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let mut texts = Vec::new();
        for Item {
            first,
            last,
            protocol,
        } in &self.items
        {
            let protocol = protocol.or(self.protocol).unwrap_or(Protocol::Tcp);
            let ports = (first.get()..=last.get()).filter_map(Port::new);
            texts.extend(ports.map(|port| format!("{protocol}://{}{query}", host.with_port(port))));
            if texts.len() > LIMIT {
                return Err(wrong(ListMistake::TooMany));
            }
        }
        if let (true, Some(protocol)) = (self.items.is_empty(), self.protocol) {
            let host = host.with_port("");
            let host = host.strip_suffix(':').unwrap_or(&host);
            texts.push(format!("{protocol}://{host}{query}"));
        }
        if texts.is_empty() {
            return Err(wrong(ListMistake::NoPort));
        }
        let read = |text: String| text.parse().map_err(|error| wrong(ListMistake::Uri(error)));
        texts.into_iter().map(read).collect()
    }
}

/// Ports do not mind how a protocol is written.
fn word(text: &str) -> Result<Protocol, ListMistake> {
    let lower = text.to_ascii_lowercase();
    lower
        .parse()
        .map_err(|_| ListMistake::Protocol(text.to_owned()))
}

fn item(ports: &str, protocol: Option<&str>) -> Result<Item, ListMistake> {
    let port = |text: &str| {
        text.parse::<Port>()
            .map_err(|_| ListMistake::Port(ports.to_owned()))
    };
    let (first, last) = match ports.split_once('-') {
        Some((first, last)) => (port(first)?, port(last)?),
        None => (port(ports)?, port(ports)?),
    };
    if first > last {
        return Err(ListMistake::Range(ports.to_owned()));
    }
    Ok(Item {
        first,
        last,
        protocol: protocol.map(word).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        match endpoints("list", text, None) {
            Ok(checks) => checks.into_iter().map(|check| check.text).collect(),
            Err(mistakes) => mistakes.to_string().lines().map(str::to_owned).collect(),
        }
    }

    #[test]
    fn every_way_to_write_a_host_and_its_ports_is_read() {
        for (line, expected) in [
            ("db1 443", &["tcp://db1:443"][..]),
            ("db1\t443\ttcp", &["tcp://db1:443"]),
            ("db1:443", &["tcp://db1:443"]),
            ("db1:443  # why", &["tcp://db1:443"]),
            ("db1,443", &["tcp://db1:443"]),
            ("db1, 443, TCP", &["tcp://db1:443"]),
            ("db1;443;udp", &["udp://db1:443"]),
            ("db1,443/https", &["https://db1:443"]),
            ("db1,53/udp,443", &["udp://db1:53", "tcp://db1:443"]),
            ("db1:80,443", &["tcp://db1:80", "tcp://db1:443"]),
            ("db1 80,443", &["tcp://db1:80", "tcp://db1:443"]),
            (
                "db1 8000-8002",
                &["tcp://db1:8000", "tcp://db1:8001", "tcp://db1:8002"],
            ),
            ("db1:8000-8001/udp", &["udp://db1:8000", "udp://db1:8001"]),
            ("db1 443 443", &["tcp://db1:443"]),
            ("10.0.0.1 22", &["tcp://10.0.0.1:22"]),
            ("::1 22", &["tcp://[::1]:22"]),
            ("[::1]:22", &["tcp://[::1]:22"]),
            ("::1,22", &["tcp://[::1]:22"]),
            ("db1 ssh", &["ssh://db1"]),
            ("::1 icmp", &["icmp://[::1]"]),
            ("https://db1", &["https://db1"]),
            ("https://db1:8443/?pki=any", &["https://db1:8443/?pki=any"]),
            (
                "https://db1:443,8443?pki=any",
                &["https://db1:443?pki=any", "https://db1:8443?pki=any"],
            ),
            ("Host,Port,Protocol\ndb1,22,ssh", &["ssh://db1:22"]),
            ("\u{feff}db1 22\r\n\r\n# end\r\n", &["tcp://db1:22"]),
        ] {
            assert_eq!(read(line), expected, "{line:?}");
        }
    }

    #[test]
    fn every_mistake_of_a_list_is_told_at_once() {
        let list = "db1\na_b! 443\ndb2 80,70000\ndb3 90-80\ndb4 443/tpc\n10.0.0.0/24 22\nhttps://x y\n\
                    htps://x:1,2\ndb5 8000:8010\n";
        assert_eq!(
            endpoints("list", list, None).unwrap_err().to_string(),
            "error: got no port
 --> list:1:1
1 | db1
  | ^^^
help: write `HOST PORT`, `HOST:PORT`, or a URI such as `https://HOST`

error: `a_b!` is neither a host name nor an address
 --> list:2:1
2 | a_b! 443
  | ^^^^

error: `70000` is no port
 --> list:3:8
3 | db2 80,70000
  |        ^^^^^
help: write ports such as `443`, `80,443`, `8000-8010` or `53/udp`

error: got the range `90-80`, expected one that ascends
 --> list:4:5
4 | db3 90-80
  |     ^^^^^
help: write `80-90`

error: unknown protocol `tpc`
 --> list:5:5
5 | db4 443/tpc
  |     ^^^^^^^
help: did you mean `tcp`?

error: `10.0.0.0/24` is neither a host name nor an address
 --> list:6:1
6 | 10.0.0.0/24 22
  | ^^^^^^^^^^^
help: a network is no target: list its hosts

error: got something behind an endpoint
 --> list:7:1
7 | https://x y
  | ^^^^^^^^^^^
help: give every endpoint a line of its own; a comment begins with `#`

error: endpoint `htps://x:1,2`: unknown scheme `htps`
 --> list:8:1
8 | htps://x:1,2
  | ^^^^^^^^^^^^
help: did you mean `https`?

error: `8000:8010` is no port
 --> list:9:5
9 | db5 8000:8010
  |     ^^^^^^^^^
help: a range is written `8000-8010`"
        );
    }

    #[test]
    fn ports_that_are_given_go_to_hosts_without_any() {
        let ports = PortList::parse("80,53/udp").unwrap();
        let texts = |text: &str| -> Vec<String> {
            let checks = with_ports(text, &ports).unwrap();
            checks.into_iter().map(|check| check.text).collect()
        };
        assert_eq!(texts("h"), ["tcp://h:80", "udp://h:53"]);
        assert_eq!(texts("::1"), ["tcp://[::1]:80", "udp://[::1]:53"]);
        assert_eq!(texts("https://h"), ["https://h:80", "udp://h:53"]);
        assert_eq!(
            with_ports("h:22", &ports),
            Err(ListMistake::OwnPort("h:22".to_owned()))
        );
        let listed = endpoints("list", "h\nh2 22\n", Some(&ports)).unwrap();
        let listed: Vec<String> = listed.into_iter().map(|check| check.text).collect();
        assert_eq!(listed, ["tcp://h:80", "udp://h:53", "tcp://h2:22"]);
        assert_eq!(
            PortList::parse("x,0,80"),
            Err(vec![
                ListMistake::Protocol("x".into()),
                ListMistake::Port("0".into())
            ])
        );
        assert_eq!(PortList::parse(""), Err(vec![ListMistake::NoPort]));
    }

    #[test]
    fn a_port_scan_is_refused() {
        let mistakes = endpoints("list", "h 1-65535\n", None).unwrap_err();
        assert_eq!(mistakes.count(), 1);
        assert!(
            mistakes
                .to_string()
                .starts_with("error: got more than 10000 endpoints\n")
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_makes_the_reader_panic(text in "([-a1:/,;# \\[\\]?\n]|://|tcp|é)*") {
            let _ = endpoints("list", &text, None);
        }
    }
}
