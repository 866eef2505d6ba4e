//! What several tries of one target come to together: what some of them clear is blamed on nobody.

use std::time::Duration;

use crate::{
    catalog::Expect,
    diagnose::{Cause, Outcome, judgement::Judgement},
    fact::{ConnectFact, Count, Fact},
    observation::{ConnectError, PortObservation, Reached, tls::Unchanged},
    plan::Check,
};

/// From here on a first packet was lost and repeated. Source: RFC 6298 §2.
const REPEATED: Duration = Duration::from_millis(900);

/// Who kept silent for so long was called at least twice. Source: RFC 6298 §2.
const CALLED_TWICE: Duration = Duration::from_secs(2);

/// What the tries of a target come to, each judged by itself.
pub(super) fn judge(
    check: &Check,
    seen: &PortObservation,
    judge_try: impl Fn(&PortObservation) -> Judgement,
) -> Judgement {
    let unchanged = unchanged(seen);
    if seen.others.is_empty() && unchanged.answered == 0 {
        return judge_try(seen);
    }
    let tries = seen.tries().map(|seen| Try {
        seen,
        judged: judge_try(seen),
    });
    together(check, tries.collect(), unchanged)
}

/// A try, and what it comes to by itself.
struct Try<'a> {
    seen: &'a PortObservation,
    judged: Judgement,
}

impl Try<'_> {
    /// Whether nothing is wrong, or nothing that would be another member's: how long it took, and that
    /// we ask too often.
    fn works(&self) -> bool {
        match self.judged.outcome {
            Outcome::Works => true,
            Outcome::WorksBut(cause) => matches!(
                cause,
                Cause::SlowAnswer | Cause::HighLatency | Cause::PacketLoss | Cause::RateLimited
            ),
            Outcome::Fails(_) | Outcome::Unknown(_) | Outcome::NotTried(_) => false,
        }
    }
}

/// What tries come to; the first of them is the one to be told where all are alike, the others are in
/// the order in which they began.
fn together(check: &Check, tries: Vec<Try<'_>>, unchanged: Unchanged) -> Judgement {
    let worked = tries.iter().filter(|one| one.works()).count();
    let is_mixed = worked < tries.len() && worked + unchanged.answered > 0;
    if is_mixed && check.expect != Expect::Blocked {
        return Mixed { tries, unchanged }.judge();
    }
    let all = tries.len();
    let said = differing(&tries);
    let fails = worked == 0;
    let worst = tries
        .into_iter()
        .map(|one| one.judged)
        .rev()
        // Where none works, the first has been explained.
        .max_by_key(|judged| if fails { 0 } else { judged.outcome.severity() });
    let Some(worst) = worst else {
        unreachable!("there is the first")
    };
    let told = said.into_iter().map(|group| group.told(all));
    worst.and(told)
}

/// How often the same handshake was repeated to see what it had died of, and how often it did not.
fn unchanged(seen: &PortObservation) -> Unchanged {
    match &seen.reached {
        Reached::Tls { tls, .. } | Reached::Replied { tls: Some(tls), .. } => tls.unchanged,
        Reached::Replied { tls: None, .. }
        | Reached::NotConnected(_)
        | Reached::NotRelayed { .. }
        | Reached::Connected
        | Reached::Silence => Unchanged::default(),
    }
}

/// Tries that fail in the same way.
struct Group {
    cause: Cause,
    count: usize,
    /// What the first of them saw.
    why: Option<Fact>,
}

impl Group {
    fn told(self, all: usize) -> ConnectFact {
        ConnectFact::TriesSay {
            count: self.count,
            tried: tries_of(all),
            cause: self.cause.code(),
            why: self.why.map(|why| why.sentence()).unwrap_or_default(),
        }
    }
}

fn tries_of(number: usize) -> Count {
    Count {
        number,
        noun: "attempt",
    }
}

/// The tries by their causes, in the order in which these were met.
fn groups<'a>(tries: impl Iterator<Item = &'a Try<'a>>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for Try { judged, .. } in tries {
        let Some(cause) = judged.outcome.cause() else {
            continue;
        };
        match groups.iter_mut().find(|group| group.cause == cause) {
            Some(group) => group.count += 1,
            None => groups.push(Group {
                cause,
                count: 1,
                why: judged.evidence.first().cloned(),
            }),
        }
    }
    groups
}

/// What is to be said of tries that all work, or all fail, where they do not do so alike. The first
/// was explained and has a cause of its own.
fn differing(tries: &[Try<'_>]) -> Vec<Group> {
    let others = groups(tries.iter().skip(1));
    let counted: usize = others.iter().map(|group| group.count).sum();
    let some_are_clean = tries.iter().any(|one| one.judged.outcome == Outcome::Works);
    if others.len() > 1 {
        groups(tries.iter())
    } else if some_are_clean && counted > 0 {
        others
    } else {
        Vec::new()
    }
}

/// Tries of which some work and others do not.
struct Mixed<'a> {
    tries: Vec<Try<'a>>,
    unchanged: Unchanged,
}

impl Mixed<'_> {
    fn judge(&self) -> Judgement {
        let tried = self.tries.len() + self.unchanged.tried;
        let worked = self.working().count() + self.unchanged.answered;
        let cause = if self.is_lost() {
            Cause::PacketLoss
        } else {
            Cause::Intermittent
        };
        let fact = ConnectFact::SomeTriesWork {
            worked,
            tried: tries_of(tried),
        };
        let stage = self.failing().map(|one| one.judged.stage).max();
        let why = groups(self.failing())
            .into_iter()
            .map(|group| group.told(tried));
        let fine = self.working().next().map(|one| &one.judged.evidence);
        let judged = Judgement::of(
            Outcome::WorksBut(cause),
            stage.unwrap_or(self.tries[0].judged.stage),
            fact,
        );
        judged
            .and(why)
            .and(self.first_only())
            .and(fine.into_iter().flatten().cloned())
    }

    fn working(&self) -> impl Iterator<Item = &Try<'_>> {
        self.tries.iter().filter(|one| one.works())
    }

    fn failing(&self) -> impl Iterator<Item = &Try<'_>> {
        self.tries.iter().filter(|one| !one.works())
    }

    /// Whether packets get lost: those that failed were not answered, and that they were called once
    /// only, or a first packet of others was lost too. A member of a balancer that is dead stays so.
    fn is_lost(&self) -> bool {
        let is_slow = |one: &Try| one.seen.milestones.connected > Some(REPEATED);
        let anybody_is_slow = self.working().any(is_slow);
        let mut failing = self.failing();
        self.unchanged.answered == 0
            && failing.all(|one| {
                let is_silent = one.seen.reached == Reached::NotConnected(ConnectError::NoReply);
                is_silent && (one.seen.elapsed < CALLED_TWICE || anybody_is_slow)
            })
    }

    /// Several that worked and after them none: our asking may be what it is about.
    fn first_only(&self) -> Option<ConnectFact> {
        let others: Vec<bool> = self.tries.iter().skip(1).map(Try::works).collect();
        let is_sorted = others.is_sorted_by(|before, after| before >= after);
        let worked = self.working().count();
        let failed = self.tries.len() - worked;
        (is_sorted && worked > 1 && failed > 1).then_some(ConnectFact::FirstTriesOnly {
            worked: tries_of(worked),
        })
    }
}
