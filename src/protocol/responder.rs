//! What a probe and our responder say to each other, both ends.
//!
//! A *hello* names the port it was sent to and carries a nonce; the *answer* proves by a keyed hash
//! over the nonce, what was asked, the port and both addresses that it was this responder, now, and
//! which way the packets came. Both are one line of plain text, filled up with dots to the size that the hello
//! says, so that whoever watches the network can read them; an answer is never longer than the
//! hello. Neither holds a line's end: a service that reads lines is told nothing.
//!
//! ```text
//! portcheck-responder/2 hello tcp 9042 tcp 9042 1460 NONCE PROOF ....
//! portcheck-responder/2 proof tcp 9042 tcp 9042 tcp 9042 ID 10.0.0.3:9042 10.0.0.2:40112 bound 1460 PROOF ....
//! portcheck-responder/2 other-token NONCE
//! ```
//!
//! The key is the token. Without one it is empty: the proof is then an echo of the nonce that a
//! service which merely sends things back cannot give.

mod asking;
#[cfg(test)]
mod tests;

pub use asking::dialog;

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::net::Transport;

/// The shortest hello, in bytes: no answer's line is longer.
pub const SMALLEST: usize = 320;

/// The longest hello, in bytes: the payload of a jumbo frame.
pub const LARGEST: usize = 9_000;

const MAGIC: &str = "portcheck-responder/2";

/// What both sides know and nobody else does.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(Vec<u8>);

impl Key {
    /// The key of a token; of an empty one it is that of everybody.
    #[must_use]
    pub fn new(token: &str) -> Self {
        Self(token.as_bytes().to_vec())
    }

    /// Whether nobody but who has the token can use it.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        !self.0.is_empty()
    }

    fn hash(&self, nonce: &[u8], words: &str) -> Option<Hmac<Sha256>> {
        // Every length of key is good for HMAC: it is never `None`.
        let mut hash = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        hash.update(nonce);
        hash.update(words.as_bytes());
        Some(hash)
    }

    fn proof(&self, nonce: &[u8], words: &str) -> String {
        let hash = self.hash(nonce, words);
        hash.map_or_else(String::new, |hash| hex(&hash.finalize().into_bytes()))
    }

    /// Whether the proof is of this key; in constant time.
    fn proves(&self, nonce: &[u8], words: &str, proof: &str) -> bool {
        let Some(proof) = bytes::<32>(proof) else {
            return false;
        };
        self.hash(nonce, words)
            .is_some_and(|hash| hash.verify_slice(&proof).is_ok())
    }
}

impl fmt::Debug for Key {
    /// A secret is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_secret() {
            "Key(secret)"
        } else {
            "Key(none)"
        })
    }
}

/// A transport and a port of it; 0 where it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Door {
    /// TCP, UDP or ESP.
    pub transport: Transport,
    /// The port, or 0.
    pub port: u16,
}

impl Door {
    fn read<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Self> {
        Some(Self {
            transport: words.next()?.parse().ok()?,
            port: number(words.next()?)?,
        })
    }
}

impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.transport, self.port)
    }
}

/// What a probe says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Where it is sent.
    pub door: Door,
    /// What it asks about; as a rule the same.
    pub about: Door,
    /// How many bytes it has, [`SMALLEST`] to [`LARGEST`]; the answer is to have as many.
    pub size: usize,
    /// Fresh for every probe.
    pub nonce: [u8; 16],
}

impl Hello {
    /// The hello as it is sent.
    #[must_use]
    pub fn bytes(&self, key: &Key) -> Vec<u8> {
        let (door, about, size) = (self.door, self.about, self.size());
        let words = format!("{MAGIC} hello {door} {about} {size} {}", hex(&self.nonce));
        let proof = key.proof(&[], &words);
        filled(format!("{words} {proof} "), size)
    }

    fn size(&self) -> usize {
        self.size.clamp(SMALLEST, LARGEST)
    }
}

/// What a responder has read so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Greeting {
    /// It may be a hello.
    Incomplete,
    /// It is none.
    None,
    /// It is one; whose, has to be asked.
    Hello(SignedHello),
}

/// A hello and its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHello {
    /// What is said.
    pub hello: Hello,
    words: String,
    proof: String,
}

impl SignedHello {
    /// Whether it is from someone with that key.
    #[must_use]
    pub fn is_by(&self, key: &Key) -> bool {
        key.proves(&[], &self.words, &self.proof)
    }
}

/// What the first bytes of a stream, or a datagram, are to a responder; only the first
/// [`SMALLEST`] are looked at.
#[must_use]
pub fn greeting(bytes: &[u8]) -> Greeting {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC.as_bytes()[..known] {
        return Greeting::None;
    }
    match bytes.get(..SMALLEST) {
        None => Greeting::Incomplete,
        Some(head) => read_hello(head).map_or(Greeting::None, Greeting::Hello),
    }
}

fn read_hello(head: &[u8]) -> Option<SignedHello> {
    let (words, proof) = signed(head)?;
    let mut each = words.split(' ').skip(1);
    if each.next()? != "hello" {
        return None;
    }
    let hello = Hello {
        door: Door::read(&mut each)?,
        about: Door::read(&mut each)?,
        size: number(each.next()?)?,
        nonce: bytes(each.next()?)?,
    };
    let is_whole = each.next().is_none() && hello.size == hello.size();
    is_whole.then(|| SignedHello {
        hello,
        words: words.to_owned(),
        proof: proof.to_owned(),
    })
}

