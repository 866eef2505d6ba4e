//! What must stay out of reach.

use std::collections::BTreeSet;

use crate::{
    catalog::Expect,
    cause::Is,
    diagnose::{Cause, Certainty, Finding, Outcome, places},
    fact::AcrossFact,
    net::Host,
    plan::Plan,
};

/// What must not be reachable passes when it is silent or rejected *and* the same host is there
/// by another port of this run, or by a control: those of which something was heard are `present`.
pub(in crate::diagnose) fn blocked(
    plan: &Plan,
    present: &BTreeSet<&Host>,
    findings: &mut [Finding],
) {
    for finding in findings {
        let check = &plan.checks[finding.check];
        let cause = finding.outcome.cause();
        let kept_out = cause.is_some_and(|cause| cause.is(Is::KeptOut));
        if check.expect != Expect::Blocked || !kept_out {
            continue;
        }
        if check
            .bound_host()
            .is_some_and(|host| present.contains(host))
        {
            finding.outcome = Outcome::Works;
            finding.remedy = None;
            finding.certainty = Certainty::Inferred;
            finding.evidence.push(AcrossFact::BlockedAndThere.into());
        } else {
            finding
                .evidence
                .push(AcrossFact::NothingShowsTheHost.into());
            let shown = "check a port of {host} that must be open in the same run";
            finding.remedy = Some(places::of(check).fill(shown));
        }
    }
}

/// Whether something is kept out cannot be told where a root cause keeps everything out.
pub(in crate::diagnose) fn explained(plan: &Plan, findings: &mut [Finding]) {
    for finding in findings {
        let is_blocked = plan.checks[finding.check].expect == Expect::Blocked;
        if let (Outcome::Unknown(_), Some(_), true) =
            (finding.outcome, &finding.explained_by, is_blocked)
        {
            finding.outcome = Outcome::Unknown(Cause::Explained);
            finding.certainty = Certainty::Inferred;
            finding.remedy = None;
        }
    }
}
