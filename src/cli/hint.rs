//! What a beginner probably meant otherwise, on stderr, where nothing is wrong enough to stop.

use std::{collections::BTreeMap, path::Path};

use super::{
    command::Output,
    complain,
    failure::{file, literal},
    inputs::Planned,
};
use crate::{
    catalog::Level,
    machine::Machine,
    plan::{Check, CheckStep, Plan},
    report::Format,
    text,
};

/// Says which flag of its own would let most of the skipped checks be made, which hosts were given
/// and are not checked, and that nothing is; what `--set` lacks, the rows tell.
pub(crate) fn of_plan(planned: &Planned) {
    let Planned { site, plan } = planned;
    if let Some(hint) = unbound(plan) {
        complain(&hint);
    }
    let starts_at_nodes =
        |check: &Check| check.from == "nodes" && matches!(check.step, CheckStep::Probe(_));
    if site.is_stranger && plan.checks.iter().any(starts_at_nodes) {
        complain(
            "note: none of the nodes is this machine, by its names or addresses: all of them are targets, and what \
             the site file says of single hosts does not apply here\n",
        );
    }
    for address in &site.dropped {
        complain(&format!(
            "note: `{address}` is this machine and is no target\n"
        ));
    }
    for host in &site.left_out {
        complain(&format!(
            "note: {} is no target: Ansible runs on it, and no `ansible_host` says where others reach it\n",
            literal(host)
        ));
    }
    let starts_elsewhere = |check: &Check| matches!(check.step, CheckStep::NotFromHere { .. });
    if !plan.checks.is_empty() && plan.checks.iter().all(starts_elsewhere) {
        complain(
            "note: nothing can be checked from this machine: other machines open these connections\n",
        );
    }
}

/// Says which lines of this machine's own configuration the system passes over, and what would be read.
pub(crate) fn of_machine(machine: &Machine) {
    let configured = &machine.dns_servers;
    for ignored in &configured.ignored {
        let (path, line) = (file(Path::new(&configured.file)), ignored.line);
        let instead = ignored.instead.as_ref().map(|instead| literal(instead));
        let instead = instead.map_or_else(String::new, |instead| format!("; write {instead}"));
        let (text, why) = (literal(&ignored.text), ignored.why);
        complain(&format!(
            "note: {path}:{line}: {text} is not read: {why}{instead}\n"
        ));
    }
}

fn unbound(plan: &Plan) -> Option<String> {
    let mut wants: BTreeMap<Want, usize> = BTreeMap::new();
    for check in plan.checks.iter().filter(|it| it.level == Level::Mandatory) {
        match &check.step {
            CheckStep::NotConfigured { flag, reason } => {
                let flag = flag.to_string();
                let reason = reason.as_ref().map(ToString::to_string);
                *wants.entry(Want { flag, reason }).or_default() += 1;
            }
            CheckStep::Probe(_)
            | CheckStep::NotFromHere { .. }
            | CheckStep::NotNeeded { .. }
            | CheckStep::Withdrawn(_) => {}
        }
    }
    wants.retain(|want, _| !want.flag.starts_with("--set "));
    let (want, count) = wants.into_iter().max_by_key(|(_, count)| *count)?;
    let all = text::count(plan.checks.len(), "check");
    let is = if count == 1 { "is" } else { "are" };
    // The rest of a flag's text says what else would do.
    let flag = want.flag.split(',').next().unwrap_or(&want.flag);
    let reason = want
        .reason
        .map_or_else(String::new, |reason| format!(": {reason}"));
    Some(format!(
        "hint: {count} of {all} {is} skipped for want of {}{reason}\n",
        literal(flag)
    ))
}

/// What a check is skipped for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Want {
    /// The flag that would give it.
    flag: String,
    /// Why nothing else does.
    reason: Option<String>,
}

/// Says of files whose name is that of another format that they are not in it.
pub(crate) fn of_files(output: &Output) {
    for target in output.files.iter().filter(|_| !output.quiet) {
        if let Some(format) =
            Format::of_name(&target.path).filter(|format| *format != target.format)
        {
            let (path, word) = (file(&target.path), format.word());
            let has = target.format.word();
            complain(&format!(
                "hint: {path} is written as `{has}`; `--output {word}=FILE` writes `{word}`\n"
            ));
        }
    }
}
