//! A TLS hello of our own, small and with what is old in it: what would the server choose, where the
//! library has nothing in common with it? Source: RFC 5246 §7.4.1, RFC 8422 §5.1.

use super::wire::u16_at;

/// What a server chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Choice {
    /// `0x0303` is TLS 1.2, `0x0301` TLS 1.0.
    pub version: u16,
    /// The cipher suite's number. Source: IANA, "TLS Cipher Suites".
    pub suite: u16,
}

/// A cipher suite that is offered, and who takes it.
struct Suite {
    number: u16,
    name: &'static str,
    /// Whether Java and OpenSSL both take it as they come.
    is_common: bool,
}

const fn suite(number: u16, name: &'static str, is_common: bool) -> Suite {
    Suite {
        number,
        name,
        is_common,
    }
}

/// What is offered, best first. Source: IANA; the defaults of OpenSSL 3 and of `OpenJDK` 17.
const SUITES: [Suite; 28] = [
    suite(0xc02f, "ECDHE-RSA-AES128-GCM-SHA256", true),
    suite(0xc030, "ECDHE-RSA-AES256-GCM-SHA384", true),
    suite(0xc02b, "ECDHE-ECDSA-AES128-GCM-SHA256", true),
    suite(0xc02c, "ECDHE-ECDSA-AES256-GCM-SHA384", true),
    suite(0x009e, "DHE-RSA-AES128-GCM-SHA256", true),
    suite(0x009f, "DHE-RSA-AES256-GCM-SHA384", true),
    suite(0xc027, "ECDHE-RSA-AES128-SHA256", true),
    suite(0xc028, "ECDHE-RSA-AES256-SHA384", true),
    suite(0xc023, "ECDHE-ECDSA-AES128-SHA256", true),
    suite(0xc024, "ECDHE-ECDSA-AES256-SHA384", true),
    suite(0xc013, "ECDHE-RSA-AES128-SHA", true),
    suite(0xc014, "ECDHE-RSA-AES256-SHA", true),
    suite(0xc009, "ECDHE-ECDSA-AES128-SHA", true),
    suite(0xc00a, "ECDHE-ECDSA-AES256-SHA", true),
    suite(0x0067, "DHE-RSA-AES128-SHA256", true),
    suite(0x006b, "DHE-RSA-AES256-SHA256", true),
    suite(0x0033, "DHE-RSA-AES128-SHA", true),
    suite(0x0039, "DHE-RSA-AES256-SHA", true),
    suite(0x009c, "AES128-GCM-SHA256", true),
    suite(0x009d, "AES256-GCM-SHA384", true),
    suite(0x003c, "AES128-SHA256", true),
    suite(0x003d, "AES256-SHA256", true),
    suite(0x002f, "AES128-SHA", true),
    suite(0x0035, "AES256-SHA", true),
    suite(0xc09c, "AES128-CCM", false),
    suite(0xc0ae, "ECDHE-ECDSA-AES128-CCM8", false),
    suite(0x000a, "DES-CBC3-SHA", false),
    suite(0x0005, "RC4-SHA", false),
];

/// `x25519`, the curves of NIST, and `ffdhe2048`. Source: RFC 8422 §5.1.1, RFC 7919 §2.
const GROUPS: [u16; 5] = [0x001d, 0x0017, 0x0018, 0x0019, 0x0100];

/// Signatures by ECDSA, RSA-PSS and RSA, SHA-1 last. Source: RFC 8446 §4.2.3.
const SIGNATURES: [u16; 11] = [
    0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201,
];

impl Choice {
    /// `TLS 1.2 with ECDHE-RSA-AES128-SHA`.
    #[must_use]
    pub fn words(self) -> String {
        let version = match self.version {
            0x0303 => "TLS 1.2".to_owned(),
            0x0302 => "TLS 1.1".to_owned(),
            0x0301 => "TLS 1.0".to_owned(),
            0x0300 => "SSL 3.0".to_owned(),
            other => format!("version {other:#06x}"),
        };
        match self.suite() {
            Some(suite) => format!("{version} with {}", suite.name),
            None => format!("{version} with suite {:#06x}", self.suite),
        }
    }

