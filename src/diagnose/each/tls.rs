//! A TLS handshake: how it died, whom the chain is trusted by, how long it lasts.

use time::{Duration, OffsetDateTime};

use super::products;
use crate::{
    catalog::Pki,
    diagnose::{
        Cause, Outcome, Stage,
        judgement::{Judgement, certificates_gate, host_of},
    },
    fact::{Count, Day, Distinguished, Issuer, Names, Part, Said as _, Sentence, TlsFact},
    observation::{
        Certificate, ChainFault, ClientCertificate, TlsError, TlsObservation, Trust, VerifierRule,
        tls::{Alert, Change},
    },
    plan::Check,
    protocol::tls_hello::Choice,
};

/// A certificate that has a longer time left is not soon to end, however long its life: a month is
/// what renewing one takes where people are involved.
const EXPIRES_SOON: Duration = Duration::days(30);

/// What is renewed by programs is renewed with a third of its life left. With less than this share
/// left, that has failed for a while. Source: Let's Encrypt, "Integration Guide", when to renew.
const LAST_SHARE: i32 = 4;

/// What a fault of a certificate comes to.
type Blame = fn(Cause) -> Outcome;

/// What a handshake comes to.
pub(super) fn judge(check: &Check, tls: &TlsObservation, now: OffsetDateTime) -> Judgement {
    let judgement = match &tls.outcome {
        _ if tls.client_certificate == ClientCertificate::Required => client_certificate(),
        Err(error) => died(tls, error),
        Ok(handshake) => {
            let judged = judge_chain(check, tls, now);
            let mut evidence = vec![TlsFact::Version {
                version: handshake.version.as_str().into(),
            }];
            evidence.extend(certificate_words(tls.chain.first()));
            return Judgement {
                stage: Stage::Tls,
                ..judged.and(evidence)
            };
        }
    };
    judgement.and(certificate_words(tls.chain.first()))
}

fn client_certificate() -> Judgement {
    let evidence = TlsFact::ClientCertificateDemanded;
    Judgement::of(Outcome::Fails(Cause::TlsClientCert), Stage::Tls, evidence)
}

/// The handshake did not end well.
fn died(tls: &TlsObservation, error: &TlsError) -> Judgement {
    if let Some(found) = experiment(tls) {
        return found;
    }
    if let Some(choice) = tls.chosen.filter(|choice| choice.is_common()) {
        return chooses_old(choice);
    }
    let (cause, evidence) = match error {
        TlsError::NotTls(bytes) => (
            Cause::TlsNotSpoken,
            TlsFact::PlainText {
                bytes: bytes.as_str().into(),
            },
        ),
        TlsError::ClosedBeforeHello => (Cause::ClosedAtOnce, TlsFact::ClosedBeforeHello),
        TlsError::ResetBeforeHello => (Cause::TlsReset, TlsFact::ResetBeforeHello),
        TlsError::Closed => (Cause::TlsReset, TlsFact::ClosedAmid),
        TlsError::Reset => (Cause::TlsReset, TlsFact::ResetAmid),
        TlsError::Stalled { after_bytes: true } => (Cause::TlsStalled, TlsFact::StalledAmid),
        TlsError::Stalled { after_bytes: false } => (Cause::TlsStalled, TlsFact::HelloUnanswered),
        TlsError::Alert(alert) => alerted(alert),
        TlsError::Version => (Cause::TlsVersion, TlsFact::OldVersionsOnly),
        TlsError::NoSharedCipher => (Cause::TlsNoSharedCipher, TlsFact::NoCipherInCommon),
        TlsError::Broken(fault) => (
            Cause::WrongProtocol,
            TlsFact::StandardBroken {
                fault: fault.as_str().into(),
            },
        ),
    };
    let would = tls.chosen.map(|choice| TlsFact::ChoosesOdd {
        choice: choice.words().into(),
    });
    Judgement::of(Outcome::Fails(cause), Stage::Tls, evidence).and(would)
}

fn alerted(alert: &Alert) -> (Cause, TlsFact) {
    let (cause, name) = match alert {
        Alert::ProtocolVersion => (Cause::TlsVersion, "protocol_version"),
        Alert::HandshakeFailure => (Cause::TlsNoSharedCipher, "handshake_failure"),
        Alert::UnrecognizedName => (Cause::TlsNameRejected, "unrecognized_name"),
        Alert::CertificateRequired => (Cause::TlsClientCert, "certificate_required"),
        Alert::AccessDenied => (Cause::TlsAlert, "access_denied"),
        Alert::Other(name) => (Cause::TlsAlert, name.as_str()),
    };
    (cause, TlsFact::Alert { name: name.into() })
}

