//! What the user's files and flags come to: catalogs, site, plan.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use time::{Date, OffsetDateTime};

use super::{
    arguments::{CatalogFlags, SiteOptions},
    command::{self, Reader},
    failure::{Failure, Fault, file},
    lists, stdin,
};
use crate::{
    catalog::{Catalog, CatalogFile, Catalogs, Mistakes, embedded},
    machine::{Machine, ansible},
    matrix,
    plan::{self, Plan, PlanError, Selection, Stand},
    report::{Redactor, Report},
    site::{FlagFault, FlagMistake, Inventory, InventorySource, Site, SiteFile, SiteFlags},
    text,
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
        let joined = CatalogFile::read_file(path).and_then(|file| catalogs.take(file));
        wrong.extend(joined.err());
    }
    if wrong.is_empty() {
        Ok(catalogs)
    } else {
        Err(Failure::Files(wrong))
    }
}

/// What is read before anything is planned: the catalogs, and what this machine says of itself.
#[derive(Debug)]
pub(crate) struct Ground {
    /// The built-in catalogs, joined by the user's.
    pub(crate) catalogs: Catalogs,
    /// This machine.
    pub(crate) machine: Machine,
}

/// A site, and what the profiles come to there.
#[derive(Debug)]
pub(crate) struct Planned {
    /// The site.
    pub(crate) site: Site,
    /// The plan.
    pub(crate) plan: Plan,
}

impl Ground {
    /// Reads it.
    ///
    /// # Errors
    /// Every mistake of every catalog file.
    pub(crate) fn read(flags: &CatalogFlags) -> Result<Self, Failure> {
        Ok(Self {
            catalogs: catalogs(&flags.catalog)?,
            machine: Machine::read(),
        })
    }

    /// The site, and what the profiles come to there.
    ///
    /// # Errors
    /// Every mistake of the site file; else every mistake of the flags, of both site and selection.
    pub(crate) fn plan(
        &self,
        options: &SiteOptions,
        selection: &Selection,
    ) -> Result<Planned, Failure> {
        let site = self.site(options, selection)?;
        match plan::build(&self.catalogs, &site, selection) {
            Ok(plan) => Ok(Planned { site, plan }),
            Err(errors) => Err(plan_faults(&errors)),
        }
    }

    /// What a responder of this machine stands in for.
    ///
    /// # Errors
    /// As [`Self::plan`].
    pub(crate) fn stands(
        &self,
        options: &SiteOptions,
        selection: &Selection,
    ) -> Result<Vec<Stand>, Failure> {
        let site = self.site(options, selection)?;
        plan::stands(&self.catalogs, &site, selection).map_err(|errors| plan_faults(&errors))
    }

    fn site(&self, options: &SiteOptions, selection: &Selection) -> Result<Site, Failure> {
        let catalogs = &self.catalogs;
        let file = options
            .site
            .as_deref()
            .map(|path| site_file(path, catalogs))
            .transpose()?;
        let flags = SiteFlags {
            nodes: lists::nodes(&command::items(&options.node))?,
            set: command::settings(options),
            with: command::items(&options.with),
            without: command::items(&options.without),
            roles: options.roles.clone(),
            inventory: inventory(&options.inventory, catalogs)?,
        };
        Site::resolve(&flags, file.as_ref(), catalogs, &self.machine).map_err(|error| {
            let mistakes = error.mistakes.iter();
            let site_faults = mistakes.map(|mistake| site_fault(mistake, catalogs));
            let selection_faults = selection_faults(catalogs, selection);
            Failure::Input(site_faults.chain(selection_faults).collect())
        })
    }
}

/// The site file; `-` is stdin.
///
/// # Errors
/// Every mistake of it.
pub(crate) fn site_file(path: &Path, catalogs: &Catalogs) -> Result<SiteFile, Failure> {
    let read = match stdin::text_of(path, "--site")? {
        Some(text) => SiteFile::parse("stdin", &text, catalogs, today()),
        None => SiteFile::read_file(path, catalogs, today()),
    };
    Ok(read?)
}

