//! How many answers one source gets: a forged source must not make a flood of us, and a token must
//! not be guessed.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Sources that are told apart; the others share one account.
const SOURCES: usize = 4_096;

/// The account of the sources that have none of their own, and of all together.
const EVERYBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// How many answers there are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Purse {
    /// At once.
    most: u32,
    /// Each second after that.
    a_second: u32,
}

/// Proofs by datagram to whoever has the token: more than a sweep of every port asks for.
const PROOFS: Purse = Purse {
    most: 50_000,
    a_second: 50_000,
};

/// Proofs by datagram to whoever asks without a token, where that is enough: a profile's ports at
/// once, and what is asked again.
const OPEN: Purse = Purse {
    most: 500,
    a_second: 200,
};

/// The same for all sources together, which may all be forged.
const OPEN_TO_ALL: Purse = Purse {
    most: 2_000,
    a_second: 1_000,
};

/// Words to whoever has another token: a run that has the wrong one is told so at every port it
/// looks at, and a token of 16 bytes is not found by 20 guesses a second.
const WRONG: Purse = Purse {
    most: 1_000,
    a_second: 20,
};

/// The limits of a responder.
#[derive(Debug)]
pub(super) struct Limits {
    proofs: Limit,
    open: Limit,
    open_to_all: Limit,
    wrong: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            proofs: Limit::of(PROOFS),
            open: Limit::of(OPEN),
            open_to_all: Limit::of(OPEN_TO_ALL),
            wrong: Limit::of(WRONG),
        }
    }
}

impl Limits {
    /// Whether a source may have a proof by datagram.
    pub(super) fn allow_proof(&mut self, source: IpAddr, now: Instant) -> bool {
        self.proofs.allows(source, now)
    }

    /// Whether a source that needs no token may.
    pub(super) fn allow_open(&mut self, source: IpAddr, now: Instant) -> bool {
        self.open.allows(source, now) && self.open_to_all.allows(EVERYBODY, now)
    }

    /// Whether a source may be told that it has another token.
    pub(super) fn allow_wrong(&mut self, source: IpAddr, now: Instant) -> bool {
        self.wrong.allows(source, now)
    }
}

/// What each source has left of a purse.
#[derive(Debug)]
struct Limit {
    purse: Purse,
    accounts: HashMap<IpAddr, Account>,
    /// When accounts that are full again were last closed.
    tidied: Option<Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    left: u32,
    since: Instant,
}

impl Account {
    /// What is left at `now`: never more than the purse holds.
    fn filled(self, purse: Purse, now: Instant) -> Self {
        let passed = now.saturating_duration_since(self.since);
        let passed = passed.min(Duration::from_hours(1));
        let gained = passed.as_micros() * u128::from(purse.a_second) / 1_000_000;
        let gained = u32::try_from(gained).unwrap_or(purse.most);
        Self {
            left: self.left.saturating_add(gained).min(purse.most),
            // A gain that is less than one is not lost.
            since: if gained > 0 { now } else { self.since },
        }
    }
}

impl Limit {
    fn of(purse: Purse) -> Self {
        Self {
            purse,
            accounts: HashMap::new(),
            tidied: None,
        }
    }

    /// Whether `source` may have an answer at `now`; takes it from its account.
    fn allows(&mut self, source: IpAddr, now: Instant) -> bool {
        let (purse, source) = (self.purse, holder(source));
        if self.accounts.len() >= SOURCES && !self.accounts.contains_key(&source) {
            self.tidy(now);
        }
        let has_room = self.accounts.len() < SOURCES || self.accounts.contains_key(&source);
        let holder = if has_room { source } else { EVERYBODY };
        let full = Account {
            left: purse.most,
            since: now,
        };
        let account = self.accounts.entry(holder).or_insert(full);
        *account = account.filled(purse, now);
        let left = account.left.checked_sub(1);
        account.left = left.unwrap_or(account.left);
        left.is_some()
    }

    /// Closes the accounts that are full again; seldom, since a flood of sources comes here each time.
    fn tidy(&mut self, now: Instant) {
        /// As long as the smallest purse takes to gain a few answers.
        const SELDOM: Duration = Duration::from_millis(200);
        let since = self
            .tidied
            .map(|tidied| now.saturating_duration_since(tidied));
        if since.is_some_and(|since| since < SELDOM) {
            return;
        }
        self.tidied = Some(now);
        let purse = self.purse;
        self.accounts
            .retain(|_, account| account.filled(purse, now).left < purse.most);
    }
}

/// Whose account it is: whoever has one address of an IPv6 network has all 2⁶⁴ of them.
/// Source: RFC 4291 §2.5.4.
fn holder(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

    fn spend(limit: &mut Limit, source: IpAddr, now: Instant) -> u32 {
        let mut answers = 0;
        while limit.allows(source, now) {
            answers += 1;
        }
        answers
    }

    #[test]
    fn a_source_gets_so_many_answers_a_second_and_no_other_suffers() {
        for purse in [PROOFS, OPEN, OPEN_TO_ALL, WRONG] {
            let (mut limit, now) = (Limit::of(purse), Instant::now());
            assert_eq!(spend(&mut limit, ONE, now), purse.most);
            assert_eq!(spend(&mut limit, OTHER, now), purse.most);
            let later = now + Duration::from_millis(100);
            assert_eq!(spend(&mut limit, ONE, later), purse.a_second / 10);
            // A night later there is no more than at first.
            let night = later + Duration::from_hours(8);
            assert_eq!(spend(&mut limit, ONE, night), purse.most);
        }
    }

    #[test]
    fn an_ipv6_network_has_one_account() {
        let (mut limit, now) = (Limit::of(WRONG), Instant::now());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert_eq!(spend(&mut limit, address("2001:db8::1"), now), WRONG.most);
        assert_eq!(spend(&mut limit, address("2001:db8::2"), now), 0);
        assert_eq!(
            spend(&mut limit, address("2001:db8:0:1::2"), now),
            WRONG.most
        );
    }

    #[test]
    fn forged_sources_together_get_little_without_a_token() {
        let (mut limits, now) = (Limits::default(), Instant::now());
        let sources = (0..100_000_u32).map(|number| Ipv4Addr::from(number + 1).into());
        let answers = sources.filter(|source| limits.allow_open(*source, now));
        assert_eq!(answers.count(), OPEN_TO_ALL.most as usize);
    }

    #[test]
    fn sources_without_number_take_no_memory_without_number() {
        let (mut limit, now) = (Limit::of(PROOFS), Instant::now());
        for number in 0..100_000_u32 {
            limit.allows(Ipv4Addr::from(number + 1).into(), now);
        }
        assert!(limit.accounts.len() <= SOURCES + 1);
    }
}
