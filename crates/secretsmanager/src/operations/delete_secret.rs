//! DeleteSecret: marks a secret for its deletion, or deletes it at once; and the command that deletes it when it is due.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>

use crate::limits::{DAY_MILLIS, RECOVERY_WINDOW_DAYS_MAX, RECOVERY_WINDOW_DAYS_MIN};
use crate::refused::Refused;
use crate::secret_id::SecretId;
use crate::service::{Changed, Permitted};
use crate::tables::state::{DeleteSecretCommand, DeleteSecretReply, RemoveSecretCommand, RemoveSecretReply};
use crate::tables::{self, SecretRecord};
use crate::time::timestamp;
use crate::{SecretsError, SecretsManager};
use access::Condition;
use access::quota::{self, Quota};
use proto::secretsmanager::v1::{DeleteSecretRequest, DeleteSecretResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, due, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: DeleteSecretRequest,
) -> Result<DeleteSecretResponse, Fault> {
    let window = Window::parse(&request)?;
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let find = |view: &dyn View| find(&secrets, view, &call, &id, window);
    let command = |record: &SecretRecord| DeleteSecretCommand {
        account: id.account().to_string(),
        name: record.name.clone(),
        suffix: record.suffix.clone(),
        window_millis: window.millis(),
    };
    let Changed { arn, name, reply } = match secrets.change(&call, find, command).await {
        Err(SecretsError::SecretNotFound) if window == Window::AtOnce => return Ok(answer_unknown(&call, &id)),
        changed => changed?,
    };
    let deletion_date = timestamp(reply.deletion_due_at);
    Ok(DeleteSecretResponse { arn: Some(arn), name: Some(name), deletion_date })
}

/// How long a secret can be restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Window {
    AtOnce,
    Days(u64),
}

impl Window {
    fn parse(request: &DeleteSecretRequest) -> Result<Self, SecretsError> {
        match (request.force_delete_without_recovery.unwrap_or_default(), request.recovery_window_in_days) {
            (true, Some(_)) => Err(SecretsError::invalid(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
            )),
            (true, None) => Ok(Self::AtOnce),
            (false, days) => {
                let days = days.unwrap_or(RECOVERY_WINDOW_DAYS_MAX);
                if !(RECOVERY_WINDOW_DAYS_MIN..=RECOVERY_WINDOW_DAYS_MAX).contains(&days) {
                    return Err(SecretsError::invalid(
                        "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).",
                    ));
                }
                Ok(Self::Days(u64::try_from(days).expect("a positive number")))
            }
        }
    }

    fn millis(self) -> u64 {
        match self {
            Self::AtOnce => 0,
            Self::Days(days) => days * DAY_MILLIS,
        }
    }

    fn condition(self) -> Condition {
        match self {
            Self::AtOnce => ("secretsmanager:ForceDeleteWithoutRecovery".into(), vec!["true".to_owned()]),
            Self::Days(days) => ("secretsmanager:RecoveryWindowInDays".into(), vec![days.to_string()]),
        }
    }
}

fn find(
    secrets: &SecretsManager,
    view: &dyn View,
    call: &Call,
    id: &SecretId,
    window: Window,
) -> Result<Permitted, SecretsError> {
    // Whether it is marked already is left to apply: an SDK that repeats an attempt meets its own mark.
    secrets.permitted(view, call, "secretsmanager:DeleteSecret", id, &[window.condition()])
}

/// To delete at once what is not there is a success.
fn answer_unknown(call: &Call, id: &SecretId) -> DeleteSecretResponse {
    DeleteSecretResponse {
        arn: Some(id.named().to_string()),
        name: Some(id.name().to_owned()),
        deletion_date: timestamp(call.received_at.as_millis()),
    }
}

impl Command for DeleteSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 3;
    type Reply = DeleteSecretReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<DeleteSecretReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::same_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        let mut writes = Writes::new();
        if self.window_millis == 0 {
            remove(view, &mut writes, &account, &record);
            return Applied::reply(writes, DeleteSecretReply { deletion_due_at: at.as_millis() });
        }
        if record.deletion_due_at != 0 {
            return Applied::refused(Refused::MarkedForDeletion);
        }
        let due_at = at.plus_millis(self.window_millis);
        let marked = SecretRecord { deleted_at: at.as_millis(), deletion_due_at: due_at.as_millis(), ..record.clone() };
        tables::put_secret(&mut writes, &account, Some(&record), &marked);
        due::schedule(&mut writes, due_at, &removal(&account, &marked));
        Applied::reply(writes, DeleteSecretReply { deletion_due_at: due_at.as_millis() })
    }
}