/// The inventories: each `PATH`, or `GROUP=PATH` for the nodes of one group.
fn inventory(typed: &[PathBuf], catalogs: &Catalogs) -> Result<Option<Inventory>, Failure> {
    if typed.is_empty() {
        return Ok(None);
    }
    let mut sources = Vec::new();
    for typed in typed {
        let mut source = source(typed);
        if let Some(text) = stdin::text_of(&source.path, "--inventory")? {
            source.text = Some(text);
        }
        if !sources.contains(&source) {
            sources.push(source);
        }
    }
    let read = Inventory::read(&sources, catalogs, &ansible::listing);
    let harmless = |wrong: Vec<Mistakes>| wrong.into_iter().map(Mistakes::only_marked).collect();
    Ok(Some(read.map_err(|wrong| Failure::Files(harmless(wrong)))?))
}

/// Any text without `/` may be a group's name. A name that is not UTF-8 has none before its `=`, and
/// a file that is there is meant.
fn source(typed: &Path) -> InventorySource {
    let split = typed.to_str().and_then(|text| text.split_once('='));
    let (group, path) = match split {
        Some((group, file)) if !group.is_empty() && !group.contains('/') && !typed.exists() => {
            (Some(group.to_owned()), Path::new(file))
        }
        Some(_) | None => (None, typed),
    };
    InventorySource {
        group,
        path: path.to_owned(),
        text: None,
    }
}

/// Today, in UTC: a waiver's last day is meant so everywhere.
pub(crate) fn today() -> Date {
    OffsetDateTime::now_utc().date()
}

/// What is wrong with a selection whatever the site is.
pub(crate) fn selection_faults(catalogs: &Catalogs, selection: &Selection) -> Vec<Fault> {
    let errors = plan::build(catalogs, &Site::default(), selection).err();
    errors
        .iter()
        .flatten()
        .filter(|error| !matches!(error, PlanError::NothingToCheck { .. }))
        .map(plan_fault)
        .collect()
}

fn plan_faults(errors: &[PlanError]) -> Failure {
    Failure::Input(errors.iter().map(plan_fault).collect())
}

fn plan_fault(error: &PlanError) -> Fault {
    let fault = match error {
        PlanError::NoSuchRule { flag, .. } => Fault::of(*flag, error),
        PlanError::UnknownProfile { .. } => Fault::new(error.to_string()).said_by("--profile"),
        PlanError::NoProfile { .. }
        | PlanError::NothingToCheck { .. }
        | PlanError::NobodyReaches { .. } => Fault::new(error.to_string()),
    };
    error.help().into_iter().fold(fault, Fault::help)
}

fn site_fault(mistake: &FlagMistake, catalogs: &Catalogs) -> Fault {
    let fault = Fault::of(mistake.flag.clone(), &mistake.fault);
    let near = mistake.fault.help();
    let help = near.or_else(|| known(&mistake.fault, catalogs));
    help.into_iter().fold(fault, Fault::help)
}

/// What there is, where a name is none of it and near none.
fn known(fault: &FlagFault, catalogs: &Catalogs) -> Option<String> {
    let groups = catalogs.iter().flat_map(|catalog| catalog.groups.keys());
    let variables = catalogs.iter().flat_map(|catalog| catalog.variables.keys());
    let (what, names): (&str, BTreeSet<&str>) = match fault {
        FlagFault::UnknownVariable { .. } => ("variables", variables.map(String::as_str).collect()),
        FlagFault::UnknownFeature { .. } => ("features", catalogs.feature_names().collect()),
        FlagFault::UnknownGroup { .. } => ("groups", groups.map(String::as_str).collect()),
        FlagFault::NoAssignment
        | FlagFault::Value(_)
        | FlagFault::Node(_)
        | FlagFault::Twice(_)
        | FlagFault::OnAndOff(_) => return None,
    };
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    Some(format!("the {what} are {}", text::list(&names, "and")))
}

