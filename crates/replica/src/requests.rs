//! The table request id → outcome, through which a repeated proposal acts once.
//!
//! Bounded in age and in number: apply drops what is older than [`KEPT_MILLIS`], and the oldest when there are more than
//! [`KEPT_MAX`]. A counter row and an index by time make both cheap. It looks only once in [`SWEEP_EVERY`] outcomes, because
//! opening a scan costs more than all the rest of remembering, and begins where it dropped last: a scan from the start of the
//! index would pass over the traces that an LSM tree keeps of all that was dropped since its last compaction.

use crate::envelope::state::RequestRecord;
use crate::{Key, KeyReader, Outcome, RequestId, Table, Timestamp, View, Writes, get_message};

/// How long an outcome is kept, in milliseconds. Longer than any SDK goes on retrying one call.
pub const KEPT_MILLIS: u64 = 5 * 60 * 1000;
/// How many outcomes are kept.
pub const KEPT_MAX: u64 = 200_000;
/// After how many outcomes apply looks for old ones; a power of two. As many may be kept beyond the bounds.
const SWEEP_EVERY: u64 = 16;
/// How many outcomes one apply may drop: more than were added since it last looked, so the table shrinks to its bounds.
const DROPPED_PER_SWEEP: usize = 64;

/// The outcome of an earlier proposal with this id.
pub(crate) fn outcome(view: &dyn View, id: RequestId) -> Option<Outcome> {
    let record: RequestRecord = get_message(view, by_id(id).as_bytes())?;
    let outcome = record.outcome.expect("a request record has an outcome");
    Some(Outcome::from_message(outcome).expect("an outcome that apply wrote is readable"))
}

/// Remembers an outcome, and drops old ones.
pub(crate) fn remember(view: &dyn View, writes: &mut Writes, at: Timestamp, id: RequestId, outcome: &Outcome) {
    writes.put_message(by_id(id), &RequestRecord { at: at.as_millis(), outcome: Some(outcome.to_message()) });
    writes.put(by_time(at, id), []);
    let mut count = number(view, &counter()) + 1;
    if count.is_multiple_of(SWEEP_EVERY) {
        count -= drop_old(view, writes, at, count);
    }
    writes.put(counter(), count.to_be_bytes());
}

/// Drops outcomes that are too old, or too many of `count`; how many.
fn drop_old(view: &dyn View, writes: &mut Writes, at: Timestamp, count: u64) -> u64 {
    let is_old = |stored_at, dropped| at.millis_since(stored_at) > KEPT_MILLIS || count - dropped > KEPT_MAX;
    // What came later than a row has its time or a greater one, so nothing is left before the time of the last that went.
    let from = Vec::from(times().number(number(view, &swept())));
    let rows = |limit| {
        let rows = view.scan(times().as_bytes(), &from, limit).into_iter();
        rows.map(|(key, _)| (time_and_id(&key).expect("the index holds times and ids"), key))
    };
    let mut dropped = 0;
    // Most often nothing is old, and the oldest row says so.
    if !rows(1).any(|((oldest, _), _)| is_old(oldest, dropped)) {
        return dropped;
    }
    let mut last = None;
    for ((stored_at, old), key) in rows(DROPPED_PER_SWEEP) {
        if !is_old(stored_at, dropped) {
            break;
        }
        writes.delete(by_id(old));
        writes.delete(key);
        last = Some(stored_at);
        dropped += 1;
    }
    if let Some(at) = last {
        writes.put(swept(), at.as_millis().to_be_bytes());
    }
    dropped
}

fn number(view: &dyn View, row: &Key) -> u64 {
    match view.get(row.as_bytes()) {
        Some(bytes) => u64::from_be_bytes(bytes.as_slice().try_into().expect("a number is eight bytes")),
        None => 0,
    }
}

/// How many outcomes there are.
fn counter() -> Key {
    Key::cluster(Table::Requests).text("count")
}

/// The time of the last outcome that was dropped, in milliseconds since the Unix epoch.
fn swept() -> Key {
    Key::cluster(Table::Requests).text("swept")
}

fn by_id(id: RequestId) -> Key {
    Key::cluster(Table::Requests).text("id").bytes(&id.0)
}

fn times() -> Key {
    Key::cluster(Table::Requests).text("time")
}

fn by_time(at: Timestamp, id: RequestId) -> Key {
    times().number(at.as_millis()).bytes(&id.0)
}

fn time_and_id(key: &[u8]) -> Option<(Timestamp, RequestId)> {
    let mut reader = KeyReader::new(key, Table::Requests)?;
    reader.text()?;
    let at = Timestamp::from_millis(reader.number()?);
    Some((at, RequestId(reader.bytes()?.try_into().ok()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Row;
    use crate::testing::Tables;
    use std::sync::Mutex;

    /// Tables that note where scans begin.
    #[derive(Default)]
    struct Watched {
        tables: Tables,
        begun_at: Mutex<Vec<Vec<u8>>>,
    }

    impl View for Watched {
        fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
            self.tables.get(key)
        }

        fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Vec<Row> {
            self.begun_at.lock().expect("no panic").push(from.to_vec());
            self.tables.scan(prefix, from, limit)
        }
    }

    #[test]
    fn a_sweep_begins_where_the_last_one_dropped() {
        let mut watched = Watched::default();
        let minute = |n: u64| Timestamp::from_millis(n * 60_000);
        for n in 0..20 * SWEEP_EVERY {
            let (mut writes, id) = (Writes::new(), RequestId(u128::from(n).to_be_bytes()));
            remember(&watched, &mut writes, minute(n / SWEEP_EVERY), id, &Outcome::Reply(vec![]));
            watched.tables.commit(&writes);
        }
        let begun_at = watched.begun_at.into_inner().expect("no panic");
        let last_dropped_before = minute(20 - 1 - KEPT_MILLIS / 60_000 - 2);
        assert_eq!(begun_at.last(), Some(&Vec::from(times().number(last_dropped_before.as_millis()))));
        assert_eq!(watched.tables.scan(times().as_bytes(), &[], 1_000).len() as u64, 6 * SWEEP_EVERY);
    }

    #[test]
    fn outcomes_are_kept_for_their_time_and_then_dropped() {
        let mut tables = Tables::default();
        let id = |n: u64| RequestId(u128::from(n).to_be_bytes());
        for n in 0..10 * SWEEP_EVERY {
            let mut writes = Writes::new();
            let at = Timestamp::from_millis(n / SWEEP_EVERY * 60_000);
            remember(&tables, &mut writes, at, id(n), &Outcome::Reply(vec![n as u8]));
            tables.commit(&writes);
        }
        let kept: Vec<u64> = (0..10 * SWEEP_EVERY).filter(|&n| outcome(&tables, id(n)).is_some()).collect();
        let expected: Vec<u64> = (4 * SWEEP_EVERY..10 * SWEEP_EVERY).collect();
        assert_eq!(kept, expected, "five minutes before minute nine");
        assert_eq!(number(&tables, &counter()), 6 * SWEEP_EVERY);
        assert_eq!(tables.scan(times().as_bytes(), &[], 1_000).len() as u64, 6 * SWEEP_EVERY);
    }
}
