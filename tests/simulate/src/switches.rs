//! Keys that one worker switches on and off while others use them: what is disabled must not work.

use crate::registers::{Action, Operation};

/// A key that works.
pub(crate) const ON: u64 = 0;
/// A key that is disabled.
pub(crate) const OFF: u64 = 1;

/// Why the uses of a key, which is on at first, cannot be explained by what its one switcher did; `None` when they can.
/// The last bit of a value is the state. An acknowledged switch settles the state from its answer on; one without an
/// answer may happen at any time after it began.
pub(crate) fn invariant_switch(operations: &[Operation]) -> Option<String> {
    let done = operations.iter().filter(|operation| !operation.void);
    let (mut switches, mut uses) = (Vec::new(), Vec::new());
    for operation in done {
        match (operation.action, operation.answered) {
            (Action::Write(value), answered) => switches.push((operation.invoked, answered, value & 1)),
            (Action::Read(Some(state)), Some(answered)) => uses.push((operation.invoked, answered, state)),
            (Action::Read(_), _) => {}
        }
    }
    let wrong = uses.into_iter().find(|(invoked, answered, state)| !possible(&switches, *invoked, *answered, *state));
    wrong.map(|(invoked, answered, state)| {
        let state = if state == ON { "worked" } else { "was disabled" };
        format!("the key {state} between {invoked} and {answered}, against {switches:?}")
    })
}

/// Whether the key can have been in `state` at a moment between the two.
fn possible(switches: &[(u64, Option<u64>, u64)], invoked: u64, answered: u64, state: u64) -> bool {
    // Settled when the use began: the last switch that was acknowledged by then.
    let settled = switches.iter().filter(|(_, ended, _)| ended.is_some_and(|ended| ended < invoked));
    let before = settled.max_by_key(|(_, ended, _)| *ended).map_or(ON, |(_, _, state)| *state);
    let open =
        |(begun, ended, _): &&(u64, Option<u64>, u64)| *begun < answered && ended.is_none_or(|ended| ended > invoked);
    before == state || switches.iter().filter(open).any(|(_, _, to)| *to == state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_held_to_the_switches() {
        let operation = |action, invoked, answered| Operation { action, invoked, answered, void: false };
        let off = operation(Action::Write(OFF), 10, Some(20));
        let on = operation(Action::Write(2 | ON), 30, Some(40));
        let used = |invoked, answered, state| operation(Action::Read(Some(state)), invoked, Some(answered));
        for (invoked, answered, state, fine) in [
            (1, 2, ON, true),
            (1, 2, OFF, false),
            (1, 12, OFF, true),
            (12, 14, ON, true),
            (12, 14, OFF, true),
            (21, 22, ON, false),
            (21, 22, OFF, true),
            (21, 31, ON, true),
            (41, 42, OFF, false),
        ] {
            let operations = [off.clone(), on.clone(), used(invoked, answered, state)];
            assert_eq!(invariant_switch(&operations).is_none(), fine, "{invoked} {answered} {state}");
        }
        let lost = operation(Action::Write(OFF), 10, None);
        assert_eq!(invariant_switch(&[lost, used(90, 91, ON), used(92, 93, OFF)]), None);
    }
}