/// The catalogs, in the order they came.
pub(crate) fn all(catalogs: &Catalogs) -> Vec<&Catalog> {
    catalogs.iter().collect()
}

/// What replaces addresses and names, if that is wanted.
///
/// # Errors
/// None in practice: the built-in catalogs have no mistakes.
pub(crate) fn redactor(wanted: bool) -> Result<Option<Redactor>, Failure> {
    if !wanted {
        return Ok(None);
    }
    Ok(Some(Redactor::new(&embedded::catalogs()?)))
}

/// A report that was saved as JSON.
///
/// # Errors
/// When it cannot be read, or is none.
pub(crate) fn report(path: &Path) -> Result<Report, Fault> {
    parsed(path, &text(path)?)
}

fn parsed(path: &Path, written: &str) -> Result<Report, Fault> {
    Report::from_json(written).map_err(|error| {
        // The reason may quote the file.
        let why = text::stranger(error.to_string().as_bytes());
        let name = if stdin::is_meant(path) {
            "stdin".to_owned()
        } else {
            file(path)
        };
        Fault::new(format!("{name}: {why}"))
    })
}

/// Several of them.
///
/// # Errors
/// Every file that is none.
pub(crate) fn reports(paths: &[PathBuf]) -> Result<Vec<Report>, Failure> {
    let mut reader = Reader::default();
    let mut reports = Vec::new();
    for path in paths {
        match report(path) {
            Ok(report) => reports.push(report),
            Err(fault) => reader.fault(fault),
        }
    }
    reader.finish(reports)
}

/// Every report of these files, of which one that `mesh` wrote has several.
///
/// # Errors
/// Every file that is none.
pub(crate) fn reports_of_all(paths: &[PathBuf]) -> Result<Vec<Report>, Failure> {
    let mut reader = Reader::default();
    let mut reports = Vec::new();
    for path in paths {
        let read = text(path).and_then(|written| match matrix(&written) {
            Some(all) => Ok(all),
            None => parsed(path, &written).map(|report| vec![report]),
        });
        match read {
            Ok(all) => reports.extend(all),
            Err(fault) => reader.fault(fault),
        }
    }
    reader.finish(reports)
}

/// The reports that a file of `mesh` has; `None` where it is no such file.
fn matrix(written: &str) -> Option<Vec<Report>> {
    let matrix: serde_json::Value = serde_json::from_str(written).ok()?;
    let is_matrix = matrix.get("schema")?.as_str() == Some(matrix::SCHEMA);
    let reports = matrix.get("reports")?.as_array().filter(|_| is_matrix)?;
    let reports = reports.iter();
    reports
        .map(|report| Report::from_json(&report.to_string()).ok())
        .collect()
}

/// What a file has, or stdin.
///
/// # Errors
/// When it cannot be read.
pub(crate) fn text(path: &Path) -> Result<String, Fault> {
    match stdin::text_of(path, "FILE")? {
        Some(text) => Ok(text),
        None => read(path),
    }
}

fn read(path: &Path) -> Result<String, Fault> {
    let unread = |error: &io::Error| Fault::file("read", path, error);
    let opened = fs::File::open(path).map_err(|error| unread(&error))?;
    // A pipe has no length, and is read as far as it may be long.
    let length = opened.metadata().map_err(|error| unread(&error))?.len();
    let mut text = String::new();
    if length <= LARGEST_REPORT {
        let mut opened = opened.take(LARGEST_REPORT + 1);
        opened
            .read_to_string(&mut text)
            .map_err(|error| unread(&error))?;
    }
    if length.max(text.len() as u64) > LARGEST_REPORT {
        let message = format!("{}: it is larger than 256 MiB, no report is", file(path));
        return Err(Fault::new(message));
    }
    Ok(text)
}
