//! GetKeyRotationStatus: whether, how often and when next a key's material is rotated. A rotation on demand is done when
//! it is answered, so none is ever in progress.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html>

use crate::Kms;
use crate::key::timestamp;
use crate::tables::KeyState;
use proto::kms::v1::{GetKeyRotationStatusRequest, GetKeyRotationStatusResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: GetKeyRotationStatusRequest,
) -> Result<GetKeyRotationStatusResponse, Fault> {
    let view = kms.replica.read().await?;
    let record = kms.readable_key(&*view, &call, "kms:GetKeyRotationStatus", request.key_id.as_deref())?.record;
    // A key that waits for its deletion keeps its schedule for the case that it is cancelled, and follows it no more.
    let rotation = record.rotation.filter(|_| record.state() != KeyState::PendingDeletion);
    Ok(GetKeyRotationStatusResponse {
        key_rotation_enabled: Some(rotation.is_some()),
        key_id: Some(record.key_id),
        rotation_period_in_days: rotation.and_then(|rotation| i32::try_from(rotation.period_days).ok()),
        next_rotation_date: rotation.map(|rotation| timestamp(rotation.next_at)),
        on_demand_rotation_start_date: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, GetKeyRotationStatusRequest { key_id: Some(key_id.to_owned()) }));
    }

    #[test]
    fn the_status_is_told_as_aws_tells_it() {
        let world = World::new();
        let key = world.create_key();
        check(
            &world,
            &key,
            expect![[r#"
                {
                  "KeyRotationEnabled": false,
                  "KeyId": "<key id>"
                }"#]],
        );
        world.enable_rotation(&key, 90);
        let enabled = world.answer(run, GetKeyRotationStatusRequest { key_id: Some(key.clone()) });
        expect![[r#"
            {
              "KeyRotationEnabled": true,
              "KeyId": "<key id>",
              "RotationPeriodInDays": 90,
              "NextRotationDate": 1707776000.123
            }"#]]
        .assert_eq(&enabled);
        world.disable(&key);
        assert_eq!(world.rotation_of(&key), (true, Some(90), Some(90)), "kept");
        world.schedule_deletion(&key, 7);
        assert_eq!(world.rotation_of(&key), (false, None, None));
        world.cancel_deletion(&key);
        assert_eq!(world.rotation_of(&key), (true, Some(90), Some(90)), "restored");
    }

    #[test]
    fn an_aws_managed_key_always_rotates() {
        let world = World::new();
        let managed = world.describe("alias/aws/ssm").key_id.expect("named");
        assert_eq!(world.rotation_of(&managed), (true, Some(365), Some(365)));
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
    }
}
