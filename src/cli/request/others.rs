//! What the other machines of a site need, each planned as if this were it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use crate::{
    catalog::Value,
    cli::{arguments::SiteOptions, inputs::Ground},
    machine::Machine,
    net::Host,
    plan::Selection,
    probe::towards,
    request::{self, Direction, End, Flow, OfRule, Ways},
    site::Site,
};

/// What stands for the address of a machine of which only the name is known.
const UNKNOWN: [IpAddr; 2] = [
    IpAddr::V4(Ipv4Addr::UNSPECIFIED),
    IpAddr::V6(Ipv6Addr::UNSPECIFIED),
];

/// How a site is planned.
pub(super) struct Others<'a> {
    pub(super) options: &'a SiteOptions,
    pub(super) selection: &'a Selection,
    pub(super) ground: &'a Ground,
    pub(super) rules: &'a BTreeMap<String, OfRule>,
}

impl Others<'_> {
    /// The flows of every other machine that the site lists and that opens any.
    pub(super) fn flows(&self, site: &Site) -> Vec<Flow> {
        let hosts = self.hosts(site);
        hosts.iter().flat_map(|host| self.of(host)).collect()
    }

    /// The hosts of every group, this machine left out.
    fn hosts(&self, site: &Site) -> BTreeSet<Host> {
        let groups = self.ground.catalogs.iter().flat_map(|it| &it.groups);
        let variables = groups.filter_map(|(_, group)| group.bound_by.as_ref());
        let mut hosts = BTreeSet::new();
        for variable in variables {
            if let Some(Value::Hosts(listed)) = site.values.get(variable).map(|it| &it.value) {
                hosts.extend(listed.iter().map(|it| it.host.clone()));
            }
        }
        hosts.retain(|host| !self.ground.machine.is_own_host(host));
        hosts
    }

    fn of(&self, host: &Host) -> Vec<Flow> {
        let address = host.address();
        let there = Ground {
            catalogs: self.ground.catalogs.clone(),
            machine: Machine {
                addresses: address.into_iter().collect(),
                name: address.map_or_else(|| host.to_string(), |_| String::new()),
                ..self.ground.machine.clone()
            },
        };
        let mut options = self.options.clone();
        let is_typed = options.site.is_none() && options.inventory.is_empty();
        let is_node = options.node.iter().any(|it| *it == host.to_string());
        if is_typed {
            // For the others this machine is a node as well.
            let own = address.map(|address| towards::sources(Some(address)));
            options
                .node
                .extend(own.unwrap_or_default().iter().map(ToString::to_string));
        }
        let Ok(planned) = there.plan(&options, self.selection) else {
            return Vec::new();
        };
        if planned.site.roles.is_empty() && !(is_typed && is_node) {
            return Vec::new();
        }
        let given = address.map_or_else(|| UNKNOWN.to_vec(), |address| vec![address]);
        let ways = Ways {
            host: "",
            given: &given,
            towards: &|_| Vec::new(),
        };
        let flows = request::from_plan(&planned.plan, self.rules, &ways).flows;
        flows
            .into_iter()
            .map(|flow| self.seen(host, flow))
            .collect()
    }

    /// The flow with its source, as it is seen from here.
    fn seen(&self, host: &Host, flow: Flow) -> Flow {
        let is_ours = match &flow.destination {
            End::Address(address) => self.ground.machine.addresses.contains(address),
            End::Network(_) | End::Name(_) => false,
        };
        Flow {
            source: End::from(host),
            direction: if is_ours {
                Direction::Inbound
            } else {
                Direction::Outbound
            },
            ..flow
        }
    }
}
