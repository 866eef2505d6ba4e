//! Odd and hostile servers: one thread a listener, one a connection, in a process of its own.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket},
    thread,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use socket2::SockRef;

use crate::topology::SERVER;

/// How long a peer that says nothing keeps a connection: longer than any deadline of the lab.
const FOREVER: Duration = Duration::from_mins(1);

/// What listens where: `tcp 22 says hello\r\n`.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    port: u16,
    behaviour: Behaviour,
    written: String,
}

#[derive(Clone, Debug)]
enum Behaviour {
    /// Accepts, then closes.
    Closes,
    /// Accepts, then resets.
    Resets,
    /// Accepts and says nothing.
    Silent,
    /// Says this at once, then closes.
    Says(Vec<u8>),
    /// Waits for a question, says this, then closes.
    Answers(Vec<u8>),
    /// Waits for a question, says this, then nothing more.
    Stalls(Vec<u8>),
    /// A proxy that connects to this, whatever it is asked for, and says so in these words.
    Tunnels(SocketAddr, Vec<u8>),
    /// Says this over and over for 10 MB.
    Floods(Vec<u8>),
    /// Says this one byte a second.
    Drips(Vec<u8>),
    /// Hands on to the real server at the same port, and after so many bytes of its answer does
    /// the other thing.
    Relays(usize, Box<Behaviour>),
    /// Says the first of these, and the next one after each thing it hears; then that end.
    Converses(Vec<Vec<u8>>, Box<Behaviour>),
    /// After so many seconds does the other thing.
    Waits(u64, Box<Behaviour>),
    /// UDP: answers every datagram with this, or with itself.
    Returns(Option<Vec<u8>>),
    /// A name server to which every name has this address and no other.
    Resolves(Ipv4Addr),
    /// A name server to which every name is an alias of yet another one.
    Aliases,
    /// A name server to which every answer is too long for a datagram.
    Truncates,
}

impl Peer {
    /// # Errors
    /// When it is written wrongly.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let mut words = text.splitn(4, ' ');
        let (transport, port) = (words.next(), words.next());
        let port = port.and_then(|port| port.parse().ok());
        let port = port.with_context(|| format!("no port in `{text}`"))?;
        let (what, rest) = (words.next().unwrap_or_default(), words.next());
        let rest = rest.unwrap_or_default();
        Ok(Self {
            port,
            behaviour: Behaviour::parse(transport, what, rest)
                .with_context(|| format!("in `{text}`"))?,
            written: text.to_owned(),
        })
    }

    /// As [`serve`] wants it.
    pub(crate) fn argument(&self, address: &str) -> String {
        format!("{address} {}", self.written)
    }
}

impl Behaviour {
    fn parse(transport: Option<&str>, what: &str, rest: &str) -> Result<Self> {
        let bytes = || unescape(rest);
        Ok(match (transport, what) {
            (Some("tcp"), "closes") => Behaviour::Closes,
            (Some("tcp"), "resets") => Behaviour::Resets,
            (Some("tcp"), "silent") => Behaviour::Silent,
            (Some("tcp"), "says") => Behaviour::Says(bytes()?),
            (Some("tcp"), "answers") => Behaviour::Answers(bytes()?),
            (Some("tcp"), "stalls") => Behaviour::Stalls(bytes()?),
            (Some("tcp"), "tunnels") => tunnels(rest)?,
            (Some("tcp"), "floods") => Behaviour::Floods(bytes()?),
            (Some("tcp"), "drips") => Behaviour::Drips(bytes()?),
            (Some("tcp"), "relays") => relays(rest)?,
            (Some("udp"), "returns") => Behaviour::Returns(Some(bytes()?)),
            (Some("udp"), "resolves") => Behaviour::Resolves(rest.parse()?),
            (Some("udp"), "aliases") => Behaviour::Aliases,
            (Some("udp"), "truncates") => Behaviour::Truncates,
            (Some("udp"), "echoes") => Behaviour::Returns(None),
            (Some("tcp"), "converses") => converses(rest)?,
            (Some("tcp"), "waits") => waits(transport, rest)?,
            _ => bail!("unknown peer `{what}`"),
        })
    }
}

/// `220 hi\r\n|250 yes\r\n then resets`.
fn converses(text: &str) -> Result<Behaviour> {
    let (words, then) = text.rsplit_once(" then ").context("no `then`")?;
    let words = words.split('|').map(unescape).collect::<Result<_>>()?;
    let then = Behaviour::parse(Some("tcp"), then, "")?;
    Ok(Behaviour::Converses(words, Box::new(then)))
}

