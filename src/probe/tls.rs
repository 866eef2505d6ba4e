//! The TLS handshake: seen through to the end whatever the certificates say, and judged afterwards.

use std::{
    net::IpAddr,
    pin::pin,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use rustls::{
    ClientConfig, ProtocolVersion,
    client::Resumption,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, ServerName, UnixTime},
};
use tokio::{
    io::AsyncReadExt as _,
    sync::{OnceCell, oneshot},
    time::{Instant, timeout_at},
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use crate::{
    net::Host,
    observation::{
        Certificate, ClientCertificate, TlsError, TlsObservation, Trust,
        tls::{Alert, Handshake, Unchanged},
    },
    probe::{stream, tcp, unheard::Ends},
    protocol::End,
};

mod certificate;
mod failure;
mod limits;
mod link;
mod recorder;
mod roots;
mod trust;
mod watched;

pub use roots::{CertificateFileError, NoPem, load_certificates};

pub(crate) use link::Link;
use recorder::{Record, Recorder};
use roots::Roots;
pub(crate) use watched::Watched;

/// How long a server may take to refuse us for want of a certificate. In TLS 1.3 it does so after
/// the handshake. Source: RFC 8446 §4.4.2.4.
const REFUSAL: Duration = Duration::from_secs(1);

/// How long it may take to read what had arrived before sending failed: it is in this machine.
const LEFT_OVER: Duration = Duration::from_millis(20);

/// Shakes hands.
#[derive(Clone, Debug)]
pub(crate) struct Tls(Arc<Loading>);

#[derive(Debug)]
struct Loading {
    extra_roots: Vec<CertificateDer<'static>>,
    public_roots: Option<Vec<CertificateDer<'static>>>,
    /// Loaded before the first handshake: most runs of other commands need none.
    engine: OnceLock<Engine>,
    /// Whether somebody loads it, and has.
    loaded: OnceCell<()>,
}

#[derive(Debug)]
struct Engine {
    provider: Arc<CryptoProvider>,
    roots: Roots,
}

/// What the first message says.
#[derive(Clone, Debug)]
pub(crate) struct Hello {
    /// Whose certificate is expected.
    pub(super) name: ServerName<'static>,
    /// Whether the name is sent. Addresses never are. Source: RFC 6066 §3.
    pub(super) is_named: bool,
    /// The application protocols that are offered.
    alpn: &'static [&'static [u8]],
    /// Whether it is kept to one segment.
    pub(super) is_small: bool,
}

/// A handshake that was tried.
pub(crate) struct Shaken {
    /// What it showed.
    pub(crate) observation: TlsObservation,
    /// The stream, if it ended well.
    pub(crate) stream: Option<TlsStream<Watched>>,
    /// Whether time ran out before what we said last was acknowledged.
    pub(crate) unheard: bool,
}

impl Hello {
    /// A hello to `host`, which has that address.
    pub(crate) fn new(host: &Host, address: IpAddr, alpn: &'static [&'static [u8]]) -> Self {
        // Neither the message nor a certificate has the dot of a whole name. Source: RFC 6066 §3.
        let by_name = host
            .name()
            .and_then(|name| ServerName::try_from(name.to_owned()).ok());
        Self {
            is_named: by_name.is_some(),
            name: by_name.unwrap_or_else(|| ServerName::from(address)),
            alpn,
            is_small: false,
        }
    }

    /// The name as it is sent, if one is.
    pub(crate) fn sent_name(&self) -> Option<String> {
        self.is_named.then(|| self.name.to_str().into_owned())
    }
}

impl Tls {
    /// `extra` roots join this machine's, `public` ones replace the public PKI.
    pub(crate) fn new(
        extra_roots: Vec<CertificateDer<'static>>,
        public_roots: Option<Vec<CertificateDer<'static>>>,
    ) -> Self {
        Self(Arc::new(Loading {
            extra_roots,
            public_roots,
            engine: OnceLock::new(),
            loaded: OnceCell::new(),
        }))
    }

