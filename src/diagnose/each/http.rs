//! An HTTP answer: the vendor's own, or somebody else's on the way. Nothing is guessed: a block
//! page is one only if the product that wrote it says so in its fields.

use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::{pages, products, redirects};
use crate::{
    diagnose::{Cause, Outcome, Stage, judgement::Judgement},
    fact::{HttpStatus, ServiceFact},
    plan::Check,
    protocol::HttpHead,
};

/// What the answer comes to, where it is not simply the service's own.
pub(super) fn judge(check: &Check, head: &HttpHead) -> Option<Judgement> {
    if check.protocol == crate::net::Protocol::HttpProxy {
        return None;
    }
    demands_login(head)
        .or_else(|| own_page(head))
        .or_else(|| blocked(head))
        .or_else(|| redirects::judge(check, head))
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

/// A page that a filter or portal is known to write. With a status that is well it may be one about
/// the product.
fn own_page(head: &HttpHead) -> Option<Judgement> {
    let page = pages::by_body(&head.body)?;
    let status = status(head);
    let evidence = ServiceFact::AnswersInPlace {
        product: page.product,
        status,
    };
    let outcome = Outcome::Fails(page.kind.cause());
    let judgement = Judgement {
        who: Some(page.product.into()),
        ..Judgement::of(outcome, Stage::Service, evidence)
    };
    Some(if head.status < 400 {
        judgement.inferred()
    } else {
        judgement
    })
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
}
