//! From nothing to an agent that runs: the login, the script's look around, the program's way there.

use std::{
    collections::{BTreeMap, HashMap},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use tokio::{
    sync::Semaphore,
    time::{Instant, sleep},
};

use super::{
    absence::Absence,
    phase::Phase,
    session::{Heard, Session, Ssh, until},
    wire::{Hello, Word},
};
use crate::{
    cause::{Cause, Place},
    fact::{Fact, Figure, File, MeshFact, Origin, Part, Sentence, Stranger},
    text,
};

/// How long a login may take, with what the script looks at: name servers that do not answer cost a
/// server twenty seconds before it lets anybody in.
const LOGIN: Duration = Duration::from_mins(1);
/// How long the program may take to start and say hello.
const HELLO: Duration = Duration::from_secs(20);
/// The slowest link that a program is sent over, in bytes a second.
const SLOWEST: u64 = 32 << 10;
/// Room beside the program, in KiB.
const SPARE_KIB: u64 = 1_024;
/// Logins at once by one jump host, or without one. Source: `sshd_config(5)`, `MaxStartups` is 10.
const LOGINS: usize = 8;
/// How long to wait before a login is tried again: a server that is too busy turns it away.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(2)];
/// What failed sooner than this is tried again: an answer, not silence.
const SOON: Duration = Duration::from_secs(2);

/// What runs on a node first; what it is told stands before it.
pub const SCRIPT: &str = include_str!("script.sh");

/// A program that can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Where it lies here.
    pub path: PathBuf,
    /// How long it is, in bytes.
    pub size: u64,
    /// Its SHA-256, in hexadecimal.
    pub digest: String,
}

/// How nodes are reached, and what is sent there.
#[derive(Debug)]
pub struct Means {
    /// The sessions.
    pub ssh: Ssh,
    /// Whether the agent runs as root, by `sudo -n`.
    pub sudo: bool,
    /// The programs, by processor as `uname -m` names it.
    pub programs: BTreeMap<String, Program>,
    /// Made up for this mesh: its folders and the begin of its lines.
    pub nonce: String,
    /// How many logins are under way, by jump host.
    pub gates: HashMap<String, Semaphore>,
    /// Tells apart the sessions of one mesh: two of them may end on one machine.
    pub count: AtomicU64,
}

impl Means {
    /// The semaphore of a jump host.
    #[must_use]
    pub fn gate() -> Semaphore {
        Semaphore::new(LOGINS)
    }

    /// What begins each line of ours.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("@portcheck-{} ", self.nonce)
    }

    /// What the script is told, and the script, behind their length.
    #[must_use]
    pub fn script(&self) -> Vec<u8> {
        let largest = self.programs.values().map(|it| it.size).max();
        let need = largest.unwrap_or_default() / 1_024 + SPARE_KIB;
        let (mark, nonce) = (self.mark(), &self.nonce);
        let place = self.count.fetch_add(1, Ordering::Relaxed);
        let root = u8::from(self.sudo);
        let script =
            format!("m='{mark}'\nnonce='{nonce}-{place}'\nneed={need}\nroot={root}\n{SCRIPT}");
        format!("{}\n{script}", script.len()).into_bytes()
    }
}

/// An agent that runs on a node.
pub(super) struct Arrival {
    pub(super) session: Session,
    pub(super) hello: Hello,
    /// How far its clock is ahead of ours, in milliseconds; the way there and back is in it.
    pub(super) ahead_ms: i64,
}

/// Brings the agent to a node.
pub(super) async fn arrive(means: &Means, host: &str, gate: &str) -> Result<Arrival, Absence> {
    let mut again = AGAIN.iter();
    loop {
        let began = Instant::now();
        let failed = match login(means, host, gate).await {
            Ok((session, look)) => return settle(means, session, look).await,
            Err(failed) => failed,
        };
        // Nothing is blamed that a repetition clears.
        let Some(pause) = again.next().filter(|_| failed.is_early) else {
            return Err(failed.absence);
        };
        if began.elapsed() > SOON {
            return Err(failed.absence);
        }
        sleep(*pause).await;
    }
}

