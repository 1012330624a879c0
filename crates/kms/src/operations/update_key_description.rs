//! UpdateKeyDescription: replaces the description of a key.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html>

use crate::tables::KeyRecord;
use crate::tables::state::{UpdateKeyDescriptionCommand, UpdateKeyDescriptionReply};
use crate::{Kms, key_state, tables};
use proto::kms::v1::{UpdateKeyDescriptionRequest, UpdateKeyDescriptionResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: UpdateKeyDescriptionRequest,
) -> Result<UpdateKeyDescriptionResponse, Fault> {
    let key_id = request.key_id.as_deref();
    let (key, permit) =
        kms.permitted_change(&call, "kms:UpdateKeyDescription", key_id, |conditions| conditions).await?;
    let command = UpdateKeyDescriptionCommand {
        account: key.account.to_string(),
        key_id: key.record.key_id,
        description: request.description.unwrap_or_default(),
    };
    kms.change(&call, permit, &key.arn, command).await?;
    Ok(UpdateKeyDescriptionResponse {})
}

impl Command for UpdateKeyDescriptionCommand {
    const KIND: u32 = kind::KMS + 10;
    type Reply = UpdateKeyDescriptionReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<UpdateKeyDescriptionReply> {
        let (account, record) = match key_state::kept(view, &self.account, &self.key_id) {
            Ok(key) => key,
            Err(refused) => return Applied::refused(refused),
        };
        let mut writes = Writes::new();
        tables::put_key(&mut writes, &account, &KeyRecord { description: self.description, ..record });
        Applied::reply(writes, UpdateKeyDescriptionReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::{Expect, expect};

    fn request(key_id: &str, description: &str) -> UpdateKeyDescriptionRequest {
        UpdateKeyDescriptionRequest { key_id: Some(key_id.to_owned()), description: Some(description.to_owned()) }
    }

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, request(key_id, "new")));
    }

    #[test]
    fn a_description_is_replaced_and_emptied() {
        let world = World::new();
        let key = world.create_key();
        for description in ["first", ""] {
            world.run(run, request(&key, description)).expect("updated");
            assert_eq!(world.describe(&key).description.as_deref(), Some(description));
        }
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(
            &world,
            &world.describe("alias/aws/ssm").key_id.expect("named"),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:UpdateKeyDescription on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:UpdateKeyDescription action"
            ],
        );
        check(&world, "x", expect!["NotFoundException: Invalid keyId 'x'"]);
    }

    #[test]
    fn the_command_is_pinned() {
        let command = UpdateKeyDescriptionCommand {
            account: "a".to_owned(),
            key_id: "k".to_owned(),
            description: "d".to_owned(),
        };
        expect!["0a016112016b1a0164"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
