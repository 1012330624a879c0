//! DisableKeyRotation: stops automatic rotation. The versions that there are stay.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DisableKeyRotation.html>

use crate::tables::KeyRecord;
use crate::tables::state::{DisableKeyRotationCommand, DisableKeyRotationReply};
use crate::{Kms, key_due, key_state};
use proto::kms::v1::{DisableKeyRotationRequest, DisableKeyRotationResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: DisableKeyRotationRequest,
) -> Result<DisableKeyRotationResponse, Fault> {
    let key_id = request.key_id.as_deref();
    let (key, permit) = kms.permitted_change(&call, "kms:DisableKeyRotation", key_id, |conditions| conditions).await?;
    let command = DisableKeyRotationCommand { account: key.account.to_string(), key_id: key.record.key_id };
    kms.change(&call, permit, &key.arn, command).await?;
    Ok(DisableKeyRotationResponse {})
}

impl Command for DisableKeyRotationCommand {
    const KIND: u32 = kind::KMS + 14;
    type Reply = DisableKeyRotationReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<DisableKeyRotationReply> {
        let (account, record) = match key_state::enabled(view, &self.account, &self.key_id) {
            Ok(key) => key,
            Err(refused) => return Applied::refused(refused),
        };
        let mut writes = Writes::new();
        let still = KeyRecord { rotation: None, ..record.clone() };
        key_due::put_key(&mut writes, &account, Some(&record), &still);
        Applied::reply(writes, DisableKeyRotationReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, DisableKeyRotationRequest { key_id: Some(key_id.to_owned()) }));
    }

    #[test]
    fn what_is_switched_off_rotates_no_more() {
        let world = World::new();
        let key = world.create_key();
        check(&world, &key, expect!["{}"]);
        world.enable_rotation(&key, 90);
        check(&world, &key, expect!["{}"]);
        assert_eq!(world.rotation_of(&key), (false, None, None));
        world.pass_days(1_000);
        assert_eq!(world.versions_of(&key), 1);
    }

    #[test]
    fn an_aws_managed_key_keeps_rotating() {
        let world = World::new();
        let managed = world.describe("alias/aws/ssm").key_id.expect("named");
        check(
            &world,
            &managed,
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:DisableKeyRotation on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:DisableKeyRotation action"
            ],
        );
        assert_eq!(world.rotation_of(&managed), (true, Some(365), Some(365)));
    }

    #[test]
    fn the_command_is_pinned() {
        let command = DisableKeyRotationCommand { account: "a".to_owned(), key_id: "k".to_owned() };
        expect!["0a016112016b"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
