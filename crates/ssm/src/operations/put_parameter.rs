//! PutParameter: makes a parameter, or gives it a new version.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>. Parameters are of the
//! standard tier and of data type `text`; everything else that AWS offers is refused.
//!
//! A request that overwrites may leave the type and the pattern to the parameter that it overwrites. The value is then
//! checked, and encrypted, against what the parameter has at that moment, and apply refuses when that has changed: the
//! request starts over, under an id that is again the same for every attempt of an SDK.

use crate::limits::{PARAMETERS_MAX, PUT_ATTEMPTS_MAX, VERSIONS_KEPT};
use crate::parameter::stored_type;
use crate::parameter_name::ParameterName;
use crate::refused::Refused;
use crate::secure_string::DEFAULT_KEY;
use crate::tables::state::{Inherited, PutParameterCommand, PutParameterReply, Tag};
use crate::tables::{self, FORMAT, ParameterRecord, ParameterType, VersionRecord};
use crate::{Ssm, SsmError, tags, value};
use access::{Condition, Permit};
use proto::ssm::v1::{ParameterTier, PutParameterRequest, PutParameterResponse};
use replica::{AccountId, Applied, Command, RequestId, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: PutParameterRequest,
) -> Result<PutParameterResponse, Fault> {
    let wanted = Wanted::parse(request, &call)?;
    let mut settled = wanted.settle_first(&ssm, &call).await?;
    for attempt in 0..PUT_ATTEMPTS_MAX {
        let id = attempt_id(&call, attempt);
        match wanted.put(&ssm, &call, id, settled).await? {
            Ok(reply) => return Ok(answer(&reply)),
            Err(Refused::Moved) => {}
            Err(refused) => return Err(refused.error().into()),
        }
        settled = wanted.settle(&ssm, &*ssm.replica.read().await?, &call)?;
    }
    Err(SsmError::TooManyUpdates.into())
}

/// A request that keeps the rules which need no table.
struct Wanted {
    name: ParameterName,
    value: String,
    overwrite: bool,
    /// Absent: that of the parameter that is overwritten.
    r#type: Option<ParameterType>,
    key_id: Option<String>,
    description: Option<String>,
    allowed_pattern: Option<String>,
    data_type: Option<String>,
    tags: Vec<Tag>,
}

/// A request that the tables allow, and the type that its value is to be stored as.
struct Settled {
    permit: Permit,
    r#type: ParameterType,
    inherited: Option<Inherited>,
}

