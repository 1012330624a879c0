//! What this service offers to other services: using a key on a caller's behalf.
//!
//! The call that comes in is `Call::through(service, step)` of the outer one, so that it is authorized with
//! `kms:ViaService`. Each use is recorded as AWS does it: an event of its own, with `invokedBy`.

use crate::key_name::KeyName;
use crate::operations::{decrypt, encrypt, generate_data_key};
use crate::{Kms, KmsError, managed_key};
use access::Permit;
use events::{Event, Record, Resource};
use proto::kms::v1::{
    DecryptRequest, DecryptResponse, EncryptRequest, EncryptResponse, GenerateDataKeyRequest, GenerateDataKeyResponse,
};
use replica::{Arn, View};
use serde_json::{Value, json};
use service::{Call, Fault};
use std::collections::BTreeMap;

impl Kms {
    /// Makes sure that a key can be used by this name: makes the AWS managed key of the calling service when the name is
    /// its alias and this is the first use. Another service's is not usable here, so it is not made. Comes before the
    /// view that the key is used in. The permission is that of the outer call.
    ///
    /// # Errors
    /// [`KmsError::InvalidKeyId`], [`KmsError::InvalidArn`], [`KmsError::NotProposed`].
    pub async fn prepare(&self, call: &Call, key_id: &str, permit: &Permit) -> Result<(), KmsError> {
        let name = KeyName::parse(key_id, call)?;
        match managed_key::own_alias(&name, call) {
            Some(alias) => self.ensure_managed_key(call, alias, permit.clone()).await,
            None => Ok(()),
        }
    }

    /// Encrypts as Encrypt does, in the caller's view.
    ///
    /// # Errors
    /// Those of Encrypt.
    pub fn encrypt(&self, view: &dyn View, call: &Call, request: &EncryptRequest) -> Result<EncryptResponse, KmsError> {
        let answer = encrypt::encrypt(self, view, call, request);
        let touched = answer.as_ref().ok().and_then(|answer| answer.key_id.clone());
        self.record_use(call, "Encrypt", request.key_id.as_deref(), &request.encryption_context, touched, &answer)?;
        answer
    }

    /// Decrypts as Decrypt does, in the caller's view.
    ///
    /// # Errors
    /// Those of Decrypt.
    pub fn decrypt(&self, view: &dyn View, call: &Call, request: &DecryptRequest) -> Result<DecryptResponse, KmsError> {
        let answer = decrypt::decrypt(self, view, call, request);
        let touched = answer.as_ref().ok().and_then(|answer| answer.key_id.clone());
        self.record_use(call, "Decrypt", request.key_id.as_deref(), &request.encryption_context, touched, &answer)?;
        answer
    }

    /// Draws a data key as GenerateDataKey does, in the caller's view.
    ///
    /// # Errors
    /// Those of GenerateDataKey.
    pub fn generate_data_key(
        &self,
        view: &dyn View,
        call: &Call,
        request: &GenerateDataKeyRequest,
    ) -> Result<GenerateDataKeyResponse, KmsError> {
        let answer = generate_data_key::generate(self, view, call, request);
        let touched = answer.as_ref().ok().and_then(|answer| answer.key_id.clone());
        let context = &request.encryption_context;
        self.record_use(call, "GenerateDataKey", request.key_id.as_deref(), context, touched, &answer)?;
        answer
    }

