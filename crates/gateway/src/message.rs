//! Bytes and messages: the one place where the forms of the wires meet the types of the services.

use crate::failure::{Failure, Violation};
use crate::schema::{self, Schema};
use crate::wire::query;
use bytes::Bytes;
use serde_json::Value;
use service::{Answered, Body, Fault, Offer, Prepared, Unreadable};
use zeroize::Zeroizing;

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
pub(crate) fn decode(offer: &dyn Offer, form: Form, body: Bytes) -> Result<Box<dyn Prepared>, Failure> {
    let read = match form {
        Form::Protobuf => offer.read(Body::Protobuf(body)),
        Form::Json => offer.read(Body::Json(&body)),
        Form::Query => {
            let members = query::members(&body, Schema::get(), request_name(offer))?;
            let json = serde_json::to_vec(&members).expect("values have text keys only");
            offer.read(Body::Json(&json))
        }
    };
    read.map_err(|cause| match cause {
        Unreadable::Malformed(text) => Failure::serialization(text),
        Unreadable::Invalid(text) => Failure { violations: violations(&text), fault: Fault::validation(text) },
    })
}

/// The answer in `form`; on gRPC in its frame.
pub(crate) fn encode(offer: &dyn Offer, form: Form, answer: &dyn Answered) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(match form {
        Form::Json => answer.json(),
        Form::Query => query::result(&answer.members(), Schema::get(), response_name(offer)),
        Form::Protobuf => crate::wire::grpc::framed(answer),
    })
}

/// A message's members, without those that a record must not hold.
pub(crate) fn recordable(mut members: Value, name: schema::Name) -> Value {
    Schema::get().redact(&mut members, name);
    members
}

/// The message that the operation takes.
pub(crate) fn request_name(offer: &dyn Offer) -> schema::Name {
    let (service, operation) = offer.name();
    schema::Name { service, operation, suffix: "Request" }
}

/// The message that the operation answers.
pub(crate) fn response_name(offer: &dyn Offer) -> schema::Name {
    let (service, operation) = offer.name();
    schema::Name { service, operation, suffix: "Response" }
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
