//! A proxy, asked to relay a stream: HTTP CONNECT, SOCKS 4, 4A and 5.
//! Source: RFC 9110 §9.3.6 and §11.7, RFC 7617, RFC 1928, RFC 1929; Ying-Da Lee, "SOCKS: A protocol
//! for TCP proxy across firewalls" and "SOCKS 4A".

use std::net::IpAddr;

use super::{
    Details, End, HttpHead, READ_LIMIT, Reply, Speaker, http,
    looks::window,
    stream::{Turn, stranger},
};
use crate::net::{Credentials, Host};

/// How long a reply of SOCKS 4 is, in bytes.
const SOCKS4_REPLY: usize = 8;

/// What a proxy wants to see next, or what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TunnelStep {
    /// Send these bytes, then wait for an answer.
    Send(Vec<u8>),
    /// Wait for more.
    NeedMore,
    /// The stream stands. What came behind the answer is the other side's first words.
    Open(Vec<u8>),
    /// The proxy answered, and relays nothing.
    Refused(Refusal),
    /// What answers is no such proxy, or it ended without an answer.
    NoProxy(Reply),
}

/// How a proxy says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The head of an HTTP answer other than 2xx.
    Http(HttpHead),
    /// A reply of SOCKS, 1 to 255. Source: RFC 1928 §6.
    Socks(u8),
    /// SOCKS wants to know who we are, and takes neither nobody nor, where one was given, a
    /// password. Source: RFC 1928 §3.
    SocksMethod,
    /// SOCKS does not take this password. Source: RFC 1929 §2.
    SocksPassword,
    /// A reply of SOCKS 4: 91 is a plain no, 92 and 93 want an ident server here. Source: Ying-Da Lee.
    Socks4(u8),
    /// SOCKS 4 has no room for an IPv6 address, so the proxy was not asked.
    NoRoom,
}

/// A conversation with a proxy.
#[derive(Debug)]
pub struct Tunnel {
    talk: Talk,
    heard: Vec<u8>,
    total: usize,
}

#[derive(Debug)]
enum Talk {
    Connect {
        request: Vec<u8>,
    },
    Socks {
        methods: Vec<u8>,
        login: Option<Vec<u8>>,
        request: Vec<u8>,
        awaits: Awaits,
    },
    /// One question, none where it has no room for the address.
    Socks4 {
        request: Option<Vec<u8>>,
    },
}

/// Which reply of SOCKS comes next.
#[derive(Clone, Copy, Debug)]
enum Awaits {
    Method,
    Login,
    Relay,
}

impl Tunnel {
    /// Asks for `host` and `port` by HTTP.
    #[must_use]
    pub fn connect(host: &Host, port: u16, credentials: Option<&Credentials>) -> Self {
        let authority = host.with_port(port);
        let authorization = credentials.map_or_else(String::new, http::proxy_authorization);
        let request = format!(
            "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {}\r\n\
             {authorization}\r\n",
            http::USER_AGENT
        );
        Self::new(Talk::Connect {
            request: request.into_bytes(),
        })
    }

    /// Asks for `host` and `port` by SOCKS 5. A user or password of more than 255 bytes is cut.
    #[must_use]
    pub fn socks(host: &Host, port: u16, credentials: Option<&Credentials>) -> Self {
        let login = credentials.map(|known| {
            let mut login = vec![1];
            push_short(&mut login, known.user.expose().as_bytes());
            push_short(&mut login, known.password.expose().as_bytes());
            login
        });
        let methods = if login.is_some() {
            vec![5, 2, 0, 2]
        } else {
            vec![5, 1, 0]
        };
        let mut request = vec![5, 1, 0];
        match host {
            Host::Address(IpAddr::V4(address)) => {
                request.push(1);
                request.extend(address.octets());
            }
            Host::Address(IpAddr::V6(address)) => {
                request.push(4);
                request.extend(address.octets());
            }
            // Another machine has other links; what it says of the address is its answer.
            Host::OnLink(here) => {
                request.push(4);
                request.extend(here.address.octets());
            }
            Host::Name(name) => {
                request.push(3);
                push_short(&mut request, name.as_bytes());
            }
        }
        request.extend(port.to_be_bytes());
        Self::new(Talk::Socks {
            methods,
            login,
            request,
            awaits: Awaits::Method,
        })
    }

