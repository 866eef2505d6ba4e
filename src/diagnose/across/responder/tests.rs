use std::time::Duration;

use time::macros::datetime;

use crate::{
    catalog::{Expect, Level, Pki},
    diagnose::{Cause, Controls, Diagnosis, Finding, diagnose, follow_ups},
    net::{Endpoint, Host, Port, Ports, Protocol, Transport},
    observation::{
        AddressObservation, Attempts, ConnectError, Milestones, Observation, PortObservation,
        Reached,
    },
    plan::{Check, CheckEndpoint, CheckStep, Plan, Probe, ProbeId, ProbeOptions},
    protocol::{
        Details, End, HttpHead, Looks, Reply, Speaker,
        responder::{Answer, Door, Proof, Responder, State},
    },
};

/// What every probe of a plan saw; all of them ask responders.
#[derive(Default)]
struct Case {
    plan: Plan,
    seen: Vec<Observation>,
}

impl Case {
    /// One more check of `10.0.0.2` at that port.
    fn and(self, protocol: Protocol, port: u16, reached: Reached) -> Self {
        self.at("10.0.0.2", (protocol, port), reached)
    }

    fn at(mut self, host: &str, (protocol, port): (Protocol, u16), reached: Reached) -> Self {
        let host: Host = host.parse().unwrap();
        let port = Port::new(port).unwrap();
        self.plan.checks.push(Check {
            rule: format!("demo.{port}"),
            catalog: Some("demo".to_owned()),
            section: String::new(),
            service: "Tomcat".to_owned(),
            level: Level::Mandatory,
            from: "nodes".to_owned(),
            to: "nodes".to_owned(),
            endpoint: CheckEndpoint::Bound(Endpoint {
                host: host.clone(),
                ports: Ports::One(port),
                transport: protocol.transport(),
            }),
            protocol,
            expect: Expect::Path,
            pki: Pki::Any,
            any_of: None,
            falls_back_to: None,
            waiver: None,
            informative: false,
            responder: true,
            product: std::sync::Arc::default(),
            notes: Vec::new(),
            step: CheckStep::Probe(ProbeId(self.plan.probes.len())),
        });
        let address = host.address().unwrap();
        self.plan.probes.push(Probe {
            host,
            ports: vec![port],
            protocol,
            options: ProbeOptions {
                responder: true,
                ..ProbeOptions::default()
            },
        });
        self.seen.push(Observation::Tried {
            lookup: None,
            addresses: vec![AddressObservation {
                address,
                from: None,
                ports: vec![PortObservation {
                    others: Vec::new(),
                    port: Some(port),
                    reached,
                    elapsed: Duration::from_millis(2),
                    milestones: Milestones::default(),
                    attempts: Attempts::default(),
                }],
            }],
        });
        self
    }

    fn diagnosis(&self, controls: &Controls) -> Diagnosis {
        diagnose(
            &self.plan,
            &self.seen,
            controls,
            datetime!(2026-11-20 10:00 UTC),
        )
    }

    /// `verdict cause certainty: first evidence` of each finding.
    fn told(&self) -> Vec<String> {
        let diagnosis = self.diagnosis(&Controls::default());
        diagnosis.findings.iter().map(told).collect()
    }

    /// The last finding, once a responder has said that of every port that it was asked about.
    fn told_about(&self, state: &State) -> String {
        let plan = follow_ups(&self.plan, &self.seen);
        let asked: Vec<_> = plan
            .probes
            .iter()
            .map(|probe| probe.options.about)
            .collect();
        let last = self.plan.probes.last().unwrap();
        let door = (last.protocol.transport(), last.ports.first().copied());
        assert_eq!(asked, [Some(door)]);
        let answer = proven(80, |proof| proof.answer.about = state.clone());
        let seen = Self::default().and(Protocol::Tcp, 80, answer).seen;
        let diagnosis = self.diagnosis(&Controls {
            plan,
            seen,
            ..Controls::default()
        });
        diagnosis.findings.last().map(told).unwrap()
    }
}

