//! Questions by datagram: sent again until something comes back, an ICMP error included.

use std::{
    io,
    net::{IpAddr, SocketAddr, UdpSocket as StdUdpSocket},
    os::fd::AsRawFd as _,
    time::Duration,
};

use nix::sys::socket::{MsgFlags, recv, send};
use socket2::{Protocol, SockRef, Socket, Type};
use tokio::{
    io::Interest,
    net::UdpSocket,
    time::{Instant, timeout_at},
};

use super::{fault, sockets::Sockets};
use crate::{observation::ConnectError, protocol::responder::LARGEST};

/// The longest datagram that is read whole: a responder's in a jumbo frame, and the headers that a
/// raw socket adds. DNS servers send less. Source: RFC 6891 §6.2.5.
const DATAGRAM_LIMIT: usize = LARGEST + 128;

/// How many datagrams are looked at before a flood counts as no answer.
const FLOOD: usize = 64;

/// How often a question is sent at most, spread over the limit.
const SENDS: u32 = 12;

/// The least time between sends, or a third of the limit if that is shorter: a way there and back that is longer is rare, and an answer that
/// comes after the next question still counts.
const PACE: Duration = Duration::from_millis(250);

/// What is asked, and how an answer is known.
pub(crate) trait Questions {
    /// What an answer tells.
    type Answer;

    /// How often it is asked at most. Errors are rationed by whoever sends them, so that few questions
    /// want to be far apart. Source: icmp(7), `icmp_ratelimit`.
    fn sends(&self) -> u32 {
        SENDS
    }

    /// The datagram to send after `sent` sends; `None` to send no more.
    fn next(&mut self, sent: u32) -> Option<Vec<u8>>;

    /// What a datagram means.
    fn heard(&mut self, bytes: &[u8]) -> Heard<Self::Answer>;
}

/// What a datagram means.
pub(crate) enum Heard<T> {
    /// Nothing to us.
    Nothing,
    /// There is another question.
    Send(Vec<u8>),
    /// It is decided.
    Answer(T),
}

/// A datagram or raw socket with a fixed far end.
pub(crate) struct Datagrams {
    /// Whatever kind of socket it is: the runtime only waits for its events.
    socket: UdpSocket,
    to: IpAddr,
}

impl Datagrams {
    /// A UDP socket. Nothing has been sent yet, so an error is this machine's own.
    pub(crate) fn udp(sockets: &Sockets, to: SocketAddr) -> Result<Self, ConnectError> {
        let socket = sockets.open(to.ip(), Type::DGRAM, Protocol::UDP)?;
        Self::connect(socket, to)
    }

    /// A socket whose far end is now fixed.
    pub(crate) fn connect(socket: Socket, to: SocketAddr) -> Result<Self, ConnectError> {
        let local = |error: io::Error| fault::local(&error, to.ip());
        socket.connect(&to.into()).map_err(local)?;
        let socket = UdpSocket::from_std(StdUdpSocket::from(socket)).map_err(local)?;
        Ok(Self {
            socket,
            to: to.ip(),
        })
    }

    /// Sends until there is an answer or `limit` has passed; `None` for silence.
    pub(crate) async fn ask<Q: Questions>(
        &self,
        questions: &mut Q,
        limit: Duration,
    ) -> Result<Option<Q::Answer>, ConnectError> {
        let mut clock = Clock::new(limit, questions.sends());
        let mut buffer = vec![0; DATAGRAM_LIMIT];
        let mut heard = 0;
        while heard < FLOOD && Instant::now() < clock.deadline {
            if let Some(sent) = clock.due() {
                match questions.next(sent) {
                    Some(bytes) => self.send(&bytes)?,
                    None => clock.rest(),
                }
            }
            let Ok(received) = timeout_at(clock.next, self.receive(&mut buffer)).await else {
                continue;
            };
            heard += 1;
            match questions.heard(&buffer[..received?]) {
                Heard::Nothing => {}
                Heard::Send(bytes) => self.send(&bytes)?,
                Heard::Answer(answer) => return Ok(Some(answer)),
            }
        }
        Ok(None)
    }

    /// Sends one datagram. One that finds the buffers full counts as lost on the way.
    fn send(&self, bytes: &[u8]) -> Result<(), ConnectError> {
        let sent = send(self.socket.as_raw_fd(), bytes, MsgFlags::MSG_DONTWAIT);
        match sent.map_err(io::Error::from) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            Err(error) => Err(self.failure(&error).unwrap_or_else(|| self.refusal(&error))),
        }
    }

    /// Waits for one datagram or for an error, and tells the datagram's length.
    async fn receive(&self, buffer: &mut [u8]) -> Result<usize, ConnectError> {
        let events = Interest::READABLE | Interest::ERROR;
        loop {
            let ready = self.socket.ready(events).await;
            let ready = ready.map_err(|error| fault::local(&error, self.to))?;
            // One at a time: of two at once the runtime clears neither.
            let event = if ready.is_error() {
                Interest::ERROR
            } else {
                Interest::READABLE
            };
            let received = self.socket.try_io(event, || {
                let descriptor = self.socket.as_raw_fd();
                recv(descriptor, buffer, MsgFlags::MSG_DONTWAIT).map_err(io::Error::from)
            });
            match received {
                Ok(length) => return Ok(length),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => {
                    let alone = || fault::remote(&error, None, self.to, None);
                    return Err(self.failure(&error).unwrap_or_else(alone));
                }
            }
        }
    }

    /// The failure that an ICMP error in the queue tells of, if there is one.
    fn failure(&self, error: &io::Error) -> Option<ConnectError> {
        let icmp = fault::queued(&self.socket)?;
        let own = fault::own_address(&SockRef::from(&self.socket));
        Some(fault::remote(error, Some(icmp), self.to, own))
    }

    /// What an error of `send` means on its own: the answer to an earlier datagram, or this machine.
    fn refusal(&self, error: &io::Error) -> ConnectError {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => fault::remote(error, None, self.to, None),
            _ => fault::local(error, self.to),
        }
    }
}

/// When to send again and when to stop.
struct Clock {
    /// When the next wait ends.
    next: Instant,
    deadline: Instant,
    pace: Duration,
    sends: u32,
    sent: u32,
}

impl Clock {
    fn new(limit: Duration, sends: u32) -> Self {
        let now = Instant::now();
        Self {
            next: now,
            deadline: now + limit,
            pace: PACE.min(limit / 3).max(limit / sends.max(1)),
            sends,
            sent: 0,
        }
    }

    /// How many sends there were before the one that is due now, if one is.
    fn due(&mut self) -> Option<u32> {
        let now = Instant::now();
        if now < self.next {
            return None;
        }
        if self.sent == self.sends {
            self.rest();
            return None;
        }
        self.sent += 1;
        self.next = (now + self.pace).min(self.deadline);
        Some(self.sent - 1)
    }

    /// Sends no more.
    fn rest(&mut self) {
        self.next = self.deadline;
    }
}
