//! What a request comes to for one platform.

use super::flow::Flow;

/// A request in the words of a platform.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What is to be applied; ends with a line feed.
    pub text: String,
    /// The same taken back; `None` where there is nothing to apply.
    pub undo: Option<String>,
    /// How many flows go into a chain or policy that is not known: a place is left for its name.
    pub placeless: usize,
    /// What else is to be known of it: a quota that it exceeds.
    pub notes: Vec<String>,
    /// What the platform has no words for.
    pub unsaid: Vec<Unsaid>,
}

/// A flow that a platform has no words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaid {
    /// The rules that need it.
    pub rules: String,
    /// `tcp 443 from 10.0.0.7 to license.looker.com`.
    pub what: String,
    /// Why, and who can say it.
    pub why: String,
}

impl Unsaid {
    /// Why a flow is not said.
    #[must_use]
    pub fn new(flow: &Flow, why: impl Into<String>) -> Self {
        Self {
            rules: flow.rules(),
            what: format!(
                "{} from {} to {}",
                flow.what(),
                flow.source,
                flow.destination
            ),
            why: why.into(),
        }
    }

    /// One line: `looker.license: tcp 443 from … to …: needs a name-aware device`.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{}: {}: {}", self.rules, self.what, self.why)
    }
}

/// Why a flow by name cannot be said in addresses.
pub(super) const BY_NAME: &str =
    "needs a name-aware device, such as a proxy (`--for squid`); or `--resolve-now`";
/// Why a flow whose ends are of two families cannot be said.
pub(super) const TWO_FAMILIES: &str = "its ends are of different IP versions: no packet goes so";

/// The flows that have addresses at both ends, and why the others cannot be said so.
pub(super) fn by_address(flows: &[Flow]) -> (Vec<&Flow>, Vec<Unsaid>) {
    let (said, unsaid): (Vec<&Flow>, Vec<&Flow>) =
        flows.iter().partition(|flow| flow.is_by_address());
    let unsaid = unsaid.into_iter().map(|flow| {
        let is_named = flow.source.family().is_none() || flow.destination.family().is_none();
        Unsaid::new(flow, if is_named { BY_NAME } else { TWO_FAMILIES })
    });
    (said, unsaid.collect())
}
