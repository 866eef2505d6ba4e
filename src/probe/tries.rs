//! One target over TCP, tried until it is known whether it is steady: as often as asked for, spread
//! over time; and what came to grief is tried again, before it is told.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::{
    StreamExt as _,
    future::{join, join_all},
    stream::FuturesUnordered,
};
use tokio::time::{sleep, timeout};

use super::{NetProber, attempt::Dialer};
use crate::{
    observation::{
        Attempts, ConnectError, PortObservation, ProxyFault, Reached, TlsError, TlsObservation,
        Trust,
    },
    protocol::{Complaint, End, Reply, Speaker, tunnel::Refusal},
};

/// How long after one repetition the next begins: beside a balancer's other connections, each goes
/// to another member.
const AGAIN_APART: Duration = Duration::from_millis(40);

/// The same where a refusal alone is to be seen again.
const REFUSED_APART: Duration = Duration::from_millis(15);

/// What takes longer was asked on other connections meanwhile.
const AT_ONCE: Duration = Duration::from_secs(3);

/// Longer than any limit of a try's own.
const FOREVER: Duration = Duration::from_hours(1);

/// When what is connected and still undecided is asked on other connections.
const UNDECIDED: [Duration; 2] = [Duration::from_secs(4), Duration::from_secs(6)];

impl NetProber {
    /// What a target does, and whether it does so each time.
    pub(super) async fn try_steadily(&self, dialer: &Dialer<'_>) -> PortObservation {
        let mut seen = if dialer.target.limits.attempts > 1 {
            Box::pin(self.try_often(dialer)).await
        } else {
            self.try_and_wait(dialer).await
        };
        // The last one was explained.
        let explained = seen.len().saturating_sub(1);
        if !seen.iter().any(is_fine)
            && !dialer.target.probe.options.once
            && let Some(last) = seen.last()
            && last.elapsed < AT_ONCE
        {
            let Repetition { times, apart } = repetition(&last.reached);
            let times = times.saturating_sub(dialer.target.limits.attempts - 1);
            let brief = dialer.briefly();
            seen.extend(self.repeat(&brief, times, apart, AT_ONCE).await);
        }
        together(seen, explained)
    }

    /// As often as asked for; the last one is explained.
    async fn try_often(&self, dialer: &Dialer<'_>) -> Vec<PortObservation> {
        let limits = dialer.target.limits;
        let apart = limits.apart();
        let plain = dialer.plainly();
        let before = self.repeat(&plain, limits.attempts - 1, apart, FOREVER);
        let last = async {
            sleep(apart * (limits.attempts - 1)).await;
            self.try_once(dialer, &AtomicBool::new(false)).await
        };
        let (mut seen, last) = join(before, last).await;
        seen.push(last);
        seen
    }

    /// Several tries, one begun after the other, in their order; without those that take longer than
    /// `limit`.
    async fn repeat(
        &self,
        dialer: &Dialer<'_>,
        times: u32,
        apart: Duration,
        limit: Duration,
    ) -> Vec<PortObservation> {
        let tries = (0..times).map(|number| async move {
            sleep(apart * number).await;
            let is_open = AtomicBool::new(false);
            timeout(limit, self.try_once(dialer, &is_open)).await.ok()
        });
        join_all(tries).await.into_iter().flatten().collect()
    }

    /// Once; where nothing comes of it for long, meanwhile on other connections too, while there are
    /// sockets to spare.
    async fn try_and_wait(&self, dialer: &Dialer<'_>) -> Vec<PortObservation> {
        let limit = dialer.target.limits.timeout;
        let is_open = AtomicBool::new(false);
        let plain = dialer.briefly();
        let mut first = std::pin::pin!(self.try_once(dialer, &is_open));
        let unconnected = [limit / 2, limit / 4 * 3].map(|after| (after, false));
        let undecided = UNDECIDED.map(|after| (after, true));
        let more = unconnected.into_iter().chain(undecided);
        let mut beside: FuturesUnordered<_> = more
            .map(|(after, once_open)| {
                let (is_open, plain) = (&is_open, &plain);
                async move {
                    sleep(after).await;
                    let is_due = is_open.load(Ordering::Relaxed) == once_open;
                    if !is_due || plain.target.probe.options.once || !self.sockets.has_room() {
                        return None;
                    }
                    Some(self.try_once(plain, &AtomicBool::new(false)).await)
                }
            })
            .collect();
        let mut seen = Vec::new();
        let first = loop {
            tokio::select! {
                biased;
                first = &mut first => break first,
                Some(other) = beside.next() => seen.extend(other),
            }
        };
        if is_fine(&first) {
            // It came late, and others may have found it busy with that.
            seen.clear();
        }
        seen.push(first);
        seen
    }
}

