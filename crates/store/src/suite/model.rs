//! Random histories, with crashes, against a model that is too simple to be wrong. After a crash the store must be as it
//! was after one of the writes since the last sync, or at that sync.

use std::collections::BTreeMap;
use std::sync::mpsc;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::harness::{Harness, RocksHarness, SimulatedHarness, receive_all, rows_of};
use crate::{Change, Engine, LogEntry, Row};

/// One step of a history. Numbers are taken modulo what is possible at that point.
#[derive(Debug, Clone)]
enum Step {
    Append { entries: usize, wait: bool },
    Truncate { back: u64 },
    Purge { forth: u64 },
    Record { name: usize, value: u8, sync: bool },
    Commit { changes: Vec<(u8, Option<u8>)>, meta: u8 },
    Build,
    Install,
    Crash { kept: usize },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4_usize, any::<bool>()).prop_map(|(entries, wait)| Step::Append { entries, wait }),
        1 => (0..4_u64).prop_map(|back| Step::Truncate { back }),
        1 => (0..4_u64).prop_map(|forth| Step::Purge { forth }),
        2 => (0..2_usize, any::<u8>(), any::<bool>())
            .prop_map(|(name, value, sync)| Step::Record { name, value, sync }),
        5 => (prop::collection::vec((0..8_u8, any::<Option<u8>>()), 0..4), any::<u8>())
            .prop_map(|(changes, meta)| Step::Commit { changes, meta }),
        1 => Just(Step::Build),
        1 => Just(Step::Install),
        2 => (0..=100_usize).prop_map(|kept| Step::Crash { kept }),
    ]
}

const RECORDS: [&str; 2] = ["vote", "committed"];

/// What a store holds.
#[derive(Debug, Clone, Default, PartialEq)]
struct Contents {
    log: Vec<LogEntry>,
    records: [Option<Vec<u8>>; 2],
    rows: BTreeMap<Vec<u8>, Vec<u8>>,
    meta: Option<Vec<u8>>,
    snapshot: Option<(String, Vec<u8>)>,
}

fn observe(engine: &dyn Engine, first: u64) -> Contents {
    let view = engine.view();
    let log = engine.entries(first, u64::MAX, usize::MAX).unwrap();
    assert_eq!(log.last(), engine.last_entry().unwrap().as_ref());
    Contents {
        log,
        records: RECORDS.map(|name| engine.record(name).unwrap()),
        rows: rows_of(&*view).into_iter().collect(),
        meta: view.meta().unwrap(),
        snapshot: engine.current_snapshot().unwrap().map(|info| (info.id, info.meta)),
    }
}

/// The model: what the store may hold after a crash at this point, oldest first; the last is what it holds without one.
struct Model {
    possible: Vec<Contents>,
    /// Index of the first entry that is not purged. Purging is synced.
    first: u64,
    /// Rows of the current snapshot.
    snapshot_rows: Vec<Row>,
    /// Distinguishes entries that come to stand at the same index.
    count: u64,
}

impl Model {
    fn now(&self) -> &Contents {
        self.possible.last().expect("there is always a present")
    }

    fn write(&mut self, change: impl FnOnce(&mut Contents)) {
        let mut next = self.now().clone();
        change(&mut next);
        self.possible.push(next);
    }

    fn sync(&mut self) {
        self.possible.drain(..self.possible.len() - 1);
    }

    fn next_index(&self) -> u64 {
        self.now().log.last().map_or(self.first, |last| last.index + 1)
    }
}

