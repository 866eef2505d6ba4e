use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener as StdListener};

use socket2::{Domain, SockRef, Socket, Type};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{LOCAL, failed, observed, ports, probe, prober, reached};
use crate::{
    net::Protocol,
    observation::{ConnectError, Reached},
    protocol::{End, Looks, Speaker},
};

/// A port that is taken and not listened on: it refuses.
struct Closed(Socket);

impl Closed {
    fn new() -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(LOCAL, 0).into()).unwrap();
        Self(socket)
    }

    fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap().as_socket().unwrap()
    }
}

/// A listener whose queue is full: what comes is dropped without a word.
struct Silent {
    listener: Socket,
    _queue: Vec<Socket>,
}

impl Silent {
    fn new() -> Self {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        listener.bind(&SocketAddr::new(LOCAL, 0).into()).unwrap();
        listener.listen(0).unwrap();
        let address = listener.local_addr().unwrap();
        let queue = (0..2)
            .map(|_| {
                let socket = Socket::new(Domain::IPV4, Type::STREAM.nonblocking(), None).unwrap();
                let _ = socket.connect(&address);
                socket
            })
            .collect();
        Self {
            listener,
            _queue: queue,
        }
    }

    fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap().as_socket().unwrap()
    }
}

fn open() -> StdListener {
    StdListener::bind((LOCAL, 0)).unwrap()
}

