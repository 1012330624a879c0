//! The cluster's own record: what it is, which keyring it needs, when it last applied.

use crate::command::{Applied, Command, Refusal, kind};
use crate::{Key, Table, Timestamp, View, Writes, get_message};

pub use crate::envelope::state::{Birth, BirthReply, ClusterRecord, CommitKeyring, CommitKeyringReply, KeyringRecord};

/// Refusal kinds of this module's commands.
pub mod refusal {
    /// The cluster exists already.
    pub const ALREADY_BORN: u32 = 1;
    /// The keyring version is not the successor of the committed one.
    pub const KEYRING_NOT_NEXT: u32 = 2;
}

/// The cluster's record; `None` before birth.
pub fn record(view: &(impl View + ?Sized)) -> Option<ClusterRecord> {
    get_message(view, setting("cluster").as_bytes())
}

/// The newest committed keyring version; `None` before birth.
pub fn keyring(view: &(impl View + ?Sized)) -> Option<KeyringRecord> {
    get_message(view, setting("keyring").as_bytes())
}

/// The time of the last applied entry; the epoch before the first.
pub fn last_applied_at(view: &(impl View + ?Sized)) -> Timestamp {
    match view.get(setting("applied_at").as_bytes()) {
        Some(bytes) => Timestamp::from_millis(u64::from_be_bytes(
            bytes.as_slice().try_into().expect("the applied time is eight bytes"),
        )),
        None => Timestamp::default(),
    }
}

/// Records the time of the entry being applied.
pub(crate) fn set_applied_at(writes: &mut Writes, at: Timestamp) {
    writes.put(setting("applied_at"), at.as_millis().to_be_bytes());
}

fn setting(name: &str) -> Key {
    Key::cluster(Table::Settings).text(name)
}

impl Command for Birth {
    const KIND: u32 = kind::BIRTH;
    type Reply = BirthReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<BirthReply> {
        if record(view).is_some() {
            return Applied::refused(Refusal::new(refusal::ALREADY_BORN, []));
        }
        let cluster = ClusterRecord { born_at: at.as_millis(), ..self.cluster.unwrap_or_default() };
        let mut writes = Writes::new();
        writes.put_message(setting("cluster"), &cluster);
        writes.put_message(setting("keyring"), &self.keyring.unwrap_or_default());
        Applied::reply(writes, BirthReply {})
    }
}

impl Command for CommitKeyring {
    const KIND: u32 = kind::COMMIT_KEYRING;
    type Reply = CommitKeyringReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<CommitKeyringReply> {
        let next = self.keyring.unwrap_or_default();
        let current = keyring(view).unwrap_or_default();
        if next.version != current.version + 1 {
            return Applied::refused(Refusal::new(refusal::KEYRING_NOT_NEXT, []));
        }
        let mut writes = Writes::new();
        writes.put_message(setting("keyring"), &next);
        Applied::reply(writes, CommitKeyringReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tables;

    #[test]
    fn a_cluster_is_born_once() {
        let mut tables = Tables::default();
        let birth = Birth { cluster: Some(ClusterRecord { dev: true, ..Default::default() }), keyring: None };
        let first = birth.clone().apply(Timestamp::from_millis(7), &tables);
        tables.commit(&first.writes);
        assert_eq!(record(&tables).map(|r| (r.dev, r.born_at)), Some((true, 7)));
        let second = birth.apply(Timestamp::from_millis(8), &tables);
        assert_eq!(second.result, Err(Refusal::new(refusal::ALREADY_BORN, [])));
        assert!(second.writes.is_empty());
    }

    #[test]
    fn keyring_versions_follow_one_another() {
        let mut tables = Tables::default();
        for (version, accepted) in [(2, false), (1, true), (1, false), (3, false), (2, true)] {
            let command = CommitKeyring { keyring: Some(KeyringRecord { version, hash: vec![] }) };
            let applied = command.apply(Timestamp::default(), &tables);
            assert_eq!(applied.result.is_ok(), accepted, "version {version}");
            tables.commit(&applied.writes);
        }
    }
}
