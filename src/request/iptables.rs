//! iptables and ip6tables: rules at the head of the chains that drop. Source: iptables(8).

use super::{
    change::{Change, Unsaid},
    escape,
    flow::{Family, Flow},
    nftables::{Placed, placed},
    place::{Chain, Ground, Spot},
    ruleset::{ChainFamily, State},
    script::{Script, mark},
};
use crate::net::Transport;

/// The longest comment, in bytes: iptables takes 255.
const LONGEST: usize = 240;

/// What stands for the chain that drops: no name of one, so iptables refuses it.
const SOMEWHERE: &str = "<CHAIN>";

pub(super) fn iptables(flows: &[Flow], ground: &Ground) -> Change {
    let placed = placed(flows, ground);
    let mark = mark(flows);
    let mut script = Script::new("#!/bin/sh");
    script.comment("Adds rules, changes none. Run it as root with `sh FILE`.");
    if !placed.somewhere.is_empty() {
        script.comment(&format!(
            "No chain that drops these could be found here: put its name in the place of {SOMEWHERE}, \
             or make this as root on the firewall, or with --chain."
        ));
    }
    script.line("set -eu");
    let mut undo = Script::new("#!/bin/sh");
    undo.comment("Takes the change back. Run it as root with `sh FILE`.");
    undo.line("failed=0");
    for (order, flow) in orders(&placed) {
        let words = words(&order, flow, &mark);
        script.about(flow);
        script.line(&format!("{} -I {words}", program(flow)));
        undo.line(&format!("{} -D {words} || failed=1", program(flow)));
    }
    undo.line("exit \"$failed\"");
    for flow in &placed.open {
        script.comment(&Unsaid::new(flow, "let through here already").line());
    }
    script.unsaid(&placed.unsaid);
    Change {
        undo: (!placed.at.is_empty()).then(|| undo.into_text()),
        text: script.into_text(),
        placeless: placed.somewhere.len(),
        notes: Vec::new(),
        unsaid: placed.unsaid,
    }
}

/// Every rule that is made, the flows in the order of the request.
fn orders<'a>(placed: &Placed<'a>) -> Vec<(Spot, &'a Flow)> {
    let at = placed.at.iter();
    let at = at.flat_map(|(spot, flows)| flows.iter().map(|flow| (spot.clone(), *flow)));
    let somewhere = placed.somewhere.iter().map(|flow| {
        let chain = Chain {
            family: ChainFamily::Inet,
            table: "filter".to_owned(),
            name: SOMEWHERE.to_owned(),
        };
        let state = State::New;
        (Spot { chain, state }, *flow)
    });
    at.chain(somewhere).collect()
}

fn program(flow: &Flow) -> &'static str {
    match flow.family() {
        Some(Family::V6) => "ip6tables -w",
        Some(Family::V4) | None => "iptables -w",
    }
}

/// A rule behind `-I` or `-D`.
fn words(spot: &Spot, flow: &Flow, mark: &str) -> String {
    let Spot { chain, state } = spot;
    let table = match chain.table.as_str() {
        "filter" => String::new(),
        table => format!(" -t {}", escape::shell(table)),
    };
    let (from, to, port) = match state {
        State::New => (&flow.source, &flow.destination, "--dport"),
        State::Established => (&flow.destination, &flow.source, "--sport"),
    };
    let carried = match (flow.transport, flow.ports) {
        (Transport::Icmp, _) => echo(flow.family(), *state),
        (transport, Some(ports)) => format!("-p {transport} {port} {}", ports.with(":")),
        (transport, None) => format!("-p {transport}"),
    };
    let state = match state {
        State::New => "",
        State::Established => " -m conntrack --ctstate ESTABLISHED",
    };
    let comment = escape::remark(mark, flow, LONGEST);
    format!(
        "{}{table} -s {from} -d {to} {carried}{state} -m comment --comment {} -j ACCEPT",
        escape::shell(&chain.name),
        escape::shell(&comment)
    )
}

fn echo(family: Option<Family>, state: State) -> String {
    let kind = match state {
        State::New => "echo-request",
        State::Established => "echo-reply",
    };
    match family {
        Some(Family::V6) => format!("-p icmpv6 --icmpv6-type {kind}"),
        Some(Family::V4) | None => format!("-p icmp --icmp-type {kind}"),
    }
}
