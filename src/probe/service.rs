//! What is said on a TCP connection once it stands: TLS first, TLS on the way, or plain text.

use std::net::IpAddr;

use tokio::time::Instant;

use super::{
    NetProber, Target,
    attempt::Dialer,
    connection::Connection,
    stream::{self, Said},
    tcp,
    tls::{self, Hello, Link, Shaken},
};
use crate::{
    net::Protocol,
    observation::{Reached, TlsError, TlsObservation},
    protocol::{self, Dialog, End, Reply, Step},
};

/// Source: RFC 7301 §6.
const HTTP: &[&[u8]] = &[b"http/1.1"];

/// How far a connection went.
pub(super) struct Spoken {
    pub(super) reached: Reached,
    /// When the handshake and its experiments had ended; `None` without one.
    pub(super) secured: Option<Instant>,
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
                Spoken {
                    reached: Reached::Connected,
                    secured: None,
                }
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
        let deadline = Instant::now() + target.limits.answer;
        let shaking = self
            .tls
            .shake_or_explain(connection.link, &hello, dialer, deadline);
        let mut shaken = shaking.await;
        let secured = Some(Instant::now());
        let reply = if let Some(mut dialog) = dialog {
            talk_within(&mut shaken, &mut *dialog, target).await
        } else {
            shaken.settle(deadline).await;
            None
        };
        let tls = Box::new(shaken.observation);
        Spoken {
            reached: Reached::Tls { tls, reply },
            secured,
        }
    }

    async fn speak_plainly(
        &self,
        dialer: &Dialer<'_>,
        connection: Connection<'_>,
        mut dialog: Box<dyn Dialog>,
    ) -> Spoken {
        let target = dialer.target;
        let mut link = connection.link;
        let deadline = deadline(target, &*dialog);
        let first = dialog.start();
        match stream::talk(&mut link, &mut *dialog, first, deadline).await {
            Said::Done { reply, failure: _ } => Spoken {
                reached: Reached::Replied { reply, tls: None },
                secured: None,
            },
            Said::StartTls => self.upgrade(dialer, link, &mut *dialog).await,
        }
    }

    /// Shakes hands in the middle of a dialog, and goes on with it.
    async fn upgrade(&self, dialer: &Dialer<'_>, link: Link, dialog: &mut dyn Dialog) -> Spoken {
        let target = dialer.target;
        let until = Instant::now() + target.limits.answer;
        let hello = hello(target, target.address);
        let dialer = dialer.upgrading();
        let shaking = self.tls.shake_or_explain(link, &hello, &dialer, until);
        let mut shaken = shaking.await;
        let secured = Some(Instant::now());
        let step = dialog.secured();
        if matches!(step, Step::Done(_)) {
            shaken.settle(until).await;
        }
        let reply = match &mut shaken.stream {
            Some(stream) => {
                let until = deadline(target, dialog);
                let said = stream::talk(stream, dialog, step, until).await;
                reply_of(said, dialog, &mut shaken.observation)
            }
            None => dialog.end(end_of(&shaken.observation)),
        };
        let tls = Some(Box::new(shaken.observation));
        Spoken {
            reached: Reached::Replied { reply, tls },
            secured,
        }
    }
}

/// The dialog behind a handshake that ended well.
async fn talk_within(
    shaken: &mut Shaken,
    dialog: &mut dyn Dialog,
    target: &Target<'_>,
) -> Option<Reply> {
    let stream = shaken.stream.as_mut()?;
    let step = dialog.start();
    let until = deadline(target, dialog);
    let said = stream::talk(stream, dialog, step, until).await;
    Some(reply_of(said, dialog, &mut shaken.observation))
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

/// When a dialog that starts now must have ended.
fn deadline(target: &Target<'_>, dialog: &dyn Dialog) -> Instant {
    let limit = target.limits.answer;
    Instant::now()
        + dialog
            .patience()
            .map_or(limit, |patience| patience.max(limit))
}
