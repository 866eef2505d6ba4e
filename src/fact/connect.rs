//! Reaching a port, and how long it took.

use std::{net::IpAddr, time::Duration};

use super::{Count, Figure, Part, Said, Sentence, rows::facts};

/// An ICMP error behind what was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icmp {
    /// The type.
    pub kind: u8,
    /// The code.
    pub code: u8,
    /// Who sent it, where that is known.
    pub from: Option<IpAddr>,
}

impl Said for Icmp {
    /// ` (ICMP type 3 code 13 from 10.0.0.1)`.
    fn said(&self) -> Sentence {
        let said = Sentence::from(" (ICMP type ")
            .then(self.kind.said())
            .then(" code ")
            .then(self.code.said());
        let said = match &self.from {
            Some(from) => said.then(" from ").then(from.said()),
            None => said,
        };
        said.then(")")
    }
}

facts! {
    /// Reaching a port, and how long it took.
    ConnectFact {
        Open => "open",
        MustNotBeReached { whom: Part } => "{whom} accepts, and must not be reachable",
        NoAnswer { elapsed: Duration } => "no answer in {elapsed}",
        Unanswered => "no answer",
        Refused { icmp: Option<Icmp> } => "connection refused{icmp}",
        GatewayMissing { hop: IpAddr } => "the gateway {hop} is not there: nobody answers for it on this machine's network",
        NoNeighbour { hop: IpAddr } => "nobody answers for {hop} on this machine's own network",
        HostUnreachable { icmp: Option<Icmp> } => "host unreachable{icmp}",
        NetworkUnreachable { icmp: Option<Icmp> } => "network unreachable{icmp}",
        Prohibited { icmp: Option<Icmp> } => "rejected as administratively prohibited{icmp}",
        ProtocolUnreachable { icmp: Option<Icmp> } => "the host does not take this IP protocol{icmp}",
        TimeExceeded { icmp: Option<Icmp> } => "packets go in circles: their time to live ran out{icmp}",
        Reset => "connection reset",
        NoRoute => "this machine has no route there",
        LinkDown => "no network interface of this machine is up",
        LocalFirewall => "this machine's own firewall does not let it out",
        LocalPolicy => "this machine's own routes prohibit it (EACCES)",
        RanOut { what: Figure } => "this machine ran out of {what}",
        MayNotSend { what: Figure } => "this user may not send it: {what}",
        SourceAddress => "the source address is none of this machine's",
        SystemFailed { errno: i32 } => "the operating system failed with errno {errno}",
        NeverAcknowledged => "what was sent was never acknowledged, so it is lost on the way",
        Otherwise { cause: &'static str } => "it would be `{cause}` otherwise",
        NothingListensYet => "nothing listens yet",
        SeemsToRefuse => "the target itself seems to refuse, so packets get there",
        UdpSilence => "silence over UDP can mean an open port, a closed one or a firewall",
        EchoSilence => "a host may be up and not answer echo requests",
        EspSilence => "a host discards ESP that it has no key for, without a word",
        SomeUnanswered { worked: u32, tried: Count } => "{worked} of {tried} worked, the others were not answered",
        SomeTurnedAway { worked: u32, tried: Count } => "{worked} of {tried} worked, the others were turned away",
        SomeTriesWork { worked: usize, tried: Count } => "{worked} of {tried} worked",
        TriesSay { count: usize, tried: Count, cause: &'static str, why: Sentence } => "{count} of {tried}: `{cause}`, {why}",
        FirstTriesOnly { worked: Count } => "the first {worked} worked and none after them: so does a limit on connections",
        RangeAllGood { tried: Count } => "{tried} of the range tried, all good",
        RangeNoneGood { tried: Count } => "{tried} of the range tried, none good",
        RangeSomeBad { failed: usize, tried: Count } => "{failed} of {tried} tried of the range are not good",
        EchoTook { took: Duration } => "the echo took {took}",
        ConnectionTook { took: Duration, again: Duration } => "the connection took {took}, the fastest of more {again}",
        ServiceTook { took: Duration } => "the service took {took} to answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_icmp_error_tells_its_type_its_code_and_who_sent_it() {
        let icmp = |from: Option<&str>| {
            let from = from.map(|from| from.parse().unwrap());
            let icmp = Some(Icmp {
                kind: 3,
                code: 13,
                from,
            });
            ConnectFact::Prohibited { icmp }.said().to_string()
        };
        assert_eq!(
            icmp(Some("10.0.0.1")),
            "rejected as administratively prohibited (ICMP type 3 code 13 from 10.0.0.1)"
        );
        assert_eq!(
            icmp(None),
            "rejected as administratively prohibited (ICMP type 3 code 13)"
        );
    }
}
