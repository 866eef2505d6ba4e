//! One target, as often as asked for.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::future::{join, join_all};
use tokio::time::{Instant, sleep};

use super::{
    NetProber, Target,
    connection::Connection,
    esp, icmp, nonce,
    proxy::{Relay, scrub::scrub},
    sockets,
    stream::{self, Patience, Said},
    tcp::{self, Shape},
    udp,
};
use crate::{
    net::{Protocol, Transport},
    observation::{Attempts, ConnectError, Milestones, PortObservation, Reached, SLOW_CONNECT},
    protocol::{self, Context, Proxied},
};

/// How many more connects tell a lost packet from a long way.
const AGAIN: usize = 3;

/// How to get another connection like the one that is spoken on.
pub(crate) struct Dialer<'a> {
    prober: &'a NetProber,
    pub(super) target: &'a Target<'a>,
    /// The proxy that relays, if one does.
    relay: Option<&'a Relay<'a>>,
    /// Whether TLS comes after some words.
    upgrades: bool,
    /// Whether what comes to grief is asked other questions.
    pub(super) explains: bool,
    /// Whether who keeps silent is asked who else that may be.
    pub(super) identifies: bool,
}

impl<'a> Dialer<'a> {
    const fn directly(prober: &'a NetProber, target: &'a Target<'a>) -> Self {
        Self {
            prober,
            target,
            relay: None,
            upgrades: false,
            explains: true,
            identifies: true,
        }
    }

    pub(super) const fn through(relay: &'a Relay<'a>) -> Self {
        Self {
            prober: relay.prober,
            target: relay.target,
            relay: Some(relay),
            upgrades: false,
            explains: true,
            identifies: true,
        }
    }

    /// The same, up to where TLS begins.
    pub(super) const fn upgrading(&self) -> Self {
        Self {
            upgrades: true,
            ..*self
        }
    }

    /// The same, for one try of several.
    pub(super) const fn plainly(&self) -> Self {
        Self {
            explains: false,
            ..*self
        }
    }

    /// The same, for one question and nothing more.
    pub(super) const fn briefly(&self) -> Self {
        Self {
            explains: false,
            identifies: false,
            ..*self
        }
    }

    /// A connection to speak on, and when its first packet left.
    ///
    /// # Errors
    /// How far it went instead.
    async fn open(&self) -> (Instant, Result<Connection<'a>, Reached>) {
        let Some(relay) = self.relay else {
            let (started, opened) = self.prober.connect(self.target).await;
            return (started, opened.map_err(Reached::NotConnected));
        };
        let started = Instant::now();
        let limits = self.target.limits;
        let until = started + limits.timeout + limits.handshake();
        let opened = relay.open(Shape::default(), until).await;
        let not_relayed = |fault| Reached::NotRelayed {
            proxy: Arc::clone(relay.proxy),
            fault: Box::new(fault),
        };
        (started, opened.map_err(not_relayed))
    }

    /// Another connection before `deadline`, if there is one.
    pub(crate) async fn dial(&self, shape: Shape, deadline: Instant) -> Option<Connection<'a>> {
        let mut connection = if let Some(relay) = self.relay {
            relay.open(shape, deadline).await.ok()?
        } else {
            let permit = self.prober.sockets.permit().await;
            let to = self.target.socket_address();
            let connecting = tcp::connect(&self.prober.sockets, to, shape, deadline);
            Connection {
                link: connecting.await.ok()?.into(),
                _permit: permit,
            }
        };
        if self.upgrades {
            let context = self.prober.context(self.target);
            let mut dialog = protocol::dialog(self.target.probe.protocol, &context)?;
            let first = dialog.start();
            let patience = Patience::until(deadline);
            let talked = stream::talk(&mut connection.link, &mut *dialog, first, &patience).await;
            match talked.said {
                Said::StartTls => {}
                Said::Done { .. } => return None,
            }
        }
        Some(connection)
    }
}

impl NetProber {
    /// What a port does, or an address where there are no ports.
    pub(super) async fn try_target(&self, target: &Target<'_>) -> PortObservation {
        match target.probe.protocol.transport() {
            _ if target.probe.options.responder => self.ask_responder(target).await,
            Transport::Tcp => Box::pin(self.try_steadily(&Dialer::directly(self, target))).await,
            Transport::Udp | Transport::Icmp | Transport::Esp => self.try_asking(target).await,
        }
    }

    /// Connects once and speaks; tells meanwhile that there is a connection.
    pub(super) async fn try_once(
        &self,
        dialer: &Dialer<'_>,
        is_open: &AtomicBool,
    ) -> PortObservation {
        let (started, opened) = dialer.open().await;
        let mut milestones = Milestones::default();
        let mut attempts = Attempts::default();
        let mut reached = match opened {
            Ok(connection) => {
                is_open.store(true, Ordering::Relaxed);
                attempts.count(Ok(()));
                let took = started.elapsed();
                milestones.connected = Some(took);
                let (spoken, again) = join(
                    self.speak(connection, dialer),
                    self.connect_again(dialer, took),
                )
                .await;
                milestones.connected_again = again;
                milestones.waited = Some(spoken.waited);
                milestones.unheard = spoken.unheard;
                milestones.secured = spoken.secured.map(|at| at.duration_since(started));
                spoken.reached
            }
            Err(reached) => {
                attempts.count(answer(&reached));
                reached
            }
        };
        if let Some(relay) = dialer.relay {
            scrub(&mut reached, relay.proxy.url.credentials.as_ref());
        }
        PortObservation {
            port: dialer.target.port,
            reached,
            elapsed: started.elapsed(),
            milestones,
            attempts,
            others: Vec::new(),
        }
    }

