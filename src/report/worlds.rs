//! Worlds that a profile is run in without a network: what each port of each host does is said, and
//! the run is planned, judged and printed as any other.

use std::time::Duration;

use time::macros::datetime;

use super::{Format, Meta, Report, Sources, Style, tests::text};
use crate::{
    catalog::embedded,
    diagnose::{Controls, diagnose},
    machine::Machine,
    net::{Host, Port, Transport},
    observation::{
        AddressObservation, Attempts, Certificate, ClientCertificate, ConnectError, Lookup,
        Milestones, Observation, PortObservation, Reached, TlsObservation, Trust, tls::Handshake,
    },
    plan::{self, Plan, Probe, Selection},
    protocol::{Reply, Speaker},
    site::{Site, SiteFlags},
};

const NOW: time::OffsetDateTime = datetime!(2026-11-20 10:00 UTC);

/// What a port does.
type Seen = fn(&Door) -> Reached;

/// A port of a host.
struct Door {
    host: String,
    transport: Transport,
    /// 0 where the transport has none.
    port: u16,
}

impl Door {
    fn is_of_nodes(&self) -> bool {
        self.host.starts_with('n') && self.host.len() == 2
    }
}

/// The nodes are checked from one of them.
fn cluster(nodes: &str, seen: Seen) -> Report {
    let catalogs = embedded::catalogs().unwrap();
    let flags = SiteFlags {
        nodes: vec![nodes.to_owned()],
        without: vec!["ldap,nfs".to_owned()],
        set: vec![
            "smtp_relay=smtp.example.com".to_owned(),
            "dns_servers=10.0.0.53".to_owned(),
            "ntp_servers=10.0.0.53".to_owned(),
        ],
        ..SiteFlags::default()
    };
    let site = Site::resolve(&flags, None, &catalogs, &Machine::default()).unwrap();
    let selection = Selection {
        profiles: vec!["thoughtspot-cluster".to_owned()],
        ..Selection::default()
    };
    run(&plan::build(&catalogs, &site, &selection).unwrap(), seen)
}

/// A Looker server is checked from itself.
fn looker(seen: Seen) -> Report {
    let catalogs = embedded::catalogs().unwrap();
    let flags = SiteFlags {
        without: vec!["databases".to_owned()],
        ..SiteFlags::default()
    };
    let site = Site::resolve(&flags, None, &catalogs, &Machine::default()).unwrap();
    let selection = Selection {
        profiles: vec!["looker-server".to_owned()],
        ..Selection::default()
    };
    run(&plan::build(&catalogs, &site, &selection).unwrap(), seen)
}

fn run(plan: &Plan, seen: Seen) -> Report {
    let observations: Vec<Observation> = plan.probes.iter().map(|it| observed(it, seen)).collect();
    let diagnosis = diagnose(plan, &observations, &Controls::default(), NOW);
    let meta = Meta {
        version: "0.2.0".to_owned(),
        host: "n0".to_owned(),
        started: NOW,
        elapsed: Duration::from_secs(4),
        interrupted: None,
        strict: false,
    };
    Report::new(&meta, plan, &diagnosis).cited(&Sources::default())
}

fn observed(probe: &Probe, seen: Seen) -> Observation {
    let transport = probe.protocol.transport();
    let port = |port: Option<Port>| {
        let door = Door {
            host: probe.host.to_string(),
            transport,
            port: port.map_or(0, Port::get),
        };
        PortObservation {
            others: Vec::new(),
            port,
            reached: seen(&door),
            elapsed: Duration::from_millis(3),
            milestones: Milestones::default(),
            attempts: Attempts {
                tried: 1,
                ..Attempts::default()
            },
        }
    };
    let ports = probe.ports.iter().map(|it| port(Some(*it)));
    let mut ports: Vec<PortObservation> = ports.collect();
    if ports.is_empty() {
        ports.push(port(None));
    }
    Observation::Tried {
        lookup: matches!(probe.host, Host::Name(_)).then(Lookup::default),
        addresses: vec![AddressObservation {
            address: "192.0.2.7".parse().unwrap(),
            from: None,
            ports,
        }],
    }
}

/// A TLS handshake with a server that is as it must be until then.
fn tls(host: &str, not_after: time::OffsetDateTime) -> Reached {
    let certificate = Certificate {
        subject: format!("CN={host}"),
        issuer: "CN=Some CA".to_owned(),
        names: vec![host.to_owned()],
        not_before: datetime!(2026-09-01 0:00 UTC),
        not_after,
        self_issued: false,
        authority: false,
        is_used: true,
    };
    Reached::Tls {
        tls: Box::new(TlsObservation {
            unchanged: crate::observation::tls::Unchanged::default(),
            server_name: Some(host.to_owned()),
            outcome: Ok(Handshake {
                version: "TLS 1.3".to_owned(),
                alpn: None,
            }),
            chain: vec![certificate],
            machine: Trust::Trusted,
            public: Trust::Trusted,
            name_mismatch: None,
            client_certificate: ClientCertificate::NotRequested,
            experiments: Vec::new(),
            chosen: None,
        }),
        reply: None,
    }
}

