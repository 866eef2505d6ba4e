use std::{net::SocketAddr, sync::Arc, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair,
};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    pki_types::{CertificateDer, PrivateKeyDer},
    server::WebPkiClientVerifier,
    version::{TLS12, TLS13},
};
use time::{Duration as Days, OffsetDateTime};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

use super::{LOCAL, ports, probe, prober};
use crate::{
    net::Protocol,
    observation::{
        ChainFault, ClientCertificate, Reached, TlsError, TlsObservation, Trust,
        tls::{Alert, Change, Experiment, Handshake},
    },
    probe::{NetProber, ProbeConfig},
    protocol::{End, Speaker},
};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn authority_params(name: &str) -> CertificateParams {
    let mut params = named(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn authority(name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    Authority::self_signed(authority_params(name), key).unwrap()
}

fn under(name: &str, issuer: &Authority) -> Authority {
    let key = KeyPair::generate().unwrap();
    Authority::signed_by(authority_params(name), key, issuer).unwrap()
}

/// A chain and the key of its first certificate.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

impl Identity {
    /// A certificate for `server.example`, changed so, of that issuer.
    fn of(issuer: &Authority, change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(vec!["server.example".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.signed_by(&key, issuer).unwrap().der().clone()];
        Self { chain, key }
    }

    fn self_signed(change: impl FnOnce(&mut CertificateParams)) -> Self {
        let mut params = CertificateParams::new(vec!["server.example".to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let chain = vec![params.self_signed(&key).unwrap().der().clone()];
        Self { chain, key }
    }

    fn with(mut self, certificate: &Authority) -> Self {
        self.chain.push(certificate.der().clone());
        self
    }

    fn server_config(
        self,
        versions: &[&'static SupportedProtocolVersion],
        clients: Option<RootCertStore>,
    ) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .unwrap();
        let builder = match clients {
            Some(roots) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
            None => builder.with_no_client_auth(),
        };
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).unwrap();
        builder.with_single_cert(self.chain, key).unwrap()
    }
}

/// A server that shakes hands and then waits to be left.
async fn tls_server(config: ServerConfig) -> SocketAddr {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let _ = stream.read(&mut [0; 512]).await;
            }
        }
    })
    .await
}

/// A server that does that with every connection.
async fn server<F: Future<Output = ()> + Send + 'static>(
    serve: impl Fn(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind((LOCAL, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(serve(stream));
        }
    });
    address
}

fn trusting(root: &Authority, change: impl FnOnce(&mut ProbeConfig)) -> NetProber {
    prober(|config| {
        config.extra_roots = vec![root.der().clone()];
        change(config);
    })
}

async fn shake(prober: &NetProber, address: SocketAddr) -> TlsObservation {
    let probe = probe("server.example", &[address.port()], Protocol::Tls);
    match ports(prober, &probe).await.remove(0).reached {
        Reached::Tls { tls, .. } => *tls,
        other => panic!("{other:?}"),
    }
}

/// How a machine that trusts `root` judges the chain.
async fn judged(root: &Authority, identity: Identity) -> Trust {
    let address = tls_server(identity.server_config(&[&TLS13], None)).await;
    shake(&trusting(root, |_| {}), address).await.machine
}

fn untrusted(faults: &[ChainFault]) -> Trust {
    Trust::Untrusted(faults.to_vec())
}

fn days_ago(days: i64) -> OffsetDateTime {
    OffsetDateTime::now_utc() - Days::days(days)
}

#[tokio::test]
async fn a_good_chain_is_trusted_here_and_shown() {
    let root = authority("Test Root");
    let identity = Identity::of(&root, |_| {});
    let address = tls_server(identity.server_config(&[&TLS12, &TLS13], None)).await;
    let seen = shake(&trusting(&root, |_| {}), address).await;
    let names = ["server.example".to_owned()];
    assert_eq!(seen.server_name.as_deref(), Some("server.example"));
    assert_eq!(
        seen.outcome,
        Ok(Handshake {
            version: "TLS 1.3".to_owned(),
            alpn: None,
        })
    );
    assert_eq!(seen.machine, Trust::Trusted);
    assert_eq!(seen.public, untrusted(&[ChainFault::UnknownIssuer]));
    assert_eq!(seen.name_mismatch, None);
    assert_eq!(seen.client_certificate, ClientCertificate::NotRequested);
    assert_eq!(
        (seen.chain[0].names.as_slice(), seen.experiments.len()),
        (&names[..], 0)
    );
    assert_eq!(seen.chain[0].issuer, "CN=Test Root");
}

