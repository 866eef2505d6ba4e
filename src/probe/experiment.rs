//! When a handshake dies: the same again with one thing changed, to see what it died of.

use std::pin::pin;

use futures_util::future::join_all;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, timeout_at},
};

use super::{
    attempt::Dialer,
    nonce,
    second::PROXY_HEADER,
    tcp::{self, Shape},
    tls::{Hello, Link, Shaken, Tls},
};
use crate::{
    observation::{
        ClientCertificate, TlsError, TlsObservation,
        tls::{Alert, Change, Experiment},
    },
    protocol::tls_hello::{self, Choice},
};

/// A name that is nobody's and that filters have no reason to know. Source: RFC 2606 §3.
const OTHER_NAME: &str = "www.example.com";

/// Segments that pass every link that carries IP. Source: RFC 1122 §4.2.2.6, the default of 536 bytes.
const SMALL_SEGMENT: u32 = 536;

/// More than a server's hello takes up to its choice, in bytes.
const LONGEST_CHOICE: usize = 512;

/// How far a handshake got.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Nothing,
    Bytes,
    /// The server said why it goes no further.
    Alerted,
    Finished,
}

/// A handshake repeated with a change, and then once more without.
struct Repeated {
    change: Change,
    /// How far it got with the change.
    changed: Progress,
    /// How far it got without, after the change had got it anywhere.
    unchanged: Progress,
}

impl Repeated {
    /// What that says about a handshake that got as far as `before`. What then works unchanged,
    /// no change has cured: a busy server fails now and then by itself.
    fn experiment(&self, before: Progress) -> Experiment {
        Experiment {
            change: self.change,
            answered: self.changed > before && self.unchanged <= before,
        }
    }
}

impl Tls {
    /// Shakes hands on `link` before `deadline`. One that dies, or has not ended half-way, is
    /// repeated on another connection with one change each, all at once, before the same deadline.
    pub(crate) async fn shake_or_explain(
        &self,
        link: Link,
        hello: &Hello,
        dialer: &Dialer<'_>,
        deadline: Instant,
    ) -> Shaken {
        let now = Instant::now();
        let half = now + deadline.saturating_duration_since(now) / 2;
        let mut shaking = pin!(self.shake(link, hello, deadline));
        let mut repeating = pin!(self.repeat_all(hello, dialer, deadline));
        let (mut shaken, mut repeated) = (None, None);
        if let Ok(early) = timeout_at(half, &mut shaking).await {
            shaken = Some(early);
        } else {
            tokio::select! {
                biased;
                late = &mut shaking => shaken = Some(late),
                early = &mut repeating => repeated = Some(early),
            }
        }
        let mut shaken = match shaken {
            Some(shaken) => shaken,
            None => shaking.await,
        };
        if let Some(before) = died_of(&shaken.observation) {
            let repeated = match repeated {
                Some(repeated) => repeated,
                None => repeating.await,
            };
            let experiments = repeated.iter().map(|repeated| repeated.experiment(before));
            shaken.observation.experiments = experiments.collect();
        }
        if wants_another(&shaken.observation) {
            let choosing = chosen(hello, dialer, deadline);
            shaken.observation.chosen = timeout_at(deadline, choosing).await.ok().flatten();
        }
        shaken
    }

    /// Repeats a handshake with each change, all at once, and after each that got anywhere once
    /// more without.
    async fn repeat_all(
        &self,
        hello: &Hello,
        dialer: &Dialer<'_>,
        deadline: Instant,
    ) -> Vec<Repeated> {
        let repeat = async |change| {
            let repeating = self.repeat(hello, change, dialer, deadline);
            // Waiting for a socket counts too: it may be ours that others wait for.
            let progress = timeout_at(deadline, repeating).await;
            progress.unwrap_or(Progress::Nothing)
        };
        let repeated = changes(hello).map(async |change| {
            let changed = repeat(Some(change)).await;
            let unchanged = match changed {
                Progress::Nothing => Progress::Nothing,
                Progress::Bytes | Progress::Alerted | Progress::Finished => repeat(None).await,
            };
            Repeated {
                change,
                changed,
                unchanged,
            }
        });
        join_all(repeated).await
    }

