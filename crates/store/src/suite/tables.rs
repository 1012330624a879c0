//! Tables and their views.

use std::thread;

use super::harness::{Harness, append, put, rows_of};
use super::on_both_engines;
use crate::{Change, TableView};

on_both_engines![
    a_view_shows_one_moment,
    scans_keep_their_bounds,
    rows_and_meta_of_a_view_belong_together,
    a_commit_before_a_synced_entry_survives,
    an_empty_store_has_nothing,
];

fn text(value: Option<Vec<u8>>) -> Option<String> {
    value.map(|value| String::from_utf8(value).unwrap())
}

fn a_view_shows_one_moment(harness: &mut dyn Harness) {
    let engine = harness.engine();
    engine.commit(vec![put("a", "1"), put("b", "1")], b"one".to_vec()).unwrap();
    let first = engine.view();
    engine.commit(vec![put("a", "2"), Change::Delete(b"b".to_vec()), put("c", "2")], b"two".to_vec()).unwrap();
    let second = engine.view();
    engine.commit(vec![Change::Delete(b"a".to_vec()), Change::Delete(b"never".to_vec())], b"three".to_vec()).unwrap();
    let check = |view: &dyn TableView, meta: &str, expected: &[(&str, &str)]| {
        assert_eq!(text(view.meta().unwrap()).as_deref(), Some(meta));
        let expected = expected.iter().map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()));
        assert_eq!(rows_of(view), expected.collect::<Vec<_>>(), "{meta}");
        for key in ["a", "b", "c"] {
            let found = rows_of(view).into_iter().find(|(k, _)| k == key.as_bytes()).map(|(_, value)| value);
            assert_eq!(view.get(key.as_bytes()).unwrap(), found, "{meta} {key}");
        }
    };
    check(&*first, "one", &[("a", "1"), ("b", "1")]);
    check(&*second, "two", &[("a", "2"), ("c", "2")]);
    check(&*engine.view(), "three", &[("c", "2")]);
}

fn scans_keep_their_bounds(harness: &mut dyn Harness) {
    const KEYS: &[&[u8]] =
        &[b"", b"a", b"a\0", b"aa", b"ab", b"ab\xff", b"ac", b"b", b"\xff", b"\xff\xff", b"\xff\xff\x01"];
    let engine = harness.engine();
    let changes = KEYS.iter().rev().map(|key| Change::Put(key.to_vec(), b"value".to_vec()));
    engine.commit(changes.collect(), Vec::new()).unwrap();
    let view = engine.view();
    for prefix in KEYS.iter().chain(&[&b"x"[..], b"\xff\xff\xff"]) {
        for from in KEYS.iter().chain(&[&b"abb"[..], b"0"]) {
            for limit in [0, 1, 2, 3, 100] {
                let found = view.scan(prefix, from, limit).unwrap();
                let expected = KEYS.iter().filter(|key| key.starts_with(prefix) && key >= &from).take(limit);
                let expected: Vec<_> = expected.map(|key| (key.to_vec(), b"value".to_vec())).collect();
                assert_eq!(found, expected, "prefix {prefix:?} from {from:?} limit {limit}");
            }
        }
    }
}

fn rows_and_meta_of_a_view_belong_together(harness: &mut dyn Harness) {
    const COMMITS: u64 = 2000;
    let engine = harness.engine();
    engine.commit(vec![put("a", "0"), put("b", "0")], b"0".to_vec()).unwrap();
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 1..=COMMITS {
                let number = number.to_string();
                engine.commit(vec![put("a", &number), put("b", &number)], number.into_bytes()).unwrap();
            }
        });
        while !writer.is_finished() {
            let view = engine.view();
            let seen = [view.get(b"a").unwrap(), view.meta().unwrap(), view.get(b"b").unwrap()];
            assert!(seen[0] == seen[1] && seen[1] == seen[2], "{seen:?}");
        }
    });
    assert_eq!(text(engine.view().meta().unwrap()), Some(COMMITS.to_string()));
}

fn a_commit_before_a_synced_entry_survives(harness: &mut dyn Harness) {
    let engine = harness.engine();
    engine.commit(vec![put("a", "1")], b"one".to_vec()).unwrap();
    append(&*engine, 0..1).unwrap();
    engine.commit(vec![put("a", "2"), put("b", "2")], b"two".to_vec()).unwrap();
    harness.crash(0);
    let engine = harness.engine();
    let view = engine.view();
    let meta = text(view.meta().unwrap()).unwrap();
    let expected = match meta.as_str() {
        "one" => (Some("1".to_owned()), None),
        "two" => (Some("2".to_owned()), Some("2".to_owned())),
        other => panic!("meta is {other}"),
    };
    assert_eq!((text(view.get(b"a").unwrap()), text(view.get(b"b").unwrap())), expected);
}

fn an_empty_store_has_nothing(harness: &mut dyn Harness) {
    let engine = harness.engine();
    assert_eq!(engine.view().meta().unwrap(), None);
    assert_eq!(engine.view().get(b"a").unwrap(), None);
    assert_eq!(rows_of(&*engine.view()), []);
    assert_eq!(engine.current_snapshot().unwrap(), None);
    assert_eq!(engine.read_snapshot("none", 0, 10).unwrap(), None);
}
