//! Whether what was sent on a connection has arrived: the kernel counts what nobody has acknowledged.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    net::{IpAddr, SocketAddr},
};

use tokio::net::TcpStream;

/// The two ends of a connection, as the kernel's table names them.
#[derive(Clone, Debug)]
pub(crate) struct Ends {
    /// Which table.
    is_ipv6: bool,
    /// `0100007F:1F90 0100007F:0016`.
    written: String,
}

impl Ends {
    /// The ends of that connection; `None` where it has none any more.
    pub(crate) fn of(stream: &TcpStream) -> Option<Self> {
        let (own, other) = (stream.local_addr().ok()?, stream.peer_addr().ok()?);
        Some(Self {
            is_ipv6: own.is_ipv6(),
            written: format!("{} {}", written(own), written(other)),
        })
    }

    /// Whether some of what was sent was never acknowledged. Source: `proc_net_tcp`, `tx_queue`.
    pub(crate) fn is_unheard(&self) -> bool {
        let table = if self.is_ipv6 { "tcp6" } else { "tcp" };
        let Ok(table) = File::open(format!("/proc/self/net/{table}")) else {
            return false;
        };
        let mut lines = BufReader::new(table).lines().map_while(Result::ok);
        lines.any(|line| self.is_queued(&line))
    }

    /// Whether a line of the table is this connection's, with something in its queue.
    fn is_queued(&self, line: &str) -> bool {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, own, other, _, queues, ..] = fields[..] else {
            return false;
        };
        let outgoing = queues.split(':').next().unwrap_or_default();
        format!("{own} {other}") == self.written && outgoing.bytes().any(|digit| digit != b'0')
    }
}

/// An address as the table has it: words in this machine's order of bytes.
fn written(address: SocketAddr) -> String {
    let word = |bytes: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(bytes));
    let host: String = match address.ip() {
        IpAddr::V4(address) => word(address.octets()),
        IpAddr::V6(address) => {
            let octets = address.octets();
            let (words, _) = octets.as_chunks::<4>();
            words.iter().copied().map(word).collect()
        }
    };
    format!("{host}:{:04X}", address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_found_by_both_its_ends() {
        let ends = Ends {
            is_ipv6: false,
            written: "0100007F:1F90 0100007F:0016".to_owned(),
        };
        let line = |queue: &str| {
            format!(
                "  12: 0100007F:1F90 0100007F:0016 01 {queue}:00000000 01:00000014 00000000 0 0"
            )
        };
        assert!(ends.is_queued(&line("0000001B")));
        assert!(!ends.is_queued(&line("00000000")));
        assert!(!ends.is_queued("  sl  local_address rem_address   st tx_queue rx_queue"));
    }

    #[tokio::test]
    async fn what_this_machine_itself_takes_is_heard() {
        let listener = tokio::net::TcpListener::bind("[::1]:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap())
            .await
            .unwrap();
        assert!(stream.try_write(b"hello").is_ok());
        assert!(!Ends::of(&stream).unwrap().is_unheard());
    }
}
