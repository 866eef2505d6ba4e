use std::time::Duration;

use time::macros::datetime;

use super::*;
use crate::{
    catalog::{Expect, Level, Pki, Product, Withdrawn},
    fact::{Asked, NameFact, Part, Sentence},
    net::{Endpoint, Port, PortRange, Ports, Protocol, Transport},
    observation::{
        AddressObservation, Attempts, Certificate, ChainFault, ClientCertificate, ConnectError,
        HostsFile, IcmpError, Lookup, Milestones, PortObservation, Reached, ResolveError, TlsError,
        TlsObservation, Trust,
        tls::{Alert, Change, Experiment, Handshake, Unchanged},
    },
    plan::{Check, CheckEndpoint, CheckStep, Probe, ProbeId, ProbeOptions},
    protocol::{Complaint, Details, End, HttpHead, Looks, NtpAnswer, Reply, Speaker},
};

const NOW: OffsetDateTime = datetime!(2026-11-20 10:00 UTC);

/// A plan of checks, each with a probe of its own, and what each probe sees.
#[derive(Default)]
struct Case {
    plan: Plan,
    seen: Vec<Observation>,
}

impl Case {
    fn of(uri: &str, seen: Observation) -> Self {
        Self::default().and(uri, seen)
    }

    fn and(self, uri: &str, seen: Observation) -> Self {
        self.with(uri, seen, |_| ())
    }

    fn with(mut self, uri: &str, seen: Observation, change: impl Fn(&mut Check)) -> Self {
        let (protocol, address) = uri.split_once("://").unwrap();
        let protocol: Protocol = protocol.parse().unwrap();
        let address: crate::net::Address = address.parse().unwrap();
        let port = address.port.or(protocol.default_port());
        let mut check = Check {
            rule: uri.to_owned(),
            catalog: None,
            section: "Endpoints".to_owned(),
            service: protocol.to_string(),
            level: Level::Mandatory,
            from: String::new(),
            to: String::new(),
            endpoint: CheckEndpoint::Bound(Endpoint {
                host: address.host.clone(),
                ports: port.map_or(Ports::None, Ports::One),
                transport: protocol.transport(),
            }),
            protocol,
            expect: Expect::Service,
            pki: Pki::Any,
            any_of: None,
            falls_back_to: None,
            waiver: None,
            informative: false,
            responder: false,
            product: std::sync::Arc::default(),
            notes: Vec::new(),
            step: CheckStep::Probe(ProbeId(self.plan.probes.len())),
        };
        change(&mut check);
        self.plan.probes.push(Probe {
            host: address.host,
            ports: port.into_iter().collect(),
            protocol,
            options: ProbeOptions::default(),
        });
        self.plan.checks.push(check);
        self.seen.push(seen);
        self
    }

    fn diagnosis(&self) -> Diagnosis {
        diagnose(&self.plan, &self.seen, &Controls::default(), NOW)
    }

    /// The same after every control that is worth trying was seen so.
    fn diagnosis_with_controls(&self, seen: &Observation) -> Diagnosis {
        let plan = follow_ups(&self.plan, &self.seen);
        let seen = vec![seen.clone(); plan.probes.len()];
        diagnose(
            &self.plan,
            &self.seen,
            &Controls {
                plan,
                seen,
                ..Controls::default()
            },
            NOW,
        )
    }

    /// `verdict cause certainty` of each finding.
    fn told(&self) -> Vec<String> {
        self.diagnosis().findings.iter().map(told).collect()
    }
}

fn told(finding: &Finding) -> String {
    format!(
        "{} {} {}",
        finding.verdict().word(),
        finding.cause().map_or("-", Cause::code),
        finding.certainty.word()
    )
}

fn path(check: &mut Check) {
    check.expect = Expect::Path;
}

fn vendor(check: &mut Check) {
    check.catalog = Some("looker".to_owned());
    check.pki = Pki::Public;
}

fn reached(reached: Reached) -> Observation {
    addresses(&[("192.0.2.1", reached)])
}

fn addresses(reached: &[(&str, Reached)]) -> Observation {
    Observation::Tried {
        lookup: Some(Lookup::default()),
        addresses: reached
            .iter()
            .map(|(address, reached)| AddressObservation {
                address: address.parse().unwrap(),
                from: None,
                ports: vec![PortObservation {
                    others: Vec::new(),
                    port: None,
                    reached: reached.clone(),
                    elapsed: Duration::from_secs(3),
                    milestones: Milestones::default(),
                    attempts: Attempts {
                        tried: 1,
                        succeeded: 1,
                        silent: 0,
                    },
                }],
            })
            .collect(),
    }
}

fn error(error: ConnectError) -> Observation {
    reached(Reached::NotConnected(error))
}

fn unresolved(error: ResolveError) -> Observation {
    let lookup = Lookup {
        servers: vec!["10.0.0.53".parse().unwrap()],
        ..Lookup::default()
    };
    Observation::Unresolved(error, lookup)
}

fn replied(speaker: Speaker) -> Observation {
    reached(Reached::Replied {
        reply: Reply::from(speaker),
        tls: None,
    })
}

fn certificate() -> Certificate {
    Certificate {
        subject: "CN=vendor.example".to_owned(),
        issuer: "CN=Some CA".to_owned(),
        names: vec!["vendor.example".to_owned()],
        not_before: datetime!(2026-01-01 0:00 UTC),
        not_after: datetime!(2027-06-01 0:00 UTC),
        self_issued: false,
        authority: false,
        is_used: true,
    }
}

/// A handshake that ended well with a chain that all trust.
fn good_tls() -> TlsObservation {
    TlsObservation {
        server_name: Some("vendor.example".to_owned()),
        outcome: Ok(Handshake {
            version: "TLS 1.3".to_owned(),
            alpn: None,
        }),
        chain: vec![certificate()],
        machine: Trust::Trusted,
        public: Trust::Trusted,
        name_mismatch: None,
        client_certificate: ClientCertificate::NotRequested,
        experiments: Vec::new(),
        unchanged: Unchanged::default(),
        chosen: None,
    }
}

fn tls(change: impl Fn(&mut TlsObservation)) -> Observation {
    let mut tls = good_tls();
    change(&mut tls);
    reached(Reached::Tls {
        tls: Box::new(tls),
        reply: None,
    })
}

fn untrusted(fault: ChainFault) -> Observation {
    tls(|tls| {
        tls.machine = Trust::Untrusted(vec![fault]);
        tls.public = Trust::Untrusted(vec![fault]);
    })
}

fn icmp(code: u8) -> IcmpError {
    IcmpError {
        from: Some("10.0.0.1".parse().unwrap()),
        kind: 3,
        code,
    }
}

#[test]
fn every_connect_error_has_its_verdict_under_service_and_under_path() {
    let table = [
        (
            ConnectError::Refused(None),
            "fail tcp-refused proven",
            "pass - inferred",
        ),
        (
            ConnectError::NoReply,
            "fail tcp-no-reply proven",
            "fail tcp-no-reply proven",
        ),
        (
            ConnectError::Prohibited(Some(icmp(13))),
            "fail rejected-by-firewall proven",
            "fail rejected-by-firewall proven",
        ),
        (
            ConnectError::HostUnreachable(None),
            "fail host-unreachable inferred",
            "fail host-unreachable inferred",
        ),
        (
            ConnectError::HostUnreachable(Some(icmp(1))),
            "fail host-unreachable proven",
            "fail host-unreachable proven",
        ),
        (
            ConnectError::NetworkUnreachable(Some(icmp(0))),
            "fail network-unreachable proven",
            "fail network-unreachable proven",
        ),
        (
            ConnectError::TimeExceeded(None),
            "fail route-loop proven",
            "fail route-loop proven",
        ),
        (
            ConnectError::NoRoute,
            "fail no-route proven",
            "fail no-route proven",
        ),
        (
            ConnectError::LinkDown,
            "fail link-down proven",
            "fail link-down proven",
        ),
        (
            ConnectError::LocalFirewall,
            "fail local-firewall proven",
            "fail local-firewall proven",
        ),
        (
            ConnectError::LocalPolicy,
            "fail local-policy proven",
            "fail local-policy proven",
        ),
        (
            ConnectError::LocalResources("descriptors".to_owned()),
            "inconclusive local-resources proven",
            "inconclusive local-resources proven",
        ),
        (
            ConnectError::SourceAddress,
            "inconclusive source-address proven",
            "inconclusive source-address proven",
        ),
    ];
    for (seen, under_service, under_path) in table {
        let service = Case::of("tcp://node:2100", error(seen.clone()));
        assert_eq!(service.told(), [under_service], "{seen:?}");
        let to_there = Case::default().with("tcp://node:2100", error(seen.clone()), path);
        assert_eq!(to_there.told(), [under_path], "{seen:?}");
    }
}

