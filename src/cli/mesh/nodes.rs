//! Which machines take part: the hosts of the groups that the profiles start from.

use crate::{
    catalog::{Catalogs, Value},
    site::Site,
};

/// The nodes, as the site calls them, each once, in its order.
pub(super) fn hosts(catalogs: &Catalogs, site: &Site, profiles: &[String]) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for catalog in catalogs.iter() {
        let chosen = catalog
            .profiles
            .iter()
            .filter(|profile| profiles.iter().any(|name| profile.answers_to(name)));
        let variables = chosen.filter_map(|profile| {
            let group = catalog.groups.get(&profile.from)?;
            site.values.get(group.bound_by.as_ref()?)
        });
        for binding in variables {
            match &binding.value {
                Value::Hosts(of_group) => {
                    for address in of_group {
                        let host = address.host.to_string();
                        if !hosts.contains(&host) {
                            hosts.push(host);
                        }
                    }
                }
                Value::Label(_) | Value::Version(_) | Value::Endpoints(_) => {}
            }
        }
    }
    hosts
}
