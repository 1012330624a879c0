//! The records of this service and the keys of their rows.
//!
//! Beside the row of a secret stand rows without content that put the secrets of an account in other orders; a key can
//! only be read upwards, so what is listed downwards has rows with inverted keys.

use crate::refused::Refused;
use replica::{AccountId, Key, KeyReader, Table, View, Writes, get_message};

/// The messages as they are on disk.
#[allow(missing_docs)]
pub(crate) mod state {
    include!(concat!(env!("OUT_DIR"), "/lockstep.secretsmanager.v1.rs"));
}

pub(crate) use state::{SecretRecord, VersionRecord};

/// The format of every record that this binary writes.
pub(crate) const FORMAT: u32 = 1;

/// An order of the secrets of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By name.
    Name,
    /// By name, last first.
    NameDown,
    /// Oldest first.
    Created,
    /// Newest first.
    CreatedDown,
    /// The longest unchanged first.
    Changed,
    /// The last changed first.
    ChangedDown,
}

impl Order {
    /// Those that have rows of their own.
    const INDEXED: [Self; 5] = [Self::NameDown, Self::Created, Self::CreatedDown, Self::Changed, Self::ChangedDown];

    /// The name of its rows, which is on disk.
    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameDown => "name-down",
            Self::Created => "created",
            Self::CreatedDown => "created-down",
            Self::Changed => "changed",
            Self::ChangedDown => "changed-down",
        }
    }

    /// All rows in this order.
    pub(crate) fn rows(self, account: &AccountId) -> Key {
        Key::of(Table::Secrets, account).text(self.label())
    }

    fn row(self, account: &AccountId, record: &SecretRecord) -> Key {
        let (rows, name) = (self.rows(account), record.name.as_str());
        match self {
            Self::Name => rows.text(name),
            Self::NameDown => rows.bytes(&inverted(name)),
            Self::Created => rows.number(record.created_at).text(name),
            Self::CreatedDown => rows.number(!record.created_at).text(name),
            Self::Changed => rows.number(record.changed_at).text(name),
            Self::ChangedDown => rows.number(!record.changed_at).text(name),
        }
    }

    /// The name of the secret that a row of this order stands for.
    pub(crate) fn name_of_row(self, row: &[u8]) -> String {
        let mut reader = KeyReader::new(row, Table::Secrets).expect("a row of secrets");
        let (_account, _label) = (reader.text(), reader.text());
        let name = match self {
            Self::Name => reader.text(),
            Self::NameDown => reader.bytes().and_then(|bytes| {
                let name = bytes.split_last().map(|(_, name)| name.iter().map(|byte| !byte).collect());
                String::from_utf8(name.unwrap_or_default()).ok()
            }),
            Self::Created | Self::CreatedDown | Self::Changed | Self::ChangedDown => {
                let _time = reader.number();
                reader.text()
            }
        };
        name.expect("a row of secrets names one")
    }
}

/// A name so that a later one comes first. The byte at the end puts a name behind those that it begins.
fn inverted(name: &str) -> Vec<u8> {
    name.bytes().map(|byte| !byte).chain([0xff]).collect()
}

/// The secret of this name, in whatever state.
pub(crate) fn secret(view: &(impl View + ?Sized), account: &AccountId, name: &str) -> Option<SecretRecord> {
    get_message(view, Order::Name.rows(account).text(name).as_bytes())
}

/// The secret of this name and suffix, in whatever state.
pub(crate) fn same_secret(
    view: &(impl View + ?Sized),
    account: &AccountId,
    name: &str,
    suffix: &str,
) -> Result<SecretRecord, Refused> {
    secret(view, account, name).filter(|record| record.suffix == suffix).ok_or(Refused::NotFound)
}

/// The secret of this name and suffix, which does not wait for its deletion.
pub(crate) fn live_secret(
    view: &(impl View + ?Sized),
    account: &AccountId,
    name: &str,
    suffix: &str,
) -> Result<SecretRecord, Refused> {
    let record = same_secret(view, account, name, suffix)?;
    if record.deletion_due_at == 0 { Ok(record) } else { Err(Refused::MarkedForDeletion) }
}

/// The value of a version.
pub(crate) fn version(
    view: &(impl View + ?Sized),
    account: &AccountId,
    name: &str,
    version_id: &str,
) -> Option<VersionRecord> {
    get_message(view, version_row(account, name, version_id).as_bytes())
}

/// Writes a secret and moves its rows in the other orders. `former` is what stands there.
pub(crate) fn put_secret(
    writes: &mut Writes,
    account: &AccountId,
    former: Option<&SecretRecord>,
    record: &SecretRecord,
) {
    for order in Order::INDEXED {
        let (before, after) = (former.map(|former| order.row(account, former)), order.row(account, record));
        if before.as_ref() == Some(&after) {
            continue;
        }
        if let Some(before) = before {
            writes.delete(before);
        }
        writes.put(after, []);
    }
    writes.put_message(Order::Name.row(account, record), record);
}

