//! What JSON said and a message cannot hold, kept for validation: unknown enumeration values and explicit emptiness.
//!
//! Deserialization has no room for a companion value, so while [`recording`] runs, this thread's notes collect it.

use std::cell::RefCell;

/// What a message cannot hold of the JSON that it came from. Empty for a message that came as protobuf.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Notes {
    unknown_values: Vec<String>,
    empty_members: Vec<String>,
}

impl Notes {
    /// The text behind a number that [`unknown_value`] gave.
    pub(crate) fn unknown_value(&self, number: i32) -> Option<&str> {
        let index = usize::try_from(-(i64::from(number)) - 1).ok()?;
        self.unknown_values.get(index).map(String::as_str)
    }

    /// Whether a top-level list or map was given, and empty.
    pub(crate) fn is_given_empty(&self, member: &str) -> bool {
        self.empty_members.iter().any(|given| given == member)
    }
}

/// Why a value was refused, in AWS's words and without the value.
pub(crate) type Refusal = String;

#[derive(Default)]
struct Recording {
    unknown_values: Vec<String>,
    refusal: Option<Refusal>,
}

thread_local! {
    static RECORDING: RefCell<Option<Recording>> = const { RefCell::new(None) };
}

/// Runs a deserialization and collects what it notes.
pub(crate) fn recording<T, E>(
    empty_members: Vec<String>,
    deserialize: impl FnOnce() -> Result<T, E>,
) -> Result<(T, Notes), Option<Refusal>> {
    RECORDING.with_borrow_mut(|recording| *recording = Some(Recording::default()));
    let result = deserialize();
    let recording = RECORDING.take().unwrap_or_default();
    match result {
        Ok(value) => Ok((value, Notes { unknown_values: recording.unknown_values, empty_members })),
        Err(_) => Err(recording.refusal),
    }
}

/// Notes an unknown enumeration value and gives the negative number that stands for it in the message; none when
/// nothing is recording.
pub(crate) fn unknown_value(text: &str) -> Option<i32> {
    RECORDING.with_borrow_mut(|recording| {
        let values = &mut recording.as_mut()?.unknown_values;
        values.push(text.to_owned());
        i32::try_from(values.len()).ok().map(|count| -count)
    })
}

/// Notes why a value is refused, since the deserializer's own message would show the value.
pub(crate) fn refused(refusal: Refusal) {
    RECORDING.with_borrow_mut(|recording| {
        if let Some(recording) = recording {
            recording.refusal.get_or_insert(refusal);
        }
    });
}
