//! Between bytes and messages.

use super::notes::{Notes, recording};
use super::scan::{ScanError, scan};
use super::wire::{Kind as _, Structure};
use crate::validation::{Validate, validate_noted};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How deep objects and lists may nest.
pub const DEPTH_MAX: u32 = 32;

/// A message from JSON, with what validation needs to know of the JSON.
#[derive(Debug, Clone)]
pub struct Decoded<T> {
    /// The message. An enumeration value that AWS does not know is a negative number in it.
    pub message: T,
    notes: Notes,
}

impl<T: Validate> Decoded<T> {
    /// The message, once it satisfies AWS's model.
    ///
    /// # Errors
    /// AWS's text, with all failures: the message of a ValidationException.
    pub fn validated(self) -> Result<T, String> {
        validate_noted(&self.message, &self.notes)?;
        Ok(self.message)
    }
}

/// Why JSON is no message. On the wire each is a SerializationException; the text shows nothing of what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// Not JSON, or not UTF-8.
    Malformed,
    /// Nested deeper than [`DEPTH_MAX`].
    TooDeep,
    /// An object has the same key twice.
    DuplicateKey,
    /// A value is of another type than the member, or no value of it.
    WrongType(String),
}

impl std::fmt::Display for DecodeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed => f.write_str("The request body is not valid JSON"),
            Self::TooDeep => write!(f, "The request body is nested deeper than {DEPTH_MAX} levels"),
            Self::DuplicateKey => f.write_str("The request body has an object with a duplicate key"),
            Self::WrongType(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for DecodeError {}

/// Decodes a request or response. An empty body is an empty object.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode<T: Serialize + DeserializeOwned>(body: &[u8]) -> Result<Decoded<T>, DecodeError> {
    let body = if body.trim_ascii().is_empty() { b"{}" } else { body };
    let empty_members = scan(body, DEPTH_MAX).map_err(|cause| match cause {
        ScanError::Malformed => DecodeError::Malformed,
        ScanError::TooDeep => DecodeError::TooDeep,
        ScanError::DuplicateKey => DecodeError::DuplicateKey,
    })?;
    let deserialize = || Structure::<T>::deserialize(&mut serde_json::Deserializer::from_slice(body));
    match recording(empty_members, deserialize) {
        Ok((message, notes)) => Ok(Decoded { message, notes }),
        Err(Some(refusal)) => Err(DecodeError::WrongType(refusal)),
        Err(None) => Err(DecodeError::Malformed),
    }
}

/// Encodes a message.
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    serde_json::to_vec(message).expect("messages have text keys only, and memory does not refuse bytes")
}
