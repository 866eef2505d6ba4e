//! Failures that somebody answers for, until a day: they show and do not gate.

use time::Date;

use super::reading::Reading;
use crate::{
    catalog::{
        form::{At, Glob, HostName, Text},
        keys::{Field, keys},
        mistakes::quoted,
    },
    net::Host,
    text,
};

keys! {
    /// One waiver.
    WaiverKeys {
        due "rule" rule: Glob, "the rule, or a glob over rule ids: `thoughtspot.cluster.*`", "{rule}";
        due "owner" owner: Text, "who answers for it", "WHO ANSWERS FOR IT";
        due "reason" reason: Text, "why it is accepted", "WHY";
        due "until" until: Date, "the last day it holds; after it the file is wrong until somebody looks again", "YYYY-MM-DD";
        may "host" host: HostName, "only where this host is reached, or runs the check", "node-3.example";
    }
}

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

/// What the file accepts.
pub(super) fn read(
    waivers: &[At<'_, WaiverKeys<'_>>],
    reading: &mut Reading<'_, '_, '_>,
) -> Vec<Waiver> {
    waivers
        .iter()
        .filter_map(|written| waiver(&written.value, reading))
        .collect()
}

/// The waiver, unless something of it is missing, which the form has reported, or it has ended.
fn waiver(written: &WaiverKeys<'_>, reading: &mut Reading<'_, '_, '_>) -> Option<Waiver> {
    if let Some(glob) = written.rule.word() {
        reading.check_glob(glob.node.span, glob.value);
    }
    let last_day = written.until.found()?;
    let waiver = Waiver {
        rule: written.rule.maybe()?,
        owner: shown(&written.owner)?,
        reason: shown(&written.reason)?,
        until: *last_day.value,
        host: written.host.value.and_then(|host| host.parse().ok()),
    };
    if waiver.until < reading.today {
        let rule = quoted(&waiver.rule);
        let message = format!("the waiver of {rule} ended on {}", waiver.until);
        let owner = quoted(&waiver.owner);
        let help = format!("ask its owner {owner} for another day, or remove it");
        reading
            .reporter
            .report_with(last_day.node.span, message, help);
        return None;
    }
    Some(waiver)
}

/// The text, as every report will show it.
fn shown(field: &Field<'_, &str>) -> Option<String> {
    Some(text::stranger(field.value?.as_bytes()))
}
