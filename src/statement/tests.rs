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

fn remedy(template: &'static str, host: &str, flow: &Sentence) -> Sentence {
    let places = [
        ("flow", flow.clone()),
        ("host", Part::host(host).said()),
    ];
    Sentence::fill(template, &places)
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
        remedy: remedy(REMEDY, host, &flow),
        flow,
    }
}

fn silent(host: &str, port: u16) -> Seen {
    let flow = flow(host, &port.to_string());
    Seen {
        tried: Tried::Port(port),
        remedy: remedy(REMEDY, host, &flow),
        flow,
        ..swept(host, 1, 2, &[])
    }
}

fn open(host: &str, port: u16) -> Seen {
    Seen {
        state: State::Works,
        remedy: Sentence::default(),
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
    seen[1].remedy = "start the responder on n1".into();
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
