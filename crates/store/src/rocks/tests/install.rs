//! An installation is cut at each of its steps: the folder is copied at that moment, and opened.

use std::fs;
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

use crate::rocks::install::InstallStep;
use crate::rocks::{Db, RocksOptions, layout::Folder};
use crate::suite::{Harness, RocksHarness, SimulatedHarness, append, copy_folder, put, receive_all, rows_of};

/// A peer with a snapshot named `new` of one row, `new`.
fn source() -> SimulatedHarness {
    let source = SimulatedHarness::new();
    source.engine().commit(vec![put("new", "1")], b"new".to_vec()).unwrap();
    source.engine().build_snapshot("new").unwrap();
    source
}

/// A node whose tables, meta and snapshot are `old`.
fn target() -> RocksHarness {
    let harness = RocksHarness::new();
    let engine = harness.engine();
    append(&*engine, 0..3).unwrap();
    engine.commit(vec![put("old", "1")], b"old".to_vec()).unwrap();
    engine.build_snapshot("old").unwrap();
    harness
}

/// Installs, and copies the folder at each step.
fn copies_of_an_installation() -> Vec<(InstallStep, TempDir)> {
    let (source, harness) = (source(), target());
    receive_all(&*source.engine(), &*harness.engine());
    let copies = Arc::new(Mutex::new(Vec::new()));
    let (seen, folder) = (copies.clone(), harness.folder.path().to_owned());
    let observer = move |step| seen.lock().unwrap().push((step, copy_folder(&folder)));
    *harness.engine.observer.lock().unwrap() = Some(Box::new(observer));
    harness.engine().install_received().unwrap();
    *harness.engine.observer.lock().unwrap() = None;
    std::mem::take(&mut *copies.lock().unwrap())
}

#[test]
fn an_installation_cut_at_any_step_leaves_the_old_tables_or_the_new_ones() {
    use InstallStep::{Adopted, Dropped, Loaded, Named, Switched};
    let copies = copies_of_an_installation();
    assert_eq!(copies.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [Loaded, Named, Switched, Adopted, Dropped]);
    for (step, folder) in copies {
        let expected = if matches!(step, Loaded | Named) { "old" } else { "new" };
        let harness = RocksHarness::open(folder);
        let engine = harness.engine();
        assert_eq!(rows_of(&*engine.view()), [(expected.into(), b"1".to_vec())], "{step:?}");
        assert_eq!(engine.view().meta().unwrap().unwrap(), expected.as_bytes(), "{step:?}");
        assert_eq!(engine.current_snapshot().unwrap().unwrap().id, expected, "{step:?}");
        assert_eq!(engine.last_entry().unwrap().unwrap().index, 2, "{step:?}");
        assert_eq!(litter(&harness), (1, 1), "{step:?}");
        // What was cut can be done again.
        receive_all(&*source().engine(), &*engine);
        engine.install_received().unwrap();
        assert_eq!(rows_of(&*engine.view()), [(b"new".to_vec(), b"1".to_vec())], "{step:?}");
        assert_eq!(litter(&harness), (1, 1), "{step:?}");
    }
}

#[test]
fn a_rejected_snapshot_leaves_no_litter() {
    let harness = target();
    let engine = harness.engine();
    engine.begin_receive("new").unwrap();
    engine.receive(b"something else").unwrap();
    engine.install_received().unwrap_err();
    assert_eq!(litter(&harness), (1, 1));
}

/// How many generations of tables, and how many files of snapshots, are in the folder.
fn litter(harness: &RocksHarness) -> (usize, usize) {
    let folder = Folder::new(harness.folder.path());
    let families = Db::list_cf(&RocksOptions::default().database(), folder.database()).unwrap();
    let tables = families.iter().filter(|name| name.starts_with("tables-")).count();
    (tables, fs::read_dir(folder.snapshots()).unwrap().count())
}