    /// Whether Java and OpenSSL would both go on from there, as they come.
    #[must_use]
    pub fn is_common(self) -> bool {
        self.version == 0x0303 && self.suite().is_some_and(|suite| suite.is_common)
    }

    fn suite(self) -> Option<&'static Suite> {
        SUITES.iter().find(|suite| suite.number == self.suite)
    }
}

/// The record with the hello, which asks for `name` where there is one. `random` is fresh.
#[must_use]
pub fn hello(name: Option<&str>, random: [u8; 16]) -> Vec<u8> {
    let suites: Vec<u8> = SUITES
        .iter()
        .flat_map(|suite| suite.number.to_be_bytes())
        .collect();
    let mut body = vec![3, 3];
    body.extend(random);
    body.extend(random);
    body.push(0);
    body.extend(vector(&suites));
    body.extend([1, 0]);
    body.extend(vector(&extensions(name)));
    let mut handshake = vec![1, 0];
    handshake.extend(vector(&body));
    [&[22, 3, 1][..], &vector(&handshake)].concat()
}

fn extensions(name: Option<&str>) -> Vec<u8> {
    let numbers = |numbers: &[u16]| -> Vec<u8> {
        numbers
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect()
    };
    let mut all = Vec::new();
    let mut add = |kind: u16, content: &[u8]| {
        all.extend(kind.to_be_bytes());
        all.extend(vector(content));
    };
    if let Some(name) = name {
        let entry = [&[0][..], &vector(name.as_bytes())].concat();
        add(0, &vector(&entry));
    }
    add(10, &vector(&numbers(&GROUPS)));
    add(11, &[1, 0]);
    add(13, &vector(&numbers(&SIGNATURES)));
    // Secure renegotiation, which some servers insist on. Source: RFC 5746 §3.4.
    add(0xff01, &[0]);
    all
}

/// Bytes with their length in two bytes in front; a name is at most 255 long.
fn vector(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

/// What the answer chooses; `None` if it is no hello of a server, or not enough of one.
/// Source: RFC 5246 §6.2.1, §7.4.1.3.
#[must_use]
pub fn choice(answer: &[u8]) -> Option<Choice> {
    let [22, 3, _, _, _, 2, _, _, _, rest @ ..] = answer else {
        return None;
    };
    let session = usize::from(*rest.get(34)?);
    Some(Choice {
        version: u16_at(rest, 0)?,
        suite: u16_at(rest, 35 + session)?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hello_fits_one_packet_and_says_its_own_length() {
        let name = "a".repeat(253);
        let hello = hello(Some(&name), [7; 16]);
        assert!(hello.len() < 536, "{}", hello.len());
        assert_eq!(u16_at(&hello, 3).map(usize::from), Some(hello.len() - 5));
        assert_eq!(u16_at(&hello, 7).map(usize::from), Some(hello.len() - 9));
    }

    #[test]
    fn what_a_server_chooses_is_read_and_named() {
        let mut answer = vec![22, 3, 3, 0, 42, 2, 0, 0, 38, 3, 3];
        answer.extend([0; 32]);
        answer.extend([1, 9, 0xc0, 0x13, 0]);
        let choice = choice(&answer).unwrap();
        assert_eq!(choice.words(), "TLS 1.2 with ECDHE-RSA-AES128-SHA");
        assert!(choice.is_common());
        let old = Choice {
            version: 0x0301,
            suite: 0xc013,
        };
        assert!(!old.is_common());
        let odd = Choice {
            version: 0x0303,
            suite: 0xc09c,
        };
        assert!(!odd.is_common());
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd(answer: Vec<u8>) {
            let _ = choice(&answer);
        }
    }
}
