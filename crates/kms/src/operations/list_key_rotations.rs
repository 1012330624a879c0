//! ListKeyRotations: when a key's material was rotated and why, oldest first, in pages.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html>

use crate::key::timestamp;
use crate::limits::{LIST_KEY_ROTATIONS_PAGE_DEFAULT, LIST_KEY_ROTATIONS_PAGE_MAX};
use crate::page::{self, Page};
use crate::tables::{self, KeyRecord, MaterialCause, MaterialRecord};
use crate::{Kms, limits};
use prost::Message;
use proto::kms::v1::{
    IncludeKeyMaterial, KeyMaterialState, ListKeyRotationsRequest, ListKeyRotationsResponse, RotationType,
    RotationsListEntry,
};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: ListKeyRotationsRequest,
) -> Result<ListKeyRotationsResponse, Fault> {
    let view = kms.replica.read().await?;
    let key = kms.readable_key(&*view, &call, "kms:ListKeyRotations", request.key_id.as_deref())?;
    let (account, record) = (&key.account, &key.record);
    let all = request.include_key_material == Some(IncludeKeyMaterial::AllKeyMaterial.into());
    let kind = if all { "all" } else { "rotations" };
    let scope = ["kms", "ListKeyRotations", account.as_str(), &record.key_id, kind];
    let limit = page::limit(request.limit, LIST_KEY_ROTATIONS_PAGE_DEFAULT, LIST_KEY_ROTATIONS_PAGE_MAX);
    let mut from = page::start(&kms.vault, &scope, request.marker.as_deref())?;
    if !all && from.is_empty() {
        from = tables::material_row(account, &record.key_id, limits::FIRST_MATERIAL + 1).into();
    }
    let Page { rows, next } = page::read(&*view, &tables::material_rows(account, &record.key_id), &from, limit);
    Ok(ListKeyRotationsResponse {
        rotations: rows.iter().map(|(_, value)| entry(record, value)).collect(),
        truncated: Some(next.is_some()),
        next_marker: page::marker(&kms.vault, &scope, next)?,
    })
}

fn entry(record: &KeyRecord, value: &[u8]) -> RotationsListEntry {
    let material = MaterialRecord::decode(value).expect("a row of material is material");
    let rotation_type = match material.cause() {
        MaterialCause::First => None,
        MaterialCause::Automatic => Some(RotationType::Automatic),
        MaterialCause::OnDemand => Some(RotationType::OnDemand),
    };
    let current = material.material_id == record.material_id;
    let state = if current { KeyMaterialState::Current } else { KeyMaterialState::NonCurrent };
    RotationsListEntry {
        key_id: Some(record.key_id.clone()),
        key_material_id: Some(hex::encode(&material.material_id)),
        key_material_state: Some(state.into()),
        rotation_date: rotation_type.map(|_| timestamp(material.created_at)),
        rotation_type: rotation_type.map(Into::into),
        ..RotationsListEntry::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::World;
    use expect_test::expect;

    fn request(key_id: &str) -> ListKeyRotationsRequest {
        ListKeyRotationsRequest { key_id: Some(key_id.to_owned()), ..ListKeyRotationsRequest::default() }
    }

    #[test]
    fn rotations_are_told_as_aws_tells_them() {
        let world = World::new();
        let key = world.create_key();
        assert_eq!(world.run(run, request(&key)).expect("a page").rotations, []);
        world.enable_rotation(&key, 90);
        world.pass_days(90);
        world.rotate_on_demand(&key);
        expect![[r#"
            {
              "Rotations": [
                {
                  "KeyId": "<key id>",
                  "KeyMaterialId": "<material id>",
                  "KeyMaterialState": "NON_CURRENT",
                  "RotationDate": 1707776000.123,
                  "RotationType": "AUTOMATIC"
                },
                {
                  "KeyId": "<key id>",
                  "KeyMaterialId": "<material id>",
                  "KeyMaterialState": "CURRENT",
                  "RotationDate": 1707776000.123,
                  "RotationType": "ON_DEMAND"
                }
              ],
              "Truncated": false
            }"#]]
        .assert_eq(&world.answer(run, request(&key)));
        let include_key_material = Some(IncludeKeyMaterial::AllKeyMaterial.into());
        let all = ListKeyRotationsRequest { include_key_material, ..request(&key) };
        let all = world.run(run, all).expect("a page").rotations;
        assert_eq!((all.len(), all[0].rotation_date, all[0].rotation_type), (3, None, None));
    }

    #[test]
    fn pages_hold_every_rotation_once() {
        let world = World::new();
        let key = world.create_key();
        (0..3).for_each(|_| world.rotate_on_demand(&key));
        let first = ListKeyRotationsRequest { limit: Some(2), ..request(&key) };
        let page = world.run(run, first.clone()).expect("a page");
        assert_eq!((page.rotations.len(), page.truncated), (2, Some(true)));
        let second = ListKeyRotationsRequest { marker: page.next_marker, ..first };
        let last = world.run(run, second.clone()).expect("a page");
        assert_eq!((last.rotations.len(), last.truncated, last.next_marker), (1, Some(false), None));
        let other = ListKeyRotationsRequest { key_id: Some(world.create_key()), ..second };
        assert_eq!(world.run(run, other).expect_err("another key").code, "InvalidMarkerException");
    }
}
