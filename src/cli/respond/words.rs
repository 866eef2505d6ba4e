//! What a responder says on stderr: a line a fact, most of them about what is missing.

use std::{fmt::Write as _, time::Duration};

use crate::{
    net::Transport,
    protocol::responder::Door,
    responder::{Bound, Taken, Verdict},
    text,
};

/// How many ranges of ports are listed before the rest is counted.
const LISTED: usize = 12;

/// The token that was made up here, and how it is used.
pub(super) fn token(token: &str) -> String {
    format!(
        "token: {token}\n\
         help: on the other machines: PORTCHECK_TOKEN={token} portcheck run --responders …\n"
    )
}

/// That every port is bound, how many, and for how long.
pub(super) fn ready(bound: &Bound, lifetime: Duration) -> String {
    let kinds = Transport::ALL.into_iter().filter_map(|transport| {
        let count = bound
            .doors
            .iter()
            .filter(|door| door.transport == transport)
            .count();
        (count > 0).then(|| format!("{count} {transport}"))
    });
    let kinds: Vec<String> = kinds.collect();
    format!(
        "ready: {} bound ({}) for {}\n",
        text::count(bound.doors.len(), "port"),
        text::list(&kinds, "and"),
        text::duration(lifetime)
    )
}

/// What could not be bound, why, and what would help.
pub(crate) fn missing(bound: &Bound, taken: &[Taken]) -> String {
    let mut lines = String::new();
    for taken in taken {
        lines += &held(taken);
        lines.push('\n');
    }
    let unbound = &bound.unbound;
    let mut say = |doors: &[Door], why: &str, help: &str| {
        if !doors.is_empty() {
            // Writing to memory does not fail.
            let _ = writeln!(lines, "not bound: {}: {why}", listed(doors));
            let _ = write!(lines, "{help}");
        }
    };
    say(
        &unbound.forbidden,
        "this user may not bind them",
        "help: run it as root, or give the binary the right: setcap cap_net_bind_service,cap_net_raw+ep\n",
    );
    say(
        &unbound.no_room,
        "this process may have no more descriptors (EMFILE)",
        "help: raise the limit (ulimit -n) or leave `--full-ranges` out\n",
    );
    for (door, errno) in &unbound.refused {
        say(&[*door], &format!("the system refuses (errno {errno})"), "");
    }
    lines
}

/// `taken: tcp 8080 (Tomcat) by nginx (pid 77) at 127.0.0.1:8080; …`
fn held(taken: &Taken) -> String {
    let mut line = format!("taken: {}", taken.door);
    if !taken.service.is_empty() {
        let _ = write!(line, " ({})", taken.service);
    }
    let holders: Vec<String> = taken.holders.iter().map(ToString::to_string).collect();
    match &holders[..] {
        [] => line.push_str(" by a process that cannot be seen"),
        _ => {
            let _ = write!(line, " by {}", text::list(&holders, "and"));
        }
    }
    line.push_str(match taken.verdict {
        Verdict::Expected => "; it answers as that service does",
        Verdict::Unexpected => "; it does not answer as that service does",
        Verdict::Unknown => "",
    });
    if taken.is_loopback_only() {
        line.push_str("; bound to loopback, so no other machine reaches it");
    }
    line
}

/// `tcp 22, 80-81; udp 53`
fn listed(doors: &[Door]) -> String {
    let of = |transport: Transport| {
        let ports: Vec<u16> = doors
            .iter()
            .filter(|door| door.transport == transport)
            .map(|door| door.port)
            .collect();
        match &ports[..] {
            [] => None,
            [0] => Some(transport.to_string()),
            _ => Some(format!("{transport} {}", shown(&ports))),
        }
    };
    let kinds: Vec<String> = Transport::ALL.into_iter().filter_map(of).collect();
    kinds.join("; ")
}

fn shown(ports: &[u16]) -> String {
    let ranges = ranges(ports);
    let mut words: Vec<String> = ranges
        .iter()
        .take(LISTED)
        .map(|(first, last)| {
            if first == last {
                first.to_string()
            } else {
                format!("{first}-{last}")
            }
        })
        .collect();
    let rest: usize = ranges
        .iter()
        .skip(LISTED)
        .map(|(first, last)| usize::from(last - first) + 1)
        .sum();
    if rest > 0 {
        words.push(format!("{rest} more"));
    }
    words.join(", ")
}

/// Ascending ports as ranges of neighbours.
pub(super) fn ranges(ports: &[u16]) -> Vec<(u16, u16)> {
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for port in ports {
        match ranges.last_mut() {
            Some((_, last)) if *port == last.saturating_add(1) => *last = *port,
            Some(_) | None => ranges.push((*port, *port)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(transport: Transport, port: u16) -> Door {
        Door { transport, port }
    }

    #[test]
    fn ports_are_listed_as_ranges_and_the_many_are_counted() {
        let mut doors: Vec<Door> = [22, 80, 81, 82]
            .map(|port| door(Transport::Tcp, port))
            .to_vec();
        doors.extend([door(Transport::Udp, 53), door(Transport::Esp, 0)]);
        assert_eq!(listed(&doors), "tcp 22, 80-82; udp 53; esp");
        let many: Vec<Door> = (0..20)
            .map(|step| door(Transport::Tcp, 100 + step * 2))
            .collect();
        let shown = listed(&many);
        assert!(shown.ends_with("122, 8 more"), "{shown}");
    }
}
