//! Squid: an allowlist, names as names. Source: squid.conf(5), `acl`, `http_access`.

use super::{
    change::{Change, Unsaid},
    flow::{End, Flow},
    merge::{Block, blocks},
    script::{Script, mark},
};
use crate::net::Transport;

pub(super) fn squid(flows: &[Flow]) -> Change {
    let (said, unsaid): (Vec<&Flow>, Vec<&Flow>) = flows
        .iter()
        .partition(|flow| flow.transport == Transport::Tcp);
    let unsaid = unsaid.into_iter();
    let unsaid: Vec<Unsaid> = unsaid
        .map(|flow| Unsaid::new(flow, "a proxy relays TCP alone: ask the network team"))
        .collect();
    let mark = mark(flows);
    let mut script = Script::default();
    script.comment(
        "Adds rules, changes none. Put it before the first `http_access` line of squid.conf that \
         denies, then run `squid -k reconfigure`.",
    );
    for (place, block) in blocks(&said).iter().enumerate() {
        script.about(block.flow);
        lines(&mut script, block, &format!("{mark}-{}", place + 1));
    }
    script.unsaid(&unsaid);
    let mut undo = Script::default();
    undo.comment("Nothing: put it in the place of the change, then run `squid -k reconfigure`.");
    Change {
        text: script.into_text(),
        placeless: 0,
        notes: Vec::new(),
        undo: (!said.is_empty()).then(|| undo.into_text()),
        unsaid,
    }
}

/// The lists of one block, and the line that allows it.
fn lines(script: &mut Script, block: &Block<'_>, name: &str) {
    let sources: Vec<String> = block.sources.iter().map(ToString::to_string).collect();
    let is_pattern = |end: &&&End| matches!(end, End::Name(name) if name.starts_with("*."));
    let (patterns, others): (Vec<&&End>, Vec<&&End>) =
        block.destinations.iter().partition(is_pattern);
    let (names, addresses): (Vec<&&End>, Vec<&&End>) = others
        .into_iter()
        .partition(|end| matches!(end, End::Name(_)));
    script.line(&format!("acl {name}-from src {}", sources.join(" ")));
    if let Some(ports) = block.flow.ports {
        script.line(&format!("acl {name}-port port {ports}"));
    }
    let names = names.iter().map(ToString::to_string);
    let addresses = addresses.iter().map(ToString::to_string);
    let patterns = patterns.iter().map(|end| below(end));
    let kinds = [
        // Without a look-up, or whoever owns an address may call it so.
        ("name", "dstdomain -n", names.collect::<Vec<String>>()),
        ("below", "dstdom_regex -n -i", patterns.collect()),
        ("address", "dst", addresses.collect()),
    ];
    for (kind, list, values) in kinds {
        if values.is_empty() {
            continue;
        }
        script.line(&format!("acl {name}-{kind} {list} {}", values.join(" ")));
        script.line(&format!(
            "http_access allow {name}-from {name}-{kind} {name}-port"
        ));
    }
}

/// Every name below one and not itself, as a regular expression.
fn below(end: &End) -> String {
    let name = end.to_string();
    format!("{}$", name.trim_start_matches('*').replace('.', "\\."))
}