/// What a responder knows of a port of its machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// It listens there.
    Bound,
    /// It listens there, and a connection from who asks stands half open: the first packet arrived,
    /// and the answer to it is lost.
    HalfOpen,
    /// Another program does, of that name where it is known.
    Taken(Option<String>),
    /// It does not listen there.
    Unbound,
}

impl State {
    fn read(word: &str) -> Option<Self> {
        Some(match word.split_once(':') {
            None if word == "bound" => Self::Bound,
            None if word == "half-open" => Self::HalfOpen,
            None if word == "unbound" => Self::Unbound,
            None if word == "taken" => Self::Taken(None),
            Some(("taken", name)) => Self::Taken(Some(crate::text::stranger(name.as_bytes()))),
            None | Some(_) => return None,
        })
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// As long as the kernel lets a process call itself. Source: proc(5), `comm`.
        const NAME: usize = 15;
        match self {
            Self::Bound => f.write_str("bound"),
            Self::HalfOpen => f.write_str("half-open"),
            Self::Unbound => f.write_str("unbound"),
            Self::Taken(None) => f.write_str("taken"),
            Self::Taken(Some(name)) => {
                let plain = |character: char| {
                    if character.is_ascii_graphic() {
                        character
                    } else {
                        '?'
                    }
                };
                write!(
                    f,
                    "taken:{}",
                    name.chars().take(NAME).map(plain).collect::<String>()
                )
            }
        }
    }
}

/// What a responder says to someone with its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Answer {
    /// Where the responder itself was reached: differs from the hello's after a redirection.
    pub door: Door,
    /// Which responder it is: one number a process.
    pub id: u64,
    /// The address that it was reached at.
    pub at: SocketAddr,
    /// The address that the hello came from, as the responder saw it.
    pub seen: SocketAddr,
    /// What became of the port that was asked about.
    pub about: State,
    /// How many bytes the hello had, and the answer has.
    pub size: usize,
}

impl Answer {
    /// The answer to a hello as it is sent, as long as that. What was asked stands in the words that
    /// are signed, so that an answer to one question never passes for that to another.
    #[must_use]
    pub fn bytes(&self, hello: &Hello, key: &Key) -> Vec<u8> {
        let words = format!(
            "{MAGIC} proof {} {} {} {:016x} {} {} {} {}",
            hello.door,
            hello.about,
            self.door,
            self.id,
            plain(self.at),
            plain(self.seen),
            self.about,
            self.size
        );
        let proof = key.proof(&hello.nonce, &words);
        filled(format!("{words} {proof} "), self.size)
    }

    /// The answer to `hello`, if it is one, and to no other.
    fn read(head: &[u8], hello: &Hello, key: &Key) -> Option<Self> {
        let (words, proof) = signed(head)?;
        let mut each = words.split(' ').skip(1);
        if each.next()? != "proof" || !key.proves(&hello.nonce, words, proof) {
            return None;
        }
        let asked = [Door::read(&mut each)?, Door::read(&mut each)?];
        if asked != [hello.door, hello.about] {
            return None;
        }
        Some(Self {
            door: Door::read(&mut each)?,
            id: u64::from_str_radix(each.next()?, 16).ok()?,
            at: each.next()?.parse().ok()?,
            seen: each.next()?.parse().ok()?,
            about: State::read(each.next()?)?,
            size: number(each.next()?)?,
        })
    }
}

/// What a responder says to someone with another token; shorter than any hello.
#[must_use]
pub fn other_token(nonce: &[u8; 16]) -> Vec<u8> {
    format!("{MAGIC} other-token {}", hex(nonce)).into_bytes()
}

/// What a probe learned of the responder at the other side.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Responder {
    /// It proved itself.
    Proven(Proof),
    /// It has another token.
    OtherToken,
}

/// An answer that was proven, and what the probe knows besides.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proof {
    /// What the responder said.
    pub answer: Answer,
    /// Whether the proof took a token.
    pub is_secret: bool,
    /// The size of a hello that was not answered where the smaller one was, in bytes.
    pub lost: Option<usize>,
    /// The address that the probe was sent from, as this machine knows it; set by the driver.
    pub own: Option<SocketAddr>,
    /// Whether another machine answered than was asked, as its other answers show; set by whoever
    /// has seen them all.
    pub is_redirected: bool,
}

/// The words and the proof of a line that is filled up with dots; `None` if it is none.
fn signed(head: &[u8]) -> Option<(&str, &str)> {
    let text = std::str::from_utf8(head).ok()?;
    let line = text.trim_end_matches('.').strip_suffix(' ')?;
    line.rsplit_once(' ')
}

fn filled(line: String, size: usize) -> Vec<u8> {
    let mut bytes = line.into_bytes();
    bytes.resize(size, b'.');
    bytes
}

/// An address without the scope and the flow, which concern one machine alone; IPv4 as such.
fn plain(address: SocketAddr) -> SocketAddr {
    let ip: IpAddr = address.ip().to_canonical();
    SocketAddr::new(ip, address.port())
}

fn number<T: std::str::FromStr>(word: &str) -> Option<T> {
    let is_plain = word.bytes().all(|byte| byte.is_ascii_digit());
    is_plain.then(|| word.parse().ok()).flatten()
}

fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to memory does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn bytes<const N: usize>(hex: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    let is_plain = hex.len() == N * 2 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    for (at, byte) in bytes.iter_mut().enumerate().filter(|_| is_plain) {
        *byte = u8::from_str_radix(hex.get(at * 2..at * 2 + 2)?, 16).ok()?;
    }
    is_plain.then_some(bytes)
}
