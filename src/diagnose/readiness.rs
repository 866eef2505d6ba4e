//! Whether this machine itself is ready for the product: its ports, its port range, its limits.
//!
//! What cannot be read (no `/proc`, another user's process) is not judged.

use super::{Cause, LocalFinding};
use crate::{
    cause::{Place, Places},
    fact::{Fact, LocalFact, Program, Rule, Said, Sentence},
    machine::{LOCAL_RULES, NeededPort, NeededRange, Needs, Ready, holders::Holder},
    net::{PortRange, Ports, Protocol, Transport},
};

/// Our own responder stands in for what is not installed: it holds no port against it.
const OWN_NAME: &str = "portcheck";

/// What is not as the product needs it: ports in the plan's order, then the range, then the limit.
#[must_use]
pub fn judge(needs: &Needs, ready: &Ready) -> Vec<LocalFinding> {
    let ports = needs.ports.iter();
    let taken = ports.filter_map(|needed| taken(needed, &ready.holders));
    let beyond = needs
        .range
        .as_ref()
        .and_then(|needed| beyond(needed, ready.port_range?));
    let few = needs
        .descriptors
        .and_then(|needed| few_descriptors(needed, ready.descriptors?));
    taken.chain(beyond).chain(few).collect()
}

/// A port that another program listens at.
fn taken(needed: &NeededPort, holders: &[Holder]) -> Option<LocalFinding> {
    let strangers: Vec<&Holder> = holders
        .iter()
        .filter(|holder| holder.listens)
        .filter(|holder| (holder.transport, holder.port) == (needed.transport, needed.port))
        .filter(|holder| !is_welcome(holder, needed.protocol))
        .collect();
    let first = strangers.first()?;
    let places =
        of_machine(needed.transport, Ports::One(needed.port)).with(Place::Program, &program(first));
    let mut evidence: Vec<Fact> = strangers.iter().map(|holder| listens(holder)).collect();
    evidence.dedup();
    evidence.push(needed_by(&needed.rules));
    Some(LocalFinding {
        rule: LOCAL_RULES[0],
        service: needed.service.clone(),
        transport: needed.transport,
        ports: Ports::One(needed.port),
        cause: Cause::PortTaken,
        evidence,
        remedy: Cause::PortTaken.remedy(&places),
    })
}

/// Who holds a port, as far as it can be known.
fn program(holder: &Holder) -> Sentence {
    match &holder.process {
        Some(process) => Program::from(process.name.as_str())
            .said()
            .then(" (pid ")
            .then(process.pid.said())
            .then(")"),
        None => "the program that listens there (as root, portcheck can name it)".into(),
    }
}

/// The values of what is about this machine itself.
fn of_machine(transport: Transport, ports: Ports) -> Places {
    let flow = transport.said().then(" port ").then(ports.said());
    Places::new(&"this machine", &flow, &transport)
}

fn listens(holder: &Holder) -> Fact {
    let place = LocalFact::place(holder.address, holder.port);
    match &holder.process {
        Some(process) => LocalFact::ProgramListens {
            program: Program::from(process.name.as_str()),
            pid: process.pid,
            place,
        },
        None => LocalFact::UnseenListens { place },
    }
    .into()
}

fn needed_by(rules: &[String]) -> Fact {
    let rules = rules.iter().map(|rule| Rule::from(rule.as_str())).collect();
    LocalFact::NeededBy { rules }.into()
}

/// Whether the port is held by what is meant to hold it: our responder, or the system's own SSH
/// server, which no product brings along.
fn is_welcome(holder: &Holder, protocol: Protocol) -> bool {
    let name = holder.process.as_ref().map(|process| process.name.as_str());
    match name {
        Some(OWN_NAME) => true,
        _ => protocol == Protocol::Ssh,
    }
}

/// The system gives away ports that are not open between the nodes.
fn beyond(needed: &NeededRange, given: PortRange) -> Option<LocalFinding> {
    let (first, last) = (given.first(), given.last());
    let open = needed.range;
    if open.first() <= first && last <= open.last() {
        return None;
    }
    let places = of_machine(Transport::Tcp, Ports::Range(open))
        .with(
            Place::Range,
            &open.first().said().then(" ").then(open.last().said()),
        )
        .with(Place::Ports, &first.said().then("-").then(last.said()));
    Some(LocalFinding {
        rule: LOCAL_RULES[1],
        service: needed.service.clone(),
        transport: Transport::Tcp,
        ports: Ports::Range(open),
        cause: Cause::EphemeralRange,
        evidence: vec![
            LocalFact::GivesAway { first, last, open }.into(),
            needed_by(std::slice::from_ref(&needed.rule)),
        ],
        remedy: Cause::EphemeralRange.remedy(&places),
    })
}