#[test]
fn silence_over_udp_fails_only_where_the_protocol_must_answer() {
    let table = [
        (
            "dns://ns",
            "fail udp-no-reply proven",
            "inconclusive udp-no-reply inferred",
        ),
        (
            "memcached+udp://m",
            "inconclusive udp-no-reply inferred",
            "inconclusive udp-no-reply inferred",
        ),
        (
            "icmp://node",
            "fail icmp-no-reply inferred",
            "fail icmp-no-reply inferred",
        ),
        (
            "esp://node",
            "inconclusive esp-no-reply inferred",
            "inconclusive esp-no-reply inferred",
        ),
    ];
    for (uri, under_service, under_path) in table {
        assert_eq!(
            Case::of(uri, reached(Reached::Silence)).told(),
            [under_service],
            "{uri}"
        );
        let to_there = Case::default().with(uri, reached(Reached::Silence), path);
        assert_eq!(to_there.told(), [under_path], "{uri}");
    }
}

#[test]
fn a_closed_udp_port_and_a_host_without_esp_show_that_the_path_is_open() {
    let own = IcmpError {
        from: Some("192.0.2.1".parse().unwrap()),
        ..icmp(3)
    };
    let refused = error(ConnectError::Refused(Some(own)));
    assert_eq!(
        Case::of("ntp://t", refused.clone()).told(),
        ["fail udp-port-unreachable proven"]
    );
    assert_eq!(
        Case::default().with("ike://n", refused, path).told(),
        ["pass - inferred"]
    );
    let no_esp = error(ConnectError::ProtocolUnreachable(Some(icmp(2))));
    assert_eq!(
        Case::default().with("esp://n", no_esp, path).told(),
        ["pass - inferred"]
    );
}

#[test]
fn each_way_a_name_fails_has_its_cause() {
    let failure = |bogus| ResolveError::ServerFailure {
        rcode: "SERVFAIL".to_owned(),
        bogus,
    };
    let table = [
        (ResolveError::NoSuchName, "fail dns-no-such-name proven"),
        (ResolveError::NoAddress, "fail dns-no-address proven"),
        (failure(false), "fail dns-server-failure proven"),
        (failure(true), "fail dnssec-bogus proven"),
        (ResolveError::Refused, "fail dns-refused proven"),
        (ResolveError::Timeout, "fail dns-timeout proven"),
        (
            ResolveError::Unreachable(ConnectError::Refused(None)),
            "fail dns-unreachable proven",
        ),
        (
            ResolveError::Unreachable(ConnectError::NoRoute),
            "fail no-route proven",
        ),
        (
            ResolveError::Unreachable(ConnectError::LinkDown),
            "fail link-down proven",
        ),
        (
            ResolveError::Unreachable(ConnectError::LocalFirewall),
            "fail local-firewall proven",
        ),
        (ResolveError::NoResolver, "fail no-resolver proven"),
    ];
    for (error, told) in table {
        assert_eq!(
            Case::of("https://vendor.example", unresolved(error)).told(),
            [told]
        );
    }
}

#[test]
fn a_chain_is_judged_by_whom_it_must_be_trusted() {
    let intercepted = tls(|tls| {
        tls.public = Trust::Untrusted(vec![ChainFault::UnknownIssuer]);
    });
    let old_store = tls(|tls| {
        tls.machine = Trust::Untrusted(vec![ChainFault::UnknownIssuer]);
    });
    let uri = "tls://vendor.example";
    let public = |seen: &Observation| Case::default().with(uri, seen.clone(), vendor).told();
    assert_eq!(public(&intercepted), ["warn tls-intercepted proven"]);
    assert_eq!(public(&old_store), ["pass - proven"]);
    assert_eq!(
        public(&untrusted(ChainFault::UnknownIssuer)),
        ["fail tls-intercepted inferred"]
    );
    assert_eq!(Case::of(uri, intercepted).told(), ["pass - proven"]);
    assert_eq!(
        Case::of(uri, old_store).told(),
        ["fail tls-unknown-issuer proven"]
    );
}

#[test]
fn each_fault_of_a_chain_has_its_cause() {
    let table = [
        (ChainFault::Expired, "fail tls-expired proven"),
        (ChainFault::NotYetValid, "fail tls-not-yet-valid proven"),
        (ChainFault::SelfSigned, "fail tls-self-signed proven"),
        (ChainFault::Incomplete, "fail tls-incomplete-chain proven"),
        (ChainFault::WrongPurpose, "fail tls-wrong-purpose proven"),
        (ChainFault::WeakKey, "fail tls-weak-key proven"),
    ];
    for (fault, told) in table {
        assert_eq!(
            Case::of("https://vendor.example", untrusted(fault)).told(),
            [told]
        );
    }
}

#[test]
fn a_rule_of_our_verifier_is_a_warning_that_names_it_and_no_fault() {
    use crate::observation::VerifierRule;
    let beyond = |rule| vec![ChainFault::BeyondVerifier(rule)];
    let table = [
        (VerifierRule::Version, "warn tls-unknown-issuer inferred"),
        (
            VerifierRule::AuthorityAsServer,
            "warn tls-wrong-purpose inferred",
        ),
        (VerifierRule::Algorithm, "warn tls-weak-key inferred"),
    ];
    let uri = "https://vendor.example";
    for (rule, told) in table {
        let seen = tls(|tls| tls.machine = Trust::Untrusted(beyond(rule)));
        assert_eq!(Case::of(uri, seen).told(), [told]);
    }
    let other_name = tls(|tls| {
        tls.machine = Trust::Untrusted(beyond(VerifierRule::Version));
        tls.name_mismatch = Some(vec!["other.example".to_owned()]);
    });
    assert_eq!(
        Case::of(uri, other_name).told(),
        ["fail tls-name-mismatch proven"]
    );
    let expired = tls(|tls| {
        let mut faults = beyond(VerifierRule::Version);
        faults.insert(0, ChainFault::Expired);
        tls.machine = Trust::Untrusted(faults);
    });
    assert_eq!(Case::of(uri, expired).told(), ["fail tls-expired proven"]);
}

#[test]
fn a_wrong_name_fails_and_a_near_end_warns() {
    let wrong_name = tls(|tls| tls.name_mismatch = Some(vec!["other.example".to_owned()]));
    assert_eq!(
        Case::of("tls://vendor.example", wrong_name).told(),
        ["fail tls-name-mismatch proven"]
    );
    let ends_soon = tls(|tls| tls.chain[0].not_after = datetime!(2026-12-01 0:00 UTC));
    assert_eq!(
        Case::of("tls://vendor.example", ends_soon).told(),
        ["warn tls-expires-soon proven"]
    );
}

#[test]
fn certificates_of_the_sites_own_hosts_do_not_fail_a_rule_about_a_port() {
    let bmc = |check: &mut Check| check.catalog = Some("thoughtspot".to_owned());
    let case = Case::default().with("https://bmc", untrusted(ChainFault::SelfSigned), bmc);
    assert_eq!(case.told(), ["warn tls-self-signed proven"]);
}

#[test]
fn each_way_a_handshake_dies_has_its_cause() {
    let table = [
        (
            TlsError::NotTls("HTTP/1.1 400".to_owned()),
            "tls-not-spoken",
        ),
        (TlsError::ClosedBeforeHello, "closed-at-once"),
        (TlsError::ResetBeforeHello, "tls-reset"),
        (TlsError::Reset, "tls-reset"),
        (TlsError::Stalled { after_bytes: false }, "tls-stalled"),
        (TlsError::Alert(Alert::ProtocolVersion), "tls-version"),
        (
            TlsError::Alert(Alert::HandshakeFailure),
            "tls-no-shared-cipher",
        ),
        (
            TlsError::Alert(Alert::UnrecognizedName),
            "tls-name-rejected",
        ),
        (
            TlsError::Alert(Alert::CertificateRequired),
            "tls-client-cert",
        ),
        (
            TlsError::Alert(Alert::Other("internal_error".to_owned())),
            "tls-alert",
        ),
    ];
    for (error, cause) in table {
        let seen = tls(|tls| tls.outcome = Err(error.clone()));
        let told = format!("fail {cause} proven");
        assert_eq!(Case::of("https://vendor.example", seen).told(), [told]);
    }
}

#[test]
fn an_experiment_that_succeeds_names_the_culprit() {
    let table = [
        (Change::OtherServerName, "sni-filtered"),
        (Change::NoServerName, "sni-filtered"),
        (Change::SmallSegments, "mtu-black-hole"),
    ];
    for (change, cause) in table {
        let seen = tls(|tls| {
            tls.outcome = Err(TlsError::ResetBeforeHello);
            tls.experiments = vec![Experiment {
                change,
                answered: true,
            }];
        });
        let told = format!("fail {cause} proven");
        assert_eq!(Case::of("https://vendor.example", seen).told(), [told]);
    }
}

