//! nftables: rules at the head of the chains that drop. Source: nft(8).
//!
//! An accept in a table of one's own does not open what another chain drops, so there is none. A
//! rule is deleted by a number that it gets when it is applied, so the way back looks for comments.

use std::collections::BTreeMap;

use super::{
    change::{Change, Unsaid, by_address},
    escape,
    flow::{End, Family, Flow},
    merge::{Block, blocks},
    place::{Ground, Place, Spot, place},
    ruleset::State,
    script::{Script, mark},
};
use crate::net::Transport;

/// The longest comment, in bytes: nft takes 127.
const LONGEST: usize = 120;

/// What stands for the chain that drops: no name of one, so `nft --check` refuses it.
const SOMEWHERE: &str = "<FAMILY> <TABLE> <CHAIN>";

/// The flows that go into chains, by chain, and what became of the others.
pub(super) struct Placed<'a> {
    pub(super) at: BTreeMap<Spot, Vec<&'a Flow>>,
    pub(super) open: Vec<&'a Flow>,
    pub(super) somewhere: Vec<&'a Flow>,
    pub(super) unsaid: Vec<Unsaid>,
}

/// Where each flow's rules go. What this machine lets through has no rule, unless it lets all
/// through: then another one drops it.
pub(super) fn placed<'a>(flows: &'a [Flow], ground: &Ground) -> Placed<'a> {
    let (said, unsaid) = by_address(flows);
    let mut placed = Placed {
        at: BTreeMap::new(),
        open: Vec::new(),
        somewhere: Vec::new(),
        unsaid,
    };
    for flow in said {
        match place(flow, ground) {
            Place::At(spots) => {
                for spot in spots {
                    placed.at.entry(spot).or_default().push(flow);
                }
            }
            Place::Open => placed.open.push(flow),
            Place::Somewhere => placed.somewhere.push(flow),
            Place::OtherFamily => {
                let why = "the chain that was named is for the other IP version";
                placed.unsaid.push(Unsaid::new(flow, why));
            }
        }
    }
    if placed.at.is_empty() {
        placed.somewhere.append(&mut placed.open);
    }
    placed
}

pub(super) fn nftables(flows: &[Flow], ground: &Ground) -> Change {
    let placed = placed(flows, ground);
    let mark = mark(flows);
    let mut script = Script::new("#!/usr/sbin/nft -f");
    script.comment("Adds rules, changes none. Apply it as root with `nft -f FILE`.");
    if !placed.somewhere.is_empty() {
        script.comment(&format!(
            "No chain that drops these could be found here: put its name in the place of {SOMEWHERE}, \
             or make this as root on the firewall, or with --chain."
        ));
    }
    for (spot, flows) in &placed.at {
        rules(
            &mut script,
            (&spot.chain.to_string(), spot.state),
            flows,
            &mark,
        );
    }
    rules(
        &mut script,
        (SOMEWHERE, State::New),
        &placed.somewhere,
        &mark,
    );
    for flow in &placed.open {
        script.comment(&format!(
            "{}: {} from {} to {}: let through here already",
            flow.rules(),
            flow.what(),
            flow.source,
            flow.destination
        ));
    }
    script.unsaid(&placed.unsaid);
    Change {
        undo: (!placed.at.is_empty()).then(|| undo(&placed, &mark)),
        text: script.into_text(),
        placeless: placed.somewhere.len(),
        notes: Vec::new(),
        unsaid: placed.unsaid,
    }
}

fn rules(script: &mut Script, (chain, state): (&str, State), flows: &[&Flow], mark: &str) {
    for block in blocks(flows) {
        script.about(block.flow);
        script.line(&format!(
            "insert rule {chain} {} accept comment \"{}\"",
            matches(&block, state),
            escape::remark(mark, block.flow, LONGEST)
        ));
    }
}

/// What a rule asks: `ip saddr 10.0.0.1 ip daddr { 10.0.0.2, 10.0.0.3 } tcp dport 443`.
fn matches(block: &Block<'_>, state: State) -> String {
    let flow = block.flow;
    let (ip, icmp) = match flow.family() {
        Some(Family::V6) => ("ip6", "icmpv6"),
        Some(Family::V4) | None => ("ip", "icmp"),
    };
    let (from, to, port, echo) = match state {
        State::New => (&block.sources, &block.destinations, "dport", "echo-request"),
        State::Established => (&block.destinations, &block.sources, "sport", "echo-reply"),
    };
    let carried = match (flow.transport, flow.ports) {
        (Transport::Icmp, _) => format!("{icmp} type {echo}"),
        (transport, Some(ports)) => format!("{transport} {port} {ports}"),
        (transport, None) => format!("meta l4proto {transport}"),
    };
    let state = match state {
        State::New => "",
        State::Established => " ct state established",
    };
    format!(
        "{ip} saddr {} {ip} daddr {} {carried}{state}",
        set(from),
        set(to)
    )
}

fn set(ends: &[&End]) -> String {
    let all: Vec<String> = ends.iter().map(ToString::to_string).collect();
    match &all[..] {
        [only] => only.clone(),
        all => format!("{{ {} }}", all.join(", ")),
    }
}

/// A shell script that deletes the rules with the change's mark, in one transaction a chain.
fn undo(placed: &Placed<'_>, mark: &str) -> String {
    let mut script = Script::new("#!/bin/sh");
    script.comment("Takes the change back. Run it as root with `sh FILE`.");
    script.line("set -eu");
    script.line("take_back() {");
    script.line("  nft -a list chain \"$@\" |");
    script.line(&format!(
        "    sed -n \"s|^.* comment \\\"{mark}[ ,\\\"].* # handle \\([0-9][0-9]*\\)\\$|delete rule $* handle \\1|p\" |"
    ));
    script.line("    nft -f -");
    script.line("}");
    let mut chains: Vec<String> = placed
        .at
        .keys()
        .map(|spot| spot.chain.to_string())
        .collect();
    chains.dedup();
    for chain in chains {
        let words: Vec<String> = chain.split(' ').map(escape::shell).collect();
        script.line(&format!("take_back {}", words.join(" ")));
    }
    script.into_text()
}
