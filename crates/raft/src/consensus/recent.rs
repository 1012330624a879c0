//! The last entries of the log, in memory: what replication and apply read right after it was appended.

use super::types::{Entry, Payload};
use std::collections::VecDeque;

/// How many bytes of commands are kept.
const BYTES_MAX: usize = 16 << 20;
/// How many entries are kept.
const ENTRIES_MAX: usize = 8_192;

/// A run of entries without gaps, ending at the end of the log.
#[derive(Default)]
pub(super) struct Recent {
    entries: VecDeque<Entry>,
    bytes: usize,
}

impl Recent {
    /// Adds the entries that were just appended to the log.
    pub(super) fn push(&mut self, entry: Entry) {
        if self.entries.back().is_some_and(|last| last.log_id.index + 1 != entry.log_id.index) {
            self.clear();
        }
        self.bytes += size(&entry);
        self.entries.push_back(entry);
        while self.bytes > BYTES_MAX || self.entries.len() > ENTRIES_MAX {
            let first = self.entries.pop_front().expect("what is too much is not empty");
            self.bytes -= size(&first);
        }
    }

    /// Forgets everything from `index` on.
    pub(super) fn truncate_from(&mut self, index: u64) {
        while self.entries.back().is_some_and(|last| last.log_id.index >= index) {
            let last = self.entries.pop_back().expect("it was just looked at");
            self.bytes -= size(&last);
        }
    }

    /// Forgets everything up to and including `index`.
    pub(super) fn purge_to(&mut self, index: u64) {
        while self.entries.front().is_some_and(|first| first.log_id.index <= index) {
            let first = self.entries.pop_front().expect("it was just looked at");
            self.bytes -= size(&first);
        }
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.bytes = 0;
    }

    /// The entries of `first..end`, if `first` is here: up to what is here, and after about `bytes_max` bytes no more,
    /// though at least one.
    pub(super) fn get(&self, first: u64, end: u64, bytes_max: usize) -> Option<Vec<Entry>> {
        let base = self.entries.front()?.log_id.index;
        let skip = usize::try_from(first.checked_sub(base)?).ok()?;
        let wanted = usize::try_from(end.saturating_sub(first)).ok()?;
        let mut bytes = 0;
        let mut found = Vec::new();
        for entry in self.entries.iter().skip(skip).take(wanted) {
            bytes += size(entry);
            if bytes > bytes_max && !found.is_empty() {
                break;
            }
            found.push(entry.clone());
        }
        (!found.is_empty()).then_some(found)
    }
}

fn size(entry: &Entry) -> usize {
    match &entry.payload {
        Payload::Normal(proposed) => proposed.0.len() + 64,
        Payload::Blank | Payload::Membership(_) => 64,
    }
}

#[cfg(test)]
mod tests {
    use super::super::types::{LeaderId, LogId, Proposed};
    use super::*;

    fn entry(index: u64) -> Entry {
        let log_id = LogId { leader_id: LeaderId { term: 1, node_id: 1 }, index };
        Entry { log_id, payload: Payload::Normal(Proposed(vec![0; 36].into())) }
    }

    fn indexes(found: Option<Vec<Entry>>) -> Option<Vec<u64>> {
        found.map(|entries| entries.iter().map(|e| e.log_id.index).collect())
    }

    #[test]
    fn recent_entries_follow_the_log() {
        let mut recent = Recent::default();
        (5..10).for_each(|index| recent.push(entry(index)));
        assert_eq!(indexes(recent.get(6, 8, usize::MAX)), Some(vec![6, 7]));
        assert_eq!(indexes(recent.get(4, 8, usize::MAX)), None, "what is not here is read from the log");
        assert_eq!(indexes(recent.get(10, 12, usize::MAX)), None);
        assert_eq!(indexes(recent.get(5, 10, 250)), Some(vec![5, 6]), "a hundred bytes each");
        assert_eq!(indexes(recent.get(5, 10, 1)), Some(vec![5]), "at least one");
        recent.truncate_from(8);
        assert_eq!(indexes(recent.get(6, 10, usize::MAX)), Some(vec![6, 7]));
        recent.purge_to(6);
        assert_eq!(indexes(recent.get(6, 10, usize::MAX)), None);
        assert_eq!(indexes(recent.get(7, 10, usize::MAX)), Some(vec![7]));
        recent.push(entry(20));
        assert_eq!(indexes(recent.get(20, 21, usize::MAX)), Some(vec![20]), "a gap starts anew");
        assert_eq!(indexes(recent.get(7, 8, usize::MAX)), None);
    }
}
