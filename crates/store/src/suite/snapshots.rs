//! Snapshots: built, read, received, installed.

use super::harness::{Harness, RocksHarness, SimulatedHarness, append, put, receive_all, rows_of};
use super::on_both_engines;
use crate::{Change, Engine, StoreError};

on_both_engines![
    a_snapshot_is_of_one_moment_and_survives,
    only_the_current_snapshot_is_read,
    an_installed_snapshot_replaces_the_tables_and_survives,
    a_view_survives_an_installation,
    the_engines_understand_each_other,
    what_is_not_whole_is_rejected_and_changes_nothing,
    what_was_received_is_checked_before_it_is_installed,
    a_new_reception_drops_the_one_before,
    an_empty_store_can_be_handed_over,
];

/// Enough rows for several frames.
fn fill(engine: &dyn Engine, value: &str, meta: &str) {
    let changes = (0..3000).map(|number| put(&format!("row {number:05}"), &format!("{value} {:0>50}", number)));
    engine.commit(changes.collect(), meta.as_bytes().to_vec()).unwrap();
}

fn a_snapshot_is_of_one_moment_and_survives(harness: &mut dyn Harness) {
    let engine = harness.engine();
    fill(&*engine, "old", "at 1");
    let before = rows_of(&*engine.view());
    let info = engine.build_snapshot("first").unwrap();
    assert_eq!((info.id.as_str(), info.meta.as_slice()), ("first", &b"at 1"[..]));
    assert!(info.bytes > 100_000, "{info:?}");
    engine.commit(vec![put("later", "row")], b"at 2".to_vec()).unwrap();
    harness.crash(0);
    let engine = harness.engine();
    assert_eq!(engine.current_snapshot().unwrap(), Some(info.clone()));
    let mut other = SimulatedHarness::new();
    receive_all(&*engine, &*other.engine());
    assert_eq!(other.engine().install_received().unwrap(), info);
    other.crash(0);
    assert_eq!(rows_of(&*other.engine().view()), before);
}

fn only_the_current_snapshot_is_read(harness: &mut dyn Harness) {
    let engine = harness.engine();
    fill(&*engine, "old", "at 1");
    engine.build_snapshot("first").unwrap();
    let info = engine.build_snapshot("second").unwrap();
    let check = |id, offset, bytes_max, expected| {
        let piece = engine.read_snapshot(id, offset, bytes_max).unwrap();
        assert_eq!(piece.map(|piece| piece.len()), expected, "{id} {offset} {bytes_max}");
    };
    check("first", 0, 10, None);
    check("", 0, 10, None);
    check("second", 0, 10, Some(10));
    check("second", info.bytes - 3, 10, Some(3));
    check("second", info.bytes, 10, Some(0));
    check("second", info.bytes + 1, 10, Some(0));
    check("second", u64::MAX, 10, Some(0));
    check("second", 0, 0, Some(0));
}

fn an_installed_snapshot_replaces_the_tables_and_survives(harness: &mut dyn Harness) {
    let source = SimulatedHarness::new();
    fill(&*source.engine(), "new", "at 9");
    source.engine().build_snapshot("from a peer").unwrap();
    let engine = harness.engine();
    append(&*engine, 0..3).unwrap();
    engine.put_record("vote", b"7", true).unwrap();
    engine.commit(vec![put("gone", "soon"), put("row 00001", "old")], b"at 2".to_vec()).unwrap();
    engine.build_snapshot("own").unwrap();
    for _ in 0..2 {
        let engine = harness.engine();
        let bytes = receive_all(&*source.engine(), &*engine);
        let info = engine.install_received().unwrap();
        assert_eq!(
            (info.id.as_str(), info.bytes, info.meta.as_slice()),
            ("from a peer", bytes.len() as u64, &b"at 9"[..])
        );
        harness.crash(0);
        let engine = harness.engine();
        assert_eq!(engine.current_snapshot().unwrap(), Some(info));
        assert_eq!(engine.view().meta().unwrap().as_deref(), Some(&b"at 9"[..]));
        assert_eq!(rows_of(&*engine.view()), rows_of(&*source.engine().view()));
        assert_eq!(engine.last_entry().unwrap().map(|entry| entry.index), Some(2));
        assert_eq!(engine.record("vote").unwrap().as_deref(), Some(&b"7"[..]));
    }
    // Life goes on in the new tables.
    let engine = harness.engine();
    engine.commit(vec![put("after", "it"), Change::Delete(b"row 00001".to_vec())], b"at 10".to_vec()).unwrap();
    append(&*engine, 3..4).unwrap();
    engine.build_snapshot("own again").unwrap();
    harness.crash(0);
    let engine = harness.engine();
    assert_eq!(engine.view().get(b"after").unwrap().as_deref(), Some(&b"it"[..]));
    assert_eq!(engine.view().get(b"row 00001").unwrap(), None);
    assert_eq!(engine.current_snapshot().unwrap().unwrap().id, "own again");
}

fn a_view_survives_an_installation(harness: &mut dyn Harness) {
    let source = SimulatedHarness::new();
    fill(&*source.engine(), "new", "at 9");
    source.engine().build_snapshot("from a peer").unwrap();
    let engine = harness.engine();
    fill(&*engine, "old", "at 1");
    let view = engine.view();
    let before = rows_of(&*view);
    for round in 0..2 {
        receive_all(&*source.engine(), &*engine);
        engine.install_received().unwrap();
        engine.commit(vec![put("row 00000", "changed")], b"at 10".to_vec()).unwrap();
        assert_eq!(rows_of(&*view), before, "after installation {round}");
        assert_eq!(view.meta().unwrap().as_deref(), Some(&b"at 1"[..]));
        assert_eq!(view.get(b"row 00002").unwrap().as_ref(), Some(&before[2].1));
    }
    assert_eq!(engine.view().get(b"row 00000").unwrap().as_deref(), Some(&b"changed"[..]));
}

