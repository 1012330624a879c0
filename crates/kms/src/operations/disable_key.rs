//! DisableKey: keeps a key from encrypting and decrypting. Disabling a disabled key changes nothing.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKey.html>

use crate::Kms;
use crate::key_state;
use crate::tables::KeyState;
use crate::tables::state::{DisableKeyCommand, DisableKeyReply};
use proto::kms::v1::{DisableKeyRequest, DisableKeyResponse};
use replica::{Applied, Command, Timestamp, View, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: DisableKeyRequest) -> Result<DisableKeyResponse, Fault> {
    let key_id = request.key_id.as_deref();
    let (key, permit) = kms.permitted_change(&call, "kms:DisableKey", key_id, |conditions| conditions).await?;
    let command = DisableKeyCommand { account: key.account.to_string(), key_id: key.record.key_id };
    kms.change(&call, permit, &key.arn, command).await?;
    Ok(DisableKeyResponse {})
}

impl Command for DisableKeyCommand {
    const KIND: u32 = kind::KMS + 3;
    type Reply = DisableKeyReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<DisableKeyReply> {
        match key_state::switch(at, view, &self.account, &self.key_id, KeyState::Disabled) {
            Ok(writes) => Applied::reply(writes, DisableKeyReply {}),
            Err(refused) => Applied::refused(refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, DisableKeyRequest { key_id: Some(key_id.to_owned()) }));
    }

    #[test]
    fn a_disabled_key_is_described_as_such() {
        let world = World::new();
        let key = world.create_key();
        check(&world, &key, expect!["{}"]);
        check(&world, &key, expect!["{}"]);
        let described = world.describe(&key);
        let disabled = proto::kms::v1::KeyState::Disabled.into();
        assert_eq!((described.enabled, described.key_state), (Some(false), Some(disabled)));
    }

    #[test]
    fn an_aws_managed_key_cannot_be_disabled() {
        let world = World::new();
        let key = world.describe("alias/aws/ssm").key_id.expect("named");
        check(
            &world,
            &key,
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:DisableKey on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:DisableKey action"
            ],
        );
        assert_eq!(world.describe(&key).enabled, Some(true));
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(&world, "alias/mine", expect!["NotFoundException: Invalid keyId 'alias/mine'"]);
        check(
            &world,
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/<key id>' does not exist"],
        );
        check(
            &world,
            "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["NotFoundException: Invalid arn eu-west-1"],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let command = DisableKeyCommand { account: "a".to_owned(), key_id: "k".to_owned() };
        expect!["0a016112016b"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
