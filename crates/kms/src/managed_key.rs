//! AWS managed keys: one per service and account, made when it is first named, usable through its service alone.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk>

use crate::key::Key;
use crate::key_name::{AliasPath, KeyName, KeyPath};
use crate::limits::{DAY_MILLIS, FIRST_MATERIAL, ROTATION_PERIOD_DAYS_DEFAULT};
use crate::material::put_new_key;
use crate::refused::Refused;
use crate::tables::state::{CreateManagedKeyCommand, CreateManagedKeyReply};
use crate::tables::{self, AliasRecord, FORMAT, KeyRecord, KeyState, Rotation};
use crate::{Kms, KmsError};
use access::{Denied, Permit};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::Call;

/// A service that has an AWS managed key.
#[derive(Debug, PartialEq, Eq)]
struct Predefined {
    /// As in the alias, `alias/aws/<service>`.
    service: &'static str,
    /// As AWS describes the key.
    description: &'static str,
}

const PREDEFINED: [Predefined; 3] = [
    Predefined {
        service: "acm",
        description: "Default key that protects my ACM private keys when no other key is defined",
    },
    Predefined {
        service: "secretsmanager",
        description: "Default key that protects my Secrets Manager data when no other key is defined",
    },
    Predefined {
        service: "ssm",
        description: "Default key that protects my SSM parameters when no other key is defined",
    },
];

/// What the key policy of an AWS managed key lets the account do directly. Everything that uses the key goes through
/// the service; everything that would change it goes nowhere.
const DIRECT_ACTIONS: [&str; 4] =
    ["kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:ListKeyRotations", "kms:ListResourceTags"];
/// What it lets the account do through the service.
const SERVICE_ACTIONS: [&str; 7] = [
    "kms:Decrypt",
    "kms:DescribeKey",
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
];

/// Holds a call to the key policy of an AWS managed key. Other keys pass.
pub(crate) fn check_policy(key: &Key, call: &Call, action: &'static str) -> Result<(), KmsError> {
    let service = &key.record.managed_by;
    let through = is_through(call, service);
    let allowed: &[&str] = if through { &SERVICE_ACTIONS } else { &DIRECT_ACTIONS };
    if service.is_empty() || allowed.contains(&action) {
        return Ok(());
    }
    Err(Denied::Policy { caller: call.caller.arn.clone(), action, resource: key.arn.to_string() }.into())
}

/// The alias, if it is the predefined one of a service and of the caller's account.
pub(crate) fn predefined_alias<'a>(name: &'a KeyName, call: &Call) -> Option<&'a AliasPath> {
    match name {
        KeyName::Alias(path) if path.account == call.caller.account => predefined(path).map(|_| path),
        KeyName::Alias(_) | KeyName::Key(_) => None,
    }
}

/// The alias, if it is the predefined one of the service that calls, and of the caller's account.
pub(crate) fn own_alias<'a>(name: &'a KeyName, call: &Call) -> Option<&'a AliasPath> {
    let alias = predefined_alias(name, call)?;
    is_through(call, predefined(alias)?.service).then_some(alias)
}

/// Whether `service` calls on the caller's behalf.
fn is_through(call: &Call, service: &str) -> bool {
    call.via.as_ref().is_some_and(|via| *via == format!("{service}.{}.amazonaws.com", call.region))
}

impl Kms {
    /// Makes the AWS managed key that a predefined alias stands for, unless there is one. Callers that race all get the
    /// one key: apply decides.
    pub(crate) async fn ensure_managed_key(
        &self,
        call: &Call,
        alias: &AliasPath,
        permit: Permit,
    ) -> Result<(), KmsError> {
        let service = predefined(alias).expect("only predefined aliases come here").service;
        if tables::alias(&*self.replica.local(), &alias.account, &alias.name).is_some() {
            return Ok(());
        }
        let key = self.draw_key(call)?;
        let path = KeyPath::new(&call.region, &alias.account, &key.key_id);
        let command =
            CreateManagedKeyCommand { account: alias.account.to_string(), service: service.to_owned(), key: Some(key) };
        let result = self.propose(call, permit, command).await?;
        result.map(drop).map_err(|refusal| Refused::error(&refusal, &path.arn))
    }
}