#[test]
fn each_end_of_a_talk_has_its_cause() {
    let ended = |end, spoke, asked| Speaker::Ended { end, spoke, asked };
    let table = [
        (Speaker::Service, "pass - proven"),
        (
            ended(End::Closed, false, false),
            "fail closed-at-once proven",
        ),
        (ended(End::Reset, false, false), "fail reset-at-once proven"),
        (ended(End::Silence, false, false), "fail no-greeting proven"),
        (ended(End::Silence, false, true), "fail no-answer proven"),
        (ended(End::Silence, true, true), "fail slow-answer proven"),
        (
            ended(End::TooLong, true, true),
            "fail wrong-protocol proven",
        ),
        (Speaker::Other(Looks::Tls), "fail tls-unexpected proven"),
        (
            Speaker::Other(Looks::Known(Protocol::Http)),
            "fail wrong-protocol proven",
        ),
        (
            Speaker::Unwilling(Complaint::NoStartTls),
            "fail no-starttls proven",
        ),
        (
            Speaker::Unwilling(Complaint::AccessDenied),
            "fail access-denied proven",
        ),
        (
            Speaker::Unwilling(Complaint::RateLimited),
            "warn rate-limited proven",
        ),
        (
            Speaker::Unwilling(Complaint::StartTlsRefused),
            "fail no-starttls proven",
        ),
        (Speaker::BrokeOff(End::Reset), "fail reset-at-once proven"),
        (Speaker::BrokeOff(End::Closed), "fail closed-at-once proven"),
        (Speaker::BrokeOff(End::Silence), "fail no-answer proven"),
    ];
    for (speaker, told) in table {
        assert_eq!(Case::of("smtp://relay", replied(speaker)).told(), [told]);
    }
}

#[test]
fn a_time_server_that_contradicts_this_clock_warns() {
    let answer = |offset_ms| {
        reached(Reached::Replied {
            reply: Reply {
                details: Details::Ntp(NtpAnswer {
                    stratum: 2,
                    leap: 0,
                    root_distance_ms: 0,
                    transmit_unix_ms: None,
                    offset_ms: Some(offset_ms),
                }),
                ..Reply::service()
            },
            tls: None,
        })
    };
    assert_eq!(Case::of("ntp://t", answer(-800)).told(), ["pass - proven"]);
    assert_eq!(
        Case::of("ntp://t", answer(-3_600_000)).told(),
        ["warn clock-skew inferred"]
    );
}

#[test]
fn some_bad_addresses_fail_with_their_number() {
    let seen = addresses(&[
        ("192.0.2.1", Reached::Connected),
        ("192.0.2.2", Reached::NotConnected(ConnectError::NoReply)),
    ]);
    let diagnosis = Case::of("tcp://vendor.example:443", seen).diagnosis();
    assert_eq!(
        told(&diagnosis.findings[0]),
        "fail partial-addresses proven"
    );
    assert_eq!(
        diagnosis.findings[0].evidence,
        [
            "1 of 2 addresses fail",
            "192.0.2.2: tcp-no-reply",
            "no answer in 3.0 s"
        ]
    );
}

#[test]
fn a_family_without_a_route_here_is_a_note_and_no_failure() {
    let seen = addresses(&[
        ("192.0.2.1", Reached::Connected),
        ("2001:db8::1", Reached::NotConnected(ConnectError::NoRoute)),
    ]);
    let diagnosis = Case::of("tcp://vendor.example:443", seen).diagnosis();
    assert_eq!(told(&diagnosis.findings[0]), "pass - proven");
    assert_eq!(
        diagnosis.findings[0].evidence,
        [
            "open",
            "this machine has no IPv6 route, so 2001:db8::1 was not tried"
        ]
    );
}

/// The addresses that `lookup` found.
fn found(lookup: Lookup, reached: &[(&str, Reached)]) -> Observation {
    match addresses(reached) {
        Observation::Tried { addresses, .. } => Observation::Tried {
            lookup: Some(lookup),
            addresses,
        },
        other @ (Observation::Interrupted
        | Observation::Unresolved(..)
        | Observation::Relayed(_)) => other,
    }
}

#[test]
fn a_public_name_that_is_loopback_is_sinkholed_whatever_answers_there() {
    for seen in [
        Reached::NotConnected(ConnectError::Refused(None)),
        Reached::NotConnected(ConnectError::NoReply),
        Reached::Connected,
    ] {
        let seen = addresses(&[("127.0.0.1", seen)]);
        let case = Case::default().with("tcp://vendor.example:443", seen, vendor);
        assert_eq!(case.told(), ["fail dns-sinkholed proven"]);
    }
    let own = addresses(&[("127.0.0.1", Reached::Connected)]);
    let own = Case::of("tcp://own.example:443", own);
    assert_eq!(own.told(), ["pass - proven"]);
}

#[test]
fn a_public_name_out_of_the_hosts_file_is_told_with_file_and_line() {
    let lookup = Lookup {
        hosts_file: Some(HostsFile {
            path: "/etc/hosts".to_owned(),
            lines: vec![7],
        }),
        ..Lookup::default()
    };
    let seen = |address, error| {
        let reached = Reached::NotConnected(error);
        let seen = found(lookup.clone(), &[(address, reached)]);
        Case::default().with("tcp://vendor.example:443", seen, vendor)
    };
    let case = seen("127.0.0.1", ConnectError::Refused(None));
    assert_eq!(case.told(), ["fail hosts-file proven"]);
    assert_eq!(
        case.diagnosis().findings[0].evidence,
        [
            "vendor.example is 127.0.0.1 by /etc/hosts, line 7, and DNS was not asked",
            "connection refused",
            "it would be `tcp-refused` otherwise"
        ]
    );
    let silent = seen("192.0.2.9", ConnectError::NoReply);
    assert_eq!(silent.told(), ["fail hosts-file inferred"]);
    let offline = seen("192.0.2.9", ConnectError::LinkDown);
    assert_eq!(offline.told(), ["fail link-down proven"]);
}

#[test]
fn an_alias_of_a_filters_sinkhole_is_told_link_by_link() {
    let lookup = Lookup {
        servers: vec!["192.0.2.53".parse().unwrap()],
        aliases: vec!["sinkhole.paloaltonetworks.com".to_owned()],
        ..Lookup::default()
    };
    let refused = Reached::NotConnected(ConnectError::Refused(None));
    let seen = found(lookup.clone(), &[("192.0.2.9", refused.clone())]);
    let case = Case::of("tcp://any.example:443", seen.clone());
    assert_eq!(case.told(), ["fail dns-sinkholed proven"]);
    assert_eq!(
        case.diagnosis().findings[0].evidence,
        [
            "192.0.2.53 says that any.example is 192.0.2.9",
            "sinkhole.paloaltonetworks.com is where Palo Alto Networks sends the names that it blocks",
            "connection refused",
            "it would be `tcp-refused` otherwise",
            "any.example is an alias of sinkhole.paloaltonetworks.com"
        ]
    );
    let itself = Case::of("tcp://sinkhole.paloaltonetworks.com:443", seen);
    assert_eq!(itself.told(), ["fail tcp-refused proven"]);
    let moved = Lookup {
        aliases: vec!["a.cdn.example".to_owned(), "b.cdn.example".to_owned()],
        ..lookup
    };
    let case = Case::of(
        "tcp://any.example:443",
        found(moved, &[("192.0.2.9", refused)]),
    );
    assert_eq!(
        case.diagnosis().findings[0].evidence,
        [
            "connection refused",
            "any.example is an alias of a.cdn.example, that of b.cdn.example"
        ]
    );
}

#[test]
fn what_its_vendor_has_withdrawn_is_skipped_and_does_not_gate() {
    let withdrawn = |check: &mut Check| {
        check.step = CheckStep::Withdrawn(Withdrawn {
            by: "GitHub".to_owned(),
            since: "2022-03-15".to_owned(),
            instead: "use https or ssh".to_owned(),
        });
    };
    let case = Case::default().with("git://github.com", Observation::Interrupted, withdrawn);
    assert_eq!(case.told(), ["skip withdrawn-by-vendor proven"]);
    let finding = &case.diagnosis().findings[0];
    assert_eq!(finding.weight, Weight::Informs(Aside::Withdrawn));
    assert_eq!(
        finding.evidence,
        ["GitHub ended this service on 2022-03-15"]
    );
    assert_eq!(
        finding.remedy.as_ref().map(ToString::to_string).as_deref(),
        Some("use https or ssh")
    );
}

