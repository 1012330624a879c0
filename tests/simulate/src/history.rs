//! What was asked and what was answered, in the one order in which it happened.
//!
//! A simulation runs on one thread, so a counter gives every event its place: an operation that was answered before
//! another began has the smaller numbers.

use crate::registers::{Action, Operation};
use std::collections::BTreeMap;

/// The history of a run.
#[derive(Default)]
pub(crate) struct History {
    next: u64,
    registers: BTreeMap<String, Vec<Operation>>,
    /// Operations that were answered, whatever the answer.
    pub(crate) answered: u64,
    /// Operations whose outcome nobody knows.
    pub(crate) unknown: u64,
    last_value: u64,
}

/// An operation that has begun.
#[derive(Debug, Clone)]
pub(crate) struct Begun {
    register: String,
    place: usize,
}

impl History {
    /// The place of an event that happens now.
    pub(crate) fn tick(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// A value that was never written.
    pub(crate) fn new_value(&mut self) -> u64 {
        self.last_value += 1;
        self.last_value
    }

    /// A write of `value` begins.
    pub(crate) fn begin_write(&mut self, register: &str, value: u64) -> Begun {
        self.begin(register, Action::Write(value))
    }

    /// A read begins.
    pub(crate) fn begin_read(&mut self, register: &str) -> Begun {
        self.begin(register, Action::Read(None))
    }

    fn begin(&mut self, register: &str, action: Action) -> Begun {
        let invoked = self.tick();
        let operations = self.registers.entry(register.to_owned()).or_default();
        operations.push(Operation { action, invoked, answered: None, void: false });
        Begun { register: register.to_owned(), place: operations.len() - 1 }
    }

    /// The write was acknowledged.
    pub(crate) fn wrote(&mut self, begun: &Begun) {
        let now = self.tick();
        self.answered += 1;
        self.operation(begun).answered = Some(now);
    }

    /// The read found `value`.
    pub(crate) fn found(&mut self, begun: &Begun, value: u64) {
        let now = self.tick();
        self.answered += 1;
        let operation = self.operation(begun);
        (operation.answered, operation.action) = (Some(now), Action::Read(Some(value)));
    }

    /// It did nothing, for sure.
    pub(crate) fn refused(&mut self, begun: &Begun) {
        self.answered += 1;
        self.operation(begun).void = true;
    }

    /// A write that may have done something, or a read that says nothing.
    pub(crate) fn lost(&mut self) {
        self.unknown += 1;
    }

    /// An operation on no register was answered.
    pub(crate) fn count(&mut self) {
        self.answered += 1;
    }

    /// The value whose write was acknowledged last.
    pub(crate) fn last_written(&self, register: &str) -> Option<u64> {
        let operations = self.registers.get(register)?.iter().filter(|operation| operation.answered.is_some());
        let writes = operations.filter_map(|operation| match operation.action {
            Action::Write(value) => Some((operation.answered, value)),
            Action::Read(_) => None,
        });
        writes.max().map(|(_, value)| value)
    }

    /// Every register's operations.
    pub(crate) fn registers(&self) -> &BTreeMap<String, Vec<Operation>> {
        &self.registers
    }

    fn operation(&mut self, begun: &Begun) -> &mut Operation {
        let operations = self.registers.get_mut(&begun.register).expect("it has begun");
        &mut operations[begun.place]
    }
}
