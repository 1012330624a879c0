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
mod tests;
