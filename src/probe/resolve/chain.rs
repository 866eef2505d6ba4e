//! The aliases of a name, link by link, out of the answers themselves: this machine's own look-up tells
//! the last one at most.

use std::{net::SocketAddr, time::Duration};

use hickory_resolver::proto::{
    op::{Message, MessageType, Query},
    rr::{Name, RData, RecordType},
};
use tokio::time::Instant;

use crate::{
    probe::{
        datagram::{Datagrams, Heard, Questions},
        sockets::Sockets,
    },
    text,
};

/// The most links that are followed; more is without an end. Source: resolvers give up as early, BIND 9
/// at `max-query-restarts`, 11.
const LINKS: usize = 16;

/// How long all of them may take: every server that works has just answered, or is near.
const LIMIT: Duration = Duration::from_millis(600);

/// What a server has of a name's aliases.
#[derive(Debug, Default)]
pub(super) struct Chain {
    /// Each the alias of the next; the last may be one that was before, where they go in a circle.
    pub(super) links: Vec<String>,
    /// Whether the server answered at all.
    pub(super) is_answered: bool,
    /// Whether it said that the answer is too long for a datagram.
    pub(super) is_truncated: bool,
}

/// What `server` has of the aliases of `name`. The caller holds a permit.
pub(super) async fn read(
    sockets: &Sockets,
    server: SocketAddr,
    name: &Name,
    kind: RecordType,
) -> Chain {
    let deadline = Instant::now() + LIMIT;
    let mut chain = Chain::default();
    let mut seen = vec![name.to_lowercase()];
    while let Some(at) = seen.last()
        && let Some(message) = ask(sockets, server, (at, kind), deadline).await
    {
        chain.is_answered = true;
        chain.is_truncated |= message.metadata.truncation;
        if !chain.follow(&message, &mut seen) {
            break;
        }
    }
    chain
}

impl Chain {
    /// Adds the links of an answer behind the last name seen; whether there may be more.
    fn follow(&mut self, message: &Message, seen: &mut Vec<Name>) -> bool {
        let before = self.links.len();
        while self.links.len() < LINKS
            && let Some(target) = seen.last().and_then(|at| target(message, at))
        {
            let words = target.to_ascii();
            self.links
                .push(text::stranger(words.trim_end_matches('.').as_bytes()));
            if seen.contains(&target) {
                return false;
            }
            seen.push(target);
        }
        let has_address = message.answers.iter().any(|record| {
            record.data.ip_addr().is_some() && seen.last() == Some(&record.name.to_lowercase())
        });
        self.links.len() > before && self.links.len() < LINKS && !has_address
    }
}

/// What `name` is an alias of.
fn target(message: &Message, name: &Name) -> Option<Name> {
    message
        .answers
        .iter()
        .find_map(|record| match &record.data {
            RData::CNAME(target) if record.name.to_lowercase() == *name => {
                Some(target.0.to_lowercase())
            }
            _ => None,
        })
}

async fn ask(
    sockets: &Sockets,
    server: SocketAddr,
    (name, kind): (&Name, RecordType),
    deadline: Instant,
) -> Option<Message> {
    let mut message = Message::query();
    message.metadata.recursion_desired = true;
    message.add_query(Query::query(name.clone(), kind));
    let socket = Datagrams::udp(sockets, server).ok()?;
    let left = deadline.saturating_duration_since(Instant::now());
    socket.ask(&mut Asking(message), left).await.ok()?
}

struct Asking(Message);

impl Questions for Asking {
    type Answer = Message;

    fn next(&mut self, _sent: u32) -> Option<Vec<u8>> {
        self.0.to_vec().ok()
    }

    fn heard(&mut self, bytes: &[u8]) -> Heard<Message> {
        match Message::from_vec(bytes) {
            Ok(answer)
                if answer.metadata.message_type == MessageType::Response
                    && answer.metadata.id == self.0.metadata.id =>
            {
                Heard::Answer(answer)
            }
            Ok(_) | Err(_) => Heard::Nothing,
        }
    }
}
