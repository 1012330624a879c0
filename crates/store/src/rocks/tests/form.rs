//! The bytes on disk, pinned: a change here is a new version of the form, and a way to read the old one.

use std::fs;

use expect_test::{Expect, expect};

use crate::Engine;
use crate::rocks::layout::{Current, Folder};
use crate::suite::{RocksHarness, append, put};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn check(bytes: &[u8], expected: Expect) {
    expected.assert_eq(&hex(bytes));
}

#[test]
fn golden_bytes_of_the_database() {
    let harness = RocksHarness::new();
    let (engine, db) = (&harness.engine, harness.engine.database());
    append(&**engine, 0..2).unwrap();
    engine.purge_to(0).unwrap();
    engine.put_record("vote", b"1", true).unwrap();
    engine.commit(vec![put("key", "value")], b"meta".to_vec()).unwrap();
    engine.build_snapshot("one").unwrap();
    let family = |name: &str, key: &[u8]| db.get_cf(&db.cf_handle(name).unwrap(), key).unwrap().unwrap();
    check(&family("log", &[0, 0, 0, 0, 0, 0, 0, 1]), expect!["e98519b5c5ccc302656e7472792031"]);
    check(&family("records", b"vote"), expect!["6620acfd89058b7a31"]);
    check(&family("tables-0", b"key"), expect![["76616c7565"]]);
    check(&family("default", b"form"), expect!["e666716cd0c5ab410000000000000001"]);
    check(&family("default", b"purged"), expect!["ef8af72d7ed5fc9a0000000000000000"]);
    check(&family("default", b"meta"), expect!["34b0fc0439e434a66d657461"]);
    check(&family("default", b"current"), expect!["d56fff5ed4cf15a100000000000000000000000000000001"]);
    let folder = Folder::new(harness.folder.path());
    check(&fs::read(folder.high_water()).unwrap()[..24], expect!["0000000000000002000000000000000079f5c656068cd487"]);
    check(
        &fs::read(folder.snapshot(1)).unwrap(),
        expect![
            "4c4f434b534e5001010000000f000000036f6e65000000046d6574610200000010000000036b65790000000576616c756503000000280000000000000001ef8de8890255087473a022ac5c7c6643ccb852a0ef21a7c94ba4602f77c66909"
        ],
    );
}

#[test]
fn the_current_record_is_read_back_or_not_at_all() {
    let current = Current { generation: 3, snapshot: u64::MAX };
    assert_eq!(Current::from_bytes(&current.to_bytes()), Some(current));
    for length in [0, 8, 15, 17] {
        assert_eq!(Current::from_bytes(&vec![0; length]), None, "{length}");
    }
}
