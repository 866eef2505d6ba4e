//! Whether stdout is there at all.
//!
//! The standard library opens `/dev/null` in the place of a stream that is closed, before `main`,
//! and nothing tells that one from a `/dev/null` that was asked for. So it is looked at before:
//! where a program's pieces are collected, which is the only way to be there without unsafe code.

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use inventory::{Collect, Registry};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, fcntl},
};

static IS_CLOSED: AtomicBool = AtomicBool::new(false);
static PIECES: Registry = Registry::new();

/// What is collected: nothing but the moment.
struct Early;

impl Collect for Early {
    /// Asks the kernel and remembers the answer: all that may be done this early.
    fn registry() -> &'static Registry {
        let asked = fcntl(io::stdout(), FcntlArg::F_GETFD);
        IS_CLOSED.store(asked == Err(Errno::EBADF), Ordering::Relaxed);
        &PIECES
    }
}

inventory::submit! { Early }

/// Whether the process was started without a stdout.
pub(crate) fn is_closed() -> bool {
    IS_CLOSED.load(Ordering::Relaxed)
}
