//! A responder on loopback, spoken to by bare sockets.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket},
    os::unix::net::UnixStream,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use socket2::{Domain, Protocol, Socket, Type};

use super::{
    Bound, Ending, Manner, Signals, Unbound,
    answer::Voice,
    connections::{Connection, Connections, IDLE},
    limit::Limits,
    replay::Heard,
};
use crate::{
    net::Transport,
    protocol::{
        End, Step,
        responder::{Door, Hello, Key, Responder, SMALLEST, State, dialog},
    },
};

const NONCE: [u8; 16] = *b"0123456789abcdef";

/// SIGTERM. Source: signal(7).
const TERM: i32 = 15;

/// A responder at a TCP and a UDP port of loopback that has the token `secret`.
struct Standing {
    tcp: SocketAddr,
    udp: SocketAddr,
    /// Its SIGTERM.
    end: UnixStream,
    thread: JoinHandle<std::io::Result<Ending>>,
}

impl Standing {
    fn new(lifetime: Duration) -> Self {
        let (tcp, udp) = (socket(Transport::Tcp), socket(Transport::Udp));
        let at = |socket: &Socket| socket.local_addr().unwrap().as_socket().unwrap();
        let (tcp_at, udp_at) = (at(&tcp), at(&udp));
        let door = |transport, at: SocketAddr| Door {
            transport,
            port: at.port(),
        };
        let sockets = vec![
            (door(Transport::Tcp, tcp_at), tcp),
            (door(Transport::Udp, udp_at), udp),
        ];
        let bound = Bound {
            doors: sockets.iter().map(|(door, _)| *door).collect(),
            sockets,
            addresses: Vec::new(),
            unbound: Unbound::default(),
            room: 8,
        };
        let (heard, end) = UnixStream::pair().unwrap();
        let signals = Signals {
            ends: vec![(TERM, heard)],
        };
        let manner = Manner {
            keys: vec![key()],
            allowed: Vec::new(),
            lifetime,
        };
        let thread = thread::spawn(move || bound.serve(&manner, &[], &signals));
        Self {
            tcp: tcp_at,
            udp: udp_at,
            end,
            thread,
        }
    }

    fn hello(&self, transport: Transport, size: usize) -> Hello {
        let port = match transport {
            Transport::Tcp => self.tcp.port(),
            _ => self.udp.port(),
        };
        let door = Door { transport, port };
        Hello {
            door,
            about: door,
            size,
            nonce: NONCE,
        }
    }

    fn end(mut self) -> Ending {
        self.end.write_all(b"x").unwrap();
        self.thread.join().unwrap().unwrap()
    }
}

fn socket(transport: Transport) -> Socket {
    let (kind, protocol) = match transport {
        Transport::Tcp => (Type::STREAM, Protocol::TCP),
        _ => (Type::DGRAM, Protocol::UDP),
    };
    let socket = Socket::new(Domain::IPV4, kind.nonblocking(), Some(protocol)).unwrap();
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    if transport == Transport::Tcp {
        socket.bind(&any.into()).unwrap();
        socket.listen(64).unwrap();
    } else {
        super::bind::tell_addresses(&socket, Domain::IPV4).unwrap();
        socket.bind(&any.into()).unwrap();
    }
    socket
}

fn key() -> Key {
    Key::new("secret")
}

/// Everything that is said on a connection after `bytes`.
fn said(to: SocketAddr, pieces: &[&[u8]]) -> Vec<u8> {
    let mut stream = TcpStream::connect(to).unwrap();
    for piece in pieces {
        stream.write_all(piece).unwrap();
    }
    let mut said = Vec::new();
    // A reset ends it as well.
    let _ = stream.read_to_end(&mut said);
    said
}

fn read(hello: Hello, said: &[u8]) -> Option<Responder> {
    let mut dialog = dialog(hello, &key());
    dialog.start();
    let reply = match dialog.receive(said) {
        Step::Done(reply) => reply,
        _ => dialog.end(End::Closed),
    };
    reply.responder().cloned()
}

#[test]
fn a_hello_is_answered_over_tcp_however_it_is_cut() {
    let standing = Standing::new(Duration::from_mins(1));
    let hello = standing.hello(Transport::Tcp, 4_000);
    let bytes = hello.bytes(&key());
    let (head, rest) = bytes.split_at(100);
    let answer = said(standing.tcp, &[head, rest]);
    assert_eq!(answer.len(), 4_000);
    let Some(Responder::Proven(proof)) = read(hello, &answer) else {
        panic!("{}", String::from_utf8_lossy(&answer));
    };
    assert_eq!(proof.answer.door, hello.door);
    assert_eq!(proof.answer.at, standing.tcp);
    assert_eq!(proof.answer.about, State::Bound);
    assert_eq!(standing.end(), Ending::Signal(TERM));
}

#[test]
fn a_hello_is_answered_over_udp_with_as_many_bytes_and_never_more() {
    let standing = Standing::new(Duration::from_mins(1));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(standing.udp).unwrap();
    let hello = standing.hello(Transport::Udp, 1_400);
    let bytes = hello.bytes(&key());
    // Garbage, and a hello that says it is longer than it is: both go without an answer.
    socket.send(b"\0\x01garbage").unwrap();
    socket.send(&[]).unwrap();
    socket.send(&bytes[..SMALLEST]).unwrap();
    socket.send(&bytes).unwrap();
    let mut answer = [0; 9_000];
    let length = socket.recv(&mut answer).unwrap();
    assert_eq!(length, 1_400);
    let Some(Responder::Proven(proof)) = read(hello, &answer[..length]) else {
        panic!("{}", String::from_utf8_lossy(&answer[..length]));
    };
    assert_eq!(proof.answer.seen, socket.local_addr().unwrap());
    assert_eq!(standing.end(), Ending::Signal(TERM));
}

