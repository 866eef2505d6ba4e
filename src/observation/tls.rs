//! What a TLS handshake showed: the chain, who trusts it, and how it ended.

use time::OffsetDateTime;

use crate::protocol::tls_hello::Choice;

/// What a TLS handshake showed, whether or not it ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsObservation {
    /// The server name that was sent; `None` where none was (an address, or an experiment).
    pub server_name: Option<String>,
    /// How the handshake ended.
    pub outcome: Result<Handshake, TlsError>,
    /// The certificates the server sent, its own first; at most 16; empty if it sent none.
    pub chain: Vec<Certificate>,
    /// Whether the chain ends in what this machine trusts (its store and `--ca-file`).
    pub machine: Trust,
    /// Whether the chain ends in the public PKI.
    pub public: Trust,
    /// The names the certificate is for, if the name asked for is not among them.
    pub name_mismatch: Option<Vec<String>>,
    /// Whether the server asked for a certificate of ours.
    pub client_certificate: ClientCertificate,
    /// What the experiments after a failure showed.
    pub experiments: Vec<Experiment>,
    /// How often the same was repeated unchanged, and how often the server then answered it.
    pub unchanged: Unchanged,
    /// What the server chose of a hello with old suites in it, where ours had none that it takes.
    pub chosen: Option<Choice>,
}

impl TlsObservation {
    /// Whether the server said anything at all.
    #[must_use]
    pub const fn has_answer(&self) -> bool {
        match &self.outcome {
            Ok(_) => true,
            Err(error) => !matches!(
                error,
                TlsError::ClosedBeforeHello
                    | TlsError::ResetBeforeHello
                    | TlsError::Stalled { after_bytes: false }
            ),
        }
    }

    /// Whether what the server said is TLS: a handshake, or at least an alert.
    #[must_use]
    pub const fn is_spoken(&self) -> bool {
        match &self.outcome {
            Ok(_) => true,
            Err(error) => matches!(
                error,
                TlsError::Alert(_) | TlsError::Version | TlsError::NoSharedCipher
            ),
        }
    }
}

/// A handshake that ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// `TLS 1.3`.
    pub version: String,
    /// The application protocol that was agreed, `http/1.1`.
    pub alpn: Option<String>,
}

/// How a handshake failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TlsError {
    /// What came is no TLS: the first bytes, made harmless.
    NotTls(String),
    /// The connection was closed before the server's first byte.
    ClosedBeforeHello,
    /// The connection was reset before the server's first byte.
    ResetBeforeHello,
    /// The connection was closed in the middle of the handshake.
    Closed,
    /// The connection was reset in the middle of the handshake.
    Reset,
    /// Nothing came in time; whether any byte had come before.
    Stalled {
        /// Whether the server had begun to answer.
        after_bytes: bool,
    },
    /// The server's own alert, by its name in RFC 8446 §6.2 (`handshake_failure`).
    Alert(Alert),
    /// No version in common.
    Version,
    /// No cipher suite or group in common.
    NoSharedCipher,
    /// The server speaks TLS in a way that breaks the standard; the fault's name.
    Broken(String),
}

/// A TLS alert. Source: RFC 8446 §6.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Alert {
    /// `protocol_version`, 70.
    ProtocolVersion,
    /// `handshake_failure`, 40: usually no cipher in common.
    HandshakeFailure,
    /// `unrecognized_name`, 112.
    UnrecognizedName,
    /// `certificate_required`, 116, or `bad_certificate`, 42, after we sent none.
    CertificateRequired,
    /// `access_denied`, 49.
    AccessDenied,
    /// Any other, by its name.
    Other(String),
}

/// Whether a chain is trusted by one set of roots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// There was no chain, or it was not judged.
    #[default]
    Unknown,
    /// It verifies.
    Trusted,
    /// It does not; every fault found, at least one.
    Untrusted(Vec<ChainFault>),
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChainFault {
    /// A certificate has expired.
    Expired,
    /// A certificate is not valid yet.
    NotYetValid,
    /// The only certificate is signed by itself and not trusted.
    SelfSigned,
    /// The chain is whole and ends in a root that is not trusted.
    UnknownIssuer,
    /// A certificate between the server's and the root was not sent.
    Incomplete,
    /// The certificate is not for servers.
    WrongPurpose,
    /// The key or signature is too weak, or its algorithm is not supported.
    WeakKey,
    /// It was revoked.
    Revoked,
    /// It cannot be read or breaks the standard.
    BadEncoding,
    /// It leads to a trusted root, and our verifier refuses it by a rule of its own.
    BeyondVerifier(VerifierRule),
}

/// A rule of our verifier that Java's and OpenSSL's do not have. **Source:** rustls-webpki's manual and
/// source, `Error`; `docs/field.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VerifierRule {
    /// Certificates are of X.509 version 3.
    Version,
    /// No authority's certificate is a server's.
    AuthorityAsServer,
    /// No constraints of directory names.
    DirectoryConstraint,
    /// No name constraints of rare forms.
    NameConstraint,
    /// No critical extensions about policies.
    CriticalPolicy,
    /// No RSA key over 8192 bits.
    KeyLength,
    /// The usual signature algorithms only.
    Algorithm,
    /// At most six authorities between server and root.
    ChainLength,
    /// Strict DER only.
    Encoding,
}

impl VerifierRule {
    /// The rule, as it follows "its rule is".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Version => "certificates are of X.509 version 3, and this one is older",
            Self::AuthorityAsServer => "an authority's certificate (CA:TRUE) is no server's",
            Self::DirectoryConstraint => "name constraints of directory names are not read",
            Self::NameConstraint => "name constraints of this form are not read",
            Self::CriticalPolicy => "critical extensions about policies are not read",
            Self::KeyLength => "RSA keys have at most 8192 bits",
            Self::Algorithm => "signature algorithms like this one are not checked",
            Self::ChainLength => "at most six authorities between server and root",
            Self::Encoding => "certificates are strict DER, and one is not",
        }
    }
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The subject, in the order written, made harmless: `CN=example.com, O=Example`.
    pub subject: String,
    /// The issuer, likewise.
    pub issuer: String,
    /// The names it is for, made harmless; at most 32.
    pub names: Vec<String>,
    /// Valid from.
    pub not_before: OffsetDateTime,
    /// Valid until.
    pub not_after: OffsetDateTime,
    /// Whether subject and issuer are the same.
    pub self_issued: bool,
    /// Whether it says it is a certificate authority's.
    pub authority: bool,
    /// Whether the path that verifies goes over it; where none does, every certificate counts.
    pub is_used: bool,
}

/// Whether the server asked for a certificate of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientCertificate {
    /// It did not.
    #[default]
    NotRequested,
    /// It did, and went on without.
    Requested,
    /// It did, and ended the connection because there was none.
    Required,
}

/// One experiment after a handshake failed: what was changed and what happened then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// What was changed.
    pub change: Change,
    /// Whether the handshake got further than before: the server answered it.
    pub answered: bool,
}

/// The controls of the experiments: the same handshake, repeated as it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unchanged {
    /// How often it was repeated.
    pub tried: usize,
    /// How often it got further than before.
    pub answered: usize,
}

/// What an experiment changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No server name was sent.
    NoServerName,
    /// Another server name was sent.
    OtherServerName,
    /// Segments were kept small (`TCP_MAXSEG`).
    SmallSegments,
    /// A balancer's header was sent first (`PROXY UNKNOWN`). Source: the PROXY protocol, section 2.1.
    ProxyHeader,
    /// The hello was kept to one segment (no post-quantum key share).
    SmallHello,
}