    /// Asks for `host` and `port` by SOCKS 4, or 4A where the host is a name. There is a user, and
    /// no password; one of more than 255 bytes is cut.
    #[must_use]
    pub fn socks4(host: &Host, port: u16, credentials: Option<&Credentials>) -> Self {
        let address = match host {
            Host::Address(IpAddr::V4(address)) => Some(address.octets()),
            Host::Address(IpAddr::V6(_)) | Host::OnLink(_) => None,
            // No address that there is: the name follows.
            Host::Name(_) => Some([0, 0, 0, 1]),
        };
        let request = address.map(|address| {
            let mut request = vec![4, 1];
            request.extend(port.to_be_bytes());
            request.extend(address);
            let user = credentials.map_or(&[][..], |known| known.user.expose().as_bytes());
            request.extend(&user[..user.len().min(255)]);
            request.push(0);
            if let Host::Name(name) = host {
                request.extend(name.as_bytes());
                request.push(0);
            }
            request
        });
        Self::new(Talk::Socks4 { request })
    }

    const fn new(talk: Talk) -> Self {
        Self {
            talk,
            heard: Vec::new(),
            total: 0,
        }
    }

    /// The first words.
    #[must_use]
    pub fn start(&self) -> TunnelStep {
        match &self.talk {
            Talk::Connect { request } => TunnelStep::Send(request.clone()),
            Talk::Socks { methods, .. } => TunnelStep::Send(methods.clone()),
            Talk::Socks4 { request } => request
                .clone()
                .map_or(TunnelStep::Refused(Refusal::NoRoom), TunnelStep::Send),
        }
    }

    /// The step after these bytes.
    pub fn receive(&mut self, bytes: &[u8]) -> TunnelStep {
        self.heard.extend_from_slice(bytes);
        self.total += bytes.len();
        let step = match self.talk {
            Talk::Connect { .. } => self.hear_http(),
            Talk::Socks { .. } => self.hear_socks(),
            Talk::Socks4 { .. } => self.hear_socks4(),
        };
        if step == TunnelStep::NeedMore && self.total >= READ_LIMIT {
            return TunnelStep::NoProxy(self.end(End::TooLong));
        }
        step
    }

    /// What it means that nothing more will arrive.
    #[must_use]
    pub fn end(&self, end: End) -> Reply {
        Reply::from(Speaker::Ended {
            end,
            spoke: self.total > 0,
            asked: true,
        })
        .with("answer", window(&self.heard))
    }

    fn hear_http(&mut self) -> TunnelStep {
        match http::hear(&self.heard) {
            Turn::Done(reply) => self.answered(reply),
            Turn::Stranger => TunnelStep::NoProxy(stranger(&self.heard)),
            Turn::More | Turn::Say { .. } | Turn::Secure { .. } => TunnelStep::NeedMore,
        }
    }

    fn answered(&mut self, reply: Reply) -> TunnelStep {
        let behind = http::end_of_head(&self.heard).unwrap_or(self.heard.len());
        let behind = self.heard.split_off(behind);
        match reply.details {
            Details::Http(head) if head.status < 200 => {
                self.heard = behind;
                if self.heard.is_empty() {
                    TunnelStep::NeedMore
                } else {
                    self.hear_http()
                }
            }
            Details::Http(head) if head.status < 300 => TunnelStep::Open(behind),
            Details::Http(head) => TunnelStep::Refused(Refusal::Http(head)),
            Details::Ntp(_) | Details::Responder(_) | Details::None => TunnelStep::NoProxy(reply),
        }
    }

    /// The reply's version is 0, not 4.
    fn hear_socks4(&mut self) -> TunnelStep {
        match &self.heard[..] {
            [0, 90, ..] if self.heard.len() >= SOCKS4_REPLY => {
                TunnelStep::Open(self.heard.split_off(SOCKS4_REPLY))
            }
            [0, code @ 91..=93, ..] => TunnelStep::Refused(Refusal::Socks4(*code)),
            [0, 90, ..] | [0] | [] => TunnelStep::NeedMore,
            _ => TunnelStep::NoProxy(stranger(&self.heard)),
        }
    }

