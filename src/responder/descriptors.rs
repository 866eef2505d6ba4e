//! How many sockets this process may have.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Descriptors that are left to connections, files and the terminal.
pub(super) const RESERVED: usize = 128;

/// The limit where the system does not tell it. Source: getrlimit(2), the usual soft limit.
const USUAL: usize = 1024;

/// Raises this process's limit so that `wanted` sockets fit and connections have room besides, as
/// far as the system lets it; how many may be open now. Only root gets beyond the hard limit.
pub(super) fn make_room(wanted: usize) -> usize {
    /// Connections are better off with more than the least; see `connections`.
    const COMFORT: usize = 4_096 + RESERVED;
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return USUAL;
    };
    let count = |limit: u64| usize::try_from(limit).unwrap_or(usize::MAX);
    let needed = u64::try_from(wanted + COMFORT).unwrap_or(hard);
    let raised = [hard.max(needed), hard]
        .into_iter()
        .find(|limit| setrlimit(Resource::RLIMIT_NOFILE, *limit, *limit).is_ok());
    count(raised.unwrap_or(soft))
}
