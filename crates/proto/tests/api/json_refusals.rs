//! What is no request, and that the refusal does not repeat what was sent.

use proto::json::{DEPTH_MAX, DecodeError, decode};
use proto::kms::v1::{CreateKeyRequest, EncryptRequest, ScheduleKeyDeletionRequest};
use proto::secretsmanager::v1::DescribeSecretResponse;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn refused<T: Serialize + DeserializeOwned + std::fmt::Debug>(json: impl AsRef<[u8]>) -> DecodeError {
    let shown = String::from_utf8_lossy(json.as_ref()).into_owned();
    decode::<T>(json.as_ref()).map(|decoded| decoded.message).expect_err(&shown)
}

fn wrong_type(text: &str) -> DecodeError {
    DecodeError::WrongType(text.to_owned())
}

#[test]
fn what_is_not_json_is_malformed() {
    let cases: [&[u8]; 12] = [
        b"{",
        b"{\"KeyId\":}",
        b"{\"KeyId\":\"a\"} x",
        b"{\"KeyId\":\"a\"}{}",
        b"{\"KeyId\":\"a\",}",
        b"{'KeyId':'a'}",
        b"{\"KeyId\":\"\xff\"}",
        b"{\"Unknown\":\"\xff\"}",
        b"{\"KeyId\":\"\\ud800\"}",
        b"{\"KeyId\":\"a\nb\"}",
        b"\xef\xbb\xbf{}",
        b"nul",
    ];
    for json in cases {
        assert_eq!(refused::<EncryptRequest>(json), DecodeError::Malformed, "{}", String::from_utf8_lossy(json));
    }
}

#[test]
fn duplicate_keys_are_refused_wherever_they_are() {
    for json in [
        r#"{"KeyId":"a","KeyId":"b"}"#,
        r#"{"KeyId":"a","\u004beyId":"b"}"#,
        r#"{"EncryptionContext":{"a":"1","b":"2","a":"1"}}"#,
        r#"{"Unknown":[{"a":1,"a":1}]}"#,
        r#"{"Unknown":1,"Unknown":1}"#,
    ] {
        assert_eq!(refused::<EncryptRequest>(json), DecodeError::DuplicateKey, "{json}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| format!(r#"{{"Unknown":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    let allowed = usize::try_from(DEPTH_MAX).unwrap() - 1;
    assert!(decode::<EncryptRequest>(nested(allowed).as_bytes()).is_ok());
    for depth in [allowed + 1, 1000, 100_000] {
        assert_eq!(refused::<EncryptRequest>(nested(depth)), DecodeError::TooDeep);
    }
}

#[test]
fn wrong_types_are_refused_in_awss_words() {
    for (json, text) in [
        (r#"{"KeyId":1}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"KeyId":1.5}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"KeyId":18446744073709551615}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"KeyId":true}"#, "TRUE_VALUE can not be converted to a String"),
        (r#"{"KeyId":["a"]}"#, "Start of list found where not expected"),
        (r#"{"KeyId":{}}"#, "Start of structure or map found where not expected."),
        (r#"{"Plaintext":1}"#, "NUMBER_VALUE can not be converted to a Blob"),
        (r#"{"Plaintext":"a"}"#, "STRING_VALUE is not valid base64"),
        (r#"{"Plaintext":"AA"}"#, "STRING_VALUE is not valid base64"),
        (r#"{"Plaintext":"A-_="}"#, "STRING_VALUE is not valid base64"),
        (r#"{"DryRun":"true"}"#, "STRING_VALUE can not be converted to a Boolean"),
        (r#"{"DryRun":0}"#, "NUMBER_VALUE can not be converted to a Boolean"),
        (r#"{"EncryptionAlgorithm":1}"#, "NUMBER_VALUE can not be converted to a String"),
        (r#"{"EncryptionContext":"a"}"#, "Expected map or null"),
        (r#"{"EncryptionContext":["a"]}"#, "Start of list found where not expected"),
        (r#"{"EncryptionContext":{"a":null}}"#, "NULL_VALUE can not be converted to a String"),
        (r#"{"EncryptionContext":{"a":{}}}"#, "Start of structure or map found where not expected."),
        (r#"{"GrantTokens":"a"}"#, "Expected list or null"),
        (r#"{"GrantTokens":{}}"#, "Start of structure or map found where not expected."),
        (r#"{"GrantTokens":[null]}"#, "NULL_VALUE can not be converted to a String"),
        (r#"["alias/a"]"#, "Start of list found where not expected"),
        (r#""text""#, "Expected map or null"),
        ("null", "NULL_VALUE found where not expected"),
    ] {
        assert_eq!(refused::<EncryptRequest>(json), wrong_type(text), "{json}");
    }
}

#[test]
fn wrong_types_within_structures_and_numbers() {
    for (json, text) in [
        (r#"{"Tags":[["k","v"]]}"#, "Start of list found where not expected"),
        (r#"{"Tags":["k"]}"#, "Expected map or null"),
        (r#"{"Tags":[null]}"#, "NULL_VALUE found where not expected"),
        (r#"{"Tags":[{"TagKey":{}}]}"#, "Start of structure or map found where not expected."),
    ] {
        assert_eq!(refused::<CreateKeyRequest>(json), wrong_type(text), "{json}");
    }
    for (json, text) in [
        (r#"{"PendingWindowInDays":"7"}"#, "STRING_VALUE can not be converted to an Integer"),
        (r#"{"PendingWindowInDays":7.5}"#, "NUMBER_VALUE can not be converted to an Integer"),
        (r#"{"PendingWindowInDays":2147483648}"#, "NUMBER_VALUE is out of range for an Integer"),
    ] {
        assert_eq!(refused::<ScheduleKeyDeletionRequest>(json), wrong_type(text), "{json}");
    }
    for (json, text) in [
        (r#"{"DeletedDate":"2024-01-01"}"#, "STRING_VALUE can not be converted to a Timestamp"),
        (r#"{"DeletedDate":1e300}"#, "NUMBER_VALUE is out of range for a Timestamp"),
        (r#"{"VersionIdsToStages":{"v":"s"}}"#, "Expected list or null"),
        (r#"{"VersionIdsToStages":{"v":{"items":["s"]}}}"#, "Start of structure or map found where not expected."),
    ] {
        assert_eq!(refused::<DescribeSecretResponse>(json), wrong_type(text), "{json}");
    }
}

#[test]
fn a_refusal_shows_nothing_of_the_request() {
    for json in [
        r#"{"Plaintext":"canary!"}"#,
        r#"{"Plaintext":{"canary":1}}"#,
        r#"{"canary":1,"canary":2}"#,
        r#"{"DryRun":"canary"}"#,
        r#"{"Plaintext":"canary"#,
    ] {
        let refusal = refused::<EncryptRequest>(json);
        assert!(!format!("{refusal} {refusal:?}").contains("canary"), "{refusal:?}");
    }
}

#[test]
fn a_refusal_leaves_no_trace_in_the_next_request() {
    let _ = refused::<EncryptRequest>(r#"{"EncryptionAlgorithm":"NOVEL","KeyId":1}"#);
    let decoded = decode::<EncryptRequest>(br#"{"KeyId":"a","Plaintext":"AA=="}"#).unwrap();
    assert!(decoded.validated().is_ok());
}
