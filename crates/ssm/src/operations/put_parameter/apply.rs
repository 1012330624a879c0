//! PutParameter's command: what it changes.

use crate::data_type;
use crate::refused::Refused;
use crate::tables::state::{PutParameterCommand, PutParameterReply};
use crate::tables::{self, FORMAT, ParameterRecord, VersionRecord};
use crate::tier::quota_of;
use access::quota::{self, Quota};
use replica::{AccountId, Applied, Command, Timestamp, View, Writes, kind};

impl Command for PutParameterCommand {
    const KIND: u32 = kind::SSM;
    type Reply = PutParameterReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<PutParameterReply> {
        let account: AccountId = self.account.parse().expect("a command names an account");
        match tables::parameter(view, &account, &self.name) {
            Some(existing) => self.overwrite_with(at, view, &account, existing),
            None => self.create(at, view, &account),
        }
    }
}

impl PutParameterCommand {
    fn create(self, at: Timestamp, view: &dyn View, account: &AccountId) -> Applied<PutParameterReply> {
        if self.moved(None) {
            return Applied::refused(Refused::Moved);
        }
        let mut writes = Writes::new();
        if quota::take(view, &mut writes, account, quota_of(self.advanced)).is_err() {
            // Behind a barrier Intelligent-Tiering sees that there is no room, and settles on the other tier.
            let takes_other_tier = self.intelligent && !self.advanced;
            return Applied::refused(if takes_other_tier { Refused::Moved } else { Refused::ParameterLimit });
        }
        let (name, tags, advanced) = (self.name.clone(), self.tags.clone(), self.advanced);
        let newest = Some(self.version(1, at, &VersionRecord::default()));
        let record = ParameterRecord { format: FORMAT, name, newest, tags, ..ParameterRecord::default() };
        writes.put_message(tables::parameter_row(account, &record.name), &record);
        Applied::reply(writes, PutParameterReply { version: 1, advanced })
    }

    fn overwrite_with(
        self,
        at: Timestamp,
        view: &dyn View,
        account: &AccountId,
        existing: ParameterRecord,
    ) -> Applied<PutParameterReply> {
        let former = existing.newest.clone().expect("a parameter has a newest version");
        if !self.overwrite {
            return Applied::refused(Refused::AlreadyExists);
        }
        // A standard version of an advanced parameter was settled on before the parameter became advanced.
        if self.moved(Some(&former)) || (former.advanced && !self.advanced) {
            return Applied::refused(Refused::Moved);
        }
        if former.r#type != self.r#type {
            return Applied::refused(Refused::TypeMismatch);
        }
        let (version, advanced) = (former.version + 1, self.advanced);
        let mut writes = Writes::new();
        let dropped = change_tier(view, &mut writes, account, former.advanced, advanced)
            .and_then(|()| drop_oldest(view, &mut writes, account, &existing, version));
        let oldest_version = match dropped {
            Ok(oldest) => oldest,
            Err(refused) => return Applied::refused(refused),
        };
        // Where one version is kept, the former one goes before it ever had a row.
        if former.version >= oldest_version {
            writes.put_message(tables::former_version_row(account, &existing.name, former.version), &former);
        }
        let newest = Some(self.version(version, at, &former));
        let record = ParameterRecord { newest, oldest_version, ..existing };
        writes.put_message(tables::parameter_row(account, &record.name), &record);
        Applied::reply(writes, PutParameterReply { version, advanced })
    }

    /// Whether the parameter differs in what the value was checked against and made from.
    fn moved(&self, existing: Option<&VersionRecord>) -> bool {
        let Some(inherited) = &self.inherited else { return false };
        let existing_type = existing.map(|existing| existing.r#type);
        let existing_pattern = existing.map(|existing| existing.allowed_pattern.as_str()).unwrap_or_default();
        let other_type = inherited.r#type && existing_type != Some(self.r#type);
        let other_pattern = inherited.allowed_pattern.as_deref().is_some_and(|seen| seen != existing_pattern);
        let existing_advanced = existing.is_some_and(|existing| existing.advanced);
        let other_tier = inherited.tier && existing_advanced != self.advanced;
        other_type || other_pattern || other_tier
    }

    /// The new version. What the request leaves out stays as in the `former` one.
    fn version(self, version: u64, at: Timestamp, former: &VersionRecord) -> VersionRecord {
        let kept = |member: Option<String>, former: &str| member.unwrap_or_else(|| former.to_owned());
        let former_data_type = if former.data_type.is_empty() { data_type::TEXT } else { &former.data_type };
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
            advanced: self.advanced,
        }
    }
}

/// Counts a parameter that becomes advanced where it now belongs.
fn change_tier(
    view: &dyn View,
    writes: &mut Writes,
    account: &AccountId,
    was_advanced: bool,
    is_advanced: bool,
) -> Result<(), Refused> {
    if was_advanced == is_advanced {
        return Ok(());
    }
    quota::take(view, writes, account, quota_of(is_advanced)).map_err(|_| Refused::ParameterLimit)?;
    quota::give_back(view, writes, account, quota_of(was_advanced), 1);
    Ok(())
}

/// Makes room for the version `newest`: drops the oldest versions, unless one of them carries a label. The version below
/// which none is kept from now on.
///
/// By their numbers, one after another. A scan would step over the traces of all versions that were ever dropped, and a
/// parameter that is often written would become slower with each.
fn drop_oldest(
    view: &dyn View,
    writes: &mut Writes,
    account: &AccountId,
    parameter: &ParameterRecord,
    newest: u64,
) -> Result<u64, Refused> {
    let kept = quota::limit(view, account, Quota::SsmVersionsPerParameter);
    let oldest = (newest + 1).saturating_sub(kept).max(parameter.oldest_version);
    if let Some(version) = parameter.labels.values().copied().filter(|labelled| *labelled < oldest).min() {
        return Err(Refused::OldestLabelled { version });
    }
    // A limit that an operator lowered leaves more than one behind it.
    for version in parameter.oldest_version.max(1)..oldest {
        writes.delete(tables::former_version_row(account, &parameter.name, version));
    }
    Ok(oldest)
}
