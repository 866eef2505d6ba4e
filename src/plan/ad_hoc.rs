//! The plan of `probe`: endpoints as typed, without a catalog's rules.

use super::{Check, CheckEndpoint, CheckStep, Plan, Probe, UriCheck, probes::Probes};
use crate::{
    catalog::{Catalogs, Expect, Level, Pki, Target},
    net::{Endpoint, Host, Ports},
};

/// The heading of the endpoints.
const SECTION: &str = "Endpoints";

/// What checking `endpoints` comes to, in their order. `expect` holds for those that do not say
/// themselves; a chain must end in the public PKI where a rule of the catalogs says so of the same
/// host, unless the endpoint says otherwise.
#[must_use]
pub fn ad_hoc(catalogs: &Catalogs, endpoints: &[UriCheck], expect: Option<Expect>) -> Plan {
    let mut probes = Probes::default();
    let mut check = |uri: &UriCheck| Check {
        rule: uri.text.clone(),
        catalog: None,
        section: SECTION.to_owned(),
        service: uri.protocol.word().to_owned(),
        level: Level::Mandatory,
        from: String::new(),
        to: String::new(),
        endpoint: CheckEndpoint::Bound(Endpoint {
            host: uri.host.clone(),
            ports: uri.ports,
            transport: uri.protocol.transport(),
        }),
        protocol: uri.protocol,
        expect: uri.expect.or(expect).unwrap_or(Expect::Service),
        pki: uri.pki.unwrap_or_else(|| habitual_pki(catalogs, &uri.host)),
        any_of: None,
        falls_back_to: None,
        waiver: None,
        informative: false,
        responder: false,
        product: std::sync::Arc::default(),
        notes: Vec::new(),
        step: CheckStep::Probe(probes.serve(probe(uri))),
    };
    let checks = endpoints.iter().map(&mut check).collect();
    Plan {
        probes: probes.into_list(),
        checks,
        ..Plan::default()
    }
}

fn probe(uri: &UriCheck) -> Probe {
    let port = match uri.ports {
        Ports::None => None,
        Ports::One(port) => Some(port),
        Ports::Range(range) => Some(range.first()),
    };
    Probe {
        host: uri.host.clone(),
        ports: port.into_iter().collect(),
        protocol: uri.protocol,
        options: uri.options.clone(),
    }
}

/// Public for a host that a rule names as the vendor's, whose chain ends there.
fn habitual_pki(catalogs: &Catalogs, host: &Host) -> Pki {
    let mut public = catalogs
        .iter()
        .flat_map(|catalog| &catalog.rules)
        .filter(|rule| rule.pki == Some(Pki::Public));
    if public.any(|rule| names(&rule.target, host)) {
        Pki::Public
    } else {
        Pki::Any
    }
}

fn names(target: &Target, host: &Host) -> bool {
    let is_it = |named: &Host| match host.name() {
        Some(name) => named.name() == Some(name),
        None => named == host,
    };
    match target {
        Target::Host(named) => is_it(named),
        Target::Wildcard { pattern, witness } => {
            let suffix = pattern.strip_prefix('*').unwrap_or(pattern);
            is_it(witness) || host.name().is_some_and(|name| name.ends_with(suffix))
        }
        Target::Group | Target::Placeholder { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::{Port, Protocol},
        plan::{
            ProbeId, ProbeOptions,
            tests::{catalog, catalogs},
        },
    };

    fn plan(endpoints: &[&str], expect: Option<Expect>) -> Plan {
        let endpoints: Vec<UriCheck> = endpoints.iter().map(|uri| uri.parse().unwrap()).collect();
        ad_hoc(&catalogs(catalog()), &endpoints, expect)
    }

    #[test]
    fn an_endpoint_becomes_one_mandatory_check_of_its_service() {
        let expected = Check {
            rule: "ssh://h".into(),
            catalog: None,
            section: "Endpoints".into(),
            service: "ssh".into(),
            level: Level::Mandatory,
            from: String::new(),
            to: String::new(),
            endpoint: CheckEndpoint::Bound(Endpoint {
                host: Host::Name("h".into()),
                ports: Ports::One(Port::new(22).unwrap()),
                transport: crate::net::Transport::Tcp,
            }),
            protocol: Protocol::Ssh,
            expect: Expect::Service,
            pki: Pki::Any,
            any_of: None,
            falls_back_to: None,
            waiver: None,
            informative: false,
            responder: false,
            product: std::sync::Arc::default(),
            notes: Vec::new(),
            step: CheckStep::Probe(ProbeId(0)),
        };
        let sent = Probe {
            host: Host::Name("h".into()),
            ports: vec![Port::new(22).unwrap()],
            protocol: Protocol::Ssh,
            options: ProbeOptions::default(),
        };
        let plan = plan(&["ssh://h"], None);
        assert_eq!((plan.checks, plan.probes), (vec![expected], vec![sent]));
    }

    #[test]
    fn endpoints_share_probes_as_rules_do() {
        let plan = plan(&["tcp://h:22", "icmp://h", "ssh://h"], None);
        let steps: Vec<CheckStep> = plan.checks.into_iter().map(|check| check.step).collect();
        assert_eq!(
            steps,
            [0, 1, 0].map(|place| CheckStep::Probe(ProbeId(place)))
        );
        assert_eq!(plan.probes.len(), 2);
    }

    #[test]
    fn an_endpoint_that_says_what_it_expects_is_taken_at_its_word() {
        let plan = plan(&["ssh://a?expect=blocked", "ssh://b"], Some(Expect::Path));
        let expected: Vec<Expect> = plan.checks.iter().map(|check| check.expect).collect();
        assert_eq!(expected, [Expect::Blocked, Expect::Path]);
    }

    #[test]
    fn a_vendors_host_must_show_a_public_chain() {
        let plan = plan(
            &[
                "https://files.vendor.example",
                "https://files.vendor.example?pki=any",
                "https://x.wild.example",
                "https://h",
            ],
            None,
        );
        let chains: Vec<Pki> = plan.checks.iter().map(|check| check.pki).collect();
        assert_eq!(chains, [Pki::Public, Pki::Any, Pki::Public, Pki::Any]);
    }
}
