//! The two sets of roots that a chain is judged by, and the files that users add.

use std::{
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use rustls::{RootCertStore, pki_types::CertificateDer};
use thiserror::Error;

mod pem;

pub use pem::NoPem;

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
    /// A section of it is damaged.
    #[error("certificate {number} in `{}`, from line {line} on, {why}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The certificate's place in the file, from 1.
        number: usize,
        /// The line it begins in, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no certificate in it in PEM form.
    #[error("`{}` {}", path.display(), other.is())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        other: NoPem,
    },
    /// One of its certificates cannot be read.
    #[error("certificate {number} in `{}`, from line {line} on, cannot be read", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// The certificate's place in the file, from 1.
        number: usize,
        /// The line it begins in, from 1.
        line: usize,
        /// Why.
        source: rustls::Error,
    },
}

impl CertificateFileError {
    /// The command that makes a file of it that can be used, where there is one.
    #[must_use]
    pub fn conversion(&self) -> Option<String> {
        match self {
            Self::Empty { path, other } => other.conversion(&shell_word(&path.to_string_lossy())),
            Self::Read { .. }
            | Self::TooLarge(_)
            | Self::Syntax { .. }
            | Self::Certificate { .. } => None,
        }
    }
}

/// The word as a POSIX shell takes it for itself.
fn shell_word(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./,:+@%=".contains(&byte);
    if word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The certificates of a file that vouch for servers, in order, at least one; read as OpenSSL reads
/// them, so other sections are passed over, and old and trusted ones taken.
///
/// # Errors
/// If the file cannot be read, holds no certificate, or one that is damaged or cannot be a root.
/// Source: RFC 7468 §5; OpenSSL, `X509_load_cert_crl_file`.
pub fn load_certificates(
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, CertificateFileError> {
    let bytes = read(path)?;
    let path = || path.to_owned();
    let empty = |other| CertificateFileError::Empty {
        path: path(),
        other,
    };
    let sections = pem::certificates(&bytes).map_err(|broken| CertificateFileError::Syntax {
        path: path(),
        number: broken.number,
        line: broken.line,
        why: broken.why,
    })?;
    if sections.is_empty() {
        return Err(empty(NoPem::of(&bytes)));
    }
    let mut certificates = Vec::new();
    for (index, section) in sections.into_iter().enumerate() {
        let certificate = CertificateDer::from(section.der);
        RootCertStore::empty()
            .add(certificate.clone())
            .map_err(|source| CertificateFileError::Certificate {
                path: path(),
                number: index + 1,
                line: section.line,
                source,
            })?;
        if section.is_for_servers {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(empty(NoPem::NotForServers));
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

    use base64::{Engine as _, engine::general_purpose::STANDARD};
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
            (cut, "certificate 1 in"),
        ] {
            let error = load_certificates(file(text).path()).unwrap_err();
            assert!(error.to_string().contains(message), "{error}");
        }
        let error = load_certificates(Path::new("/nonexistent/ca.pem")).unwrap_err();
        assert_eq!(error.to_string(), "cannot read `/nonexistent/ca.pem`");
        let error = load_certificates(Path::new("/dev/zero")).unwrap_err();
        assert_eq!(error.to_string(), "`/dev/zero` is larger than 10 MiB");
    }

    #[test]
    fn certificates_are_taken_as_openssl_takes_them() {
        let signed = generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let plain = signed.cert.pem();
        let der = signed.cert.der();
        let old = plain.replace("CERTIFICATE", "X509 CERTIFICATE");
        let bom = format!("\u{feff}{plain}");
        let windows = plain.replace('\n', "\r\n");
        let text = format!("subject=a\n\n{plain}and more\n");
        for text in [&plain, &old, &bom, &windows, &text] {
            let read = load_certificates(file(text).path()).unwrap();
            assert_eq!(read, std::slice::from_ref(der));
        }
        let indented = plain.replace('\n', "\n ");
        let indented = format!(" {indented}");
        let error = load_certificates(file(&indented).path()).unwrap_err();
        assert!(
            error.to_string().contains("on a line of its own"),
            "{error}"
        );
    }

    #[test]
    fn a_trusted_certificate_says_for_whom_it_counts() {
        let signed = generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let der = signed.cert.der();
        let server = [0x2b, 6, 1, 5, 5, 7, 3, 1];
        let mail = [0x2b, 6, 1, 5, 5, 7, 3, 4];
        let list = |tag: u8, oid: [u8; 8]| [&[tag, 10, 6, 8][..], &oid].concat();
        let aux = |fields: Vec<u8>| {
            let length = u8::try_from(fields.len()).unwrap();
            [vec![0x30, length], fields].concat()
        };
        for (aux, counts) in [
            (Vec::new(), true),
            (aux(list(0x30, server)), true),
            (aux(list(0x30, mail)), false),
            (aux(list(0xa0, server)), false),
            (aux(list(0xa0, mail)), true),
        ] {
            let body = STANDARD.encode([der.as_ref(), &aux].concat());
            let text = format!(
                "-----BEGIN TRUSTED CERTIFICATE-----\n{body}\n-----END TRUSTED CERTIFICATE-----\n"
            );
            let read = load_certificates(file(&text).path());
            assert_eq!(
                read.is_ok_and(|read| read == std::slice::from_ref(der)),
                counts,
                "{aux:?}"
            );
        }
    }

    #[test]
    fn what_is_no_pem_is_named_with_the_command_that_converts_it() {
        let signed = generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let written = |bytes: &[u8]| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            let error = load_certificates(file.path()).unwrap_err();
            let path = file.path().display().to_string();
            let command = error.conversion().unwrap_or_default();
            let told = error.to_string().replace(&path, "FILE");
            format!("{told} | {}", command.replace(&path, "FILE"))
        };
        let key = signed.signing_key.serialize_pem();
        let signed_data = [&[0x30, 0x82, 1, 0][..], pem::SIGNED_DATA].concat();
        for (bytes, told) in [
            (
                signed.cert.der().as_ref(),
                "`FILE` is a certificate in DER form, expected PEM | openssl x509 -inform der -in FILE -out ca.pem",
            ),
            (
                b"-----BEGIN PKCS7-----\nMA==\n-----END PKCS7-----\n",
                "`FILE` is PKCS #7, expected certificates in PEM form | openssl pkcs7 -print_certs -in FILE -out ca.pem",
            ),
            (
                &signed_data,
                "`FILE` is PKCS #7, expected certificates in PEM form | openssl pkcs7 -inform der -print_certs -in FILE -out ca.pem",
            ),
            (
                key.as_bytes(),
                "`FILE` holds a private key and no certificate | ",
            ),
            (
                b"",
                "`FILE` holds no certificate, expected `-----BEGIN CERTIFICATE-----` | ",
            ),
            (
                b"\xff\xfe-\0-\0",
                "`FILE` is text in UTF-16, expected certificates in PEM form | iconv -f utf-16 -t utf-8 FILE > ca.pem",
            ),
        ] {
            assert_eq!(written(bytes), told);
        }
    }
}