fn told(finding: &Finding) -> String {
    let cause = finding.cause().map_or("-", Cause::code);
    let (verdict, certainty) = (finding.verdict().word(), finding.certainty.word());
    let evidence: Vec<String> = finding
        .evidence
        .iter()
        .take(2)
        .map(ToString::to_string)
        .collect();
    format!("{verdict} {cause} {certainty}: {}", evidence.join("; "))
}

/// A proof of the responder of `10.0.0.2` at that port.
fn proven(port: u16, change: impl FnOnce(&mut Proof)) -> Reached {
    let mut proof = Proof {
        answer: Answer {
            door: Door {
                transport: Transport::Tcp,
                port,
            },
            id: 2,
            at: format!("10.0.0.2:{port}").parse().unwrap(),
            seen: "10.0.0.1:40000".parse().unwrap(),
            about: State::Bound,
            size: 1_448,
        },
        is_secret: true,
        lost: None,
        own: Some("10.0.0.1:40000".parse().unwrap()),
        is_redirected: false,
    };
    change(&mut proof);
    replied(
        Speaker::Service,
        Details::Responder(Box::new(Responder::Proven(proof))),
    )
}

fn replied(speaker: Speaker, details: Details) -> Reached {
    Reached::Replied {
        reply: Reply {
            details,
            ..Reply::from(speaker)
        },
        tls: None,
    }
}

fn refused() -> Reached {
    Reached::NotConnected(ConnectError::Refused(None))
}

fn answering() -> Case {
    Case::default().and(Protocol::Tcp, 80, proven(80, |_| ()))
}

#[test]
fn a_proof_of_the_port_that_was_asked_is_proof() {
    assert_eq!(answering().told(), ["pass - proven: our responder answers"]);
}

#[test]
fn a_responder_at_another_address_than_was_asked_is_passed_on_to() {
    let behind = |proof: &mut Proof| {
        proof.answer.at = "192.168.0.2:80".parse().unwrap();
        proof.answer.seen = "192.168.0.1:1".parse().unwrap();
    };
    let case = Case::default().and(Protocol::Tcp, 80, proven(80, behind));
    let evidence = &case.diagnosis(&Controls::default()).findings[0].evidence;
    assert_eq!(
        evidence[..],
        [
            "10.0.0.2 is 192.168.0.2 on the other side: a NAT or a relay is on the way",
            "our responder answers",
            "this machine's 10.0.0.1 is seen as 192.168.0.1: a NAT is on the way"
        ]
    );
}

#[test]
fn an_address_that_the_other_side_sees_differently_shows_a_nat_and_nothing_wrong() {
    let behind = |proof: &mut Proof| proof.answer.seen = "192.168.0.1:1".parse().unwrap();
    let case = Case::default().and(Protocol::Tcp, 80, proven(80, behind));
    assert_eq!(
        case.told(),
        [
            "pass - proven: our responder answers; this machine's 10.0.0.1 is seen as 192.168.0.1: a NAT \
             is on the way"
        ]
    );
}

#[test]
fn what_comes_from_another_address_of_the_same_responder_is_its_own() {
    let other = |proof: &mut Proof| proof.answer.at = "10.0.0.9:81".parse().unwrap();
    let case = answering().and(Protocol::Tcp, 81, proven(81, other));
    assert_eq!(
        case.told()[1],
        "warn relayed proven: 10.0.0.2 is 10.0.0.9 on the other side: a NAT or a relay is on the way; \
         our responder answers"
    );
}

#[test]
fn a_proof_from_another_port_or_another_node_is_none() {
    let case = answering().and(Protocol::Tcp, 81, proven(80, |_| ())).and(
        Protocol::Tcp,
        82,
        proven(82, |proof| {
            proof.answer.at = "10.0.0.3:82".parse().unwrap();
            proof.answer.id = 3;
        }),
    );
    assert_eq!(
        case.told()[1..],
        [
            "fail not-our-responder proven: a responder's port 80 answers in its place",
            "fail not-our-responder proven: the responder of 10.0.0.3 answers in its place"
        ]
    );
}