/// Takes a secret away, with its versions.
pub(crate) fn delete_secret(writes: &mut Writes, account: &AccountId, record: &SecretRecord) {
    for order in Order::INDEXED {
        writes.delete(order.row(account, record));
    }
    for version in &record.versions {
        writes.delete(version_row(account, &record.name, &version.version_id));
    }
    writes.delete(Order::Name.row(account, record));
}

/// Writes the value of a version.
pub(crate) fn put_version(
    writes: &mut Writes,
    account: &AccountId,
    name: &str,
    version_id: &str,
    value: Option<state::Sealed>,
) {
    writes.put_message(version_row(account, name, version_id), &VersionRecord { format: FORMAT, value });
}

/// Takes the value of a version away.
pub(crate) fn delete_version(writes: &mut Writes, account: &AccountId, name: &str, version_id: &str) {
    writes.delete(version_row(account, name, version_id));
}

fn version_row(account: &AccountId, name: &str, version_id: &str) -> Key {
    Key::of(Table::SecretVersions, account).text(name).text(version_id)
}

#[cfg(test)]
mod tests {
    use super::state::{Sealed, Tag, Version};
    use super::*;
    use expect_test::{Expect, expect};
    use prost::Message;
    use replica::testing::Tables;

    fn account() -> AccountId {
        "000000000000".parse().expect("account")
    }

    fn check(message: &impl Message, golden: Expect) {
        golden.assert_eq(&hex::encode(message.encode_to_vec()));
    }

    #[test]
    fn records_of_format_1_are_pinned() {
        let version = Version {
            version_id: "v".to_owned(),
            created_at: 1_700_000_000_000,
            stages: vec!["s".to_owned()],
            kms_key_id: "k".to_owned(),
        };
        let record = SecretRecord {
            format: FORMAT,
            name: "n".to_owned(),
            suffix: "AbCdEf".to_owned(),
            description: "d".to_owned(),
            kms_key_id: "k".to_owned(),
            tags: vec![Tag { key: "a".to_owned(), value: "b".to_owned() }],
            created_at: 1,
            changed_at: 2,
            deleted_at: 3,
            deletion_due_at: 4,
            versions: vec![version],
            revision: 5,
        };
        check(
            &record,
            expect![
                "080112016e1a064162436445662201642a016b32060a016112016238014002480350045a100a01761080d095ffbc311a017322016b6005"
            ],
        );
        let value = Some(Sealed { value: vec![1], data_key: vec![2], binary: true });
        check(&VersionRecord { format: FORMAT, value }, expect!["080112080a01011201021801"]);
    }

    #[test]
    fn rows_are_pinned() {
        let record = SecretRecord { name: "n".to_owned(), created_at: 1, changed_at: 2, ..SecretRecord::default() };
        let orders = [Order::Name].into_iter().chain(Order::INDEXED);
        let mut rows: Vec<Key> = orders.map(|order| order.row(&account(), &record)).collect();
        rows.push(version_row(&account(), "n", "v"));
        let text: Vec<String> = rows.iter().map(|row| hex::encode(row.as_bytes())).collect();
        expect![[r#"
            4030303030303030303030303000016e616d6500016e0001
            4030303030303030303030303000016e616d652d646f776e000191ff0001
            40303030303030303030303030000163726561746564000100000000000000016e0001
            403030303030303030303030300001637265617465642d646f776e0001fffffffffffffffe6e0001
            4030303030303030303030303000016368616e676564000100000000000000026e0001
            4030303030303030303030303000016368616e6765642d646f776e0001fffffffffffffffd6e0001
            4130303030303030303030303000016e0001760001"#]]
        .assert_eq(&text.join("\n"));
    }

    #[test]
    fn every_order_holds_every_secret_once_however_often_it_changes() {
        let mut tables = Tables::default();
        let mut put = |former: Option<&SecretRecord>, record: &SecretRecord| {
            let mut writes = Writes::new();
            put_secret(&mut writes, &account(), former, record);
            tables.commit(&writes);
        };
        let record = |name: &str, created_at, changed_at| SecretRecord {
            name: name.to_owned(),
            created_at,
            changed_at,
            ..SecretRecord::default()
        };
        put(None, &record("ab", 1, 1));
        put(None, &record("a", 2, 2));
        put(None, &record("b", 3, 3));
        put(Some(&record("ab", 1, 1)), &record("ab", 1, 9));
        let listed = |tables: &Tables, order: Order| {
            let rows = tables.scan(order.rows(&account()).as_bytes(), &[], 9);
            rows.iter().map(|(row, _)| order.name_of_row(row)).collect::<Vec<_>>().join(" ")
        };
        for (order, expected) in [
            (Order::Name, "a ab b"),
            (Order::NameDown, "b ab a"),
            (Order::Created, "ab a b"),
            (Order::CreatedDown, "b a ab"),
            (Order::Changed, "a b ab"),
            (Order::ChangedDown, "ab b a"),
        ] {
            assert_eq!(listed(&tables, order), expected, "{order:?}");
        }
        let mut writes = Writes::new();
        delete_secret(&mut writes, &account(), &record("ab", 1, 9));
        tables.commit(&writes);
        assert_eq!((listed(&tables, Order::ChangedDown).as_str(), tables.rows()), ("b a", 12));
    }
}
