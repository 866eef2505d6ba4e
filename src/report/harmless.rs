//! A report whose every text only prints: what a saved file may have slipped past its writer.

use super::{Baseline, Fact, Finding, Report, RootCause, Source};
use crate::{fact::Part, text};

/// The report with every control character, override and invisible one as an escape.
/// A format that starts from it has only its own syntax to mind.
pub(crate) fn harmless(report: &Report) -> Report {
    let mut report = report.clone();
    clean(&mut report.version);
    clean(&mut report.host);
    clean(&mut report.started);
    report.profiles.iter_mut().for_each(clean);
    report.baseline.iter_mut().for_each(clean_baseline);
    report.root_causes.iter_mut().for_each(clean_root);
    for off in &mut report.off {
        clean(&mut off.rule);
        clean(&mut off.reason);
    }
    report.findings.iter_mut().for_each(clean_finding);
    report
}

fn clean_baseline(baseline: &mut Baseline) {
    clean(&mut baseline.host);
    clean(&mut baseline.started);
    clean(&mut baseline.counts);
    baseline.profiles.iter_mut().flatten().for_each(clean);
    for change in &mut baseline.changes {
        clean(&mut change.kind);
        clean(&mut change.check);
        change.was.iter_mut().for_each(clean);
        change.now.iter_mut().for_each(clean);
    }
}

fn clean_root(root: &mut RootCause) {
    clean(&mut root.id);
    clean(&mut root.cause);
    clean(&mut root.title);
    root.evidence.iter_mut().for_each(clean);
    clean(&mut root.remedy);
    root.hosts.iter_mut().for_each(clean);
    root.rules.iter_mut().for_each(clean);
    clean_parts(&mut root.title_parts);
    clean_parts(&mut root.remedy_parts);
    clean_facts(&mut root.facts);
}

fn clean_facts(facts: &mut [Fact]) {
    for fact in facts {
        clean(&mut fact.kind);
        clean_parts(&mut fact.parts);
    }
}

fn clean_parts(parts: &mut [Part]) {
    for part in parts {
        if !is_plain(&part.text) {
            part.text = text::harmless(&part.text).into();
        }
    }
}

fn clean_finding(finding: &mut Finding) {
    clean(&mut finding.rule);
    clean(&mut finding.section);
    clean(&mut finding.service);
    clean(&mut finding.endpoint.host);
    clean(&mut finding.protocol);
    [
        &mut finding.catalog,
        &mut finding.from,
        &mut finding.to,
        &mut finding.via,
        &mut finding.from_address,
        &mut finding.any_of,
        &mut finding.cause,
        &mut finding.explained_by,
        &mut finding.remedy,
    ]
    .into_iter()
    .flatten()
    .for_each(clean);
    if let Some(waived) = &mut finding.waived {
        clean(&mut waived.owner);
        clean(&mut waived.reason);
        clean(&mut waived.until);
    }
    finding.evidence.iter_mut().for_each(clean);
    clean_facts(&mut finding.facts);
    clean_parts(&mut finding.remedy_parts);
    finding.source.iter_mut().for_each(clean_source);
    for address in &mut finding.addresses {
        clean(&mut address.address);
        address.from_address.iter_mut().for_each(clean);
        address.cause.iter_mut().for_each(clean);
    }
    for stage in &mut finding.stages {
        stage.address.iter_mut().for_each(clean);
    }
    for certificate in &mut finding.chain {
        clean(&mut certificate.subject);
        clean(&mut certificate.issuer);
        certificate.names.iter_mut().for_each(clean);
        clean(&mut certificate.not_before);
        clean(&mut certificate.not_after);
    }
}

fn clean_source(source: &mut Source) {
    clean(&mut source.file);
    clean(&mut source.page);
    clean(&mut source.section);
    source.url.iter_mut().for_each(clean);
}

fn clean(text: &mut String) {
    if !is_plain(text) {
        *text = text::harmless(text);
    }
}

/// Nearly all are, and there are many.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}
