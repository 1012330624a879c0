//! Every change of a snapshot is found: of each byte, at each length.

use super::{SnapshotReader, SnapshotWriter};
use crate::{Row, StoreError};

fn write(rows: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut writer = SnapshotWriter::begin(Vec::new(), "id", b"meta").unwrap();
    for (key, value) in rows {
        writer.row(key, value).unwrap();
    }
    let (bytes, count) = writer.end().unwrap();
    assert_eq!(count, bytes.len() as u64);
    bytes
}

fn read(bytes: &[u8]) -> Result<(String, Vec<u8>, Vec<Row>), StoreError> {
    let mut reader = SnapshotReader::begin(bytes)?;
    let mut rows = Vec::new();
    while let Some(more) = reader.rows()? {
        rows.extend(more);
    }
    assert_eq!(reader.bytes(), bytes.len() as u64);
    Ok((reader.id, reader.meta, rows))
}

#[test]
fn what_is_written_is_read() {
    let large = vec![7; 200_000];
    let check = |rows: &[(&[u8], &[u8])]| {
        let expected = rows.iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect();
        assert_eq!(read(&write(rows)), Ok(("id".to_owned(), b"meta".to_vec(), expected)));
    };
    check(&[]);
    check(&[(b"", b"")]);
    check(&[(b"a", b"1"), (b"a\0", b""), (b"b", b"2")]);
    check(&[(b"a", &large), (b"b", b"2"), (b"c", &large), (b"d", b"3")]);
}

#[test]
fn every_changed_byte_and_every_other_length_is_found() {
    let good = write(&[(b"a", b"1"), (b"b", b"2")]);
    for position in 0..good.len() {
        for mask in [1, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[position] ^= mask;
            assert!(matches!(read(&bad), Err(StoreError::Rejected { .. })), "byte {position} ^ {mask}");
        }
        assert!(matches!(read(&good[..position]), Err(StoreError::Rejected { .. })), "cut at {position}");
    }
    assert!(matches!(read(&[&good[..], b"x"].concat()), Err(StoreError::Rejected { .. })));
}

#[test]
fn rows_out_of_order_are_found() {
    for rows in [&[(&b"b"[..], &b"1"[..]), (b"a", b"2")], &[(&b"a"[..], &b"1"[..]), (b"a", b"2")]] {
        assert!(matches!(read(&write(rows)), Err(StoreError::Rejected { .. })), "{rows:?}");
    }
}
