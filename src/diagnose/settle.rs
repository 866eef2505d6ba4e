//! Findings that settle each other: alternatives, and what must stay out of reach.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Certainty, Finding, Verdict, judge::host_of};
use crate::{catalog::Expect, net::Host, plan::Plan};

/// Where one of several alternatives passes, the others do not gate (`389 or 636`).
pub(super) fn alternatives(plan: &Plan, findings: &mut [Finding]) {
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
                    .push(format!("one alternative is enough, and {winner} passes"));
            }
            Verdict::Pass | Verdict::Warn | Verdict::Skip => {}
        }
    }
}

/// What must not be reachable passes when it is silent or rejected *and* the same host is there
/// by another port of this run.
pub(super) fn blocked(plan: &Plan, findings: &mut [Finding]) {
    let alive: BTreeSet<Host> = findings
        .iter()
        .filter(|finding| plan.checks[finding.check].expect != Expect::Blocked)
        .filter(|finding| matches!(finding.verdict, Verdict::Pass | Verdict::Warn))
        .filter_map(|finding| plan.checks[finding.check].bound_host().cloned())
        .collect();
    for finding in findings {
        let check = &plan.checks[finding.check];
        let kept_out = matches!(
            finding.cause,
            Some(
                Cause::TcpNoReply
                    | Cause::RejectedByFirewall
                    | Cause::HostUnreachable
                    | Cause::NetworkUnreachable
                    | Cause::UdpNoReply
            )
        );
        if check.expect != Expect::Blocked || !kept_out {
            continue;
        }
        if check.bound_host().is_some_and(|host| alive.contains(host)) {
            finding.verdict = Verdict::Pass;
            finding.cause = None;
            finding.remedy = None;
            finding.certainty = Certainty::Inferred;
            finding
                .evidence
                .push("blocked, and the host answers elsewhere".to_owned());
        } else {
            finding
                .evidence
                .push("nothing shows that the host is there at all".to_owned());
            finding.remedy = Some(format!(
                "check a port of {} that must be open in the same run",
                host_of(check)
            ));
        }
    }
}
