//! The deletion itself, when the waiting period is over: a command of the due queue that nobody calls.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html>. With the key go all versions of its
//! material, its aliases and its tags. What was encrypted under it opens no more.

use crate::tables::state::{DeleteKeyCommand, DeleteKeyReply};
use crate::tables::{self, KeyRecord, KeyState, MaterialRecord};
use access::quota::{self, Quota};
use prost::Message;
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, due, kind};

impl Command for DeleteKeyCommand {
    const KIND: u32 = kind::KMS + 9;
    type Reply = DeleteKeyReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<DeleteKeyReply> {
        let account = self.account.parse().expect("a command names an account");
        let mut writes = Writes::new();
        let due_at = Timestamp::from_millis(self.due_at);
        if at >= due_at {
            due::cancel(&mut writes, due_at, &self);
            let waits =
                |record: &KeyRecord| record.state() == KeyState::PendingDeletion && record.deletion_at == self.due_at;
            if let Some(record) = tables::key(view, &account, &self.key_id).filter(waits) {
                erase(view, &mut writes, &account, &record);
            }
        }
        Applied::reply(writes, DeleteKeyReply {})
    }
}

/// Takes away everything there is of the key.
fn erase(view: &dyn View, writes: &mut Writes, account: &AccountId, record: &KeyRecord) {
    let key_id = &record.key_id;
    for (row, value) in replica::scan_all(view, tables::material_rows(account, key_id).as_bytes()) {
        let material = MaterialRecord::decode(value.as_slice()).expect("a row of material is material");
        writes.evict(material.sealed);
        writes.delete(row);
    }
    for (row, _) in replica::scan_all(view, tables::key_alias_rows(account, key_id).as_bytes()) {
        tables::delete_alias(writes, account, key_id, &tables::alias_name_of_key_row(&row));
    }
    writes.delete(tables::key_row(account, key_id));
    writes.delete(tables::directory_row(key_id));
    // AWS managed keys do not come here: they never wait for their deletion, and were not counted.
    quota::give_back(view, writes, account, Quota::KmsKeys, 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::decrypt;
    use crate::operations::testing::{ACCOUNT, World, context};
    use proto::kms::v1::DecryptRequest;

    fn due_now(world: &World, key_id: &str) -> DeleteKeyCommand {
        let account: AccountId = ACCOUNT.parse().expect("an account");
        let record = tables::key(&world.tables(), &account, key_id).expect("there");
        DeleteKeyCommand { account: account.to_string(), key_id: key_id.to_owned(), due_at: record.deletion_at }
    }

    #[test]
    fn a_deleted_key_leaves_nothing_behind() {
        let world = World::new();
        let other = world.create_key();
        world.create_alias("alias/other", &other);
        let before = world.state();
        let key = world.create_key();
        world.create_alias("alias/a", &key);
        world.create_alias("alias/b", &key);
        world.rotate_on_demand(&key);
        world.schedule_deletion(&key, 7);
        world.pass_days(7);
        assert_eq!(world.state(), before);
        assert_eq!(world.aliases_of(&other), ["alias/other"]);
    }

    #[test]
    fn a_key_is_not_deleted_a_moment_too_early() {
        let world = World::new();
        let key = world.create_key();
        world.schedule_deletion(&key, 7);
        world.pass_millis(7 * crate::limits::DAY_MILLIS - 1);
        assert!(world.describe(&key).deletion_date.is_some());
        let early = due_now(&world, &key).apply(world.now(), &world.tables());
        assert!(early.result.is_ok() && early.writes.is_empty());
        world.pass_millis(1);
        assert_eq!(world.answer_describe(&key), "NotFoundException");
    }

    #[test]
    fn what_was_encrypted_under_it_names_no_key_any_more() {
        let world = World::new();
        let key = world.create_key();
        let (arn, blob) = (world.describe(&key).arn, world.encrypt(&key, b"x", &context(&[])));
        let decrypt = |key_id| {
            let request =
                DecryptRequest { ciphertext_blob: Some(blob.clone().into()), key_id, ..DecryptRequest::default() };
            world.answer(decrypt::run, request)
        };
        world.schedule_deletion(&key, 7);
        world.pass_days(7);
        expect_test::expect!["AccessDeniedException: The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access."].assert_eq(&decrypt(None));
        expect_test::expect!["NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/<key id>' does not exist"]
            .assert_eq(&decrypt(arn));
    }

    #[test]
    fn every_version_of_the_opened_material_is_evicted() {
        let world = World::new();
        let (key, account) = (world.create_key(), ACCOUNT.parse().expect("an account"));
        world.rotate_on_demand(&key);
        world.schedule_deletion(&key, 7);
        let sealed =
            [1, 2].map(|version| tables::material(&world.tables(), &account, &key, version).expect("a version").sealed);
        let applied = due_now(&world, &key).apply(Timestamp::from_millis(u64::MAX), &world.tables());
        assert_eq!(applied.writes.evictions(), sealed);
    }

    #[test]
    fn a_row_whose_cause_has_gone_only_goes() {
        let world = World::new();
        let key = world.create_key();
        world.schedule_deletion(&key, 7);
        let stale = DeleteKeyCommand { due_at: 5, ..due_now(&world, &key) };
        let applied = stale.apply(world.now(), &world.tables());
        assert_eq!(applied.writes.as_slice().len(), 1, "its own row");
        let gone = DeleteKeyCommand { key_id: "nobody".to_owned(), ..due_now(&world, &key) };
        let applied = gone.apply(Timestamp::from_millis(u64::MAX), &world.tables());
        assert_eq!(applied.writes.as_slice().len(), 1, "its own row");
    }

    #[test]
    fn the_command_is_pinned() {
        let command = DeleteKeyCommand { account: "a".to_owned(), key_id: "k".to_owned(), due_at: 5 };
        expect_test::expect!["0a016112016b1805"].assert_eq(&hex::encode(command.encode_to_vec()));
    }
}
