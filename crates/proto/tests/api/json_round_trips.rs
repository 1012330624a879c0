//! Every kind of value keeps its meaning from JSON to the message, to protobuf and back.

use proptest::prelude::*;
use prost::Message;
use prost_types::Timestamp;
use proto::json::{decode, encode};
use proto::kms::v1::{
    CreateKeyRequest, DescribeKeyResponse, EncryptRequest, KeyMetadata, KeyState, ListAliasesResponse,
    ListKeysResponse, Tag,
};
use proto::secretsmanager::v1::{DescribeSecretResponse, GetRandomPasswordRequest, SecretVersionStagesTypeList};
use proto::ssm::v1::{GetParametersResponse, Parameter, PutParameterRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// JSON becomes exactly this message; the message, also by way of protobuf, becomes exactly the second JSON.
fn check<T>(json: &str, message: &T, written: &str)
where
    T: Message + Default + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let decoded = decode::<T>(json.as_bytes()).unwrap_or_else(|cause| panic!("{json}: {cause}")).message;
    assert_eq!(&decoded, message, "{json}");
    let by_protobuf = T::decode(decoded.encode_to_vec().as_slice()).unwrap();
    assert_eq!(&by_protobuf, message, "{json}");
    assert_eq!(String::from_utf8(encode(&by_protobuf)).unwrap(), written, "{json}");
}

