//! The automatic rotation, when it is due: a command of the due queue that nobody calls.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/rotating-keys-enable-disable.html>. The new material is drawn
//! when its time has come, on the leader; apply decides whether the rotation is still wanted.

use crate::limits::DAY_MILLIS;
use crate::tables::state::{RotateKeyCommand, RotateKeyReply};
use crate::tables::{self, KeyRecord, KeyState, MaterialCause, Rotation};
use crate::{Kms, KmsError, key_due, material};
use replica::{AccountId, Applied, Command, Region, Timestamp, View, Writes, due, kind};
use service::Fault;
use std::sync::Arc;

/// Draws the new material. Without a key there is nothing to draw for, and the command only takes its row away.
pub(crate) async fn prepare(kms: Arc<Kms>, command: RotateKeyCommand) -> Result<RotateKeyCommand, Fault> {
    let view = kms.replica.local();
    let account: AccountId = command.account.parse().expect("a command names an account");
    let Some(record) = tables::key(&*view, &account, &command.key_id) else { return Ok(command) };
    let material = Some(kms.draw_next(&region(&*view)?, &account, &record)?);
    Ok(RotateKeyCommand { material, ..command })
}

fn region(view: &dyn View) -> Result<Region, KmsError> {
    let cluster = replica::cluster::record(view);
    let region = cluster.and_then(|cluster| cluster.region.parse().ok());
    region.ok_or_else(|| KmsError::Internal { cause: "the cluster's record names no Region".to_owned() })
}

impl Command for RotateKeyCommand {
    const KIND: u32 = kind::KMS + 16;
    type Reply = RotateKeyReply;

    fn apply(mut self, at: Timestamp, view: &dyn View) -> Applied<RotateKeyReply> {
        let account = self.account.parse().expect("a command names an account");
        let (next, due_at) = (self.material.take(), Timestamp::from_millis(self.due_at));
        let mut writes = Writes::new();
        if at >= due_at {
            let wanted = |record: &KeyRecord| {
                record.state() == KeyState::Enabled
                    && record.rotation.is_some_and(|rotation| rotation.next_at == self.due_at)
            };
            match tables::key(view, &account, &self.key_id).filter(wanted) {
                None => due::cancel(&mut writes, due_at, &self),
                Some(record) => {
                    // No material, or one for another version, leaves the row where it is: it is drawn again in a moment.
                    let rotate =
                        |next| material::rotate(at, &mut writes, &account, &record, next, MaterialCause::Automatic);
                    if let Some(mut rotated) = next.and_then(rotate) {
                        rotated.rotation = record.rotation.map(|rotation| following(rotation, at));
                        key_due::put_key(&mut writes, &account, Some(&record), &rotated);
                    }
                }
            }
        }
        Applied::reply(writes, RotateKeyReply {})
    }
}