    /// How long the fastest of a few more connects takes, where the first was slow: lost packets make
    /// some slow, a long way makes all.
    async fn connect_again(&self, dialer: &Dialer<'_>, took: Duration) -> Option<Duration> {
        if took < SLOW_CONNECT || dialer.relay.is_some() || !dialer.explains {
            return None;
        }
        let target = dialer.target;
        let again = (0..AGAIN).map(|_| async {
            let (started, connection) = self.connect(target).await;
            let took = started.elapsed();
            tcp::close_at_once(connection.ok()?.link.tcp());
            Some(took)
        });
        join_all(again).await.into_iter().flatten().min()
    }

    /// Connects once, and tells when the first packet left.
    async fn connect(
        &self,
        target: &Target<'_>,
    ) -> (Instant, Result<Connection<'_>, ConnectError>) {
        let permit = self.sockets.permit().await;
        let started = Instant::now();
        let to = target.socket_address();
        let deadline = started + target.limits.timeout;
        let result = tcp::connect(&self.sockets, to, Shape::default(), deadline).await;
        let result = match result {
            Ok(stream) => Ok(Connection {
                link: stream.into(),
                _permit: permit,
            }),
            Err(ConnectError::NoReply) if sockets::is_kept_in(&self.sockets, to) => {
                Err(ConnectError::LocalFirewall)
            }
            Err(error) => Err(error),
        };
        (started, result)
    }

    /// Asks by datagram as often as asked for, and tells the best that came of it.
    async fn try_asking(&self, target: &Target<'_>) -> PortObservation {
        let apart = target.limits.apart();
        let asking = (0..target.limits.attempts).map(|number| async move {
            sleep(apart * number).await;
            self.ask(target).await
        });
        let mut seen = join_all(asking).await;
        let mut attempts = Attempts::default();
        for (reached, _) in &seen {
            attempts.count(answer(reached));
        }
        // The first answer, else the first error, else the first silence.
        seen.sort_by_key(|(reached, _)| match reached {
            Reached::NotConnected(_) | Reached::NotRelayed { .. } => 1,
            Reached::Silence => 2,
            Reached::Connected | Reached::Tls { .. } | Reached::Replied { .. } => 0,
        });
        let first = seen.into_iter().next();
        let (reached, elapsed) = first.unwrap_or((Reached::Silence, Duration::ZERO));
        PortObservation {
            others: Vec::new(),
            port: target.port,
            reached,
            elapsed,
            milestones: Milestones::default(),
            attempts,
        }
    }

    /// Asks for an echo; where that took long, twice more: the fastest tells how long the way is, a
    /// slow one may be this machine's own business.
    async fn echo(&self, to: SocketAddr, limit: Duration) -> (Reached, Duration) {
        const MORE: usize = 2;
        let ask = || async {
            let started = Instant::now();
            let reached = icmp::echo(&self.sockets, to, nonce(), limit).await;
            (reached, started.elapsed())
        };
        let (reached, mut elapsed) = ask().await;
        for _ in 0..MORE {
            if elapsed < SLOW_CONNECT || !matches!(reached, Reached::Replied { .. }) {
                break;
            }
            let (again, took) = ask().await;
            if matches!(again, Reached::Replied { .. }) {
                elapsed = elapsed.min(took);
            }
        }
        (reached, elapsed)
    }

    /// Asks once by datagram.
    async fn ask(&self, target: &Target<'_>) -> (Reached, Duration) {
        let _permit = self.sockets.permit().await;
        let started = Instant::now();
        let (to, limit) = (target.socket_address(), target.limits.timeout);
        let reached = match target.probe.protocol {
            Protocol::Icmp => return self.echo(to, limit).await,
            Protocol::Esp => esp::knock(&self.sockets, to, nonce(), limit).await,
            protocol => match protocol::dialog(protocol, &self.context(target)) {
                Some(dialog) => {
                    let limit = patience(protocol, limit);
                    udp::exchange(&self.sockets, to, dialog, limit).await
                }
                None => Reached::Silence,
            },
        };
        (reached, started.elapsed())
    }

    /// What a dialog may know.
    pub(super) fn context(&self, target: &Target<'_>) -> Context {
        let options = &target.probe.options;
        Context {
            host: target.probe.host.to_string(),
            port: target.socket_address().port(),
            client_name: self.client_name.clone(),
            nonce: nonce(),
            question: options.question.clone(),
            starttls: options.starttls,
            tls: options.tls,
            proxied: options
                .route
                .proxy()
                .filter(|proxy| !proxy.url.scheme.is_socks())
                .map(|proxy| Proxied {
                    credentials: proxy.url.credentials.clone(),
                }),
        }
    }
}

/// How long a question by datagram may take where one connect may take `limit`. A service that must
/// know its answer is asked for longer: what is lost on the way is not its fault.
fn patience(protocol: Protocol, limit: Duration) -> Duration {
    if protocol == Protocol::Udp {
        limit
    } else {
        limit * 2
    }
}

const fn answer(reached: &Reached) -> Result<(), &ConnectError> {
    match reached {
        Reached::Connected | Reached::Tls { .. } | Reached::Replied { .. } => Ok(()),
        Reached::NotConnected(error) => Err(error),
        Reached::Silence | Reached::NotRelayed { .. } => Err(&ConnectError::NoReply),
    }
}
