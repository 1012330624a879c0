//! Whether the calls on one resource can have happened one after another, each at a moment between its beginning and its
//! end, and answered what they did: Wing and Gong's search with Lowe's memory of what was tried.
//!
//! A call whose outcome is unknown may have happened at any moment after its beginning, or not at all.
//! Wing and Gong, "Testing and verifying concurrent objects", 1993; Lowe, "Testing for linearizability", 2017.

use super::history::{Answer, Outcome, Record};
use super::sequential::State;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

/// The most calls on one resource: the load goes on to another before.
pub const CALLS_MAX: usize = 3_000;
/// The most steps of one search. A history of the load needs some thousands.
const STEPS_MAX: usize = 20_000_000;

/// What the search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is an order.
    Linearizable,
    /// There is none; what stood in the way where the search got farthest.
    Violated(String),
    /// The search was given up. Counts as a failure: nothing was shown.
    Unknown,
}

/// Searches for an order of `records`, which are all of one resource that was `first` before them.
pub fn check(first: State, records: &[&Record]) -> Verdict {
    let calls: Vec<Attempt> = records.iter().filter_map(|record| Attempt::of(record)).collect();
    if calls.len() > CALLS_MAX {
        return Verdict::Unknown;
    }
    Search::new(&calls).run(first)
}

/// A call that matters.
struct Attempt<'a> {
    record: &'a Record,
    /// `None` when it is unknown.
    answer: Option<&'a Answer>,
    invoked: u64,
    ended: u64,
}

impl<'a> Attempt<'a> {
    fn of(record: &'a Record) -> Option<Self> {
        match &record.outcome {
            Some(Outcome::Answered(answer)) => {
                let ended = record.ended.expect("a call that was answered ended");
                Some(Self { record, answer: Some(answer), invoked: record.invoked, ended })
            }
            Some(Outcome::Failed(_)) => None,
            Some(Outcome::Unknown(_)) | None => {
                Some(Self { record, answer: None, invoked: record.invoked, ended: u64::MAX })
            }
        }
    }
}

/// The events in the order of time, as a list from which calls are taken out and put back.
struct Search<'a> {
    calls: &'a [Attempt<'a>],
    events: Vec<Event>,
    /// The answered calls that have no place yet.
    left: usize,
    /// The set of calls that have a place, hashed.
    placed: u128,
    /// Which sets of calls were tried to which state, hashed: states themselves would fill the memory.
    tried: HashSet<u128>,
}

#[derive(Clone, Copy)]
struct Event {
    call: usize,
    is_end: bool,
    before: usize,
    after: usize,
    /// Of a beginning: where its end is.
    end: Option<usize>,
}

/// The place in front of the first event.
const HEAD: usize = 0;
/// The place behind the last.
const TAIL: usize = usize::MAX;