/// One period after the rotation that was due; after the one that was done when that would have passed as well.
fn following(rotation: Rotation, at: Timestamp) -> Rotation {
    let period = u64::from(rotation.period_days) * DAY_MILLIS;
    let in_step = rotation.next_at + period;
    let next_at = if in_step > at.as_millis() { in_step } else { at.as_millis() + period };
    Rotation { next_at, ..rotation }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World, context};
    use crate::tables::state::NewMaterial;
    use proto::kms::v1::DecryptRequest;

    #[test]
    fn a_key_rotates_every_period_and_older_ciphertexts_open() {
        let world = World::new();
        let key = world.create_key();
        let blob = world.encrypt(&key, b"old", &context(&[]));
        world.enable_rotation(&key, 90);
        for versions in 1..4 {
            assert_eq!(world.versions_of(&key), versions);
            world.pass_days(90);
            assert_eq!(world.rotation_of(&key), (true, Some(90), Some(90)));
        }
        let request = DecryptRequest { ciphertext_blob: Some(blob.into()), ..DecryptRequest::default() };
        let opened = world.run(crate::operations::decrypt::run, request).expect("opened");
        assert_eq!(opened.plaintext.as_deref(), Some(&b"old"[..]));
        assert_ne!(opened.key_material_id, world.describe(&key).current_key_material_id);
    }

    #[test]
    fn an_aws_managed_key_rotates_every_year() {
        let world = World::new();
        let managed = world.describe("alias/aws/ssm").key_id.expect("named");
        world.pass_days(364);
        assert_eq!(world.versions_of(&managed), 1);
        world.pass_days(1);
        assert_eq!(world.versions_of(&managed), 2);
    }

    #[test]
    fn a_disabled_key_rotates_when_it_is_enabled_again() {
        let world = World::new();
        let key = world.create_key();
        world.enable_rotation(&key, 90);
        world.disable(&key);
        world.pass_days(100);
        assert_eq!(world.versions_of(&key), 1);
        world.enable(&key);
        world.pass_millis(0);
        assert_eq!(world.versions_of(&key), 2);
        assert_eq!(world.rotation_of(&key), (true, Some(90), Some(90)));
        world.disable(&key);
        world.enable(&key);
        world.pass_millis(0);
        assert_eq!(world.versions_of(&key), 2, "nothing is overdue");
    }

    #[test]
    fn a_key_that_waits_for_its_deletion_does_not_rotate() {
        let world = World::new();
        let key = world.create_key();
        world.enable_rotation(&key, 90);
        world.pass_days(80);
        world.schedule_deletion(&key, 30);
        world.pass_days(20);
        assert_eq!(world.versions_of(&key), 1);
        world.cancel_deletion(&key);
        world.enable(&key);
        world.pass_millis(0);
        assert_eq!(world.versions_of(&key), 2, "overdue");
    }

    #[test]
    fn after_a_long_sleep_a_key_rotates_once() {
        let rotation = |next_at| Rotation { period_days: 1, next_at };
        let check = |due, at, expected| {
            assert_eq!(following(rotation(due), Timestamp::from_millis(at)), rotation(expected), "due {due} at {at}");
        };
        check(10, 10, DAY_MILLIS + 10);
        check(10, 15, DAY_MILLIS + 10);
        check(10, DAY_MILLIS + 10, 2 * DAY_MILLIS + 10);
        check(10, 9 * DAY_MILLIS, 10 * DAY_MILLIS);
    }

    #[test]
    fn apply_decides_again() {
        let world = World::new();
        let key = world.create_key();
        world.enable_rotation(&key, 90);
        let account: AccountId = ACCOUNT.parse().expect("an account");
        let due_at = tables::key(&world.tables(), &account, &key).and_then(|key| key.rotation).expect("on").next_at;
        let material = |version| Some(NewMaterial { version, sealed: vec![1], material_id: vec![2] });
        let check = |key_id: &str, due_at, version, at: u64, expected: usize| {
            let (account, key_id) = (ACCOUNT.to_owned(), key_id.to_owned());
            let command = RotateKeyCommand { account, key_id, due_at, material: material(version) };
            let applied = command.apply(Timestamp::from_millis(at), &world.tables());
            assert!(applied.result.is_ok());
            assert_eq!(applied.writes.as_slice().len(), expected);
        };
        check(&key, due_at, 2, due_at - 1, 0);
        check(&key, due_at, 3, due_at, 0);
        let undrawn = RotateKeyCommand { account: ACCOUNT.to_owned(), key_id: key.clone(), due_at, material: None };
        assert!(undrawn.apply(Timestamp::from_millis(due_at), &world.tables()).writes.is_empty());
        check(&key, due_at + 1, 2, due_at + 1, 1);
        check("nobody", due_at, 2, due_at, 1);
        // The material, the row that goes, the row that comes, the record.
        check(&key, due_at, 2, due_at, 4);
    }

    #[test]
    fn the_command_is_pinned() {
        let material = Some(NewMaterial { version: 2, sealed: vec![3], material_id: vec![4] });
        let command = RotateKeyCommand { account: "a".to_owned(), key_id: "k".to_owned(), due_at: 5, material };
        let bytes = prost::Message::encode_to_vec(&command);
        expect_test::expect!["0a016112016b1805220808021201031a0104"].assert_eq(&hex::encode(bytes));
    }
}
