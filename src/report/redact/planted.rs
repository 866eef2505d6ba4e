//! Nothing that identifies anybody comes out of a redacted report, wherever it went in.

use std::{net::IpAddr, sync::Arc, time::Duration};

use proptest::{prelude::*, test_runner::Config};
use time::macros::{date, datetime};

use super::*;
use crate::{
    catalog::{Catalog, embedded},
    diagnose::{Controls, diagnose},
    machine::Machine,
    observation::{
        AddressObservation, Attempts, Certificate as Sent, ChainFault, ClientCertificate,
        ConnectError, HostsFile, Lookup, Observation, PortObservation, ProxyFault, Reached,
        ResolveError, TlsError, TlsObservation, Trust, tls::Handshake,
    },
    plan::{self, Plan, Selection},
    protocol::{Complaint, Details, HttpHead, Reply, Speaker, tunnel::Refusal},
    report::{Format, Meta, Sources, Trace, tests::text, write_ndjson_line},
    site::{Proxies, Proxy, ProxySettings, Site, SiteFile, SiteFlags},
};

/// What every planted name has in it.
const MARK: &str = "qzx";

/// A catalog of somebody's own; `HOST` and `NAME` are planted.
const CATALOG: &str = r"catalog: cNAME
title: The tNAME
pages:
  pNAME: {title: The gNAME, url: https://HOST/docs, read: 2026-11-20}
sections:
  sNAME: {page: pNAME, title: hNAME}
groups:
  gNAME: {about: a group, bound-by: vNAME}
  nNAME: {about: another, bound-by: wNAME}
  oNAME: {about: who calls}
variables:
  vNAME: {about: a variable, kind: hosts}
  wNAME: {about: a variable, kind: hosts}
features:
  fNAME: {about: a feature, default: false}
profiles:
  rNAME: {about: a profile, from: gNAME, rules: ['c*']}
rules:
";

const RULE: &str = r"  - id: cNAME.NUMBER
    section: sNAME
    stated: {}
    level: mandatory
    from: <from>
    to: <to>
    <target>
    port: NUMBER
    transports: [<transport>]
    protocol: <protocol>
    service: eNAME
    purpose: uNAME
";

/// What is planted.
#[derive(Clone, Debug)]
struct Planted {
    name: String,
    host: String,
    address: IpAddr,
    other: IpAddr,
    /// Which of the observations the first probe gets.
    first: usize,
}

fn planted() -> impl Strategy<Value = Planted> {
    let forms = prop::sample::select(vec![
        "",
        ".rack2",
        ".dc1",
        ".x",
        "-1",
        ".corp-lan",
        ".example.com",
        "_a.b",
        ".looker.com",
    ]);
    (
        "[a-z][a-z0-9]{0,3}",
        "[a-z0-9]{0,3}",
        forms,
        any::<[u8; 2]>(),
        any::<u16>(),
        0_usize..20,
    )
        .prop_map(|(before, behind, form, low, lower, first)| Planted {
            name: format!("{before}{MARK}{behind}"),
            host: format!("{before}{MARK}{behind}{form}"),
            address: IpAddr::from([198, 18, low[0], low[1]]),
            other: format!("2001:db8:{MARK_GROUP}::{lower:x}").parse().unwrap(),
            first,
        })
}

/// What every planted address of IPv6 has in it.
const MARK_GROUP: &str = "4ee4";

impl Planted {
    fn fill(&self, text: &str) -> String {
        let text = text.replace("HOST", &self.host);
        text.replace("NAME", &self.name)
    }

    fn catalog(&self) -> Catalog {
        let group = ("gNAME", "nNAME", "tcp", "ssh", "");
        let host = (
            "gNAME",
            "oNAME",
            "tcp",
            "https",
            "host: HOST\n    pki: public",
        );
        let mut text = CATALOG.to_owned();
        for (number, (from, to, transport, protocol, target)) in [
            group,
            group,
            host,
            host,
            host,
            ("gNAME", "nNAME", "tcp", "https", ""),
            ("gNAME", "nNAME", "tcp", "http", ""),
            ("gNAME", "nNAME", "tcp", "smtp", ""),
            ("gNAME", "nNAME", "udp", "ntp", ""),
            ("gNAME", "nNAME", "udp", "dns", ""),
            ("oNAME", "gNAME", "tcp", "ssh", ""),
            (
                "gNAME",
                "oNAME",
                "tcp",
                "http",
                "host: aHOST\n    expect: blocked",
            ),
            ("gNAME", "nNAME", "tcp", "http", "feature: fNAME"),
        ]
        .into_iter()
        .enumerate()
        {
            text += &RULE
                .replace("<from>", from)
                .replace("<to>", to)
                .replace("<target>", target)
                .replace("<transport>", transport)
                .replace("<protocol>", protocol)
                .replace("NUMBER", &(7000 + number).to_string());
        }
        let file = self.fill("/home/NAME/NAME.yaml");
        Catalog::parse(&file, &self.fill(&text)).unwrap_or_else(|error| panic!("{error}"))
    }

    fn plan(&self, catalog: &Catalog, proxies: &Proxies) -> Plan {
        let mut catalogs = embedded::catalogs().unwrap();
        catalogs.join(catalog.clone()).unwrap();
        let file = format!(
            "site: NAME\ngroups:\n  nNAME: [HOST, b.HOST, '{}', '{}']\nwaivers:\n  \
             - {{rule: cNAME.7000, owner: jNAME, reason: because of NAME, until: 2026-12-31}}\n",
            self.address, self.other
        );
        let file = SiteFile::parse(
            &self.fill("/srv/NAME/NAME.yaml"),
            &self.fill(&file),
            &catalogs,
            date!(2026 - 11 - 21),
        );
        let file = file.unwrap_or_else(|error| panic!("{error}"));
        let flags = SiteFlags::default();
        let site = Site::resolve(&flags, Some(&file), &catalogs, &Machine::default()).unwrap();
        let selection = Selection {
            profiles: vec![self.fill("rNAME")],
            ..Selection::default()
        };
        plan::build(&catalogs, &site, &selection)
            .unwrap()
            .routed(proxies)
            .unwrap()
    }

    fn proxies(&self) -> Proxies {
        let settings = ProxySettings {
            flag: Some(self.fill("http://pHOST:3128")),
            ..ProxySettings::default()
        };
        Proxies::read(&settings).unwrap()
    }

    /// What a probe may see; every text of a stranger is planted.
    fn seen(&self, which: usize) -> Observation {
        let stranger = self.fill("220 HOST is NAME");
        let lookup = self.lookup();
        let unresolved = |error| Observation::Unresolved(error, lookup.clone());
        let reply = |speaker: Speaker| Reply::from(speaker).with("banner", &stranger);
        let replied = |reply| self.tried(Reached::Replied { reply, tls: None });
        let http = |status| {
            let mut reply = reply(Speaker::Service);
            reply.details = Details::Http(self.head(status, &stranger));
            replied(reply)
        };
        let proxy = Arc::new(self.proxy());
        let relayed = |fault| {
            Observation::Relayed(Self::port(Reached::NotRelayed {
                proxy: Arc::clone(&proxy),
                fault: Box::new(fault),
            }))
        };
        match which % 20 {
            0 => unresolved(ResolveError::NoSuchName),
            1 => unresolved(ResolveError::Timeout),
            2 => unresolved(ResolveError::Unreachable(ConnectError::NoNeighbour(
                self.other,
            ))),
            3 => self.tried(Reached::NotConnected(ConnectError::NoReply)),
            4 => self.tried(Reached::NotConnected(ConnectError::NoNeighbour(self.other))),
            5 => self.tried(Reached::NotConnected(ConnectError::Prohibited(Some(
                crate::observation::IcmpError {
                    from: Some(self.other),
                    kind: 3,
                    code: 13,
                },
            )))),
            6 => replied(reply(Speaker::Service)),
            7 => replied(reply(Speaker::Unwilling(Complaint::AccessDenied))),
            8 => http(403),
            9 => http(302),
            10 => http(511),
            11 => self.tls(Ok(()), Trust::Trusted),
            12 => self.tls(Ok(()), Trust::Untrusted(vec![ChainFault::UnknownIssuer])),
            13 => self.tls(Ok(()), Trust::Untrusted(vec![ChainFault::Expired])),
            14 => self.tls(Err(TlsError::NotTls(stranger.clone())), Trust::Unknown),
            15 => self.tls(Err(TlsError::Broken(stranger.clone())), Trust::Unknown),
            16 => relayed(ProxyFault::Unresolved(
                ResolveError::NoSuchName,
                lookup.clone(),
            )),
            17 => relayed(ProxyFault::NotConnected(
                self.address,
                ConnectError::NoReply,
            )),
            18 => relayed(ProxyFault::Refused {
                refusal: Refusal::Http(self.head(403, &stranger)),
                is_known: false,
            }),
            _ => relayed(ProxyFault::NoProxy(reply(Speaker::Service))),
        }
    }

    fn lookup(&self) -> Lookup {
        Lookup {
            servers: vec![self.address],
            aliases: vec![self.host.clone()],
            ..Lookup::default()
        }
    }

    fn proxy(&self) -> Proxy {
        Proxy {
            url: self.fill("http://pHOST:3128").parse().unwrap(),
            origin: "--proxy".to_owned(),
        }
    }

    fn head(&self, status: u16, stranger: &str) -> HttpHead {
        HttpHead {
            status,
            reason: stranger.to_owned(),
            fields: vec![
                ("location".to_owned(), self.fill("http://HOST/NAME")),
                ("server".to_owned(), self.fill("squid NAME")),
                ("via".to_owned(), self.host.clone()),
            ],
            sets_cookie: false,
            body: stranger.to_owned(),
        }
    }

    fn port(reached: Reached) -> PortObservation {
        PortObservation {
            others: Vec::new(),
            port: None,
            reached,
            elapsed: Duration::from_secs(3),
            milestones: crate::observation::Milestones::default(),
            attempts: Attempts {
                tried: 1,
                ..Attempts::default()
            },
        }
    }

    fn tried(&self, reached: Reached) -> Observation {
        let address = |address, reached| AddressObservation {
            address,
            from: Some(self.other),
            ports: vec![Self::port(reached)],
        };
        Observation::Tried {
            lookup: Some(Lookup {
                servers: vec![self.address],
                hosts_file: Some(HostsFile {
                    path: format!("/home/{}/hosts", self.name),
                    lines: vec![7],
                }),
                aliases: vec![self.host.clone()],
                ..Lookup::default()
            }),
            addresses: vec![
                address(self.address, reached.clone()),
                address(self.other, reached),
            ],
        }
    }

    fn tls(&self, outcome: Result<(), TlsError>, trust: Trust) -> Observation {
        let certificate = Sent {
            subject: self.fill("CN=NAME; Project NAME, O=NAME"),
            issuer: self.fill("CN=zscaler NAME; of NAME"),
            names: vec![self.fill("*.HOST"), self.fill("dHOST")],
            not_before: datetime!(2026-01-01 0:00 UTC),
            not_after: datetime!(2026-11-25 0:00 UTC),
            self_issued: false,
            authority: false,
            is_used: true,
        };
        let handshake = Handshake {
            version: "TLS 1.3".to_owned(),
            alpn: None,
        };
        let tls = TlsObservation {
            server_name: Some(self.host.clone()),
            outcome: outcome.map(|()| handshake),
            name_mismatch: Some(certificate.names.clone()),
            chain: vec![certificate],
            machine: trust.clone(),
            public: trust,
            client_certificate: ClientCertificate::NotRequested,
            experiments: Vec::new(),
            unchanged: crate::observation::tls::Unchanged::default(),
            chosen: None,
        };
        self.tried(Reached::Tls {
            tls: Box::new(tls),
            reply: None,
        })
    }

    /// The report of a run that met all of it.
    fn report(&self, with_proxy: bool) -> Report {
        let catalog = self.catalog();
        let proxies = if with_proxy {
            self.proxies()
        } else {
            Proxies::default()
        };
        let plan = self.plan(&catalog, &proxies);
        let seen: Vec<Observation> = (0..plan.probes.len())
            .map(|place| self.seen(self.first + place))
            .collect();
        let now = datetime!(2026-11-20 10:00 UTC);
        let diagnosis = diagnose(&plan, &seen, &Controls::default(), now);
        let meta = Meta {
            version: "0.1.0".to_owned(),
            host: self.fill("mNAME"),
            started: now,
            elapsed: Duration::ZERO,
            interrupted: None,
            strict: false,
        };
        let spans = vec![crate::engine::Span::default(); seen.len()];
        Report::new(&meta, &plan, &diagnosis)
            .cited(&Sources::of(&[&catalog]))
            .traced(&plan, &Trace { seen, spans })
    }

    /// Whether the text says any of it.
    fn is_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let addresses = [self.address.to_string(), MARK_GROUP.to_owned()];
        text.contains(MARK) || addresses.iter().any(|it| text.contains(it.as_str()))
    }
}

proptest! {
    #![proptest_config(Config::with_cases(16))]

    #[test]
    fn what_was_planted_comes_out_of_no_redacted_format(
        planted in planted(),
        with_proxy in any::<bool>(),
    ) {
        let report = planted.report(with_proxy);
        prop_assert!(planted.is_in(&text(&report, Format::Json)));
        let saved = Report::from_json(&text(&report, Format::Json)).unwrap();
        let catalogs = embedded::catalogs().unwrap();
        for report in [&report, &saved] {
            let redacted = Redactor::new(&catalogs).report(report.clone());
            for format in Format::ALL {
                let text = text(&redacted, format);
                prop_assert!(!planted.is_in(&text), "{format:?}: {text}");
            }
            let mut stream = Redactor::new(&catalogs);
            for finding in &report.findings {
                let mut finding = finding.clone();
                stream.finding(&mut finding);
                let mut line = Vec::new();
                write_ndjson_line(&finding, &mut line).unwrap();
                let line = String::from_utf8(line).unwrap();
                prop_assert!(!planted.is_in(&line), "{line}");
            }
        }
    }
}
