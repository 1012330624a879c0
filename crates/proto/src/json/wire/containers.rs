//! Structures, lists, maps, and members that may be absent.

use super::kind::{Kind, refuse};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

/// The refusals of a visitor that wants a list or an object, and what null is to it.
macro_rules! refuse_scalars {
    ($text:expr, $null:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($text)
        }
        fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Self::Value, E> {
            Err(refuse($text))
        }
        fn visit_i64<E: serde::de::Error>(self, _: i64) -> Result<Self::Value, E> {
            Err(refuse($text))
        }
        fn visit_u64<E: serde::de::Error>(self, _: u64) -> Result<Self::Value, E> {
            Err(refuse($text))
        }
        fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Self::Value, E> {
            Err(refuse($text))
        }
        fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Self::Value, E> {
            Err(refuse($text))
        }
        fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
            $null
        }
    };
}

const WANTED_MAP: &str = "Expected map or null";
const WANTED_LIST: &str = "Expected list or null";
const FOUND_NULL: &str = "NULL_VALUE found where not expected";
const FOUND_LIST: &str = "Start of list found where not expected";
const FOUND_MAP: &str = "Start of structure or map found where not expected.";

/// A message as an object.
pub struct Structure<T>(PhantomData<T>);

impl<T: Serialize + DeserializeOwned> Kind for Structure<T> {
    type Value = T;
    fn serialize<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(StructureVisitor(PhantomData))
    }
}

struct StructureVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for StructureVisitor<T> {
    type Value = T;
    refuse_scalars!(WANTED_MAP, Err(refuse(FOUND_NULL)));
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
    // serde would take a list as the fields in their order.
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<T, A::Error> {
        Err(refuse(FOUND_LIST))
    }
}

/// A message around a list, of which JSON shows the list.
pub struct Bare<T>(PhantomData<T>);

impl<T: Serialize + DeserializeOwned> Kind for Bare<T> {
    type Value = T;
    fn serialize<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(BareVisitor(PhantomData))
    }
}

struct BareVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for BareVisitor<T> {
    type Value = T;
    refuse_scalars!(WANTED_LIST, Err(refuse(FOUND_NULL)));
    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(list))
    }
    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<T, A::Error> {
        Err(refuse(FOUND_MAP))
    }
}

/// Deserializes one value within a list, a map or an option.
struct Seed<K>(PhantomData<K>);

impl<'de, K: Kind> DeserializeSeed<'de> for Seed<K> {
    type Value = K::Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        K::deserialize(deserializer)
    }
}

/// Serializes one value within a list, a map or an option.
struct Put<'v, K: Kind>(&'v K::Value);

impl<K: Kind> Serialize for Put<'_, K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        K::serialize(self.0, serializer)
    }
}

/// A member that may be absent. Null is absent.
pub struct Maybe<K>(PhantomData<K>);

impl<K: Kind> Maybe<K> {
    /// Writes the value; null when absent.
    pub fn serialize<S: Serializer>(value: &Option<K::Value>, serializer: S) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.serialize_some(&Put::<K>(value)),
            None => serializer.serialize_none(),
        }
    }
    /// Reads the value or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<K::Value>, D::Error> {
        deserializer.deserialize_option(MaybeVisitor::<K>(PhantomData))
    }
}

struct MaybeVisitor<K>(PhantomData<K>);

impl<'de, K: Kind> Visitor<'de> for MaybeVisitor<K> {
    type Value = Option<K::Value>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        K::deserialize(deserializer).map(Some)
    }
}

/// A list. Null is absent, which protobuf does not tell from empty.
pub struct List<K>(PhantomData<K>);

impl<K: Kind> List<K> {
    /// Writes the list.
    pub fn serialize<S: Serializer>(list: &[K::Value], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(list.iter().map(Put::<K>))
    }
    /// Reads a list or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<K::Value>, D::Error> {
        deserializer.deserialize_any(ListVisitor::<K>(PhantomData))
    }
}

struct ListVisitor<K>(PhantomData<K>);

impl<'de, K: Kind> Visitor<'de> for ListVisitor<K> {
    type Value = Vec<K::Value>;
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Seed::<K>(PhantomData))? {
            values.push(value);
        }
        Ok(values)
    }
    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(refuse(FOUND_MAP))
    }
    refuse_scalars!(WANTED_LIST, Ok(Vec::new()));
}

/// A map from text. Null is absent, which protobuf does not tell from empty.
pub struct Map<K>(PhantomData<K>);

impl<K: Kind> Map<K> {
    /// Writes the map.
    pub fn serialize<S: Serializer>(map: &BTreeMap<String, K::Value>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(map.iter().map(|(key, value)| (key, Put::<K>(value))))
    }
    /// Reads an object or null.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, K::Value>, D::Error> {
        deserializer.deserialize_any(MapVisitor::<K>(PhantomData))
    }
}

struct MapVisitor<K>(PhantomData<K>);

impl<'de, K: Kind> Visitor<'de> for MapVisitor<K> {
    type Value = BTreeMap<String, K::Value>;
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeMap::new();
        while let Some(key) = map.next_key::<String>()? {
            values.insert(key, map.next_value_seed(Seed::<K>(PhantomData))?);
        }
        Ok(values)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Self::Value, A::Error> {
        Err(refuse(FOUND_LIST))
    }
    refuse_scalars!(WANTED_MAP, Ok(BTreeMap::new()));
}