/// The last one that is fine, else the one that was explained; and the others beside it.
fn together(mut seen: Vec<PortObservation>, explained: usize) -> PortObservation {
    let mut attempts = Attempts::default();
    for one in &seen {
        attempts.add(one.attempts);
    }
    let told = seen.iter().rposition(is_fine).unwrap_or(explained);
    let told = seen.remove(told);
    PortObservation {
        attempts,
        others: seen,
        ..told
    }
}

/// Whether nothing is wrong with what was seen, whoever asks.
fn is_fine(seen: &PortObservation) -> bool {
    match &seen.reached {
        Reached::Connected => true,
        Reached::NotConnected(_) | Reached::NotRelayed { .. } | Reached::Silence => false,
        Reached::Tls { tls, reply } => is_well(tls) && reply.as_ref().is_none_or(is_the_service),
        Reached::Replied { reply, tls } => {
            is_the_service(reply) && tls.as_deref().is_none_or(is_well)
        }
    }
}

fn is_well(tls: &TlsObservation) -> bool {
    tls.outcome.is_ok() && tls.machine == Trust::Trusted && tls.name_mismatch.is_none()
}

fn is_the_service(reply: &Reply) -> bool {
    reply.speaker == Speaker::Service
}

/// How often something is tried again, and how long after each other these begin.
#[derive(Clone, Copy)]
struct Repetition {
    times: u32,
    apart: Duration,
}

impl Repetition {
    const fn of(times: u32) -> Self {
        Self {
            times,
            apart: AGAIN_APART,
        }
    }
}

/// How often what came to grief is tried again: what ends at once costs little, and balancers with a
/// dead member are found by it. What kept silent was asked beside it; who has had enough of us is not
/// asked more often, nor is who was told a password.
fn repetition(reached: &Reached) -> Repetition {
    Repetition::of(match reached {
        Reached::NotConnected(error) => return repetition_of_connect(error),
        Reached::NotRelayed { fault, .. } => match &**fault {
            ProxyFault::NotConnected(_, error) => return repetition_of_connect(error),
            ProxyFault::Refused {
                refusal: Refusal::Http(head),
                ..
            } if head.status >= 500 => 3,
            ProxyFault::NoProxy(reply) => times_of_reply(reply),
            ProxyFault::Unresolved(..) | ProxyFault::Tls(_) | ProxyFault::Refused { .. } => 0,
        },
        Reached::Connected | Reached::Silence => 0,
        Reached::Tls { tls, reply } => match (&tls.outcome, reply) {
            // What explains it repeats it.
            (Err(TlsError::Stalled { .. }), _) => 0,
            (Err(_), _) => 5,
            (Ok(_), Some(reply)) if !is_the_service(reply) => times_of_reply(reply),
            (Ok(_), _) => 3,
        },
        Reached::Replied { reply, tls } => match tls.as_deref().map(|tls| &tls.outcome) {
            Some(Err(TlsError::Stalled { .. })) => 0,
            Some(_) => 3,
            None => times_of_reply(reply),
        },
    })
}

fn repetition_of_connect(error: &ConnectError) -> Repetition {
    let times = match error {
        ConnectError::Refused(_) | ConnectError::Reset | ConnectError::Prohibited(_) => 3,
        ConnectError::NoReply
        | ConnectError::NoNeighbour(_)
        | ConnectError::HostUnreachable(_)
        | ConnectError::NetworkUnreachable(_)
        | ConnectError::TimeExceeded(_)
        | ConnectError::ProtocolUnreachable(_)
        | ConnectError::NoRoute
        | ConnectError::LinkDown
        | ConnectError::LocalFirewall
        | ConnectError::LocalPolicy
        | ConnectError::LocalResources(_)
        | ConnectError::NeedsPrivilege(_)
        | ConnectError::SourceAddress
        | ConnectError::Other(_) => 0,
    };
    Repetition {
        times,
        apart: REFUSED_APART,
    }
}

fn times_of_reply(reply: &Reply) -> u32 {
    match &reply.speaker {
        Speaker::Service
        | Speaker::Unwilling(Complaint::RateLimited)
        | Speaker::BrokeOff(End::Silence)
        | Speaker::Ended {
            end: End::Silence, ..
        } => 0,
        Speaker::Unwilling(Complaint::AccessDenied) => 2,
        Speaker::Unwilling(_) => 3,
        Speaker::BrokeOff(_) | Speaker::Ended { .. } | Speaker::Other(_) => 5,
    }
}