const SILENT: Reached = Reached::NotConnected(ConnectError::NoReply);

/// What is as it must be: of the vendors TLS, of the others a connection.
fn well(door: &Door) -> Reached {
    match door.transport {
        Transport::Tcp if door.port == 443 && !door.is_of_nodes() => {
            tls(&door.host, datetime!(2027-06-01 0:00 UTC))
        }
        Transport::Tcp => Reached::Connected,
        Transport::Udp | Transport::Icmp | Transport::Esp => Reached::Replied {
            reply: Reply::from(Speaker::Service),
            tls: None,
        },
    }
}

/// The nodes let in 22 and 443 only.
fn denied(door: &Door) -> Reached {
    if door.is_of_nodes() && ![22, 443].contains(&door.port) {
        return match door.transport {
            Transport::Tcp => SILENT,
            Transport::Udp | Transport::Icmp | Transport::Esp => Reached::Silence,
        };
    }
    well(door)
}

/// The nodes drop 4000 to 9999.
fn dropped(door: &Door) -> Reached {
    if door.is_of_nodes() && (4000..=9999).contains(&door.port) {
        SILENT
    } else {
        well(door)
    }
}

/// As many lines as fit into a window.
const WINDOW: usize = 40;

/// The lines of the table, which all fit into a window of 80 columns.
fn table(report: &Report) -> Vec<String> {
    let table = text(report, Format::Table);
    let lines: Vec<String> = table.lines().map(str::to_owned).collect();
    assert!(lines.len() < WINDOW, "{} lines:\n{table}", lines.len());
    assert!(
        lines.iter().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    lines
}

/// Title and remedy of each statement.
fn told(report: &Report) -> Vec<[&str; 2]> {
    let roots = report.root_causes.iter();
    roots.map(|root| [&*root.title, &*root.remedy]).collect()
}

const MOST: &str = "tcp 80, 2100-2101, 2181, 2200-2201, 2205, 2210-2211, 2230-2231, 2240-2241, 2888, \
                    3181, 3888, 4000-4004, 4010-4011, 4021, 4123, 4181, 4201, 4231-4233, 4241-4245, \
                    4249, 4251, 4405-4406, 4500-4501, 5021, 5270-5271, 5432, 5601, 6021, 6311, 6379, \
                    7000-7001, 7021, 8008, 8020-8021, 8080-8081, 8441-8442, 8480, 8485, 8787, 8888, \
                    9042, 9090, 9099, 9160, 9200, 11211, 20123-32768, 50010, 50020, 50070, 50075, \
                    50090, udp 11211 and icmp";

#[test]
fn nodes_that_let_in_two_ports_are_one_statement_with_all_others_as_ranges() {
    for [nodes, named, answer] in [
        ["n1,n2,n3", "n1, n2 and n3", "the hosts answer"],
        ["n1", "n1", "the host answers"],
    ] {
        let report = cluster(nodes, denied);
        let title = "74 tcp ports, udp 11211, icmp and 16 of tcp 20123-32768 to";
        assert_eq!(
            told(&report),
            [[
                format!("{title} {named}: nothing is answered"),
                format!(
                    "ask the network team to allow {MOST} from here to {named}: {answer} on other \
                     ports"
                ),
            ]]
        );
        let lines = table(&report);
        assert!(
            lines.iter().any(|line| line.contains("explains")),
            "{lines:?}"
        );
    }
}

#[test]
fn a_dropped_range_of_ports_is_one_statement() {
    let report = cluster("n1,n2,n3", dropped);
    let [[title, remedy]] = told(&report)[..] else {
        panic!("{:?}", told(&report));
    };
    assert_eq!(title, "52 tcp ports to n1, n2 and n3: nothing is answered");
    assert!(remedy.starts_with("ask the network team to allow tcp 4000-4004, 4010-4011, 4021, "));
    table(&report);
}

#[test]
fn rows_of_one_endpoint_differ_at_any_width() {
    let report = looker(well);
    for width in [60, 70, 80, 100] {
        let style = Style {
            width,
            colour: false,
            unicode: true,
            verbose: false,
        };
        let mut out = Vec::new();
        super::write(&report, Format::Table, &style, &mut out).unwrap();
        let table = String::from_utf8(out).unwrap();
        let rows: Vec<&str> = table
            .lines()
            .filter(|it| it.contains("github.com:22"))
            .collect();
        assert_eq!(rows.len(), 2, "{table}");
        assert_ne!(rows[0], rows[1], "{table}");
        let widest = table.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(width), "{table}");
    }
}
