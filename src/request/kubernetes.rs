//! Kubernetes and Cilium: policies of pods. Source: `NetworkPolicy` (networking.k8s.io/v1);
//! `CiliumNetworkPolicy` (cilium.io/v2).

use serde_json::{Value, json};

use super::{
    change::{Change, Unsaid, by_address},
    cloud::{Entry, entries, unnamed},
    flow::{Direction, End, Family, Flow},
    script::{Script, mark},
};
use crate::net::Transport;

/// A label that no pod can have: its value is none that the API server takes.
const PODS: &str = "<the pods that this is for>";

const BY_NAME: &str = "a NetworkPolicy knows no names: `--for cilium` does";
const NO_PORTS: &str = "a NetworkPolicy has words for tcp, udp and sctp alone";
const NO_ESP: &str = "Cilium has no words for it";

pub(super) fn kubernetes(flows: &[Flow]) -> Change {
    let (said, unsaid) = by_address(flows);
    let mut unsaid = unnamed(unsaid, BY_NAME);
    let (said, portless): (Vec<&Flow>, Vec<&Flow>) = said
        .into_iter()
        .partition(|flow| flow.transport.has_ports());
    unsaid.extend(portless.into_iter().map(|flow| Unsaid::new(flow, NO_PORTS)));
    let mark = mark(flows);
    let mut script = Script::default();
    script.comment(
        "Adds what its pods may reach, for pods that a policy shuts in already: others it would shut \
         in. Apply it with `kubectl apply -f FILE`.",
    );
    let entries = entries(&said);
    for (direction, of_it) in by_direction(&entries) {
        about(&mut script, &of_it);
        let (kind, way, peers) = match direction {
            Direction::Outbound => ("Egress", "egress", "to"),
            Direction::Inbound => ("Ingress", "ingress", "from"),
        };
        let rules: Vec<Value> = of_it
            .iter()
            .map(|entry| {
                let peer = json!([{ "ipBlock": { "cidr": entry.network() } }]);
                json!({ peers: peer, "ports": [port(entry)] })
            })
            .collect();
        let policy = json!({
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": { "name": format!("{mark}-{way}") },
            "spec": {
                "podSelector": { "matchLabels": { "portcheck": PODS } },
                "policyTypes": [kind],
                way: rules,
            }
        });
        document(&mut script, &policy);
    }
    script.unsaid(&unsaid);
    change(
        script,
        (&entries, unsaid),
        "networkpolicies.networking.k8s.io",
        &mark,
    )
}

fn port(entry: &Entry<'_>) -> Value {
    let protocol = entry.transport.word().to_uppercase();
    match entry.ports {
        Some(ports) if ports.first != ports.last => {
            json!({ "protocol": protocol, "port": ports.first, "endPort": ports.last })
        }
        Some(ports) => json!({ "protocol": protocol, "port": ports.first }),
        None => json!({ "protocol": protocol }),
    }
}

pub(super) fn cilium(flows: &[Flow]) -> Change {
    // What is reached by name is so over ports and on the way out alone.
    let by_name =
        |flow: &Flow| flow.direction == Direction::Outbound && flow.transport != Transport::Icmp;
    let can_be_said =
        |flow: &&Flow| flow.transport != Transport::Esp && (flow.is_by_address() || by_name(flow));
    let (said, unsaid): (Vec<&Flow>, Vec<&Flow>) = flows.iter().partition(can_be_said);
    let unsaid: Vec<Unsaid> = unsaid
        .into_iter()
        .map(|flow| Unsaid::new(flow, NO_ESP))
        .collect();
    let mark = mark(flows);
    let mut script = Script::default();
    script.comment(
        "Adds what its pods may reach, and shuts nobody in (enableDefaultDeny, from Cilium 1.16 on). \
         Apply it with `kubectl apply -f FILE`. Names need a rule by which Cilium sees the pods' DNS.",
    );
    let entries = entries_with_names(&said);
    for (direction, of_it) in by_direction(&entries) {
        about(&mut script, &of_it);
        let way = match direction {
            Direction::Outbound => "egress",
            Direction::Inbound => "ingress",
        };
        let rules: Vec<Value> = of_it.iter().map(|entry| cilium_rule(entry)).collect();
        let policy = json!({
            "apiVersion": "cilium.io/v2",
            "kind": "CiliumNetworkPolicy",
            "metadata": { "name": format!("{mark}-{way}") },
            "spec": {
                "endpointSelector": { "matchLabels": { "portcheck": PODS } },
                "enableDefaultDeny": { "egress": false, "ingress": false },
                way: rules,
            }
        });
        document(&mut script, &policy);
    }
    script.unsaid(&unsaid);
    change(
        script,
        (&entries, unsaid),
        "ciliumnetworkpolicies.cilium.io",
        &mark,
    )
}