impl Command for RemoveSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 5;
    type Reply = RemoveSecretReply;

    /// Deletes the secret when it still waits for just this. The command's row goes with the secret, or went when the
    /// secret was restored.
    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<RemoveSecretReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let mut writes = Writes::new();
        if at.as_millis() >= self.deletion_due_at {
            match tables::same_secret(view, &account, &self.name, &self.suffix) {
                Ok(record) if record.deletion_due_at == self.deletion_due_at => {
                    remove(view, &mut writes, &account, &record);
                }
                _ => due::cancel(&mut writes, Timestamp::from_millis(self.deletion_due_at), &self),
            }
        }
        Applied::reply(writes, RemoveSecretReply {})
    }
}

/// Takes back that a secret is due for its deletion, if it is.
pub(crate) fn cancel_removal(writes: &mut Writes, account: &AccountId, record: &SecretRecord) {
    if record.deletion_due_at != 0 {
        due::cancel(writes, Timestamp::from_millis(record.deletion_due_at), &removal(account, record));
    }
}

fn removal(account: &AccountId, record: &SecretRecord) -> RemoveSecretCommand {
    RemoveSecretCommand {
        account: account.to_string(),
        name: record.name.clone(),
        suffix: record.suffix.clone(),
        deletion_due_at: record.deletion_due_at,
    }
}

