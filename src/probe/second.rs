//! A second question, where the first one found nobody or was not answered well: is it the question,
//! or is somebody else there?

use std::time::Duration;

use futures_util::future::join3;
use tokio::{
    io::AsyncWriteExt as _,
    time::{Instant, sleep, sleep_until, timeout_at},
};

use super::{
    NetProber,
    attempt::Dialer,
    stream::{self, Patience, Said},
    tcp::Shape,
    tls::Hello,
};
use crate::{
    net::Protocol,
    protocol::{self, Complaint, Details, Dialog, Looks, Reply, Speaker},
};

/// How long nothing may be heard until others are thought of; healthy servers speak sooner.
const SILENT: Duration = Duration::from_secs(3);

/// How long a second question may take.
const ANSWER: Duration = Duration::from_secs(3);

/// How long the expected service may still speak up where another one is found: what stands before
/// several services waits some seconds for the client's first byte until it takes it for one that
/// waits for the server's. Source: sslh(8), `--timeout`.
const CONCLUDED: Duration = Duration::from_secs(10);

/// The first line that a balancer sends when it says nothing of its client.
/// Source: the PROXY protocol, section 2.1.
pub(super) const PROXY_HEADER: &[u8] = b"PROXY UNKNOWN\r\n";

/// What a second question brought.
pub(super) struct Second {
    pub(super) reply: Reply,
    /// The longest that an answer took.
    pub(super) waited: Duration,
}

impl NetProber {
    /// Who is there instead of a service of which nothing is heard; never ready where it is heard in
    /// time, or nobody else is known.
    pub(super) async fn identify(&self, dialer: &Dialer<'_>, patience: &Patience) -> Reply {
        let started = Instant::now();
        let left = patience.deadline().saturating_duration_since(started);
        sleep(SILENT.min(left / 3)).await;
        if !patience.has_heard()
            && let Some(found) = self.others(dialer).await
        {
            sleep_until(started + CONCLUDED.min(left * 9 / 10)).await;
            if !patience.has_heard() {
                return found;
            }
        }
        std::future::pending().await
    }

    /// What answers other questions than the one that was due, asked all at once.
    async fn others(&self, dialer: &Dialer<'_>) -> Option<Reply> {
        let until = Instant::now() + ANSWER;
        let tls = self.speaks_tls(dialer, until);
        let http = self.speaks_http(dialer, until);
        let (balanced, tls, http) = join3(self.behind_balancer(dialer), tls, http).await;
        balanced.or(tls).or(http)
    }

    /// A TLS hello, where plain text was due.
    async fn speaks_tls(&self, dialer: &Dialer<'_>, until: Instant) -> Option<Reply> {
        let target = dialer.target;
        let connection = dialer.dial(Shape::default(), until).await?;
        let hello = Hello::new(&target.probe.host, target.address, &[]);
        let shaken = self.tls.shake(connection.link, &hello, until).await;
        let is_spoken = shaken.observation.is_spoken();
        is_spoken.then(|| Reply::from(Speaker::Other(Looks::Tls)))
    }

    /// A request of HTTP, where another protocol was due; whatever known one it is that answers.
    pub(super) async fn speaks_http(&self, dialer: &Dialer<'_>, until: Instant) -> Option<Reply> {
        let own = dialer.target.probe.protocol;
        if matches!(own, Protocol::Http | Protocol::HttpProxy) {
            return None;
        }
        let dialog = protocol::dialog(Protocol::Http, &self.context(dialer.target))?;
        let Second { reply, .. } = Self::once_more(dialer, dialog, b"", until).await?;
        let looks = match reply.speaker {
            Speaker::Service | Speaker::Unwilling(_) => Looks::Known(Protocol::Http),
            Speaker::Other(Looks::Known(other)) if other != own => Looks::Known(other),
            Speaker::Other(_) | Speaker::BrokeOff(_) | Speaker::Ended { .. } => return None,
        };
        Some(Reply {
            details: Details::None,
            speaker: Speaker::Other(looks),
            ..reply
        })
    }

    /// Whether it answers once a balancer's header comes first, and still does not without.
    pub(super) async fn behind_balancer(&self, dialer: &Dialer<'_>) -> Option<Reply> {
        let until = Instant::now() + ANSWER;
        let ask = async |header| {
            let context = self.context(dialer.target);
            let dialog = protocol::dialog(dialer.target.probe.protocol, &context)?;
            Self::once_more(dialer, dialog, header, until).await
        };
        let with_header = ask(PROXY_HEADER).await?;
        if !is_content(&with_header.reply) {
            return None;
        }
        let without = ask(b"").await;
        let wants_it = without.is_none_or(|plain| !plain.reply.is_recognised());
        wants_it.then_some(Reply {
            speaker: Speaker::Unwilling(Complaint::WantsProxyHeader),
            ..with_header.reply
        })
    }

    /// One more dialog on a connection of its own, with these bytes in front.
    async fn once_more(
        dialer: &Dialer<'_>,
        mut dialog: Box<dyn Dialog>,
        front: &[u8],
        until: Instant,
    ) -> Option<Second> {
        let mut connection = dialer.dial(Shape::default(), until).await?;
        if !front.is_empty() {
            let sent = timeout_at(until, connection.link.write_all(front)).await;
            sent.ok()?.ok()?;
        }
        let step = dialog.start();
        let patience = Patience::until(until);
        let talked = stream::talk(&mut connection.link, &mut *dialog, step, &patience).await;
        match talked.said {
            Said::Done { reply, .. } => Some(Second {
                reply,
                waited: talked.waited,
            }),
            Said::StartTls => Some(Second {
                reply: Reply::service(),
                waited: talked.waited,
            }),
        }
    }

    /// The same asked by GET, for what rests on HEAD: servers know that one better.
    pub(super) async fn ask_by_get(&self, dialer: &Dialer<'_>, hello: &Hello) -> Option<Second> {
        let target = dialer.target;
        let mut dialog = protocol::by_get(&self.context(target));
        let until = Instant::now() + target.limits.handshake();
        let connection = dialer.dial(Shape::default(), until).await?;
        let shaken = self.tls.shake(connection.link, hello, until).await;
        let mut stream = shaken.stream?;
        let step = dialog.start();
        let patience = Patience::until(Instant::now() + target.limits.answer(dialog.patience()));
        let talked = stream::talk(&mut stream, &mut *dialog, step, &patience).await;
        match talked.said {
            Said::Done { reply, .. } if reply.is_recognised() => Some(Second {
                reply,
                waited: talked.waited,
            }),
            Said::Done { .. } | Said::StartTls => None,
        }
    }
}

/// Whether a service answers as it would if all were well: one that finds the header a bad request
/// does not.
fn is_content(reply: &Reply) -> bool {
    match (&reply.speaker, &reply.details) {
        (Speaker::Service, Details::Http(head)) => head.status != 400,
        (Speaker::Service, _) => true,
        (
            Speaker::Unwilling(_)
            | Speaker::BrokeOff(_)
            | Speaker::Other(_)
            | Speaker::Ended { .. },
            _,
        ) => false,
    }
}
