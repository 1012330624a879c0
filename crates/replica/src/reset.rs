//! The command that empties a dev cluster, for test suites.
//!
//! What goes is what callers made: every row of every table that is not listed here as staying. Access versions are
//! raised and not dropped, so that no proposal on its way, authorized by what is gone, slips in behind the reset.

use crate::command::{Applied, Command, Refusal, kind};
use crate::{AccountId, Key, Table, Timestamp, View, Writes, access_version, cluster};
use std::collections::BTreeSet;

pub use crate::envelope::state::{Reset, ResetReply};

/// Refusal kinds of this module's command.
pub mod refusal {
    /// The cluster was not born in dev mode.
    pub const NOT_A_DEV_CLUSTER: u32 = 1;
}

/// The tables that stay: what the cluster is, who belongs to it, what an operator set, which proposals were answered.
/// Those of a later version go unless they are listed.
const KEPT: [Table; 6] =
    [Table::Settings, Table::Requests, Table::AccessVersions, Table::Nodes, Table::JoinTokens, Table::QuotaLimits];

/// Rows that are read at once: their values are dropped before the next are read.
const PIECE_ROWS: usize = 1_000;

/// Twelve digits, and the end of a text part.
const ACCOUNT_PART_BYTES: usize = 14;

impl Command for Reset {
    const KIND: u32 = kind::RESET;
    type Reply = ResetReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<ResetReply> {
        if !cluster::record(view).is_some_and(|cluster| cluster.dev) {
            return Applied::refused(Refusal::new(refusal::NOT_A_DEV_CLUSTER, []));
        }
        let (mut writes, mut accounts, mut rows) = (Writes::new(), BTreeSet::new(), 0);
        for table in (1..=u8::MAX).filter(|table| !KEPT.iter().any(|kept| *kept as u8 == *table)) {
            each_key(view, table, |key| {
                accounts.extend(account_of(&key));
                writes.delete(key);
                rows += 1;
            });
        }
        each_key(view, Table::AccessVersions as u8, |key| accounts.extend(account_of(&key)));
        for account in &accounts {
            access_version::raise(view, &mut writes, account);
        }
        writes.evict_all();
        Applied::reply(writes, ResetReply { rows })
    }
}

/// Every key of a table.
fn each_key(view: &dyn View, table: u8, mut each: impl FnMut(Vec<u8>)) {
    let mut from = Vec::new();
    loop {
        let piece = view.scan(&[table], &from, PIECE_ROWS);
        let full = piece.len() == PIECE_ROWS;
        for (key, _) in piece {
            from.clone_from(&key);
            each(key);
        }
        if !full {
            return;
        }
        from.push(0); // the least key above it
    }
}

/// The account whose row this is. In a table whose keys begin otherwise, a text that looks like an account counts as
/// one: a version raised needlessly costs one authorization.
fn account_of(key: &[u8]) -> Option<AccountId> {
    let part = key.get(1..=ACCOUNT_PART_BYTES)?;
    let text = std::str::from_utf8(&part[..12]).ok()?;
    let account: AccountId = text.parse().ok()?;
    let whole = Key::cluster(Table::AccessVersions).text(text);
    (part == &whole.as_bytes()[1..]).then_some(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{Birth, ClusterRecord};
    use crate::testing::Tables;

    fn born(dev: bool) -> Tables {
        let mut tables = Tables::default();
        let birth = Birth { cluster: Some(ClusterRecord { dev, ..ClusterRecord::default() }), keyring: None };
        tables.commit(&birth.apply(Timestamp::from_millis(7), &tables).writes);
        tables
    }

    fn account(text: &str) -> AccountId {
        text.parse().expect("an account")
    }

    #[test]
    fn what_callers_made_goes_and_the_cluster_stays() {
        let (mut tables, account) = (born(true), account("111122223333"));
        let mut kept = Writes::new();
        for table in [Table::Nodes, Table::JoinTokens, Table::QuotaLimits, Table::Requests] {
            kept.put(Key::cluster(table).number(1), [1]);
        }
        tables.commit(&kept);
        let before = tables.clone();
        let mut made = Writes::new();
        for table in [Table::KmsKeys, Table::SsmParameters, Table::Secrets, Table::IamAccounts, Table::QuotaUse] {
            (0..1_100).for_each(|n| made.put(Key::of(table, &account).number(n), [1]));
        }
        for table in [Table::AccessKeys, Table::KeyDirectory, Table::Due, Table::Events] {
            made.put(Key::cluster(table).text("x"), [1]);
        }
        made.put([255, 1], [1]); // of a table that nobody has thought of yet
        tables.commit(&made);
        let applied = Reset {}.apply(Timestamp::from_millis(8), &tables);
        assert_eq!(applied.result, Ok(ResetReply { rows: 5 * 1_100 + 5 }));
        assert!(applied.writes.evicts_all());
        tables.commit(&applied.writes);
        assert_eq!(access_version::read(&tables, &account), 1);
        let mut expected = before;
        let mut writes = Writes::new();
        access_version::raise(&expected, &mut writes, &account);
        expected.commit(&writes);
        assert!(tables == expected, "{} rows are left", tables.rows());
    }

    #[test]
    fn every_account_that_had_anything_is_authorized_anew() {
        let (mut tables, [one, two, none]) =
            (born(true), ["111122223333", "444455556666", "777788889999"].map(account));
        let mut writes = Writes::new();
        access_version::raise(&tables, &mut writes, &one);
        writes.put(Key::of(Table::SsmParameters, &two).text("/a"), [1]);
        tables.commit(&writes);
        for expected in [[2, 1, 0], [3, 2, 0]] {
            let applied = Reset {}.apply(Timestamp::from_millis(8), &tables);
            tables.commit(&applied.writes);
            assert_eq!([&one, &two, &none].map(|account| access_version::read(&tables, account)), expected);
        }
    }

    #[test]
    fn a_cluster_that_is_none_for_development_refuses() {
        for mut tables in [Tables::default(), born(false)] {
            let mut writes = Writes::new();
            writes.put(Key::of(Table::SsmParameters, &account("111122223333")).text("/a"), [1]);
            tables.commit(&writes);
            let applied = Reset {}.apply(Timestamp::from_millis(8), &tables);
            assert_eq!(applied.result, Err(Refusal::new(refusal::NOT_A_DEV_CLUSTER, [])));
            assert!(applied.writes.is_empty() && !applied.writes.evicts_all());
        }
    }
}
