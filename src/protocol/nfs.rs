//! NFS: the procedure that does nothing, over ONC RPC. Source: RFC 5531, RFC 1813 §3.3.0.

use super::{
    Complaint, Context, Looks, Reply, Speaker,
    datagram::{Answer, Exchange},
    stream::{Talk, Turn},
    wire::{agrees, u32_at},
};

/// The version over TCP. A server of another version says so, which proves it as well.
pub(super) const VERSION_4: u32 = 4;

/// The version over UDP, which version 4 must not use. Source: RFC 7530 §3.1.
pub(super) const VERSION_3: u32 = 3;

/// The number of the program.
const PROGRAM: u32 = 100_003;

/// The last fragment of a record has its top bit set. Source: RFC 5531 §11.
const LAST_FRAGMENT: u32 = 1 << 31;

/// The longest answer to NULL: six words, a verifier of 400 bytes, two words.
/// Source: RFC 5531 §8.2.
const LONGEST: u32 = 512;

/// An NFS server. Never mounted, never asked for any procedure but 0.
pub(super) struct Nfs {
    xid: [u8; 4],
    version: u32,
}

impl Nfs {
    pub(super) fn new(context: &Context, version: u32) -> Self {
        Self {
            xid: context.id(),
            version,
        }
    }

    /// Call, RPC version 2, procedure 0, no credentials and no verifier. Source: RFC 5531 §9.
    fn call(&self) -> Vec<u8> {
        let words = [0, 2, PROGRAM, self.version, 0, 0, 0, 0, 0];
        let mut call = self.xid.to_vec();
        call.extend(words.into_iter().flat_map(u32::to_be_bytes));
        call
    }
}

impl Exchange for Nfs {
    fn question(&self) -> Vec<u8> {
        self.call()
    }

    fn hear(&self, datagram: &[u8]) -> Answer {
        if u32_at(datagram, 4) != Some(1) {
            return Answer::Stranger;
        }
        if !datagram.starts_with(&self.xid) {
            return Answer::NotOurs;
        }
        reply(datagram).map_or(Answer::Stranger, Answer::Ours)
    }
}

impl Talk for Nfs {
    fn opening(&self) -> Vec<u8> {
        let call = self.call();
        let mark = LAST_FRAGMENT + 40; // ten words
        [&mark.to_be_bytes(), call.as_slice()].concat()
    }

    fn hear(&mut self, heard: &[u8]) -> Turn {
        let Some((mark, record)) = heard.split_at_checked(4) else {
            return Turn::More;
        };
        let length = match u32_at(mark, 0).and_then(|mark| mark.checked_sub(LAST_FRAGMENT)) {
            Some(length @ 20..=LONGEST) => length as usize,
            Some(_) | None => return Turn::Stranger,
        };
        let expected = [self.xid, 1_u32.to_be_bytes()].concat();
        if !agrees(record, &expected) {
            return Turn::Stranger;
        }
        match record.get(..length) {
            Some(record) => reply(record).map_or(Turn::Stranger, Turn::Done),
            None => Turn::More,
        }
    }
}

/// What a reply to our call says; `None` if it is cut short. Source: RFC 5531 §9.
fn reply(record: &[u8]) -> Option<Reply> {
    if u32_at(record, 8)? != 0 {
        // Denied: another RPC version or other credentials. Whoever denies NULL serves it.
        return Some(Reply::service().with("denied", u32_at(record, 12)?.to_string()));
    }
    let verifier = u32_at(record, 16)?.min(LONGEST) as usize;
    let at = 20 + verifier.next_multiple_of(4);
    Some(match u32_at(record, at)? {
        1 => Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "ONC RPC without NFS"),
        2 => {
            let (low, high) = (u32_at(record, at + 4)?, u32_at(record, at + 8)?);
            Reply::service().with("versions", format!("{low} to {high}"))
        }
        5 => Reply::from(Speaker::Unwilling(Complaint::NotReady)),
        _ => Reply::service(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Protocol,
        protocol::tests::{hex, played, reply},
    };

    fn answered(rest: &str) -> Reply {
        reply(
            Protocol::NfsUdp,
            &[&hex(&format!("11121314 00000001 {rest}"))],
        )
    }

    #[test]
    fn the_procedure_that_does_nothing_is_called() {
        let call = |version: &str| {
            hex(&format!(
                "11121314 00000000 00000002 000186a3 {version} 00000000 00000000 00000000 00000000 00000000"
            ))
        };
        assert_eq!(played(Protocol::NfsUdp, &[]).sent, [call("00000003")]);
        let marked = [hex("80000028"), call("00000004")].concat();
        assert_eq!(played(Protocol::Nfs, &[]).sent, [marked]);
    }

    #[test]
    fn another_version_is_an_answer() {
        let expected = Reply::service().with("versions", "3 to 4");
        let mismatch = "00000000 00000000 00000000 00000002 00000003 00000004";
        assert_eq!(answered(mismatch), expected);
    }

    #[test]
    fn an_rpc_server_without_nfs_is_another_service() {
        let expected =
            Reply::from(Speaker::Other(Looks::Unknown)).with("answer", "ONC RPC without NFS");
        assert_eq!(answered("00000000 00000000 00000000 00000001"), expected);
    }

    #[test]
    fn denied_credentials_are_an_answer() {
        let expected = Reply::service().with("denied", "1");
        assert_eq!(answered("00000001 00000001 00000005"), expected);
    }

    #[test]
    fn a_verifier_is_skipped_and_its_length_not_believed() {
        let padded = "00000000 00000001 00000003 41414100 00000000";
        assert_eq!(answered(padded), Reply::service());
        let absurd = answered("00000000 00000001 ffffffff 00000000");
        assert_eq!(absurd.speaker, Speaker::Other(Looks::Unknown));
    }
}
