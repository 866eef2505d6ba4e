//! Which flows are needed: by a plan, or by what failed in reports.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use super::flow::{Direction, End, Flow, Ports};
use crate::{
    catalog::{Catalogs, Level, Target},
    cause::{Cause, Is},
    net::{self, Host, Transport},
    plan::{Check, CheckEndpoint, CheckStep, Plan},
    report::{self, Finding, PortField, Report, Verdict},
};

/// What a request is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// The flows, as they came.
    pub flows: Vec<Flow>,
    /// What a proxy on the way refuses: its own list is to be changed, and no filter of packets.
    pub proxied: Vec<Flow>,
    /// What is needed or failed and is no flow that could be asked for, in order.
    pub left: Vec<Left>,
}

/// Something that is needed or failed and is not asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Left {
    /// The rule.
    pub rule: String,
    /// Why, and what to do.
    pub why: String,
}

/// What a catalog says of a rule, for whoever is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfRule {
    /// What the product uses it for.
    pub purpose: String,
    /// The vendor's page.
    pub page: String,
    /// The names that one host stands for: `*.example.com`.
    pub pattern: Option<Pattern>,
}

/// Names that one host is looked at for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// The names: `*.example.com`.
    pub names: String,
    /// The host.
    pub witness: Host,
}

/// How packets leave this machine.
pub struct Ways<'a> {
    /// The name of this machine.
    pub host: &'a str,
    /// The addresses that somebody gave; then no other counts.
    pub given: &'a [IpAddr],
    /// The addresses that packets to some end leave from, of each family at most one.
    pub towards: &'a dyn Fn(&End) -> Vec<IpAddr>,
}

impl Ways<'_> {
    /// The addresses that what goes to `end` leaves from.
    fn sources(&self, end: &End) -> Vec<IpAddr> {
        let fits = |from: &IpAddr| {
            let family = end.family();
            family.is_none_or(|family| End::Address(*from).family() == Some(family))
        };
        if self.given.is_empty() {
            return (self.towards)(end).into_iter().filter(fits).collect();
        }
        self.given.iter().copied().filter(fits).collect()
    }
}

/// What each rule of some catalogs is for.
#[must_use]
pub fn rules_of(catalogs: &Catalogs) -> BTreeMap<String, OfRule> {
    let rules = catalogs.iter().flat_map(|catalog| {
        catalog.rules.iter().map(|rule| {
            let page = catalog.pages.get(&rule.source.page);
            let pattern = match &rule.target {
                Target::Wildcard { pattern, witness } => Some(Pattern {
                    names: pattern.clone(),
                    witness: witness.clone(),
                }),
                Target::Group | Target::Host(_) | Target::Placeholder { .. } => None,
            };
            let purpose = match rule.level {
                Level::Mandatory => rule.purpose.clone(),
                Level::Optional => format!("{} (optional)", rule.purpose),
            };
            let of_rule = OfRule {
                purpose,
                page: page.map_or_else(|| rule.source.page.clone(), |page| page.title.clone()),
                pattern,
            };
            (rule.id.clone(), of_rule)
        })
    });
    rules.collect()
}

/// What all checks of a plan need.
#[must_use]
pub fn from_plan(plan: &Plan, rules: &BTreeMap<String, OfRule>, ways: &Ways<'_>) -> Gathered {
    let mut gathered = Gathered::default();
    for check in &plan.checks {
        match (&check.step, &check.endpoint) {
            (CheckStep::Probe(_), CheckEndpoint::Bound(endpoint)) => {
                let end = end(&endpoint.host, rules.get(&check.rule));
                let from = ways.sources(&end);
                if from.is_empty() {
                    gathered.leave(&check.rule, format!("this machine has no way to {end}; `--source ADDR` says which address it will have"));
                }
                for source in from {
                    gathered.flows.push(Flow {
                        source: End::Address(source),
                        destination: end.clone(),
                        transport: endpoint.transport,
                        ports: ports(endpoint.ports),
                        direction: Direction::Outbound,
                        ..blank(&check.rule, &check.service, rules)
                    });
                }
            }
            (step, _) => gathered.leave_check(check, step),
        }
    }
    gathered
}

impl Gathered {
    fn leave(&mut self, rule: &str, why: String) {
        let left = Left {
            rule: rule.to_owned(),
            why,
        };
        if !self.left.contains(&left) {
            self.left.push(left);
        }
    }

    /// What of a plan starts elsewhere, or reaches nobody yet. What nobody needs is not told.
    fn leave_check(&mut self, check: &Check, step: &CheckStep) {
        match step {
            CheckStep::NotConfigured { flag, .. } => {
                self.leave(
                    &check.rule,
                    format!("nobody has said who is reached: {flag}"),
                );
            }
            CheckStep::NotFromHere { from, command, .. } => {
                let there = command
                    .to_string()
                    .replace("portcheck run ", "portcheck request ");
                self.leave(&check.rule, format!("`{from}` opens it: `{there}` there"));
            }
            CheckStep::NotNeeded { .. } | CheckStep::Withdrawn(_) | CheckStep::Probe(_) => {}
        }
    }
}

