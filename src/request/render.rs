//! A request in the words of a platform.

use super::{
    aerleon::aerleon, aws, azure::azure, change::Change, csv::csv, firewalld::firewalld,
    flow::Flow, gcp::gcp, iptables::iptables, kubernetes, markdown::markdown, nftables::nftables,
    place::Ground, platform::Platform, squid::squid, table::table, ufw::ufw,
};
use crate::report::Style;

/// What is asked for, and of which machine.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The flows, as [`super::merged`] leaves them.
    pub flows: &'a [Flow],
    /// The machine that the change is for.
    pub ground: &'a Ground,
    /// How a table is laid out.
    pub style: &'a Style,
}

/// The request in the words of a platform.
#[must_use]
pub fn render(platform: Platform, asked: Asked<'_>) -> Change {
    let Asked {
        flows,
        ground,
        style,
    } = asked;
    let told = |text| Change {
        text,
        ..Change::default()
    };
    match platform {
        Platform::Table => told(table(flows, style)),
        Platform::Csv => told(csv(flows)),
        Platform::Markdown => told(markdown(flows)),
        Platform::Nftables => nftables(flows, ground),
        Platform::Iptables => iptables(flows, ground),
        Platform::Firewalld => firewalld(flows, ground),
        Platform::Ufw => ufw(flows, ground),
        Platform::Aws => aws::aws(flows),
        Platform::TerraformAws => aws::terraform(flows),
        Platform::Azure => azure(flows),
        Platform::Gcp => gcp(flows),
        Platform::Kubernetes => kubernetes::kubernetes(flows),
        Platform::Cilium => kubernetes::cilium(flows),
        Platform::Squid => squid(flows),
        Platform::Aerleon => aerleon(flows),
    }
}
