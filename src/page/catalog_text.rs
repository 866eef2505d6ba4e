//! Catalogs as text.

use super::{explanation::PAGE, rule};
use crate::{
    catalog::{Catalog, Level, Profile, Rule},
    report::{Column, Sheet, grid},
    text,
};

/// Columns of a profile's name and of where it is run, in the list.
const LIST: (usize, usize) = (32, 34);

/// The profiles of the catalogs: where each is run, how many rules it has and what it is for; 80
/// columns wide, with a line feed at the end.
#[must_use]
pub fn catalog_list(catalogs: &[&Catalog]) -> String {
    let mut sheet = Sheet::new(&PAGE);
    for catalog in catalogs {
        let rules = text::count(catalog.rules.len(), "rule");
        sheet.heading(&format!(
            "{}: {} ({rules}, {})",
            catalog.name, catalog.title, catalog.file
        ));
        for profile in &catalog.profiles {
            let row = grid(&[
                Column::left(&profile.name, LIST.0),
                Column::left(&format!("run from {}", profile.from), LIST.1),
                Column::right(&text::count(profile.rules.len(), "rule"), 9),
            ]);
            for line in row {
                sheet.paragraph("", &line);
            }
            sheet.paragraph("    ", &profile.about);
        }
    }
    sheet.into_text()
}

/// A profile and its rules: 80 columns wide, with a line feed at the end.
#[must_use]
pub fn catalog_show_profile(catalog: &Catalog, profile: &Profile) -> String {
    let mut sheet = Sheet::new(&PAGE);
    sheet.paragraph("", &format!("{} ({})", profile.name, catalog.title));
    sheet.paragraph("", &profile.about);
    sheet.paragraph("run from: ", &from(catalog, profile));
    if let Some(alias) = &profile.alias {
        sheet.paragraph("also called: ", alias);
    }
    if !profile.with.is_empty() {
        sheet.paragraph("switches on: ", &profile.with.join(", "));
    }
    let rules: Vec<&Rule> = profile
        .rules
        .iter()
        .filter_map(|id| catalog.rule(id))
        .collect();
    let id = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for level in [Level::Mandatory, Level::Optional] {
        let rules: Vec<&&Rule> = rules.iter().filter(|rule| rule.level == level).collect();
        if !rules.is_empty() {
            sheet.heading(&format!(
                "{}, {}",
                level.word(),
                text::count(rules.len(), "rule")
            ));
        }
        for rule in rules {
            sheet.paragraph(&format!("{:<id$}  ", rule.id), &row(rule));
        }
    }
    sheet.blank();
    sheet.paragraph("", "portcheck explain RULE tells more");
    sheet.into_text()
}

fn from(catalog: &Catalog, profile: &Profile) -> String {
    match catalog.groups.get(&profile.from) {
        Some(group) => format!("{} ({})", profile.from, group.about),
        None => profile.from.clone(),
    }
}

/// What a rule reaches and under which conditions.
fn row(shown: &Rule) -> String {
    let endpoint = rule::endpoint(shown);
    let conditions: Vec<String> = rule::conditions(shown)
        .into_iter()
        .map(|(flag, _)| flag)
        .collect();
    if conditions.is_empty() {
        endpoint
    } else {
        format!("{endpoint}, if {}", conditions.join(" and "))
    }
}

#[cfg(test)]
mod tests;
