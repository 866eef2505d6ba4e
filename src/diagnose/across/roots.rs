//! One cause behind many findings: told once, and counted.

mod boxes;
mod group;
mod hops;
mod proxies;

use group::{Group, first_remedy, group_by, hosts_of, hosts_said, open};

use crate::{
    cause::{Is, ToldBy},
    diagnose::{
        Cause, Certainty, Finding, RootCause, Stage,
        cause::{Area, Place},
        places,
    },
    fact::{Fact, Said as _, Sentence},
    net::{Ports, Protocol},
    plan::{CheckEndpoint, Plan},
};

/// Finds what explains several findings, marks those, and returns it, the widest first.
pub(in crate::diagnose) fn find(plan: &Plan, findings: &mut [Finding]) -> Vec<RootCause> {
    let mut roots = Vec::new();
    for explain in [
        of_names as fn(&Plan, &[Finding]) -> Vec<Group>,
        proxies::relaying,
        of_this_machine,
        of_clocks,
        of_interceptors,
        of_filters,
        boxes::boxes,
        of_endpoints,
    ] {
        for group in explain(plan, findings) {
            roots.push(mark(findings, group));
        }
    }
    roots.sort_by_key(|root| std::cmp::Reverse(root.explains));
    roots
}

fn mark(findings: &mut [Finding], group: Group) -> RootCause {
    let first = group.members.first().map(|first| &findings[*first]);
    let mut evidence: Vec<Fact> = first
        .and_then(|first| first.evidence.first())
        .cloned()
        .into_iter()
        .collect();
    evidence.extend(group.evidence.filter(|fact| !evidence.contains(fact)));
    let certainties = group
        .members
        .iter()
        .map(|member| findings[*member].certainty);
    let certainty = certainties.max().unwrap_or(Certainty::Proven);
    for member in &group.members {
        findings[*member].explained_by = Some(group.id.clone());
    }
    RootCause {
        id: group.id,
        cause: group.cause,
        title: group.title,
        evidence,
        remedy: group.remedy,
        explains: group.members.len(),
        findings: group.members,
        certainty,
        fewest: group.fewest,
    }
}

/// Names that do not resolve because the resolver is at fault, and checks of the resolver itself.
fn of_names(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let fault = open(findings).filter(|(_, cause)| cause.row().told_by == ToldBy::Resolver);
    let fault = fault.filter(|(index, _)| {
        let finding = &findings[*index];
        finding.stage == Stage::Resolve && finding.beneath.is_none()
    });
    group_by(fault.map(|(index, cause)| (cause, index)), 2)
        .map(|(cause, mut members)| {
            if cause.is(Is::ResolverUnheard) {
                members.extend(unheard_resolvers(plan, findings));
            }
            let title = cause.row().headline;
            Group {
                id: cause.code().to_owned(),
                cause,
                title: title.into(),
                evidence: None,
                fewest: None,
                remedy: first_remedy(findings, &members),
                members,
            }
        })
        .collect()
}

/// Checks of name servers that are not heard.
fn unheard_resolvers(plan: &Plan, findings: &[Finding]) -> Vec<usize> {
    let silent = open(findings).filter(|(index, cause)| {
        let protocol = plan.checks[findings[*index].check].protocol;
        matches!(protocol, Protocol::Dns | Protocol::DnsTcp)
            && matches!(cause.area(), Area::Connect | Area::Datagram)
    });
    silent.map(|(index, _)| index).collect()
}

/// Faults of this machine: the same one everywhere.
fn of_this_machine(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let fault = open(findings)
        .map(|(index, cause)| (findings[index].beneath.unwrap_or(cause), index))
        .filter(|(cause, _)| cause.area() == Area::Local);
    group_by(fault, 2)
        .map(|(cause, members)| {
            let title = cause.row().headline;
            let is_resolver = |member: &usize| findings[*member].beneath.is_some();
            let whom = if members.iter().all(is_resolver) {
                "its name server is out of reach".into()
            } else {
                hosts_said(&hosts_of(plan, findings, &members))
            };
            Group {
                id: cause.code().to_owned(),
                cause,
                title: Sentence::from(title).then(" (").then(whom).then(")"),
                evidence: None,
                fewest: None,
                remedy: first_remedy(findings, &members),
                members,
            }
        })
        .collect()
}

/// A clock that is wrong, as several hosts show.
fn of_clocks(_: &Plan, findings: &[Finding]) -> Vec<Group> {
    let skewed = open(findings).filter(|(_, cause)| *cause == Cause::ClockSkew);
    group_by(skewed.map(|(index, cause)| (cause, index)), 2)
        .map(|(cause, members)| Group {
            id: cause.code().to_owned(),
            cause,
            title: "this machine's clock is wrong".into(),
            evidence: None,
            fewest: None,
            remedy: first_remedy(findings, &members),
            members,
        })
        .collect()
}

/// One authority that signs for names of others.
fn of_interceptors(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let intercepted = open(findings).filter(|(_, cause)| *cause == Cause::TlsIntercepted);
    let by_issuer = intercepted.map(|(index, _)| {
        let evidence = findings[index].evidence.first().map(Fact::sentence);
        let evidence = evidence.unwrap_or_default();
        (evidence, index)
    });
    group_by(by_issuer, 2)
        .enumerate()
        .map(|(number, (evidence, members))| Group {
            id: format!("{}:{}", Cause::TlsIntercepted, number + 1),
            cause: Cause::TlsIntercepted,
            title: evidence,
            evidence: None,
            fewest: None,
            remedy: remedy_of_tls(plan, findings, &members),
            members,
        })
        .collect()
}

/// One device on the way that cuts TLS short, whatever the host or port.
fn of_filters(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let cut = open(findings).filter(|(_, cause)| cause.row().told_by == ToldBy::Filter);
    group_by(cut.map(|(index, cause)| (cause, index)), 2)
        .map(|(cause, members)| {
            let title = cause.row().headline;
            Group {
                id: cause.code().to_owned(),
                cause,
                title: title.into(),
                evidence: None,
                fewest: None,
                remedy: remedy_of_tls(plan, findings, &members),
                members,
            }
        })
        .collect()
}

/// What to do about a fault of TLS that these findings share.
fn remedy_of_tls(plan: &Plan, findings: &[Finding], members: &[usize]) -> Sentence {
    let first = members.first().map(|first| &findings[*first]);
    let Some((finding, cause)) = first.and_then(|first| Some((first, first.cause()?))) else {
        return Sentence::default();
    };
    let hosts = hosts_said(&hosts_of(plan, findings, members));
    let places = places::of(&plan.checks[finding.check]).with(Place::Host, &hosts);
    cause.remedy(&places)
}

/// Several rules about one endpoint. Endpoints typed twice are shown twice.
fn of_endpoints(plan: &Plan, findings: &[Finding]) -> Vec<Group> {
    let by_endpoint = open(findings).filter_map(|(index, cause)| {
        let check = &plan.checks[findings[index].check];
        match (&check.endpoint, check.ports()) {
            (CheckEndpoint::Bound(endpoint), Ports::One(_)) if check.catalog.is_some() => {
                Some(((endpoint.clone(), cause), index))
            }
            (CheckEndpoint::Bound(_) | CheckEndpoint::Unbound { .. }, _) => None,
        }
    });
    group_by(by_endpoint, 2)
        .map(|((endpoint, cause), members)| Group {
            id: format!("{cause}:{endpoint}"),
            cause,
            title: endpoint.said().then(": ").then(cause.code()),
            evidence: None,
            fewest: None,
            remedy: first_remedy(findings, &members),
            members,
        })
        .collect()
}
