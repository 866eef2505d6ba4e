//! Many ports of one address: a connect each, and as little else as possible.

use std::{net::SocketAddr, time::Duration};

use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout_at},
};

use super::{
    Limits,
    sockets::{Permit, Sockets},
    tcp::{self, Begun, Shape},
};
use crate::{
    net::Port,
    observation::{Attempts, ConnectError, Milestones, PortObservation, Reached},
};

/// How many connects are begun before others get their turn: about half a millisecond of work.
const TURN: usize = 64;

/// Connects to every port and tells what each did, in order; `attempts` times over.
pub(crate) async fn sweep(
    sockets: &Sockets,
    host: SocketAddr,
    ports: &[Port],
    limits: Limits,
) -> Vec<PortObservation> {
    let mut seen: Vec<PortObservation> = ports.iter().map(|port| untried(*port)).collect();
    for _ in 0..limits.attempts.max(1) {
        sweep_once(sockets, host, limits.timeout, &mut seen).await;
    }
    seen
}

/// A port before its first attempt.
fn untried(port: Port) -> PortObservation {
    PortObservation {
        others: Vec::new(),
        port: Some(port),
        reached: Reached::NotConnected(ConnectError::NoReply),
        elapsed: Duration::ZERO,
        milestones: Milestones::default(),
        attempts: Attempts {
            tried: 0,
            succeeded: 0,
            silent: 0,
        },
    }
}

/// Adds one attempt to each port.
async fn sweep_once(
    sockets: &Sockets,
    host: SocketAddr,
    timeout: Duration,
    seen: &mut [PortObservation],
) {
    let mut flying = FuturesUnordered::new();
    let mut next = 0;
    while next < seen.len() {
        let permit = if let Some(permit) = sockets.try_swept_permit() {
            permit
        } else {
            // What is in flight must go on while we wait: it holds what we wait for.
            tokio::select! {
                permit = sockets.swept_permit() => permit,
                Some((index, result, started)) = flying.next() => {
                    record(seen, index, result, started);
                    continue;
                }
            }
        };
        let started = Instant::now();
        let index = next;
        next += 1;
        match begin(sockets, at(host, seen[index].port)) {
            Begun::Connected(stream) => {
                tcp::close_at_once(&stream);
                record(seen, index, Ok(()), started);
            }
            Begun::Failed(error) if concerns_every_port(&error) => {
                next = seen.len();
                give_up(&mut seen[index..], &error);
            }
            Begun::Failed(error) => record(seen, index, Err(error), started),
            Begun::Pending(stream) => {
                let to = at(host, seen[index].port);
                flying.push(async move {
                    let result = decide(&stream, to, started + timeout, permit).await;
                    (index, result, started)
                });
            }
        }
        if next.is_multiple_of(TURN) {
            while let Some(Some((index, result, started))) = flying.next().now_or_never() {
                record(seen, index, result, started);
            }
            tokio::task::yield_now().await;
        }
    }
    while let Some((index, result, started)) = flying.next().await {
        record(seen, index, result, started);
    }
}

/// A port of the host.
fn at(mut host: SocketAddr, port: Option<Port>) -> SocketAddr {
    host.set_port(port.map_or(0, Port::get));
    host
}

fn begin(sockets: &Sockets, to: SocketAddr) -> Begun {
    tcp::begin(sockets, to, Shape::default())
}

/// Waits for a connect and closes it.
async fn decide(
    stream: &TcpStream,
    to: SocketAddr,
    deadline: Instant,
    _permit: Permit<'_>,
) -> Result<(), ConnectError> {
    let result = timeout_at(deadline, tcp::finish(stream, to))
        .await
        .unwrap_or(Err(ConnectError::NoReply));
    tcp::close_at_once(stream);
    result
}

/// Whether the address cannot be reached from here, whatever the port.
const fn concerns_every_port(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::NoRoute | ConnectError::LinkDown | ConnectError::SourceAddress
    )
}

fn give_up(rest: &mut [PortObservation], error: &ConnectError) {
    let now = Instant::now();
    for index in 0..rest.len() {
        record(rest, index, Err(error.clone()), now);
    }
}

/// Counts an attempt; a port that connected once stays connected.
fn record(
    seen: &mut [PortObservation],
    index: usize,
    result: Result<(), ConnectError>,
    started: Instant,
) {
    let port = &mut seen[index];
    port.attempts.count(result.as_ref().copied());
    let is_first = port.attempts.tried == 1;
    match result {
        Ok(()) => {
            if port.attempts.succeeded == 1 {
                port.reached = Reached::Connected;
                port.elapsed = started.elapsed();
                port.milestones.connected = Some(port.elapsed);
            }
        }
        Err(error) if port.attempts.succeeded == 0 => {
            port.reached = Reached::NotConnected(error);
            if is_first {
                port.elapsed = started.elapsed();
            }
        }
        Err(_) => {}
    }
}
