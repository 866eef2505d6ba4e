//! Whether a chain is trusted by a set of roots, and everything that is wrong with it if not.

use std::{collections::BTreeSet, time::Duration};

use rustls::{
    CertificateError, RootCertStore,
    client::{verify_server_cert_signed_by_trust_anchor, verify_server_name},
    crypto::WebPkiSupportedAlgorithms,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};
use x509_parser::{certificate::X509Certificate, prelude::FromDer as _, x509::X509Name};

use super::{
    certificate,
    limits::{self, Store, outside},
};
use crate::observation::{ChainFault, Trust};

/// How often a chain is verified at another time to see past its dates: once for each side.
const TIMES: usize = 3;

/// Judges `chain`, the server's own certificate first, by `roots` at `now`.
pub(crate) fn judge(
    chain: &[CertificateDer<'_>],
    roots: &RootCertStore,
    algorithms: &WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> Trust {
    if chain.is_empty() {
        return Trust::Unknown;
    }
    let parsed: Vec<X509Certificate<'_>> = chain
        .iter()
        .filter_map(|der| X509Certificate::from_der(der).ok())
        .map(|(_, certificate)| certificate)
        .collect();
    let store = Store { roots, algorithms };
    let mut faults = verify(chain, &parsed, &store, now);
    let is_weak = |der: &CertificateDer<'_>| {
        X509Certificate::from_der(der).is_ok_and(|(_, one)| certificate::has_weak_key(&one))
    };
    let is_weak_above = |der: &CertificateDer<'_>| {
        // A root is trusted for itself, whatever its key; the server's own certificate never is.
        is_weak(der) && !X509Certificate::from_der(der).is_ok_and(|(_, one)| is_root(&one))
    };
    if is_weak(&chain[0]) {
        faults.insert(ChainFault::WeakKey);
    } else if chain[1..].iter().any(is_weak_above) {
        // One that no path needs is ballast.
        let used = used(chain, &store, now);
        if chain[1..]
            .iter()
            .zip(&used[1..])
            .any(|(der, used)| *used && is_weak_above(der))
        {
            faults.insert(ChainFault::WeakKey);
        }
    }
    if faults.is_empty() {
        Trust::Trusted
    } else {
        Trust::Untrusted(faults.into_iter().collect())
    }
}

