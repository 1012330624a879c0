//! Which calls run, which wait, and which are sent away: every account has its share of the node.
//!
//! An account may run as many calls as places are free beside its own (so that one alone takes half of them, two take
//! a third each), and never more than its width. While others call too, the width shrinks on a busy node
//! ([`crate::pace`]), and an account starts no more calls than that in a turn of some milliseconds; whoever is alone
//! delays nobody but itself. Calls that start together share a read barrier, and between turns the processors are
//! everybody's. Beyond that an account's calls wait in a queue of its own, bounded in the same way, and accounts with
//! calls that wait come one after the other. A call that finds its account's queue full is throttled. Who asks little
//! therefore never waits behind who asks much.
//!
//! The rule of what is free is the dynamic threshold of shared buffers (Choudhury and Hahne, 1998).

use crate::limits::{self, Limits};
use replica::AccountId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::time::Instant;

/// Whose share a call takes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Holder {
    /// An account's: the signature was good.
    Account(AccountId),
    /// That of everybody whom this node does not know, in common: they wait for a read barrier.
    Strangers,
}

/// The account calls more than the node can take from it now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Throttled;

/// The running and waiting calls of a gateway.
#[derive(Debug)]
pub(crate) struct Admission {
    state: Mutex<State>,
}

/// The place of one call that runs; given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    admission: Arc<Admission>,
    holder: Holder,
}

#[derive(Debug)]
struct State {
    /// How many calls may run, of all holders.
    running_max: usize,
    /// How many calls may wait, of all holders.
    waiting_max: usize,
    /// How many calls one holder may run.
    width_max: usize,
    /// How many one may run, and start in a turn, while others call too.
    width: usize,
    /// The number of the turn.
    turn: u64,
    /// Who called last, and until when others are believed to call too.
    last: Option<Holder>,
    shared_until: Option<Instant>,
    running: usize,
    waiting: usize,
    /// Those with a call that runs or waits.
    holders: HashMap<Holder, Standing>,
    /// Those with calls that wait, each once; the first is next.
    turns: VecDeque<Holder>,
    /// Access keys of accounts that were throttled lately.
    throttled: HashMap<String, Holder>,
}

#[derive(Debug, Default)]
struct Standing {
    running: usize,
    /// In which turn it last started calls, and how many.
    started: (u64, usize),
    waiting: VecDeque<oneshot::Sender<Place>>,
}

impl Admission {
    /// All places free.
    pub fn new(limits: &Limits) -> Arc<Self> {
        let state = State {
            running_max: limits.calls_max,
            waiting_max: limits.waiting_max,
            width_max: limits.calls_per_account_max,
            width: limits.calls_per_account_max,
            turn: 0,
            last: None,
            shared_until: None,
            running: 0,
            waiting: 0,
            holders: HashMap::new(),
            turns: VecDeque::new(),
            throttled: HashMap::new(),
        };
        Arc::new(Self { state: Mutex::new(state) })
    }

    /// A place for a call of `holder`, as soon as it is its turn.
    ///
    /// # Errors
    /// [`Throttled`] at once when too many of its calls wait, or later when its turn did not come.
    pub async fn enter(self: &Arc<Self>, holder: Holder) -> Result<Place, Throttled> {
        let turn = {
            let mut state = self.lock();
            state.notice(&holder);
            if state.may_run(&holder) {
                state.start(&holder);
                return Ok(Place { admission: self.clone(), holder });
            }
            state.wait(holder)?
        };
        let turn = tokio::time::timeout(limits::WAIT_MAX, turn).await;
        turn.ok().and_then(Result::ok).ok_or(Throttled)
    }

    /// Remembers that calls signed with this access key, whose signature was good, are throttled.
    pub fn remember(&self, access_key_id: &str, holder: Holder) {
        let mut state = self.lock();
        if state.throttled.len() >= limits::THROTTLED_KEYS_MAX {
            state.throttled.clear();
        }
        state.throttled.insert(access_key_id.to_owned(), holder);
    }

    /// Whether a call that claims this access key would be throttled if the claim were true: then nothing needs to be
    /// read or verified. Who claims another's key is told so of the other, and takes nothing from it.
    pub fn would_throttle(&self, access_key_id: &str) -> bool {
        let mut state = self.lock();
        let Some(holder) = state.throttled.get(access_key_id) else { return false };
        if !state.may_run(holder) && !state.may_wait(holder) {
            return true;
        }
        state.throttled.remove(access_key_id);
        false
    }

