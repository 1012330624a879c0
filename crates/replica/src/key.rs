//! Row keys: order-preserving tuples of table, account and the rest.
//!
//! A text or byte part ends with `00 01`, and a zero byte inside it is written `00 FF`, so parts never run into each
//! other and their order is the order of their bytes. Numbers are eight big-endian bytes.

use crate::{AccountId, Table};

const ESCAPE: u8 = 0x00;
const ESCAPED_ZERO: u8 = 0xFF;
const END: u8 = 0x01;
/// Room for most keys, so that one is built without moving it: an account, a UUID and a number.
const KEY_BYTES_TYPICAL: usize = 80;

/// A row key under construction, or the prefix that several rows share.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key(Vec<u8>);

impl Key {
    /// A key of a cluster table.
    pub fn cluster(table: Table) -> Self {
        let mut key = Vec::with_capacity(KEY_BYTES_TYPICAL);
        key.push(table as u8);
        Self(key)
    }

    /// A key under an account.
    pub fn of(table: Table, account: &AccountId) -> Self {
        Self::cluster(table).text(account.as_str())
    }

    /// Appends a text part.
    #[must_use]
    pub fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    /// Appends a part of arbitrary bytes.
    #[must_use]
    pub fn bytes(mut self, part: &[u8]) -> Self {
        for run in part.split_inclusive(|byte| *byte == ESCAPE) {
            self.0.extend_from_slice(run);
            if run.ends_with(&[ESCAPE]) {
                self.0.push(ESCAPED_ZERO);
            }
        }
        self.0.extend_from_slice(&[ESCAPE, END]);
        self
    }

    /// Appends the beginning of a text part: the prefix of every key whose part starts so.
    #[must_use]
    pub fn text_prefix(mut self, start: &str) -> Self {
        assert!(!start.as_bytes().contains(&ESCAPE), "names hold no zero byte");
        self.0.extend_from_slice(start.as_bytes());
        self
    }

    /// Appends a number.
    #[must_use]
    pub fn number(mut self, part: u64) -> Self {
        self.0.extend_from_slice(&part.to_be_bytes());
        self
    }

    /// The key's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The least key above every key that has this one as a prefix and above this one itself: where a page that ended
    /// at this row goes on.
    #[must_use]
    pub fn after(&self) -> Vec<u8> {
        let mut next = self.0.clone();
        next.push(0);
        next
    }
}

impl From<Key> for Vec<u8> {
    fn from(key: Key) -> Self {
        key.0
    }
}

impl AsRef<[u8]> for Key {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Takes a key apart again, part by part. `None` when the bytes are not of that shape.
pub struct KeyReader<'a>(&'a [u8]);

impl<'a> KeyReader<'a> {
    /// Starts behind the table byte of a key.
    pub fn new(key: &'a [u8], table: Table) -> Option<Self> {
        let (&first, rest) = key.split_first()?;
        (first == table as u8).then_some(Self(rest))
    }

    /// The next part, as text.
    pub fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?).ok()
    }

    /// The next part, as bytes.
    pub fn bytes(&mut self) -> Option<Vec<u8>> {
        let mut part = Vec::new();
        let mut rest = self.0.iter();
        loop {
            match *rest.next()? {
                ESCAPE => match *rest.next()? {
                    END => break,
                    ESCAPED_ZERO => part.push(ESCAPE),
                    _ => return None,
                },
                byte => part.push(byte),
            }
        }
        self.0 = rest.as_slice();
        Some(part)
    }

    /// The next part, as a number.
    pub fn number(&mut self) -> Option<u64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_be_bytes(*number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn keys_order_as_their_parts(a in any::<(Vec<u8>, Vec<u8>, u64)>(), b in any::<(Vec<u8>, Vec<u8>, u64)>()) {
            let key = |p: &(Vec<u8>, Vec<u8>, u64)| Key::cluster(Table::Due).bytes(&p.0).bytes(&p.1).number(p.2);
            prop_assert_eq!(a.cmp(&b), key(&a).cmp(&key(&b)));
        }

        #[test]
        fn keys_come_apart_as_they_were_put_together(text in ".*", bytes in any::<Vec<u8>>(), number in any::<u64>()) {
            let key = Key::cluster(Table::Due).text(&text).bytes(&bytes).number(number);
            let mut reader = KeyReader::new(key.as_bytes(), Table::Due).expect("the table");
            prop_assert_eq!(reader.text(), Some(text));
            prop_assert_eq!(reader.bytes(), Some(bytes));
            prop_assert_eq!(reader.number(), Some(number));
        }
    }
}
