//! What to do about a finding: one imperative sentence with real values, to whoever can act.

use super::{
    Cause,
    judgement::{Judgement, host_of},
};
use crate::{
    catalog::Expect,
    plan::{Check, CheckEndpoint, CheckStep},
};

/// What to do about one judged check; `None` when there is nothing to do.
pub(super) fn for_check(check: &Check, judgement: &Judgement) -> Option<String> {
    let cause = judgement.outcome.cause()?;
    if let Some(remedy) = &judgement.remedy {
        return Some(remedy.clone());
    }
    Some(match &check.step {
        CheckStep::NotConfigured { flag, .. } => format!("say who it is: {flag}"),
        CheckStep::NotFromHere { command, .. } => format!("run there: {command}"),
        CheckStep::NotNeeded { .. } => return None,
        CheckStep::Withdrawn(ended) => ended.instead.clone(),
        CheckStep::Probe(_) => match judgement.beneath {
            Some(beneath) => {
                let server = judgement.who.as_deref().unwrap_or("its name server");
                local(server, &format!("udp and tcp to {server} port 53"), beneath)
            }
            None => for_cause(check, cause, judgement.who.as_deref()),
        },
    })
}

/// What to do about a cause at a check; `who` is behind it.
pub(super) fn for_cause(check: &Check, cause: Cause, who: Option<&str>) -> String {
    match cause.area() {
        super::cause::Area::Resolve => resolve(check, cause, who),
        super::cause::Area::Local => local(&host_of(check), &flow(check), cause),
        super::cause::Area::Connect | super::cause::Area::Datagram => connect(check, cause, who),
        super::cause::Area::Tls => tls(check, cause, who, &host_of(check)),
        super::cause::Area::FirstByte
        | super::cause::Area::Service
        | super::cause::Area::Proxy
        | super::cause::Area::Responder
        | super::cause::Area::NotJudged => service(check, cause),
    }
}

/// `tcp to license.looker.com port 443`.
pub(super) fn flow(check: &Check) -> String {
    match &check.endpoint {
        CheckEndpoint::Bound(endpoint) => match endpoint.ports {
            crate::net::Ports::None => format!("{} to {}", endpoint.transport, endpoint.host),
            ports => format!("{} to {} port {ports}", endpoint.transport, endpoint.host),
        },
        CheckEndpoint::Unbound { host, .. } => host.clone(),
    }
}

fn resolve(check: &Check, cause: Cause, who: Option<&str>) -> String {
    let host = host_of(check);
    let server = who.unwrap_or("the configured DNS server");
    match cause {
        Cause::DnsNoSuchName => {
            format!("check the spelling of {host}, or ask the DNS team to make it resolvable here")
        }
        Cause::DnsNoAddress => format!("ask the DNS team for an A or AAAA record of {host}"),
        Cause::DnssecBogus => format!("ask the DNS team to mend DNSSEC validation for {host}"),
        Cause::DnsServerFailure => {
            format!("ask the DNS team why {server} cannot answer for {host}")
        }
        Cause::DnsRefused => {
            format!("ask the DNS team to let {server} answer this machine's queries")
        }
        Cause::NoResolver => {
            "name a DNS server in /etc/resolv.conf, or give one with --resolver ADDRESS".to_owned()
        }
        Cause::DnsSinkholed => {
            format!("ask whoever filters DNS here to let {host} through, unfiltered")
        }
        Cause::HostsFile => {
            format!(
                "remove {host} from this machine's hosts file unless it is meant to stand there"
            )
        }
        _ => format!(
            "ask the network team to allow udp and tcp port 53 from this machine to {server}, or \
             name a DNS server that answers (/etc/resolv.conf, or --resolver ADDRESS)"
        ),
    }
}

/// What to do on this machine, which does not get `flow` to `host`.
fn local(host: &str, flow: &str, cause: Cause) -> String {
    match cause {
        Cause::NoRoute => format!("give this machine a route to {host} (ip route get {host})"),
        Cause::LinkDown => "bring a network interface of this machine up (ip link)".to_owned(),
        Cause::LocalFirewall => {
            format!("allow {flow} in this machine's own outgoing firewall rules")
        }
        Cause::LocalPolicy => {
            format!("remove the route or policy on this machine that prohibits {host}")
        }
        Cause::NeedsPrivilege => {
            "run this as root, or give the binary the right: setcap cap_net_raw+ep".to_owned()
        }
        Cause::SourceAddress => "give --source an address of this machine (ip address)".to_owned(),
        _ => "run again with a smaller --concurrency, or raise the limit (ulimit -n)".to_owned(),
    }
}

fn connect(check: &Check, cause: Cause, who: Option<&str>) -> String {
    let flow = flow(check);
    let host = host_of(check);
    match cause {
        Cause::TcpRefused | Cause::UdpPortUnreachable => format!(
            "start the service on {host}, or ask the network team whether a firewall rejects {flow}"
        ),
        Cause::RejectedByFirewall => match who {
            Some(who) => format!("ask the owner of {who}, which rejects it, to allow {flow}"),
            None => format!("ask the network team to allow {flow}: a firewall rejects it"),
        },
        Cause::HostUnreachable => match who {
            Some(who) => format!(
                "check that {host} is on, and ask the owner of {who} why nothing gets beyond there"
            ),
            None => format!("switch {host} on, or ask the network team why nothing delivers to it"),
        },
        Cause::NetworkUnreachable => {
            format!("ask the network team for a route from here to {host}")
        }
        Cause::RouteLoop => format!("ask the network team to mend the routing loop towards {host}"),
        Cause::PartialAddresses => {
            format!("ask the network team to allow {flow} for every address of the name")
        }
        Cause::PacketLoss | Cause::Intermittent | Cause::HighLatency => {
            format!("ask the network team about the quality of the path to {host}")
        }
        Cause::ProtocolUnreachable => {
            format!("switch IPsec on at {host}, or ask the network team to let IP protocol 50 pass")
        }
        Cause::UdpWrongReply => format!("find out what answers on {flow}"),
        Cause::UdpNoReply => {
            format!("ask the network team whether {flow} and its answers pass every firewall")
        }
        _ => format!("ask the network team to allow {flow}, and check that {host} is up"),
    }
}

