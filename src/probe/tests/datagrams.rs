use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;

use super::{LOCAL, failed, prober, reached};
use crate::{
    engine::Prober as _,
    net::{Host, Protocol},
    observation::{ConnectError, IcmpError, Observation, Reached},
    plan::{Probe, ProbeOptions},
    protocol::{Details, Speaker},
};

/// A server that answers the first datagrams with these, `None` standing for not at all.
async fn server(answer: impl Fn(usize, &[u8]) -> Option<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind((LOCAL, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        for turn in 0.. {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            if let Some(answer) = answer(turn, &buffer[..length]) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    address
}

fn speaker(reached: Reached) -> Speaker {
    match reached {
        Reached::Replied { reply, .. } => reply.speaker,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_echo_is_an_answer_even_an_empty_one() {
    let address = server(|_, bytes| Some(bytes.to_vec())).await;
    let seen = reached(&prober(|_| {}), address, Protocol::Udp).await;
    assert_eq!(speaker(seen), Speaker::Service);
}

#[tokio::test]
async fn a_closed_port_says_so_and_who_said_it() {
    let socket = std::net::UdpSocket::bind((LOCAL, 0)).unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let said = IcmpError {
        from: Some(LOCAL),
        kind: 3,
        code: 3,
    };
    let seen = reached(&prober(|_| {}), address, Protocol::Udp).await;
    assert_eq!(seen, failed(ConnectError::Refused(Some(said))));
}

#[tokio::test]
async fn a_closed_port_says_so_over_ipv6_too() {
    let socket = std::net::UdpSocket::bind("[::1]:0").unwrap();
    let address = socket.local_addr().unwrap();
    drop(socket);
    let said = IcmpError {
        from: Some(address.ip()),
        kind: 1,
        code: 4,
    };
    let seen = reached(&prober(|_| {}), address, Protocol::Udp).await;
    assert_eq!(seen, failed(ConnectError::Refused(Some(said))));
}

#[tokio::test]
async fn silence_is_silence() {
    let address = server(|_, _| None).await;
    let seen = reached(&prober(|_| {}), address, Protocol::Ike).await;
    assert_eq!(seen, Reached::Silence);
}

#[tokio::test]
async fn a_lost_datagram_is_sent_again() {
    let address = server(|turn, bytes| (turn == 2).then(|| bytes.to_vec())).await;
    let seen = reached(&prober(|_| {}), address, Protocol::Udp).await;
    assert_eq!(speaker(seen), Speaker::Service);
}

#[tokio::test]
async fn a_time_server_tells_by_how_much_our_clock_is_off() {
    let address = server(|_, question| {
        let mut answer = vec![0x24, 1, 0, 0xec];
        answer.resize(48, 0);
        answer[24..32].copy_from_slice(&question[40..48]);
        // 2020-01-01T00:00:00Z in seconds since 1900.
        answer[40..44].copy_from_slice(&3_786_825_600_u32.to_be_bytes());
        Some(answer)
    })
    .await;
    let seen = reached(&prober(|_| {}), address, Protocol::Ntp).await;
    let Reached::Replied { reply, .. } = seen else {
        panic!("{seen:?}");
    };
    let Details::Ntp(answer) = reply.details else {
        panic!("{reply:?}");
    };
    assert_eq!(answer.transmit_unix_ms, Some(1_577_836_800_000));
    assert!(answer.offset_ms.unwrap() > 0, "our clock is past 2020");
}

/// What an address does that has no ports.
async fn portless(protocol: Protocol) -> Reached {
    let probe = Probe {
        host: Host::Address(Ipv4Addr::LOCALHOST.into()),
        ports: Vec::new(),
        protocol,
        options: ProbeOptions::default(),
    };
    match prober(|_| {}).probe(&probe).await {
        Observation::Tried { mut addresses, .. } => addresses.remove(0).ports.remove(0).reached,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_echo_request_is_answered_or_says_what_it_lacks() {
    match portless(Protocol::Icmp).await {
        Reached::Replied { reply, .. } => assert_eq!(reply.speaker, Speaker::Service),
        Reached::NotConnected(ConnectError::NeedsPrivilege(_)) => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_host_without_esp_says_so_or_nothing() {
    match portless(Protocol::Esp).await {
        Reached::NotConnected(
            ConnectError::ProtocolUnreachable(Some(_)) | ConnectError::NeedsPrivilege(_),
        )
        | Reached::Silence => {}
        other => panic!("{other:?}"),
    }
}
