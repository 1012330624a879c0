//! CancelKeyDeletion: keeps a key that waits for its deletion. It stays switched off until EnableKey.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html>

use crate::tables::state::{CancelKeyDeletionCommand, CancelKeyDeletionReply};
use crate::tables::{KeyRecord, KeyState};
use crate::{Kms, key_due, key_state};
use proto::kms::v1::{CancelKeyDeletionRequest, CancelKeyDeletionResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: CancelKeyDeletionRequest,
) -> Result<CancelKeyDeletionResponse, Fault> {
    let key_id = request.key_id.as_deref();
    let (key, permit) = kms.permitted_change(&call, "kms:CancelKeyDeletion", key_id, |conditions| conditions).await?;
    let command = CancelKeyDeletionCommand { account: key.account.to_string(), key_id: key.record.key_id };
    kms.change(&call, permit, &key.arn, command).await?;
    Ok(CancelKeyDeletionResponse { key_id: Some(key.arn.to_string()) })
}

impl Command for CancelKeyDeletionCommand {
    const KIND: u32 = kind::KMS + 8;
    type Reply = CancelKeyDeletionReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<CancelKeyDeletionReply> {
        let (account, record) = match key_state::pending(view, &self.account, &self.key_id) {
            Ok(key) => key,
            Err(refused) => return Applied::refused(refused),
        };
        let kept = KeyRecord { state: KeyState::Disabled.into(), deletion_at: 0, ..record.clone() };
        let mut writes = Writes::new();
        key_due::put_key(&mut writes, &account, Some(&record), &kept);
        Applied::reply(writes, CancelKeyDeletionReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{World, context};
    use crate::operations::{decrypt, enable_key};
    use expect_test::{Expect, expect};
    use proto::kms::v1::{DecryptRequest, EnableKeyRequest};

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, CancelKeyDeletionRequest { key_id: Some(key_id.to_owned()) }));
    }

    #[test]
    fn a_key_whose_deletion_is_cancelled_is_disabled_and_stays() {
        let world = World::new();
        let key = world.create_key();
        let blob = world.encrypt(&key, b"kept", &context(&[]));
        world.schedule_deletion(&key, 7);
        world.pass_days(6);
        check(
            &world,
            &key,
            expect![[r#"
                {
                  "KeyId": "arn:aws:kms:us-east-1:111122223333:key/<key id>"
                }"#]],
        );
        world.pass_days(30);
        let described = world.describe(&key);
        let disabled = Some(proto::kms::v1::KeyState::Disabled.into());
        assert_eq!((described.key_state, described.deletion_date), (disabled, None));
        world.run(enable_key::run, EnableKeyRequest { key_id: Some(key) }).expect("enabled");
        let request = DecryptRequest { ciphertext_blob: Some(blob.into()), ..DecryptRequest::default() };
        assert_eq!(world.run(decrypt::run, request).expect("opened").plaintext.as_deref(), Some(&b"kept"[..]));
    }

    #[test]
    fn a_key_that_does_not_wait_is_refused() {
        let world = World::new();
        check(
            &world,
            &world.create_key(),
            expect![
                "KMSInvalidStateException: arn:aws:kms:us-east-1:111122223333:key/<key id> is not pending deletion."
            ],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let command = CancelKeyDeletionCommand { account: "a".to_owned(), key_id: "k".to_owned() };
        expect!["0a016112016b"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
