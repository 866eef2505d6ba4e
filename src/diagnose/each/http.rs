//! An HTTP answer: the vendor's own, or somebody else's on the way. Nothing is guessed: a block
//! page is one only if the product that wrote it says so in its fields.

use std::net::IpAddr;

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::products;
use crate::{
    diagnose::{
        Cause, Outcome, Stage,
        judgement::{Judgement, host_of},
    },
    fact::{HttpStatus, ServiceFact},
    net::Host,
    plan::Check,
    protocol::HttpHead,
};

/// What the answer comes to, where it is not simply the service's own.
pub(super) fn judge(check: &Check, head: &HttpHead) -> Option<Judgement> {
    if check.protocol == crate::net::Protocol::HttpProxy {
        return None;
    }
    demands_login(head)
        .or_else(|| blocked(head))
        .or_else(|| redirected(check, head))
}

/// 407 is only ever a proxy's, 511 only ever a portal's.
/// Source: RFC 9110 §15.5.8, RFC 6585 §6.
fn demands_login(head: &HttpHead) -> Option<Judgement> {
    let status = status(head);
    let (cause, evidence) = match head.status {
        407 => (
            Cause::ProxyAuthRequired,
            ServiceFact::ProxyOnTheWay { status },
        ),
        511 => (Cause::CaptivePortal, ServiceFact::PortalOnTheWay { status }),
        _ => return None,
    };
    let said = ["proxy-authenticate", "via", "server"]
        .into_iter()
        .filter_map(|label| {
            let words = field(head, label)?.into();
            Some(ServiceFact::Says { label, words })
        });
    Some(Judgement::of(Outcome::Fails(cause), Stage::Service, evidence).and(said))
}

/// A refusal that a filter has put its name to.
fn blocked(head: &HttpHead) -> Option<Judgement> {
    let product = products::by_fields(&head.fields)?;
    let cause = match head.status {
        400..=499 => Cause::BlockPage,
        500..=599 => Cause::ProxyBadGateway,
        _ => return None,
    };
    let status = status(head);
    let evidence = ServiceFact::AnswersInPlace { product, status };
    let mut judgement = Judgement::of(Outcome::Fails(cause), Stage::Service, evidence);
    // Who relays signs as well; the answer may be that of the server that it names, unless it has the
    // mark of the product's own pages.
    let server = field(head, "server").map(|server| [("server".to_owned(), server.to_owned())]);
    let is_anothers = server.is_some_and(|server| products::by_fields(&server).is_none());
    if is_anothers && !products::has_own_mark(&head.fields) {
        judgement = judgement.inferred();
    }
    Some(Judgement {
        who: Some(product.into()),
        ..judgement
    })
}

/// A redirect to a page inside this network, or to itself.
fn redirected(check: &Check, head: &HttpHead) -> Option<Judgement> {
    if !(300..400).contains(&head.status) {
        return None;
    }
    let location = field(head, "location")?;
    let asked = host_of(check);
    let target = target_host(location)?;
    if is_inside(&target) && !matches!(asked.parse(), Ok(Host::Address(_))) {
        let evidence = ServiceFact::RedirectedInside {
            location: location.into(),
        };
        return Some(
            Judgement::of(
                Outcome::Fails(Cause::CaptivePortal),
                Stage::Service,
                evidence,
            )
            .inferred(),
        );
    }
    let same = format!("{}://{asked}/", check.protocol);
    (location == same).then(|| {
        let evidence = ServiceFact::RedirectedToItself {
            location: location.into(),
        };
        Judgement::of(
            Outcome::WorksBut(Cause::RedirectLoop),
            Stage::Service,
            evidence,
        )
    })
}

/// The host of an absolute `http` or `https` address.
fn target_host(location: &str) -> Option<Host> {
    let rest = location
        .strip_prefix("https://")
        .or_else(|| location.strip_prefix("http://"))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let address: crate::net::Address = authority.parse().ok()?;
    Some(address.host)
}

/// Whether a public server could not send anyone there.
fn is_inside(host: &Host) -> bool {
    match host {
        Host::Address(IpAddr::V4(address)) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        Host::Address(IpAddr::V6(address)) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
        Host::Name(name) => !name.contains('.'),
    }
}

/// How far this machine's clock is ahead of the server's, by the `Date` of its answer, in seconds.
/// Source: RFC 9110 §6.6.1.
pub(super) fn clock_ahead(head: &HttpHead, now: OffsetDateTime) -> Option<i64> {
    let date = OffsetDateTime::parse(field(head, "date")?, &Rfc2822).ok()?;
    Some((now - date).whole_seconds())
}

/// The status line of an answer.
pub(super) fn status(head: &HttpHead) -> HttpStatus {
    HttpStatus {
        code: head.status,
        reason: head.reason.trim_end().into(),
    }
}

fn field<'a>(head: &'a HttpHead, name: &str) -> Option<&'a str> {
    let found = head.fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_date_of_an_answer_tells_how_far_the_clock_is_off() {
        let head = HttpHead {
            fields: vec![(
                "date".to_owned(),
                "Fri, 20 Nov 2026 09:00:00 GMT".to_owned(),
            )],
            ..HttpHead::default()
        };
        assert_eq!(
            clock_ahead(&head, datetime!(2026-11-20 10:00 UTC)),
            Some(3_600)
        );
    }

    #[test]
    fn only_addresses_inside_a_network_are_inside() {
        for (location, inside) in [
            ("http://10.1.2.3/login", true),
            ("https://[fd00::1]:8443/", true),
            ("http://login/", true),
            ("https://vendor.example/", false),
            ("http://198.51.100.7/", false),
        ] {
            assert_eq!(
                is_inside(&target_host(location).unwrap()),
                inside,
                "{location}"
            );
        }
        assert_eq!(target_host("/login"), None);
    }
}
