//! Request rates: how many calls of one kind an account may make per second.
//!
//! Each node holds its share of the limit, without asking the others: a limit divided by the nodes that serve. A share is
//! a token bucket, kept as the one moment at which it will be full again (the generic cell rate algorithm, ITU-T I.371).
//! Time is an argument, and the share follows the membership, which is why this is a page of arithmetic of our own.

mod table;

use crate::limits::{RATED_ACCOUNTS_MAX, RATES_SWEEP_MILLIS};
use replica::{AccountId, Region, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use table::Limit;

const NANOS_PER_SECOND: u64 = 1_000_000_000;
const NANOS_PER_MILLI: u64 = 1_000_000;

/// The request rates of one Region, as one node holds accounts to them.
pub struct Rates {
    region: Region,
    /// Never 0.
    nodes: AtomicU64,
    accounts: Mutex<Accounts>,
}

/// An account makes calls faster than it may: ThrottlingException. The text is AWS's, and KMS has one of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    service: &'static str,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.service {
            "kms" => "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
            _ => "Rate exceeded",
        })
    }
}

impl std::error::Error for Exceeded {}

impl Rates {
    /// Those of `region`, held by one node alone until [`Rates::share_among`] says otherwise.
    pub fn new(region: Region) -> Self {
        Self { region, nodes: AtomicU64::new(1), accounts: Mutex::default() }
    }

    /// How many nodes, this one included, share the limits from now on.
    pub fn share_among(&self, nodes: usize) {
        self.nodes.store(u64::try_from(nodes).unwrap_or(u64::MAX).max(1), Ordering::Relaxed);
    }

    /// Counts a call of `account` at `now`. A call that is refused is not counted.
    ///
    /// # Errors
    /// [`Exceeded`]; also to a newcomer while [`RATED_ACCOUNTS_MAX`] others call.
    pub fn admit(
        &self,
        account: &AccountId,
        service: &'static str,
        operation: &'static str,
        now: Timestamp,
    ) -> Result<(), Exceeded> {
        let Some((bucket, limit)) = table::find(self.region.as_str(), service, operation) else { return Ok(()) };
        let share = Share::of(limit, self.nodes.load(Ordering::Relaxed));
        let now = now.as_millis().saturating_mul(NANOS_PER_MILLI);
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let admitted = accounts.bucket(account, bucket, now).is_some_and(|full_at| share.take(full_at, now));
        if admitted { Ok(()) } else { Err(Exceeded { service }) }
    }
}

/// What one node grants of a limit. In nanoseconds.
struct Share {
    /// What one call takes.
    interval: u64,
    /// What may be taken at once.
    capacity: u64,
}

impl Share {
    /// An equal part of the limit, but at least one call per second, or the whole limit where that is less.
    fn of(limit: Limit, nodes: u64) -> Self {
        let whole = limit.seconds * NANOS_PER_SECOND / limit.calls;
        let interval = whole.saturating_mul(nodes).min(whole.max(NANOS_PER_SECOND));
        Self { interval, capacity: interval.max(NANOS_PER_SECOND) }
    }

    /// Takes one call out of a bucket that is full again at `full_at`; whether there was one.
    fn take(&self, full_at: &mut u64, now: u64) -> bool {
        // No bucket is emptier than empty: a clock that was set back must not lock an account out.
        let from = (*full_at).clamp(now, now.saturating_add(self.capacity));
        let next = from.saturating_add(self.interval);
        let is_there = next - now <= self.capacity;
        *full_at = if is_there { next } else { from };
        is_there
    }
}

/// The buckets of those who called lately: when each is full again.
#[derive(Default)]
struct Accounts {
    buckets: BTreeMap<AccountId, BTreeMap<&'static str, u64>>,
    swept_at: u64,
}

impl Accounts {
    /// The account's bucket; `None` when there is no room for another account.
    fn bucket(&mut self, account: &AccountId, bucket: &'static str, now: u64) -> Option<&mut u64> {
        if !self.buckets.contains_key(account) {
            self.make_room(now);
            if self.buckets.len() >= RATED_ACCOUNTS_MAX {
                return None;
            }
        }
        // The id is cloned for accounts that are new here, once in a while, and not for each call.
        let of_account = match self.buckets.contains_key(account) {
            true => self.buckets.get_mut(account)?,
            false => self.buckets.entry(account.clone()).or_default(),
        };
        Some(of_account.entry(bucket).or_insert(now))
    }

