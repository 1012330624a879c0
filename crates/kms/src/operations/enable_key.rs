//! EnableKey: lets a key encrypt and decrypt again. Enabling an enabled key changes nothing.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKey.html>

use crate::Kms;
use crate::key_state;
use crate::tables::KeyState;
use crate::tables::state::{EnableKeyCommand, EnableKeyReply};
use proto::kms::v1::{EnableKeyRequest, EnableKeyResponse};
use replica::{Applied, Command, Timestamp, View, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: EnableKeyRequest) -> Result<EnableKeyResponse, Fault> {
    let key_id = request.key_id.as_deref();
    let (key, permit) = kms.permitted_change(&call, "kms:EnableKey", key_id, |conditions| conditions).await?;
    let command = EnableKeyCommand { account: key.account.to_string(), key_id: key.record.key_id };
    kms.change(&call, permit, &key.arn, command).await?;
    Ok(EnableKeyResponse {})
}

impl Command for EnableKeyCommand {
    const KIND: u32 = kind::KMS + 2;
    type Reply = EnableKeyReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<EnableKeyReply> {
        match key_state::switch(at, view, &self.account, &self.key_id, KeyState::Enabled) {
            Ok(writes) => Applied::reply(writes, EnableKeyReply {}),
            Err(refused) => Applied::refused(refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::disable_key;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};
    use proto::kms::v1::DisableKeyRequest;

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, EnableKeyRequest { key_id: Some(key_id.to_owned()) }));
    }

    #[test]
    fn a_disabled_key_is_enabled_again() {
        let world = World::new();
        let key = world.create_key();
        check(&world, &key, expect!["{}"]);
        world.run(disable_key::run, DisableKeyRequest { key_id: Some(key.clone()) }).expect("disabled");
        assert_eq!(world.describe(&key).enabled, Some(false));
        check(&world, &key, expect!["{}"]);
        assert_eq!(world.describe(&key).enabled, Some(true));
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        world.describe("alias/aws/ssm");
        check(&world, "alias/aws/ssm", expect!["NotFoundException: Invalid keyId 'alias/aws/ssm'"]);
        check(
            &world,
            &world.describe("alias/aws/ssm").key_id.expect("named"),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:EnableKey on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:EnableKey action"
            ],
        );
        check(
            &world,
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/<key id>' does not exist"],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let command = EnableKeyCommand { account: "a".to_owned(), key_id: "k".to_owned() };
        expect!["0a016112016b"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
