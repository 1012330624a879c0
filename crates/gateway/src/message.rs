//! Bytes and messages: the one place where the forms of the wires meet the types of the services.

use crate::failure::{Failure, Violation};
use crate::schema::{self, Schema};
use crate::wire::query;
use bytes::Bytes;
use proto::Operation;
use serde::Serialize;
use serde_json::Value;
use service::Fault;

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// AWS JSON.
    Json,
    /// AWS Query: a form in, XML out.
    Query,
    /// gRPC's message, without its frame.
    Protobuf,
}

/// The request that `body` holds, held to AWS's model.
///
/// # Errors
/// SerializationException for what is no such message, ValidationException for what AWS's model forbids.
pub(crate) fn decode<Rq: Operation>(form: Form, body: Bytes) -> Result<Rq, Failure> {
    let validated = match form {
        Form::Protobuf => {
            let message = Rq::decode(body).map_err(|_| Failure::serialization("The message is malformed"))?;
            proto::validate(&message).map(|()| message)
        }
        Form::Json => decoded_json(&body)?.validated(),
        Form::Query => {
            let members = query::members(&body, Schema::get(), request_name::<Rq>())?;
            let json = serde_json::to_vec(&members).expect("values have text keys only");
            decoded_json(&json)?.validated()
        }
    };
    validated.map_err(|text| Failure { violations: violations(&text), fault: Fault::validation(text) })
}

fn decoded_json<Rq: Operation>(body: &[u8]) -> Result<proto::json::Decoded<Rq>, Failure> {
    proto::json::decode(body).map_err(|cause| Failure::serialization(cause.to_string()))
}

/// The answer in `form`; on gRPC in its frame.
pub(crate) fn encode<Rq: Operation>(form: Form, answer: &Rq::Output) -> Vec<u8> {
    match form {
        Form::Json => proto::json::encode(answer),
        Form::Query => {
            let members = serde_json::to_value(answer).expect("messages have text keys only");
            query::result(&members, Schema::get(), response_name::<Rq>())
        }
        Form::Protobuf => crate::wire::grpc::framed(answer),
    }
}

/// The members of a message, without those that a record must not hold.
pub(crate) fn recordable(message: &impl Serialize, name: schema::Name) -> Value {
    let mut value = serde_json::to_value(message).expect("messages have text keys only");
    Schema::get().redact(&mut value, name);
    value
}

/// The message that the operation takes.
pub(crate) fn request_name<Rq: Operation>() -> schema::Name {
    schema::Name { service: Rq::SERVICE, operation: Rq::NAME, suffix: "Request" }
}

/// The message that the operation answers.
pub(crate) fn response_name<Rq: Operation>() -> schema::Name {
    schema::Name { service: Rq::SERVICE, operation: Rq::NAME, suffix: "Response" }
}

/// AWS's one text, taken apart again: `… at 'member' failed to satisfy constraint: …; …`.
fn violations(text: &str) -> Vec<Violation> {
    let failures = text.split_once("detected: ").map_or(text, |(_, failures)| failures);
    let failures = failures.split("; Value ");
    failures.filter_map(violation).collect()
}

fn violation(failure: &str) -> Option<Violation> {
    let (place, description) = failure.split_once("' failed to satisfy constraint: ")?;
    let (_, member) = place.rsplit_once("at '")?;
    Some(Violation { member: member.to_owned(), description: description.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validation_text_is_taken_apart() {
        let text = "2 validation errors detected: Value 'at 'x'' at 'keyId' failed to satisfy constraint: Member must \
                    have length less than or equal to 2048; Value null at 'plaintext' failed to satisfy constraint: \
                    Member must not be null";
        let found: Vec<_> = violations(text).into_iter().map(|v| (v.member, v.description)).collect();
        let expected =
            [("keyId", "Member must have length less than or equal to 2048"), ("plaintext", "Member must not be null")];
        assert_eq!(found, expected.map(|(member, text)| (member.to_owned(), text.to_owned())));
    }
}
