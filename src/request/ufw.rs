//! ufw: rules before all others. Source: ufw(8).

use super::{
    change::{Change, Unsaid, by_address},
    escape,
    flow::Flow,
    place::Ground,
    script::{Script, mark},
};
use crate::net::Transport;

/// The longest comment, in bytes.
const LONGEST: usize = 200;

pub(super) fn ufw(flows: &[Flow], ground: &Ground) -> Change {
    let (said, mut unsaid) = by_address(flows);
    let mark = mark(flows);
    let mut script = Script::new("#!/bin/sh");
    script.comment("Adds rules, changes none. Run it as root with `sh FILE`.");
    script.line("set -eu");
    let mut undo = Script::new("#!/bin/sh");
    undo.comment("Takes the change back. Run it as root with `sh FILE`.");
    undo.line("failed=0");
    let mut any = false;
    for flow in said {
        if flow.transport == Transport::Icmp {
            let why = "ufw has no words for it: /etc/ufw/before.rules says what becomes of it";
            unsaid.push(Unsaid::new(flow, why));
            continue;
        }
        any = true;
        let (route, way) = way(flow, ground);
        let rule = rule(flow, way);
        let comment = escape::remark(&mark, flow, LONGEST);
        script.about(flow);
        script.line(&format!(
            "ufw {route}prepend {rule} comment {}",
            escape::shell(&comment)
        ));
        undo.line(&format!("ufw {route}delete {rule} || failed=1"));
    }
    undo.line("exit \"$failed\"");
    script.unsaid(&unsaid);
    Change {
        text: script.into_text(),
        placeless: 0,
        notes: Vec::new(),
        undo: any.then(|| undo.into_text()),
        unsaid,
    }
}

/// Whether it is for packets that pass through, and which way they go.
fn way(flow: &Flow, ground: &Ground) -> (&'static str, &'static str) {
    match (
        ground.is_own(&flow.source),
        ground.is_own(&flow.destination),
    ) {
        (true, _) => ("", "allow out"),
        (false, true) => ("", "allow in"),
        (false, false) => ("route ", "allow"),
    }
}

fn rule(flow: &Flow, way: &str) -> String {
    let port = flow.ports.map(|ports| format!(" port {}", ports.with(":")));
    format!(
        "{way} proto {} from {} to {}{}",
        flow.transport,
        flow.source,
        flow.destination,
        port.unwrap_or_default()
    )
}
