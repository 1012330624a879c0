//! Who belongs to the cluster: tokens, admission, removal, what peers ask each other, how the voters stand.

pub(crate) mod admission;
pub(crate) mod contacts;
pub(crate) mod dial;
pub(crate) mod peers;
pub(crate) mod records;
pub(crate) mod removal;
pub(crate) mod status;
pub(crate) mod steward;
pub(crate) mod token;
pub(crate) mod voters;
