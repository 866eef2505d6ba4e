//! What this machine's Ansible makes of an inventory: that counts, where there is one.

use std::{
    io::{self, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

/// The program. Source: Ansible, `ansible-inventory`.
const PROGRAM: &str = "ansible-inventory";

/// The most bytes of a listing; it repeats the variables of a group at each of its hosts.
const LISTING_LIMIT: u64 = 64 << 20;

/// How long it may take: it may run a script that asks a cloud.
const PATIENCE: Duration = Duration::from_mins(1);

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is not installed.
    NotInstalled,
    /// It ended with an error, said nothing sensible, or took over a minute.
    Refused,
    /// What `ansible-inventory --list` printed.
    Listing(String),
}

/// Asks it for the hosts of these inventories, as one. What it says of mistakes is not read: it may
/// quote secrets.
#[must_use]
pub fn listing(paths: &[&Path]) -> Answer {
    let mut command = Command::new(PROGRAM);
    command
        .arg("--list")
        .args(paths.iter().flat_map(|path| {
            // What begins with a `-` is a name all the same.
            let mut option = std::ffi::OsString::from("--inventory=");
            option.push(path);
            [option]
        }))
        // What it cannot read it passes over, unless it is told not to.
        .env("ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED", "true")
        .env("ANSIBLE_INVENTORY_UNPARSED_FAILED", "true")
        .env("ANSIBLE_NOCOLOR", "true")
        .env_remove("ANSIBLE_FORCE_COLOR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    match command.spawn() {
        Ok(child) => read(child).map_or(Answer::Refused, Answer::Listing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Answer::NotInstalled,
        Err(_) => Answer::Refused,
    }
}

/// What the program prints before it ends well.
fn read(mut child: Child) -> Option<String> {
    let stdout = child.stdout.take()?;
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        let read = stdout.take(LISTING_LIMIT).read_to_string(&mut text);
        // Nobody listens any more once it took too long.
        let _ = sender.send(read.map(|_| text));
    });
    let Ok(Ok(text)) = receiver.recv_timeout(PATIENCE) else {
        let _ = child.kill();
        let _ = child.wait();
        return None;
    };
    child
        .wait()
        .is_ok_and(|status| status.success())
        .then_some(text)
}