fn take(harness: &mut dyn Harness, model: &mut Model, step: &Step) {
    let engine = harness.engine();
    match step {
        Step::Append { entries, wait } => take_append(harness, model, *entries, *wait),
        Step::Truncate { back } => {
            let next = model.next_index();
            let from = next.saturating_sub(*back).max(model.first);
            engine.truncate_from(from).unwrap();
            model.write(|contents| contents.log.retain(|entry| entry.index < from));
            // A log that is short enough already is left as it is.
            if from < next {
                model.sync();
            }
        }
        Step::Purge { forth } => {
            let to = model.first + forth;
            engine.purge_to(to).unwrap();
            model.write(|contents| contents.log.retain(|entry| entry.index > to));
            model.first = to + 1;
            model.sync();
        }
        Step::Record { name, value, sync } => {
            engine.put_record(RECORDS[*name], &[*value], *sync).unwrap();
            model.write(|contents| contents.records[*name] = Some(vec![*value]));
            if *sync {
                model.sync();
            }
        }
        Step::Commit { changes, meta } => take_commit(&*engine, model, changes, *meta),
        Step::Build => {
            let id = format!("snapshot {}", model.count);
            model.count += 1;
            let info = engine.build_snapshot(&id).unwrap();
            model.snapshot_rows = model.now().rows.clone().into_iter().collect();
            model.write(|contents| contents.snapshot = Some((id, info.meta)));
            model.sync();
        }
        Step::Install => take_install(&*engine, model),
        Step::Crash { kept } => {
            drop(engine);
            harness.crash(*kept);
            let found = observe(&*harness.engine(), model.first);
            assert!(model.possible.contains(&found), "found {found:#?}\npossible {:#?}", model.possible);
            model.possible = vec![found];
        }
    }
}

fn take_append(harness: &dyn Harness, model: &mut Model, entries: usize, wait: bool) {
    let mut appended = Vec::new();
    for _ in 0..entries {
        let entry = LogEntry { index: model.next_index(), bytes: format!("entry {}", model.count).into_bytes() };
        model.count += 1;
        // A crash may keep the first entries of an append.
        model.write(|contents| contents.log.push(entry.clone()));
        appended.push(entry);
    }
    let (told, outcome) = mpsc::channel();
    harness.engine().append(appended, Box::new(move |outcome| drop(told.send(outcome))));
    if wait {
        harness.sync();
        outcome.recv().unwrap().unwrap();
        model.sync();
    }
}

fn take_commit(engine: &dyn Engine, model: &mut Model, changes: &[(u8, Option<u8>)], meta: u8) {
    let changes = changes.iter().map(|(key, value)| match value {
        Some(value) => Change::Put(vec![*key], vec![*value]),
        None => Change::Delete(vec![*key]),
    });
    engine.commit(changes.clone().collect(), vec![meta]).unwrap();
    model.write(|contents| {
        for change in changes {
            match change {
                Change::Put(key, value) => drop(contents.rows.insert(key, value)),
                Change::Delete(key) => drop(contents.rows.remove(&key)),
            }
        }
        contents.meta = Some(vec![meta]);
    });
}

/// A node that fell behind, and gets back what it once handed out.
fn take_install(engine: &dyn Engine, model: &mut Model) {
    let Some((_, meta)) = model.now().snapshot.clone() else { return };
    receive_all(engine, engine);
    engine.install_received().unwrap();
    let rows = model.snapshot_rows.iter().cloned().collect();
    model.write(|contents| (contents.rows, contents.meta) = (rows, Some(meta)));
    model.sync();
}

/// Runs histories of `steps` steps; the runner prints the failing one, as short as it can make it.
fn check(cases: u32, steps: usize, make: impl Fn() -> Box<dyn Harness>) {
    let config = Config { cases, failure_persistence: None, max_shrink_iters: 2000, ..Config::default() };
    let history = prop::collection::vec(step(), 1..steps);
    let outcome = TestRunner::new(config).run(&history, |history| {
        let mut harness = make();
        let contents = vec![Contents::default()];
        let mut model = Model { possible: contents, first: 0, snapshot_rows: Vec::new(), count: 0 };
        for step in &history {
            take(&mut *harness, &mut model, step);
            assert_eq!(&observe(&*harness.engine(), model.first), model.now(), "after {step:?}");
        }
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}

#[test]
fn a_simulated_disk_keeps_to_the_model() {
    check(200, 60, || Box::new(SimulatedHarness::new()));
}

#[test]
fn a_simulated_disk_with_held_syncs_keeps_to_the_model() {
    check(400, 60, || {
        let harness = SimulatedHarness::new();
        harness.disk.hold_syncs(true);
        Box::new(harness)
    });
}

#[test]
fn rocksdb_keeps_to_the_model() {
    check(24, 40, || Box::new(RocksHarness::new()));
}
