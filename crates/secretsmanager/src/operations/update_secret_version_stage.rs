//! UpdateSecretVersionStage: puts a staging label on a version, moves it there from another, or takes it away.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html>

use crate::refused::Refused;
use crate::secret_id::SecretId;
use crate::service::Changed;
use crate::tables::SecretRecord;
use crate::tables::state::{UpdateSecretVersionStageCommand, UpdateSecretVersionStageReply, Version};
use crate::{SecretsError, SecretsManager, stages, tables};
use access::Condition;
use access::quota::{self, Quota};
use proto::secretsmanager::v1::{UpdateSecretVersionStageRequest, UpdateSecretVersionStageResponse};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: UpdateSecretVersionStageRequest,
) -> Result<UpdateSecretVersionStageResponse, Fault> {
    if request.remove_from_version_id.is_none() && request.move_to_version_id.is_none() {
        return Err(SecretsError::invalid("You must provide MoveToVersionId, RemoveFromVersionId, or both.").into());
    }
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let stage = request.version_stage.unwrap_or_default();
    let own: [Condition; 1] = [("secretsmanager:VersionStage".into(), vec![stage.clone()])];
    let action = "secretsmanager:UpdateSecretVersionStage";
    let find = |view: &dyn View| secrets.permitted(view, &call, action, &id, &own)?.live();
    let (from, to) =
        (request.remove_from_version_id.unwrap_or_default(), request.move_to_version_id.unwrap_or_default());
    let command = |record: &SecretRecord| UpdateSecretVersionStageCommand {
        account: id.account().to_string(),
        name: record.name.clone(),
        suffix: record.suffix.clone(),
        stage: stage.clone(),
        remove_from_version_id: from.clone(),
        move_to_version_id: to.clone(),
    };
    let Changed { arn, name, reply: UpdateSecretVersionStageReply {} } = secrets.change(&call, find, command).await?;
    Ok(UpdateSecretVersionStageResponse { arn: Some(arn), name: Some(name) })
}

impl Command for UpdateSecretVersionStageCommand {
    const KIND: u32 = kind::SECRETSMANAGER + 6;
    type Reply = UpdateSecretVersionStageReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<UpdateSecretVersionStageReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        let record = match tables::live_secret(view, &account, &self.name, &self.suffix) {
            Ok(record) => record,
            Err(refused) => return Applied::refused(refused),
        };
        let mut changed = record.clone();
        let limit = quota::limit(view, &account, Quota::SecretStages);
        if let Err(refused) = self.relabel(&mut changed.versions, limit) {
            return Applied::refused(refused);
        }
        let mut writes = Writes::new();
        if changed.versions != record.versions {
            changed.changed_at = at.as_millis();
            changed.revision += 1;
            tables::put_secret(&mut writes, &account, Some(&record), &changed);
        }
        Applied::reply(writes, UpdateSecretVersionStageReply {})
    }
}

impl UpdateSecretVersionStageCommand {
    fn relabel(&self, versions: &mut [Version], limit: u64) -> Result<(), Refused> {
        let (stage, from, to) = (&self.stage, &self.remove_from_version_id, &self.move_to_version_id);
        for named in [from, to].into_iter().filter(|named| !named.is_empty()) {
            if stages::version(versions, named).is_none() {
                return Err(Refused::VersionNotFound(named.clone()));
            }
        }
        let holder = stages::holder(versions, stage).map(|version| version.version_id.clone());
        match holder {
            // To leave a label where it is is no move.
            Some(holder) if holder == *to && (from.is_empty() || *from == holder) => return Ok(()),
            Some(holder) if from.is_empty() => {
                return Err(Refused::StageHeld { stage: stage.clone(), version: holder });
            }
            holder if !from.is_empty() && holder.as_ref() != Some(from) => {
                return Err(Refused::StageNotThere { stage: stage.clone(), version: from.clone() });
            }
            _ => {}
        }
        if !to.is_empty() {
            stages::attach(versions, to, stage);
            return stages::check_number(versions, limit);
        }
        if stage == stages::CURRENT {
            return Err(Refused::CurrentStays);
        }
        stages::detach(versions, stage);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{TOKEN, TOKEN_2, World};
    use expect_test::expect;

    #[test]
    fn a_label_is_moved_and_refusals_are_awss() {
        let world = World::new();
        world.create("a", "1");
        world.put("a", TOKEN_2, "2");
        let request = |stage: &str, from: Option<&str>, to: Option<&str>| UpdateSecretVersionStageRequest {
            secret_id: Some("a".to_owned()),
            version_stage: Some(stage.to_owned()),
            remove_from_version_id: from.map(str::to_owned),
            move_to_version_id: to.map(str::to_owned),
        };
        let check = |request, expected: expect_test::Expect| expected.assert_eq(&world.answer(run, request));
        check(
            request("AWSCURRENT", None, Some(TOKEN)),
            expect![
                "InvalidParameterException: The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version 00000000-0000-4000-8000-000000000002, so you must explicitly reference that version in RemoveFromVersionId."
            ],
        );
        check(
            request("AWSCURRENT", Some(TOKEN_2), None),
            expect![
                "InvalidParameterException: You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed."
            ],
        );
        check(
            request("mine", Some(TOKEN), None),
            expect![
                "InvalidParameterException: The staging label mine is not attached to version 00000000-0000-4000-8000-000000000001."
            ],
        );
        check(
            request("mine", None, Some(&"0".repeat(32))),
            expect![
                "ResourceNotFoundException: Secrets Manager can't find the specified secret value for VersionId: 00000000000000000000000000000000"
            ],
        );
        check(
            request("mine", None, None),
            expect!["InvalidParameterException: You must provide MoveToVersionId, RemoveFromVersionId, or both."],
        );
        check(
            request("AWSCURRENT", Some(TOKEN_2), Some(TOKEN)),
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:a-<suffix>",
              "Name": "a"
            }"#]],
        );
        let stages: Vec<_> = world.record("a").expect("there").versions.into_iter().map(|v| v.stages).collect();
        assert_eq!(stages, [["AWSCURRENT"], ["AWSPREVIOUS"]]);
    }

