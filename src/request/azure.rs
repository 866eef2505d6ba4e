//! Azure: rules of a network security group, as an ARM template.
//! Source: Microsoft.Network/networkSecurityGroups/securityRules.

use serde_json::{Value, json};

use super::{
    change::{Change, by_address},
    cloud::unnamed,
    escape,
    flow::{Direction, Flow},
    merge::{Block, blocks},
    script::{Script, mark},
};
use crate::net::Transport;

/// The first and the last priority that rules may have; a smaller one comes first.
const PRIORITIES: [usize; 2] = [100, 4096];

/// The longest description, in characters.
const LONGEST: usize = 140;

const BY_NAME: &str = "a network security group knows no names: Azure Firewall's FQDN rules do, or a \
                       proxy (`--for squid`)";

pub(super) fn azure(flows: &[Flow]) -> Change {
    let (said, unsaid) = by_address(flows);
    let mark = mark(flows);
    let blocks = blocks(&said);
    let rules: Vec<Value> = blocks
        .iter()
        .enumerate()
        .map(|(place, block)| resource(block, &mark, place))
        .collect();
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "metadata": { "description": format!("{mark}: adds rules, changes none") },
        "parameters": {
            "networkSecurityGroup": { "type": "string" },
            "firstPriority": {
                "type": "int",
                "defaultValue": PRIORITIES[0],
                "metadata": { "description": "Before the rules that deny, and free from here on" }
            }
        },
        "resources": rules,
    });
    let mut undo = Script::new("#!/bin/sh");
    undo.comment("Takes the change back: `sh FILE RESOURCE-GROUP NETWORK-SECURITY-GROUP`.");
    for place in 1..=blocks.len() {
        undo.line(&format!(
            "az network nsg rule delete --resource-group \"$1\" --nsg-name \"$2\" --name {mark}-{place}"
        ));
    }
    let most = PRIORITIES[1] - PRIORITIES[0];
    let over = blocks.len() > most;
    let note = format!(
        "{} rules do not fit one group, which takes {most}",
        blocks.len()
    );
    Change {
        text: format!("{template:#}\n"),
        undo: (!blocks.is_empty()).then(|| undo.into_text()),
        placeless: 0,
        notes: over.then_some(note).into_iter().collect(),
        unsaid: unnamed(unsaid, BY_NAME),
    }
}

fn resource(block: &Block<'_>, mark: &str, place: usize) -> Value {
    let flow = block.flow;
    let ends = |ends: &[&super::flow::End]| ends.iter().map(ToString::to_string).collect();
    let (from, to): (Vec<String>, Vec<String>) = (ends(&block.sources), ends(&block.destinations));
    json!({
        "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "apiVersion": "2023-11-01",
        "name": format!("[concat(parameters('networkSecurityGroup'), '/{mark}-{}')]", place + 1),
        "properties": {
            "description": escape::remark(mark, flow, LONGEST),
            "priority": format!("[add(parameters('firstPriority'), {place})]"),
            "direction": match flow.direction {
                Direction::Outbound => "Outbound",
                Direction::Inbound => "Inbound",
            },
            "access": "Allow",
            "protocol": match flow.transport {
                Transport::Tcp => "Tcp",
                Transport::Udp => "Udp",
                Transport::Icmp => "Icmp",
                Transport::Esp => "Esp",
            },
            "sourceAddressPrefixes": from,
            "sourcePortRange": "*",
            "destinationAddressPrefixes": to,
            "destinationPortRange": flow.ports.map_or_else(|| "*".to_owned(), |it| it.to_string()),
        }
    })
}