#[tokio::test]
async fn the_public_roots_are_judged_on_their_own() {
    let root = authority("Test Root");
    let identity = Identity::of(&root, |_| {});
    let address = tls_server(identity.server_config(&[&TLS12], None)).await;
    let prober = prober(|config| config.public_roots = Some(vec![root.der().clone()]));
    let seen = shake(&prober, address).await;
    assert_eq!(seen.machine, untrusted(&[ChainFault::UnknownIssuer]));
    assert_eq!(seen.public, Trust::Trusted);
    assert_eq!(seen.outcome.unwrap().version, "TLS 1.2");
}

#[tokio::test]
async fn every_fault_of_a_chain_is_listed() {
    let (root, other) = (authority("Test Root"), authority("Other Root"));
    let expired = |params: &mut CertificateParams| {
        params.not_before = days_ago(90);
        params.not_after = days_ago(1);
    };
    let early = |params: &mut CertificateParams| {
        params.not_before = days_ago(-1);
        params.not_after = days_ago(-90);
    };
    let cases = [
        (Identity::of(&root, expired), vec![ChainFault::Expired]),
        (Identity::of(&root, early), vec![ChainFault::NotYetValid]),
        (
            Identity::of(&other, |_| {}),
            vec![ChainFault::UnknownIssuer],
        ),
        (
            Identity::of(&other, expired).with(&other),
            vec![ChainFault::Expired, ChainFault::UnknownIssuer],
        ),
        (Identity::self_signed(|_| {}), vec![ChainFault::SelfSigned]),
        (
            Identity::self_signed(|params| {
                expired(params);
                params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            }),
            vec![ChainFault::Expired, ChainFault::SelfSigned],
        ),
        (
            Identity::of(&root, |params| {
                params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
            }),
            vec![ChainFault::WrongPurpose],
        ),
    ];
    for (identity, faults) in cases {
        assert_eq!(judged(&root, identity).await, untrusted(&faults));
    }
}

#[tokio::test]
async fn an_intermediate_that_was_not_sent_is_told_from_an_unknown_root() {
    let root = authority("Test Root");
    let between = under("Test Intermediate", &root);
    let whole = Identity::of(&between, |_| {}).with(&between);
    assert_eq!(judged(&root, whole).await, Trust::Trusted);
    let incomplete = untrusted(&[ChainFault::Incomplete]);
    let alone = Identity::of(&between, |_| {});
    assert_eq!(judged(&root, alone).await, incomplete);
    let with_a_gap = Identity::of(&between, |_| {}).with(&root);
    assert_eq!(judged(&root, with_a_gap).await, incomplete);
    let elsewhere = authority("Other Root");
    let whole = Identity::of(&between, |_| {}).with(&between).with(&root);
    assert_eq!(
        judged(&elsewhere, whole).await,
        untrusted(&[ChainFault::UnknownIssuer])
    );
}

#[tokio::test]
async fn a_root_of_the_same_name_is_another_root() {
    let (root, impostor) = (authority("Test Root"), authority("Test Root"));
    assert_eq!(
        judged(&root, Identity::of(&impostor, |_| {})).await,
        untrusted(&[ChainFault::UnknownIssuer])
    );
}

#[tokio::test]
async fn a_servers_own_certificate_in_the_store_is_trusted() {
    let identity = Identity::self_signed(|params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    });
    let own = identity.chain[0].clone();
    let address = tls_server(identity.server_config(&[&TLS13], None)).await;
    let prober = prober(|config| config.extra_roots = vec![own]);
    assert_eq!(shake(&prober, address).await.machine, Trust::Trusted);
}

#[tokio::test]
async fn another_name_is_shown_with_the_names_that_are_right() {
    let root = authority("Test Root");
    let identity = Identity::of(&root, |params| {
        *params = CertificateParams::new(vec!["other.example".to_owned()]).unwrap();
    });
    let address = tls_server(identity.server_config(&[&TLS13], None)).await;
    let seen = shake(&trusting(&root, |_| {}), address).await;
    assert_eq!(seen.machine, Trust::Trusted);
    assert_eq!(seen.name_mismatch, Some(vec!["other.example".to_owned()]));
}

