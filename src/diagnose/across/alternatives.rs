//! Rules of which one is enough.

use std::collections::BTreeMap;

use crate::{
    diagnose::{Finding, Verdict},
    plan::Plan,
};

/// Where one of several alternatives passes, the others do not gate (`389 or 636`).
pub(in crate::diagnose) fn alternatives(plan: &Plan, findings: &mut [Finding]) {
    let passed: BTreeMap<&str, &str> = findings
        .iter()
        .filter(|finding| matches!(finding.verdict, Verdict::Pass | Verdict::Warn))
        .filter_map(|finding| {
            let check = &plan.checks[finding.check];
            Some((check.any_of.as_deref()?, check.rule.as_str()))
        })
        .collect();
    for finding in findings {
        let check = &plan.checks[finding.check];
        let winner = check
            .any_of
            .as_deref()
            .and_then(|any_of| passed.get(any_of));
        let Some(winner) = winner else { continue };
        match finding.verdict {
            Verdict::Fail | Verdict::Inconclusive => {
                finding.verdict = Verdict::Warn;
                finding
                    .evidence
                    .push(format!("one alternative is enough, and {winner} passes").into());
            }
            Verdict::Pass | Verdict::Warn | Verdict::Skip => {}
        }
    }
}
