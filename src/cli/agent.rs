//! The far end of a mesh: does on a node what the coordinator says on stdin, and tells it on stdout.
//!
//! It goes when stdin ends or says nothing any more, whatever else it is doing: its threads, and
//! with them its sockets, end with the process.

use std::{
    env, fs,
    io::{self, BufReader, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};

use clap::{CommandFactory as _, FromArgMatches as _};
use serde::Serialize;
use time::OffsetDateTime;

use super::{
    arguments::{Action, AgentArguments, Arguments, RunArguments},
    command::selection,
    failure::{Failure, Fault, exit},
    inputs::Ground,
    job::{Job, Runner},
    respond,
    sending::Sending,
};
use crate::{
    catalog::{Catalogs, Expect},
    machine::Machine,
    mesh::{
        BEAT, SILENCE,
        wire::{self, Doors, Hello, Order, Round, Task, Word},
    },
    net::Host,
    plan::{self, Selection, from_host, with_responders},
    probe::NetProber,
    protocol::responder::Key,
    responder::{Manner, Signals, Taken},
};

/// Nobody waits as long for a mesh: what is forgotten ends by itself.
const LIFETIME: Duration = Duration::from_hours(24);

/// `portcheck agent`.
///
/// # Errors
/// When the coordinator is not there to hear the first word.
pub(crate) fn agent(arguments: &AgentArguments) -> Result<u8, Failure> {
    let voice = Voice::new(&arguments.mark);
    let _folder = Folder(arguments.folder.clone());
    let said = voice.say(&Word::Hello(Box::new(hello())));
    said.map_err(|error| Failure::Own(Fault::new(format!("nobody hears the agent: {error}"))))?;
    let (tell, orders) = mpsc::channel();
    listen(tell.clone());
    beat(voice.clone(), tell);
    Agent {
        voice,
        folder: arguments.folder.clone(),
        is_checking: Arc::default(),
        node: None,
    }
    .obey(&orders);
    Ok(exit::DONE)
}

/// What obeys.
struct Agent {
    voice: Voice,
    folder: Option<PathBuf>,
    /// Whether a signal ends the checks, and not the process.
    is_checking: Arc<AtomicBool>,
    node: Option<Node>,
}

impl Agent {
    /// Until the coordinator has gone, or is silent.
    fn obey(mut self, orders: &Receiver<Option<Order>>) {
        while let Ok(Some(order)) = orders.recv_timeout(SILENCE) {
            match order {
                Order::Prepare(task) => self.prepare(&task),
                Order::Probe(round) => self.check(round),
                Order::Stop if self.is_checking.load(Ordering::SeqCst) => {
                    // As the user's own Ctrl-C would: the report says what was seen by then.
                    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGINT);
                }
                Order::Stop => return,
                Order::Beat => {}
            }
        }
    }

    fn prepare(&mut self, task: &Task) {
        let prepared = Node::prepare(task, self.folder.as_deref());
        // Nothing is read from it any more, so nothing stays if the machine ends now.
        drop(Folder(self.folder.take()));
        let word = match prepared {
            Ok((_, Opened::Busy { pid, doors })) => Word::Busy { pid, doors },
            Ok((node, Opened::Doors(doors))) => {
                self.node = Some(node);
                Word::Ready(Box::new(doors))
            }
            Err(failure) => told(&failure),
        };
        // Whoever does not hear it is seen to be gone.
        let _ = self.voice.say(&word);
    }

    fn check(&mut self, round: Round) {
        let Some(node) = self.node.take() else {
            return;
        };
        let (voice, is_checking) = (self.voice.clone(), Arc::clone(&self.is_checking));
        thread::spawn(move || {
            let word = node.check(&round, &is_checking);
            let _ = voice.say(&word.unwrap_or_else(|failure| told(&failure)));
        });
    }
}

/// What a node checks, and with what.
struct Node {
    job: Job,
    prober: NetProber,
    catalogs: Catalogs,
}

