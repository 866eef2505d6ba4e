//! A catalog as written: every key of the file, in the order of the documentation.

use serde_json::{Value as Json, json};
use time::Date;

use super::{
    Expect, Level, MachineDefault, Pki, ReadAs, Stated, VariableKind, Version, Via,
    addition::AdditionKeys,
    form::{Cell, Dotted, Kebab, List, Map, OneOf, RulePort, Snake, Switch, Text, words},
    help,
    keys::{self, file_schema, keys},
};
use crate::net::{Port, Protocol, Transport};

/// The JSON Schema of a catalog file, for editors. Whatever loads without a mistake is valid by it;
/// it does not know names, so not everything that is valid by it loads.
#[must_use]
pub fn json_schema() -> Json {
    let mut schema = file_schema(CatalogKeys::KEYS, "portcheck catalog");
    if let Json::Object(schema) = &mut schema {
        // A short catalog has other keys.
        let mut whole = serde_json::Map::new();
        for key in ["type", "properties", "required", "additionalProperties"] {
            whole.extend(schema.remove(key).map(|value| (key.to_owned(), value)));
        }
        let is_short = json!({"required": ["extend"], "not": {"required": ["profiles"]}});
        schema.insert("if".to_owned(), is_short);
        schema.insert("then".to_owned(), keys::schema(AdditionKeys::KEYS));
        schema.insert("else".to_owned(), Json::Object(whole));
    }
    schema
}

words! {
    "level" Level: [Self::Mandatory, Self::Optional];
    "expectation" Expect: [Self::Service, Self::Path, Self::Blocked];
    "way" Via: [Self::Direct, Self::Proxy, Self::Either];
    "pki" Pki: [Self::Public, Self::Private, Self::Any];
    "kind" VariableKind: Self::ALL;
    "machine default" MachineDefault: Self::ALL;
    "transport" Transport: Self::ALL;
    "protocol" Protocol: Self::ALL;
}

keys! {
    /// A catalog file.
    CatalogKeys {
        due "catalog" catalog: Kebab, "the catalog's name, and the first part of its rules' ids", "acme";
        due "title" title: Text, "what it is about", "Ports of Acme";
        due "pages" pages: Map<Kebab, PageKeys<'static>>, "the vendor's pages that the rules come from", "ports";
        due "sections" sections: Map<Kebab, SectionKeys<'static>>, "the sections of those pages", "outbound";
        due "groups" groups: Map<Kebab, GroupKeys<'static>>, "who stands at the ends of the rules", "nodes";
        may "product" product: ProductKeys<'static>, "what the product does in a way of its own", "";
        may "variables" variables: Map<Snake, VariableKeys<'static>>, "what a site may or must say", "nodes";
        may "features" features: Map<Kebab, FeatureKeys<'static>>, "the conditions that switch rules on", "backups";
        may "profiles" profiles: Map<Kebab, ProfileKeys<'static>>, "named selections of rules, by where they run", "acme-node";
        due "rules" rules: List<RuleKeys<'static>>, "the requirements, one for each row of a page", "";
    }
}

keys! {
    /// A page of the vendor.
    PageKeys {
        due "title" title: Text, "the page's title", "Network ports";
        may "url" url: Text, "where it stands", "https://docs.acme.example/ports";
        may "edition" edition: Text, "which edition of it was read, where there are several", "7.x of November 2021";
        due "read" read: Date, "the day it was read", "2026-11-20";
        may "updated" updated: Date, "the day its author says it was last changed", "2026-10-01";
    }
}

keys! {
    /// A section of a page.
    SectionKeys {
        due "page" page: Kebab, "the page it is on", "ports";
        due "title" title: Text, "its title", "Outbound connections";
        may "heading" heading: Text, "what reports group its rules by; the title if left out", "Nodes to the internet";
    }
}

keys! {
    /// Who stands at an end of a rule.
    GroupKeys {
        due "about" about: Text, "who this is", "cluster nodes";
        may "bound-by" bound_by: Snake, "the variable whose value is the group's hosts", "nodes";
    }
}