/// Alternatives of one catalog, each with the transports it is tried over.
fn alternatives(tried: &[(&str, Observation)]) -> Case {
    tried.iter().fold(Case::default(), |case, (uri, seen)| {
        case.with(uri, seen.clone(), |check| {
            check.rule = format!("demo.{}", check.ports());
            check.catalog = Some("demo".to_owned());
            check.any_of = Some("demo.dir".to_owned());
            check.informative = check.protocol.transport() == Transport::Udp;
        })
    })
}

#[test]
fn an_alternative_that_is_not_needed_is_skipped_with_nothing_to_do() {
    let refused = error(ConnectError::Refused(None));
    let one = alternatives(&[
        ("tcp://dir:389", refused.clone()),
        ("tcp://dir:636", reached(Reached::Connected)),
    ]);
    assert_eq!(one.told(), ["skip not-needed proven", "pass - proven"]);
    let finding = &one.diagnosis().findings[0];
    assert_eq!(
        finding.evidence,
        [
            "one alternative is enough, and demo.636 works at dir",
            "connection refused"
        ]
    );
    assert_eq!((&finding.remedy, finding.weight.gates()), (&None, false));
    let none = alternatives(&[
        ("tcp://dir:389", refused.clone()),
        ("tcp://dir:636", refused),
    ]);
    assert_eq!(
        none.told(),
        ["fail tcp-refused proven", "fail tcp-refused proven"]
    );
}

#[test]
fn what_another_rule_does_as_well_is_degraded_and_not_broken() {
    let refused = error(ConnectError::Refused(None));
    let reports = |mail: Observation| {
        let case = Case::default().with("tcp://errors:9000", refused.clone(), |check| {
            check.falls_back_to = Some("demo.mail".to_owned());
        });
        case.with("tcp://mail:25", mail, |check| {
            check.rule = "demo.mail".to_owned();
        })
    };
    let degraded = reports(reached(Reached::Connected));
    assert_eq!(
        degraded.told(),
        ["fail tcp-refused proven", "pass - proven"]
    );
    let finding = &degraded.diagnosis().findings[0];
    assert_eq!(finding.weight, Weight::Informs(Aside::StoodInFor));
    assert_eq!(
        finding.evidence,
        [
            "degraded, not broken: demo.mail stands in for it, and works",
            "connection refused"
        ]
    );
    let broken = reports(refused.clone()).diagnosis();
    let gates: Vec<bool> = broken.findings.iter().map(|it| it.weight.gates()).collect();
    assert_eq!(gates, [true, true]);
}

#[test]
fn a_live_host_never_excuses_a_dead_one() {
    let refused = error(ConnectError::Refused(None));
    let two = alternatives(&[
        ("tcp://live:389", refused.clone()),
        ("tcp://dead:389", refused.clone()),
        ("tcp://live:636", reached(Reached::Connected)),
        ("tcp://dead:636", refused),
    ]);
    assert_eq!(
        two.told(),
        [
            "skip not-needed proven",
            "fail tcp-refused proven",
            "pass - proven",
            "fail tcp-refused proven",
        ]
    );
}

#[test]
fn a_further_transport_neither_makes_an_alternative_work_nor_breaks_it() {
    let refused = error(ConnectError::Refused(None));
    let nothing = alternatives(&[
        ("tcp://dir:389", refused.clone()),
        ("udp://dir:389", refused.clone()),
        ("tcp://dir:636", refused.clone()),
        ("udp://dir:636", reached(Reached::Silence)),
    ]);
    assert_eq!(
        nothing.told(),
        [
            "fail tcp-refused proven",
            "fail udp-port-unreachable proven",
            "fail tcp-refused proven",
            "inconclusive udp-no-reply inferred",
        ]
    );
    let gates = |case: &Case| -> Vec<bool> {
        let findings = case.diagnosis().findings;
        findings.iter().map(|it| it.weight.gates()).collect()
    };
    assert_eq!(gates(&nothing), [true, false, true, false]);
    let one = alternatives(&[
        ("tcp://dir:389", refused.clone()),
        ("udp://dir:389", refused.clone()),
        ("tcp://dir:636", reached(Reached::Connected)),
        ("udp://dir:636", refused),
    ]);
    assert_eq!(
        one.told(),
        [
            "skip not-needed proven",
            "skip not-needed proven",
            "pass - proven",
            "fail udp-port-unreachable proven",
        ]
    );
}

#[test]
fn alternatives_for_other_hosts_are_matched_as_a_whole() {
    let refused = error(ConnectError::Refused(None));
    let mirrors = alternatives(&[
        ("tcp://one:81", refused.clone()),
        ("tcp://two:82", reached(Reached::Connected)),
    ]);
    assert_eq!(mirrors.told(), ["skip not-needed proven", "pass - proven"]);
    let partly = alternatives(&[
        ("tcp://one:81", refused.clone()),
        ("tcp://two:82", reached(Reached::Connected)),
        ("tcp://three:82", refused),
    ]);
    assert_eq!(
        partly.told(),
        [
            "fail tcp-refused proven",
            "pass - proven",
            "fail tcp-refused proven",
        ]
    );
}

#[test]
fn blocked_passes_only_beside_a_port_of_the_same_host_that_answers() {
    let blocked = |check: &mut Check| check.expect = Expect::Blocked;
    let silent = error(ConnectError::NoReply);
    let alone = Case::default().with("tcp://node:23", silent.clone(), blocked);
    assert_eq!(alone.told(), ["inconclusive tcp-no-reply proven"]);
    let beside = Case::default()
        .with("tcp://node:23", silent, blocked)
        .and("tcp://node:22", reached(Reached::Connected));
    assert_eq!(beside.told(), ["pass - inferred", "pass - proven"]);
    let both_blocked = Case::default()
        .with("tcp://node:23", error(ConnectError::NoReply), blocked)
        .with("tcp://node:22", reached(Reached::Connected), blocked);
    assert_eq!(
        both_blocked.told(),
        ["pass - inferred", "fail reachable proven"]
    );
    let open = Case::default().with("tcp://node:23", reached(Reached::Connected), blocked);
    assert_eq!(open.told(), ["fail reachable proven"]);
}

#[test]
fn a_host_that_must_not_be_reached_and_keeps_silent_is_asked_whether_it_is_there() {
    let blocked = |check: &mut Check| check.expect = Expect::Blocked;
    let case = Case::default()
        .with("tcp://node:23", error(ConnectError::NoReply), blocked)
        .and("tcp://other:23", error(ConnectError::NoReply));
    let plan = follow_ups(&case.plan, &case.seen);
    let asked: Vec<String> = plan
        .probes
        .iter()
        .map(|probe| format!("{} {} {:?}", probe.host, probe.protocol, probe.ports))
        .collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[0], "node icmp []");
    let verdict = |seen: Observation| told(&case.diagnosis_with_controls(&seen).findings[0]);
    assert_eq!(
        verdict(error(ConnectError::Refused(None))),
        "pass - inferred"
    );
    assert_eq!(
        verdict(error(ConnectError::NoReply)),
        "inconclusive tcp-no-reply proven"
    );
    assert_eq!(
        verdict(reached(Reached::Connected)),
        "inconclusive tcp-no-reply proven",
        "what accepts for every host shows none"
    );
    let filtered = ConnectError::HostUnreachable(None);
    assert_eq!(verdict(error(filtered)), "inconclusive tcp-no-reply proven");
}

#[test]
fn a_dead_resolver_is_one_root_and_not_eleven_copies() {
    let names = ["license", "ping", "auth", "actions"];
    let case = names.iter().fold(Case::default(), |case, name| {
        case.and(
            &format!("https://{name}.example"),
            unresolved(ResolveError::Timeout),
        )
    });
    let diagnosis = case.diagnosis();
    assert_eq!(
        diagnosis.roots,
        [RootCause {
            id: "dns-timeout".to_owned(),
            cause: Cause::DnsTimeout,
            title: "the name server does not answer".into(),
            evidence: vec![
                NameFact::NameServerSilent {
                    asked: Asked(vec!["10.0.0.53".parse().unwrap()]),
                    elapsed: Duration::ZERO,
                }
                .into()
            ],
            remedy: Sentence::fill(
                "ask the network team to allow udp and tcp port 53 from this machine to {server}, or \
                 name a DNS server that answers (/etc/resolv.conf, or --resolver ADDRESS)",
                &[("server", Part::host("10.0.0.53").into())],
            ),
            explains: 4,
            findings: vec![0, 1, 2, 3],
            certainty: Certainty::Proven,
            fewest: None,
        }]
    );
    for finding in diagnosis.findings {
        assert_eq!(told(&finding), "fail dns-timeout proven");
        assert_eq!(finding.explained_by.as_deref(), Some("dns-timeout"));
    }
}

