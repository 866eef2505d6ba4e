//! The configuration of ntpd and of ntpsec.

use super::{Found, TimeServer, host, option};
use crate::{machine::file::Files, net::Address};

/// Where the file is. Source: the packages of Debian and of Red Hat; ntp.conf(5).
const FILES: [&str; 3] = [
    "/etc/ntpsec/ntp.conf",
    "/etc/ntp.conf",
    "/etc/ntpsec/ntp.d/*.conf",
];

/// How deep files may include files. Source: ntp.conf(5), `includefile`.
const DEEPEST: usize = 5;

pub(super) fn read(files: &Files) -> Found {
    let mut found = Found::default();
    for path in FILES.iter().flat_map(|pattern| files.matching(pattern)) {
        file(files, &mut found, &path, 0);
        if !found.servers.is_empty() {
            break;
        }
    }
    found
}

fn file(files: &Files<'_>, found: &mut Found, path: &str, depth: usize) {
    let Some(text) = files.read(path).filter(|_| depth <= DEEPEST) else {
        return;
    };
    found.saw(path);
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some((keyword, rest)) = words.split_first() else {
            continue;
        };
        match keyword.to_ascii_lowercase().as_str() {
            "includefile" => {
                for included in rest {
                    file(files, found, included, depth + 1);
                }
            }
            "server" | "pool" | "peer" => {
                if let Some(server) = server(rest) {
                    found.add(server, path);
                }
            }
            _ => {}
        }
    }
}

/// The host behind flags such as `-4`; the port only of one that says it.
fn server(words: &[&str]) -> Option<TimeServer> {
    let at = words.iter().position(|word| !word.starts_with('-'))?;
    let host = host(words[at])?;
    let port = option(&words[at..], "port").and_then(|port| port.parse().ok());
    Some(TimeServer {
        address: Address { host, port },
        keys: None,
    })
}
