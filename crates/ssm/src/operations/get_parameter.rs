//! GetParameter: one parameter, in its newest version or in one that the name selects. It may be a secret of Secrets
//! Manager.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html>

use crate::Ssm;
use crate::named::Named;
use proto::ssm::v1::{GetParameterRequest, GetParameterResponse};
use service::{Call, Fault};
use std::sync::Arc;

/// Runs the operation.
pub(crate) async fn run(
    ssm: Arc<Ssm>,
    call: Call,
    request: GetParameterRequest,
) -> Result<GetParameterResponse, Fault> {
    let named = Named::parse(request.name.as_deref().unwrap_or_default(), &call)?;
    let view = ssm.replica.read().await?;
    let _permit = ssm.authorize(&*view, &call, "ssm:GetParameter", &named.arn(&call), &[])?;
    let decrypted = request.with_decryption.unwrap_or_default();
    let parameter = ssm.show_named(&*view, &call, &named, decrypted).await?;
    Ok(GetParameterResponse { parameter: Some(parameter) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::testing::{ACCOUNT, World, put_request};
    use expect_test::{Expect, expect};
    use proto::ssm::v1::{ParameterType, PutParameterRequest};
    use serde_json::json;

    fn check(world: &World, name: &str, expected: Expect) {
        expected.assert_eq(&world.answer(run, request(name, false)));
    }

    fn request(name: &str, decrypted: bool) -> GetParameterRequest {
        GetParameterRequest { name: Some(name.to_owned()), with_decryption: Some(decrypted) }
    }

    fn value(world: &World, name: &str, decrypted: bool) -> String {
        let answer = world.run(run, request(name, decrypted)).expect("found");
        answer.parameter.and_then(|parameter| parameter.value).expect("a value")
    }

    #[test]
    fn a_parameter_is_answered_by_name_by_arn_and_by_version() {
        let world = World::new();
        world.put("/app/x", ParameterType::String, "1");
        world.put("/app/x", ParameterType::String, "2");
        check(
            &world,
            "/app/x",
            expect![[r#"
            {
              "Parameter": {
                "Name": "/app/x",
                "Type": "String",
                "Value": "2",
                "Version": 2,
                "LastModifiedDate": 1700000000.123,
                "ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/app/x",
                "DataType": "text"
              }
            }"#]],
        );
        check(
            &world,
            "/app/x:1",
            expect![[r#"
            {
              "Parameter": {
                "Name": "/app/x",
                "Type": "String",
                "Value": "1",
                "Version": 1,
                "Selector": ":1",
                "LastModifiedDate": 1700000000.123,
                "ARN": "arn:aws:ssm:us-east-1:111122223333:parameter/app/x",
                "DataType": "text"
              }
            }"#]],
        );
        assert_eq!(value(&world, "/app/x:2", false), "2");
        assert_eq!(value(&world, &format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/x"), false), "2");
        assert_eq!(value(&world, &format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/app/x:1"), false), "1");
    }

    #[test]
    fn refusals_are_awss() {
        let world = World::new();
        world.put("x", ParameterType::String, "1");
        check(&world, "/nobody", expect!["ParameterNotFound: "]);
        check(
            &world,
            "x:2",
            expect![
                "ParameterVersionNotFound: Systems Manager could not find version 2 of x. Verify the version and try again."
            ],
        );
        check(
            &world,
            "x:label",
            expect![
                "ParameterVersionNotFound: Systems Manager could not find label label of x. Verify the version and try again."
            ],
        );
        check(&world, "a/b", expect!["ValidationException: Parameter name must be a fully qualified name."]);
        check(
            &world,
            "x y",
            expect![[
                r#"ValidationException: Parameter name: can't be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_"#
            ]],
        );
        check(
            &world,
            "arn:aws:ssm:us-east-1:444455556666:parameter/x",
            expect![
                "AccessDeniedException: User: arn:aws:iam::111122223333:root is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:444455556666:parameter/x because no resource-based policy allows the ssm:GetParameter action"
            ],
        );
        assert_eq!(value(&world, "/x", true), "1", "a leading slash makes no other parameter");
    }

    #[test]
    fn a_secure_string_is_answered_as_ciphertext_or_decrypted() {
        let world = World::new();
        let key = world.create_key();
        world.put("/secret", ParameterType::SecureString, "attack at dawn");
        let own_key = PutParameterRequest {
            key_id: Some(key.clone()),
            ..put_request("/own", ParameterType::SecureString, "attack at dusk")
        };
        world.run(super::super::put_parameter::run, own_key).expect("put");
        assert_eq!(value(&world, "/secret", true), "attack at dawn");
        assert_eq!(value(&world, "/own", true), "attack at dusk");

        // The caller may decrypt the blob with a key of its own, under the context that the parameter is bound to.
        let blob = value(&world, "/own", false);
        let context = json!({"PARAMETER_ARN": format!("arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/own")});
        let opened = world.kms("Decrypt", json!({"CiphertextBlob": blob, "EncryptionContext": context}));
        assert_eq!(
            (opened["Plaintext"].as_str(), opened["KeyId"].as_str()),
            (Some("YXR0YWNrIGF0IGR1c2s="), Some(key.as_str()))
        );

        world.kms("DisableKey", json!({ "KeyId": key.clone() }));
        let fault = world.run(run, request("/own", true)).expect_err("disabled");
        assert_eq!(fault.code, "InvalidKeyId");
        assert!(fault.message.starts_with(&format!("{key} is disabled.")), "{}", fault.message);
        assert_eq!(value(&world, "/own", false), blob, "the ciphertext needs no key");
        assert_eq!(world.events().last().map(String::as_str), Some("Decrypt DisabledException"));
    }

    #[test]
    fn the_value_of_one_parameter_does_not_open_as_that_of_another() {
        let world = World::new();
        world.put("/a", ParameterType::SecureString, "secret");
        let account = ACCOUNT.parse().expect("an account");
        let stolen = crate::tables::parameter(&world.tables(), &account, "/a").expect("there");
        let version = stolen.newest.expect("newest");
        let call = world.call(ACCOUNT);
        let other = replica::Arn::new("ssm", &call.region, &account, "parameter/b");
        let (ssm, tables) = (world.service(), world.tables());
        assert!(ssm.decrypt(&tables, &call, &other, &version).is_err());
        let own = replica::Arn::new("ssm", &call.region, &account, "parameter/a");
        assert_eq!(ssm.decrypt(&tables, &call, &own, &version), Ok("secret".to_owned()));
    }
}