impl Wanted {
    fn parse(request: PutParameterRequest, call: &Call) -> Result<Self, SsmError> {
        let overwrite = request.overwrite.unwrap_or_default();
        if overwrite && !request.tags.is_empty() {
            return Err(SsmError::validation(
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please \
                 remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or \
                 RemoveTagsFromResource.",
            ));
        }
        let name = request.name.as_deref().unwrap_or_default();
        let name = ParameterName::parse_new(name, &call.region, &call.caller.account)?;
        let r#type = request.r#type.and_then(stored_type);
        if r#type.is_none() && !overwrite {
            return Err(SsmError::validation("A parameter type is required when you create a parameter."));
        }
        check_tier(request.tier, request.policies.as_deref())?;
        check_data_type(request.data_type.as_deref())?;
        let value = request.value.unwrap_or_default();
        value::check(&value)?;
        Ok(Self {
            name,
            value,
            overwrite,
            r#type,
            key_id: request.key_id,
            description: request.description,
            allowed_pattern: request.allowed_pattern,
            data_type: request.data_type,
            tags: tags::parse(request.tags)?,
        })
    }

    /// Holds the request to the tables for the first time. Whether a value may be proposed in the clear is asked behind a
    /// read barrier, when the request leaves it to the parameter.
    async fn settle_first(&self, ssm: &Ssm, call: &Call) -> Result<Settled, SsmError> {
        match self.r#type {
            Some(_) => service::decide(&*ssm.replica, |view| self.settle(ssm, view, call)).await,
            None => self.settle(ssm, &*ssm.replica.read().await?, call),
        }
    }

    /// Holds the request to the tables.
    fn settle(&self, ssm: &Ssm, view: &dyn View, call: &Call) -> Result<Settled, SsmError> {
        let account = &call.caller.account;
        let arn = self.name.arn(&call.region, account);
        let permit = ssm.authorize(view, call, "ssm:PutParameter", &arn, &self.conditions())?;
        // Whether the name is taken is left to apply: an SDK that repeats an attempt meets its own parameter here.
        let found = self.overwrite.then(|| tables::parameter(view, account, self.name.as_str())).flatten();
        let existing = found.and_then(|parameter| parameter.newest);
        let existing_type = existing.as_ref().map(VersionRecord::r#type);
        let r#type = match (self.r#type, existing_type) {
            (Some(wanted), Some(existing)) if wanted != existing => return Err(SsmError::HierarchyTypeMismatch),
            (Some(wanted), _) => wanted,
            (None, Some(existing)) => existing,
            (None, None) => {
                return Err(SsmError::validation("A parameter type is required when you create a parameter."));
            }
        };
        if self.key_id.is_some() && r#type != ParameterType::SecureString {
            return Err(SsmError::validation("KeyId is required for SecureString type parameter only."));
        }
        let seen = existing.map(|existing| existing.allowed_pattern).unwrap_or_default();
        value::check_pattern(self.allowed_pattern.as_ref().unwrap_or(&seen), &self.value)?;
        let allowed_pattern = self.allowed_pattern.is_none().then_some(seen);
        let inherited = self.overwrite.then(|| Inherited { r#type: self.r#type.is_none(), allowed_pattern });
        Ok(Settled { permit, r#type, inherited })
    }

    fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = vec![("ssm:Overwrite".into(), vec![self.overwrite.to_string()])];
        for tag in &self.tags {
            conditions.push((format!("aws:RequestTag/{}", tag.key).into(), vec![tag.value.clone()]));
        }
        if !self.tags.is_empty() {
            conditions.push(("aws:TagKeys".into(), self.tags.iter().map(|tag| tag.key.clone()).collect()));
        }
        conditions
    }

    /// Proposes the version. The plaintext of a SecureString ends here.
    async fn put(
        &self,
        ssm: &Ssm,
        call: &Call,
        id: RequestId,
        settled: Settled,
    ) -> Result<Result<PutParameterReply, Refused>, SsmError> {
        let Settled { permit, r#type, inherited } = settled;
        let (value, key_id) = if r#type == ParameterType::SecureString {
            let key_id = self.key_id.as_deref().unwrap_or(DEFAULT_KEY);
            let arn = self.name.arn(&call.region, &call.caller.account);
            (ssm.encrypt(call, &arn, key_id, &self.value, &permit).await?, key_id.to_owned())
        } else {
            (self.value.clone().into_bytes(), String::new())
        };
        let command = PutParameterCommand {
            account: call.caller.account.to_string(),
            name: self.name.as_str().to_owned(),
            overwrite: self.overwrite,
            value,
            r#type: r#type.into(),
            key_id,
            description: self.description.clone(),
            allowed_pattern: self.allowed_pattern.clone(),
            data_type: self.data_type.clone(),
            tags: self.tags.clone(),
            modified_by: call.caller.arn.clone(),
            inherited,
        };
        let result = ssm.propose(id, permit, command).await?;
        result.map(Ok).or_else(|refusal| {
            let unknown = || SsmError::Internal { cause: format!("refusal {}", refusal.kind) };
            Refused::read(&refusal).map(Err).ok_or_else(unknown)
        })
    }
}

impl Command for PutParameterCommand {
    const KIND: u32 = kind::SSM;
    type Reply = PutParameterReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<PutParameterReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        match tables::parameter(view, &account, &self.name) {
            Some(existing) => self.overwrite_with(at, &account, existing),
            None => self.create(at, view, &account),
        }
    }
}

impl PutParameterCommand {
    fn create(self, at: Timestamp, view: &dyn View, account: &AccountId) -> Applied<PutParameterReply> {
        let count = tables::parameters(view, account);
        if count >= PARAMETERS_MAX {
            return Applied::refused(Refused::ParameterLimit);
        }
        if self.moved(None) {
            return Applied::refused(Refused::Moved);
        }
        let mut writes = Writes::new();
        tables::put_parameters(&mut writes, account, count + 1);
        let (name, tags) = (self.name.clone(), self.tags.clone());
        let newest = Some(self.version(1, at, &VersionRecord::default()));
        let record = ParameterRecord { format: FORMAT, name, newest, tags };
        writes.put_message(tables::parameter_row(account, &record.name), &record);
        Applied::reply(writes, PutParameterReply { version: 1 })
    }

