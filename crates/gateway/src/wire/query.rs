//! AWS Query: a form in, XML out. STS speaks it.
//!
//! <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html>

use super::{form, headers, status, xml};
use crate::Gateway;
use crate::arrival::{Arrival, Peer, Target};
use crate::failure::{self, Failure};
use crate::limits;
use crate::message::Form;
use crate::pipeline::Answer;
use crate::schema::{Kind, Member, Message, Name, Schema};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tonic::body::Body;

/// How deep member names may nest, in dots: far more than any operation of AWS's model needs.
const DEPTH_MAX: usize = 32;

/// Answers a request of this wire.
pub(crate) async fn answer(gateway: &Arc<Gateway>, peer: Peer, request: Request<Incoming>) -> Response<Body> {
    let (head, incoming) = request.into_parts();
    let body = gateway.receive(&head, peer, incoming, limits::BODY_BYTES_MAX).await;
    let target = body.as_ref().map_or_else(|_| Target::unknown(""), |body| target(body));
    let answer = gateway.answer(Arrival { head, peer, form: Form::Query, target, body }).await;
    written(answer)
}

/// The operation that `Action` names, of the service whose API has this `Version`.
fn target(body: &[u8]) -> Target {
    let pairs = form::pairs(body).unwrap_or_default();
    let value = |name: &str| pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let (action, version) = (value("Action"), value("Version"));
    let spoken = |info: &&proto::ServiceInfo| !info.xml_namespace.is_empty() && info.api_version == version;
    match proto::services().into_iter().find(spoken) {
        Some(info) => Target::of(info, action),
        None => Target::unknown(action),
    }
}

fn written(answer: Answer) -> Response<Body> {
    let service = answer.target.service();
    let (status, body) = match answer.outcome {
        Ok(result) => (StatusCode::OK, success(&answer.target, &result, &answer.request_id)),
        Err(failure) => (status::query(service, &failure), error(&answer.target, &failure, &answer.request_id)),
    };
    let mut response = Response::new(Body::new(Full::new(Bytes::from(body))));
    *response.status_mut() = status;
    headers::insert(response.headers_mut(), "text/xml", &answer.request_id);
    response
}

fn success(target: &Target, result: &[u8], request_id: &str) -> String {
    let Target::Known { service, operation } = target else { return String::new() };
    let namespace = proto::service(service).map_or("", |info| info.xml_namespace);
    let mut out = format!("<{operation}Response xmlns=\"{namespace}\">");
    xml::element(&mut out, &format!("{operation}Result"), |out| out.push_str(&String::from_utf8_lossy(result)));
    xml::element(&mut out, "ResponseMetadata", |out| xml::text_element(out, "RequestId", request_id));
    out.push_str(&format!("</{operation}Response>"));
    out
}

fn error(target: &Target, failure: &Failure, request_id: &str) -> String {
    let service = target.service();
    let namespace = service.and_then(proto::service).map(|info| format!(" xmlns=\"{}\"", info.xml_namespace));
    let kind = if status::query(service, failure).is_server_error() { "Receiver" } else { "Sender" };
    let mut out = format!("<ErrorResponse{}>", namespace.unwrap_or_default());
    xml::element(&mut out, "Error", |out| {
        xml::text_element(out, "Type", kind);
        xml::text_element(out, "Code", code(failure.fault.code));
        xml::text_element(out, "Message", &text(target, failure));
    });
    xml::text_element(&mut out, "RequestId", request_id);
    out.push_str("</ErrorResponse>");
    out
}

fn text(target: &Target, failure: &Failure) -> String {
    match target {
        _ if failure.fault.code != failure::UNKNOWN_OPERATION => failure.fault.message.clone(),
        Target::Known { operation, .. } => format!("Could not find operation {operation}"),
        Target::Unknown { named } => format!("Could not find operation {named}"),
    }
}

