//! Why a check was not judged, and what must not be reachable and is.

use super::Page;

pub(super) static NOT_CONFIGURED: Page = Page {
    means: "The rule needs to know something about your site that nobody has said: a host, say. It was not checked.",
    seen_as: "No flag, no site file, and no setting of this machine gives the value.",
    remedy: "Give the flag that the row names, or write the value into the site file (`--site FILE`). A mandatory \
             rule that is not configured makes the exit code 3.",
    source: "`portcheck run --help`, `--node`, `--set` and `--site`",
};

pub(super) static NOT_FROM_HERE: Page = Page {
    means: "The connection is opened by another machine, so it cannot be checked from this one.",
    seen_as: "The rule's `from` is not the kind of machine that the profile is run on.",
    remedy: "Run the command that the row names on a machine of that kind. It does not change this run's exit code.",
    source: "`portcheck explain RULE`, its `from` and `to`",
};

pub(super) static INTERRUPTED: Page = Page {
    means: "The run ended before this check did.",
    seen_as: "Ctrl-C, a SIGTERM, or the deadline of the run.",
    remedy: "Run again; with a longer `--deadline`, if that is what ended it.",
    source: "signal(7); `portcheck run --help`, `--deadline`",
};

pub(super) static EXPLAINED: Page = Page {
    means: "A root cause elsewhere explains the outcome, so this endpoint is not accused.",
    seen_as: "The check expects `blocked`, and nothing at all is heard from the host: a root cause says why.",
    remedy: "Cure the root cause that is shown first, and run again.",
    source: "the report's `root_causes` and `explained_by`",
};

pub(super) static REACHABLE: Page = Page {
    means: "It can be reached, and must not be.",
    seen_as: "The check expects `blocked`, and the connection was accepted, or was refused by the host itself.",
    remedy: "Ask the network team to block the connection from this machine to the host and port.",
    source: "RFC 9293 §3.5; `portcheck run --help`, `--expect blocked`",
};
