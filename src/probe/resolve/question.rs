//! One question to one name server over a connected socket, where errors of the network show.

use std::{io, net::SocketAddr, time::Duration};

use hickory_resolver::proto::{
    op::{Message, MessageType, Query, ResponseCode},
    rr::{Name, RecordType},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout_at},
};

use crate::{
    observation::ConnectError,
    probe::{
        datagram::{Datagrams, Heard, Questions},
        sockets::Sockets,
        tcp::{self, Shape},
    },
};

/// How a server took a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It answered: the RCODE, and whether there were records.
    Dns(ResponseCode, bool),
    /// Something came that is no DNS.
    Malformed,
    /// Nothing came.
    Silence,
    /// The network or this machine said no.
    Unreachable(ConnectError),
}

/// What is asked.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    /// The name.
    pub(crate) name: Name,
    /// The type of the records.
    pub(crate) kind: RecordType,
    /// Whether the server is told not to check signatures. Source: RFC 4035 §3.2.2.
    pub(crate) unchecked: bool,
}

impl Question {
    /// A small question that every resolver can answer: who serves the root.
    pub(crate) fn control() -> Self {
        Self {
            name: Name::root(),
            kind: RecordType::NS,
            unchecked: false,
        }
    }
}

/// Asks `server` for at most `limit`. The caller holds a permit.
pub(crate) async fn ask(
    sockets: &Sockets,
    server: SocketAddr,
    question: Question,
    limit: Duration,
) -> Answer {
    let mut asking = Asking::new(question);
    let answer = match Datagrams::udp(sockets, server) {
        Ok(socket) => socket.ask(&mut asking, limit).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(Some(answer)) => answer,
        Ok(None) if asking.is_malformed => Answer::Malformed,
        Ok(None) => Answer::Silence,
        Err(error) => Answer::Unreachable(error),
    }
}

/// The same over TCP. Source: RFC 7766 §8.
pub(crate) async fn ask_by_tcp(
    sockets: &Sockets,
    server: SocketAddr,
    question: Question,
    limit: Duration,
) -> Answer {
    let mut asking = Asking::new(question);
    let deadline = Instant::now() + limit;
    let stream = match tcp::connect(sockets, server, Shape::default(), deadline).await {
        Ok(stream) => stream,
        Err(ConnectError::NoReply) => return Answer::Silence,
        Err(error) => return Answer::Unreachable(error),
    };
    let exchanged = timeout_at(deadline, exchange(stream, &asking.message)).await;
    let Ok(Ok(bytes)) = exchanged else {
        return Answer::Silence;
    };
    match asking.heard(&bytes) {
        Heard::Answer(answer) => answer,
        Heard::Nothing | Heard::Send(_) => Answer::Malformed,
    }
}

/// One message there, and one back; its length stands before each.
async fn exchange(mut stream: TcpStream, message: &Message) -> io::Result<Vec<u8>> {
    let message = message.to_vec().map_err(io::Error::other)?;
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream
        .write_all(&[&length.to_be_bytes()[..], &message].concat())
        .await?;
    let mut bytes = vec![0; usize::from(stream.read_u16().await?)];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

struct Asking {
    message: Message,
    /// Whether anything came that was no answer.
    is_malformed: bool,
}

impl Asking {
    fn new(question: Question) -> Self {
        let mut message = Message::query();
        message.metadata.recursion_desired = true;
        message.metadata.checking_disabled = question.unchecked;
        message.add_query(Query::query(question.name, question.kind));
        Self {
            message,
            is_malformed: false,
        }
    }
}

impl Questions for Asking {
    type Answer = Answer;

    fn next(&mut self, _sent: u32) -> Option<Vec<u8>> {
        self.message.to_vec().ok()
    }

    fn heard(&mut self, bytes: &[u8]) -> Heard<Answer> {
        match Message::from_vec(bytes) {
            Ok(message)
                if message.metadata.message_type == MessageType::Response
                    && message.metadata.id == self.message.metadata.id =>
            {
                let code = message.metadata.response_code;
                Heard::Answer(Answer::Dns(code, !message.answers.is_empty()))
            }
            Ok(_) | Err(_) => {
                self.is_malformed = true;
                Heard::Nothing
            }
        }
    }
}
