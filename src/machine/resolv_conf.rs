//! `/etc/resolv.conf` as the system's own look-up reads it, and what that passes over.
//!
//! Source: resolv.conf(5); glibc, `res_vinit_1` and `res_setoptions` in `resolv/res_init.c`, where
//! the manual is silent.

use std::{
    env,
    net::{Ipv4Addr, Ipv6Addr},
    path::Path,
    time::Duration,
};

use super::file::read_capped;
use crate::{
    net::{Host, OnLink},
    text,
};

/// The most servers that are asked. Source: resolv.conf(5), `MAXNS`.
const SERVERS: usize = 3;

/// Source: resolv.conf(5), `ndots`, `timeout`, `attempts`: what there is at most.
const MOST: (usize, u64, usize) = (15, 30, 5);

/// How this machine looks names up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// The servers that are asked, at most three, in order; empty if none is configured.
    pub servers: Vec<Host>,
    /// The domains that are appended to a name that is not whole, in order.
    pub search: Vec<String>,
    /// How many dots make a name whole enough to be asked as it is first.
    pub dots: usize,
    /// How long a server is waited for, at least one second.
    pub timeout: Duration,
    /// How many rounds are made over the servers, at least one.
    pub attempts: usize,
    /// Whether extended DNS is used.
    pub edns: bool,
    /// Whether questions go over TCP only.
    pub by_tcp: bool,
    /// The lines that the system passes over, in order.
    pub ignored: Vec<Ignored>,
}

impl Default for ResolvConf {
    /// What holds where there is no file.
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            search: Vec::new(),
            dots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            edns: false,
            by_tcp: false,
            ignored: Vec::new(),
        }
    }
}

/// A line that seems to be meant and is not read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ignored {
    /// The line, from 1.
    pub line: usize,
    /// What stands there, in a harmless form.
    pub text: String,
    /// Why it is passed over.
    pub why: &'static str,
    /// The line to write instead, where it is known.
    pub instead: Option<String>,
}

impl ResolvConf {
    /// Reads a file and what the environment says; a file that cannot be read says nothing.
    #[must_use]
    pub fn read(path: &Path) -> Self {
        let text = read_capped(path).unwrap_or_default();
        let of = |variable| env::var(variable).ok();
        Self::parse(&text)
            .with_environment(of("LOCALDOMAIN").as_deref(), of("RES_OPTIONS").as_deref())
    }

    /// Reads a file's text. No line is a mistake: what the system passes over is kept as such.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut read = Self::default();
        for (index, line) in text.split('\n').enumerate() {
            if line.starts_with(['#', ';']) {
                continue;
            }
            if let Err((why, instead)) = read.take(line) {
                read.ignored.push(Ignored {
                    line: index + 1,
                    text: shown(line),
                    why,
                    instead,
                });
            }
        }
        read
    }

    /// What a variable of the environment changes: a search list, options.
    /// Source: resolv.conf(5), `LOCALDOMAIN`, `RES_OPTIONS`.
    #[must_use]
    pub fn with_environment(mut self, domains: Option<&str>, options: Option<&str>) -> Self {
        if let Some(domains) = domains {
            self.search = words(domains).map(str::to_owned).collect();
        }
        self.options(options.unwrap_or_default());
        self
    }

    /// Takes a line for what the system takes it; `Err` says why it takes it for nothing.
    fn take(&mut self, line: &str) -> Result<(), Passed> {
        let keyword = line.split(BLANKS).next().unwrap_or_default();
        let rest = &line[keyword.len()..];
        match keyword {
            "nameserver" if !rest.is_empty() => self.server(rest),
            "domain" if !rest.is_empty() => {
                self.search = words(rest).take(1).map(str::to_owned).collect();
                has_line_end(rest, line)
            }
            "search" if !rest.is_empty() => {
                let domains: Vec<String> = words(rest).map(str::to_owned).collect();
                if !domains.is_empty() {
                    self.search = domains;
                }
                has_line_end(rest, line)
            }
            "options" => {
                self.options(rest);
                Ok(())
            }
            _ => meant(line),
        }
    }

    fn server(&mut self, rest: &str) -> Result<(), Passed> {
        let Some(word) = words(rest).next() else {
            return Err(("no address follows", None));
        };
        let Some(server) = address(word) else {
            return Err(no_address(word));
        };
        if self.servers.len() == SERVERS {
            return Err(("no more than three name servers are ever asked", None));
        }
        self.servers.push(server);
        Ok(())
    }

    fn options(&mut self, rest: &str) {
        for word in words(rest) {
            let (name, value) = word.split_once(':').unwrap_or((word, ""));
            let digits = value.bytes().take_while(u8::is_ascii_digit).count();
            let number = value[..digits].parse::<usize>().unwrap_or(0);
            match name {
                "ndots" => self.dots = number.min(MOST.0),
                "timeout" => {
                    let seconds = u64::try_from(number).unwrap_or(MOST.1);
                    self.timeout = Duration::from_secs(seconds.clamp(1, MOST.1));
                }
                "attempts" => self.attempts = number.clamp(1, MOST.2),
                _ if word.starts_with("edns0") => self.edns = true,
                _ if word.starts_with("use-vc") => self.by_tcp = true,
                _ => {}
            }
        }
    }
}

