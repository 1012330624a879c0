//! The records of this service and the keys of their rows.

use replica::{AccountId, Key, KeyReader, Table, View, Writes, get_message};

/// The messages as they are on disk.
#[allow(missing_docs)]
pub(crate) mod state {
    include!(concat!(env!("OUT_DIR"), "/lockstep.kms.v1.rs"));
}

pub(crate) use state::{AliasRecord, DirectoryRecord, KeyRecord, KeyState, MaterialCause, MaterialRecord, Rotation};

/// The format of every record that this binary writes.
pub(crate) const FORMAT: u32 = 1;

/// The key's record.
pub(crate) fn key(view: &(impl View + ?Sized), account: &AccountId, key_id: &str) -> Option<KeyRecord> {
    get_message(view, key_row(account, key_id).as_bytes())
}

/// Sets the key's record. Its times go into the due queue with [`crate::due::put_key`].
pub(crate) fn put_key(writes: &mut Writes, account: &AccountId, record: &KeyRecord) {
    writes.put_message(key_row(account, &record.key_id), record);
}

/// Sets one version of the key's material.
pub(crate) fn put_material(
    writes: &mut Writes,
    account: &AccountId,
    key_id: &str,
    version: u32,
    record: &MaterialRecord,
) {
    writes.put_message(material_row(account, key_id, version), record);
}

/// Notes whose key the id is.
pub(crate) fn put_owner(writes: &mut Writes, account: &AccountId, key_id: &str) {
    let directory = DirectoryRecord { format: FORMAT, account: account.to_string() };
    writes.put_message(directory_row(key_id), &directory);
}

/// Makes the alias name the key of its record, and no longer the `former` one.
pub(crate) fn put_alias(
    writes: &mut Writes,
    account: &AccountId,
    name: &str,
    former: Option<&AliasRecord>,
    record: &AliasRecord,
) {
    if let Some(former) = former {
        writes.delete(key_alias_row(account, &former.target_key_id, name));
    }
    writes.put(key_alias_row(account, &record.target_key_id, name), []);
    writes.put_message(alias_row(account, name), record);
}

/// Takes the alias of the key away.
pub(crate) fn delete_alias(writes: &mut Writes, account: &AccountId, key_id: &str, name: &str) {
    writes.delete(alias_row(account, name));
    writes.delete(key_alias_row(account, key_id, name));
}

/// One version of the key's material.
pub(crate) fn material(
    view: &(impl View + ?Sized),
    account: &AccountId,
    key_id: &str,
    version: u32,
) -> Option<MaterialRecord> {
    get_message(view, material_row(account, key_id, version).as_bytes())
}

/// What an alias, `alias/…`, names.
pub(crate) fn alias(view: &(impl View + ?Sized), account: &AccountId, name: &str) -> Option<AliasRecord> {
    get_message(view, alias_row(account, name).as_bytes())
}

/// The account that a key id belongs to.
pub(crate) fn owner(view: &(impl View + ?Sized), key_id: &str) -> Option<AccountId> {
    let record: DirectoryRecord = get_message(view, directory_row(key_id).as_bytes())?;
    Some(record.account.parse().expect("the directory holds account ids"))
}

/// The rows of all keys of the account, by key id.
pub(crate) fn key_rows(account: &AccountId) -> Key {
    Key::of(Table::KmsKeys, account).text("key")
}

/// The row of a key.
pub(crate) fn key_row(account: &AccountId, key_id: &str) -> Key {
    key_rows(account).text(key_id)
}

/// The key id in a row of [`key_rows`].
pub(crate) fn key_id_of_row(row: &[u8]) -> String {
    last_part(row, Table::KmsKeys, 2)
}

/// The alias name in a row of [`alias_rows`].
pub(crate) fn alias_name_of_row(row: &[u8]) -> String {
    last_part(row, Table::KmsAliases, 1)
}

/// The alias name in a row of [`key_alias_rows`].
pub(crate) fn alias_name_of_key_row(row: &[u8]) -> String {
    last_part(row, Table::KmsKeyAliases, 2)
}

