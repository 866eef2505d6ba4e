//! This machine's clock, as the certificates of others show it.

use std::collections::BTreeSet;

use crate::{
    diagnose::{Cause, Certainty, Finding, Outcome, Stage, remedy},
    fact::AcrossFact,
    net::Host,
    plan::Plan,
};

/// Certificates of several hosts that are all too old, or all too young, and none that is right:
/// this machine's clock is what they have in common.
pub(in crate::diagnose) fn clock(plan: &Plan, findings: &mut [Finding]) {
    for dated in [Cause::TlsNotYetValid, Cause::TlsExpired] {
        let hosts: BTreeSet<&Host> = findings
            .iter()
            .filter(|finding| finding.outcome.cause() == Some(dated))
            .filter_map(|finding| plan.checks[finding.check].bound_host())
            .collect();
        let is_right = |finding: &Finding| {
            finding.outcome == Outcome::Works
                && finding.stage >= Stage::Tls
                && plan.checks[finding.check].protocol.starts_with_tls()
        };
        if hosts.len() < 2 || findings.iter().any(is_right) {
            continue;
        }
        let count = hosts.len();
        for finding in findings
            .iter_mut()
            .filter(|finding| finding.outcome.cause() == Some(dated))
        {
            finding.outcome = finding.outcome.because(Cause::ClockSkew);
            finding.certainty = Certainty::Inferred;
            finding
                .evidence
                .push(AcrossFact::NoDateIsRight { count }.into());
            let check = &plan.checks[finding.check];
            finding.remedy = Some(remedy::for_cause(check, Cause::ClockSkew, None));
        }
    }
}