/// A server that other clients talk to: what our library cannot do is not its fault.
fn chooses_old(choice: Choice) -> Judgement {
    let choice = choice.words().into();
    let outcome = Outcome::WorksBut(Cause::TlsNoSharedCipher);
    Judgement::of(outcome, Stage::Tls, TlsFact::ChoosesOld { choice }).inferred()
}

/// What an experiment after the failure proved, if one did.
fn experiment(tls: &TlsObservation) -> Option<Judgement> {
    let answered: Vec<Change> = tls
        .experiments
        .iter()
        .filter(|experiment| experiment.answered)
        .map(|experiment| experiment.change)
        .collect();
    let cures = |change| answered.contains(&change);
    let asked = tls.server_name.as_deref();
    let name = asked.map_or_else(|| Part::ours("the name"), Part::host);
    let fail = |cause, evidence| Some(Judgement::of(Outcome::Fails(cause), Stage::Tls, evidence));
    // A small hello has the name in it, so where that one passes the name is not what it died of.
    match (cures(Change::SmallHello), cures(Change::SmallSegments)) {
        (true, true) => {
            return fail(Cause::MtuBlackHole, TlsFact::AnswersSmallHello);
        }
        (true, false) => return Some(large_hello()),
        (false, _) => {}
    }
    let has_alerted = matches!(tls.outcome, Err(TlsError::Alert(_)));
    let without_name = || TlsFact::AnswersWithoutName { name };
    if cures(Change::NoServerName) || cures(Change::OtherServerName) {
        let cause = if has_alerted {
            Cause::TlsNameRejected
        } else {
            Cause::SniFiltered
        };
        let judgement = fail(cause, without_name())?;
        return Some(if has_alerted {
            judgement.inferred()
        } else {
            judgement
        });
    }
    if cures(Change::SmallSegments) {
        let evidence = TlsFact::AnswersSmallPackets;
        return fail(Cause::MtuBlackHole, evidence);
    }
    cures(Change::ProxyHeader).then(|| {
        let evidence = TlsFact::AnswersBehindHeader;
        Judgement::of(Outcome::Fails(Cause::ProxyProtocol), Stage::Tls, evidence)
    })
}

/// A large hello dies in small packets too, so it is not the packets' size.
fn large_hello() -> Judgement {
    let evidence = TlsFact::AnswersSmallHelloOnly;
    Judgement::of(Outcome::WorksBut(Cause::LargeHello), Stage::Tls, evidence)
}

/// Whether the chain is trusted by whom it must be, is for the name, and lasts.
fn judge_chain(check: &Check, tls: &TlsObservation, now: OffsetDateTime) -> Judgement {
    let blame: Blame = if certificates_gate(check) {
        Outcome::Fails
    } else {
        Outcome::WorksBut
    };
    if let Some(judged) = distrust(check, tls, blame) {
        return judged;
    }
    let common = common_name_only(tls).map(|common| TlsFact::CommonNameOnly {
        name: common.into(),
    });
    let names = tls.name_mismatch.as_ref().filter(|_| common.is_none());
    if let Some(names) = names {
        let asked = tls.server_name.as_deref();
        let evidence = TlsFact::NotForName {
            names: Names(names.clone()),
            asked: asked.map_or_else(|| Part::ours("this address"), Part::host),
        };
        return Judgement::of(blame(Cause::TlsNameMismatch), Stage::Tls, evidence);
    }
    if let Some(rule) = refused_here_only(relevant(check, tls)) {
        return refusal(check, rule).and(common);
    }
    if let Some(common) = common {
        let outcome = Outcome::WorksBut(Cause::TlsNameMismatch);
        return Judgement::of(outcome, Stage::Tls, common).inferred();
    }
    let Some(ends) = ends_soon(&tls.chain, now) else {
        return Judgement::works(Stage::Tls, Vec::new());
    };
    let days = (ends - now).whole_days().max(0);
    let left = Count {
        number: usize::try_from(days).unwrap_or(0),
        noun: "day",
    };
    let evidence = TlsFact::EndsSoon {
        left,
        day: Day(ends),
    };
    // A vendor renews its own, and nobody here can.
    if check.catalog.is_some() && check.pki == Pki::Public {
        return Judgement::works(Stage::Tls, vec![evidence.into()]);
    }
    Judgement::of(
        Outcome::WorksBut(Cause::TlsExpiresSoon),
        Stage::Tls,
        evidence,
    )
}