/// What to do about a fault of TLS that several hosts share with the one of `check`.
pub(super) fn for_tls_of(hosts: &str, check: &Check, cause: Cause) -> String {
    tls(check, cause, None, hosts)
}

fn tls(check: &Check, cause: Cause, who: Option<&str>, host: &str) -> String {
    let flow = flow(check);
    match cause {
        Cause::TlsIntercepted => {
            let who = who.map_or_else(String::new, |who| format!(" by {who}"));
            let store = check.product.trust_store.as_ref();
            let store = store.map_or_else(String::new, |store| format!("; {store}"));
            format!("ask the proxy team to exempt {host} from TLS inspection{who}{store}")
        }
        Cause::TlsExpired | Cause::TlsExpiresSoon => {
            format!("ask the owner of {host} to renew the certificate")
        }
        Cause::TlsNotYetValid | Cause::ClockSkew => {
            "set this machine's clock right (timedatectl, chronyc tracking)".to_owned()
        }
        Cause::TlsNameMismatch => {
            format!("ask the owner of {host} for a certificate with that name, or correct the name")
        }
        Cause::TlsIncompleteChain => {
            format!("ask the owner of {host} to send the intermediate certificates too")
        }
        Cause::TlsUnknownIssuer | Cause::TlsSelfSigned => {
            "if it is the right server, trust its CA: --ca-file FILE here, and the same in the \
             product's trust store"
                .to_owned()
        }
        Cause::SniFiltered => {
            format!("ask the network team to let TLS that asks for {host} pass their filter")
        }
        Cause::MtuBlackHole => format!(
            "ask the network team to let ICMP `fragmentation needed` back, or to clamp the TCP MSS \
             on the way to {host}"
        ),
        Cause::TlsVersion | Cause::TlsNoSharedCipher => {
            format!("ask the owner of {host} to speak TLS 1.2 or later with current ciphers")
        }
        Cause::TlsClientCert => {
            format!("ask the owner of {host} for a client certificate, or for an exemption")
        }
        Cause::TlsNameRejected => format!("check the name {host}: the server does not serve it"),
        Cause::TlsReset | Cause::TlsStalled => {
            format!("ask the network team whether a device on the way inspects or filters {flow}")
        }
        _ => format!("ask the owner of {host} about its certificate"),
    }
}

fn service(check: &Check, cause: Cause) -> String {
    let host = host_of(check);
    let flow = flow(check);
    match cause {
        Cause::ClosedAtOnce | Cause::ResetAtOnce | Cause::NoGreeting | Cause::NoAnswer => format!(
            "ask the network team whether a device on the way filters {flow}, and look at the \
             service's own log on {host}"
        ),
        Cause::TlsUnexpected => format!(
            "let the product speak TLS there, or ask the owner of {host} for the plain-text port of \
             {}",
            check.protocol
        ),
        Cause::TlsNotSpoken => format!(
            "ask the owner of {host} whether {flow} is the TLS port, and the network team whether \
             something answers in its place"
        ),
        Cause::WrongProtocol => {
            format!(
                "find out what listens at {flow}: it is not {}",
                check.protocol
            )
        }
        Cause::AcceptedButDead => format!(
            "ask the network team what accepts connections in the place of {host} (a SYN proxy, a \
             transparent proxy)"
        ),
        Cause::WrongToken => format!(
            "give this run the token of the responder on {host}: PORTCHECK_TOKEN, or --token-file"
        ),
        Cause::NotOurResponder => format!(
            "see on {host} which program holds the port and whether it should; if `portcheck respond` \
             does, ask the network team what answers {flow} in its place"
        ),
        Cause::PortTaken => format!(
            "stop the program on {host} that holds the port, or move it, unless it is the product"
        ),
        Cause::NoStarttls => format!(
            "switch STARTTLS on at {host}, or ask the network team whether a device strips it"
        ),
        Cause::NoTls => format!("switch TLS on at {host}"),
        Cause::AccessDenied => format!("ask the owner of {host} to accept this machine"),
        Cause::RateLimited => format!("wait, then run again with fewer checks of {host}"),
        Cause::NotReady | Cause::SlowAnswer => {
            format!("look at the service on {host}, then run again")
        }
        Cause::HttpError => format!("ask the owner of {host} why it answers with an error"),
        Cause::NtpUnsynchronised => format!("mend the time service on {host}, or use another"),
        Cause::WithdrawnByVendor => "use what the provider offers instead".to_owned(),
        Cause::Reachable => format!("ask the network team to block {flow}"),
        Cause::Interrupted => "run again, with more time".to_owned(),
        _ if check.expect == Expect::Blocked => format!("ask the network team to block {flow}"),
        _ => format!("see `portcheck explain {cause}`"),
    }
}
