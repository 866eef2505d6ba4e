//! How many answers by datagram one source gets: a forged source must not make a flood of us.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

/// Answers a source may have at once, and every second: more than a sweep of every port asks for.
const RATE: u32 = 50_000;

/// What telling a source that it has another token costs, in answers: 500 of them a second.
pub(super) const OTHER_TOKEN: u32 = 100;

/// Sources that are told apart; the others share one account.
const SOURCES: usize = 4_096;

/// The account of the sources that have none of their own.
const EVERYBODY_ELSE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// What each source has left.
#[derive(Debug, Default)]
pub(super) struct Limit {
    accounts: HashMap<IpAddr, Account>,
}

#[derive(Clone, Copy, Debug)]
struct Account {
    left: u32,
    since: Instant,
}

impl Account {
    /// What is left at `now`: all of it a second after the last payment.
    fn filled(self, now: Instant) -> Self {
        let passed = now
            .saturating_duration_since(self.since)
            .min(Duration::from_secs(1));
        let gained =
            u32::try_from(passed.as_micros() * u128::from(RATE) / 1_000_000).unwrap_or(RATE);
        Self {
            left: self.left.saturating_add(gained).min(RATE),
            // A gain that is less than one is not lost.
            since: if gained > 0 { now } else { self.since },
        }
    }
}

impl Limit {
    /// Whether `source` may have an answer of that cost at `now`; takes it from its account.
    pub(super) fn allows(&mut self, source: IpAddr, cost: u32, now: Instant) -> bool {
        if self.accounts.len() >= SOURCES && !self.accounts.contains_key(&source) {
            self.accounts
                .retain(|_, account| account.filled(now).left < RATE);
        }
        let has_room = self.accounts.len() < SOURCES || self.accounts.contains_key(&source);
        let holder = if has_room { source } else { EVERYBODY_ELSE };
        let full = Account {
            left: RATE,
            since: now,
        };
        let account = self.accounts.entry(holder).or_insert(full);
        *account = account.filled(now);
        let left = account.left.checked_sub(cost);
        account.left = left.unwrap_or(account.left);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
    const OTHER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));

    fn spend(limit: &mut Limit, source: IpAddr, cost: u32, now: Instant) -> u32 {
        let mut answers = 0;
        while limit.allows(source, cost, now) {
            answers += 1;
        }
        answers
    }

    #[test]
    fn a_source_gets_so_many_answers_a_second_and_no_other_suffers() {
        let (mut limit, now) = (Limit::default(), Instant::now());
        assert_eq!(spend(&mut limit, ONE, 1, now), RATE);
        assert_eq!(
            spend(&mut limit, OTHER, OTHER_TOKEN, now),
            RATE / OTHER_TOKEN
        );
        let later = now + Duration::from_millis(100);
        assert_eq!(spend(&mut limit, ONE, 1, later), RATE / 10);
    }

    #[test]
    fn sources_without_number_take_no_memory_without_number() {
        let (mut limit, now) = (Limit::default(), Instant::now());
        for number in 0..100_000_u32 {
            limit.allows(Ipv4Addr::from(number + 1).into(), 1, now);
        }
        assert!(limit.accounts.len() <= SOURCES + 1);
    }
}