/// The entries of flows by address and by name.
fn entries_with_names<'a>(flows: &[&'a Flow]) -> Vec<Entry<'a>> {
    let named = flows.iter().filter(|flow| !flow.is_by_address());
    let named = named.map(|flow| Entry {
        direction: flow.direction,
        peer: &flow.destination,
        transport: flow.transport,
        ports: flow.ports,
        family: flow.family().unwrap_or(Family::V4),
        flow,
    });
    let addressed: Vec<&Flow> = flows
        .iter()
        .copied()
        .filter(|flow| flow.is_by_address())
        .collect();
    let mut all = entries(&addressed);
    for entry in named {
        let is_same = |it: &Entry| {
            (it.peer, it.transport, it.ports) == (entry.peer, entry.transport, entry.ports)
        };
        if !all.iter().any(is_same) {
            all.push(entry);
        }
    }
    all
}

fn cilium_rule(entry: &Entry<'_>) -> Value {
    let mut rule = match (entry.direction, entry.peer) {
        (Direction::Outbound, End::Name(name)) if name.starts_with("*.") => {
            json!({ "toFQDNs": [{ "matchPattern": name }] })
        }
        (Direction::Outbound, End::Name(name)) => json!({ "toFQDNs": [{ "matchName": name }] }),
        (Direction::Outbound, _) => json!({ "toCIDR": [entry.network()] }),
        (Direction::Inbound, _) => json!({ "fromCIDR": [entry.network()] }),
    };
    if let Some(ports) = entry.ports {
        let mut port = json!({
            "port": ports.first.to_string(),
            "protocol": entry.transport.word().to_uppercase(),
        });
        if ports.first != ports.last {
            port["endPort"] = ports.last.into();
        }
        rule["toPorts"] = json!([{ "ports": [port] }]);
    } else {
        let (family, kind) = match entry.family {
            Family::V4 => ("IPv4", 8),
            Family::V6 => ("IPv6", 128),
        };
        rule["icmps"] = json!([{ "fields": [{ "family": family, "type": kind }] }]);
    }
    rule
}

fn by_direction<'a, 'b>(entries: &'b [Entry<'a>]) -> Vec<(Direction, Vec<&'b Entry<'a>>)> {
    let of_it = |direction| {
        let entries = entries.iter().filter(move |it| it.direction == direction);
        (direction, entries.collect::<Vec<_>>())
    };
    let all = [Direction::Outbound, Direction::Inbound].map(of_it);
    all.into_iter().filter(|(_, it)| !it.is_empty()).collect()
}

fn about(script: &mut Script, entries: &[&Entry<'_>]) {
    script.line("---");
    for entry in entries {
        script.about(entry.flow);
    }
}

/// JSON is YAML, so that no text of a file is taken for anything else. Source: YAML 1.2 §1.3.
fn document(script: &mut Script, policy: &Value) {
    script.line(&format!("{policy:#}"));
}

fn change(
    script: Script,
    (entries, unsaid): (&[Entry<'_>], Vec<Unsaid>),
    kind: &str,
    mark: &str,
) -> Change {
    let mut undo = Script::new("#!/bin/sh");
    undo.comment("Takes the change back, in the namespace of the current context.");
    undo.line(&format!(
        "kubectl delete --ignore-not-found {kind} {mark}-egress {mark}-ingress"
    ));
    Change {
        text: script.into_text(),
        undo: (!entries.is_empty()).then(|| undo.into_text()),
        placeless: 0,
        notes: vec![format!("put a label of the pods in the place of `{PODS}`")],
        unsaid,
    }
}
