//! When a handshake dies: the same again with one thing changed, to see what it died of.

use std::net::SocketAddr;

use futures_util::future::{join, join_all};
use rustls::pki_types::ServerName;
use tokio::time::Instant;

use super::{Hello, Tls};
use crate::{
    observation::{
        ClientCertificate, TlsError, TlsObservation,
        tls::{Change, Experiment},
    },
    probe::{
        sockets::Sockets,
        tcp::{self, Shape},
    },
};

/// A name that is nobody's and that filters have no reason to know. Source: RFC 2606 §3.
const OTHER_NAME: &str = "www.example.com";

/// Segments that pass every link that carries IP. Source: RFC 1122 §4.2.2.6, the default of 536 bytes.
const SMALL_SEGMENT: u32 = 536;

/// How far a handshake got.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Progress {
    Nothing,
    Bytes,
    Finished,
}

impl Tls {
    /// Whether experiments can tell more about a handshake that ended like this.
    pub(crate) const fn wants_experiments(observation: &TlsObservation) -> bool {
        matches!(
            observation.client_certificate,
            ClientCertificate::NotRequested
        ) && died_of(observation).is_some()
    }

    /// Repeats a handshake that died, each time with one change, all at once, before `deadline`.
    /// The caller holds no permit.
    pub(crate) async fn experiment(
        &self,
        sockets: &Sockets,
        to: SocketAddr,
        (hello, observation): (&Hello, &TlsObservation),
        deadline: Instant,
    ) -> Vec<Experiment> {
        let Some(before) = died_of(observation) else {
            return Vec::new();
        };
        let try_with = |change| self.repeat(sockets, to, (hello, change), deadline);
        let changed = join_all(changes(hello).map(async |change| Experiment {
            change,
            answered: try_with(Some(change)).await > before,
        }));
        let (experiments, unchanged) = join(changed, try_with(None)).await;
        // What now works unchanged, no change has cured.
        if unchanged > before {
            Vec::new()
        } else {
            experiments
        }
    }

    /// How far the handshake gets with that change, or with none.
    async fn repeat(
        &self,
        sockets: &Sockets,
        to: SocketAddr,
        (hello, change): (&Hello, Option<Change>),
        deadline: Instant,
    ) -> Progress {
        let mut hello = hello.clone();
        let mut shape = Shape::default();
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
        }
        let _permit = sockets.permit().await;
        let Ok(stream) = tcp::connect(sockets, to, shape, deadline).await else {
            return Progress::Nothing;
        };
        let (record, result) = self.attempt(stream, &hello, deadline).await;
        match result {
            Ok(_) | Err(TlsError::Alert(_)) => Progress::Finished,
            Err(_) if record.first.is_empty() => Progress::Nothing,
            Err(_) => Progress::Bytes,
        }
    }
}

/// How far a handshake got that the network may have ended; `None` for one that the server ended
/// with reasons.
const fn died_of(observation: &TlsObservation) -> Option<Progress> {
    match &observation.outcome {
        Err(
            TlsError::ClosedBeforeHello
            | TlsError::ResetBeforeHello
            | TlsError::Stalled { after_bytes: false },
        ) => Some(Progress::Nothing),
        Err(TlsError::Closed | TlsError::Reset | TlsError::Stalled { after_bytes: true }) => {
            Some(Progress::Bytes)
        }
        Err(
            TlsError::NotTls(_)
            | TlsError::Alert(_)
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
    names
        .into_iter()
        .filter(|_| hello.is_named)
        .chain([Change::SmallSegments, Change::SmallHello])
}
