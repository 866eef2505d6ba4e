//! Which services this machine's own look-up asks for hosts, and in which order.

use std::path::Path;

use super::file::read_capped;
use crate::text;

/// Where it is said. Source: nsswitch.conf(5).
const FILE: &str = "/etc/nsswitch.conf";

/// The line `hosts:` of `nsswitch.conf`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Switch {
    /// The line, from 1.
    pub line: usize,
    /// What stands there, in a harmless form.
    pub text: String,
    /// Whether a service that asks name servers is among it.
    pub asks_dns: bool,
}

impl Switch {
    /// The file's name.
    pub const FILE: &str = FILE;

    /// The machine's own; `None` where there is none, and the built-in order holds.
    #[must_use]
    pub fn read() -> Option<Self> {
        Self::parse(&read_capped(Path::new(FILE))?)
    }

    /// The last line of `text` that says it, as the system reads it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lines = text.lines().enumerate();
        let said = lines.filter_map(|(index, line)| {
            let plain = line.split('#').next().unwrap_or_default();
            let (database, services) = plain.split_once(':')?;
            (database.trim() == "hosts").then(|| Self {
                line: index + 1,
                text: text::stranger(plain.trim().as_bytes()),
                asks_dns: services.split_whitespace().any(|word| {
                    let service = word.split('[').next().unwrap_or_default();
                    // What is no file of this machine and no multicast on the link may ask a server.
                    !matches!(
                        service,
                        "" | "files" | "myhostname" | "mymachines" | "db" | "compat"
                    ) && !service.starts_with("mdns")
                }),
            })
        });
        said.last()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_hosts_says_whether_name_servers_are_asked() {
        for (text, wanted) in [
            ("hosts: files", Some((1, false))),
            ("passwd: files\nhosts: files dns # x", Some((2, true))),
            (
                "hosts:\tfiles mdns4_minimal [NOTFOUND=return] dns",
                Some((1, true)),
            ),
            ("hosts: files # dns", Some((1, false))),
            ("hosts: files mdns4", Some((1, false))),
            ("hosts: files resolve [!UNAVAIL=return]", Some((1, true))),
            ("hosts: files\nhosts: dns", Some((2, true))),
            ("hosts: sss", Some((1, true))),
            ("#hosts: files", None),
        ] {
            let read = Switch::parse(text).map(|it| (it.line, it.asks_dns));
            assert_eq!(read, wanted, "{text}");
        }
    }
}