/// Why reports cannot be made into a request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoRequest {
    /// Its addresses are pseudonyms.
    Redacted {
        /// The machine.
        host: String,
    },
    /// It does not say which address packets left from.
    NoSource {
        /// The machine.
        host: String,
    },
}

/// What failed in reports and a firewall may have done.
///
/// # Errors
/// Each report that does not say from where to where.
pub fn from_reports(
    reports: &[Report],
    rules: &BTreeMap<String, OfRule>,
    ways: &Ways<'_>,
) -> Result<Gathered, BTreeSet<NoRequest>> {
    let mut gathered = Gathered::default();
    let mut faults = BTreeSet::new();
    for report in reports {
        for finding in &report.findings {
            let asked = Asked {
                report,
                finding,
                rules,
                ways,
            };
            match asked.flows() {
                Ok(Outcome::Flows(flows)) => gathered.flows.extend(flows),
                Ok(Outcome::Proxied(flows)) => gathered.proxied.extend(flows),
                Ok(Outcome::Left(why)) => gathered.leave(&finding.rule, why),
                Ok(Outcome::Fine) => {}
                Err(fault) => drop(faults.insert(fault)),
            }
        }
    }
    if faults.is_empty() {
        Ok(gathered)
    } else {
        Err(faults)
    }
}

/// One finding of a report.
struct Asked<'a> {
    report: &'a Report,
    finding: &'a Finding,
    rules: &'a BTreeMap<String, OfRule>,
    ways: &'a Ways<'a>,
}

/// What a finding comes to.
enum Outcome {
    Flows(Vec<Flow>),
    Proxied(Vec<Flow>),
    /// It is not as it must be, and no flow cures it: why.
    Left(String),
    Fine,
}

impl Asked<'_> {
    fn flows(&self) -> Result<Outcome, NoRequest> {
        let finding = self.finding;
        let cause = finding.cause.as_deref().unwrap_or_default();
        let known = cause.parse::<Cause>().ok();
        let may_be_filtered = known.is_some_and(|cause| cause.is(Is::MayBeFiltered));
        match finding.verdict {
            Verdict::Fail => {}
            Verdict::Inconclusive if may_be_filtered => {
                return Ok(Outcome::Left(format!(
                    "{cause}: nobody knows whether it is shut"
                )));
            }
            Verdict::Inconclusive | Verdict::Pass | Verdict::Warn | Verdict::Skip => {
                return Ok(Outcome::Fine);
            }
        }
        if finding.waived.is_some() {
            return Ok(Outcome::Left(format!("{cause}: it is waived")));
        }
        if finding.expect == report::Expect::Blocked {
            return Ok(Outcome::Left("it is open and must not be".to_owned()));
        }
        if let (Some(proxy), Some(Cause::ProxyDenied)) = (&finding.via, known) {
            return self.refused_by(proxy);
        }
        if let Some(proxy) = &finding.via {
            let why = format!("{cause}: it goes by the proxy {proxy}: `portcheck explain {cause}`");
            return Ok(Outcome::Left(why));
        }
        if !may_be_filtered {
            let why = format!("{cause}: no firewall's rule cures it: `portcheck explain {cause}`");
            return Ok(Outcome::Left(why));
        }
        let Ok(host) = finding.endpoint.host.parse::<Host>() else {
            return Ok(Outcome::Left(
                "what is reached is no name of a host".to_owned(),
            ));
        };
        Ok(Outcome::Flows(
            self.of(&end(&host, self.rules.get(&finding.rule)))?,
        ))
    }

    /// What a proxy is to let through.
    fn refused_by(&self, proxy: &str) -> Result<Outcome, NoRequest> {
        let finding = self.finding;
        let url = proxy.parse::<net::ProxyUrl>().ok();
        let (Ok(host), Some(url)) = (finding.endpoint.host.parse::<Host>(), url) else {
            return Ok(Outcome::Left(
                "what is reached is no name of a host".to_owned(),
            ));
        };
        let destination = end(&host, self.rules.get(&finding.rule));
        let is_here = self.report.host == self.ways.host;
        let sources = if is_here || !self.ways.given.is_empty() {
            self.ways.sources(&End::from(&url.host))
        } else {
            Vec::new()
        };
        if sources.is_empty() {
            let host = self.report.host.clone();
            return Err(NoRequest::NoSource { host });
        }
        Ok(Outcome::Proxied(self.between(&sources, &destination)))
    }

    fn of(&self, destination: &End) -> Result<Vec<Flow>, NoRequest> {
        Ok(self.between(&self.sources(destination)?, destination))
    }

    fn between(&self, sources: &[IpAddr], destination: &End) -> Vec<Flow> {
        let finding = self.finding;
        let flow = |(source, ports): (&IpAddr, Option<Ports>)| Flow {
            source: End::Address(*source),
            destination: destination.clone(),
            transport: transport(finding.endpoint.transport),
            ports,
            direction: Direction::Outbound,
            ..blank(&finding.rule, &self.purpose(), self.rules)
        };
        let ports = needed(finding);
        let pairs = sources.iter().flat_map(|source| {
            let ports = ports.iter();
            ports.map(move |ports| (source, *ports))
        });
        let mut flows: Vec<Flow> = pairs.map(flow).collect();
        for flow in &mut flows {
            if let (true, Some(source)) = (flow.page.is_empty(), &finding.source) {
                flow.page.clone_from(&source.page);
            }
        }
        flows
    }

    fn purpose(&self) -> String {
        let finding = self.finding;
        if finding.service.is_empty() {
            finding.protocol.clone()
        } else {
            finding.service.clone()
        }
    }

    /// The addresses that its packets left from; of several addresses of a name those of the failed
    /// ones.
    fn sources(&self, destination: &End) -> Result<Vec<IpAddr>, NoRequest> {
        let finding = self.finding;
        let host = || self.report.host.clone();
        let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
        if !finding.addresses.iter().all(|it| is_address(&it.address)) {
            return Err(NoRequest::Redacted { host: host() });
        }
        let failed = finding.addresses.iter();
        let failed = failed.filter(|it| it.verdict == Verdict::Fail);
        let written: Vec<&String> = failed.filter_map(|it| it.from_address.as_ref()).collect();
        let written = match &written[..] {
            [] => finding.from_address.iter().collect(),
            _ => written,
        };
        let from: Option<BTreeSet<IpAddr>> =
            written.into_iter().map(|it| it.parse().ok()).collect();
        let from = from.ok_or_else(|| NoRequest::Redacted { host: host() })?;
        let is_here = self.report.host == self.ways.host;
        if !self.ways.given.is_empty() || (from.is_empty() && is_here) {
            return Ok(self.ways.sources(destination));
        }
        if from.is_empty() {
            return Err(NoRequest::NoSource { host: host() });
        }
        Ok(from.into_iter().collect())
    }
}

