//! Reads JSON once without keeping it, and refuses what deserialization would let pass: duplicate keys, depth, and
//! anything after the document.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::cell::Cell;

/// Why a document is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScanError {
    Malformed,
    TooDeep,
    DuplicateKey,
}

/// Holds a document to the rules; gives the members of the outermost object that are empty lists or objects.
pub(crate) fn scan(body: &[u8], depth_max: u32) -> Result<Vec<String>, ScanError> {
    let cause = Cell::new(ScanError::Malformed);
    let mut empty_members = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let document = Document { cause: &cause, empty_members: &mut empty_members, depth_left: depth_max };
    let result = document.deserialize(&mut deserializer).and_then(|_| deserializer.end());
    result.map(|()| empty_members).map_err(|_| cause.get())
}

/// What was found, as far as it matters.
#[derive(PartialEq, Eq)]
enum Found {
    Empty,
    Other,
}

/// The outermost value.
struct Document<'c> {
    cause: &'c Cell<ScanError>,
    empty_members: &'c mut Vec<String>,
    depth_left: u32,
}

/// A value within.
#[derive(Clone, Copy)]
struct Inner<'c> {
    cause: &'c Cell<ScanError>,
    depth_left: u32,
}

impl<'c> Inner<'c> {
    fn refuse<E: serde::de::Error>(self, cause: ScanError) -> E {
        self.cause.set(cause);
        E::custom("refused")
    }

    /// Steps into a list or object.
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        match self.depth_left.checked_sub(1) {
            Some(depth_left) => Ok(Self { depth_left, ..self }),
            None => Err(self.refuse(ScanError::TooDeep)),
        }
    }

    fn object<'de, A: MapAccess<'de>>(
        self,
        mut map: A,
        mut member: impl FnMut(&str, Found),
    ) -> Result<Found, A::Error> {
        let inner = self.deeper()?;
        let mut keys: Vec<Cow<'de, str>> = Vec::new();
        while let Some(key) = map.next_key_seed(KeySeed)? {
            member(&key, map.next_value_seed(inner)?);
            keys.push(key);
        }
        let found = if keys.is_empty() { Found::Empty } else { Found::Other };
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(self.refuse(ScanError::DuplicateKey));
        }
        Ok(found)
    }

    fn list<'de, A: SeqAccess<'de>>(self, mut list: A) -> Result<Found, A::Error> {
        let inner = self.deeper()?;
        let mut found = Found::Empty;
        while list.next_element_seed(inner)?.is_some() {
            found = Found::Other;
        }
        Ok(found)
    }
}

/// The visits that mean nothing here.
macro_rules! visit_scalars {
    ($value:ty, $nothing:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<$value, E> {
            Ok($nothing)
        }
        fn visit_i64<E>(self, _: i64) -> Result<$value, E> {
            Ok($nothing)
        }
        fn visit_u64<E>(self, _: u64) -> Result<$value, E> {
            Ok($nothing)
        }
        fn visit_f64<E>(self, _: f64) -> Result<$value, E> {
            Ok($nothing)
        }
        fn visit_str<E>(self, _: &str) -> Result<$value, E> {
            Ok($nothing)
        }
        fn visit_unit<E>(self) -> Result<$value, E> {
            Ok($nothing)
        }
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("JSON")
        }
    };
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Found;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Found;
    visit_scalars!(Found, Found::Other);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Found, A::Error> {
        let Self { cause, empty_members, depth_left } = self;
        Inner { cause, depth_left }.object(map, |key, found| {
            if found == Found::Empty {
                empty_members.push(key.to_owned());
            }
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Found, A::Error> {
        Inner { cause: self.cause, depth_left: self.depth_left }.list(list)
    }
}

impl<'de> DeserializeSeed<'de> for Inner<'_> {
    type Value = Found;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_> {
    type Value = Found;
    visit_scalars!(Found, Found::Other);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Found, A::Error> {
        self.object(map, |_, _| {})
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Found, A::Error> {
        self.list(list)
    }
}

/// A key, borrowed unless it has escapes.
struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Cow<'de, str>;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Cow<'de, str>;
    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a key")
    }
    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(key))
    }
    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(key.to_owned()))
    }
}
