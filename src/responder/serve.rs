//! The loop: whoever comes to a door is heard, until the time is up or a signal comes.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher as _, Hasher as _, RandomState},
    io,
    os::unix::net::UnixStream,
    thread,
    time::{Duration, Instant},
};

use nix::{
    errno::Errno,
    sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM},
    low_level::pipe,
};
use socket2::Socket;

use super::{
    Bound, Manner, Taken,
    answer::Voice,
    connections::{Connection, Connections},
    datagrams::Datagrams,
    limit::Limits,
    replay::Heard,
};
use crate::{
    machine::holders,
    net::Transport,
    protocol::responder::{Door, State},
};

/// Connections that are taken from one listener before the others get their turn.
const TURN: usize = 64;

/// Events that are looked at together.
const EVENTS: usize = 1_024;

/// How long nothing is accepted when this machine has no descriptor left at all.
const BREATH: Duration = Duration::from_millis(20);

/// Why a responder ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its time was up.
    Lifetime,
    /// A signal came, of that number: SIGINT, SIGTERM, SIGHUP or SIGQUIT.
    Signal(i32),
}

/// The signals that end a responder.
#[derive(Debug)]
pub struct Signals {
    pub(super) ends: Vec<(i32, UnixStream)>,
}

impl Signals {
    /// None: the responder stands until its time is up, or its process ends.
    #[must_use]
    pub const fn none() -> Self {
        Self { ends: Vec::new() }
    }

    /// Listens from now on; until then a signal ends the process as it always does.
    ///
    /// # Errors
    /// When the system refuses the handlers.
    pub fn listen() -> io::Result<Self> {
        let mut ends = Vec::new();
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] {
            let (heard, told) = UnixStream::pair()?;
            pipe::register(signal, told)?;
            ends.push((signal, heard));
        }
        Ok(Self { ends })
    }
}

/// What an event is about, as the number that comes with it.
#[derive(Clone, Copy)]
enum Subject {
    /// A place in the list of sockets.
    Socket(usize),
    /// A slot of a connection.
    Connection(usize),
    /// A signal.
    Signal(usize),
}

impl Subject {
    /// How many kinds there are.
    const KINDS: u64 = 3;

    fn number(self) -> u64 {
        let (kind, place) = match self {
            Self::Socket(place) => (0, place),
            Self::Connection(place) => (1, place),
            Self::Signal(place) => (2, place),
        };
        place as u64 * Self::KINDS + kind
    }

    fn of(number: u64) -> Self {
        // It was a place before.
        let place = usize::try_from(number / Self::KINDS).unwrap_or(usize::MAX);
        match number % Self::KINDS {
            0 => Self::Socket(place),
            1 => Self::Connection(place),
            _ => Self::Signal(place),
        }
    }
}

impl Bound {
    /// Answers until the time is up or a signal comes.
    ///
    /// # Errors
    /// When the system gives no epoll.
    pub fn serve(self, manner: &Manner, taken: &[Taken], signals: &Signals) -> io::Result<Ending> {
        let until = Instant::now() + manner.lifetime;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let mut responder = Responder {
            voice: self.voice(manner, taken),
            connections: Connections::new(self.room()),
            datagrams: Datagrams::default(),
            sockets: self.sockets,
            epoll,
        };
        responder.watch(signals)?;
        responder.run(until, signals)
    }

    fn voice(&self, manner: &Manner, taken: &[Taken]) -> Voice {
        let bound = self.doors.iter().map(|door| (*door, State::Bound));
        let taken = taken.iter().map(|taken| (taken.door, taken.state()));
        let states: BTreeMap<Door, State> = bound.chain(taken).collect();
        Voice {
            keys: manner.keys.clone(),
            id: RandomState::new().build_hasher().finish(),
            states,
            is_half_open: holders::is_half_open,
            allowed: manner.allowed.clone(),
            limits: Limits::default(),
            heard: Heard::default(),
        }
    }
}

struct Responder {
    voice: Voice,
    sockets: Vec<(Door, Socket)>,
    connections: Connections,
    datagrams: Datagrams,
    epoll: Epoll,
}

impl Responder {
    fn watch(&self, signals: &Signals) -> io::Result<()> {
        for (place, (_, socket)) in self.sockets.iter().enumerate() {
            self.epoll.add(socket, event(Subject::Socket(place)))?;
        }
        for (place, (_, end)) in signals.ends.iter().enumerate() {
            self.epoll.add(end, event(Subject::Signal(place)))?;
        }
        Ok(())
    }

    fn run(&mut self, until: Instant, signals: &Signals) -> io::Result<Ending> {
        let mut events = vec![EpollEvent::empty(); EVENTS];
        loop {
            let now = Instant::now();
            if now >= until {
                return Ok(Ending::Lifetime);
            }
            let next = self
                .connections
                .tidy(now)
                .map_or(until, |due| due.min(until));
            let count = match self.epoll.wait(&mut events, timeout(next - now)) {
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => return Err(error.into()),
            };
            for event in &events[..count] {
                match Subject::of(event.data()) {
                    Subject::Socket(place) => self.hear(place),
                    Subject::Connection(slot) => self.connections.hear(slot, &mut self.voice),
                    Subject::Signal(place) => {
                        let signal = signals
                            .ends
                            .get(place)
                            .map_or(SIGTERM, |(signal, _)| *signal);
                        return Ok(Ending::Signal(signal));
                    }
                }
            }
        }
    }

    /// Hears who is at a door.
    fn hear(&mut self, place: usize) {
        let Some((door, socket)) = self.sockets.get(place) else {
            return;
        };
        if door.transport != Transport::Tcp {
            self.datagrams.hear(*door, socket, &mut self.voice);
            return;
        }
        for _ in 0..TURN {
            match socket.accept() {
                Ok((accepted, from)) => {
                    let Some(from) = from.as_socket() else {
                        continue;
                    };
                    if !self.voice.hears(from.ip()) {
                        let _ = accepted.set_linger(Some(Duration::ZERO));
                        continue;
                    }
                    let connection = Connection::new(accepted, *door, from);
                    let epoll = &self.epoll;
                    self.connections
                        .take_in(connection, &mut self.voice, |socket, slot| {
                            Ok(epoll.add(socket, event(Subject::Connection(slot)))?)
                        });
                }
                Err(error) if is_short_of_descriptors(&error) => {
                    if !self.connections.drop_oldest() {
                        thread::sleep(BREATH);
                    }
                    return;
                }
                // Nobody waits, or whoever did has gone.
                Err(_) => return,
            }
        }
    }
}

fn event(subject: Subject) -> EpollEvent {
    EpollEvent::new(EpollFlags::EPOLLIN, subject.number())
}

/// Rounded up, so that it is not too early when the wait ends.
fn timeout(wait: Duration) -> EpollTimeout {
    EpollTimeout::try_from(wait + Duration::from_millis(1)).unwrap_or(EpollTimeout::MAX)
}

fn is_short_of_descriptors(error: &io::Error) -> bool {
    let short = [Errno::EMFILE, Errno::ENFILE, Errno::ENOBUFS, Errno::ENOMEM];
    short
        .iter()
        .any(|errno| error.raw_os_error() == Some(*errno as i32))
}
