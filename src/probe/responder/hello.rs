//! A hello over each transport: as long as the path's packets may be, then a short one.

use std::{io, net::SocketAddr, pin::pin, time::Duration};

use nix::{
    errno::Errno,
    sys::socket::{getsockopt, sockopt},
};
use socket2::{Protocol as IpProtocol, SockRef, Socket, Type};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep, timeout_at},
};

use super::super::{
    NetProber, Target, esp, nonce,
    stream::end_of,
    tcp::{self, Shape},
    udp,
};
use crate::{
    net::Port,
    observation::{ConnectError, Reached},
    protocol::{
        Details, Dialog, End, READ_LIMIT, Reply, Speaker, Step,
        responder::{self, Door, Hello, LARGEST, Proof, Responder, SMALLEST},
    },
};

/// How long a large hello may go unanswered before a short one is sent: a lost packet has been
/// sent again by then. Source: RFC 6298 §2.
const HEAD_START: Duration = Duration::from_secs(1);

/// The headers of IPv4 and of IPv6 with that of UDP, in bytes. Source: RFC 791, RFC 8200, RFC 768.
const HEADERS_V4: usize = 20 + 8;
const HEADERS_V6: usize = 40 + 8;

impl NetProber {
    /// Connects and says hello; with it, when the connection stood.
    pub(super) async fn hello_by_tcp(
        &self,
        target: &Target<'_>,
        is_large: bool,
    ) -> (Reached, Option<Instant>) {
        let stream = match self.connect_to(target).await {
            Ok(stream) => stream,
            Err(error) => return (Reached::NotConnected(error), None),
        };
        let connected = Instant::now();
        let size = if is_large { segment(&stream) } else { SMALLEST };
        let large = self.say(stream, target, size);
        let small = async {
            match self.connect_to(target).await {
                Ok(stream) => self.say(stream, target, SMALLEST).await,
                Err(error) => Reached::NotConnected(error),
            }
        };
        let reached = if size > SMALLEST {
            larger_or_smaller(Large { hello: large, size }, small, head_start(target)).await
        } else {
            large.await
        };
        (reached, Some(connected))
    }

    /// Asks by datagram.
    pub(super) async fn hello_by_udp(&self, target: &Target<'_>, is_large: bool) -> Reached {
        let rest = target.limits.timeout.saturating_sub(head_start(target));
        let small = || self.send(target, SMALLEST, rest);
        let ask = |size| self.send(target, size, target.limits.timeout);
        let size = if is_large {
            self.datagram(target.socket_address())
        } else {
            SMALLEST
        };
        if size == SMALLEST {
            return ask(SMALLEST).await;
        }
        let reached = larger_or_smaller(
            Large {
                hello: ask(size),
                size,
            },
            small(),
            head_start(target),
        )
        .await;
        // The network said how long a packet may be: no longer than that is asked of it.
        let known = self.datagram(target.socket_address());
        if known < size && !is_whole(&reached) {
            return larger_or_smaller(
                Large {
                    hello: ask(known),
                    size: known,
                },
                small(),
                head_start(target),
            )
            .await;
        }
        reached
    }

    /// Asks in an ESP packet, over a raw socket.
    pub(super) async fn hello_in_esp(&self, target: &Target<'_>) -> Reached {
        let to = target.socket_address();
        let hello = hello(target, SMALLEST);
        let dialog = responder::dialog(hello, &self.key);
        esp::hello(
            &self.sockets,
            to,
            esp::Asking {
                nonce: hello.nonce,
                dialog,
            },
            target.limits.timeout,
        )
        .await
    }

    async fn connect_to(&self, target: &Target<'_>) -> Result<TcpStream, ConnectError> {
        let deadline = Instant::now() + target.limits.timeout;
        let to = target.socket_address();
        tcp::connect(&self.sockets, to, Shape::default(), deadline).await
    }

    /// Says hello on a connection and hears what comes of it.
    async fn say(&self, stream: TcpStream, target: &Target<'_>, size: usize) -> Reached {
        tcp::close_at_once(&stream);
        let own = stream.local_addr().ok();
        let deadline = Instant::now() + target.limits.timeout;
        let mut dialog = responder::dialog(hello(target, size), &self.key);
        let talk = timeout_at(deadline, talk(&stream, &mut *dialog)).await;
        let reply = talk.unwrap_or_else(|_| dialog.end(End::Silence));
        replied(with(reply, |proof| proof.own = own))
    }

    async fn send(&self, target: &Target<'_>, size: usize, limit: Duration) -> Reached {
        let dialog = responder::dialog(hello(target, size), &self.key);
        udp::exchange(&self.sockets, target.socket_address(), dialog, limit).await
    }

