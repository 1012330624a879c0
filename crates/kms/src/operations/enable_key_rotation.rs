//! EnableKeyRotation: has a key's material rotated every so many days, or after another number of days than before.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html>

use crate::limits::{DAY_MILLIS, ROTATION_PERIOD_DAYS, ROTATION_PERIOD_DAYS_DEFAULT};
use crate::tables::state::{EnableKeyRotationCommand, EnableKeyRotationReply};
use crate::tables::{KeyRecord, Rotation};
use crate::{Kms, KmsError, key_due, key_state};
use proto::kms::v1::{EnableKeyRotationRequest, EnableKeyRotationResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: EnableKeyRotationRequest,
) -> Result<EnableKeyRotationResponse, Fault> {
    let period_days = period_days(request.rotation_period_in_days)?;
    let (key, permit) = kms
        .permitted_change(&call, "kms:EnableKeyRotation", request.key_id.as_deref(), |conditions| {
            conditions.with("kms:RotationPeriodInDays", &period_days.to_string())
        })
        .await?;
    let (account, key_id) = (key.account.to_string(), key.record.key_id);
    kms.change(&call, permit, &key.arn, EnableKeyRotationCommand { account, key_id, period_days }).await?;
    Ok(EnableKeyRotationResponse {})
}

/// The model bounds the number already; this holds whoever comes past it.
fn period_days(asked: Option<i32>) -> Result<u32, KmsError> {
    let days = asked.map_or(Ok(ROTATION_PERIOD_DAYS_DEFAULT), u32::try_from);
    days.ok().filter(|days| ROTATION_PERIOD_DAYS.contains(days)).ok_or_else(|| KmsError::Validation {
        message: "RotationPeriodInDays should be between 90 and 2560.".to_owned(),
    })
}

impl Command for EnableKeyRotationCommand {
    const KIND: u32 = kind::KMS + 13;
    type Reply = EnableKeyRotationReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<EnableKeyRotationReply> {
        let (account, record) = match key_state::enabled(view, &self.account, &self.key_id) {
            Ok(key) => key,
            Err(refused) => return Applied::refused(refused),
        };
        let mut writes = Writes::new();
        // The days count from the moment they were set. Setting them to what they are moves nothing.
        if record.rotation.is_none_or(|rotation| rotation.period_days != self.period_days) {
            let next_at = at.plus_millis(u64::from(self.period_days) * DAY_MILLIS).as_millis();
            let rotation = Some(Rotation { period_days: self.period_days, next_at });
            key_due::put_key(&mut writes, &account, Some(&record), &KeyRecord { rotation, ..record.clone() });
        }
        Applied::reply(writes, EnableKeyRotationReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};

    fn request(key_id: &str, days: Option<i32>) -> EnableKeyRotationRequest {
        EnableKeyRotationRequest { key_id: Some(key_id.to_owned()), rotation_period_in_days: days }
    }

    fn check(world: &World, request: EnableKeyRotationRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn the_days_count_from_when_they_were_set() {
        let world = World::new();
        let key = world.create_key();
        check(&world, request(&key, None), expect!["{}"]);
        assert_eq!(world.rotation_of(&key), (true, Some(365), Some(365)));
        world.pass_days(10);
        check(&world, request(&key, None), expect!["{}"]);
        assert_eq!(world.rotation_of(&key), (true, Some(365), Some(355)), "as it was");
        check(&world, request(&key, Some(90)), expect!["{}"]);
        assert_eq!(world.rotation_of(&key), (true, Some(90), Some(90)));
        world.pass_days(89);
        assert_eq!(world.versions_of(&key), 1);
        world.pass_days(1);
        assert_eq!(world.versions_of(&key), 2);
    }

    #[test]
    fn the_period_is_of_90_to_2560_days() {
        for (days, accepted) in [(-1, false), (89, false), (90, true), (2560, true), (2561, false)] {
            let world = World::new();
            let answer = world.run(run, request(&world.create_key(), Some(days)));
            assert_eq!(answer.is_ok(), accepted, "{days} days: {answer:?}");
        }
    }

    #[test]
    fn an_aws_managed_key_is_rotated_by_aws_alone() {
        let world = World::new();
        check(
            &world,
            request(&world.describe("alias/aws/ssm").key_id.expect("named"), None),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:EnableKeyRotation on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:EnableKeyRotation action"
            ],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let command = EnableKeyRotationCommand { account: "a".to_owned(), key_id: "k".to_owned(), period_days: 90 };
        expect!["0a016112016b185a"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
