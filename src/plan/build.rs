//! From catalogs, site and selection to the plan.

use super::{
    Check, CheckEndpoint, CheckStep, Off, OffReason, Plan, PlanError, Probe, ProbeOptions,
    Selection,
    bind::{self, Aim, Peer},
    flow::{Flow, NODES},
    needs,
    probes::Probes,
    sample,
    select::Choice,
};
use crate::{
    catalog::{Catalog, Catalogs, Level, Pki, Rule, Target},
    fact::{Figure, Named, PlanFact, Said as _, Sentence},
    net::{Endpoint, Host, Port, Ports, Protocol, Transport},
    site::Site,
};

/// Mail over TLS from the first byte. Source: RFC 8314 §7.3.
const SMTPS: u16 = 465;

/// A Git server at this port is asked over HTTPS, and so is any other that has moved there.
/// Source: RFC 9110 §4.2.2.
const HTTPS: u16 = 443;

/// What a run of `selection` at `site` checks. Pure, and the same for the same input.
///
/// # Errors
/// Every mistake of the selection, never empty: a profile or a glob that names nothing, or a
/// selection that leaves nothing to check.
pub fn build(
    catalogs: &Catalogs,
    site: &Site,
    selection: &Selection,
) -> Result<Plan, Vec<PlanError>> {
    let choice = Choice::new(catalogs, site, selection)?;
    let mut planner = Planner {
        site,
        selection,
        choice: &choice,
        probes: Probes::default(),
        checks: Vec::new(),
        off: Vec::new(),
    };
    for (catalog, rule) in choice.rules() {
        planner.rule(catalog, rule);
    }
    let needs = needs::of_group(NODES, &choice, site);
    if planner.checks.is_empty() && needs.is_empty() {
        return Err(vec![planner.nothing()]);
    }
    Ok(Plan {
        profiles: selection.profiles.clone(),
        probes: planner.probes.into_list(),
        checks: planner.checks,
        off: planner.off,
        roles: site.roles.clone(),
        needs,
    })
}

struct Planner<'a> {
    site: &'a Site,
    selection: &'a Selection,
    choice: &'a Choice<'a>,
    probes: Probes,
    checks: Vec<Check>,
    off: Vec<Off>,
}

