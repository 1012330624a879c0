//! CreateSecret: makes a secret, with a first version when the request has a value.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html>. Replicas in other Regions and
//! accounts, and secrets that partners hold, are refused.

use crate::refused::Refused;
use crate::secret_id::{SecretName, arn_of, arn_of_record};
use crate::tables::state::{CreateSecretCommand, CreateSecretReply, NewVersion, Tag, Version};
use crate::tables::{self, FORMAT, SecretRecord};
use crate::value::{SecretValue, key_of_request};
use crate::{SecretsError, SecretsManager, draw, stages, tags, token};
use access::quota::{self, Quota};
use access::{Condition, Permit};
use proto::secretsmanager::v1::{CreateSecretRequest, CreateSecretResponse};
use replica::{Applied, Arn, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: CreateSecretRequest,
) -> Result<CreateSecretResponse, Fault> {
    let wanted = Wanted::parse(request, &call)?;
    let suffix = draw::suffix();
    let arn = arn_of(&call.region, &call.caller.account, &format!("{}-{suffix}", wanted.name.as_str()));
    let permit = service::decide(&*secrets.replica, |view| wanted.authorize(&secrets, view, &call, &arn)).await?;
    let version = wanted.seal(&secrets, &call, &arn, &permit).await?;
    let command = CreateSecretCommand {
        account: call.caller.account.to_string(),
        name: wanted.name.as_str().to_owned(),
        suffix,
        description: wanted.description.clone(),
        kms_key_id: wanted.key_id.clone().unwrap_or_default(),
        tags: wanted.tags.clone(),
        version,
    };
    match secrets.propose(call.attempt, permit, command).await? {
        Ok(reply) => Ok(wanted.answer(&call, reply)),
        Err(Refused::NameTaken) => Ok(wanted.answer_again(&secrets, &call).await?),
        Err(refused) => Err(refused.error(wanted.name.as_str()).into()),
    }
}

/// A request that keeps the rules which need no table.
struct Wanted {
    name: SecretName,
    /// The value of the first version and the token that names it.
    first: Option<(String, SecretValue)>,
    description: String,
    /// `None` when the request names no key.
    key_id: Option<String>,
    tags: Vec<Tag>,
}

