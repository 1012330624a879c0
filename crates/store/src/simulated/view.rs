//! Tables of one moment on a simulated disk.

use std::ops::Bound;

use super::image::Tables;
use crate::{Row, StoreError, TableView};

/// Tables of one moment; without tables if the disk was dead at that moment.
pub(super) struct SimulatedView {
    pub(super) tables: Result<Tables, StoreError>,
}

impl SimulatedView {
    fn tables(&self) -> Result<&Tables, StoreError> {
        self.tables.as_ref().map_err(StoreError::clone)
    }
}

impl TableView for SimulatedView {
    fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables()?.rows.get(key).cloned())
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Result<Vec<Row>, StoreError> {
        let first = Bound::Included(prefix.max(from));
        let rows = self.tables()?.rows.range::<[u8], _>((first, Bound::Unbounded));
        let rows = rows.take_while(|(key, _)| key.starts_with(prefix)).take(limit);
        Ok(rows.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    fn meta(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.tables()?.meta.clone())
    }
}
