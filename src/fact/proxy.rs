//! What a proxy did instead of relaying, and what the other way shows.

use super::{Figure, HttpStatus, Part, Sentence, Stranger, rows::facts};
use crate::net::{Protocol, ProxyUrl};

facts! {
    /// What a proxy did instead of relaying, and what the other way shows.
    ProxyFact {
        Through { proxy: Sentence } => "through {proxy}",
        Unusable { url: ProxyUrl, why: Sentence } => "the proxy {url} cannot be used: {why}",
        SpeaksTls { url: ProxyUrl } => "{url} speaks TLS, and was asked in plain text",
        SpeaksOther { url: ProxyUrl, protocol: Protocol } => "what answers at {url} is {protocol}",
        NoGreeting { url: ProxyUrl } => "{url} never answered the greeting of SOCKS, as an HTTP proxy would not",
        AskedAndSilent { goal: Sentence } => "the proxy was asked for {goal} and never answered",
        AskedAndUnfinished { goal: Sentence } => "the proxy was asked for {goal} and did not finish its answer in time",
        AskedAndHungUp { goal: Sentence } => "the proxy was asked for {goal} and hung up without a word",
        AskedAndReset { goal: Sentence } => "the proxy was asked for {goal} and reset the connection without a word",
        AskedAndCutShort { goal: Sentence } => "the proxy was asked for {goal} and hung up in the middle of its answer",
        AskedAndEndless { goal: Sentence } => "the proxy was asked for {goal} and sent too much without an end",
        NoProxy { url: ProxyUrl, kind: &'static str } => "what answers at {url} is no {kind} proxy",
        WebServer { url: ProxyUrl, status: HttpStatus } => "what answers at {url} is a web server, and relays nothing ({status})",
        SaysOfItself { said: Sentence } => "{said}",
        EitherSaysSo { host: Part } => "the answer does not tell whether the proxy says so or a gateway of {host}",
        NoPassword => "the proxy takes no login by user and password",
        LoginDemanded => "the proxy demands a login, and was given none",
        LoginWrong => "the proxy does not take this user and password",
        LoginDemandedOver { status: HttpStatus } => "the proxy demands a login, and was given none ({status})",
        LoginWrongOver { status: HttpStatus } => "the proxy does not take this user and password ({status})",
        LoginDemandedBy { schemes: Stranger, status: HttpStatus } => "the proxy demands a login by {schemes}, and was given none ({status})",
        LoginUnspoken { schemes: Stranger, status: HttpStatus } => "the proxy demands a login by {schemes}, which portcheck does not speak ({status})",
        NoRoom => "SOCKS 4 has no room for an IPv6 address, so the proxy was not asked",
        Denies { goal: Sentence, how: Sentence } => "the proxy does not allow {goal} ({how})",
        DoesNotReach { goal: Sentence, how: Sentence } => "the proxy itself does not reach {goal} ({how})",
        OtherWayFails { way: Sentence, why: Sentence } => "{way} it fails too: {why}",
        OtherWayWorks { way: Sentence } => "{way} it works",
        EitherWay { way: Sentence } => "{way} it works, and the product goes either way",
        DirectlyWorks => "directly it works",
        OnlyDirectly { proxy: Sentence } => "through the proxy {proxy} it fails, directly it works",
        OnlyThrough { proxy: Sentence, cause: &'static str } => "through {proxy} it works, directly it does not: {cause}",
        ShoutedUnread { variable: Figure, other: Figure } => "curl and others do not read {variable}: write {other}",
    }
}
