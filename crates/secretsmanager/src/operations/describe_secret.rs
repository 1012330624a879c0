//! DescribeSecret: everything about a secret but its values, also while it waits for its deletion.
//!
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html>

use crate::secret_id::SecretId;
use crate::{SecretsManager, secret};
use proto::secretsmanager::v1::{DescribeSecretRequest, DescribeSecretResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    secrets: Arc<SecretsManager>,
    call: Call,
    request: DescribeSecretRequest,
) -> Result<DescribeSecretResponse, Fault> {
    let id = SecretId::parse(request.secret_id.as_deref().unwrap_or_default(), &call);
    let view = secrets.replica.read().await?;
    let found = secrets.permitted(&*view, &call, "secretsmanager:DescribeSecret", &id, &[])?;
    Ok(secret::described(&found.arn, found.record))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{TOKEN, TOKEN_2, TOKEN_3, World, create_request};
    use crate::operations::{create_secret, delete_secret};
    use expect_test::{Expect, expect};
    use proto::secretsmanager::v1::{CreateSecretRequest, DeleteSecretRequest, Tag};

    fn check(world: &World, id: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, DescribeSecretRequest { secret_id: Some(id.to_owned()) }));
    }

    #[test]
    fn a_secret_is_described_as_aws_does() {
        let world = World::new();
        let key = world.create_key();
        let tags = vec![Tag { key: Some("Team".to_owned()), value: Some("blue".to_owned()) }];
        let full = CreateSecretRequest {
            description: Some("d".to_owned()),
            kms_key_id: Some(key.clone()),
            tags,
            ..create_request("full", TOKEN, "1")
        };
        world.run(create_secret::run, full).expect("made");
        world.put("full", TOKEN_2, "2");
        let described = world.run(run, DescribeSecretRequest { secret_id: Some("full".to_owned()) }).expect("there");
        assert_eq!((described.kms_key_id(), described.description()), (key.as_str(), "d"));
        assert_eq!(described.tags[0].value(), "blue");

        world.create("plain", "1");
        world.put("plain", TOKEN_2, "2");
        world.put("plain", TOKEN_3, "3");
        check(
            &world,
            "plain",
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:plain-<suffix>",
              "Name": "plain",
              "LastChangedDate": 1700000000.123,
              "VersionIdsToStages": {
                "00000000-0000-4000-8000-000000000002": [
                  "AWSPREVIOUS"
                ],
                "00000000-0000-4000-8000-000000000003": [
                  "AWSCURRENT"
                ]
              },
              "CreatedDate": 1700000000.123
            }"#]],
        );
        let delete = DeleteSecretRequest { secret_id: Some("plain".to_owned()), ..Default::default() };
        world.run(delete_secret::run, delete).expect("marked");
        check(
            &world,
            "plain",
            expect![[r#"
            {
              "ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:plain-<suffix>",
              "Name": "plain",
              "LastChangedDate": 1700000000.123,
              "DeletedDate": 1700000000.123,
              "VersionIdsToStages": {
                "00000000-0000-4000-8000-000000000002": [
                  "AWSPREVIOUS"
                ],
                "00000000-0000-4000-8000-000000000003": [
                  "AWSCURRENT"
                ]
              },
              "CreatedDate": 1700000000.123
            }"#]],
        );
        check(&world, "nobody", expect!["ResourceNotFoundException: Secrets Manager can't find the specified secret."]);
    }
}
