//! Steps that tests take on the way to what they are about, and looks at where they have come.

use super::World;
use crate::limits::DAY_MILLIS;
use crate::operations::{
    cancel_key_deletion, create_alias, describe_key, disable_key, enable_key, enable_key_rotation,
    get_key_rotation_status, list_aliases, list_key_rotations, list_resource_tags, rotate_key_on_demand,
    schedule_key_deletion, tag_resource,
};
use proto::kms::v1::{
    CancelKeyDeletionRequest, CreateAliasRequest, DescribeKeyRequest, DisableKeyRequest, EnableKeyRequest,
    EnableKeyRotationRequest, GetKeyRotationStatusRequest, IncludeKeyMaterial, ListAliasesRequest,
    ListKeyRotationsRequest, ListResourceTagsRequest, RotateKeyOnDemandRequest, ScheduleKeyDeletionRequest, Tag,
    TagResourceRequest,
};

impl World {
    /// The code that DescribeKey refuses with.
    pub(crate) fn answer_describe(&self, key_id: &str) -> &'static str {
        let request = DescribeKeyRequest { key_id: Some(key_id.to_owned()), ..DescribeKeyRequest::default() };
        self.run(describe_key::run, request).expect_err("refused").code
    }

    /// Gives a key a name.
    pub(crate) fn create_alias(&self, name: &str, key_id: &str) {
        let request = CreateAliasRequest { alias_name: Some(name.to_owned()), target_key_id: Some(key_id.to_owned()) };
        self.run(create_alias::run, request).expect("made");
    }

    /// The names of a key.
    pub(crate) fn aliases_of(&self, key_id: &str) -> Vec<String> {
        let request = ListAliasesRequest { key_id: Some(key_id.to_owned()), ..ListAliasesRequest::default() };
        let aliases = self.run(list_aliases::run, request).expect("listed").aliases;
        aliases.into_iter().filter_map(|alias| alias.alias_name).collect()
    }

    /// Gives a key tags without values.
    pub(crate) fn tag(&self, key_id: &str, tag_keys: &[&str]) {
        let tag = |key: &&str| Tag { tag_key: Some((*key).to_owned()), tag_value: Some(String::new()) };
        let tags = tag_keys.iter().map(tag).collect();
        self.run(tag_resource::run, TagResourceRequest { key_id: Some(key_id.to_owned()), tags }).expect("tagged");
    }

    /// The tags of a key, as `key=value` with a blank between.
    pub(crate) fn tags_of(&self, key_id: &str) -> String {
        let request = ListResourceTagsRequest { key_id: Some(key_id.to_owned()), ..Default::default() };
        let tags = self.run(list_resource_tags::run, request).expect("listed").tags;
        let text = |tag: Tag| format!("{}={}", tag.tag_key.unwrap_or_default(), tag.tag_value.unwrap_or_default());
        tags.into_iter().map(text).collect::<Vec<_>>().join(" ")
    }

    /// Disables a key.
    pub(crate) fn disable(&self, key_id: &str) {
        self.run(disable_key::run, DisableKeyRequest { key_id: Some(key_id.to_owned()) }).expect("disabled");
    }

    /// Enables a key.
    pub(crate) fn enable(&self, key_id: &str) {
        self.run(enable_key::run, EnableKeyRequest { key_id: Some(key_id.to_owned()) }).expect("enabled");
    }

    /// Has a key deleted in so many days.
    pub(crate) fn schedule_deletion(&self, key_id: &str, days: i32) {
        let key_id = Some(key_id.to_owned());
        let request = ScheduleKeyDeletionRequest { key_id, pending_window_in_days: Some(days) };
        self.run(schedule_key_deletion::run, request).expect("scheduled");
    }

    /// Keeps a key that was to be deleted.
    pub(crate) fn cancel_deletion(&self, key_id: &str) {
        let request = CancelKeyDeletionRequest { key_id: Some(key_id.to_owned()) };
        self.run(cancel_key_deletion::run, request).expect("cancelled");
    }

    /// Has a key rotated every so many days.
    pub(crate) fn enable_rotation(&self, key_id: &str, days: i32) {
        let request = EnableKeyRotationRequest { key_id: Some(key_id.to_owned()), rotation_period_in_days: Some(days) };
        self.run(enable_key_rotation::run, request).expect("enabled");
    }

    /// Rotates a key now.
    pub(crate) fn rotate_on_demand(&self, key_id: &str) {
        let request = RotateKeyOnDemandRequest { key_id: Some(key_id.to_owned()) };
        self.run(rotate_key_on_demand::run, request).expect("rotated");
    }

    /// Whether a key rotates, every how many days, and in how many days from now.
    pub(crate) fn rotation_of(&self, key_id: &str) -> (bool, Option<i32>, Option<u64>) {
        let request = GetKeyRotationStatusRequest { key_id: Some(key_id.to_owned()) };
        let status = self.run(get_key_rotation_status::run, request).expect("told");
        let in_days = status.next_rotation_date.map(|date| {
            let seconds = u64::try_from(date.seconds).expect("after the epoch") - self.now().as_secs();
            seconds / (DAY_MILLIS / 1_000)
        });
        (status.key_rotation_enabled == Some(true), status.rotation_period_in_days, in_days)
    }

    /// How many versions of its material a key has.
    pub(crate) fn versions_of(&self, key_id: &str) -> usize {
        let include_key_material = Some(IncludeKeyMaterial::AllKeyMaterial.into());
        let request =
            ListKeyRotationsRequest { key_id: Some(key_id.to_owned()), include_key_material, ..Default::default() };
        self.run(list_key_rotations::run, request).expect("listed").rotations.len()
    }
}
