//! What a service said, or what spoke in its place.

use std::time::Duration;

use super::{Ahead, Figure, Origin, Part, Said, Sentence, Stranger, rows::facts};
use crate::net::Protocol;

/// The status line of an answer: the code is HTTP's, the reason is the server's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpStatus {
    /// The code.
    pub code: u16,
    /// The reason; may be empty.
    pub reason: Stranger,
}

impl Said for HttpStatus {
    /// `HTTP 403 Forbidden`.
    fn said(&self) -> Sentence {
        let code = Sentence::from(Part::of(Origin::Number, format!("HTTP {}", self.code)));
        if self.reason.0.is_empty() {
            code
        } else {
            code.then(" ").then(self.reason.said())
        }
    }
}

facts! {
    /// What a service said, or what spoke in its place.
    ServiceFact {
        Says { label: &'static str, words: Stranger } => "{label}: {words}",
        Shows { label: &'static str, figure: Figure } => "{label}: {figure}",
        ClockOff { ahead: Ahead } => "this machine's clock is {ahead}",
        RefusesClient => "it refuses this client",
        TurnsAway => "it turns this client away",
        StarttlsRefused => "STARTTLS is offered, and refused when it is asked for",
        LimitsRate => "it limits this client's rate",
        NotReady => "it answers that it is not ready",
        StarttlsNotOffered => "STARTTLS is not offered",
        TlsNotOffered => "TLS is wanted and not offered",
        AnswersWithError => "it answers with an error",
        NoTimeToGive => "it answers, and has no time to give",
        UnsureOfTime => "it answers, and is too unsure of its time for a client to take it",
        ByItsClock => "by the server's clock, which may be the wrong one",
        WantsHeader => "it answers once the header of the PROXY protocol comes first, and not without",
        NotWhole { waited: Duration } => "not whole after {waited}",
        RefusesToAnswer => "it refuses to answer us",
        FailsToAnswer => "it fails to answer",
        OverByProvider => "its provider says that the service is over",
        DatagramIsNot { protocol: Protocol } => "what came back is not {protocol}",
        DatagramNoAnswer => "what came back was no answer",
        TlsCame { protocol: Protocol } => "TLS came where plain {protocol} was due",
        IsOldVersion { protocol: Protocol } => "this is {protocol} of a version that nobody speaks any more",
        IsOther { other: Protocol, protocol: Protocol } => "this is {other}, not {protocol}",
        IsNot { protocol: Protocol } => "what came is not {protocol}",
        ClosedWordless => "accepted, then closed without a word",
        ResetWordless => "accepted, then reset without a word",
        NeverAnswered => "accepted, and never answered the question",
        NeverSaidAWord => "accepted, and never said a word",
        Unfinished => "began to answer and did not finish in time",
        ClosedUnrecognised { protocol: Protocol } => "said something and closed before it was recognised as {protocol}",
        TooMuch { protocol: Protocol } => "sent too much without being recognised as {protocol}",
        BrokeOff { protocol: Protocol } => "it answered as {protocol}, and then closed the connection when it was spoken to",
        BrokeOffByReset { protocol: Protocol } => "it answered as {protocol}, and then reset the connection when it was spoken to",
        FellSilent { protocol: Protocol } => "it answered as {protocol}, and then never answered what it was told",
        NeverEnded { protocol: Protocol } => "it answered as {protocol}, and then sent too much without coming to an end",
        ProxyOnTheWay { status: HttpStatus } => "a proxy on the way demands a login ({status})",
        PortalOnTheWay { status: HttpStatus } => "a portal on the way demands a login ({status})",
        AnswersInPlace { product: &'static str, status: HttpStatus } => "{product} on the way answers in its place ({status})",
        RedirectedInside { location: Stranger } => "redirected to {location}, an address inside this network",
        RedirectedToProduct { location: Stranger, product: &'static str } => "redirected to {location}, a page of {product}",
        RedirectedToLogin { location: Stranger } => "redirected to {location}, a log-in page in somebody else's domain",
        RedirectedToRefusal { location: Stranger } => "redirected to {location}, a page that refuses in somebody else's domain",
        RedirectedElsewhere { location: Stranger, domain: Part } => "redirected to {location}: {domain} may be the owner's as well, or belong to who answers in its place",
        RedirectsTo { location: Stranger } => "it redirects to {location}",
        SetsCookie => "it sets a cookie, so a client that keeps it may get on",
        PlainHttpShows { why: Sentence } => "plain HTTP shows whose certificate this is: {why}",
        RedirectedToItself { location: Stranger } => "redirected to itself: {location}",
        TlsWherePlain { protocol: Protocol } => "it answers TLS where plain {protocol} was due",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_of_a_status_is_the_servers_and_its_code_is_not() {
        let status = |reason: &str| HttpStatus {
            code: 403,
            reason: Stranger::from(reason),
        };
        assert_eq!(status("").said().to_string(), "HTTP 403");
        let said = status("Go away").said();
        assert_eq!(said.to_string(), "HTTP 403 Go away");
        assert_eq!(said.0[2], Part::of(Origin::Stranger, "Go away"));
    }
}
