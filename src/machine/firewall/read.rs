//! Asking this machine for its rules.

use std::{
    fs,
    io::Read as _,
    os::unix::fs::MetadataExt as _,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use super::Ruleset;

/// How long the listing may take: nothing else is done meanwhile.
const PATIENCE: Duration = Duration::from_millis(1_500);

/// The longest listing that is read, in bytes.
const LONGEST: u64 = 16 << 20;

/// Where nft stands if no directory of `PATH` has it: those of root are often left out of it.
const NFT: [&str; 3] = ["nft", "/usr/sbin/nft", "/sbin/nft"];

/// Tables of the iptables of old, which nft does not list, and which may decide first. Source:
/// iptables-legacy(8).
const LEGACY: [&str; 2] = ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"];

/// The rules as they are now; `None` where they cannot be known.
pub(super) fn ruleset() -> Option<Ruleset> {
    let has_others = |file| fs::read_to_string(file).is_ok_and(|names| !names.trim().is_empty());
    if user() != Some(0) || LEGACY.into_iter().any(has_others) {
        return None;
    }
    let mut nft = NFT.into_iter();
    let (nft, json) =
        nft.find_map(|nft| Some((nft, said(nft, &["-j", "-a", "list", "ruleset"])?)))?;
    let words = said(nft, &["-a", "list", "ruleset"])?;
    Ruleset::read(&json, &words)
}

/// Who this process is, by number. Source: proc(5).
pub(super) fn user() -> Option<u32> {
    Some(fs::metadata("/proc/self").ok()?.uid())
}

/// What a program says that ends well and in time.
fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stdout = child.stdout.take()?;
    let (told, heard) = mpsc::channel();
    let reader = thread::Builder::new().spawn(move || {
        let mut text = String::new();
        let is_text = stdout.take(LONGEST).read_to_string(&mut text).is_ok();
        let _ = told.send(is_text.then_some(text));
    });
    let text = reader.ok().and_then(|_| heard.recv_timeout(PATIENCE).ok());
    if text.is_none() {
        let _ = child.kill();
    }
    let status = child.wait().ok()?;
    text.flatten().filter(|_| status.success())
}
