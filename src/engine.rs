//! Runs a plan's probes: many at once, fair between hosts, and never an error.
//!
//! Every host has a lane. Whenever there is room, the next probe comes from the lane with the
//! fewest probes in flight, so a host that answers is never kept waiting by hosts that do not:
//! what a silent host holds, it holds of its own share.

use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    future::Future,
    pin::pin,
    time::Duration,
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::Instant;

use crate::{
    net::Host,
    observation::Observation,
    plan::{Plan, Probe},
};

/// Sends one probe and tells what was seen. Failures of the network are observations.
pub trait Prober {
    /// What the probe saw, inside the probe's own deadline. Must be safe to drop at any await.
    fn probe(&self, probe: &Probe) -> impl Future<Output = Observation> + Send;
}

/// How much may happen at once, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Probes in flight altogether, at least 1.
    pub concurrency: usize,
    /// Probes in flight to one host, at least 1.
    pub per_host: usize,
    /// How long the whole run may take; what is undone then is [`Observation::Interrupted`].
    pub deadline: Option<Duration>,
}

/// When a probe was under way, since the start of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// When it began.
    pub start: Duration,
    /// When it was done.
    pub end: Duration,
}

/// A probe that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Done<'a> {
    /// Its place in the plan.
    pub index: usize,
    /// When it was under way.
    pub span: Span,
    /// What it saw.
    pub observation: &'a Observation,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending<S> {
    /// Every probe was done.
    Complete,
    /// The deadline came first.
    Deadline,
    /// The caller stopped it, and said why.
    Stopped(S),
}

