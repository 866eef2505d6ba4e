//! What several checks show beside each other.

use super::{Part, rows::facts};

facts! {
    /// What several checks show beside each other.
    AcrossFact {
        AcceptsAnything { host: Part } => "{host} also accepts on a port that nobody uses",
        BlockedAndThere => "blocked, and the host answers elsewhere",
        NothingShowsTheHost => "nothing shows that the host is there: it may be down as well",
        NoDateIsRight { count: usize } => "so it is with all {count} hosts, and no date is right",
    }
}