    fn hear_socks(&mut self) -> TunnelStep {
        let Talk::Socks {
            login,
            request,
            awaits,
            ..
        } = &mut self.talk
        else {
            return TunnelStep::NeedMore;
        };
        let (step, read) = match (*awaits, &self.heard[..]) {
            (Awaits::Method, [5, method, ..]) => match (method, &login) {
                (0, _) => {
                    *awaits = Awaits::Relay;
                    (TunnelStep::Send(request.clone()), 2)
                }
                (2, Some(login)) => {
                    *awaits = Awaits::Login;
                    (TunnelStep::Send(login.clone()), 2)
                }
                _ => (TunnelStep::Refused(Refusal::SocksMethod), 2),
            },
            (Awaits::Login, [_, 0, ..]) => {
                *awaits = Awaits::Relay;
                (TunnelStep::Send(request.clone()), 2)
            }
            (Awaits::Login, [_, _, ..]) => (TunnelStep::Refused(Refusal::SocksPassword), 2),
            (Awaits::Relay, [5, 0, ..]) => match bound_end(&self.heard) {
                Some(end) if self.heard.len() >= end => {
                    return TunnelStep::Open(self.heard.split_off(end));
                }
                Some(_) => return TunnelStep::NeedMore,
                None => return TunnelStep::NoProxy(stranger(&self.heard)),
            },
            (Awaits::Relay, [5, code, ..]) => (TunnelStep::Refused(Refusal::Socks(*code)), 2),
            (Awaits::Method | Awaits::Relay, [5] | []) | (Awaits::Login, [_] | []) => {
                return TunnelStep::NeedMore;
            }
            (Awaits::Method | Awaits::Relay, _) => {
                return TunnelStep::NoProxy(stranger(&self.heard));
            }
        };
        self.heard.drain(..read);
        step
    }
}

/// Where a SOCKS 5 reply ends, once its address type and length have come; `None` for a type that is
/// none. Source: RFC 1928 §6.
fn bound_end(reply: &[u8]) -> Option<usize> {
    match reply {
        [_, _, _, 1, ..] => Some(10),
        [_, _, _, 4, ..] => Some(22),
        [_, _, _, 3, length, ..] => Some(7 + usize::from(*length)),
        [_, _, _, 3] | [_, _, _] | [_, _] => Some(usize::MAX),
        _ => None,
    }
}

