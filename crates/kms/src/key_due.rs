//! What of a key is due, and when: its deletion, and its next rotation while it is enabled.
//!
//! The rows of the due queue are a projection of the key's record, so whoever moves one of its times or its state sets
//! the record here.

use crate::tables::state::{DeleteKeyCommand, RotateKeyCommand};
use crate::tables::{self, KeyRecord, KeyState};
use replica::{AccountId, Timestamp, Writes, due};

/// Sets the key's record, and brings the due queue from what `former` had it hold to what the record wants.
pub(crate) fn put_key(writes: &mut Writes, account: &AccountId, former: Option<&KeyRecord>, record: &KeyRecord) {
    let (had, has) = (former.and_then(|former| deletion(account, former)), deletion(account, record));
    if had != has {
        had.inspect(|command| due::cancel(writes, Timestamp::from_millis(command.due_at), command));
        has.inspect(|command| due::schedule(writes, Timestamp::from_millis(command.due_at), command));
    }
    let (had, has) = (former.and_then(|former| rotation(account, former)), rotation(account, record));
    if had != has {
        had.inspect(|command| due::cancel(writes, Timestamp::from_millis(command.due_at), command));
        has.inspect(|command| due::schedule(writes, Timestamp::from_millis(command.due_at), command));
    }
    tables::put_key(writes, account, record);
}

fn deletion(account: &AccountId, record: &KeyRecord) -> Option<DeleteKeyCommand> {
    let key_id = record.key_id.clone();
    let waits = record.state() == KeyState::PendingDeletion;
    waits.then(|| DeleteKeyCommand { account: account.to_string(), key_id, due_at: record.deletion_at })
}

fn rotation(account: &AccountId, record: &KeyRecord) -> Option<RotateKeyCommand> {
    let due_at = record.rotation.filter(|_| record.state() == KeyState::Enabled)?.next_at;
    let key_id = record.key_id.clone();
    Some(RotateKeyCommand { account: account.to_string(), key_id, due_at, material: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::Rotation;
    use replica::testing::Tables;

    fn check(former: Option<&KeyRecord>, record: &KeyRecord, expected: &[(u64, &str)]) {
        let (mut tables, account) = (Tables::default(), "111122223333".parse().expect("an account"));
        let mut writes = Writes::new();
        if let Some(former) = former {
            put_key(&mut writes, &account, None, former);
        }
        put_key(&mut writes, &account, former, record);
        tables.commit(&writes);
        let due = due::until(&tables, Timestamp::from_millis(u64::MAX), 10);
        let deletion = <DeleteKeyCommand as replica::Command>::KIND;
        let name = |kind| if kind == deletion { "delete" } else { "rotate" };
        let found: Vec<_> = due.iter().map(|due| (due.at.as_millis(), name(due.kind))).collect();
        assert_eq!(found, expected, "from {former:?} to {record:?}");
    }

    #[test]
    fn the_queue_holds_what_the_record_wants_and_nothing_else() {
        let record = |state: KeyState, next_at: Option<u64>| KeyRecord {
            key_id: "k".to_owned(),
            state: state.into(),
            rotation: next_at.map(|next_at| Rotation { period_days: 90, next_at }),
            deletion_at: if state == KeyState::PendingDeletion { 7 } else { 0 },
            ..KeyRecord::default()
        };
        use KeyState::{Disabled, Enabled, PendingDeletion};
        let rotating = record(Enabled, Some(5));
        check(None, &record(Enabled, None), &[]);
        check(None, &rotating, &[(5, "rotate")]);
        check(Some(&rotating), &rotating, &[(5, "rotate")]);
        check(Some(&rotating), &record(Enabled, Some(9)), &[(9, "rotate")]);
        check(Some(&rotating), &record(Enabled, None), &[]);
        check(Some(&rotating), &record(Disabled, Some(5)), &[]);
        check(Some(&record(Disabled, Some(5))), &rotating, &[(5, "rotate")]);
        check(Some(&rotating), &record(PendingDeletion, Some(5)), &[(7, "delete")]);
        check(Some(&record(PendingDeletion, Some(5))), &record(Disabled, Some(5)), &[]);
    }
}
