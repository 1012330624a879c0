//! Checksums against decay and mix-ups, not against an enemy: the first eight bytes of SHA-256, which the processor
//! computes, so no second algorithm is needed beside the one that closes a snapshot.

use aws_lc_rs::digest::{Context, SHA256};

/// Length of a checksum in bytes.
pub(crate) const LENGTH: usize = 8;

/// The checksum of a value together with what names its place, so that a value at the wrong place does not pass.
pub(crate) fn of(place: &[u8], value: &[u8]) -> [u8; LENGTH] {
    let mut context = Context::new(&SHA256);
    context.update(&(place.len() as u64).to_be_bytes());
    context.update(place);
    context.update(value);
    context.finish().as_ref()[..LENGTH].try_into().expect("SHA-256 is longer than a checksum")
}

/// Puts the checksum in front of a value.
pub(crate) fn seal(place: &[u8], value: &[u8]) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(LENGTH + value.len());
    sealed.extend_from_slice(&of(place, value));
    sealed.extend_from_slice(value);
    sealed
}

/// The value behind its checksum; None if they do not belong together.
pub(crate) fn open<'a>(place: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (checksum, value) = sealed.split_at_checked(LENGTH)?;
    (of(place, value) == checksum).then_some(value)
}