/// `8 says hello`.
fn waits(transport: Option<&str>, text: &str) -> Result<Behaviour> {
    let mut words = text.splitn(3, ' ');
    let seconds = words.next().unwrap_or_default().parse()?;
    let (what, rest) = (words.next().unwrap_or_default(), words.next());
    let then = Behaviour::parse(transport, what, rest.unwrap_or_default())?;
    Ok(Behaviour::Waits(seconds, Box::new(then)))
}

/// `57 then resets`.
fn relays(text: &str) -> Result<Behaviour> {
    let (bytes, then) = text.split_once(" then ").context("no `then`")?;
    let then = match then {
        "closes" => Behaviour::Closes,
        "resets" => Behaviour::Resets,
        "silent" => Behaviour::Silent,
        _ => bail!("unknown end `{then}`"),
    };
    Ok(Behaviour::Relays(bytes.parse()?, Box::new(then)))
}

/// `10.77.12.7:443`, and what it answers.
fn tunnels(text: &str) -> Result<Behaviour> {
    let (to, answer) = text
        .split_once(' ')
        .unwrap_or((text, r"HTTP/1.1 200 Connection established\r\n\r\n"));
    Ok(Behaviour::Tunnels(to.parse()?, unescape(answer)?))
}

/// Bytes out of text with `\n`, `\r`, `\0`, `\\` and `\xHH`.
fn unescape(text: &str) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next != '\\' {
            bytes.extend(next.to_string().bytes());
            continue;
        }
        bytes.push(match rest.next() {
            Some('n') => b'\n',
            Some('r') => b'\r',
            Some('0') => 0,
            Some('\\') => b'\\',
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                u8::from_str_radix(&digits, 16)?
            }
            other => bail!("unknown escape {other:?}"),
        });
    }
    Ok(bytes)
}

/// Listens as the arguments say (`10.77.4.9 tcp 22 closes`), for ever. The process that runs this
/// is in the namespace `peers`. The first argument is a file to make once it listens.
///
/// # Errors
/// When one of them is wrong or cannot be listened at.
pub(crate) fn serve(mut arguments: impl Iterator<Item = String>) -> Result<()> {
    let ready = arguments.next().context("no file")?;
    let mut listeners = Vec::new();
    for argument in arguments {
        let (address, peer) = argument.split_once(' ').context("no address")?;
        let address: IpAddr = address.parse()?;
        let peer = Peer::parse(peer)?;
        listeners.push(listen(SocketAddr::new(address, peer.port), peer.behaviour)?);
    }
    std::fs::write(ready, "")?;
    for listener in listeners {
        let _ = listener.join();
    }
    Ok(())
}

fn listen(address: SocketAddr, behaviour: Behaviour) -> Result<thread::JoinHandle<()>> {
    if behaviour.is_datagrams() {
        let socket = UdpSocket::bind(address)?;
        return Ok(thread::spawn(move || answer_datagrams(&socket, &behaviour)));
    }
    let listener = TcpListener::bind(address).with_context(|| address.to_string())?;
    Ok(thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let behaviour = behaviour.clone();
            thread::spawn(move || drop(behave(stream, &behaviour)));
        }
    }))
}

impl Behaviour {
    fn is_datagrams(&self) -> bool {
        matches!(
            self,
            Self::Returns(_) | Self::Resolves(_) | Self::Aliases | Self::Truncates
        )
    }
}

fn answer_datagrams(socket: &UdpSocket, behaviour: &Behaviour) {
    let mut buffer = [0; 2048];
    for number in 0_u32.. {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else {
            return;
        };
        let heard = &buffer[..length];
        let answer = match behaviour {
            Behaviour::Returns(Some(bytes)) => Some(bytes.clone()),
            Behaviour::Resolves(address) => answer_name(heard, A, &address.octets()),
            Behaviour::Aliases => answer_name(heard, CNAME, &next_name(number)),
            Behaviour::Truncates => truncate(heard),
            _ => Some(heard.to_vec()),
        };
        let _ = answer.map(|answer| socket.send_to(&answer, from));
    }
}

/// Types of records. Source: RFC 1035 §3.2.2.
const A: u8 = 1;
const CNAME: u8 = 5;

/// `n7.lab.example` as DNS writes it. Source: RFC 1035 §3.1.
fn next_name(number: u32) -> Vec<u8> {
    let labels = [&format!("n{number}"), "lab", "example", ""];
    let written = labels.iter().flat_map(|label| {
        let length = u8::try_from(label.len()).unwrap_or_default();
        [length].into_iter().chain(label.bytes())
    });
    written.collect()
}