#[test]
fn a_silent_host_is_one_root_and_the_others_keep_their_own_causes() {
    let case = [2100, 2101, 2181]
        .iter()
        .fold(Case::default(), |case, port| {
            case.and(
                &format!("tcp://10.0.0.7:{port}"),
                error(ConnectError::NoReply),
            )
            .and(
                &format!("tcp://10.0.0.8:{port}"),
                reached(Reached::Connected),
            )
        });
    let roots = case.diagnosis().roots;
    let ids: Vec<(&str, usize)> = roots
        .iter()
        .map(|root| (root.id.as_str(), root.explains))
        .collect();
    assert_eq!(ids, [("tcp-no-reply:10.0.0.7", 3)]);
}

#[test]
fn a_port_that_fails_on_every_host_is_one_root() {
    let node = |check: &mut Check| {
        check.catalog = Some("thoughtspot".to_owned());
        check.to = "nodes".to_owned();
        check.expect = Expect::Path;
    };
    let case = ["10.0.0.7", "10.0.0.8", "10.0.0.9"]
        .iter()
        .fold(Case::default(), |case, host| {
            case.with(
                &format!("tcp://{host}:2100"),
                error(ConnectError::NoReply),
                node,
            )
            .with(
                &format!("tcp://{host}:2101"),
                reached(Reached::Connected),
                node,
            )
        });
    let roots = case.diagnosis().roots;
    let told: Vec<(String, usize)> = roots
        .iter()
        .map(|root| (root.title.to_string(), root.explains))
        .collect();
    let title = "tcp 2100 to 10.0.0.7, 10.0.0.8 and 10.0.0.9: nothing is answered";
    assert_eq!(told, [(title.to_owned(), 3)]);
    assert_eq!(case.diagnosis().roots[0].id, roots[0].id);
}

#[test]
fn a_port_that_fails_on_most_hosts_is_one_root_and_says_on_how_many() {
    let node = |check: &mut Check| check.catalog = Some("thoughtspot".to_owned());
    let to_nodes = |check: &mut Check| {
        node(check);
        check.to = "nodes".to_owned();
    };
    let case = ["10.0.0.6", "10.0.0.7", "10.0.0.8", "10.0.0.9"]
        .iter()
        .fold(Case::default(), |case, host| {
            let seen = if *host == "10.0.0.9" {
                reached(Reached::Connected)
            } else {
                error(ConnectError::NoReply)
            };
            case.with(&format!("tcp://{host}:2100"), seen, to_nodes)
        });
    let roots = case.diagnosis().roots;
    assert_eq!(roots.len(), 1);
    assert_eq!(
        roots[0].title.to_string(),
        "tcp 2100 to 10.0.0.6, 10.0.0.7 and 10.0.0.8: nothing is answered"
    );
}

#[test]
fn one_protocol_that_fails_alike_everywhere_is_one_root() {
    let silent = || reached(Reached::Silence);
    let case = Case::default()
        .and("udp://a.example:1", silent())
        .and("udp://a.example:2", silent())
        .and("udp://b.example:3", silent())
        .and("tcp://a.example:4", reached(Reached::Connected))
        .and("tcp://b.example:4", reached(Reached::Connected));
    let roots = case.diagnosis().roots;
    let told: Vec<(String, usize)> = roots
        .iter()
        .map(|root| (root.title.to_string(), root.explains))
        .collect();
    let title = "udp 1-3 to a.example and b.example: a datagram is not answered";
    assert_eq!(told, [(title.to_owned(), 3)]);
}

#[test]
fn what_the_run_did_not_get_to_is_interrupted() {
    assert_eq!(
        Case::of("tcp://node:1", Observation::Interrupted).told(),
        ["inconclusive interrupted proven"]
    );
}

#[test]
fn certificates_of_several_hosts_that_are_all_too_young_accuse_the_clock() {
    let young = |subject: &str| {
        tls(|tls| {
            tls.machine = Trust::Untrusted(vec![ChainFault::NotYetValid]);
            tls.public = tls.machine.clone();
            tls.chain[0].subject = subject.to_owned();
            tls.chain[0].not_before = datetime!(2027-01-01 0:00 UTC);
        })
    };
    let one = Case::of("https://a.example", young("CN=a"));
    assert_eq!(one.told(), ["fail tls-not-yet-valid proven"]);
    let shared = Case::of("https://a.example", young("CN=Authority"))
        .and("https://b.example", young("CN=Authority"));
    assert_eq!(shared.told(), ["fail tls-not-yet-valid proven"; 2]);
    let two = Case::of("https://a.example", young("CN=a")).and("https://b.example", young("CN=b"));
    assert_eq!(
        two.told(),
        ["fail clock-skew inferred", "fail clock-skew inferred"]
    );
    let roots = two.diagnosis().roots;
    assert_eq!((roots[0].id.as_str(), roots[0].explains), ("clock-skew", 2));
    let right = two.and("https://c.example", tls(|_| ()));
    assert_eq!(right.told()[0], "fail tls-not-yet-valid proven");
}

#[test]
fn a_peer_whose_clock_agrees_acquits_this_machines() {
    let expired = |subject: &str| {
        tls(|tls| {
            tls.machine = Trust::Untrusted(vec![ChainFault::Expired]);
            tls.public = tls.machine.clone();
            tls.chain[0].subject = subject.to_owned();
            tls.chain[0].not_after = datetime!(2026-10-01 0:00 UTC);
        })
    };
    let two =
        Case::of("https://a.example", expired("CN=a")).and("https://b.example", expired("CN=b"));
    assert_eq!(two.told(), ["fail clock-skew inferred"; 2]);
    let head = HttpHead {
        status: 200,
        fields: vec![(
            "date".to_owned(),
            "Fri, 20 Nov 2026 10:00:01 GMT".to_owned(),
        )],
        ..HttpHead::default()
    };
    let reply = Reply {
        details: Details::Http(head),
        ..Reply::service()
    };
    let agreeing = reached(Reached::Replied { reply, tls: None });
    let acquitted = two.and("http://c.example", agreeing);
    assert_eq!(acquitted.told()[..2], ["fail tls-expired proven"; 2]);
}

#[test]
fn a_certificate_ends_soon_by_its_own_life_and_only_if_it_is_in_use() {
    let ends = |begins, ends, is_used| {
        tls(|tls| {
            let mut other = certificate();
            (other.not_before, other.not_after) = (begins, ends);
            other.is_used = is_used;
            tls.chain.push(other);
        })
    };
    let short = datetime!(2026-09-15 0:00 UTC);
    for (seen, expected) in [
        // 90 days, 24 of them left: programs renew a bit earlier, so nothing is late yet.
        (
            ends(short, datetime!(2026-12-14 0:00 UTC), true),
            "pass - proven",
        ),
        (
            ends(short, datetime!(2026-12-04 0:00 UTC), true),
            "warn tls-expires-soon proven",
        ),
        (
            ends(short, datetime!(2026-11-21 0:00 UTC), false),
            "pass - proven",
        ),
        // A year, 25 days left.
        (
            ends(
                datetime!(2025-12-15 0:00 UTC),
                datetime!(2026-12-15 0:00 UTC),
                true,
            ),
            "warn tls-expires-soon proven",
        ),
    ] {
        assert_eq!(Case::of("https://a.example", seen).told(), [expected]);
    }
}

#[test]
fn an_expired_certificate_is_the_clocks_fault_if_the_service_says_so() {
    let head = |date: &str| HttpHead {
        status: 200,
        fields: vec![("date".to_owned(), date.to_owned())],
        ..HttpHead::default()
    };
    let seen = |date| {
        let mut tls = good_tls();
        tls.machine = Trust::Untrusted(vec![ChainFault::Expired]);
        let reply = Reply {
            details: Details::Http(head(date)),
            ..Reply::service()
        };
        reached(Reached::Tls {
            tls: Box::new(tls),
            reply: Some(reply),
        })
    };
    let same = seen("Fri, 20 Nov 2026 10:00:01 GMT");
    assert_eq!(
        Case::of("https://a.example", same).told(),
        ["fail tls-expired proven"]
    );
    let ahead = Case::of("https://a.example", seen("Tue, 20 Oct 2026 10:00:00 GMT")).diagnosis();
    assert_eq!(told(&ahead.findings[0]), "fail clock-skew proven");
    assert_eq!(
        ahead.findings[0].evidence[0],
        "this machine's clock is 2678400 s ahead"
    );
}