    /// Shakes hands on `link` before `deadline` and judges what was shown.
    pub(crate) async fn shake(&self, link: Link, hello: &Hello, deadline: Instant) -> Shaken {
        let (record, result) = self.attempt(link, hello, deadline).await;
        let (stream, outcome) = match result {
            Ok(stream) => (Some(stream.0), Ok(stream.1)),
            Err(error) => (None, Err(error)),
        };
        let mut observation = self.engine().await.judge(&record, hello, outcome);
        if observation.outcome.is_err() && record.wants_certificate {
            refuse_without_certificate(&mut observation);
        }
        Shaken {
            observation,
            stream,
            unheard: record.unheard,
        }
    }

    /// Shakes hands and judges nothing.
    pub(super) async fn attempt(
        &self,
        link: Link,
        hello: &Hello,
        deadline: Instant,
    ) -> (Record, Result<(TlsStream<Watched>, Handshake), TlsError>) {
        let provider = &self.engine().await.provider;
        let recorder = Recorder::new(provider.signature_verification_algorithms);
        let config = match config(provider, &recorder, hello) {
            Ok(config) => config,
            Err(error) => return (recorder.record(), Err(broken(&error))),
        };
        // One that dies is reset, so that a server behind a lossy path is not left waiting for the rest.
        tcp::close_at_once(link.tcp());
        let ends = Ends::of(link.tcp());
        let connector = TlsConnector::from(Arc::new(config));
        let watched = Watched::new(link, Arc::clone(&recorder));
        let shaking = connector.connect(hello.name.clone(), watched);
        let mut shaking = pin!(shaking.into_fallible());
        let result = timeout_at(deadline, &mut shaking).await;
        let result = match result {
            Ok(Ok(stream)) => Ok(Ok(stream)),
            Ok(Err((error, mut rest))) => {
                // Where sending failed, what had come before was not read.
                let until = deadline.min(Instant::now() + LEFT_OVER);
                let _ = timeout_at(until, rest.read(&mut [0; 64])).await;
                Ok(Err(error))
            }
            Err(late) => Err(late),
        };
        let mut record = recorder.record();
        record.unheard = result.is_err() && ends.is_some_and(|ends| ends.is_unheard());
        let result = match result {
            Ok(Ok(stream)) => {
                tcp::close_in_order(stream.get_ref().0.link().tcp());
                let handshake = agreed(&stream);
                Ok((stream, handshake))
            }
            Ok(Err(error)) => Err(failure::meaning(&error, &record.first)),
            Err(_) => Err(failure::out_of_time(&record.first)),
        };
        (record, result)
    }

    /// Does, on another thread, what the first handshake would have to do first: reading this
    /// machine's store takes longer than a round trip, and packets are under way meanwhile. A system
    /// that gives no thread gets ready at the first handshake.
    pub(crate) fn get_ready(&self) {
        let loading = Arc::clone(&self.0);
        let _ = thread::Builder::new().spawn(move || {
            // Whoever cannot be random now is told so at the handshake.
            let _ = loading.engine().provider.secure_random.fill(&mut [0; 1]);
        });
    }

    /// The engine, without holding up the other probes until it is loaded: on one thread of its own,
    /// and here where the system gives none, as within `ulimit -u`. Tokio's pool would end the
    /// process there.
    async fn engine(&self) -> &Engine {
        if self.0.engine.get().is_none() {
            let loading = Arc::clone(&self.0);
            let load = || load_aside(loading);
            self.0.loaded.get_or_init(load).await;
        }
        self.0.engine()
    }
}

/// Loads the engine on a thread of its own, if there is one.
async fn load_aside(loading: Arc<Loading>) {
    let (tell, told) = oneshot::channel();
    let begun = thread::Builder::new().spawn(move || {
        loading.engine();
        // Whoever waited may be gone.
        let _ = tell.send(());
    });
    if begun.is_ok() {
        let _ = told.await;
    }
}

impl Loading {
    fn engine(&self) -> &Engine {
        self.engine.get_or_init(|| Engine {
            provider: Arc::new(provider()),
            roots: Roots::load(&self.extra_roots, self.public_roots.as_deref()),
        })
    }
}

