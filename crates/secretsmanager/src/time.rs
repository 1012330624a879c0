//! Times of records as answers show them.

/// `None` for a time that never came.
pub(crate) fn timestamp(millis: u64) -> Option<prost_types::Timestamp> {
    let seconds = i64::try_from(millis / 1000).expect("milliseconds in 64 bits are seconds in 63");
    let nanos = i32::try_from(millis % 1000 * 1_000_000).expect("below a second");
    (millis != 0).then_some(prost_types::Timestamp { seconds, nanos })
}
