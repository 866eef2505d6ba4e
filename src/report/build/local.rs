//! What is not as it must be on this machine itself, in the shape of a check.

use super::{Endpoint, Finding, Level, Verdict, code, ports_fields, told};
use crate::{
    diagnose::LocalFinding,
    report::{Certainty, Expect, Stage},
};

/// The catalog of the rules about this machine itself.
pub(in crate::report) const CATALOG: &str = "local";
/// The heading they stand under.
const SECTION: &str = "This machine itself";
/// Both ends of them.
const HERE: &str = "this machine";

/// A finding about this machine. It is optional, and a warning: whether it breaks the product only
/// the installation would tell.
pub(super) fn finding(judged: &LocalFinding) -> Finding {
    let (port, ports) = ports_fields(judged.ports, None);
    let (facts, evidence) = told(&judged.evidence);
    Finding {
        rule: judged.rule.to_owned(),
        catalog: Some(CATALOG.to_owned()),
        section: SECTION.to_owned(),
        service: judged.service.clone(),
        level: Level::Optional,
        from: Some(HERE.to_owned()),
        to: Some(HERE.to_owned()),
        endpoint: Endpoint {
            host: HERE.to_owned(),
            port,
            ports,
            transport: judged.transport.into(),
        },
        protocol: judged.transport.word().to_owned(),
        expect: Expect::Path,
        any_of: None,
        verdict: Verdict::Warn,
        gates: Some(false),
        waived: None,
        cause: Some(code(judged.cause)),
        certainty: Certainty::Proven,
        stage: Stage::Plan,
        explained_by: None,
        via: None,
        from_address: None,
        addresses: Vec::new(),
        path: Vec::new(),
        evidence,
        facts,
        remedy: Some(judged.remedy.to_string()),
        remedy_parts: judged.remedy.0.clone(),
        source: None,
        stages: Vec::new(),
        chain: Vec::new(),
        elapsed_ms: 0,
    }
}
