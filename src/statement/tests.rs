use super::*;
use crate::cause::Cause;

const REMEDY: &str = "ask the network team to allow tcp to {host} port {port}, and check that \
                      {host} is up";

fn swept(host: &str, first: u16, last: u16, failed: &[[u16; 2]]) -> Seen {
    let remedy = REMEDY.replace("{host}", host);
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
        remedy: remedy.replace("{port}", &format!("{first}-{last}")),
    }
}

fn silent(host: &str, port: u16) -> Seen {
    let remedy = REMEDY.replace("{host}", host);
    Seen {
        tried: Tried::Port(port),
        remedy: remedy.replace("{port}", &port.to_string()),
        ..swept(host, 1, 2, &[])
    }
}

fn open(host: &str, port: u16) -> Seen {
    Seen {
        state: State::Works,
        remedy: String::new(),
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
    seen[1].remedy = "start the responder on n1".to_owned();
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
