//! Certificates: an authority that counts as public, one of a company, and one nobody knows.

use std::{path::Path, process::Command, str::FromStr};

use anyhow::{Context, Result};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose,
};
use time::{Duration, OffsetDateTime};

use crate::topology::{SERVER, SERVER6, execute};

/// What most certificates are for: the lab, and what a whole profile asks for.
const NAMES: [&str; 11] = [
    "*.lab.example",
    "lab.example",
    "*.looker.com",
    "*.cdn.looker.app",
    "*.cloud.looker.com",
    "*.lookercdn.com",
    "app.pendo.io",
    "s3.amazonaws.com",
    "smtp.sendgrid.net",
    SERVER,
    SERVER6,
];

/// A certificate for [`NAMES`] with its chain, in `KIND.pem` and `KIND.key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Good,
    Expired,
    NotYetValid,
    ExpiresSoon,
    SelfSigned,
    WrongName,
    /// Without the intermediate certificate.
    Incomplete,
    /// For clients.
    WrongPurpose,
    /// An RSA key of 1024 bits.
    WeakKey,
    /// Of the company's authority, which signs for names of others.
    Corporate,
    /// Of an authority that nobody knows.
    Unknown,
    /// Of the public authority, with a hundred certificates on the way.
    Endless,
}

impl Kind {
    const ALL: [Self; 12] = [
        Self::Good,
        Self::Expired,
        Self::NotYetValid,
        Self::ExpiresSoon,
        Self::SelfSigned,
        Self::WrongName,
        Self::Incomplete,
        Self::WrongPurpose,
        Self::WeakKey,
        Self::Corporate,
        Self::Unknown,
        Self::Endless,
    ];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Expired => "expired",
            Self::NotYetValid => "not-yet-valid",
            Self::ExpiresSoon => "expires-soon",
            Self::SelfSigned => "self-signed",
            Self::WrongName => "wrong-name",
            Self::Incomplete => "incomplete",
            Self::WrongPurpose => "wrong-purpose",
            Self::WeakKey => "weak-key",
            Self::Corporate => "corporate",
            Self::Unknown => "unknown",
            Self::Endless => "endless",
        }
    }
}

impl FromStr for Kind {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = Self::ALL.into_iter().find(|kind| kind.word() == text);
        found.with_context(|| format!("unknown certificate `{text}`"))
    }
}

type Authority = CertifiedIssuer<'static, KeyPair>;

struct Authorities {
    public: Authority,
    intermediate: Authority,
    corporate: Authority,
    unknown: Authority,
}

/// Writes every certificate, and the roots as `public-root.pem` and `corporate-root.pem`.
///
/// # Errors
/// When one cannot be made or written.
pub(crate) fn write(dir: &Path) -> Result<()> {
    let public = root("Lab Public Root")?;
    let intermediate = authority("Lab Public Intermediate", &public)?;
    let authorities = Authorities {
        intermediate,
        public,
        corporate: root("Example Corp Proxy CA")?,
        unknown: root("Nobody Knows Root")?,
    };
    std::fs::write(dir.join("public-root.pem"), authorities.public.pem())?;
    std::fs::write(dir.join("corporate-root.pem"), authorities.corporate.pem())?;
    for kind in Kind::ALL {
        if kind == Kind::WeakKey {
            write_weak(dir, &authorities.intermediate)?;
            continue;
        }
        let key = KeyPair::generate()?;
        let chain = chain(kind, &key, &authorities)?.concat();
        std::fs::write(dir.join(format!("{}.pem", kind.word())), chain)?;
        std::fs::write(
            dir.join(format!("{}.key", kind.word())),
            key.serialize_pem(),
        )?;
    }
    Ok(())
}

/// The certificates that a server with a certificate of that kind sends.
fn chain(kind: Kind, key: &KeyPair, authorities: &Authorities) -> Result<Vec<String>> {
    let leaf = leaf(kind)?;
    let public = &authorities.intermediate;
    let issuer = match kind {
        Kind::SelfSigned => return Ok(vec![leaf.self_signed(key)?.pem()]),
        Kind::Incomplete => return Ok(vec![leaf.signed_by(key, public)?.pem()]),
        Kind::Endless => return endless(&leaf, key, public),
        Kind::Corporate => &authorities.corporate,
        Kind::Unknown => &authorities.unknown,
        Kind::Good
        | Kind::Expired
        | Kind::NotYetValid
        | Kind::ExpiresSoon
        | Kind::WrongName
        | Kind::WrongPurpose
        | Kind::WeakKey => public,
    };
    Ok(vec![leaf.signed_by(key, issuer)?.pem(), issuer.pem()])
}

fn leaf(kind: Kind) -> Result<CertificateParams> {
    let names = match kind {
        Kind::WrongName => vec!["other.example".to_owned()],
        _ => NAMES.map(str::to_owned).to_vec(),
    };
    let mut params = CertificateParams::new(names)?;
    params
        .distinguished_name
        .push(DnType::CommonName, format!("{} certificate", kind.word()));
    params.extended_key_usages = vec![match kind {
        Kind::WrongPurpose => ExtendedKeyUsagePurpose::ClientAuth,
        _ => ExtendedKeyUsagePurpose::ServerAuth,
    }];
    let (from, until) = match kind {
        Kind::Expired => (-100, -10),
        Kind::NotYetValid => (10, 100),
        Kind::ExpiresSoon => (-80, 10),
        _ => (-2, 90),
    };
    let now = OffsetDateTime::now_utc();
    (params.not_before, params.not_after) =
        (now + Duration::days(from), now + Duration::days(until));
    Ok(params)
}

/// A hundred authorities, each vouched for by the one before.
fn endless(leaf: &CertificateParams, key: &KeyPair, first: &Authority) -> Result<Vec<String>> {
    let mut chain = vec![first.pem()];
    let mut last: Option<Authority> = None;
    for number in 0..100 {
        let next = authority(
            &format!("Lab Link {number}"),
            last.as_ref().unwrap_or(first),
        )?;
        chain.insert(0, next.pem());
        last = Some(next);
    }
    chain.insert(
        0,
        leaf.signed_by(key, last.as_ref().unwrap_or(first))?.pem(),
    );
    Ok(chain)
}

fn authority_params(name: &str) -> Result<CertificateParams> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, name);
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Lab");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn root(name: &str) -> Result<Authority> {
    Ok(CertifiedIssuer::self_signed(
        authority_params(name)?,
        KeyPair::generate()?,
    )?)
}

fn authority(name: &str, issuer: &Authority) -> Result<Authority> {
    let params = authority_params(name)?;
    Ok(CertifiedIssuer::signed_by(
        params,
        KeyPair::generate()?,
        issuer,
    )?)
}

/// rcgen makes no key that weak, openssl does.
fn write_weak(dir: &Path, issuer: &Authority) -> Result<()> {
    std::fs::write(dir.join("intermediate.pem"), issuer.pem())?;
    std::fs::write(dir.join("intermediate.key"), issuer.key().serialize_pem())?;
    let script = r"
        openssl req -newkey rsa:1024 -nodes -keyout weak-key.key -out weak-key.csr -subj '/CN=weak-key certificate'
        printf 'subjectAltName=DNS:*.lab.example\nextendedKeyUsage=serverAuth\n' > weak-key.ext
        openssl x509 -req -in weak-key.csr -CA intermediate.pem -CAkey intermediate.key -CAcreateserial \
          -days 90 -extfile weak-key.ext -out weak-key.leaf
        cat weak-key.leaf intermediate.pem > weak-key.pem
    ";
    execute(Command::new("sh").args(["-ec", script]).current_dir(dir))
}
