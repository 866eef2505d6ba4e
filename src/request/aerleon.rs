//! Aerleon: a policy and its names, from which the rules of routers and firewalls follow.
//! Source: Aerleon's manual, "YAML file format".

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    change::{Change, by_address},
    cloud::unnamed,
    escape,
    flow::{End, Family, Flow},
    merge::{Block, blocks},
    script::{Script, mark},
};
use crate::net::Transport;

const BY_NAME: &str = "most of these devices know no names: a proxy does (`--for squid`)";

/// The targets of a filter of one family.
fn targets(family: Family) -> Value {
    match family {
        Family::V4 => json!({
            "arista": "portcheck extended",
            "cisco": "portcheck extended",
            "ciscoasa": "portcheck",
            "cisconx": "portcheck extended",
            "ciscoxr": "portcheck extended",
            "juniper": "portcheck inet",
            "paloalto": "from-zone any to-zone any inet",
            "srx": "from-zone all to-zone all inet",
        }),
        Family::V6 => json!({
            "arista": "portcheck6 inet6",
            "cisco": "portcheck6 inet6",
            "cisconx": "portcheck6 inet6",
            "ciscoxr": "portcheck6 inet6",
            "juniper": "portcheck6 inet6",
            "paloalto": "from-zone any to-zone any inet6",
            "srx": "from-zone all to-zone all inet6",
        }),
    }
}

pub(super) fn aerleon(flows: &[Flow]) -> Change {
    let (said, unsaid) = by_address(flows);
    let unsaid = unnamed(unsaid, BY_NAME);
    let mark = mark(flows);
    let mut names = Names::default();
    let mut filters = Vec::new();
    let blocks = blocks(&said);
    for family in Family::ALL {
        let of_it = blocks.iter().enumerate();
        let mut of_it = of_it
            .filter(|(_, it)| it.flow.family() == Some(family))
            .peekable();
        if of_it.peek().is_none() {
            continue;
        }
        let terms: Vec<Value> = of_it
            .map(|(place, block)| names.term(block, &format!("{mark}-{}", place + 1)))
            .collect();
        filters.push(json!({
            "header": { "comment": "Terms to put before the one that denies", "targets": targets(family) },
            "terms": terms,
        }));
    }
    let mut script = Script::new("#!/bin/sh");
    script.comment(
        "Writes def/portcheck.yaml and policies/pol/portcheck.yaml here; then run `aclgen \
         --base_directory policies --definitions_directory def`. Put the terms that it makes before \
         the one that denies: a filter of these alone would shut out all else.",
    );
    script.line("set -eu");
    script.line("mkdir -p def policies/pol");
    let naming = json!({ "networks": names.networks, "services": names.services });
    for (path, value) in [
        ("def/portcheck.yaml", naming),
        ("policies/pol/portcheck.yaml", json!({ "filters": filters })),
    ] {
        script.line(&format!("cat > {path} <<'END_OF_PORTCHECK'"));
        // JSON is YAML. Source: YAML 1.2 §1.3.
        script.line(&format!("{value:#}"));
        script.line("END_OF_PORTCHECK");
    }
    script.unsaid(&unsaid);
    let mut undo = Script::new("#!/bin/sh");
    undo.comment("Takes the files back; then make and apply the rules without them.");
    undo.line("rm -f def/portcheck.yaml policies/pol/portcheck.yaml");
    Change {
        text: script.into_text(),
        undo: (!blocks.is_empty()).then(|| undo.into_text()),
        placeless: 0,
        notes: Vec::new(),
        unsaid,
    }
}

/// The names of what terms speak of.
#[derive(Default)]
struct Names {
    networks: Map<String, Value>,
    services: Map<String, Value>,
    known: BTreeMap<Vec<End>, String>,
}

impl Names {
    fn term(&mut self, block: &Block<'_>, name: &str) -> Value {
        let flow = block.flow;
        let protocol = match (flow.transport, flow.family()) {
            (Transport::Icmp, Some(Family::V6)) => "icmpv6",
            (transport, _) => transport.word(),
        };
        let mut term = json!({
            "name": name,
            "comment": escape::plain(&format!("{}, {}", flow.rules(), flow.page), 200),
            "source-address": self.network(&block.sources),
            "destination-address": self.network(&block.destinations),
            "protocol": protocol,
            "action": "accept",
        });
        if let Some(ports) = flow.ports {
            let service = format!("PORTCHECK_{}_{}", protocol.to_uppercase(), ports.with("_"));
            let port = json!([{ "protocol": protocol, "port": ports.to_string() }]);
            self.services.insert(service.clone(), port);
            term["destination-port"] = service.into();
        } else if flow.transport == Transport::Icmp {
            term["icmp-type"] = "echo-request".into();
        }
        term
    }

    fn network(&mut self, ends: &[&End]) -> String {
        let ends: Vec<End> = ends.iter().map(|end| (*end).clone()).collect();
        let place = self.known.len() + 1;
        let name = self
            .known
            .entry(ends.clone())
            .or_insert_with(|| format!("PORTCHECK_{place}"));
        let values: Vec<Value> = ends
            .iter()
            .filter_map(End::network)
            .map(|network| json!({ "address": network.to_string() }))
            .collect();
        self.networks
            .insert(name.clone(), json!({ "values": values }));
        name.clone()
    }
}