    /// Forgets whose buckets are full again: a bucket that was never used says the same. Not for every newcomer.
    fn make_room(&mut self, now: u64) {
        let since = now.abs_diff(self.swept_at);
        if self.buckets.len() >= RATED_ACCOUNTS_MAX && since >= RATES_SWEEP_MILLIS * NANOS_PER_MILLI {
            self.swept_at = now;
            self.buckets.retain(|_, buckets| buckets.values().any(|full_at| *full_at > now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(number: usize) -> AccountId {
        format!("{number:012}").parse().expect("an account")
    }

    fn rates(nodes: usize) -> Rates {
        let rates = Rates::new("us-west-1".parse().expect("a Region"));
        rates.share_among(nodes);
        rates
    }

    /// How many of `calls` calls at `millis` are admitted.
    fn admitted(rates: &Rates, operation: (&'static str, &'static str), millis: u64, calls: usize) -> usize {
        let now = Timestamp::from_millis(1_700_000_000_000 + millis);
        let admit = |_: &usize| rates.admit(&account(1), operation.0, operation.1, now).is_ok();
        (0..calls).filter(admit).count()
    }

    /// The rate of an operation, at one node of so many: what is admitted at once, and in each of the seconds after it.
    fn check(nodes: usize, operation: (&'static str, &'static str), at_once: usize, per_second: &[usize]) {
        let rates = rates(nodes);
        let ten_times = |at: u64, calls: usize| (0..10).map(|n| admitted(&rates, operation, at + n * 100, calls)).sum();
        assert_eq!(admitted(&rates, operation, 0, 20_000), at_once, "{operation:?} at once");
        let found: Vec<usize> = (0..per_second.len() as u64).map(|n| ten_times(100 + n * 1000, 2_000)).collect();
        assert_eq!(found, per_second, "{operation:?} of {nodes}");
    }

    #[test]
    fn an_account_is_served_at_its_rate() {
        check(1, ("kms", "CreateKey"), 5, &[5, 5, 5]);
        check(1, ("kms", "Encrypt"), 5_500, &[5_500, 5_500]);
        check(1, ("ssm", "PutParameter"), 40, &[40, 40]);
        check(1, ("secretsmanager", "GetSecretValue"), 10_000, &[10_000]);
        // One in four seconds: the call at once, and one more when the four seconds are over.
        check(1, ("kms", "GetParametersForImport"), 1, &[0, 0, 0, 1, 0]);
    }

    #[test]
    fn a_node_holds_its_share() {
        check(2, ("ssm", "PutParameter"), 20, &[20, 20]);
        check(3, ("kms", "DescribeKey"), 666, &[667, 667, 666]);
        check(3, ("kms", "CreateKey"), 1, &[2, 2, 1, 2]);
        // At least one per second, unless the whole limit is less.
        check(9, ("kms", "CreateKey"), 1, &[1, 1, 1]);
        check(9, ("kms", "GetParametersForImport"), 1, &[0, 0, 0, 1, 0]);
    }

    #[test]
    fn the_share_follows_the_membership() {
        let rates = rates(2);
        assert_eq!(admitted(&rates, ("ssm", "PutParameter"), 0, 100), 20);
        rates.share_among(1);
        assert_eq!(admitted(&rates, ("ssm", "PutParameter"), 1_000, 100), 40);
        rates.share_among(0);
        assert_eq!(admitted(&rates, ("ssm", "PutParameter"), 2_000, 100), 40, "there is always one node: this one");
    }

    #[test]
    fn groups_share_and_accounts_and_other_operations_do_not() {
        let rates = rates(1);
        assert_eq!(admitted(&rates, ("ssm", "GetParameter"), 0, 100), 40);
        assert_eq!(admitted(&rates, ("ssm", "PutParameter"), 0, 1), 0, "of the same group");
        assert_eq!(admitted(&rates, ("kms", "CreateKey"), 0, 10), 5);
        assert_eq!(admitted(&rates, ("kms", "CreateAlias"), 0, 10), 5, "of its own");
        let now = Timestamp::from_millis(1_700_000_000_000);
        assert_eq!(rates.admit(&account(2), "ssm", "GetParameter", now), Ok(()), "another account");
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let rates = rates(1);
        assert_eq!(admitted(&rates, ("kms", "CreateKey"), 3_600_000, 10), 5);
        assert_eq!(admitted(&rates, ("kms", "CreateKey"), 0, 10), 0);
        assert_eq!(admitted(&rates, ("kms", "CreateKey"), 1_000, 10), 5);
    }

    #[test]
    fn memory_is_bounded_and_given_back() {
        let rates = rates(1);
        let call = |number: usize, millis: u64| {
            rates.admit(&account(number), "kms", "CreateKey", Timestamp::from_millis(1_700_000_000_000 + millis))
        };
        for number in 0..RATED_ACCOUNTS_MAX {
            assert_eq!(call(number, 0), Ok(()));
        }
        assert_eq!(call(RATED_ACCOUNTS_MAX, 10), Err(Exceeded { service: "kms" }), "all others call");
        assert_eq!(call(0, 10), Ok(()), "who is known goes on");
        assert_eq!(call(RATED_ACCOUNTS_MAX, 1_000), Ok(()), "the others' buckets are full again");
        assert!(rates.accounts.lock().expect("sound").buckets.len() <= 2);
    }

    #[test]
    fn the_texts_are_awss() {
        for (service, text) in [
            ("kms", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."),
            ("ssm", "Rate exceeded"),
            ("secretsmanager", "Rate exceeded"),
        ] {
            assert_eq!(Exceeded { service }.to_string(), text);
        }
    }
}