    fn record_use<T>(
        &self,
        call: &Call,
        operation: &str,
        key_id: Option<&str>,
        context: &BTreeMap<String, String>,
        touched: Option<String>,
        answer: &Result<T, KmsError>,
    ) -> Result<(), KmsError> {
        let fault = answer.as_ref().err().map(|error| Fault::from(error.clone()));
        let named = || KeyName::parse(key_id?, call).ok().map(|name| name.arn().clone());
        let arn = touched.and_then(|arn| arn.parse().ok()).or_else(named);
        let key = arn.filter(|arn: &Arn| arn.resource.starts_with("key/")).map(|arn| Resource {
            account_id: arn.account.clone(),
            kind: "AWS::KMS::Key".to_owned(),
            arn: arn.to_string(),
        });
        let mut parameters = json!({ "EncryptionAlgorithm": "SYMMETRIC_DEFAULT" });
        if let Some(key_id) = key_id {
            parameters["KeyId"] = json!(key_id);
        }
        if !context.is_empty() {
            parameters["EncryptionContext"] = json!(context);
        }
        let event = Event {
            service: "kms",
            operation,
            parameters,
            response: Value::Null,
            resources: key.into_iter().collect(),
            error: fault.as_ref(),
        };
        Ok(self.recorder.record(&Record::of(call, event))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{World, context};
    use expect_test::expect;

    fn request(key_id: &str) -> EncryptRequest {
        EncryptRequest {
            key_id: Some(key_id.to_owned()),
            plaintext: Some(b"canary".to_vec().into()),
            encryption_context: context(&[("PARAMETER_ARN", "arn:p")]),
            ..EncryptRequest::default()
        }
    }

    fn permit(world: &World, call: &Call) -> Permit {
        let any = replica::Arn::new("ssm", &call.region, &call.caller.account, "*");
        let kms = world.service();
        kms.authority.authorize(&world.tables(), &call.caller, "ssm:PutParameter", &any, &[]).expect("permitted")
    }

    #[test]
    fn the_first_use_through_a_service_makes_its_key_and_every_use_is_recorded() {
        let (world, key) = (World::new(), "alias/aws/ssm");
        let (kms, call) = (world.service(), world.call_through("ssm"));
        assert!(matches!(kms.encrypt(&world.tables(), &call, &request(key)), Err(KmsError::AliasNotFound { .. })));
        let prepared = futures::executor::block_on(kms.prepare(&call, key, &permit(&world, &call)));
        prepared.expect("made");
        let answer = kms.encrypt(&world.tables(), &call, &request(key)).expect("encrypted");

        let records = world.records();
        let lines: Vec<String> = records
            .iter()
            .map(|record| {
                let invoked_by = record.user_identity.invoked_by.clone().unwrap_or_default();
                let error = record.error_code.clone().unwrap_or_default();
                format!("{} {invoked_by} {} {error}", record.event_name, record.request_parameters)
            })
            .collect();
        expect![[r#"
            Encrypt ssm.amazonaws.com {"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"alias/aws/ssm","encryptionContext":{"PARAMETER_ARN":"arn:p"}} NotFoundException
            Encrypt ssm.amazonaws.com {"encryptionAlgorithm":"SYMMETRIC_DEFAULT","keyId":"alias/aws/ssm","encryptionContext":{"PARAMETER_ARN":"arn:p"}} "#]].assert_eq(&lines.join("\n"));
        assert_eq!(records[1].resources[0].arn, answer.key_id.expect("named"));
        let all = serde_json::to_string(&records).expect("JSON");
        assert!(!all.contains("canary") && !all.contains("Y2FuYXJ5"), "{all}");
    }

    #[test]
    fn a_refused_use_is_recorded_with_the_key_it_names() {
        let world = World::new();
        let key = world.create_key();
        world.disable(&key);
        let answer = world.service().encrypt(&world.tables(), &world.call_through("ssm"), &request(&key));
        assert!(matches!(answer, Err(KmsError::KeyDisabled { .. })), "{answer:?}");
        let record = world.records().pop().expect("recorded");
        assert_eq!(record.error_code.as_deref(), Some("DisabledException"));
        assert_eq!(Some(&record.resources[0].arn), world.describe(&key).arn.as_ref());
    }

    #[test]
    fn a_service_makes_no_key_that_it_cannot_use() {
        for other in ["alias/aws/secretsmanager", "alias/aws/acm", "alias/aws/nope", "alias/mine"] {
            let world = World::new();
            let (kms, call) = (world.service(), world.call_through("ssm"));
            let rows = world.tables().rows();
            let prepared = futures::executor::block_on(kms.prepare(&call, other, &permit(&world, &call)));
            prepared.expect("nothing to do");
            assert_eq!(world.tables().rows(), rows, "{other}");
            let answer = kms.encrypt(&world.tables(), &call, &request(other));
            assert!(matches!(answer, Err(KmsError::AliasNotFound { .. })), "{other}: {answer:?}");
        }
    }

    #[test]
    fn what_cannot_be_recorded_is_not_answered() {
        let world = World::new();
        let key = world.create_key();
        world.fail_to_record();
        let answer = world.service().encrypt(&world.tables(), &world.call_through("ssm"), &request(&key));
        assert!(matches!(answer, Err(KmsError::Internal { .. })), "{answer:?}");
    }
}
