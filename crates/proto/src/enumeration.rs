//! AWS's strings for the values of enumerations.

/// An enumeration of the API: a number in protobuf, AWS's string in JSON and in messages.
pub trait Enumeration: Copy + TryFrom<i32> + Into<i32> {
    /// AWS's strings by number. Empty where a number has none: 0, and values that left the model.
    const NAMES: &'static [&'static str];

    /// AWS's string; empty for the unspecified value.
    fn aws_name(self) -> &'static str {
        Self::name_of(self.into()).unwrap_or_default()
    }

    /// The value that AWS's string names.
    fn from_aws_name(name: &str) -> Option<Self> {
        let known = (!name.is_empty()).then(|| Self::NAMES.iter().position(|known| *known == name))??;
        Self::try_from(i32::try_from(known).ok()?).ok()
    }

    /// AWS's string for the number of a value.
    fn name_of(number: i32) -> Option<&'static str> {
        let name = Self::NAMES.get(usize::try_from(number).ok()?)?;
        (!name.is_empty()).then_some(*name)
    }
}