keys! {
    /// What a site says.
    VariableKeys {
        due "about" about: Text, "what it means", "the cluster's nodes";
        due "kind" kind: OneOf<VariableKind>, "what its values look like", "hosts";
        may "default" default: Text, "its value when nobody gives one", "node-1.acme.example";
        may "machine" machine: OneOf<MachineDefault>, "where this machine's own configuration gives the value", "dns-servers";
        may "flag" flag: Text, "the flag that binds it, where there is a shorter one than `--set`", "--node";
    }
}

keys! {
    /// What the product does in a way of its own.
    ProductKeys {
        may "trust-store" trust_store: Text, "what to do about an authority that only the machine trusts, where the product trusts others", "Acme keeps a trust store of its own, import the CA there otherwise";
        may "proxy" proxy: Text, "how the product is told of a proxy", "Acme takes its own, acme.proxy";
    }
}

keys! {
    /// A condition that switches rules on.
    FeatureKeys {
        due "about" about: Text, "what it means", "copies are kept elsewhere";
        due "default" default: Switch, "whether it is on when nobody says", "false";
        may "set-by" set_by: Snake, "the variable that switches it on by having a value", "mirror";
    }
}

keys! {
    /// A named selection of rules.
    ProfileKeys {
        due "about" about: Text, "what it is for", "what a node needs";
        due "from" from: Kebab, "the group that this machine belongs to when the profile is run", "nodes";
        may "rules" rules: List<Text>, "globs of the rules it selects", "acme.*";
        may "skip" skip: List<Text>, "globs of the rules it leaves out after all", "acme.old.*";
        may "include" include: List<Kebab>, "profiles whose rules and features it takes over", "acme-base";
        may "with" with: List<Kebab>, "features that choosing it switches on", "backups";
        may "always" always: List<Kebab>, "features that are on whatever a site says, as it cannot switch them off there", "updates-by-vendor";
        may "alias" alias: Kebab, "another name it answers to", "acme";
    }
}

keys! {
    /// One requirement.
    RuleKeys {
        due "id" id: Dotted, "stable and unique; begins with the catalog's name and a dot", "acme.updates";
        due "section" section: Kebab, "the section it comes from", "outbound";
        due "stated" stated: StatedKeys<'static>, "what the page says, word for word and cell by cell", "";
        may "read-as" read_as: ReadAsKeys<'static>, "what was read into the page's words where it has no such cell", "";
        due "level" level: OneOf<Level>, "whether the product needs it", "mandatory";
        may "feature" feature: Kebab, "the feature that must be on", "backups";
        may "unless" unless: Kebab, "the feature that must be off", "own-mirror";
        may "own" own: Kebab, "the feature that puts a host of the site's own, which `variable` names, in the place of `host`", "own-mirror";
        may "version" version: VersionKeys<'static>, "the releases it holds for", "";
        due "from" from: Kebab, "the group that opens the connection", "nodes";
        due "to" to: Kebab, "the group that is reached", "vendor";
        may "host" host: Text, "a name, an address, `*.name` or `<variable>.name`; the group's hosts if left out", "\"*.acme.example\"";
        may "witness" witness: Text, "the host that stands for all of `*.name`", "www.acme.example";
        may "variable" variable: Snake, "a variable that replaces the host where the site sets it", "mirror";
        may "port" port: RulePort, "the port", "443";
        may "ports" ports: PortsKeys<'static>, "a range of ports", "";
        due "transports" transports: List<OneOf<Transport>>, "as stated, the decisive one first", "tcp";
        due "protocol" protocol: OneOf<Protocol>, "what is spoken over the decisive transport", "https";
        may "expect" expect: OneOf<Expect>, "what must be seen", "service";
        may "pki" pki: OneOf<Pki>, "where a certificate's chain must end", "public";
        may "via" via: OneOf<Via>, "which way the product goes; the site's own hosts are reached `direct` if left out", "either";
        may "starttls" starttls: Switch, "whether STARTTLS is asked for; the protocol's own habit if left out", "true";
        may "any-of" any_of: Dotted, "the group of alternatives of which one is enough", "updates";
        may "falls-back-to" falls_back_to: Dotted, "the rule that does this one's work while it fails", "acme.mail";
        may "withdrawn" withdrawn: WithdrawnKeys<'static>, "set where the other side has ended the service", "";
        may "outside" outside: List<OutsideKeys<'static>>, "what the page does not say", "";
        may "reverse" reverse: ReverseKeys<'static>, "the second flow of a row that describes two", "";
        due "service" service: Text, "the service, for people", "Updates";
        due "purpose" purpose: Text, "what the product uses it for", "Fetches updates";
        may "note" note: Text, "what is odd about the row and how it is treated", "The page writes no port";
    }
}

