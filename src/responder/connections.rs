//! Connections that have not said their hello yet: so many, so long.

use std::{
    collections::VecDeque,
    io,
    net::SocketAddr,
    os::fd::AsRawFd as _,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::socket::{MsgFlags, recv, send},
};
use socket2::Socket;

use super::{answer::Voice, way::Way};
use crate::protocol::responder::{Door, Greeting, LARGEST, SMALLEST, SignedHello, greeting};

/// How long a connection may take for its hello. A probe says it with the first packet.
pub(super) const IDLE: Duration = Duration::from_secs(5);

/// The most connections at a time.
const MOST: usize = 4_096;

/// A connection that was taken in.
#[derive(Debug)]
pub(super) struct Connection {
    socket: Socket,
    door: Door,
    from: SocketAddr,
    /// The beginning of what was said, at most [`SMALLEST`] bytes; the rest is only counted.
    head: Vec<u8>,
    heard: usize,
    since: Instant,
    /// Which one it is, in the order they came.
    number: u64,
}

/// Where a connection is after what was just heard.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It may still say its hello.
    Waiting,
    /// It is done with, answered or not.
    Over,
}

impl Connection {
    pub(super) fn new(socket: Socket, door: Door, from: SocketAddr) -> Self {
        Self {
            socket,
            door,
            from,
            head: Vec::new(),
            heard: 0,
            since: Instant::now(),
            number: 0,
        }
    }

    /// Reads what has come and answers a hello once it is whole.
    pub(super) fn listen(&mut self, voice: &mut Voice, buffer: &mut [u8]) -> Progress {
        loop {
            let length = match recv(self.socket.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT) {
                Ok(0) => return Progress::Over,
                Ok(length) => length,
                Err(Errno::EAGAIN) => return Progress::Waiting,
                Err(Errno::EINTR) => continue,
                Err(_) => return Progress::Over,
            };
            let room = SMALLEST - self.head.len();
            self.head.extend_from_slice(&buffer[..length.min(room)]);
            self.heard += length;
            match greeting(&self.head) {
                Greeting::None => return Progress::Over,
                Greeting::Incomplete => {}
                Greeting::Hello(signed) if self.heard < signed.hello.size => {}
                Greeting::Hello(signed) => {
                    self.say(voice, &signed);
                    return Progress::Over;
                }
            }
        }
    }

    /// Sends the answer. A peer that takes none of it gets none: nothing is kept for it.
    fn say(&self, voice: &mut Voice, signed: &SignedHello) {
        let local = self.socket.local_addr().ok();
        let Some(at) = local.and_then(|address| address.as_socket()) else {
            return;
        };
        let way = Way {
            door: self.door,
            at,
            from: self.from,
        };
        let Some(words) = voice.answer(signed, way, Instant::now()) else {
            return;
        };
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        let _ = send(self.socket.as_raw_fd(), words.bytes(), flags);
    }
}

/// The connections that wait for a hello.
#[derive(Debug)]
pub(super) struct Connections {
    slots: Vec<Option<Connection>>,
    free: Vec<usize>,
    /// Slots and numbers in the order they came; those that are over stay until they are due.
    order: VecDeque<(usize, u64)>,
    next: u64,
    most: usize,
    /// For reading: nothing is kept in it.
    buffer: Vec<u8>,
}

impl Connections {
    /// Room for as many as that and no more than is sensible; at least one.
    pub(super) fn new(room: usize) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            order: VecDeque::new(),
            next: 0,
            most: room.clamp(1, MOST),
            buffer: vec![0; LARGEST],
        }
    }

    /// Hears what a new connection says at once, and has it watched if it has to be waited for.
    /// Where there is no room the one that has waited longest gives way.
    pub(super) fn take_in(
        &mut self,
        mut connection: Connection,
        voice: &mut Voice,
        watch: impl FnOnce(&Socket, usize) -> io::Result<()>,
    ) {
        if connection.listen(voice, &mut self.buffer) == Progress::Over {
            return;
        }
        if self.slots.len() - self.free.len() >= self.most {
            self.drop_oldest();
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        if watch(&connection.socket, slot).is_err() {
            self.free.push(slot);
            return;
        }
        connection.number = self.next;
        self.order.push_back((slot, self.next));
        self.next += 1;
        self.slots[slot] = Some(connection);
        self.forget_the_past();
    }

    /// Hears what the connection in `slot` says now.
    pub(super) fn hear(&mut self, slot: usize, voice: &mut Voice) {
        let Some(Some(connection)) = self.slots.get_mut(slot) else {
            return;
        };
        if connection.listen(voice, &mut self.buffer) == Progress::Over {
            self.close(slot);
        }
    }

    /// Closes what has waited too long, and tells when the next one will have.
    pub(super) fn tidy(&mut self, now: Instant) -> Option<Instant> {
        loop {
            self.forget_the_past();
            let (slot, _) = *self.order.front()?;
            let due = self.slots[slot].as_ref()?.since + IDLE;
            if now < due {
                return Some(due);
            }
            self.close(slot);
        }
    }

    /// Ends the one that has waited longest, leaving nothing of it in the kernel either; whether
    /// there was one.
    pub(super) fn drop_oldest(&mut self) -> bool {
        self.forget_the_past();
        let Some((slot, _)) = self.order.front().copied() else {
            return false;
        };
        if let Some(connection) = &self.slots[slot] {
            let _ = connection.socket.set_linger(Some(Duration::ZERO));
        }
        self.close(slot);
        true
    }

    fn close(&mut self, slot: usize) {
        self.slots[slot] = None;
        self.free.push(slot);
    }

    /// Takes connections that are over from the head of the order; from all of it where it has
    /// grown much longer than what waits.
    fn forget_the_past(&mut self) {
        let slots = &self.slots;
        let is_there = |(slot, number): &(usize, u64)| {
            let waiting = slots.get(*slot).and_then(Option::as_ref);
            waiting.is_some_and(|connection| connection.number == *number)
        };
        while self.order.front().is_some_and(|entry| !is_there(entry)) {
            self.order.pop_front();
        }
        if self.order.len() > 2 * MOST {
            self.order.retain(is_there);
        }
    }
}
