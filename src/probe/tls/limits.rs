//! What our verifier refuses by rules of its own, though the chain leads to a root that is trusted.

use rustls::{
    CertificateError, DistinguishedName, RootCertStore,
    crypto::WebPkiSupportedAlgorithms,
    pki_types::{ServerName, UnixTime},
};
use x509_parser::{
    asn1_rs::Any,
    certificate::X509Certificate,
    extensions::{GeneralName, NameConstraints},
    prelude::FromDer as _,
    public_key::PublicKey,
    x509::{SubjectPublicKeyInfo, X509Name},
};

use crate::observation::{ChainFault, VerifierRule};

/// How many signatures are checked for one chain: it may be built to have many ways.
const CHECKS: usize = 64;

/// The most authorities between server and root, and the longest RSA key, that the verifier takes.
/// Source: rustls-webpki, `MAX_SUB_CA_COUNT`; `RSA_PKCS1_2048_8192_SHA256`.
const AUTHORITIES: usize = 6;
const RSA_BITS: usize = 8192;

/// Extensions that the verifier reads. Source: rustls-webpki, `remember_cert_extension`.
const READ: [&str; 6] = [
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.37",
];

/// Extensions about policies, which it does not and others do. Source: RFC 5280 §4.2.1; OpenSSL,
/// `X509_supported_extension`; the JDK, `sun.security.provider.certpath.PolicyChecker`.
const POLICIES: [&str; 4] = ["2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54"];

/// Signatures that nobody takes any more: over MD2, MD5 and SHA-1. Source: RFC 9155; RFC 6149.
const OLD: [&str; 5] = [
    "1.2.840.113549.1.1.2",
    "1.2.840.113549.1.1.4",
    "1.2.840.113549.1.1.5",
    "1.2.840.10045.4.1",
    "1.2.840.10040.4.3",
];

/// Who is trusted, and by which signatures.
pub(super) struct Store<'a> {
    pub(super) roots: &'a RootCertStore,
    pub(super) algorithms: &'a WebPkiSupportedAlgorithms,
}

/// The fault of the dates alone.
pub(super) fn outside(certificate: &X509Certificate<'_>, now: UnixTime) -> Option<ChainFault> {
    let now = i64::try_from(now.as_secs()).ok()?;
    if now < certificate.validity().not_before.timestamp() {
        Some(ChainFault::NotYetValid)
    } else if now > certificate.validity().not_after.timestamp() {
        Some(ChainFault::Expired)
    } else {
        None
    }
}

/// The rule that the verifier refuses the chain by, and what else is wrong with it; `None` where no
/// root of the set has signed it, or others would refuse it too.
pub(super) fn beyond(
    sent: &[X509Certificate<'_>],
    store: &Store<'_>,
    now: UnixTime,
    error: &rustls::Error,
) -> Option<Vec<ChainFault>> {
    let lead = |at| {
        let mut search = Search {
            sent,
            store,
            at,
            checks: CHECKS,
        };
        search.climb(&mut vec![0], None)
    };
    let found = lead(Some(now)).or_else(|| lead(None))?;
    let way: Vec<_> = found.way.iter().map(|place| &sent[*place]).collect();
    let mut faults = vec![ChainFault::BeyondVerifier(rule(&way, &found, error)?)];
    faults.extend(way.iter().filter_map(|one| outside(one, now)));
    if !serves(way[0]) {
        faults.push(ChainFault::WrongPurpose);
    }
    Some(faults)
}

/// Whether an unreadable certificate (for the verifier) is for the name, by its alternative names.
pub(super) fn is_among(names: &[String], name: &ServerName<'_>) -> bool {
    match name {
        ServerName::DnsName(asked) => names.iter().any(|one| {
            let (one, asked) = (
                one.to_ascii_lowercase(),
                asked.as_ref().to_ascii_lowercase(),
            );
            let rest = asked.split_once('.').map(|(_, rest)| rest);
            one == asked || (rest.is_some() && one.strip_prefix("*.") == rest)
        }),
        ServerName::IpAddress(asked) => {
            let asked = std::net::IpAddr::from(*asked).to_string();
            names.contains(&asked)
        }
        _ => true,
    }
}

/// Whether one certificate is signed by a key.
enum Link {
    Fits,
    Misfits,
    Unchecked(VerifierRule),
}

/// Who everybody refuses: the signature is another key's, or a name breaks a constraint.
struct Refused;

/// A way from the server's certificate to a root, and what of it could not be checked.
struct Found {
    /// Places in what was sent.
    way: Vec<usize>,
    /// The root's own name constraints, in DER.
    constraints: Option<DistinguishedName>,
    unchecked: Option<VerifierRule>,
}

struct Search<'a, 'b> {
    sent: &'a [X509Certificate<'b>],
    store: &'a Store<'a>,
    /// When all must be valid, if their dates matter.
    at: Option<UnixTime>,
    checks: usize,
}

