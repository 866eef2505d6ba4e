//! What this machine's firewalls say of their rules. Root alone may ask most of them.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

/// The rules as `nft` lists them, as JSON; `None` where it is not there, or this user may not.
#[must_use]
pub fn nftables() -> Option<String> {
    said("nft", &["-j", "list", "ruleset"])
}

/// The rules as `iptables-save` lists them, or for IPv6 `ip6tables-save`.
#[must_use]
pub fn iptables(is_v6: bool) -> Option<String> {
    let program = if is_v6 {
        "ip6tables-save"
    } else {
        "iptables-save"
    };
    said(program, &[])
}

/// What `firewall-cmd` says to this option; `None` where firewalld does not run.
#[must_use]
pub fn firewalld(option: &str) -> Option<String> {
    said("firewall-cmd", &[option])
}

/// Rules as `nft list ruleset` printed them, as JSON: nft itself reads them, in a network namespace
/// that has nothing else and that nobody uses.
#[must_use]
pub fn nftables_as_json(rules: &str) -> Option<String> {
    let reading = "nft -f - && exec nft -j list ruleset";
    let mut child = command("unshare")
        .args(["--map-root-user", "--net", "sh", "-c", reading])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    // What nft does not read to its end it refuses, and says so by its exit code.
    let _ = stdin.write_all(rules.as_bytes());
    drop(stdin);
    printed(&child.wait_with_output().ok()?)
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut command = command(program);
    command.args(arguments).stdin(Stdio::null());
    printed(&command.output().ok()?)
}

fn printed(output: &std::process::Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout);
    output.status.success().then(|| text.into_owned())
}

/// The program, also where the user's path has no directory of the administrator's.
fn command(program: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .env("PATH", format!("{path}:/usr/sbin:/sbin:/usr/bin:/bin"))
        .env("LC_ALL", "C");
    command
}
