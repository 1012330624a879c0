//! The engine's tables as `replica` wants to read them.

use crate::Fatal;
use replica::{Row, View};
use store::TableView;

/// A view that ends the process when the disk does not read.
pub(crate) struct EngineView<'a> {
    tables: Box<dyn TableView + 'a>,
    fatal: &'a Fatal,
}

impl<'a> EngineView<'a> {
    pub(crate) fn new(tables: Box<dyn TableView + 'a>, fatal: &'a Fatal) -> Self {
        Self { tables, fatal }
    }
}

impl View for EngineView<'_> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.tables.get(key).unwrap_or_else(|error| self.fatal.end_by_disk(&error))
    }

    fn scan(&self, prefix: &[u8], from: &[u8], limit: usize) -> Vec<Row> {
        self.tables.scan(prefix, from, limit).unwrap_or_else(|error| self.fatal.end_by_disk(&error))
    }
}
