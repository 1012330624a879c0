//! Which life of a cluster: a restore from a snapshot file begins another, under the same cluster id.

use std::fmt;
use std::str::FromStr;

/// Drawn by each restore; all zeros in a cluster that was never restored. Peers of another incarnation are refused, so
/// that the nodes which the file was saved from and those of the restored cluster never hear each other.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Incarnation([u8; 16]);

/// Bytes or a text that name no incarnation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an incarnation")]
pub struct NotAnIncarnation;

impl Incarnation {
    /// Of these random bytes, which are not all zeros.
    ///
    /// # Panics
    /// When they are.
    pub fn drawn(bytes: [u8; 16]) -> Self {
        assert_ne!(bytes, [0; 16], "dice do not fall so");
        Self(bytes)
    }

    /// Whether the cluster was ever restored.
    pub fn is_restored(&self) -> bool {
        self.0 != [0; 16]
    }

    /// As messages carry it: 16 bytes, or none.
    pub fn to_wire(self) -> Vec<u8> {
        if self.is_restored() { self.0.to_vec() } else { Vec::new() }
    }

    /// Reads back what [`Incarnation::to_wire`] gave.
    ///
    /// # Errors
    /// [`NotAnIncarnation`]
    pub fn from_wire(bytes: &[u8]) -> Result<Self, NotAnIncarnation> {
        match bytes {
            [] => Ok(Self::default()),
            bytes => bytes.try_into().map(Self).ok().filter(Self::is_restored).ok_or(NotAnIncarnation),
        }
    }
}

impl fmt::Display for Incarnation {
    /// 32 hexadecimal digits; nothing in a cluster that was never restored.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_wire().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Incarnation {
    type Err = NotAnIncarnation;

    fn from_str(text: &str) -> Result<Self, NotAnIncarnation> {
        let digits = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let hexadecimal = text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let bytes: Option<Vec<u8>> = text.as_bytes().chunks(2).map(digits).collect();
        bytes.filter(|_| hexadecimal).ok_or(NotAnIncarnation).and_then(|bytes| Self::from_wire(&bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incarnation_reads_as_it_is_written() {
        for (incarnation, text) in
            [(Incarnation::default(), String::new()), (Incarnation::drawn([0xab; 16]), "ab".repeat(16))]
        {
            assert_eq!(incarnation.to_string(), text);
            assert_eq!(text.parse(), Ok(incarnation));
            assert_eq!(Incarnation::from_wire(&incarnation.to_wire()), Ok(incarnation));
        }
        for text in ["a", "ab", "zz", &"+1".repeat(16), &"AB".repeat(16), &"00".repeat(16), &"ab".repeat(17)] {
            assert_eq!(text.parse::<Incarnation>(), Err(NotAnIncarnation), "{text}");
        }
    }
}
