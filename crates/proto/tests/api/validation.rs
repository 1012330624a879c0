//! AWS's validation: all failures of a request in one message, and sensitive values in none.

use prost::Message;
use proto::json::decode;
use proto::{Operation, kms, secretsmanager, ssm, validate};

/// The message for a request as JSON; `ok` when it has no failure.
fn message<T: Operation>(json: &str) -> String {
    let decoded = decode::<T>(json.as_bytes()).unwrap_or_else(|cause| panic!("{json}: {cause}"));
    decoded.validated().err().unwrap_or_else(|| "ok".to_owned())
}

/// The request has exactly these failures, in this order.
fn check<T: Operation>(json: &str, failures: &[&str]) {
    let expected = match failures {
        [] => "ok".to_owned(),
        [only] => format!("1 validation error detected: {only}"),
        all => format!("{} validation errors detected: {}", all.len(), all.join("; ")),
    };
    assert_eq!(message::<T>(json), expected, "{json}");
}

const KEY_ID_SHORT: &str =
    "Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to 1";
const KEY_ID_NULL: &str = "Value null at 'keyId' failed to satisfy constraint: Member must not be null";
const PLAINTEXT_NULL: &str = "Value null at 'plaintext' failed to satisfy constraint: Member must not be null";

#[test]
fn required_members_and_lengths() {
    check::<kms::v1::EncryptRequest>(r#"{"KeyId":"a","Plaintext":"AA=="}"#, &[]);
    check::<kms::v1::EncryptRequest>("{}", &[KEY_ID_NULL, PLAINTEXT_NULL]);
    check::<kms::v1::EncryptRequest>(r#"{"KeyId":""}"#, &[KEY_ID_SHORT, PLAINTEXT_NULL]);
    check::<kms::v1::EncryptRequest>(r#"{"KeyId":null,"Plaintext":"AA=="}"#, &[KEY_ID_NULL]);
}

#[test]
fn lengths_count_characters() {
    let of = |character: &str, count: usize| format!(r#"{{"Description":"{}"}}"#, character.repeat(count));
    check::<kms::v1::CreateKeyRequest>(&of("é", 8192), &[]);
    assert!(message::<kms::v1::CreateKeyRequest>(&of("é", 8193)).ends_with(
        "at 'description' failed to satisfy constraint: Member must have length less than or equal to 8192"
    ));
}

#[test]
fn a_shown_value_is_cut() {
    let json = format!(r#"{{"KeyId":"{}"}}"#, "é".repeat(100_000));
    let message = message::<kms::v1::DescribeKeyRequest>(&json);
    assert!(message.starts_with("1 validation error detected: Value 'éé"));
    assert!(message.len() < 5_000, "{}", message.len());
}

#[test]
fn sensitive_values_are_left_out() {
    let long = "QUJD".repeat(1366);
    check::<kms::v1::EncryptRequest>(
        &format!(r#"{{"KeyId":"a","Plaintext":"{long}"}}"#),
        &["Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096"],
    );
    check::<secretsmanager::v1::PutSecretValueRequest>(
        &format!(r#"{{"SecretId":"s","SecretString":"{}"}}"#, "c".repeat(65_537)),
        &["Value at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536"],
    );
    check::<kms::v1::DecryptRequest>(
        r#"{"CiphertextBlob":""}"#,
        &["Value 'java.nio.HeapByteBuffer[pos=0 lim=0 cap=0]' at 'ciphertextBlob' failed to satisfy constraint: \
           Member must have length greater than or equal to 1"],
    );
}

#[test]
fn numbers_have_ranges() {
    let failure = |value: i32, text: &str| format!("Value '{value}' at 'limit' failed to satisfy constraint: {text}");
    check::<kms::v1::ListKeysRequest>(r#"{"Limit":1000}"#, &[]);
    for (value, text) in [
        (0, "Member must have value greater than or equal to 1"),
        (-1, "Member must have value greater than or equal to 1"),
        (1001, "Member must have value less than or equal to 1000"),
    ] {
        check::<kms::v1::ListKeysRequest>(&format!(r#"{{"Limit":{value}}}"#), &[&failure(value, text)]);
    }
}

#[test]
fn patterns_match_from_end_to_end() {
    let failure = |value: &str| {
        format!(
            "Value '{value}' at 'aliasName' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$"
        )
    };
    let request = |name: &str| format!(r#"{{"AliasName":"{name}","TargetKeyId":"k"}}"#);
    check::<kms::v1::CreateAliasRequest>(&request("alias/a_B-9:x"), &[]);
    for name in ["alias/ü", "a b", " alias/a", "a!"] {
        check::<kms::v1::CreateAliasRequest>(&request(name), &[&failure(name)]);
    }
    check::<kms::v1::CreateAliasRequest>(&request("a\\n"), &[&failure("a\n")]);
    let short =
        "Value '' at 'aliasName' failed to satisfy constraint: Member must have length greater than or equal to 1";
    check::<kms::v1::CreateAliasRequest>(&request(""), &[short, &failure("")]);
}

#[test]
fn a_pattern_without_anchors_matches_from_end_to_end_too() {
    check::<kms::v1::GetKeyPolicyRequest>(r#"{"KeyId":"k","PolicyName":"default"}"#, &[]);
    for name in ["default!", " default", "défault"] {
        let failure = format!(
            "Value '{name}' at 'policyName' failed to satisfy constraint: \
             Member must satisfy regular expression pattern: [\\w]+"
        );
        check::<kms::v1::GetKeyPolicyRequest>(&format!(r#"{{"KeyId":"k","PolicyName":"{name}"}}"#), &[&failure]);
    }
}

#[test]
fn a_pattern_with_look_around_means_not_blank() {
    let request = |policy: &str| format!(r#"{{"ResourceArn":"{}","Policy":"{policy}"}}"#, "a".repeat(20));
    check::<ssm::v1::PutResourcePolicyRequest>(&request("{\\n}"), &[]);
    assert!(message::<ssm::v1::PutResourcePolicyRequest>(&request(" \\n")).contains("at 'policy' failed"));
}

#[test]
fn unknown_enumeration_values_are_reported_with_all_else() {
    let unknown = |value: &str| {
        format!(
            "Value '{value}' at 'encryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: \
             [SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]"
        )
    };
    for value in ["NOVEL", "", "symmetric_default", "ENCRYPTION_ALGORITHM_SPEC_SYMMETRIC_DEFAULT"] {
        let json = format!(r#"{{"EncryptionAlgorithm":"{value}","KeyId":"","Plaintext":"AA=="}}"#);
        check::<kms::v1::EncryptRequest>(&json, &[KEY_ID_SHORT, &unknown(value)]);
    }
}

#[test]
fn several_unknown_values_keep_their_texts() {
    let message = message::<kms::v1::CreateKeyRequest>(r#"{"Origin":"O","KeySpec":"S","KeyUsage":"U"}"#);
    for (value, member) in [("O", "origin"), ("S", "keySpec"), ("U", "keyUsage")] {
        let failure = format!(
            "Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy enum value set: ["
        );
        assert!(message.contains(&failure), "{message}");
    }
    assert!(message.starts_with("3 validation errors detected: "), "{message}");
}

#[test]
fn unknown_numbers_on_grpc_fail_too() {
    for number in [0, 77, -1, i32::MIN] {
        let sent = kms::v1::EncryptRequest {
            key_id: Some("a".to_owned()),
            plaintext: Some(vec![1].into()),
            encryption_algorithm: Some(number),
            ..Default::default()
        };
        let received = kms::v1::EncryptRequest::decode(sent.encode_to_vec().as_slice()).unwrap();
        let message = validate(&received).unwrap_err();
        let expected = format!("1 validation error detected: Value '{number}' at 'encryptionAlgorithm' failed");
        assert!(message.starts_with(&expected), "{message}");
    }
}

#[test]
fn structures_in_lists_are_named_as_aws_names_them() {
    let long = "k".repeat(129);
    check::<kms::v1::TagResourceRequest>(
        &format!(r#"{{"KeyId":"a","Tags":[{{"TagKey":"k","TagValue":"v"}},{{"TagKey":"{long}"}}]}}"#),
        &[
            &format!(
                "Value '{long}' at 'tags.2.member.tagKey' failed to satisfy constraint: \
                 Member must have length less than or equal to 128"
            ),
            "Value null at 'tags.2.member.tagValue' failed to satisfy constraint: Member must not be null",
        ],
    );
}

#[test]
fn a_text_in_a_list_fails_as_the_list() {
    check::<ssm::v1::GetParametersRequest>(
        r#"{"Names":["a",""]}"#,
        &["Value '[a, ]' at 'names' failed to satisfy constraint: Member must satisfy constraint: \
           [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1]"],
    );
    let eleven = format!("[{}]", ["\"a\""; 11].join(","));
    check::<ssm::v1::GetParametersRequest>(
        &format!(r#"{{"Names":{eleven}}}"#),
        &["Value '[a, a, a, a, a, a, a, a, a, a, a]' at 'names' failed to satisfy constraint: \
           Member must have length less than or equal to 10"],
    );
}

#[test]
fn unknown_values_in_a_list_fail_as_the_list() {
    let request = r#"{"KeyId":"a","GranteePrincipal":"arn:aws:iam::1:root","Operations":["Decrypt","Steal"]}"#;
    let message = message::<kms::v1::CreateGrantRequest>(request);
    let expected = "1 validation error detected: Value '[Decrypt, Steal]' at 'operations' failed to satisfy constraint: \
                    Member must satisfy constraint: [Member must satisfy enum value set: [Decrypt, Encrypt, ";
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn an_empty_list_is_not_an_absent_one() {
    check::<ssm::v1::GetParametersRequest>(
        "{}",
        &["Value null at 'names' failed to satisfy constraint: Member must not be null"],
    );
    check::<ssm::v1::GetParametersRequest>(
        r#"{"Names":[]}"#,
        &["Value '[]' at 'names' failed to satisfy constraint: Member must have length greater than or equal to 1"],
    );
    check::<kms::v1::TagResourceRequest>(r#"{"KeyId":"a","Tags":[]}"#, &[]);
}
