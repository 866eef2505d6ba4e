use std::net::IpAddr;

use time::macros::datetime;

use super::*;
use crate::{
    net::Port,
    observation::{Attempts, ConnectError, Lookup, Milestones, TlsError, TlsObservation},
    report::{Address, Verdict, tests::green},
};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn span(start: u64, end: u64) -> Span {
    Span {
        start: ms(start),
        end: ms(end),
    }
}

fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

fn port(reached: Reached, elapsed: u64, milestones: (Option<u64>, Option<u64>)) -> PortObservation {
    PortObservation {
        others: Vec::new(),
        port: Port::new(443),
        reached,
        elapsed: ms(elapsed),
        milestones: Milestones {
            connected: milestones.0.map(ms),
            secured: milestones.1.map(ms),
            ..Milestones::default()
        },
        attempts: Attempts::default(),
    }
}

fn tried(lookup: Option<u64>, ports: Vec<PortObservation>) -> Observation {
    let lookup = lookup.map(|elapsed| Lookup {
        elapsed: ms(elapsed),
        ..Lookup::default()
    });
    let addresses = ports
        .into_iter()
        .zip(1..)
        .map(|(port, last)| AddressObservation {
            address: address(last),
            from: None,
            ports: vec![port],
        });
    Observation::Tried {
        lookup,
        addresses: addresses.collect(),
    }
}

fn tls(subject: &str) -> Box<TlsObservation> {
    let certificate = observation::Certificate {
        subject: subject.to_owned(),
        issuer: "CN=Authority".to_owned(),
        names: vec!["licence.example".to_owned()],
        not_before: datetime!(2026-01-01 0:00 UTC),
        not_after: datetime!(2027-01-01 0:00 UTC),
        self_issued: false,
        authority: false,
        is_used: true,
    };
    Box::new(TlsObservation {
        server_name: None,
        outcome: Err(TlsError::Closed),
        chain: vec![certificate],
        machine: observation::Trust::Unknown,
        public: observation::Trust::Unknown,
        name_mismatch: None,
        client_certificate: observation::ClientCertificate::NotRequested,
        experiments: Vec::new(),
        unchanged: crate::observation::tls::Unchanged::default(),
        chosen: None,
    })
}

/// `stage address start+elapsed`, a line each.
fn shown(seen: &Observation, span: Span) -> Vec<String> {
    let line = |it: StageTime| {
        let address = it.address.unwrap_or_default();
        format!("{} {address} {}+{}", it.stage, it.start_ms, it.elapsed_ms)
    };
    stages(seen, span).into_iter().map(line).collect()
}

#[test]
fn a_handshake_has_a_stage_from_each_milestone_to_the_next() {
    let reached = Reached::Tls {
        tls: tls("CN=a"),
        reply: None,
    };
    let seen = tried(Some(20), vec![port(reached, 50, (Some(10), Some(50)))]);
    assert_eq!(
        shown(&seen, span(5, 75)),
        [
            "resolve  5+20",
            "connect 192.0.2.1 25+10",
            "tls 192.0.2.1 35+40"
        ]
    );
}

#[test]
fn a_name_that_was_looked_up_before_is_not_waited_for_again() {
    let seen = tried(
        Some(20),
        vec![port(Reached::Connected, 10, (Some(10), None))],
    );
    assert_eq!(
        shown(&seen, span(40, 50)),
        ["resolve  40+0", "connect 192.0.2.1 40+10"]
    );
}

#[test]
fn the_addresses_of_a_name_begin_together() {
    let silent = Reached::NotConnected(ConnectError::NoReply);
    let seen = tried(
        None,
        vec![
            port(Reached::Connected, 10, (Some(10), None)),
            port(silent, 3_000, (None, None)),
        ],
    );
    assert_eq!(
        shown(&seen, span(0, 3_000)),
        ["connect 192.0.2.1 0+10", "connect 192.0.2.2 0+3000"]
    );
}

#[test]
fn what_never_began_has_no_stage() {
    assert_eq!(shown(&Observation::Interrupted, Span::default()), [""; 0]);
}

#[test]
fn a_range_is_one_stage_of_each_address() {
    let swept = || port(Reached::Connected, 3, (Some(3), None));
    let seen = Observation::Tried {
        lookup: None,
        addresses: vec![AddressObservation {
            address: address(1),
            from: None,
            ports: vec![swept(), swept()],
        }],
    };
    assert_eq!(shown(&seen, span(1, 9)), ["connect 192.0.2.1 1+8"]);
}

#[test]
fn the_chain_shown_is_that_of_the_address_that_came_out_worst() {
    let reached = |subject| Reached::Tls {
        tls: tls(subject),
        reply: None,
    };
    let seen = tried(
        None,
        vec![
            port(reached("CN=good"), 1, (Some(1), Some(1))),
            port(reached("CN=bad"), 1, (Some(1), Some(1))),
        ],
    );
    let mut finding = green().findings.remove(0);
    let judged = |last, verdict| Address {
        from_address: None,
        address: address(last).to_string(),
        port: Some(443),
        verdict,
        cause: None,
        elapsed_ms: 1,
    };
    finding.addresses = vec![judged(1, Verdict::Pass), judged(2, Verdict::Fail)];
    finding.trace(&seen, span(0, 1));
    assert_eq!(
        finding.chain,
        [Certificate {
            subject: "CN=bad".to_owned(),
            issuer: "CN=Authority".to_owned(),
            names: vec!["licence.example".to_owned()],
            not_before: "2026-01-01T00:00:00Z".to_owned(),
            not_after: "2027-01-01T00:00:00Z".to_owned(),
        }]
    );
}

#[test]
fn behind_a_proxy_the_way_to_it_is_a_stage() {
    let reached = Reached::Tls {
        tls: tls("CN=a"),
        reply: None,
    };
    let relayed = |seen| Observation::Relayed(seen);
    let seen = relayed(port(reached, 50, (Some(10), Some(50))));
    assert_eq!(shown(&seen, span(5, 55)), ["proxy  5+10", "tls  15+40"]);
    let refused = Reached::NotConnected(ConnectError::NoReply);
    let seen = relayed(port(refused, 50, (None, None)));
    assert_eq!(shown(&seen, span(5, 55)), ["proxy  5+50"]);
}
