//! What the plan chose, and what it could not.

use super::{Figure, File, Group, Named, Part, Rule, Sentence, rows::facts};
use crate::net::{Address, Host, Protocol};

facts! {
    /// What the plan chose, and what it could not.
    PlanFact {
        NeedsFlag { flag: Sentence } => "needs {flag}",
        NoVariableForGroup { group: Group } => "no variable of the catalog names the hosts of `{group}`",
        OnlyThisMachine => "no other node given: what is given is this machine itself",
        NoHostName { name: Part } => "`{name}` is no host name",
        Inbound { from: Group, to: Group } => "inbound: {from} opens the connection to {to}",
        OpenedElsewhere { from: Group } => "the connection is opened by {from}, not by this machine",
        Witness { witness: Host, pattern: Part } => "`{witness}` stands for every host of `{pattern}`",
        WitnessApart { witness: Host, pattern: Part } => "`{witness}` stands for every host of `{pattern}`, which does not cover it itself",
        NotOnPage { host: Host, source: Named } => "the page does not name `{host}`; from: {source}",
        NoForm { protocol: Protocol, other: Figure, decisive: Figure } => "`{protocol}` has no form over {other}; {decisive} decides",
        NoProxyRelays => "no proxy relays this, so it goes directly",
        Unread { variable: Figure, word: Named, instead: Named } => "{variable} has `{word}`, which curl does not read: write `{instead}`",
        StarAmongOthers { variable: Figure } => "{variable} has `*` beside others, which curl does not read: write `*` alone",
        Undecided => "the run ended before this was decided",
        FileNamesNoServer { file: File } => "`{file}` names no server",
        NoResolverFile => "this machine has no `/etc/resolv.conf`",
        ByResolver { server: Address } => "the name is looked up at {server} alone (--resolver), not as this machine does",
        TimeKeys => "this machine's time service agrees on keys there (NTS) before it asks for the time",
        NoTimeService => "neither chrony nor ntp nor systemd-timesyncd is configured here",
        NothingTried => "nothing was tried",
        Withdrawn { by: Named, since: Figure } => "{by} ended this service on {since}",
        AlternativeChosen { rule: Rule, host: Part } => "one alternative is enough, and the site gives the port of {rule} at {host}",
    }
}
