//! One `ssh` session: lines out, lines in, and what became of it.

use std::{
    io,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    fs::File,
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc::{self, UnboundedReceiver, UnboundedSender},
    time::{Instant, interval, timeout},
};

use super::{
    BEAT,
    absence::Absence,
    phase::{Phase, Progress},
    wire::{self, LONGEST_LINE, Order, Word},
};
use crate::{
    cause::Cause,
    fact::{MeshFact, Stranger},
    text,
};

/// How long a session may take to end once its stdin has: the node cleans up meanwhile.
const END_WITHIN: Duration = Duration::from_secs(5);

/// The longest line of `ssh`'s own that is looked at, in bytes.
const LONGEST_WORDS: u64 = 4_096;

/// How sessions are opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ssh {
    /// What the user gives `ssh` besides: `KEY=VALUE`, the first of each key counts.
    pub options: Vec<String>,
}

/// What makes a session ours, after what the user says: the first value of a key counts.
/// Source: `ssh_config(5)`.
const OPTIONS: [&str; 9] = [
    // Nobody is there to be asked, for a password or about a host key.
    "BatchMode=yes",
    // The kernel asks four times in this time.
    "ConnectTimeout=10",
    // A link that is lost is noticed, as well as a node that is.
    "ServerAliveInterval=5",
    "ServerAliveCountMax=3",
    "ClearAllForwardings=yes",
    "PermitLocalCommand=no",
    // A master that is there may be used; none stays behind.
    "ControlMaster=no",
    "RequestTTY=no",
    // The steps of the login, see `phase`.
    "LogLevel=DEBUG1",
];

/// What the login shell is to do, whichever it is: sh, csh and fish read this alike. What sh is to do
/// comes on stdin, behind its length. Source: csh(1) and fish(1), quoting.
const START: &str = r#"exec sh -c 'IFS= read -r n && eval "$(head -c "$n")"'"#;

impl Ssh {
    /// The arguments of a session.
    #[must_use]
    pub fn arguments(&self, host: &str) -> Vec<String> {
        let options = self.options.iter().map(String::as_str);
        let options = options.chain(OPTIONS).flat_map(|option| ["-o", option]);
        ["-T", "-x", "-a"]
            .into_iter()
            .chain(options)
            .chain(["--", host, START])
            .map(str::to_owned)
            .collect()
    }
}

/// What came from a node.
#[derive(Debug)]
pub(super) enum Heard {
    /// A line of the script.
    Script(String),
    /// What the agent says.
    Word(Word),
}

/// What goes to a node.
enum Outgoing {
    Bytes(Vec<u8>),
    File(PathBuf),
    /// From now on an agent is there.
    Beats,
}

/// An open session.
pub(super) struct Session {
    child: Child,
    outgoing: UnboundedSender<Outgoing>,
    heard: UnboundedReceiver<Heard>,
    progress: Arc<Mutex<Progress>>,
    /// Whether anything of ours ran there.
    has_begun: bool,
}

impl Session {
    /// Starts `ssh`, out of reach of this terminal's signals: they end the mesh, not the sessions.
    pub(super) fn open(ssh: &Ssh, host: &str, mark: &str) -> Result<Self, Absence> {
        let mut command = Command::new("ssh");
        command
            .args(ssh.arguments(host))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        let started = command.spawn();
        let mut child = started.map_err(|error| unstarted(&error))?;
        let (outgoing, orders) = mpsc::unbounded_channel();
        let (tell, heard) = mpsc::unbounded_channel();
        let progress = Arc::new(Mutex::new(Progress::default()));
        if let Some(stdin) = child.stdin.take() {
            tokio::spawn(write(stdin, orders));
        }
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(listen(stdout, mark.to_owned(), tell));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(watch(stderr, Arc::clone(&progress)));
        }
        Ok(Self {
            child,
            outgoing,
            heard,
            progress,
            has_begun: false,
        })
    }

    /// Sends bytes. A session that has ended is seen when it is heard.
    pub(super) fn send(&self, bytes: Vec<u8>) {
        let _ = self.outgoing.send(Outgoing::Bytes(bytes));
    }

    /// Sends the contents of a file.
    pub(super) fn send_file(&self, path: PathBuf) {
        let _ = self.outgoing.send(Outgoing::File(path));
    }

    /// Tells the agent something.
    pub(super) fn order(&self, order: &Order) {
        self.send(wire::line("", order));
    }

    /// Lets the agent know from now on that we are there.
    pub(super) fn beat(&self) {
        let _ = self.outgoing.send(Outgoing::Beats);
    }

    /// The next thing that is heard.
    ///
    /// # Errors
    /// The end of the session; nothing in that time.
    pub(super) async fn next(
        &mut self,
        step: &'static str,
        within: Duration,
    ) -> Result<Heard, Absence> {
        match timeout(within, self.heard.recv()).await {
            Ok(Some(heard)) => {
                self.has_begun = true;
                Ok(heard)
            }
            Ok(None) => Err(self.ended().await),
            Err(_) => Err(self.stuck(step, within)),
        }
    }

    /// How far the login got.
    pub(super) fn phase(&self) -> Phase {
        self.progress().phase
    }

    fn progress(&self) -> Progress {
        let progress = self.progress.lock();
        progress.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why it ended.
    async fn ended(&mut self) -> Absence {
        let status = timeout(END_WITHIN, self.child.wait()).await;
        let code = status.ok().and_then(Result::ok).and_then(|it| it.code());
        let Progress { phase, last } = self.progress();
        let (cause, words) = verdict(phase, self.has_begun);
        let mut evidence = vec![match code {
            Some(code) => MeshFact::SshEnded { code, phase: words }.into(),
            None => MeshFact::SshKilled { phase: words }.into(),
        }];
        if !last.is_empty() {
            let words = Stranger(text::stranger(last.as_bytes()));
            let fact = if phase == Phase::LoggedIn {
                MeshFact::NodeSaid { words }
            } else {
                MeshFact::SshSaid { words }
            };
            evidence.push(fact.into());
        }
        if self.has_begun {
            Absence::proven(cause, evidence)
        } else {
            Absence::inferred(cause, evidence)
        }
    }

    fn stuck(&self, step: &'static str, waited: Duration) -> Absence {
        let (cause, _) = verdict(self.phase(), self.has_begun);
        let fact = if self.has_begun && waited == super::SILENCE {
            MeshFact::SilentFor { waited }
        } else {
            MeshFact::StepTook { step, waited }
        };
        Absence::inferred(cause, vec![fact.into()])
    }

    /// Ends it as its agent is told to go: by the end of stdin. What hangs is ended here.
    pub(super) async fn close(self) {
        let Self {
            mut child,
            outgoing,
            ..
        } = self;
        drop(outgoing);
        if timeout(END_WITHIN, child.wait()).await.is_err() {
            let _ = child.start_kill();
            let _ = child.wait().await;
        }
    }
}