/// Which certificates the path that verifies goes over, in the order of the chain; all of them where
/// none verifies.
pub(crate) fn path(
    chain: &[CertificateDer<'_>],
    roots: &RootCertStore,
    algorithms: &WebPkiSupportedAlgorithms,
    now: UnixTime,
) -> Vec<bool> {
    used(chain, &Store { roots, algorithms }, now)
}

/// A certificate is needed if the chain does not verify without it and without those already found
/// to be ballast. Servers send few, so each is tried.
fn used(chain: &[CertificateDer<'_>], store: &Store<'_>, now: UnixTime) -> Vec<bool> {
    let mut used = vec![true; chain.len()];
    let leaf = chain
        .first()
        .and_then(|leaf| ParsedCertificate::try_from(leaf).ok());
    let Some(leaf) = leaf else { return used };
    let verifies = |used: &[bool]| {
        let sent = chain.iter().zip(used).skip(1);
        let above: Vec<CertificateDer<'_>> = sent
            .filter(|(_, used)| **used)
            .map(|(der, _)| der.clone())
            .collect();
        let algorithms = store.algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&leaf, store.roots, &above, now, algorithms)
            .is_ok()
    };
    if !verifies(&used) {
        return used;
    }
    // From the far end: where a cross-signed authority was sent twice, the nearer path is the usual.
    for place in (1..chain.len()).rev() {
        used[place] = false;
        if !verifies(&used) {
            used[place] = true;
        }
    }
    used
}

/// Whether the server's certificate is for `name`; `true` where that cannot be told.
pub(crate) fn is_for(leaf: &CertificateDer<'_>, name: &ServerName<'_>) -> bool {
    let Ok(parsed) = ParsedCertificate::try_from(leaf) else {
        // Others can read it.
        return certificate::read(leaf).is_none_or(|read| limits::is_among(&read.names, name));
    };
    verify_server_name(&parsed, name).is_ok()
}

/// Every fault. The verifier tells the first one only, so it is asked again at a time when the
/// dates are right.
fn verify(
    chain: &[CertificateDer<'_>],
    parsed: &[X509Certificate<'_>],
    store: &Store<'_>,
    now: UnixTime,
) -> BTreeSet<ChainFault> {
    let Store { roots, algorithms } = store;
    let mut faults = BTreeSet::new();
    if is_anchor(&chain[0], roots) {
        faults.extend(parsed.first().and_then(|leaf| outside(leaf, now)));
        return faults;
    }
    let leaf = match ParsedCertificate::try_from(&chain[0]) {
        Ok(leaf) => leaf,
        Err(error) => {
            let refused = || refused(Some(ChainFault::BadEncoding), parsed, roots);
            faults.extend(limits::beyond(parsed, store, now, &error).unwrap_or_else(refused));
            return faults;
        }
    };
    let mut time = now;
    for _ in 0..TIMES {
        let Err(error) = verify_server_cert_signed_by_trust_anchor(
            &leaf,
            roots,
            &chain[1..],
            time,
            algorithms.all,
        ) else {
            break;
        };
        let fault = named(&error);
        match fault {
            Some(ChainFault::Expired | ChainFault::NotYetValid) => {
                faults.extend(fault);
                match common_time(parsed) {
                    Some(common) if common != time => time = common,
                    _ => break,
                }
            }
            Some(ChainFault::WrongPurpose | ChainFault::Revoked) => {
                faults.extend(refused(fault, parsed, roots));
                break;
            }
            Some(_) | None => {
                let refused = || refused(fault, parsed, roots);
                faults.extend(limits::beyond(parsed, store, now, &error).unwrap_or_else(refused));
                break;
            }
        }
    }
    faults
}

/// What a refusal comes to that is not by a rule of the verifier's own.
fn refused(
    fault: Option<ChainFault>,
    parsed: &[X509Certificate<'_>],
    roots: &RootCertStore,
) -> Vec<ChainFault> {
    match fault {
        Some(ChainFault::UnknownIssuer) => vec![missing(parsed, roots)],
        Some(fault) => std::iter::once(fault)
            .chain(unanchored(parsed, roots))
            .collect(),
        None => unnamed(parsed, roots),
    }
}

/// The fault that the verifier names; `None` for one it has no name for.
fn named(error: &rustls::Error) -> Option<ChainFault> {
    let rustls::Error::InvalidCertificate(error) = error else {
        return Some(ChainFault::BadEncoding);
    };
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Some(ChainFault::Expired)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Some(ChainFault::NotYetValid)
        }
        // A signature that does not fit is another authority's of the same name.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            Some(ChainFault::UnknownIssuer)
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Some(ChainFault::WrongPurpose)
        }
        CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            Some(ChainFault::WeakKey)
        }
        CertificateError::Revoked => Some(ChainFault::Revoked),
        CertificateError::Other(_) => None,
        _ => Some(ChainFault::BadEncoding),
    }
}

