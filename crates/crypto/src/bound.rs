//! What a ciphertext is bound to, as bytes: every field behind its length, never joined.

use std::collections::BTreeMap;

/// Builds additional authenticated data. Two different sequences of fields never give the same bytes, because each
/// field is written behind its length (four bytes, big-endian).
#[derive(Clone)]
pub(crate) struct Bound(Vec<u8>);

impl Bound {
    /// Begins with a label that says what kind of data this is.
    pub(crate) fn new(label: &str) -> Self {
        Self(Vec::with_capacity(256)).text(label)
    }

    /// Adds one field of bytes.
    pub(crate) fn bytes(mut self, field: &[u8]) -> Self {
        self.0.extend_from_slice(&length(field.len()));
        self.0.extend_from_slice(field);
        self
    }

    /// Adds one field of text.
    pub(crate) fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    /// Adds one number as a field of four bytes.
    pub(crate) fn number(self, field: u32) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    /// Adds a list: how many fields there are, then each.
    pub(crate) fn list(self, fields: &[&str]) -> Self {
        let count = self.number(u32::try_from(fields.len()).expect("a list is short"));
        fields.iter().fold(count, |bound, field| bound.text(field))
    }

    /// Adds a map: how many pairs there are, then each in the order of its keys.
    pub(crate) fn map(self, fields: &BTreeMap<String, String>) -> Self {
        let count = self.number(u32::try_from(fields.len()).expect("a map is short"));
        fields.iter().fold(count, |bound, (key, value)| bound.text(key).text(value))
    }

    /// The bytes.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, owned.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// How a length is written.
pub(crate) fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("a bound field is shorter than 4 GiB").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<u8> {
        let map = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Bound::new("").map(&map).into_bytes()
    }

    #[test]
    fn different_fields_never_give_equal_bytes() {
        let rows = [
            pairs(&[("a", "bc")]),
            pairs(&[("ab", "c")]),
            pairs(&[("a", "b"), ("c", "")]),
            pairs(&[("", "abc")]),
            pairs(&[]),
            Bound::new("").list(&["a", "bc"]).into_bytes(),
            Bound::new("").list(&["ab", "c"]).into_bytes(),
            Bound::new("").into_bytes(),
            Bound::new("").text("").into_bytes(),
        ];
        for (i, left) in rows.iter().enumerate() {
            for right in &rows[i + 1..] {
                assert_ne!(left, right);
            }
        }
    }

    #[test]
    fn fields_stand_behind_their_lengths() {
        let bound = Bound::new("v1").number(7).list(&["a", ""]).bytes(&[0xff]);
        assert_eq!(
            hex::encode(bound.as_bytes()),
            "0000000276310000000400000007000000040000000200000001610000000000000001ff"
        );
    }
}