/// The common name that fits where the certificate has no other names. Our verifier takes none, as
/// newer clients do; OpenSSL and Java do where there is nothing else.
/// Source: RFC 9525 §2; RFC 6125 §6.4.4, which it replaces.
fn common_name_only(tls: &TlsObservation) -> Option<&str> {
    let has_no_names = tls.name_mismatch.as_ref().is_some_and(Vec::is_empty);
    let asked = tls.server_name.as_deref().filter(|_| has_no_names)?;
    let subject = &tls.chain.first()?.subject;
    let common = subject
        .split(", ")
        .find_map(|part| part.strip_prefix("CN="))?;
    let below = |name: &str| name.split_once('.').map(|(_, rest)| rest.to_lowercase());
    let is_wild = common.starts_with("*.") && below(common) == below(asked);
    (is_wild || common.eq_ignore_ascii_case(asked)).then_some(common)
}

/// When the first certificate ends that is in the last part of its life and in use.
fn ends_soon(chain: &[Certificate], now: OffsetDateTime) -> Option<OffsetDateTime> {
    let is_soon = |one: &&Certificate| {
        let life = one.not_after - one.not_before;
        one.not_after - now < EXPIRES_SOON.min(life / LAST_SHARE)
    };
    let used = chain.iter().filter(|one| one.is_used);
    used.filter(is_soon).map(|one| one.not_after).min()
}

/// The set of roots that counts for this check.
fn relevant<'a>(check: &Check, tls: &'a TlsObservation) -> &'a Trust {
    match check.pki {
        Pki::Public => &tls.public,
        Pki::Private | Pki::Any => &tls.machine,
    }
}

/// The rule of our verifier's own that is all that is wrong with the chain.
fn refused_here_only(trust: &Trust) -> Option<VerifierRule> {
    match trust {
        Trust::Untrusted(faults) => match faults.as_slice() {
            [ChainFault::BeyondVerifier(rule)] => Some(*rule),
            _ => None,
        },
        Trust::Trusted | Trust::Unknown => None,
    }
}

/// A limit of ours is no fault of the server's.
fn refusal(check: &Check, rule: VerifierRule) -> Judgement {
    let cause = match rule {
        VerifierRule::AuthorityAsServer => Cause::TlsWrongPurpose,
        VerifierRule::KeyLength | VerifierRule::Algorithm => Cause::TlsWeakKey,
        VerifierRule::Version
        | VerifierRule::DirectoryConstraint
        | VerifierRule::NameConstraint
        | VerifierRule::CriticalPolicy
        | VerifierRule::ChainLength
        | VerifierRule::Encoding => Cause::TlsUnknownIssuer,
    };
    let remedy = Sentence::fill(
        "try {host} with the product's own client or curl: where that connects, nothing is to be done",
        &[("host", Part::host(host_of(check)).into())],
    );
    let evidence = TlsFact::RefusedHereOnly {
        rule: rule.words().into(),
    };
    Judgement {
        remedy: Some(remedy),
        ..Judgement::of(Outcome::WorksBut(cause), Stage::Tls, evidence).inferred()
    }
}

/// What is wrong with the chain in the eyes of those who must trust it.
fn distrust(check: &Check, tls: &TlsObservation, blame: Blame) -> Option<Judgement> {
    if refused_here_only(relevant(check, tls)).is_some() {
        return None;
    }
    let is_trusted = tls.machine == Trust::Trusted || refused_here_only(&tls.machine).is_some();
    match (check.pki, &tls.public, &tls.machine) {
        (Pki::Public, Trust::Trusted | Trust::Unknown, _)
        | (Pki::Private | Pki::Any, _, Trust::Trusted | Trust::Unknown) => None,
        (Pki::Public, Trust::Untrusted(_), _) if is_trusted => {
            Some(intercepted(tls, Outcome::WorksBut, |issuer| {
                TlsFact::TrustedHereOnly { issuer }
            }))
        }
        (Pki::Public, Trust::Untrusted(faults), _) => {
            let fault = first(faults);
            if fault == ChainFault::UnknownIssuer {
                let seen = |issuer| TlsFact::TrustedNowhere { issuer };
                Some(intercepted(tls, Outcome::Fails, seen).inferred())
            } else {
                Some(faulty(tls, faults, blame))
            }
        }
        (Pki::Private | Pki::Any, _, Trust::Untrusted(faults)) => Some(faulty(tls, faults, blame)),
    }
}