fn remove(view: &dyn View, writes: &mut Writes, account: &AccountId, record: &SecretRecord) {
    cancel_removal(writes, account, record);
    tables::delete_secret(writes, account, record);
    quota::give_back(view, writes, account, Quota::Secrets, 1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, TOKEN, World, create_request};
    use crate::operations::{create_secret, get_secret_value, restore_secret, tag_resource};
    use expect_test::{Expect, expect};
    use proto::secretsmanager::v1::{GetSecretValueRequest, RestoreSecretRequest, Tag, TagResourceRequest};

    const NOW: u64 = 1_700_000_000_123;

    fn request(days: Option<i64>, force: Option<bool>) -> DeleteSecretRequest {
        DeleteSecretRequest {
            secret_id: Some("a".to_owned()),
            recovery_window_in_days: days,
            force_delete_without_recovery: force,
        }
    }

    fn restore(world: &World) {
        let request = RestoreSecretRequest { secret_id: Some("a".to_owned()) };
        world.run(restore_secret::run, request).expect("restored");
    }

    fn check(world: &World, request: DeleteSecretRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    fn used(world: &World) -> u64 {
        quota::used(&world.tables(), &ACCOUNT.parse().expect("an account"), Quota::Secrets)
    }

    fn after_days(days: u64, millis: i64) -> Timestamp {
        Timestamp::from_millis((NOW + days * DAY_MILLIS).checked_add_signed(millis).expect("a time"))
    }

    #[test]
    fn a_secret_goes_when_it_is_due_and_no_earlier() {
        for (days, window) in [(None, 30), (Some(7), 7), (Some(30), 30)] {
            let world = World::new();
            world.create("a", "1");
            let empty = world.tables().rows();
            world.run(run, request(days, None)).expect("marked");
            assert_eq!(world.run_due(after_days(window, -1)), 0);
            assert!(world.record("a").is_some());
            assert_eq!(world.run_due(after_days(window, 0)), 1);
            assert_eq!((world.record("a"), used(&world)), (None, 0));
            assert!(tables::version(&world.tables(), &ACCOUNT.parse().expect("account"), "a", TOKEN).is_none());
            assert_eq!(world.run_due(after_days(window, 1)), 0, "nothing is left to do");
            assert!(world.tables().rows() < empty + 4);
            world.create("a", "2");
        }
    }

    #[test]
    fn a_restored_secret_stays() {
        let world = World::new();
        let arn = world.create("a", "1");
        let made = world.record("a");
        world.run(run, request(Some(7), None)).expect("marked");
        restore(&world);
        assert_eq!(world.record("a"), made);
        assert_eq!(world.run_due(after_days(60, 0)), 0);
        assert_eq!((world.record("a"), used(&world)), (made, 1));
        restore(&world);
        world.run(run, request(Some(7), None)).expect("marked again");
        let get = GetSecretValueRequest { secret_id: Some(arn), ..GetSecretValueRequest::default() };
        assert_eq!(world.run(get_secret_value::run, get).expect_err("marked").code, "InvalidRequestException");
    }

    #[test]
    fn a_removal_that_came_too_early_or_for_another_secret_does_nothing() {
        let world = World::new();
        world.create("a", "1");
        world.run(run, request(Some(7), None)).expect("marked");
        let (tables, record) = (world.tables(), world.record("a").expect("there"));
        let account = ACCOUNT.parse().expect("an account");
        let command = removal(&account, &record);
        let early = command.clone().apply(after_days(7, -1), &tables);
        assert!(early.result.is_ok() && early.writes.is_empty());
        let other = RemoveSecretCommand { suffix: "ZZZZZZ".to_owned(), ..command.clone() };
        let later = RemoveSecretCommand { deletion_due_at: record.deletion_due_at + 1, ..command };
        for stale in [other, later] {
            let mut after = tables.clone();
            after.commit(&stale.apply(after_days(8, 0), &tables).writes);
            assert_eq!(after, tables, "only a row of the queue that is not there was taken away");
        }
    }

    #[test]
    fn a_secret_is_deleted_at_once_when_forced() {
        let world = World::new();
        let first = world.create("a", "1");
        check(
            &world,
            request(None, Some(true)),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "DeletionDate": 1700000000.123
            }"#]],
        );
        assert_eq!((world.record("a"), used(&world)), (None, 0));
        check(
            &world,
            request(None, Some(true)),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "DeletionDate": 1700000000
            }"#]],
        );
        let again = world.create("a", "1");
        assert_ne!(first, again, "another secret of the same name has another ARN");
        world.run(run, request(None, None)).expect("marked");
        world.run(run, request(None, Some(true))).expect("deleted");
        assert_eq!((world.record("a"), world.run_due(after_days(60, 0))), (None, 0));
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(
            &world,
            request(None, None),
            expect!["ResourceNotFoundException: Secrets Manager can't find the specified secret."],
        );
        world.create("a", "1");
        check(
            &world,
            request(Some(6), None),
            expect![
                "InvalidParameterException: The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
            ],
        );
        check(
            &world,
            request(Some(31), None),
            expect![
                "InvalidParameterException: The RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."
            ],
        );
        check(
            &world,
            request(Some(7), Some(true)),
            expect![
                "InvalidParameterException: You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
            ],
        );
        check(
            &world,
            request(None, None),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a",
              "DeletionDate": 1702592000.123
            }"#]],
        );
        check(
            &world,
            request(None, None),
            expect![
                "InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."
            ],
        );
        let taken = world.run(create_secret::run, create_request("a", TOKEN, "1")).expect_err("taken");
        expect!["InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion."].assert_eq(&format!("{}: {}", taken.code, taken.message));
        let tags = vec![Tag { key: Some("k".to_owned()), value: None }];
        let tag = TagResourceRequest { secret_id: Some("a".to_owned()), tags };
        assert_eq!(world.run(tag_resource::run, tag).expect_err("marked").code, "InvalidRequestException");
    }

    #[test]
    fn a_repeated_attempt_is_answered_as_the_first() {
        let world = World::new();
        world.create("a", "1");
        let call = world.call(ACCOUNT);
        let first = world.run_as(&call, run, request(None, None)).expect("marked");
        world.set_time(after_days(1, 0));
        assert_eq!(world.run_as(&call, run, request(None, None)), Ok(first));
    }

    #[test]
    fn the_commands_are_pinned() {
        let (account, name, suffix) = (ACCOUNT.to_owned(), "n".to_owned(), "s".to_owned());
        let delete = DeleteSecretCommand { account, name, suffix, window_millis: 1 };
        expect!["0a0c31313131323232323333333312016e1a01732001"]
            .assert_eq(&hex::encode(prost::Message::encode_to_vec(&delete)));
        let reply = DeleteSecretReply { deletion_due_at: 1 };
        expect!["0801"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&reply)));
        let (account, name, suffix) = (ACCOUNT.to_owned(), "n".to_owned(), "s".to_owned());
        let remove = RemoveSecretCommand { account, name, suffix, deletion_due_at: 1 };
        expect!["0a0c31313131323232323333333312016e1a01732001"]
            .assert_eq(&hex::encode(prost::Message::encode_to_vec(&remove)));
    }
}