/// Adds a length of one byte and as many bytes.
fn push_short(bytes: &mut Vec<u8>, word: &[u8]) {
    let word = &word[..word.len().min(255)];
    bytes.push(u8::try_from(word.len()).unwrap_or(u8::MAX));
    bytes.extend_from_slice(word);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::protocol::Looks;

    fn host() -> Host {
        "target.example".parse().unwrap()
    }

    fn login() -> Credentials {
        "user:hunter2".parse().unwrap()
    }

    /// The steps after each of these answers.
    fn steps(mut tunnel: Tunnel, answers: &[&[u8]]) -> Vec<TunnelStep> {
        answers
            .iter()
            .map(|answer| tunnel.receive(answer))
            .collect()
    }

    #[test]
    fn connect_names_the_target_and_the_user() {
        let TunnelStep::Send(request) = Tunnel::connect(&host(), 443, Some(&login())).start()
        else {
            panic!("nothing is sent");
        };
        assert_eq!(
            String::from_utf8(request).unwrap(),
            format!(
                "CONNECT target.example:443 HTTP/1.1\r\nHost: target.example:443\r\n\
                 User-Agent: {}\r\nProxy-Authorization: Basic dXNlcjpodW50ZXIy\r\n\r\n",
                http::USER_AGENT
            )
        );
    }

    #[test]
    fn what_comes_behind_the_answer_is_the_other_sides() {
        let tunnel = || Tunnel::connect(&host(), 22, None);
        let answers: [&[u8]; 2] = [b"HTTP/1.1 200 OK\r\nVia: x\r\n", b"\r\nSSH-2.0-x\r\n"];
        assert_eq!(
            steps(tunnel(), &answers),
            [
                TunnelStep::NeedMore,
                TunnelStep::Open(b"SSH-2.0-x\r\n".to_vec())
            ]
        );
        let interim: [&[u8]; 1] = [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200 OK\r\n\r\n"];
        assert_eq!(steps(tunnel(), &interim), [TunnelStep::Open(Vec::new())]);
    }

    #[test]
    fn a_refusal_is_kept_whole() {
        let tunnel = Tunnel::connect(&host(), 22, None);
        let answer = b"HTTP/1.1 403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0\r\n\r\n";
        let [TunnelStep::Refused(Refusal::Http(head))] = &steps(tunnel, &[answer])[..] else {
            panic!("not refused");
        };
        assert_eq!((head.status, head.fields.len()), (403, 1));
    }

    #[test]
    fn what_is_no_proxy_says_what_it_is() {
        let tunnel = Tunnel::connect(&host(), 22, None);
        let [TunnelStep::NoProxy(reply)] = &steps(tunnel, &[b"SSH-2.0-OpenSSH_9.2\r\n"])[..] else {
            panic!("taken for a proxy");
        };
        assert_eq!(
            reply.speaker,
            Speaker::Other(Looks::Known(crate::net::Protocol::Ssh))
        );
    }

    #[test]
    fn an_endless_head_ends() {
        let mut tunnel = Tunnel::connect(&host(), 22, None);
        let _ = tunnel.receive(b"HTTP/1.1 200 OK\r\n");
        let endless = vec![b'a'; READ_LIMIT];
        let TunnelStep::NoProxy(reply) = tunnel.receive(&endless) else {
            panic!("goes on");
        };
        assert!(matches!(
            reply.speaker,
            Speaker::Ended {
                end: End::TooLong,
                ..
            }
        ));
    }

    #[test]
    fn socks_is_asked_by_name_after_a_login() {
        let mut request = b"\x05\x01\x00\x03\x0etarget.example".to_vec();
        request.extend(22_u16.to_be_bytes());
        let tunnel = Tunnel::socks(&host(), 22, Some(&login()));
        assert_eq!(tunnel.start(), TunnelStep::Send(vec![5, 2, 0, 2]));
        let answers: [&[u8]; 5] = [
            &[5, 2],
            &[1],
            &[0],
            &[5, 0, 0, 1, 0, 0],
            &[0, 0, 0, 0, b'S'],
        ];
        assert_eq!(
            steps(tunnel, &answers),
            [
                TunnelStep::Send(b"\x01\x04user\x07hunter2".to_vec()),
                TunnelStep::NeedMore,
                TunnelStep::Send(request),
                TunnelStep::NeedMore,
                TunnelStep::Open(b"S".to_vec()),
            ]
        );
    }

    #[test]
    fn socks_says_no_in_three_ways() {
        let address: Host = "2001:db8::1".parse().unwrap();
        let open = || Tunnel::socks(&address, 22, None);
        let known = || Tunnel::socks(&address, 22, Some(&login()));
        let last = |tunnel, answers: &[&[u8]]| steps(tunnel, answers).pop();
        let refused = |refusal| Some(TunnelStep::Refused(refusal));
        assert_eq!(last(open(), &[&[5, 255]]), refused(Refusal::SocksMethod));
        assert_eq!(last(open(), &[&[5, 2]]), refused(Refusal::SocksMethod));
        let wrong: [&[u8]; 2] = [&[5, 2], &[1, 1]];
        assert_eq!(last(known(), &wrong), refused(Refusal::SocksPassword));
        let denied: [&[u8]; 2] = [&[5, 0], &[5, 2]];
        assert_eq!(last(open(), &denied), refused(Refusal::Socks(2)));
    }

    #[test]
    fn socks_4_is_one_question_and_one_answer() {
        let address: Host = "10.0.0.7".parse().unwrap();
        let asked = Tunnel::socks4(&address, 22, Some(&login())).start();
        let question = b"\x04\x01\x00\x16\x0a\x00\x00\x07user\x00".to_vec();
        assert_eq!(asked, TunnelStep::Send(question));
        let named = b"\x04\x01\x00\x16\x00\x00\x00\x01\x00target.example\x00".to_vec();
        let tunnel = || Tunnel::socks4(&host(), 22, None);
        assert_eq!(tunnel().start(), TunnelStep::Send(named));
        let answers: [&[u8]; 2] = [&[0], &[90, 0, 0, 0, 0, 0, 0, b'S']];
        assert_eq!(
            steps(tunnel(), &answers),
            [TunnelStep::NeedMore, TunnelStep::Open(b"S".to_vec())]
        );
        let no = TunnelStep::Refused(Refusal::Socks4(91));
        assert_eq!(steps(tunnel(), &[&[0, 91]]), [no]);
        let six: Host = "2001:db8::1".parse().unwrap();
        let unasked = Tunnel::socks4(&six, 22, None).start();
        assert_eq!(unasked, TunnelStep::Refused(Refusal::NoRoom));
    }

    proptest! {
        #[test]
        fn no_answer_is_too_odd(answer: Vec<u8>, cut: usize, kind in 0..3, known: bool) {
            let login = login();
            let login = known.then_some(&login);
            let mut tunnel = match kind {
                0 => Tunnel::socks(&host(), 1, login),
                1 => Tunnel::socks4(&host(), 1, login),
                _ => Tunnel::connect(&host(), 1, login),
            };
            let (first, second) = answer.split_at(cut % (answer.len() + 1));
            for piece in [b"\x05\x00", first, second] {
                if tunnel.receive(piece) != TunnelStep::NeedMore {
                    break;
                }
            }
            let _ = tunnel.end(End::Closed);
        }
    }
}
