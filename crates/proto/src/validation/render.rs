//! Values as AWS's validation messages show them.

use bytes::Bytes;

/// How much of a value a message shows, in characters: gRPC carries the message in a header, of which clients take
/// 8 KiB by default.
const SHOWN_CHARS_MAX: usize = 2048;

/// `Value 'x' at`; with none, `Value at`, as AWS writes of sensitive members.
pub(super) fn value_at(shown: Option<&str>) -> String {
    match shown {
        None => "Value at".to_owned(),
        Some(text) => match text.char_indices().nth(SHOWN_CHARS_MAX) {
            None => format!("Value '{text}' at"),
            Some((end, _)) => format!("Value '{}...' at", &text[..end]),
        },
    }
}

/// A blob shows its size only, as AWS's Java does.
pub(super) fn blob(bytes: &Bytes) -> String {
    let length = bytes.len();
    format!("java.nio.HeapByteBuffer[pos=0 lim={length} cap={length}]")
}

/// A list: `[a, b]`.
pub(super) fn list<T: AsRef<str>>(entries: &[T]) -> String {
    let entries: Vec<&str> = entries.iter().map(AsRef::as_ref).collect();
    format!("[{}]", entries.join(", "))
}

/// An enumeration's values.
pub(super) fn value_set(names: &[&str]) -> String {
    let names: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
    format!("Member must satisfy enum value set: {}", list(&names))
}
