//! One event, in CloudTrail's field names and order.
//!
//! Form: <https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html>.
//! Plaintext, ciphertext, parameter values and tokens are never in a record: whoever makes it leaves them out of
//! [`Event::parameters`].

use crate::is_read_only;
use replica::{Region, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use service::{Call, Fault};
use std::net::IpAddr;

/// The version of CloudTrail's form that these records follow.
const EVENT_VERSION: &str = "1.11";
/// Longest `userAgent` that is kept, in characters: what a client sends is not bounded otherwise.
const USER_AGENT_CHARS_MAX: usize = 256;
/// Longest `errorMessage` that is kept, in characters; CloudTrail's own bound.
const ERROR_MESSAGE_CHARS_MAX: usize = 1024;

/// What was asked, of which service, and how it ended.
#[derive(Debug, Clone)]
pub struct Event<'a> {
    /// The service, such as `kms`.
    pub service: &'a str,
    /// The operation, such as `Encrypt`.
    pub operation: &'a str,
    /// The request's members in AWS's spelling, without those that are sensitive; null when they could not be read.
    pub parameters: Value,
    /// The answer's members, redacted likewise; null for operations that change nothing.
    pub response: Value,
    /// What the operation touched.
    pub resources: Vec<Resource>,
    /// The error that it ended with; `None` for success.
    pub error: Option<&'a Fault>,
}

/// A record as CloudTrail writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The version of this form.
    pub event_version: String,
    /// Who called.
    pub user_identity: UserIdentity,
    /// When the call came in, ISO 8601 in UTC, to the second.
    pub event_time: String,
    /// Such as `kms.amazonaws.com`.
    pub event_source: String,
    /// Such as `Encrypt`.
    pub event_name: String,
    /// The Region that answered.
    pub aws_region: String,
    /// An IP address, or the service that called on the caller's behalf.
    #[serde(rename = "sourceIPAddress")]
    pub source_ip_address: String,
    /// What the client calls itself, or the service that called on the caller's behalf.
    pub user_agent: String,
    /// AWS's error code; absent for success.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// AWS's error text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    /// The request, redacted.
    pub request_parameters: Value,
    /// The answer, redacted; null where nothing changed.
    pub response_elements: Value,
    /// The id that the answer carries too.
    #[serde(rename = "requestID")]
    pub request_id: String,
    /// Unique per record.
    #[serde(rename = "eventID")]
    pub event_id: String,
    /// Whether the operation changes nothing.
    pub read_only: bool,
    /// What the operation touched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// `AwsApiCall`, or `AwsServiceEvent` for what nobody called.
    pub event_type: String,
    /// Whether this is a management event.
    pub management_event: bool,
    /// The account whose resources were touched.
    pub recipient_account_id: String,
    /// `Management`.
    pub event_category: String,
}

/// Who called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserIdentity {
    /// `Root`, or `Unknown` when nobody could be established.
    #[serde(rename = "type")]
    pub kind: String,
    /// AWS's unique id of the principal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// The principal's ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// The principal's account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The key that signed, or that the caller claims to have signed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<String>,
    /// The service that called on the caller's behalf, such as `ssm.amazonaws.com`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoked_by: Option<String>,
}

/// What an operation touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// The owner.
    #[serde(rename = "accountId")]
    pub account_id: String,
    /// Such as `AWS::KMS::Key`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The resource's name.
    #[serde(rename = "ARN")]
    pub arn: String,
}

/// A call whose caller was not established.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// As [`Call::request_id`].
    pub request_id: String,
    /// As [`Call::received_at`].
    pub received_at: Timestamp,
    /// The Region that answers.
    pub region: Region,
    /// As [`Call::source_ip`].
    pub source_ip: IpAddr,
    /// As [`Call::user_agent`].
    pub user_agent: String,
    /// The access key that the request names, if it names one.
    pub access_key_id: Option<String>,
}

impl Record {
    /// The record of a call by an established caller. A call that one service makes through another on the caller's
    /// behalf ([`Call::via`]) names that service as AWS does.
    pub fn of(call: &Call, event: Event<'_>) -> Self {
        let invoked_by = call.via.as_deref().map(service_principal);
        let mut record = Self::bare(&call.request_id, call.received_at, &call.region, event);
        record.recipient_account_id = call.caller.account.to_string();
        record.source_ip_address = invoked_by.clone().unwrap_or_else(|| call.source_ip.to_string());
        record.user_agent = invoked_by.clone().unwrap_or_else(|| shortened(&call.user_agent, USER_AGENT_CHARS_MAX));
        record.user_identity = UserIdentity {
            kind: "Root".to_owned(),
            principal_id: Some(call.caller.user_id.clone()),
            arn: Some(call.caller.arn.clone()),
            account_id: Some(call.caller.account.to_string()),
            access_key_id: Some(call.caller.access_key_id.clone()),
            invoked_by,
        };
        record
    }

