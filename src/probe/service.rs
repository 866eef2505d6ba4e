//! What is said on a TCP connection once it stands: TLS first, TLS on the way, or plain text.

use std::{net::IpAddr, time::Duration};

use tokio::time::Instant;

use super::{
    NetProber, Target,
    attempt::Dialer,
    connection::Connection,
    second::Second,
    stream::{self, Patience, Said, Talked},
    tcp,
    tls::{self, Hello, Link, Shaken},
    unheard::Ends,
};
use crate::{
    net::Protocol,
    observation::{Reached, TlsError, TlsObservation},
    protocol::{self, Details, Dialog, End, Reply, Speaker, Step},
};

/// Source: RFC 7301 §6.
const HTTP: &[&[u8]] = &[b"http/1.1"];

/// How long a server that leaves a hello unanswered may take to answer in plain text.
const PLAIN_ANSWER: Duration = Duration::from_secs(2);

/// How far a connection went.
pub(super) struct Spoken {
    pub(super) reached: Reached,
    /// When the handshake and its experiments had ended; `None` without one.
    pub(super) secured: Option<Instant>,
    /// The longest that an answer took.
    pub(super) waited: Duration,
    /// Whether what we said last was never acknowledged.
    pub(super) unheard: bool,
}

impl Spoken {
    const fn plain(reached: Reached, waited: Duration) -> Self {
        Self {
            reached,
            secured: None,
            waited,
            unheard: false,
        }
    }
}

impl NetProber {
    /// Says what the probe's protocol says, and tells how far that went.
    pub(super) async fn speak(&self, connection: Connection<'_>, dialer: &Dialer<'_>) -> Spoken {
        let target = dialer.target;
        let dialog = protocol::dialog(target.probe.protocol, &self.context(target));
        match dialog {
            _ if target.probe.protocol.starts_with_tls() => {
                self.speak_within_tls(dialer, connection, dialog).await
            }
            Some(dialog) => self.speak_plainly(dialer, connection, dialog).await,
            None => {
                tcp::close_at_once(connection.link.tcp());
                Spoken::plain(Reached::Connected, Duration::ZERO)
            }
        }
    }

    async fn speak_within_tls(
        &self,
        dialer: &Dialer<'_>,
        connection: Connection<'_>,
        dialog: Option<Box<dyn Dialog>>,
    ) -> Spoken {
        let target = dialer.target;
        let hello = hello(target, target.address);
        let (mut shaken, secured) = self.shake(dialer, connection.link, &hello).await;
        let mut answer = None;
        if let Some(mut dialog) = dialog {
            answer = talk_within(&mut shaken, &mut *dialog, target).await;
        } else {
            shaken.settle(secured.at + target.limits.handshake()).await;
        }
        if let Some(head) = &mut answer
            && target.probe.protocol == Protocol::Https
            && shaken.observation.outcome.is_ok()
            && rests_on_head(&head.reply)
            && let Some(get) = self.ask_by_get(dialer, &hello).await
        {
            *head = instead(&head.reply, get);
        }
        let waited = answer
            .as_ref()
            .map_or(Duration::ZERO, |answer| answer.waited);
        Spoken {
            reached: Reached::Tls {
                tls: Box::new(shaken.observation),
                reply: answer.map(|answer| answer.reply),
            },
            secured: Some(secured.at),
            waited: waited.max(secured.waited),
            unheard: shaken.unheard,
        }
    }

    /// Shakes hands, and asks in plain text who leaves the hello unanswered.
    async fn shake(&self, dialer: &Dialer<'_>, link: Link, hello: &Hello) -> (Shaken, Secured) {
        let started = Instant::now();
        let deadline = started + dialer.target.limits.handshake();
        if !dialer.explains {
            let shaken = self.tls.shake(link, hello, deadline).await;
            let secured = Secured::since(started, &shaken);
            return (shaken, secured);
        }
        let shaking = self.tls.shake_or_explain(link, hello, dialer, deadline);
        let mut shaken = shaking.await;
        let secured = Secured::since(started, &shaken);
        let seen = &mut shaken.observation;
        let is_silent = seen.outcome == Err(TlsError::Stalled { after_bytes: false })
            && !seen.experiments.iter().any(|tried| tried.answered);
        if is_silent
            && let Some(words) = self
                .speaks_http(dialer, Instant::now() + PLAIN_ANSWER)
                .await
        {
            let said: Vec<String> = words.facts.into_iter().map(|fact| fact.value).collect();
            seen.outcome = Err(TlsError::NotTls(said.join(", ")));
        }
        let at = Instant::now();
        (shaken, Secured { at, ..secured })
    }

    async fn speak_plainly(
        &self,
        dialer: &Dialer<'_>,
        connection: Connection<'_>,
        mut dialog: Box<dyn Dialog>,
    ) -> Spoken {
        let mut link = connection.link;
        let patience = patience(dialer.target, &*dialog);
        let first = dialog.start();
        let talked = tokio::select! {
            biased;
            talked = stream::talk(&mut link, &mut *dialog, first, &patience) => talked,
            other = self.identify(dialer, &patience), if dialer.identifies => Talked {
                said: Said::Done { reply: other, failure: None },
                waited: Duration::ZERO,
            },
        };
        match talked.said {
            Said::Done { mut reply, .. } => {
                let unheard = is_silence(&reply)
                    && Ends::of(link.tcp()).is_some_and(|ends| ends.is_unheard());
                if dialer.explains
                    && hung_up(&reply)
                    && let Some(balanced) = self.behind_balancer(dialer).await
                {
                    reply = balanced;
                }
                let reached = Reached::Replied { reply, tls: None };
                Spoken {
                    unheard,
                    ..Spoken::plain(reached, talked.waited)
                }
            }
            Said::StartTls => {
                let spoken = self.upgrade(dialer, link, &mut *dialog).await;
                Spoken {
                    waited: spoken.waited.max(talked.waited),
                    ..spoken
                }
            }
        }
    }

