//! The two sets of roots that a chain is judged by, and the files that users add.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use rustls::{
    RootCertStore,
    pki_types::{
        CertificateDer,
        pem::{self, PemObject as _},
    },
};
use thiserror::Error;

/// The largest file of certificates that is read, in bytes: ten times the whole public PKI.
const FILE_LIMIT: u64 = 10 * 1024 * 1024;

/// Why a file of certificates cannot be used.
#[derive(Debug, Error)]
pub enum CertificateFileError {
    /// It cannot be read.
    #[error("cannot read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is too large to be what it should be.
    #[error("`{}` is larger than 10 MiB", .0.display())]
    TooLarge(PathBuf),
    /// It is no PEM.
    #[error("`{}` is not in PEM form", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// There is no certificate in it.
    #[error("`{}` holds no certificate, expected `-----BEGIN CERTIFICATE-----`", .0.display())]
    Empty(PathBuf),
    /// One of its certificates cannot be read.
    #[error("certificate {number} in `{}` cannot be read", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// The certificate's place in the file, from 1.
        number: usize,
        /// Why.
        source: rustls::Error,
    },
}

/// The certificates of a PEM file, in order, at least one; other sections are passed over.
///
/// # Errors
/// If the file cannot be read, is no PEM, holds no certificate, or one that cannot be a root.
/// Source: RFC 7468 §5.
pub fn load_certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, CertificateFileError> {
    let text = read(path)?;
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&text)
        .collect::<Result<_, _>>()
        .map_err(|source| CertificateFileError::Syntax {
            path: path.to_owned(),
            source,
        })?;
    if certificates.is_empty() {
        return Err(CertificateFileError::Empty(path.to_owned()));
    }
    for (index, certificate) in certificates.iter().enumerate() {
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|source| CertificateFileError::Certificate {
                path: path.to_owned(),
                number: index + 1,
                source,
            })?;
    }
    Ok(certificates)
}

fn read(path: &Path) -> Result<Vec<u8>, CertificateFileError> {
    let unreadable = |source| CertificateFileError::Read {
        path: path.to_owned(),
        source,
    };
    // A device has no length, so what is read is counted.
    let mut text = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(FILE_LIMIT + 1).read_to_end(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > FILE_LIMIT {
        return Err(CertificateFileError::TooLarge(path.to_owned()));
    }
    Ok(text)
}

/// The two sets of roots.
#[derive(Debug)]
pub(crate) struct Roots {
    /// What this machine trusts, and what the user added.
    pub(crate) machine: RootCertStore,
    /// The public PKI.
    pub(crate) public: RootCertStore,
}

impl Roots {
    /// Reads this machine's store, which takes some ten milliseconds. `public` replaces the public PKI.
    pub(crate) fn load(
        extra: &[CertificateDer<'static>],
        public: Option<&[CertificateDer<'static>]>,
    ) -> Self {
        // A store that cannot be read in part is the part that can be; old roots that cannot be
        // parsed anchor nothing.
        let mut machine = RootCertStore::empty();
        machine.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        machine.add_parsable_certificates(extra.iter().cloned());
        let public = match public {
            Some(certificates) => {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(certificates.iter().cloned());
                roots
            }
            None => webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect(),
        };
        Self { machine, public }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use rcgen::generate_simple_self_signed;

    use super::*;

    fn file(text: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn certificates_are_read_in_order_and_keys_passed_over() {
        let signed = generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let text = format!(
            "{}{}",
            signed.signing_key.serialize_pem(),
            signed.cert.pem()
        );
        let read = load_certificates(file(&text).path()).unwrap();
        assert_eq!(read, [signed.cert.der().clone()]);
    }

    #[test]
    fn each_mistake_in_a_file_has_its_own_message() {
        let no_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        let cut = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n";
        for (text, message) in [
            ("hello\n", "holds no certificate"),
            (no_der, "certificate 1 in"),
            (cut, "is not in PEM form"),
        ] {
            let error = load_certificates(file(text).path()).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
        let error = load_certificates(Path::new("/nonexistent/ca.pem")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read `/nonexistent/ca.pem`");
        let error = load_certificates(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(error.to_string(), "`/dev/zero` is larger than 10 MiB");
    }
}