    /// The record of a call that was refused before its caller was established.
    pub fn of_stranger(stranger: &Stranger, event: Event<'_>) -> Self {
        let mut record = Self::bare(&stranger.request_id, stranger.received_at, &stranger.region, event);
        record.source_ip_address = stranger.source_ip.to_string();
        record.user_agent = shortened(&stranger.user_agent, USER_AGENT_CHARS_MAX);
        record.user_identity.access_key_id = stranger.access_key_id.clone();
        record
    }

    fn bare(request_id: &str, at: Timestamp, region: &Region, event: Event<'_>) -> Self {
        Self {
            event_version: EVENT_VERSION.to_owned(),
            user_identity: UserIdentity {
                kind: "Unknown".to_owned(),
                principal_id: None,
                arn: None,
                account_id: None,
                access_key_id: None,
                invoked_by: None,
            },
            event_time: iso_8601(at),
            event_source: format!("{}.amazonaws.com", event.service),
            event_name: event.operation.to_owned(),
            aws_region: region.to_string(),
            source_ip_address: String::new(),
            user_agent: String::new(),
            error_code: event.error.map(|fault| fault.code.to_owned()),
            error_message: event.error.and_then(error_message),
            request_parameters: in_camel_case(event.parameters),
            response_elements: in_camel_case(event.response),
            request_id: request_id.to_owned(),
            event_id: uuid::Uuid::new_v4().to_string(),
            read_only: is_read_only(event.operation),
            resources: event.resources,
            event_type: "AwsApiCall".to_owned(),
            management_event: true,
            recipient_account_id: String::new(),
            event_category: "Management".to_owned(),
        }
    }
}

fn error_message(fault: &Fault) -> Option<String> {
    (!fault.message.is_empty()).then(|| shortened(&fault.message, ERROR_MESSAGE_CHARS_MAX))
}

/// `ssm.amazonaws.com` of `ssm.us-east-1.amazonaws.com`: records name the service, conditions its endpoint.
fn service_principal(via: &str) -> String {
    let service = via.split('.').next().expect("splitting gives at least one part");
    format!("{service}.amazonaws.com")
}

fn iso_8601(at: Timestamp) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX).to_string()
}

/// Members as CloudTrail spells them, `keyId` for `KeyId`. Only the outermost names are members for certain: below them
/// may be maps, whose keys are the caller's own.
fn in_camel_case(value: Value) -> Value {
    let Value::Object(members) = value else { return value };
    members.into_iter().map(|(name, value)| (camel_case(&name), value)).collect()
}