impl Planner<'_> {
    fn rule(&mut self, catalog: &Catalog, rule: &Rule) {
        if let Some(reason) = self.choice.off(catalog, rule) {
            let rule = rule.id.clone();
            self.off.push(Off { rule, reason });
            return;
        }
        let said = self.site.of_rule(&rule.id);
        let mut forward = Flow::forward(catalog, rule, &said);
        let own = rule.own.as_deref();
        forward.own = own.is_some_and(|own| self.choice.is_on(catalog, own));
        if self.choice.starts_here(catalog, forward.from) {
            self.flow(&forward);
        } else {
            self.elsewhere(&forward);
        }
        let far_end = rule.reverse.as_ref();
        let target = far_end.map(|reverse| Target::Host(reverse.host.clone()));
        let reverse = target
            .as_ref()
            .and_then(|target| Flow::reverse(&forward, target))
            .filter(|reverse| self.choice.starts_here(catalog, reverse.from))
            .filter(|reverse| self.choice.is_profiled(catalog, reverse.from));
        if let Some(reverse) = reverse {
            self.flow(&reverse);
        }
    }

    /// The checks of a flow that starts here.
    fn flow(&mut self, flow: &Flow) {
        match bind::aim(flow, self.site) {
            Aim::At(peers) => peers.iter().for_each(|peer| self.peer(flow, peer)),
            Aim::Unbound { host, flag, reason } => {
                let step = CheckStep::NotConfigured { flag, reason };
                self.checks.push(self.check(flow, flow.unbound(host), step));
            }
        }
    }

    /// The check of a flow that somebody else has to make.
    fn elsewhere(&mut self, flow: &Flow) {
        let step = CheckStep::NotFromHere {
            from: flow.from.to_owned(),
            inbound: self.choice.starts_here(flow.catalog, flow.to),
            command: self.command_elsewhere(flow),
        };
        let endpoint = flow.unbound(flow.named());
        self.checks.push(self.check(flow, endpoint, step));
    }

    /// What to run on the machine that starts the flow.
    fn command_elsewhere(&self, flow: &Flow) -> Sentence {
        let id = &flow.rule.id;
        match self.choice.profile_of(flow.catalog, flow.from, id) {
            Some(profile) => {
                let flags = bind::flags_elsewhere(flow, self.site);
                Sentence::from("portcheck run --profile ")
                    .then(Named::from(profile.name.as_str()).said())
                    .then(flags)
            }
            None => flow.probe_elsewhere(),
        }
    }

    /// The checks of one host: the decisive transport, then what only informs.
    fn peer(&mut self, flow: &Flow, peer: &Peer) {
        let given = peer.protocol.map(|protocol| [protocol.transport()]);
        let transports = given
            .as_ref()
            .map_or(&flow.rule.transports[..], |given| given);
        for (index, transport) in transports.iter().enumerate() {
            let Some(spoken) = Spoken::new(flow, peer, *transport) else {
                continue;
            };
            let endpoint = Endpoint {
                host: peer.host.clone(),
                ports: spoken.ports,
                transport: *transport,
            };
            let step = self.step(flow, &endpoint, spoken.protocol);
            let mut check = self.check(flow, CheckEndpoint::Bound(endpoint), step);
            check.protocol = spoken.protocol;
            check.informative = index > 0;
            if check.informative {
                check.level = Level::Optional; // the first transport decides
            }
            if peer.replaced && check.pki == Pki::Public {
                // The catalog knows who signs for the vendor's host and not for this one.
                check.pki = Pki::Any;
            }
            if index == 0 {
                check.notes.clone_from(&peer.notes);
                check.notes.extend(formless(flow.rule));
            }
            self.checks.push(check);
        }
        if flow.rule.protocol == Protocol::Ntp {
            self.keys(flow, peer);
        }
    }

    /// Where a time server agrees on keys first: without them nobody here asks it for the time.
    /// Source: RFC 8915 §4.
    fn keys(&mut self, flow: &Flow, peer: &Peer) {
        let ports: Vec<Port> = self
            .site
            .time_keys
            .iter()
            .filter(|keys| keys.host == peer.host)
            .filter_map(|keys| keys.port)
            .collect();
        for port in ports {
            let endpoint = Endpoint {
                host: peer.host.clone(),
                ports: Ports::One(port),
                transport: Transport::Tcp,
            };
            let step = self.step(flow, &endpoint, Protocol::Tls);
            let mut check = self.check(flow, CheckEndpoint::Bound(endpoint), step);
            check.protocol = Protocol::Tls;
            check.notes = vec![PlanFact::TimeKeys];
            self.checks.push(check);
        }
    }

    /// How a check of a host that is known is decided.
    fn step(&mut self, flow: &Flow, endpoint: &Endpoint, protocol: Protocol) -> CheckStep {
        if let Some(withdrawn) = &flow.rule.withdrawn {
            return CheckStep::Withdrawn(withdrawn.clone());
        }
        if let Some(chosen) = bind::chosen(flow, self.site, &endpoint.host) {
            return CheckStep::NotNeeded { chosen };
        }
        let probe = self.probe(flow, endpoint, protocol);
        CheckStep::Probe(self.probes.serve(probe))
    }

    fn check(&self, flow: &Flow, endpoint: CheckEndpoint, step: CheckStep) -> Check {
        let rule = flow.rule;
        let host = match &endpoint {
            CheckEndpoint::Bound(endpoint) => Some(&endpoint.host),
            CheckEndpoint::Unbound { .. } => None,
        };
        let waiver = flow.said.waiver(host).cloned();
        let expect = self.selection.expect.or(flow.said.expect);
        Check {
            rule: rule.id.clone(),
            catalog: Some(flow.catalog.name.clone()),
            section: rule.source.heading.clone(),
            service: rule.service.clone(),
            level: flow.level,
            from: flow.from.to_owned(),
            to: flow.to.to_owned(),
            endpoint,
            protocol: rule.protocol,
            expect: expect.unwrap_or_else(|| flow.expect()),
            pki: rule.pki.unwrap_or_default(),
            any_of: rule.any_of.clone(),
            falls_back_to: rule.falls_back_to.clone(),
            waiver,
            informative: false,
            responder: false,
            product: flow.catalog.product.clone(),
            notes: Vec::new(),
            step,
        }
    }

    fn probe(&self, flow: &Flow, endpoint: &Endpoint, protocol: Protocol) -> Probe {
        let ports = match endpoint.ports {
            Ports::None => Vec::new(),
            Ports::One(port) => vec![port],
            Ports::Range(range) if self.selection.full_ranges => range.iter().collect(),
            Ports::Range(range) => sample::spread(range, self.selection.samples),
        };
        let is_dns = matches!(protocol, Protocol::Dns | Protocol::DnsTcp);
        let question = is_dns.then(|| flow.question()).flatten();
        Probe {
            host: endpoint.host.clone(),
            ports,
            protocol,
            options: ProbeOptions {
                question,
                starttls: starttls(flow.rule, protocol),
                via: flow.via(),
                ..ProbeOptions::default()
            },
        }
    }

    /// Why there is no check, and what would make one.
    fn nothing(&self) -> PlanError {
        let mut flags = Vec::new();
        let mut left_out = 0;
        for off in &self.off {
            let flag = match &off.reason {
                OffReason::Without(feature) => format!("--with {feature}"),
                OffReason::With(feature) => format!("--without {feature}"),
                OffReason::Version(variable, _) => format!("--set {variable}=RELEASE"),
                OffReason::Selection => {
                    left_out += 1;
                    continue;
                }
            };
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
        PlanError::NothingToCheck {
            profiles: self.choice.names(),
            switched_off: self.off.len() - left_out,
            left_out,
            flags,
        }
    }
}

