//! Small records.

use super::harness::{Harness, append, put};
use super::on_both_engines;

on_both_engines![
    synced_records_survive,
    an_unsynced_record_is_whole_or_as_before,
    a_synced_record_takes_everything_before_it_to_disk
];

fn synced_records_survive(harness: &mut dyn Harness) {
    let engine = harness.engine();
    assert_eq!(engine.record("vote").unwrap(), None);
    engine.put_record("vote", b"1", true).unwrap();
    engine.put_record("vote", b"2", true).unwrap();
    engine.put_record("empty", b"", true).unwrap();
    harness.crash(0);
    let engine = harness.engine();
    assert_eq!(engine.record("vote").unwrap().as_deref(), Some(&b"2"[..]));
    assert_eq!(engine.record("empty").unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(engine.record("committed").unwrap(), None);
}

fn an_unsynced_record_is_whole_or_as_before(harness: &mut dyn Harness) {
    let engine = harness.engine();
    engine.put_record("committed", b"before", true).unwrap();
    engine.put_record("committed", b"after", false).unwrap();
    assert_eq!(engine.record("committed").unwrap().as_deref(), Some(&b"after"[..]));
    harness.crash(0);
    let found = harness.engine().record("committed").unwrap().unwrap();
    assert!(found == b"before" || found == b"after", "{found:?}");
}

fn a_synced_record_takes_everything_before_it_to_disk(harness: &mut dyn Harness) {
    let engine = harness.engine();
    append(&*engine, 0..1).unwrap();
    engine.commit(vec![put("a", "1")], b"m".to_vec()).unwrap();
    engine.put_record("committed", b"0", false).unwrap();
    engine.put_record("vote", b"1", true).unwrap();
    harness.crash(0);
    let engine = harness.engine();
    assert_eq!(engine.view().get(b"a").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(engine.record("committed").unwrap().as_deref(), Some(&b"0"[..]));
}
