//! Text, numbers, true and false, bytes, moments, enumerations.

use super::kind::Scalar;
use crate::enumeration::Enumeration;
use crate::json::notes::unknown_value;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prost_types::Timestamp;
use serde::ser::Serializer;
use std::marker::PhantomData;

/// The first second after the year 9999, which ends what a timestamp can be.
const TIME_END: f64 = 253_402_300_800.0;
/// The first second of the year 1.
const TIME_BEGIN: f64 = -62_135_596_800.0;

/// Text.
pub struct Text;

impl Scalar for Text {
    type Value = String;
    const NAME: &'static str = "a String";
    fn put<S: Serializer>(value: &String, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value)
    }
    fn from_str(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

/// Text as a map's value, where AWS takes numbers, true and false as text.
pub struct LooseText;

impl Scalar for LooseText {
    type Value = String;
    const NAME: &'static str = "a String";
    fn put<S: Serializer>(value: &String, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(value)
    }
    fn from_str(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
    fn from_integer(number: i64) -> Result<String, String> {
        Ok(number.to_string())
    }
    fn from_fraction(number: f64) -> Result<String, String> {
        Ok(number.to_string())
    }
    fn from_bool(value: bool) -> Result<String, String> {
        Ok(value.to_string())
    }
}

/// True or false.
pub struct Truth;

impl Scalar for Truth {
    type Value = bool;
    const NAME: &'static str = "a Boolean";
    fn put<S: Serializer>(value: &bool, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bool(*value)
    }
    fn from_bool(value: bool) -> Result<bool, String> {
        Ok(value)
    }
}

/// A 32-bit whole number.
pub struct Integer;

impl Scalar for Integer {
    type Value = i32;
    const NAME: &'static str = "an Integer";
    fn put<S: Serializer>(value: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(*value)
    }
    fn from_integer(number: i64) -> Result<i32, String> {
        i32::try_from(number).map_err(|_| "NUMBER_VALUE is out of range for an Integer".to_owned())
    }
}

/// A 64-bit whole number.
pub struct Long;

impl Scalar for Long {
    type Value = i64;
    const NAME: &'static str = "a Long";
    fn put<S: Serializer>(value: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(*value)
    }
    fn from_integer(number: i64) -> Result<i64, String> {
        Ok(number)
    }
}

/// Bytes as base64 of the standard alphabet with padding.
pub struct Blob;

impl Scalar for Blob {
    type Value = Bytes;
    const NAME: &'static str = "a Blob";
    fn put<S: Serializer>(value: &Bytes, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(value))
    }
    fn from_str(text: &str) -> Result<Bytes, String> {
        STANDARD.decode(text).map(Bytes::from).map_err(|_| "STRING_VALUE is not valid base64".to_owned())
    }
}

/// A moment as epoch seconds, with milliseconds as the fraction.
pub struct Time;

impl Scalar for Time {
    type Value = Timestamp;
    const NAME: &'static str = "a Timestamp";
    fn put<S: Serializer>(value: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = value.seconds.saturating_mul(1000).saturating_add(i64::from(value.nanos) / 1_000_000);
        if millis % 1000 == 0 {
            return serializer.serialize_i64(millis / 1000);
        }
        // Exact to the millisecond far beyond the year 9999: 2^53 ms is 285 thousand years.
        #[allow(clippy::cast_precision_loss)]
        serializer.serialize_f64(millis as f64 / 1000.0)
    }
    fn from_integer(number: i64) -> Result<Timestamp, String> {
        #[allow(clippy::cast_precision_loss)]
        let seconds = number as f64;
        Self::from_fraction(seconds)
    }
    fn from_fraction(seconds: f64) -> Result<Timestamp, String> {
        if !(TIME_BEGIN..TIME_END).contains(&seconds) {
            return Err("NUMBER_VALUE is out of range for a Timestamp".to_owned());
        }
        #[allow(clippy::cast_possible_truncation)]
        let millis = (seconds * 1000.0).round() as i64;
        let nanos = i32::try_from(millis.rem_euclid(1000) * 1_000_000).expect("under a second in nanoseconds");
        Ok(Timestamp { seconds: millis.div_euclid(1000), nanos })
    }
}

/// An enumeration as AWS's string. An unknown string becomes a negative number, which validation reports.
pub struct EnumOf<E>(PhantomData<E>);

impl<E: Enumeration> Scalar for EnumOf<E> {
    type Value = i32;
    const NAME: &'static str = "a String";
    fn put<S: Serializer>(value: &i32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(E::name_of(*value).unwrap_or_default())
    }
    fn from_str(text: &str) -> Result<i32, String> {
        let known = E::from_aws_name(text).map(Into::into);
        known.or_else(|| unknown_value(text)).ok_or_else(|| "STRING_VALUE is not a value of the enumeration".to_owned())
    }
}
