use super::*;
use crate::{
    cause::Cause,
    fact::{Origin, Part, Said as _},
};

const REMEDY: &str = "ask the network team to allow {flow}, and check that {host} is up";

fn flow(host: &str, ports: &str) -> Sentence {
    let to = Sentence::from("tcp").then(" to ").then(Part::host(host));
    to.then(" port ").then(Part::of(Origin::Number, ports))
}

fn remedy(host: &str, flow: Sentence) -> Remedy {
    let host = Part::host(host);
    let places = [("flow", flow.clone()), ("host", host.said())];
    Remedy {
        words: Sentence::fill(REMEDY, &places),
        host,
        flow,
    }
}

fn swept(host: &str, first: u16, last: u16, failed: &[[u16; 2]]) -> Seen {
    let flow = flow(host, &format!("{first}-{last}"));
    Seen {
        source: 0,
        host: host.to_owned(),
        transport: Transport::Tcp,
        tried: Tried::Range(Swept {
            first,
            last,
            checked: 16,
            failed: failed.to_vec(),
        }),
        state: State::Fails(Cause::TcpNoReply),
        remedy: remedy(host, flow),
    }
}

fn silent(host: &str, port: u16) -> Seen {
    let flow = flow(host, &port.to_string());
    Seen {
        tried: Tried::Port(port),
        remedy: remedy(host, flow),
        ..swept(host, 1, 2, &[])
    }
}

fn open(host: &str, port: u16) -> Seen {
    Seen {
        state: State::Works,
        ..silent(host, port)
    }
}

fn told(seen: &[Seen]) -> Vec<(String, String)> {
    statements(seen, Machines::Here)
        .into_iter()
        .map(|it| (it.title.to_string(), it.remedy.to_string()))
        .collect()
}

const ALLOW: &str = "ask the network team to allow";

#[test]
fn ports_shut_on_three_nodes_are_one_statement_in_order() {
    let mut seen = Vec::new();
    for host in ["n1", "n2", "n3"] {
        seen.push(open(host, 22));
        seen.extend([9000, 8080, 443, 444].map(|port| silent(host, port)));
    }
    let title = "tcp 443-444, 8080, 9000 to n1, n2 and n3: nothing is answered";
    let remedy = format!(
        "{ALLOW} tcp 443-444, 8080, 9000 from here to n1, n2 and n3, and check that n1, n2 and n3 \
         are up"
    );
    assert_eq!(told(&seen), [(title.to_owned(), remedy)]);
}

#[test]
fn of_a_sample_nobody_claims_the_ports_that_were_not_tried() {
    let all: Vec<[u16; 2]> = (0..16).map(|it| [20_000 + it * 800; 2]).collect();
    let mut seen = Vec::new();
    for host in ["n1", "n2", "n3"] {
        seen.push(open(host, 22));
        seen.push(swept(host, 20_000, 32_000, &all));
    }
    let title = "16 of tcp 20000-32000 to n1, n2 and n3: nothing is answered";
    let remedy = format!(
        "{ALLOW} tcp 20000-32000 from here to n1, n2 and n3, and check that n1, n2 and n3 are up"
    );
    assert_eq!(told(&seen), [(title.to_owned(), remedy)]);
}

#[test]
fn a_port_that_works_somewhere_is_told_shut_only_where_it_is() {
    let mut seen = vec![open("n1", 22), open("n2", 22), open("n2", 443)];
    seen.extend([443, 8443, 9443].map(|port| silent("n1", port)));
    let told = told(&seen);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].0, "tcp 443, 8443, 9443 to n1: nothing is answered");
}

#[test]
fn what_is_mended_otherwise_is_not_told_together() {
    let mut seen = vec![open("n1", 22)];
    seen.extend([443, 8443, 9443].map(|port| silent("n1", port)));
    seen[1].remedy.words = "start the responder on n1".into();
    assert_eq!(told(&seen), []);
}

#[test]
fn ids_are_made_from_the_contents() {
    let seen: Vec<Seen> = [443, 8443, 9443].map(|port| silent("n1", port)).to_vec();
    let ids = |seen: &[Seen]| {
        let told = statements(seen, Machines::Here);
        told.into_iter().map(|it| it.id).collect::<Vec<String>>()
    };
    assert_eq!(ids(&seen), ["tcp-no-reply:n1"]);
    let mut partly = seen.clone();
    partly.push(open("n1", 22));
    let first = ids(&partly);
    partly.reverse();
    assert_eq!(ids(&partly), first);
}

/// A number below a limit, the next of a sequence. Source: D. E. Knuth, MMIX.
fn below(state: &mut u64, limit: usize) -> usize {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*state >> 33).unwrap() % limit
}

/// What a fault shuts: from whom, to whom, at which ports.
struct Plant {
    from: Vec<usize>,
    to: Vec<usize>,
    ports: Vec<u16>,
}

const MACHINES: usize = 6;
const PORTS: [u16; 4] = [22, 443, 2181, 9090];

/// A fault of its own machines and its own ports, so that no two share a cell's row or column.
fn plant(state: &mut u64, number: usize) -> Plant {
    let all: Vec<usize> = (0..MACHINES).collect();
    let one = number * 2;
    let ports = match below(state, 3) {
        0 => vec![PORTS[number]],
        1 => vec![PORTS[number], PORTS[3]],
        _ => PORTS.to_vec(),
    };
    let [from, to] = match below(state, 4) {
        0 => [all, vec![one]],
        1 => [vec![one], all],
        2 => [vec![one], vec![one + 1]],
        _ => [all.clone(), all],
    };
    Plant { from, to, ports }
}

fn world(plants: &[Plant]) -> Vec<Seen> {
    let mut seen = Vec::new();
    for from in 0..MACHINES {
        for to in (0..MACHINES).filter(|to| *to != from) {
            for port in PORTS {
                let is_shut = |it: &Plant| {
                    it.from.contains(&from) && it.to.contains(&to) && it.ports.contains(&port)
                };
                let host = format!("n{to}");
                let looked = if plants.iter().any(is_shut) {
                    silent(&host, port)
                } else {
                    open(&host, port)
                };
                seen.push(Seen {
                    source: from,
                    ..looked
                });
            }
        }
    }
    seen
}

#[test]
fn a_thousand_planted_worlds_need_no_more_statements_than_faults() {
    let names: Vec<String> = (0..MACHINES).map(|it| format!("n{it}")).collect();
    let mut state = 1;
    for _ in 0..1000 {
        let count = 1 + below(&mut state, 3);
        let plants: Vec<Plant> = (0..count).map(|it| plant(&mut state, it)).collect();
        let seen = world(&plants);
        let told = statements(&seen, Machines::Named(&names));
        let titles: Vec<String> = told.iter().map(|it| it.title.to_string()).collect();
        assert!(told.len() <= count, "{count}: {titles:?}");
        let mut members: Vec<usize> = told.into_iter().flat_map(|it| it.members).collect();
        members.sort_unstable();
        let fails = |place: &usize| seen[*place].state != State::Works;
        assert_eq!(
            members,
            (0..seen.len()).filter(fails).collect::<Vec<usize>>()
        );
    }
}