#[test]
fn what_answers_in_the_place_of_the_vendor_is_told_by_its_own_fields() {
    let answer = |status, fields: &[(&str, &str)]| {
        let head = HttpHead {
            status,
            reason: "Reason".to_owned(),
            fields: fields
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            sets_cookie: false,
            body: String::new(),
        };
        reached(Reached::Replied {
            reply: Reply {
                details: Details::Http(head),
                ..Reply::service()
            },
            tls: None,
        })
    };
    let table = [
        (answer(403, &[("server", "nginx")]), "pass - proven"),
        (
            answer(403, &[("server", "squid/5.7")]),
            "fail block-page proven",
        ),
        (
            answer(503, &[("x-squid-error", "ERR_DNS_FAIL 0")]),
            "fail proxy-bad-gateway proven",
        ),
        (answer(407, &[]), "fail proxy-auth-required proven"),
        (answer(511, &[]), "fail captive-portal proven"),
        (
            answer(302, &[("location", "http://10.1.1.1/login")]),
            "fail captive-portal inferred",
        ),
        (
            answer(301, &[("location", "https://vendor.example/")]),
            "pass - proven",
        ),
        (
            answer(301, &[("location", "http://vendor.example/")]),
            "warn redirect-loop proven",
        ),
        (
            answer(302, &[("location", "https://www.vendor.example/login")]),
            "pass - proven",
        ),
        (
            answer(302, &[("location", "https://portal.example.net/?u=1")]),
            "fail captive-portal inferred",
        ),
        (
            answer(302, &[("location", "https://moved.example.net/")]),
            "warn redirected-elsewhere inferred",
        ),
    ];
    for (seen, told) in table {
        assert_eq!(Case::of("http://vendor.example", seen).told(), [told]);
    }
}

#[test]
fn a_host_that_accepts_even_on_a_decoy_has_not_answered_slowly_either() {
    let mut seen = reached(Reached::Connected);
    if let Observation::Tried { addresses, .. } = &mut seen {
        addresses[0].ports[0].attempts = Attempts {
            tried: 3,
            succeeded: 2,
            silent: 1,
        };
    }
    let case = Case::of("tcp://node:2100", seen);
    assert_eq!(case.told(), ["warn packet-loss proven"]);
    let accepted = case.diagnosis_with_controls(&reached(Reached::Connected));
    assert_eq!(
        told(&accepted.findings[0]),
        "inconclusive accepted-but-dead inferred"
    );
}

#[test]
fn what_the_product_does_its_own_way_is_said_with_the_remedy() {
    let product = Product {
        trust_store: Some("Acme trusts others, import the CA there".to_owned()),
        proxy: None,
    };
    let seen = tls(|tls| tls.public = Trust::Untrusted(vec![ChainFault::UnknownIssuer]));
    let case = Case::default().with("https://vendor.example", seen, |check| {
        vendor(check);
        check.product = product.clone().into();
    });
    assert_eq!(
        case.diagnosis().findings[0]
            .remedy
            .as_ref()
            .map(ToString::to_string)
            .as_deref(),
        Some(
            "ask the proxy team to exempt vendor.example from TLS inspection by CN=Some CA; Acme \
             trusts others, import the CA there"
        )
    );
}

#[test]
fn a_host_that_accepts_even_on_a_decoy_is_not_called_open() {
    let case = Case::of("tcp://node:2100", reached(Reached::Connected));
    let refused = case.diagnosis_with_controls(&error(ConnectError::Refused(None)));
    assert_eq!(told(&refused.findings[0]), "pass - proven");
    let accepted = case.diagnosis_with_controls(&reached(Reached::Connected));
    assert_eq!(
        told(&accepted.findings[0]),
        "inconclusive accepted-but-dead inferred"
    );
    assert_eq!(
        accepted.findings[0].evidence,
        ["node also accepts on a port that nobody uses", "open"]
    );
}

#[test]
fn a_service_that_never_speaks_is_dead_if_the_decoy_accepts_too() {
    let silent = Speaker::Ended {
        end: End::Silence,
        spoke: false,
        asked: false,
    };
    let case = Case::of("ssh://node", replied(silent));
    let accepted = case.diagnosis_with_controls(&reached(Reached::Connected));
    assert_eq!(
        told(&accepted.findings[0]),
        "fail accepted-but-dead inferred"
    );
}

#[test]
fn decoys_are_tried_only_where_acceptance_is_all_that_is_known() {
    let decoys = |case: &Case| -> Vec<String> {
        let plan = follow_ups(&case.plan, &case.seen);
        plan.probes
            .iter()
            .map(|probe| probe.host.to_string())
            .collect()
    };
    let open = || reached(Reached::Connected);
    assert_eq!(
        decoys(&Case::of("tcp://a:1", open()).and("tcp://a:2", open())),
        ["a"]
    );
    let refuses =
        Case::of("tcp://a:1", open()).and("tcp://a:2", error(ConnectError::Refused(None)));
    assert!(decoys(&refuses).is_empty());
    assert!(decoys(&Case::of("https://a", tls(|_| ()))).is_empty());
    assert!(decoys(&Case::of("tcp://a:1", error(ConnectError::NoReply))).is_empty());
}

#[test]
fn a_service_that_hangs_up_on_plain_text_and_answers_tls_speaks_tls() {
    let hung_up = Speaker::Ended {
        end: End::Closed,
        spoke: false,
        asked: true,
    };
    let case = Case::of("redis://node", replied(hung_up));
    let answered = case.diagnosis_with_controls(&tls(|_| ()));
    assert_eq!(told(&answered.findings[0]), "fail tls-unexpected proven");
    let silent = tls(|tls| tls.outcome = Err(TlsError::ClosedBeforeHello));
    let silent = case.diagnosis_with_controls(&silent);
    assert_eq!(told(&silent.findings[0]), "fail closed-at-once proven");
}

#[test]
fn a_web_server_that_finds_a_plain_request_bad_and_answers_tls_speaks_tls() {
    let mut reply = Reply::service();
    reply.details = Details::Http(HttpHead {
        status: 400,
        ..HttpHead::default()
    });
    let case = Case::of(
        "http://node",
        reached(Reached::Replied { reply, tls: None }),
    );
    assert_eq!(case.told(), ["pass - proven"]);
    let answered = case.diagnosis_with_controls(&tls(|_| ()));
    assert_eq!(told(&answered.findings[0]), "fail tls-unexpected proven");
}

#[test]
fn a_refusal_by_icmp_is_a_firewalls_unless_a_closed_udp_port_sent_it_itself() {
    let by = |from: &str| {
        let sent = IcmpError {
            from: Some(from.parse().unwrap()),
            ..icmp(3)
        };
        error(ConnectError::Refused(Some(sent)))
    };
    let (target, router) = ("192.0.2.1", "10.0.0.1");
    let table = [
        (
            "tcp://node:2100",
            target,
            "fail rejected-by-firewall proven",
        ),
        (
            "tcp://node:2100",
            router,
            "fail rejected-by-firewall proven",
        ),
        ("ntp://node", router, "fail rejected-by-firewall inferred"),
        ("ntp://node", target, "pass - inferred"),
    ];
    for (uri, from, told) in table {
        let case = Case::default().with(uri, by(from), path);
        assert_eq!(case.told(), [told], "{uri} {from}");
    }
}

#[test]
fn attempts_that_fail_now_and_then_tell_loss_from_being_turned_away() {
    let seen = |silent| {
        let Observation::Tried {
            lookup,
            mut addresses,
        } = reached(Reached::Connected)
        else {
            unreachable!("it is tried");
        };
        addresses[0].ports[0].attempts = Attempts {
            tried: 5,
            succeeded: 3,
            silent,
        };
        Observation::Tried { lookup, addresses }
    };
    assert_eq!(
        Case::of("tcp://node:1", seen(2)).told(),
        ["warn packet-loss proven"]
    );
    assert_eq!(
        Case::of("tcp://node:1", seen(1)).told(),
        ["warn intermittent proven"]
    );
}

#[test]
fn a_filter_on_names_is_one_root_over_all_hosts_and_ports() {
    let cut = || {
        tls(|tls| {
            tls.outcome = Err(TlsError::ResetBeforeHello);
            tls.experiments = vec![Experiment {
                change: Change::OtherServerName,
                answered: true,
            }];
        })
    };
    let case = Case::of("https://a.example", cut()).and("https://b.example:9000", cut());
    let roots = case.diagnosis().roots;
    assert_eq!(
        (roots[0].id.as_str(), roots[0].explains),
        ("sni-filtered", 2)
    );
}

