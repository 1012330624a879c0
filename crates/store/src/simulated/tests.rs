//! What a simulated disk does beyond the behaviour that all engines share: it forgets, fails and dies on demand.

use std::sync::mpsc;

use super::{InstallStep, SimulatedDisk};
use crate::suite::{Harness, SimulatedHarness, append, put, receive_all, rows_of};
use crate::{Engine, LogEntry, StoreError};

fn held() -> SimulatedDisk {
    let disk = SimulatedDisk::new();
    disk.hold_syncs(true);
    disk
}

fn entry(index: u64) -> LogEntry {
    LogEntry { index, bytes: vec![index as u8] }
}

#[test]
fn a_crash_keeps_as_much_of_the_tail_as_it_is_told() {
    for kept in 0..=5 {
        let disk = held();
        let engine = disk.open();
        engine.put_record("vote", b"1", true).unwrap();
        engine.append(vec![entry(0), entry(1)], Box::new(|_| panic!("nobody synced")));
        engine.commit(vec![put("a", "1")], b"m".to_vec()).unwrap();
        engine.append(vec![entry(2)], Box::new(|_| panic!("nobody synced")));
        engine.put_record("vote", b"2", false).unwrap();
        assert_eq!(disk.unsynced(), 5);
        disk.crash(kept);
        let engine = disk.open();
        let indexes: Vec<_> = engine.entries(0, 9, 100).unwrap().into_iter().map(|entry| entry.index).collect();
        assert_eq!(indexes, [vec![], vec![0], vec![0, 1], vec![0, 1], vec![0, 1, 2], vec![0, 1, 2]][kept]);
        assert_eq!(engine.view().meta().unwrap().is_some(), kept >= 3);
        assert_eq!(engine.record("vote").unwrap().unwrap(), if kept == 5 { b"2" } else { b"1" });
    }
}

#[test]
fn held_appends_are_told_by_a_sync_in_their_order() {
    let disk = held();
    let engine = disk.open();
    let (told, order) = mpsc::channel();
    for index in 0..3 {
        let told = told.clone();
        engine.append(vec![entry(index)], Box::new(move |outcome| told.send((index, outcome)).unwrap()));
    }
    assert!(order.try_recv().is_err());
    disk.sync();
    assert_eq!(order.try_iter().collect::<Vec<_>>(), [(0, Ok(())), (1, Ok(())), (2, Ok(()))]);
    disk.crash(0);
    assert_eq!(disk.open().last_entry().unwrap(), Some(entry(2)));
}

#[test]
fn a_failed_sync_is_told_and_ends_the_disk_until_it_is_opened_again() {
    let disk = SimulatedDisk::new();
    let engine = disk.open();
    append(&engine, 0..1).unwrap();
    disk.fail_next_sync();
    assert!(append(&engine, 1..2).is_err());
    assert!(append(&engine, 2..3).is_err());
    assert!(engine.put_record("vote", b"1", true).is_err());
    assert!(engine.view().get(b"a").is_err());
    disk.crash(0);
    let engine = disk.open();
    assert_eq!(engine.last_entry().unwrap().map(|entry| entry.index), Some(0));
    append(&engine, 1..2).unwrap();
}

#[test]
fn a_handle_of_before_a_crash_is_dead() {
    let disk = SimulatedDisk::new();
    let old = disk.open();
    disk.crash(0);
    let new = disk.open();
    assert!(append(&old, 0..1).is_err());
    assert!(old.commit(vec![put("a", "1")], Vec::new()).is_err());
    assert!(old.view().meta().is_err());
    assert!(old.record("vote").is_err());
    assert_eq!(new.last_entry().unwrap(), None);
    assert_eq!(rows_of(&*new.view()), []);
}

#[test]
fn an_installation_cut_at_any_step_leaves_the_old_tables_or_the_new_ones() {
    let source = SimulatedHarness::new();
    source.engine().commit(vec![put("new", "1")], b"new".to_vec()).unwrap();
    source.engine().build_snapshot("new").unwrap();
    for (step, expected) in [(InstallStep::Loaded, "old"), (InstallStep::Written, "old"), (InstallStep::Synced, "new")]
    {
        let disk = SimulatedDisk::new();
        let engine = disk.open();
        engine.commit(vec![put("old", "1")], b"old".to_vec()).unwrap();
        engine.build_snapshot("old").unwrap();
        receive_all(&*source.engine(), &engine);
        disk.crash_at(step);
        assert!(matches!(engine.install_received(), Err(StoreError::Engine { .. })), "{step:?}");
        let engine = disk.open();
        assert_eq!(engine.view().meta().unwrap().unwrap(), expected.as_bytes(), "{step:?}");
        assert_eq!(rows_of(&*engine.view()), [(expected.into(), b"1".to_vec())], "{step:?}");
        assert_eq!(engine.current_snapshot().unwrap().unwrap().id, expected, "{step:?}");
    }
}

#[test]
#[should_panic(expected = "leaves no gap")]
fn an_append_with_a_gap_is_a_defect() {
    let engine = SimulatedDisk::new().open();
    append(&engine, 0..1).unwrap();
    engine.append(vec![entry(2)], Box::new(drop));
}