#[test]
fn another_token_is_told_so_and_garbage_is_told_nothing() {
    let standing = Standing::new(Duration::from_mins(1));
    let hello = standing.hello(Transport::Tcp, SMALLEST);
    let answer = said(standing.tcp, &[&hello.bytes(&Key::new("other"))]);
    assert_eq!(read(hello, &answer), Some(Responder::OtherToken));
    assert_eq!(said(standing.tcp, &[b"GET / HTTP/1.1\r\n\r\n"]), b"");
    assert_eq!(standing.end(), Ending::Signal(TERM));
}

#[test]
fn it_ends_when_its_time_is_up() {
    let standing = Standing::new(Duration::from_millis(1));
    assert_eq!(standing.thread.join().unwrap().unwrap(), Ending::Lifetime);
}

/// A listener, and as many connections to it that say nothing.
fn idle(count: usize) -> (Socket, Vec<TcpStream>) {
    let listener = socket(Transport::Tcp);
    let at = listener.local_addr().unwrap().as_socket().unwrap();
    let streams = (0..count).map(|_| TcpStream::connect(at).unwrap());
    let streams = streams.collect();
    (listener, streams)
}

fn take_in(connections: &mut Connections, listener: &Socket) {
    let mut voice = Voice {
        keys: vec![key()],
        id: 1,
        states: std::collections::BTreeMap::new(),
        is_half_open: |_, _| false,
        allowed: Vec::new(),
        limits: Limits::default(),
        heard: Heard::default(),
    };
    while let Ok((accepted, from)) = listener.accept() {
        let door = Door {
            transport: Transport::Tcp,
            port: 1,
        };
        let connection = Connection::new(accepted, door, from.as_socket().unwrap());
        connections.take_in(connection, &mut voice, |_, _| Ok(()));
    }
}

/// Which of the connections have been ended.
fn ended(streams: &[TcpStream]) -> Vec<bool> {
    let is_ended = |mut stream: &TcpStream| {
        stream.set_nonblocking(true).unwrap();
        let read = stream.read_exact(&mut [0; 1]);
        read.is_err_and(|error| error.kind() != std::io::ErrorKind::WouldBlock)
    };
    streams.iter().map(is_ended).collect()
}

#[test]
fn where_there_is_no_room_the_one_that_waited_longest_gives_way() {
    let (listener, streams) = idle(4);
    let mut connections = Connections::new(2);
    take_in(&mut connections, &listener);
    assert_eq!(ended(&streams), [true, true, false, false]);
}

#[test]
fn whoever_says_nothing_is_cut_off() {
    let (listener, streams) = idle(2);
    let mut connections = Connections::new(8);
    take_in(&mut connections, &listener);
    let now = Instant::now();
    assert!(connections.tidy(now).is_some_and(|due| due > now));
    assert_eq!(ended(&streams), [false, false]);
    assert_eq!(connections.tidy(now + IDLE), None);
    assert_eq!(ended(&streams), [true, true]);
}

#[test]
fn a_hello_that_was_heard_before_is_answered_to_nobody_else() {
    let standing = Standing::new(Duration::from_mins(1));
    let bytes = standing.hello(Transport::Tcp, SMALLEST).bytes(&key());
    assert_eq!(said(standing.tcp, &[&bytes]).len(), SMALLEST);
    assert_eq!(said(standing.tcp, &[&bytes]), b"");
    let bytes = standing.hello(Transport::Udp, SMALLEST).bytes(&key());
    let socket = || {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect(standing.udp).unwrap();
        socket
    };
    let (one, other) = (socket(), socket());
    let mut answer = [0; 512];
    // The nonce is that of the connection before.
    one.send(&bytes).unwrap();
    let mut fresh = standing.hello(Transport::Udp, SMALLEST);
    fresh.nonce = *b"fedcba9876543210";
    for _ in 0..2 {
        one.send(&fresh.bytes(&key())).unwrap();
        let length = one.recv(&mut answer).unwrap();
        assert!(read(fresh, &answer[..length]).is_some());
    }
    other.send(&fresh.bytes(&key())).unwrap();
    other
        .send(
            &Hello {
                nonce: [7; 16],
                ..fresh
            }
            .bytes(&key()),
        )
        .unwrap();
    let length = other.recv(&mut answer).unwrap();
    let late = Hello {
        nonce: [7; 16],
        ..fresh
    };
    assert!(read(late, &answer[..length]).is_some());
    assert_eq!(standing.end(), Ending::Signal(TERM));
}

#[test]
fn guesses_of_the_token_are_told_so_seldom() {
    let standing = Standing::new(Duration::from_mins(1));
    let hello = standing
        .hello(Transport::Tcp, SMALLEST)
        .bytes(&Key::new("other"));
    let answers = (0..1_500).filter(|_| !said(standing.tcp, &[&hello]).is_empty());
    let answers = answers.count();
    assert!((1_000..1_400).contains(&answers), "{answers}");
    assert_eq!(standing.end(), Ending::Signal(TERM));
}
