//! DeleteSecret: marks a secret for its deletion, or deletes it at once; and the command that deletes it when it is due.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html>

use crate::limits::{DAY_MILLIS, RECOVERY_WINDOW_DAYS_MAX, RECOVERY_WINDOW_DAYS_MIN};
use crate::refused::Refused;
use crate::secret_id::SecretId;
use crate::service::Permitted;
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
    let found = match service::decide(&*secrets.replica, find).await {
        Err(SecretsError::SecretNotFound) if window == Window::AtOnce => return Ok(answer_unknown(&call, &id)),
        found => found?,
    };
    let Permitted { record, arn, permit } = found;
    let command = DeleteSecretCommand {
        account: id.account().to_string(),
        name: record.name.clone(),
        suffix: record.suffix,
        window_millis: window.millis(),
    };
    let deletion_due_at = match secrets.propose(call.proposal_id, permit, command).await? {
        Ok(reply) => reply.deletion_due_at,
        // Someone else was faster.
        Err(Refused::NotFound) if window == Window::AtOnce => call.received_at.as_millis(),
        Err(refused) => return Err(refused.error(&record.name).into()),
    };
    let (arn, name) = (Some(arn.to_string()), Some(record.name));
    Ok(DeleteSecretResponse { arn, name, deletion_date: timestamp(deletion_due_at) })
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
