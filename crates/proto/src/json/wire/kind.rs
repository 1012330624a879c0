//! What a kind of value is, and how a JSON value that does not fit is refused.

use crate::json::notes::refused;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::Serializer;
use std::fmt;
use std::marker::PhantomData;

/// A kind of value: its Rust type and its form in JSON.
pub trait Kind {
    /// What a message holds.
    type Value;
    /// Writes a value.
    fn serialize<S: Serializer>(value: &Self::Value, serializer: S) -> Result<S::Ok, S::Error>;
    /// Reads a value. A refusal is noted, since the error itself may not show what was sent.
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self::Value, D::Error>;
}

/// A kind that is neither list nor object. Each `from_` that is not written refuses its JSON type.
pub trait Scalar {
    /// What a message holds.
    type Value;
    /// As AWS's messages call it: `a String`.
    const NAME: &'static str;
    /// Writes a value.
    fn put<S: Serializer>(value: &Self::Value, serializer: S) -> Result<S::Ok, S::Error>;
    /// The value of a JSON string.
    fn from_str(_: &str) -> Result<Self::Value, String> {
        Err(format!("STRING_VALUE can not be converted to {}", Self::NAME))
    }
    /// The value of a whole JSON number.
    fn from_integer(_: i64) -> Result<Self::Value, String> {
        Err(format!("NUMBER_VALUE can not be converted to {}", Self::NAME))
    }
    /// The value of another JSON number.
    fn from_fraction(_: f64) -> Result<Self::Value, String> {
        Err(format!("NUMBER_VALUE can not be converted to {}", Self::NAME))
    }
    /// The value of true or false.
    fn from_bool(value: bool) -> Result<Self::Value, String> {
        let found = if value { "TRUE_VALUE" } else { "FALSE_VALUE" };
        Err(format!("{found} can not be converted to {}", Self::NAME))
    }
}

impl<K: Scalar> Kind for K {
    type Value = K::Value;
    fn serialize<S: Serializer>(value: &K::Value, serializer: S) -> Result<S::Ok, S::Error> {
        K::put(value, serializer)
    }
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<K::Value, D::Error> {
        deserializer.deserialize_any(ScalarVisitor::<K>(PhantomData))
    }
}

struct ScalarVisitor<K>(PhantomData<K>);

impl<'de, K: Scalar> Visitor<'de> for ScalarVisitor<K> {
    type Value = K::Value;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::NAME)
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<K::Value, E> {
        K::from_str(text).map_err(refuse)
    }
    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<K::Value, E> {
        K::from_integer(number).map_err(refuse)
    }
    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<K::Value, E> {
        match i64::try_from(number) {
            Ok(number) => self.visit_i64(number),
            Err(_) => Err(refuse(format!("NUMBER_VALUE can not be converted to {}", K::NAME))),
        }
    }
    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<K::Value, E> {
        K::from_fraction(number).map_err(refuse)
    }
    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<K::Value, E> {
        K::from_bool(value).map_err(refuse)
    }
    fn visit_unit<E: serde::de::Error>(self) -> Result<K::Value, E> {
        Err(refuse(format!("NULL_VALUE can not be converted to {}", K::NAME)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<K::Value, A::Error> {
        Err(refuse("Start of list found where not expected"))
    }
    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<K::Value, A::Error> {
        Err(refuse("Start of structure or map found where not expected."))
    }
}

/// Notes why a value is refused.
pub(super) fn refuse<E: serde::de::Error>(refusal: impl Into<String>) -> E {
    refused(refusal.into());
    E::custom("refused")
}
