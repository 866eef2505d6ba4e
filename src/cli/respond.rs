//! `respond`: binding, saying so, standing until the end.

use std::{fs, net::IpAddr, path::PathBuf, time::Duration};

use ipnet::IpNet;

use super::{
    arguments::RespondArguments,
    command::{self, Reader},
    complain,
    failure::{Failure, Fault, exit, reason},
    inputs::Ground,
    sink::FileSink,
    token,
};
use crate::{
    catalog::Expect,
    plan::Selection,
    protocol::responder::Key,
    responder::{self, Bound, Ending, Manner, Signals, Taken},
};

mod status;
mod words;

pub(crate) use words::missing;

/// `portcheck respond`. The exit code is that of `--for`, or 128 and the signal's number.
///
/// # Errors
/// The user's mistakes, before anything is bound; our own failures after it.
pub(crate) fn respond(arguments: &RespondArguments) -> Result<u8, Failure> {
    let mut reader = Reader::default();
    let lifetime = reader.lifetime(&arguments.lifetime);
    let addresses = reader.listen(&arguments.listen);
    let allowed = reader.allow(&arguments.allow);
    reader.finish(())?;
    let ground = Ground::read(&arguments.selection.catalogs)?;
    let stands = ground.stands(&arguments.site, &selection(arguments))?;
    let given = token::token(&arguments.token)?;
    let status = arguments
        .status_file
        .clone()
        .map(Status::open)
        .transpose()?;
    let signals = Signals::listen().map_err(|error| own("listen for signals", &error))?;
    let (bound, taken) = open(&stands, &addresses)?;
    complain(&words::missing(&bound, &taken));
    if bound.doors.is_empty() {
        let fault = Fault::new("cannot bind any of the ports");
        return Err(Failure::Own(fault));
    }
    let manner = Manner {
        keys: keys(given)?,
        allowed,
        lifetime,
    };
    let _status = status
        .map(|status| status.tell(&status::json(&bound, &taken, lifetime)))
        .transpose()?;
    complain(&words::ready(&bound, lifetime));
    let ending = bound.serve(&manner, &taken, &signals);
    let ending = ending.map_err(|error| own("wait for probes", &error))?;
    Ok(code(ending))
}

fn selection(arguments: &RespondArguments) -> Selection {
    Selection {
        profiles: command::items(&arguments.selection.profile),
        only: arguments.selection.only.clone(),
        skip: arguments.selection.skip.clone(),
        expect: Some(Expect::Path),
        full_ranges: arguments.selection.full_ranges,
        ..Selection::default()
    }
}

/// Binds what is free, and looks who holds the rest.
///
/// # Errors
/// Our own failures.
pub(crate) fn open(
    stands: &[crate::plan::Stand],
    addresses: &[IpAddr],
) -> Result<(Bound, Vec<Taken>), Failure> {
    let mut bound = responder::bind(stands, addresses);
    if bound.unbound.taken.is_empty() {
        return Ok((bound, Vec::new()));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| own("start the runtime", &error))?;
    let taken = runtime.block_on(bound.look_at_the_taken(stands));
    Ok((bound, taken))
}

/// The keys of those who are answered: whoever has the token; where none was given, whoever has
/// the one made up here, and whoever asks without any.
fn keys(given: Option<String>) -> Result<Vec<Key>, Failure> {
    if let Some(token) = given {
        return Ok(vec![Key::new(&token)]);
    }
    let token = token::fresh()?;
    complain(&words::token(&token));
    Ok(vec![Key::new(&token), Key::new("")])
}

const fn code(ending: Ending) -> u8 {
    match ending {
        Ending::Lifetime => exit::DONE,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the numbers of these signals are below 16"
        )]
        Ending::Signal(signal) => 128 + signal as u8,
    }
}

/// The status file, from before the first port is bound to the end.
struct Status {
    sink: FileSink,
    path: PathBuf,
}

impl Status {
    fn open(path: PathBuf) -> Result<Self, Failure> {
        let sink = FileSink::open(&path)?;
        Ok(Self { sink, path })
    }

    fn tell(self, status: &serde_json::Value) -> Result<Told, Failure> {
        let text = format!("{status:#}\n");
        self.sink.commit(text.as_bytes()).map_err(Failure::Own)?;
        Ok(Told(self.path))
    }
}

/// A status file that says `ready`, until nobody is.
struct Told(PathBuf);

impl Drop for Told {
    fn drop(&mut self) {
        // What is not a file of its own (a device, say) stays.
        if fs::metadata(&self.0).is_ok_and(|file| file.is_file()) {
            let _ = fs::remove_file(&self.0);
        }
    }
}

impl Reader {
    fn lifetime(&mut self, typed: &str) -> Duration {
        /// Whoever needs it longer starts it again.
        const MOST: Duration = Duration::from_hours(7 * 24);
        self.duration("--for", typed, Duration::from_millis(1)..=MOST)
    }

    /// The addresses to listen at, each one of this machine's.
    fn listen(&mut self, typed: &[String]) -> Vec<IpAddr> {
        let mut addresses = Vec::new();
        for typed in command::items(typed) {
            let Ok(address) = typed.parse::<IpAddr>() else {
                let fault = Fault::of("--listen", format!("`{typed}` is no address"));
                self.fault(fault.help("write it as `10.0.0.5` or `2001:db8::5`"));
                continue;
            };
            match responder::has_address(address) {
                Ok(()) if !addresses.contains(&address) => addresses.push(address),
                Ok(()) => {}
                Err(_) => {
                    let what = format!("this machine has no address `{address}`");
                    self.fault(Fault::of("--listen", what).help("`ip address` shows those it has"));
                }
            }
        }
        addresses
    }

    /// The networks to answer.
    fn allow(&mut self, typed: &[String]) -> Vec<IpNet> {
        let mut networks = Vec::new();
        for typed in command::items(typed) {
            let one = typed.parse::<IpAddr>().map(IpNet::from);
            if let Ok(network) = one.or_else(|_| typed.parse::<IpNet>()) {
                networks.push(network.trunc());
                continue;
            }
            let fault = Fault::of("--allow", format!("`{typed}` is no network"));
            self.fault(fault.help("write it as `10.0.0.0/8`, or as one address"));
        }
        networks
    }
}

fn own(what: &str, error: &std::io::Error) -> Failure {
    Failure::Own(Fault::new(format!("cannot {what}: {}", reason(error))))
}