    /// Sets how many calls one account may run, and start in a turn, from now on while others call too.
    pub fn set_width(self: &Arc<Self>, width: usize) {
        self.lock().width = width;
        self.next_turn();
    }

    /// Begins the next turn.
    pub fn next_turn(self: &Arc<Self>) {
        let granted = {
            let mut state = self.lock();
            state.turn += 1;
            state.grant()
        };
        self.hand_over(granted);
    }

    /// How many times narrower than it could be an account's way is: 1 on a node that keeps up.
    pub fn narrowness(&self) -> u32 {
        let state = self.lock();
        u32::try_from(state.width_max / state.width.max(1)).unwrap_or(u32::MAX).max(1)
    }

    /// How many calls run and how many wait.
    pub fn counts(&self) -> (usize, usize) {
        let state = self.lock();
        (state.running, state.waiting)
    }

    /// Outside the lock: a place that nobody takes any longer is given back here.
    fn hand_over(self: &Arc<Self>, granted: Vec<(oneshot::Sender<Place>, Holder)>) {
        for (turn, holder) in granted {
            drop(turn.send(Place { admission: self.clone(), holder }));
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let granted = self.admission.lock().end(&self.holder);
        self.admission.hand_over(granted);
    }
}

impl State {
    /// Two who take turns in calling share the node.
    fn notice(&mut self, holder: &Holder) {
        if self.last.as_ref() != Some(holder) {
            let is_first = self.last.replace(holder.clone()).is_none();
            self.shared_until = (!is_first).then(|| Instant::now() + limits::SHARED_TIME);
        }
    }

    /// The width, where there is another than the widest.
    fn narrow(&self) -> Option<usize> {
        let is_shared = self.shared_until.is_some_and(|until| Instant::now() < until);
        (is_shared && self.width < self.width_max).then_some(self.width)
    }

    fn started_in_turn(&self, holder: &Holder) -> usize {
        let started = self.holders.get(holder).map(|standing| standing.started);
        started.filter(|(turn, _)| *turn == self.turn).map_or(0, |(_, started)| started)
    }

    fn running_of(&self, holder: &Holder) -> usize {
        self.holders.get(holder).map_or(0, |standing| standing.running)
    }

    fn waiting_of(&self, holder: &Holder) -> usize {
        self.holders.get(holder).map_or(0, |standing| standing.waiting.len())
    }

    /// Whether the holder's share has room; what waits of its own comes first.
    fn has_room(&self, holder: &Holder) -> bool {
        let free = self.running_max - self.running;
        let narrow = self.narrow();
        self.running_of(holder) < free.min(narrow.unwrap_or(self.width_max))
            && narrow.is_none_or(|width| self.started_in_turn(holder) < width)
    }

    fn may_run(&self, holder: &Holder) -> bool {
        self.waiting_of(holder) == 0 && self.has_room(holder)
    }

    fn may_wait(&self, holder: &Holder) -> bool {
        self.waiting_of(holder) < self.waiting_max - self.waiting
    }

    fn start(&mut self, holder: &Holder) {
        let started = (self.turn, self.started_in_turn(holder) + 1);
        self.running += 1;
        match self.holders.get_mut(holder) {
            Some(standing) => (standing.running, standing.started) = (standing.running + 1, started),
            None => drop(self.holders.insert(holder.clone(), Standing { running: 1, started, ..Standing::default() })),
        }
    }

    fn wait(&mut self, holder: Holder) -> Result<oneshot::Receiver<Place>, Throttled> {
        if !self.may_wait(&holder) {
            return Err(Throttled);
        }
        let (give, turn) = oneshot::channel();
        if self.waiting_of(&holder) == 0 {
            self.turns.push_back(holder.clone());
        }
        self.holders.entry(holder).or_default().waiting.push_back(give);
        self.waiting += 1;
        Ok(turn)
    }

    fn end(&mut self, holder: &Holder) -> Vec<(oneshot::Sender<Place>, Holder)> {
        self.running -= 1;
        let standing = self.holders.get_mut(holder).expect("whoever has a place is counted");
        standing.running -= 1;
        if standing.running == 0 && standing.waiting.is_empty() {
            self.holders.remove(holder);
        }
        self.grant()
    }

