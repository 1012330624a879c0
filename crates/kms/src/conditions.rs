//! The condition keys that this service's authorizations carry.
//!
//! <https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html>

use crate::key::Key;
use access::Condition;
use service::Call;
use std::collections::BTreeMap;

/// Condition keys under collection.
pub(crate) struct Conditions(Vec<Condition>);

impl Conditions {
    /// What every call of this service brings.
    pub(crate) fn of_call(call: &Call) -> Self {
        let mut conditions = Self(call.conditions());
        conditions.one("kms:CallerAccount", call.caller.account.as_str());
        if let Some(service) = &call.via {
            conditions.one("kms:ViaService", service);
        }
        conditions
    }

    /// What the key that is acted on brings.
    #[must_use]
    pub(crate) fn of_key(mut self, key: &Key) -> Self {
        self.one("kms:KeySpec", "SYMMETRIC_DEFAULT");
        self.one("kms:KeyUsage", "ENCRYPT_DECRYPT");
        self.one("kms:KeyOrigin", "AWS_KMS");
        self.one("kms:MultiRegion", "false");
        for tag in &key.record.tags {
            self.0.push((format!("aws:ResourceTag/{}", tag.key).into(), vec![tag.value.clone()]));
        }
        self
    }

    /// The alias that the request names the key by.
    #[must_use]
    pub(crate) fn alias(mut self, alias: Option<&str>) -> Self {
        if let Some(alias) = alias {
            self.one("kms:RequestAlias", alias);
        }
        self
    }

    /// An encryption under a symmetric key with this context.
    #[must_use]
    pub(crate) fn encryption(mut self, context: &BTreeMap<String, String>) -> Self {
        self.one("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT");
        if !context.is_empty() {
            self.0.push(("kms:EncryptionContextKeys".into(), context.keys().cloned().collect()));
        }
        for (name, value) in context {
            self.0.push((format!("kms:EncryptionContext:{name}").into(), vec![value.clone()]));
        }
        self
    }

    /// One key with one value.
    #[must_use]
    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Self {
        self.one(key, value);
        self
    }

    /// The tags that the request brings.
    #[must_use]
    pub(crate) fn request_tags<'a>(mut self, tags: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut names = Vec::new();
        for (name, value) in tags {
            self.0.push((format!("aws:RequestTag/{name}").into(), vec![value.to_owned()]));
            names.push(name.to_owned());
        }
        if !names.is_empty() {
            self.0.push(("aws:TagKeys".into(), names));
        }
        self
    }

    /// The keys of the tags that the request takes away.
    #[must_use]
    pub(crate) fn tag_keys(mut self, keys: &[String]) -> Self {
        if !keys.is_empty() {
            self.0.push(("aws:TagKeys".into(), keys.to_vec()));
        }
        self
    }

    /// For the authority.
    pub(crate) fn into_list(self) -> Vec<Condition> {
        self.0
    }

    fn one(&mut self, key: &'static str, value: &str) {
        self.0.push((key.into(), vec![value.to_owned()]));
    }
}
