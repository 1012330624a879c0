//! The kinds of values in AWS JSON. The build names one for every field, as in `Maybe<Text>` or `List<Structure<Tag>>`.
//!
//! Timestamps are epoch seconds with milliseconds, blobs are base64, enumerations AWS's strings; null is absent.

mod containers;
mod kind;
mod scalars;

pub use containers::{Bare, List, Map, Maybe, Structure};
pub use kind::{Kind, Scalar};
pub use scalars::{Blob, EnumOf, Integer, Long, LooseText, Text, Time, Truth};
