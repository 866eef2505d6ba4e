//! Rules whose work another rule does while they fail: the product then does less well, and works.

use crate::{
    diagnose::{Aside, Finding, Outcome, Weight},
    fact::AcrossFact,
    plan::{Check, Plan},
};

/// Has what fails decide nothing where the rule that it falls back to works at every host.
pub(in crate::diagnose) fn stand_ins(plan: &Plan, findings: &mut [Finding]) {
    for index in 0..findings.len() {
        let Some(stand_in) = plan.checks[findings[index].check].falls_back_to.as_deref() else {
            continue;
        };
        let has_failed = match findings[index].outcome {
            Outcome::Fails(_) | Outcome::Unknown(_) => findings[index].weight == Weight::Gates,
            Outcome::Works | Outcome::WorksBut(_) | Outcome::NotTried(_) => false,
        };
        if has_failed && works(stand_in, plan, findings) {
            let told = AcrossFact::StoodInFor {
                rule: stand_in.into(),
            };
            let finding = &mut findings[index];
            finding.evidence.insert(0, told.into());
            finding.weight = Weight::Informs(Aside::StoodInFor);
        }
    }
}

/// Whether the rule works at each of its hosts, of which there is one at least.
fn works(rule: &str, plan: &Plan, findings: &[Finding]) -> bool {
    let is_of = |check: &Check| check.rule == rule && !check.informative;
    let mut own = findings
        .iter()
        .filter(|finding| is_of(&plan.checks[finding.check]))
        .peekable();
    own.peek().is_some() && own.all(|finding| finding.outcome.works())
}