keys! {
    /// The cells of a page's row.
    StatedKeys {
        may "host" host: Cell, "the host, where the page has a cell or words for it", "\"*.acme.example\"";
        may "port" port: Cell, "the port cell", "\"443\"";
        may "requirement" requirement: Cell, "the requirement cell, or the words that grade the row", "Mandatory";
        may "protocol" protocol: Cell, "the protocol cell", "TCP";
        may "direction" direction: Cell, "the direction cell", "outbound";
        may "source" source: Cell, "the source cell", "All nodes";
        may "destination" destination: Cell, "the destination cell", "\"*.acme.example\"";
        may "condition" condition: Cell, "the words that make it depend on something, or say what may stand in its place", "if backups are kept";
        may "mark" mark: Cell, "the footnote that the row is marked with", "\"* In the cloud\"";
    }
}

keys! {
    /// What was read into a page's words.
    ReadAsKeys {
        may "direction" direction: Text, "the direction", "outbound";
        may "source" source: Text, "who opens the connection", "every node";
        may "destination" destination: Text, "who is reached", "www.acme.example";
    }
}

keys! {
    /// The releases that a rule holds for.
    VersionKeys {
        due "variable" variable: Snake, "the variable that says which release the site has", "release";
        may "from" from: Version, "from this release on", "\"23.8\"";
        may "before" before: Version, "before this release", "\"23.10\"";
    }
}

keys! {
    /// A range of ports.
    PortsKeys helped by help::of_ports {
        due "first" first: Port, "the lowest port", "20000";
        due "last" last: Port, "the highest port", "20010";
    }
}

keys! {
    /// A service that has been ended.
    WithdrawnKeys {
        due "by" by: Text, "who ended it", "Acme";
        due "since" since: Date, "the day it ended", "2025-12-31";
        due "instead" instead: Text, "what to use instead, in the imperative", "fetch updates over https";
    }
}

keys! {
    /// A fact that is not on the page.
    OutsideKeys {
        due "fact" fact: Text, "the fact", "protocol https";
        due "source" source: Text, "where it comes from", "implied by the port";
    }
}

keys! {
    /// The second flow of a row.
    ReverseKeys {
        due "from" from: Kebab, "the group that opens it", "nodes";
        due "to" to: Kebab, "the group that is reached", "vendor";
        due "host" host: Text, "the host that is reached", "relay.acme.example";
        may "variable" variable: Snake, "a variable that replaces it", "relay";
        due "level" level: OneOf<Level>, "whether the product needs it", "optional";
    }
}

impl StatedKeys<'_> {
    /// The cells as the rule keeps them.
    pub(super) fn meant(&self) -> Stated {
        Stated {
            host: self.host.text(),
            port: self.port.text(),
            requirement: self.requirement.text(),
            protocol: self.protocol.text(),
            direction: self.direction.text(),
            source: self.source.text(),
            destination: self.destination.text(),
            condition: self.condition.text(),
            mark: self.mark.text(),
        }
    }
}

impl ReadAsKeys<'_> {
    /// What was read, as the rule keeps it.
    pub(super) fn meant(&self) -> ReadAs {
        ReadAs {
            direction: self.direction.text(),
            source: self.source.text(),
            destination: self.destination.text(),
        }
    }
}
