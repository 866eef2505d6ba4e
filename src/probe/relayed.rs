//! What is seen of a target through a proxy.

use std::{net::IpAddr, sync::Arc};

use futures_util::future::join_all;

use super::{NetProber, Target, attempt::Dialer, proxy::Relay};
use crate::{
    net::{Host, ProxyScheme},
    observation::{AddressObservation, Lookup, Observation, PortObservation},
    plan::Probe,
    site::Proxy,
};

impl NetProber {
    /// What a proxy lets be seen of a probe, which has one port.
    pub(super) async fn probe_through(&self, proxy: &Arc<Proxy>, probe: &Probe) -> Observation {
        let name = match &probe.host {
            Host::Name(name) if proxy.url.scheme.resolves_here() => name,
            Host::Name(_) => {
                return Observation::Relayed(self.relay(proxy, probe, None).await);
            }
            Host::Address(address) => {
                let seen = self.relay(proxy, probe, Some(*address)).await;
                return tried(None, vec![(*address, seen)]);
            }
            Host::OnLink(here) => {
                let address = here.address.into();
                let seen = self.relay(proxy, probe, Some(address)).await;
                return tried(None, vec![(address, seen)]);
            }
        };
        match self.names.resolve(&self.sockets, name).await {
            (lookup, Ok(addresses)) => {
                let told = addressable(&addresses, proxy);
                let seen = told.into_iter().map(async |address| {
                    let seen = self.relay(proxy, probe, Some(*address)).await;
                    (*address, seen)
                });
                tried(Some(lookup), join_all(seen).await)
            }
            (lookup, Err(error)) => Observation::Unresolved(error, lookup),
        }
    }

    /// What the proxy makes of it, asked for an address or for the name.
    async fn relay(
        &self,
        proxy: &Arc<Proxy>,
        probe: &Probe,
        address: Option<IpAddr>,
    ) -> PortObservation {
        let target = Target {
            probe,
            address: address.unwrap_or(IpAddr::from([0, 0, 0, 0])),
            port: probe.ports.first().copied(),
            limits: self.limits_of(probe),
        };
        let host = address.map_or_else(|| probe.host.clone(), Host::Address);
        let relay = Relay {
            prober: self,
            proxy,
            host: &host,
            target: &target,
        };
        Box::pin(self.try_steadily(&Dialer::through(&relay))).await
    }
}

/// The addresses that the proxy can be told; all where it can be told none, which is then said.
fn addressable<'a>(addresses: &'a [IpAddr], proxy: &Proxy) -> Vec<&'a IpAddr> {
    let is_told = |address: &&IpAddr| address.is_ipv4() || proxy.url.scheme != ProxyScheme::Socks4;
    let told: Vec<&IpAddr> = addresses.iter().filter(is_told).collect();
    if told.is_empty() {
        addresses.iter().collect()
    } else {
        told
    }
}

fn tried(lookup: Option<Lookup>, seen: Vec<(IpAddr, PortObservation)>) -> Observation {
    let addresses = seen.into_iter().map(|(address, seen)| AddressObservation {
        address,
        from: None,
        ports: vec![seen],
    });
    Observation::Tried {
        lookup,
        addresses: addresses.collect(),
    }
}