impl Search<'_, '_> {
    fn climb(&mut self, way: &mut Vec<usize>, unchecked: Option<VerifierRule>) -> Option<Found> {
        let (sent, roots) = (self.sent, self.store.roots);
        let below = sent.get(*way.last()?)?;
        if self.at.is_some_and(|at| outside(below, at).is_some()) {
            return None;
        }
        for root in &roots.roots {
            if in_sequence(&root.subject).as_ref() != below.issuer().as_raw() {
                continue;
            }
            let key = in_sequence(&root.subject_public_key_info);
            if let Ok(unchecked) = self.link(below, key.as_ref(), unchecked) {
                let constraints = root.name_constraints.as_deref().map(in_sequence);
                return Some(Found {
                    way: way.clone(),
                    constraints,
                    unchecked,
                });
            }
        }
        for (place, issuer) in sent.iter().enumerate() {
            let is_next = issuer.subject().as_raw() == below.issuer().as_raw() && signs(issuer);
            if way.contains(&place) || !is_next {
                continue;
            }
            if let Ok(unchecked) = self.link(below, issuer.public_key().raw, unchecked) {
                way.push(place);
                if let Some(found) = self.climb(way, unchecked) {
                    return Some(found);
                }
                way.pop();
            }
        }
        None
    }

    /// What is unchecked with this link added.
    fn link(
        &mut self,
        below: &X509Certificate<'_>,
        key: &[u8],
        before: Option<VerifierRule>,
    ) -> Result<Option<VerifierRule>, Refused> {
        self.checks = self.checks.checked_sub(1).ok_or(Refused)?;
        match self.signature(below, key).unwrap_or(Link::Misfits) {
            Link::Fits => Ok(before),
            Link::Misfits => Err(Refused),
            Link::Unchecked(rule) => Ok(before.or(Some(rule))),
        }
    }

    fn signature(&self, below: &X509Certificate<'_>, key: &[u8]) -> Option<Link> {
        let (_, info) = SubjectPublicKeyInfo::from_der(key).ok()?;
        let (_, key_algorithm) = Any::from_der(inside(key)?).ok()?;
        let signed = below.tbs_certificate.as_ref();
        let algorithm = inside(inside(below.as_raw())?.get(signed.len()..)?)?;
        let mut fitting = self.store.algorithms.all.iter().filter(|one| {
            one.signature_alg_id().as_ref() == algorithm
                && one.public_key_alg_id().as_ref() == key_algorithm.data
        });
        let mut is_known = false;
        let fits = fitting.any(|one| {
            is_known = true;
            let signature = &below.signature_value.data;
            one.verify_signature(&info.subject_public_key.data, signed, signature)
                .is_ok()
        });
        let is_old = OLD.contains(&below.signature_algorithm.algorithm.to_id_string().as_str());
        Some(if fits {
            Link::Fits
        } else if is_known && is_huge(&info) {
            Link::Unchecked(VerifierRule::KeyLength)
        } else if is_known || is_old {
            Link::Misfits
        } else {
            Link::Unchecked(VerifierRule::Algorithm)
        })
    }
}

fn is_huge(key: &SubjectPublicKeyInfo<'_>) -> bool {
    matches!(key.parsed(), Ok(PublicKey::RSA(key)) if key.key_size() > RSA_BITS)
}

