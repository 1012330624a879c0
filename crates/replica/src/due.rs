//! The due queue: commands that are to be proposed at a time.
//!
//! A projection, ordered by time, that the apply of whatever sets or moves a time writes along with its own rows. The
//! leader proposes what is due; apply decides again whether it still is, and takes the row away. Nothing here is
//! believed: a row whose cause has gone is a command that finds nothing to do.

use crate::command::Command;
use crate::{Key, KeyReader, Table, Timestamp, View, Writes};

/// The format of every row that this binary writes.
const FORMAT: u8 = 1;

/// A command that is due, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// From when on it may be proposed.
    pub at: Timestamp,
    /// The command's number.
    pub kind: u32,
    /// Its encoding, without what is drawn only when its time has come.
    pub body: Vec<u8>,
}

/// Has `command` proposed at `at`, or soon after. What would be drawn at that time is left out of it.
pub fn schedule<C: Command>(writes: &mut Writes, at: Timestamp, command: &C) {
    writes.put(row(at, command), [FORMAT]);
}

/// Takes back what [`schedule`] wrote with the same arguments; nothing when there is no such row. Also the last act of
/// the command's own apply.
pub fn cancel<C: Command>(writes: &mut Writes, at: Timestamp, command: &C) {
    writes.delete(row(at, command));
}

/// What is due at `now`, the longest due first, at most `limit`.
pub fn until(view: &(impl View + ?Sized), now: Timestamp, limit: usize) -> Vec<Due> {
    scan(view, &[], now, limit)
}

/// As [`until`], but only what stands behind `last`: whoever cannot get `last` out of the queue goes on there.
pub fn behind(view: &(impl View + ?Sized), last: &Due, now: Timestamp, limit: usize) -> Vec<Due> {
    let mut from = place(last.at, last.kind, &last.body).as_bytes().to_vec();
    from.push(0); // the least key behind it
    scan(view, &from, now, limit)
}

fn scan(view: &(impl View + ?Sized), from: &[u8], now: Timestamp, limit: usize) -> Vec<Due> {
    let rows = view.scan(Key::cluster(Table::Due).as_bytes(), from, limit);
    rows.iter().map(|(key, _)| read(key)).take_while(|due| due.at <= now).collect()
}

fn row<C: Command>(at: Timestamp, command: &C) -> Key {
    place(at, C::KIND, &command.encode_to_vec())
}

fn place(at: Timestamp, kind: u32, body: &[u8]) -> Key {
    Key::cluster(Table::Due).number(at.as_millis()).number(u64::from(kind)).bytes(body)
}

fn read(key: &[u8]) -> Due {
    let mut reader = KeyReader::new(key, Table::Due).expect("a row of its table");
    let at = Timestamp::from_millis(reader.number().expect("a row names its time"));
    let kind = reader.number().and_then(|kind| kind.try_into().ok()).expect("a row names its command");
    Due { at, kind, body: reader.bytes().expect("a row holds its command") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Birth, ClusterRecord};
    use crate::testing::Tables;

    fn command(id: &str) -> Birth {
        let cluster = ClusterRecord { cluster_id: id.as_bytes().to_vec(), ..ClusterRecord::default() };
        Birth { cluster: Some(cluster), keyring: None }
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn what_is_due_comes_in_the_order_of_its_time_and_no_earlier() {
        let mut tables = Tables::default();
        let mut writes = Writes::new();
        for (time, id) in [(300, "c"), (100, "a"), (200, "b"), (200, "b2")] {
            schedule(&mut writes, at(time), &command(id));
        }
        cancel(&mut writes, at(200), &command("b2"));
        cancel(&mut writes, at(100), &command("never scheduled"));
        tables.commit(&writes);
        let due =
            |now, limit| until(&tables, at(now), limit).into_iter().map(|due| due.at.as_millis()).collect::<Vec<_>>();
        assert_eq!(due(99, 9), [0; 0]);
        assert_eq!(due(100, 9), [100]);
        assert_eq!(due(1_000, 9), [100, 200, 300]);
        assert_eq!(due(1_000, 2), [100, 200]);
        let first = &until(&tables, at(100), 1)[0];
        assert_eq!((first.kind, &first.body), (Birth::KIND, &prost::Message::encode_to_vec(&command("a"))));
    }

    #[test]
    fn whoever_goes_on_behind_a_row_sees_each_row_once() {
        let mut tables = Tables::default();
        let mut writes = Writes::new();
        for (time, id) in [(100, "a"), (100, "a\0"), (100, "ab"), (100, "b"), (200, "a"), (900, "later")] {
            schedule(&mut writes, at(time), &command(id));
        }
        tables.commit(&writes);
        let all = until(&tables, at(200), 9);
        assert_eq!(all.len(), 5);
        for (place, row) in all.iter().enumerate() {
            assert_eq!(behind(&tables, row, at(200), 9), all[place + 1..]);
        }
        assert_eq!(behind(&tables, &all[0], at(200), 1), all[1..2]);
    }

    #[test]
    fn rows_are_pinned() {
        let row = row(at(0x0102), &Birth::default());
        assert_eq!(hex(row.as_bytes()), "0600000000000001020000000000000001 0001".replace(' ', ""));
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