/// What the verifier has no name for is mostly an authority's certificate that a server uses as its
/// own: by itself that is the usual self-signed one.
fn unnamed(parsed: &[X509Certificate<'_>], roots: &RootCertStore) -> Vec<ChainFault> {
    let Some(leaf) = parsed.first() else {
        return vec![ChainFault::BadEncoding];
    };
    if is_root(leaf) {
        return vec![ChainFault::SelfSigned]; // no anchor: that was seen before
    }
    let own = if leaf.is_ca() {
        ChainFault::WrongPurpose
    } else {
        ChainFault::BadEncoding
    };
    std::iter::once(own)
        .chain(unanchored(parsed, roots))
        .collect()
}

/// The fault of a chain that no root of the set has signed, going by names alone.
fn unanchored(parsed: &[X509Certificate<'_>], roots: &RootCertStore) -> Option<ChainFault> {
    let end = last_linked(parsed)?;
    let subjects = roots.subjects();
    let is_known = subjects.iter().any(|subject| {
        subject.as_ref() == end.issuer().as_raw() || subject.as_ref() == end.subject().as_raw()
    });
    (!is_known).then(|| missing(parsed, roots))
}

/// Why no root is found. Certificates alone do not tell a private root from an intermediate that
/// was not sent; what they say about their issuer does, mostly.
fn missing(parsed: &[X509Certificate<'_>], roots: &RootCertStore) -> ChainFault {
    let (Some(leaf), Some(end)) = (parsed.first(), last_linked(parsed)) else {
        return ChainFault::UnknownIssuer;
    };
    if is_root(end) {
        return if end.as_raw() == leaf.as_raw() {
            ChainFault::SelfSigned
        } else {
            ChainFault::UnknownIssuer
        };
    }
    // The server sent the root, or another authority, without what lies between.
    let has_gap = end.as_raw() == leaf.as_raw() && parsed.len() > 1;
    let is_alone = parsed.len() == 1;
    if has_gap || (is_alone && is_issued_by_intermediate(leaf, roots)) {
        ChainFault::Incomplete
    } else {
        ChainFault::UnknownIssuer
    }
}

/// Whether the issuer, of which no more than the name is known, looks like an intermediate: it is
/// published, or calls itself one, or belongs to an organisation whose root is trusted.
fn is_issued_by_intermediate(leaf: &X509Certificate<'_>, roots: &RootCertStore) -> bool {
    const WORDS: [&str; 4] = ["intermediate", "issuing", "sub ca", "subca"];
    let name = leaf.issuer().iter_common_name().next();
    let name = name
        .and_then(|name| name.as_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    certificate::names_its_issuers_place(leaf)
        || WORDS.iter().any(|word| name.contains(word))
        || organization(leaf.issuer()).is_some_and(|wanted| {
            roots.subjects().iter().any(|subject| {
                X509Name::from_der(subject.as_ref())
                    .is_ok_and(|(_, subject)| organization(&subject) == Some(wanted))
            })
        })
}

fn organization<'a>(name: &X509Name<'a>) -> Option<&'a str> {
    name.iter_organization().next()?.as_str().ok()
}

/// The last certificate that can be reached from the server's own, each the next one's issuer.
fn last_linked<'a, 'b>(parsed: &'a [X509Certificate<'b>]) -> Option<&'a X509Certificate<'b>> {
    let mut end = parsed.first()?;
    for _ in 1..parsed.len() {
        if is_root(end) {
            break;
        }
        let issuer = parsed
            .iter()
            .find(|one| one.subject().as_raw() == end.issuer().as_raw());
        match issuer {
            Some(issuer) => end = issuer,
            None => break,
        }
    }
    Some(end)
}

fn is_root(certificate: &X509Certificate<'_>) -> bool {
    certificate.subject().as_raw() == certificate.issuer().as_raw()
}

/// Whether the certificate itself is in the set, as where a server's own was added to the store.
fn is_anchor(leaf: &CertificateDer<'_>, roots: &RootCertStore) -> bool {
    let mut own = RootCertStore::empty();
    own.add(leaf.clone()).is_ok()
        && own.roots.iter().any(|own| {
            roots.roots.iter().any(|root| {
                root.subject == own.subject
                    && root.subject_public_key_info == own.subject_public_key_info
            })
        })
}

/// A time when every certificate of the chain is valid; if there is none, one when the server's own is.
fn common_time(parsed: &[X509Certificate<'_>]) -> Option<UnixTime> {
    let start = |one: &X509Certificate<'_>| one.validity().not_before.timestamp();
    let end = |one: &X509Certificate<'_>| one.validity().not_after.timestamp();
    let latest_start = parsed.iter().map(start).max()?;
    let earliest_end = parsed.iter().map(end).min()?;
    let time = if latest_start <= earliest_end {
        latest_start
    } else {
        start(parsed.first()?)
    };
    let time = Duration::from_secs(u64::try_from(time).ok()?);
    Some(UnixTime::since_unix_epoch(time))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
    use rustls::pki_types::pem::PemObject as _;

    use super::*;

    /// A certificate signed by itself, with an RSA key of 1024 bits, valid until 2100.
    const WEAK: &str = "\
-----BEGIN CERTIFICATE-----
MIICJTCCAY6gAwIBAgIUOqmPmTx7N7Y4weE/L19hX0WRAo8wDQYJKoZIhvcNAQEL
BQAwFzEVMBMGA1UEAwwMd2Vhay5leGFtcGxlMCAXDTI2MTEyMTA0MzkyMVoYDzIx
MDAxMDI0MDQzOTIxWjAXMRUwEwYDVQQDDAx3ZWFrLmV4YW1wbGUwgZ8wDQYJKoZI
hvcNAQEBBQADgY0AMIGJAoGBAKUj/WWGcJbbFjfxlI9BvTnrU5w8F5Ak576ECllg
tJwuZ9pSdi8TrxV+4u2HFrnxjRxoXRA4h9FjP1PxeeUWVT+ZvGOfXtHlIJQnRv9G
AxGWoOoC67T4ztSUUmLxVG1a85gOkHCqRMKyidT5QfqwhC7w9m6YFzt8O806TB6Q
M2U1AgMBAAGjbDBqMB0GA1UdDgQWBBTxpI6N6ZJOaPPyHSTlN0DhaVTijDAfBgNV
HSMEGDAWgBTxpI6N6ZJOaPPyHSTlN0DhaVTijDAPBgNVHRMBAf8EBTADAQH/MBcG
A1UdEQQQMA6CDHdlYWsuZXhhbXBsZTANBgkqhkiG9w0BAQsFAAOBgQBI93cFFJWy
U67FCPTtRMI/TOYRSUcmEFR4lPmD0SOPEdBs9jFBvzze0IHan6K48fT7aPI/zv3i
aq8nX4v0LEcmW1+YqCnENKn9TQn9zWP8ml8jFLILOs+FI54qsZ6DoUwNaYaHS8AQ
Re/11jPztD8Fhl495cIOjIGvE6VIUKgyog==
-----END CERTIFICATE-----
";

    fn judged(chain: &[CertificateDer<'_>], roots: &[CertificateDer<'static>]) -> Trust {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().cloned());
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        // 2050-01-01.
        let now = UnixTime::since_unix_epoch(Duration::from_hours(701_280));
        judge(chain, &store, &algorithms, now)
    }

    fn weak() -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(WEAK.as_bytes()).unwrap()
    }

    #[test]
    fn a_weak_key_is_a_fault_even_where_the_certificate_itself_is_trusted() {
        let both = vec![ChainFault::SelfSigned, ChainFault::WeakKey];
        assert_eq!(judged(&[weak()], &[]), Trust::Untrusted(both));
        let alone = vec![ChainFault::WeakKey];
        assert_eq!(judged(&[weak()], &[weak()]), Trust::Untrusted(alone));
    }

    /// A leaf, the authority that signed it, and the same authority as an older one had signed it.
    fn cross_signed() -> (Vec<CertificateDer<'static>>, CertificateDer<'static>) {
        let authority = |name: &str| {
            let mut params = CertificateParams::default();
            params.distinguished_name.push(DnType::CommonName, name);
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            (params.not_before, params.not_after) = (
                rcgen::date_time_ymd(2020, 1, 1),
                rcgen::date_time_ymd(2100, 1, 1),
            );
            params
        };
        let key = || KeyPair::generate().unwrap();
        let old = CertifiedIssuer::self_signed(authority("Old"), key()).unwrap();
        let new_key = key();
        let mut older = authority("New");
        older.not_after = rcgen::date_time_ymd(2021, 1, 1);
        let crossed = older.signed_by(&new_key, &old).unwrap().der().clone();
        let new = CertifiedIssuer::self_signed(authority("New"), new_key).unwrap();
        let mut leaf = CertificateParams::new(vec!["server.example".to_owned()]).unwrap();
        leaf.not_after = rcgen::date_time_ymd(2100, 1, 1);
        let leaf = leaf.signed_by(&key(), &new).unwrap().der().clone();
        (vec![leaf, crossed], new.der().clone())
    }

    #[test]
    fn an_expired_cross_sign_that_no_path_needs_is_no_fault_and_not_in_use() {
        let (chain, root) = cross_signed();
        assert_eq!(judged(&chain, std::slice::from_ref(&root)), Trust::Trusted);
        let mut store = RootCertStore::empty();
        store.add(root).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        let now = UnixTime::since_unix_epoch(Duration::from_hours(701_280));
        assert_eq!(path(&chain, &store, &algorithms, now), [true, false]);
    }

    #[test]
    fn no_chain_is_not_judged() {
        assert_eq!(judged(&[], &[weak()]), Trust::Unknown);
    }

    proptest! {
        #[test]
        fn no_chain_is_too_odd_to_be_judged(at: usize, byte: u8, cut: usize, twice: bool) {
            let mut bytes = weak().to_vec();
            let (at, cut) = (at % bytes.len(), cut % bytes.len());
            bytes[at] = byte;
            bytes.truncate(bytes.len() - cut / 8);
            let odd = CertificateDer::from(bytes);
            let chain = if twice { vec![weak(), odd] } else { vec![odd, weak()] };
            prop_assert_ne!(judged(&chain, &[]), Trust::Trusted);
        }
    }
}
