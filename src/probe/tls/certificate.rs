//! What a certificate says, read with patience: the certificates that matter here are the odd ones.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use time::OffsetDateTime;
use x509_parser::{
    certificate::X509Certificate,
    extensions::{GeneralName, ParsedExtension},
    prelude::FromDer as _,
    public_key::PublicKey,
};

use crate::{observation::Certificate, text};

/// The most names that are kept.
const NAMES: usize = 32;

/// RSA keys below this many bits are too weak. Source: CA/Browser Forum Baseline Requirements §6.1.5.
const RSA_BITS: usize = 2048;

/// What the certificate says; `None` if it cannot be read.
pub(crate) fn read(der: &[u8]) -> Option<Certificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(Certificate {
        subject: text::stranger(certificate.subject().to_string().as_bytes()),
        issuer: text::stranger(certificate.issuer().to_string().as_bytes()),
        names: names(&certificate),
        not_before: moment(certificate.validity().not_before.timestamp())?,
        not_after: moment(certificate.validity().not_after.timestamp())?,
        self_issued: certificate.subject().as_raw() == certificate.issuer().as_raw(),
        authority: certificate.is_ca(),
        is_used: true,
    })
}

/// Whether its key is an RSA key that nobody should accept any more.
pub(crate) fn has_weak_key(certificate: &X509Certificate<'_>) -> bool {
    match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size() < RSA_BITS,
        Ok(_) | Err(_) => false,
    }
}

/// Whether it says where its issuer's certificate can be had: then that is an intermediate, or a
/// root that is published. Source: RFC 5280 §4.2.2.1.
pub(crate) fn names_its_issuers_place(certificate: &X509Certificate<'_>) -> bool {
    /// id-ad-caIssuers, in DER.
    const CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 2];
    certificate
        .iter_extensions()
        .any(|extension| match extension.parsed_extension() {
            ParsedExtension::AuthorityInfoAccess(access) => access
                .iter()
                .any(|description| description.access_method.as_bytes() == CA_ISSUERS),
            _ => false,
        })
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    extension
        .value
        .general_names
        .iter()
        .filter_map(|name| match name {
            GeneralName::DNSName(name) => Some(text::stranger(name.as_bytes())),
            GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
            _ => None,
        })
        .take(NAMES)
        .collect()
}

/// Source: RFC 5280 §4.2.1.6: four or sixteen bytes.
fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into()),
        16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?).into()),
        _ => None,
    }
}

fn moment(unix: i64) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(unix).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rcgen::{CertificateParams, DnType, KeyPair};

    use super::*;

    #[test]
    fn names_addresses_and_hostile_subjects_are_shown_harmless() {
        let mut params =
            CertificateParams::new(vec!["a.example".to_owned(), "10.0.0.7".to_owned()]).unwrap();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "\u{1b}[31mevil");
        let signed = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let read = read(signed.der()).unwrap();
        assert_eq!(read.names, ["a.example", "10.0.0.7"]);
        assert!(read.subject.contains("O=\\x1b[31mevil"), "{}", read.subject);
        assert!(read.self_issued && !read.authority);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_odd_to_be_looked_at(
            at in 0_usize..400, byte: u8, cut in 0_usize..400,
        ) {
            let signed = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
            let mut der = signed.cert.der().to_vec();
            let at = at % der.len();
            der[at] = byte;
            der.truncate(der.len() - cut.min(der.len()));
            read(&der);
            if let Ok((_, certificate)) = X509Certificate::from_der(&der) {
                has_weak_key(&certificate);
                names_its_issuers_place(&certificate);
            }
        }
    }
}