/// This wire's names of the errors that all services share.
fn code(json: &'static str) -> &'static str {
    match json {
        "AccessDeniedException" => "AccessDenied",
        "IncompleteSignatureException" => "IncompleteSignature",
        "InvalidSignatureException" => "SignatureDoesNotMatch",
        "MissingAuthenticationTokenException" => "MissingAuthenticationToken",
        "ServiceUnavailableException" => "ServiceUnavailable",
        "ThrottlingException" => "Throttling",
        "UnrecognizedClientException" => "InvalidClientTokenId",
        "ValidationException" => "ValidationError",
        failure::SERIALIZATION => "MalformedInput",
        failure::UNKNOWN_OPERATION => "InvalidAction",
        other => other,
    }
}

/// The XML of an answer's members.
pub(crate) fn result(members: &Value, schema: &Schema, name: Name) -> Vec<u8> {
    let mut out = String::new();
    if let Some(message) = schema.operation(name) {
        xml::members(&mut out, members, schema, message);
    }
    out.into_bytes()
}

/// The members that a form gives, as JSON has them.
///
/// # Errors
/// When the form is broken, names a member twice, or gives a value of another type than the member's.
pub(crate) fn members(body: &[u8], schema: &Schema, name: Name) -> Result<Value, Failure> {
    let pairs = form::pairs(body).ok_or_else(|| Failure::serialization("The form is malformed"))?;
    let mut tree = Node::default();
    for (key, value) in pairs {
        tree.insert(&key, value).ok_or_else(|| Failure::serialization("A member is given twice"))?;
    }
    let message = schema.operation(name).ok_or_else(Failure::unknown_operation)?;
    structure(&tree, schema, message)
}

/// What a form says below one name: `Tags.member.1.Key` is four names deep.
#[derive(Default)]
struct Node {
    value: Option<String>,
    below: BTreeMap<String, Node>,
}

impl Node {
    fn insert(&mut self, key: &str, value: String) -> Option<()> {
        let mut node = self;
        for name in key.splitn(DEPTH_MAX, '.') {
            node = node.below.entry(name.to_owned()).or_default();
        }
        match node.value.replace(value) {
            None => Some(()),
            Some(_) => None,
        }
    }
}

fn structure(node: &Node, schema: &Schema, message: &Message) -> Result<Value, Failure> {
    let mut members = Map::new();
    for (name, below) in &node.below {
        let Some(member) = message.member(name) else { continue };
        let value = if member.is_list { list(below, schema, member)? } else { value(below, schema, member)? };
        members.insert(name.clone(), value);
    }
    Ok(Value::Object(members))
}

/// `member.1`, `member.2`, …; in the order of their numbers, whatever gaps there are.
fn list(node: &Node, schema: &Schema, member: &Member) -> Result<Value, Failure> {
    let Some(entries) = node.below.get("member") else { return Ok(Value::Array(Vec::new())) };
    let mut numbered = BTreeMap::new();
    for (number, entry) in &entries.below {
        let number: u32 = number.parse().map_err(|_| wrong_type())?;
        numbered.insert(number, value(entry, schema, member)?);
    }
    Ok(Value::Array(numbered.into_values().collect()))
}

fn value(node: &Node, schema: &Schema, member: &Member) -> Result<Value, Failure> {
    if let Kind::Message(key) = &member.kind {
        let message = schema.message(key).expect("the descriptors hold every message that they name");
        return structure(node, schema, message);
    }
    let text = node.value.as_deref().ok_or_else(wrong_type)?;
    match member.kind {
        Kind::Number => text.parse::<i64>().map(Value::from).map_err(|_| wrong_type()),
        Kind::Truth => text.parse::<bool>().map(Value::from).map_err(|_| wrong_type()),
        Kind::Text | Kind::Time | Kind::Message(_) => Ok(Value::from(text)),
    }
}

fn wrong_type() -> Failure {
    Failure::serialization("A member is of the wrong type")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ASSUME_ROLE: Name = Name { service: "sts", operation: "AssumeRole", suffix: "Request" };

    fn check(body: &str, expected: Result<Value, Failure>) {
        assert_eq!(members(body.as_bytes(), Schema::get(), ASSUME_ROLE), expected, "{body}");
    }

    #[test]
    fn forms_become_members_by_their_types() {
        check(
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Ax&DurationSeconds=900&ExternalId=12&Nonsense=1",
            Ok(json!({"DurationSeconds": 900, "ExternalId": "12", "RoleArn": "arn:x"})),
        );
        check(
            "Tags.member.10.Key=b&Tags.member.2.Key=a&Tags.member.2.Value=v&TransitiveTagKeys.member.1=k",
            Ok(json!({"Tags": [{"Key": "a", "Value": "v"}, {"Key": "b"}], "TransitiveTagKeys": ["k"]})),
        );
        check("DurationSeconds=x", Err(wrong_type()));
        check("Tags.member.x.Key=a", Err(wrong_type()));
        check("RoleArn=a&RoleArn=b", Err(Failure::serialization("A member is given twice")));
        check("RoleArn=%", Err(Failure::serialization("The form is malformed")));
    }

    #[test]
    fn members_become_elements_by_their_types() {
        let name = Name { suffix: "Response", ..ASSUME_ROLE };
        let members =
            json!({"Credentials": {"AccessKeyId": "<&>", "Expiration": 1_795_286_943.0}, "PackedPolicySize": 3});
        let expected = "<Credentials><AccessKeyId>&lt;&amp;&gt;</AccessKeyId><Expiration>2026-11-21T18:49:03Z</Expiration>\
                        </Credentials><PackedPolicySize>3</PackedPolicySize>";
        assert_eq!(String::from_utf8(result(&members, Schema::get(), name)).unwrap(), expected);
    }
}
