//! Lists as people keep them: endpoints of `probe`, nodes of `--node`.

use std::{collections::HashSet, path::Path};

use super::{
    command::Reader,
    failure::{Failure, Fault},
    stdin,
};
use crate::{
    catalog::{Mistakes, yaml},
    plan::{
        PortList, UriCheck,
        list::{self, ListMistake},
    },
    site::nodes::{listed, spread},
};

/// What `probe` is asked for, as typed.
pub(crate) struct Wanted<'a> {
    pub(crate) endpoints: &'a [String],
    pub(crate) from: &'a [std::path::PathBuf],
    pub(crate) ports: Option<&'a str>,
}

/// The endpoints: those that are typed, then those of the files, each once.
///
/// # Errors
/// Every endpoint that is none; else every mistake of every file.
pub(crate) fn checks(wanted: &Wanted<'_>) -> Result<Vec<UriCheck>, Failure> {
    let mut reader = Reader::default();
    let ports = wanted.ports.and_then(|typed| ports(typed, &mut reader));
    let mut checks = Vec::new();
    for endpoint in wanted.endpoints {
        let read = match &ports {
            Some(ports) => list::with_ports(endpoint, ports),
            None if wanted.ports.is_some() => Ok(Vec::new()), // which is wrong already
            None => endpoint
                .parse()
                .map(|check| vec![check])
                .map_err(ListMistake::Uri),
        };
        match read {
            Ok(read) => checks.extend(read),
            Err(mistake) => reader.fault(fault(endpoint, &mistake)),
        }
    }
    let mut checks = reader.finish(checks)?;
    let mut wrong = Vec::new();
    for path in wanted.from {
        let (name, text) = text(path, "--from")?;
        let read = text.and_then(|text| list::endpoints(&name, &text, ports.as_ref()));
        match read {
            Ok(read) => checks.extend(read),
            Err(mistakes) => wrong.push(mistakes),
        }
    }
    if !wrong.is_empty() {
        return Err(Failure::Files(wrong));
    }
    if !wanted.from.is_empty() {
        let mut seen = HashSet::new();
        checks.retain(|check| seen.insert(check.text.clone()));
    }
    Ok(checks)
}

fn ports(typed: &str, reader: &mut Reader) -> Option<PortList> {
    match PortList::parse(typed) {
        Ok(ports) => Some(ports),
        Err(mistakes) => {
            for mistake in mistakes {
                let fault = Fault::of("--ports", &mistake);
                reader.fault(mistake.help().into_iter().fold(fault, Fault::help));
            }
            None
        }
    }
}

/// A URI's mistake names it already.
fn fault(endpoint: &str, mistake: &ListMistake) -> Fault {
    match mistake {
        ListMistake::Uri(error) => {
            let fault = Fault::new(error.to_string());
            error.help().into_iter().fold(fault, Fault::help)
        }
        ListMistake::Port(_)
        | ListMistake::Range(_)
        | ListMistake::Protocol(_)
        | ListMistake::NoPort
        | ListMistake::OwnPort(_)
        | ListMistake::Host(_)
        | ListMistake::Behind
        | ListMistake::TooMany => {
            let fault = Fault::of(format!("ENDPOINT {endpoint}"), mistake);
            mistake.help().into_iter().fold(fault, Fault::help)
        }
    }
}

/// The nodes, with those of `@FILE` and of `node[1:9]` in the place of it, a comma list each.
///
/// # Errors
/// Every pattern that is wrong; else every mistake of every file.
pub(crate) fn nodes(typed: &[String]) -> Result<Vec<String>, Failure> {
    let mut reader = Reader::default();
    let mut nodes = Vec::new();
    let mut wrong = Vec::new();
    for item in typed {
        if let Some(path) = item.trim().strip_prefix('@') {
            let (name, text) = text(Path::new(path), "--node")?;
            match text.and_then(|text| listed(&name, &text)) {
                Ok(hosts) => nodes.push(hosts.join(",")),
                Err(mistakes) => wrong.push(mistakes),
            }
        } else {
            match spread(item.trim()) {
                Ok(hosts) => nodes.push(hosts.join(",")),
                Err(message) => reader.fault(Fault::of(format!("--node {item}"), message)),
            }
        }
    }
    let nodes = reader.finish(nodes)?;
    if wrong.is_empty() {
        Ok(nodes)
    } else {
        Err(Failure::Files(wrong))
    }
}

/// What the file is called, and its text.
fn text(path: &Path, option: &str) -> Result<(String, Result<String, Mistakes>), Fault> {
    Ok(match stdin::text_of(path, option)? {
        Some(text) => ("stdin".to_owned(), Ok(text)),
        None => (path.display().to_string(), yaml::read_text(path)),
    })
}