impl Command for CreateManagedKeyCommand {
    const KIND: u32 = kind::KMS + 1;
    type Reply = CreateManagedKeyReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<CreateManagedKeyReply> {
        let account = self.account.parse().expect("a command names an account");
        let alias = alias_name(&self.service);
        if let Some(existing) = tables::alias(view, &account, &alias) {
            return Applied::reply(Writes::new(), CreateManagedKeyReply { key_id: existing.target_key_id });
        }
        let new = self.key.expect("a command carries its key");
        if tables::owner(view, &new.key_id).is_some() {
            return Applied::refused(Refused::IdTaken);
        }
        let description = PREDEFINED.iter().find(|p| p.service == self.service).map_or("", |p| p.description);
        let record = KeyRecord {
            description: description.to_owned(),
            managed_by: self.service,
            rotation: Some(Rotation {
                period_days: ROTATION_PERIOD_DAYS_DEFAULT,
                next_at: at.as_millis() + u64::from(ROTATION_PERIOD_DAYS_DEFAULT) * DAY_MILLIS,
            }),
            ..new_record(&new.key_id, &new.material_id, at)
        };
        let mut writes = Writes::new();
        put_new_key(&mut writes, &account, &record, new.sealed);
        let names = AliasRecord {
            format: FORMAT,
            target_key_id: record.key_id.clone(),
            created_at: at.as_millis(),
            updated_at: at.as_millis(),
        };
        tables::put_alias(&mut writes, &account, &alias, None, &names);
        Applied::reply(writes, CreateManagedKeyReply { key_id: record.key_id })
    }
}

/// The record of a key that has just been made: enabled, without description, policy and tags.
pub(crate) fn new_record(key_id: &str, material_id: &[u8], at: Timestamp) -> KeyRecord {
    KeyRecord {
        format: FORMAT,
        key_id: key_id.to_owned(),
        state: KeyState::Enabled.into(),
        created_at: at.as_millis(),
        material_version: FIRST_MATERIAL,
        material_id: material_id.to_vec(),
        ..KeyRecord::default()
    }
}

fn predefined(alias: &AliasPath) -> Option<&'static Predefined> {
    PREDEFINED.iter().find(|predefined| alias_name(predefined.service) == alias.name)
}

fn alias_name(service: &str) -> String {
    format!("alias/aws/{service}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::state::NewKey;
    use access::quota::{self, Quota};
    use replica::testing::Tables;

    fn command(key_id: &str) -> CreateManagedKeyCommand {
        let key = NewKey { key_id: key_id.to_owned(), sealed: vec![1], material_id: vec![2; 32] };
        CreateManagedKeyCommand { account: "111122223333".to_owned(), service: "ssm".to_owned(), key: Some(key) }
    }

    #[test]
    fn racing_first_uses_make_one_key_that_counts_against_no_quota() {
        let mut tables = Tables::default();
        let first = command("k1").apply(Timestamp::from_millis(5), &tables);
        tables.commit(&first.writes);
        let second = command("k2").apply(Timestamp::from_millis(6), &tables);
        assert!(second.writes.is_empty());
        assert_eq!(second.result, Ok(CreateManagedKeyReply { key_id: "k1".to_owned() }));
        let account = "111122223333".parse().expect("account");
        assert_eq!(quota::used(&tables, &account, Quota::KmsKeys), 0);
        let made = tables::key(&tables, &account, "k1").expect("made");
        let in_a_year = Rotation { period_days: 365, next_at: 5 + 365 * DAY_MILLIS };
        assert_eq!((made.managed_by.as_str(), made.rotation), ("ssm", Some(in_a_year)));
    }

    #[test]
    fn commands_are_pinned() {
        let bytes = prost::Message::encode_to_vec(&command("k"));
        expect_test::expect!["0a0c313131313232323233333333120373736d1a280a016b1201011a200202020202020202020202020202020202020202020202020202020202020202"].assert_eq(&hex::encode(bytes));
    }
}
