//! One site out of what flags, inventory, site file, this machine and the catalogs say, in that order.

use super::{
    Binding, Inventory, Origin, Site, SiteError, SiteFile, SiteFlags, Value,
    flags::{Said, nodes_variable},
};
use crate::{
    catalog::{Catalogs, MachineDefault, Variable},
    fact::{File, PlanFact},
    machine::{Configured, Machine},
    net::Address,
};

impl Site {
    /// The site that the flags, the site file and this machine describe.
    ///
    /// # Errors
    /// Every flag that is wrong.
    pub fn resolve(
        flags: &SiteFlags,
        file: Option<&SiteFile>,
        catalogs: &Catalogs,
        facts: &Machine,
    ) -> Result<Self, SiteError> {
        let mut said = Said::read(flags, catalogs)?;
        let mut site = Self {
            time_keys: facts.ntp_servers.keys.clone(),
            ..Self::default()
        };
        for (name, variable) in catalogs.iter().flat_map(|catalog| &catalog.variables) {
            let given = said
                .values
                .remove(name)
                .or_else(|| from_inventory(flags.inventory.as_ref(), name))
                .or_else(|| from_file((file, facts), name));
            site.bind(name, given, (variable, facts));
        }
        site.switch(&said, file, catalogs);
        site.roles = said.roles;
        if site.roles.is_empty() {
            site.find_roles((file, flags.inventory.as_ref()), catalogs, facts);
        }
        if let Some(inventory) = &flags.inventory {
            site.inventories.clone_from(&inventory.typed);
            site.left_out.clone_from(&inventory.left_out);
        }
        if let Some(file) = file {
            site.take_over(file, facts);
        }
        if let Some(nodes) = nodes_variable(catalogs) {
            site.drop_own(nodes, facts);
        }
        Ok(site)
    }

    /// Gives a variable its value, or the reason why it has none.
    fn bind(
        &mut self,
        name: &str,
        given: Option<Binding>,
        (variable, facts): (&Variable, &Machine),
    ) {
        // Another catalog may have the same variable: what was given stays.
        if self.values.contains_key(name) {
            return;
        }
        let machine = variable.machine.map(|machine| configured(facts, machine));
        let binding = given
            .or_else(|| machine.and_then(from_machine))
            .or_else(|| from_catalog(variable));
        if let Some(binding) = binding {
            self.missing.remove(name);
            self.values.insert(name.to_owned(), binding);
        } else if let (Some(machine), Some(configured)) = (variable.machine, machine) {
            self.missing
                .insert(name.to_owned(), why_none(machine, configured));
        }
    }

    fn switch(&mut self, said: &Said, file: Option<&SiteFile>, catalogs: &Catalogs) {
        for (name, feature) in catalogs.iter().flat_map(|catalog| &catalog.features) {
            let in_file = file.and_then(|file| file.features.get(name));
            let given = said.features.get(name).or(in_file).copied();
            if given.is_some() {
                self.said.insert(name.clone());
            }
            self.features
                .entry(name.clone())
                .or_insert(given.unwrap_or(feature.default));
        }
    }

    /// What the site file says of rules and hosts.
    fn take_over(&mut self, file: &SiteFile, facts: &Machine) {
        self.file = Some(file.file.clone());
        self.expect.clone_from(&file.expect);
        self.ways.clone_from(&file.ways);
        self.overrides.clone_from(&file.overrides);
        let hosts = file.overrides.iter().map(|of_host| &of_host.host);
        self.own = hosts
            .filter(|host| facts.is_own_host(host))
            .cloned()
            .collect();
        self.waivers.clone_from(&file.waivers);
        for waiver in &mut self.waivers {
            // What holds for this machine holds for all that it checks.
            waiver.host = waiver.host.take().filter(|host| !facts.is_own_host(host));
        }
    }

    /// Takes this machine itself out of the nodes: it is where the checks start.
    fn drop_own(&mut self, nodes: &str, facts: &Machine) {
        let Some(Binding {
            value: Value::Hosts(hosts),
            origin,
        }) = self.values.get_mut(nodes)
        else {
            return;
        };
        let is_own = |host: &mut Address| facts.is_own(host);
        self.dropped = hosts.extract_if(.., is_own).collect();
        let is_listed = matches!(origin, Origin::File(file) if Some(&*file) == self.file.as_ref());
        self.is_stranger = is_listed && self.dropped.is_empty();
        if hosts.is_empty() {
            self.values.remove(nodes);
            self.missing
                .insert(nodes.to_owned(), PlanFact::OnlyThisMachine);
        }
    }
}

fn from_inventory(inventory: Option<&Inventory>, name: &str) -> Option<Binding> {
    let inventory = inventory?;
    Some(Binding {
        value: inventory.values.get(name)?.clone(),
        origin: Origin::File(inventory.file.clone()),
    })
}

/// What the site file says of this machine, else of all.
fn from_file((file, facts): (Option<&SiteFile>, &Machine), name: &str) -> Option<Binding> {
    let file = file?;
    let mut own = file.overrides.iter().rev();
    let own = own.find_map(|of_host| {
        let value = of_host.values.get(name)?;
        facts.is_own_host(&of_host.host).then_some(value)
    });
    Some(Binding {
        value: own.or_else(|| file.values.get(name))?.clone(),
        origin: Origin::File(file.file.clone()),
    })
}

fn from_machine(configured: &Configured) -> Option<Binding> {
    (!configured.servers.is_empty()).then(|| Binding {
        value: Value::Hosts(configured.servers.clone()),
        origin: Origin::Machine(configured.file.clone()),
    })
}

fn from_catalog(variable: &Variable) -> Option<Binding> {
    // A default that is no value is a mistake of the catalog's file, so there is none here.
    let value = Value::parse(variable.kind, variable.default.as_deref()?).ok()?;
    let origin = Origin::Default;
    Some(Binding { value, origin })
}

fn why_none(machine: MachineDefault, configured: &Configured) -> PlanFact {
    let file = &configured.file;
    match machine {
        _ if !file.is_empty() => PlanFact::FileNamesNoServer {
            file: File::from(file.as_str()),
        },
        MachineDefault::DnsServers => PlanFact::NoResolverFile,
        MachineDefault::NtpServers => PlanFact::NoTimeService,
    }
}

/// The servers that a default of that kind stands for.
pub(super) const fn configured(facts: &Machine, default: MachineDefault) -> &Configured {
    match default {
        MachineDefault::DnsServers => &facts.dns_servers,
        MachineDefault::NtpServers => &facts.ntp_servers,
    }
}
