//! Where a responder listens: the other end of the rules that reach this machine.

use std::collections::BTreeSet;

use super::{PlanError, Selection, flow::NODES, sample, select::Choice};
use crate::{
    catalog::{Catalogs, Rule, Target},
    net::{Port, Ports, Protocol, Transport},
    site::Site,
};

/// The ports of one rule that a responder stands at, over one transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stand {
    /// The rule's id.
    pub rule: String,
    /// The service it stands in for, for people.
    pub service: String,
    /// What that service speaks over the transport.
    pub protocol: Protocol,
    /// The ports, ascending; those that `run` tries of a range. None where the transport has none.
    pub ports: Vec<Port>,
}

/// What this machine stands in for by its roles at `site`, in the catalogs' order; never empty.
/// Without a role it is a node, or of the one group that the profiles reach.
///
/// # Errors
/// Every mistake of the selection; a role that nobody reaches.
pub fn stands(
    catalogs: &Catalogs,
    site: &Site,
    selection: &Selection,
) -> Result<Vec<Stand>, Vec<PlanError>> {
    let choice = Choice::new(catalogs, site, selection)?;
    let rules = choice.rules();
    let on: Vec<&Rule> = rules
        .iter()
        .filter(|(catalog, rule)| choice.off(catalog, rule).is_none())
        .map(|(_, rule)| *rule)
        .collect();
    let reached = reached(&on);
    let groups: Vec<&str> = match &site.roles[..] {
        [] => habitual(&reached).into_iter().collect(),
        said => said.iter().map(|said| said.group.as_str()).collect(),
    };
    let of_rule = |rule: &&Rule| groups.iter().any(|group| reaches(rule, group));
    let stands: Vec<Stand> = on
        .iter()
        .copied()
        .filter(of_rule)
        .flat_map(|rule| of_rule_stands(rule, selection))
        .collect();
    if stands.is_empty() {
        return Err(vec![PlanError::NobodyReaches {
            roles: groups.into_iter().map(str::to_owned).collect(),
            profiles: choice.names(),
            reached: reached.into_iter().map(str::to_owned).collect(),
        }]);
    }
    Ok(stands)
}

/// The groups of hosts that the rules reach and a responder can answer for.
fn reached<'a>(rules: &[&'a Rule]) -> BTreeSet<&'a str> {
    let groups = rules.iter().filter(|rule| rule.target == Target::Group);
    let groups = groups.filter(|rule| {
        rule.transports
            .iter()
            .any(|transport| can_stand(*transport))
    });
    groups.map(|rule| rule.to.as_str()).collect()
}

fn habitual<'a>(reached: &BTreeSet<&'a str>) -> Option<&'a str> {
    let only = (reached.len() == 1)
        .then(|| reached.first().copied())
        .flatten();
    reached.get(NODES).copied().or(only)
}

fn reaches(rule: &Rule, group: &str) -> bool {
    let reverse = rule.reverse.as_ref();
    rule.to == group || reverse.is_some_and(|reverse| reverse.to == group)
}

const fn can_stand(transport: Transport) -> bool {
    match transport {
        Transport::Tcp | Transport::Udp | Transport::Esp => true,
        // The kernel answers by itself.
        Transport::Icmp => false,
    }
}

fn of_rule_stands<'a>(
    rule: &'a Rule,
    selection: &'a Selection,
) -> impl Iterator<Item = Stand> + use<'a> {
    let transports = rule
        .transports
        .iter()
        .copied()
        .filter(|transport| can_stand(*transport));
    transports.filter_map(|transport| {
        Some(Stand {
            rule: rule.id.clone(),
            service: rule.service.clone(),
            protocol: rule.protocol.over(transport)?,
            ports: match rule.ports {
                _ if !transport.has_ports() => Vec::new(),
                Ports::None => return None,
                Ports::One(port) => vec![port],
                Ports::Range(range) if selection.full_ranges => range.iter().collect(),
                Ports::Range(range) => sample::spread(range, selection.samples),
            },
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        catalog::embedded,
        site::{Origin, Role},
    };

    /// What is stood in for: how many ports, and the transports.
    fn told(profile: &str, roles: &[&str], full_ranges: bool) -> String {
        let site = Site {
            roles: roles
                .iter()
                .map(|group| Role {
                    group: (*group).to_owned(),
                    origin: Origin::Default,
                })
                .collect(),
            ..Site::default()
        };
        let selection = Selection {
            profiles: vec![profile.to_owned()],
            full_ranges,
            ..Selection::default()
        };
        match stands(&embedded::catalogs().unwrap(), &site, &selection) {
            Ok(stands) => {
                let ports: usize = stands.iter().map(|stand| stand.ports.len()).sum();
                let kinds: BTreeSet<&str> = stands
                    .iter()
                    .map(|stand| stand.protocol.transport().word())
                    .collect();
                format!("{ports} {kinds:?}")
            }
            Err(errors) => format!("{}", errors[0]),
        }
    }

    #[test]
    fn a_node_stands_where_nodes_and_users_reach_it() {
        let range = 12_646 - super::super::DEFAULT_SAMPLES;
        let sampled = told("thoughtspot-intracluster", &[], false);
        assert_eq!(sampled, "92 {\"tcp\", \"udp\"}");
        assert_eq!(
            told("thoughtspot-intracluster", &["nodes"], true),
            format!("{} {{\"tcp\", \"udp\"}}", 92 + range)
        );
        assert_eq!(told("thoughtspot-end-user", &[], false), "2 {\"tcp\"}");
    }

    #[test]
    fn another_role_stands_for_another_group() {
        assert_eq!(
            told("thoughtspot-outbound", &["ldap-server"], false),
            "2 {\"tcp\"}"
        );
        assert_eq!(
            told("thoughtspot-intracluster", &["users"], false),
            "nothing to stand in for: no rule of `thoughtspot-intracluster` reaches `users`"
        );
        assert_eq!(
            told("looker-browser", &[], false),
            "nothing to stand in for: `looker-browser` reaches no machine of the site, or several kinds"
        );
    }
}
