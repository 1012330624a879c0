//! A snapshot file reads as it was written, its head is pinned, and every change of it is found and placed.

use super::form::FRAME_BYTES;
use super::write::Writer;
use super::{BackupError, Reader, inspect};
use crate::messages::v1::BackupHead;
use raft::SavedStanding;
use store::Row;

/// A standing at entry 7 of term 3, as `raft` writes it.
fn standing() -> Vec<u8> {
    hex::decode(format!("080112080a0408031002100722002a20{}3005", "07".repeat(32))).expect("hexadecimal")
}

fn head() -> BackupHead {
    BackupHead {
        format: 1,
        cluster_id: vec![0xab; 16],
        incarnation: 1,
        region: "eu-central-1".to_owned(),
        saved_at: 1_800_000_000_000,
        saved_by: "zone-a".to_owned(),
        version: "0".to_owned(),
        standing: standing(),
        keyring_held: 2,
        keyring_needed: 2,
        next_node: 4,
        ..BackupHead::default()
    }
}

fn written(rows: &[Row]) -> Vec<u8> {
    let mut writer = Writer::begin(Vec::new(), &head(), b"sealed").expect("memory");
    for (key, value) in rows {
        writer.row(key, value).expect("memory");
    }
    let (bytes, count, length) = writer.end().expect("memory");
    assert_eq!((count, length), (rows.len() as u64, bytes.len() as u64));
    bytes
}

fn read(bytes: &[u8]) -> Result<(BackupHead, Vec<u8>, Vec<Row>), BackupError> {
    let mut reader = Reader::begin(bytes)?;
    let mut rows = Vec::new();
    while let Some(more) = reader.rows()? {
        rows.extend(more);
    }
    assert_eq!((reader.bytes(), reader.rows_read()), (bytes.len() as u64, rows.len() as u64));
    Ok((reader.head, reader.keyring, rows))
}

fn row(key: &str, value: &[u8]) -> Row {
    (key.as_bytes().to_vec(), value.to_vec())
}

#[test]
fn what_is_written_is_read() {
    let large = vec![7; 3 * FRAME_BYTES];
    for rows in [
        vec![],
        vec![row("", b"")],
        vec![row("a", b"1"), row("a\0", b""), row("b", &large), row("c", b"2"), row("d", &large)],
        (0..5_000).map(|n| row(&format!("{n:05}"), &[9; 40])).collect(),
    ] {
        let (found, keyring, read) = read(&written(&rows)).expect("whole");
        assert_eq!((found, keyring.as_slice()), (head(), &b"sealed"[..]));
        assert!(read == rows);
    }
}

#[test]
fn every_changed_byte_and_every_other_length_is_found_and_placed() {
    let rows: Vec<Row> = (0..3).map(|n| row(&format!("key {n}"), &[n; 40_000])).collect();
    let good = written(&rows);
    // Where each frame begins.
    let mut frames = vec![0, 8];
    while let Some(length) = good.get(frames[frames.len() - 1] + 1..frames[frames.len() - 1] + 5) {
        let length = u32::from_be_bytes(length.try_into().expect("four bytes")) as usize;
        frames.push(frames[frames.len() - 1] + 5 + length + 32);
    }
    assert_eq!((frames.len(), frames.last()), (7, Some(&good.len())), "head, keyring, two of rows, tail");
    let placed = |bytes: &[u8], position: usize, what: &str| match read(bytes) {
        Err(BackupError::Damaged { at, .. }) => {
            let frame = frames.iter().rev().find(|frame| **frame <= position).expect("a frame");
            assert_eq!(at, *frame as u64, "{what} {position}");
        }
        other => panic!("{what} {position}: {:?}", other.map(|_| "taken")),
    };
    // Every byte of what is not a row's value, and some of those.
    for position in
        (0..good.len()).filter(|at| *at < 400 || at % 97 == 0 || frames.iter().any(|f| f.abs_diff(*at) < 80))
    {
        let mut bad = good.clone();
        bad[position] ^= 1 << (position % 8);
        placed(&bad, position, "byte");
        placed(&good[..position], position, "cut at");
    }
    placed(&[&good[..], b"x"].concat(), good.len(), "longer than");
}

#[test]
fn frames_of_another_file_do_not_pass() {
    let (one, other) = (written(&[row("a", b"1")]), written(&[row("a", b"2")]));
    assert_eq!(one.len(), other.len());
    let tail = one.len() - (5 + 8 + 32);
    let mixed = [&one[..tail], &other[tail..]].concat();
    assert!(matches!(read(&mixed), Err(BackupError::Damaged { at, .. }) if at == tail as u64));
    for rows in [[row("b", b"1"), row("a", b"2")], [row("a", b"1"), row("a", b"2")]] {
        assert!(matches!(read(&written(&rows)), Err(BackupError::Damaged { .. })), "rows out of order");
    }
}

/// Magic; head, keyring, rows and tail with their checks.
const GOLDEN: &[&str] = &[
    "4c4f434b42414b01",
    "010000007008011210abababababababababababababababab18012a0c65752d63656e7472616c2d313880a0f1c2b1344206",
    "7a6f6e652d614a01305232080112080a0408031002100722002a200707070707070707070707070707070707070707070707",
    "0707070707070707073005580260026804",
    "a371794bbd9c6f32f2cc57a409120c2c9d8830305ccbd430e1bc0606a51f5ef6",
    "02000000067365616c6564",
    "c3a8a405f37dcd386cfc616f58da63ff16d84e324c0aac488625d641fc0c2820",
    "030000000a00000001610000000131",
    "65cb842ad8e6ba648290a30c5aaf85a599e0878f1ddd5c7d35ee84026fb7319e",
    "04000000080000000000000001",
    "aaedecd3203f5a21a4d97f64c43b0787118fcc70f86a76763cf06511514d65d1",
];

#[test]
fn form_1_is_pinned() {
    assert_eq!(hex::encode(written(&[row("a", b"1")])), GOLDEN.concat());
}

#[test]
fn an_inspection_says_what_the_file_holds() {
    let temp = tempfile::tempdir().expect("temp");
    let path = temp.path().join("file");
    let rows: Vec<Row> = [&[1, 1][..], &[48, 1], &[48, 2], &[200]].map(|key| (key.to_vec(), vec![1])).into();
    let bytes = written(&rows);
    std::fs::write(&path, &bytes).expect("written");
    let found = inspect(&path).expect("whole");
    assert_eq!(found.cluster_id, "ab".repeat(16));
    assert_eq!((found.applied, found.term, found.chain), (7, 3, "07".repeat(32)));
    assert_eq!((found.rows, found.bytes, found.keyring_version), (4, bytes.len() as u64, 2));
    let tables: Vec<(&str, u64)> = found.tables.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(tables, [("Settings", 1), ("SsmParameters", 2), ("table 200", 1)]);
    assert_eq!(found.sha256, hex::encode(&bytes[bytes.len() - 32..]));
    assert!(SavedStanding::read(&[]).is_none());
}
