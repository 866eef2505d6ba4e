//! `mesh`: every node to every node, from one machine.

use std::sync::atomic::AtomicU64;

use time::OffsetDateTime;
use tokio::sync::watch;

use super::{
    arguments::{MeshArguments, MeshWhat, OutputFlags, SessionFlags},
    command::{Reader, selection},
    complain,
    failure::{Failure, Fault, reason},
    inputs::{Ground, Planned},
    interrupt::{Signal, Signals},
    print, token,
};
use crate::{
    mesh::{self, Means, Node, Outcome, Ssh, Step, wire::Task},
    report::Interrupt,
    text,
};

mod answer;
mod by_hand;
mod nodes;
mod programs;
mod task;

use answer::{Answer, Run};

/// `portcheck mesh`.
///
/// # Errors
/// The user's mistakes, before anybody is logged in; our own failures after it.
pub(crate) fn mesh(mut arguments: MeshArguments) -> Result<u8, Failure> {
    let flags = std::mem::replace(&mut arguments.output, OutputFlags::nothing());
    let mut reader = Reader::default();
    let output = reader.output(flags);
    let output = reader.finish(output)?;
    let (ground, planned) = read(&arguments)?;
    let profiles = planned.plan.profiles;
    let hosts = nodes::hosts(&ground.catalogs, &planned.site, &profiles);
    if hosts.is_empty() {
        return Err(nobody().into());
    }
    let mut task = task::task(&arguments, &ground.catalogs, &planned.site)?;
    if output.strict {
        task.arguments.push("--strict".to_owned());
    }
    let ssh = ssh(&arguments.sessions)?;
    if arguments.what == Some(MeshWhat::Plan) {
        return print(&by_hand::plan(&hosts, &task));
    }
    if arguments.sessions.dry_run {
        return print(&by_hand::commands(&hosts, &ssh));
    }
    let answer = Answer::open(&output, &arguments.gate)?;
    let programs = programs::programs(&arguments.sessions.binary)?;
    task.token = token::fresh()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| own("start the runtime", &error))?;
    let started = OffsetDateTime::now_utc();
    let cast = Cast {
        hosts,
        task,
        means: Means {
            ssh,
            sudo: arguments.sessions.sudo,
            programs,
            nonce: token::fresh()?.chars().take(16).collect(),
            gates: std::collections::HashMap::new(),
            count: AtomicU64::new(0),
        },
        is_quiet: output.quiet,
    };
    let (outcomes, signal) = runtime.block_on(cast.play())?;
    runtime.shutdown_background();
    answer.give(Run {
        outcomes,
        started,
        profiles,
        signal,
    })
}

/// Who is in it, and what they do.
struct Cast {
    hosts: Vec<String>,
    task: Task,
    means: Means,
    is_quiet: bool,
}

impl Cast {
    async fn play(mut self) -> Result<(Vec<(Node, Outcome)>, Option<Interrupt>), Failure> {
        let signals = Signals::listen().map_err(|error| own("listen for signals", &error))?;
        let nodes = mesh::nodes(&self.means.ssh, &self.hosts).await;
        for node in &nodes {
            let gates = &mut self.means.gates;
            gates.entry(node.gate.clone()).or_insert_with(Means::gate);
        }
        let (stop, stopped) = watch::channel(false);
        let total = nodes.len();
        let tell = |step| {
            if !self.is_quiet {
                complain(&words(step, total));
            }
        };
        let conducted = mesh::conduct(&nodes, &self.task, &self.means, stopped, &tell);
        let (outcomes, signal) = until_signal(conducted, signals, &stop).await;
        Ok((nodes.into_iter().zip(outcomes).collect(), signal))
    }
}

/// What came of it, and the signal that ended it early; the next one ends the process.
async fn until_signal<T>(
    work: impl Future<Output = T>,
    mut signals: Signals,
    stop: &watch::Sender<bool>,
) -> (T, Option<Interrupt>) {
    let mut work = std::pin::pin!(work);
    let signal = tokio::select! {
        biased;
        done = &mut work => return (done, None),
        signal = signals.first() => signal,
    };
    // Nobody listens any more once all is done.
    let _ = stop.send(true);
    (work.await, Some(interrupt(signal)))
}

const fn interrupt(signal: Signal) -> Interrupt {
    match signal {
        Signal::HangUp => Interrupt::Sighup,
        Signal::Interrupt => Interrupt::Sigint,
        Signal::Quit => Interrupt::Sigquit,
        Signal::Terminate => Interrupt::Sigterm,
    }
}

fn words(step: Step, total: usize) -> String {
    let of = |count: usize| format!("{count} of {}", text::count(total, "node"));
    match step {
        Step::Arrived(count) => format!("logged in: {}\n", of(count)),
        Step::Ready(count) => format!("responders stand: {}, checking\n", of(count)),
        Step::Reported(count) => format!("reports: {}, cleaning up\n", of(count)),
    }
}

/// The site as it is for whoever is no node of it.
fn read(arguments: &MeshArguments) -> Result<(Ground, Planned), Failure> {
    let mut ground = Ground::read(&arguments.selection.catalogs)?;
    // Whoever starts the mesh is a node like the others, or none.
    ground.machine.addresses = Vec::new();
    ground.machine.name = String::new();
    let selection = selection(&arguments.selection, &arguments.expectation);
    let planned = ground.plan(&arguments.site, &selection)?;
    Ok((ground, planned))
}

fn nobody() -> Fault {
    let message = "the site names no node that the profiles start from";
    Fault::new(message)
        .help("list them in the site file (`groups:`, `nodes:`), or give `--node HOST,HOST`")
}

fn ssh(flags: &SessionFlags) -> Result<Ssh, Failure> {
    let mut reader = Reader::default();
    for option in &flags.ssh_option {
        let is_one = option.split_once('=').is_some_and(|(key, _)| {
            key.chars().all(|it| it.is_ascii_alphanumeric()) && !key.is_empty()
        });
        if !is_one {
            let fault = Fault::of(
                "--ssh-option",
                format!("got `{option}`, expected `KEY=VALUE`"),
            );
            reader.fault(fault.help("`User=admin`, say; ssh_config(5) has the keys"));
        }
    }
    reader.finish(Ssh {
        options: flags.ssh_option.clone(),
    })
}

fn own(what: &str, error: &std::io::Error) -> Failure {
    Failure::Own(Fault::new(format!("cannot {what}: {}", reason(error))))
}