    fn overwrite_with(
        self,
        at: Timestamp,
        account: &AccountId,
        existing: ParameterRecord,
    ) -> Applied<PutParameterReply> {
        let former = existing.newest.expect("a parameter has a newest version");
        if !self.overwrite {
            return Applied::refused(Refused::AlreadyExists);
        }
        if self.moved(Some(&former)) {
            return Applied::refused(Refused::Moved);
        }
        if former.r#type != self.r#type {
            return Applied::refused(Refused::TypeMismatch);
        }
        let version = former.version + 1;
        let mut writes = Writes::new();
        writes.put_message(tables::former_version_row(account, &existing.name, former.version), &former);
        if let Some(dropped) = version.checked_sub(VERSIONS_KEPT).filter(|dropped| *dropped > 0) {
            writes.delete(tables::former_version_row(account, &existing.name, dropped));
        }
        let newest = Some(self.version(version, at, &former));
        let record = ParameterRecord { newest, ..existing };
        writes.put_message(tables::parameter_row(account, &record.name), &record);
        Applied::reply(writes, PutParameterReply { version })
    }

    /// Whether the parameter differs in what the value was checked against and made from.
    fn moved(&self, existing: Option<&VersionRecord>) -> bool {
        let Some(inherited) = &self.inherited else { return false };
        let existing_type = existing.map(|existing| existing.r#type);
        let existing_pattern = existing.map(|existing| existing.allowed_pattern.as_str()).unwrap_or_default();
        let other_type = inherited.r#type && existing_type != Some(self.r#type);
        let other_pattern = inherited.allowed_pattern.as_deref().is_some_and(|seen| seen != existing_pattern);
        other_type || other_pattern
    }

    /// The new version. What the request leaves out stays as in the `former` one.
    fn version(self, version: u64, at: Timestamp, former: &VersionRecord) -> VersionRecord {
        let kept = |member: Option<String>, former: &str| member.unwrap_or_else(|| former.to_owned());
        let former_data_type = if former.data_type.is_empty() { DATA_TYPE } else { &former.data_type };
        VersionRecord {
            format: FORMAT,
            version,
            value: self.value,
            r#type: self.r#type,
            key_id: self.key_id,
            description: kept(self.description, &former.description),
            allowed_pattern: kept(self.allowed_pattern, &former.allowed_pattern),
            data_type: kept(self.data_type, former_data_type),
            modified_at: at.as_millis(),
            modified_by: self.modified_by,
        }
    }
}

/// The only data type so far.
const DATA_TYPE: &str = "text";

/// The data types of AWS's that are not checked here yet.
const OTHER_DATA_TYPES: [&str; 2] = ["aws:ec2:image", "aws:ssm:integration"];

fn check_data_type(data_type: Option<&str>) -> Result<(), SsmError> {
    match data_type {
        None | Some(DATA_TYPE) => Ok(()),
        Some(other) if OTHER_DATA_TYPES.contains(&other) => {
            Err(SsmError::Validation(format!("The data type {other} is not supported by this cluster.")))
        }
        Some(other) => Err(SsmError::Validation(format!(
            "The following data type is not supported: {other} (Data type names are all lowercase.)"
        ))),
    }
}

/// Intelligent tiering picks the standard tier for whatever it can hold, which is all that is accepted here.
fn check_tier(tier: Option<i32>, policies: Option<&str>) -> Result<(), SsmError> {
    if tier == Some(ParameterTier::Advanced.into()) {
        return Err(SsmError::validation("The advanced-parameter tier is not supported by this cluster."));
    }
    if policies.is_some_and(|policies| !policies.is_empty()) {
        return Err(SsmError::validation(
            "Parameter policies need the advanced-parameter tier, which is not supported by this cluster.",
        ));
    }
    Ok(())
}

/// The proposals of one call need ids of their own, each the same for every attempt of an SDK at the call.
fn attempt_id(call: &Call, attempt: u8) -> RequestId {
    let mut id = call.proposal_id;
    id.0[14] ^= attempt;
    id
}