fn same<T>(json: &str, message: &T)
where
    T: Message + Default + Debug + PartialEq + Serialize + DeserializeOwned,
{
    check(json, message, json);
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn texts_blobs_and_maps() {
    let context = BTreeMap::from([("a".to_owned(), "bc".to_owned()), ("é".to_owned(), String::new())]);
    let request = EncryptRequest {
        key_id: text("alias/x"),
        plaintext: Some(vec![0, 255, 16].into()),
        encryption_context: context,
        ..Default::default()
    };
    same(r#"{"KeyId":"alias/x","Plaintext":"AP8Q","EncryptionContext":{"a":"bc","é":""}}"#, &request);
}

#[test]
fn numbers_and_truths() {
    let request =
        GetRandomPasswordRequest { password_length: Some(32), exclude_numbers: Some(false), ..Default::default() };
    same(r#"{"PasswordLength":32,"ExcludeNumbers":false}"#, &request);
    let parameter = Parameter { version: Some(i64::MAX), ..Default::default() };
    same(r#"{"Version":9223372036854775807}"#, &parameter);
}

#[test]
fn enumerations_are_awss_strings() {
    let metadata = KeyMetadata { key_state: Some(KeyState::PendingDeletion.into()), ..Default::default() };
    let answer = DescribeKeyResponse { key_metadata: Some(metadata) };
    same(r#"{"KeyMetadata":{"KeyState":"PendingDeletion"}}"#, &answer);
    let tiered = PutParameterRequest {
        tier: Some(proto::ssm::v1::ParameterTier::IntelligentTiering.into()),
        ..Default::default()
    };
    same(r#"{"Tier":"Intelligent-Tiering"}"#, &tiered);
}

#[test]
fn times_are_epoch_seconds_with_milliseconds() {
    for (json, seconds, nanos) in [
        ("1732212000.123", 1_732_212_000, 123_000_000),
        ("1732212000", 1_732_212_000, 0),
        ("-0.5", -1, 500_000_000),
        ("0", 0, 0),
    ] {
        let metadata = KeyMetadata { creation_date: Some(Timestamp { seconds, nanos }), ..Default::default() };
        same(&format!(r#"{{"CreationDate":{json}}}"#), &metadata);
    }
    let rounded = KeyMetadata { creation_date: Some(Timestamp { seconds: 1, nanos: 0 }), ..Default::default() };
    check(r#"{"CreationDate":1.0E0}"#, &rounded, r#"{"CreationDate":1}"#);
}

#[test]
fn a_map_of_lists_shows_no_wrapper() {
    let stages = SecretVersionStagesTypeList { items: vec!["AWSCURRENT".to_owned(), "x".to_owned()] };
    let answer = DescribeSecretResponse {
        arn: text("arn"),
        version_ids_to_stages: BTreeMap::from([("v1".to_owned(), stages)]),
        ..Default::default()
    };
    same(r#"{"ARN":"arn","VersionIdsToStages":{"v1":["AWSCURRENT","x"]}}"#, &answer);
}

#[test]
fn absent_is_not_empty() {
    check("{}", &CreateKeyRequest::default(), "{}");
    check("", &CreateKeyRequest::default(), "{}");
    same(r#"{"Description":""}"#, &CreateKeyRequest { description: text(""), ..Default::default() });
    same(r#"{"Plaintext":""}"#, &EncryptRequest { plaintext: Some(Vec::new().into()), ..Default::default() });
}

#[test]
fn null_is_absent_and_unknown_members_are_ignored() {
    let json = r#"{"Description":null,"Tags":null,"Policy":null,"Novelty":{"a":[1,{"b":null}]},"MultiRegion":true}"#;
    let request = CreateKeyRequest { multi_region: Some(true), ..Default::default() };
    check(json, &request, r#"{"MultiRegion":true}"#);
    check(r#"{"EncryptionContext":null}"#, &EncryptRequest::default(), "{}");
}

#[test]
fn a_context_takes_numbers_and_truths_as_text() {
    let context = [("a", "1"), ("b", "true"), ("c", "1.5")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let request = EncryptRequest { encryption_context: BTreeMap::from(context), ..Default::default() };
    check(
        r#"{"EncryptionContext":{"a":1,"b":true,"c":1.5}}"#,
        &request,
        r#"{"EncryptionContext":{"a":"1","b":"true","c":"1.5"}}"#,
    );
}

#[test]
fn answers_with_collections_write_empty_lists_and_others_do_not() {
    let empty = |json: Vec<u8>| String::from_utf8(json).unwrap();
    assert_eq!(empty(encode(&ListAliasesResponse::default())), r#"{"Aliases":[]}"#);
    assert_eq!(
        empty(encode(&ListKeysResponse { truncated: Some(false), ..Default::default() })),
        r#"{"Keys":[],"Truncated":false}"#
    );
    assert_eq!(empty(encode(&GetParametersResponse::default())), r#"{"Parameters":[],"InvalidParameters":[]}"#);
    assert_eq!(empty(encode(&DescribeSecretResponse::default())), "{}");
    assert_eq!(empty(encode(&KeyMetadata::default())), "{}");
}

prop_compose! {
    fn any_request()(
        policy in any::<Option<String>>(),
        description in any::<Option<String>>(),
        key_usage in proptest::option::of(1..=4_i32),
        multi_region in any::<Option<bool>>(),
        tags in proptest::collection::vec(any::<(Option<String>, Option<String>)>(), 0..4),
    ) -> CreateKeyRequest {
        let tags = tags.into_iter().map(|(tag_key, tag_value)| Tag { tag_key, tag_value }).collect();
        CreateKeyRequest { policy, description, key_usage, multi_region, tags, ..Default::default() }
    }
}

prop_compose! {
    fn any_answer()(
        arn in any::<Option<String>>(),
        deleted_millis in proptest::option::of(-62_135_596_800_000_i64..253_402_300_800_000),
        stages in proptest::collection::btree_map(any::<String>(), any::<Vec<String>>(), 0..4),
    ) -> DescribeSecretResponse {
        let time = |millis: i64| Timestamp {
            seconds: millis.div_euclid(1000),
            nanos: i32::try_from(millis.rem_euclid(1000)).unwrap() * 1_000_000,
        };
        let stages = stages.into_iter().map(|(id, items)| (id, SecretVersionStagesTypeList { items }));
        DescribeSecretResponse {
            arn,
            deleted_date: deleted_millis.map(time),
            version_ids_to_stages: stages.collect(),
            ..Default::default()
        }
    }
}

prop_compose! {
    fn any_encryption()(
        key_id in any::<Option<String>>(),
        plaintext in any::<Option<Vec<u8>>>(),
        encryption_context in any::<BTreeMap<String, String>>(),
        grant_tokens in any::<Vec<String>>(),
        dry_run in any::<Option<bool>>(),
    ) -> EncryptRequest {
        let plaintext = plaintext.map(Into::into);
        EncryptRequest { key_id, plaintext, encryption_context, grant_tokens, dry_run, ..Default::default() }
    }
}

proptest! {
    #[test]
    fn any_message_survives_json_and_protobuf(
        request in any_request(), answer in any_answer(), encryption in any_encryption()
    ) {
        survives(&request);
        survives(&answer);
        survives(&encryption);
    }

    #[test]
    fn no_bytes_make_decoding_panic(bytes in any::<Vec<u8>>(), text in any::<String>()) {
        let _ = decode::<EncryptRequest>(&bytes);
        let _ = decode::<EncryptRequest>(text.as_bytes());
    }
}

fn survives<T>(message: &T)
where
    T: Message + Default + Debug + PartialEq + Serialize + DeserializeOwned,
{
    let json = encode(message);
    let from_json = decode::<T>(&json).unwrap().message;
    assert_eq!(&from_json, message);
    let from_protobuf = T::decode(from_json.encode_to_vec().as_slice()).unwrap();
    assert_eq!(encode(&from_protobuf), json);
}
