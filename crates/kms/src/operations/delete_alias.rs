//! DeleteAlias: takes a name away. The key that it named stays as it is.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html>

use crate::refused::Refused;
use crate::tables::state::{DeleteAliasCommand, DeleteAliasReply};
use crate::{Kms, alias, tables};
use proto::kms::v1::{DeleteAliasRequest, DeleteAliasResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: DeleteAliasRequest) -> Result<DeleteAliasResponse, Fault> {
    let alias = alias::parse(request.alias_name.as_deref(), &call)?;
    let decide = |view: &dyn View| {
        let former = alias::target(view, &call, &alias);
        let keys: Vec<_> = former.iter().collect();
        let permit = kms.permit_alias(view, &call, "kms:DeleteAlias", &alias, &keys)?;
        // Where there is no alias, apply says so: the call may be a repeat of the one that deleted it.
        let command = DeleteAliasCommand {
            account: alias.account.to_string(),
            name: alias.name.clone(),
            former_key_id: former.map(|former| former.key_id).unwrap_or_default(),
        };
        Ok((permit, command))
    };
    let result = kms.propose_decided(&call, decide).await?;
    result.map_err(|refusal| alias::error(&refusal, &alias, &alias.arn))?;
    Ok(DeleteAliasResponse {})
}

impl Command for DeleteAliasCommand {
    const KIND: u32 = kind::KMS + 6;
    type Reply = DeleteAliasReply;

    fn apply(self, _at: Timestamp, view: &dyn View) -> Applied<DeleteAliasReply> {
        let account = self.account.parse().expect("a command names an account");
        let Some(alias) = tables::alias(view, &account, &self.name) else {
            return Applied::refused(Refused::AliasNotFound);
        };
        if alias.target_key_id != self.former_key_id {
            return Applied::refused(Refused::Moved);
        }
        let mut writes = Writes::new();
        tables::delete_alias(&mut writes, &account, &alias.target_key_id, &self.name);
        Applied::reply(writes, DeleteAliasReply {})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use expect_test::{Expect, expect};

    fn request(name: &str) -> DeleteAliasRequest {
        DeleteAliasRequest { alias_name: Some(name.to_owned()) }
    }

    fn check(world: &World, name: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, request(name)));
    }

    #[test]
    fn a_deleted_alias_names_nothing_and_a_repeated_attempt_gets_the_same_answer() {
        let world = World::new();
        let key = world.create_key();
        let before = world.state();
        world.create_alias("alias/a", &key);
        let call = world.call(ACCOUNT);
        assert!(world.run_as(&call, run, request("alias/a")).is_ok());
        assert!(world.run_as(&call, run, request("alias/a")).is_ok(), "the same call");
        assert_eq!(world.state(), before, "nothing of it is left");
        check(
            &world,
            "alias/a",
            expect!["NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/a is not found."],
        );
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        world.describe("alias/aws/ssm");
        check(&world, "alias/aws/ssm", expect!["NotAuthorizedException: "]);
        check(
            &world,
            "mine",
            expect![[
                r#"ValidationException: Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"#
            ]],
        );
    }

    #[test]
    fn apply_holds_to_the_key_whose_rights_were_looked_at() {
        let world = World::new();
        world.create_alias("alias/a", &world.create_key());
        let command = DeleteAliasCommand {
            account: ACCOUNT.to_owned(),
            name: "alias/a".to_owned(),
            former_key_id: world.create_key(),
        };
        let refused = command.apply(Timestamp::default(), &world.tables());
        assert_eq!(refused.result, Err(Refused::Moved.into()));
    }

    #[test]
    fn the_command_is_pinned() {
        let command =
            DeleteAliasCommand { account: "a".to_owned(), name: "n".to_owned(), former_key_id: "f".to_owned() };
        expect!["0a016112016e1a0166"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