    #[test]
    fn labels_are_held_to_their_quota() {
        let world = World::new();
        world.create("a", "1");
        world.set_limit(Quota::SecretStages, 1);
        let request = UpdateSecretVersionStageRequest {
            secret_id: Some("a".to_owned()),
            version_stage: Some("mine".to_owned()),
            remove_from_version_id: None,
            move_to_version_id: Some(TOKEN.to_owned()),
        };
        assert_eq!(world.run(run, request).expect_err("one is the limit").code, "LimitExceededException");
    }

    #[test]
    fn the_command_is_pinned() {
        let command = UpdateSecretVersionStageCommand {
            account: "a".to_owned(),
            name: "n".to_owned(),
            suffix: "s".to_owned(),
            stage: "t".to_owned(),
            remove_from_version_id: "f".to_owned(),
            move_to_version_id: "g".to_owned(),
        };
        expect!["0a016112016e1a01732201742a0166320167"]
            .assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }

    fn versions(text: &str) -> Vec<Version> {
        let version = |line: &str| {
            let (id, stages) = line.split_once(':').expect("a colon");
            let stages = stages.split_whitespace().map(str::to_owned).collect();
            Version { version_id: id.trim().to_owned(), stages, ..Version::default() }
        };
        text.split(';').map(version).collect()
    }

    /// Runs `stage from to`, where `-` is left out.
    fn check(before: &str, change: &str, after: Result<&str, Refused>) {
        let words: Vec<String> = change.split(' ').map(|word| word.replace('-', "")).collect();
        let [stage, from, to] = words.try_into().expect("three words");
        let command = UpdateSecretVersionStageCommand {
            stage,
            remove_from_version_id: from,
            move_to_version_id: to,
            ..UpdateSecretVersionStageCommand::default()
        };
        let mut changed = versions(before);
        let result = command.relabel(&mut changed, 3).map(|()| changed);
        assert_eq!(result, after.map(versions), "{change} in {before}");
    }

    #[test]
    fn labels_move_when_the_present_holder_is_named() {
        let held = |stage: &str, version: &str| Refused::StageHeld { stage: stage.into(), version: version.into() };
        let not_there =
            |stage: &str, version: &str| Refused::StageNotThere { stage: stage.into(), version: version.into() };
        let now = "a: AWSCURRENT; b: x";
        check(now, "AWSCURRENT a b", Ok("a: AWSPREVIOUS; b: x AWSCURRENT"));
        check(now, "AWSCURRENT - b", Err(held("AWSCURRENT", "a")));
        check(now, "AWSCURRENT b a", Err(not_there("AWSCURRENT", "b")));
        check(now, "AWSCURRENT - a", Ok(now));
        check(now, "AWSCURRENT a a", Ok(now));
        check(now, "AWSCURRENT a -", Err(Refused::CurrentStays));
        check(now, "x b a", Ok("a: AWSCURRENT x; b:"));
        check(now, "x b -", Ok("a: AWSCURRENT; b:"));
        check(now, "x a -", Err(not_there("x", "a")));
        check(now, "y - b", Ok("a: AWSCURRENT; b: x y"));
        check(now, "y a b", Err(not_there("y", "a")));
        check(now, "y - c", Err(Refused::VersionNotFound("c".to_owned())));
        check("a: AWSCURRENT y; b: x", "z - b", Err(Refused::StageLimit));
    }
}