/// The first value's contents.
fn inside(der: &[u8]) -> Option<&[u8]> {
    Any::from_der(der).ok().map(|(_, value)| value.data)
}

/// Anchors are kept without their outer SEQUENCE.
fn in_sequence(contents: &[u8]) -> DistinguishedName {
    DistinguishedName::in_sequence(contents)
}

/// Whether it may sign others.
fn signs(issuer: &X509Certificate<'_>) -> bool {
    issuer.is_ca()
        && match issuer.key_usage() {
            Ok(usage) => usage.is_none_or(|usage| usage.value.key_cert_sign()),
            Err(_) => false,
        }
}

/// Whether Java and OpenSSL take it for a server's. Source: RFC 5280 §4.2.1.3, §4.2.1.12.
fn serves(leaf: &X509Certificate<'_>) -> bool {
    let has_usage = leaf.key_usage().is_ok_and(|usage| {
        usage.is_none_or(|usage| {
            let usage = usage.value;
            usage.digital_signature() || usage.key_encipherment() || usage.key_agreement()
        })
    });
    has_usage && is_for_servers(leaf)
}

fn is_for_servers(one: &X509Certificate<'_>) -> bool {
    one.extended_key_usage()
        .is_ok_and(|usage| usage.is_none_or(|usage| usage.value.server_auth))
}

/// The rule by which the verifier alone refuses this way.
fn rule(
    way: &[&X509Certificate<'_>],
    found: &Found,
    error: &rustls::Error,
) -> Option<VerifierRule> {
    let (leaf, issuers) = way.split_first()?;
    let is_odd = |one: &&X509Certificate<'_>| {
        criticals(one).any(|id| !READ.contains(&id.as_str()) && !POLICIES.contains(&id.as_str()))
    };
    let is_too_far = |(between, one): (usize, &&X509Certificate<'_>)| {
        let length = one.basic_constraints().ok().flatten();
        let length = length.and_then(|found| found.value.path_len_constraint);
        length.is_some_and(|length| usize::try_from(length).is_ok_and(|most| between > most))
    };
    if way.iter().any(is_odd)
        || issuers.iter().enumerate().any(is_too_far)
        || !issuers.iter().all(|one| is_for_servers(one))
    {
        return None;
    }
    let constraint = constrained(way, found).ok()?;
    let has_policy =
        |one: &&X509Certificate<'_>| criticals(one).any(|id| POLICIES.contains(&id.as_str()));
    if leaf.version().0 < 2 {
        return Some(VerifierRule::Version);
    }
    if leaf.is_ca() {
        return Some(VerifierRule::AuthorityAsServer);
    }
    if way.iter().any(has_policy) {
        return Some(VerifierRule::CriticalPolicy);
    }
    let is_long = issuers.len() > AUTHORITIES;
    let is_bad = matches!(
        error,
        rustls::Error::InvalidCertificate(CertificateError::BadEncoding)
    );
    found
        .unchecked
        .or(constraint)
        .or(is_long.then_some(VerifierRule::ChainLength))
        .or(is_bad.then_some(VerifierRule::Encoding))
}

fn criticals(one: &X509Certificate<'_>) -> impl Iterator<Item = String> {
    one.iter_extensions()
        .filter(|extension| extension.critical)
        .map(|extension| extension.oid.to_id_string())
}

/// The rule about name constraints that the verifier may refuse this way by.
fn constrained(
    way: &[&X509Certificate<'_>],
    found: &Found,
) -> Result<Option<VerifierRule>, Refused> {
    let of_root = match &found.constraints {
        Some(der) => Some(
            NameConstraints::from_der(der.as_ref())
                .map_err(|_| Refused)?
                .1,
        ),
        None => None,
    };
    let mut rule = None;
    let mut read = |constraints: &NameConstraints<'_>, below: &[&X509Certificate<'_>]| {
        if below.iter().any(|one| breaks(constraints, one)) {
            return Err(Refused);
        }
        let found = if has_directory(constraints) {
            VerifierRule::DirectoryConstraint
        } else {
            VerifierRule::NameConstraint
        };
        if rule != Some(VerifierRule::DirectoryConstraint) {
            rule = Some(found);
        }
        Ok(())
    };
    for (place, issuer) in way.iter().enumerate().skip(1) {
        if let Some(constraints) = issuer.name_constraints().map_err(|_| Refused)? {
            read(constraints.value, &way[..place])?;
        }
    }
    if let Some(constraints) = &of_root {
        read(constraints, way)?;
    }
    Ok(rule)
}