#[tokio::test]
async fn a_demand_for_a_certificate_is_seen_in_every_version() {
    let root = authority("Test Root");
    for version in [&TLS12, &TLS13] {
        let mut roots = RootCertStore::empty();
        roots.add(root.der().clone()).unwrap();
        let config = Identity::of(&root, |_| {}).server_config(&[version], Some(roots));
        let address = tls_server(config).await;
        let prober = trusting(&root, |_| {});
        let required = Err(TlsError::Alert(Alert::CertificateRequired));
        let seen = shake(&prober, address).await;
        assert_eq!(seen.client_certificate, ClientCertificate::Required);
        assert_eq!(
            (seen.outcome, seen.machine),
            (required.clone(), Trust::Trusted)
        );
        let probe = probe("server.example", &[address.port()], Protocol::Https);
        let Reached::Tls { tls, .. } = ports(&prober, &probe).await.remove(0).reached else {
            panic!("no handshake");
        };
        assert_eq!(tls.client_certificate, ClientCertificate::Required);
        assert_eq!(tls.outcome, required);
    }
}

#[tokio::test]
async fn what_is_no_tls_is_shown_harmless() {
    let address = server(async |mut stream: TcpStream| {
        let _ = stream.write_all(b"220 \x1b[31mmail ready\r\n").await;
        let _ = stream.read(&mut [0; 512]).await;
    })
    .await;
    let seen = shake(&prober(|_| {}), address).await;
    let words = "220 \\x1b[31mmail ready".to_owned();
    assert_eq!(seen.outcome, Err(TlsError::NotTls(words)));
}

#[tokio::test]
async fn the_servers_own_alert_is_kept() {
    let address = server(async |mut stream: TcpStream| {
        let _ = stream.read(&mut [0; 2048]).await;
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 112]).await;
        let _ = stream.read(&mut [0; 512]).await;
    })
    .await;
    let seen = shake(&prober(|_| {}), address).await;
    assert_eq!(seen.outcome, Err(TlsError::Alert(Alert::UnrecognizedName)));
}

/// What a server is that ends its connections so, and what every experiment then shows: nothing.
async fn died(address: SocketAddr) -> TlsError {
    let seen = shake(&prober(|_| {}), address).await;
    let tried = [
        Change::NoServerName,
        Change::OtherServerName,
        Change::SmallSegments,
        Change::SmallHello,
        Change::ProxyHeader,
    ];
    let wanted = tried.map(|change| Experiment {
        change,
        answered: false,
    });
    assert_eq!(seen.experiments, wanted);
    seen.outcome.unwrap_err()
}

#[tokio::test]
async fn closed_reset_and_stalled_handshakes_are_told_apart() {
    let closed = server(async |mut stream: TcpStream| {
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    assert_eq!(died(closed).await, TlsError::ClosedBeforeHello);
    let reset = server(async |stream: TcpStream| {
        let _ = stream.readable().await;
        let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    })
    .await;
    assert_eq!(died(reset).await, TlsError::ResetBeforeHello);
    let stalled = server(async |mut stream: TcpStream| {
        let _ = stream.write_all(&[22, 3, 3]).await;
        std::future::pending::<()>().await;
    })
    .await;
    assert_eq!(died(stalled).await, TlsError::Stalled { after_bytes: true });
}

#[tokio::test]
async fn a_filter_on_the_name_is_found_by_asking_for_another() {
    let root = authority("Test Root");
    let config = Identity::of(&root, |_| {}).server_config(&[&TLS13], None);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let address = server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut hello = [0; 4096];
            let length = stream.peek(&mut hello).await.unwrap_or(0);
            let name = b"server.example";
            if hello[..length]
                .windows(name.len())
                .all(|window| window != name)
            {
                let _ = acceptor.accept(stream).await;
            } else {
                std::future::pending::<()>().await;
            }
        }
    })
    .await;
    let patient = trusting(&root, |config| config.answer = Some(Duration::from_secs(2)));
    let seen = shake(&patient, address).await;
    let answered = |change, answered| Experiment { change, answered };
    assert_eq!(
        (seen.outcome, seen.experiments),
        (
            Err(TlsError::Stalled { after_bytes: false }),
            vec![
                answered(Change::NoServerName, true),
                answered(Change::OtherServerName, true),
                answered(Change::SmallSegments, false),
                answered(Change::SmallHello, false),
                answered(Change::ProxyHeader, false),
            ]
        )
    );
}