impl<'a> Search<'a> {
    fn new(calls: &'a [Attempt<'a>]) -> Self {
        // At the same moment beginnings go first: the clock did not tell them apart, so the calls overlap.
        let mut moments: Vec<(u64, bool, usize)> = Vec::new();
        for (number, call) in calls.iter().enumerate() {
            moments.push((call.invoked, false, number));
            if call.answer.is_some() {
                moments.push((call.ended, true, number));
            }
        }
        moments.sort_unstable();
        let mut events = vec![Event { call: usize::MAX, is_end: false, before: HEAD, after: 1, end: None }];
        let mut begun = vec![0; calls.len()];
        for (place, (_, is_end, call)) in (1..).zip(moments) {
            events.push(Event { call, is_end, before: place - 1, after: place + 1, end: None });
            if is_end {
                events[begun[call]].end = Some(place);
            } else {
                begun[call] = place;
            }
        }
        events.last_mut().expect("the head is there").after = TAIL;
        let left = calls.iter().filter(|call| call.answer.is_some()).count();
        Self { calls, events, left, placed: 0, tried: HashSet::new() }
    }

    fn run(&mut self, first: State) -> Verdict {
        let (mut state, mut at) = (first, self.events[HEAD].after);
        let mut path: Vec<(usize, State)> = Vec::new();
        let mut farthest = Farthest::default();
        for _ in 0..STEPS_MAX {
            if self.left == 0 {
                return Verdict::Linearizable;
            }
            let event = self.events[at];
            if !event.is_end {
                match self.step(&state, event) {
                    Some(next) => {
                        path.push((at, std::mem::replace(&mut state, next)));
                        self.take_out(at);
                        at = self.events[HEAD].after;
                    }
                    None => at = event.after,
                }
                continue;
            }
            // This call ended before all that may still be tried: the last one tried was wrong.
            farthest.note(path.len(), event.call, &state);
            let Some((place, before)) = path.pop() else {
                return Verdict::Violated(farthest.explain(self.calls));
            };
            self.put_back(place);
            (state, at) = (before, self.events[place].after);
        }
        Verdict::Unknown
    }

    /// The state after a call that fits here and was not tried here before.
    fn step(&mut self, state: &State, event: Event) -> Option<State> {
        let call = &self.calls[event.call];
        let (answer, next) = state.apply(&call.record.call);
        match call.answer {
            Some(seen) if *seen != answer => return None,
            // Whether a call without effect and without answer happened makes no difference.
            None if next == *state => return None,
            _ => {}
        }
        self.tried.insert(self.placed ^ mark(event.call) ^ fingerprint(&next)).then_some(next)
    }

    fn take_out(&mut self, place: usize) {
        self.placed ^= mark(self.events[place].call);
        self.unlink(place);
        if let Some(end) = self.events[place].end {
            self.unlink(end);
            self.left -= 1;
        }
    }

    fn put_back(&mut self, place: usize) {
        self.placed ^= mark(self.events[place].call);
        if let Some(end) = self.events[place].end {
            self.link(end);
            self.left += 1;
        }
        self.link(place);
    }

    fn unlink(&mut self, place: usize) {
        let Event { before, after, .. } = self.events[place];
        self.events[before].after = after;
        if after != TAIL {
            self.events[after].before = before;
        }
    }

    fn link(&mut self, place: usize) {
        let Event { before, after, .. } = self.events[place];
        self.events[before].after = place;
        if after != TAIL {
            self.events[after].before = place;
        }
    }
}

/// A number of 128 bits for each call; sets of calls are the numbers' exclusive or. That two sets share one is as likely
/// as not to happen in the life of the universe.
fn mark(call: usize) -> u128 {
    let mix = |mut z: u64| {
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let call = call as u64;
    let (high, low) = (mix(call.wrapping_mul(2).wrapping_add(0x9e37_79b9)), mix(!call));
    (u128::from(high) << 64) | u128::from(low)
}

/// A number of 128 bits for each state.
fn fingerprint(state: &State) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        salt.hash(&mut hasher);
        state.hash(&mut hasher);
        hasher.finish()
    };
    (u128::from(half(0)) << 64) | u128::from(half(1))
}

/// Where the search got farthest, to tell people.
#[derive(Default)]
struct Farthest {
    placed: usize,
    stuck: Option<(usize, State)>,
}

impl Farthest {
    fn note(&mut self, placed: usize, call: usize, state: &State) {
        if self.stuck.is_none() || placed > self.placed {
            (self.placed, self.stuck) = (placed, Some((call, state.clone())));
        }
    }

