use std::{net::IpAddr, time::Duration};

use hickory_resolver::proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record, RecordType,
        rdata::{A, AAAA, CNAME},
    },
};
use tokio::net::UdpSocket;

use super::{LOCAL, file, probe, prober};
use crate::{
    engine::Prober as _,
    net::{Address, Host, Port, Protocol},
    observation::{ConnectError, IcmpError, Lookup, Observation, ResolveError},
    probe::Family,
};

/// A name server that does this with every question.
async fn server(answer: impl Fn(Message) -> Option<Vec<u8>> + Send + 'static) -> Address {
    let socket = UdpSocket::bind((LOCAL, 0)).await.unwrap();
    let port = socket.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut buffer = [0; 2048];
        loop {
            let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
            let question = Message::from_vec(&buffer[..length]).unwrap();
            if let Some(answer) = answer(question) {
                socket.send_to(&answer, from).await.unwrap();
            }
        }
    });
    Address {
        host: Host::Address(LOCAL),
        port: Port::new(port),
    }
}

fn answer(question: &Message, records: Vec<Record>) -> Option<Vec<u8>> {
    let mut message = question.clone().into_response();
    message.insert_answers(records);
    message.to_vec().ok()
}

fn code(question: &Message, code: ResponseCode) -> Option<Vec<u8>> {
    let mut message = question.clone().into_response();
    message.metadata.response_code = code;
    message.to_vec().ok()
}

