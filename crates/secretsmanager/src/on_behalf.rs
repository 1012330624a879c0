//! What this service offers to other services: reading a secret on a caller's behalf.

use crate::operations::get_secret_value;
use crate::{SecretsError, SecretsManager};
use events::{Event, Record, Resource};
use proto::secretsmanager::v1::{GetSecretValueRequest, GetSecretValueResponse};
use serde_json::{Value, json};
use service::{Call, Fault};

impl SecretsManager {
    /// Gets a value as GetSecretValue does: authorized as the caller, and recorded as an event of its own. The call that
    /// comes in is `Call::through(service, step)` of the outer one.
    ///
    /// # Errors
    /// Those of GetSecretValue.
    pub async fn get_secret_value(
        &self,
        call: &Call,
        request: GetSecretValueRequest,
    ) -> Result<GetSecretValueResponse, Fault> {
        let answer = match self.replica.read().await {
            Ok(view) => get_secret_value::get(self, &*view, call, &request).map_err(Fault::from),
            Err(cause) => Err(cause.into()),
        };
        self.record_read(call, &request, &answer).map_err(Fault::from)?;
        answer
    }

    /// Records one read. Never what was read.
    pub(crate) fn record_read(
        &self,
        call: &Call,
        request: &GetSecretValueRequest,
        answer: &Result<GetSecretValueResponse, Fault>,
    ) -> Result<(), SecretsError> {
        let mut parameters = json!({});
        let named = [
            ("SecretId", &request.secret_id),
            ("VersionId", &request.version_id),
            ("VersionStage", &request.version_stage),
        ];
        for (member, value) in named {
            if let Some(value) = value {
                parameters[member] = json!(value);
            }
        }
        let arn = answer.as_ref().ok().and_then(|answer| answer.arn.clone());
        let account_id = call.caller.account.to_string();
        let resource = arn.map(|arn| Resource { account_id, kind: "AWS::SecretsManager::Secret".to_owned(), arn });
        let event = Event {
            service: "secretsmanager",
            operation: "GetSecretValue",
            parameters,
            response: Value::Null,
            resources: resource.into_iter().collect(),
            error: answer.as_ref().err(),
        };
        Ok(self.recorder.record(&Record::of(call, event))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World};
    use futures::executor::block_on;

    fn request(id: &str) -> GetSecretValueRequest {
        GetSecretValueRequest { secret_id: Some(id.to_owned()), ..GetSecretValueRequest::default() }
    }

    #[test]
    fn a_read_for_another_service_is_recorded_without_what_was_read() {
        let world = World::new();
        let arn = world.create("a", "canary");
        let call = world.call(ACCOUNT).through("ssm", 0);
        let answer = block_on(world.service().get_secret_value(&call, request("a"))).expect("read");
        assert_eq!((answer.secret_string(), answer.arn()), ("canary", arn.as_str()));
        assert!(block_on(world.service().get_secret_value(&call, request("b"))).is_err());
        let events = world.events();
        let reads: Vec<_> = events.iter().filter(|event| event.starts_with("GetSecretValue")).collect();
        assert_eq!(reads, ["GetSecretValue ", "GetSecretValue ResourceNotFoundException"]);
        let records = world.records_as_json();
        assert!(records.contains(&arn) && records.contains("ssm.amazonaws.com"), "{records}");
        assert!(!records.contains("canary"), "{records}");
    }
}
