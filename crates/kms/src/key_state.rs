//! What a key's state lets a change do, and switching a key on and off.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::key_due;
use crate::refused::Refused;
use crate::tables::{self, KeyRecord, KeyState, Rotation};
use replica::{AccountId, Timestamp, View, Writes};

/// The key of a command, unless it waits for its deletion.
pub(crate) fn kept(view: &dyn View, account: &str, key_id: &str) -> Result<(AccountId, KeyRecord), Refused> {
    let (account, record) = any(view, account, key_id)?;
    match record.state() {
        KeyState::PendingDeletion => Err(Refused::PendingDeletion),
        KeyState::Enabled | KeyState::Disabled | KeyState::Unspecified => Ok((account, record)),
    }
}

/// The key of a command, if it is enabled.
pub(crate) fn enabled(view: &dyn View, account: &str, key_id: &str) -> Result<(AccountId, KeyRecord), Refused> {
    let (account, record) = kept(view, account, key_id)?;
    match record.state() {
        KeyState::Enabled => Ok((account, record)),
        KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unspecified => Err(Refused::Disabled),
    }
}

/// The key of a command, if it waits for its deletion.
pub(crate) fn pending(view: &dyn View, account: &str, key_id: &str) -> Result<(AccountId, KeyRecord), Refused> {
    let (account, record) = any(view, account, key_id)?;
    match record.state() {
        KeyState::PendingDeletion => Ok((account, record)),
        KeyState::Enabled | KeyState::Disabled | KeyState::Unspecified => Err(Refused::NotPendingDeletion),
    }
}

/// The writes that bring the key into `state`: none when it is in it already. A key that waits for its deletion is
/// refused. A rotation that fell due while the key was disabled is due at once when it is enabled.
pub(crate) fn switch(
    at: Timestamp,
    view: &dyn View,
    account: &str,
    key_id: &str,
    state: KeyState,
) -> Result<Writes, Refused> {
    let (account, record) = kept(view, account, key_id)?;
    let mut writes = Writes::new();
    if record.state() != state {
        let overdue_now = |rotation: Rotation| Rotation { next_at: rotation.next_at.max(at.as_millis()), ..rotation };
        let rotation = match state {
            KeyState::Enabled => record.rotation.map(overdue_now),
            KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unspecified => record.rotation,
        };
        let switched = KeyRecord { state: state.into(), rotation, ..record.clone() };
        key_due::put_key(&mut writes, &account, Some(&record), &switched);
    }
    Ok(writes)
}

fn any(view: &dyn View, account: &str, key_id: &str) -> Result<(AccountId, KeyRecord), Refused> {
    let account = account.parse().expect("a command names an account");
    let record = tables::key(view, &account, key_id).ok_or(Refused::NotFound)?;
    Ok((account, record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::managed_key::new_record;
    use replica::testing::Tables;

    const ACCOUNT: &str = "111122223333";
    const NOW: Timestamp = Timestamp::from_millis(100);

    fn check(from: KeyState, to: KeyState, expected: Result<KeyState, Refused>) {
        let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("account"));
        let mut writes = Writes::new();
        let record = KeyRecord { state: from.into(), ..new_record("k", &[], Timestamp::default()) };
        tables::put_key(&mut writes, &account, &record);
        tables.commit(&writes);
        let answer = switch(NOW, &tables, ACCOUNT, "k", to).map(|writes| {
            tables.commit(&writes);
            tables::key(&tables, &account, "k").expect("still there").state()
        });
        assert_eq!(answer, expected, "from {from:?} to {to:?}");
    }

    #[test]
    fn keys_are_switched_unless_they_wait_for_their_deletion() {
        use KeyState::{Disabled, Enabled, PendingDeletion};
        check(Enabled, Enabled, Ok(Enabled));
        check(Enabled, Disabled, Ok(Disabled));
        check(Disabled, Disabled, Ok(Disabled));
        check(Disabled, Enabled, Ok(Enabled));
        check(PendingDeletion, Enabled, Err(Refused::PendingDeletion));
        check(PendingDeletion, Disabled, Err(Refused::PendingDeletion));
        assert_eq!(switch(NOW, &Tables::default(), ACCOUNT, "k", Enabled), Err(Refused::NotFound));
    }

    #[test]
    fn an_overdue_rotation_is_due_when_the_key_is_enabled_and_one_to_come_stays() {
        for (next_at, expected) in [(99, 100), (101, 101)] {
            let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("account"));
            let mut writes = Writes::new();
            let rotation = Some(Rotation { period_days: 90, next_at });
            let state = KeyState::Disabled.into();
            let record = KeyRecord { state, rotation, ..new_record("k", &[], Timestamp::default()) };
            tables::put_key(&mut writes, &account, &record);
            tables.commit(&writes);
            tables.commit(&switch(NOW, &tables, ACCOUNT, "k", KeyState::Enabled).expect("enabled"));
            let found = tables::key(&tables, &account, "k").and_then(|record| record.rotation);
            assert_eq!(found, Some(Rotation { period_days: 90, next_at: expected }));
        }
    }
}
