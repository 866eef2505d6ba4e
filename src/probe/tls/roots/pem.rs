//! Certificates in a file as OpenSSL finds them, and what a file is that has none.
//!
//! Source: OpenSSL 3, `PEM_read_bio_ex` and `PEM_X509_INFO_read_bio` in `crypto/pem`.

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// The labels that a certificate may have. Source: OpenSSL, `PEM_STRING_X509`, `_OLD`, `_TRUSTED`.
const LABELS: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", TRUSTED];
const TRUSTED: &str = "TRUSTED CERTIFICATE";

/// `serverAuth` and `anyExtendedKeyUsage`. Source: RFC 5280 §4.2.1.12.
const SERVERS: [&[u8]; 2] = [&[0x2b, 6, 1, 5, 5, 7, 3, 1], &[0x55, 0x1d, 0x25, 0]];

/// `signedData` of PKCS #7. Source: RFC 2315 §14.
pub(super) const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// `data` of PKCS #7, which a PKCS #12 begins with. Source: RFC 7292 §4.
const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];

/// One certificate of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// The line it begins in, from 1.
    pub(super) line: usize,
    /// What was encoded.
    pub(super) der: Vec<u8>,
    /// Whether servers are trusted by it: one that says for whom it counts may leave them out.
    pub(super) is_for_servers: bool,
}

/// A certificate that cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken {
    /// Its place in the file, from 1.
    pub(super) number: usize,
    /// The line it begins in, from 1.
    pub(super) line: usize,
    /// What is wrong with it.
    pub(super) why: &'static str,
}

/// The certificates of a file, in order; other sections and all text around them are passed over.
///
/// # Errors
/// Where a section has no end, or is not in base64.
pub(super) fn certificates(bytes: &[u8]) -> Result<Vec<Section>, Broken> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut lines = text.split('\n').map(str::trim_ascii_end).enumerate();
    let mut found = Vec::new();
    while let Some((index, line)) = lines.next() {
        let Some(label) = between(line, "-----BEGIN ") else {
            continue;
        };
        let line = index + 1;
        let broken = |why| Broken {
            number: found.len() + 1,
            line,
            why,
        };
        let mut body = String::new();
        let mut is_closed = false;
        for (_, next) in lines.by_ref() {
            if next.starts_with("-----END ") {
                is_closed = between(next, "-----END ") == Some(label);
                break;
            }
            if next.is_empty() && !body.is_empty() {
                return Err(broken("has a blank line in the middle"));
            }
            body.push_str(next);
        }
        if !LABELS.contains(&label) {
            continue;
        }
        if !is_closed {
            return Err(broken("has no end of its own"));
        }
        let der = STANDARD
            .decode(body)
            .map_err(|_| broken("is not in base64"))?;
        found.push(section(line, der, label));
    }
    Ok(found)
}

fn between<'a>(line: &'a str, begin: &str) -> Option<&'a str> {
    line.strip_prefix(begin)?.strip_suffix("-----")
}

fn section(line: usize, mut der: Vec<u8>, label: &str) -> Section {
    let length = value(&der).map(|(value, rest)| (value.len(), der.len() - rest.len()));
    let mut is_for_servers = true;
    if let Some((_, whole)) = length.filter(|_| label == TRUSTED) {
        is_for_servers = serves(&der[whole..]);
        der.truncate(whole);
    }
    Section {
        line,
        der,
        is_for_servers,
    }
}

/// Whether what follows a trusted certificate lets it vouch for servers. Source: OpenSSL,
/// `X509_CERT_AUX`: `trust SEQUENCE OF OID`, `reject [0] SEQUENCE OF OID`, each optional.
fn serves(aux: &[u8]) -> bool {
    let holds = |list: &[u8]| {
        SERVERS
            .iter()
            .any(|oid| list.windows(oid.len()).any(|window| window == *oid))
    };
    let Some((fields, _)) = value(aux) else {
        return true;
    };
    let (trust, rest) = match fields.first() {
        Some(0x30) => value(fields).map_or((None, fields), |(list, rest)| (Some(list), rest)),
        Some(_) | None => (None, fields),
    };
    let reject = (rest.first() == Some(&0xa0)).then(|| value(rest)).flatten();
    trust.is_none_or(holds) && !reject.is_some_and(|(list, _)| holds(list))
}

