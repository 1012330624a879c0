//! AWS's strings for the enumerations of secretsmanager, by number.
//!
//! Written by `cargo xtask generate` from AWS's model; not edited by hand.

use crate::enumeration::Enumeration;
use crate::secretsmanager::v1;

impl Enumeration for v1::ReplicaRestrictionType {
    const NAMES: &'static [&'static str] = &["", "SameOrg", "NoRestriction"];
}

impl Enumeration for v1::FilterNameStringType {
    const NAMES: &'static [&'static str] =
        &["", "description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all"];
}

impl Enumeration for v1::SortOrderType {
    const NAMES: &'static [&'static str] = &["", "asc", "desc"];
}

impl Enumeration for v1::SortByType {
    const NAMES: &'static [&'static str] = &["", "created-date", "last-accessed-date", "last-changed-date", "name"];
}

impl Enumeration for v1::StatusType {
    const NAMES: &'static [&'static str] = &["", "InSync", "Failed", "InProgress", "Pending", "Detached"];
}
