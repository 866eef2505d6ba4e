//! What flags and environment come to: which way out.

use std::{collections::BTreeMap, env, fs, io::Read as _, path::Path};

use super::{
    arguments::ProxyFlags,
    complain,
    failure::{Failure, Fault, file},
};
use crate::{
    net::Credentials,
    plan::Plan,
    site::{PROXY_VARIABLES, Proxies, ProxyMistake, ProxySettings},
};

/// No user and password are longer, in bytes.
const LARGEST_LOGIN: u64 = 4096;

/// The proxies there are.
///
/// # Errors
/// A PAC file; a file that holds no user and password; every URL that is none.
pub(crate) fn proxies(flags: &ProxyFlags) -> Result<Proxies, Failure> {
    if flags.pac.as_ref().is_some_and(|pac| !pac.is_empty()) && !flags.no_proxy {
        let refusal = Fault::of("--pac", "a PAC file is a program, and portcheck runs none");
        return Err(refusal
            .help("look in it what `FindProxyForURL` returns for the hosts, and give that: `PROXY h:3128` is `--proxy http://h:3128`")
            .into());
    }
    let flag = flags.proxy.clone().filter(|url| !url.is_empty());
    // Of two variables the one that forbids counts; of two flags neither does.
    let is_typed = flags.proxy != env::var("PORTCHECK_PROXY").ok();
    if flag.is_some() && is_typed && flags.no_proxy {
        let message =
            "`--proxy` cannot be used with `--no-proxy`: one is by a proxy, the other by none";
        return Err(Fault::new(message).into());
    }
    let credentials = match &flags.proxy_auth_file {
        Some(path) if !flags.no_proxy => Some(credentials(path)?),
        Some(_) | None => None,
    };
    let settings = ProxySettings {
        flag,
        is_off: flags.no_proxy,
        credentials,
        environment: environment(),
    };
    warn_of_a_password(flags);
    Proxies::read(&settings).map_err(|mistake| fault(&mistake).into())
}

/// The plan by the ways that there are.
///
/// # Errors
/// Every variable that a check goes by and that is no proxy's URL.
pub(crate) fn routed(plan: Plan, proxies: &Proxies) -> Result<Plan, Failure> {
    plan.routed(proxies)
        .map_err(|mistakes| Failure::Input(mistakes.iter().map(fault).collect()))
}

fn fault(mistake: &ProxyMistake) -> Fault {
    let fault = Fault::of(mistake.origin.clone(), &mistake.fault);
    match mistake.fault.help() {
        Some(help) => fault.help(help),
        None => fault,
    }
}

/// Warns of a password on the command line.
fn warn_of_a_password(flags: &ProxyFlags) {
    let from_environment = env::var("PORTCHECK_PROXY").ok();
    let typed = flags
        .proxy
        .as_ref()
        .filter(|_| flags.proxy != from_environment);
    let login = typed
        .and_then(|url| url.rsplit_once('@'))
        .map(|(login, _)| login);
    let login = login.map(|login| login.rsplit_once("//").map_or(login, |(_, login)| login));
    if login.is_some_and(|login| login.contains(':')) {
        complain(
            "warning: every user of this host can read the password on the command line\n\
             help: give it by PORTCHECK_PROXY or by `--proxy-auth-file FILE`\n",
        );
    }
}

/// The variables that are set. What is no UTF-8 is no URL either, and is told so.
fn environment() -> BTreeMap<String, String> {
    PROXY_VARIABLES
        .into_iter()
        .filter_map(|name| {
            let value = env::var_os(name)?.to_string_lossy().into_owned();
            Some((name.to_owned(), value))
        })
        .collect()
}

/// The first line of the file. What it holds is never repeated.
fn credentials(path: &Path) -> Result<Credentials, Fault> {
    let mut text = String::new();
    fs::File::open(path)
        .and_then(|open| open.take(LARGEST_LOGIN).read_to_string(&mut text))
        .map_err(|error| Fault::file("read", path, &error))?;
    let line = text.lines().next().unwrap_or_default();
    line.parse()
        .map_err(|error| Fault::new(format!("{}: {error}", file(path))))
}