/// The value of the first element in DER, and what follows it. Source: X.690 §8.1.
fn value(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.get(1..)?.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let count = usize::from(first & 0x7f);
        if count == 0 || count > 4 {
            return None;
        }
        let (digits, rest) = rest.split_at_checked(count)?;
        let add = |sum, digit: &u8| sum << 8 | usize::from(*digit);
        (digits.iter().fold(0, add), rest)
    };
    rest.split_at_checked(length)
}

/// What a file is that holds no certificate in PEM form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPem {
    /// A certificate in DER form.
    Der,
    /// PKCS #7, in PEM form or in DER.
    Pkcs7 {
        /// Whether it is in PEM form.
        is_pem: bool,
    },
    /// PKCS #12.
    Pkcs12,
    /// A keystore of Java.
    Keystore,
    /// Text of two bytes a character.
    Utf16,
    /// A private key.
    Key,
    /// A request for a certificate.
    Request,
    /// Certificates that vouch for no servers.
    NotForServers,
    /// Certificates whose lines do not begin as they must.
    Indented,
    /// Something else.
    Unknown,
}

impl NoPem {
    /// What `bytes` are.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let has = |text: &str| bytes.windows(text.len()).any(|it| it == text.as_bytes());
        let head = &bytes[..bytes.len().min(40)];
        let begins_with = |oid: &[u8]| head.windows(oid.len()).any(|it| it == oid);
        match bytes {
            [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => Self::Keystore,
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Self::Utf16,
            [0x30, ..] if begins_with(SIGNED_DATA) => Self::Pkcs7 { is_pem: false },
            [0x30, ..] if begins_with(DATA) => Self::Pkcs12,
            [0x30, ..] if x509_parser::parse_x509_certificate(bytes).is_ok() => Self::Der,
            _ if has("-----BEGIN PKCS7-----") || has("-----BEGIN CMS-----") => {
                Self::Pkcs7 { is_pem: true }
            }
            _ if has("CERTIFICATE REQUEST-----") => Self::Request,
            _ if has("BEGIN CERTIFICATE-----") => Self::Indented,
            _ if has("PRIVATE KEY-----") => Self::Key,
            _ => Self::Unknown,
        }
    }

    /// What it is, for people, as what follows the file's name.
    pub(super) const fn is(self) -> &'static str {
        match self {
            Self::Der => "is a certificate in DER form, expected PEM",
            Self::Pkcs7 { .. } => "is PKCS #7, expected certificates in PEM form",
            Self::Pkcs12 => "is PKCS #12, expected certificates in PEM form",
            Self::Keystore => "is a keystore of Java, expected certificates in PEM form",
            Self::Utf16 => "is text in UTF-16, expected certificates in PEM form",
            Self::Key => "holds a private key and no certificate",
            Self::Request => "holds a request for a certificate and no certificate",
            Self::NotForServers => {
                "holds only certificates that are marked as not trusted for servers"
            }
            Self::Indented => {
                "holds no certificate: `-----BEGIN CERTIFICATE-----` must stand on a line of its own, at its beginning"
            }
            Self::Unknown => "holds no certificate, expected `-----BEGIN CERTIFICATE-----`",
        }
    }

    /// The command that makes a file of it that can be used; `file` is a word of the shell.
    pub(super) fn conversion(self, file: &str) -> Option<String> {
        let told = match self {
            Self::Der => format!("openssl x509 -inform der -in {file} -out ca.pem"),
            Self::Pkcs7 { is_pem: true } => {
                format!("openssl pkcs7 -print_certs -in {file} -out ca.pem")
            }
            Self::Pkcs7 { is_pem: false } => {
                format!("openssl pkcs7 -inform der -print_certs -in {file} -out ca.pem")
            }
            Self::Pkcs12 => format!("openssl pkcs12 -nokeys -in {file} -out ca.pem"),
            Self::Keystore => format!("keytool -list -rfc -keystore {file} > ca.pem"),
            Self::Utf16 => format!("iconv -f utf-16 -t utf-8 {file} > ca.pem"),
            Self::Key | Self::Request | Self::NotForServers | Self::Indented | Self::Unknown => {
                return None;
            }
        };
        Some(told)
    }
}
