//! RotateKeyOnDemand: gives a key new material at once. The automatic schedule stays as it is.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html>

use crate::conditions::Conditions;
use crate::key_name::{KeyName, KeyPath};
use crate::limits::ROTATION_CONFLICT_MILLIS;
use crate::refused::Refused;
use crate::tables::state::{RotateKeyOnDemandCommand, RotateKeyOnDemandReply};
use crate::tables::{KeyRecord, MaterialCause};
use crate::{Kms, key_due, key_state, material};
use access::quota::{self, Quota};
use proto::kms::v1::{RotateKeyOnDemandRequest, RotateKeyOnDemandResponse};
use replica::{Applied, Command, Timestamp, View, Writes, kind};
use service::{Call, Fault};
use std::convert::identity;
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    kms: Arc<Kms>,
    call: Call,
    request: RotateKeyOnDemandRequest,
) -> Result<RotateKeyOnDemandResponse, Fault> {
    let path = KeyPath::parse(request.key_id.as_deref().unwrap_or_default(), &call)?;
    let name = KeyName::Key(path.clone());
    let decide = |view: &dyn View| {
        let (key, permit) = kms.permitted_key(view, &call, "kms:RotateKeyOnDemand", &name, identity::<Conditions>)?;
        let material = Some(kms.draw_next(&call.region, &key.account, &key.record)?);
        let (account, key_id) = (key.account.to_string(), key.record.key_id);
        Ok((permit, RotateKeyOnDemandCommand { account, key_id, material }))
    };
    let result = kms.propose_decided(&call, decide).await?;
    result.map_err(|refusal| Refused::error(&refusal, &path.arn))?;
    Ok(RotateKeyOnDemandResponse { key_id: Some(path.key_id) })
}

impl Command for RotateKeyOnDemandCommand {
    const KIND: u32 = kind::KMS + 15;
    type Reply = RotateKeyOnDemandReply;

    fn apply(self, at: Timestamp, view: &dyn View) -> Applied<RotateKeyOnDemandReply> {
        match self.writes(at, view) {
            Ok(writes) => Applied::reply(writes, RotateKeyOnDemandReply {}),
            Err(refused) => Applied::refused(refused),
        }
    }
}

impl RotateKeyOnDemandCommand {
    fn writes(self, at: Timestamp, view: &dyn View) -> Result<Writes, Refused> {
        let (account, record) = key_state::enabled(view, &self.account, &self.key_id)?;
        if u64::from(record.on_demand_rotations) >= quota::limit(view, &account, Quota::KmsRotationsPerKey) {
            return Err(Refused::RotationQuotaReached);
        }
        let near = at.plus_millis(ROTATION_CONFLICT_MILLIS).as_millis();
        if record.rotation.is_some_and(|rotation| rotation.next_at <= near) {
            return Err(Refused::RotationNear);
        }
        let next = self.material.expect("a command carries its material");
        let mut writes = Writes::new();
        let rotated = material::rotate(at, &mut writes, &account, &record, next, MaterialCause::OnDemand);
        let rotated = rotated.ok_or(Refused::Moved)?;
        let rotated = KeyRecord { on_demand_rotations: record.on_demand_rotations + 1, ..rotated };
        key_due::put_key(&mut writes, &account, Some(&record), &rotated);
        Ok(writes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::DAY_MILLIS;
    use crate::operations::testing::{ACCOUNT, World, context};
    use crate::operations::{decrypt, generate_data_key};
    use crate::tables::state::NewMaterial;
    use expect_test::{Expect, expect};
    use proto::kms::v1::{DataKeySpec, DecryptRequest, GenerateDataKeyRequest};

    fn request(key_id: &str) -> RotateKeyOnDemandRequest {
        RotateKeyOnDemandRequest { key_id: Some(key_id.to_owned()) }
    }

    fn check(world: &World, key_id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, request(key_id)));
    }

    fn set_limit(world: &World, limit: u64) {
        let account = ACCOUNT.parse().expect("an account");
        world.commit(|writes| quota::set_limit(writes, &account, Quota::KmsRotationsPerKey, Some(limit)));
    }

