//! A plan as JSON.

use serde_json::{Value, json};

use crate::{
    machine::{NeededPort, Needs},
    net::Ports,
    plan::{Check, CheckEndpoint, CheckStep, Plan, Probe},
    report::{Waived, build::off_reason},
};

/// The schema's name and major version.
const SCHEMA: &str = "portcheck.plan/1";

/// The plan as JSON, `portcheck.plan/1`:
/// `{schema, profiles, roles, local, checks, probes, off}`. A role has a `group` and who says so as `by`;
/// there is none where this machine is taken for what the profiles are for. `local` is what is
/// looked at on this machine itself: `ports` that must be free, the open `range`, the number of
/// `descriptors` that is needed. A check has `rule` (for `probe` the URI), `catalog`,
/// `section`, `service`, `level`, `from`, `to`, `endpoint` (as in a report), `protocol`, `expect`,
/// `pki`, `any_of`, `notes`, `waiver` (`owner`, `reason` and `until`) where there is one, and `status`: `probe` (with the place in `probes` as `probe`),
/// `not-configured` (with the `flag` that binds it and a `reason` or null), `not-from-here` (with
/// the group that starts it as `starts_at`, whether this machine is reached as `inbound`, and the
/// `command` to run there), `not-needed` (with the rule of the alternative that was `chosen`) or
/// `withdrawn-by-vendor` (with `by` whom, `since` when and what is there `instead`). A probe has `host`, `ports`, `protocol` and the proxy it goes through as
/// `via`, or null; a rule that is off has `rule` and `reason`.
#[must_use]
pub fn plan_json(plan: &Plan) -> Value {
    json!({
        "schema": SCHEMA,
        "profiles": plan.profiles,
        "roles": plan
            .roles
            .iter()
            .map(|role| json!({"group": role.group, "by": role.origin.to_string()}))
            .collect::<Vec<_>>(),
        "local": needs(&plan.needs),
        "checks": plan.checks.iter().map(check).collect::<Vec<_>>(),
        "probes": plan.probes.iter().map(probe).collect::<Vec<_>>(),
        "off": plan
            .off
            .iter()
            .map(|off| json!({"rule": off.rule, "reason": off_reason(&off.reason)}))
            .collect::<Vec<_>>(),
    })
}

fn needs(needs: &Needs) -> Value {
    let port = |needed: &NeededPort| {
        json!({
            "port": needed.port.get(),
            "transport": needed.transport.word(),
            "rules": needed.rules,
        })
    };
    json!({
        "ports": needs.ports.iter().map(port).collect::<Vec<_>>(),
        "range": needs.range.as_ref().map(|needed| json!({
            "first": needed.range.first().get(),
            "last": needed.range.last().get(),
            "rule": needed.rule,
        })),
        "descriptors": needs.descriptors,
    })
}

fn check(check: &Check) -> Value {
    let side = |group: &str| (!group.is_empty()).then(|| group.to_owned());
    let mut value = json!({
        "rule": check.rule,
        "catalog": check.catalog,
        "section": check.section,
        "service": check.service,
        "level": check.level.word(),
        "from": side(&check.from),
        "to": side(&check.to),
        "endpoint": endpoint(&check.endpoint),
        "protocol": check.protocol.word(),
        "expect": check.expect.word(),
        "pki": check.pki.word(),
        "any_of": check.any_of,
        "notes": check.notes.iter().map(ToString::to_string).collect::<Vec<_>>(),
    });
    if let Some(waiver) = &check.waiver {
        value["waiver"] = json!(Waived::from(waiver));
    }
    match &check.step {
        CheckStep::Probe(probe) => {
            value["status"] = json!("probe");
            value["probe"] = json!(probe.0);
        }
        CheckStep::NotConfigured { flag, reason } => {
            value["status"] = json!("not-configured");
            value["flag"] = json!(flag.to_string());
            value["reason"] = json!(reason.as_ref().map(ToString::to_string));
        }
        CheckStep::NotNeeded { chosen } => {
            value["status"] = json!("not-needed");
            value["chosen"] = json!(chosen);
        }
        CheckStep::Withdrawn(ended) => {
            value["status"] = json!("withdrawn-by-vendor");
            value["by"] = json!(ended.by);
            value["since"] = json!(ended.since);
            value["instead"] = json!(ended.instead);
        }
        CheckStep::NotFromHere {
            from,
            inbound,
            command,
        } => {
            value["status"] = json!("not-from-here");
            value["starts_at"] = json!(from);
            value["inbound"] = json!(inbound);
            value["command"] = json!(command.to_string());
        }
    }
    value
}

fn endpoint(endpoint: &CheckEndpoint) -> Value {
    let (host, ports, transport) = match endpoint {
        CheckEndpoint::Bound(endpoint) => (
            endpoint.host.to_string(),
            endpoint.ports,
            endpoint.transport,
        ),
        CheckEndpoint::Unbound {
            host,
            ports,
            transport,
        } => (host.clone(), *ports, *transport),
    };
    let transport = transport.word();
    match ports {
        Ports::None => json!({"host": host, "port": null, "transport": transport}),
        Ports::One(port) => json!({"host": host, "port": port.get(), "transport": transport}),
        Ports::Range(range) => json!({
            "host": host,
            "ports": {"first": range.first().get(), "last": range.last().get()},
            "transport": transport,
        }),
    }
}

fn probe(probe: &Probe) -> Value {
    json!({
        "host": probe.host.to_string(),
        "ports": probe.ports.iter().map(|port| port.get()).collect::<Vec<_>>(),
        "protocol": probe.protocol.word(),
        "via": probe.options.route.proxy().map(|proxy| proxy.url.to_string()),
    })
}