#[test]
fn three_nodes_that_let_in_two_ports_only_are_one_statement_with_all_ports_as_ranges() {
    let hosts = ["10.0.0.6", "10.0.0.7", "10.0.0.8"];
    let shut = [2181, 2888, 2889, 2890, 9042];
    let case = hosts.iter().fold(Case::default(), |case, host| {
        let open = case
            .and(&format!("tcp://{host}:22"), reached(Reached::Connected))
            .and(&format!("tcp://{host}:443"), reached(Reached::Connected));
        shut.iter().fold(open, |case, port| {
            case.and(
                &format!("tcp://{host}:{port}"),
                error(ConnectError::NoReply),
            )
        })
    });
    let roots = case.diagnosis().roots;
    let told: Vec<(String, String, usize)> = roots
        .iter()
        .map(|root| {
            (
                root.title.to_string(),
                root.remedy.to_string(),
                root.explains,
            )
        })
        .collect();
    assert_eq!(
        told,
        [(
            "tcp 2181, 2888-2890, 9042 to 10.0.0.6, 10.0.0.7 and 10.0.0.8: nothing is answered"
                .to_owned(),
            "ask the network team to allow tcp 2181, 2888-2890, 9042 from here to 10.0.0.6, \
             10.0.0.7 and 10.0.0.8: the hosts answer on other ports"
                .to_owned(),
            15
        )]
    );
}

#[test]
fn what_answers_is_never_told_as_a_closed_port() {
    let kinds = [
        untrusted(ChainFault::SelfSigned),
        untrusted(ChainFault::Expired),
        untrusted(ChainFault::UnknownIssuer),
        replied(Speaker::Unwilling(Complaint::AccessDenied)),
        replied(Speaker::Other(Looks::Tls)),
        replied(Speaker::Unwilling(Complaint::NotReady)),
    ];
    for seen in kinds {
        let hosts = ["a", "b", "c", "d", "e"];
        let case = hosts.iter().fold(Case::default(), |case, host| {
            case.and(&format!("https://{host}.example"), seen.clone())
        });
        let diagnosis = case.diagnosis();
        let remedies = diagnosis
            .findings
            .iter()
            .filter_map(|it| it.remedy.as_ref());
        let remedies: Vec<String> = diagnosis
            .roots
            .iter()
            .map(|root| &root.remedy)
            .chain(remedies)
            .map(ToString::to_string)
            .collect();
        assert!(!remedies.is_empty(), "{seen:?}");
        for remedy in remedies {
            assert!(!remedy.contains("to allow"), "{remedy}");
            assert!(!remedy.contains("is up"), "{remedy}");
        }
    }
}

#[test]
fn certificates_that_end_soon_are_never_told_as_a_closed_port() {
    let ending = || {
        tls(|tls| {
            tls.chain[0].not_before = datetime!(2025-12-09 0:00 UTC);
            tls.chain[0].not_after = datetime!(2026-12-09 0:00 UTC);
        })
    };
    let hosts = ["a", "b", "c", "d", "e"];
    let case = hosts.iter().fold(Case::default(), |case, host| {
        case.and(&format!("https://{host}.example"), ending())
    });
    let roots = case.diagnosis().roots;
    let told: Vec<(&str, String)> = roots
        .iter()
        .map(|root| (root.cause.code(), root.remedy.to_string()))
        .collect();
    assert_eq!(
        told,
        [(
            "tls-expires-soon",
            "ask the owner of a.example, b.example, c.example, d.example and e.example to renew the \
             certificate"
                .to_owned()
        )]
    );
}

#[test]
fn of_a_sample_only_consecutive_ports_that_were_tried_are_told_as_a_range() {
    let port = |number| Port::new(number).unwrap();
    let one = error(ConnectError::NoReply);
    let Observation::Tried { lookup, addresses } = one else {
        panic!("an address was tried");
    };
    let tried = [20_000, 24_000, 24_001, 32_000];
    let ports = tried.map(|number| PortObservation {
        others: Vec::new(),
        port: Some(port(number)),
        ..addresses[0].ports[0].clone()
    });
    let seen = Observation::Tried {
        lookup,
        addresses: vec![AddressObservation {
            ports: ports.to_vec(),
            ..addresses[0].clone()
        }],
    };
    let range = PortRange::new(port(20_000), port(32_000)).unwrap();
    let case = Case::default().with("tcp://10.0.0.7:20000", seen, |check| {
        if let CheckEndpoint::Bound(endpoint) = &mut check.endpoint {
            endpoint.ports = Ports::Range(range);
        }
    });
    let sweep = case.diagnosis().findings[0].sweep.clone().unwrap();
    let failed: Vec<[u16; 2]> = sweep
        .failed
        .iter()
        .map(|(first, last)| [first.get(), last.get()])
        .collect();
    assert_eq!(failed, [[20_000; 2], [24_000, 24_001], [32_000; 2]]);
    assert_eq!(sweep.checked, 4);
}

#[test]
fn many_silent_hosts_are_one_root() {
    let hosts = ["10.0.0.6", "10.0.0.7", "10.0.0.8", "10.0.0.9"];
    let case = hosts.iter().fold(Case::default(), |case, host| {
        [1, 2, 3].iter().fold(case, |case, port| {
            let seen = error(ConnectError::NoReply);
            case.and(&format!("tcp://{host}:{port}"), seen)
        })
    });
    let roots = case.diagnosis().roots;
    assert_eq!(roots.len(), 1);
    assert_eq!(
        (roots[0].title.to_string().as_str(), roots[0].explains),
        (
            "nothing that is sent from here is answered (10.0.0.6, 10.0.0.7, 10.0.0.8 and 10.0.0.9)",
            12
        )
    );
}

/// The places of the checks that are decided by each probe, in turn.
fn decided(case: &Case) -> Vec<Vec<usize>> {
    let mut decider = Decider::new(&case.plan, NOW);
    let last = case.diagnosis();
    let told = case.seen.iter().enumerate().map(|(probe, seen)| {
        let findings = decider.learn(probe, seen);
        for finding in &findings {
            assert_eq!(*finding, last.findings[finding.check]);
        }
        findings.iter().map(|finding| finding.check).collect()
    });
    told.collect()
}

#[test]
fn what_passes_is_decided_at_once_and_a_failure_waits_for_the_others() {
    let case = Case::of(
        "ntp://a",
        reached(Reached::Replied {
            reply: Reply::service(),
            tls: None,
        }),
    )
    .and("tcp://b:1", error(ConnectError::NoReply))
    .and(
        "ssh://c",
        reached(Reached::Replied {
            reply: Reply::service(),
            tls: None,
        }),
    );
    assert_eq!(decided(&case), [vec![0], vec![], vec![2]]);
}

#[test]
fn an_accepted_connection_is_decided_once_its_host_has_shown_more() {
    let case = Case::of("tcp://a:1", reached(Reached::Connected))
        .and("tcp://b:1", reached(Reached::Connected))
        .with("tcp://a:2", error(ConnectError::Refused(None)), path);
    assert_eq!(decided(&case), [vec![], vec![], vec![0, 2]]);
}

#[test]
fn what_is_not_judged_from_here_is_decided_before_the_first_packet() {
    let elsewhere = |check: &mut Check| {
        check.step = CheckStep::NotFromHere {
            from: "users".to_owned(),
            command: "portcheck run".into(),
            inbound: false,
        };
    };
    let case = Case::of("tcp://a:1", reached(Reached::Connected)).with(
        "tcp://b:1",
        Observation::Interrupted,
        elsewhere,
    );
    let told: Vec<String> = Decider::new(&case.plan, NOW)
        .at_once()
        .iter()
        .map(told)
        .collect();
    assert_eq!(told, ["skip not-from-here proven"]);
}

/// A host that is reached after `paces`: connected, the fastest of more, all in all; milliseconds.
fn paced(reached: Reached, [connected, again, elapsed]: [u64; 3]) -> Observation {
    let mut seen = addresses(&[("192.0.2.1", reached)]);
    let Observation::Tried { addresses, .. } = &mut seen else {
        panic!("not tried");
    };
    let port = &mut addresses[0].ports[0];
    port.elapsed = Duration::from_millis(elapsed);
    port.milestones = Milestones {
        connected: Some(Duration::from_millis(connected)),
        connected_again: (again > 0).then(|| Duration::from_millis(again)),
        waited: Some(Duration::from_millis(elapsed - connected)),
        ..Milestones::default()
    };
    seen
}

