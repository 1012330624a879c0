//! AWS's validation: every failure of a request, in one message, in AWS's words.
//!
//! What is asked of each message is generated from AWS's model; here is how a value is held to it. Values of sensitive
//! members are left out of the message.

mod check;
mod constraints;
mod render;

pub use check::{Check, Validate};
pub use constraints::{Blob, Length, Number, Text};

use crate::json::Notes;

/// Holds a message that came as protobuf to AWS's model.
///
/// # Errors
/// AWS's text, with all failures: the message of a ValidationException.
pub fn validate<T: Validate>(message: &T) -> Result<(), String> {
    validate_noted(message, &Notes::default())
}

/// Holds a message to AWS's model, with what its JSON said beyond it.
pub(crate) fn validate_noted<T: Validate>(message: &T, notes: &Notes) -> Result<(), String> {
    let mut check = Check::new(notes);
    message.validate(&mut check);
    check.finish()
}
