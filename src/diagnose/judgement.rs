//! What one thing that was seen comes to, before it is told, and what the judging of each asks of a
//! check.

use super::{Cause, Certainty, Outcome, Stage};
use crate::{
    catalog::Pki,
    fact::{Fact, Sentence},
    net::Protocol,
    plan::{Check, CheckEndpoint},
};

/// What a check, an address or a port comes to, before it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Judgement {
    pub outcome: Outcome,
    /// The fault of this machine beneath the cause.
    pub beneath: Option<Cause>,
    pub certainty: Certainty,
    pub stage: Stage,
    pub evidence: Vec<Fact>,
    /// Who is behind it, where somebody is: an issuer, the sender of an ICMP error.
    pub who: Option<Sentence>,
    /// What to do, where what was seen says more than the cause.
    pub remedy: Option<Sentence>,
}

impl Judgement {
    /// Nothing is wrong, and that is certain.
    pub(super) fn works(stage: Stage, evidence: Vec<Fact>) -> Self {
        Self {
            outcome: Outcome::Works,
            beneath: None,
            certainty: Certainty::Proven,
            stage,
            evidence,
            who: None,
            remedy: None,
        }
    }

    /// This was seen, and that is certain.
    pub(super) fn of(outcome: Outcome, stage: Stage, evidence: impl Into<Fact>) -> Self {
        Self {
            outcome,
            beneath: None,
            certainty: Certainty::Proven,
            stage,
            evidence: vec![evidence.into()],
            who: None,
            remedy: None,
        }
    }

    /// The same, as the likeliest explanation only.
    pub(super) fn inferred(mut self) -> Self {
        self.certainty = Certainty::Inferred;
        self
    }

    /// The same with more evidence behind what is there.
    pub(super) fn and(mut self, evidence: impl IntoIterator<Item = impl Into<Fact>>) -> Self {
        self.evidence.extend(evidence.into_iter().map(Into::into));
        self
    }
}

/// The host a check reaches, for people.
pub(super) fn host_of(check: &Check) -> String {
    match &check.endpoint {
        CheckEndpoint::Bound(endpoint) => endpoint.host.to_string(),
        CheckEndpoint::Unbound { host, .. } => host.clone(),
    }
}

/// Whether a fault of a certificate fails the check: not for a rule about hosts of the site's own,
/// whose certificates are made in many ways (the port is what the rule is about). Clients of a database
/// look at its certificate only where they are told to.
/// Source: PostgreSQL's manual, "SSL Support", `sslmode`.
pub(super) fn certificates_gate(check: &Check) -> bool {
    let is_looked_at = check.protocol != Protocol::Postgres;
    check.pki != Pki::Any || (is_looked_at && check.catalog.is_none())
}
