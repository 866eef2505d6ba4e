//! What a responder says to scripts.

use std::{process, time::Duration};

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::words::ranges;
use crate::{
    net::Transport,
    protocol::responder::Door,
    responder::{Bound, Taken, Verdict},
};

/// The status of a responder that is ready. Ports stand as ranges `[first, last]`.
pub(super) fn json(bound: &Bound, taken: &[Taken], lifetime: Duration) -> Value {
    let doors: Vec<Door> = bound.doors.iter().copied().collect();
    let unbound = &bound.unbound;
    let refused: Vec<Door> = unbound.refused.iter().map(|(door, _)| *door).collect();
    json!({
        "schema": "portcheck.responder/1",
        "state": "ready",
        "version": env!("CARGO_PKG_VERSION"),
        "pid": process::id(),
        "until": until(lifetime),
        "bound": doors.len(),
        "ports": by_transport(&doors),
        "taken": taken.iter().map(held).collect::<Vec<Value>>(),
        "not_bound": {
            "not_allowed": by_transport(&unbound.forbidden),
            "no_descriptors": by_transport(&unbound.no_room),
            "refused": by_transport(&refused),
        },
    })
}

fn until(lifetime: Duration) -> Value {
    let end = OffsetDateTime::now_utc() + lifetime;
    let second = end.replace_nanosecond(0).unwrap_or(end);
    second.format(&Rfc3339).map_or(Value::Null, Value::String)
}

fn by_transport(doors: &[Door]) -> Value {
    let of = |transport: Transport| {
        let ports: Vec<u16> = doors
            .iter()
            .filter(|door| door.transport == transport)
            .map(|door| door.port)
            .collect();
        ranges(&ports)
    };
    let has_esp = doors.iter().any(|door| door.transport == Transport::Esp);
    json!({ "tcp": of(Transport::Tcp), "udp": of(Transport::Udp), "esp": has_esp })
}

fn held(taken: &Taken) -> Value {
    let holders = taken.holders.iter().map(|holder| {
        json!({
            "address": holder.address,
            "pid": holder.process.as_ref().map(|process| process.pid),
            "process": holder.process.as_ref().map(|process| &process.name),
        })
    });
    json!({
        "transport": taken.door.transport.word(),
        "port": taken.door.port,
        "service": taken.service,
        "holders": holders.collect::<Vec<Value>>(),
        "loopback_only": taken.is_loopback_only(),
        "is_expected": match taken.verdict {
            Verdict::Expected => Value::Bool(true),
            Verdict::Unexpected => Value::Bool(false),
            Verdict::Unknown => Value::Null,
        },
    })
}