/// The ports that it needs. Of a range all of whose ports were tried it is those that failed; of a
/// sample the whole range, as the rule says it.
fn needed(finding: &Finding) -> Vec<Option<Ports>> {
    match (&finding.endpoint.ports, finding.endpoint.port) {
        (Some(range), _) => {
            let whole = usize::from(range.last.saturating_sub(range.first)) + 1;
            let asked = if range.checked < whole {
                vec![[range.first, range.last]]
            } else {
                range.failed.clone()
            };
            let asked = asked.into_iter();
            asked
                .filter_map(|[first, last]| Ports::new(first, last).map(Some))
                .collect()
        }
        (None, PortField::Port(port)) => Ports::new(port, port).into_iter().map(Some).collect(),
        (None, PortField::Null | PortField::Absent) => vec![None],
    }
}

/// A flow of a rule, its ends yet to be filled in.
fn blank(rule: &str, service: &str, rules: &BTreeMap<String, OfRule>) -> Flow {
    let of_rule = rules.get(rule);
    let purpose = of_rule.map_or(service, |it| it.purpose.as_str());
    Flow {
        source: End::Name(String::new()),
        destination: End::Name(String::new()),
        transport: Transport::Tcp,
        ports: None,
        direction: Direction::Outbound,
        purpose: purpose.to_owned(),
        rules: vec![rule.to_owned()],
        page: of_rule.map_or_else(String::new, |it| it.page.clone()),
    }
}

/// What is reached: the names that a host stands for, where it does.
fn end(host: &Host, rule: Option<&OfRule>) -> End {
    match rule.and_then(|rule| rule.pattern.as_ref()) {
        Some(pattern) if pattern.witness == *host => {
            pattern.names.parse().unwrap_or_else(|_| End::from(host))
        }
        Some(_) | None => End::from(host),
    }
}

fn ports(ports: net::Ports) -> Option<Ports> {
    match ports {
        net::Ports::None => None,
        net::Ports::One(port) => Ports::new(port.get(), port.get()),
        net::Ports::Range(range) => Ports::new(range.first().get(), range.last().get()),
    }
}

const fn transport(word: report::Transport) -> Transport {
    match word {
        report::Transport::Tcp => Transport::Tcp,
        report::Transport::Udp => Transport::Udp,
        report::Transport::Icmp => Transport::Icmp,
        report::Transport::Esp => Transport::Esp,
    }
}