fn the_engines_understand_each_other(harness: &mut dyn Harness) {
    let engine = harness.engine();
    fill(&*engine, "old", "at 1");
    engine.build_snapshot("first").unwrap();
    let (rocks, simulated) = (RocksHarness::new(), SimulatedHarness::new());
    let mut pieces = Vec::new();
    for other in [rocks.engine(), simulated.engine()] {
        pieces.push(receive_all(&*engine, &*other));
        other.install_received().unwrap();
        assert_eq!(rows_of(&*other.view()), rows_of(&*engine.view()));
        // The same tables make the same bytes, whoever writes them.
        other.build_snapshot("first").unwrap();
        pieces.push(receive_all(&*other, &*harness.engine()));
    }
    assert!(pieces.windows(2).all(|pair| pair[0] == pair[1]));
}

fn what_is_not_whole_is_rejected_and_changes_nothing(harness: &mut dyn Harness) {
    let source = SimulatedHarness::new();
    fill(&*source.engine(), "new", "at 9");
    source.engine().build_snapshot("from a peer").unwrap();
    let engine = harness.engine();
    fill(&*engine, "old", "at 1");
    engine.build_snapshot("own").unwrap();
    let before = (rows_of(&*engine.view()), engine.current_snapshot().unwrap());
    let good = receive_all(&*source.engine(), &*engine);
    let reject = |id: &str, bytes: &[u8]| {
        engine.begin_receive(id).unwrap();
        engine.receive(bytes).unwrap();
        let outcome = engine.install_received();
        assert!(matches!(outcome, Err(StoreError::Rejected { .. })), "{outcome:?}");
        assert_eq!((rows_of(&*engine.view()), engine.current_snapshot().unwrap()), before);
        assert_eq!(engine.view().meta().unwrap().as_deref(), Some(&b"at 1"[..]));
    };
    reject("from a peer", &[]);
    reject("from a peer", b"something else");
    reject("from a peer", &good[..good.len() / 2]);
    reject("from a peer", &good[..good.len() - 1]);
    reject("from a peer", &[&good[..], &[0]].concat());
    reject("another", &good);
    for position in [0, 7, 9, 40, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[position] ^= 1;
        reject("from a peer", &bad);
    }
    assert!(matches!(engine.install_received(), Err(StoreError::Rejected { .. })), "nothing is received any more");
    assert!(matches!(engine.receive(&good), Err(StoreError::Rejected { .. })));
    harness.crash(100);
    assert_eq!(rows_of(&*harness.engine().view()), before.0);
    receive_all(&*source.engine(), &*harness.engine());
    harness.engine().install_received().unwrap();
    assert_eq!(rows_of(&*harness.engine().view()), rows_of(&*source.engine().view()));
}

fn a_new_reception_drops_the_one_before(harness: &mut dyn Harness) {
    let source = SimulatedHarness::new();
    fill(&*source.engine(), "new", "at 9");
    source.engine().build_snapshot("from a peer").unwrap();
    let engine = harness.engine();
    engine.begin_receive("torn off").unwrap();
    engine.receive(&[7; 100_000]).unwrap();
    receive_all(&*source.engine(), &*engine);
    engine.install_received().unwrap();
    assert_eq!(rows_of(&*engine.view()), rows_of(&*source.engine().view()));
}

fn an_empty_store_can_be_handed_over(harness: &mut dyn Harness) {
    let source = SimulatedHarness::new();
    source.engine().build_snapshot("empty").unwrap();
    let engine = harness.engine();
    fill(&*engine, "old", "at 1");
    receive_all(&*source.engine(), &*engine);
    assert_eq!(engine.install_received().unwrap().meta, b"");
    assert_eq!(rows_of(&*engine.view()), []);
}

fn what_was_received_is_checked_before_it_is_installed(harness: &mut dyn Harness) {
    let source = SimulatedHarness::new();
    fill(&*source.engine(), "new", "at 9");
    let info = source.engine().build_snapshot("from a peer").unwrap();
    let whole = source.engine().read_snapshot("from a peer", 0, usize::MAX).unwrap().unwrap();
    let engine = harness.engine();
    assert!(matches!(engine.check_received(), Err(StoreError::Rejected { .. })), "nothing began");
    for flipped in [0, whole.len() / 2, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[flipped] ^= 1;
        engine.begin_receive("from a peer").unwrap();
        engine.receive(&damaged).unwrap();
        assert!(matches!(engine.check_received(), Err(StoreError::Rejected { .. })), "byte {flipped}");
    }
    engine.begin_receive("another name").unwrap();
    engine.receive(&whole).unwrap();
    assert!(matches!(engine.check_received(), Err(StoreError::Rejected { .. })));
    engine.begin_receive("from a peer").unwrap();
    engine.receive(&whole[..100]).unwrap();
    assert!(matches!(engine.check_received(), Err(StoreError::Rejected { .. })), "half of it");
    engine.receive(&whole[100..]).unwrap();
    assert_eq!(engine.check_received().unwrap(), info, "the reception goes on after a check");
    assert_eq!(engine.install_received().unwrap(), info);
}
