//! The order of events: everybody is there, every responder stands, everybody checks, everybody goes.

use std::{collections::HashMap, time::Duration};

use futures_util::future::join_all;
use tokio::sync::watch;

use super::{
    SILENCE,
    absence::Absence,
    arrival::{Arrival, Means, arrive},
    nodes::Node,
    session::{Heard, Session},
    wire::{Doors, Hello, Order, Round, Task, Word},
};
use crate::{
    cause::Cause,
    fact::{Count, MeshFact, Stranger},
    report::Report,
    text,
};

/// How long an agent may take to open its doors: twelve thousand ports of a busy machine.
const PREPARED: Duration = Duration::from_mins(1);
/// How long a node may take to end its checks once it is told to.
const STOPPED: Duration = Duration::from_secs(10);

/// What became of a node.
#[derive(Debug)]
pub struct Outcome {
    /// Its report, or why there is none.
    pub result: Result<Box<Report>, Absence>,
    /// What its agent said of it, if it got so far.
    pub hello: Option<Hello>,
    /// How far its clock is ahead of ours, in milliseconds.
    pub ahead_ms: Option<i64>,
    /// What its responder stands at.
    pub doors: Option<Doors>,
}

impl Outcome {
    const fn absent(absence: Absence) -> Self {
        Self {
            result: Err(absence),
            hello: None,
            ahead_ms: None,
            doors: None,
        }
    }
}

/// How far the mesh is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many agents run.
    Arrived(usize),
    /// So many responders stand, and the checks begin.
    Ready(usize),
    /// So many reports came.
    Reported(usize),
}

/// Runs the task on every node and returns what became of each, in their order. `stop` ends the
/// checks early: then the reports say what was seen by then.
pub async fn conduct(
    nodes: &[Node],
    task: &Task,
    means: &Means,
    stop: watch::Receiver<bool>,
    on: &dyn Fn(Step),
) -> Vec<Outcome> {
    let arrivals = nodes.iter().map(|node| {
        let stop = stop.clone();
        async move {
            tokio::select! {
                arrived = arrive(means, &node.host, &node.gate) => arrived,
                () = stopped(stop) => Err(interrupted()),
            }
        }
    });
    let arrivals = join_all(arrivals).await;
    let mut crew = Crew::of(nodes, arrivals);
    on(Step::Arrived(crew.present()));
    crew.dismiss_doubles().await;
    crew.prepare(task, &stop).await;
    on(Step::Ready(crew.present()));
    crew.check(&stop).await;
    on(Step::Reported(crew.reports()));
    crew.outcomes().await
}

/// Those who are there, and what became of the others.
struct Crew<'a> {
    nodes: &'a [Node],
    sessions: Vec<Option<Session>>,
    outcomes: Vec<Outcome>,
    /// What else the site calls each node.
    aliases: Vec<Vec<String>>,
}

impl<'a> Crew<'a> {
    fn of(nodes: &'a [Node], arrivals: Vec<Result<Arrival, Absence>>) -> Self {
        let (mut sessions, mut outcomes) = (Vec::new(), Vec::new());
        for arrival in arrivals {
            let (session, outcome) = match arrival {
                Ok(arrival) => (
                    Some(arrival.session),
                    Outcome {
                        hello: Some(arrival.hello),
                        ahead_ms: Some(arrival.ahead_ms),
                        ..Outcome::absent(interrupted())
                    },
                ),
                Err(absence) => (None, Outcome::absent(absence)),
            };
            sessions.push(session);
            outcomes.push(outcome);
        }
        Self {
            aliases: vec![Vec::new(); nodes.len()],
            nodes,
            sessions,
            outcomes,
        }
    }

    fn present(&self) -> usize {
        self.sessions.iter().flatten().count()
    }

    fn reports(&self) -> usize {
        self.outcomes.iter().filter(|it| it.result.is_ok()).count()
    }

    /// Lets go whoever is a machine that is there already, under another name.
    async fn dismiss_doubles(&mut self) {
        let mut known: HashMap<String, usize> = HashMap::new();
        for place in 0..self.nodes.len() {
            let Some(hello) = &self.outcomes[place].hello else {
                continue;
            };
            let first = *known.entry(hello.identity.clone()).or_insert(place);
            if first == place {
                continue;
            }
            self.aliases[first].push(self.nodes[place].host.clone());
            if let Ok(other) = self.nodes[first].host.parse() {
                let fact = MeshFact::SameMachine { other };
                let absence = Absence::proven(Cause::ListedTwice, vec![fact.into()]);
                self.outcomes[place].result = Err(absence);
            }
            if let Some(session) = self.sessions[place].take() {
                session.close().await;
            }
        }
    }

