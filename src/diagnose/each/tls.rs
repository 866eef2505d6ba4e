//! A TLS handshake: how it died, whom the chain is trusted by, how long it lasts.

use time::{Duration, OffsetDateTime, macros::format_description};

use super::products;
use crate::{
    catalog::Pki,
    diagnose::{
        Cause, Outcome, Stage,
        judgement::{Judgement, certificates_gate},
    },
    observation::{
        Certificate, ChainFault, ClientCertificate, TlsError, TlsObservation, Trust,
        tls::{Alert, Change},
    },
    plan::Check,
    text,
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
            let mut evidence = vec![handshake.version.clone()];
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
    let evidence = "the server demands a certificate of the client".to_owned();
    Judgement::of(Outcome::Fails(Cause::TlsClientCert), Stage::Tls, evidence)
}

/// The handshake did not end well.
fn died(tls: &TlsObservation, error: &TlsError) -> Judgement {
    if let Some(found) = experiment(tls) {
        return found;
    }
    let (cause, evidence) = match error {
        TlsError::NotTls(bytes) => (
            Cause::TlsNotSpoken,
            format!("plain text came where TLS was due: {bytes}"),
        ),
        TlsError::ClosedBeforeHello => (
            Cause::ClosedAtOnce,
            "accepted, then closed before the server's first word".to_owned(),
        ),
        TlsError::ResetBeforeHello => (
            Cause::TlsReset,
            "accepted, then reset before the server's first word".to_owned(),
        ),
        TlsError::Closed => (
            Cause::TlsReset,
            "closed in the middle of the handshake".to_owned(),
        ),
        TlsError::Reset => (
            Cause::TlsReset,
            "reset in the middle of the handshake".to_owned(),
        ),
        TlsError::Stalled { after_bytes: true } => (
            Cause::TlsStalled,
            "the handshake began and then nothing more came".to_owned(),
        ),
        TlsError::Stalled { after_bytes: false } => (
            Cause::TlsStalled,
            "accepted, then no answer to the TLS hello".to_owned(),
        ),
        TlsError::Alert(alert) => alerted(alert),
        TlsError::Version => (
            Cause::TlsVersion,
            "the server speaks no TLS version from 1.2 on".to_owned(),
        ),
        TlsError::NoSharedCipher => (
            Cause::TlsNoSharedCipher,
            "no cipher suite in common with the server".to_owned(),
        ),
        TlsError::Broken(fault) => (
            Cause::WrongProtocol,
            format!("the server breaks the TLS standard: {fault}"),
        ),
    };
    Judgement::of(Outcome::Fails(cause), Stage::Tls, evidence)
}

fn alerted(alert: &Alert) -> (Cause, String) {
    let (cause, name) = match alert {
        Alert::ProtocolVersion => (Cause::TlsVersion, "protocol_version"),
        Alert::HandshakeFailure => (Cause::TlsNoSharedCipher, "handshake_failure"),
        Alert::UnrecognizedName => (Cause::TlsNameRejected, "unrecognized_name"),
        Alert::CertificateRequired => (Cause::TlsClientCert, "certificate_required"),
        Alert::AccessDenied => (Cause::TlsAlert, "access_denied"),
        Alert::Other(name) => (Cause::TlsAlert, name.as_str()),
    };
    (cause, format!("the server's alert: {name}"))
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
    let name = tls.server_name.as_deref().unwrap_or("the name");
    let fail = |cause, evidence| Some(Judgement::of(Outcome::Fails(cause), Stage::Tls, evidence));
    // A small hello has the name in it, so where that one passes the name is not what it died of.
    match (cures(Change::SmallHello), cures(Change::SmallSegments)) {
        (true, true) => {
            return fail(
                Cause::MtuBlackHole,
                "the same server answers when the hello fits one packet".to_owned(),
            );
        }
        (true, false) => return Some(large_hello()),
        (false, _) => {}
    }
    let has_alerted = matches!(tls.outcome, Err(TlsError::Alert(_)));
    let without_name = || format!("the same address answers TLS when {name} is not asked for");
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
        let evidence = "the same server answers when packets are kept small".to_owned();
        return fail(Cause::MtuBlackHole, evidence);
    }
    cures(Change::ProxyHeader).then(|| {
        let evidence =
            "it answers TLS once the header of the PROXY protocol comes first, and not without";
        Judgement::of(
            Outcome::Fails(Cause::ProxyProtocol),
            Stage::Tls,
            evidence.to_owned(),
        )
    })
}