    /// How long a datagram to `to` may be without being cut, as far as this machine knows.
    fn datagram(&self, to: SocketAddr) -> usize {
        let connected = |socket: Socket| socket.connect(&to.into()).is_ok().then_some(socket);
        let socket = self.sockets.open(to.ip(), Type::DGRAM, IpProtocol::UDP);
        let packet = socket
            .ok()
            .and_then(connected)
            .and_then(|socket| getsockopt(&socket, sockopt::IpMtu).ok())
            .and_then(|packet| usize::try_from(packet).ok());
        let headers = if to.is_ipv4() { HEADERS_V4 } else { HEADERS_V6 };
        packet
            .map_or(SMALLEST, |packet| packet.saturating_sub(headers))
            .clamp(SMALLEST, LARGEST)
    }
}

/// A hello to the target, or about the port that it asks about.
fn hello(target: &Target<'_>, size: usize) -> Hello {
    let door = Door {
        transport: target.probe.protocol.transport(),
        port: target.port.map_or(0, Port::get),
    };
    let about = target.probe.options.about.map(|(transport, port)| Door {
        transport,
        port: port.map_or(0, Port::get),
    });
    Hello {
        door,
        about: about.unwrap_or(door),
        size,
        nonce: nonce(),
    }
}

/// What fills one segment of a connection. Source: tcp(7), `TCP_MAXSEG`.
fn segment(stream: &TcpStream) -> usize {
    let segment = SockRef::from(stream).tcp_mss().unwrap_or_default();
    usize::try_from(segment)
        .unwrap_or_default()
        .clamp(SMALLEST, LARGEST)
}

/// Whichever of two limits is shorter: some time for the short hello must be left.
fn head_start(target: &Target<'_>) -> Duration {
    HEAD_START.min(target.limits.timeout / 3)
}

/// A hello on its way, and how many bytes it has.
struct Large<F> {
    hello: F,
    size: usize,
}

/// What the large hello comes to; where it is not answered, what the short one does, which is sent
/// some time later.
async fn larger_or_smaller(
    large: Large<impl Future<Output = Reached>>,
    small: impl Future<Output = Reached>,
    head_start: Duration,
) -> Reached {
    let Large { hello, size } = large;
    let mut large = pin!(hello);
    let mut small = pin!(async {
        sleep(head_start).await;
        small.await
    });
    let mut shorter = None;
    let longer = loop {
        tokio::select! {
            biased;
            longer = &mut large => break longer,
            seen = &mut small, if shorter.is_none() => shorter = Some(seen),
        }
    };
    if is_decided(&longer) {
        return longer;
    }
    let shorter = match shorter {
        Some(shorter) => shorter,
        None => small.await,
    };
    match shorter {
        Reached::Replied { reply, tls } if reply.responder().is_some() => Reached::Replied {
            reply: with(reply, |proof| proof.lost = Some(size)),
            tls,
        },
        Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Silence
        | Reached::Connected
        | Reached::Tls { .. }
        | Reached::Replied { .. } => longer,
    }
}

/// Whether a shorter hello would change nothing: only silence, and a packet that this machine
/// knows to be too long, leave it open.
fn is_decided(reached: &Reached) -> bool {
    match reached {
        Reached::Replied { reply, .. } => !matches!(
            reply.speaker,
            Speaker::Ended {
                end: End::Silence,
                ..
            }
        ),
        Reached::NotConnected(error) => *error != ConnectError::Other(Errno::EMSGSIZE as i32),
        Reached::Silence => false,
        Reached::Connected | Reached::Tls { .. } | Reached::NotRelayed { .. } => true,
    }
}

/// Whether a proof came and nothing was lost before it.
fn is_whole(reached: &Reached) -> bool {
    let Reached::Replied { reply, .. } = reached else {
        return false;
    };
    match reply.responder() {
        Some(Responder::Proven(proof)) => proof.lost.is_none(),
        Some(Responder::OtherToken) => true,
        None => false,
    }
}

/// Says what the dialog opens with and hears until it has decided.
async fn talk(stream: &TcpStream, dialog: &mut dyn Dialog) -> Reply {
    if let Step::Send(bytes) = dialog.start() {
        // An error shows when reading, after what the other side may still have said.
        let _ = write(stream, &bytes).await;
    }
    let mut buffer = [0; 2_048];
    let mut heard = 0;
    loop {
        let length = match stream.try_read(&mut buffer) {
            Ok(0) => return dialog.end(End::Closed),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                if stream.readable().await.is_err() {
                    return dialog.end(End::Closed);
                }
                continue;
            }
            Err(error) => return dialog.end(end_of(&error)),
        };
        heard += length;
        match dialog.receive(&buffer[..length]) {
            Step::Done(reply) => return reply,
            _ if heard >= READ_LIMIT => return dialog.end(End::TooLong),
            Step::Send(_) | Step::NeedMore | Step::StartTls => {}
        }
    }
}

async fn write(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(length) => bytes = &bytes[length..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The reply with something more known of its proof, if it has one.
fn with(mut reply: Reply, know: impl FnOnce(&mut Proof)) -> Reply {
    if let Details::Responder(responder) = &mut reply.details
        && let Responder::Proven(proof) = &mut **responder
    {
        know(proof);
    }
    reply
}

const fn replied(reply: Reply) -> Reached {
    Reached::Replied { reply, tls: None }
}
