//! UntagResource: takes tags from a secret. A key that it does not have is no error.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html>

use crate::secret_id::SecretId;
use crate::tables::SecretRecord;
use crate::tables::state::{UntagSecretCommand, UntagSecretReply};
use crate::{SecretsManager, tables, tags};
use access::Condition;
use proto::secretsmanager::v1::{UntagResourceRequest, UntagResourceResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: UntagResourceRequest,
) -> Result<UntagResourceResponse, Fault> {
    let keys = request.tag_keys;
    keys.iter().try_for_each(|key| tags::check_key(key))?;
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let own: [Condition; 1] = [("aws:TagKeys".into(), keys.clone())];
    let find = |view: &dyn View| secrets.permitted(view, &call, "secretsmanager:UntagResource", &id, &own)?.live();
    let command = |record: &SecretRecord| UntagSecretCommand {
        account: id.account().to_string(),
        name: record.name.clone(),
        suffix: record.suffix.clone(),
        keys: keys.clone(),
    };
    secrets.change(&call, find, command).await?;
    Ok(UntagResourceResponse {})
}

impl Command for UntagSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 8;
    type Reply = UntagSecretReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<UntagSecretReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::live_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        let mut changed = record.clone();
        changed.tags.retain(|tag| !self.keys.contains(&tag.key));
        let mut writes = Writes::new();
        if changed.tags != record.tags {
            changed.changed_at = at.as_millis();
            tables::put_secret(&mut writes, &account, Some(&record), &changed);
        }
        Applied::reply(writes, UntagSecretReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_command_is_pinned() {
        let (account, name, suffix) = ("a".to_owned(), "n".to_owned(), "s".to_owned());
        let command = UntagSecretCommand { account, name, suffix, keys: vec!["k".to_owned()] };
        expect!["0a016112016e1a017322016b"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