impl Node {
    /// Reads the task, and opens the doors.
    fn prepare(task: &Task, folder: Option<&Path>) -> Result<(Self, Opened), Failure> {
        unpack(task, folder)?;
        let arguments = read(&task.arguments)?;
        let mut ground = Ground::read(&arguments.selection.catalogs)?;
        know_itself(&mut ground.machine, &task.names);
        let selection = selection(&arguments.selection, &arguments.expectation);

        let stands = ground.stands(
            &arguments.site,
            &Selection {
                expect: Some(Expect::Path),
                ..selection.clone()
            },
        );
        let plan = ground.plan(&arguments.site, &selection)?.plan;
        let catalogs = ground.catalogs.clone();
        let sending = Sending::read(arguments.sending)?;
        let mut job = sending.job(ground, plan)?;
        job.network.responders = Some(Key::new(&task.token));
        let prober = job.prober()?;
        let doors = open_doors(&stands.unwrap_or_default(), &task.token)?;
        let node = Self {
            job,
            prober,
            catalogs,
        };
        Ok((node, doors))
    }

    /// Sends the probes and judges what they saw.
    fn check(mut self, round: &Round, is_checking: &AtomicBool) -> Result<Word, Failure> {
        let standing: Vec<Host> = hosts(&round.standing);
        let first = round.first.as_ref().and_then(|first| first.parse().ok());
        let mut plan = with_responders(self.job.plan, &self.catalogs, |host| {
            standing.contains(host)
        });
        if let Some(first) = first {
            plan = from_host(plan, &first);
        }
        self.job.plan = plan;
        let mut runner = Runner::start()?;
        is_checking.store(true, Ordering::SeqCst);
        let report = self.job.report(&mut runner, &self.prober, &mut |_| ());
        is_checking.store(false, Ordering::SeqCst);
        Ok(Word::Report {
            report: Box::new(report),
        })
    }
}

/// Binds what is free, and answers there for as long as this process lives.
fn open_doors(here: &[plan::Stand], secret: &str) -> Result<Opened, Failure> {
    if here.is_empty() {
        return Ok(Opened::Doors(Doors::default()));
    }
    let (bound, taken) = respond::open(here, &[])?;
    if let Some(busy) = other_responder(&taken) {
        return Ok(busy);
    }
    let missing = respond::missing(&bound, &taken);
    let doors = Doors {
        bound: bound.doors.len(),
        missing: missing.lines().map(str::to_owned).collect(),
    };
    let manner = Manner {
        keys: vec![Key::new(secret)],
        allowed: Vec::new(),
        lifetime: LIFETIME,
    };
    thread::spawn(move || {
        // Whoever asks it then sees that nobody answers.
        let _ = bound.serve(&manner, &taken, &Signals::none());
    });
    Ok(Opened::Doors(doors))
}

/// What became of the doors.
enum Opened {
    Doors(Doors),
    /// Another portcheck stands there.
    Busy {
        pid: u32,
        doors: usize,
    },
}

/// Another portcheck that holds ports of this machine: neither may disturb the other.
fn other_responder(taken: &[Taken]) -> Option<Opened> {
    const NAME: &str = "portcheck";
    let pids = taken.iter().filter_map(|taken| {
        let mut processes = taken.holders.iter().filter_map(|it| it.process.as_ref());
        let other = processes.find(|it| it.name == NAME)?;
        Some(other.pid)
    });
    let pids: Vec<u32> = pids.collect();
    let pid = *pids.first()?;
    Some(Opened::Busy {
        pid,
        doors: pids.len(),
    })
}

/// Writes the files that the arguments name beside each other, where they are then read.
fn unpack(task: &Task, folder: Option<&Path>) -> Result<(), Failure> {
    let Some(folder) = folder else { return Ok(()) };
    let unwritten = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| Failure::Own(Fault::file("write", &path, &error))
    };
    for (name, text) in &task.files {
        let path = folder.join(Path::new(name).file_name().unwrap_or_default());
        fs::write(&path, text).map_err(unwritten(&path))?;
    }
    env::set_current_dir(folder).map_err(unwritten(folder))
}