impl Wanted {
    fn parse(request: CreateSecretRequest, call: &Call) -> Result<Self, SecretsError> {
        if !request.add_replica_regions.is_empty() || request.force_overwrite_replica_secret == Some(true) {
            return Err(SecretsError::Unsupported { what: "Replication to other Regions" });
        }
        if request.cross_account_primary_arn.is_some() {
            return Err(SecretsError::Unsupported { what: "Replication from other accounts" });
        }
        if request.r#type.as_deref().is_some_and(|kind| !kind.is_empty()) {
            return Err(SecretsError::Unsupported { what: "A secret that a partner holds" });
        }
        let name = SecretName::parse(request.name.as_deref().unwrap_or_default())?;
        let first = match SecretValue::parse(request.secret_string, request.secret_binary)? {
            Some(value) => Some((token::required(request.client_request_token)?, value)),
            None => None,
        };
        Ok(Self {
            name,
            first,
            description: request.description.unwrap_or_default(),
            key_id: request.kms_key_id.map(|key_id| key_of_request(&key_id, call)),
            tags: tags::parse(request.tags)?,
        })
    }

    fn authorize(
        &self,
        secrets: &SecretsManager,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
    ) -> Result<Permit, SecretsError> {
        let mut own: Vec<Condition> = vec![("secretsmanager:Name".into(), vec![self.name.as_str().to_owned()])];
        own.push(("secretsmanager:Description".into(), vec![self.description.clone()]));
        if let Some(key_id) = &self.key_id {
            own.push(("secretsmanager:KmsKeyId".into(), vec![key_id.clone()]));
        }
        own.extend(tags::conditions(&self.tags));
        if !self.tags.is_empty() {
            let _permit = secrets.authorize(view, call, "secretsmanager:TagResource", arn, &own)?;
        }
        secrets.authorize(view, call, "secretsmanager:CreateSecret", arn, &own)
    }

    /// Tries a key that the request names, and seals the first version. Whether the name is taken is left to apply: an SDK
    /// that repeats an attempt meets its own secret.
    async fn seal(
        &self,
        secrets: &SecretsManager,
        call: &Call,
        arn: &Arn,
        permit: &Permit,
    ) -> Result<Option<NewVersion>, SecretsError> {
        let key_id = self.key_id.as_deref().unwrap_or_default();
        if self.first.is_none() && key_id.is_empty() {
            return Ok(None);
        }
        secrets.prepare_key(call, key_id, permit).await?;
        let view = secrets.replica.read().await?;
        if !key_id.is_empty() {
            secrets.probe_key(&*view, call, arn, key_id)?;
        }
        let seal = |(token, value): &(String, SecretValue)| secrets.seal(&*view, call, arn, token, key_id, value);
        self.first.as_ref().map(seal).transpose()
    }

    fn answer(&self, call: &Call, reply: CreateSecretReply) -> CreateSecretResponse {
        let name = self.name.as_str();
        let arn = arn_of(&call.region, &call.caller.account, &format!("{name}-{}", reply.suffix));
        CreateSecretResponse {
            arn: Some(arn.to_string()),
            name: Some(name.to_owned()),
            version_id: Some(reply.version_id).filter(|version| !version.is_empty()),
            ..CreateSecretResponse::default()
        }
    }

    /// The name is taken: by the same request, when the secret has a version with its token and its value.
    async fn answer_again(&self, secrets: &SecretsManager, call: &Call) -> Result<CreateSecretResponse, SecretsError> {
        let taken = || SecretsError::AlreadyExists { name: self.name.as_str().to_owned() };
        let view = secrets.replica.read().await?;
        let account = &call.caller.account;
        let record = tables::secret(&*view, account, self.name.as_str()).ok_or_else(taken)?;
        let (token, value) = self.first.as_ref().ok_or_else(taken)?;
        let arn = arn_of_record(&call.region, account, &record);
        match secrets.holds_already(&*view, call, &arn, &record, token, value)? {
            Some(true) => Ok(self.answer(call, CreateSecretReply { suffix: record.suffix, version_id: token.clone() })),
            Some(false) => Err(SecretsError::TokenInUse { token: token.clone(), arn: arn.to_string() }),
            None => Err(taken()),
        }
    }
}

impl SecretsManager {
    /// Whether the secret has a version with this token, and if so, whether its value is this one.
    pub(crate) fn holds_already(
        &self,
        view: &dyn View,
        call: &Call,
        arn: &Arn,
        record: &SecretRecord,
        token: &str,
        value: &SecretValue,
    ) -> Result<Option<bool>, SecretsError> {
        if stages::version(&record.versions, token).is_none() {
            return Ok(None);
        }
        let stored = self.read_version(view, call, arn, &record.name, token)?;
        Ok(Some(stored.is(value)))
    }
}

