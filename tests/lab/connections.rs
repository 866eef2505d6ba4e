//! How many connections a run began, counted at the router.

use std::{collections::BTreeSet, fmt};

use anyhow::{Context, Result, ensure};
use portcheck::report::{Certainty, Expect, Report, Transport, Verdict};
use serde_json::Value;

use crate::{
    scenario::Scenario,
    topology::{Ground, Place},
};

/// What a run in which nothing is wrong has cost.
pub(crate) struct Cost {
    /// How many endpoints were connected to, once each.
    endpoints: usize,
    /// How many connections went to decoys besides.
    decoys: usize,
    elapsed_ms: u64,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            endpoints,
            decoys,
            elapsed_ms,
        } = self;
        let s = if *endpoints == 1 { "" } else { "s" };
        write!(f, "{endpoints} connection{s}")?;
        if *decoys > 0 {
            write!(f, ", {decoys} to decoys")?;
        }
        write!(f, ", {elapsed_ms} ms")
    }
}

/// What a run has cost, `None` if something is wrong in it.
///
/// # Errors
/// When a run in which nothing is wrong began more connections, or fewer, than one an endpoint and
/// one decoy an address of which nothing is known but that it accepts: experiments are for what
/// fails. What goes by a proxy costs one at most, where the proxy is at one of these addresses.
pub(crate) fn cost(ground: &Ground, scenario: &Scenario, report: &Report) -> Result<Option<Cost>> {
    if !is_healthy(report) {
        return Ok(None);
    }
    let addresses = [
        &scenario.host.v4,
        &scenario.host.v6,
        &scenario.peer.v4,
        &scenario.peer.v6,
    ];
    let endpoints = endpoints(report, &addresses);
    let decoys = decoys(report, &endpoints);
    let connections = counted(ground, &addresses)?;
    let due = (endpoints.len() + decoys) as u64;
    ensure!(
        (due..=due + proxied(report)).contains(&connections),
        "{connections} connections to {} healthy endpoints with {decoys} decoys",
        endpoints.len()
    );
    Ok(Some(Cost {
        endpoints: endpoints.len(),
        decoys,
        elapsed_ms: report.elapsed_ms,
    }))
}

/// Whether nothing is wrong, nothing had to be silent, and no experiment was needed to know.
fn is_healthy(report: &Report) -> bool {
    report.findings.iter().all(|finding| {
        let is_well = matches!(finding.verdict, Verdict::Pass | Verdict::Skip);
        is_well
            && finding.certainty == Certainty::Proven
            && !matches!(finding.expect, Expect::Blocked)
            && !finding
                .evidence
                .iter()
                .any(|line| line.starts_with("HEAD: "))
    })
}

/// A host, and where one of its ports was reached.
type Reached<'a> = (&'a str, Option<u16>, &'a str);

/// The TCP endpoints at these addresses, reached directly; several rules may be about the same.
fn endpoints<'a>(report: &'a Report, addresses: &[&String]) -> BTreeSet<Reached<'a>> {
    let of_tcp = report
        .findings
        .iter()
        .filter(|finding| matches!(finding.endpoint.transport, Transport::Tcp))
        .filter(|finding| finding.via.is_none());
    let tried = of_tcp.flat_map(|finding| {
        let host = finding.endpoint.host.as_str();
        let tried = finding.addresses.iter();
        let reached = tried.filter(|tried| matches!(tried.verdict, Verdict::Pass));
        reached.map(move |tried| (host, tried.port, tried.address.as_str()))
    });
    tried
        .filter(|(_, _, at)| addresses.iter().any(|known| known == at))
        .collect()
}

/// How many addresses accepted and showed nothing else.
fn decoys(report: &Report, endpoints: &BTreeSet<Reached<'_>>) -> usize {
    let showed_more: BTreeSet<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.protocol != "tcp" || finding.certainty != Certainty::Proven)
        .map(|finding| finding.endpoint.host.as_str())
        .collect();
    let doubtful = endpoints
        .iter()
        .filter(|(host, ..)| !showed_more.contains(host));
    doubtful
        .map(|(host, _, address)| (host, address))
        .collect::<BTreeSet<_>>()
        .len()
}

/// How many rows went by a proxy.
fn proxied(report: &Report) -> u64 {
    let by_proxy = report.findings.iter().filter(|row| row.via.is_some());
    by_proxy.count() as u64
}

/// The connections that were begun to these addresses.
fn counted(ground: &Ground, addresses: &[&String]) -> Result<u64> {
    let mut sum = 0;
    for set in ["begun", "begun6"] {
        let mut nft = ground.command(Place::Router, "nft");
        let output = nft
            .args(["-j", "list", "set", "inet", "lab", set])
            .output()?;
        let listing: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("no set `{set}` at the router"))?;
        let elements = listing.pointer("/nftables/1/set/elem");
        for element in elements.and_then(Value::as_array).into_iter().flatten() {
            let address = element.pointer("/elem/val").and_then(Value::as_str);
            let packets = element.pointer("/elem/counter/packets");
            if addresses.iter().any(|known| address == Some(known)) {
                sum += packets.and_then(Value::as_u64).unwrap_or_default();
            }
        }
    }
    Ok(sum)
}
