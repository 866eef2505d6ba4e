//! Failures that somebody answers for, until a day: they show and do not gate.

use time::Date;

use super::file::Reading;
use crate::{
    catalog::{
        mistakes::quoted,
        shape::{self, Naming, Shape, due, may},
        yaml::Node,
    },
    net::Host,
    text,
};

/// One waiver.
pub(super) const WAIVER: Shape = Shape::Keys(&[
    due(
        "rule",
        Shape::Name(Naming::Glob),
        "the rule, or a glob over rule ids: `thoughtspot.cluster.*`",
    ),
    due("owner", Shape::Text, "who answers for it"),
    due("reason", Shape::Text, "why it is accepted"),
    due(
        "until",
        Shape::Day,
        "the last day it holds; after it the file is wrong until somebody looks again",
    ),
    may(
        "host",
        Shape::Name(Naming::Host),
        "only where this host is reached, or runs the check",
    ),
]);

/// A failure that is known and accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiver {
    /// The rule's id, or a glob over ids.
    pub rule: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// The last day it holds, in UTC.
    pub until: Date,
    /// The host that it holds for; every host if there is none.
    pub host: Option<Host>,
}

impl Reading<'_, '_, '_> {
    pub(super) fn waivers(&mut self, root: &Node<'_>) {
        for node in root.items_at("waivers") {
            if let Some(rule) = node.at("rule")
                && let Some(glob) = rule.text()
            {
                self.check_glob(rule.span, glob);
            }
            let waiver = self.waiver(node);
            self.site.waivers.extend(waiver);
        }
    }

    /// The waiver, unless something of it is missing, which the form has reported, or it has ended.
    fn waiver(&mut self, node: &Node<'_>) -> Option<Waiver> {
        let last_day = node.at("until")?;
        let waiver = Waiver {
            rule: node.text_at("rule")?,
            owner: shown(node, "owner")?,
            reason: shown(node, "reason")?,
            until: shape::day(last_day.text()?)?,
            host: node.text_at("host").and_then(|host| host.parse().ok()),
        };
        if waiver.until < self.today {
            let rule = quoted(&waiver.rule);
            let message = format!("the waiver of {rule} ended on {}", waiver.until);
            let owner = quoted(&waiver.owner);
            let help = format!("ask its owner {owner} for another day, or remove it");
            self.reporter.report_with(last_day.span, message, help);
            return None;
        }
        Some(waiver)
    }
}

/// The text of that key, as every report will show it.
fn shown(node: &Node<'_>, key: &str) -> Option<String> {
    let text = node.text_at(key)?;
    Some(text::stranger(text.as_bytes()))
}
