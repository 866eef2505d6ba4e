//! `site`: files that say what is particular to one installation.

use std::{
    fs::File,
    io::Write as _,
    path::{Path, PathBuf},
};

use super::{
    arguments::{CatalogFlags, InitArguments, SiteAction},
    complain,
    failure::{Failure, Fault, exit, file},
    inputs, print, print_bytes, print_json,
};
use crate::{
    machine::Machine,
    plan::Selection,
    site::{self, SiteFile},
    text,
};

/// `portcheck site`.
///
/// # Errors
/// A site file with mistakes, a profile that is not there, a file that is; a stdout that takes no
/// more.
pub(crate) fn site(action: &SiteAction) -> Result<u8, Failure> {
    match action {
        SiteAction::Init(arguments) => init(arguments),
        SiteAction::Lint { files, catalogs } => lint(files, catalogs),
        SiteAction::Schema => print_json(&site::json_schema()),
    }
}

fn init(arguments: &InitArguments) -> Result<u8, Failure> {
    let catalogs = inputs::catalogs(&arguments.catalogs.catalog)?;
    let selection = Selection {
        profiles: arguments.profile.clone(),
        ..Selection::default()
    };
    let faults = inputs::selection_faults(&catalogs, &selection);
    if !faults.is_empty() {
        return Err(Failure::Input(faults));
    }
    let names = arguments.profile.iter();
    let profiles: Vec<_> = names.filter_map(|name| catalogs.profile(name)).collect();
    let page = site::template(&profiles, &Machine::read());
    match &arguments.output {
        None => print_bytes(page.as_bytes()),
        Some(path) => create(path, &page, "portcheck site lint"),
    }
}

/// Writes a file that is not there yet: what somebody wrote by hand is not ours to replace.
///
/// # Errors
/// When it is there, or cannot be written.
pub(crate) fn create(path: &Path, page: &str, check: &str) -> Result<u8, Failure> {
    let mut created = File::create_new(path).map_err(|error| {
        let exists = error.kind() == std::io::ErrorKind::AlreadyExists;
        if exists {
            Fault::new(format!("{} is there already", file(path)))
                .help("name another file, or move this one away")
        } else {
            Fault::file("write", path, &error)
        }
    })?;
    created
        .write_all(page.as_bytes())
        .map_err(|error| Failure::Own(Fault::file("write", path, &error)))?;
    complain(&format!(
        "wrote {}; `{check}` checks it once you have filled it in\n",
        file(path)
    ));
    Ok(exit::DONE)
}

/// Each file on its own: a line for each good one, every mistake of the others.
fn lint(files: &[PathBuf], catalogs: &CatalogFlags) -> Result<u8, Failure> {
    let catalogs = inputs::catalogs(&catalogs.catalog)?;
    let today = inputs::today();
    let mut wrong = Vec::new();
    for path in files {
        match SiteFile::read_file(path, &catalogs, today) {
            Ok(site) => {
                let file = text::stranger(path.as_os_str().as_encoded_bytes());
                print(&format!("ok: {file}: {}", told(&site)))?;
            }
            Err(mistakes) => wrong.push(mistakes),
        }
    }
    if wrong.is_empty() {
        Ok(exit::DONE)
    } else {
        Err(Failure::Files(wrong))
    }
}

/// `3 values, 1 feature, 2 waivers`: what there is of everything that a site file can say.
fn told(site: &SiteFile) -> String {
    let counts = [
        (site.values.len(), "value"),
        (site.features.len(), "feature"),
        (site.members.len(), "group"),
        (site.overrides.len(), "host"),
        (site.expect.len(), "expectation"),
        (site.waivers.len(), "waiver"),
    ];
    let counts = counts.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, noun)| text::count(count, noun))
        .collect();
    if counts.is_empty() {
        "nothing said yet".to_owned()
    } else {
        counts.join(", ")
    }
}
