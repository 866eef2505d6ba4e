//! What needs no network: `catalog`, `explain`, `report` and `diff`.

use std::path::{Path, PathBuf};

use super::{
    arguments::{CatalogAction, DiffArguments, ExplainArguments, ExportFormat, ReportArguments},
    command::{Output, Reader, Shown},
    complain,
    failure::{Failure, Fault, exit, literal},
    inputs,
    outlets::{self, Outlets},
    pager, print, print_json,
    sink::{self, FileSink},
    site::create,
    stdin,
    terminal::Terminal,
};
use crate::{
    catalog::{self, Catalog, CatalogFile, Catalogs, Unused, begin, embedded, yaml},
    diagnose::Cause,
    diff,
    machine::LOCAL_RULES,
    matrix, page,
    report::{self, Report},
    text,
};

/// `portcheck catalog`.
///
/// # Errors
/// A catalog with mistakes, a name that is not there; a stdout that takes no more.
pub(crate) fn catalog(action: &CatalogAction) -> Result<u8, Failure> {
    match action {
        CatalogAction::List(flags) => {
            let catalogs = inputs::catalogs(&flags.catalog)?;
            print(&page::catalog_list(&inputs::all(&catalogs)))
        }
        CatalogAction::Show { name, catalogs } => {
            let catalogs = inputs::catalogs(&catalogs.catalog)?;
            print(&show(name, &catalogs)?)
        }
        CatalogAction::Lint { files } => lint(files),
        CatalogAction::Init { from, output } => {
            let page = begun(from.as_deref())?;
            match output {
                None => print(&page),
                Some(path) => create(path, &page, "portcheck catalog lint"),
            }
        }
        CatalogAction::Export {
            format: ExportFormat::Json,
            catalogs,
        } => {
            let catalogs = inputs::catalogs(&catalogs.catalog)?;
            print_json(&page::export_json(&inputs::all(&catalogs)))
        }
        CatalogAction::Schema => print_json(&catalog::json_schema()),
    }
}

/// A catalog to begin with.
fn begun(from: Option<&Path>) -> Result<String, Failure> {
    let Some(path) = from else {
        return Ok(begin::EXAMPLE.to_owned());
    };
    let (name, text) = match stdin::text_of(path, "--from")? {
        Some(text) => ("stdin".to_owned(), text),
        None => (path.display().to_string(), yaml::read_text(path)?),
    };
    Ok(begin::of_table(&name, &text, inputs::today())?)
}

