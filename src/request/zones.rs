//! What firewalld says of its zones and policies.

use ipnet::IpNet;

use super::flow::End;

/// The zones by which packets come in, and the policies that keep them from leaving.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Zones {
    /// The zone of what no other zone takes; empty where it is not known.
    pub(super) other: String,
    /// The zones of networks.
    pub(super) sources: Vec<(IpNet, String)>,
    /// The policies that drop what this machine itself sends.
    pub(super) out: Vec<String>,
}

impl Zones {
    /// The zone that packets from `end` come in by.
    pub(super) fn zone_of(&self, end: &End) -> Option<String> {
        let network = end.network()?;
        let of_source = self
            .sources
            .iter()
            .find(|(zone, _)| zone.contains(&network));
        let zone = of_source.map_or(&self.other, |(_, zone)| zone);
        (!zone.is_empty()).then(|| zone.clone())
    }
}

/// What `firewall-cmd` printed.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// For `--get-default-zone`.
    pub default: &'a str,
    /// For `--get-active-zones`.
    pub active: &'a str,
    /// For `--list-all-policies`.
    pub policies: &'a str,
}

impl Listed<'_> {
    /// What it says. With interfaces in several zones the default zone is taken.
    #[must_use]
    pub fn read(&self) -> Zones {
        let mut zones = Zones {
            other: name(self.default),
            ..Zones::default()
        };
        let mut with_interfaces = Vec::new();
        for (zone, lines) in sections(self.active) {
            for (key, value) in lines {
                match key {
                    "interfaces" => with_interfaces.push(zone.clone()),
                    "sources" => {
                        let networks = value.split_whitespace().filter_map(network);
                        let zone = zone.clone();
                        zones.sources.extend(networks.map(|it| (it, zone.clone())));
                    }
                    _ => {}
                }
            }
        }
        if let [only] = &with_interfaces[..] {
            zones.other.clone_from(only);
        }
        for (policy, lines) in sections(self.policies) {
            let says = |key: &str, words: &[&str]| {
                let mut lines = lines.iter();
                lines.any(|(known, value)| {
                    *known == key && value.split_whitespace().any(|it| words.contains(&it))
                })
            };
            if says("ingress-zones", &["HOST"]) && says("target", &["DROP", "REJECT"]) {
                zones.out.push(policy);
            }
        }
        zones
    }
}

fn network(text: &str) -> Option<IpNet> {
    let end: End = text.parse().ok()?;
    end.network()
}

/// Names that are nobody's option, and end no quotes.
fn name(text: &str) -> String {
    let is_plain = |it: &char| it.is_alphanumeric() || matches!(it, '_' | '-' | '.' | '/');
    text.trim().chars().take_while(is_plain).collect()
}

/// The names that stand at the margin, each with the keys and values below it.
fn sections(text: &str) -> Vec<(String, Vec<(&str, &str)>)> {
    let mut sections: Vec<(String, Vec<(&str, &str)>)> = Vec::new();
    for line in text.lines() {
        if line.trim().is_empty() {
            continue;
        }
        if !line.starts_with(char::is_whitespace) {
            sections.push((name(line), Vec::new()));
        } else if let (Some((_, lines)), Some((key, value))) =
            (sections.last_mut(), line.split_once(':'))
        {
            lines.push((key.trim(), value.trim()));
        }
    }
    sections
}