/// The rows of all versions of a key's material, oldest first.
pub(crate) fn material_rows(account: &AccountId, key_id: &str) -> Key {
    Key::of(Table::KmsMaterial, account).text(key_id)
}

/// The row of one version of a key's material.
pub(crate) fn material_row(account: &AccountId, key_id: &str, version: u32) -> Key {
    material_rows(account, key_id).number(u64::from(version))
}

/// The rows of all aliases of the account, by name.
pub(crate) fn alias_rows(account: &AccountId) -> Key {
    Key::of(Table::KmsAliases, account)
}

/// The row of an alias.
pub(crate) fn alias_row(account: &AccountId, name: &str) -> Key {
    alias_rows(account).text(name)
}

/// The rows of the aliases of one key, by name. They hold nothing: the alias's own row does.
pub(crate) fn key_alias_rows(account: &AccountId, key_id: &str) -> Key {
    Key::of(Table::KmsKeyAliases, account).text(key_id)
}

fn key_alias_row(account: &AccountId, key_id: &str, name: &str) -> Key {
    key_alias_rows(account, key_id).text(name)
}

/// The row that says whose key an id is.
pub(crate) fn directory_row(key_id: &str) -> Key {
    Key::cluster(Table::KeyDirectory).text(key_id)
}

fn last_part(row: &[u8], table: Table, before: usize) -> String {
    let mut reader = KeyReader::new(row, table).expect("a row of its table");
    (0..before).for_each(|_| drop(reader.text()));
    reader.text().expect("the row ends in a name")
}

#[cfg(test)]
mod tests {
    use super::state::Tag;
    use super::*;
    use expect_test::{Expect, expect};
    use prost::Message;

    fn check(message: &impl Message, golden: Expect) {
        golden.assert_eq(&hex::encode(message.encode_to_vec()));
    }

    #[test]
    fn records_of_format_1_are_pinned() {
        let key = KeyRecord {
            format: FORMAT,
            key_id: "k".to_owned(),
            state: KeyState::Disabled.into(),
            created_at: 1_700_000_000_000,
            description: "d".to_owned(),
            managed_by: "ssm".to_owned(),
            policy: "p".to_owned(),
            tags: vec![Tag { key: "a".to_owned(), value: "b".to_owned() }],
            material_version: 2,
            material_id: vec![7; 2],
            deletion_at: 9,
            ..KeyRecord::default()
        };
        check(&key, expect!["080112016b18022080d095ffbc312a0164320373736d3a017042060a01611201624802520207075809"]);
        let rotation = Some(Rotation { period_days: 90, next_at: 3 });
        let rotating = KeyRecord { rotation, on_demand_rotations: 4, ..KeyRecord::default() };
        check(&rotating, expect!["6204085a10036804"]);
        let material =
            MaterialRecord { format: FORMAT, sealed: vec![1], material_id: vec![2], created_at: 3, cause: 0 };
        check(&material, expect!["08011201011a01022003"]);
        let rotated = MaterialRecord { cause: MaterialCause::OnDemand.into(), ..MaterialRecord::default() };
        check(&rotated, expect!["2802"]);
        let alias = AliasRecord { format: FORMAT, target_key_id: "k".to_owned(), created_at: 1, updated_at: 2 };
        check(&alias, expect!["080112016b18012002"]);
        check(&DirectoryRecord { format: FORMAT, account: "a".to_owned() }, expect!["0801120161"]);
    }

    #[test]
    fn rows_are_pinned() {
        let account: AccountId = "000000000000".parse().expect("account");
        let rows = [
            key_row(&account, "k"),
            material_row(&account, "k", 1),
            alias_row(&account, "alias/a"),
            key_alias_row(&account, "k", "alias/a"),
            directory_row("k"),
        ];
        let text: Vec<String> = rows.iter().map(|row| hex::encode(row.as_bytes())).collect();
        expect![[r#"
            2030303030303030303030303000016b657900016b0001
            2130303030303030303030303000016b00010000000000000001
            223030303030303030303030300001616c6961732f610001
            2330303030303030303030303000016b0001616c6961732f610001
            056b0001"#]]
        .assert_eq(&text.join("\n"));
    }
}
