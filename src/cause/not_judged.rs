//! Why a check was not judged, and what must not be reachable and is.

macro_rules! not_judged_rows { ($next:ident $($rest:tt)*) => { $next! { $($rest)* NotJudged {
    NotConfigured "not-configured" Row {
        about: About::Site, acts: &[Actor::You],
        headline: "the site does not say what it is",
        means: "The rule needs to know something about your site that nobody has said: a host, say. It was not \
                checked.",
        seen_as: "No flag, no site file, and no setting of this machine gives the value.",
        what_to_do: "Give the flag that the row names, or write the value into the site file (`--site FILE`). A \
                     mandatory rule that is not configured makes the exit code 3.",
        remedies: &[
            "say who it is: {flag}",
            "say who it is in the site file (--site FILE)",
        ],
        source: "`portcheck run --help`, `--node`, `--set` and `--site`",
        told_by: ToldBy::Never, is: &[],
    }
    NotFromHere "not-from-here" Row {
        about: About::Site, acts: &[Actor::You],
        headline: "the connection is opened by another machine",
        means: "The connection is opened by another machine, so it cannot be checked from this one.",
        seen_as: "The rule's `from` is not the kind of machine that the profile is run on.",
        what_to_do: "Run the command that the row names on a machine of that kind. It does not change this run's \
                     exit code.",
        remedies: &[
            "run there: {command}",
            "run it on the machine that opens the connection",
        ],
        source: "`portcheck explain RULE`, its `from` and `to`",
        told_by: ToldBy::Never, is: &[],
    }
    Interrupted "interrupted" Row {
        about: About::Run, acts: &[Actor::You],
        headline: "the run ended before",
        means: "The run ended before this check did.",
        seen_as: "Ctrl-C, a SIGTERM, or the deadline of the run.",
        what_to_do: "Run again; with a longer `--deadline`, if that is what ended it.",
        remedies: &["run again, with more time"],
        source: "signal(7); `portcheck run --help`, `--deadline`",
        told_by: ToldBy::Never, is: &[],
    }
    Explained "explained" Row {
        about: About::Way, acts: &[],
        headline: "a root cause elsewhere explains it",
        means: "A root cause elsewhere explains the outcome, so this endpoint is not accused.",
        seen_as: "The check expects `blocked`, and nothing at all is heard from the host: a root cause says why.",
        what_to_do: "Cure the root cause that is shown first, and run again.",
        remedies: &["cure the root cause that is shown first, then run again"],
        source: "the report's `root_causes` and `explained_by`",
        told_by: ToldBy::Never, is: &[],
    }
    NotNeeded "not-needed" Row {
        about: About::Site, acts: &[],
        headline: "another alternative is enough",
        means: "One of several ways is enough for the product, and another of them works at this host or was chosen \
                by the site: this one is not needed.",
        seen_as: "The rule names alternatives (`any-of`), and the check of another one works at the same host, or the \
                  site gives the port of that one.",
        what_to_do: "Nothing has to be done, and nothing has to be opened for it. It does not change the run's exit \
                     code.",
        remedies: &["use the alternative that works"],
        source: "`portcheck explain RULE`, its alternatives",
        told_by: ToldBy::Never, is: &[],
    }
    Reachable "reachable" Row {
        about: About::Way, acts: &[Actor::NetworkTeam],
        headline: "it can be reached and must not be",
        means: "It can be reached, and must not be.",
        seen_as: "The check expects `blocked`, and the connection was accepted, or was refused by the host itself.",
        what_to_do: "Ask the network team to block the connection from this machine to the host and port.",
        remedies: &["ask the network team to block {flow}"],
        source: "RFC 9293 §3.5; `portcheck run --help`, `--expect blocked`",
        told_by: ToldBy::Never, is: &[Is::RestsOnAcceptance],
    }
} } } }