fn unstarted(error: &io::Error) -> Absence {
    let words = Stranger(text::stranger(error.to_string().as_bytes()));
    Absence::proven(
        Cause::NodeUnreachable,
        vec![MeshFact::NoSsh { words }.into()],
    )
}

/// What the end of a session means that got so far.
const fn verdict(phase: Phase, has_begun: bool) -> (Cause, &'static str) {
    if has_begun {
        return (Cause::AgentDied, "in the middle");
    }
    match phase {
        Phase::Nothing => (Cause::NodeUnreachable, "before anything was heard"),
        Phase::Connected => (
            Cause::NodeUnreachable,
            "after it had connected, before a word of SSH was whole",
        ),
        Phase::KeyShown => (Cause::HostKey, "when the host key was shown"),
        Phase::KeyAccepted => (
            Cause::LoginRefused,
            "when the host key was accepted and nobody logged in",
        ),
        Phase::LoggedIn => (
            Cause::LoginRefused,
            "after the login, before a command of ours ran",
        ),
    }
}

/// Writes until nobody sends any more, or nobody reads; then stdin ends.
async fn write(mut stdin: ChildStdin, mut orders: UnboundedReceiver<Outgoing>) {
    let mut beats = interval(BEAT);
    let mut is_beating = false;
    loop {
        let written = tokio::select! {
            order = orders.recv() => match order {
                Some(Outgoing::Bytes(bytes)) => stdin.write_all(&bytes).await,
                Some(Outgoing::File(path)) => copy(path, &mut stdin).await,
                Some(Outgoing::Beats) => {
                    is_beating = true;
                    Ok(())
                }
                None => return,
            },
            _ = beats.tick(), if is_beating => stdin.write_all(&wire::line("", &Order::Beat)).await,
        };
        if written.is_err() {
            return;
        }
    }
}

async fn copy(path: PathBuf, stdin: &mut ChildStdin) -> io::Result<()> {
    let mut file = File::open(path).await?;
    tokio::io::copy(&mut file, stdin).await.map(|_| ())
}

/// Hears the lines that have our mark; what is no word of ours is passed over.
async fn listen(stdout: impl AsyncRead + Unpin, mark: String, tell: UnboundedSender<Heard>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let mut line = Vec::new();
        let mut some = (&mut stdout).take(LONGEST_LINE as u64 + 1);
        match some.read_until(b'\n', &mut line).await {
            Ok(1..) if line.len() <= LONGEST_LINE => {}
            Ok(_) | Err(_) => return,
        }
        let Some(words) = line.strip_prefix(mark.as_bytes()) else {
            continue;
        };
        let heard = if words.first() == Some(&b'{') {
            serde_json::from_slice(words).ok().map(Heard::Word)
        } else {
            let words = String::from_utf8_lossy(words);
            Some(Heard::Script(words.trim_end().to_owned()))
        };
        if let Some(heard) = heard
            && tell.send(heard).is_err()
        {
            return;
        }
    }
}

/// Reads what `ssh` says of its steps.
async fn watch(stderr: impl AsyncRead + Unpin, progress: Arc<Mutex<Progress>>) {
    let mut stderr = BufReader::new(stderr);
    loop {
        let mut line = Vec::new();
        let mut some = (&mut stderr).take(LONGEST_WORDS);
        match some.read_until(b'\n', &mut line).await {
            Ok(1..) => {}
            Ok(_) | Err(_) => return,
        }
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.hear(&String::from_utf8_lossy(&line));
    }
}

/// How long until then, at least nothing.
pub(super) fn until(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}
