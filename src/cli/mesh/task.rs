//! What every node is told: the arguments of `run` that were given here, and the files they name.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use clap::ValueEnum as _;

use crate::{
    catalog::Catalogs,
    cli::{
        arguments::{MeshArguments, NetworkFlags, ProxyFlags, SelectionFlags, SiteOptions},
        command::Reader,
        failure::{Failure, Fault},
    },
    mesh::wire::Task,
    site::{Origin, Site},
};

/// The task, without the token.
///
/// # Errors
/// Options that a mesh cannot have; every file that cannot be read.
pub(super) fn task(
    arguments: &MeshArguments,
    catalogs: &Catalogs,
    site: &Site,
) -> Result<Task, Failure> {
    let mut packing = Packing::default();
    packing.select(&arguments.selection);
    if let Some(value) = arguments.expectation.expect.to_possible_value() {
        packing.say("--expect", value.get_name());
    }
    packing.site(&arguments.site);
    packing.values(catalogs, site);
    packing.network(&arguments.network);
    packing.proxy(&arguments.proxy);
    packing.reader.finish(Task {
        files: packing.files,
        arguments: packing.words,
        ..Task::default()
    })
}

#[derive(Default)]
struct Packing {
    words: Vec<String>,
    files: BTreeMap<String, String>,
    reader: Reader,
}

impl Packing {
    fn select(&mut self, flags: &SelectionFlags) {
        self.each("--profile", &flags.profile);
        self.each("--only", &flags.only);
        self.each("--skip", &flags.skip);
        self.switch("--full-ranges", flags.full_ranges);
        for path in &flags.catalogs.catalog {
            self.file("--catalog", path);
        }
    }

    fn site(&mut self, options: &SiteOptions) {
        if let Some(path) = &options.site {
            self.file("--site", path);
        }
        self.each("--as", &options.roles);
        self.each("--with", &options.with);
        self.each("--without", &options.without);
    }

    /// What flags and inventories say, as it was read here: lists, files and directories of this
    /// machine are none of the nodes'.
    fn values(&mut self, catalogs: &Catalogs, site: &Site) {
        for (name, binding) in &site.values {
            let is_given = match &binding.origin {
                Origin::Flag(_) => true,
                Origin::File(file) => Some(file) != site.file.as_ref(),
                Origin::Machine(_) | Origin::Default => false,
            };
            if !is_given {
                continue;
            }
            let mut variables = catalogs.iter().filter_map(|it| it.variables.get(name));
            let flag = variables.find_map(|it| it.flag.as_deref());
            match flag {
                Some(flag) => self.say(flag, &binding.value.to_string()),
                None => self.say("--set", &format!("{name}={}", binding.value)),
            }
        }
    }

    fn network(&mut self, flags: &NetworkFlags) {
        self.say("--timeout", &flags.timeout);
        self.say("--attempts", &flags.attempts);
        self.say("--concurrency", &flags.concurrency);
        self.maybe("--answer-timeout", flags.answer_timeout.as_ref());
        self.maybe("--deadline", flags.deadline.as_ref());
        self.maybe("--resolver", flags.resolver.as_ref());
        for (flag, path) in [
            ("--ca-file", &flags.ca_file),
            ("--public-roots", &flags.public_roots),
        ] {
            if let Some(path) = path {
                self.file(flag, path);
            }
        }
        self.switch("--no-path", flags.no_path);
        self.switch("--ipv4", flags.ipv4);
        self.switch("--ipv6", flags.ipv6);
        if flags.source.is_some() {
            let message = "an address of this machine is none of the nodes";
            self.reader.fault(Fault::of("--source", message));
        }
    }

    fn proxy(&mut self, flags: &ProxyFlags) {
        self.maybe("--proxy", flags.proxy.as_ref());
        self.maybe("--pac", flags.pac.as_ref());
        self.switch("--no-proxy", flags.no_proxy);
        if let Some(path) = &flags.proxy_auth_file {
            self.file("--proxy-auth-file", path);
        }
    }

    fn each(&mut self, flag: &str, values: &[String]) {
        for value in values {
            self.say(flag, value);
        }
    }

    fn maybe(&mut self, flag: &str, value: Option<&String>) {
        if let Some(value) = value {
            self.say(flag, value);
        }
    }

    fn switch(&mut self, flag: &str, is_on: bool) {
        if is_on {
            self.words.push(flag.to_owned());
        }
    }

    fn say(&mut self, flag: &str, value: &str) {
        self.words.push(format!("{flag}={value}"));
    }

    fn file(&mut self, flag: &str, path: &Path) {
        if let Some(name) = self.pack(path) {
            self.say(flag, &name);
        }
    }

    /// The name that a file has on the nodes: its own, unless another one has that already.
    fn pack(&mut self, path: &Path) -> Option<String> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.reader.fault(Fault::file("read", path, &error));
                return None;
            }
        };
        let own = path.file_name().map_or_else(
            || "file".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        );
        let name = if self.files.contains_key(&own) {
            format!("{}-{own}", self.files.len())
        } else {
            own
        };
        self.files.insert(name.clone(), text);
        Some(name)
    }
}

/// The paths that a task needs, for those who carry them by hand.
pub(super) fn names(task: &Task) -> Vec<PathBuf> {
    task.files.keys().map(PathBuf::from).collect()
}
