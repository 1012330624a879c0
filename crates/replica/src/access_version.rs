//! Access versions: a number per account that every change of a credential, policy or grant raises. An envelope carries
//! the numbers that its authorization saw, and apply refuses it when one has moved, so no command slips in behind a
//! change of authority.

use crate::{AccountId, Key, Table, View, Writes};

/// The account's access version; 0 before the first change.
pub fn read(view: &(impl View + ?Sized), account: &AccountId) -> u64 {
    match view.get(key(account).as_bytes()) {
        Some(bytes) => u64::from_be_bytes(bytes.as_slice().try_into().expect("an access version is eight bytes")),
        None => 0,
    }
}

/// Raises the account's access version. For the apply of every command that changes who may do what.
pub fn raise(view: &(impl View + ?Sized), writes: &mut Writes, account: &AccountId) {
    writes.put(key(account), (read(view, account) + 1).to_be_bytes());
}

fn key(account: &AccountId) -> Key {
    Key::cluster(Table::AccessVersions).text(account.as_str())
}