/// The answer to a question with one record, or with none where an address of another kind was
/// asked for; `None` if it is no question. Source: RFC 1035 §4.1.
fn answer_name(question: &[u8], kind: u8, data: &[u8]) -> Option<Vec<u8>> {
    let name = question.get(12..)?.iter().position(|byte| *byte == 0)?;
    let asked = question.get(..12 + name + 5)?;
    let fits = kind == CNAME || asked[12 + name + 2] == kind;
    let mut answer = asked.to_vec();
    answer[2..12].copy_from_slice(&[0x81, 0x80, 0, 1, 0, u8::from(fits), 0, 0, 0, 0]);
    if fits {
        answer.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0]);
        answer.push(u8::try_from(data.len()).ok()?);
        answer.extend(data);
    }
    Some(answer)
}

/// The answer to a question with nothing but the mark that it is too long. Source: RFC 1035 §4.1.1.
fn truncate(question: &[u8]) -> Option<Vec<u8>> {
    let name = question.get(12..)?.iter().position(|byte| *byte == 0)?;
    let mut answer = question.get(..12 + name + 5)?.to_vec();
    answer[2..12].copy_from_slice(&[0x83, 0x80, 0, 1, 0, 0, 0, 0, 0, 0]);
    Some(answer)
}

fn behave(mut stream: TcpStream, behaviour: &Behaviour) -> std::io::Result<()> {
    match behaviour {
        Behaviour::Closes => return close(&stream),
        Behaviour::Resets => SockRef::from(&stream).set_linger(Some(Duration::ZERO))?,
        Behaviour::Silent => thread::sleep(FOREVER),
        Behaviour::Says(bytes) => {
            stream.write_all(bytes)?;
            return close(&stream);
        }
        Behaviour::Answers(bytes) => {
            if stream.read(&mut [0; 2048])? > 0 {
                stream.write_all(bytes)?;
            }
            return close(&stream);
        }
        Behaviour::Stalls(bytes) => {
            if stream.read(&mut [0; 2048])? > 0 {
                stream.write_all(bytes)?;
            }
            thread::sleep(FOREVER);
        }
        Behaviour::Converses(words, then) => {
            for (number, words) in words.iter().enumerate() {
                if number > 0 && stream.read(&mut [0; 2048])? == 0 {
                    return Ok(());
                }
                stream.write_all(words)?;
            }
            if stream.read(&mut [0; 2048])? > 0 {
                return behave(stream, then);
            }
        }
        Behaviour::Waits(seconds, then) => {
            thread::sleep(Duration::from_secs(*seconds));
            return behave(stream, then);
        }
        Behaviour::Tunnels(to, answer) => tunnel(stream, *to, answer)?,
        Behaviour::Floods(bytes) => {
            for _ in 0..(10 << 20) / bytes.len().max(1) {
                stream.write_all(bytes)?;
            }
        }
        Behaviour::Drips(bytes) => {
            for byte in bytes {
                stream.write_all(&[*byte])?;
                thread::sleep(Duration::from_secs(1));
            }
        }
        Behaviour::Relays(bytes, then) => relay(stream, *bytes, then)?,
        Behaviour::Returns(_)
        | Behaviour::Resolves(_)
        | Behaviour::Aliases
        | Behaviour::Truncates => {}
    }
    Ok(())
}

/// Ends our side and waits for the other's end, so that unread bytes make no reset of it.
fn close(stream: &TcpStream) -> std::io::Result<()> {
    stream.shutdown(std::net::Shutdown::Write)?;
    stream.set_read_timeout(Some(FOREVER))?;
    let mut stream = stream;
    while stream.read(&mut [0; 2048])? > 0 {}
    Ok(())
}

/// Hands on one TLS record, and so much of the answer.
fn relay(mut client: TcpStream, limit: usize, then: &Behaviour) -> std::io::Result<()> {
    let mut server = TcpStream::connect((SERVER, client.local_addr()?.port()))?;
    let mut record = vec![0; 5];
    client.read_exact(&mut record)?;
    let length = u16::from_be_bytes([record[3], record[4]]);
    record.resize(5 + usize::from(length), 0);
    client.read_exact(&mut record[5..])?;
    server.write_all(&record)?;
    let mut answer = vec![0; limit];
    server.read_exact(&mut answer)?;
    client.write_all(&answer)?;
    behave(client, then)
}

/// Hands on everything both ways once the head of the question is over.
fn tunnel(mut client: TcpStream, to: SocketAddr, answer: &[u8]) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let mut server = TcpStream::connect(to)?;
    client.write_all(answer)?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        std::io::copy(&mut from_client, &mut to_server)?;
        to_server.shutdown(std::net::Shutdown::Write)
    });
    std::io::copy(&mut server, &mut client)?;
    client.shutdown(std::net::Shutdown::Write)
}