/// A public name with a chain of somebody else's.
fn intercepted(tls: &TlsObservation, blame: Blame, seen: fn(Issuer) -> TlsFact) -> Judgement {
    let issuer = issuer(tls);
    let evidence = seen(Issuer {
        name: issuer.as_str().into(),
        product: products::by_issuer(&issuer),
    });
    Judgement {
        who: Some(Distinguished(issuer).said()),
        ..Judgement::of(blame(Cause::TlsIntercepted), Stage::Tls, evidence)
    }
}

/// The issuer nearest to the root.
fn issuer(tls: &TlsObservation) -> String {
    tls.chain
        .last()
        .map_or_else(|| "nobody".to_owned(), |last| last.issuer.clone())
}

/// The fault to name when there are several: what is certain and mendable comes before what may
/// only follow from it.
fn first(faults: &[ChainFault]) -> ChainFault {
    // A rule of our verifier's comes after all that is wrong.
    const ORDER: [ChainFault; 9] = [
        ChainFault::NotYetValid,
        ChainFault::Expired,
        ChainFault::Revoked,
        ChainFault::WeakKey,
        ChainFault::SelfSigned,
        ChainFault::Incomplete,
        ChainFault::UnknownIssuer,
        ChainFault::WrongPurpose,
        ChainFault::BadEncoding,
    ];
    ORDER
        .into_iter()
        .find(|fault| faults.contains(fault))
        .unwrap_or(ChainFault::UnknownIssuer)
}

fn faulty(tls: &TlsObservation, faults: &[ChainFault], blame: Blame) -> Judgement {
    let leaf = tls.chain.first();
    let (cause, evidence) = match first(faults) {
        ChainFault::Expired => (Cause::TlsExpired, expired_words(&tls.chain)),
        ChainFault::NotYetValid => (Cause::TlsNotYetValid, early_words(&tls.chain)),
        ChainFault::SelfSigned => (Cause::TlsSelfSigned, TlsFact::SignedByItself),
        ChainFault::Incomplete => (
            Cause::TlsIncompleteChain,
            TlsFact::NotSent {
                issuer: issuer(tls).into(),
            },
        ),
        ChainFault::UnknownIssuer => (
            Cause::TlsUnknownIssuer,
            TlsFact::NotTrustedHere {
                issuer: issuer(tls).into(),
            },
        ),
        ChainFault::WrongPurpose => (Cause::TlsWrongPurpose, TlsFact::NotForServers),
        ChainFault::WeakKey => (Cause::TlsWeakKey, TlsFact::TooWeak),
        ChainFault::Revoked => (Cause::TlsUnknownIssuer, TlsFact::Revoked),
        ChainFault::BadEncoding => (Cause::TlsUnknownIssuer, TlsFact::Unreadable),
        ChainFault::BeyondVerifier(rule) => (
            Cause::TlsUnknownIssuer,
            TlsFact::RefusedHereOnly {
                rule: rule.words().into(),
            },
        ),
    };
    let others = faults.len().saturating_sub(1);
    let judgement = Judgement {
        who: leaf.map(|leaf| Distinguished(leaf.issuer.clone()).said()),
        ..Judgement::of(blame(cause), Stage::Tls, evidence)
    };
    if others == 0 {
        judgement
    } else {
        judgement.and([TlsFact::FurtherFaults {
            count: Count {
                number: others,
                noun: "further fault",
            },
        }])
    }
}

fn expired_words(chain: &[Certificate]) -> TlsFact {
    let first = chain.iter().min_by_key(|certificate| certificate.not_after);
    first.map_or(TlsFact::SomeExpired, |certificate| TlsFact::Expired {
        subject: certificate.subject.as_str().into(),
        day: Day(certificate.not_after),
    })
}

fn early_words(chain: &[Certificate]) -> TlsFact {
    let last = chain
        .iter()
        .max_by_key(|certificate| certificate.not_before);
    last.map_or(TlsFact::SomeNotValidYet, |certificate| {
        TlsFact::NotValidYet {
            subject: certificate.subject.as_str().into(),
            day: Day(certificate.not_before),
        }
    })
}

/// The server's certificate in one line.
fn certificate_words(leaf: Option<&Certificate>) -> Option<TlsFact> {
    leaf.map(|leaf| TlsFact::ServerCertificate {
        subject: leaf.subject.as_str().into(),
        issuer: leaf.issuer.as_str().into(),
        until: Day(leaf.not_after),
    })
}
