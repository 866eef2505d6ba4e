//! The prober against peers on loopback, one for each thing that can be seen.

use std::{
    io::Write as _,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tempfile::NamedTempFile;

use super::{NetProber, ProbeConfig};
use crate::{
    engine::Prober as _,
    net::{Host, Port, Protocol},
    observation::{Attempts, ConnectError, Milestones, Observation, PortObservation, Reached},
    plan::{Probe, ProbeOptions},
};

mod datagrams;
mod handshakes;
mod lookups;
mod streams;

const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A prober that waits no longer than it must, knows `server.example` from its hosts file and has no
/// name server.
fn prober(change: impl FnOnce(&mut ProbeConfig)) -> NetProber {
    let hosts = file("127.0.0.1 server.example\n::1 six.example\n");
    let none = file("");
    let mut config = ProbeConfig {
        timeout: Duration::from_millis(400),
        answer: Some(Duration::from_millis(600)),
        hosts_file: hosts.path().to_owned(),
        resolv_conf: none.path().to_owned(),
        public_roots: Some(Vec::new()),
        ..ProbeConfig::default()
    };
    change(&mut config);
    NetProber::new(config).unwrap()
}

fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

fn probe(host: &str, ports: &[u16], protocol: Protocol) -> Probe {
    Probe {
        host: host.parse::<Host>().unwrap(),
        ports: ports.iter().map(|port| Port::new(*port).unwrap()).collect(),
        protocol,
        options: ProbeOptions::default(),
    }
}

/// What each port of the only address did; times are taken out.
async fn ports(prober: &NetProber, probe: &Probe) -> Vec<PortObservation> {
    let Observation::Tried { mut addresses, .. } = prober.probe(probe).await else {
        panic!("not tried");
    };
    assert_eq!(addresses.len(), 1);
    let mut ports = addresses.remove(0).ports;
    for port in &mut ports {
        port.elapsed = Duration::ZERO;
        port.milestones = Milestones::default();
        // What each of several tries saw is as long.
        port.others.clear();
    }
    ports
}

/// How far the only port of `address` went.
async fn reached(prober: &NetProber, address: SocketAddr, protocol: Protocol) -> Reached {
    let probe = probe(&address.ip().to_string(), &[address.port()], protocol);
    let mut ports = ports(prober, &probe).await;
    assert_eq!(ports.len(), 1);
    ports.remove(0).reached
}

fn observed(port: u16, reached: Reached, (succeeded, tried): (u32, u32)) -> PortObservation {
    let silence = Reached::NotConnected(ConnectError::NoReply);
    let is_silence = reached == silence || reached == Reached::Silence;
    PortObservation {
        others: Vec::new(),
        port: Port::new(port),
        reached,
        elapsed: Duration::ZERO,
        milestones: Milestones::default(),
        attempts: Attempts {
            tried,
            succeeded,
            silent: if is_silence { tried - succeeded } else { 0 },
        },
    }
}

fn failed(error: ConnectError) -> Reached {
    Reached::NotConnected(error)
}