    fn explain(&self, calls: &[Attempt<'_>]) -> String {
        let Some((stuck, state)) = &self.stuck else { return "nothing was tried".to_owned() };
        let Attempt { record, .. } = &calls[*stuck];
        format!(
            "{:?}: {:?} of client {} from {} to {} ns answered {:?}, which fits nowhere; after {} of {} calls in order the \
             state was {state:?}",
            record.resource,
            record.call,
            record.client,
            record.invoked,
            record.ended.unwrap_or_default(),
            record.outcome,
            self.placed,
            calls.len(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::history::{Call, Resource};
    use super::*;

    /// One call: client, beginning, end (0: unknown), call, answer.
    type Row = (u64, u64, Call, Answer);

    fn check_rows(resource: Resource, rows: &[Row]) -> Verdict {
        let record = |(number, (invoked, ended, call, answer)): (usize, &Row)| Record {
            client: u32::try_from(number).expect("few rows"),
            node: None,
            resource,
            call: call.clone(),
            invoked: *invoked,
            ended: (*ended != 0).then_some(*ended),
            outcome: Some(match ended {
                0 => Outcome::Unknown(String::new()),
                _ => Outcome::Answered(answer.clone()),
            }),
        };
        let records: Vec<Record> = rows.iter().enumerate().map(record).collect();
        check(State::first(resource), &records.iter().collect::<Vec<_>>())
    }

    fn put(value: u32) -> Call {
        Call::PutParameter { value, overwrite: true }
    }

    fn value(version: u64, value: u32) -> Answer {
        Answer::Value { version, value }
    }

    fn none() -> Answer {
        Answer::Refused("ParameterNotFound".to_owned())
    }

    fn disabled() -> Answer {
        Answer::Refused("DisabledException".to_owned())
    }

    #[test]
    fn histories_that_can_have_happened_are_accepted() {
        use Answer::{Done, SecretVersion, State, Version};
        use Call::{DisableKey, EnableKey, GetCurrent, GetParameter, GetPrevious, MoveCurrent, PutSecretValue};
        let parameter = Resource::Parameter(0);
        let encrypt = || Call::UseKey("Encrypt");
        let rows: &[(&str, Resource, &[Row])] = &[
            ("nothing", parameter, &[]),
            ("one after another", parameter, &[(1, 2, put(7), Version(1)), (3, 4, GetParameter, value(1, 7))]),
            (
                "a read beside a write sees it",
                parameter,
                &[(1, 9, put(7), Version(1)), (3, 4, GetParameter, value(1, 7))],
            ),
            ("or does not", parameter, &[(1, 9, put(7), Version(1)), (3, 4, GetParameter, none())]),
            (
                "two writes at once, in the order of their versions",
                parameter,
                &[(1, 9, put(7), Version(2)), (2, 8, put(8), Version(1)), (10, 11, GetParameter, value(2, 7))],
            ),
            ("an unknown write is seen", parameter, &[(1, 0, put(7), Done), (3, 4, GetParameter, value(1, 7))]),
            ("an unknown write is never seen", parameter, &[(1, 0, put(7), Done), (3, 4, GetParameter, none())]),
            (
                "an unknown write happens late",
                parameter,
                &[
                    (1, 0, put(7), Done),
                    (3, 4, GetParameter, none()),
                    (5, 6, put(8), Version(1)),
                    (7, 8, GetParameter, value(2, 7)),
                ],
            ),
            (
                "a deleted parameter begins anew",
                parameter,
                &[
                    (1, 2, put(7), Version(1)),
                    (3, 4, Call::DeleteParameter, Done),
                    (5, 6, put(8), Version(1)),
                    (7, 8, Call::GetParameterHistory, Answer::Values(vec![8])),
                ],
            ),
            (
                "a key is used beside its disabling",
                Resource::Key(0),
                &[(1, 9, DisableKey, Done), (2, 8, encrypt(), Done), (3, 7, encrypt(), disabled())],
            ),
            (
                "a key is used after it was enabled again",
                Resource::Key(0),
                &[
                    (1, 2, DisableKey, Done),
                    (3, 4, encrypt(), disabled()),
                    (5, 6, EnableKey, Done),
                    (7, 8, encrypt(), Done),
                ],
            ),
            (
                "a key whose deletion is cancelled is disabled",
                Resource::Key(0),
                &[
                    (1, 2, Call::ScheduleKeyDeletion, Done),
                    (3, 4, Call::CancelKeyDeletion, Done),
                    (5, 6, Call::DescribeKey, State("Disabled".to_owned())),
                ],
            ),
            (
                "a secret's stages move",
                Resource::Secret(0),
                &[
                    (1, 2, PutSecretValue(2), Done),
                    (3, 4, GetPrevious, SecretVersion(1)),
                    (5, 6, PutSecretValue(2), Done),
                    (7, 8, MoveCurrent { from: 2, to: 1 }, Done),
                    (9, 10, GetCurrent, SecretVersion(1)),
                    (11, 12, Call::DescribeSecret, Answer::Stages { current: 1, previous: Some(2) }),
                ],
            ),
        ];
        for (what, resource, rows) in rows {
            assert_eq!(check_rows(*resource, rows), Verdict::Linearizable, "{what}");
        }
    }

    #[test]
    fn histories_that_cannot_have_happened_are_refused() {
        use Answer::{Done, SecretVersion, Version};
        use Call::{DisableKey, GetCurrent, GetParameter, MoveCurrent, PutSecretValue};
        let parameter = Resource::Parameter(0);
        let decrypt = || Call::UseKey("Decrypt");
        let rows: &[(&str, Resource, &[Row])] = &[
            (
                "a stale read",
                parameter,
                &[(1, 2, put(7), Version(1)), (3, 4, put(8), Version(2)), (5, 6, GetParameter, value(1, 7))],
            ),
            ("a lost write", parameter, &[(1, 2, put(7), Version(1)), (3, 4, GetParameter, none())]),
            ("a read from the future", parameter, &[(1, 2, GetParameter, value(1, 7)), (3, 4, put(7), Version(1))]),
            (
                "an unknown write that happened twice",
                parameter,
                &[(1, 0, put(7), Done), (3, 4, GetParameter, value(2, 7))],
            ),
            (
                "an unknown write that comes, goes and comes",
                parameter,
                &[
                    (1, 0, put(7), Done),
                    (2, 3, GetParameter, value(1, 7)),
                    (4, 5, Call::DeleteParameter, Done),
                    (6, 7, GetParameter, value(1, 7)),
                ],
            ),
            (
                "two reads that disagree about the order",
                parameter,
                &[(1, 9, put(7), Version(1)), (2, 3, GetParameter, value(1, 7)), (4, 5, GetParameter, none())],
            ),
            ("one version for two writes", parameter, &[(1, 9, put(7), Version(1)), (2, 8, put(8), Version(1))]),
            (
                "a history with a version that nobody wrote",
                parameter,
                &[(1, 2, put(7), Version(1)), (3, 4, Call::GetParameterHistory, Answer::Values(vec![7, 8]))],
            ),
            ("a decrypt after a disable", Resource::Key(0), &[(1, 2, DisableKey, Done), (3, 4, decrypt(), Done)]),
            ("an encryption context that does not matter", Resource::Key(0), &[(1, 2, Call::DecryptElsewhere, Done)]),
            (
                "an alias that two creations made",
                Resource::Alias(0),
                &[(1, 2, Call::CreateAlias(1), Done), (1, 2, Call::CreateAlias(2), Done)],
            ),
            (
                "a secret that goes back by itself",
                Resource::Secret(0),
                &[(1, 2, PutSecretValue(2), Done), (3, 4, GetCurrent, SecretVersion(1))],
            ),
            (
                "a label moved from where it is not",
                Resource::Secret(0),
                &[(1, 2, PutSecretValue(2), Done), (3, 4, MoveCurrent { from: 1, to: 2 }, Done)],
            ),
        ];
        for (what, resource, rows) in rows {
            assert!(matches!(check_rows(*resource, rows), Verdict::Violated(_)), "{what}");
        }
    }

    /// A dozen clients overlap all the time and some writes stay unknown, as under a partition.
    #[test]
    fn long_histories_are_judged_and_one_wrong_answer_among_them_is_found() {
        let mut rows: Vec<Row> = Vec::new();
        for round in 0..200u64 {
            let begun = round * 100 + 1;
            for client in 0..10u64 {
                let version = client + 1;
                let put = put(u32::try_from(version).expect("few"));
                rows.push((begun + client, begun + 50 + client, put, Answer::Version(version)));
            }
            if round % 80 == 3 {
                rows.push((begun + 60, 0, put(0), Answer::Done));
            }
            rows.push((begun + 70, begun + 80, Call::GetParameter, value(10, 10)));
            rows.push((begun + 85, begun + 90, Call::DeleteParameter, Answer::Done));
        }
        assert_eq!(check_rows(Resource::Parameter(0), &rows), Verdict::Linearizable);
        let last = rows.iter_mut().rfind(|row| row.2 == Call::GetParameter).expect("there are reads");
        last.3 = value(9, 9);
        assert!(matches!(check_rows(Resource::Parameter(0), &rows), Verdict::Violated(_)));
    }
}