/// A server that does that with its only connection.
async fn server<F: Future<Output = ()> + Send>(
    serve: impl FnOnce(TcpStream) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind((LOCAL, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { serve(listener.accept().await.unwrap().0).await });
    address
}

async fn speaker(address: SocketAddr, protocol: Protocol) -> Speaker {
    match reached(&prober(|_| {}), address, protocol).await {
        Reached::Replied { reply, tls: None } => reply.speaker,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_open_port_is_connected_to_and_nothing_said() {
    let listener = TcpListener::bind((LOCAL, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = reached(&prober(|_| {}), address, Protocol::Tcp).await;
    assert_eq!(seen, Reached::Connected);
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut heard = Vec::new();
    let _ = stream.read_to_end(&mut heard).await;
    assert_eq!(heard, b"");
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let closed = Closed::new();
    let seen = reached(&prober(|_| {}), closed.address(), Protocol::Tcp).await;
    assert_eq!(seen, failed(ConnectError::Refused(None)));
}

#[tokio::test]
async fn a_silent_port_is_told_from_a_closed_one() {
    let silent = Silent::new();
    let seen = reached(&prober(|_| {}), silent.address(), Protocol::Tcp).await;
    assert_eq!(seen, failed(ConnectError::NoReply));
}

#[tokio::test]
async fn ipv6_works_like_ipv4() {
    let listener = StdListener::bind((IpAddr::from(Ipv6Addr::LOCALHOST), 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = ports(
        &prober(|_| {}),
        &probe("six.example", &[port], Protocol::Tcp),
    )
    .await;
    assert_eq!(seen, [observed(port, Reached::Connected, (1, 1))]);
}

#[tokio::test]
async fn a_source_that_is_not_ours_is_named() {
    let listener = open();
    let prober = prober(|config| config.source = Some("192.0.2.1".parse().unwrap()));
    let seen = reached(&prober, listener.local_addr().unwrap(), Protocol::Tcp).await;
    assert_eq!(seen, failed(ConnectError::SourceAddress));
}

#[tokio::test]
async fn attempts_are_counted() {
    let (listener, closed) = (open(), Closed::new());
    let prober = prober(|config| config.attempts = 3);
    let open = listener.local_addr().unwrap().port();
    let seen = ports(&prober, &probe("127.0.0.1", &[open], Protocol::Tcp)).await;
    assert_eq!(seen, [observed(open, Reached::Connected, (3, 3))]);
    let refused = failed(ConnectError::Refused(None));
    let closed = closed.address().port();
    let seen = ports(&prober, &probe("127.0.0.1", &[closed], Protocol::Tcp)).await;
    assert_eq!(seen, [observed(closed, refused, (0, 4))]);
}

#[tokio::test]
async fn a_sweep_tells_every_port_in_order() {
    let (first, second) = (open(), open());
    let (silent, closed) = (Silent::new(), Closed::new());
    let port = |listener: &StdListener| listener.local_addr().unwrap().port();
    let wanted = [
        observed(port(&first), Reached::Connected, (2, 2)),
        observed(
            silent.address().port(),
            failed(ConnectError::NoReply),
            (0, 2),
        ),
        observed(
            closed.address().port(),
            failed(ConnectError::Refused(None)),
            (0, 2),
        ),
        observed(port(&second), Reached::Connected, (2, 2)),
    ];
    let numbers =
        [&wanted[0], &wanted[1], &wanted[2], &wanted[3]].map(|one| one.port.unwrap().get());
    let prober = prober(|config| config.attempts = 2);
    let seen = ports(&prober, &probe("127.0.0.1", &numbers, Protocol::Tcp)).await;
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn a_sweep_larger_than_the_descriptors_allow_finishes_right() {
    let silent: Vec<Silent> = (0..10).map(|_| Silent::new()).collect();
    let listeners: Vec<StdListener> = (0..90).map(|_| open()).collect();
    let mut wanted: Vec<_> = silent
        .iter()
        .map(|one| observed(one.address().port(), failed(ConnectError::NoReply), (0, 1)))
        .collect();
    wanted.extend(
        listeners
            .iter()
            .map(|one| observed(one.local_addr().unwrap().port(), Reached::Connected, (1, 1))),
    );
    let numbers: Vec<u16> = wanted.iter().map(|one| one.port.unwrap().get()).collect();
    let prober = prober(|config| config.descriptors = 0);
    let seen = ports(&prober, &probe("127.0.0.1", &numbers, Protocol::Tcp)).await;
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn many_services_share_few_descriptors() {
    let silent = Silent::new();
    let prober = prober(|config| {
        config.descriptors = 0;
        config.attempts = 2;
    });
    let probe = probe("127.0.0.1", &[silent.address().port()], Protocol::Https);
    let all = futures_util::future::join_all((0..20).map(|_| ports(&prober, &probe))).await;
    let wanted = observed(
        silent.address().port(),
        failed(ConnectError::NoReply),
        (0, 2),
    );
    assert!(all.iter().all(|seen| *seen == [wanted.clone()]));
}

#[tokio::test]
async fn a_service_that_speaks_is_recognised() {
    let address = server(async |mut stream| {
        stream.write_all(b"SSH-2.0-Test_1\r\n").await.unwrap();
        let _ = stream.read(&mut [0; 64]).await;
        stream.write_all(b"\0\0\x04\x3c\x0a\x14").await.unwrap();
    })
    .await;
    assert_eq!(speaker(address, Protocol::Ssh).await, Speaker::Service);
}

#[tokio::test]
async fn a_filter_that_lets_the_banner_through_is_seen() {
    let address = server(async |mut stream| {
        stream.write_all(b"SSH-2.0-Test_1\r\n").await.unwrap();
        let _ = stream.read(&mut [0; 64]).await;
        SockRef::from(&stream)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
    })
    .await;
    let seen = speaker(address, Protocol::Ssh).await;
    assert_eq!(seen, Speaker::BrokeOff(End::Reset));
}

#[tokio::test]
async fn closed_at_once_reset_at_once_and_silent_are_told_apart() {
    let closed = server(async |stream| drop(stream)).await;
    let reset = server(async |stream| {
        SockRef::from(&stream)
            .set_linger(Some(std::time::Duration::ZERO))
            .unwrap();
    })
    .await;
    let silent = server(async |stream| {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    for (address, end) in [
        (closed, End::Closed),
        (reset, End::Reset),
        (silent, End::Silence),
    ] {
        let ended = Speaker::Ended {
            end,
            spoke: false,
            asked: false,
        };
        assert_eq!(speaker(address, Protocol::Ssh).await, ended);
    }
}

#[tokio::test]
async fn an_endless_banner_ends() {
    let address = server(
        async |mut stream| {
            while stream.write_all(&[b'x'; 1000]).await.is_ok() {}
        },
    )
    .await;
    let seen = speaker(address, Protocol::Ssh).await;
    assert_eq!(seen, Speaker::Other(Looks::Unknown));
}

#[tokio::test]
async fn a_server_that_drips_ends_in_time() {
    let address = server(async |mut stream| {
        while stream.write_all(b"x").await.is_ok() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await;
    let seen = speaker(address, Protocol::Ssh).await;
    let ended = Speaker::Ended {
        end: End::Silence,
        spoke: true,
        asked: false,
    };
    assert!(
        seen == ended || seen == Speaker::Other(Looks::Unknown),
        "{seen:?}"
    );
}