    /// Starts what waits and may run now, account by account.
    fn grant(&mut self) -> Vec<(oneshot::Sender<Place>, Holder)> {
        let mut granted = Vec::new();
        let mut passed_over = 0;
        while passed_over < self.turns.len() {
            let holder = self.turns.pop_front().expect("somebody waits");
            if !self.has_room(&holder) {
                self.turns.push_back(holder);
                passed_over += 1;
                continue;
            }
            let standing = self.holders.get_mut(&holder).expect("whoever waits is counted");
            let turn = standing.waiting.pop_front().expect("whoever has a turn has a call that waits");
            let is_last = standing.waiting.is_empty();
            self.waiting -= 1;
            if !turn.is_closed() {
                self.start(&holder);
                granted.push((turn, holder.clone()));
                passed_over = 0;
            }
            if !is_last {
                self.turns.push_back(holder);
            } else if self.running_of(&holder) == 0 {
                self.holders.remove(&holder);
            }
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;
    use std::pin::Pin;
    use tokio::time::Duration;

    type Entering = Pin<Box<dyn Future<Output = Result<Place, Throttled>>>>;

    fn admission(running_max: usize, width: usize, waiting_max: usize) -> Arc<Admission> {
        let limits = Limits { calls_max: running_max, calls_per_account_max: width, waiting_max, ..Limits::default() };
        Admission::new(&limits)
    }

    fn account(number: usize) -> Holder {
        Holder::Account(format!("{number:012}").parse().expect("an account"))
    }

    /// Calls of one account: those that run, those that wait, and how many were throttled.
    fn enter(admission: &Arc<Admission>, number: usize, calls: usize) -> (Vec<Place>, Vec<Entering>, usize) {
        let (mut running, mut waiting, mut throttled) = (Vec::new(), Vec::new(), 0);
        for _ in 0..calls {
            let own = admission.clone();
            let mut entering: Entering = Box::pin(async move { own.enter(account(number)).await });
            match entering.as_mut().now_or_never() {
                Some(Ok(place)) => running.push(place),
                Some(Err(Throttled)) => throttled += 1,
                None => waiting.push(entering),
            }
        }
        (running, waiting, throttled)
    }

    #[tokio::test]
    async fn each_account_has_its_share_of_places_and_of_the_queue() {
        // places, width, queue; then for each account in turn: calls, and how many run, wait and are throttled
        type Row<'a> = ((usize, usize, usize), &'a [(usize, usize, usize, usize)]);
        let rows: [Row<'_>; 6] = [
            ((1, 8, 0), &[(3, 1, 0, 2), (1, 0, 0, 1)]),
            ((64, 8, 4), &[(20, 8, 2, 10), (20, 8, 1, 11), (1, 1, 0, 0)]),
            // One alone takes half of the places; the next one half of what is left.
            ((64, 100, 0), &[(100, 32, 0, 68), (100, 16, 0, 84), (100, 8, 0, 92)]),
            ((64, 100, 64), &[(100, 32, 32, 36), (100, 16, 16, 68), (3, 3, 0, 0)]),
            ((64, 100, 64), &[(5, 5, 0, 0), (60, 30, 30, 0)]),
            ((64, 1, 64), &[(5, 1, 4, 0), (5, 1, 4, 0)]),
        ];
        for ((running_max, width, waiting_max), accounts) in rows {
            let admission = admission(running_max, width, waiting_max);
            let mut held = Vec::new();
            for (number, (calls, running, waiting, throttled)) in accounts.iter().enumerate() {
                let found = enter(&admission, number, *calls);
                let counts = (found.0.len(), found.1.len(), found.2);
                assert_eq!(counts, (*running, *waiting, *throttled), "account {number} of {accounts:?}");
                held.push(found);
            }
            drop(held);
            assert!(admission.lock().holders.is_empty() || admission.counts().0 == 0);
        }
    }

    #[tokio::test]
    async fn the_width_binds_those_who_share_the_node() {
        let admission = admission(64, 16, 64);
        admission.set_width(2);
        let alone = enter(&admission, 1, 20);
        assert_eq!((alone.0.len(), alone.1.len()), (16, 4), "whoever is alone is as wide as may be");
        let other = enter(&admission, 2, 5);
        assert_eq!((other.0.len(), other.1.len()), (2, 3));
        let (mut running, mut waiting, _) = alone;
        running.truncate(2);
        admission.next_turn();
        assert!(waiting[0].as_mut().now_or_never().is_none(), "its share is taken while the other calls");
        tokio::time::sleep(limits::SHARED_TIME).await; // what is measured: the other is silent
        drop(other);
        assert!(waiting[0].as_mut().now_or_never().is_some(), "and now it is alone again");
    }

    #[tokio::test]
    async fn accounts_take_turns_and_each_queue_is_in_order() {
        let admission = admission(64, 2, 64);
        admission.set_width(1);
        drop((enter(&admission, 1, 1), enter(&admission, 2, 1)));
        let (first, mut many, _) = enter(&admission, 1, 10);
        let (second, mut few, _) = enter(&admission, 2, 3);
        admission.next_turn();
        drop(first);
        let next = many.remove(0).now_or_never().expect("its turn").expect("a place");
        assert!(many[0].as_mut().now_or_never().is_none(), "one at a time");
        assert!(few[0].as_mut().now_or_never().is_none(), "its own call still runs");
        drop(second);
        let other = few.remove(0).now_or_never().expect("its turn").expect("a place");
        admission.set_width(2);
        assert!(many[0].as_mut().now_or_never().is_some() && few[0].as_mut().now_or_never().is_some());
        drop((next, other));
    }

    #[tokio::test]
    async fn on_a_busy_node_an_account_starts_so_many_calls_in_a_turn() {
        let admission = admission(64, 16, 64);
        drop((enter(&admission, 1, 1), enter(&admission, 2, 1))); // who share it
        admission.set_width(3);
        let (running, mut waiting, _) = enter(&admission, 1, 10);
        assert_eq!((running.len(), waiting.len()), (3, 7));
        drop(running);
        assert!(waiting[0].as_mut().now_or_never().is_none(), "it has started its three");
        let (other, ..) = enter(&admission, 2, 1);
        assert_eq!(other.len(), 1, "an account that has not runs at once");
        admission.next_turn();
        let next: Vec<_> = waiting.iter_mut().map_while(|entering| entering.as_mut().now_or_never()).collect();
        assert_eq!(next.len(), 3, "together");
        admission.set_width(16);
        assert!(waiting[3].as_mut().now_or_never().is_some(), "a node that keeps up has no turns");
        drop((next, other));
    }

    #[tokio::test]
    async fn who_gave_up_is_passed_over() {
        let admission = admission(64, 1, 64);
        let (running, mut waiting, _) = enter(&admission, 1, 4);
        drop(waiting.drain(..2));
        drop(running);
        assert!(waiting.remove(0).now_or_never().expect("its turn").is_ok());
        assert_eq!(admission.counts(), (0, 0), "the place was given back");
        assert!(admission.lock().holders.is_empty() && admission.lock().turns.is_empty());
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let admission = admission(64, 1, 64);
        let (running, waiting, _) = enter(&admission, 1, 2);
        let begun = tokio::time::Instant::now();
        for entering in waiting {
            assert_eq!(entering.await.map(drop), Err(Throttled));
        }
        assert!(begun.elapsed() >= limits::WAIT_MAX && begun.elapsed() < limits::WAIT_MAX + Duration::from_secs(1));
        drop(running);
        assert_eq!(admission.counts(), (0, 0));
    }

    #[tokio::test]
    async fn a_throttled_key_is_known_until_its_account_has_room() {
        let admission = admission(64, 1, 2);
        let held = enter(&admission, 1, 3);
        assert!(!admission.would_throttle("AKID"), "nobody has said so");
        admission.remember("AKID", account(1));
        assert!(admission.would_throttle("AKID") && !admission.would_throttle("OTHER"));
        drop(held);
        assert!(!admission.would_throttle("AKID"));
        for number in 0..=limits::THROTTLED_KEYS_MAX {
            admission.remember(&number.to_string(), account(1));
        }
        assert!(admission.lock().throttled.len() <= limits::THROTTLED_KEYS_MAX);
    }
}
