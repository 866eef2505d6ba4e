//! Where the rules of a report come from: the catalog's line and the vendor's page.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Finding, Report};
use crate::catalog::{Catalog, Rule};

/// Where a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Source {
    /// The catalog's file, as the user named it.
    pub file: String,
    /// The line of the rule in that file, from 1.
    pub line: usize,
    /// The title of the vendor's page.
    pub page: String,
    /// The section of the page.
    pub section: String,
    /// Where the page stands, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Where each rule of some catalogs comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(HashMap<String, Source>);

impl Sources {
    /// The sources of every rule.
    #[must_use]
    pub fn of(catalogs: &[&Catalog]) -> Self {
        let rules = catalogs
            .iter()
            .flat_map(|catalog| catalog.rules.iter().map(move |rule| (*catalog, rule)));
        Self(
            rules
                .map(|(catalog, rule)| (rule.id.clone(), source(catalog, rule)))
                .collect(),
        )
    }

    /// Adds to a finding where its rule comes from, if it is known.
    pub(super) fn cite(&self, finding: &mut Finding) {
        if let Some(source) = self.0.get(&finding.rule) {
            finding.source = Some(source.clone());
        }
    }
}

impl Report {
    /// Adds to each finding where its rule comes from. Rules of no catalog given are left as they are.
    #[must_use]
    pub fn cited(mut self, sources: &Sources) -> Self {
        for finding in &mut self.findings {
            sources.cite(finding);
        }
        self
    }
}

fn source(catalog: &Catalog, rule: &Rule) -> Source {
    let page = catalog.pages.get(&rule.source.page);
    Source {
        file: catalog.file.clone(),
        line: rule.source.line,
        page: page.map_or_else(|| rule.source.page.clone(), |page| page.title.clone()),
        section: rule.source.section.clone(),
        url: page.and_then(|page| page.url.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::green;

    #[test]
    fn a_finding_is_cited_by_its_rule() {
        let text = include_str!("../../catalogs/looker.yaml");
        let catalog = Catalog::parse("catalogs/looker.yaml", text).unwrap();
        let rule = &catalog.rules[0];
        let mut report = green();
        report.findings[1].rule.clone_from(&rule.id);
        let report = report.cited(&Sources::of(&[&catalog]));
        let source = report.findings[1].source.as_ref().unwrap();
        assert_eq!(source.file, "catalogs/looker.yaml");
        assert_eq!(
            (source.line, &source.section),
            (rule.source.line, &rule.source.section)
        );
        assert_eq!(report.findings[2].source, None);
    }
}
