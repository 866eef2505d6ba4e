use proptest::prelude::*;

use super::*;
use crate::protocol::{End, Reply, Step};

const NONCE: [u8; 16] = *b"0123456789abcdef";

fn door(transport: Transport) -> Door {
    Door {
        transport,
        port: 9042,
    }
}

fn hello(size: usize) -> Hello {
    Hello {
        door: door(Transport::Tcp),
        about: Door {
            transport: Transport::Udp,
            port: 53,
        },
        size,
        nonce: NONCE,
    }
}

/// Another hello than the one that was said.
fn other(change: impl Fn(&mut Hello)) -> Hello {
    let mut other = hello(SMALLEST);
    change(&mut other);
    other
}

fn answer(size: usize) -> Answer {
    Answer {
        door: door(Transport::Tcp),
        id: 7,
        at: "10.0.0.3:9042".parse().unwrap(),
        seen: "[::ffff:10.0.0.2]:40112".parse().unwrap(),
        about: State::Taken(Some("ngi nx.".to_owned())),
        size,
    }
}

fn key() -> Key {
    Key::new("secret")
}

/// What a probe that said `hello(size)` makes of `bytes`, in pieces of that length.
fn heard(bytes: &[u8], piece: usize) -> Reply {
    let mut dialog = dialog(hello(SMALLEST), &key());
    dialog.start();
    for piece in bytes.chunks(piece) {
        if let Step::Done(reply) = dialog.receive(piece) {
            return reply;
        }
    }
    dialog.end(End::Closed)
}

#[test]
fn a_hello_is_read_as_it_was_said_and_only_its_key_proves_it() {
    for size in [SMALLEST, 1_460, LARGEST] {
        let said = hello(size).bytes(&key());
        assert_eq!(said.len(), size);
        let Greeting::Hello(signed) = greeting(&said) else {
            panic!("{}", String::from_utf8_lossy(&said));
        };
        assert_eq!(signed.hello, hello(size));
        assert!(signed.is_by(&key()));
        assert!(!signed.is_by(&Key::new("")) && !signed.is_by(&Key::new("other")));
    }
}

#[test]
fn a_hello_is_incomplete_until_its_line_is_there() {
    let said = hello(SMALLEST).bytes(&key());
    for length in 0..SMALLEST {
        assert_eq!(greeting(&said[..length]), Greeting::Incomplete, "{length}");
    }
    assert_eq!(greeting(b"GET / HTTP/1.1"), Greeting::None);
    assert_eq!(
        greeting(&answer(SMALLEST).bytes(&hello(SMALLEST), &key())),
        Greeting::None
    );
}

#[test]
fn an_answer_proves_itself_to_whoever_asked_and_shows_the_addresses() {
    for piece in [1, 7, SMALLEST] {
        let reply = heard(&answer(SMALLEST).bytes(&hello(SMALLEST), &key()), piece);
        let expected = Answer {
            seen: "10.0.0.2:40112".parse().unwrap(),
            about: State::Taken(Some("ngi?nx.".to_owned())),
            ..answer(SMALLEST)
        };
        let Some(Responder::Proven(proof)) = reply.responder() else {
            panic!("{reply:?}");
        };
        assert_eq!(proof.answer, expected);
        assert!(proof.is_secret);
    }
}

#[test]
fn what_is_replayed_forged_altered_or_sent_back_is_no_proof() {
    let good = answer(SMALLEST).bytes(&hello(SMALLEST), &key());
    let mut altered = good.clone();
    let at = good.iter().position(|byte| *byte == b'3').unwrap();
    altered[at] = b'4';
    for bytes in [
        answer(SMALLEST).bytes(&other(|hello| hello.nonce = [0; 16]), &key()),
        answer(SMALLEST).bytes(&other(|hello| hello.about.port = 54), &key()),
        answer(SMALLEST).bytes(&other(|hello| hello.door.port = 9043), &key()),
        answer(SMALLEST).bytes(&hello(SMALLEST), &Key::new("")),
        answer(400).bytes(&hello(SMALLEST), &key()),
        hello(SMALLEST).bytes(&key()),
        altered,
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
    ] {
        let reply = heard(&bytes, SMALLEST);
        assert_eq!(
            reply.responder(),
            None,
            "{}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

#[test]
fn another_token_is_told_in_fewer_bytes_than_were_heard() {
    let told = other_token(&NONCE);
    assert!(told.len() < SMALLEST);
    let reply = heard(&told, SMALLEST);
    assert_eq!(reply.responder(), Some(&Responder::OtherToken));
    assert_eq!(heard(&other_token(&[0; 16]), SMALLEST).responder(), None);
}

#[test]
fn the_longest_answer_is_no_longer_than_the_shortest_hello() {
    let address = "[1111:2222:3333:4444:5555:6666:7777:8888]:65535";
    let longest = Answer {
        door: Door {
            transport: Transport::Tcp,
            port: u16::MAX,
        },
        id: u64::MAX,
        at: address.parse().unwrap(),
        seen: address.parse().unwrap(),
        about: State::Taken(Some("a-name-that-is-longer-than-any".to_owned())),
        size: SMALLEST,
    };
    let longest_hello = Hello {
        door: longest.door,
        about: longest.door,
        ..hello(SMALLEST)
    };
    let said = longest.bytes(&longest_hello, &key());
    assert_eq!(said.len(), SMALLEST);
    assert!(Answer::read(&said, &longest_hello, &key()).is_some());
}

#[test]
fn a_service_that_reads_lines_is_told_none() {
    for bytes in [
        hello(LARGEST).bytes(&key()),
        answer(SMALLEST).bytes(&hello(SMALLEST), &key()),
    ] {
        assert!(bytes.iter().all(|byte| (b' '..=b'~').contains(byte)));
    }
}

#[test]
fn a_key_is_not_shown() {
    assert_eq!(format!("{:?}", key()), "Key(secret)");
    assert_eq!(format!("{:?}", Key::new("")), "Key(none)");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_neither_hello_nor_proof(bytes: Vec<u8>, piece in 1..50_usize) {
        let is_beginning = MAGIC.as_bytes().starts_with(&bytes);
        prop_assert!(is_beginning || greeting(&bytes) == Greeting::None);
        prop_assert!(heard(&bytes, piece).responder().is_none());
    }

    #[test]
    fn arbitrary_words_after_the_name_are_neither(words in "[ -~]{0,330}", piece in 1..50_usize) {
        let line = format!("{MAGIC} {words}");
        prop_assert!(!matches!(greeting(line.as_bytes()), Greeting::Hello(signed) if signed.is_by(&key())));
        prop_assert!(heard(line.as_bytes(), piece).responder().is_none());
    }
}