/// The line in a harmless form, with the end that nobody sees.
fn shown(line: &str) -> String {
    let seen = line.trim_end_matches('\r');
    let unseen = if seen == line { "" } else { "^M" };
    text::stranger(seen.as_bytes()) + unseen
}

/// Why a line is passed over, and what to write instead.
type Passed = (&'static str, Option<String>);

/// What parts words. A carriage return does not.
const BLANKS: [char; 2] = [' ', '\t'];

fn words(rest: &str) -> impl Iterator<Item = &str> {
    rest.split(BLANKS).filter(|word| !word.is_empty())
}

/// An address as the system's own reader takes it: `10.1` is one too. Source:
/// `inet_aton(3)`, `inet_pton(3)`.
fn address(word: &str) -> Option<Host> {
    if let Some(address) = dotted(word) {
        return Some(Host::Address(address.into()));
    }
    let (address, zone) = word.split_once('%').unwrap_or((word, ""));
    let address: Ipv6Addr = address.parse().ok()?;
    Some(if zone.is_empty() {
        Host::Address(address.into())
    } else {
        let zone = zone.to_owned();
        Host::OnLink(OnLink { address, zone })
    })
}

/// One to four numbers with dots between, of any base; the last fills what is left.
fn dotted(word: &str) -> Option<Ipv4Addr> {
    let numbers: Option<Vec<u32>> = word.split('.').map(number).collect();
    let numbers = numbers?;
    let (last, first) = numbers.split_last()?;
    let filled = u32::try_from(first.len()).ok().filter(|count| *count < 4)?;
    let room = 8 * (4 - filled);
    let fits = room == 32 || *last < 1 << room;
    if !fits || first.iter().any(|part| *part > 255) {
        return None;
    }
    let head = first.iter().fold(0, |head, part| head << 8 | part);
    Some(Ipv4Addr::from(
        if filled == 0 { 0 } else { head << room } | last,
    ))
}

fn number(word: &str) -> Option<u32> {
    let is_hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    let octal = word.strip_prefix('0').filter(|rest| !rest.is_empty());
    let (digits, radix) = match (is_hex, octal) {
        (Some(digits), _) => (digits, 16),
        (None, Some(digits)) => (digits, 8),
        (None, None) => (word, 10),
    };
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_alphanumeric());
    u32::from_str_radix(digits, radix).ok().filter(|_| is_plain)
}

/// Why a word is no address, and the line that would be right.
fn no_address(word: &str) -> Passed {
    if let Some(bare) = word.strip_suffix('\r')
        && address(bare).is_some()
    {
        let why = "the line ends as Windows ends lines, with a carriage return, which becomes part of the address";
        return (why, Some(format!("nameserver {bare}")));
    }
    let bare = word.trim_end_matches('\r');
    let head = bare.split([';', '#', ',']).next().unwrap_or_default();
    if head != bare && address(head).is_some() {
        let why = "what follows the address without a blank becomes part of it";
        return (why, Some(format!("nameserver {head}")));
    }
    let inner = bare.strip_prefix('[').map(|rest| rest.split(']').next());
    if let Some(Some(inner)) = inner
        && address(inner).is_some()
    {
        let why = "neither brackets nor a port can stand here, name servers are asked at port 53";
        return (why, Some(format!("nameserver {inner}")));
    }
    match bare.split_once(':') {
        Some((head, _)) if address(head).is_some() => {
            let why = "no port can stand here, name servers are asked at port 53";
            (why, Some(format!("nameserver {head}")))
        }
        _ => ("a name server is given by its address", None),
    }
}

/// Whether the last domain of a search list is one: a carriage return becomes part of it.
fn has_line_end(rest: &str, line: &str) -> Result<(), Passed> {
    match rest.strip_suffix('\r') {
        Some(_) => Err((
            "the line ends as Windows ends lines, with a carriage return, which becomes part of the last domain",
            Some(line.trim_end_matches('\r').to_owned()),
        )),
        None => Ok(()),
    }
}