    /// Shakes hands in the middle of a dialog, and goes on with it.
    async fn upgrade(&self, dialer: &Dialer<'_>, link: Link, dialog: &mut dyn Dialog) -> Spoken {
        let target = dialer.target;
        let hello = hello(target, target.address);
        let (mut shaken, secured) = self.shake(&dialer.upgrading(), link, &hello).await;
        let step = dialog.secured();
        if matches!(step, Step::Done(_)) {
            shaken.settle(secured.at + target.limits.handshake()).await;
        }
        let mut waited = secured.waited;
        let reply = match &mut shaken.stream {
            Some(stream) => {
                let patience = patience(target, dialog);
                let talked = stream::talk(stream, dialog, step, &patience).await;
                waited = waited.max(talked.waited);
                reply_of(talked.said, dialog, &mut shaken.observation)
            }
            None => dialog.end(end_of(&shaken.observation)),
        };
        let tls = Some(Box::new(shaken.observation));
        Spoken {
            reached: Reached::Replied { reply, tls },
            secured: Some(secured.at),
            waited,
            unheard: shaken.unheard,
        }
    }
}

/// When a handshake had ended, with what it needed to be explained, and how long the server took.
struct Secured {
    at: Instant,
    waited: Duration,
}

impl Secured {
    /// A handshake that began then and has ended now.
    fn since(started: Instant, shaken: &Shaken) -> Self {
        let at = Instant::now();
        let waited = match &shaken.observation.outcome {
            Ok(_) => at.duration_since(started),
            Err(_) => Duration::ZERO,
        };
        Self { at, waited }
    }
}

/// The dialog behind a handshake that ended well.
async fn talk_within(
    shaken: &mut Shaken,
    dialog: &mut dyn Dialog,
    target: &Target<'_>,
) -> Option<Second> {
    let stream = shaken.stream.as_mut()?;
    let step = dialog.start();
    let patience = patience(target, dialog);
    let talked = stream::talk(stream, dialog, step, &patience).await;
    Some(Second {
        reply: reply_of(talked.said, dialog, &mut shaken.observation),
        waited: talked.waited,
    })
}

/// Whether something may be wrong with the question: HEAD, which products do not use.
fn rests_on_head(reply: &Reply) -> bool {
    match (&reply.speaker, &reply.details) {
        (Speaker::Service, Details::Http(head)) => matches!(head.status, 400 | 407 | 511),
        (Speaker::Service, _) => false,
        (
            Speaker::Unwilling(_)
            | Speaker::BrokeOff(_)
            | Speaker::Other(_)
            | Speaker::Ended { .. },
            _,
        ) => true,
    }
}

/// What GET brought instead of HEAD.
fn instead(head: &Reply, get: Second) -> Second {
    let said = if head.is_recognised() {
        "answered otherwise than GET"
    } else {
        "not answered, and GET is"
    };
    Second {
        reply: get.reply.with("HEAD", said),
        ..get
    }
}

/// Whether nothing came, or no more.
const fn is_silence(reply: &Reply) -> bool {
    matches!(
        reply.speaker,
        Speaker::BrokeOff(End::Silence)
            | Speaker::Ended {
                end: End::Silence,
                asked: true,
                ..
            }
    )
}

/// Whether our first words were answered by the end alone.
const fn hung_up(reply: &Reply) -> bool {
    matches!(
        reply.speaker,
        Speaker::Ended {
            end: End::Closed | End::Reset,
            spoke: false,
            ..
        }
    )
}

/// What was said within TLS; the way it ended may belong to the handshake.
fn reply_of(said: Said, dialog: &mut dyn Dialog, tls: &mut TlsObservation) -> Reply {
    match said {
        Said::Done { reply, failure } => {
            // What was said before the end counts, not the end.
            if let Some(failure) = failure.filter(|_| !reply.is_recognised()) {
                tls::blame(tls, &failure);
            }
            reply
        }
        // No dialog asks for TLS within TLS.
        Said::StartTls => dialog.end(End::Closed),
    }
}

/// How a handshake in the middle of a dialog ended it.
const fn end_of(tls: &TlsObservation) -> End {
    match &tls.outcome {
        Err(TlsError::ResetBeforeHello | TlsError::Reset) => End::Reset,
        Err(TlsError::Stalled { .. }) => End::Silence,
        Err(
            TlsError::NotTls(_)
            | TlsError::ClosedBeforeHello
            | TlsError::Closed
            | TlsError::Alert(_)
            | TlsError::Version
            | TlsError::NoSharedCipher
            | TlsError::Broken(_),
        )
        | Ok(_) => End::Closed,
    }
}

fn hello(target: &Target<'_>, address: IpAddr) -> Hello {
    let alpn = match target.probe.protocol {
        Protocol::Https => HTTP,
        _ => &[],
    };
    Hello::new(&target.probe.host, address, alpn)
}

/// How long a dialog that starts now may take.
fn patience(target: &Target<'_>, dialog: &dyn Dialog) -> Patience {
    Patience::until(Instant::now() + target.limits.answer(dialog.patience()))
}
