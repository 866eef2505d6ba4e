//! chrony's configuration: one file, and all that it includes.
//!
//! Source: chrony.conf(5), `confdir`, `sourcedir`, `include`; chrony 4, `conf.c`, where the manual
//! is silent.

use std::collections::BTreeMap;

use super::{Found, TimeServer, host, option};
use crate::{
    machine::file::Files,
    net::{Address, Port},
};

/// Where the file is. Source: the packages of Debian and of Red Hat.
const FILES: [&str; 2] = ["/etc/chrony/chrony.conf", "/etc/chrony.conf"];

/// How deep files may include files. Source: chrony, `MAX_INCLUDE_LEVEL`.
const DEEPEST: usize = 10;

/// Source: RFC 8915 §6, the registered port of NTS key establishment.
const NTS_PORT: u16 = 4460;

pub(super) fn read(files: &Files) -> Found {
    let mut reader = Reader {
        files,
        found: Found::default(),
        sources: Vec::new(),
    };
    if let Some(main) = FILES.into_iter().find(|file| files.read(file).is_some()) {
        reader.file(main, 0);
        reader.sources();
    }
    reader.found
}

struct Reader<'a> {
    files: &'a Files<'a>,
    found: Found,
    /// The directories of source files, which are read last.
    sources: Vec<String>,
}

impl Reader<'_> {
    fn file(&mut self, path: &str, depth: usize) {
        let Some(text) = self.files.read(path).filter(|_| depth <= DEEPEST) else {
            return;
        };
        self.found.saw(path);
        for line in text.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let Some((keyword, rest)) = words.split_first() else {
                continue;
            };
            match keyword.to_ascii_lowercase().as_str() {
                "include" => {
                    for pattern in rest {
                        for path in self.files.matching(pattern) {
                            self.file(&path, depth + 1);
                        }
                    }
                }
                "confdir" => {
                    for path in in_directories(self.files, rest, "conf") {
                        self.file(&path, depth + 1);
                    }
                }
                "sourcedir" => self.sources.extend(rest.iter().map(|it| (*it).to_owned())),
                keyword => self.server(keyword, rest, path),
            }
        }
    }

    fn sources(&mut self) {
        let directories = std::mem::take(&mut self.sources);
        let directories: Vec<&str> = directories.iter().map(String::as_str).collect();
        for path in in_directories(self.files, &directories, "sources") {
            let text = self.files.read(&path).unwrap_or_default();
            for line in text.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                if let Some((keyword, rest)) = words.split_first() {
                    self.server(&keyword.to_ascii_lowercase(), rest, &path);
                }
            }
        }
    }

    fn server(&mut self, keyword: &str, words: &[&str], file: &str) {
        let is_server = matches!(keyword, "server" | "pool" | "peer");
        let Some((name, options)) = words.split_first().filter(|_| is_server) else {
            return;
        };
        let Some(host) = host(name) else {
            return;
        };
        let port = |name| option(options, name).and_then(|port| port.parse().ok());
        let has_keys = options.iter().any(|word| word.eq_ignore_ascii_case("nts"));
        let keys = has_keys
            .then(|| port("ntsport").or(Port::new(NTS_PORT)))
            .flatten();
        let address = Address {
            host,
            port: port("port"),
        };
        self.found.add(TimeServer { address, keys }, file);
    }
}

/// The files of directories with that ending, by name; of several with one name that of the first
/// directory counts.
fn in_directories(files: &Files<'_>, directories: &[&str], ending: &str) -> Vec<String> {
    let mut by_name = BTreeMap::new();
    for directory in directories {
        let pattern = format!("{}/*.{ending}", directory.trim_end_matches('/'));
        for path in files.matching(&pattern) {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            by_name.entry(name).or_insert(path);
        }
    }
    by_name.into_values().collect()
}