    /// Lets everybody open their doors.
    async fn prepare(&mut self, task: &Task, stop: &watch::Receiver<bool>) {
        let names = self.nodes.iter().zip(&self.aliases);
        let orders: Vec<Order> = names
            .map(|(node, aliases)| {
                let mut task = task.clone();
                task.names = vec![node.host.clone()];
                task.names.extend(aliases.iter().cloned());
                Order::Prepare(Box::new(task))
            })
            .collect();
        let prepared = self
            .sessions
            .iter_mut()
            .zip(orders)
            .map(|(session, order)| {
                let stop = stop.clone();
                async move {
                    let session = session.as_mut()?;
                    session.order(&order);
                    Some(tokio::select! {
                        ready = ready(session) => ready,
                        () = stopped(stop) => Err(interrupted()),
                    })
                }
            });
        let prepared = join_all(prepared).await;
        for (place, prepared) in prepared.into_iter().enumerate() {
            match prepared {
                Some(Ok(doors)) => self.outcomes[place].doors = Some(doors),
                Some(Err(absence)) => self.lose(place, absence).await,
                None => {}
            }
        }
    }

    /// Lets everybody check, each from another node on, and waits for the last.
    async fn check(&mut self, stop: &watch::Receiver<bool>) {
        let there: Vec<usize> = (0..self.nodes.len())
            .filter(|place| self.sessions[*place].is_some())
            .collect();
        let standing: Vec<String> = there
            .iter()
            .flat_map(|place| {
                let names = std::iter::once(&self.nodes[*place].host);
                names.chain(&self.aliases[*place]).cloned()
            })
            .collect();
        let nodes = self.nodes;
        let checks = self
            .sessions
            .iter_mut()
            .enumerate()
            .map(|(place, session)| {
                let round = Round {
                    standing: standing.clone(),
                    first: nodes
                        .get((place + 1) % nodes.len())
                        .map(|it| it.host.clone()),
                };
                let stop = stop.clone();
                async move {
                    let session = session.as_mut()?;
                    session.order(&Order::Probe(round));
                    Some(reported(session, stop).await)
                }
            });
        let reports = join_all(checks).await;
        for (place, report) in reports.into_iter().enumerate() {
            match report {
                Some(Ok(report)) => self.outcomes[place].result = Ok(report),
                Some(Err(absence)) => self.outcomes[place].result = Err(absence),
                None => {}
            }
        }
    }

    async fn lose(&mut self, place: usize, absence: Absence) {
        self.outcomes[place].result = Err(absence);
        if let Some(session) = self.sessions[place].take() {
            session.close().await;
        }
    }

    /// Lets everybody go, and waits until they have.
    async fn outcomes(self) -> Vec<Outcome> {
        let sessions = self.sessions.into_iter().flatten();
        join_all(sessions.map(Session::close)).await;
        self.outcomes
    }
}

async fn ready(session: &mut Session) -> Result<Doors, Absence> {
    let end = tokio::time::Instant::now() + PREPARED;
    loop {
        let within = super::session::until(end);
        match session.next("opening the ports", within).await? {
            Heard::Word(Word::Ready(doors)) => return Ok(*doors),
            Heard::Word(Word::Busy { pid, doors }) => return Err(busy(pid, doors)),
            Heard::Word(Word::Failed { why }) => return Err(failed(&why)),
            Heard::Word(_) | Heard::Script(_) => {}
        }
    }
}

/// The report; once it is told to stop, what was seen by then.
async fn reported(
    session: &mut Session,
    stop: watch::Receiver<bool>,
) -> Result<Box<Report>, Absence> {
    tokio::select! {
        report = report(session) => return report,
        () = stopped(stop) => {}
    }
    session.order(&Order::Stop);
    let last = tokio::time::timeout(STOPPED, report(session)).await;
    last.unwrap_or_else(|_| Err(interrupted()))
}

async fn report(session: &mut Session) -> Result<Box<Report>, Absence> {
    loop {
        match session.next("the checks", SILENCE).await? {
            Heard::Word(Word::Report { report }) => return Ok(report),
            Heard::Word(Word::Failed { why }) => return Err(failed(&why)),
            Heard::Word(_) | Heard::Script(_) => {}
        }
    }
}

fn busy(pid: u32, doors: usize) -> Absence {
    let doors = Count {
        number: doors,
        noun: "port",
    };
    let fact = MeshFact::OtherResponder { pid, doors };
    Absence::proven(Cause::NodeBusy, vec![fact.into()])
}

fn failed(why: &str) -> Absence {
    let words = Stranger(text::stranger(why.as_bytes()));
    Absence::proven(
        Cause::AgentDied,
        vec![MeshFact::AgentFailed { words }.into()],
    )
}

fn interrupted() -> Absence {
    Absence::proven(Cause::Interrupted, Vec::new())
}

/// Returns once it is told to.
async fn stopped(mut stop: watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody will tell.
        std::future::pending::<()>().await;
    }
}