struct Failed {
    absence: Absence,
    /// Whether nobody was logged in.
    is_early: bool,
}

/// Logs in, and lets the script look around.
async fn login(means: &Means, host: &str, gate: &str) -> Result<(Session, Look), Failed> {
    let permit = match means.gates.get(gate) {
        Some(gate) => gate.acquire().await.ok(),
        None => None,
    };
    let opened = Session::open(&means.ssh, host, &means.mark());
    let mut session = opened.map_err(|absence| Failed {
        absence,
        is_early: false,
    })?;
    session.send(means.script());
    let end = Instant::now() + LOGIN;
    let mut permit = permit;
    let mut look = Look::default();
    loop {
        let heard = session.next("the login", until(end)).await;
        drop(permit.take());
        match heard {
            Ok(Heard::Script(line)) => match look.hear(&line) {
                Ok(false) => {}
                Ok(true) => return Ok((session, look)),
                Err(absence) => {
                    session.close().await;
                    return Err(Failed {
                        absence,
                        is_early: false,
                    });
                }
            },
            Ok(Heard::Word(_)) => {}
            Err(absence) => {
                let is_early = session.phase() < Phase::LoggedIn;
                session.close().await;
                return Err(Failed { absence, is_early });
            }
        }
    }
}

/// What the script has told of a node.
#[derive(Debug, Default)]
struct Look {
    user: String,
    arch: String,
    installed: String,
    version: String,
    digest: String,
    place: String,
    /// The folders that are no place to run from, and why.
    refused: Vec<Fact>,
    is_full: bool,
}

impl Look {
    /// One more line; whether it was the last.
    fn hear(&mut self, line: &str) -> Result<bool, Absence> {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "user" => rest.clone_into(&mut self.user),
            "arch" => rest.clone_into(&mut self.arch),
            "installed" => rest.clone_into(&mut self.installed),
            "version" => rest.trim().clone_into(&mut self.version),
            "digest" => rest.clone_into(&mut self.digest),
            "sudo" => return Err(self.needs_sudo(rest)),
            "missing" => self.refuse(MeshFact::PlaceMissing { place: file(rest) }),
            "shut" => self.refuse(MeshFact::PlaceShut { place: file(rest) }),
            "inert" => self.refuse(MeshFact::PlaceInert { place: file(rest) }),
            "full" => self.full(rest),
            "nowhere" => return Err(self.nowhere()),
            "place" => {
                rest.clone_into(&mut self.place);
                return Ok(true);
            }
            // What a later script tells besides.
            _ => {}
        }
        Ok(false)
    }

    fn refuse(&mut self, fact: MeshFact) {
        self.refused.push(fact.into());
    }

    fn full(&mut self, rest: &str) {
        let (free, place) = rest.split_once(' ').unwrap_or(("", rest));
        self.is_full = true;
        self.refuse(MeshFact::PlaceFull {
            place: file(place),
            free: free.parse().unwrap_or_default(),
        });
    }

    fn nowhere(&self) -> Absence {
        let cause = if self.is_full {
            Cause::DiskFull
        } else {
            Cause::NoPlaceToRun
        };
        Absence::proven(cause, self.refused.clone())
    }

    fn needs_sudo(&self, rest: &str) -> Absence {
        let (code, words) = code_and_words(rest);
        let line =
            Sentence::from(Part::of(Origin::Named, &self.user)).then(" ALL=(root) NOPASSWD: ALL");
        Absence::proven(
            Cause::NeedsSudo,
            vec![MeshFact::SudoEnded { code, words }.into()],
        )
        .with(Place::Line, line)
    }

    /// Whether what is installed there is what would be sent, or does as well.
    fn has(&self, means: &Means) -> bool {
        if self.installed.is_empty() {
            return false;
        }
        match means.programs.get(&self.arch) {
            Some(program) => self.digest == program.digest,
            None => self.version == own_version(),
        }
    }

    fn other_processor(&self, means: &Means) -> Absence {
        let own: Vec<&str> = means.programs.keys().map(String::as_str).collect();
        let mut evidence: Vec<Fact> = vec![
            MeshFact::Processor {
                arch: Figure::from(self.arch.as_str()),
                own: Figure(text::list(&own, "and")),
            }
            .into(),
        ];
        if !self.installed.is_empty() {
            let place = file(&self.installed);
            let version = stranger(&self.version);
            evidence.push(MeshFact::Installed { place, version }.into());
        }
        Absence::proven(Cause::WrongArchitecture, evidence)
            .with(Place::Arch, Part::of(Origin::Number, &self.arch).into())
    }
}

