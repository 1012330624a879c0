//! Reading the tables at one moment.

use crate::Timestamp;

/// A row: key and value, as bytes on disk.
pub type Row = (Vec<u8>, Vec<u8>);

/// The tables at one moment. Every read of one view sees the same moment.
///
/// Reads do not fail: an engine whose disk returns an error or a bad checksum ends the process, because a state machine
/// that cannot read its state must neither apply nor answer.
pub trait View: Send + Sync {
    /// The value at `key`.
    fn get(&self, key: &[u8]) -> Option<Vec<u8>>;

    /// Rows with `prefix`, with keys not below `from`, ascending, at most `limit`. An empty `from` starts at the prefix.
    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Vec<Row>;

    /// The time of the last applied entry. Reads compare expiries with the larger of this and the clock.
    fn applied_at(&self) -> Timestamp {
        crate::cluster::last_applied_at(self)
    }
}

impl<V: View + ?Sized> View for Box<V> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        (**self).get(key)
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Vec<Row> {
        (**self).scan(prefix, from, limit)
    }
}

/// The message stored at `key`.
///
/// # Panics
/// When the bytes are not that message: the tables were written by this state machine alone, so it is our own defect.
pub fn get_message<M: prost::Message + Default>(view: &(impl View + ?Sized), key: &[u8]) -> Option<M> {
    let bytes = view.get(key)?;
    Some(M::decode(bytes.as_slice()).expect("a table's row decodes as the record that its key names"))
}

/// Every row with `prefix`, read in bounded pieces. For tables whose size is bounded elsewhere.
pub fn scan_all(view: &(impl View + ?Sized), prefix: &[u8]) -> Vec<Row> {
    const PIECE_ROWS: usize = 1_000;
    let mut rows = Vec::new();
    let mut from = Vec::new();
    loop {
        let piece = view.scan(prefix, &from, PIECE_ROWS);
        let full = piece.len() == PIECE_ROWS;
        rows.extend(piece);
        if !full {
            return rows;
        }
        from = rows.last().expect("a full piece has a last row").0.clone();
        from.push(0); // the least key above it
    }
}