/// Each file on its own: a line for each good one, every mistake of the others.
fn lint(files: &[PathBuf]) -> Result<u8, Failure> {
    let mut wrong = Vec::new();
    for path in files {
        let read = CatalogFile::read_file(path).and_then(|read| {
            // An addition must find its profiles.
            let is_addition = matches!(read, CatalogFile::Addition(_));
            if is_addition {
                embedded::catalogs()?.take(read.clone())?;
            }
            Ok(read)
        });
        match read {
            Ok(read) => {
                let file = text::stranger(path.as_os_str().as_encoded_bytes());
                let rules = text::count(read.rules(), "rule");
                let rest = match &read {
                    CatalogFile::Whole(catalog) => {
                        complain(&warnings(&file, catalog));
                        text::count(catalog.profiles.len(), "profile")
                    }
                    CatalogFile::Addition(addition) => {
                        format!(
                            "added to {}",
                            text::count(addition.extends().len(), "profile")
                        )
                    }
                };
                print(&format!("ok: {file}: {rules}, {rest}"))?;
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

/// What stands in a catalog in vain.
fn warnings(file: &str, catalog: &Catalog) -> String {
    let unused = catalog.unused();
    let warning = |it: &Unused| format!("warning: {file}: {it}\n");
    unused.iter().map(warning).collect()
}

/// A profile, or else a rule.
fn show(name: &str, catalogs: &Catalogs) -> Result<String, Failure> {
    if let Some((catalog, profile)) = catalogs.profile(name) {
        return Ok(page::catalog_show_profile(catalog, profile));
    }
    rule(name, catalogs).ok_or_else(|| {
        let names = catalogs.profile_names().chain(rule_ids(catalogs));
        Fault::new(format!("{} is neither a profile nor a rule", literal(name)))
            .did_you_mean(text::suggestion(name, names))
            .help("`portcheck catalog list` lists the profiles, `portcheck catalog show PROFILE` its rules")
            .into()
    })
}

/// `portcheck explain`.
///
/// # Errors
/// A code or a rule that is not there; a stdout that takes no more.
pub(crate) fn explain(arguments: &ExplainArguments) -> Result<u8, Failure> {
    let Some(subject) = &arguments.subject else {
        return pager::page(&page::explain_list());
    };
    if let Ok(cause) = subject.parse::<Cause>() {
        return pager::page(&page::explain_cause(cause));
    }
    if let Some(cause) = local_cause(subject) {
        return print(&page::explain_cause(cause));
    }
    let catalogs = inputs::catalogs(&arguments.catalogs.catalog)?;
    let Some(told) = rule(subject, &catalogs) else {
        let codes = Cause::ALL.iter().map(|cause| cause.code());
        let near = text::suggestion(subject, codes.chain(rule_ids(&catalogs)));
        let message = format!("{} is neither a cause nor a rule", literal(subject));
        return Err(Fault::new(message)
            .did_you_mean(near)
            .help("`portcheck explain` lists the causes")
            .into());
    };
    pager::page(&told)
}

/// What a rule about this machine itself finds: each has one cause.
fn local_cause(rule: &str) -> Option<Cause> {
    let causes = [
        Cause::PortTaken,
        Cause::EphemeralRange,
        Cause::DescriptorLimit,
    ];
    let mut rules = LOCAL_RULES.into_iter().zip(causes);
    rules
        .find(|(known, _)| *known == rule)
        .map(|(_, cause)| cause)
}

/// The page of a rule.
fn rule(id: &str, catalogs: &Catalogs) -> Option<String> {
    let (catalog, rule) = catalogs
        .iter()
        .find_map(|catalog| Some((catalog, catalog.rule(id)?)))?;
    Some(page::explain_rule(catalog, rule))
}

fn rule_ids(catalogs: &Catalogs) -> impl Iterator<Item = &str> {
    catalogs
        .iter()
        .flat_map(|catalog| &catalog.rules)
        .map(|rule| rule.id.as_str())
}

/// `portcheck diff`.
///
/// # Errors
/// A file that is no report; a stdout that takes no more.
pub(crate) fn diff(arguments: &DiffArguments) -> Result<u8, Failure> {
    let (old, new) = (
        inputs::report(&arguments.old)?,
        inputs::report(&arguments.new)?,
    );
    let diff = diff::diff(&old, &new);
    let style = outlets::style(Terminal::stdout(), false);
    let mut bytes = Vec::new();
    diff::write(&diff, arguments.format, &style, &mut bytes)
        .map_err(|error| Failure::Own(Fault::new(format!("cannot make the diff: {error}"))))?;
    sink::print(&bytes).map_err(Failure::Own)?;
    Ok(diff.exit_code())
}

/// `portcheck report`.
///
/// # Errors
/// Files that are no reports, all of them; a stdout that takes no more.
pub(crate) fn report(arguments: &ReportArguments) -> Result<u8, Failure> {
    if arguments.schema {
        return print_json(&report::json_schema());
    }
    let mut reader = Reader::default();
    let (shown, files) = reader.targets(Shown::from(&arguments.shown), arguments.output.clone());
    let output = reader.finish(Output {
        shown,
        files,
        redact: arguments.redaction.redact,
        strict: false,
        quiet: true,
    })?;
    let mut reports = inputs::reports(&arguments.files)?;
    if let Some(mut redactor) = inputs::redactor(output.redact)? {
        reports = reports
            .into_iter()
            .map(|report| redactor.report(report))
            .collect();
    }
    if let [report] = &reports[..] {
        let outlets = Outlets::open(&output)?;
        outlets.write_files(report).map_err(Failure::Own)?;
        outlets::print(report, output.shown).map_err(Failure::Own)?;
    } else {
        print_matrix(&reports, &output)?;
    }
    Ok(exit::DONE)
}

/// Prints a matrix and writes it to the files.
fn print_matrix(reports: &[Report], output: &Output) -> Result<(), Failure> {
    let shown = outlets::matrix_format("--format", output.shown.format)?;
    let mut files = Vec::new();
    for target in &output.files {
        let format = outlets::matrix_format("--output", target.format)?;
        let sink = FileSink::open(&target.path).map_err(|fault| Failure::Input(vec![fault]))?;
        files.push((sink, format));
    }
    let matrix = matrix::matrix(reports);
    let made = |format, terminal| {
        let style = outlets::style(terminal, output.shown.verbose);
        let mut bytes = Vec::new();
        match format {
            matrix::Format::Csv => matrix::write(reports, format, &style, &mut bytes),
            format => matrix::write_matrix(&matrix, format, &style, &mut bytes),
        }
        .map_err(|error| Failure::Own(outlets::unmade(&error)))?;
        Ok::<Vec<u8>, Failure>(bytes)
    };
    for (sink, format) in files {
        let bytes = made(format, Terminal::file())?;
        sink.commit(&bytes).map_err(Failure::Own)?;
    }
    sink::print(&made(shown, Terminal::stdout())?).map_err(Failure::Own)
}
