//! PutParameter: makes a parameter, or gives it a new version.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>. Parameter policies and data
//! types other than `text` are refused.
//!
//! A request that overwrites may leave type, tier and pattern to the parameter that it overwrites. The value is then
//! checked, and encrypted, against what the parameter has at that moment, and apply refuses when that has changed: the
//! request starts over. That refusal is not remembered, so every attempt goes under the call's own id and the call acts
//! once, however often an SDK repeats it.

mod apply;

use crate::limits::PUT_ATTEMPTS_MAX;
use crate::parameter::{public_version, stored_type};
use crate::parameter_name::ParameterName;
use crate::refused::Refused;
use crate::secure_string::DEFAULT_KEY;
use crate::tables::state::{Inherited, PutParameterCommand, PutParameterReply, Tag};
use crate::tables::{self, ParameterType, VersionRecord};
use crate::value::PatternChecked;
use crate::{Ssm, SsmError, data_type, tags, tier, value};
use access::{Condition, Permit};
use proto::ssm::v1::{PutParameterRequest, PutParameterResponse};
use replica::View;
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
    for _ in 0..PUT_ATTEMPTS_MAX {
        match wanted.put(&ssm, &call, settled).await? {
            Ok(reply) => return Ok(answer(&reply)),
            Err(Refused::Moved) => {}
            Err(refused) => return Err(refused.error(wanted.name.as_str(), 0).into()),
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
    tier: tier::Asked,
    key_id: Option<String>,
    description: Option<String>,
    allowed_pattern: Option<String>,
    data_type: Option<String>,
    tags: Vec<Tag>,
    pattern_checked: PatternChecked,
}

/// A request that the tables allow, and the type and tier that its value is to be stored as.
struct Settled {
    permit: Permit,
    r#type: ParameterType,
    advanced: bool,
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
        if request.policies.is_some_and(|policies| !policies.is_empty()) {
            return Err(SsmError::validation("Parameter policies are not supported by this cluster."));
        }
        data_type::check(request.data_type.as_deref())?;
        let value = request.value.unwrap_or_default();
        value::check(&value)?;
        Ok(Self {
            name,
            value,
            overwrite,
            r#type,
            tier: tier::Asked::parse(request.tier),
            key_id: request.key_id,
            description: request.description,
            allowed_pattern: request.allowed_pattern,
            data_type: request.data_type,
            tags: tags::parse(request.tags)?,
            pattern_checked: PatternChecked::default(),
        })
    }

    /// Holds the request to the tables for the first time. Whether a value may be proposed in the clear is asked behind a
    /// read barrier, when the request leaves it to the parameter: once a SecureString was acknowledged, no request that
    /// begins later takes its parameter for a String.
    ///
    /// One case is left, and only while requests overlap: the parameter is a String behind the barrier, and somebody
    /// deletes it and makes it anew as a SecureString in the milliseconds before the entry is applied. Apply then refuses,
    /// and the request starts over and encrypts; but the value is in the log, in the clear, until the log is purged. Only
    /// apply knows what the parameter is by then, and apply holds no key: to exclude this, Strings would have to be sealed
    /// as well. The value was sent for what was a String when the request was received.
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
        let r#type = self.settle_type(existing.as_ref())?;
        let advanced = self.tier.settle(view, account, existing.as_ref(), &self.value)?;
        tier::check_size(advanced, &self.value)?;
        let seen = existing.map(|existing| existing.allowed_pattern).unwrap_or_default();
        self.pattern_checked.check(self.allowed_pattern.as_ref().unwrap_or(&seen), &self.value)?;
        let inherited = self.overwrite.then(|| Inherited {
            r#type: self.r#type.is_none(),
            allowed_pattern: self.allowed_pattern.is_none().then_some(seen),
            tier: self.tier == tier::Asked::Nothing,
        });
        Ok(Settled { permit, r#type, advanced, inherited })
    }

    fn settle_type(&self, existing: Option<&VersionRecord>) -> Result<ParameterType, SsmError> {
        let r#type = match (self.r#type, existing.map(VersionRecord::r#type)) {
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
        Ok(r#type)
    }

    fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = vec![("ssm:Overwrite".into(), vec![self.overwrite.to_string()])];
        conditions.extend(tags::conditions(&self.tags));
        conditions
    }

    /// Proposes the version. The plaintext of a SecureString ends here.
    async fn put(
        &self,
        ssm: &Ssm,
        call: &Call,
        settled: Settled,
    ) -> Result<Result<PutParameterReply, Refused>, SsmError> {
        let Settled { permit, r#type, advanced, inherited } = settled;
        let (value, key_id) = if r#type == ParameterType::SecureString {
            let key_id = self.key_id.as_deref().unwrap_or(DEFAULT_KEY);
            let arn = self.name.arn(&call.region, &call.caller.account);
            (ssm.encrypt(call, &arn, key_id, &self.value, advanced, &permit).await?, key_id.to_owned())
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
            advanced,
            intelligent: self.tier == tier::Asked::Intelligent,
        };
        let result = ssm.propose(call.attempt, permit, command).await?;
        result.map(Ok).or_else(|refusal| Refused::known(&refusal).map(Err))
    }
}

fn answer(reply: &PutParameterReply) -> PutParameterResponse {
    PutParameterResponse {
        version: Some(public_version(reply.version)),
        tier: Some(tier::public(reply.advanced).into()),
    }
}

#[cfg(test)]
mod tests;