/// Permitted and excluded ones.
fn bases<'a, 'b>(constraints: &'a NameConstraints<'b>) -> [Vec<&'a GeneralName<'b>>; 2] {
    [
        &constraints.permitted_subtrees,
        &constraints.excluded_subtrees,
    ]
    .map(|subtrees| subtrees.iter().flatten().map(|one| &one.base).collect())
}

fn has_directory(constraints: &NameConstraints<'_>) -> bool {
    let is_directory = |base: &&GeneralName<'_>| matches!(base, GeneralName::DirectoryName(_));
    bases(constraints).iter().flatten().any(is_directory)
}

/// Whether a name of the certificate is certainly outside. Source: RFC 5280 §4.2.1.10.
fn breaks(constraints: &NameConstraints<'_>, one: &X509Certificate<'_>) -> bool {
    let mut names = Vec::new();
    if one.subject().iter().next().is_some() {
        names.push(GeneralName::DirectoryName(one.subject().clone()));
    }
    if let Ok(Some(alternative)) = one.subject_alternative_name() {
        names.extend(alternative.value.general_names.iter().cloned());
    }
    let [permitted, excluded] = bases(constraints);
    names.iter().any(|name| {
        let fits = |bases: &[&GeneralName<'_>]| -> Vec<bool> {
            bases.iter().filter_map(|base| fit(name, base)).collect()
        };
        let permitted = fits(&permitted);
        (!permitted.is_empty() && !permitted.contains(&true)) || fits(&excluded).contains(&true)
    })
}

/// Whether a name is in a subtree; `None` for names of other forms, and forms that are not read here.
fn fit(name: &GeneralName<'_>, base: &GeneralName<'_>) -> Option<bool> {
    match (name, base) {
        (GeneralName::DNSName(name), GeneralName::DNSName(base)) => {
            let (name, base) = (name.to_ascii_lowercase(), base.to_ascii_lowercase());
            let above = name.strip_suffix(base.as_str());
            Some(above.is_some_and(|above| {
                above.is_empty() || base.is_empty() || base.starts_with('.') || above.ends_with('.')
            }))
        }
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(base)) => {
            Some(parts(name).starts_with(&parts(base)))
        }
        (GeneralName::IPAddress(name), GeneralName::IPAddress(base)) => {
            let (net, mask) = base.split_at(base.len() / 2);
            let mut bytes = name.iter().zip(net).zip(mask);
            let is_within = || bytes.all(|((name, net), mask)| name & mask == net & mask);
            (name.len() == net.len()).then(is_within)
        }
        _ => None,
    }
}

