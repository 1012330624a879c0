//! Switching a key on and off.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html>

use crate::refused::Refused;
use crate::tables::{self, KeyRecord, KeyState};
use replica::{View, Writes};

/// The writes that bring the key into `state`: none when it is in it already. A key that waits for its deletion is
/// refused.
pub(crate) fn switch(view: &dyn View, account: &str, key_id: &str, state: KeyState) -> Result<Writes, Refused> {
    let account = account.parse().expect("a command names an account");
    let record = tables::key(view, &account, key_id).ok_or(Refused::NotFound)?;
    let mut writes = Writes::new();
    match record.state() {
        KeyState::PendingDeletion => return Err(Refused::PendingDeletion),
        current if current == state => {}
        _ => tables::put_key(&mut writes, &account, &KeyRecord { state: state.into(), ..record }),
    }
    Ok(writes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::managed_key::new_record;
    use replica::Timestamp;
    use replica::testing::Tables;

    const ACCOUNT: &str = "111122223333";

    fn check(from: KeyState, to: KeyState, expected: Result<KeyState, Refused>) {
        let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("account"));
        let mut writes = Writes::new();
        let record = KeyRecord { state: from.into(), ..new_record("k", &[], Timestamp::default()) };
        tables::put_key(&mut writes, &account, &record);
        tables.commit(&writes);
        let answer = switch(&tables, ACCOUNT, "k", to).map(|writes| {
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
        assert_eq!(switch(&Tables::default(), ACCOUNT, "k", Enabled), Err(Refused::NotFound));
    }
}