impl Engine {
    /// Judges the chain by both sets of roots.
    fn judge(
        &self,
        record: &Record,
        hello: &Hello,
        outcome: Result<Handshake, TlsError>,
    ) -> TlsObservation {
        let algorithms = &self.provider.signature_verification_algorithms;
        let now = UnixTime::now();
        let trust = |roots| trust::judge(&record.chain, roots, algorithms, now);
        let machine = trust(&self.roots.machine);
        let public = trust(&self.roots.public);
        let roots = if machine == Trust::Trusted {
            &self.roots.machine
        } else {
            &self.roots.public
        };
        let used = trust::path(&record.chain, roots, algorithms, now);
        let chain: Vec<_> = record
            .chain
            .iter()
            .zip(used)
            .filter_map(|(der, is_used)| {
                let read = certificate::read(der)?;
                Some(Certificate { is_used, ..read })
            })
            .collect();
        let name_mismatch = record
            .chain
            .first()
            .filter(|leaf| !trust::is_for(leaf, &hello.name))
            .map(|_| {
                chain
                    .first()
                    .map(|leaf| leaf.names.clone())
                    .unwrap_or_default()
            });
        TlsObservation {
            server_name: hello.sent_name(),
            outcome,
            chain,
            machine,
            public,
            name_mismatch,
            client_certificate: if record.wants_certificate {
                ClientCertificate::Requested
            } else {
                ClientCertificate::NotRequested
            },
            experiments: Vec::new(),
            unchanged: Unchanged::default(),
            chosen: None,
        }
    }
}

impl Shaken {
    /// Waits whether the server ends the connection for want of a certificate, where it asked for
    /// one and nothing more is to be said.
    pub(crate) async fn settle(&mut self, deadline: Instant) {
        if self.observation.client_certificate != ClientCertificate::Requested {
            return;
        }
        let Some(stream) = &mut self.stream else {
            return;
        };
        let deadline = deadline.min(Instant::now() + REFUSAL);
        // A server that only closes may have had nothing to say.
        let read = timeout_at(deadline, stream.read(&mut [0; 1])).await;
        if let Ok(Err(error)) = read
            && (failure::alert_in(&error).is_some() || stream::end_of(&error) == End::Reset)
        {
            refuse_without_certificate(&mut self.observation);
        }
    }
}

/// Writes down that the dialog after the handshake died of `failure`, where that was the handshake's
/// own late refusal.
pub(crate) fn blame(observation: &mut TlsObservation, failure: &std::io::Error) {
    let Some(alert) = failure::alert_in(failure) else {
        return;
    };
    if observation.client_certificate == ClientCertificate::Requested {
        refuse_without_certificate(observation);
    } else {
        observation.outcome = Err(TlsError::Alert(alert));
    }
}

/// The server asked for a certificate, got none and hung up, whatever it said about it.
fn refuse_without_certificate(observation: &mut TlsObservation) {
    observation.client_certificate = ClientCertificate::Required;
    observation.outcome = Err(TlsError::Alert(Alert::CertificateRequired));
}

fn config(
    provider: &Arc<CryptoProvider>,
    recorder: &Arc<Recorder>,
    hello: &Hello,
) -> Result<ClientConfig, rustls::Error> {
    let provider = if hello.is_small {
        Arc::new(with_small_hello(provider))
    } else {
        Arc::clone(provider)
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(recorder) as _)
        .with_client_cert_resolver(Arc::clone(recorder) as _);
    config.enable_sni = hello.is_named;
    config.alpn_protocols = hello.alpn.iter().map(|name| name.to_vec()).collect();
    // Every handshake is a first one: a resumed one shows no certificates.
    config.resumption = Resumption::disabled();
    Ok(config)
}

/// The same without post-quantum key shares, which alone fill a segment.
/// Source: draft-ietf-tls-ecdhe-mlkem.
fn with_small_hello(provider: &CryptoProvider) -> CryptoProvider {
    let mut provider = provider.clone();
    provider
        .kx_groups
        .retain(|group| matches!(group.name().into(), 0x0017..=0x001e_u16));
    provider
}

#[cfg(feature = "tls-aws-lc")]
fn provider() -> CryptoProvider {
    rustls::crypto::aws_lc_rs::default_provider()
}

#[cfg(not(feature = "tls-aws-lc"))]
fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// What a finished handshake agreed on.
fn agreed(stream: &TlsStream<Watched>) -> Handshake {
    let connection = stream.get_ref().1;
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(_) | None => "TLS",
    };
    Handshake {
        version: version.to_owned(),
        alpn: connection.alpn_protocol().map(crate::text::stranger),
    }
}

/// A configuration that the library refuses; only another library version could.
fn broken(error: &rustls::Error) -> TlsError {
    TlsError::Broken(format!("{error:?}"))
}
