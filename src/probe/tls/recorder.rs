//! Lets every handshake finish and writes down what it showed. Nothing secret may ever be sent on
//! such a connection.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::{
    DigitallySignedStruct, Error, SignatureScheme,
    client::{
        ResolvesClientCert,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
    sign::CertifiedKey,
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _};

use super::certificate;

/// The most certificates of a chain that are kept. Real chains have at most five.
const CHAIN: usize = 16;

/// How many of the first bytes are kept: enough to show who speaks.
const FIRST: usize = 64;

/// What is written down during a handshake.
#[derive(Debug)]
pub(crate) struct Recorder {
    algorithms: WebPkiSupportedAlgorithms,
    record: Mutex<Record>,
}

/// What a handshake showed on the way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    /// The certificates that were sent, the server's own first.
    pub(crate) chain: Vec<CertificateDer<'static>>,
    /// Whether the server asked for a certificate of ours.
    pub(crate) wants_certificate: bool,
    /// The first bytes that came, at most 64; empty if none did.
    pub(crate) first: Vec<u8>,
    /// Whether time ran out before what we said last was acknowledged.
    pub(crate) unheard: bool,
}

impl Recorder {
    pub(crate) fn new(algorithms: WebPkiSupportedAlgorithms) -> Arc<Self> {
        Arc::new(Self {
            algorithms,
            record: Mutex::default(),
        })
    }

    /// What has been written down so far.
    pub(crate) fn record(&self) -> Record {
        self.lock().clone()
    }

    /// Keeps the first bytes of what came, and tells whether it has enough of them.
    pub(crate) fn heard(&self, bytes: &[u8]) -> bool {
        let first = &mut self.lock().first;
        first.extend(bytes.iter().take(FIRST - first.len()));
        first.len() == FIRST
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        // Nothing that holds the lock can panic half-way.
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.lock().chain = [end_entity]
            .into_iter()
            .chain(intermediates)
            .take(CHAIN)
            .map(|certificate| certificate.clone().into_owned())
            .collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
            .or_else(|error| past_weak_key(certificate, error))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
            .or_else(|error| past_weak_key(certificate, error))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A key too short to be checked here is a fault of the chain, told there, and no broken handshake.
/// The same goes for a certificate that the verifier does not read and others do.
fn past_weak_key(der: &CertificateDer<'_>, error: Error) -> Result<HandshakeSignatureValid, Error> {
    let is_unread = ParsedCertificate::try_from(der).is_err();
    let is_weak = X509Certificate::from_der(der)
        .is_ok_and(|(_, one)| certificate::has_weak_key(&one) || is_unread);
    if is_weak {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(error)
    }
}

impl ResolvesClientCert for Recorder {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.lock().wants_certificate = true;
        None
    }

    fn has_certs(&self) -> bool {
        // Otherwise rustls does not ask, and the request goes unseen.
        true
    }
}
