//! A view with pending writes on top: what apply sees while earlier entries of its batch are not yet committed.

use crate::{Row, View, Write, Writes};
use std::collections::BTreeMap;

/// `base` as it will be once `pending` is committed.
pub struct Overlay<'a> {
    base: &'a dyn View,
    pending: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'a> Overlay<'a> {
    /// `base` with nothing pending.
    pub fn new(base: &'a dyn View) -> Self {
        Self { base, pending: BTreeMap::new() }
    }

    /// Puts `writes` on top.
    pub fn push(&mut self, writes: &Writes) {
        for write in writes.as_slice() {
            match write {
                Write::Put { key, value } => self.pending.insert(key.clone(), Some(value.clone())),
                Write::Delete { key } => self.pending.insert(key.clone(), None),
            };
        }
    }
}

impl View for Overlay<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.pending.get(key) {
            Some(value) => value.clone(),
            None => self.base.get(key),
        }
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Vec<Row> {
        let start = if from > prefix { from } else { prefix };
        let pending: Vec<_> =
            self.pending.range(start.to_vec()..).take_while(|(key, _)| key.starts_with(prefix)).collect();
        // Each pending row hides at most one row of the base.
        let mut rows: BTreeMap<Vec<u8>, Vec<u8>> =
            self.base.scan(prefix, from, limit.saturating_add(pending.len())).into_iter().collect();
        let base_end =
            if rows.len() == limit.saturating_add(pending.len()) { rows.keys().next_back().cloned() } else { None };
        for (key, value) in pending {
            match value {
                // Beyond the last base row that was read, order is not known yet; those rows are past the limit anyway.
                Some(_) if base_end.as_ref().is_some_and(|end| key > end) => {}
                Some(value) => {
                    rows.insert(key.clone(), value.clone());
                }
                None => {
                    rows.remove(key);
                }
            }
        }
        rows.into_iter().take(limit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tables;
    use proptest::prelude::*;

    proptest! {
        /// An overlay reads exactly as the table would after its writes were committed.
        #[test]
        fn overlay_equals_committed(
            base in prop::collection::vec((0u8..12, 0u8..4), 0..12),
            top in prop::collection::vec((0u8..12, prop::option::of(0u8..4)), 0..12),
            from in 0u8..12, limit in 0usize..14,
        ) {
            let key = |k: u8| vec![b'p', k];
            let mut committed = Tables::default();
            let mut writes = Writes::new();
            for (k, v) in base { writes.put(key(k), vec![v]); }
            committed.commit(&writes);
            let under = committed.clone();
            let mut writes = Writes::new();
            for (k, v) in top {
                match v { Some(v) => writes.put(key(k), vec![v]), None => writes.delete(key(k)) }
            }
            let mut overlay = Overlay::new(&under);
            overlay.push(&writes);
            committed.commit(&writes);
            prop_assert_eq!(overlay.scan(b"p", &key(from), limit), committed.scan(b"p", &key(from), limit));
            for k in 0..12 { prop_assert_eq!(overlay.get(&key(k)), committed.get(&key(k))); }
        }
    }
}
