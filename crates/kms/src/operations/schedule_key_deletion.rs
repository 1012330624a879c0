//! ScheduleKeyDeletion: switches a key off and deletes it for good when the waiting period is over.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html>

use crate::key::timestamp;
use crate::limits::{DAY_MILLIS, DELETION_WINDOW_DAYS, DELETION_WINDOW_DAYS_DEFAULT};
use crate::tables::state::{ScheduleKeyDeletionCommand, ScheduleKeyDeletionReply};
use crate::tables::{KeyRecord, KeyState};
use crate::{Kms, KmsError, key_due, key_state};
use proto::kms::v1::{ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: ScheduleKeyDeletionRequest,
) -> Result<ScheduleKeyDeletionResponse, Fault> {
    let window_days = window_days(request.pending_window_in_days)?;
    let (key, permit) = kms
        .permitted_change(&call, "kms:ScheduleKeyDeletion", request.key_id.as_deref(), |conditions| {
            conditions.with("kms:ScheduleKeyDeletionPendingWindowInDays", &window_days.to_string())
        })
        .await?;
    let (account, key_id) = (key.account.to_string(), key.record.key_id);
    let reply =
        kms.change(&call, permit, &key.arn, ScheduleKeyDeletionCommand { account, key_id, window_days }).await?;
    Ok(ScheduleKeyDeletionResponse {
        key_id: Some(key.arn.to_string()),
        deletion_date: Some(timestamp(reply.deletion_at)),
        key_state: Some(proto::kms::v1::KeyState::PendingDeletion.into()),
        pending_window_in_days: i32::try_from(window_days).ok(),
    })
}

fn window_days(asked: Option<i32>) -> Result<u32, KmsError> {
    let days = asked.map_or(Ok(DELETION_WINDOW_DAYS_DEFAULT), u32::try_from);
    days.ok().filter(|days| DELETION_WINDOW_DAYS.contains(days)).ok_or_else(|| KmsError::Validation {
        message: format!("PendingWindowInDays should be between 7 and 30, but it is {}", asked.unwrap_or_default()),
    })
}

impl Command for ScheduleKeyDeletionCommand {
    const KIND: u32 = kind::KMS + 7;
    type Reply = ScheduleKeyDeletionReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<ScheduleKeyDeletionReply> {
        let (account, record) = match key_state::kept(view, &self.account, &self.key_id) {
            Ok(key) => key,
            Err(refused) => return Applied::refused(refused),
        };
        let deletion_at = at.plus_millis(u64::from(self.window_days) * DAY_MILLIS).as_millis();
        let doomed = KeyRecord { state: KeyState::PendingDeletion.into(), deletion_at, ..record.clone() };
        let mut writes = Writes::new();
        key_due::put_key(&mut writes, &account, Some(&record), &doomed);
        Applied::reply(writes, ScheduleKeyDeletionReply { deletion_at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use expect_test::{Expect, expect};

    fn request(key_id: &str, days: Option<i32>) -> ScheduleKeyDeletionRequest {
        ScheduleKeyDeletionRequest { key_id: Some(key_id.to_owned()), pending_window_in_days: days }
    }

    fn check(world: &World, request: ScheduleKeyDeletionRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn a_key_waits_thirty_days_unless_told_otherwise() {
        let world = World::new();
        let key = world.create_key();
        check(
            &world,
            request(&key, None),
            expect![[r#"
                {
                  "KeyId": "arn:aws:kms:us-east-1:111122223333:key/<key id>",
                  "DeletionDate": 1702592000.123,
                  "KeyState": "PendingDeletion",
                  "PendingWindowInDays": 30
                }"#]],
        );
        let described = world.describe(&key);
        assert_eq!(described.deletion_date, Some(timestamp(1_702_592_000_123)));
        assert_eq!(described.enabled, Some(false));
    }

    #[test]
    fn a_repeated_attempt_gets_the_first_answer() {
        let world = World::new();
        let (key, call) = (world.create_key(), world.call(ACCOUNT));
        let first = world.run_as(&call, run, request(&key, Some(7))).expect("scheduled");
        world.pass_millis(5);
        assert_eq!(world.run_as(&call, run, request(&key, Some(7))), Ok(first));
    }

    #[test]
    fn the_waiting_period_is_of_7_to_30_days() {
        for (days, accepted) in [(1, false), (6, false), (7, true), (30, true), (31, false), (365, false)] {
            let world = World::new();
            let answer = world.run(run, request(&world.create_key(), Some(days)));
            assert_eq!(answer.is_ok(), accepted, "{days} days: {answer:?}");
        }
        let world = World::new();
        check(
            &world,
            request(&world.create_key(), Some(6)),
            expect!["ValidationException: PendingWindowInDays should be between 7 and 30, but it is 6"],
        );
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(
            &world,
            request(&world.describe("alias/aws/ssm").key_id.expect("named"), None),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:ScheduleKeyDeletion on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:ScheduleKeyDeletion action"
            ],
        );
        check(&world, request("alias/mine", None), expect!["NotFoundException: Invalid keyId 'alias/mine'"]);
    }

    #[test]
    fn the_command_is_pinned() {
        let command = ScheduleKeyDeletionCommand { account: "a".to_owned(), key_id: "k".to_owned(), window_days: 7 };
        expect!["0a016112016b1807"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
