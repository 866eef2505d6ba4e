//! What stands at the other end: one behaviour each, on a port of its own on loopback.

use std::{
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::Arc,
    thread,
};

use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use socket2::{Domain, Socket, Type};

/// A number of days.
#[derive(Clone, Copy)]
pub(crate) struct Days(pub(crate) i64);

/// Someone at a port of loopback, until dropped or until the test ends.
pub(crate) struct Peer {
    address: SocketAddr,
    /// Sockets that keep the behaviour up.
    held: Vec<Socket>,
}

impl Peer {
    /// Accepts connections and says nothing.
    pub(crate) fn accepting() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        Self {
            address,
            held: vec![listener.into()],
        }
    }

    /// Refuses: nobody listens.
    pub(crate) fn closed() -> Self {
        // The port stays bound, so that nobody else is given it, and does not listen.
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any.into()).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        Self {
            address,
            held: vec![socket],
        }
    }

    /// Answers nothing at all: the queue of its listener is full, so that it drops every SYN.
    /// Source: listen(2), `tcp_abort_on_overflow` of tcp(7).
    pub(crate) fn silent() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        listener.bind(&any.into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let mut held = vec![listener];
        for _ in 0..2 {
            let filler = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
            filler.set_nonblocking(true).unwrap();
            // In progress is what it is meant to stay.
            let _ = filler.connect(&address);
            held.push(filler);
        }
        Self {
            address: address.as_socket().unwrap(),
            held,
        }
    }

    /// Sends every datagram back.
    pub(crate) fn udp_echo() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        thread::spawn(move || {
            let mut datagram = [0; 2048];
            while let Ok((length, from)) = socket.recv_from(&mut datagram) {
                let _ = socket.send_to(&datagram[..length], from);
            }
        });
        Self {
            address,
            held: Vec::new(),
        }
    }

    /// Nobody takes datagrams: the kernel answers that the port is unreachable.
    pub(crate) fn udp_closed() -> Self {
        // Bound to a peer of its own, a socket takes nothing from anyone else, and keeps the port.
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.connect((Ipv4Addr::LOCALHOST, 9)).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            held: vec![socket.into()],
        }
    }

    /// Takes datagrams and answers none.
    pub(crate) fn udp_silent() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        Self {
            address: socket.local_addr().unwrap(),
            held: vec![socket.into()],
        }
    }

    /// Speaks TLS with a certificate of its own making for `names`; also returned, as PEM.
    pub(crate) fn tls(names: &[&str]) -> (Self, String) {
        Self::tls_for(names, Days(365))
    }

    /// The same with a certificate that expires in so many days.
    pub(crate) fn tls_for(names: &[&str], Days(days): Days) -> (Self, String) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut parameters = rcgen::CertificateParams::new(names).unwrap();
        let now = time::OffsetDateTime::now_utc();
        // Long enough ago that the last days are the last part of its life.
        parameters.not_before = now - time::Duration::days(365);
        parameters.not_after = now + time::Duration::days(days);
        let pair = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&pair).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(pair.serialize_der()));
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let config = Arc::clone(&config);
                thread::spawn(move || shake_hands(stream, config));
            }
        });
        let peer = Self {
            address,
            held: Vec::new(),
        };
        (peer, certificate.pem())
    }

    /// Waits until someone has connected.
    pub(crate) fn wait_for_a_connection(&self) {
        self.held[0].accept().unwrap();
    }

    /// Whether someone has connected.
    pub(crate) fn was_reached(&self) -> bool {
        self.held[0].set_nonblocking(true).unwrap();
        self.held[0].accept().is_ok()
    }

    /// Its port, as typed.
    pub(crate) fn port(&self) -> String {
        self.address.port().to_string()
    }

    /// `tcp://127.0.0.1:PORT`
    pub(crate) fn uri(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }
}

/// A handshake, and whatever comes until the other side has enough.
fn shake_hands(stream: TcpStream, config: Arc<ServerConfig>) {
    let Ok(connection) = ServerConnection::new(config) else {
        return;
    };
    let mut stream = StreamOwned::new(connection, stream);
    let mut bytes = [0; 2048];
    while stream.read(&mut bytes).is_ok_and(|length| length > 0) {}
    let _ = stream.flush();
}
