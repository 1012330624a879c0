//! The log.

use std::sync::{Arc, Mutex, mpsc};

use super::harness::{Harness, append, append_all};
use super::on_both_engines;
use crate::{Engine, LogEntry};

on_both_engines![
    appended_entries_are_read_and_survive,
    ranges_of_the_log,
    a_batch_is_bounded_in_bytes_but_never_empty,
    a_truncated_log_goes_on_with_other_entries,
    a_purged_log_goes_on_where_it_was,
    a_log_purged_beyond_its_end_begins_after_it,
    callbacks_come_in_order_and_may_use_the_engine,
    entries_are_readable_before_they_are_synced,
    an_empty_append_is_answered,
];

fn indexes(engine: &dyn Engine, first: u64, end: u64) -> Vec<u64> {
    let entries = engine.entries(first, end, usize::MAX).unwrap();
    for entry in &entries {
        assert!(entry.bytes.starts_with(format!("entry {}", entry.index).as_bytes()), "{entry:?}");
    }
    entries.iter().map(|entry| entry.index).collect()
}

fn last(engine: &dyn Engine) -> Option<u64> {
    engine.last_entry().unwrap().map(|entry| entry.index)
}

fn appended_entries_are_read_and_survive(harness: &mut dyn Harness) {
    assert_eq!(last(&*harness.engine()), None);
    append(&*harness.engine(), 0..3).unwrap();
    append(&*harness.engine(), 3..4).unwrap();
    for _ in 0..2 {
        assert_eq!(indexes(&*harness.engine(), 0, 100), [0, 1, 2, 3]);
        assert_eq!(last(&*harness.engine()), Some(3));
        harness.crash(0);
    }
}

fn ranges_of_the_log(harness: &mut dyn Harness) {
    let engine = harness.engine();
    append(&*engine, 5..10).unwrap();
    let check = |first, end, expected: &[u64]| assert_eq!(indexes(&*engine, first, end), expected, "{first}..{end}");
    check(5, 10, &[5, 6, 7, 8, 9]);
    check(6, 8, &[6, 7]);
    check(8, u64::MAX, &[8, 9]);
    check(7, 7, &[]);
    check(8, 7, &[]);
    check(10, 12, &[]);
    // The log does not hold the first of them, so a reader must not take what follows for it.
    check(4, 10, &[]);
}

fn a_batch_is_bounded_in_bytes_but_never_empty(harness: &mut dyn Harness) {
    let engine = harness.engine();
    let entries = (0..5).map(|index| LogEntry { index, bytes: vec![7; 100] });
    append_all(&*engine, entries.collect()).unwrap();
    let check =
        |bytes_max, expected| assert_eq!(engine.entries(0, 5, bytes_max).unwrap().len(), expected, "{bytes_max}");
    check(0, 1);
    check(99, 1);
    check(100, 1);
    check(199, 1);
    check(200, 2);
    check(499, 4);
    check(500, 5);
}

fn a_truncated_log_goes_on_with_other_entries(harness: &mut dyn Harness) {
    let engine = harness.engine();
    append(&*engine, 0..10).unwrap();
    engine.truncate_from(100).unwrap();
    assert_eq!(last(&*engine), Some(9));
    engine.truncate_from(4).unwrap();
    assert_eq!(indexes(&*engine, 0, 100), [0, 1, 2, 3]);
    harness.crash(0);
    let engine = harness.engine();
    assert_eq!(last(&*engine), Some(3));
    append_all(&*engine, vec![LogEntry { index: 4, bytes: b"entry 4 of another leader".to_vec() }]).unwrap();
    harness.crash(0);
    let engine = harness.engine();
    assert_eq!(indexes(&*engine, 0, 100), [0, 1, 2, 3, 4]);
    assert_eq!(engine.last_entry().unwrap().unwrap().bytes, b"entry 4 of another leader");
    engine.truncate_from(0).unwrap();
    assert_eq!(last(&*engine), None);
    append(&*engine, 0..1).unwrap();
    assert_eq!(indexes(&*engine, 0, 100), [0]);
}

fn a_purged_log_goes_on_where_it_was(harness: &mut dyn Harness) {
    let engine = harness.engine();
    append(&*engine, 0..10).unwrap();
    engine.purge_to(3).unwrap();
    engine.purge_to(2).unwrap();
    for _ in 0..2 {
        let engine = harness.engine();
        assert_eq!(indexes(&*engine, 4, 100), [4, 5, 6, 7, 8, 9]);
        assert_eq!(indexes(&*engine, 3, 100), [0; 0]);
        assert_eq!(indexes(&*engine, 0, 2), [0; 0]);
        harness.crash(0);
    }
    let engine = harness.engine();
    engine.purge_to(9).unwrap();
    assert_eq!(last(&*engine), None);
    append(&*engine, 10..12).unwrap();
    harness.crash(0);
    assert_eq!(indexes(&*harness.engine(), 10, 100), [10, 11]);
}

fn a_log_purged_beyond_its_end_begins_after_it(harness: &mut dyn Harness) {
    let engine = harness.engine();
    append(&*engine, 0..3).unwrap();
    engine.purge_to(100).unwrap();
    assert_eq!(last(&*engine), None);
    harness.crash(0);
    let engine = harness.engine();
    append(&*engine, 101..103).unwrap();
    assert_eq!(indexes(&*engine, 101, 200), [101, 102]);
}

fn callbacks_come_in_order_and_may_use_the_engine(harness: &mut dyn Harness) {
    const APPENDS: u64 = 200;
    let engine = harness.engine();
    let order = Arc::new(Mutex::new(Vec::new()));
    let (told, end) = mpsc::channel();
    for index in 0..APPENDS {
        let (order, told, within) = (order.clone(), told.clone(), engine.clone());
        let done = move |outcome: Result<(), _>| {
            outcome.unwrap();
            assert!(within.last_entry().unwrap().is_some_and(|last| last.index >= index));
            order.lock().unwrap().push(index);
            told.send(()).unwrap();
        };
        engine.append(vec![LogEntry { index, bytes: b"x".to_vec() }], Box::new(done));
    }
    for _ in 0..APPENDS {
        end.recv().unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..APPENDS).collect::<Vec<_>>());
}

fn entries_are_readable_before_they_are_synced(harness: &mut dyn Harness) {
    let engine = harness.engine();
    let (told, outcome) = mpsc::channel();
    engine.append(vec![LogEntry { index: 0, bytes: b"entry 0".to_vec() }], Box::new(move |o| told.send(o).unwrap()));
    assert_eq!(indexes(&*engine, 0, 1), [0]);
    outcome.recv().unwrap().unwrap();
}

fn an_empty_append_is_answered(harness: &mut dyn Harness) {
    append_all(&*harness.engine(), Vec::new()).unwrap();
    append(&*harness.engine(), 0..1).unwrap();
    append_all(&*harness.engine(), Vec::new()).unwrap();
    harness.crash(0);
    assert_eq!(last(&*harness.engine()), Some(0));
}