/// Sends the program if it is not there, and waits until the agent says hello.
async fn settle(means: &Means, mut session: Session, look: Look) -> Result<Arrival, Absence> {
    let waited = match send(means, &session, &look) {
        Ok(waited) => waited,
        Err(absence) => {
            session.close().await;
            return Err(absence);
        }
    };
    match greeted(&mut session, &look, waited).await {
        Ok((hello, ahead_ms)) => Ok(Arrival {
            session,
            hello,
            ahead_ms,
        }),
        Err(absence) => {
            session.close().await;
            Err(absence)
        }
    }
}

/// Sends it; how long it may take until it has started there.
fn send(means: &Means, session: &Session, look: &Look) -> Result<Duration, Absence> {
    if look.has(means) {
        session.send(b"use\n".to_vec());
        return Ok(HELLO);
    }
    let Some(program) = means.programs.get(&look.arch) else {
        return Err(look.other_processor(means));
    };
    session.send(format!("take {} {}\n", program.size, program.digest).into_bytes());
    session.send_file(program.path.clone());
    Ok(HELLO + Duration::from_secs(program.size / SLOWEST))
}

async fn greeted(
    session: &mut Session,
    look: &Look,
    waited: Duration,
) -> Result<(Hello, i64), Absence> {
    let end = Instant::now() + waited;
    loop {
        match session.next("bringing the program", until(end)).await? {
            Heard::Script(line) => started(&line, look)?,
            Heard::Word(Word::Hello(hello)) if hello.version == env!("CARGO_PKG_VERSION") => {
                session.beat();
                let now = time::OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
                let ahead = i128::from(hello.clock_ms) - now;
                return Ok((*hello, i64::try_from(ahead).unwrap_or_default()));
            }
            Heard::Word(Word::Hello(hello)) => {
                let fact = MeshFact::AgentVersion {
                    version: Figure(hello.version),
                    own: Figure::from(env!("CARGO_PKG_VERSION")),
                };
                return Err(Absence::proven(Cause::WrongVersion, vec![fact.into()]));
            }
            Heard::Word(_) => {}
        }
    }
}

/// What the script says of the program, once it was sent.
fn started(line: &str, look: &Look) -> Result<(), Absence> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (cause, fact) = match word {
        "short" => {
            let place = file(rest);
            (Cause::DiskFull, MeshFact::CutShort { place })
        }
        "other" => {
            let place = file(rest);
            (Cause::AgentDied, MeshFact::OtherDigest { place })
        }
        "unfit" => {
            let (code, words) = code_and_words(rest);
            (Cause::WrongVersion, MeshFact::StartFails { code, words })
        }
        _ => return Ok(()),
    };
    let arch = Part::of(Origin::Number, &look.arch);
    Err(Absence::inferred(cause, vec![fact.into()]).with(Place::Arch, arch.into()))
}

/// `1 sudo: a password is required`
fn code_and_words(rest: &str) -> (i32, Stranger) {
    let (code, words) = rest.split_once(' ').unwrap_or((rest, ""));
    (code.parse().unwrap_or(-1), stranger(words))
}

fn stranger(words: &str) -> Stranger {
    Stranger(text::stranger(words.trim().as_bytes()))
}

fn file(path: &str) -> File {
    File(text::stranger(path.as_bytes()))
}

fn own_version() -> String {
    format!("portcheck {}", env!("CARGO_PKG_VERSION"))
}