/// What is no line of the system's, and would be one if it were written right.
fn meant(line: &str) -> Result<(), Passed> {
    let trimmed = line.trim_matches(|edge: char| edge.is_whitespace() || edge == '\u{feff}');
    let keyword = trimmed
        .split([' ', '\t', '=', ':'])
        .next()
        .unwrap_or_default();
    let small = keyword.to_ascii_lowercase();
    let is_known = matches!(
        small.as_str(),
        "nameserver" | "nameservers" | "domain" | "search" | "options"
    );
    if !is_known {
        return Ok(());
    }
    let rest = trimmed[keyword.len()..].trim_matches([' ', '\t', '=', ':']);
    let right =
        small.trim_end_matches("rs").to_owned() + if small.ends_with("rs") { "r" } else { "" };
    let why = if rest.is_empty() {
        return Err(("nothing follows the keyword", None));
    } else if line.starts_with('\u{feff}') {
        "a byte order mark stands before the keyword"
    } else if line.starts_with(char::is_whitespace) {
        "the keyword must stand at the very beginning of its line"
    } else if small != keyword {
        "the keyword is written in small letters"
    } else if small != right {
        "the keyword is `nameserver`"
    } else {
        "a blank must follow the keyword"
    };
    Err((why, Some(format!("{right} {rest}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn servers(text: &str) -> Vec<String> {
        let read = ResolvConf::parse(text);
        read.servers.iter().map(ToString::to_string).collect()
    }

    fn ignored(text: &str) -> Vec<String> {
        let read = ResolvConf::parse(text);
        let shown = |it: Ignored| {
            let instead = it.instead.map(|line| format!(" | {line}"));
            format!("{} {}{}", it.line, it.why, instead.unwrap_or_default())
        };
        read.ignored.into_iter().map(shown).collect()
    }

    #[test]
    fn a_server_is_what_glibc_takes_for_one() {
        for (line, wanted) in [
            ("nameserver 10.0.0.53", "10.0.0.53"),
            ("nameserver\t10.0.0.53 # first", "10.0.0.53"),
            ("nameserver  10.0.0.53 \r", "10.0.0.53"),
            ("nameserver 10.1", "10.0.0.1"),
            ("nameserver 0x7f000001", "127.0.0.1"),
            ("nameserver 010.0.0.1", "8.0.0.1"),
            ("nameserver fe80::1%eth0", "fe80::1%eth0"),
            ("nameserver ::1", "::1"),
        ] {
            assert_eq!(servers(line), [wanted], "{line}");
            assert_eq!(ignored(line), [""; 0], "{line}");
        }
    }

    #[test]
    fn what_glibc_passes_over_is_told_with_the_line_to_write() {
        let crlf = "the line ends as Windows ends lines, with a carriage return, which becomes part of the address";
        let glued = "what follows the address without a blank becomes part of it";
        let port = "no port can stand here, name servers are asked at port 53";
        for (line, wanted) in [
            (
                "nameserver 10.0.0.53\r",
                format!("1 {crlf} | nameserver 10.0.0.53"),
            ),
            (
                "nameserver 10.0.0.53;main",
                format!("1 {glued} | nameserver 10.0.0.53"),
            ),
            (
                "nameserver 10.0.0.53#main",
                format!("1 {glued} | nameserver 10.0.0.53"),
            ),
            (
                "nameserver 10.0.0.1,10.0.0.2",
                format!("1 {glued} | nameserver 10.0.0.1"),
            ),
            (
                "nameserver 10.0.0.53:5353",
                format!("1 {port} | nameserver 10.0.0.53"),
            ),
            (
                "nameserver dns.corp",
                "1 a name server is given by its address".into(),
            ),
            ("nameserver", "1 nothing follows the keyword".into()),
            ("nameserver ", "1 no address follows".into()),
            (
                " nameserver 10.0.0.1",
                "1 the keyword must stand at the very beginning of its line | nameserver 10.0.0.1"
                    .into(),
            ),
            (
                "Nameserver 10.0.0.1",
                "1 the keyword is written in small letters | nameserver 10.0.0.1".into(),
            ),
            (
                "nameservers 10.0.0.1",
                "1 the keyword is `nameserver` | nameserver 10.0.0.1".into(),
            ),
            (
                "nameserver=10.0.0.1",
                "1 a blank must follow the keyword | nameserver 10.0.0.1".into(),
            ),
            (
                "\u{feff}nameserver 10.0.0.1",
                "1 a byte order mark stands before the keyword | nameserver 10.0.0.1".into(),
            ),
        ] {
            assert_eq!(servers(line), [""; 0], "{line}");
            assert_eq!(ignored(line), [wanted], "{line}");
        }
    }

    #[test]
    fn a_fourth_server_is_never_asked() {
        let text =
            "nameserver 10.0.0.1\nnameserver 10.0.0.2\nnameserver 10.0.0.3\nnameserver 10.0.0.4\n";
        assert_eq!(servers(text), ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
        assert_eq!(
            ignored(text),
            ["4 no more than three name servers are ever asked"]
        );
    }

    #[test]
    fn comments_and_what_nobody_knows_are_passed_over_in_silence() {
        let text =
            "# nameserver 10.0.0.1\n; nameserver 10.0.0.2\nlookup file bind\n\nsortlist 10.0.0.0\n";
        assert_eq!(ResolvConf::parse(text), ResolvConf::default());
    }

    #[test]
    fn the_last_list_counts_and_options_add_up() {
        let text = "domain a.example\nsearch b.example c.example\noptions ndots:2 timeout:1\noptions attempts:9 use-vc edns0 rotate\n";
        let read = ResolvConf::parse(text);
        assert_eq!(read.search, ["b.example", "c.example"]);
        assert_eq!((read.dots, read.attempts), (2, 5));
        assert_eq!(read.timeout, Duration::from_secs(1));
        assert!(read.by_tcp && read.edns);
        let read = read.with_environment(Some("d.example"), Some("ndots:4"));
        assert_eq!((read.search, read.dots), (vec!["d.example".into()], 4));
        assert_eq!(
            ignored("search a b\r")[0].split(" | ").nth(1),
            Some("search a b")
        );
    }
}
