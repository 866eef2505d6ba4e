//! Findings that settle each other: alternatives, and what must stay out of reach.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cause, Certainty, Finding, Stage, Verdict, judge::host_of, remedy};
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
/// by another port of this run, or by a control: those of which something was heard are `present`.
pub(super) fn blocked(plan: &Plan, present: &BTreeSet<&Host>, findings: &mut [Finding]) {
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
        if check
            .bound_host()
            .is_some_and(|host| present.contains(host))
        {
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
                .push("nothing shows that the host is there: it may be down as well".to_owned());
            finding.remedy = Some(format!(
                "check a port of {} that must be open in the same run",
                host_of(check)
            ));
        }
    }
}

/// Whether something is kept out cannot be told where a root cause keeps everything out.
pub(super) fn explained(plan: &Plan, findings: &mut [Finding]) {
    for finding in findings {
        let is_open = finding.verdict == Verdict::Inconclusive && finding.explained_by.is_some();
        if is_open && plan.checks[finding.check].expect == Expect::Blocked {
            finding.cause = Some(Cause::Explained);
            finding.certainty = Certainty::Inferred;
            finding.remedy = None;
        }
    }
}

/// Certificates of several hosts that are all too old, or all too young, and none that is right:
/// this machine's clock is what they have in common.
pub(super) fn clock(plan: &Plan, findings: &mut [Finding]) {
    for dated in [Cause::TlsNotYetValid, Cause::TlsExpired] {
        let hosts: BTreeSet<&Host> = findings
            .iter()
            .filter(|finding| finding.cause == Some(dated))
            .filter_map(|finding| plan.checks[finding.check].bound_host())
            .collect();
        let is_right = |finding: &Finding| {
            finding.verdict == Verdict::Pass
                && finding.stage >= Stage::Tls
                && plan.checks[finding.check].protocol.starts_with_tls()
        };
        if hosts.len() < 2 || findings.iter().any(is_right) {
            continue;
        }
        let count = hosts.len();
        for finding in findings
            .iter_mut()
            .filter(|finding| finding.cause == Some(dated))
        {
            finding.cause = Some(Cause::ClockSkew);
            finding.certainty = Certainty::Inferred;
            finding.evidence.push(format!(
                "so it is with all {count} hosts, and no date is right"
            ));
            let check = &plan.checks[finding.check];
            finding.remedy = Some(remedy::for_cause(check, Cause::ClockSkew, None));
        }
    }
}
