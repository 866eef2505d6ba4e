//! What is wrong with a selection.

use thiserror::Error;

use crate::text;

/// A mistake of a selection: one sentence fragment, and [`help`](PlanError::help) to go with it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// No profile was asked for.
    #[error("no profile is given")]
    NoProfile {
        /// Every profile of the catalogs.
        known: Vec<String>,
    },
    /// No catalog has a profile of that name.
    #[error("unknown profile `{name}`")]
    UnknownProfile {
        /// As asked for, made harmless.
        name: String,
        /// The one that was probably meant.
        suggestion: Option<String>,
        /// Every profile of the catalogs.
        known: Vec<String>,
    },
    /// A glob that matches no rule of the chosen profiles.
    #[error("no rule of {} matches `{glob}`", ticked(.profiles))]
    NoSuchRule {
        /// The flag, `--only`.
        flag: &'static str,
        /// As typed, made harmless.
        glob: String,
        /// The chosen profiles.
        profiles: Vec<String>,
        /// The rule that was probably meant.
        suggestion: Option<String>,
        /// Other profiles that have a rule it matches.
        elsewhere: Vec<String>,
    },
    /// Every rule of the profiles is switched off or left out.
    #[error("nothing to check: {}", all_off(.profiles, *.switched_off, *.left_out))]
    NothingToCheck {
        /// The chosen profiles.
        profiles: Vec<String>,
        /// How many rules a feature or a release switches off.
        switched_off: usize,
        /// How many rules `--only` and `--skip` leave out.
        left_out: usize,
        /// What switches some of them on: `--with ipsec`.
        flags: Vec<String>,
    },
    /// No rule of the profiles reaches a machine of that role, or nobody said which role it has.
    #[error("nothing to stand in for: {}", nobody_reaches(.roles, .profiles))]
    NobodyReaches {
        /// The roles, groups.
        roles: Vec<String>,
        /// The chosen profiles.
        profiles: Vec<String>,
        /// The groups that they do reach.
        reached: Vec<String>,
    },
}

impl PlanError {
    /// What to do about it, one line each, without `help:`.
    #[must_use]
    pub fn help(&self) -> Vec<String> {
        match self {
            Self::NoProfile { known } => vec![format!("the profiles are {}", ticked(known))],
            Self::UnknownProfile {
                suggestion, known, ..
            } => did_you_mean(suggestion.as_deref())
                .into_iter()
                .chain([format!("the profiles are {}", ticked(known))])
                .collect(),
            Self::NoSuchRule {
                suggestion,
                elsewhere,
                ..
            } => {
                let other = (!elsewhere.is_empty())
                    .then(|| format!("it matches rules of {}", ticked(elsewhere)));
                let suggested = did_you_mean(suggestion.as_deref());
                suggested.into_iter().chain(other).collect()
            }
            Self::NobodyReaches { reached, .. } if reached.is_empty() => Vec::new(),
            Self::NobodyReaches { reached, .. } => {
                let flags: Vec<String> = reached
                    .iter()
                    .map(|role| format!("`--as {role}`"))
                    .collect();
                vec![format!(
                    "say what this machine is: {}",
                    text::list(&flags, "or")
                )]
            }
            Self::NothingToCheck { flags, .. } if flags.is_empty() => {
                vec!["`portcheck catalog show` tells the rules of a profile".to_owned()]
            }
            Self::NothingToCheck { flags, .. } => {
                let ticks: Vec<String> = flags.iter().map(|flag| format!("`{flag}`")).collect();
                vec![format!("to switch rules on: {}", text::list(&ticks, "or"))]
            }
        }
    }
}

/// The longest word that is compared, in bytes; the catalogs' longest have about 50, and nobody
/// misspells a novel.
const LONGEST_WORD: usize = 80;

/// The candidate that was probably meant by `word`.
pub(super) fn meant<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    (word.len() <= LONGEST_WORD)
        .then(|| text::suggestion(word, candidates))
        .flatten()
}

/// The line that suggests, if there is something to suggest.
pub(super) fn did_you_mean(suggestion: Option<&str>) -> Option<String> {
    suggestion.map(|word| format!("did you mean `{word}`?"))
}

/// `` `a`, `b` and `c` ``
pub(super) fn ticked<T: AsRef<str>>(words: &[T]) -> String {
    let ticked: Vec<String> = words
        .iter()
        .map(|word| format!("`{}`", word.as_ref()))
        .collect();
    text::list(&ticked, "and")
}

/// `3 rules of `a` are switched off`, `1 rule of `a` is switched off and 2 rules are left out`
fn all_off(profiles: &[String], switched_off: usize, left_out: usize) -> String {
    let is = |number: usize| if number == 1 { "is" } else { "are" };
    let profiles = ticked(profiles);
    let off = text::count(switched_off, "rule");
    let out = text::count(left_out, "rule");
    match (switched_off, left_out) {
        (0, 0) => format!("{profiles} has no rule"),
        (0, _) => format!("{out} of {profiles} {} left out", is(left_out)),
        (_, 0) => format!("{off} of {profiles} {} switched off", is(switched_off)),
        (_, _) => {
            let (are_off, are_out) = (is(switched_off), is(left_out));
            format!("{off} of {profiles} {are_off} switched off and {out} {are_out} left out")
        }
    }
}

/// ``no rule of `a` reaches `nodes` ``
fn nobody_reaches(roles: &[String], profiles: &[String]) -> String {
    let profiles = ticked(profiles);
    let roles: Vec<String> = roles
        .iter()
        .map(|role| text::stranger(role.as_bytes()))
        .collect();
    if roles.is_empty() {
        format!("{profiles} reaches no machine of the site, or several kinds")
    } else {
        format!("no rule of {profiles} reaches {}", ticked(&roles))
    }
}