impl Command for CreateSecretCommand {
    const KIND: u32 = kind::SECRETSMANAGER;
    type Reply = CreateSecretReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<CreateSecretReply> {
        let account = self.account.parse().expect("a command names an account");
        match tables::secret(view, &account, &self.name) {
            Some(taken) if taken.deletion_due_at != 0 => return Applied::refused(Refused::NameScheduledForDeletion),
            Some(_) => return Applied::refused(Refused::NameTaken),
            None => {}
        }
        let mut writes = Writes::new();
        if quota::take(view, &mut writes, &account, Quota::Secrets).is_err() {
            return Applied::refused(Refused::SecretLimit);
        }
        let mut record = SecretRecord {
            format: FORMAT,
            name: self.name,
            suffix: self.suffix,
            description: self.description,
            kms_key_id: self.kms_key_id,
            tags: self.tags,
            created_at: at.as_millis(),
            changed_at: at.as_millis(),
            ..SecretRecord::default()
        };
        let version_id = self.version.as_ref().map(|version| version.version_id.clone()).unwrap_or_default();
        if let Some(new) = self.version {
            record.revision = 1;
            record.versions.push(Version {
                version_id: new.version_id.clone(),
                created_at: at.as_millis(),
                stages: vec![stages::CURRENT.to_owned()],
                kms_key_id: record.kms_key_id.clone(),
            });
            tables::put_version(&mut writes, &account, &record.name, &new.version_id, new.value);
        }
        tables::put_secret(&mut writes, &account, None, &record);
        Applied::reply(writes, CreateSecretReply { suffix: record.suffix, version_id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, TOKEN, TOKEN_2, World, create_request};
    use expect_test::{Expect, expect};
    use proto::secretsmanager::v1::ReplicaRegionType;
    use replica::testing::Tables;
    use serde_json::json;

    fn check(world: &World, request: CreateSecretRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    #[test]
    fn a_secret_is_made_with_a_value_and_without() {
        let world = World::new();
        check(
            &world,
            create_request("app/a", TOKEN, "v"),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:app/a-<suffix>",
              "Name": "app/a",
              "VersionId": "00000000-0000-4000-8000-000000000001"
            }"#]],
        );
        let bare = CreateSecretRequest { name: Some("bare".to_owned()), ..CreateSecretRequest::default() };
        check(
            &world,
            bare,
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:bare-<suffix>",
              "Name": "bare"
            }"#]],
        );
        assert_eq!(world.record("app/a").expect("made").versions[0].stages, ["AWSCURRENT"]);
        assert!(world.record("bare").expect("made").versions.is_empty());
    }

    #[test]
    fn a_taken_name_is_refused_but_to_the_same_request() {
        let world = World::new();
        let first = world.run(run, create_request("a", TOKEN, "v")).expect("made");
        let before = world.tables().rows();
        assert_eq!(world.run(run, create_request("a", TOKEN, "v")), Ok(first));
        check(
            &world,
            create_request("a", TOKEN, "w"),
            expect![
                "ResourceExistsException: You can't use ClientRequestToken 00000000-0000-4000-8000-000000000001 because that value is already in use for a version of secret arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>."
            ],
        );
        check(
            &world,
            create_request("a", TOKEN_2, "v"),
            expect!["ResourceExistsException: The operation failed because the secret a already exists."],
        );
        let bare = CreateSecretRequest { name: Some("a".to_owned()), ..CreateSecretRequest::default() };
        check(
            &world,
            bare,
            expect!["ResourceExistsException: The operation failed because the secret a already exists."],
        );
        let record = world.record("a").expect("made");
        assert_eq!((record.versions.len(), quota::used(&world.tables(), &account(), Quota::Secrets)), (1, 1));
        // Nothing but the outcomes of the refused requests.
        assert!(world.tables().rows() > before);
    }

    #[test]
    fn a_repeated_attempt_makes_no_second_secret() {
        let world = World::new();
        let call = world.call(ACCOUNT);
        let bare = CreateSecretRequest { name: Some("bare".to_owned()), ..CreateSecretRequest::default() };
        let first = world.run_as(&call, run, bare.clone()).expect("made");
        assert_eq!(world.run_as(&call, run, bare), Ok(first), "the drawn end of the ARN is the first one's");
        assert_eq!(quota::used(&world.tables(), &account(), Quota::Secrets), 1);
    }

    #[test]
    fn a_value_is_written_nowhere_and_told_to_no_record() {
        let world = World::new();
        world.create("a", "canary-0123456789");
        assert!(!world.written_anywhere("canary-0123456789"));
        assert!(world.written_anywhere(TOKEN), "the search would find it");
        assert_eq!(world.events(), ["GenerateDataKey "]);
        assert!(!world.records_as_json().contains("canary"));
    }

    #[test]
    fn a_key_of_the_callers_is_tried_before_it_is_taken() {
        let world = World::new();
        let key = world.create_key();
        let with_key = |name: &str, key: &str| CreateSecretRequest {
            kms_key_id: Some(key.to_owned()),
            ..create_request(name, TOKEN, "v")
        };
        world.run(run, with_key("a", &key)).expect("made");
        assert_eq!(world.record("a").expect("made").kms_key_id, key);
        assert_eq!(world.events(), ["GenerateDataKey ", "Decrypt ", "GenerateDataKey "]);
        assert!(world.records_as_json().contains("RequestToValidateKeyAccess"));
        world.run(run, with_key("default", "alias/aws/secretsmanager")).expect("made");
        assert_eq!(world.record("default").expect("made").kms_key_id, "");
        world.kms("DisableKey", json!({ "KeyId": key }));
        for (name, key) in [("b", key.as_str()), ("c", "alias/nobodys"), ("d", "no key")] {
            let fault = world.run(run, with_key(name, key)).expect_err("unusable");
            assert_eq!((fault.code, world.record(name)), ("EncryptionFailure", None), "{key}");
        }
        let foreign = "arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
        check(&world, with_key("e", foreign), expect!["AccessDeniedException: Access to KMS is not allowed"]);
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(
            &world,
            create_request("a b", TOKEN, "v"),
            expect![
                "InvalidParameterException: Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
            ],
        );
        let both = CreateSecretRequest { secret_binary: Some(vec![1].into()), ..create_request("a", TOKEN, "v") };
        check(
            &world,
            both,
            expect![
                "InvalidParameterException: You can't specify both a binary secret value and a string secret value in the same secret."
            ],
        );
        let no_token = CreateSecretRequest { client_request_token: None, ..create_request("a", TOKEN, "v") };
        check(
            &world,
            no_token,
            expect![
                "InvalidRequestException: You must provide a ClientRequestToken value. We recommend a UUID-type value."
            ],
        );
        let replicas = vec![ReplicaRegionType { region: Some("eu-west-1".to_owned()), kms_key_id: None }];
        let replicated = CreateSecretRequest { add_replica_regions: replicas, ..create_request("a", TOKEN, "v") };
        check(
            &world,
            replicated,
            expect!["InvalidParameterException: Replication to other Regions is not supported by this cluster."],
        );
        assert_eq!(world.record("a"), None);
    }

    fn account() -> replica::AccountId {
        ACCOUNT.parse().expect("an account")
    }

    fn command(name: &str) -> CreateSecretCommand {
        CreateSecretCommand {
            account: ACCOUNT.to_owned(),
            name: name.to_owned(),
            suffix: "AAAAAA".to_owned(),
            ..CreateSecretCommand::default()
        }
    }

    #[test]
    fn apply_refuses_one_secret_above_the_quota() {
        let mut tables = Tables::default();
        let mut writes = Writes::new();
        quota::set_limit(&mut writes, &account(), Quota::Secrets, Some(1));
        tables.commit(&writes);
        let first = command("a").apply(Timestamp::from_millis(1), &tables);
        tables.commit(&first.writes);
        let above = command("b").apply(Timestamp::from_millis(1), &tables);
        assert!(first.result.is_ok() && above.writes.is_empty());
        assert_eq!(above.result, Err(Refused::SecretLimit.into()));
        let fault = Fault::from(Refused::SecretLimit.error("b"));
        assert_eq!(fault.code, "LimitExceededException");
    }

    #[test]
    fn the_command_is_pinned() {
        let command = CreateSecretCommand {
            description: "d".to_owned(),
            kms_key_id: "k".to_owned(),
            tags: vec![Tag { key: "a".to_owned(), value: "b".to_owned() }],
            version: Some(NewVersion { version_id: "v".to_owned(), value: None }),
            ..command("n")
        };
        expect!["0a0c31313131323232323333333312016e1a064141414141412201642a016b32060a01611201623a030a0176"]
            .assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
        let reply = CreateSecretReply { suffix: "s".to_owned(), version_id: "v".to_owned() };
        expect!["0a0173120176"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&reply)));
    }
}