#[test]
fn a_packet_that_does_not_come_back_whole_is_a_black_hole() {
    let case = answering().and(
        Protocol::Tcp,
        81,
        proven(81, |proof| proof.lost = Some(1_448)),
    );
    assert_eq!(
        case.told()[1],
        "fail mtu-black-hole proven: 320 bytes come back, 1448 bytes in one packet do not"
    );
}

#[test]
fn another_token_is_said_so() {
    let other = Details::Responder(Box::new(Responder::OtherToken));
    let case = Case::default().and(Protocol::Tcp, 80, replied(Speaker::Service, other));
    assert_eq!(
        case.told(),
        ["fail wrong-token proven: a responder answers, and has another token"]
    );
}

#[test]
fn the_service_itself_passes_and_a_stray_one_does_not() {
    let http = |server: &str| {
        Details::Http(HttpHead {
            fields: vec![("server".to_owned(), server.to_owned())],
            ..HttpHead::default()
        })
    };
    let said = |server| {
        let reached = replied(Speaker::Service, http(server));
        Case::default()
            .and(Protocol::Http, 8080, reached)
            .told()
            .remove(0)
    };
    let service = "pass - inferred: the service itself answers, not our responder";
    assert_eq!(said("Apache-Coyote/1.1"), service);
    assert_eq!(said("Tomcat"), service);
    assert_eq!(
        said("nginx/1.22.1"),
        "fail not-our-responder proven: what answers is not our responder"
    );
    let banner = replied(Speaker::Other(Looks::Unknown), Details::None);
    assert_eq!(
        Case::default().and(Protocol::Tcp, 1, banner).told(),
        ["fail not-our-responder proven: what answers is not our responder"]
    );
}

#[test]
fn where_no_responder_is_a_refusal_decides_nothing() {
    let case =
        Case::default()
            .and(Protocol::Tcp, 80, refused())
            .and(Protocol::Udp, 53, Reached::Silence);
    assert_eq!(
        case.told(),
        [
            "inconclusive tcp-refused inferred: connection refused; \
             no responder answers on 10.0.0.2",
            "fail udp-no-reply inferred: no answer in 2 ms; a responder has to answer"
        ]
    );
}

#[test]
fn a_responder_that_listens_there_turns_a_refusal_into_a_firewalls() {
    let case = answering().and(Protocol::Tcp, 81, refused());
    assert_eq!(
        case.told_about(&State::Bound),
        "fail rejected-by-firewall proven: connection refused; \
         the responder listens there, so it is not the host that refuses"
    );
    let case = answering().and(Protocol::Udp, 53, Reached::Silence);
    assert_eq!(
        case.told_about(&State::Bound),
        "fail udp-no-reply proven: no answer in 2 ms; the responder listens there"
    );
    let silent = Speaker::Ended {
        end: End::Silence,
        spoke: false,
        asked: true,
    };
    let case = answering().and(Protocol::Tcp, 81, replied(silent, Details::None));
    assert_eq!(
        case.told_about(&State::Bound),
        "fail accepted-but-dead proven: accepted, and never answered a responder's question; \
         the responder listens there, so something on the way accepts in its place"
    );
}

#[test]
fn a_port_that_the_responder_does_not_have_is_told_with_its_holder() {
    let case = answering().and(Protocol::Tcp, 81, refused());
    assert_eq!(
        case.told_about(&State::Taken(Some("nginx".to_owned()))),
        "fail port-taken proven: connection refused; \
         nginx holds the port there, so the responder does not"
    );
    assert_eq!(
        case.told_about(&State::Unbound),
        "inconclusive tcp-refused inferred: connection refused; \
         the responder there does not listen at that port"
    );
    let case = answering().and(Protocol::Udp, 53, Reached::Silence);
    assert_eq!(
        case.told_about(&State::Taken(None)),
        "inconclusive port-taken inferred: no answer in 2 ms; \
         another program holds the port there, so the responder does not"
    );
}

#[test]
fn where_all_answer_nothing_more_is_asked() {
    let case = answering().and(Protocol::Tcp, 81, proven(81, |_| ()));
    assert_eq!(follow_ups(&case.plan, &case.seen).probes, []);
}
