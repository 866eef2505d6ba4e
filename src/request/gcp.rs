//! Google Cloud: rules of a network firewall policy, which know names, by gcloud.
//! Source: `gcloud compute network-firewall-policies rules create`.

use super::{
    change::{Change, Unsaid},
    escape,
    flow::{Direction, End, Flow},
    merge::{Block, blocks},
    script::{Script, mark},
};
use crate::net::Transport;

/// The first priority; a smaller one comes first.
const FIRST: usize = 1000;

/// The longest description, in characters.
const LONGEST: usize = 200;

pub(super) fn gcp(flows: &[Flow]) -> Change {
    let is_pattern = |end: &End| matches!(end, End::Name(name) if name.starts_with("*."));
    let (unsaid, said): (Vec<&Flow>, Vec<&Flow>) =
        flows.iter().partition(|flow| is_pattern(&flow.destination));
    let unsaid: Vec<Unsaid> = unsaid
        .into_iter()
        .map(|flow| {
            let why = "a firewall policy knows names and no patterns of them: a proxy does (`--for squid`)";
            Unsaid::new(flow, why)
        })
        .collect();
    let mark = mark(flows);
    let mut script = Script::new("#!/bin/sh");
    script.comment(
        "Adds rules, changes none: `sh FILE POLICY`, a global network firewall policy in which the \
         priorities from 1000 on are free and come before what denies.",
    );
    script.line("set -eu");
    let mut undo = Script::new("#!/bin/sh");
    undo.comment("Takes the change back: `sh FILE POLICY`.");
    for (place, block) in blocks(&said).iter().enumerate() {
        let of = format!(
            "{} --firewall-policy=\"$1\" --global-firewall-policy",
            FIRST + place
        );
        script.about(block.flow);
        script.line(&format!(
            "gcloud compute network-firewall-policies rules create {of} --action=allow {} --description={}",
            matches(block),
            escape::shell(&escape::remark(&mark, block.flow, LONGEST))
        ));
        undo.line(&format!(
            "gcloud compute network-firewall-policies rules delete {of}"
        ));
    }
    script.unsaid(&unsaid);
    Change {
        text: script.into_text(),
        undo: (!said.is_empty()).then(|| undo.into_text()),
        placeless: 0,
        notes: Vec::new(),
        unsaid,
    }
}

/// What a rule asks. What is reached is the machine that it is attached to, so that is not said again
/// of what comes in.
fn matches(block: &Block<'_>) -> String {
    let flow = block.flow;
    let layer = match (flow.transport, flow.ports) {
        (transport, Some(ports)) => format!("{transport}:{ports}"),
        (Transport::Icmp, None) if flow.family() == Some(super::flow::Family::V6) => {
            "58".to_owned()
        }
        (transport, None) => transport.to_string(),
    };
    let list = |ends: &[&End]| {
        let ends: Vec<String> = ends.iter().map(ToString::to_string).collect();
        ends.join(",")
    };
    let is_named = block.destinations.iter().any(|end| end.family().is_none());
    let to = if is_named {
        "--dest-fqdns"
    } else {
        "--dest-ip-ranges"
    };
    let way = match flow.direction {
        Direction::Outbound => format!(
            "--direction=EGRESS --src-ip-ranges={} {to}={}",
            list(&block.sources),
            list(&block.destinations)
        ),
        Direction::Inbound => format!(
            "--direction=INGRESS --src-ip-ranges={}",
            list(&block.sources)
        ),
    };
    format!("{way} --layer4-configs={layer}")
}
