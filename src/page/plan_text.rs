//! A plan for people: what would be checked, from where to where.

use crate::{
    catalog::Level,
    machine::Needs,
    plan::{Check, CheckStep, Plan},
    report::{
        Off, Section, Sheet, Style, Tone, Waived,
        build::{self, off_reason},
        fold::{self, Alike, Detail, Lead, Line, Rest},
        summary, table,
    },
    text,
};

/// From so many on, checks that are made alike are one line.
const ALIKE: usize = 9;

/// The plan as text, with a line feed at the end.
#[must_use]
pub fn plan_text(plan: &Plan, style: &Style) -> String {
    let mut sheet = Sheet::new(style);
    let mut folded = 0;
    let mut told = Vec::new();
    for (section, level, checks) in sections(plan) {
        let flow = common_flow(&checks, sheet.arrow());
        let lines: Vec<Line> = checks
            .iter()
            .map(|check| {
                let mut line = line(check, plan, style.verbose);
                if flow.is_none() {
                    line.service = self::flow(check, sheet.arrow());
                }
                line
            })
            .collect();
        let shown = if style.verbose {
            lines
        } else {
            fold::fold(lines)
        };
        folded += checks.len() - shown.len();
        let heading = table::heading(section, level.into());
        let flow = flow.filter(|flow| !flow.is_empty());
        told.push(Section {
            heading: flow.map_or(heading.clone(), |flow| format!("{heading}: {flow}")),
            lines: shown,
        });
    }
    sheet.sections(&told);
    sheet.blank();
    ending(&mut sheet, plan, folded);
    sheet.into_text()
}

/// The checks under their headings: sections in their order, the mandatory ones of each first.
fn sections(plan: &Plan) -> Vec<(&str, Level, Vec<&Check>)> {
    let mut sections: Vec<(&str, Level, Vec<&Check>)> = Vec::new();
    for check in &plan.checks {
        let is_this = |(section, level, _): &&mut (&str, Level, Vec<&Check>)| {
            *section == check.section && *level == check.level
        };
        match sections.iter_mut().find(is_this) {
            Some((_, _, checks)) => checks.push(check),
            None => sections.push((&check.section, check.level, vec![check])),
        }
    }
    let names: Vec<&str> = sections.iter().map(|(section, _, _)| *section).collect();
    sections
        .sort_by_key(|(section, level, _)| (names.iter().position(|name| name == section), *level));
    sections
}

/// `nodes → vendor`; empty for `probe`.
fn flow(check: &Check, arrow: &str) -> String {
    if check.from.is_empty() && check.to.is_empty() {
        String::new()
    } else {
        format!("{} {arrow}{}", check.from, check.to)
    }
}

/// The flow of all the checks, if it is the same.
fn common_flow(checks: &[&Check], arrow: &str) -> Option<String> {
    let (first, others) = checks.split_first()?;
    let first = flow(first, arrow);
    others
        .iter()
        .all(|check| flow(check, arrow) == first)
        .then_some(first)
}

fn line(check: &Check, plan: &Plan, verbose: bool) -> Line {
    let (tone, word, rest) = match skipped(&check.step) {
        Some(why) => (Tone::Quiet, "skip", Rest::Wide(why)),
        None => (Tone::Planned, "probe", probed(check, plan)),
    };
    let endpoint = build::endpoint(check, None);
    Line {
        tone,
        word,
        port: table::port(&endpoint),
        rule: check.catalog.iter().map(|_| check.rule.as_str()).collect(),
        endpoint: if check.catalog.is_some() {
            table::endpoint(&endpoint)
        } else {
            check.rule.clone()
        },
        service: check.service.clone(),
        details: details(check, verbose),
        alike: alike(&rest, check),
        host: endpoint.host,
        rest,
    }
}

/// What is sent, and by which way.
fn probed(check: &Check, plan: &Plan) -> Rest {
    let tried = plan.probe(check).map_or(0, |probe| probe.ports.len());
    let proxy = plan.route(check).proxy();
    let way = proxy.map_or_else(String::new, |proxy| format!(", through {proxy}"));
    planned(check, tried, &way)
}

/// Why nothing is sent, if nothing is.
fn skipped(step: &CheckStep) -> Option<String> {
    Some(match step {
        CheckStep::Probe(_) => return None,
        CheckStep::NotConfigured { flag, reason } => {
            let reason = reason.as_ref();
            let reason = reason.map_or(String::new(), |reason| format!(" ({reason})"));
            format!("not-configured: needs {flag}{reason}")
        }
        CheckStep::NotNeeded { chosen } => {
            format!("not-needed: the site gives the port of {chosen}")
        }
        CheckStep::Withdrawn(ended) => format!(
            "withdrawn-by-vendor: {} ended it on {}, {}",
            ended.by, ended.since, ended.instead
        ),
        CheckStep::NotFromHere {
            from,
            inbound,
            command,
        } => {
            let inbound = if *inbound { "inbound, " } else { "" };
            format!("not-from-here: {inbound}on {from}, run `{command}`")
        }
    })
}