/// The arguments of `run`; what this machine's environment says in the place of options is not what
/// the coordinator says.
fn read(words: &[String]) -> Result<RunArguments, Failure> {
    let unset = |argument: clap::Arg| argument.env(clap::builder::Resettable::Reset);
    let definition = Arguments::command()
        .mut_args(unset)
        .mut_subcommands(|command| command.mut_args(unset));
    let typed = ["portcheck", "run"].into_iter();
    let typed = typed.chain(words.iter().map(String::as_str));
    let read = definition.try_get_matches_from(typed);
    let read = read.and_then(|matches| Arguments::from_arg_matches(&matches));
    if let Ok(Action::Run(arguments)) = read.map(|arguments| arguments.action) {
        Ok(*arguments)
    } else {
        let message = "the coordinator says what this portcheck does not understand";
        Err(Failure::Own(Fault::new(message)))
    }
}

/// This machine is what the site calls it, whatever it calls itself.
fn know_itself(machine: &mut Machine, names: &[String]) {
    machine.aliases = hosts(names);
    if let Some(name) = names.first() {
        machine.name.clone_from(name);
    }
}

fn hosts(names: &[String]) -> Vec<Host> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

fn told(failure: &Failure) -> Word {
    let mut text = Vec::new();
    // Writing to memory does not fail.
    let _ = failure.write(&mut text);
    let text = anstream::adapter::strip_bytes(&text).into_vec();
    let why = String::from_utf8_lossy(&text).trim_end().to_owned();
    Word::Failed { why }
}

fn hello() -> Hello {
    /// Source: random(4); namespaces(7): one link a network namespace.
    const BOOT: &str = "/proc/sys/kernel/random/boot_id";
    const NETWORK: &str = "/proc/self/ns/net";
    let machine = Machine::read();
    let boot = fs::read_to_string(BOOT).unwrap_or_default();
    let network = fs::read_link(NETWORK).unwrap_or_default();
    let now = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
    let addresses = machine.addresses.iter().filter(|it| !it.is_loopback());
    Hello {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        arch: env::consts::ARCH.to_owned(),
        host: machine.name.clone(),
        identity: format!("{} {}", boot.trim(), network.display()),
        addresses: addresses.map(ToString::to_string).collect(),
        clock_ms: i64::try_from(now).unwrap_or_default(),
    }
}

/// What the agent says, from whichever thread.
#[derive(Clone)]
struct Voice {
    mark: Arc<str>,
    out: Arc<Mutex<io::Stdout>>,
}

impl Voice {
    fn new(mark: &str) -> Self {
        Self {
            mark: mark.into(),
            out: Arc::new(Mutex::new(io::stdout())),
        }
    }

    fn say(&self, word: &impl Serialize) -> io::Result<()> {
        let line = wire::line(&self.mark, word);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        out.write_all(&line)?;
        out.flush()
    }
}

/// A folder that goes when this does.
struct Folder(Option<PathBuf>);

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(folder) = &self.0 {
            let _ = env::set_current_dir("/");
            let _ = fs::remove_dir_all(folder);
        }
    }
}

/// Hears orders until stdin ends; what is no order is passed over.
fn listen(tell: Sender<Option<Order>>) {
    thread::spawn(move || {
        let mut stdin = BufReader::new(io::stdin());
        while let Ok(Some(line)) = wire::read_line(&mut stdin) {
            if let Ok(order) = serde_json::from_slice(&line)
                && tell.send(Some(order)).is_err()
            {
                return;
            }
        }
        let _ = tell.send(None);
    });
}

/// Says that it is still there, until nobody hears it.
fn beat(voice: Voice, tell: Sender<Option<Order>>) {
    thread::spawn(move || {
        while voice.say(&Word::Beat).is_ok() {
            thread::sleep(BEAT);
        }
        let _ = tell.send(None);
    });
}