fn camel_case(name: &str) -> String {
    let mut name = name.to_owned(); // of AWS's model, and so ASCII
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

fn shortened(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use access::{Caller, CallerKind};
    use expect_test::{Expect, expect};
    use replica::{Partition, RequestId};
    use serde_json::json;
    use service::FaultKind;

    fn call() -> Call {
        let region: Region = "us-east-1".parse().unwrap();
        let account = "111122223333".parse().unwrap();
        Call {
            request_id: "11111111-2222-4333-8444-555555555555".to_owned(),
            attempt: RequestId([0; 16]).into(),
            caller: Caller::root(CallerKind::Root, account, &Partition::of(&region), "AKIDEXAMPLE"),
            region,
            received_at: Timestamp::from_millis(1_795_286_943_217),
            source_ip: "192.0.2.7".parse().unwrap(),
            user_agent: "aws-cli/2".to_owned(),
            secure_transport: true,
            via: None,
        }
    }

    fn event<'a>(error: Option<&'a Fault>) -> Event<'a> {
        let resource = Resource {
            account_id: "111122223333".to_owned(),
            kind: "AWS::KMS::Key".to_owned(),
            arn: "arn:aws:kms:us-east-1:111122223333:key/k".to_owned(),
        };
        Event {
            service: "kms",
            operation: "Decrypt",
            parameters: json!({"EncryptionContext": {"Department": "IT"}, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT"}),
            response: Value::Null,
            resources: vec![resource],
            error,
        }
    }

    fn check(mut record: Record, expected: Expect) {
        assert!(uuid::Uuid::parse_str(&record.event_id).is_ok(), "{}", record.event_id);
        record.event_id = "e".to_owned();
        expected.assert_eq(&serde_json::to_string_pretty(&record).unwrap());
    }

    #[test]
    fn a_success_is_recorded_in_cloudtrails_names() {
        check(
            Record::of(&call(), event(None)),
            expect![[r#"
            {
              "eventVersion": "1.11",
              "userIdentity": {
                "type": "Root",
                "principalId": "111122223333",
                "arn": "arn:aws:iam::111122223333:root",
                "accountId": "111122223333",
                "accessKeyId": "AKIDEXAMPLE"
              },
              "eventTime": "2026-11-21T18:49:03Z",
              "eventSource": "kms.amazonaws.com",
              "eventName": "Decrypt",
              "awsRegion": "us-east-1",
              "sourceIPAddress": "192.0.2.7",
              "userAgent": "aws-cli/2",
              "requestParameters": {
                "encryptionContext": {
                  "Department": "IT"
                },
                "encryptionAlgorithm": "SYMMETRIC_DEFAULT"
              },
              "responseElements": null,
              "requestID": "11111111-2222-4333-8444-555555555555",
              "eventID": "e",
              "readOnly": true,
              "resources": [
                {
                  "accountId": "111122223333",
                  "type": "AWS::KMS::Key",
                  "ARN": "arn:aws:kms:us-east-1:111122223333:key/k"
                }
              ],
              "eventType": "AwsApiCall",
              "managementEvent": true,
              "recipientAccountId": "111122223333",
              "eventCategory": "Management"
            }"#]],
        );
    }

    #[test]
    fn a_call_through_a_service_names_the_service() {
        let fault = Fault::new(FaultKind::State, "DisabledException", "key/k is disabled.");
        let inner = Record::of(&call().through("ssm", 0), event(Some(&fault)));
        check(
            inner,
            expect![[r#"
            {
              "eventVersion": "1.11",
              "userIdentity": {
                "type": "Root",
                "principalId": "111122223333",
                "arn": "arn:aws:iam::111122223333:root",
                "accountId": "111122223333",
                "accessKeyId": "AKIDEXAMPLE",
                "invokedBy": "ssm.amazonaws.com"
              },
              "eventTime": "2026-11-21T18:49:03Z",
              "eventSource": "kms.amazonaws.com",
              "eventName": "Decrypt",
              "awsRegion": "us-east-1",
              "sourceIPAddress": "ssm.amazonaws.com",
              "userAgent": "ssm.amazonaws.com",
              "errorCode": "DisabledException",
              "errorMessage": "key/k is disabled.",
              "requestParameters": {
                "encryptionContext": {
                  "Department": "IT"
                },
                "encryptionAlgorithm": "SYMMETRIC_DEFAULT"
              },
              "responseElements": null,
              "requestID": "11111111-2222-4333-8444-555555555555",
              "eventID": "e",
              "readOnly": true,
              "resources": [
                {
                  "accountId": "111122223333",
                  "type": "AWS::KMS::Key",
                  "ARN": "arn:aws:kms:us-east-1:111122223333:key/k"
                }
              ],
              "eventType": "AwsApiCall",
              "managementEvent": true,
              "recipientAccountId": "111122223333",
              "eventCategory": "Management"
            }"#]],
        );
    }

    #[test]
    fn a_stranger_is_recorded_with_the_key_it_claims() {
        let call = call();
        let stranger = Stranger {
            request_id: call.request_id,
            received_at: call.received_at,
            region: call.region,
            source_ip: call.source_ip,
            user_agent: "x".repeat(10_000),
            access_key_id: Some("AKIDOTHER".to_owned()),
        };
        let fault = Fault::new(FaultKind::Unauthenticated, "UnrecognizedClientException", "");
        let record = Record::of_stranger(&stranger, event(Some(&fault)));
        assert_eq!(record.user_identity.kind, "Unknown");
        assert_eq!(record.user_identity.access_key_id.as_deref(), Some("AKIDOTHER"));
        assert_eq!(record.error_code.as_deref(), Some("UnrecognizedClientException"));
        assert_eq!(record.error_message, None);
        assert_eq!(record.user_agent.len(), USER_AGENT_CHARS_MAX);
    }
}