/// Fewer descriptors than ports.
fn few_descriptors(needed: usize, limit: u64) -> Option<LocalFinding> {
    let is_enough = usize::try_from(limit).is_ok_and(|limit| limit < needed);
    is_enough.then(|| LocalFinding {
        rule: LOCAL_RULES[2],
        service: "open files".to_owned(),
        transport: Transport::Tcp,
        ports: Ports::None,
        cause: Cause::DescriptorLimit,
        evidence: vec![LocalFact::FewFiles { limit, needed }.into()],
        remedy: Cause::DescriptorLimit
            .remedy(&of_machine(Transport::Tcp, Ports::None).with(Place::Needed, &needed)),
    })
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::{machine::holders::Process, net::Port};

    fn port(number: u16) -> Port {
        Port::new(number).unwrap()
    }

    fn holder(number: u16, address: &str, name: Option<&str>) -> Holder {
        Holder {
            transport: Transport::Tcp,
            address: address.parse::<IpAddr>().unwrap(),
            port: port(number),
            listens: true,
            process: name.map(|name| Process {
                pid: 77,
                name: name.to_owned(),
            }),
        }
    }

    fn needs() -> Needs {
        let needed = |number, protocol| NeededPort {
            transport: Transport::Tcp,
            port: port(number),
            protocol,
            rules: vec![format!("demo.{number}")],
            service: "Service".into(),
        };
        Needs {
            ports: vec![
                needed(22, Protocol::Ssh),
                needed(8080, Protocol::Http),
                needed(9042, Protocol::Cassandra),
            ],
            range: Some(NeededRange {
                range: PortRange::new(port(20_123), port(32_768)).unwrap(),
                rule: "demo.range".into(),
                service: "Dynamic".into(),
            }),
            descriptors: Some(12_649),
        }
    }

    fn words(evidence: &[Fact]) -> String {
        let words: Vec<String> = evidence.iter().map(ToString::to_string).collect();
        words.join("; ")
    }

    fn told(ready: &Ready) -> Vec<String> {
        judge(&needs(), ready)
            .into_iter()
            .map(|finding| {
                let (cause, ports) = (finding.cause, finding.ports);
                format!(
                    "{cause} {ports}: {} | {}",
                    words(&finding.evidence),
                    finding.remedy
                )
            })
            .collect()
    }

    #[test]
    fn a_port_that_another_program_holds_is_told_with_its_holder() {
        let ready = Ready {
            holders: vec![
                holder(8080, "0.0.0.0", Some("nginx")),
                holder(8080, "::1", Some("nginx")),
                holder(9042, "127.0.0.1", None),
            ],
            ..Ready::default()
        };
        assert_eq!(
            told(&ready),
            [
                "port-taken 8080: nginx (pid 77) at 0.0.0.0:8080 listens; nginx (pid 77) at [::1]:8080 \
                 listens; needed by demo.8080 | stop nginx (pid 77), or move it to another port before the \
                 installation, unless it is the product itself",
                "port-taken 9042: a process that this user may not see at 127.0.0.1:9042 listens; needed by \
                 demo.9042 | stop the program that listens there (as root, portcheck can name it), or move \
                 it to another port before the installation, unless it is the product itself",
            ]
        );
    }

    #[test]
    fn a_responder_the_ssh_server_and_a_connection_take_no_port() {
        let connection = Holder {
            listens: false,
            ..holder(9042, "10.0.0.1", Some("curl"))
        };
        let ready = Ready {
            holders: vec![
                holder(22, "::", Some("sshd")),
                holder(8080, "::", Some("portcheck")),
                connection,
            ],
            ..Ready::default()
        };
        assert_eq!(told(&ready), [""; 0]);
    }

    #[test]
    fn the_systems_range_must_lie_within_the_open_one() {
        let ready = |first, last| Ready {
            port_range: PortRange::new(port(first), port(last)),
            ..Ready::default()
        };
        assert_eq!(told(&ready(20_123, 32_768)), [""; 0]);
        assert_eq!(told(&ready(25_000, 30_000)), [""; 0]);
        assert_eq!(
            told(&ready(32_768, 60_999)),
            [
                "ephemeral-range 20123-32768: this machine gives away ports 32768 to 60999; 20123-32768 \
              are open between the nodes; needed by demo.range | set net.ipv4.ip_local_port_range to \
              \"20123 32768\" (sysctl), or ask the network team to open 32768-60999 between the nodes too"
            ]
        );
    }

    #[test]
    fn a_process_must_be_able_to_open_as_many_sockets_as_there_are_ports() {
        let ready = |limit| Ready {
            descriptors: Some(limit),
            ..Ready::default()
        };
        assert_eq!(told(&ready(12_649)), [""; 0]);
        assert_eq!(
            told(&ready(4_096)),
            [
                "descriptor-limit -: a process may open 4096 files at most, and the product has 12649 ports \
              here | raise the hard limit of open files to 12649 or more (limits.conf, or LimitNOFILE= of the \
                 service)"
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_judged() {
        assert_eq!(told(&Ready::default()), [""; 0]);
        assert_eq!(Ready::read(&Needs::default()), Ready::default());
    }
}
