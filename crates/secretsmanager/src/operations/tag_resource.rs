//! TagResource: gives a secret tags; one whose key it has already gets the new value.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html>

use crate::limits::TAGS_MAX;
use crate::refused::Refused;
use crate::secret_id::SecretId;
use crate::service::Permitted;
use crate::tables::state::{TagSecretCommand, TagSecretReply};
use crate::{SecretsManager, tables, tags};
use proto::secretsmanager::v1::{TagResourceRequest, TagResourceResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: TagResourceRequest,
) -> Result<TagResourceResponse, Fault> {
    let tags = tags::parse(request.tags)?;
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let own = tags::conditions(&tags);
    let find = |view: &dyn View| secrets.permitted(view, &call, "secretsmanager:TagResource", &id, &own)?.live();
    let Permitted { record, permit, .. } = service::decide(&*secrets.replica, find).await?;
    let (account, name) = (id.account().to_string(), record.name.clone());
    let command = TagSecretCommand { account, name, suffix: record.suffix, tags };
    match secrets.propose(call.proposal_id, permit, command).await? {
        Ok(TagSecretReply {}) => Ok(TagResourceResponse {}),
        Err(refused) => Err(refused.error(&record.name).into()),
    }
}

impl Command for TagSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 7;
    type Reply = TagSecretReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<TagSecretReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::live_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        let mut changed = record.clone();
        for new in self.tags {
            match changed.tags.iter_mut().find(|tag| tag.key == new.key) {
                Some(tag) => tag.value = new.value,
                None => changed.tags.push(new),
            }
        }
        if changed.tags.len() > TAGS_MAX {
            return Applied::refused(Refused::TagLimit);
        }
        let mut writes = Writes::new();
        if changed.tags != record.tags {
            changed.changed_at = at.as_millis();
            tables::put_secret(&mut writes, &account, Some(&record), &changed);
        }
        Applied::reply(writes, TagSecretReply {})
    }
}