/// The parts of a name as OpenSSL compares them: without regard to case and outer spaces.
fn parts(name: &X509Name<'_>) -> Vec<Vec<(String, Vec<u8>)>> {
    let value = |any: &Any<'_>| any.data.trim_ascii().to_ascii_lowercase();
    name.iter_rdn()
        .map(|part| {
            part.iter()
                .map(|one| (one.attr_type().to_id_string(), value(one.attr_value())))
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use rcgen::{
        BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DistinguishedName,
        DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose,
        NameConstraints,
    };
    use rustls::pki_types::{CertificateDer, pem::PemObject as _};

    use super::*;
    use crate::{observation::Trust, probe::tls::trust};

    /// A root, and a certificate of version 1 that it signed, valid until 2100.
    const ROOT: &str = "\
-----BEGIN CERTIFICATE-----
MIIBkjCCATegAwIBAgIUXpKLa9leJLj8IKBaGEoD3QCKmXgwCgYIKoZIzj0EAwIw
HTEMMAoGA1UECgwDT2xkMQ0wCwYDVQQDDARSb290MCAXDTI2MTEyNTE1NTczOFoY
DzIxMDAxMDI4MTU1NzM4WjAdMQwwCgYDVQQKDANPbGQxDTALBgNVBAMMBFJvb3Qw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQoICPMAP3/YOT6CoJRr7Ucg4s2Tsmb
mh3t5PrLGbbvutddAERQ4TJqBolcDW9c+56UIl6zlJS24ERqd5Ng5/3ro1MwUTAd
BgNVHQ4EFgQUdlds2nw8xxBuS1QxURoA/dj62oYwHwYDVR0jBBgwFoAUdlds2nw8
xxBuS1QxURoA/dj62oYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBG
AiEAifHXZ6T6uYiGEW/H6qBvI1nby07LIf1Mb3GbAwHhjQACIQDF7v9noivp+U3U
nNBj3SAlL6i3Q6FT+5pG/vu9sVP21w==
-----END CERTIFICATE-----
";
    const VERSION_1: &str = "\
-----BEGIN CERTIFICATE-----
MIIBHzCBxgIBBzAKBggqhkjOPQQDAjAdMQwwCgYDVQQKDANPbGQxDTALBgNVBAMM
BFJvb3QwIBcNMjYxMTI1MTU1NzM4WhgPMjEwMDEwMjgxNTU3MzhaMBkxFzAVBgNV
BAMMDnNlcnZlci5leGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEP9d5
jW2RUx9g6OiQvV0M1ewz9nVGGIBxDo7Jc4PqlBbbOcBEt0woceJWcRiED3924efY
thXNkDhyPf8uCfNhBTAKBggqhkjOPQQDAgNIADBFAiEA4cM5LMnxx0TQEl2bcXOJ
YGHVrK4kegmpAAbdLRUJQb0CIEdEg0c3idoVAoGJGt0rs0kCcdFqPnrX0y+3yweL
vMR3
-----END CERTIFICATE-----
";

    type Change<T> = fn(&mut T);

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    fn judged(chain: &[CertificateDer<'_>], root: Option<CertificateDer<'static>>) -> Trust {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(root);
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let algorithms = provider.signature_verification_algorithms;
        // 2050-01-01.
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_hours(701_280));
        trust::judge(chain, &store, &algorithms, now)
    }

    fn params(name: &str, organization: &str) -> CertificateParams {
        let mut params = CertificateParams::new(vec!["server.example".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        let parts = [
            (DnType::OrganizationName, organization),
            (DnType::CommonName, name),
        ];
        for (kind, part) in parts {
            params.distinguished_name.push(kind, part);
        }
        params.not_after = rcgen::date_time_ymd(2100, 1, 1);
        params
    }

    fn authority(name: &str) -> CertificateParams {
        let mut params = params(name, "Example");
        params.subject_alt_names.clear();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    }

    /// What a leaf comes to, below as many authorities, the last of them changed.
    fn told(
        between: usize,
        issuer: Change<CertificateParams>,
        leaf: Change<CertificateParams>,
    ) -> Trust {
        let key = || KeyPair::generate().unwrap();
        let root = CertifiedIssuer::self_signed(authority("Root"), key()).unwrap();
        let anchor = root.der().clone();
        let (mut above, mut chain) = (root, Vec::new());
        for place in 0..between {
            let mut params = authority(&format!("Authority {place}"));
            if place + 1 == between {
                issuer(&mut params);
            }
            above = CertifiedIssuer::signed_by(params, key(), &above).unwrap();
            chain.insert(0, above.der().clone());
        }
        let mut own = params("server.example", "Example");
        leaf(&mut own);
        chain.insert(0, own.signed_by(&key(), &above).unwrap().der().clone());
        assert_ne!(judged(&chain, None), judged(&chain, Some(anchor.clone())));
        judged(&chain, Some(anchor))
    }

    fn only(rule: VerifierRule) -> Trust {
        Trust::Untrusted(vec![ChainFault::BeyondVerifier(rule)])
    }

    fn within(params: &mut CertificateParams, organization: &str) {
        let mut name = DistinguishedName::new();
        name.push(DnType::OrganizationName, organization);
        params.name_constraints = Some(NameConstraints {
            permitted_subtrees: vec![GeneralSubtree::DirectoryName(name)],
            excluded_subtrees: Vec::new(),
        });
    }

    fn critical(params: &mut CertificateParams, id: &[u64], content: &[u8]) {
        let mut extension = CustomExtension::from_oid_content(id, content.to_vec());
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    }

    /// anyPolicy, in DER.
    const ANY_POLICY: &[u8] = &[0x30, 8, 0x30, 6, 6, 4, 0x55, 0x1d, 0x20, 0];

    #[test]
    fn a_rule_of_our_verifier_alone_is_a_limit_of_ours() {
        let old = judged(&[der(VERSION_1)], Some(der(ROOT)));
        assert_eq!(old, only(VerifierRule::Version));
        let authority = told(
            1,
            |_| {},
            |leaf| {
                leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            },
        );
        assert_eq!(authority, only(VerifierRule::AuthorityAsServer));
        let directory = told(1, |issuer| within(issuer, "EXAMPLE"), |_| {});
        assert_eq!(directory, only(VerifierRule::DirectoryConstraint));
        let policy = told(
            1,
            |_| {},
            |leaf| critical(leaf, &[2, 5, 29, 32], ANY_POLICY),
        );
        assert_eq!(policy, only(VerifierRule::CriticalPolicy));
        let policy = told(
            1,
            |issuer| critical(issuer, &[2, 5, 29, 32], ANY_POLICY),
            |_| {},
        );
        assert_eq!(policy, only(VerifierRule::CriticalPolicy));
        let long = told(9, |_| {}, |_| {});
        assert_eq!(long, only(VerifierRule::ChainLength));
    }

    #[test]
    fn what_java_and_openssl_refuse_too_is_no_limit_of_ours() {
        let is_limit = |trust: &Trust| {
            let Trust::Untrusted(faults) = trust else {
                return false;
            };
            matches!(faults.as_slice(), [ChainFault::BeyondVerifier(_)])
        };
        let refused = [
            // Nobody vouches for it; a name outside; a chain that is too long for its authority.
            judged(&[der(VERSION_1)], None),
            told(1, |issuer| within(issuer, "Another"), |_| {}),
            told(
                1,
                |issuer| within(issuer, "Example"),
                |leaf| {
                    leaf.not_after = rcgen::date_time_ymd(2049, 1, 1);
                },
            ),
            // What it is for, by either extension.
            told(
                1,
                |_| {},
                |leaf| {
                    leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                    leaf.key_usages = vec![KeyUsagePurpose::KeyCertSign];
                },
            ),
            told(
                1,
                |_| {},
                |leaf| {
                    leaf.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
                    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
                },
            ),
            // An extension that nobody knows, and an authority that is none.
            told(
                1,
                |_| {},
                |leaf| critical(leaf, &[1, 3, 6, 1, 4, 1, 99999, 1], &[5, 0]),
            ),
            told(1, |issuer| issuer.is_ca = IsCa::ExplicitNoCa, |_| {}),
        ];
        for (place, trust) in refused.iter().enumerate() {
            assert!(
                !is_limit(trust) && *trust != Trust::Trusted,
                "{place}: {trust:?}"
            );
        }
    }

    #[test]
    fn a_signature_that_does_not_fit_is_still_an_unknown_issuer() {
        let mut other = params("Root", "Old");
        other.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let other = other.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let trust = judged(&[der(VERSION_1)], Some(other.der().clone()));
        let bad = Trust::Untrusted(vec![ChainFault::BadEncoding]);
        assert_eq!(trust, bad);
    }

    #[test]
    fn a_certificate_that_only_others_read_is_for_its_names() {
        let names = ["*.example.com".to_owned(), "10.0.0.7".to_owned()];
        let is_for = |name: &str| is_among(&names, &ServerName::try_from(name).unwrap());
        let told = [
            "a.example.com",
            "10.0.0.7",
            "example.com",
            "a.b.example.com",
        ]
        .map(is_for);
        assert_eq!(told, [true, true, false, false]);
        assert!(!trust::is_for(
            &der(VERSION_1),
            &ServerName::try_from("server.example").unwrap()
        ));
    }
}