/// Sends every probe of the plan, tells `on` of each that is done, and returns one observation a
/// probe in the plan's order. It ends when all are done, at the deadline, or when `stop` is ready.
pub async fn run<S>(
    plan: &Plan,
    prober: &impl Prober,
    limits: Limits,
    stop: impl Future<Output = S>,
    mut on: impl FnMut(Done<'_>),
) -> (Vec<Observation>, Ending<S>) {
    let mut seen = vec![Observation::Interrupted; plan.probes.len()];
    let ending = {
        let work = work(plan, prober, limits, |index, span, observation| {
            on(Done {
                index,
                span,
                observation: &observation,
            });
            seen[index] = observation;
        });
        until(work, limits.deadline, stop).await
    };
    (seen, ending)
}

/// Waits for the work, the deadline or the stop, whichever is first; finished work wins.
async fn until<S>(
    work: impl Future<Output = ()>,
    deadline: Option<Duration>,
    stop: impl Future<Output = S>,
) -> Ending<S> {
    let deadline = pin!(async {
        match deadline {
            Some(deadline) => tokio::time::sleep(deadline).await,
            None => std::future::pending().await,
        }
    });
    tokio::select! {
        biased;
        () = work => Ending::Complete,
        reason = stop => Ending::Stopped(reason),
        () = deadline => Ending::Deadline,
    }
}

/// Sends every probe and hands over each observation with its probe's place and time.
async fn work(
    plan: &Plan,
    prober: &impl Prober,
    limits: Limits,
    mut tell: impl FnMut(usize, Span, Observation),
) {
    let clock = Instant::now();
    let mut lanes = Lanes::new(&plan.probes, limits.per_host.max(1));
    let mut flying = FuturesUnordered::new();
    loop {
        while flying.len() < limits.concurrency.max(1) {
            let Some((lane, index)) = lanes.start() else {
                break;
            };
            let start = clock.elapsed();
            flying.push(async move {
                let observation = prober.probe(&plan.probes[index]).await;
                (lane, index, start, observation)
            });
        }
        let Some((lane, index, start, observation)) = flying.next().await else {
            return;
        };
        lanes.finish(lane);
        let end = clock.elapsed();
        tell(index, Span { start, end }, observation);
    }
}

/// The probes of one host.
#[derive(Default)]
struct Lane {
    waiting: VecDeque<usize>,
    /// How many are in flight.
    flying: usize,
}

/// The probes that wait, a lane a host.
struct Lanes {
    hosts: Vec<Lane>,
    /// The lanes that may start a probe, fewest in flight first.
    ready: BTreeSet<(usize, usize)>,
    /// The most probes in flight of one lane.
    width: usize,
}

impl Lanes {
    fn new(probes: &[Probe], width: usize) -> Self {
        let mut by_host: HashMap<&Host, usize> = HashMap::new();
        let mut hosts: Vec<Lane> = Vec::new();
        for (index, probe) in probes.iter().enumerate() {
            let lane = *by_host.entry(&probe.host).or_insert_with(|| {
                hosts.push(Lane::default());
                hosts.len() - 1
            });
            hosts[lane].waiting.push_back(index);
        }
        let ready = (0..hosts.len()).map(|lane| (0, lane)).collect();
        Self {
            hosts,
            ready,
            width,
        }
    }

    /// The lane and the probe to start next, if any may start.
    fn start(&mut self) -> Option<(usize, usize)> {
        let (_, lane) = self.ready.pop_first()?;
        let host = &mut self.hosts[lane];
        let index = host.waiting.pop_front()?;
        host.flying += 1;
        self.make_ready(lane);
        Some((lane, index))
    }

    /// Gives the lane back the room of one probe.
    fn finish(&mut self, lane: usize) {
        let host = &mut self.hosts[lane];
        self.ready.remove(&(host.flying, lane));
        host.flying -= 1;
        self.make_ready(lane);
    }

    fn make_ready(&mut self, lane: usize) {
        let Lane { waiting, flying } = &self.hosts[lane];
        if !waiting.is_empty() && *flying < self.width {
            self.ready.insert((*flying, lane));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending,
        sync::{
            Mutex,
            atomic::{AtomicUsize, Ordering},
        },
    };

    use super::*;
    use crate::{
        net::{Port, Protocol},
        observation::{Lookup, ResolveError},
        plan::ProbeOptions,
    };

    const TIMEOUT: Duration = Duration::from_secs(3);
    const QUICK: Duration = Duration::from_millis(10);

    /// Hosts whose name begins with `dead` take a timeout, all others answer quickly.
    #[derive(Default)]
    struct Scripted {
        flying: AtomicUsize,
        most: AtomicUsize,
        ends: Mutex<Vec<(String, Duration)>>,
        began: Option<Instant>,
    }

    impl Scripted {
        fn new() -> Self {
            Self {
                began: Some(Instant::now()),
                ..Self::default()
            }
        }

        /// When the last probe of a host whose name begins so ended.
        fn last_end(&self, host: &str) -> Duration {
            let ends = self.ends.lock().unwrap();
            let of_host = ends.iter().filter(|(name, _)| name.starts_with(host));
            of_host.map(|(_, end)| *end).max().unwrap()
        }
    }

    impl Prober for Scripted {
        async fn probe(&self, probe: &Probe) -> Observation {
            let flying = self.flying.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(flying, Ordering::SeqCst);
            let name = probe.host.to_string();
            let dead = name.starts_with("dead");
            tokio::time::sleep(if dead { TIMEOUT } else { QUICK }).await;
            self.flying.fetch_sub(1, Ordering::SeqCst);
            let elapsed = self.began.unwrap().elapsed();
            self.ends.lock().unwrap().push((name, elapsed));
            Observation::Unresolved(ResolveError::NoSuchName, Lookup::default())
        }
    }

    fn plan(hosts: &[(&str, u16)]) -> Plan {
        let probes = hosts.iter().flat_map(|(host, count)| {
            (1..=*count).map(|port| Probe {
                host: Host::Name((*host).to_owned()),
                ports: vec![Port::new(port).unwrap()],
                protocol: Protocol::Tcp,
                options: ProbeOptions::default(),
            })
        });
        Plan {
            probes: probes.collect(),
            ..Plan::default()
        }
    }

    fn limits(concurrency: usize, per_host: usize) -> Limits {
        Limits {
            concurrency,
            per_host,
            deadline: None,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_host_does_not_delay_the_others() {
        let prober = Scripted::new();
        let plan = plan(&[("dead", 90), ("alive", 90)]);
        run(&plan, &prober, limits(64, 32), pending::<()>(), |_| ()).await;
        assert_eq!(prober.last_end("alive"), QUICK * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn healthy_hosts_never_wait_for_dead_ones_even_where_there_is_little_room() {
        let names: Vec<String> = (0..64).map(|number| format!("dead{number}")).collect();
        let mut hosts: Vec<(&str, u16)> = names.iter().map(|name| (name.as_str(), 94)).collect();
        hosts.push(("alive", 94));
        let prober = Scripted::new();
        run(
            &plan(&hosts),
            &prober,
            limits(200, 32),
            pending::<()>(),
            |_| (),
        )
        .await;
        assert!(
            prober.last_end("alive") < TIMEOUT,
            "{:?}",
            prober.last_end("alive")
        );
    }

    #[tokio::test(start_paused = true)]
    async fn sixty_four_dead_nodes_take_three_timeouts() {
        let names: Vec<String> = (0..64).map(|number| format!("dead{number}")).collect();
        let hosts: Vec<(&str, u16)> = names.iter().map(|name| (name.as_str(), 94)).collect();
        let prober = Scripted::new();
        run(
            &plan(&hosts),
            &prober,
            limits(4_096, 32),
            pending::<()>(),
            |_| (),
        )
        .await;
        assert_eq!(prober.last_end("dead"), TIMEOUT * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_is_in_flight_than_the_gate_and_the_lane_let_through() {
        for (gate, lane, most) in [(5, 100, 5), (100, 3, 6), (0, 0, 1)] {
            let prober = Scripted::new();
            let plan = plan(&[("alive-a", 20), ("alive-b", 20)]);
            run(&plan, &prober, limits(gate, lane), pending::<()>(), |_| ()).await;
            assert_eq!(prober.most.load(Ordering::SeqCst), most);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn ten_thousand_probes_are_all_observed_through_a_narrow_gate() {
        let names: Vec<String> = (0..100).map(|number| format!("alive{number}")).collect();
        let hosts: Vec<(&str, u16)> = names.iter().map(|name| (name.as_str(), 100)).collect();
        let mut done = 0;
        let plan = plan(&hosts);
        let prober = Scripted::new();
        let (seen, ending) =
            run(&plan, &prober, limits(7, 3), pending::<()>(), |_| done += 1).await;
        assert_eq!(ending, Ending::Complete);
        assert_eq!(done, 10_000);
        assert!(!seen.contains(&Observation::Interrupted));
    }

    #[tokio::test(start_paused = true)]
    async fn each_probe_that_is_done_is_told_with_its_time() {
        let plan = plan(&[("dead", 1), ("alive", 2)]);
        let mut told = Vec::new();
        let on = |done: Done<'_>| told.push((done.index, done.span));
        run(&plan, &Scripted::new(), limits(1, 1), pending::<()>(), on).await;
        let span = |start, end| Span { start, end };
        assert_eq!(
            told,
            [
                (0, span(Duration::ZERO, TIMEOUT)),
                (1, span(TIMEOUT, TIMEOUT + QUICK)),
                (2, span(TIMEOUT + QUICK, TIMEOUT + QUICK * 2)),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn at_the_deadline_what_was_seen_is_kept_and_the_rest_is_interrupted() {
        let plan = plan(&[("dead", 1), ("alive", 2)]);
        let limits = Limits {
            deadline: Some(Duration::from_secs(1)),
            ..limits(8, 8)
        };
        let (seen, ending) = run(&plan, &Scripted::new(), limits, pending::<()>(), |_| ()).await;
        assert_eq!(ending, Ending::Deadline);
        let interrupted: Vec<bool> = seen
            .iter()
            .map(|o| *o == Observation::Interrupted)
            .collect();
        assert_eq!(interrupted, [true, false, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_tells_who_stopped_it() {
        let plan = plan(&[("dead", 1)]);
        let stop = async {
            tokio::time::sleep(QUICK).await;
            "SIGTERM"
        };
        let (seen, ending) = run(&plan, &Scripted::new(), limits(8, 8), stop, |_| ()).await;
        assert_eq!(ending, Ending::Stopped("SIGTERM"));
        assert_eq!(seen, [Observation::Interrupted]);
    }
}