    #[test]
    fn new_material_encrypts_and_every_version_decrypts_what_it_encrypted() {
        let world = World::new();
        let (key, context) = (world.create_key(), context(&[("a", "b")]));
        let mut made = Vec::new();
        for version in 0_u8..4 {
            made.push((world.describe(&key).current_key_material_id, world.encrypt(&key, &[version], &context)));
            check(
                &world,
                &key,
                expect![[r#"
                    {
                      "KeyId": "<key id>"
                    }"#]],
            );
        }
        let mut ids: Vec<_> = made.iter().map(|(id, _)| id.clone()).collect();
        ids.dedup();
        assert_eq!(ids.len(), 4, "each rotation draws anew");
        for (version, (material_id, blob)) in made.into_iter().enumerate() {
            let request = DecryptRequest {
                ciphertext_blob: Some(blob.into()),
                encryption_context: context.clone(),
                ..DecryptRequest::default()
            };
            let opened = world.run(decrypt::run, request).expect("opened");
            assert_eq!(opened.plaintext.as_deref().map(|plain| usize::from(plain[0])), Some(version));
            assert_eq!(opened.key_material_id, material_id);
        }
        let key_spec = Some(DataKeySpec::Aes256.into());
        let request = GenerateDataKeyRequest { key_id: Some(key.clone()), key_spec, ..Default::default() };
        let drawn = world.run(generate_data_key::run, request).expect("drawn");
        assert_eq!(drawn.key_material_id, world.describe(&key).current_key_material_id);
    }

    #[test]
    fn a_repeated_attempt_rotates_once() {
        let world = World::new();
        let (key, call) = (world.create_key(), world.call(ACCOUNT));
        for _ in 0..2 {
            world.run_as(&call, run, request(&key)).expect("rotated");
        }
        assert_eq!(world.versions_of(&key), 2);
    }

    #[test]
    fn a_key_is_rotated_as_often_as_its_quota() {
        let world = World::new();
        let key = world.create_key();
        set_limit(&world, 2);
        world.rotate_on_demand(&key);
        world.rotate_on_demand(&key);
        check(
            &world,
            &key,
            expect![
                "LimitExceededException: The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: arn:aws:kms:us-east-1:111122223333:key/<key id>"
            ],
        );
        set_limit(&world, 3);
        world.rotate_on_demand(&key);
    }

    #[test]
    fn twenty_minutes_before_an_automatic_rotation_there_is_none_on_demand() {
        let world = World::new();
        let key = world.create_key();
        world.enable_rotation(&key, 90);
        world.pass_millis(90 * DAY_MILLIS - ROTATION_CONFLICT_MILLIS - 1);
        world.rotate_on_demand(&key);
        world.pass_millis(1);
        check(
            &world,
            &key,
            expect![
                "ConflictException: The request was rejected because an automatic rotation of this key is currently in progress or scheduled to begin within the next 20 minutes."
            ],
        );
        world.pass_millis(ROTATION_CONFLICT_MILLIS);
        assert_eq!(world.versions_of(&key), 3, "the schedule stayed as it was");
        assert_eq!(world.rotation_of(&key), (true, Some(90), Some(90)));
    }

    #[test]
    fn material_that_was_drawn_for_another_version_is_drawn_again() {
        let world = World::new();
        let key = world.create_key();
        let material = |version| Some(NewMaterial { version, sealed: vec![1], material_id: vec![2] });
        for (version, expected) in [(1, Err(Refused::Moved.into())), (2, Ok(())), (3, Err(Refused::Moved.into()))] {
            let (account, key_id) = (ACCOUNT.to_owned(), key.clone());
            let command = RotateKeyOnDemandCommand { account, key_id, material: material(version) };
            assert_eq!(command.apply(world.now(), &world.tables()).result.map(drop), expected, "{version}");
        }
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        check(&world, "alias/mine", expect!["NotFoundException: Invalid keyId 'alias/mine'"]);
        check(
            &world,
            &world.describe("alias/aws/ssm").key_id.expect("named"),
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: kms:RotateKeyOnDemand on resource: arn:aws:kms:us-east-1:111122223333:key/<key id> because no resource-based policy allows the kms:RotateKeyOnDemand action"
            ],
        );
    }

    #[test]
    fn the_command_is_pinned() {
        let material = Some(NewMaterial { version: 2, sealed: vec![3], material_id: vec![4] });
        let command = RotateKeyOnDemandCommand { account: "a".to_owned(), key_id: "k".to_owned(), material };
        expect!["0a016112016b1a0808021201031a0104"].assert_eq(&hex::encode(prost::Message::encode_to_vec(&command)));
    }
}
