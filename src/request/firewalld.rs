//! firewalld: rich rules in the zones that packets come in by, and in policies for the rest.
//! Source: firewalld.richlanguage(5), firewall-cmd(1).

use super::{
    change::{Change, by_address},
    flow::{Family, Flow},
    place::Ground,
    script::Script,
};
use crate::{net::Transport, request::escape};

/// A policy's name that is none, so firewall-cmd refuses it.
const SOMEWHERE: &str = "<POLICY>";

/// What a change goes into.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Into {
    Zone(String),
    Policy(String),
    /// The policy that drops, whichever that is.
    Somewhere,
}

impl Into {
    fn option(&self) -> String {
        match self {
            Self::Zone(zone) => escape::shell(&format!("--zone={zone}")),
            Self::Policy(policy) => escape::shell(&format!("--policy={policy}")),
            Self::Somewhere => escape::shell(&format!("--policy={SOMEWHERE}")),
        }
    }
}

pub(super) fn firewalld(flows: &[Flow], ground: &Ground) -> Change {
    let (said, unsaid) = by_address(flows);
    let places: Vec<(Into, &Flow)> = said
        .into_iter()
        .flat_map(|flow| places(flow, ground).into_iter().map(move |it| (it, flow)))
        .collect();
    let mut script = Script::new("#!/bin/sh");
    script.comment("Adds rules, changes none. Run it as root with `sh FILE`.");
    if places.iter().any(|(into, _)| *into == Into::Somewhere) {
        script.comment(&format!(
            "No policy that drops some of these could be found here: put its name in the place of \
             {SOMEWHERE}, or make this as root on the firewall."
        ));
    }
    script.line("set -eu");
    let mut undo = Script::new("#!/bin/sh");
    undo.comment("Takes the change back. Run it as root with `sh FILE`.");
    undo.line("failed=0");
    for (into, flow) in &places {
        let (option, rule) = (into.option(), escape::shell(&rule(flow)));
        script.about(flow);
        // What counts now, and what counts after a reload.
        for when in ["", " --permanent"] {
            script.line(&format!(
                "firewall-cmd{when} {option} --add-rich-rule={rule}"
            ));
            undo.line(&format!(
                "firewall-cmd{when} {option} --remove-rich-rule={rule} || failed=1"
            ));
        }
    }
    undo.line("exit \"$failed\"");
    script.unsaid(&unsaid);
    let is_placed = |(into, _): &&(Into, &Flow)| *into != Into::Somewhere;
    let known = places.iter().filter(is_placed).count();
    Change {
        text: script.into_text(),
        placeless: places.len() - known,
        notes: Vec::new(),
        undo: (known > 0).then(|| undo.into_text()),
        unsaid,
    }
}

/// Where the rule of a flow goes: what comes in to its zone, what goes out to the policies of this
/// machine that drop.
fn places(flow: &Flow, ground: &Ground) -> Vec<Into> {
    let known = ground.firewalld.as_ref();
    let mut places = Vec::new();
    if ground.is_own(&flow.source) {
        let policies = known.into_iter().flat_map(|it| &it.out);
        places.extend(policies.cloned().map(Into::Policy));
    } else if ground.is_own(&flow.destination) {
        places.extend(
            known
                .and_then(|it| it.zone_of(&flow.source))
                .map(Into::Zone),
        );
    }
    if places.is_empty() {
        places.push(Into::Somewhere);
    }
    places
}

/// A rule that comes before those that drop.
fn rule(flow: &Flow) -> String {
    let family = match flow.family() {
        Some(Family::V6) => "ipv6",
        Some(Family::V4) | None => "ipv4",
    };
    let what = match (flow.transport, flow.ports) {
        (Transport::Icmp, _) => "icmp-type name=\"echo-request\"".to_owned(),
        (transport, Some(ports)) => format!("port port=\"{ports}\" protocol=\"{transport}\""),
        (transport, None) => format!("protocol value=\"{transport}\""),
    };
    format!(
        "rule priority=\"-1\" family=\"{family}\" source address=\"{}\" destination address=\"{}\" {what} accept",
        flow.source, flow.destination
    )
}
