//! Where an HTTP answer sends the client: to itself, into this network, to a known page of a filter or
//! portal, or to somebody else's domain.

use std::net::IpAddr;

use url::{Host, Url};

use super::pages;
use crate::{
    diagnose::{
        Cause, Outcome, Stage,
        judgement::{Judgement, host_of},
    },
    fact::{Part, ServiceFact, Stranger},
    net::{self, Ports, Protocol},
    plan::Check,
    protocol::HttpHead,
};

/// Words of log-in pages, where they stand in the name or the path.
const LOGIN: &[&str] = &[
    "login",
    "logon",
    "signin",
    "sign-in",
    "portal",
    "captive",
    "hotspot",
    "splash",
    "guest",
    "wifi",
    "wlan",
    "authenticate",
    "prelogin",
];

/// Words of pages that refuse, whole ones.
const REFUSAL: &[&str] = &[
    "block",
    "blocked",
    "blockpage",
    "blocking",
    "deny",
    "denied",
    "forbidden",
    "restricted",
    "webfilter",
    "urlfilter",
    "violation",
];

/// What a service itself hands to those who log people in for it: it is registered there.
/// Source: RFC 6749 §4.1.1; SAML 2.0 bindings §3.4.4; WS-Federation §13.2.1.
const REGISTERED: &[&str] = &["client_id=", "samlrequest=", "wtrealm=", "response_type="];

/// An answer that leads elsewhere.
struct Sent {
    /// What was asked for.
    asked: Url,
    /// Where it leads.
    target: Url,
    /// As it stood in the answer.
    written: Stranger,
    /// Whether the status says so, not the page.
    by_status: bool,
}

/// What a redirect comes to; `None` where there is none, or one within the service's own domain.
pub(super) fn judge(check: &Check, head: &HttpHead) -> Option<Judgement> {
    let sent = Sent::of(check, head)?;
    sent.known()
        .or_else(|| sent.inside())
        .or_else(|| sent.to_itself(head))
        .or_else(|| sent.elsewhere(check))
}

impl Sent {
    fn of(check: &Check, head: &HttpHead) -> Option<Self> {
        let asked = asked(check)?;
        let (written, by_status) = match head.status {
            300..=399 => (field(head, "location")?.to_owned(), true),
            _ => match field(head, "refresh") {
                Some(refresh) => (target_of_refresh(refresh)?, false),
                None => (led_on_by(&head.body)?, false),
            },
        };
        Some(Self {
            target: asked.join(&written).ok()?,
            asked,
            written: Stranger::from(crate::text::stranger(written.as_bytes())),
            by_status,
        })
    }

    /// A page of a product on the way, by its address.
    fn known(&self) -> Option<Judgement> {
        let page = pages::by_target(self.target.as_str())?;
        if !self.is_elsewhere() {
            return None;
        }
        let evidence = ServiceFact::RedirectedToProduct {
            location: self.written.clone(),
            product: page.product,
        };
        Some(Judgement {
            who: Some(page.product.into()),
            ..fails(page.kind.cause(), evidence)
        })
    }

    /// A place inside this network, where a public server could not send anyone.
    fn inside(&self) -> Option<Judgement> {
        let asks_a_name = matches!(self.asked.host(), Some(Host::Domain(_)));
        let is_same = self.asked.host() == self.target.host();
        (asks_a_name && !is_same && is_inside(&self.target.host()?)).then(|| {
            let location = self.written.clone();
            fails(
                Cause::CaptivePortal,
                ServiceFact::RedirectedInside { location },
            )
            .inferred()
        })
    }

    /// The same address again. Who sets a cookie may let the next request pass.
    fn to_itself(&self, head: &HttpHead) -> Option<Judgement> {
        let mut target = self.target.clone();
        target.set_fragment(None);
        if target != self.asked || !self.by_status {
            return None;
        }
        let location = self.written.clone();
        let evidence = ServiceFact::RedirectedToItself { location };
        let outcome = Outcome::WorksBut(Cause::RedirectLoop);
        let judgement = Judgement::of(outcome, Stage::Service, evidence);
        Some(if head.sets_cookie {
            judgement.inferred().and([ServiceFact::SetsCookie])
        } else {
            judgement
        })
    }

    /// A domain that is not the service's. Behind the service's own certificate it is the service that
    /// says so; in plain text it may be anybody.
    fn elsewhere(&self, check: &Check) -> Option<Judgement> {
        if !self.is_elsewhere() {
            return None;
        }
        let location = self.written.clone();
        if check.protocol.starts_with_tls() {
            let evidence = ServiceFact::RedirectsTo { location };
            return Some(Judgement::works(Stage::Service, vec![evidence.into()]));
        }
        let target = self.target.as_str().to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| target.contains(word));
        let mut words = target.split(|one: char| !one.is_ascii_alphanumeric());
        let judgement = if has(REGISTERED) {
            self.moved()
        } else if words.any(|word| REFUSAL.contains(&word)) {
            let evidence = ServiceFact::RedirectedToRefusal { location };
            fails(Cause::BlockPage, evidence)
        } else if has(LOGIN) || self.hands_on_what_was_asked() {
            let evidence = ServiceFact::RedirectedToLogin { location };
            fails(Cause::CaptivePortal, evidence)
        } else {
            self.moved()
        };
        Some(judgement.inferred())
    }

    fn moved(&self) -> Judgement {
        let evidence = ServiceFact::RedirectedElsewhere {
            location: self.written.clone(),
            domain: Part::host(domain(&self.target).unwrap_or_default()),
        };
        let outcome = Outcome::WorksBut(Cause::RedirectedElsewhere);
        Judgement::of(outcome, Stage::Service, evidence)
    }

    /// Whether the target is told where the client wanted to go, to send it on afterwards.
    fn hands_on_what_was_asked(&self) -> bool {
        let own = self.asked.host_str().unwrap_or_default();
        let mut pairs = self.target.query_pairs();
        pairs.any(|(_, value)| value.contains(own))
    }

    /// Whether it leads out of the registrable domain of what was asked for, which is a name.
    fn is_elsewhere(&self) -> bool {
        let Some(Host::Domain(own)) = self.asked.host() else {
            return false;
        };
        match self.target.host() {
            Some(Host::Domain(_)) => {
                let own = psl::domain_str(own);
                own.is_some() && own != domain(&self.target).as_deref()
            }
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
            None => false,
        }
    }
}