fn answer(reply: &PutParameterReply) -> PutParameterResponse {
    PutParameterResponse {
        version: Some(i64::try_from(reply.version).expect("versions are counted one by one")),
        tier: Some(ParameterTier::Standard.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World, put_request};
    use expect_test::{Expect, expect};
    use proto::ssm::v1::ParameterType as Public;
    use replica::testing::Tables;
    use serde_json::json;

    fn check(world: &World, request: PutParameterRequest, expected: Expect) {
        expected.assert_eq(&world.answer(run, request));
    }

    fn overwrite(name: &str, value: &str) -> PutParameterRequest {
        PutParameterRequest { overwrite: Some(true), r#type: None, ..put_request(name, Public::String, value) }
    }

    fn command(value: &str) -> PutParameterCommand {
        PutParameterCommand {
            account: ACCOUNT.to_owned(),
            name: "/a".to_owned(),
            value: value.as_bytes().to_vec(),
            r#type: ParameterType::String.into(),
            ..PutParameterCommand::default()
        }
    }

    fn apply(tables: &mut Tables, command: PutParameterCommand) -> Result<u64, Option<Refused>> {
        let applied = command.apply(Timestamp::from_millis(9), tables);
        tables.commit(&applied.writes);
        applied.result.map(|reply| reply.version).map_err(|refusal| Refused::read(&refusal))
    }

    #[test]
    fn apply_creates_overwrites_and_refuses() {
        let mut tables = Tables::default();
        let over = |value| PutParameterCommand { overwrite: true, ..command(value) };
        let inherited = |r#type, pattern: &str| Some(Inherited { r#type, allowed_pattern: Some(pattern.to_owned()) });
        let secure = ParameterType::SecureString.into();
        for (step, command, expected) in [
            ("create", command("1"), Ok(1)),
            ("again", command("2"), Err(Some(Refused::AlreadyExists))),
            (
                "under its other name",
                PutParameterCommand { name: "a".into(), ..command("2") },
                Err(Some(Refused::AlreadyExists)),
            ),
            ("overwrite", over("3"), Ok(2)),
            ("another type", PutParameterCommand { r#type: secure, ..over("4") }, Err(Some(Refused::TypeMismatch))),
            ("the type it has", PutParameterCommand { inherited: inherited(true, ""), ..over("5") }, Ok(3)),
            (
                "a type it had not",
                PutParameterCommand { r#type: secure, inherited: inherited(true, ""), ..over("6") },
                Err(Some(Refused::Moved)),
            ),
            (
                "a pattern it has not",
                PutParameterCommand { inherited: inherited(false, "x+"), ..over("7") },
                Err(Some(Refused::Moved)),
            ),
            (
                "a type of what is gone",
                PutParameterCommand { name: "/gone".into(), inherited: inherited(true, ""), ..over("8") },
                Err(Some(Refused::Moved)),
            ),
        ] {
            assert_eq!(apply(&mut tables, command), expected, "{step}");
        }
        let account = ACCOUNT.parse().expect("an account");
        assert_eq!(tables::parameters(&tables, &account), 1);
        assert_eq!(tables::former_version(&tables, &account, "a", 2).expect("kept").value, b"3");
    }

    #[test]
    fn apply_refuses_one_parameter_above_the_quota() {
        let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("an account"));
        let mut writes = Writes::new();
        tables::put_parameters(&mut writes, &account, PARAMETERS_MAX - 1);
        tables.commit(&writes);
        assert_eq!(apply(&mut tables, command("last")), Ok(1));
        let above = PutParameterCommand { name: "/b".to_owned(), ..command("x") };
        assert_eq!(apply(&mut tables, above), Err(Some(Refused::ParameterLimit)));
        let over = PutParameterCommand { overwrite: true, ..command("x") };
        assert_eq!(apply(&mut tables, over), Ok(2), "overwriting takes no more room");
    }

    #[test]
    fn a_hundred_versions_are_kept() {
        let (mut tables, account) = (Tables::default(), ACCOUNT.parse().expect("an account"));
        for n in 1..=103 {
            let put = PutParameterCommand { overwrite: true, ..command(&n.to_string()) };
            assert_eq!(apply(&mut tables, put), Ok(n));
        }
        let kept: Vec<u64> =
            (1..=103).filter(|n| tables::former_version(&tables, &account, "/a", *n).is_some()).collect();
        assert_eq!((kept.len(), kept[0]), (99, 4), "and the newest");
    }

    #[test]
    fn the_command_is_pinned() {
        let command = PutParameterCommand {
            overwrite: true,
            key_id: "k".to_owned(),
            description: Some(String::new()),
            inherited: Some(Inherited { r#type: true, allowed_pattern: Some("p".to_owned()) }),
            ..command("v")
        };
        expect!["0a0c31313131323232323333333312022f611801220176280132016b3a0062050801120170"]
            .assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }

    #[test]
    fn the_answer_is_version_and_tier() {
        let world = World::new();
        check(
            &world,
            put_request("/a", Public::String, "x"),
            expect![[r#"
            {
              "Version": 1,
              "Tier": "Standard"
            }"#]],
        );
        check(
            &world,
            overwrite("a", "y"),
            expect![[r#"
            {
              "Version": 2,
              "Tier": "Standard"
            }"#]],
        );
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        world.put("/text", Public::String, "x");
        let create = || put_request("/new", Public::String, "x");
        check(
            &world,
            put_request("/text", Public::String, "y"),
            expect![
                "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
            ],
        );
        check(
            &world,
            put_request("text", Public::SecureString, "y"),
            expect![
                "ParameterAlreadyExists: The parameter already exists. To overwrite this value, set the overwrite option in the request to true."
            ],
        );
        let secure = PutParameterRequest { overwrite: Some(true), ..put_request("/text", Public::SecureString, "y") };
        check(
            &world,
            secure,
            expect![
                "HierarchyTypeMismatchException: Parameter Store does not support changing a parameter type in a hierarchy. For example, you can't change a parameter from a String type to a SecureString type. You must create a new, unique parameter."
            ],
        );
        check(
            &world,
            overwrite("/new", "x"),
            expect!["ValidationException: A parameter type is required when you create a parameter."],
        );
        check(
            &world,
            PutParameterRequest { r#type: None, ..create() },
            expect!["ValidationException: A parameter type is required when you create a parameter."],
        );
        let tags = vec![proto::ssm::v1::Tag { key: Some("a".to_owned()), value: Some("b".to_owned()) }];
        check(
            &world,
            PutParameterRequest { tags, ..overwrite("/text", "y") },
            expect![
                "ValidationException: Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
            ],
        );
        check(
            &world,
            PutParameterRequest { key_id: Some("alias/x".to_owned()), ..create() },
            expect!["ValidationException: KeyId is required for SecureString type parameter only."],
        );
        check(
            &world,
            PutParameterRequest { tier: Some(ParameterTier::Advanced.into()), ..create() },
            expect!["ValidationException: The advanced-parameter tier is not supported by this cluster."],
        );
        check(
            &world,
            PutParameterRequest { policies: Some("[{}]".to_owned()), ..create() },
            expect![
                "ValidationException: Parameter policies need the advanced-parameter tier, which is not supported by this cluster."
            ],
        );
        check(
            &world,
            PutParameterRequest { data_type: Some("aws:ec2:image".to_owned()), ..create() },
            expect!["ValidationException: The data type aws:ec2:image is not supported by this cluster."],
        );
        check(
            &world,
            PutParameterRequest { data_type: Some("Text".to_owned()), ..create() },
            expect![
                "ValidationException: The following data type is not supported: Text (Data type names are all lowercase.)"
            ],
        );
        check(
            &world,
            put_request("/new", Public::String, "{{ssm:x}}"),
            expect![[
                r#"ValidationException: Parameter value can't nest another parameter. Do not use "{{}}" in the value."#
            ]],
        );
        check(
            &world,
            put_request("a/b", Public::String, "x"),
            expect!["ValidationException: Parameter name must be a fully qualified name."],
        );
        assert_eq!(world.put("/new", Public::String, "x"), 1, "nothing was made on the way");
    }

    #[test]
    fn an_overwritten_parameter_keeps_what_the_request_leaves_out() {
        let world = World::new();
        let first = PutParameterRequest {
            allowed_pattern: Some("[a-z]+".to_owned()),
            description: Some("words".to_owned()),
            ..put_request("/a", Public::StringList, "x")
        };
        world.run(run, first).expect("made");
        check(
            &world,
            overwrite("/a", "12"),
            expect![
                "ParameterPatternMismatchException: Parameter value, cannot be validated against allowedPattern: [a-z]+"
            ],
        );
        check(
            &world,
            PutParameterRequest { allowed_pattern: Some("(".to_owned()), ..overwrite("/a", "x") },
            expect!["InvalidAllowedPatternException: The regular expression ( is not valid."],
        );
        world.run(run, overwrite("/a", "yz")).expect("matches");
        let kept = tables::parameter(&world.tables(), &ACCOUNT.parse().expect("an account"), "/a");
        let newest = kept.expect("there").newest.expect("newest");
        assert_eq!((newest.description.as_str(), newest.r#type()), ("words", ParameterType::StringList));
        world
            .run(run, PutParameterRequest { allowed_pattern: Some(String::new()), ..overwrite("/a", "12") })
            .expect("free");
    }

    #[test]
    fn secrets_are_never_proposed_nor_stored_in_the_clear() {
        let world = World::new();
        let canary = "canary-of-a-secure-string";
        world.put("/in-the-clear", Public::String, canary);
        assert!(world.written_anywhere(canary), "the search finds what is there");

        let world = World::new();
        world.put("/secret", Public::SecureString, canary);
        world.run(run, overwrite("/secret", canary)).expect("type left out");
        let key_id = Some(world.create_key());
        let own_key = PutParameterRequest { key_id, ..put_request("/own-key", Public::SecureString, canary) };
        world.run(run, own_key).expect("put");
        assert!(!world.written_anywhere(canary));
        let events = world.key_events();
        assert_eq!(events, ["Encrypt ", "Encrypt ", "Encrypt "], "directly under the key, with no data key");
    }

    #[test]
    fn a_secure_string_needs_a_key_that_can_be_used() {
        let world = World::new();
        let key = world.create_key();
        let put = |key: &str| PutParameterRequest {
            key_id: Some(key.to_owned()),
            ..put_request("/secret", Public::SecureString, "x")
        };
        check(
            &world,
            put("alias/nobody"),
            expect![
                "InvalidKeyId: Alias arn:aws:kms:us-east-1:111122223333:alias/nobody is not found. (Service: Kms, Status Code: 400, Request ID: 11111111-2222-4333-8444-555555555555)"
            ],
        );
        check(
            &world,
            put("nonsense"),
            expect![
                "InvalidKeyId: Invalid keyId 'nonsense' (Service: Kms, Status Code: 400, Request ID: 11111111-2222-4333-8444-555555555555)"
            ],
        );
        check(
            &world,
            put("arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:Encrypt on resource: arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab because no resource-based policy allows the kms:Encrypt action (Service: Kms, Status Code: 400, Request ID: 11111111-2222-4333-8444-555555555555)"
            ],
        );
        world.kms("DisableKey", json!({ "KeyId": key.clone() }));
        let answer = world.answer(run, put(&key));
        assert!(answer.starts_with(&format!("InvalidKeyId: {key} is disabled.")), "{answer}");
    }

    #[test]
    fn a_parameter_that_moves_under_the_request_is_looked_at_again() {
        let world = World::new();
        let pattern =
            |pattern: &str| PutParameterRequest { allowed_pattern: Some(pattern.to_owned()), ..overwrite("/a", "x") };
        world.put("/a", Public::String, "x");
        world.freeze_local();
        world.run(run, pattern("x+")).expect("put");
        let put = |value| PutParameterRequest { r#type: Some(Public::String.into()), ..overwrite("/a", value) };
        let fault = world.run(run, put("y")).expect_err("the new pattern holds");
        assert_eq!(fault.code, "ParameterPatternMismatchException");
        assert_eq!(world.run(run, put("xx")).expect("put").version, Some(3));
    }

    #[test]
    fn a_repeated_attempt_makes_no_second_version() {
        let world = World::new();
        for request in [put_request("/a", Public::String, "x"), put_request("/b", Public::SecureString, "x")] {
            let call = world.call(ACCOUNT);
            let first = world.run_as(&call, run, request.clone()).expect("made");
            assert_eq!(world.run_as(&call, run, request).expect("the same answer"), first);
        }
    }
}