fn kind(question: &Message) -> RecordType {
    question.queries[0].query_type()
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

/// What the name came to at that server, and how it was looked up, without the time it took.
async fn resolve(server: Address) -> (Option<ResolveError>, Vec<IpAddr>, Lookup) {
    let hasty = file("nameserver 192.0.2.1\noptions timeout:1 attempts:1\n");
    let prober = prober(|config| {
        config.resolver = Some(server);
        config.resolv_conf = hasty.path().to_owned();
    });
    seen(
        prober
            .probe(&probe("db.test.example", &[9], Protocol::Tcp))
            .await,
    )
}

fn seen(observation: Observation) -> (Option<ResolveError>, Vec<IpAddr>, Lookup) {
    let (error, addresses, mut lookup) = match observation {
        Observation::Unresolved(error, lookup) => (Some(error), Vec::new(), lookup),
        Observation::Tried { lookup, addresses } => {
            let addresses = addresses.iter().map(|one| one.address).collect();
            (None, addresses, lookup.unwrap())
        }
        other @ (Observation::Interrupted | Observation::Relayed(_)) => panic!("{other:?}"),
    };
    lookup.elapsed = Duration::ZERO;
    (error, addresses, lookup)
}

async fn error(answer: impl Fn(Message) -> Option<Vec<u8>> + Send + 'static) -> ResolveError {
    let (error, _, lookup) = resolve(server(answer).await).await;
    assert_eq!(lookup.servers, [LOCAL]);
    error.unwrap()
}

fn failure(rcode: &str, bogus: bool) -> ResolveError {
    ResolveError::ServerFailure {
        rcode: rcode.to_owned(),
        bogus,
    }
}

#[tokio::test]
async fn every_address_is_kept_in_order_and_once_with_the_aliases_on_the_way() {
    let server = server(|question| {
        let own = question.queries[0].name().clone();
        let target = name("real.test.example.");
        let mut records = vec![Record::from_rdata(
            own,
            60,
            RData::CNAME(CNAME(target.clone())),
        )];
        let datas = match kind(&question) {
            RecordType::A => vec![
                RData::A(A::new(127, 0, 0, 3)),
                RData::A(A::new(127, 0, 0, 2)),
                RData::A(A::new(127, 0, 0, 3)),
            ],
            _ => vec![RData::AAAA(AAAA::new(0, 0, 0, 0, 0, 0, 0, 1))],
        };
        records.extend(
            datas
                .into_iter()
                .map(|data| Record::from_rdata(target.clone(), 60, data)),
        );
        answer(&question, records)
    })
    .await;
    let wanted = ["127.0.0.3", "127.0.0.2", "::1"].map(|one| one.parse::<IpAddr>().unwrap());
    let lookup = Lookup {
        servers: vec![LOCAL],
        aliases: vec!["real.test.example".to_owned()],
        ..Lookup::default()
    };
    assert_eq!(resolve(server).await, (None, wanted.to_vec(), lookup));
}

#[tokio::test]
async fn one_family_alone_is_asked_for_when_one_is_wanted() {
    let server = server(|question| match kind(&question) {
        RecordType::A => panic!("nobody asked for A"),
        RecordType::AAAA => {
            let own = question.queries[0].name().clone();
            let data = RData::AAAA(AAAA::new(0, 0, 0, 0, 0, 0, 0, 1));
            answer(&question, vec![Record::from_rdata(own, 60, data)])
        }
        _ => answer(&question, Vec::new()),
    })
    .await;
    let prober = prober(|config| {
        config.resolver = Some(server);
        config.family = Some(Family::V6);
    });
    let probe = probe("db.test.example", &[9], Protocol::Tcp);
    let (_, addresses, _) = seen(prober.probe(&probe).await);
    assert_eq!(addresses, ["::1".parse::<IpAddr>().unwrap()]);
}

#[tokio::test]
async fn every_rcode_has_its_own_error() {
    let cases = [
        (ResponseCode::NXDomain, ResolveError::NoSuchName),
        (ResponseCode::NoError, ResolveError::NoAddress),
        (ResponseCode::Refused, ResolveError::Refused),
        (ResponseCode::ServFail, failure("SERVFAIL", false)),
        (ResponseCode::NotImp, failure("NOTIMP", false)),
    ];
    for (rcode, wanted) in cases {
        let seen = error(move |question| code(&question, rcode)).await;
        assert_eq!(seen, wanted);
    }
}

#[tokio::test]
async fn an_answer_that_comes_only_unchecked_is_a_bogus_one() {
    let seen = error(|question| {
        if !question.metadata.checking_disabled {
            return code(&question, ResponseCode::ServFail);
        }
        let own = question.queries[0].name().clone();
        let data = RData::A(A::new(127, 0, 0, 1));
        answer(&question, vec![Record::from_rdata(own, 60, data)])
    })
    .await;
    assert_eq!(seen, failure("SERVFAIL", true));
}

#[tokio::test]
async fn an_address_in_one_family_outweighs_a_failure_in_the_other() {
    let server = server(|question| match kind(&question) {
        RecordType::A => {
            let own = question.queries[0].name().clone();
            let data = RData::A(A::new(127, 0, 0, 2));
            answer(&question, vec![Record::from_rdata(own, 60, data)])
        }
        _ => code(&question, ResponseCode::ServFail),
    })
    .await;
    let (error, addresses, _) = resolve(server).await;
    assert_eq!(
        (error, addresses),
        (None, vec!["127.0.0.2".parse().unwrap()])
    );
}

#[tokio::test]
async fn silence_is_a_timeout() {
    assert_eq!(error(|_| None).await, ResolveError::Timeout);
}

#[tokio::test]
async fn what_is_no_dns_is_told_from_silence() {
    let seen = error(|_| Some(b"HTTP/1.1 400 Bad Request\r\n".to_vec())).await;
    assert_eq!(seen, ResolveError::Malformed);
}

#[tokio::test]
async fn aliases_without_end_end() {
    let seen = error(|question| {
        let own = question.queries[0].name().clone();
        let next = name("a")
            .append_name(&own)
            .unwrap_or_else(|_| name("b.example."));
        let record = Record::from_rdata(own, 60, RData::CNAME(CNAME(next)));
        answer(&question, vec![record])
    })
    .await;
    assert!(
        matches!(seen, ResolveError::NoAddress | ResolveError::Timeout),
        "{seen:?}"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable_and_says_why() {
    let socket = std::net::UdpSocket::bind((LOCAL, 0)).unwrap();
    let port = Port::new(socket.local_addr().unwrap().port());
    drop(socket);
    let server = Address {
        host: Host::Address(LOCAL),
        port,
    };
    let said = IcmpError {
        from: Some(LOCAL),
        kind: 3,
        code: 3,
    };
    let (error, _, _) = resolve(server).await;
    let refused = ConnectError::Refused(Some(said));
    assert_eq!(error, Some(ResolveError::Unreachable(refused)));
}

#[tokio::test]
async fn a_name_is_asked_for_once_however_many_probes_need_it() {
    let (count, counted) = (
        std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0)),
        std::sync::atomic::Ordering::SeqCst,
    );
    let asked = std::sync::Arc::clone(&count);
    let server = server(move |question| {
        if kind(&question) == RecordType::A {
            asked.fetch_add(1, counted);
        }
        code(&question, ResponseCode::NXDomain)
    })
    .await;
    let prober = prober(|config| config.resolver = Some(server));
    let probe = probe("db.test.example", &[9], Protocol::Tcp);
    futures_util::future::join_all((0..50).map(|_| prober.probe(&probe))).await;
    // For its address, and for what it may be an alias of.
    assert_eq!(count.load(counted), 2);
}

#[tokio::test]
async fn the_hosts_file_comes_first_and_says_so() {
    let server = server(|_| panic!("nobody asks")).await;
    let prober = prober(|config| config.resolver = Some(server));
    let (error, addresses, lookup) = seen(
        prober
            .probe(&probe("server.example", &[9], Protocol::Tcp))
            .await,
    );
    assert_eq!((error, addresses), (None, vec![LOCAL]));
    assert_eq!(lookup.hosts_file.unwrap().lines, [1]);
    assert_eq!(lookup.servers, [] as [IpAddr; 0]);
}

#[tokio::test]
async fn the_search_list_is_tried_and_does_not_hide_a_failing_server() {
    let whole = name("db.");
    let server = server(move |question| {
        let rcode = if *question.queries[0].name() == whole {
            ResponseCode::NXDomain
        } else {
            ResponseCode::ServFail
        };
        code(&question, rcode)
    })
    .await;
    let resolv_conf = file("search corp.example\nnameserver 192.0.2.1\n");
    let prober = prober(|config| {
        config.resolver = Some(server);
        config.resolv_conf = resolv_conf.path().to_owned();
    });
    let (error, _, _) = seen(prober.probe(&probe("db", &[9], Protocol::Tcp)).await);
    assert_eq!(error, Some(failure("SERVFAIL", false)));
}
