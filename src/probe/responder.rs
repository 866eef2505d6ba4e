//! Asks our responder at the other end; where something else answers, the service itself.

mod hello;

use futures_util::{FutureExt as _, StreamExt as _, future::join_all, stream::FuturesUnordered};
use tokio::time::Instant;

use super::{NetProber, Target, sockets::Permit};
use crate::{
    net::Transport,
    observation::{Attempts, ConnectError, Milestones, PortObservation, Reached},
    protocol::responder::Responder,
};

/// Ports of a sweep that are asked with a large hello: the path's packets are the same for all.
const LARGE_ONES: usize = 16;

/// How many hellos are begun before others get their turn.
const TURN: usize = 64;

impl NetProber {
    /// What the responder at a port says, as often as asked for, and else what stands there.
    pub(super) async fn ask_responder(&self, target: &Target<'_>) -> PortObservation {
        let asks = (0..target.limits.attempts).map(|_| async {
            let permit = self.sockets.permits(2).await;
            self.ask_once(target, true, permit).await
        });
        let best = best(join_all(asks).await, target);
        if !is_someone_else(&best.reached) || target.probe.protocol.is_bare() {
            return best;
        }
        let mut probe = target.probe.clone();
        probe.options.responder = false;
        let plain = Target {
            probe: &probe,
            ..*target
        };
        let service = Box::pin(self.try_target(&plain)).await;
        if is_a_service(&service.reached) {
            service
        } else {
            best
        }
    }

    /// What the responder says at every port of a range, in order.
    pub(super) async fn sweep_responder(&self, target: &Target<'_>) -> Vec<PortObservation> {
        let ports = &target.probe.ports;
        let stride = (ports.len() / LARGE_ONES).max(1);
        let mut seen: Vec<Option<PortObservation>> = vec![None; ports.len()];
        let mut flying = FuturesUnordered::new();
        for (index, port) in ports.iter().enumerate() {
            let permit = loop {
                if let Some(permit) = self.sockets.try_swept_permit() {
                    break permit;
                }
                // What is in flight must go on while we wait: it holds what we wait for.
                tokio::select! {
                    permit = self.sockets.swept_permit() => break permit,
                    Some((index, one)) = flying.next() => seen[index] = Some(one),
                }
            };
            let one = Target {
                port: Some(*port),
                ..*target
            };
            let is_large = index.is_multiple_of(stride);
            flying.push(async move { (index, self.ask_in_sweep(&one, is_large, permit).await) });
            if index.is_multiple_of(TURN) {
                while let Some(Some((index, one))) = flying.next().now_or_never() {
                    seen[index] = Some(one);
                }
                tokio::task::yield_now().await;
            }
        }
        while let Some((index, one)) = flying.next().await {
            seen[index] = Some(one);
        }
        seen.into_iter().flatten().collect()
    }

    async fn ask_in_sweep(
        &self,
        target: &Target<'_>,
        is_large: bool,
        permit: Permit<'_>,
    ) -> PortObservation {
        let mut seen = vec![self.ask_once(target, is_large, permit).await];
        for _ in 1..target.limits.attempts {
            let permit = self.sockets.permit().await;
            seen.push(self.ask_once(target, false, permit).await);
        }
        best(seen, target)
    }

    /// Asks once; `permit` is for every socket that it takes.
    async fn ask_once(
        &self,
        target: &Target<'_>,
        is_large: bool,
        _permit: Permit<'_>,
    ) -> PortObservation {
        let started = Instant::now();
        let (reached, connected) = match target.probe.protocol.transport() {
            Transport::Tcp => self.hello_by_tcp(target, is_large).await,
            Transport::Udp => (self.hello_by_udp(target, is_large).await, None),
            Transport::Icmp | Transport::Esp => (self.hello_in_esp(target).await, None),
        };
        PortObservation {
            others: Vec::new(),
            port: target.port,
            reached,
            elapsed: started.elapsed(),
            milestones: Milestones {
                connected: connected.map(|at| at.duration_since(started)),
                ..Milestones::default()
            },
            attempts: Attempts::default(),
        }
    }
}

/// The best of several attempts, with what became of all of them.
fn best(mut seen: Vec<PortObservation>, target: &Target<'_>) -> PortObservation {
    let mut attempts = Attempts::default();
    for one in &seen {
        attempts.count(outcome(&one.reached));
    }
    seen.sort_by_key(|one| rank(&one.reached));
    let best = seen.into_iter().next();
    PortObservation {
        attempts,
        ..best.unwrap_or_else(|| PortObservation {
            others: Vec::new(),
            port: target.port,
            reached: Reached::Silence,
            elapsed: std::time::Duration::ZERO,
            milestones: Milestones::default(),
            attempts,
        })
    }
}

const fn outcome(reached: &Reached) -> Result<(), &ConnectError> {
    match reached {
        Reached::NotConnected(error) => Err(error),
        Reached::Silence | Reached::NotRelayed { .. } => Err(&ConnectError::NoReply),
        Reached::Connected | Reached::Tls { .. } | Reached::Replied { .. } => Ok(()),
    }
}

/// A proof, any other answer, an error, silence.
fn rank(reached: &Reached) -> u8 {
    match reached {
        Reached::Replied { reply, .. } => match reply.responder() {
            Some(Responder::Proven(_)) => 0,
            Some(Responder::OtherToken) => 1,
            None => 2,
        },
        Reached::Connected | Reached::Tls { .. } => 2,
        Reached::NotConnected(_) | Reached::NotRelayed { .. } => 3,
        Reached::Silence => 4,
    }
}

/// Whether somebody may be there who is no responder.
fn is_someone_else(reached: &Reached) -> bool {
    match reached {
        Reached::Replied { reply, .. } => reply.responder().is_none(),
        Reached::Silence => true,
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Tls { .. } => false,
    }
}

/// Whether a service said who it is.
fn is_a_service(reached: &Reached) -> bool {
    match reached {
        Reached::Replied { reply, .. } => reply.is_recognised(),
        Reached::Tls { tls, .. } => tls.is_spoken(),
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Silence => false,
    }
}
