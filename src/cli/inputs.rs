//! What the user's files and flags come to: catalogs, site, plan.

use std::{
    fmt, fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{
    arguments::{ExpectFlag, SelectionFlags, SiteOptions},
    command,
    failure::{Failure, Fault, file, literal},
};
use crate::{
    catalog::{Catalog, Catalogs, embedded},
    plan::{self, Plan, Selection, UriCheck},
    report::Report,
    site::{FlagMistake, HostFacts, Site, SiteFile, SiteFlags},
};

/// No report of ours is near it: ten thousand findings have some 10 MB.
const LARGEST_REPORT: u64 = 256 << 20;

/// The built-in catalogs, joined by the user's.
///
/// # Errors
/// Every mistake of every file.
pub(crate) fn catalogs(files: &[PathBuf]) -> Result<Catalogs, Failure> {
    let mut catalogs = embedded::catalogs()?;
    let mut wrong = Vec::new();
    for path in files {
        let joined = Catalog::read_file(path).and_then(|catalog| catalogs.join(catalog));
        wrong.extend(joined.err());
    }
    if wrong.is_empty() {
        Ok(catalogs)
    } else {
        Err(Failure::Files(wrong))
    }
}

/// What is particular to this installation.
///
/// # Errors
/// Every mistake of the site file, or of the flags.
pub(crate) fn site(
    options: &SiteOptions,
    catalogs: &Catalogs,
    facts: &HostFacts,
) -> Result<Site, Failure> {
    let file = options
        .site
        .as_deref()
        .map(|path| SiteFile::read_file(path, catalogs))
        .transpose()?;
    let flags = SiteFlags {
        nodes: options.node.clone(),
        set: command::settings(options),
        with: options.with.clone(),
        without: options.without.clone(),
    };
    Site::resolve(&flags, file.as_ref(), catalogs, facts).map_err(|error| {
        let faults = error
            .mistakes
            .iter()
            .map(|FlagMistake { flag, fault: what }| {
                let message = format!("{}: {what}", literal(flag));
                fault(&message, what.help().map(str::to_owned))
            });
        Failure::Input(faults.collect())
    })
}

/// What a profile comes to at this site.
///
/// # Errors
/// Every mistake of the selection.
pub(crate) fn plan(
    catalogs: &Catalogs,
    site: &Site,
    flags: &SelectionFlags,
    expect: &ExpectFlag,
) -> Result<Plan, Failure> {
    let selection = Selection {
        profiles: flags.profile.clone(),
        only: flags.only.clone(),
        skip: flags.skip.clone(),
        expect: command::expectation(expect),
        full_ranges: flags.full_ranges,
        ..Selection::default()
    };
    plan::build(catalogs, site, &selection).map_err(|errors| {
        let faults = errors.iter().map(|error| fault(error, error.help()));
        Failure::Input(faults.collect())
    })
}

/// What endpoints come to.
///
/// # Errors
/// Every endpoint that is none.
pub(crate) fn ad_hoc(
    catalogs: &Catalogs,
    endpoints: &[String],
    expect: &ExpectFlag,
) -> Result<Plan, Failure> {
    let mut checks = Vec::new();
    let mut faults = Vec::new();
    for endpoint in endpoints {
        match endpoint.parse::<UriCheck>() {
            Ok(check) => checks.push(check),
            Err(error) => faults.push(fault(&error, error.help())),
        }
    }
    if faults.is_empty() {
        Ok(plan::ad_hoc(
            catalogs,
            &checks,
            command::expectation(expect),
        ))
    } else {
        Err(Failure::Input(faults))
    }
}

/// The catalogs, in the order they came.
pub(crate) fn all(catalogs: &Catalogs) -> Vec<&Catalog> {
    catalogs.iter().collect()
}

fn fault(error: &impl fmt::Display, help: impl IntoIterator<Item = String>) -> Fault {
    help.into_iter()
        .fold(Fault::new(error.to_string()), Fault::help)
}

/// A report that was saved as JSON.
///
/// # Errors
/// When it cannot be read, or is none.
pub(crate) fn report(path: &Path) -> Result<Report, Failure> {
    let text = read(path).map_err(|error| Fault::file("read", path, &error))?;
    Report::from_json(&text).map_err(|error| Fault::new(format!("{}: {error}", file(path))).into())
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?
        .take(LARGEST_REPORT)
        .read_to_string(&mut text)?;
    Ok(text)
}
