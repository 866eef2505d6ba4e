//! When a handshake dies: the same again with one thing changed, to see what it died of.

use std::{pin::pin, time::Duration};

use futures_util::future::join_all;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    time::{Instant, sleep, timeout_at},
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
        tls::{Alert, Change, Experiment, Unchanged},
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

/// In which order a change is tried beside its control once it has got a handshake anywhere: two
/// controls together meet both members of a balancer, which otherwise could take turns with the
/// change; the first and the last are controls.
const ORDER: [Role; 7] = [
    Role::Control,
    Role::Control,
    Role::Changed,
    Role::Control,
    Role::Changed,
    Role::Control,
    Role::Control,
];

/// How long after one handshake the next begins.
const APART: Duration = Duration::from_millis(40);

/// What a handshake is repeated as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// With each of the changes.
    Changed,
    /// As it was.
    Control,
}

/// A handshake repeated with changes, and as it was.
struct Repeated {
    /// How far it got at least with each change.
    changed: Vec<(Change, Progress)>,
    /// How far it got each time without, once a change had got it anywhere.
    unchanged: Vec<Progress>,
}

impl Repeated {
    /// What that says about a handshake that got as far as `before`. What then works unchanged, no
    /// change has cured.
    fn experiments(&self, before: Progress) -> Vec<Experiment> {
        let is_steady = self.unchanged.iter().all(|progress| *progress <= before);
        let told = self.changed.iter().map(|(change, progress)| Experiment {
            change: *change,
            answered: is_steady && *progress > before,
        });
        told.collect()
    }

    /// How often the controls got further than `before`.
    fn unchanged(&self, before: Progress) -> Unchanged {
        let further = self.unchanged.iter().filter(|progress| **progress > before);
        Unchanged {
            tried: self.unchanged.len(),
            answered: further.count(),
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
        let (mut shaken, repeated) = if let Ok(early) = timeout_at(half, &mut shaking).await {
            let repeated = match died_of(&early.observation) {
                Some(before) => Some(self.repeat_all(hello, dialer, deadline, before).await),
                None => None,
            };
            (early, repeated)
        } else {
            let mut repeating = pin!(self.repeat_all(hello, dialer, deadline, Progress::Nothing));
            tokio::select! {
                biased;
                late = &mut shaking => match died_of(&late.observation) {
                    Some(_) => (late, Some(repeating.await)),
                    None => (late, None),
                },
                early = &mut repeating => (shaking.await, Some(early)),
            }
        };
        if let Some(before) = died_of(&shaken.observation)
            && let Some(repeated) = repeated
        {
            shaken.observation.experiments = repeated.experiments(before);
            shaken.observation.unchanged = repeated.unchanged(before);
        }
        if wants_another(&shaken.observation) {
            let choosing = chosen(hello, dialer, deadline);
            shaken.observation.chosen = timeout_at(deadline, choosing).await.ok().flatten();
        }
        shaken
    }

    /// Repeats a handshake with each change, all at once; those that got it anywhere again, beside
    /// controls.
    async fn repeat_all(
        &self,
        hello: &Hello,
        dialer: &Dialer<'_>,
        deadline: Instant,
        before: Progress,
    ) -> Repeated {
        let repeat = async |change, until| {
            let repeating = self.repeat(hello, change, dialer, until);
            // Waiting for a socket counts too: it may be ours that others wait for.
            let progress = timeout_at(until, repeating).await;
            progress.unwrap_or(Progress::Nothing)
        };
        let now = Instant::now();
        // What a change does not help keeps silent for long, and the controls take their time too.
        let half = now + deadline.saturating_duration_since(now) / 2;
        let first = changes(hello).map(async |change| (change, repeat(Some(change), half).await));
        let mut changed = join_all(first).await;
        let helpful: Vec<Change> = changed
            .iter()
            .filter(|(_, progress)| *progress > before)
            .map(|(change, _)| *change)
            .collect();
        if helpful.is_empty() {
            let unchanged = Vec::new();
            return Repeated { changed, unchanged };
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let apart = APART.min(left / 20);
        let again = ORDER.into_iter().zip(0..).flat_map(|(role, place)| {
            let one_each = match role {
                Role::Changed => helpful.iter().copied().map(Some).collect(),
                Role::Control => vec![None],
            };
            one_each.into_iter().map(move |change| (place, change))
        });
        let again = again.map(async |(place, change): (u32, _)| {
            sleep(apart * place).await;
            (change, repeat(change, deadline).await)
        });
        let mut unchanged = Vec::new();
        for (change, progress) in join_all(again).await {
            match changed.iter_mut().find(|(other, _)| Some(*other) == change) {
                Some((_, least)) => *least = progress.min(*least),
                None => unchanged.push(progress),
            }
        }
        Repeated { changed, unchanged }
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
            | TlsError::Alert(Alert::ProtocolVersion | Alert::HandshakeFailure | Alert::Other(_)),
        ) => true,
        Err(
            TlsError::Alert(
                Alert::UnrecognizedName | Alert::CertificateRequired | Alert::AccessDenied,
            )
            | TlsError::NotTls(_)
            // It has answered our hello, so that is not what it died of.
            | TlsError::Closed
            | TlsError::Reset
            | TlsError::Stalled { .. }
            | TlsError::Broken(_),
        )
        | Ok(_) => false,
    };
    let asked = seen.client_certificate != ClientCertificate::NotRequested;
    let is_steady = seen.unchanged.answered == 0;
    is_refused && is_steady && !asked && !seen.experiments.iter().any(|tried| tried.answered)
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