fn fails(cause: Cause, evidence: ServiceFact) -> Judgement {
    Judgement::of(Outcome::Fails(cause), Stage::Service, evidence)
}

/// The registrable domain of an address, or its literal host. Source: <https://publicsuffix.org/>.
fn domain(target: &Url) -> Option<String> {
    match target.host()? {
        Host::Domain(name) => Some(psl::domain_str(name).unwrap_or(name).to_owned()),
        Host::Ipv4(address) => Some(address.to_string()),
        Host::Ipv6(address) => Some(address.to_string()),
    }
}

/// The address that was asked for.
fn asked(check: &Check) -> Option<Url> {
    if !matches!(check.protocol, Protocol::Http | Protocol::Https) {
        return None;
    }
    let host: net::Host = host_of(check).parse().ok()?;
    let Ports::One(port) = check.ports() else {
        return None;
    };
    Url::parse(&format!(
        "{}://{}/",
        check.protocol,
        host.with_port(port.get())
    ))
    .ok()
}

/// Whether a public server could not send anyone there.
fn is_inside(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(address) => {
            address.is_private() || address.is_loopback() || address.is_link_local()
        }
        Host::Ipv6(address) => match IpAddr::V6(*address).to_canonical() {
            IpAddr::V4(address) => is_inside(&Host::Ipv4(address)),
            IpAddr::V6(address) => {
                address.is_loopback()
                    || address.is_unique_local()
                    || address.is_unicast_link_local()
            }
        },
        Host::Domain(name) => !name.contains('.'),
    }
}

/// `0; url=http://portal/`. Source: HTML Living Standard, "Refresh state".
fn target_of_refresh(refresh: &str) -> Option<String> {
    let at = refresh.to_ascii_lowercase().find("url=")?;
    let target = refresh[at + 4..].trim_start_matches(['\'', '"', ' ']);
    let end = target
        .find(['\'', '"', '>', ' ', '<'])
        .unwrap_or(target.len());
    Some(target[..end].to_owned()).filter(|target| !target.is_empty())
}

/// Where a page leads without being asked: by a refresh, or by a script's first words.
fn led_on_by(body: &str) -> Option<String> {
    const SCRIPTS: [&str; 5] = [
        "window.location=",
        "window.location.href=",
        "location.href=",
        "document.location=",
        "location.replace(",
    ];
    let lower = body.to_ascii_lowercase();
    let refresh = lower
        .find("http-equiv")
        .filter(|at| lower[*at..].trim_start_matches("http-equiv").len() > 1)
        .filter(|at| {
            lower[*at..]
                .chars()
                .take(24)
                .collect::<String>()
                .contains("refresh")
        })
        .and_then(|at| target_of_refresh(&body[at..]));
    refresh.or_else(|| {
        // A script may have blanks around the sign.
        let packed: String = body.chars().filter(|one| *one != ' ').collect();
        let lower = packed.to_ascii_lowercase();
        let start = SCRIPTS
            .iter()
            .find_map(|words| Some(lower.find(words)? + words.len()))?;
        let mut rest = packed[start..].chars();
        let quote = rest.next().filter(|one| matches!(one, '"' | '\''))?;
        let target: String = rest.take_while(|one| *one != quote).collect();
        Some(target).filter(|target| target.starts_with("http"))
    })
}

fn field<'a>(head: &'a HttpHead, name: &str) -> Option<&'a str> {
    let found = head.fields.iter().find(|(field, _)| field == name);
    found.map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_inside_a_network_are_inside() {
        for (location, inside) in [
            ("http://10.1.2.3/login", true),
            ("https://[fd00::1]:8443/", true),
            ("http://login/", true),
            ("https://vendor.example/", false),
            ("http://198.51.100.7/", false),
        ] {
            let target = Url::parse(location).unwrap();
            assert_eq!(is_inside(&target.host().unwrap()), inside, "{location}");
        }
    }

    #[test]
    fn a_page_may_lead_on_by_a_refresh_or_by_a_script() {
        for (body, target) in [
            (
                "<META http-equiv=\"refresh\" content=\"1; URL=https://192.0.2.1/login.html?redirect=x\">",
                Some("https://192.0.2.1/login.html?redirect=x"),
            ),
            (
                "<meta http-equiv='refresh' content='0;url=http://p.example/'>",
                Some("http://p.example/"),
            ),
            (
                "<script>window.location = \"http://192.168.1.99:1000/fgtauth?0a\";</script>",
                Some("http://192.168.1.99:1000/fgtauth?0a"),
            ),
            (
                "<meta http-equiv=\"content-type\" content=\"text/html\">",
                None,
            ),
            ("<p>our new location: url=unknown</p>", None),
            ("", None),
        ] {
            assert_eq!(led_on_by(body).as_deref(), target, "{body}");
        }
    }
}
