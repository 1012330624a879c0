//! CreateAlias: gives a key a name. An alias that exists is not moved: UpdateAlias does that.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html>

use crate::key_name::KeyPath;
use crate::refused::Refused;
use crate::tables::state::{CreateAliasCommand, CreateAliasReply};
use crate::tables::{self, AliasRecord, FORMAT};
use crate::{Kms, alias, key_state};
use proto::kms::v1::{CreateAliasRequest, CreateAliasResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(kms: Arc<Kms>, call: Call, request: CreateAliasRequest) -> Result<CreateAliasResponse, Fault> {
    let alias = alias::parse(request.alias_name.as_deref(), &call)?;
    let target = KeyPath::parse(request.target_key_id.as_deref().unwrap_or_default(), &call)?;
    let authorize = |view: &dyn View| kms.permit_alias(view, &call, "kms:CreateAlias", &alias, &[&target]);
    let permit = service::decide(&*kms.replica, authorize).await?;
    let command = CreateAliasCommand {
        account: alias.account.to_string(),
        name: alias.name.clone(),
        key_id: target.key_id.clone(),
    };
    let result = kms.propose(&call, permit, command).await?;
    result.map_err(|refusal| alias::error(&refusal, &alias, &target.arn))?;
    Ok(CreateAliasResponse {})
}

impl Command for CreateAliasCommand {
    const KIND: u32 = kind::KMS + 4;
    type Reply = CreateAliasReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<CreateAliasReply> {
        match self.writes(at, view) {
            Ok(writes) => Applied::reply(writes, CreateAliasReply {}),
            Err(refused) => Applied::refused(refused),
        }
    }
}

impl CreateAliasCommand {
    fn writes(self, at: Timestamp, view: &dyn View) -> Result<Writes, Refused> {
        let (account, key) = key_state::kept(view, &self.account, &self.key_id)?;
        if tables::alias(view, &account, &self.name).is_some() {
            return Err(Refused::AliasTaken);
        }
        alias::check_quota(view, &account, &key.key_id)?;
        let mut writes = Writes::new();
        let record = AliasRecord {
            format: FORMAT,
            target_key_id: key.key_id,
            created_at: at.as_millis(),
            updated_at: at.as_millis(),
        };
        tables::put_alias(&mut writes, &account, &self.name, None, &record);
        Ok(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use access::quota::{self, Quota};
    use expect_test::{Expect, expect};

    fn request(name: &str, key_id: &str) -> CreateAliasRequest {
        CreateAliasRequest { alias_name: Some(name.to_owned()), target_key_id: Some(key_id.to_owned()) }
    }

    fn check(world: &World, name: &str, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, request(name, key_id)));
    }

    #[test]
    fn an_alias_names_its_key_at_once() {
        let world = World::new();
        let key = world.create_key();
        check(&world, "alias/mine", &key, expect!["{}"]);
        assert_eq!(world.describe("alias/mine").key_id.as_ref(), Some(&key));
        let arn = world.describe(&key).arn.expect("named");
        check(&world, "alias/by-arn", &arn, expect!["{}"]);
        assert_eq!(world.describe(&format!("arn:aws:kms:us-east-1:{ACCOUNT}:alias/by-arn")).key_id, Some(key));
    }

    #[test]
    fn a_name_is_given_once() {
        let world = World::new();
        let [one, other] = [0; 2].map(|_| world.create_key());
        let call = world.call(ACCOUNT);
        assert!(world.run_as(&call, run, request("alias/mine", &one)).is_ok());
        assert!(world.run_as(&call, run, request("alias/mine", &one)).is_ok(), "the same call");
        for key in [&one, &other] {
            check(
                &world,
                "alias/mine",
                key,
                expect![
                    "AlreadyExistsException: An alias with the name arn:aws:kms:us-east-1:111122223333:alias/mine already exists"
                ],
            );
        }
        assert_eq!(world.describe("alias/mine").key_id, Some(one));
    }

    #[test]
    fn a_key_has_as_many_aliases_as_its_quota() {
        let world = World::new();
        let [key, other] = [0; 2].map(|_| world.create_key());
        world.commit(|writes| {
            let account = ACCOUNT.parse().expect("an account");
            quota::set_limit(writes, &account, Quota::KmsAliasesPerKey, Some(2));
        });
        check(&world, "alias/1", &key, expect!["{}"]);
        check(&world, "alias/2", &key, expect!["{}"]);
        check(
            &world,
            "alias/3",
            &key,
            expect!["LimitExceededException: The KMS key has reached its quota of aliases."],
        );
        check(&world, "alias/3", &other, expect!["{}"]);
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        let key = world.create_key();
        check(&world, "alias/aws/mine", &key, expect!["NotAuthorizedException: "]);
        check(&world, "alias/mine", "alias/other", expect!["NotFoundException: Invalid keyId 'alias/other'"]);
        check(
            &world,
            "alias/mine",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
            expect!["NotFoundException: Key 'arn:aws:kms:us-east-1:111122223333:key/<key id>' does not exist"],
        );
        check(
            &world,
            "alias/mine",
            &world.describe("alias/aws/ssm").key_id.expect("named"),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:CreateAlias on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:CreateAlias action"
            ],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let command = CreateAliasCommand { account: "a".to_owned(), name: "n".to_owned(), key_id: "k".to_owned() };
        expect!["0a016112016e1a016b"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
