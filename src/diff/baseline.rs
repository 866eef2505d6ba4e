//! A diff as the report of the later run has it.

use super::{Change, Diff, State, counts, is_worse};
use crate::report::{Baseline, Changed};

impl Diff {
    /// What the later run comes to against the earlier one.
    #[must_use]
    pub fn baseline(&self) -> Baseline {
        let mut changes: Vec<Changed> = self.changes.iter().map(changed).collect();
        changes.sort_by_key(|change| !change.worse);
        Baseline {
            host: self.old.host.clone(),
            started: self.old.started.clone(),
            verdict: self.old.verdict,
            worse: self.worse,
            lost: self.lost,
            profiles: self.other_profiles.then(|| self.old.profiles.clone()),
            counts: counts(&self.summary),
            changes,
        }
    }
}

fn changed(change: &Change) -> Changed {
    Changed {
        kind: change.kind.words().to_owned(),
        check: change.title.clone(),
        was: change.old.as_ref().map(State::words),
        now: change.new.as_ref().map(State::words),
        worse: is_worse(change),
    }
}