    /// How far the handshake gets with that change, or with none.
    async fn repeat(
        &self,
        hello: &Hello,
        change: Option<Change>,
        dialer: &Dialer<'_>,
        deadline: Instant,
    ) -> Progress {
        let mut hello = hello.clone();
        let mut shape = Shape::default();
        let mut front: &[u8] = &[];
        match change {
            None => {}
            Some(Change::NoServerName) => hello.is_named = false,
            Some(Change::OtherServerName) => {
                if let Ok(name) = ServerName::try_from(OTHER_NAME) {
                    hello.name = name;
                }
            }
            Some(Change::SmallSegments) => shape.largest_segment = Some(SMALL_SEGMENT),
            Some(Change::SmallHello) => hello.is_small = true,
            Some(Change::ProxyHeader) => front = PROXY_HEADER,
        }
        let Some(mut connection) = dialer.dial(shape, deadline).await else {
            return Progress::Nothing;
        };
        if !front.is_empty() && connection.link.write_all(front).await.is_err() {
            return Progress::Nothing;
        }
        let (record, result) = self.attempt(connection.link, &hello, deadline).await;
        match result {
            Ok(_) => Progress::Finished,
            Err(TlsError::Alert(_)) => Progress::Alerted,
            Err(_) if record.first.is_empty() => Progress::Nothing,
            Err(_) => Progress::Bytes,
        }
    }
}

/// What the server chooses of a hello with old suites in it; nothing more is said to it.
async fn chosen(hello: &Hello, dialer: &Dialer<'_>, deadline: Instant) -> Option<Choice> {
    let mut connection = dialer.dial(Shape::default(), deadline).await?;
    tcp::close_at_once(connection.link.tcp());
    let question = tls_hello::hello(hello.sent_name().as_deref(), nonce());
    connection.link.write_all(&question).await.ok()?;
    let mut answer = Vec::new();
    while answer.len() < LONGEST_CHOICE {
        let mut piece = [0; LONGEST_CHOICE];
        let length = connection.link.read(&mut piece).await.ok()?;
        answer.extend_from_slice(&piece[..length]);
        match tls_hello::choice(&answer) {
            None if length > 0 => {}
            choice => return choice,
        }
    }
    None
}

/// Whether the server refused what was offered, or hung up on it, and no change helped.
fn wants_another(seen: &TlsObservation) -> bool {
    let is_refused = match &seen.outcome {
        Err(
            TlsError::Version
            | TlsError::NoSharedCipher
            | TlsError::ClosedBeforeHello
            | TlsError::ResetBeforeHello
            | TlsError::Closed
            | TlsError::Reset
            | TlsError::Alert(Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::Other(_)),
        ) => true,
        Err(
            TlsError::Alert(
                Alert::UnrecognizedName | Alert::CertificateRequired | Alert::AccessDenied,
            )
            | TlsError::NotTls(_)
            | TlsError::Stalled { .. }
            | TlsError::Broken(_),
        )
        | Ok(_) => false,
    };
    let asked = seen.client_certificate != ClientCertificate::NotRequested;
    is_refused && !asked && !seen.experiments.iter().any(|tried| tried.answered)
}

/// How far a handshake got that something other than the server's will may have ended; `None` for
/// one that a change of the hello cannot help.
fn died_of(observation: &TlsObservation) -> Option<Progress> {
    match &observation.outcome {
        Err(
            TlsError::ClosedBeforeHello
            | TlsError::ResetBeforeHello
            | TlsError::Stalled { after_bytes: false },
        ) => Some(Progress::Nothing),
        Err(TlsError::Closed | TlsError::Reset | TlsError::Stalled { after_bytes: true }) => {
            Some(Progress::Bytes)
        }
        // An alert may be a device's, or be about what new is in the hello.
        Err(TlsError::Alert(
            Alert::ProtocolVersion
            | Alert::HandshakeFailure
            | Alert::AccessDenied
            | Alert::Other(_),
        )) => Some(Progress::Alerted),
        // The server says what it is: no other try says more.
        Err(
            TlsError::Alert(Alert::UnrecognizedName | Alert::CertificateRequired)
            | TlsError::NotTls(_)
            | TlsError::Version
            | TlsError::NoSharedCipher
            | TlsError::Broken(_),
        )
        | Ok(_) => None,
    }
}

/// What can be changed, what says most first.
fn changes(hello: &Hello) -> impl Iterator<Item = Change> {
    let names = [Change::NoServerName, Change::OtherServerName];
    names.into_iter().filter(|_| hello.is_named).chain([
        Change::SmallSegments,
        Change::SmallHello,
        Change::ProxyHeader,
    ])
}
