//! Linearizability of a register whose every write has a value of its own.
//!
//! With unique values it is known which write each read saw, and the question is decided by zones instead of by search:
//! P. B. Gibbons and E. Korach, "Testing Shared Memories", 1997, section 4. A value's zone reaches from the first answer
//! to the last invocation of the operations on it. Forward (the answer came first), the value was there for sure from one
//! to the other; no two such zones may overlap, and none may hold a whole backward zone.

use std::collections::BTreeMap;

/// What an operation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Sets the value.
    Write(u64),
    /// What it found, once answered.
    Read(Option<u64>),
}

/// One operation on a register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    pub(crate) action: Action,
    pub(crate) invoked: u64,
    /// `None` for a write that may have happened, at any time since; reads without an answer say nothing.
    pub(crate) answered: Option<u64>,
    /// It was refused: it did not happen.
    pub(crate) void: bool,
}

/// The operations on one value.
#[derive(Debug, Clone, Copy)]
struct Zone {
    written_from: Option<u64>,
    first_answer: u64,
    last_invocation: u64,
    /// Whether anybody saw the value, or was told that it is there.
    seen: bool,
}

impl Zone {
    fn is_forward(&self) -> bool {
        self.first_answer < self.last_invocation
    }
}

/// Why the history of a register whose first value is 0 cannot be explained by any order; `None` when it can.
pub(crate) fn invariant_linearizable(operations: &[Operation]) -> Option<String> {
    let zones = match zones(operations) {
        Ok(zones) => zones,
        Err(reason) => return Some(reason),
    };
    let (mut forward, backward): (Vec<_>, Vec<_>) = zones.into_iter().partition(|(_, zone)| zone.is_forward());
    forward.sort_by_key(|(_, zone)| zone.first_answer);
    for pair in forward.windows(2) {
        let ((a, first), (b, second)) = (pair[0], pair[1]);
        if second.first_answer < first.last_invocation {
            return Some(format!("values {a} and {b} were both there between {first:?} and {second:?}"));
        }
    }
    for (value, zone) in backward {
        let holds = |(_, other): &&(u64, Zone)| {
            other.first_answer < zone.last_invocation && zone.first_answer < other.last_invocation
        };
        if let Some((other, around)) = forward.iter().find(holds) {
            return Some(format!("value {value} ({zone:?}) was there while only {other} ({around:?}) can have been"));
        }
    }
    None
}

fn zones(operations: &[Operation]) -> Result<Vec<(u64, Zone)>, String> {
    let nothing = Zone { written_from: None, first_answer: u64::MAX, last_invocation: 0, seen: false };
    let beginning = Zone { written_from: Some(0), first_answer: 0, last_invocation: 0, seen: true };
    let mut zones = BTreeMap::from([(0, beginning)]);
    for operation in operations.iter().filter(|operation| !operation.void) {
        let (value, writes) = match (operation.action, operation.answered) {
            (Action::Write(value), _) => (value, true),
            (Action::Read(Some(value)), Some(_)) => (value, false),
            (Action::Read(_), _) => continue,
        };
        let zone = zones.entry(value).or_insert(nothing);
        zone.last_invocation = zone.last_invocation.max(operation.invoked);
        if let Some(answered) = operation.answered {
            zone.first_answer = zone.first_answer.min(answered);
            zone.seen = true;
        }
        if writes {
            zone.written_from = Some(operation.invoked);
        }
    }
    for (value, zone) in &zones {
        match zone.written_from {
            None => return Err(format!("value {value} was read and never written")),
            Some(from) if zone.first_answer < from => {
                return Err(format!("value {value} was read before it was written"));
            }
            Some(_) => {}
        }
    }
    Ok(zones.into_iter().filter(|(_, zone)| zone.seen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(value: u64, invoked: u64, answered: u64) -> Operation {
        Operation { action: Action::Write(value), invoked, answered: Some(answered), void: false }
    }

    fn lost(value: u64, invoked: u64) -> Operation {
        Operation { action: Action::Write(value), invoked, answered: None, void: false }
    }

    fn read(value: u64, invoked: u64, answered: u64) -> Operation {
        Operation { action: Action::Read(Some(value)), invoked, answered: Some(answered), void: false }
    }

    #[test]
    fn histories_are_judged_as_by_hand() {
        let rows: [(&str, Vec<Operation>, bool); 12] = [
            ("nothing happened", vec![], true),
            ("a read sees the beginning", vec![read(0, 1, 2)], true),
            ("a read sees the last write", vec![write(1, 1, 2), read(1, 3, 4)], true),
            ("a lost write", vec![write(1, 1, 2), read(0, 3, 4)], false),
            ("a stale read", vec![write(1, 1, 2), write(2, 3, 4), read(1, 5, 6)], false),
            (
                "two reads of two concurrent writes",
                vec![write(1, 1, 9), write(2, 2, 8), read(1, 3, 4), read(2, 5, 6)],
                true,
            ),
            (
                "a value that comes back",
                vec![write(1, 1, 20), write(2, 2, 19), read(1, 3, 4), read(2, 5, 6), read(1, 7, 8)],
                false,
            ),
            ("an unknown write that was seen", vec![lost(1, 1), read(0, 2, 3), read(1, 4, 5)], true),
            ("an unknown write that was seen and lost", vec![lost(1, 1), read(1, 2, 3), read(0, 4, 5)], false),
            ("an unknown write that nobody saw", vec![lost(1, 1), write(2, 2, 3), read(2, 4, 5)], true),
            ("a read of what nobody wrote", vec![read(7, 1, 2)], false),
            ("a read of the future", vec![read(1, 1, 2), write(1, 3, 4)], false),
        ];
        for (name, operations, fine) in rows {
            assert_eq!(invariant_linearizable(&operations).is_none(), fine, "{name}");
        }
        let refused = Operation { void: true, ..write(1, 1, 2) };
        assert_eq!(invariant_linearizable(&[refused, read(0, 3, 4)]), None);
    }
}