#[test]
fn a_long_way_is_told_from_a_lost_packet_and_from_a_slow_service() {
    let answered = || Reached::Replied {
        reply: Reply::service(),
        tls: None,
    };
    let case = Case::default()
        .and(
            "tcp://near.example:1",
            paced(Reached::Connected, [20, 0, 20]),
        )
        .and(
            "tcp://far.example:1",
            paced(Reached::Connected, [600, 598, 600]),
        )
        .and(
            "tcp://lost.example:1",
            paced(Reached::Connected, [1020, 19, 1020]),
        )
        .and("ssh://slow.example:22", paced(answered(), [20, 0, 4020]));
    assert_eq!(
        case.told(),
        [
            "pass - proven",
            "warn high-latency proven",
            "warn packet-loss inferred",
            "warn slow-answer proven",
        ]
    );
    let slow = &case.diagnosis().findings[3];
    assert_eq!(slow.evidence, ["the service took 4.0 s to answer"]);
}

#[test]
fn what_must_be_blocked_is_not_judged_where_a_root_cause_keeps_everything_out() {
    let silent = || error(ConnectError::NoReply);
    let case = Case::default()
        .and("tcp://a.example:1", silent())
        .and("tcp://a.example:2", silent())
        .with("tcp://a.example:3", silent(), |check| {
            check.expect = Expect::Blocked;
        });
    assert_eq!(
        case.told(),
        [
            "fail tcp-no-reply proven",
            "fail tcp-no-reply proven",
            "inconclusive explained inferred",
        ]
    );
    assert_eq!(case.diagnosis().roots.len(), 1);
}

#[test]
fn a_fault_of_this_machine_beneath_the_name_service_is_the_root_of_all() {
    let down = || ConnectError::LinkDown;
    let case = Case::default()
        .and(
            "https://a.example:443",
            unresolved(ResolveError::Unreachable(down())),
        )
        .and(
            "https://b.example:443",
            unresolved(ResolveError::Unreachable(down())),
        )
        .and("dns://192.0.2.53:53", error(down()));
    assert_eq!(
        case.told(),
        [
            "fail link-down proven",
            "fail link-down proven",
            "fail link-down proven",
        ]
    );
    let Diagnosis {
        findings, roots, ..
    } = case.diagnosis();
    assert_eq!((roots.len(), roots[0].explains), (1, 3));
    assert_eq!(roots[0].cause, Cause::LinkDown);
    let remedy = "bring a network interface of this machine up (ip link)";
    let remedies: Vec<_> = findings
        .iter()
        .map(|finding| finding.remedy.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(remedies, vec![Some(remedy.to_owned()); 3]);
}

#[test]
fn a_check_of_a_dead_name_server_is_explained_with_the_names_it_leaves_without_address() {
    let case = Case::default()
        .and("https://a.example:443", unresolved(ResolveError::Timeout))
        .and("https://b.example:443", unresolved(ResolveError::Timeout))
        .and("dns://10.0.0.53:53", reached(Reached::Silence));
    assert_eq!(case.diagnosis().roots[0].explains, 3);
}

/// Several tries of one port, in their order; the first is the one to be told.
fn tries(seen: &[Reached]) -> Observation {
    let mut tried = seen.iter().map(|one| match reached(one.clone()) {
        Observation::Tried { mut addresses, .. } => addresses.remove(0).ports.remove(0),
        other => unreachable!("{other:?}"),
    });
    let first = tried.next().unwrap();
    let mut seen = reached(Reached::Connected);
    if let Observation::Tried { addresses, .. } = &mut seen {
        addresses[0].ports[0] = PortObservation {
            others: tried.collect(),
            ..first
        };
    }
    seen
}

#[test]
fn what_some_tries_clear_is_blamed_on_nobody() {
    let refused = || Reached::NotConnected(ConnectError::Refused(None));
    let well = || Reached::Replied {
        reply: Reply::from(Speaker::Service),
        tls: None,
    };
    let denied = || Reached::Replied {
        reply: Reply::from(Speaker::Unwilling(Complaint::NotReady)),
        tls: None,
    };
    for (seen, told, evidence) in [
        (vec![well(), well()], "pass - proven", vec![]),
        (
            vec![refused(), refused()],
            "fail tcp-refused proven",
            vec!["connection refused"],
        ),
        (
            vec![well(), refused(), well(), denied()],
            "warn intermittent proven",
            vec![
                "2 of 4 attempts worked",
                "1 of 4 attempts: `tcp-refused`, connection refused",
                "1 of 4 attempts: `not-ready`, it answers that it is not ready",
            ],
        ),
        (
            vec![well(), well(), well(), refused(), refused()],
            "warn intermittent proven",
            vec![
                "3 of 5 attempts worked",
                "2 of 5 attempts: `tcp-refused`, connection refused",
                "the first 3 attempts worked and none after them: so does a limit on connections",
            ],
        ),
    ] {
        let case = Case::of("redis://node", tries(&seen));
        assert_eq!(case.told(), [told]);
        let words: Vec<String> = case.diagnosis().findings[0]
            .evidence
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(words, evidence);
    }
}

#[test]
fn an_experiment_beside_a_control_that_works_proves_nothing() {
    let seen = tls(|tls| {
        tls.outcome = Err(TlsError::Stalled { after_bytes: false });
        tls.unchanged = Unchanged {
            tried: 5,
            answered: 2,
        };
    });
    let case = Case::of("tls://vendor.example", seen);
    assert_eq!(case.told(), ["warn intermittent proven"]);
}

/// A check by a proxy whose tunnel shows `inside`, while the direct way shows `outside`.
fn by_proxy(uri: &str, inside: &Reached, outside: &Reached) -> (Case, Controls) {
    let port = |reached: &Reached| PortObservation {
        others: Vec::new(),
        port: None,
        reached: reached.clone(),
        elapsed: Duration::from_millis(30),
        milestones: Milestones::default(),
        attempts: Attempts::default(),
    };
    let mut case = Case::of(uri, Observation::Relayed(port(inside)));
    let proxy = crate::site::Proxy {
        url: "http://gate.example:3128".parse().unwrap(),
        origin: "--proxy".to_owned(),
    };
    let options = &mut case.plan.probes[0].options;
    options.route = crate::site::Route::Through(std::sync::Arc::new(proxy));
    options.detour = Some(crate::site::Route::Direct);
    let plan = follow_ups(&case.plan, &case.seen);
    let seen = vec![reached(outside.clone()); plan.probes.len()];
    let controls = Controls {
        plan,
        seen,
        ..Controls::default()
    };
    (case, controls)
}

fn handshake_of(seen: &Observation) -> Reached {
    match seen {
        Observation::Tried { addresses, .. } => addresses[0].ports[0].reached.clone(),
        other => unreachable!("{other:?}"),
    }
}

fn dead(error: &TlsError) -> Reached {
    handshake_of(&tls(|tls| tls.outcome = Err(error.clone())))
}

#[test]
fn what_goes_wrong_inside_a_tunnel_and_not_outside_is_put_to_the_proxy_team() {
    let good = handshake_of(&tls(|_| ()));
    let table = [
        (
            dead(&TlsError::NotTls("HTTP/1.1 403".to_owned())),
            "tls-not-spoken",
            "does to",
        ),
        (dead(&TlsError::Reset), "tls-reset", "does to"),
        (
            dead(&TlsError::ClosedBeforeHello),
            "closed-at-once",
            "does to",
        ),
        (
            dead(&TlsError::Stalled { after_bytes: false }),
            "tls-stalled",
            "does to",
        ),
        (
            dead(&TlsError::Alert(Alert::AccessDenied)),
            "tls-alert",
            "does to",
        ),
        (
            handshake_of(&untrusted(ChainFault::Expired)),
            "tls-expired",
            "another certificate",
        ),
        (
            handshake_of(&untrusted(ChainFault::SelfSigned)),
            "tls-self-signed",
            "another certificate",
        ),
    ];
    for (inside, cause, ask) in table {
        let (case, controls) = by_proxy("tls://a.example:443", &inside, &good);
        let finding = &diagnose(&case.plan, &case.seen, &controls, NOW).findings[0];
        assert_eq!(finding.cause().map(Cause::code), Some(cause));
        let first = finding.evidence[0].to_string();
        assert_eq!(
            first,
            "through the proxy http://gate.example:3128 (--proxy) it fails, directly it works"
        );
        let remedy = finding.remedy.as_ref().unwrap().to_string();
        assert!(remedy.starts_with("ask the proxy team"), "{remedy}");
        assert!(remedy.contains(ask), "{remedy}");
        assert!(remedy.contains("http://gate.example:3128"), "{remedy}");
        assert!(!remedy.contains("owner"), "{remedy}");
    }
}

#[test]
fn what_goes_wrong_both_ways_is_not_the_proxys() {
    let reset = dead(&TlsError::Reset);
    let (case, controls) = by_proxy("tls://a.example:443", &reset, &reset);
    let finding = &diagnose(&case.plan, &case.seen, &controls, NOW).findings[0];
    let remedy = finding.remedy.as_ref().unwrap().to_string();
    assert!(!remedy.contains("proxy"), "{remedy}");
}
