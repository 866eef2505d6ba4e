//! What several checks show beside each other.

use super::{Part, Rule, rows::facts};
use crate::net::Host;

facts! {
    /// What several checks show beside each other.
    AcrossFact {
        AcceptsAnything { host: Part } => "{host} also accepts on a port that nobody uses",
        AlternativeWorks { rule: Rule } => "one alternative is enough, and {rule} works",
        StoodInFor { rule: Rule } => "degraded, not broken: {rule} stands in for it, and works",
        AlternativeWorksAt { rule: Rule, host: Host } => "one alternative is enough, and {rule} works at {host}",
        OnlyInforms => "only informs: the rule's other transport decides",
        BlockedAndThere => "blocked, and the host answers elsewhere",
        NothingShowsTheHost => "nothing shows that the host is there: it may be down as well",
        NoDateIsRight { count: usize } => "so it is with all {count} hosts, and no date is right",
    }
}