fn planned(check: &Check, tried: usize, way: &str) -> Rest {
    let ports = if tried > 1 {
        format!(", {}", text::count(tried, "port"))
    } else {
        String::new()
    };
    Rest::Columns {
        result: format!("{}, {}{ports}{way}", check.protocol, check.expect.word()),
        time: None,
    }
}

fn details(check: &Check, verbose: bool) -> Vec<Detail> {
    let mut texts = Vec::new();
    if let Some(waiver) = &check.waiver {
        texts.push(format!("a failure is {}", Waived::from(waiver)));
    }
    if verbose {
        texts.extend(check.notes.iter().map(|note| format!("note: {note}")));
        texts.extend(check.catalog.iter().map(|_| format!("rule {}", check.rule)));
    }
    let evidence = |text| Detail {
        lead: Lead::Evidence,
        text,
    };
    texts.into_iter().map(evidence).collect()
}

fn alike(rest: &Rest, check: &Check) -> Alike {
    let (key, least) = match rest {
        Rest::Columns { result, .. } => (result.clone(), ALIKE),
        Rest::Wide(text) => (text.clone(), 2),
    };
    let waiver = check.waiver.as_ref();
    let key = waiver.map_or(key.clone(), |waiver| {
        format!("{key} {}", Waived::from(waiver))
    });
    Alike {
        key,
        least,
        by_rule: true,
    }
}

fn ending(sheet: &mut Sheet<'_>, plan: &Plan, folded: usize) {
    let off: Vec<Off> = plan
        .off
        .iter()
        .map(|off| Off {
            rule: off.rule.clone(),
            reason: off_reason(&off.reason),
        })
        .collect();
    if let Some(off) = summary::off(&off) {
        sheet.paragraph("", &off);
    }
    if folded > 0 {
        sheet.paragraph("", &summary::folded_hint(folded));
    }
    if let Some(needs) = needs(&plan.needs) {
        sheet.paragraph("", &needs);
    }
    if let Some(roles) = roles(plan) {
        sheet.paragraph("", &roles);
    }
    sheet.paragraph("", &summary(plan));
}

/// `on this machine itself: whether 78 ports are free, …`; nothing where nothing is looked at.
fn needs(needs: &Needs) -> Option<String> {
    let count = needs.ports.len();
    let looks: Vec<String> = [
        (count > 0).then(|| format!("whether {} free", are(count))),
        needs
            .range
            .as_ref()
            .map(|needed| format!("the port range against {}", needed.range)),
        needs.descriptors.map(|_| "the descriptor limit".to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!looks.is_empty()).then(|| format!("on this machine itself: {}", text::list(&looks, "and")))
}

fn are(ports: usize) -> String {
    let verb = if ports == 1 { "is" } else { "are" };
    format!("{} {verb}", text::count(ports, "port"))
}

/// `this machine is of nodes (site.yaml)`; nothing where it is taken for what the profiles are for.
fn roles(plan: &Plan) -> Option<String> {
    let roles = plan.roles.iter();
    let roles: Vec<String> = roles
        .map(|role| format!("{} ({})", role.group, role.origin))
        .collect();
    (!roles.is_empty()).then(|| format!("this machine is one of {}", text::list(&roles, "and")))
}

/// `90 checks: 14 to be probed with 29 connections per address, 76 not configured; nothing was sent`.
fn summary(plan: &Plan) -> String {
    let (mut probed, mut unbound, mut elsewhere, mut needless, mut ended) = (0, 0, 0, 0, 0);
    for check in &plan.checks {
        *match check.step {
            CheckStep::Probe(_) => &mut probed,
            CheckStep::NotConfigured { .. } => &mut unbound,
            CheckStep::NotFromHere { .. } => &mut elsewhere,
            CheckStep::NotNeeded { .. } => &mut needless,
            CheckStep::Withdrawn(_) => &mut ended,
        } += 1;
    }
    let connections: usize = plan
        .probes
        .iter()
        .map(|probe| probe.ports.len().max(1))
        .sum();
    let connections = text::count(connections, "connection");
    let mut parts = vec![format!(
        "{probed} to be probed with {connections} per address"
    )];
    let others = [
        (unbound, "not configured"),
        (elsewhere, "not from here"),
        (needless, "not needed"),
        (ended, "withdrawn"),
    ];
    let others = others.iter().filter(|(count, _)| *count > 0);
    parts.extend(others.map(|(count, words)| format!("{count} {words}")));
    let checks = text::count(plan.checks.len(), "check");
    format!("{checks}: {}; nothing was sent", parts.join(", "))
}

#[cfg(test)]
mod tests;
