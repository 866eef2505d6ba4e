//! What goes wrong with our own listener.

use super::Page;

pub(super) static NOT_OURS: Page = Page {
    means: "Something answers on the port, and it is not the responder that was started.",
    seen_as: "The answer does not carry the proof that the responder gives.",
    remedy: "Check on the other side which program holds the port, and that `portcheck respond` says it is bound. \
             If it is, ask the network team what answers in its place.",
    source: "`portcheck respond --help`",
};

pub(super) static TOKEN: Page = Page {
    means: "A responder answers, with another token than this run's.",
    seen_as: "The proof is well formed and does not match.",
    remedy: "Start the responder and this run with the same `--token`.",
    source: "`portcheck respond --help`, `--token`",
};

pub(super) static TAKEN: Page = Page {
    means: "Another program of this machine listens on a port that the product needs, or the responder in its place.",
    seen_as: "The kernel's table of sockets has a listener at the port, or binding fails with EADDRINUSE; the evidence \
              names the holder where it can be known.",
    remedy: "If the holder is the product itself, the port needs no responder. Otherwise stop the program, or move \
             it to another port before the installation.",
    source: "bind(2), EADDRINUSE; proc(5), /proc/net/tcp",
};
