//! UpdateAlias: makes an alias name another key. All keys here are of one type and usage, so that any may follow any.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html>

use crate::key_name::KeyPath;
use crate::refused::Refused;
use crate::tables::state::{UpdateAliasCommand, UpdateAliasReply};
use crate::tables::{self, AliasRecord};
use crate::{Kms, alias, key_state};
use proto::kms::v1::{UpdateAliasRequest, UpdateAliasResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: UpdateAliasRequest) -> Result<UpdateAliasResponse, Fault> {
    let alias = alias::parse(request.alias_name.as_deref(), &call)?;
    let target = KeyPath::parse(request.target_key_id.as_deref().unwrap_or_default(), &call)?;
    let decide = |view: &dyn View| {
        let former = alias::target(view, &call, &alias);
        let keys: Vec<_> = [Some(&target), former.as_ref()].into_iter().flatten().collect();
        let permit = kms.permit_alias(view, &call, "kms:UpdateAlias", &alias, &keys)?;
        let command = UpdateAliasCommand {
            account: alias.account.to_string(),
            name: alias.name.clone(),
            key_id: target.key_id.clone(),
            former_key_id: former.map(|former| former.key_id).unwrap_or_default(),
        };
        Ok((permit, command))
    };
    let result = kms.propose_decided(&call, decide).await?;
    result.map_err(|refusal| alias::error(&refusal, &alias, &target.arn))?;
    Ok(UpdateAliasResponse {})
}

impl Command for UpdateAliasCommand {
    const KIND: u32 = kind::KMS + 5;
    type Reply = UpdateAliasReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<UpdateAliasReply> {
        match self.writes(at, view) {
            Ok(writes) => Applied::reply(writes, UpdateAliasReply {}),
            Err(refused) => Applied::refused(refused),
        }
    }
}

impl UpdateAliasCommand {
    fn writes(self, at: Timestamp, view: &dyn View) -> Result<Writes, Refused> {
        let account = self.account.parse().expect("a command names an account");
        let former = tables::alias(view, &account, &self.name).ok_or(Refused::AliasNotFound)?;
        if former.target_key_id != self.former_key_id {
            return Err(Refused::Moved);
        }
        let (account, key) = key_state::kept(view, &self.account, &self.key_id)?;
        if key.key_id != former.target_key_id {
            alias::check_quota(view, &account, &key.key_id)?;
        }
        let mut writes = Writes::new();
        let record = AliasRecord { target_key_id: key.key_id, updated_at: at.as_millis(), ..former.clone() };
        tables::put_alias(&mut writes, &account, &self.name, Some(&former), &record);
        Ok(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use access::quota::{self, Quota};
    use expect_test::{Expect, expect};

    fn request(name: &str, key_id: &str) -> UpdateAliasRequest {
        UpdateAliasRequest { alias_name: Some(name.to_owned()), target_key_id: Some(key_id.to_owned()) }
    }

    fn check(world: &World, name: &str, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, request(name, key_id)));
    }

    #[test]
    fn an_alias_goes_over_to_another_key_with_its_place_in_the_listing_and_the_quota() {
        let world = World::new();
        let [one, other] = [0; 2].map(|_| world.create_key());
        world.commit(|writes| {
            let account = ACCOUNT.parse().expect("an account");
            quota::set_limit(writes, &account, Quota::KmsAliasesPerKey, Some(1));
        });
        world.create_alias("alias/a", &one);
        check(&world, "alias/a", &one, expect!["{}"]);
        check(&world, "alias/a", &other, expect!["{}"]);
        assert_eq!(world.describe("alias/a").key_id.as_ref(), Some(&other));
        assert_eq!((world.aliases_of(&one), world.aliases_of(&other)), (vec![], vec!["alias/a".to_owned()]));
        world.create_alias("alias/b", &one);
        check(
            &world,
            "alias/b",
            &other,
            expect!["LimitExceededException: The KMS key has reached its quota of aliases."],
        );
        assert_eq!(world.describe("alias/b").key_id, Some(one));
    }

    #[test]
    fn an_alias_leaves_a_key_that_waits_for_its_deletion_and_never_joins_one() {
        let world = World::new();
        let [one, doomed] = [0; 2].map(|_| world.create_key());
        world.create_alias("alias/a", &doomed);
        world.schedule_deletion(&doomed, 7);
        check(&world, "alias/a", &one, expect!["{}"]);
        check(
            &world,
            "alias/a",
            &doomed,
            expect!["KMSInvalidStateException: arn:aws:kms:us-east-1:111122223333:key/<key id> is pending deletion."],
        );
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let key = world.create_key();
        world.create_alias("alias/a", &key);
        check(
            &world,
            "alias/none",
            &key,
            expect!["NotFoundException: Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found."],
        );
        check(
            &world,
            "alias/a",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/<key id>' does not exist"],
        );
        check(&world, "alias/aws/ssm", &key, expect!["NotAuthorizedException: "]);
        check(
            &world,
            "alias/a",
            &world.describe("alias/aws/ssm").key_id.expect("named"),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:UpdateAlias on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:UpdateAlias action"
            ],
        );
    }

    #[test]
    fn a_call_that_started_over_acts_once() {
        for settles in [false, true] {
            let world = World::new();
            let [one, two, three, four] = [0; 4].map(|_| world.create_key());
            world.create_alias("alias/a", &one);
            if settles {
                world.settle_refusals();
            }
            world.freeze_local();
            world.run(run, request("alias/a", &two)).expect("moved");
            let call = world.call(ACCOUNT);
            world.run_as(&call, run, request("alias/a", &three)).expect("looked at again");
            world.thaw_local();
            assert_eq!(world.describe("alias/a").key_id, Some(three.clone()));
            world.run(run, request("alias/a", &four)).expect("moved");
            world.run_as(&call, run, request("alias/a", &three)).expect("the answer it had");
            assert_eq!(world.describe("alias/a").key_id, Some(four), "{settles}");
        }
    }

    #[test]
    fn apply_holds_to_the_key_whose_rights_were_looked_at() {
        let world = World::new();
        let [one, two, three] = [0; 3].map(|_| world.create_key());
        world.create_alias("alias/a", &one);
        let command = UpdateAliasCommand {
            account: ACCOUNT.to_owned(),
            name: "alias/a".to_owned(),
            key_id: two.clone(),
            former_key_id: three,
        };
        let refused = command.clone().apply(Timestamp::default(), &world.tables());
        assert_eq!(refused.result, Err(Refused::Moved.into()));
        let stands = UpdateAliasCommand { former_key_id: one, ..command }.apply(Timestamp::default(), &world.tables());
        assert!(stands.result.is_ok());
    }

    #[test]
    fn the_command_is_pinned() {
        let command = UpdateAliasCommand {
            account: "a".to_owned(),
            name: "n".to_owned(),
            key_id: "k".to_owned(),
            former_key_id: "f".to_owned(),
        };
        expect!["0a016112016e1a016b220166"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