#[tokio::test]
async fn a_large_hello_that_is_lost_is_found_by_a_small_one() {
    let root = authority("Test Root");
    let config = Identity::of(&root, |_| {}).server_config(&[&TLS13], None);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let address = server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let length = stream.peek(&mut [0; 4096]).await.unwrap_or(0);
            if length < 1000 {
                let _ = acceptor.accept(stream).await;
            } else {
                std::future::pending::<()>().await;
            }
        }
    })
    .await;
    let patient = trusting(&root, |config| config.answer = Some(Duration::from_secs(2)));
    let seen = shake(&patient, address).await;
    let cures = seen.experiments.iter().filter(|tried| tried.answered);
    let cures: Vec<Change> = cures.map(|tried| tried.change).collect();
    assert_eq!(cures, [Change::SmallHello]);
}

#[tokio::test]
async fn a_mail_server_is_followed_into_tls_and_out_again() {
    let root = authority("Test Root");
    let config = Identity::of(&root, |_| {}).server_config(&[&TLS13], None);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let address = server(move |mut stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut buffer = [0; 512];
            stream.write_all(b"220 mail.example\r\n").await.unwrap();
            let _ = stream.read(&mut buffer).await;
            let offer = b"250-mail.example\r\n250 STARTTLS\r\n";
            stream.write_all(offer).await.unwrap();
            let _ = stream.read(&mut buffer).await;
            stream.write_all(b"220 go ahead\r\n").await.unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            let _ = stream.read(&mut buffer).await;
            stream.write_all(b"250 mail.example\r\n").await.unwrap();
            let _ = stream.read(&mut buffer).await;
        }
    })
    .await;
    let probe = probe("server.example", &[address.port()], Protocol::Smtp);
    let seen = ports(&trusting(&root, |_| {}), &probe).await.remove(0);
    let Reached::Replied { reply, tls } = seen.reached else {
        panic!("{seen:?}");
    };
    assert_eq!(reply.speaker, Speaker::Service);
    let tls = tls.unwrap();
    assert_eq!((tls.machine, tls.name_mismatch), (Trust::Trusted, None));
}

#[tokio::test]
async fn a_service_that_dies_behind_its_handshake_is_not_blamed_on_tls() {
    let root = authority("Test Root");
    let config = Identity::of(&root, |_| {}).server_config(&[&TLS13], None);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let address = server(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let mut stream = acceptor.accept(stream).await.unwrap();
            let _ = stream.read(&mut [0; 512]).await;
            let _ = stream.shutdown().await;
        }
    })
    .await;
    let probe = probe("server.example", &[address.port()], Protocol::Https);
    let seen = ports(&trusting(&root, |_| {}), &probe).await.remove(0);
    let Reached::Tls { tls, reply } = seen.reached else {
        panic!("{seen:?}");
    };
    assert!(tls.outcome.is_ok());
    assert_eq!(
        reply.unwrap().speaker,
        Speaker::Ended {
            end: End::Closed,
            spoke: false,
            asked: true,
        }
    );
}

#[tokio::test]
async fn members_that_take_turns_are_no_experiment() {
    let root = authority("Test Root");
    let config = Identity::of(&root, |_| {}).server_config(&[&TLS13], None);
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let turns = std::sync::atomic::AtomicUsize::new(0);
    let address = server(move |stream| {
        let turn = turns.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let acceptor = acceptor.clone();
        async move {
            if turn.is_multiple_of(2) {
                std::future::pending::<()>().await;
            }
            let _ = acceptor.accept(stream).await;
        }
    })
    .await;
    let patient = trusting(&root, |config| config.answer = Some(Duration::from_secs(2)));
    let seen = shake(&patient, address).await;
    assert!(!seen.experiments.iter().any(|tried| tried.answered));
    assert!(seen.unchanged.answered > 0, "{:?}", seen.unchanged);
}