/// What is spoken to a host over one transport, and where.
struct Spoken {
    protocol: Protocol,
    ports: Ports,
}

impl Spoken {
    /// `None` where the rule's protocol has no form over `transport`.
    fn new(flow: &Flow, peer: &Peer, transport: Transport) -> Option<Self> {
        if let (Some(protocol), Some(port)) = (peer.protocol, peer.port) {
            let ports = Ports::One(port);
            return Some(Self { protocol, ports });
        }
        let own = flow.rule.protocol.over(transport)?;
        let ports = match flow.rule.ports {
            _ if !transport.has_ports() => Ports::None,
            Ports::One(port) => {
                let moved = flow.said.port(&peer.host).or(peer.port);
                Ports::One(moved.unwrap_or(port))
            }
            other @ (Ports::None | Ports::Range(_)) => other,
        };
        let protocol = match (ports, own) {
            (Ports::Range(_), _) if transport == Transport::Udp => Protocol::Udp,
            (Ports::Range(_), _) => Protocol::Tcp,
            (Ports::One(port), Protocol::Smtp) if port.get() == SMTPS => Protocol::Smtps,
            (Ports::One(port), Protocol::Ssh) if port.get() == HTTPS && !is_ssh(&peer.host) => {
                Protocol::Https
            }
            (Ports::None | Ports::One(_), own) => own,
        };
        Some(Self { protocol, ports })
    }
}

/// Whether a host is there to speak secure shell at the port of HTTPS, by its name.
/// Source: GitHub's manual, "Using SSH over the HTTPS port"; GitLab's and Bitbucket's, likewise
/// (`altssh.gitlab.com`, `altssh.bitbucket.org`).
fn is_ssh(host: &Host) -> bool {
    match host {
        Host::Name(name) => name
            .split('.')
            .next()
            .is_some_and(|label| label.ends_with("ssh")),
        Host::Address(_) | Host::OnLink(_) => false,
    }
}

/// A note on each transport that the page states and the protocol has no form for.
fn formless(rule: &Rule) -> Vec<PlanFact> {
    let upper = |transport: Transport| Figure(transport.word().to_uppercase());
    let mut stated = rule.transports.iter().copied();
    let Some(decisive) = stated.next() else {
        return Vec::new();
    };
    stated
        .filter(|transport| rule.protocol.over(*transport).is_none())
        .map(|transport| PlanFact::NoForm {
            protocol: rule.protocol,
            other: upper(transport),
            decisive: upper(decisive),
        })
        .collect()
}

/// Whether STARTTLS is asked for, where the protocol that is spoken in the end has it.
fn starttls(rule: &Rule, protocol: Protocol) -> Option<bool> {
    rule.starttls.filter(|_| protocol == rule.protocol)
}
