//! Who this machine is: the groups it belongs to.

use super::{Inventory, Member, Origin, Site, SiteFile, Value, members};
use crate::{
    catalog::{Catalog, Catalogs},
    machine::Machine,
};

/// A group that this machine belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The group.
    pub group: String,
    /// Who says so: `--as`, the site file or the inventory.
    pub origin: Origin,
}

impl Site {
    /// Whether this machine belongs to that group of the catalog. `None` if nobody says who it is
    /// there: then it is what the profile is for.
    #[must_use]
    pub fn is_in(&self, catalog: &Catalog, group: &str) -> Option<bool> {
        let said = |role: &Role| matches!(role.origin, Origin::Flag(_));
        let mut known = self
            .roles
            .iter()
            .filter(|role| said(role) || catalog.groups.contains_key(&role.group))
            .peekable();
        known.peek()?;
        Some(known.any(|role| role.group == group))
    }

    /// Finds the groups whose hosts, by site file or inventory, include this machine. Only groups
    /// that start something say what can be checked from here.
    pub(super) fn find_roles(
        &mut self,
        (file, inventory): (Option<&SiteFile>, Option<&Inventory>),
        catalogs: &Catalogs,
        facts: &Machine,
    ) {
        for (name, group) in catalogs.iter().flat_map(|catalog| &catalog.groups) {
            let known = self.roles.iter().any(|role| role.group == *name);
            if known || !members::starts_something(name, catalogs) {
                continue;
            }
            let origin = match &group.bound_by {
                Some(variable) => self.lists_own(variable, facts),
                None => including_own(name, (file, inventory), facts),
            };
            self.roles.extend(origin.map(|origin| Role {
                group: name.clone(),
                origin,
            }));
        }
    }

    /// The file whose value of the variable names this machine. Flags do not say who this machine
    /// is: who types them has also typed the profile.
    fn lists_own(&self, variable: &str, facts: &Machine) -> Option<Origin> {
        let binding = self.values.get(variable)?;
        match (&binding.value, &binding.origin) {
            (Value::Hosts(hosts), Origin::File(_)) => hosts
                .iter()
                .any(|host| facts.is_own(host))
                .then(|| binding.origin.clone()),
            (Value::Hosts(_) | Value::Label(_) | Value::Version(_) | Value::Endpoints(_), _) => {
                None
            }
        }
    }
}

/// The file whose group names this machine, or a network that it is in.
fn including_own(
    group: &str,
    (file, inventory): (Option<&SiteFile>, Option<&Inventory>),
    facts: &Machine,
) -> Option<Origin> {
    let listed = inventory.map(|it| (&it.file, &it.members)).into_iter();
    let mut listed = listed.chain(file.map(|it| (&it.file, &it.members)));
    let is_own = |members: Option<&Vec<Member>>| {
        let mut members = members.into_iter().flatten();
        members.any(|member| member.is_this_machine(facts))
    };
    listed
        .find(|(_, members)| is_own(members.get(group)))
        .map(|(file, _)| Origin::File(file.clone()))
}
