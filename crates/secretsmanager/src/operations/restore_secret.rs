//! RestoreSecret: takes back that a secret waits for its deletion. Restoring a secret that does not changes nothing.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html>

use super::delete_secret::cancel_removal;
use crate::SecretsManager;
use crate::secret_id::SecretId;
use crate::service::Changed;
use crate::tables::state::{RestoreSecretCommand, RestoreSecretReply};
use crate::tables::{self, SecretRecord};
use proto::secretsmanager::v1::{RestoreSecretRequest, RestoreSecretResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: RestoreSecretRequest,
) -> Result<RestoreSecretResponse, Fault> {
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let find = |view: &dyn View| secrets.permitted(view, &call, "secretsmanager:RestoreSecret", &id, &[]);
    let command = |record: &SecretRecord| RestoreSecretCommand {
        account: id.account().to_string(),
        name: record.name.clone(),
        suffix: record.suffix.clone(),
    };
    let Changed { arn, name, reply: RestoreSecretReply {} } = secrets.change(&call, find, command).await?;
    Ok(RestoreSecretResponse { arn: Some(arn), name: Some(name) })
}

impl Command for RestoreSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 4;
    type Reply = RestoreSecretReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<RestoreSecretReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::same_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        let mut writes = Writes::new();
        if record.deletion_due_at != 0 {
            cancel_removal(&mut writes, &account, &record);
            let restored = SecretRecord { deleted_at: 0, deletion_due_at: 0, ..record.clone() };
            tables::put_secret(&mut writes, &account, Some(&record), &restored);
        }
        Applied::reply(writes, RestoreSecretReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::expect;

    #[test]
    fn a_secret_that_stays_is_restored_to_what_it_is() {
        let world = World::new();
        world.create("a", "1");
        let before = world.record("a");
        let request = |id: &str| RestoreSecretRequest { secret_id: Some(id.to_owned()) };
        expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a"
            }"#]]
        .assert_eq(&world.answer(run, request("a")));
        assert_eq!(world.record("a"), before);
        expect!["ResourceNotFoundException: Secrets Manager can't find the specified secret."]
            .assert_eq(&world.answer(run, request("nobody")));
    }

    #[test]
    fn the_command_is_pinned() {
        let (account, name, suffix) = ("a".to_owned(), "n".to_owned(), "s".to_owned());
        let command = RestoreSecretCommand { account, name, suffix };
        expect!["0a016112016e1a0173"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