/// A large hello dies in small packets too, so it is not the packets' size.
fn large_hello() -> Judgement {
    let evidence = "the same server answers when the hello is small, and not when a large one comes in small packets";
    Judgement::of(
        Outcome::WorksBut(Cause::LargeHello),
        Stage::Tls,
        evidence.to_owned(),
    )
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
    if let Some(names) = &tls.name_mismatch {
        let asked = tls.server_name.as_deref().unwrap_or("this address");
        let evidence = format!(
            "the certificate is for {}, not for {asked}",
            names_words(names)
        );
        return Judgement::of(blame(Cause::TlsNameMismatch), Stage::Tls, evidence);
    }
    let Some(ends) = ends_soon(&tls.chain, now) else {
        return Judgement::works(Stage::Tls, Vec::new());
    };
    let days = (ends - now).whole_days().max(0);
    let left = text::count(usize::try_from(days).unwrap_or(0), "day");
    let evidence = format!(
        "a certificate of the chain ends in {left}, on {}",
        date(ends)
    );
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

/// When the first certificate ends that is in the last part of its life and in use.
fn ends_soon(chain: &[Certificate], now: OffsetDateTime) -> Option<OffsetDateTime> {
    let is_soon = |one: &&Certificate| {
        let life = one.not_after - one.not_before;
        one.not_after - now < EXPIRES_SOON.min(life / LAST_SHARE)
    };
    let used = chain.iter().filter(|one| one.is_used);
    used.filter(is_soon).map(|one| one.not_after).min()
}

fn names_words(names: &[String]) -> String {
    match names {
        [] => "no name at all".to_owned(),
        [_, ..] if names.len() <= 4 => text::list(names, "and"),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}

/// What is wrong with the chain in the eyes of those who must trust it.
fn distrust(check: &Check, tls: &TlsObservation, blame: Blame) -> Option<Judgement> {
    match (check.pki, &tls.public, &tls.machine) {
        (Pki::Public, Trust::Trusted | Trust::Unknown, _)
        | (Pki::Private | Pki::Any, _, Trust::Trusted | Trust::Unknown) => None,
        (Pki::Public, Trust::Untrusted(_), Trust::Trusted) => Some(intercepted(
            tls,
            Outcome::WorksBut,
            "this machine trusts it, the public PKI does not",
        )),
        (Pki::Public, Trust::Untrusted(faults), _) => {
            let fault = first(faults);
            if fault == ChainFault::UnknownIssuer {
                let seen = "neither this machine nor the public PKI trusts it";
                Some(intercepted(tls, Outcome::Fails, seen).inferred())
            } else {
                Some(faulty(tls, faults, blame))
            }
        }
        (Pki::Private | Pki::Any, _, Trust::Untrusted(faults)) => Some(faulty(tls, faults, blame)),
    }
}

/// A public name with a chain of somebody else's.
fn intercepted(tls: &TlsObservation, blame: Blame, seen: &str) -> Judgement {
    let issuer = issuer(tls);
    let product = products::by_issuer(&issuer)
        .map_or_else(String::new, |product| format!(" (that is {product})"));
    let evidence = format!("the certificate is issued by {issuer}{product}: {seen}");
    Judgement {
        who: Some(issuer),
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
        ChainFault::SelfSigned => (
            Cause::TlsSelfSigned,
            "the certificate is signed by itself".to_owned(),
        ),
        ChainFault::Incomplete => (
            Cause::TlsIncompleteChain,
            format!(
                "the server does not send the certificate of {}",
                issuer(tls)
            ),
        ),
        ChainFault::UnknownIssuer => (
            Cause::TlsUnknownIssuer,
            format!(
                "the chain ends at {}, which is not trusted here",
                issuer(tls)
            ),
        ),
        ChainFault::WrongPurpose => (
            Cause::TlsWrongPurpose,
            "the certificate is not made for servers".to_owned(),
        ),
        ChainFault::WeakKey => (
            Cause::TlsWeakKey,
            "the certificate's key or signature is too weak".to_owned(),
        ),
        ChainFault::Revoked => (
            Cause::TlsUnknownIssuer,
            "a certificate was revoked".to_owned(),
        ),
        ChainFault::BadEncoding => (
            Cause::TlsUnknownIssuer,
            "a certificate of the chain cannot be read".to_owned(),
        ),
    };
    let others = faults.len().saturating_sub(1);
    let judgement = Judgement {
        who: leaf.map(|leaf| leaf.issuer.clone()),
        ..Judgement::of(blame(cause), Stage::Tls, evidence)
    };
    if others == 0 {
        judgement
    } else {
        judgement.and([format!(
            "and {} of the chain",
            text::count(others, "further fault")
        )])
    }
}

fn expired_words(chain: &[Certificate]) -> String {
    chain
        .iter()
        .min_by_key(|certificate| certificate.not_after)
        .map_or_else(
            || "a certificate has expired".to_owned(),
            |certificate| {
                format!(
                    "{} expired on {}",
                    certificate.subject,
                    date(certificate.not_after)
                )
            },
        )
}

fn early_words(chain: &[Certificate]) -> String {
    chain
        .iter()
        .max_by_key(|certificate| certificate.not_before)
        .map_or_else(
            || "a certificate is not valid yet".to_owned(),
            |certificate| {
                format!(
                    "{} is valid from {} on",
                    certificate.subject,
                    date(certificate.not_before)
                )
            },
        )
}

/// The server's certificate in one line.
fn certificate_words(leaf: Option<&Certificate>) -> Option<String> {
    let leaf = leaf?;
    Some(format!(
        "certificate {}, issued by {}, valid until {}",
        leaf.subject,
        leaf.issuer,
        date(leaf.not_after)
    ))
}

/// `2026-11-20`.
fn date(moment: OffsetDateTime) -> String {
    moment
        .format(format_description!("[year]-[month]-[day]"))
        .unwrap_or_else(|_| moment.unix_timestamp().to_string())
}
