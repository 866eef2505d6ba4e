//! From what was seen to what it means: verdict, cause, certainty, evidence, remedy. Pure.

mod across;
mod controls;
mod decided;
mod each;
mod finding;
mod judgement;
mod outcome;
mod places;
pub mod readiness;
mod verdict;
mod weight;

#[cfg(test)]
mod tests;

pub use crate::cause::{self, Cause};
pub use across::{follow_ups, own_firewall_addresses, path_questions};
pub use controls::{Controls, Traced};
pub use decided::Decider;
pub use finding::{
    AddressFinding, Certainty, Diagnosis, Finding, LocalFinding, RootCause, Stage, Sweep,
};
pub use outcome::Outcome;
pub use verdict::Verdict;
pub use weight::{Aside, Weight};

use time::OffsetDateTime;

use crate::{fact::AcrossFact, observation::Observation, plan::Plan};

/// Judges every check of the plan by what its probes saw, then looks for what explains several
/// findings at once. `seen` has one observation a probe, in the plan's order; `now` is when the
/// run began, by this machine's clock; `controls` is what was tried after [`follow_ups`].
#[must_use]
pub fn diagnose(
    plan: &Plan,
    seen: &[Observation],
    controls: &Controls,
    now: OffsetDateTime,
) -> Diagnosis {
    let seen = &*across::compared(plan, seen);
    let mut findings: Vec<Finding> = (0..plan.checks.len())
        .map(|check| each::finding(plan, check, seen, now))
        .collect();
    across::apply(plan, controls, &mut findings, now);
    across::settle_responders(plan, seen, controls, &mut findings);
    across::apply_paths(plan, &controls.paths, &mut findings);
    across::apply_own_firewall(plan, controls.own_firewall.as_ref(), &mut findings);
    across::clock(plan, seen, now, &mut findings);
    let present = across::present_hosts(plan, seen, controls);
    across::blocked(plan, &present, &mut findings);
    across::alive(plan, &present, &mut findings);
    weigh(plan, &mut findings);
    across::alternatives(plan, &mut findings);
    across::stand_ins(plan, &mut findings);
    let roots = across::find_roots(plan, &mut findings);
    across::address_paths(plan, &mut findings);
    across::explained(plan, &mut findings);
    Diagnosis {
        findings,
        roots,
        local: Vec::new(),
    }
}

/// Weighs what is seen in the end.
fn weigh(plan: &Plan, findings: &mut [Finding]) {
    for finding in findings {
        finding.weight = Weight::of(&plan.checks[finding.check], finding.outcome);
        if let (Outcome::Fails(_), Weight::Informs(Aside::FurtherTransport)) =
            (finding.outcome, finding.weight)
        {
            finding.evidence.push(AcrossFact::OnlyInforms.into());
        }
    }
}
